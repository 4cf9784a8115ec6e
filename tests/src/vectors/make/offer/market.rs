//! A small market that can be made to lie: whatever it says is changed first and signed afterwards.

use std::collections::BTreeSet;

use faam_spec::did::Did;
use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::hash::{Hash, LedgerId, Salt};
use faam_spec::key::{SigningKey, VerifyingKey};
use faam_spec::ledger::{Asker, Body, DisputeState, Entry, Ledger, Record, names};
use faam_spec::name::MarketId;
use faam_spec::offer::{Offer, OfferedEntry, RenewedRating};
use faam_spec::presentation::Inclusion;
use faam_spec::scale::Score;
use faam_spec::sdjwt::Disclosure;
use faam_spec::signed::Signer;
use faam_spec::standing::Statement;
use faam_spec::status::{SignedStatusList, StatusList, StatusRef};
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::{Tree, TreeHead};
use faam_spec::{rating, standing};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// The address of the market's status list.
pub(super) const URI: &str = "urn:faam:status:shop:1";
/// How many places it has.
pub(super) const PLACES: u64 = 4096;

/// Monday of the week in which vectors are judged, 9 o'clock.
pub(super) fn start() -> Timestamp {
    "2026-11-16T09:00:00Z".parse().unwrap()
}

/// So many weeks later.
pub(super) fn week(n: i64) -> Timestamp {
    start().plus(n * 7 * 86_400)
}

/// The wallet's holder key.
pub(super) fn holder() -> VerifyingKey {
    SigningKey::from_seed(&[9; 32]).verifying_key()
}

/// Somebody else's.
pub(super) fn stranger() -> VerifyingKey {
    SigningKey::from_seed(&[10; 32]).verifying_key()
}

/// A market with one account that anybody looks at.
#[derive(Clone)]
pub(super) struct Market {
    pub(super) signer: Signer,
    pub(super) name: MarketId,
    pub(super) ledger: Ledger,
    pub(super) length: EpochLength,
    /// Hash of the record that was published last.
    pub(super) prev: Option<Hash>,
    /// Ratings that the status list calls withdrawn.
    pub(super) revoked: BTreeSet<u64>,
    rng: StdRng,
}

/// An offer before anything in it is signed.
#[derive(Clone)]
pub(super) struct Draft {
    /// Who signs standing and record.
    pub(super) signer: Signer,
    /// To whom the standing is bound.
    pub(super) holder: VerifyingKey,
    /// What the standing says; the record's hash is filled in.
    pub(super) statement: Statement,
    /// When the standing is signed.
    pub(super) issued: Timestamp,
    /// What the record says; the tree's head is filled in.
    pub(super) record: EpochRecord,
    /// Leaves of other accounts before this one in the record's tree, and behind it.
    pub(super) before: Vec<Hash>,
    pub(super) behind: Vec<Hash>,
    pub(super) market: MarketId,
    pub(super) since: u64,
    pub(super) entries: Vec<OfferedEntry>,
    pub(super) renewed: Vec<RenewedRating>,
    pub(super) lists: Vec<String>,
}

impl Market {
    /// A market in whose ledger nothing stands.
    pub(super) fn empty(name: &str, seed: u8) -> Self {
        Self {
            signer: Signer::from_key(SigningKey::from_seed(&[seed; 32])),
            name: name.parse().unwrap(),
            ledger: Ledger::new(LedgerId::from_bytes([seed; 16])),
            length: EpochLength::WEEK,
            prev: None,
            revoked: BTreeSet::new(),
            rng: StdRng::seed_from_u64(u64::from(seed)),
        }
    }

    /// The market of most cases: a rating, the binding, another rating, and a reply to the first.
    pub(super) fn shop() -> Self {
        Self::filled("shop", 1)
    }

    /// As [`Market::shop`], under another name and key.
    pub(super) fn filled(name: &str, seed: u8) -> Self {
        let mut market = Self::empty(name, seed);
        market.rate(5, "ann", "seller", "2025-10-01");
        market.bind("2026-03-02");
        market.rate(3, "bob", "buyer", "2026-05-05");
        market.reply(0);
        market
    }

    pub(super) fn did(&self) -> &Did {
        self.signer.did()
    }

    /// A record that is not appended.
    pub(super) fn record(&mut self, index: u64, body: Body, parts: Vec<Disclosure>) -> Record {
        let entry = Entry { ledger: self.ledger.id(), index, salt: Salt::random(&mut self.rng), body };
        Record::new(entry, parts).unwrap()
    }

