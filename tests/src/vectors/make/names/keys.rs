//! Whose key a signature names, and when it was valid: REQ-NAME-7 to REQ-NAME-11.

use faam_spec::key::SigningKey;
use serde_json::{Value, json};

use super::super::fixtures_signed::{
    BEGINS, Signed, did, issuer, kid, knowing, rating, reading, record, request, standing, stranger,
};
use super::super::{Cases, NOW};
use super::dids::webvh;

const HOST: &str = "market.example";

/// The key's name in a history.
fn named(did: &str, key: &str) -> String {
    format!("{did}#{key}")
}

/// Signed by the key `one` of a `did:webvh`.
fn by(it: &Signed, did: &str) -> Signed {
    let it = it.head("kid", json!(named(did, "one"))).set("", "iss", json!(did));
    // Only a record names keys, and only those of its issuer.
    if it.header["typ"] == "faam-epoch+jwt" { it.set("", "keys", json!([named(did, "one")])) } else { it }
}

fn read_record(it: &Signed) -> Value {
    reading("epoch_record", it.jws())
}

/// The record of a `did:webvh`, read by one who knows its key from `from` until `until`.
fn known(it: &Signed, from: i64, until: Option<i64>) -> Value {
    let did = webvh(HOST);
    let operation = if it.header["typ"] == "dc+sd-jwt" { "standing" } else { "epoch_record" };
    let text = if operation == "standing" { it.text() } else { it.jws() };
    knowing(reading(operation, text), &did, &[(&named(&did, "one"), &issuer(), from, until)])
}

pub(super) fn cases(cases: &mut Cases) {
    compared(cases);
    kids(cases);
    stated(cases);
    unknown(cases);
    times(cases);
}

fn compared(cases: &mut Cases) {
    let req = "REQ-NAME-7";
    let here = webvh(HOST);
    // Everybody's history is known and has the same key.
    let knowing_all = |it: &Signed, others: &[String]| {
        let mut input = read_record(it);
        for did in others.iter().chain([&here]) {
            input = knowing(input, did, &[(&named(did, "one"), &issuer(), 0, None)]);
        }
        input
    };
    cases.accept(req, "same", "Issuer and key are of one DID.", knowing_all(&by(&record(), &here), &[]));
    let other_scid = here.replace("1234567890", "0987654321");
    for (id, description, other) in [
        (
            "moved",
            "The key is of the same history under another host, of which the keys are the same.",
            webvh("new.example"),
        ),
        ("path", "The key is of the same history with a path behind the host.", webvh("market.example:eu")),
        ("other", "The key is of another history under the same host.", other_scid),
    ] {
        let it = by(&record(), &here).head("kid", json!(named(&other, "one")));
        let input = knowing_all(&it, &[other]);
        cases.refuse(req, &format!("same-{id}"), "invalid.issuer", description, input).attack("A82");
    }
    let own = by(&record(), &here).head("kid", json!(kid(&issuer())));
    let description = "The key is named as a `did:key`, and is the one that the history of the issuer has.";
    cases.refuse(req, "same-key", "invalid.issuer", description, knowing_all(&own, &[])).attack("A82");
    let turned = record().head("kid", json!(named(&here, "one")));
    let description = "The issuer is a `did:key`, and the key is named by a history that has it.";
    cases.refuse(req, "same-turned", "invalid.issuer", description, knowing_all(&turned, &[])).attack("A82");
}

