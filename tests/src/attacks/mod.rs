//! Attempts against a verifier, by the number of their attack (`tests/attacks.toml`): what is asked, what the verifier knows, what is
//! answered, and what must come of it.
//!
//! They are data, so that every face of the verifier can be walked through them: the program `faam-verify` is (`tests/tests/program`), and
//! whoever puts another face before it does the same. An [`Attempt`] of [`made`] answers any request for its query, so that a face that
//! makes its requests itself can be answered too; those of [`kept`] are the vectors that carry a number, with the request of each.

mod answers;
mod credentials;
mod forged;
mod markets;
mod sizes;
mod status;

use faam_spec::did::KeyHistories;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

pub use self::forged::Forged;
pub(crate) use self::forged::digest;
use crate::vectors::make::fixtures_shown::Case;
use crate::vectors::{Expect, all, bytes_of, text_of};

type Spoil = Box<dyn Fn(&mut Value, &Case, &SignedRequest) + Send + Sync>;
type Written = Box<dyn Fn(String) -> Vec<u8> + Send + Sync>;

/// How an answer comes to be.
enum Answer {
    /// It is made for a request.
    Made { case: Box<Case>, spoil: Spoil, written: Written },
    /// It is there, with its request and when that was made.
    Kept { request: String, asked: i64, bytes: Vec<u8> },
}

/// One attempt.
pub struct Attempt {
    /// The number of the attack, such as `A07`.
    pub number: String,
    /// What is tried, in a few words.
    pub name: String,
    /// Whom the verifier believes, and keys of issuers whose DID is not their key: a trust file as JSON.
    pub trust: Value,
    /// The policy file as JSON.
    pub policy: Value,
    /// Epoch records and status lists that were seen before, as signed.
    pub seen: Vec<String>,
    /// When it is judged, in Unix seconds.
    pub now: i64,
    /// What must come of it.
    pub expect: Expect,
    /// The first code, unless it is accepted.
    pub code: Option<String>,
    answer: Answer,
}

impl Attempt {
    /// The request that it answers where nobody else makes one, as signed, and when it was asked.
    #[must_use]
    pub fn request(&self) -> (String, i64) {
        match &self.answer {
            Answer::Made { case, .. } => (case.request().as_str().to_owned(), case.asked),
            Answer::Kept { request, asked, .. } => (request.clone(), *asked),
        }
    }

    /// The answer to [`Attempt::request`].
    ///
    /// # Panics
    /// Never: its own request can be answered.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.answer {
            Answer::Made { case, .. } => self.answer_to(&case.request()).unwrap(),
            Answer::Kept { bytes, .. } => bytes.clone(),
        }
    }

    /// The answer to a request that somebody else made for [`Attempt::query`]; none for a kept one.
    #[must_use]
    pub fn answer_to(&self, request: &SignedRequest) -> Option<Vec<u8>> {
        let Answer::Made { case, spoil, written } = &self.answer else { return None };
        let mut presentation = case.presentation_to(request);
        spoil(&mut presentation, case, request);
        Some(written(presentation.to_string()))
    }

    /// What is asked.
    ///
    /// # Panics
    /// If a kept request cannot be read.
    #[must_use]
    pub fn query(&self) -> faam_spec::query::Query {
        match &self.answer {
            Answer::Made { case, .. } => case.query.clone(),
            Answer::Kept { request, asked, .. } => {
                let asked = Timestamp::new(*asked).unwrap();
                let opened = SignedRequest::open(request, &KeyHistories::new(), asked).unwrap();
                opened.request().ask.query.clone()
            }
        }
    }

    /// The request as a verifier stores it until it is answered.
    #[must_use]
    pub fn pending(&self) -> String {
        json!({"v": 0, "request": self.request().0}).to_string()
    }
}

/// Attempts as they are gathered, all under one number.
pub(crate) struct Attempts<'a> {
    all: &'a mut Vec<Attempt>,
    number: &'static str,
    base: Case,
    policy: Value,
}

impl<'a> Attempts<'a> {
    /// Changes of `base` under the number `number`.
    pub(crate) fn new(all: &'a mut Vec<Attempt>, number: &'static str, base: &Case) -> Self {
        Self { all, number, base: base.clone(), policy: json!({}) }
    }

    /// The same, judged by this policy.
    pub(crate) fn under(mut self, policy: Value) -> Self {
        self.policy = policy;
        self
    }

