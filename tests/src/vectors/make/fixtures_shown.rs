//! Markets, a holder and a verifier for the vectors of what is shown. Every part is open to change and is signed last, so that nothing
//! else is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use faam_issuer::{Event, Parts};
use faam_spec::did::Did;
use faam_spec::domain::{HASH_EPOCH, HASH_STATUS, TYP_EPOCH, TYP_STATUS_LIST};
use faam_spec::encoding::{from_value, unb64};
use faam_spec::hash::Hash;
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::ledger::{AccountHead, Asker, Entry, Ledger, Record};
use faam_spec::peer::PeerId;
use faam_spec::query::{LedgerQuery, Query, RatingsQuery};
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::Vector;
use crate::{Holder, Market};

/// A week in seconds.
pub const WEEK: i64 = 7 * 86_400;
/// When the markets signed what is current: two days ago, in the current week.
pub const SIGNED: i64 = NOW - 2 * 86_400;

/// A moment.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// A signer that is its own key.
#[must_use]
pub fn signer(seed: u8) -> Signer {
    Signer::from_key(SigningKey::from_seed(&[seed; 32]))
}

/// A signer of a DID that has a history, and the key's part of that history.
#[must_use]
pub fn historic(host: &str, name: &str, seed: u8, from: i64, until: Option<i64>) -> (Signer, Value) {
    let did: Did = format!("did:webvh:Qm{}:{host}", "a".repeat(44)).parse().unwrap();
    let key = SigningKey::from_seed(&[seed; 32]);
    let mut part = json!({"id": format!("{did}#{name}"), "from": from});
    part["key"] = json!(faam_spec::encoding::b64(key.verifying_key().to_bytes()));
    if let Some(until) = until {
        part["until"] = json!(until);
    }
    (Signer::new(did.clone(), format!("{did}#{name}"), key).unwrap(), part)
}

/// The payload of a JWS.
#[must_use]
pub fn payload_of(jws: &str) -> Value {
    serde_json::from_slice(&unb64(jws.split('.').nth(1).unwrap(), "payload").unwrap()).unwrap()
}

/// An epoch record as signed.
#[must_use]
pub fn sign_record(payload: &Value, signer: &Signer) -> String {
    signer.sign(payload, TYP_EPOCH).unwrap()
}

/// A status list as signed.
#[must_use]
pub fn sign_list(payload: &Value, signer: &Signer) -> String {
    signer.sign(payload, TYP_STATUS_LIST).unwrap()
}

/// The hash of an epoch record.
#[must_use]
pub fn record_hash(text: &str) -> Hash {
    Hash::of(HASH_EPOCH, text.as_bytes())
}

/// The hash of a status list.
#[must_use]
pub fn list_hash(text: &str) -> Hash {
    Hash::of(HASH_STATUS, text.as_bytes())
}

/// The record of the next epoch.
#[must_use]
pub fn next_record(text: &str, signer: &Signer) -> Value {
    let mut next = payload_of(text);
    next["iss"] = json!(signer.did());
    next["keys"] = json!([signer.key_id()]);
    next["epoch"] = json!(next["epoch"].as_u64().unwrap() + 1);
    next["iat"] = json!(next["iat"].as_i64().unwrap() + next["epoch_seconds"].as_i64().unwrap());
    next["prev"] = json!(record_hash(text));
    next
}

/// A text as a value, in which a long run of the same four characters is written short.
#[must_use]
pub fn compact(text: &str) -> Value {
    let bytes = text.as_bytes();
    let (mut best, mut start) = ((0, 0), 0);
    for end in 4..=bytes.len() {
        if end == bytes.len() || bytes[end] != bytes[end - 4] {
            if end - start > best.1 - best.0 {
                best = (start, end);
            }
            start = (end + 1).saturating_sub(4);
        }
    }
    let times = (best.1 - best.0) / 4;
    if times < 64 {
        return json!(text);
    }
    let (before, rest) = text.split_at(best.0);
    super::super::long(before, &rest[..4], times, &rest[times * 4..])
}

/// How a key binding is made, where it is not made as it should be.
#[derive(Clone, Default)]
pub struct KeyBinding {
    /// By another key.
    pub key: Option<SigningKey>,
    /// For another audience.
    pub audience: Option<String>,
    /// For another nonce.
    pub nonce: Option<String>,
    /// So many seconds ago.
    pub age: i64,
}

