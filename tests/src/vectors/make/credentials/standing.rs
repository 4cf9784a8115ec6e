//! Plain standings, REQ-CRED-20 to REQ-CRED-24.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{Signed, digest, member, reading, standing};

fn read(it: &Signed) -> Value {
    reading("standing", it.text())
}

/// The standing with a member taken out of an object and disclosed in its place.
fn hiding(parent: &str, name: &str) -> Signed {
    let it = standing();
    let text = member(90, name, it.payload.pointer(&format!("{parent}/{name}")).unwrap());
    let digests = json!([digest(&text)]);
    it.without(parent, name).set(parent, "_sd", digests).with(|it| it.disclosures = vec![text])
}

/// The standing with another last day.
fn last(day: &str) -> Signed {
    ["/total/all", "/total/recent", "/roles/seller/all", "/roles/seller/recent"]
        .iter()
        .fold(standing(), |it, at| it.set(&format!("/standing/numbers{at}"), "last", json!(day)))
}

pub(super) fn cases(cases: &mut Cases) {
    let req = "REQ-CRED-20";
    cases.accept(req, "standing", "A standing.", read(&standing()));
    for (id, description, parent, name) in [
        ("numbers", "The numbers are disclosed singly.", "/standing", "numbers"),
        (
            "withdrawn",
            "The number of withdrawn ratings is disclosed singly.",
            "/standing/numbers",
            "withdrawn",
        ),
        ("role", "The numbers of one role are disclosed singly.", "/standing/numbers/roles", "buyer"),
        ("statement", "The whole statement is disclosed singly.", "", "standing"),
        ("market", "The market is disclosed singly.", "", "market"),
        ("iat", "The time of signing is disclosed singly.", "", "iat"),
    ] {
        let input = read(&hiding(parent, name));
        cases
            .refuse(req, &format!("standing-hidden-{id}"), "invalid.claim.hidden", description, input)
            .attack("A13");
    }
    members(cases);
    sizes(cases);
    numbers(cases);
    let req = "REQ-CRED-24";
    // Signed on 2026-11-21, in the last hour before noon.
    cases.accept(
        req,
        "standing-last",
        "The last rating is of the day after the standing was signed.",
        read(&last("2026-11-22")),
    );
    let midnight = last("2026-11-22").set("", "iat", json!(1_795_219_200));
    let description =
        "The last rating is of the day after, and the standing was signed in the first second of its day.";
    cases.accept(req, "standing-last-midnight", description, read(&midnight));
    for (id, description, it) in [
        ("two-days", "The last rating is of two days after the standing was signed.", last("2026-11-23")),
        (
            "evening",
            "The last rating is of two days after, and the standing was signed in the last second of its day.",
            { last("2026-11-23").set("", "iat", json!(1_795_305_599)) },
        ),
        ("year", "The last rating is of a year later.", last("2027-11-21")),
        ("end", "The last rating is of the last day that there is.", last("9999-12-31")),
    ] {
        cases.refuse(req, &format!("standing-last-{id}"), "standing.numbers", description, read(&it));
    }
}

