//! Ratings, REQ-CRED-15 to REQ-CRED-19.

use serde_json::{Value, json};

use super::super::fixtures_signed::{Signed, digest, filled, issuer, knowing, member, rating, reading};
use super::super::{Cases, NOW};

fn read(it: &Signed) -> Value {
    reading("rating", it.text())
}

/// A rating that discloses this instead of what it says otherwise.
fn disclosing(name: &str, value: &Value) -> Signed {
    let text = member(90, name, value);
    rating().with(|it| {
        it.payload["_sd"][0] = json!(digest(&text));
        it.disclosures = vec![text];
    })
}

pub(super) fn cases(cases: &mut Cases) {
    members(cases);
    hidden(cases);
    parts(cases);
    key(cases);
}

fn members(cases: &mut Cases) {
    let req = "REQ-CRED-15";
    let rating = rating();
    cases.accept(req, "rating-all", "A rating with all six parts.", read(&rating));
    cases.accept(req, "rating-none", "A rating of which nothing is disclosed.", read(&rating.showing(&[])));
    cases.accept(
        req,
        "rating-two",
        "A rating with two of its parts.",
        read(&rating.showing(&["rater", "aspects"])),
    );
    let turned = rating.with(|it| it.disclosures.reverse());
    cases.accept(req, "rating-order", "A rating whose disclosures stand in another order.", read(&turned));
    cases.accept(req, "rating-no-alg", "A rating without `_sd_alg`.", read(&rating.without("", "_sd_alg")));
    let correction = rating.set("/entry", "kind", json!("correction")).set("/entry", "refs", json!([1]));
    cases.accept(req, "rating-correction", "A correction.", read(&correction));
    let bare = rating.showing(&[]).set("", "_sd", json!([]));
    cases.accept(
        req,
        "rating-empty",
        "A rating without digests, whose `_sd` is there and empty.",
        read(&bare),
    );
    for name in ["market", "entry", "cnf", "status", "iss"] {
        let description = format!("A rating without `{name}`.");
        let input = read(&rating.without("", name));
        cases.refuse(req, &format!("rating-no-{name}"), "invalid.claim.missing", &description, input);
    }
    let none = rating.showing(&[]).without("", "_sd");
    cases.refuse(req, "rating-no-sd", "invalid.claim.missing", "A rating without `_sd`.", read(&none));

    let req = "REQ-CRED-16";
    let kind = |kind: &str, more: Value| {
        let mut entry =
            json!({"v": 0, "ledger": filled(1, 16), "index": 3, "kind": kind, "salt": filled(2, 16)});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rating.showing(&[]).set("", "_sd", json!([])).set("", "entry", entry)
    };
    let set = |name: &str, value: Value| rating.set("", name, value);
    for (id, description, it) in [
        ("iat", "A time of issue, which would tie ratings together.", set("iat", json!(NOW))),
        ("exp", "An expiry.", set("exp", json!(NOW + 3600))),
        ("nbf", "A beginning.", set("nbf", json!(NOW - 3600))),
        ("jti", "A number of its own.", set("jti", json!("7"))),
        ("sub", "A subject.", set("sub", json!("did:key:z6Mk"))),
        (
            "day",
            "A day that is visible to everybody.",
            rating.showing(&["comment"]).set("", "day", json!("2026-10-02")),
        ),
        ("integrity", "`vct#integrity`.", set("vct#integrity", json!("sha256-AAAA"))),
        ("cnf", "A second key beside the holder's.", rating.set("/cnf", "kid", json!("x"))),
        (
            "jwk",
            "A member of the holder's key that does not belong there.",
            rating.set("/cnf/jwk", "use", json!("sig")),
        ),
        ("status", "A second place where its status is kept.", rating.set("/status", "other", json!({}))),
        ("reply", "The entry is a reply.", kind("reply", json!({"refs": [2], "day": "2026-10-02"}))),
        (
            "withdrawal",
            "The entry is a withdrawal.",
            kind("withdrawal", json!({"refs": [2], "day": "2026-10-02", "by": "rater"})),
        ),
        (
            "dispute",
            "The entry is a dispute.",
            kind("dispute", json!({"refs": [2], "day": "2026-10-02", "state": "open"})),
        ),
        ("binding", "The entry is a binding.", kind("binding", json!({"day": "2026-10-02"}))),
        ("entry-sd", "The entry has an `_sd` of its own.", rating.set("/entry", "_sd", json!([digest("x")]))),
        (
            "entry-sd-empty",
            "The entry has an empty `_sd` of its own.",
            rating.set("/entry", "_sd", json!([])),
        ),
        ("entry-all", "The digests stand in the entry, and `_sd` is empty.", {
            let digests = rating.payload["_sd"].clone();
            rating.set("/entry", "_sd", digests).set("", "_sd", json!([]))
        }),
        ("entry-list", "The entry is a list.", set("entry", json!([]))),
        ("entry-text", "The entry is a text.", set("entry", json!("entry"))),
        (
            "entry-more",
            "The entry has a member that entries do not have.",
            rating.set("/entry", "note", json!("x")),
        ),
        ("entry-day", "The entry shows its day.", rating.set("/entry", "day", json!("2026-10-02"))),
    ] {
        cases.refuse(req, &format!("rating-{id}"), "malformed", description, read(&it));
    }
    for (id, description, uri) in [
        ("https", "A rating whose list is at a web address.", "https://market.example/status/1"),
        ("case", "A rating whose list's address is in capitals.", "URN:FAAM:STATUS:1"),
        ("empty", "A rating whose list has no address.", ""),
    ] {
        let it = rating.set("/status/status_list", "uri", json!(uri));
        let id = format!("rating-list-{id}");
        cases.refuse("REQ-STATUS-14", &id, "status.invalid", description, read(&it)).attack("A37");
    }
}

