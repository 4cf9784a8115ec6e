//! Rules between entries, REQ-LEDGER-16 to REQ-LEDGER-21.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{filled, written};
use super::{bound, corrected, disputed, parts, rated, rating, record_of, replay, replied, with, withdrawn};

fn refuse(cases: &mut Cases, req: &str, bad: Vec<(&str, &str, Vec<Value>)>) {
    for (id, description, records) in bad {
        cases.refuse(req, id, "ledger.entry", description, replay(&records));
    }
}

/// The first rating of these ledgers.
fn first() -> Value {
    rated(0, 5, "2026-10-02", "YQ")
}

pub(super) fn cases(cases: &mut Cases) {
    places(cases);
    corrections(cases);
    replies(cases);
    disputes(cases);
    roles(cases);
}

fn places(cases: &mut Cases) {
    let req = "REQ-LEDGER-16";
    cases.accept(
        req,
        "rules",
        "Ratings, a reply, a correction, a dispute, a withdrawal and a binding.",
        replay(&[
            first(),
            replied(1, 0),
            rated(2, -10, "2026-10-03", "Yg"),
            bound(3),
            corrected(4, 0, 10, "2026-10-04", "YQ"),
            disputed(5, 2, "open"),
            disputed(6, 2, "settled"),
            withdrawn(7, 2),
        ]),
    );
    cases.accept(req, "rules-empty", "No entries.", replay(&[]));
    let mut foreign = rated(1, 5, "2026-10-03", "Yg");
    foreign["entry"]["ledger"] = json!(filled(7, 16));
    let mut alone = replay(&[first()]);
    alone["ledger"] = json!(filled(7, 16));
    refuse(
        cases,
        req,
        vec![
            ("rules-foreign", "The second entry is of another ledger.", vec![first(), foreign]),
            ("rules-gap", "An index is left out.", vec![first(), rated(2, 5, "2026-10-03", "Yg")]),
            ("rules-again", "An index stands twice.", vec![first(), first()]),
            ("rules-late", "The first entry has index 1.", vec![rated(1, 5, "2026-10-03", "Yg")]),
            (
                "rules-turned",
                "Two entries in the wrong order.",
                vec![rated(1, 5, "2026-10-03", "Yg"), first()],
            ),
        ],
    );
    cases.refuse(req, "rules-other", "ledger.entry", "All entries are of another ledger.", alone);
}

fn corrections(cases: &mut Cases) {
    let req = "REQ-LEDGER-17";
    cases.accept(
        req,
        "rules-correction",
        "A correction of a rating.",
        replay(&[first(), corrected(1, 0, -5, "2026-10-04", "YQ")]),
    );
    cases.accept(
        req,
        "correction-again",
        "A correction of a correction.",
        replay(&[first(), corrected(1, 0, -5, "2026-10-04", "YQ"), corrected(2, 1, 0, "2026-10-05", "YQ")]),
    );
    let dispute = vec![
        first(),
        disputed(1, 0, "open"),
        corrected(2, 0, 0, "2026-10-05", "YQ"),
        disputed(3, 2, "settled"),
    ];
    cases.accept(
        req,
        "correction-disputed",
        "A dispute that goes on over a correction and is settled after it.",
        replay(&dispute),
    );
    let buyer = {
        let entry =
            with(rating(1, 5, "-10..10"), json!({"kind": "correction", "refs": [0], "role": "buyer"}));
        record_of(entry, &parts(1, "2026-10-04", "YQ"))
    };
    refuse(
        cases,
        req,
        vec![
            (
                "correction-old",
                "A rating is corrected for a second time, instead of its correction.",
                vec![
                    first(),
                    corrected(1, 0, -5, "2026-10-04", "YQ"),
                    corrected(2, 0, 0, "2026-10-05", "YQ"),
                ],
            ),
            (
                "correction-withdrawn",
                "A rating is corrected that was withdrawn.",
                vec![first(), withdrawn(1, 0), corrected(2, 0, 0, "2026-10-05", "YQ")],
            ),
            ("correction-role", "A correction in another role.", vec![first(), buyer]),
            (
                "correction-rater",
                "A correction by another rater.",
                vec![first(), corrected(1, 0, -5, "2026-10-04", "Yg")],
            ),
            (
                "correction-rater-case",
                "A correction by a rater whose pseudonym differs in case.",
                vec![first(), corrected(1, 0, -5, "2026-10-04", "yq")],
            ),
            (
                "correction-reply",
                "A correction of a reply.",
                vec![first(), replied(1, 0), corrected(2, 1, 0, "2026-10-05", "YQ")],
            ),
            (
                "correction-binding",
                "A correction of a binding.",
                vec![bound(0), corrected(1, 0, 0, "2026-10-05", "YQ")],
            ),
        ],
    );
}

