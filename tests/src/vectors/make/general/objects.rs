//! Size, members, types and version of an object, REQ-GEN-6 to REQ-GEN-10.

use serde_json::{Value, json};

use super::super::fixtures_signed::{
    Signed, did, entry, filled, folded, issuer, jws_of, member, presented, rating, reading, record, request,
    standing, written,
};
use super::Cases;
use crate::vectors::long;

fn entry_with(change: impl FnOnce(&mut Value)) -> Value {
    let mut entry = entry();
    change(&mut entry);
    reading("entry", written(&entry))
}

/// A record that is exactly so many bytes long, by way of header members that are ignored and a long key id.
fn record_of(bytes: usize) -> String {
    let base = record();
    for pad in 0..4 {
        let of = |keys: usize| {
            let padded = base.head("x", json!("x".repeat(pad)));
            padded
                .set(
                    "",
                    "keys",
                    json!([base.header["kid"], format!("{}#{}", did(&issuer()), "x".repeat(keys))]),
                )
                .jws()
        };
        let keys = (bytes - of(0).len()) * 3 / 4;
        if let Some(text) = (keys - 4..keys + 4).map(of).find(|text| text.len() == bytes) {
            return text;
        }
    }
    panic!("no record has {bytes} bytes")
}

pub(super) fn cases(cases: &mut Cases) {
    sizes(cases);
    members(cases);
    types(cases);
    one_text(cases);
    versions(cases);
}

fn sizes(cases: &mut Cases) {
    let req = "REQ-GEN-6";
    let text = folded(&record_of(32_768));
    cases.accept(
        req,
        "size-record",
        "An epoch record of exactly 32,768 bytes.",
        reading("epoch_record", text),
    );
    let text = folded(&record_of(32_769));
    let description = "An epoch record of 32,769 bytes, in order otherwise.";
    cases.refuse(req, "size-record-over", "too_large", description, reading("epoch_record", text));
    let long_terms = request().set("/dcql_query", "x", json!("x".repeat(38_000))).jws();
    let description = "A request of over 49,152 bytes.";
    cases.refuse(req, "size-request", "too_large", description, reading("request", folded(&long_terms)));
    let junk = |unit: &str, times| long("", unit, times, "");
    let bad = [
        ("list", "status_list", "Over 524,288 bytes in the place of a status list.", junk("A", 524_289)),
        ("record-junk", "epoch_record", "Over 32,768 bytes that are no epoch record.", junk("{", 32_769)),
        ("request-junk", "request", "A megabyte that is no request.", junk("....", 262_144)),
        ("rating-junk", "rating", "A megabyte that is no credential.", junk("~", 1_048_576)),
        ("standing-junk", "standing", "A megabyte that is no standing.", junk("A", 1_048_576)),
    ];
    for (id, operation, description, text) in bad {
        let input = reading(operation, text);
        cases.refuse(req, &format!("size-{id}"), "too_large", description, input).attack("A20");
    }
}

fn members(cases: &mut Cases) {
    let req = "REQ-GEN-7";
    let first = record();
    cases.accept(
        req,
        "members-record",
        "A record without the members that are optional.",
        signed("epoch_record", &first),
    );
    let later = first.set("", "prev", json!(filled(3, 32))).set("", "final", json!(true));
    cases.accept(
        req,
        "members-all",
        "A record with all members, optional ones too.",
        signed("epoch_record", &later),
    );
    let bad = [
        ("no-keys", "A record without `keys`.", signed("epoch_record", &first.without("", "keys"))),
        (
            "no-root",
            "A tree head without its root.",
            signed("epoch_record", &first.without("/accounts", "root")),
        ),
        (
            "no-status",
            "A record without `status`, which may be empty but not absent.",
            signed("epoch_record", &first.without("", "status")),
        ),
        (
            "unknown",
            "A record with a member that it does not have.",
            signed("epoch_record", &first.set("", "note", json!(""))),
        ),
        (
            "unknown-inner",
            "A tree head with a member that it does not have.",
            signed("epoch_record", &first.set("/accounts", "hash", json!(""))),
        ),
        (
            "case",
            "A member whose name begins with a capital.",
            entry_with(|it| {
                let role = it.as_object_mut().unwrap().remove("role").unwrap();
                it["Role"] = role;
            }),
        ),
        (
            "no-version",
            "An entry without `v`.",
            entry_with(|it| drop(it.as_object_mut().unwrap().remove("v"))),
        ),
        (
            "no-salt",
            "An entry without salt.",
            entry_with(|it| drop(it.as_object_mut().unwrap().remove("salt"))),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("members-{id}"), "malformed", description, input);
    }
    let rating = rating().showing(&[]);
    for name in ["aud", "iat", "nonce", "sd_hash"] {
        let mut claims = rating.binding();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        let description = format!("A key binding without `{name}`.");
        let input = presented(&rating, &claims);
        cases.refuse(req, &format!("members-binding-no-{name}"), "malformed", &description, input);
    }
}

/// What an operation reads is this JWS, or SD-JWT.
fn signed(operation: &str, it: &Signed) -> Value {
    let text = if matches!(operation, "rating" | "standing") { it.text() } else { it.jws() };
    reading(operation, text)
}