fn kids(cases: &mut Cases) {
    let req = "REQ-NAME-8";
    let record = record();
    let own = kid(&issuer());
    let (did_text, key) = own.split_once('#').unwrap();
    let (other, other_key) = (kid(&stranger()), did(&stranger()).to_string().replace("did:key:", ""));
    for (id, description, kid) in [
        ("null", "`kid` is `null`.", Value::Null),
        ("number", "`kid` is a number.", json!(1)),
        ("list", "`kid` is a list with the right name.", json!([own])),
        ("empty", "`kid` is empty.", json!("")),
        ("did", "`kid` is the DID without a key's name.", json!(did_text)),
        ("fragment", "`kid` is the key's name without the DID.", json!(format!("#{key}"))),
        ("other", "`kid` is of another DID than the one that is stated and that signed.", json!(other)),
        (
            "other-key",
            "`kid` names another key of a `did:key`, which has only its own.",
            json!(format!("{did_text}#{other_key}")),
        ),
        ("nameless", "The key's name is empty.", json!(format!("{did_text}#"))),
        ("slash", "A path stands between the DID and the key's name.", json!(format!("{did_text}/#{key}"))),
        ("twice", "The key's name twice.", json!(format!("{own}#{key}"))),
        ("case", "The scheme in capitals.", json!(own.replacen("did:", "DID:", 1))),
    ] {
        let input = read_record(&record.head("kid", kid));
        cases.refuse(req, &format!("kid-{id}"), "invalid.issuer", description, input);
    }
    cases.refuse(req, "kid-missing", "invalid.issuer", "No `kid`.", read_record(&record.headless("kid")));
    let forged = Signed { key: stranger(), ..record.head("kid", json!(other)) };
    let description = "A stranger signs with a key of its own, and names another as the issuer.";
    cases.refuse(req, "kid-forged", "invalid.issuer", description, read_record(&forged));
    let forged = rating().with(|it| {
        it.header["kid"] = json!(kid(&stranger()));
        it.key = stranger();
    });
    let input = reading("rating", forged.text());
    cases.refuse(
        req,
        "kid-rating",
        "invalid.issuer",
        "A rating that a stranger signed in the issuer's name.",
        input,
    );
    let input = reading("request", request().headless("kid").jws());
    cases.refuse(req, "kid-request", "invalid.issuer", "A request without `kid`.", input);
}

fn stated(cases: &mut Cases) {
    let req = "REQ-NAME-9";
    let iss = |value: Value| record().set("", "iss", value);
    for (id, operation, description, text) in [
        ("record", "epoch_record", "An epoch record without `iss`.", record().without("", "iss").jws()),
        ("rating", "rating", "A rating without `iss`.", rating().without("", "iss").text()),
        ("standing", "standing", "A standing without `iss`.", standing().without("", "iss").text()),
        ("request", "request", "A request without `client_id`.", request().without("", "client_id").jws()),
    ] {
        let input = reading(operation, text);
        cases.refuse(req, &format!("iss-{id}"), "invalid.claim.missing", description, input);
    }
    for (id, description, value) in [
        ("ion", "An issuer of a method that is not accepted.", json!("did:ion:market.example")),
        ("url", "An issuer that is an address.", json!("https://market.example")),
        ("empty", "An issuer that is empty.", json!("")),
        ("null", "An issuer that is `null`.", Value::Null),
        ("list", "An issuer that is a list with the right DID.", json!([did(&issuer())])),
        ("kid", "An issuer that is the id of its key.", json!(kid(&issuer()))),
    ] {
        cases.refuse(req, &format!("iss-{id}"), "invalid.did", description, read_record(&iss(value)));
    }
    let bare = request().set("", "client_id", json!(did(&super::super::fixtures_signed::verifier())));
    let description = "A request whose `client_id` is a DID without prefix.";
    cases.refuse(req, "iss-client", "invalid.did", description, reading("request", bare.jws()));
}

