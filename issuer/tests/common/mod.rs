//! A small market with its store, and a wallet's view of an offer.

use std::collections::BTreeMap;

use faam_issuer::{AccountId, Change, ChangeTable, Event, Issuer, Profile, Secrets, read};
use faam_spec::bbs::Commitment;
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::key::{SigningKey, VerifyingKey};
use faam_spec::ledger::{Ledger, Record};
use faam_spec::offer::{HeldHead, Offer};
use faam_spec::rating::Rating;
use faam_spec::reason::{Fault, Reason};
use faam_spec::sdjwt::SdJwt;
use faam_spec::standing::{Standing, Statement};
use faam_spec::status::SignedStatusList;
use faam_spec::time::{EpochLength, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub struct Market {
    pub issuer: Issuer,
    pub rng: StdRng,
    pub now: Timestamp,
    /// What was stored: as a store holds it, later values over earlier ones.
    pub store: BTreeMap<(ChangeTable, Vec<u8>), Vec<u8>>,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub fn profile() -> Profile {
    Profile { market: "shop".parse().unwrap(), epoch: EpochLength::WEEK }
}

pub fn secrets(seed: u64) -> Secrets {
    Secrets::random(&mut StdRng::seed_from_u64(seed))
}

pub fn holder(seed: u8) -> VerifyingKey {
    SigningKey::from_seed(&[seed; 32]).verifying_key()
}

pub fn event(line: &str) -> Event {
    read::json_line(line).unwrap()
}

pub fn rating(id: &str, account: &str, rater: &str, value: i64) -> Event {
    event(&format!(
        r#"{{"type":"rating","id":"{id}","account":"{account}","rater":"{rater}","role":"seller",
             "value":{value},"scale":"1..5","at":"2026-11-10T12:00:00Z"}}"#
    ))
}

pub fn correction(id: &str, of: &str, value: i64) -> Event {
    event(&format!(
        r#"{{"type":"correction","id":"{id}","of":"{of}","value":{value},"scale":"1..5",
             "at":"2026-11-11T12:00:00Z","comment":"I was too quick."}}"#
    ))
}

