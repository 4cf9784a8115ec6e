//! One ledger as it is shown.

use std::collections::BTreeMap;

use faam_spec::encoding::from_value;
use faam_spec::hash::Hash;
use faam_spec::key::SigningKey;
use faam_spec::ledger::{AccountHead, Entry, Ledger, Record};
use faam_spec::query::LedgerQuery;
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::signed::Signer;
use faam_spec::time::EpochLength;
use faam_spec::tree::Tree;
use serde_json::{Value, json};

use super::{at, list_hash, payload_of, record_hash, sign_list, sign_record};
use crate::Holder;

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

    pub(super) fn show(
        &self,
        query: &LedgerQuery,
        request: &SignedRequest,
        now: i64,
    ) -> (Vec<(String, Value)>, Value) {
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
