//! Vectors of trust and policy files, and of answers that are judged by them.

use faam_spec::decision::{Outcome, StatedReason};
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::reason::Fault;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_verifier::{FileError, MemoryNonces, Pending, Policy, TrustFile, finish};
use serde_json::{Value, json};

use super::{Verdict, bytes, stored, text, texts};
use crate::vectors::Expect;

fn fault(error: FileError) -> Fault {
    Fault::new(error.reason(), "file")
}

pub(super) fn policy_file(input: &Value) -> Result<(), Fault> {
    Policy::parse(&text(input, "text")).map(drop).map_err(fault)
}

pub(super) fn trust_file(input: &Value) -> Result<(), Fault> {
    TrustFile::parse(&text(input, "text")).map(drop).map_err(fault)
}

/// Judges an answer by the texts of a trust file and a policy; all reasons and notes are compared with those that are stated.
pub(super) fn decide(input: &Value, now: Timestamp) -> Verdict {
    let policy = Policy::parse(&text(input, "policy")).unwrap();
    let mut sources = TrustFile::parse(&text(input, "trust")).unwrap().sources(policy);
    for text in texts(input, "records") {
        sources.records.insert(SignedEpochRecord::open(&text, &sources.histories).unwrap()).unwrap();
    }
    for text in texts(input, "status") {
        sources.status.insert(SignedStatusList::open(&text, &sources.histories).unwrap()).unwrap();
    }
    let asked = Timestamp::new(input["asked"].as_i64().unwrap()).unwrap();
    let pending = Pending::from_bytes(&stored(&text(input, "request")), &KeyHistories::new(), asked).unwrap();
    let shown = bytes(input, "presentation");
    let decision = finish(&pending, &shown, &sources, &mut MemoryNonces::new(), now);
    let document = decision.document();
    let stated = |all: &[StatedReason]| {
        json!(all.iter().map(|one| json!([one.code.code(), one.at])).collect::<Vec<_>>())
    };
    let came = (stated(&document.reasons), stated(&document.notes));
    if came != (input["reasons"].clone(), input["notes"].clone()) {
        // Told in the place of a code, so that the vector that is wrong is named.
        return (Expect::Refused, Some(format!("{} with notes {}", came.0, came.1)));
    }
    let expect = match document.outcome {
        Outcome::Accepted => Expect::Accepted,
        Outcome::Refused => Expect::Refused,
        Outcome::Undecided => Expect::Undecided,
    };
    (expect, document.reasons.first().map(|reason| reason.code.code().to_owned()))
}