fn hidden(cases: &mut Cases) {
    let req = "REQ-CRED-17";
    let hiding = |names: &[&str]| {
        names.iter().zip(90..).fold(rating(), |it, (name, salt)| {
            let text = member(salt, name, &it.payload[*name]);
            it.without("", name).with(|it| {
                it.payload["_sd"].as_array_mut().unwrap().push(json!(digest(&text)));
                it.disclosures.push(text);
            })
        })
    };
    for (id, description, names) in [
        ("market", "The market is disclosed singly.", &["market"][..]),
        ("entry", "The entry is disclosed singly.", &["entry"]),
        ("both", "Market and entry are disclosed singly.", &["market", "entry"]),
    ] {
        let input = read(&hiding(names));
        cases.refuse(req, &format!("hidden-{id}"), "invalid.claim.hidden", description, input).attack("A13");
    }
}

fn parts(cases: &mut Cases) {
    let req = "REQ-CRED-18";
    cases.accept(
        req,
        "part-null",
        "A category that says nothing.",
        read(&disclosing("category", &Value::Null)),
    );
    cases.accept(
        req,
        "part-aspect",
        "An aspect of 1000.",
        read(&disclosing("aspects", &json!({"speed": 1000}))),
    );
    for (id, description, name, value) in [
        ("unknown", "A part that ratings do not have.", "price", json!(100)),
        ("text", "The text of a reply.", "text", json!("Thank you.")),
        ("value", "A value of its own.", "value", json!(10)),
        ("case", "A name with a capital.", "Comment", json!("Good.")),
        ("day", "A day that there is not.", "day", json!("2026-02-29")),
        ("day-null", "A day that is `null`.", "day", Value::Null),
        ("rater", "A rater with a space.", "rater", json!("a b")),
        ("comment", "A comment that is a number.", "comment", json!(5)),
        ("category", "A category that is a list.", "category", json!(["books"])),
        ("aspects", "An aspect of 1001.", "aspects", json!({"speed": 1001})),
    ] {
        let input = read(&disclosing(name, &value));
        cases.refuse(req, &format!("part-{id}"), "ledger.entry", description, input);
    }
}

fn key(cases: &mut Cases) {
    let req = "REQ-CRED-19";
    let did = super::super::names::webvh("market.example");
    let one = format!("{did}#one");
    let by = rating().showing(&[]).head("kid", json!(one)).set("", "iss", json!(did));
    let known = |from, until| knowing(read(&by), &did, &[(&one, &issuer(), from, until)]);
    let description = "The key became the issuer's at the very time of the standing.";
    cases.accept(req, "key-then", description, known(NOW, None));
    let description = "The key had ended long before the standing: the rating was signed in its time.";
    cases.accept(req, "key-ended", description, known(0, Some(1)));
    for (id, description, from) in [
        ("second", "The key became the issuer's a second after the standing.", NOW + 1),
        ("day", "The key became the issuer's a day after the standing.", NOW + 86_400),
        ("end", "The key becomes the issuer's in the last second that there is.", 253_402_300_799),
    ] {
        cases
            .refuse(req, &format!("key-{id}"), "issuer.key_not_valid_then", description, known(from, None))
            .attack("A44");
    }
    let description = "The key became the issuer's an hour after the standing, and ended again.";
    cases
        .refuse(
            req,
            "key-later",
            "issuer.key_not_valid_then",
            description,
            known(NOW + 3600, Some(NOW + 7200)),
        )
        .attack("A44");
}
