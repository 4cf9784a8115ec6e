//! A small market for tests, which can also be made to lie.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::hash::{LedgerId, Salt};
use faam_spec::key::{SigningKey, VerifyingKey};
use faam_spec::ledger::{Asker, Body, Entry, Ledger, Record, names};
use faam_spec::name::MarketId;
use faam_spec::offer::{Offer, OfferedEntry};
use faam_spec::peer::PeerId;
use faam_spec::presentation::Inclusion;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::scale::Score;
use faam_spec::sdjwt::Disclosure;
use faam_spec::signed::Signer;
use faam_spec::standing::Statement;
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;
use faam_spec::{rating, standing};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::held::{HeldCredential, HeldLedger, HeldStanding, LedgerInfo, StoredStanding};
use crate::receive::{Accepted, Expected, Known, KnownSecrets, ReceiveRefused, check};

pub(crate) mod crowd;

pub(crate) const URI: &str = "urn:faam:status:shop:1";

/// Monday of an ISO week, 9 o'clock.
pub(crate) fn start() -> Timestamp {
    "2026-11-16T09:00:00Z".parse().unwrap()
}

pub(crate) fn week(n: i64) -> Timestamp {
    start().plus(n * 7 * 86_400)
}

pub(crate) fn holder() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

/// A market with one account that anybody looks at.
#[derive(Debug, Clone)]
pub(crate) struct Market {
    pub(crate) signer: Signer,
    pub(crate) name: MarketId,
    pub(crate) ledger: Ledger,
    pub(crate) records: Vec<SignedEpochRecord>,
    pub(crate) revoked: BTreeSet<u64>,
    rng: StdRng,
}

impl Market {
    pub(crate) fn new() -> Self {
        Self::named("shop", 1)
    }

    pub(crate) fn named(name: &str, seed: u8) -> Self {
        Self {
            signer: Signer::from_key(SigningKey::from_seed(&[seed; 32])),
            name: name.parse().unwrap(),
            ledger: Ledger::new(LedgerId::from_bytes([seed; 16])),
            records: Vec::new(),
            revoked: BTreeSet::new(),
            rng: StdRng::seed_from_u64(u64::from(seed)),
        }
    }

    /// Seven ratings by five people, one of them bad, one with a reply.
    pub(crate) fn busy() -> Self {
        let mut market = Self::new();
        for (value, rater, role, day) in [
            (5, "ann", "seller", "2025-01-10"),
            (4, "bob", "seller", "2025-11-20"),
            (1, "cas", "seller", "2026-03-01"),
            (5, "ann", "seller", "2026-05-05"),
            (3, "dee", "buyer", "2026-06-01"),
            (5, "eve", "seller", "2026-08-01"),
            (4, "bob", "buyer", "2026-10-01"),
        ] {
            market.rate(value, rater, role, day, &[("comment", json!(format!("said {rater}")))]);
        }
        market.reply(2, "It was the post.");
        market
    }

    pub(crate) fn did(&self) -> &Did {
        self.signer.did()
    }

    fn push(&mut self, body: Body, disclosures: Vec<Disclosure>) -> u64 {
        let index = self.ledger.len();
        let entry = Entry { ledger: self.ledger.id(), index, salt: Salt::random(&mut self.rng), body };
        self.ledger.push(Record::new(entry, disclosures).unwrap()).unwrap();
        index
    }

    pub(crate) fn rate(
        &mut self,
        value: i64,
        rater: &str,
        role: &str,
        day: &str,
        more: &[(&str, Value)],
    ) -> u64 {
        self.rate_over(value, rater, role, day, more, None)
    }

    pub(crate) fn rate_over(
        &mut self,
        value: i64,
        rater: &str,
        role: &str,
        day: &str,
        more: &[(&str, Value)],
        supersedes: Option<u64>,
    ) -> u64 {
        let part = |name: &str| match (name, more.iter().find(|(known, _)| *known == name)) {
            (names::DAY, _) => json!(day),
            (names::RATER, _) => json!(rater),
            (_, Some((_, value))) => value.clone(),
            (_, None) => Value::Null,
        };
        let disclosures: Vec<Disclosure> = names::OF_RATING
            .iter()
            .map(|name| Disclosure::new(name, part(name), &mut self.rng).unwrap())
            .collect();
        let body = Body::Rating {
            role: role.parse().unwrap(),
            score: Score::new(value, "1..5".parse().unwrap()).unwrap(),
            digests: disclosures.iter().map(Disclosure::digest).collect(),
            supersedes,
        };
        self.push(body, disclosures)
    }

    pub(crate) fn reply(&mut self, to: u64, text: &str) -> u64 {
        let disclosure = Disclosure::new(names::TEXT, json!(text), &mut self.rng).unwrap();
        let body = Body::Reply { day: "2026-11-01".parse().unwrap(), to, digests: vec![disclosure.digest()] };
        self.push(body, vec![disclosure])
    }

    pub(crate) fn withdraw(&mut self, of: u64) -> u64 {
        self.revoked.insert(of);
        self.push(Body::Withdrawal { day: "2026-11-02".parse().unwrap(), of, by: Asker::Rater }, vec![])
    }

