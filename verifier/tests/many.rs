//! Many answers judged at once come to the decisions that they come to one by one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use faam_spec::decision::Outcome;
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::reason::Reason;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_verifier::{
    Answer, Decision, MemoryNonces, NonceStore, NonceStoreError, Pending, Sources, Trust, finish, finish_many,
};
use serde_json::{Value, json};

/// Answers that are judged at one moment with the same sources.
#[derive(Default)]
struct Group {
    sources: Sources,
    now: i64,
    answers: Vec<(Pending, Vec<u8>)>,
}

/// Every vector of an answer whose keys are their DIDs, by when and with what it is judged; what is believed is put together where that
/// contradicts nothing.
fn groups() -> Vec<Group> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors");
    let none = KeyHistories::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for folder in ["presentation", "status", "verifying", "versions"] {
        let mut files: Vec<_> =
            std::fs::read_dir(root.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let vector: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            let input = &vector["input"];
            if input["operation"] != "presentation" || !input["histories"].is_null() {
                continue;
            }
            let (Some(request), Some(text)) = (input["request"].as_str(), input["presentation"].as_str())
            else {
                continue;
            };
            let given = &input["sources"];
            let group = groups.entry(format!("{} {given}", vector["now"])).or_insert_with(|| {
                let trust: Trust = serde_json::from_value(given["trust"].clone()).unwrap();
                let mut sources = Sources { trust, ..Sources::default() };
                if let Some(policy) = given.get("policy") {
                    sources.policy = serde_json::from_value(policy.clone()).unwrap();
                }
                let texts = |name: &str| given[name].as_array().cloned().unwrap_or_default();
                for text in texts("records") {
                    let record = SignedEpochRecord::open(text.as_str().unwrap(), &none).unwrap();
                    sources.records.insert(record).unwrap();
                }
                for text in texts("status") {
                    let list = SignedStatusList::open(text.as_str().unwrap(), &none).unwrap();
                    sources.status.insert(list).unwrap();
                }
                Group { sources, now: vector["now"].as_i64().unwrap(), answers: Vec::new() }
            });
            let asked = Timestamp::new(input["asked"].as_i64().unwrap()).unwrap();
            let stored = json!({"v": 0, "request": request}).to_string();
            let pending = Pending::from_bytes(stored.as_bytes(), &none, asked).unwrap();
            group.answers.push((pending, text.as_bytes().to_vec()));
        }
    }
    let mut all: Vec<Group> = groups.into_values().collect();
    // Each answer twice, the second time after all others: requests are used up on the way.
    for group in &mut all {
        let again = group.answers.clone();
        group.answers.extend(again);
    }
    all
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn one_by_one(group: &Group, nonces: &mut dyn NonceStore) -> Vec<Decision> {
    let now = Timestamp::new(group.now).unwrap();
    group.answers.iter().map(|(pending, bytes)| finish(pending, bytes, &group.sources, nonces, now)).collect()
}

fn together(group: &Group, nonces: &mut dyn NonceStore, count: usize) -> Vec<Decision> {
    let answers: Vec<Answer<'_>> =
        group.answers.iter().map(|(pending, bytes)| Answer { pending, bytes }).collect();
    let now = Timestamp::new(group.now).unwrap();
    finish_many(&answers, &group.sources, nonces, now, threads(count))
}

//= spec/text/verifying.md#REQ-VERIFY-1
//= type=test
//# The same arguments give the same decision.
#[test]
fn answers_judged_together_get_the_decisions_that_they_get_alone() {
    let mut counted = BTreeMap::new();
    let mut largest = 0;
    for group in groups() {
        let alone = one_by_one(&group, &mut MemoryNonces::new());
        for count in [1, 3] {
            assert_eq!(together(&group, &mut MemoryNonces::new(), count), alone, "{count} threads");
        }
        largest = largest.max(group.answers.len());
        for decision in &alone {
            *counted.entry(format!("{:?}", decision.outcome())).or_insert(0) += 1;
            let used = decision.reasons().iter().any(|reason| reason.code == Reason::NonceUsed);
            *counted.entry("used".to_owned()).or_insert(0) += usize::from(used);
        }
    }
    assert!(counted["Accepted"] > 25 && counted["Refused"] > 500 && counted["Undecided"] > 20, "{counted:?}");
    assert!(counted["used"] > 80 && largest > 20, "{counted:?} {largest}");
}

