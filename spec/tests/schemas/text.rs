//! The examples in `spec/text` are valid, each by the schema of its object.

use faam_schemas::{assert_valid, is_valid};
use serde_json::{Value, json};

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("text")
}

/// The names of the pages.
pub fn pages() -> Vec<String> {
    let names =
        std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".md")).collect()
}

/// The blocks of JSON of a page, each line or group of lines that is a value of its own.
fn examples(page: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(page)).unwrap();
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut found = Vec::new();
    for block in blocks {
        for value in serde_json::Deserializer::from_str(block).into_iter::<Value>() {
            found.push(value.unwrap_or_else(|error| panic!("{page}: {error}: {block}")));
        }
    }
    found
}

/// Puts whole texts where an example leaves something out with `…`.
fn completed(mut value: Value) -> Value {
    const DID: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    const PEER: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    match &mut value {
        Value::String(text) if text.contains('…') => {
            *text = match text.as_str() {
                "u…" => faam_spec::hash::Hash::from_bytes([1; 32]).to_string(),
                "12D3KooW…" => PEER.to_owned(),
                link if link.starts_with("faam:") => {
                    let query = format!("peer={PEER}&did={DID}&cap=uAQEBAQEBAQEBAQEBAQEBAQ&exp=1795304802");
                    link.replace('…', &format!("{query}&at=/ip4/127.0.0.1/tcp/4810"))
                }
                did if did.starts_with("did:key:") => DID.to_owned(),
                // It will fit no schema, and the test says which example it is.
                other => other.to_owned(),
            };
        }
        Value::Array(list) => list.iter_mut().for_each(|item| *item = completed(item.take())),
        Value::Object(map) => map.values_mut().for_each(|member| *member = completed(member.take())),
        _ => {}
    }
    value
}

#[test]
fn examples_on_the_pages_are_valid() {
    const OBJECTS: [&str; 57] = [
        "disclosure",
        "common#/$defs/jwk",
        "common#/$defs/cnf",
        "common#/$defs/inclusion",
        "common#/$defs/reason",
        "standing#/$defs/statement",
        "entry",
        "record",
        "account-head",
        "tree-head",
        "ledger-head",
        "ledger-numbers",
        "rating",
        "standing",
        "key-binding",
        "epoch-record",
        "status-list",
        "request",
        "presentation",
        "ledger-proof",
        "decision",
        "holder-decision",
        "outcome",
        "receipt",
        "erasure",
        "offer",
        "terms",
        "redeem",
        "renew",
        "wire-offer-wallet",
        "wire-offer-node",
        "wire-renew-wallet",
        "wire-renew-node",
        "wire-present-wallet",
        "wire-present-node",
        "event",
        "api-error",
        "api-events",
        "api-offer-ask",
        "api-offer",
        "api-request-ask",
        "api-request",
        "api-request-state",
        "api-requests",
        "api-policies",
        "api-webhook",
        "api-webhook-event",
        "api-keys",
        "api-key",
        "api-revoked",
        "api-status",
        "api-close",
        "query",
        "vector",
        "jose-header",
        "cli-faam",
        "cli-faam-node",
    ];
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for page in pages() {
        for example in examples(&page) {
            let example = completed(example);
            // What stands in a query alone is shown within one.
            let in_query = |value: &Value| {
                let standing = json!({"id": "standing", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]}});
                let alone = value["id"] == "standing" || value["format"] != "dc+sd-jwt";
                let standings = if alone { vec![] } else { vec![standing] };
                json!({"credentials": standings.into_iter().chain([value.clone()]).collect::<Vec<_>>()})
            };
            if page == "request.md" && example.get("format").is_some() {
                assert_valid("query", &in_query(&example));
                *seen.entry("query").or_default() += 1;
                continue;
            }
            let fits: Vec<_> = OBJECTS.iter().filter(|name| is_valid(name, &example)).collect();
            assert!(!fits.is_empty(), "{page}: no schema describes {example:#}");
            *seen.entry(fits[0]).or_default() += 1;
        }
    }
    for (name, least) in [
        ("entry", 1),
        ("query", 2),
        ("event", 6),
        ("api-error", 2),
        ("api-events", 1),
        ("api-offer", 1),
        ("api-request", 1),
        ("api-request-state", 1),
        ("api-requests", 1),
        ("api-policies", 1),
        ("api-webhook", 1),
        ("api-webhook-event", 1),
        ("api-keys", 1),
        ("api-key", 1),
        ("api-status", 1),
        ("api-close", 1),
    ] {
        assert!(seen.get(name).is_some_and(|count| *count >= least), "{name}: {seen:?}");
    }
}