/// A rating that is shown.
#[derive(Clone)]
pub struct Shown {
    /// Payload of the credential.
    pub payload: Value,
    /// What can be disclosed of it; what is, once it is shown.
    pub disclosures: Vec<Disclosure>,
    /// Its place in the live tree and the path from there.
    pub live: Value,
    /// Who signs it, if not the market's signer.
    pub signer: Option<Signer>,
    /// Its key binding.
    pub binding: KeyBinding,
}

impl Shown {
    /// Its leaf.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        let mut entry = self.payload["entry"].clone();
        entry["_sd"] = self.payload["_sd"].clone();
        from_value::<Entry>(entry, "entry").unwrap().leaf().unwrap()
    }

    /// The same with only these parts disclosed.
    #[must_use]
    pub fn disclosing(mut self, names: &[&str]) -> Self {
        self.disclosures.retain(|disclosure| names.contains(&disclosure.name().unwrap()));
        self
    }
}

/// One ledger as its holder has it and as it is shown.
#[derive(Clone)]
pub struct Part {
    /// The market's signer.
    pub signer: Signer,
    /// The holder key.
    pub holder: SigningKey,
    /// Payload of the standing.
    pub standing: Value,
    /// Payload of the epoch record.
    pub record: Value,
    /// Status lists that are stapled, each its payload.
    pub lists: Vec<Value>,
    /// Ratings that are shown.
    pub ratings: Vec<Shown>,
    /// Replies that are shown.
    pub replies: Vec<Value>,
    /// Whether it claims to be complete.
    pub complete: bool,
    /// Key binding of the standing.
    pub binding: KeyBinding,
    /// Leaves of the live tree.
    pub leaves: Vec<Hash>,
    /// Every live rating, by index, with everything that can be disclosed.
    pub all: BTreeMap<u64, Shown>,
    /// Every entry with its path in the log.
    pub log: Vec<Value>,
    /// Whether the record's tree is made to hold the account, its lists' hashes to be those of the lists, and the standing to name the record.
    pub linked: (bool, bool, bool),
    /// The account's place and path in the record's tree, where that is not made.
    pub account: Value,
    /// The text that is shown as the record instead of it.
    pub record_instead: Option<String>,
}

impl Part {
    /// What the holder took last.
    #[must_use]
    pub fn of(holder: &Holder, signer: &Signer) -> Self {
        let held = holder.newest();
        let offer = &held.offer;
        let tree = held.ledger.live_tree();
        let shown = |(index, sd_jwt): (&u64, &SdJwt)| {
            let place = held.ledger.live_position(*index).unwrap();
            let shown = Shown {
                payload: payload_of(sd_jwt.jwt()),
                disclosures: sd_jwt.disclosures().to_vec(),
                live: json!({"at": place, "path": tree.prove(place).unwrap()}),
                signer: None,
                binding: KeyBinding::default(),
            };
            (*index, shown)
        };
        let all: BTreeMap<u64, Shown> = held.ratings.iter().map(shown).collect();
        Self {
            signer: signer.clone(),
            holder: holder.key.clone(),
            standing: payload_of(&offer.standing),
            record: payload_of(&offer.record),
            lists: offer.status.iter().map(|text| payload_of(text)).collect(),
            ratings: Vec::new(),
            replies: Vec::new(),
            complete: false,
            binding: KeyBinding::default(),
            leaves: all.values().map(Shown::leaf).collect(),
            all,
            log: log(&held.ledger),
            linked: (true, true, true),
            account: json!(offer.account),
            record_instead: None,
        }
    }

    /// Its market.
    #[must_use]
    pub fn market(&self) -> String {
        self.standing["market"].as_str().unwrap().to_owned()
    }

    /// Signed by another; the record names that key alone.
    #[must_use]
    pub fn signed_by(mut self, signer: &Signer) -> Self {
        self.signer = signer.clone();
        self.record["keys"] = json!([signer.key_id()]);
        let all = self.all.values_mut().chain(&mut self.ratings).map(|shown| &mut shown.payload);
        for payload in all.chain(&mut self.lists).chain([&mut self.record, &mut self.standing]) {
            payload["iss"] = json!(signer.did());
        }
        self
    }