/// Private standings, each with a bit of its proof flipped in every place of the batch, and all of them.
#[test]
fn a25_bad_proofs_among_good_ones_are_found_exactly() {
    let proves = |group: &Group| {
        let alone = one_by_one(group, &mut MemoryNonces::new());
        alone
            .iter()
            .any(|decision| decision.accepted().is_some_and(|accepted| !accepted.private().is_empty()))
    };
    let mut tried = 0;
    for group in groups().into_iter().filter(proves).take(4) {
        let good = group.answers.into_iter().find(|(pending, bytes)| {
            let now = Timestamp::new(group.now).unwrap();
            finish(pending, bytes, &group.sources, &mut MemoryNonces::new(), now).accepted().is_some()
        });
        let good = good.unwrap();
        let spoilt = |at: usize| {
            let mut value: Value = serde_json::from_slice(&good.1).unwrap();
            for list in value["vp_token"].as_object_mut().unwrap().values_mut() {
                let text = list[0].as_str().unwrap();
                // Within the last scalars, so that all points are points.
                let place = text.len() - 40 - at;
                let other = if text.as_bytes()[place] == b'A' { "B" } else { "A" };
                list[0] = json!(format!("{}{other}{}", &text[..place], &text[place + 1..]));
            }
            (good.0.clone(), value.to_string().into_bytes())
        };
        for bad in [vec![], vec![0], vec![3], vec![9], vec![1, 8], (0..10).collect::<Vec<_>>()] {
            let answers = (0..10).map(|at| if bad.contains(&at) { spoilt(at) } else { good.clone() });
            let group = Group { sources: group.sources.clone(), now: group.now, answers: answers.collect() };
            // A store that knows nothing: else one alone could be accepted.
            let alone = one_by_one(&group, &mut Forgetful);
            assert_eq!(together(&group, &mut Forgetful, 1), alone);
            assert_eq!(together(&group, &mut Forgetful, 3), alone);
            for (at, decision) in alone.iter().enumerate() {
                assert_eq!(decision.accepted().is_none(), bad.contains(&at), "{}", decision.explain());
                if bad.contains(&at) {
                    let code = decision.reasons()[0].code;
                    assert!(matches!(code, Reason::PrivateProof | Reason::PrivateMalformed), "{code:?}");
                }
            }
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
}

struct Forgetful;

impl NonceStore for Forgetful {
    fn consume(&mut self, _: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
        Ok(true)
    }
}

/// A store that cannot say leaves those undecided that it was asked about, and no others.
#[test]
fn a_store_that_fails_is_asked_in_order_and_for_acceptances_alone() {
    struct Failing(Vec<String>);
    impl NonceStore for Failing {
        fn consume(&mut self, nonce: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
            self.0.push(nonce.to_owned());
            if self.0.len().is_multiple_of(2) { Err(NonceStoreError) } else { Ok(true) }
        }
    }
    let group = groups().into_iter().max_by_key(|group| group.answers.len()).unwrap();
    let (mut first, mut second) = (Failing(Vec::new()), Failing(Vec::new()));
    let alone = one_by_one(&group, &mut first);
    assert_eq!(together(&group, &mut second, 2), alone);
    assert_eq!(first.0, second.0);
    assert!(alone.iter().any(|decision| decision.outcome() == Outcome::Undecided));
    let none = together(&Group::default(), &mut first, 2);
    assert!(none.is_empty());
}