fn unknown(cases: &mut Cases) {
    let req = "REQ-NAME-10";
    let did = webvh(HOST);
    let record = by(&record(), &did);
    let other = webvh("other.example");
    for (id, description, input) in [
        ("record", "A record of a `did:webvh` of which no history is known.", read_record(&record)),
        (
            "rating",
            "A rating of a `did:webvh` of which no history is known.",
            reading("rating", by(&rating(), &did).text()),
        ),
        (
            "standing",
            "A standing of a `did:webvh` of which no history is known.",
            reading("standing", by(&standing(), &did).text()),
        ),
        (
            "other",
            "Only the history of another host under the same name is known.",
            knowing(read_record(&record), &other, &[(&named(&other, "one"), &issuer(), 0, None)]),
        ),
        (
            "name",
            "The history has the key under another name.",
            knowing(read_record(&record), &did, &[(&named(&did, "two"), &issuer(), 0, None)]),
        ),
        ("none", "The history has no key.", knowing(read_record(&record), &did, &[])),
    ] {
        cases.undecided(req, &format!("history-{id}"), "issuer.key_unknown", description, input);
    }
    let two = [(named(&did, "two"), stranger()), (named(&did, "one"), issuer())];
    let keys: Vec<(&str, &SigningKey, i64, Option<i64>)> =
        two.iter().map(|(id, key)| (id.as_str(), key, 0, None)).collect();
    let input = knowing(read_record(&record), &did, &keys);
    cases.accept(req, "history-two", "The second of the history's keys signed, and is named.", input);
}

fn times(cases: &mut Cases) {
    let req = "REQ-NAME-11";
    let did = webvh(HOST);
    let record = by(&record(), &did);
    let signed = BEGINS + 600;
    let standing = by(&standing(), &did);
    let stated = NOW - 3600;
    cases.accept(
        req,
        "valid-first",
        "A record signed in the first second of its key.",
        known(&record, signed, None),
    );
    cases.accept(
        req,
        "valid-last",
        "A record signed in the last second of its key.",
        known(&record, 0, Some(signed + 1)),
    );
    let description = "A record of a key that has ended since, signed in its time.";
    cases.accept(req, "valid-ended", description, known(&record, signed - 60, Some(NOW - 60)));
    for (id, description, it, from, until) in [
        ("early", "A record signed a second before its key was valid.", &record, signed + 1, None),
        (
            "late",
            "A record signed in the first second in which its key was valid no more.",
            &record,
            0,
            Some(signed),
        ),
        (
            "long-ago",
            "A record signed a year after its key had ended.",
            &record,
            0,
            Some(signed - 31_536_000),
        ),
        (
            "standing-early",
            "A standing signed a second before its key was valid.",
            &standing,
            stated + 1,
            None,
        ),
        (
            "standing-late",
            "A standing signed in the first second in which its key was valid no more.",
            &standing,
            0,
            Some(stated),
        ),
    ] {
        let input = known(it, from, until);
        cases
            .refuse(req, &format!("valid-{id}"), "issuer.key_not_valid_then", description, input)
            .attack("A44");
    }
    let gap = [(named(&did, "one"), 0, Some(signed)), (named(&did, "one"), signed + 1, None)];
    let key = issuer();
    let keys: Vec<(&str, &SigningKey, i64, Option<i64>)> =
        gap.iter().map(|(id, from, until)| (id.as_str(), &key, *from, *until)).collect();
    let input = knowing(read_record(&record), &did, &keys);
    let description = "A record signed in the one second in which its key, which came back, was not valid.";
    cases.refuse(req, "valid-gap", "issuer.key_not_valid_then", description, input).attack("A44");
    let asked = request().head("kid", json!(named(&did, "one"))).with(|it| {
        it.payload["client_id"] = json!(format!("decentralized_identifier:{did}"));
    });
    let asks = |until| {
        let id = named(&did, "one");
        knowing(
            reading("request", asked.jws()),
            &did,
            &[(&id, &super::super::fixtures_signed::verifier(), 0, until)],
        )
    };
    cases.accept(req, "valid-request", "A request of a key that is valid now.", asks(Some(NOW + 1)));
    let description = "A request of a key that was valid when it was signed and is valid no more.";
    cases
        .refuse(req, "valid-request-ended", "issuer.key_not_valid_then", description, asks(Some(NOW)))
        .attack("A44");
}