    /// The status list as it is at `now`.
    pub(crate) fn list(&self, now: Timestamp) -> SignedStatusList {
        let mut list = StatusList::new(1 << 12).unwrap();
        for index in &self.revoked {
            list.set(place(*index), 1).unwrap();
        }
        SignedStatusList::sign(URI, list, &self.signer, now).unwrap()
    }

    /// An honest offer of everything from `since` on.
    pub(crate) fn offer(&mut self, since: u64, now: Timestamp) -> Offer {
        self.offer_to(&holder().verifying_key(), since, now, |_| {})
    }

    /// An offer whose standing was changed before it was signed.
    pub(crate) fn offer_to(
        &mut self,
        holder: &VerifyingKey,
        since: u64,
        now: Timestamp,
        change: impl FnOnce(&mut Statement),
    ) -> Offer {
        let mut statement = self.statement(now);
        change(&mut statement);
        // Another account before it and one behind.
        let tree = tree(&[other(1), statement.account_head().leaf().unwrap(), other(2)]);
        let record = self.publish(&tree, now);
        self.offered(statement, &record, (&tree, 1), holder, since, now)
    }

    /// Two offers under one epoch record in which the ledger has two leaves: as it is here, and as it is in `longer`.
    pub(crate) fn two_heads(&mut self, longer: &mut Self, now: Timestamp) -> (Offer, Offer) {
        let (one, two) = (self.statement(now), longer.statement(now));
        let leaf = |statement: &Statement| statement.account_head().leaf().unwrap();
        let tree = tree(&[other(1), leaf(&one), leaf(&two)]);
        let record = self.publish(&tree, now);
        let key = holder().verifying_key();
        let one = self.offered(one, &record, (&tree, 1), &key, 0, now);
        (one, longer.offered(two, &record, (&tree, 2), &key, 0, now))
    }

    /// So many ratings that nobody looks at one by one.
    pub(crate) fn many(&mut self, number: u64) {
        for _ in 0..number {
            self.rate(4, "ann", "seller", "2026-01-10", &[]);
        }
    }

    /// Begins the account anew, in a ledger of another name.
    pub(crate) fn restart(&mut self, name: u8) {
        self.ledger = Ledger::new(LedgerId::from_bytes([name; 16]));
        self.revoked.clear();
    }

    fn statement(&mut self, now: Timestamp) -> Statement {
        let epoch = EpochLength::WEEK.number_at(now);
        Statement {
            v: 0,
            ledger: self.ledger.id(),
            epoch,
            record: faam_spec::hash::Hash::from_bytes([0; 32]),
            head: self.ledger.head(),
            salt: Salt::random(&mut self.rng),
            bound: now.day(),
            numbers: self.ledger.numbers(EpochLength::WEEK.start_of(epoch).day()),
        }
    }

    fn publish(&mut self, tree: &Tree, now: Timestamp) -> SignedEpochRecord {
        let record = EpochRecord {
            v: 0,
            iss: self.did().clone(),
            market: self.name.clone(),
            epoch: EpochLength::WEEK.number_at(now),
            epoch_seconds: EpochLength::WEEK,
            iat: now,
            prev: self.records.last().map(SignedEpochRecord::hash),
            accounts: tree.head(),
            keys: vec![self.signer.key_id().to_owned()],
            status: vec![StatusDigest { uri: URI.into(), hash: self.list(now).hash() }],
            last: false,
            private: None,
        };
        let record = SignedEpochRecord::sign(record, &self.signer).unwrap();
        self.records.push(record.clone());
        record
    }

    fn offered(
        &self,
        statement: Statement,
        record: &SignedEpochRecord,
        (tree, at): (&Tree, u64),
        holder: &VerifyingKey,
        since: u64,
        now: Timestamp,
    ) -> Offer {
        let statement = Statement { record: record.hash(), ..statement };
        let standing = standing::issue(&self.signer, &self.name, &statement, holder, now).unwrap();
        let entries = self.ledger.records().iter().skip(usize::try_from(since).unwrap());
        Offer {
            v: 0,
            iss: self.did().clone(),
            market: self.name.clone(),
            ledger: self.ledger.id(),
            since,
            entries: entries
                .map(|record| OfferedEntry { record: record.clone(), jwt: self.jwt(record, holder) })
                .collect(),
            renewed: Vec::new(),
            standing: standing.to_text(),
            record: record.as_str().to_owned(),
            account: Inclusion { at, path: tree.prove(at).unwrap() },
            status: vec![self.list(now).as_str().to_owned()],
            private: None,
        }
    }

    /// The credential for a live rating.
    pub(crate) fn jwt(&self, record: &Record, holder: &VerifyingKey) -> Option<String> {
        self.ledger.is_live(record.entry().index).then(|| self.any_jwt(record, holder))
    }

    pub(crate) fn any_jwt(&self, record: &Record, holder: &VerifyingKey) -> String {
        let status = StatusRef { idx: place(record.entry().index), uri: URI.into() };
        rating::issue(&self.signer, &self.name, record, holder, &status).unwrap().jwt().to_owned()
    }
}