    /// As of another epoch, with everything signed `after` seconds into it.
    pub fn move_to(&mut self, length: i64, epoch: u64, after: i64) {
        let signed = EpochLength::new(length).unwrap().start_of(epoch).plus(after);
        self.record["epoch_seconds"] = json!(length);
        for payload in [&mut self.record, &mut self.standing["standing"]] {
            payload["epoch"] = json!(epoch);
        }
        for payload in self.lists.iter_mut().chain([&mut self.record, &mut self.standing]) {
            payload["iat"] = json!(signed);
        }
    }

    /// Puts what is shown into the live tree in the place of what is there.
    pub fn replant(&mut self) {
        for shown in &self.ratings {
            let place = usize::try_from(shown.live["at"].as_u64().unwrap()).unwrap();
            if place < self.leaves.len() {
                self.leaves[place] = shown.leaf();
            } else {
                self.leaves.push(shown.leaf());
            }
        }
        let tree = Tree::of(&self.leaves);
        self.standing["standing"]["head"]["live"] = json!(tree.head());
        for shown in &mut self.ratings {
            shown.live["path"] = json!(tree.prove(shown.live["at"].as_u64().unwrap()).unwrap());
        }
    }

    /// The lists as signed.
    #[must_use]
    pub fn list_texts(&self) -> Vec<String> {
        self.lists.iter().map(|list| sign_list(list, &self.signer)).collect()
    }

    /// The record as it is shown, and the account's place in it.
    #[must_use]
    pub fn sealed(&self) -> (String, Value) {
        let mut record = self.record.clone();
        if self.linked.1 {
            for named in record["status"].as_array_mut().unwrap() {
                let same = self.lists.iter().position(|list| list["sub"] == named["uri"]);
                if let Some(place) = same {
                    named["hash"] = json!(list_hash(&self.list_texts()[place]));
                }
            }
        }
        let mut account = self.account.clone();
        if self.linked.0 {
            let mut head = self.standing["standing"].clone();
            head.as_object_mut()
                .unwrap()
                .retain(|name, _| ["v", "ledger", "epoch", "head", "salt"].contains(&name.as_str()));
            let leaf = from_value::<AccountHead>(head, "head").unwrap().leaf().unwrap();
            let other = |n: u8| Hash::of(b"another account\n", &[n]);
            let tree = Tree::of(&[other(0), leaf, other(2)]);
            record["accounts"] = json!(tree.head());
            account = json!({"at": 1, "path": tree.prove(1).unwrap()});
        }
        let text = self.record_instead.clone().unwrap_or_else(|| sign_record(&record, &self.signer));
        (text, account)
    }

    /// The record as it is shown.
    #[must_use]
    pub fn record_text(&self) -> String {
        self.sealed().0
    }

    fn show(&self, query: &LedgerQuery, request: &SignedRequest, now: i64) -> (Vec<(String, Value)>, Value) {
        let asked = request.request();
        let bind = |sd_jwt: SdJwt, binding: &KeyBinding| {
            let key = binding.key.as_ref().unwrap_or(&self.holder);
            let audience = binding.audience.clone().unwrap_or_else(|| asked.verifier.client_id());
            let nonce = binding.nonce.as_ref().unwrap_or(&asked.nonce);
            sd_jwt.bind(key, &audience, nonce, at(now - binding.age)).unwrap().to_text()
        };
        let issue = |payload: &Value, disclosures: &[Disclosure], signer: &Signer| {
            let payload = payload.as_object().unwrap();
            SdJwt::issue(payload, disclosures.to_vec(), signer.key_id(), signer.key()).unwrap()
        };
        let (record, account) = self.sealed();
        let mut standing = self.standing.clone();
        if self.linked.2 {
            standing["standing"]["record"] = json!(record_hash(&record));
        }
        let standing = bind(issue(&standing, &[], &self.signer), &self.binding);
        let mut tokens = vec![(query.standing.clone(), json!([standing]))];
        let mut proof = json!({"standing": query.standing, "record": record, "account": account});
        if let Some(ratings) = &query.ratings {
            let text = |shown: &Shown| {
                let signer = shown.signer.as_ref().unwrap_or(&self.signer);
                bind(issue(&shown.payload, &shown.disclosures, signer), &shown.binding)
            };
            tokens.push((ratings.id.clone(), json!(self.ratings.iter().map(text).collect::<Vec<_>>())));
            proof["ratings"] = json!(ratings.id);
        }
        let live: Vec<_> = self.ratings.iter().map(|shown| shown.live.clone()).collect();
        for (name, list) in
            [("live", live), ("status", self.list_texts().into_iter().map(Value::from).collect())]
        {
            if !self.ratings.is_empty() && !list.is_empty() {
                proof[name] = json!(list);
            }
        }
        if !self.replies.is_empty() {
            proof["replies"] = json!(self.replies);
        }
        if self.complete {
            proof["complete"] = json!(true);
        }
        (tokens, proof)
    }
}