fn members(cases: &mut Cases) {
    let req = "REQ-CRED-21";
    for name in ["iss", "market", "iat", "cnf", "standing"] {
        let description = format!("A standing without `{name}`.");
        let input = read(&standing().without("", name));
        cases.refuse(req, &format!("standing-no-{name}"), "invalid.claim.missing", &description, input);
    }
    let req = "REQ-CRED-22";
    let it = standing();
    let set = |parent: &str, name: &str, value: Value| it.set(parent, name, value);
    for (id, description, it) in [
        ("exp", "An expiry.", set("", "exp", json!(253_402_300_799_i64))),
        (
            "status",
            "A place in a status list.",
            set("", "status", json!({"status_list": {"idx": 1, "uri": "urn:faam:status:a"}})),
        ),
        ("alg", "`_sd_alg`, where nothing can be disclosed.", set("", "_sd_alg", json!("sha-256"))),
        ("decoy", "A digest of which nothing is disclosed.", set("", "_sd", json!([digest("x")]))),
        (
            "decoy-inner",
            "A digest within the statement, of which nothing is disclosed.",
            set("/standing", "_sd", json!([digest("x")])),
        ),
        ("grade", "A grade in the statement, which nobody gives.", set("/standing", "grade", json!("good"))),
        ("numbers", "A number that there is not.", set("/standing/numbers", "praised", json!(3))),
        (
            "bands",
            "A histogram of six bands.",
            set("/standing/numbers/total/recent", "histogram", json!([0, 0, 0, 1, 1, 0])),
        ),
        ("head", "A head with a third tree.", set("/standing/head", "dead", json!({"size": 0, "root": "u"}))),
        ("no-salt", "A statement without salt.", it.without("/standing", "salt")),
        ("no-bound", "A statement without the day of its binding.", it.without("/standing", "bound")),
        (
            "no-disputed",
            "Numbers that do not say how many ratings are disputed.",
            it.without("/standing/numbers", "disputed"),
        ),
        ("no-recent", "Numbers of all time alone.", it.without("/standing/numbers/total", "recent")),
        ("list", "A statement that is a list.", set("", "standing", json!([]))),
    ] {
        cases.refuse(req, &format!("standing-{id}"), "malformed", description, read(&it));
    }
}

fn sizes(cases: &mut Cases) {
    let req = "REQ-CRED-23";
    let sized = |log: u64, live: u64| {
        standing().set("/standing/head/log", "size", json!(log)).set(
            "/standing/head/live",
            "size",
            json!(live),
        )
    };
    cases.accept(req, "standing-all-live", "Every entry is a live rating.", read(&sized(3, 3)));
    let none = json!({"ratings": 0, "counterparties": 0, "histogram": [0, 0, 0, 0, 0]});
    let nothing = json!({"total": {"all": none, "recent": none}, "roles": {}, "withdrawn": 0, "corrected": 0, "disputed": 0});
    let empty = |log: u64, live: u64| sized(log, live).set("/standing", "numbers", nothing.clone());
    cases.accept(req, "standing-empty", "A ledger of a binding and nothing else.", read(&empty(1, 0)));
    cases.accept(req, "standing-nothing", "A ledger without entries.", read(&empty(0, 0)));
    for (id, description, it) in [
        ("more", "The live tree has more ratings than the numbers.", sized(5, 4)),
        ("fewer", "The live tree has fewer ratings than the numbers.", sized(5, 2)),
        ("none", "The live tree is empty, and there are numbers.", sized(5, 0)),
        ("zero", "The numbers are of no ratings, and the live tree has one.", empty(5, 1)),
        ("log", "The live tree has more leaves than the log.", sized(2, 3)),
        ("log-empty", "The log is empty, and there are live ratings.", sized(0, 3)),
    ] {
        cases.refuse(req, &format!("standing-size-{id}"), "standing.numbers", description, read(&it));
    }
}

/// The numbers that cannot be true are refused in a signed standing as they are alone.
fn numbers(cases: &mut Cases) {
    let it = standing();
    let set =
        |parent: &str, name: &str, value: Value| it.set(&format!("/standing/numbers{parent}"), name, value);
    for (req, id, description, it) in [
        (
            "REQ-LEDGER-25",
            "histogram",
            "The histogram has one rating more than there are.",
            set("/total/all", "histogram", json!([0, 0, 1, 1, 2])),
        ),
        ("REQ-LEDGER-26", "mean", "A mean over the best value.", set("/total/all", "mean", json!(1001))),
        (
            "REQ-LEDGER-26",
            "counterparties",
            "More raters than ratings, in one role.",
            set("/roles/seller/all", "counterparties", json!(3)),
        ),
        (
            "REQ-LEDGER-27",
            "recent",
            "A recent rating in a band that has none of all time.",
            set("/total/recent", "histogram", json!([0, 1, 0, 1, 0])),
        ),
        ("REQ-LEDGER-28", "disputed", "More disputes than ratings.", set("", "disputed", json!(4))),
    ] {
        let id = format!("standing-numbers-{id}");
        cases.refuse(req, &id, "standing.numbers", description, read(&it));
    }
}
