//! The vectors of private standings, `spec/vectors/private-standing`, by every backend: one by one, and all in one batch.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use common::unhex;
use faam_spec::bbs::{BbsError, BbsPublicKey, Pseudonym, Shown};
use serde_json::Value;

/// One case, with its bytes.
struct Case {
    id: String,
    key: BbsPublicKey,
    header: Vec<u8>,
    presentation_header: Vec<u8>,
    context: Vec<u8>,
    pseudonym: Pseudonym,
    messages_total: usize,
    disclosed: Vec<(usize, Vec<u8>)>,
    proof: Vec<u8>,
    reason: Option<String>,
}

impl Case {
    fn read(case: &Value) -> Self {
        let bytes = |name: &str| unhex(case[name].as_str().unwrap());
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let disclosed = case["disclosed"].as_array().unwrap().iter();
        let reason = case["reason"].as_str().map(str::to_owned);
        assert_eq!(case["expect"] == "accept", reason.is_none());
        Self {
            id: case["id"].as_str().unwrap().to_owned(),
            key: BbsPublicKey::from_bytes(bytes("public_key").try_into().unwrap()),
            header: bytes("header"),
            presentation_header: bytes("presentation_header"),
            context: bytes("context"),
            pseudonym: Pseudonym::from_bytes(bytes("pseudonym").try_into().unwrap()),
            messages_total: number(&case["messages_total"]),
            disclosed: disclosed
                .map(|it| (number(&it["index"]), unhex(it["message"].as_str().unwrap())))
                .collect(),
            proof: bytes("proof"),
            reason,
        }
    }

    /// The outcome that the case states, in a backend's words. A backend cannot say of every length that it is wrong: by the trait,
    /// there may be other committed messages than the one secret.
    fn stated(&self) -> Result<(), BbsError> {
        let hidden = self.messages_total.checked_sub(self.disclosed.len());
        let length = hidden.map(|hidden| 3 * 48 + 32 * (hidden + 6));
        match self.reason.as_deref() {
            None => Ok(()),
            Some("private.proof") => Err(BbsError::Refused),
            Some("private.malformed") if length == Some(self.proof.len()) => Err(BbsError::Malformed),
            Some("private.malformed") => Err(BbsError::Unsupported),
            Some(other) => panic!("{}: {other}", self.id),
        }
    }
}

#[test]
fn every_case_has_the_outcome_that_it_states() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/private-standing");
    let mut cases: Vec<Case> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| Case::read(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()))
        .collect();
    cases.sort_by(|one, other| one.id.cmp(&other.id));
    assert!(cases.len() >= 154, "{} cases", cases.len());

    let disclosed: Vec<Vec<(usize, &[u8])>> = cases
        .iter()
        .map(|case| case.disclosed.iter().map(|(index, message)| (*index, message.as_slice())).collect())
        .collect();
    let shown: Vec<Shown<'_>> = cases
        .iter()
        .zip(&disclosed)
        .map(|(case, disclosed)| Shown {
            key: &case.key,
            header: &case.header,
            presentation_header: &case.presentation_header,
            messages_total: case.messages_total,
            disclosed,
            disclosed_committed: &[],
            pseudonym: Some((&case.pseudonym, &case.context)),
            proof: &case.proof,
        })
        .collect();
    let mut outcomes = Vec::new();
    for bbs in faam_bbs::backends() {
        let alone: Vec<_> = shown.iter().map(|shown| bbs.verify_proof(shown)).collect();
        for (case, came) in cases.iter().zip(&alone) {
            match case.stated() {
                Err(BbsError::Unsupported) => {
                    assert!(
                        matches!(came, Err(BbsError::Malformed | BbsError::Refused)),
                        "{}, {}: {came:?}",
                        bbs.name(),
                        case.id
                    );
                }
                stated => assert_eq!(*came, stated, "{}, {}", bbs.name(), case.id),
            }
        }
        // One that verifies them one by one has said it already.
        let most = if bbs.name() == "affinidi-bbs" { 10 } else { shown.len() };
        for threads in [1, 2, 7] {
            let together = bbs.verify_proofs(&shown[..most], NonZeroUsize::new(threads).unwrap());
            assert_eq!(together, alone[..most], "{} on {threads} threads", bbs.name());
        }
        outcomes.push(alone);
    }
    for (at, case) in cases.iter().enumerate() {
        assert!(
            outcomes.iter().all(|outcome| outcome[at] == outcomes[0][at]),
            "{}: backends differ",
            case.id
        );
    }
}
