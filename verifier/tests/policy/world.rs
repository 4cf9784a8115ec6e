//! Real answers to judge: the vectors of `spec/vectors`, with their trust, records and lists.

use std::path::{Path, PathBuf};

use faam_spec::decision::{DecisionDocument, Outcome};
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_verifier::{MemoryNonces, Pending, Policy, Sources, Trust, finish};
use serde_json::{Value, json};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// An answer and all it is judged by.
pub(crate) struct Answer {
    pub(crate) pending: Pending,
    pub(crate) bytes: Vec<u8>,
    pub(crate) sources: Sources,
    pub(crate) now: Timestamp,
}

/// The vector of this name.
pub(crate) fn answer(folder: &str, name: &str) -> Answer {
    let file = root().join(format!("spec/vectors/{folder}/{name}.json"));
    let vector: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let input = &vector["input"];
    let time = |value: &Value| Timestamp::new(value.as_i64().unwrap()).unwrap();
    let none = KeyHistories::new();
    let stored = json!({"v": 0, "request": input["request"]}).to_string();
    let pending = Pending::from_bytes(stored.as_bytes(), &none, time(&input["asked"])).unwrap();
    let given = &input["sources"];
    let trust: Trust = serde_json::from_value(given["trust"].clone()).unwrap();
    let mut sources = Sources { trust, ..Sources::default() };
    if let Some(policy) = given.get("policy") {
        sources.policy = serde_json::from_value(policy.clone()).unwrap();
    }
    let texts = |name: &str| given[name].as_array().cloned().unwrap_or_default();
    for text in texts("records") {
        sources.records.insert(SignedEpochRecord::open(text.as_str().unwrap(), &none).unwrap()).unwrap();
    }
    for text in texts("status") {
        sources.status.insert(SignedStatusList::open(text.as_str().unwrap(), &none).unwrap()).unwrap();
    }
    let bytes = match &input["presentation"] {
        Value::String(text) => text.clone().into_bytes(),
        object => object.to_string().into_bytes(),
    };
    Answer { pending, bytes, sources, now: time(&vector["now"]) }
}

impl Answer {
    /// What becomes of it under this policy, whose text is read.
    #[track_caller]
    pub(crate) fn under(&self, text: &str) -> DecisionDocument {
        let policy = Policy::parse(&format!("v = 0\n{text}")).unwrap();
        self.under_policy(policy)
    }

    /// What becomes of it under this policy.
    pub(crate) fn under_policy(&self, policy: Policy) -> DecisionDocument {
        let sources = Sources { policy, ..self.sources.clone() };
        let decision = finish(&self.pending, &self.bytes, &sources, &mut MemoryNonces::new(), self.now);
        let document = decision.document().clone();
        faam_schemas::assert_valid("decision", &serde_json::to_value(&document).unwrap());
        document
    }
}

/// The codes of its reasons, and their places.
pub(crate) fn codes(document: &DecisionDocument) -> Vec<(&'static str, &str)> {
    document.reasons.iter().map(|reason| (reason.code.code(), reason.at.as_str())).collect()
}

/// The codes of its notes, and their places.
pub(crate) fn notes(document: &DecisionDocument) -> Vec<(&'static str, &str)> {
    document.notes.iter().map(|reason| (reason.code.code(), reason.at.as_str())).collect()
}

#[track_caller]
pub(crate) fn is(document: &DecisionDocument, outcome: Outcome, expected: &[(&str, &str)]) {
    assert_eq!((document.outcome, codes(document).as_slice()), (outcome, expected));
    assert_eq!(
        document.outcome == Outcome::Accepted,
        !(document.facts.is_empty() && document.private.is_empty())
    );
}