pub fn withdrawal(id: &str, of: &str) -> Event {
    event(&format!(r#"{{"type":"withdrawal","id":"{id}","of":"{of}","by":"both","at":1794400000}}"#))
}

pub fn reply(id: &str, of: &str) -> Event {
    event(&format!(r#"{{"type":"reply","id":"{id}","of":"{of}","text":"Sorry!","at":1794400000}}"#))
}

pub fn dispute(id: &str, of: &str, state: &str) -> Event {
    event(&format!(r#"{{"type":"dispute","id":"{id}","of":"{of}","state":"{state}","at":1794400000}}"#))
}

impl Market {
    /// A market on a Monday morning.
    pub fn new() -> Self {
        Self {
            issuer: Issuer::new(profile(), secrets(1)),
            rng: StdRng::seed_from_u64(2),
            now: at("2026-11-16T08:00:00Z"),
            store: BTreeMap::new(),
        }
    }

    pub fn keep(&mut self, changes: Vec<Change>) -> usize {
        let count = changes.len();
        for change in changes {
            assert!((1..=128).contains(&change.id.len()) && change.value.len() <= 256 * 1024);
            let table = change.table;
            let earlier = self.store.insert((table, change.id), change.value);
            assert!(earlier.is_none() || table == ChangeTable::Account, "{table:?} was written over");
        }
        count
    }

    pub fn apply(&mut self, event: &Event) -> Result<usize, Reason> {
        let changes = self.issuer.apply(event, &mut self.rng).map_err(|fault| fault.reason())?;
        Ok(self.keep(changes))
    }

    pub fn rate(&mut self, id: &str, account: &str, rater: &str, value: i64) {
        self.apply(&rating(id, account, rater, value)).unwrap();
    }

    pub fn open_epoch(&mut self) -> usize {
        let changes = self.issuer.open_epoch(self.now, &mut self.rng).unwrap();
        self.keep(changes)
    }

    pub fn next_epoch(&mut self) {
        self.now = self.now.plus(7 * 86_400);
        assert!(self.open_epoch() > 0);
    }

    pub fn bind(&mut self, name: &str, holder: &VerifyingKey, rebind: bool) -> Result<usize, Reason> {
        let changes = self
            .issuer
            .bind(&account(name), holder, rebind, self.now, &mut self.rng)
            .map_err(|fault| fault.reason())?;
        Ok(self.keep(changes))
    }

    pub fn bind_with(
        &mut self,
        name: &str,
        holder: &VerifyingKey,
        commitment: &Commitment,
        rebind: bool,
    ) -> Result<usize, Reason> {
        let changes = self
            .issuer
            .bind_with(&account(name), holder, Some(commitment), rebind, self.now, &mut self.rng)
            .map_err(|fault| fault.reason())?;
        Ok(self.keep(changes))
    }

    pub fn offer(&self, name: &str, since: Option<&HeldHead>) -> Result<Offer, Fault> {
        self.issuer.offer(&account(name), since, self.now)
    }

    pub fn changes(&self) -> Vec<Change> {
        let change = |((table, id), value): (&(ChangeTable, Vec<u8>), &Vec<u8>)| Change {
            table: *table,
            id: id.clone(),
            value: value.clone(),
        };
        self.store.iter().map(change).collect()
    }

    pub fn restored(&self) -> Issuer {
        Issuer::restore(profile(), secrets(1), self.changes().into_iter()).unwrap()
    }
}

/// What a wallet has after it took an offer.
pub struct Taken {
    pub ledger: Ledger,
    pub statement: Statement,
    pub ratings: Vec<Rating>,
    pub record: SignedEpochRecord,
    pub status: Vec<SignedStatusList>,
}

impl Taken {
    pub fn head(&self) -> HeldHead {
        HeldHead { ledger: self.ledger.id(), log: self.ledger.head().log }
    }

    /// The status of the rating at `index`.
    pub fn status(&self, index: u64) -> u8 {
        let rating = self.ratings.iter().find(|rating| rating.entry().index == index).unwrap();
        let list = self.status.iter().find(|list| list.uri() == rating.status().uri).unwrap();
        list.list().get(rating.status().idx).unwrap()
    }
}

/// Takes an offer as a wallet does: everything is opened, computed again and compared.
pub fn take(offer: &Offer, earlier: Option<&Ledger>, holder: &VerifyingKey) -> Taken {
    let offer = Offer::parse(&offer.to_bytes().unwrap()).unwrap();
    let none = KeyHistories::new();
    let record = SignedEpochRecord::open(&offer.record, &none).unwrap();
    let standing = Standing::open(&SdJwt::parse(&offer.standing).unwrap(), &none).unwrap();
    let statement = standing.statement().clone();
    assert_eq!((standing.issuer(), standing.market()), (&offer.iss, &offer.market));
    assert_eq!((&record.record().iss, &record.record().market), (&offer.iss, &offer.market));
    assert_eq!(standing.holder(), holder);
    assert_eq!(statement.record, record.hash());
    assert_eq!(statement.epoch, record.record().epoch);

    let kept = usize::try_from(offer.since).unwrap();
    let before: Vec<Record> = earlier.map(|ledger| ledger.records()[..kept].to_vec()).unwrap_or_default();
    let new = offer.entries.iter().map(|entry| entry.record.clone());
    let ledger = Ledger::replay(offer.ledger, before.into_iter().chain(new)).unwrap();
    assert_eq!(ledger.head(), statement.head);
    assert_eq!(ledger.numbers(record.record().begins().day()), statement.numbers);
    let leaf = statement.account_head().leaf().unwrap();
    record.record().accounts.verify_inclusion(&leaf, offer.account.at, &offer.account.path).unwrap();

    let status: Vec<_> =
        offer.status.iter().map(|text| SignedStatusList::open(text, &none).unwrap()).collect();
    let mut ratings = Vec::new();
    for entry in &offer.entries {
        let index = entry.record.entry().index;
        assert_eq!(entry.jwt.is_some(), ledger.is_live(index), "credentials are for live ratings alone");
        let Some(jwt) = &entry.jwt else { continue };
        let sd_jwt = SdJwt::from_parts(jwt.clone(), entry.record.disclosures().to_vec());
        let rating = Rating::open(&sd_jwt, &none, record.record().iat).unwrap();
        assert_eq!(rating.entry(), entry.record.entry());
        assert_eq!((rating.issuer(), rating.market()), (&offer.iss, &offer.market));
        assert_eq!(rating.holder(), holder);
        let at = ledger.live_position(index).unwrap();
        let path = ledger.live_tree().prove(at).unwrap();
        statement.head.live.verify_inclusion(rating.leaf(), at, &path).unwrap();
        assert!(status.iter().any(|list| list.uri() == rating.status().uri));
        ratings.push(rating);
    }
    Taken { ledger, statement, ratings, record, status }
}
