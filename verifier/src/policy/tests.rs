//! What no vector has: disputes, roles, the last twelve months, moved domains.

use std::collections::BTreeSet;

use faam_spec::decision::{LedgerFacts, Outcome};
use faam_spec::did::Did;
use faam_spec::time::Timestamp;
use serde_json::json;

use super::judge::{Ruling, different, labels, percent_over};
use super::*;
use crate::trust::Trust;

/// Twenty ratings as host, mean 900, and two as guest, mean 100, of which one is of the last twelve months; three are under dispute.
fn facts() -> LedgerFacts {
    let numbers = |ratings: u64, mean: u16, histogram: [u64; 5]| {
        json!({"ratings": ratings, "counterparties": ratings, "mean": mean, "histogram": histogram,
            "first": "2024-11-21", "last": "2026-11-01"})
    };
    let span = |all: &serde_json::Value, recent: &serde_json::Value| json!({"all": all, "recent": recent});
    let (host, guest) = (numbers(20, 900, [0, 0, 0, 0, 20]), numbers(2, 100, [2, 0, 0, 0, 0]));
    let all = numbers(22, 827, [2, 0, 0, 0, 20]);
    let facts = json!({
        "issuer": Did::from_key(&faam_spec::key::SigningKey::from_seed(&[1; 32]).verifying_key()), "market": "alpha",
        "grade": "issuer_signed", "issued": 1795262400, "epoch": "2026-47", "epochs_old": 0, "bound": "2024-11-21", "shown": [], "not_shown": 22,
        "not_shown_histogram": [2, 0, 0, 0, 20], "complete": false,
        "numbers": {"total": span(&all, &numbers(1, 100, [1, 0, 0, 0, 0])), "withdrawn": 0, "corrected": 0, "disputed": 3,
            "roles": {"host": span(&host, &numbers(0, 0, [0; 5])), "guest": span(&guest, &numbers(1, 100, [1, 0, 0, 0, 0]))}},
    });
    serde_json::from_value(facts).unwrap()
}

fn rule(text: &str) -> Ruling {
    let policy = Policy::parse(&format!("v = 0\n{text}")).unwrap();
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    policy.rule((&[facts()], &[]), &[], (&Trust::default(), &[]), now)
}

#[track_caller]
fn is(text: &str, outcome: Outcome, codes: &[&str]) {
    let ruling = rule(text);
    let found: Vec<_> = ruling.reasons.iter().map(|reason| reason.code.code()).collect();
    assert_eq!((ruling.outcome, found.as_slice()), (outcome, codes), "{text}");
}

#[test]
fn disputes_are_acted_on_over_their_number() {
    is("[on]\ndisputed = 'refuse'\ndisputed_over = 2", Outcome::Refused, &["policy.disputed"]);
    is("[on]\ndisputed = 'undecided'\ndisputed_over = 2", Outcome::Undecided, &["policy.disputed"]);
    is("[on]\ndisputed = 'refuse'\ndisputed_over = 3", Outcome::Accepted, &[]);
    let noted = rule("[on]\ndisputed = 'note'");
    assert_eq!((noted.outcome, noted.notes.len()), (Outcome::Accepted, 1));
}

#[test]
fn a81_numbers_are_of_the_role_and_time_that_are_asked_for() {
    is("[standing]\nmean_at_least = 800", Outcome::Accepted, &[]);
    is("[standing]\nrole = 'host'\nmean_at_least = 900\nratings_at_least = 20", Outcome::Accepted, &[]);
    // A good host is no good guest.
    is("[standing]\nrole = 'guest'\nmean_at_least = 800", Outcome::Refused, &["policy.mean"]);
    is("[standing]\nrole = 'guest'\nlowest_at_most_percent = 99", Outcome::Refused, &["policy.low"]);
    is("[standing]\nrole = 'driver'\n", Outcome::Undecided, &["policy.unrated"]);
    is("[standing]\nrecent = true\nmean_at_least = 800", Outcome::Refused, &["policy.mean"]);
    is("[standing]\nrecent = true\nrole = 'host'", Outcome::Undecided, &["policy.unrated"]);
    // How long somebody is there is counted from the first rating of all time.
    is("[standing]\nrecent = true\ndays_at_least = 730", Outcome::Accepted, &[]);
    is("[standing]\ndays_at_least = 731", Outcome::Refused, &["policy.tenure"]);
}

#[test]
fn shares_are_compared_exactly_and_cannot_overflow() {
    assert!(!percent_over(0, 0, 0) && percent_over(1, u64::MAX, 0) && !percent_over(u64::MAX, 0, 100));
    assert!(!percent_over(1, 9, 10) && percent_over(1, 8, 10) && percent_over(u64::MAX, u64::MAX, 49));
    assert!(!percent_over(u64::MAX, u64::MAX, 50));
}

#[test]
fn a82_a_moved_domain_and_chains_of_groups_are_one() {
    let did = |text: &str| text.parse::<Did>().unwrap();
    let scid = "QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ";
    let (old, moved) =
        (did(&format!("did:webvh:{scid}:old.example")), did(&format!("did:webvh:{scid}:new.example")));
    let market = |name: &str| name.parse::<MarketId>().unwrap();
    let nobody = Trust::default();
    let (a, b) = (labels(&old, &market("alpha"), &nobody), labels(&moved, &market("beta"), &nobody));
    assert_eq!(different(&[&a, &b], &[]), 1);
    let of = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<BTreeSet<_>>();
    // The third makes one of two that were apart.
    let (x, y, z) = (of(&["x"]), of(&["y"]), of(&["x", "y"]));
    assert_eq!((different(&[&x, &y], &[]), different(&[&x, &y, &z], &[]), different(&[], &[])), (2, 1, 0));
    // What ties them need not count itself.
    assert_eq!(
        (different(&[&x, &y], std::slice::from_ref(&z)), different(&[&x], &[y.clone(), z.clone()])),
        (1, 1)
    );
}