fn log(ledger: &Ledger) -> Vec<Value> {
    let logged = |record: &Record| {
        let path = ledger.log().prove(record.entry().index).unwrap();
        json!({"record": record, "path": path})
    };
    ledger.records().iter().map(logged).collect()
}

/// An answer to a request, and what the verifier knows.
#[derive(Clone)]
pub struct Case {
    /// What is asked.
    pub query: Query,
    /// Who asks.
    pub verifier: Signer,
    /// When it was asked.
    pub asked: i64,
    /// When it is judged.
    pub now: i64,
    /// What is shown.
    pub parts: Vec<Part>,
    /// Whom the verifier believes.
    pub trust: Vec<Value>,
    /// Its policy.
    pub policy: Value,
    /// Records that it knows.
    pub records: Vec<String>,
    /// Lists that it knows.
    pub status: Vec<String>,
    /// Key histories that it knows.
    pub histories: Value,
    /// Whether the request was answered before.
    pub used: bool,
}

/// A query of one ledger.
#[must_use]
pub fn ledger_query(market: Option<&str>, id: &str, ratings: Option<RatingsQuery>) -> LedgerQuery {
    let markets = market.iter().map(|market| market.parse().unwrap()).collect();
    LedgerQuery { standing: id.to_owned(), markets, issuers: Vec::new(), ratings }
}

/// Ratings that are asked for.
#[must_use]
pub fn ratings_query(id: &str, at_least: u32, disclose: &[&str]) -> RatingsQuery {
    RatingsQuery {
        id: id.to_owned(),
        roles: Vec::new(),
        disclose: disclose.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(),
        complete: false,
        at_least,
    }
}

/// Trust in an issuer for everything.
#[must_use]
pub fn trust(part: &Part) -> Value {
    json!({"issuer": part.signer.did(), "market": part.market(), "roles": "any", "types": ["rating", "standing"]})
}

impl Case {
    /// These ledgers in answer to this query, to a verifier that believes their markets.
    #[must_use]
    pub fn new(query: Vec<LedgerQuery>, parts: Vec<Part>) -> Self {
        Self {
            query: Query::new(query).unwrap(),
            verifier: signer(3),
            asked: NOW - 60,
            now: NOW,
            trust: parts.iter().map(trust).collect(),
            parts,
            policy: json!({}),
            records: Vec::new(),
            status: Vec::new(),
            histories: json!({}),
            used: false,
        }
    }

    /// A standing.
    #[must_use]
    pub fn standing(part: &Part) -> Self {
        Self::new(vec![ledger_query(Some(&part.market()), "standing", None)], vec![part.clone()])
    }

    /// The ratings of these indices with these parts, of which as many are asked for.
    #[must_use]
    pub fn ratings(part: &Part, indices: &[u64], disclose: &[&str]) -> Self {
        let ratings = ratings_query("ratings", u32::try_from(indices.len()).unwrap(), disclose);
        let query = ledger_query(Some(&part.market()), "standing", Some(ratings));
        let mut part = part.clone();
        part.ratings = indices.iter().map(|index| part.all[index].clone().disclosing(disclose)).collect();
        Self::new(vec![query], vec![part])
    }