fn types(cases: &mut Cases) {
    let req = "REQ-GEN-8";
    let record = record();
    let list: Vec<Value> = record.payload.as_object().unwrap().values().cloned().collect();
    let array = jws_of(&written(&record.header), &written(&json!(list)), &record.key);
    let header = format!(r#"["EdDSA",{},"faam-epoch+jwt"]"#, record.header["kid"]);
    let list_header = jws_of(&header, &written(&record.payload), &record.key);
    let bad = [
        (
            "null",
            "`null` for an optional member.",
            signed("epoch_record", &record.set("", "prev", Value::Null)),
        ),
        (
            "null-flag",
            "`null` for an optional truth value.",
            signed("epoch_record", &record.set("", "final", Value::Null)),
        ),
        ("array", "A payload that is an array of its members' values.", reading("epoch_record", array)),
        ("header-array", "A header that is an array.", reading("epoch_record", list_header)),
        (
            "array-inner",
            "A tree head that is an array.",
            signed("epoch_record", &record.set("", "accounts", json!([1, filled(9, 32)]))),
        ),
        (
            "text",
            "A text in the place of a number.",
            signed("epoch_record", &record.set("", "epoch", json!(EPOCH_TEXT))),
        ),
        (
            "number",
            "A number in the place of a text.",
            signed("epoch_record", &record.set("", "market", json!(7))),
        ),
        (
            "negative",
            "A number below 0 for what is counted.",
            signed("epoch_record", &record.set("/accounts", "size", json!(-1))),
        ),
        (
            "object",
            "An object in the place of a list.",
            signed("epoch_record", &record.set("", "keys", json!({}))),
        ),
        (
            "list-of",
            "A number in a list of texts.",
            signed("epoch_record", &record.set("", "keys", json!([1]))),
        ),
        (
            "flag",
            "A number in the place of a truth value.",
            signed("epoch_record", &record.set("", "final", json!(1))),
        ),
        ("version-text", "A version that is a text.", entry_with(|it| it["v"] = json!("0"))),
        ("entry-text", "A text in the place of an entry.", reading("entry", r#""entry""#)),
        ("entry-null", "`null` in the place of an entry.", reading("entry", "null")),
        (
            "entry-null-member",
            "`null` for a member that a rating does not have.",
            entry_with(|it| it["refs"] = Value::Null),
        ),
        (
            "credential-null",
            "`null` for a member that a rating's entry does not have, in a credential.",
            signed("rating", &rating().set("/entry", "state", Value::Null)),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("type-{id}"), "malformed", description, input);
    }
}

const EPOCH_TEXT: &str = "2967";

fn one_text(cases: &mut Cases) {
    let req = "REQ-GEN-9";
    let record = record();
    let mut turned: Vec<String> = record
        .payload
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{} : {value}", json!(name)))
        .collect();
    turned.reverse();
    let turned = format!(" {{ {} }}\n", turned.join(" ,\n "));
    let text = jws_of(&written(&record.header), &turned, &record.key);
    let description = "Members in another order and white space between them are the same object.";
    cases.accept(req, "one-order", description, reading("epoch_record", text));
    let reply = json!({"v": 0, "ledger": entry()["ledger"], "index": 4, "kind": "reply", "salt": filled(4, 16),
                       "day": "2026-10-03", "refs": [3]});
    let description = "A reply without digests leaves `_sd` out.";
    cases.accept(req, "one-no-digests", description, reading("entry", written(&reply)));
    let with = |name: &str, value: Value| {
        let mut changed = reply.clone();
        changed[name] = value;
        changed
    };
    let both = json!({"entry": reply, "disclosures": []});
    let bad = [
        (
            "false",
            "`false` for what is absent unless it is true.",
            signed("epoch_record", &record.set("", "final", json!(false))),
        ),
        (
            "digests",
            "An empty list of digests, which is absent when empty.",
            reading("entry", written(&with("_sd", json!([])))),
        ),
        ("refs", "An empty `refs` in a rating, which has none.", entry_with(|it| it["refs"] = json!([]))),
        ("disclosures", "An empty list of disclosures in a record.", reading("record", written(&both))),
        (
            "credential",
            "An empty `refs` in the entry of a credential.",
            signed("rating", &rating().set("/entry", "refs", json!([]))),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("one-{id}"), "malformed", description, input);
    }
    let text = member(1, "text", &json!("Thank you."));
    let record = json!({"entry": with("_sd", json!([super::super::fixtures_signed::digest(&text)])), "disclosures": [text]});
    cases.accept(
        req,
        "one-record",
        "A record of a reply with its text.",
        reading("record", written(&record)),
    );
}

fn versions(cases: &mut Cases) {
    let req = "REQ-GEN-10";
    let statement = standing().set("/standing", "v", json!(1));
    let bad = [
        ("entry", "An entry of version 1.", entry_with(|it| it["v"] = json!(1))),
        ("entry-256", "An entry of version 256.", entry_with(|it| it["v"] = json!(256))),
        (
            "entry-large",
            "An entry of version 2^53 − 1.",
            entry_with(|it| it["v"] = json!(9_007_199_254_740_991_i64)),
        ),
        ("record", "An epoch record of version 2.", signed("epoch_record", &record().set("", "v", json!(2)))),
        ("standing", "A standing's statement of version 1.", signed("standing", &statement)),
        (
            "rating",
            "A rating whose entry is of version 1.",
            signed("rating", &rating().set("/entry", "v", json!(1))),
        ),
        (
            "request",
            "A request with additions of version 1.",
            signed("request", &request().set("/faam", "v", json!(1))),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("version-{id}"), "unsupported.version", description, input);
    }
}