    /// Appends an entry.
    pub(super) fn push(&mut self, body: Body, parts: Vec<Disclosure>) -> u64 {
        let index = self.ledger.len();
        let record = self.record(index, body, parts);
        self.ledger.push(record).unwrap();
        index
    }

    fn rating(
        &mut self,
        value: i64,
        rater: &str,
        role: &str,
        day: &str,
        supersedes: Option<u64>,
    ) -> (Body, Vec<Disclosure>) {
        let part = |name: &str| match name {
            names::DAY => json!(day),
            names::RATER => json!(rater),
            _ => Value::Null,
        };
        let parts: Vec<Disclosure> = names::OF_RATING
            .iter()
            .map(|name| Disclosure::new(name, part(name), &mut self.rng).unwrap())
            .collect();
        let score = Score::new(value, "1..5".parse().unwrap()).unwrap();
        let digests = parts.iter().map(Disclosure::digest).collect();
        (Body::Rating { role: role.parse().unwrap(), score, digests, supersedes }, parts)
    }

    pub(super) fn rate(&mut self, value: i64, rater: &str, role: &str, day: &str) -> u64 {
        let (body, parts) = self.rating(value, rater, role, day, None);
        self.push(body, parts)
    }

    pub(super) fn correct(&mut self, of: u64, value: i64, rater: &str, role: &str, day: &str) -> u64 {
        self.revoked.insert(of);
        let (body, parts) = self.rating(value, rater, role, day, Some(of));
        self.push(body, parts)
    }

    pub(super) fn reply(&mut self, to: u64) -> u64 {
        let (body, parts) = self.reply_to(to);
        self.push(body, parts)
    }

    /// A reply that is not appended.
    pub(super) fn reply_to(&mut self, to: u64) -> (Body, Vec<Disclosure>) {
        let part = Disclosure::new(names::TEXT, json!("Thank you."), &mut self.rng).unwrap();
        let body = Body::Reply { day: "2026-05-06".parse().unwrap(), to, digests: vec![part.digest()] };
        (body, vec![part])
    }

    pub(super) fn withdraw(&mut self, of: u64) -> u64 {
        self.revoked.insert(of);
        self.push(withdrawal(of), vec![])
    }

    pub(super) fn dispute(&mut self, of: u64, state: DisputeState) -> u64 {
        self.push(dispute(of, state), vec![])
    }

    pub(super) fn bind(&mut self, day: &str) -> u64 {
        self.push(Body::Binding { day: day.parse().unwrap() }, vec![])
    }

    /// The status list as it is.
    pub(super) fn list(&self, at: Timestamp) -> SignedStatusList {
        self.list_of(URI, PLACES, at)
    }

    /// A status list with as many places.
    pub(super) fn list_of(&self, uri: &str, places: u64, at: Timestamp) -> SignedStatusList {
        let mut list = StatusList::new(places).unwrap();
        for index in &self.revoked {
            list.set(place(*index), 1).unwrap();
        }
        SignedStatusList::sign(uri, list, &self.signer, at).unwrap()
    }

    /// The credential of entry `index`.
    pub(super) fn jwt(&self, index: u64, holder: &VerifyingKey) -> String {
        self.jwt_at(index, holder, place(index), URI)
    }

    /// As [`Market::jwt`], with its status elsewhere.
    pub(super) fn jwt_at(&self, index: u64, holder: &VerifyingKey, idx: u64, uri: &str) -> String {
        let record = &self.ledger.records()[usize::try_from(index).unwrap()];
        self.jwt_of(record, holder, idx, uri)
    }

    /// A credential for any record.
    pub(super) fn jwt_of(&self, record: &Record, holder: &VerifyingKey, idx: u64, uri: &str) -> String {
        let status = StatusRef { idx, uri: uri.into() };
        rating::issue(&self.signer, &self.name, record, holder, &status).unwrap().jwt().to_owned()
    }