    /// Every live rating, of `role` if it is named.
    #[must_use]
    pub fn complete(part: &Part, role: Option<&str>) -> Self {
        let is_of = |shown: &Shown| role.is_none_or(|role| shown.payload["entry"]["role"] == role);
        let indices: Vec<u64> =
            part.all.iter().filter(|(_, shown)| is_of(shown)).map(|(index, _)| *index).collect();
        let mut case = Self::ratings(part, &indices, &[]);
        case.asking(|ratings| {
            ratings.complete = true;
            ratings.at_least = 0;
            ratings.roles = role.iter().map(|role| role.parse().unwrap()).collect();
        });
        case.parts[0].complete = true;
        case
    }

    /// Asks otherwise for ratings.
    pub fn asking(&mut self, change: impl Fn(&mut RatingsQuery)) {
        self.requery(|query| query.ratings.iter_mut().for_each(&change));
    }

    /// Asks otherwise.
    pub fn requery(&mut self, change: impl Fn(&mut LedgerQuery)) {
        let mut query = self.query.ledgers().to_vec();
        query.iter_mut().for_each(change);
        self.query = Query::new(query).unwrap();
    }

    /// As if everything happened so many seconds later, but for what the market signed.
    pub fn later(&mut self, seconds: i64) {
        self.asked += seconds;
        self.now += seconds;
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> SignedRequest {
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat".into(),
            retention_days: 30,
            terms: None,
            query: self.query.clone(),
            life: 600,
        };
        let peer = PeerId::from_public_key(SigningKey::from_seed(&[5; 32]).verifying_key().to_bytes());
        SignedRequest::sign(ask, peer, &self.verifier, at(self.asked), &mut StdRng::seed_from_u64(4)).unwrap()
    }

    /// The answer.
    #[must_use]
    pub fn presentation(&self) -> Value {
        let request = self.request();
        let shown = self.query.ledgers().iter().zip(&self.parts);
        let (mut vp_token, mut ledgers) = (json!({}), Vec::new());
        for (query, part) in shown {
            let (tokens, proof) = part.show(query, &request, self.now);
            ledgers.push(proof);
            for (id, list) in tokens {
                vp_token[id] = list;
            }
        }
        json!({"v": 0, "vp_token": vp_token, "ledgers": ledgers})
    }

    /// The vector's input, with `presentation` as the answer.
    #[must_use]
    pub fn input(&self, presentation: Value) -> Value {
        let mut input = json!({
            "operation": "presentation",
            "request": json!({"v": 0, "request": self.request().as_str()}).to_string(),
            "asked": self.asked,
            "presentation": presentation,
            "sources": {
                "trust": self.trust, "policy": self.policy, "records": self.records, "status": self.status,
            },
        });
        if self.used {
            input["used"] = json!(true);
        }
        if self.histories.as_object().is_some_and(|all| !all.is_empty()) {
            input["histories"] = self.histories.clone();
        }
        input
    }
}

/// Cases of one requirement, each a change of the same answer.
pub struct Set<'a> {
    cases: &'a mut Cases,
    req: &'static str,
    base: Case,
}

impl<'a> Set<'a> {
    /// Changes of `base`.
    pub fn new(cases: &'a mut Cases, req: &'static str, base: &Case) -> Self {
        Self { cases, req, base: base.clone() }
    }

    /// Accepted with a change.
    pub fn accept(&mut self, id: &str, text: &str, change: impl FnOnce(&mut Case)) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.accept(self.req, &self.named(id), text, input).at(now)
    }

    /// Refused for a change before everything was signed.
    pub fn refuse(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Case),
    ) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.refuse(self.req, &self.named(id), code, text, input).at(now)
    }

    /// Refused for a change after everything was signed.
    pub fn spoil(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Value),
    ) -> &mut Vector {
        let (input, now) = self.made(|_| (), change);
        self.cases.refuse(self.req, &self.named(id), code, text, input).at(now)
    }

    /// Not decided for a change.
    pub fn undecided(
        &mut self,
        id: &str,
        code: &str,
        text: &str,
        change: impl FnOnce(&mut Case),
    ) -> &mut Vector {
        let (input, now) = self.made(change, |_| ());
        self.cases.undecided(self.req, &self.named(id), code, text, input).at(now)
    }

    /// The id with the requirement's number before it; with its page too, where that is another.
    fn named(&self, id: &str) -> String {
        let (page, number) = self.req.trim_start_matches("REQ-").rsplit_once('-').unwrap();
        let page = page.to_lowercase();
        if self.cases.page.starts_with(&page) {
            format!("{number}-{id}")
        } else {
            format!("{page}-{number}-{id}")
        }
    }

    fn made(&self, before: impl FnOnce(&mut Case), after: impl FnOnce(&mut Value)) -> (Value, i64) {
        let mut case = self.base.clone();
        before(&mut case);
        let mut presentation = case.presentation();
        after(&mut presentation);
        (case.input(compact(&presentation.to_string())), case.now)
    }
}