fn info(ledger: LedgerId, issuer: Did, market: MarketId, now: Timestamp) -> LedgerInfo {
    LedgerInfo {
        ledger,
        issuer,
        market,
        persona: 0,
        holder: "test".into(),
        since: now,
        updated: now,
        node: None,
        secrets_lost: false,
    }
}

fn other(n: u8) -> faam_spec::hash::Hash {
    faam_spec::hash::Hash::from_bytes([n; 32])
}

fn tree(leaves: &[faam_spec::hash::Hash]) -> Tree {
    Tree::of(leaves)
}

/// Where a rating's status is: not in the ledger's order.
pub(crate) fn place(index: u64) -> u64 {
    (index * 37 + 11) % (1 << 12)
}

/// A wallet that remembers what it took, without a store.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) held: BTreeMap<LedgerId, HeldLedger>,
    pub(crate) records: Vec<SignedEpochRecord>,
    pub(crate) lists: Vec<SignedStatusList>,
    pub(crate) secrets: Vec<KnownSecrets>,
}

impl Shelf {
    pub(crate) fn check(
        &self,
        market: &Market,
        offer: Offer,
        now: Timestamp,
    ) -> Result<Accepted, ReceiveRefused> {
        let histories = KeyHistories::new();
        let key = holder().verifying_key();
        let expected = Expected { issuer: market.did(), market: &market.name, holder: &key };
        let known = Known {
            ledger: self.held.get(&offer.ledger),
            records: &self.records,
            lists: &self.lists,
            histories: &histories,
            secrets: &self.secrets,
        };
        check(offer, expected, known, now)
    }

    pub(crate) fn refusal(&self, market: &Market, offer: Offer, now: Timestamp) -> (Reason, &'static str) {
        let refused = self.check(market, offer, now).unwrap_err();
        (refused.fault().reason(), refused.fault().at())
    }

    /// Takes an honest offer of what is new.
    pub(crate) fn take(&mut self, market: &mut Market, now: Timestamp) -> Accepted {
        let since = self.held.get(&market.ledger.id()).map_or(0, |held| held.ledger.len());
        let offer = market.offer(since, now);
        let accepted = self.check(market, offer, now).unwrap();
        self.put(&accepted, now);
        accepted
    }

    /// Holds the market's whole ledger without looking at an offer, with a credential that nobody signed for each rating.
    pub(crate) fn hold(&mut self, market: &mut Market, now: Timestamp) {
        let live: Vec<u64> = market.ledger.live().map(|(index, _)| index).collect();
        let statement = market.statement(now);
        let leaf = statement.account_head().leaf().unwrap();
        let tree = tree(&[other(1), leaf]);
        let record = market.publish(&tree, now);
        let statement = Statement { record: record.hash(), ..statement };
        let key = holder().verifying_key();
        let standing = standing::issue(&market.signer, &market.name, &statement, &key, now).unwrap();
        let stored = StoredStanding {
            standing: standing.to_text(),
            record: record.as_str().to_owned(),
            account: Inclusion { at: 1, path: tree.prove(1).unwrap() },
        };
        let credential = |index: u64| {
            let status = StatusRef { idx: index % (1 << 12), uri: URI.into() };
            (index, HeldCredential { jwt: String::new(), status })
        };
        let held = HeldLedger::open(
            info(market.ledger.id(), market.did().clone(), market.name.clone(), now),
            market.ledger.records().to_vec(),
            live.into_iter().map(credential).collect(),
            HeldStanding::open(stored, &KeyHistories::new()).unwrap(),
            None,
            vec![market.list(now)],
        );
        self.held.insert(market.ledger.id(), held.unwrap());
    }

    pub(crate) fn put(&mut self, accepted: &Accepted, now: Timestamp) {
        let ledger = accepted.ledger().id();
        let previous = self.held.remove(&ledger).map(|held| held.standing);
        let info = info(ledger, accepted.issuer().clone(), accepted.market().clone(), now);
        let held = HeldLedger::open(
            info,
            accepted.ledger().records().to_vec(),
            accepted.credentials().clone(),
            accepted.standing().clone(),
            previous,
            accepted.lists().to_vec(),
        );
        self.held.insert(ledger, held.unwrap());
        self.records.push(accepted.standing().record().clone());
        self.lists = accepted.lists().to_vec();
    }

    pub(crate) fn all(&self) -> Vec<HeldLedger> {
        self.held.values().cloned().collect()
    }
}

pub(crate) fn verifier() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[77; 32]))
}

pub(crate) fn request(query: Query, now: Timestamp) -> SignedRequest {
    let ask = Ask {
        name: "Beta rentals".into(),
        purpose: "To rent out a flat.".into(),
        retention_days: 30,
        terms: Some("https://beta.example/terms".into()),
        query,
        life: 600,
    };
    let peer = PeerId::from_public_key([5; 32]);
    SignedRequest::sign(ask, peer, &verifier(), now, &mut StdRng::seed_from_u64(3)).unwrap()
}