    /// A true offer of everything from `since` on, signed at `at`, not published yet.
    pub(super) fn draft(&mut self, since: u64, at: Timestamp) -> Draft {
        let epoch = self.length.number_at(at);
        let list = self.list(at);
        let nothing = TreeHead { size: 0, root: Hash::from_bytes([0; 32]) };
        let (bound, _) = self.ledger.binding();
        let statement = Statement {
            v: 0,
            ledger: self.ledger.id(),
            epoch,
            record: Hash::from_bytes([0; 32]),
            head: self.ledger.head(),
            salt: Salt::random(&mut self.rng),
            bound: bound.unwrap_or(at.day()),
            numbers: self.ledger.numbers(self.length.start_of(epoch).day()),
        };
        let record = EpochRecord {
            v: 0,
            iss: self.did().clone(),
            market: self.name.clone(),
            epoch,
            epoch_seconds: self.length,
            iat: at,
            prev: self.prev,
            accounts: nothing,
            keys: vec![self.signer.key_id().to_owned()],
            status: vec![StatusDigest { uri: URI.into(), hash: list.hash() }],
            private: None,
            last: false,
        };
        let entries = self.ledger.records().iter().skip(usize::try_from(since).unwrap());
        let offered = |record: &Record| {
            let index = record.entry().index;
            let jwt = self.ledger.is_live(index).then(|| self.jwt(index, &holder()));
            OfferedEntry { record: record.clone(), jwt }
        };
        Draft {
            signer: self.signer.clone(),
            holder: holder(),
            statement,
            issued: at,
            record,
            before: vec![Hash::from_bytes([1; 32])],
            behind: vec![Hash::from_bytes([2; 32])],
            market: self.name.clone(),
            since,
            entries: entries.map(offered).collect(),
            renewed: vec![],
            lists: vec![list.as_str().to_owned()],
        }
    }

    /// Signs a draft and remembers its record as the last one.
    pub(super) fn publish(&mut self, draft: &Draft) -> Offer {
        self.prev = Some(draft.signed_record().hash());
        draft.sign()
    }

    /// A true offer, published.
    pub(super) fn offer(&mut self, since: u64, at: Timestamp) -> Offer {
        let draft = self.draft(since, at);
        self.publish(&draft)
    }
}

impl Draft {
    /// The leaf of the account in the record's tree.
    pub(super) fn leaf(&self) -> Hash {
        self.statement.account_head().leaf().unwrap()
    }

    fn tree(&self) -> Tree {
        let leaf = self.leaf();
        Tree::of(self.before.iter().chain([&leaf]).chain(&self.behind))
    }

    /// The record with its tree.
    pub(super) fn signed_record(&self) -> SignedEpochRecord {
        let record = EpochRecord { accounts: self.tree().head(), ..self.record.clone() };
        SignedEpochRecord::sign(record, &self.signer).unwrap()
    }

    /// Signs record and standing.
    pub(super) fn sign(&self) -> Offer {
        self.sign_under(&self.signed_record())
    }

    /// Signs the standing so that it names another record.
    pub(super) fn sign_under(&self, record: &SignedEpochRecord) -> Offer {
        let statement = Statement { record: record.hash(), ..self.statement.clone() };
        let at = u64::try_from(self.before.len()).unwrap();
        let path = self.tree().prove(at).unwrap();
        let standing =
            standing::issue(&self.signer, &self.market, &statement, &self.holder, self.issued).unwrap();
        Offer {
            v: 0,
            iss: self.signer.did().clone(),
            market: self.market.clone(),
            ledger: self.statement.ledger,
            since: self.since,
            entries: self.entries.clone(),
            renewed: self.renewed.clone(),
            standing: standing.to_text(),
            record: record.as_str().to_owned(),
            account: Inclusion { at, path },
            status: self.lists.clone(),
            private: None,
        }
    }

    /// Takes the offered entries as they stand for the whole log from the beginning, and signs its head.
    pub(super) fn head_of_entries(&mut self) {
        let leaves: Vec<Hash> =
            self.entries.iter().map(|entry| entry.record.entry().leaf().unwrap()).collect();
        self.statement.head.log = Tree::of(&leaves).head();
    }

    /// Names this list alone in the record, and brings it.
    pub(super) fn with_list(&mut self, list: &SignedStatusList) {
        self.record.status = vec![StatusDigest { uri: list.uri().to_owned(), hash: list.hash() }];
        self.lists = vec![list.as_str().to_owned()];
    }
}

/// Where a rating's status is: not in the ledger's order.
pub(super) const fn place(index: u64) -> u64 {
    (index * 37 + 11) % PLACES
}

/// The body of a withdrawal.
pub(super) fn withdrawal(of: u64) -> Body {
    Body::Withdrawal { day: "2026-06-02".parse().unwrap(), of, by: Asker::Rater }
}

/// The body of a dispute.
pub(super) fn dispute(of: u64, state: DisputeState) -> Body {
    Body::Dispute { day: "2026-06-03".parse().unwrap(), of, state }
}
