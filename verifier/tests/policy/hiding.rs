//! Nobody is accepted for leaving something out.

use faam_spec::decision::Outcome;
use faam_verifier::Policy;
use faam_verifier::policy::{Action, Newcomer, On, StandingNeeds, Unsure};

use crate::world::{Answer, answer, root};

fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for mean_at_least in [0, 562, 563] {
        for withdrawn in [Action::Accept, Action::Note, Action::Undecided, Action::Refuse] {
            for unsure in [Unsure::Undecided, Unsure::Refuse] {
                for below in [1, 5] {
                    let standing = StandingNeeds { mean_at_least, ..StandingNeeds::default() };
                    let on =
                        On { withdrawn, stale: unsure, unknown: unsure, contested: unsure, ..On::default() };
                    let newcomer = Newcomer { below, then: unsure };
                    all.push(Policy {
                        standing: Some(standing),
                        newcomer: Some(newcomer),
                        on,
                        ..Policy::default()
                    });
                }
            }
        }
    }
    all
}

/// Whatever the policy: an answer that the vectors call refused or undecided is never accepted under it. Among them are lists, ratings,
/// records, replies and standings that were left out.
//= spec/text/policy.md#REQ-POLICY-13
//= type=test
//# An answer MUST NOT be accepted by leaving something out that would not be accepted with it.
#[test]
fn a83_no_policy_accepts_what_does_not_verify_or_was_left_out() {
    let (mut refused, mut undecided) = (0, 0);
    for folder in ["presentation", "status", "verifying"] {
        let mut names: Vec<String> = std::fs::read_dir(root().join("spec/vectors").join(folder))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        for name in names {
            let file = root().join("spec/vectors").join(folder).join(&name);
            let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            let input = &vector["input"];
            let plain = input["histories"].is_null()
                && input["used"] != true
                && input["presentation"]["bytes"].is_null();
            // Answers to private standings take long to verify, and have no numbers.
            if input["operation"] != "presentation"
                || vector["expect"] == "accepted"
                || !plain
                || name.contains("private")
            {
                continue;
            }
            let Some(of) = readable(folder, name.trim_end_matches(".json")) else { continue };
            let own = of.sources.policy.clone();
            for policy in policies().into_iter().step_by(5) {
                let policy =
                    Policy { issuer_gone: own.issuer_gone, status_max_age: own.status_max_age, ..policy };
                let document = of.under_policy(policy);
                assert_ne!(document.outcome, Outcome::Accepted, "{name}");
            }
            refused += i32::from(vector["expect"] == "refused");
            undecided += i32::from(vector["expect"] == "undecided");
        }
    }
    assert!(refused > 100 && undecided > 10, "{refused} {undecided}");
}

/// The vector, if its request and bytes are of the usual form.
fn readable(folder: &str, name: &str) -> Option<Answer> {
    std::panic::catch_unwind(|| answer(folder, name)).ok()
}

/// A wallet that shows a market more is never worse off, and one that shows a market less is never accepted for it: what counts is counted,
/// and what does not is no harm.
#[test]
fn a83_showing_less_never_turns_into_accepted() {
    let (one, two) = (
        answer("presentation", "presentation-2-no-ratings"),
        answer("presentation", "presentation-2-two-markets"),
    );
    let rank = |outcome| match outcome {
        Outcome::Accepted => 0,
        Outcome::Undecided => 1,
        Outcome::Refused => 2,
    };
    for mut policy in policies() {
        for at_least in [1, 2] {
            policy.markets.at_least = at_least;
            let (less, more) = (one.under_policy(policy.clone()), two.under_policy(policy.clone()));
            assert!(rank(more.outcome) <= rank(less.outcome), "{policy:?}");
        }
    }
    // Without a status list, or with an old one, nothing is accepted, though the rating in it is as good as any.
    for without in ["status-9-none", "status-9-second", "status-9-complete", "status-10-old"] {
        for policy in policies() {
            let document = answer("status", without).under_policy(policy);
            assert_ne!(document.outcome, Outcome::Accepted, "{without}");
        }
    }
}
