//! What a market sends to its own node is refused by schema and reader alike. (The objects of the other pages are compared where
//! their readers are, in `spec/tests/schemas`.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeSet;

use faam_node::api::{OfferBody, RequestBody};
use faam_schemas::{assert_valid, disagreements, is_valid};
use faam_spec::encoding::{from_value, parse_value};
use faam_spec::query::Query;
use serde_json::{Value, json};

fn listed(changes: &[&str]) -> BTreeSet<String> {
    changes.iter().map(|change| (*change).to_owned()).collect()
}

#[track_caller]
fn agree(schema: &str, value: &Value, read: impl Fn(&Value) -> bool, valid: &[&str], taken: &[&str]) {
    assert_valid(schema, value);
    assert!(read(value), "the reader refuses what is right: {value:#}");
    let wrong = disagreements(schema, value, Some(&read), &listed(valid), &listed(taken));
    assert!(wrong.is_empty(), "{value}\n{}", wrong.join("\n"));
}

/// A body as the local interface reads it.
fn body<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    let value = parse_value(&serde_json::to_vec(value).unwrap(), 64 * 1024, "body").ok()?;
    value.is_object().then(|| from_value(value, "body").ok())?
}

fn event(value: &Value) -> bool {
    faam_issuer::read::json_line(&value.to_string()).is_ok()
}

#[test]
fn events() {
    let rating = json!({
        "type": "rating", "id": "deal-1", "account": "7", "rater": "512", "role": "trader", "value": 8,
        "scale": "-10..10", "at": "2026-01-31T12:00:00Z", "comment": "Sent the same day.", "category": "books",
        "aspects": {"punctual": 1000}, "amount_band": "10-50"
    });
    // Names are any printable text; what is optional may be missing or null.
    let of_rating = [
        "other /id",
        "other /account",
        "other /rater",
        "other /comment",
        "other /category",
        "other /amount_band",
        "no /comment",
        "no /category",
        "no /aspects",
        "no /amount_band",
        "null /comment",
        "null /category",
        "null /aspects",
        "null /amount_band",
        "no /aspects/punctual",
        "more /aspects",
        "minus /value",
        "number /at",
    ];
    agree("event", &rating, event, &of_rating, &[]);
    let correction = json!({
        "type": "correction", "id": "deal-2", "of": "deal-1", "value": 10, "scale": "-10..10", "at": 1_769_860_800,
        "account": null, "text": null
    });
    let of_correction = ["other /id", "other /of", "minus /value", "no /account", "no /text"];
    agree("event", &correction, event, &of_correction, &[]);
    let about = ["other /id", "other /of", "number /at"];
    for (other, more) in [
        (json!({"type": "reply", "text": "Thank you."}), &["other /text"][..]),
        (json!({"type": "withdrawal", "by": "both"}), &[]),
        (json!({"type": "dispute", "state": "open"}), &[]),
    ] {
        let mut event_value = json!({"id": "e", "of": "deal-1", "at": "2026-02-01T09:30:00+02:00"});
        event_value.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        agree("event", &event_value, event, &[&about[..], more].concat(), &[]);
    }
    for (name, bad) in [
        ("id", json!("a b")),
        ("id", json!("")),
        ("role", json!("-a")),
        ("scale", json!("1..05")),
        ("at", json!("2026-01-31")),
        ("aspects", json!({"punctual": 1001})),
        ("comment", json!("x".repeat(4097))),
    ] {
        let mut changed = rating.clone();
        changed[name] = bad;
        assert!(!is_valid("event", &changed) && !event(&changed), "{changed}");
    }
}

#[test]
fn bodies_of_the_local_interface() {
    let offer = |value: &Value| {
        body::<OfferBody>(value).is_some_and(|body| body.account.parse::<faam_issuer::AccountId>().is_ok())
    };
    let ask = json!({"account": "7", "life_seconds": 60, "rebind": true});
    // How long an offer may stand is looked at when it is made.
    let later = ["minus /life_seconds"];
    agree("api-offer-ask", &ask, offer, &["other /account", "no /life_seconds", "no /rebind"], &later);

    let request = |value: &Value| body::<RequestBody>(value).is_some_and(|body| body.query().is_ok());
    let by_market = json!({
        "purpose": "To rent out a flat", "retention_days": 30, "life_seconds": 60, "market": "bitcoin-alpha",
        "ratings": 12, "complete": false, "disclose": ["comment", "day"], "role": "trader"
    });
    let optional =
        ["no /life_seconds", "no /ratings", "no /complete", "no /disclose", "no /role", "other /purpose"];
    let taken = ["minus /life_seconds", "null /role"];
    agree("api-request-ask", &by_market, request, &optional, &taken);

    let query = Value::from(Query::complete("bitcoin-alpha".parse().unwrap()).unwrap());
    let whole = json!({"purpose": "To rent out a flat", "retention_days": 30, "dcql_query": query});
    let inner = [
        "other /purpose",
        "no /dcql_query/credentials/*/claims",
        "no /dcql_query/credentials/*/faam/at_least",
        "no /dcql_query/credentials/*/faam/complete",
    ];
    let taken = [
        "values /dcql_query",
        "values /dcql_query/credentials/*/claims/*",
        "values /dcql_query/credentials/*/meta",
    ];
    agree("api-request-ask", &whole, request, &inner, &taken);
}