/// A market that has been going for two epochs.
///
/// Of its account in the current epoch: ratings 0 (seller, 5 of 5), 1 (seller, 4), 2 (buyer, 1) and 6 (seller, 3, in place of entry 3)
/// are live, 4 (buyer, 5) was withdrawn by entry 7, 5 is the binding and 8 a reply to 2.
pub struct World {
    /// The account's holder, who took what is in `before` and `now`.
    pub holder: Holder,
    /// The account in the current epoch.
    pub now: Part,
    /// The same in the epoch before.
    pub before: Part,
    /// Another account of the market, in the current epoch, with another holder.
    pub friend: Part,
}

impl World {
    /// The market of this name.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Self {
        let mut market = Market::new(name, seed, at(SIGNED - WEEK));
        market.apply(&first_events());
        market.open_epoch();
        let mut holder = Holder::new(u8::try_from(seed).unwrap());
        market.give("7", &mut holder);
        let before = Part::of(&holder, &market.signer);
        market.apply(&second_events());
        let mut friend = Holder::new(u8::try_from(seed + 100).unwrap());
        market.weeks_pass(1);
        market.give("7", &mut holder);
        market.give("9", &mut friend);
        let mut now = Part::of(&holder, &market.signer);
        let mut friend = Part::of(&friend, &market.signer);
        // What is signed anew has another hash.
        for part in [&mut now, &mut friend] {
            part.record["prev"] = json!(record_hash(&before.record_text()));
        }
        Self { holder, now, before, friend }
    }
}

fn rating(id: &str, account: &str, rater: &str, role: &str, value: i64, day: &str) -> Event {
    Event::Rating {
        id: id.parse().unwrap(),
        account: account.parse().unwrap(),
        rater: rater.parse().unwrap(),
        role: role.parse().unwrap(),
        score: faam_spec::scale::Score::new(value, "1..5".parse().unwrap()).unwrap(),
        at: format!("{day}T09:00:00Z").parse().unwrap(),
        parts: Parts {
            comment: Some(format!("Deal {id}")),
            category: Some("bicycles".into()),
            aspects: BTreeMap::from([("speed".to_owned(), 700)]),
            amount_band: None,
        },
    }
}

fn first_events() -> Vec<Event> {
    vec![
        rating("e0", "7", "11", "seller", 5, "2024-02-29"),
        rating("e1", "7", "12", "seller", 4, "2026-01-05"),
        rating("e2", "7", "13", "buyer", 1, "2026-04-01"),
        rating("e3", "7", "14", "seller", 2, "2026-10-30"),
        rating("e4", "7", "11", "buyer", 5, "2026-11-02"),
        rating("f0", "9", "11", "seller", 5, "2026-06-01"),
    ]
}

fn second_events() -> Vec<Event> {
    let day = |day: &str| format!("{day}T09:00:00Z").parse().unwrap();
    vec![
        Event::Correction {
            id: "e6".parse().unwrap(),
            of: "e3".parse().unwrap(),
            score: faam_spec::scale::Score::new(3, "1..5".parse().unwrap()).unwrap(),
            at: day("2026-11-14"),
            parts: Parts::default(),
        },
        Event::Withdrawal {
            id: "e7".parse().unwrap(),
            of: "e4".parse().unwrap(),
            by: Asker::Both,
            at: day("2026-11-14"),
        },
        Event::Reply {
            id: "e8".parse().unwrap(),
            of: "e2".parse().unwrap(),
            text: "The parcel was late.".into(),
            at: day("2026-11-15"),
        },
    ]
}

/// The holder key of a payload made another.
pub fn rebind(payload: &mut Value, key: &SigningKey) {
    payload["cnf"] = json!({"jwk": Jwk::from(&key.verifying_key())});
}
