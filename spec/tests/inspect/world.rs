//! What the tests of `inspect` show: a market, an account and everything that comes of it, made with `faam-spec`.

use std::collections::BTreeMap;

use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::hash::{LedgerId, Salt};
use faam_spec::key::SigningKey;
use faam_spec::ledger::{AccountHead, Body, Entry, Ledger, Record, names};
use faam_spec::name::MarketId;
use faam_spec::offer::{Offer, OfferedEntry};
use faam_spec::peer::PeerId;
use faam_spec::presentation::{Inclusion, LedgerProof, Presentation};
use faam_spec::query::Query;
use faam_spec::rating;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::scale::Score;
use faam_spec::sdjwt::{Disclosure, SdDigest, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::standing::{self, Statement};
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json as j};

/// A market, an account with two ratings, and everything that comes of them.
pub struct World {
    pub signer: Signer,
    pub holder: SigningKey,
    pub market: MarketId,
    pub now: Timestamp,
    pub records: Vec<Record>,
    pub ratings: Vec<SdJwt>,
    pub standing: SdJwt,
    pub head: AccountHead,
    pub record: SignedEpochRecord,
    pub list: SignedStatusList,
    pub account: Inclusion,
    pub ledger: Ledger,
    pub request: SignedRequest,
}

impl World {
    pub fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(5);
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let holder = SigningKey::from_seed(&[2; 32]);
        let market: MarketId = "alpha".parse().unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let id = LedgerId::from_bytes([7; 16]);
        let records: Vec<Record> = (0..2).map(|index| Self::rating(id, index, &mut rng)).collect();
        let ledger = Ledger::replay(id, records.clone()).unwrap();
        let mut statuses = StatusList::new(1 << 10).unwrap();
        statuses.set(9, 1).unwrap();
        let list = SignedStatusList::sign("urn:faam:status:a", statuses, &signer, now).unwrap();
        let epoch = EpochLength::WEEK.number_at(now);
        let head =
            AccountHead { v: 0, ledger: id, epoch, head: ledger.head(), salt: Salt::from_bytes([8; 16]) };
        let tree = Tree::of(&[head.leaf().unwrap()]);
        let record = EpochRecord {
            v: 0,
            iss: signer.did().clone(),
            market: market.clone(),
            epoch,
            epoch_seconds: EpochLength::WEEK,
            iat: now,
            prev: None,
            accounts: tree.head(),
            keys: vec![signer.key_id().to_owned()],
            status: vec![StatusDigest { uri: list.uri().to_owned(), hash: list.hash() }],
            private: None,
            last: false,
        };
        let record = SignedEpochRecord::sign(record, &signer).unwrap();
        let statement = Statement {
            v: 0,
            ledger: id,
            epoch,
            record: record.hash(),
            head: ledger.head(),
            salt: head.salt,
            bound: now.day(),
            numbers: ledger.numbers(now.day()),
        };
        let key = holder.verifying_key();
        let standing = standing::issue(&signer, &market, &statement, &key, now).unwrap();
        let ratings = records.iter().enumerate().map(|(idx, record)| {
            let status = StatusRef { idx: idx as u64, uri: list.uri().to_owned() };
            rating::issue(&signer, &market, record, &key, &status).unwrap()
        });
        let ratings = ratings.collect();
        let ask = Ask {
            name: "Beta\u{202e}\u{1b}[31m".into(),
            purpose: "Renting out a flat".into(),
            retention_days: 30,
            terms: None,
            query: Query::ratings(market.clone(), 1).unwrap(),
            life: 600,
        };
        let peer = PeerId::from_public_key([3; 32]);
        let request = SignedRequest::sign(ask, peer, &signer, now, &mut rng).unwrap();
        let account = Inclusion { at: 0, path: tree.prove(0).unwrap() };
        Self {
            signer,
            holder,
            market,
            now,
            records,
            ratings,
            standing,
            head,
            record,
            list,
            account,
            ledger,
            request,
        }
    }

    fn rating(ledger: LedgerId, index: u64, rng: &mut StdRng) -> Record {
        let values = [
            (names::COMMENT, j!("good\u{202e} \u{1b}[2J")),
            (names::CATEGORY, Value::Null),
            (names::ASPECTS, j!({"punctual": 900})),
            (names::AMOUNT_BAND, Value::Null),
            (names::DAY, j!("2026-11-20")),
            (names::RATER, j!("r1")),
        ];
        let disclosures: Vec<Disclosure> =
            values.into_iter().map(|(name, value)| Disclosure::new(name, value, rng).unwrap()).collect();
        let mut digests: Vec<SdDigest> = disclosures.iter().map(Disclosure::digest).collect();
        digests.push(SdDigest::decoy(rng));
        let score = Score::new(5, "-10..10".parse().unwrap()).unwrap();
        let body = Body::Rating { role: "seller".parse().unwrap(), score, digests, supersedes: None };
        let entry = Entry { ledger, index, salt: Salt::random(rng), body };
        Record::new(entry, disclosures).unwrap()
    }

    pub fn bound(&self, credential: &SdJwt) -> SdJwt {
        let kept = credential.select(|d| d.name() == Some("comment"));
        kept.bind(&self.holder, &self.signer.did().client_id(), "nonce-nonce-nonce", self.now).unwrap()
    }

    pub fn presentation(&self) -> Presentation {
        let live = self.ledger.live_tree();
        let ratings = self.ratings.iter().map(|rating| self.bound(rating).to_text()).collect();
        Presentation {
            v: 0,
            vp_token: BTreeMap::from([
                ("standing".to_owned(), vec![self.bound(&self.standing).to_text()]),
                ("ratings".to_owned(), ratings),
            ]),
            ledgers: vec![LedgerProof {
                standing: "standing".into(),
                ratings: Some("ratings".into()),
                record: self.record.as_str().to_owned(),
                account: self.account.clone(),
                live: (0..2).map(|at| Inclusion { at, path: live.prove(at).unwrap() }).collect(),
                status: vec![self.list.as_str().to_owned()],
                complete: false,
                replies: Vec::new(),
            }],
            private: Vec::new(),
        }
    }

    pub fn offer(&self) -> Offer {
        let entries = self.records.iter().zip(&self.ratings);
        Offer {
            v: 0,
            iss: self.signer.did().clone(),
            market: self.market.clone(),
            ledger: self.ledger.id(),
            since: 0,
            entries: entries
                .map(|(record, rating)| OfferedEntry {
                    record: record.clone(),
                    jwt: Some(rating.jwt().to_owned()),
                })
                .collect(),
            renewed: Vec::new(),
            standing: self.standing.to_text(),
            record: self.record.as_str().to_owned(),
            account: self.account.clone(),
            status: vec![self.list.as_str().to_owned()],
            private: None,
        }
    }
}
