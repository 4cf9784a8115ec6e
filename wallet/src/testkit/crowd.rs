//! A market of many accounts, run by the issuer itself, with wallets that hold private standings of it.

use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::bbs::Commitment;
use faam_spec::did::{Did, KeyHistories};
use faam_spec::hash::Capability;
use faam_spec::key::SigningKey;
use faam_spec::name::MarketId;
use faam_spec::private::WalletSecrets;
use faam_spec::time::{EpochLength, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::info;
use crate::held::HeldLedger;
use crate::receive::{Expected, Known, KnownSecrets, SecretsOf, check};

pub(crate) struct Crowd {
    pub(crate) issuer: Issuer,
    rng: StdRng,
    events: u32,
}

/// An account, and the wallet that it is bound to.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) account: String,
    pub(crate) holder: SigningKey,
    pub(crate) secrets: WalletSecrets,
}

impl Person {
    pub(crate) fn new(account: &str, seed: u8) -> Self {
        let secrets = WalletSecrets::random(faam_bbs::backend(), &mut rand::rngs::OsRng).unwrap();
        Self { account: account.to_owned(), holder: SigningKey::from_seed(&[seed; 32]), secrets }
    }
}

impl Crowd {
    pub(crate) fn named(name: &str, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let profile = Profile { market: name.parse().unwrap(), epoch: EpochLength::WEEK };
        Self { issuer: Issuer::new(profile, Secrets::random(&mut rng)), rng, events: 0 }
    }

    pub(crate) fn did(&self) -> &Did {
        self.issuer.did()
    }

    pub(crate) fn name(&self) -> &MarketId {
        &self.issuer.profile().market
    }

    pub(crate) fn rate(&mut self, account: &str, value: i64, rater: u64, role: &str, at: &str) {
        self.events += 1;
        let line = format!(
            r#"{{"type":"rating","id":"e{}","account":"{account}","rater":"r{rater}","role":"{role}","value":{value},"scale":"1..5","at":"{at}T12:00:00Z"}}"#,
            self.events
        );
        self.issuer.apply(&read::json_line(&line).unwrap(), &mut self.rng).unwrap();
    }

    /// So many good ratings as a seller, by as many people: the first three years ago, the others of this summer.
    pub(crate) fn good(&mut self, account: &str, ratings: u64) {
        for rater in 0..ratings {
            self.rate(account, 5, rater, "seller", if rater == 0 { "2023-03-01" } else { "2026-07-01" });
        }
    }

    /// So many accounts with so many good ratings, each bound to some wallet.
    pub(crate) fn fill(&mut self, accounts: usize, ratings: u64, now: Timestamp) {
        for n in 0..accounts {
            let person = Person::new(&format!("other{n}"), u8::try_from(100 + n).unwrap());
            self.good(&person.account, ratings);
            self.bind(&person, false, now);
        }
    }

    pub(crate) fn bind(&mut self, person: &Person, rebind: bool, now: Timestamp) {
        let key = person.holder.verifying_key();
        let commitment: &Commitment = &person.secrets.commitment;
        let account = person.account.parse().unwrap();
        self.issuer.bind_with(&account, &key, Some(commitment), rebind, now, &mut self.rng).unwrap();
    }

    /// Begins an epoch and signs its private standings.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.issuer.open_epoch(now, &mut self.rng).unwrap();
        for work in self.issuer.private_work(usize::MAX).unwrap() {
            self.issuer.keep_private(work.sign().unwrap());
        }
    }

    /// What the wallet of `person` holds after it has received everything at `now`; nobody has compared the record yet.
    pub(crate) fn held(&self, person: &Person, now: Timestamp) -> HeldLedger {
        let offer = self.issuer.offer(&person.account.parse().unwrap(), None, now).unwrap();
        let ledger = offer.ledger;
        let of = SecretsOf::Offer(Capability::from_bytes([1; 16]));
        let secrets = [KnownSecrets { secrets: person.secrets.clone(), of, made: None }];
        let key = person.holder.verifying_key();
        let expected = Expected { issuer: self.did(), market: self.name(), holder: &key };
        let histories = KeyHistories::new();
        let known =
            Known { ledger: None, records: &[], lists: &[], histories: &histories, secrets: &secrets };
        let accepted = check(offer, expected, known, now).unwrap();
        let held = accepted.into_held(info(ledger, self.did().clone(), self.name().clone(), now), None);
        assert!(held.private().is_some());
        held
    }

    /// As [`Crowd::held`], received and compared with what others see two days before `now`.
    pub(crate) fn settled(&self, person: &Person, now: Timestamp) -> HeldLedger {
        let mut held = self.held(person, now);
        let private = held.private.as_mut().unwrap();
        private.renewed = now.plus(-2 * 86_400);
        private.compared = Some(now.plus(-2 * 86_400));
        held
    }
}