    /// An answer from `case`, then spoilt, then written.
    pub(crate) fn push(
        &mut self,
        (name, code): (&str, &str),
        case: Case,
        spoil: impl Fn(&mut Value, &Case, &SignedRequest) + Send + Sync + 'static,
        written: impl Fn(String) -> Vec<u8> + Send + Sync + 'static,
    ) {
        let (expect, code) = match code {
            "" => (Expect::Accepted, None),
            "status.missing" | "status.expired" | "epoch.issuer_silent" | "policy.unrated" => {
                (Expect::Undecided, Some(code.to_owned()))
            }
            _ => (Expect::Refused, Some(code.to_owned())),
        };
        let mut policy = case.policy.clone();
        for (key, value) in self.policy.as_object().into_iter().flatten() {
            policy[key] = value.clone();
        }
        policy["v"] = json!(0);
        self.all.push(Attempt {
            number: self.number.to_owned(),
            name: name.to_owned(),
            trust: trust_file(&json!(case.trust), &case.histories),
            policy,
            seen: case.records.iter().chain(&case.status).cloned().collect(),
            now: case.now,
            expect,
            code,
            answer: Answer::Made { case: Box::new(case), spoil: Box::new(spoil), written: Box::new(written) },
        });
    }

    /// What comes of a change before everything is signed: a code, or nothing if it is accepted.
    pub(crate) fn before(&mut self, name: &str, code: &str, change: impl FnOnce(&mut Case)) {
        let mut case = self.base.clone();
        change(&mut case);
        self.push((name, code), case, |_, _, _| (), String::into_bytes);
    }

    /// What comes of a change after everything was signed.
    pub(crate) fn after(
        &mut self,
        name: &str,
        code: &str,
        change: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        let case = self.base.clone();
        self.push((name, code), case, move |value, _, _| change(value), String::into_bytes);
    }

    /// What comes of a credential that is put together otherwise: the first under this id.
    pub(crate) fn forge(
        &mut self,
        (name, id): (&str, &'static str),
        code: &str,
        change: impl Fn(&mut Forged) + Send + Sync + 'static,
    ) {
        let case = self.base.clone();
        let spoil = move |value: &mut Value, case: &Case, _: &SignedRequest| {
            let text = &mut value["vp_token"][id][0];
            let part = &case.parts[0];
            let mut forged = Forged::of(text.as_str().unwrap(), part.signer.key(), &part.holder);
            change(&mut forged);
            *text = json!(forged.text());
        };
        self.push((name, code), case, spoil, String::into_bytes);
    }

    /// What comes of a change of the text that is sent.
    pub(crate) fn sent(
        &mut self,
        name: &str,
        code: &str,
        change: impl Fn(String) -> Vec<u8> + Send + Sync + 'static,
    ) {
        let case = self.base.clone();
        self.push((name, code), case, |_, _, _| (), change);
    }
}

/// A trust file as JSON.
fn trust_file(trust: &Value, histories: &Value) -> Value {
    let mut keys = Vec::new();
    for (did, of) in histories.as_object().into_iter().flatten() {
        for key in of.as_array().unwrap() {
            let time = |name: &str| key[name].as_i64().map(|at| Timestamp::new(at).unwrap().to_string());
            let pinned = format!("u{}", key["key"].as_str().unwrap());
            let mut entry = json!({"did": did, "id": key["id"], "key": pinned, "from": time("from")});
            if let Some(until) = time("until") {
                entry["until"] = json!(until);
            }
            keys.push(entry);
        }
    }
    json!({"v": 0, "trust": trust, "key": keys})
}

/// Every attempt that is made here.
#[must_use]
pub fn made() -> Vec<Attempt> {
    let mut all = Vec::new();
    credentials::attempts(&mut all);
    sizes::attempts(&mut all);
    status::attempts(&mut all);
    markets::attempts(&mut all);
    answers::attempts(&mut all);
    all
}

/// The vectors of whole answers that carry a number, as far as a trust file can say whom their verifier believes and the request was not
/// answered before.
///
/// # Panics
/// If the vectors cannot be read.
#[must_use]
pub fn kept() -> Vec<Attempt> {
    let mut found = Vec::new();
    for vector in all().unwrap().into_values() {
        let (input, Some(number)) = (&vector.input, &vector.attack) else { continue };
        if input["operation"] != "presentation" || input["used"] == true {
            continue;
        }
        let sources = &input["sources"];
        let mut trust = sources["trust"].as_array().unwrap().iter();
        if !trust.all(|entry| entry["roles"] != json!([]) && entry["types"] != json!([])) {
            continue;
        }
        let mut policy = sources["policy"].clone();
        policy["v"] = json!(0);
        let texts = |name: &str| sources[name].as_array().cloned().unwrap_or_default();
        let histories = input.get("histories").cloned().unwrap_or_default();
        let request = text_of(&input["request"]);
        found.push(Attempt {
            number: number.clone(),
            name: vector.id.clone(),
            trust: trust_file(&sources["trust"], &histories),
            policy,
            seen: texts("records").iter().chain(&texts("status")).map(text_of).collect(),
            now: vector.now,
            expect: vector.expect,
            code: vector.reason.clone(),
            answer: Answer::Kept {
                request,
                asked: input["asked"].as_i64().unwrap(),
                bytes: bytes_of(&input["presentation"]),
            },
        });
    }
    found
}