fn replies(cases: &mut Cases) {
    let req = "REQ-LEDGER-18";
    cases.accept(
        req,
        "reply-two",
        "Two replies to one rating.",
        replay(&[first(), replied(1, 0), replied(2, 0)]),
    );
    let correction = corrected(1, 0, -5, "2026-10-04", "YQ");
    cases.accept(
        req,
        "reply-correction",
        "A reply to a correction.",
        replay(&[first(), correction.clone(), replied(2, 1)]),
    );
    refuse(
        cases,
        req,
        vec![
            (
                "reply-corrected",
                "A reply to a rating that was corrected.",
                vec![first(), correction, replied(2, 0)],
            ),
            (
                "reply-withdrawn",
                "A reply to a rating that was withdrawn.",
                vec![first(), withdrawn(1, 0), replied(2, 0)],
            ),
            ("reply-reply", "A reply to a reply.", vec![first(), replied(1, 0), replied(2, 1)]),
            ("reply-binding", "A reply to a binding.", vec![bound(0), replied(1, 0)]),
        ],
    );
    let req = "REQ-LEDGER-19";
    cases.accept(
        req,
        "withdrawal-disputed",
        "A rating is withdrawn under an open dispute.",
        replay(&[first(), disputed(1, 0, "open"), withdrawn(2, 0)]),
    );
    refuse(
        cases,
        req,
        vec![
            (
                "withdrawal-twice",
                "A rating is withdrawn twice.",
                vec![first(), withdrawn(1, 0), withdrawn(2, 0)],
            ),
            (
                "withdrawal-corrected",
                "A rating is withdrawn that was corrected.",
                vec![first(), corrected(1, 0, -5, "2026-10-04", "YQ"), withdrawn(2, 0)],
            ),
            ("withdrawal-reply", "A reply is withdrawn.", vec![first(), replied(1, 0), withdrawn(2, 1)]),
            (
                "withdrawal-withdrawal",
                "A withdrawal is withdrawn.",
                vec![first(), withdrawn(1, 0), withdrawn(2, 1)],
            ),
            ("withdrawal-binding", "A binding is withdrawn.", vec![bound(0), withdrawn(1, 0)]),
        ],
    );
}

fn disputes(cases: &mut Cases) {
    let req = "REQ-LEDGER-20";
    let (open, settled) = (disputed(1, 0, "open"), disputed(2, 0, "settled"));
    let again = vec![first(), open.clone(), settled.clone(), disputed(3, 0, "open")];
    cases.accept(req, "dispute-again", "A dispute that was settled is opened again.", replay(&again));
    refuse(
        cases,
        req,
        vec![
            (
                "dispute-open",
                "A dispute is opened while one is open.",
                vec![first(), open.clone(), disputed(2, 0, "open")],
            ),
            (
                "dispute-settled",
                "A dispute is settled that was never opened.",
                vec![first(), disputed(1, 0, "settled")],
            ),
            (
                "dispute-twice",
                "A dispute is settled twice.",
                vec![first(), open.clone(), settled, disputed(3, 0, "settled")],
            ),
            (
                "dispute-withdrawn",
                "A dispute about a rating that was withdrawn.",
                vec![first(), withdrawn(1, 0), disputed(2, 0, "open")],
            ),
            (
                "dispute-corrected",
                "A dispute about a rating that was corrected.",
                vec![first(), corrected(1, 0, -5, "2026-10-04", "YQ"), disputed(2, 0, "open")],
            ),
            (
                "dispute-gone",
                "A dispute is settled whose rating was withdrawn meanwhile.",
                vec![first(), open, withdrawn(2, 0), disputed(3, 0, "settled")],
            ),
            (
                "dispute-reply",
                "A dispute about a reply.",
                vec![first(), replied(1, 0), disputed(2, 1, "open")],
            ),
        ],
    );
}

fn roles(cases: &mut Cases) {
    let req = "REQ-LEDGER-21";
    let in_role = |index: u8, role: &str| {
        let entry = with(rating(index, 5, "-10..10"), json!({"role": role}));
        record_of(entry, &parts(index, "2026-10-02", "YQ"))
    };
    let eight: Vec<Value> = (0..8).map(|n| in_role(n, &format!("role-{n}"))).collect();
    cases.accept(req, "roles-eight", "Ratings in eight roles.", replay(&eight));
    let and = |more: Vec<Value>| [eight.clone(), more].concat();
    cases.accept(
        req,
        "roles-known",
        "A ninth rating, in a role that is known.",
        replay(&and(vec![in_role(8, "role-3")])),
    );
    refuse(
        cases,
        req,
        vec![
            ("roles-nine", "A rating in a ninth role.", and(vec![in_role(8, "role-8")])),
            (
                "roles-freed",
                "A rating in a ninth role after the only one of the first was withdrawn.",
                and(vec![withdrawn(8, 0), in_role(9, "role-8")]),
            ),
            (
                "roles-prefix",
                "A ninth role that begins like one that is known.",
                and(vec![in_role(8, "role-33")]),
            ),
        ],
    );
    assert!(written(&eight[0]).len() < 1200);
}
