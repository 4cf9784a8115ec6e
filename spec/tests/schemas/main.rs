//! The schemas of `spec/schemas` say what the code writes and reads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod cases;
mod objects;
mod text;

use std::collections::BTreeSet;

use faam_schemas::{PREFIX, all, assert_valid, disagreements, folder, is_valid, spoil};
use faam_spec::reason::Reason;
use serde_json::{Value, json};

#[test]
fn every_schema_is_one_and_says_what_it_is() {
    let pages = text::pages();
    assert!(all().len() >= 40);
    for (name, schema) in all() {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("{PREFIX}{name}"));
        assert!(schema["title"].as_str().is_some_and(|title| !title.is_empty()), "{name}");
        let description = schema["description"].as_str().unwrap();
        assert!(description.ends_with('.'), "{name}: {description}");
        let named = |page: &String| description.contains(page.as_str());
        assert!(pages.iter().any(named), "{name} names no page: {description}");
        // References lead somewhere: the validator can be built.
        let _ = is_valid(name, &Value::Null);
    }
}

#[test]
fn the_table_of_schemas_is_the_folder() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for name in all().keys() {
        assert!(readme.contains(&format!("[{name}.schema.json]({name}.schema.json)")), "{name}");
    }
    let rows = readme.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, all().len());
}

#[test]
fn the_codes_are_the_catalogue() {
    let stated: Vec<&str> = all()["common"]["$defs"]["code"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c.as_str().unwrap())
        .collect();
    let coded: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(stated, coded);
}

/// What a schema does not refuse, and what a reader takes though its schema refuses it, is listed with each case, all of it.
#[test]
fn what_is_spoilt_is_refused_by_schema_and_reader() {
    let mut wrong = Vec::new();
    let mut objects = 0;
    for case in cases::all() {
        assert_valid(case.schema, &case.value);
        if let Some(read) = &case.read {
            assert!(read(&case.value), "{}: the reader refuses what is right: {:#}", case.name, case.value);
        }
        objects += spoil(&case.value).len();
        let found = disagreements(case.schema, &case.value, case.read.as_deref(), &case.valid, &case.taken);
        wrong.extend(found.into_iter().map(|change| format!("{}: {change}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(objects > 3_000, "{objects}");
}

/// Bounds that a simple change does not touch: the last value that is in, and the first that is out.
#[test]
fn bounds_are_those_of_the_text() {
    let cases = cases::all();
    for (name, at, good, bad) in cases::bounds() {
        let case = cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("{name}"));
        let with = |value: Value| {
            let mut changed = case.value.clone();
            *changed.pointer_mut(at).unwrap_or_else(|| panic!("{name} has no {at}")) = value;
            changed
        };
        for good in good {
            assert_valid(case.schema, &with(good));
        }
        for bad in bad {
            assert!(!is_valid(case.schema, &with(bad.clone())), "{name}{at}: {bad}");
            if let Some(read) = &case.read {
                assert!(!read(&with(bad.clone())), "{name}{at}: read: {bad}");
            }
        }
    }
}

#[test]
fn texts_have_one_form() {
    let common = |name: &str| format!("common#/$defs/{name}");
    let z = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let scid = format!("Qm{}", "a".repeat(44));
    let good = [
        ("path", "u".to_owned()),
        ("path", format!("u{}", faam_spec::encoding::b64([0xff; 64]))),
        ("path", format!("u{}", faam_spec::encoding::b64([0xff; 64 * 32]))),
        ("base64url", String::new()),
        ("scale", "-10..10".into()),
        ("scale", "-1000000..1000000".into()),
        ("day", "2024-02-29".into()),
        ("did", format!("did:webvh:{scid}:market.example:shops:one")),
        ("did", "did:web:market.example".into()),
        ("did", "did:web:market.example%3A8443:eu:Shop_1".into()),
        ("did", "did:web:market.example%3A44".into()),
        ("did", "did:web:market.example%3A4430".into()),
        ("did", "did:web:market.example%3A65535".into()),
        ("client_id", format!("decentralized_identifier:did:key:{z}")),
        ("client_id", "decentralized_identifier:did:web:market.example%3A8443".into()),
        ("kid", format!("did:key:{z}#{z}")),
        ("kid", format!("did:webvh:{scid}:market.example#one")),
        ("kid", "did:web:market.example%3A8443:eu#one".into()),
        ("key_id", format!("did:key:{z}#{z}")),
        // A record may list what its issuer never signs with: REQ-EPOCH-11 looks at the DID alone.
        ("key_id", format!("did:key:{z}#next")),
        ("key_id", format!("did:key:{z}#")),
        ("key_id", format!("did:webvh:{scid}:market.example#\n#")),
        ("epoch_label", "2026-47".into()),
        ("epoch_label", "2026-11-16T00:00:00Z".into()),
    ];
    for (name, text) in good {
        assert_valid(&common(name), &json!(text));
    }
    let bad = [
        ("hash", faam_spec::encoding::b64([1; 32])),
        ("hash", "uAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF".into()),
        ("hash", "zAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".into()),
        ("path", format!("u{}", faam_spec::encoding::b64([1; 33]))),
        ("path", format!("u{}", faam_spec::encoding::b64([1; 65 * 32]))),
        ("base64url", "AR".into()),
        ("base64url", "AQ==".into()),
        ("base64url", "A".into()),
        ("scale", "1..05".into()),
        ("scale", "+1..5".into()),
        ("scale", "-0..5".into()),
        ("scale", "0..1000001".into()),
        ("day", "1969-12-31".into()),
        ("day", "2026-04-31".into()),
        ("day", "2026-4-1".into()),
        ("market", "-a".into()),
        ("market", "A".into()),
        ("market", "a".repeat(65)),
        ("role", "a.b".into()),
        ("role", "a".repeat(33)),
        ("rater", "a b".into()),
        ("did", "did:web:localhost".into()),
        ("did", "did:web:Market.example".into()),
        ("did", "did:web:market.example.".into()),
        ("did", "did:web:xn--a.example".into()),
        ("did", "did:web:market.example%3a8443".into()),
        ("did", "did:web:market.example%3A443".into()),
        ("did", "did:web:market.example%3A443:eu".into()),
        ("did", "did:web:market.example%3A080".into()),
        ("did", "did:web:market.example%3A65536".into()),
        ("did", "did:web:market.example:..".into()),
        ("did", format!("did:webvh:{scid}:market.example%3A8443")),
        ("did", format!("did:webvh:{scid}:localhost")),
        ("did", format!("did:webvh:{scid}:xn--a.example")),
        ("did", format!("did:webvh:{scid}:market.example.")),
        ("did", format!("did:key:{z}x")),
        ("kid", format!("did:key:{z}#next")),
        ("kid", format!("did:webvh:{scid}:market.example#")),
        ("key_id", format!("did:key:{z}")),
        ("key_id", format!("did:key:{z}1#{z}")),
        ("key_id", "key-1".into()),
        ("peer", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N".into()),
        ("address", "/ip4/127.0.0.1/tcp/0".into()),
        ("address", "/ip4/127.0.0.1/tcp/1/p2p/x".into()),
        ("code", "no.such".into()),
        ("status_uri", "https://market.example/status".into()),
    ];
    for (name, text) in bad {
        assert!(!is_valid(&common(name), &json!(text)), "{name}: {text}");
    }
}

/// Every vector has the form of a vector, and its own name.
#[test]
fn vectors_have_their_form() {
    let folder = folder().join("../vectors");
    if !folder.exists() {
        return;
    }
    let mut ids = BTreeSet::new();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "external") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                let vector =
                    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                // Cases for implementations of BBS have a form and names of their own.
                let folder = path.parent().and_then(|folder| folder.file_name());
                let is_private = folder.is_some_and(|name| name == "private-standing");
                let kind = if is_private { "private-vector" } else { "vector" };
                assert!(faam_schemas::faults(kind, &vector).is_empty(), "{}", path.display());
                let id = format!("{kind} {}", vector["id"]);
                assert!(ids.insert(id), "{}: the id is taken", path.display());
            }
        }
    }
    assert!(ids.len() >= 240, "{} vectors", ids.len());
}

#[test]
fn a_vector_says_why_exactly_when_it_is_not_accepted() {
    let vector = |expect: &str, reason: Value| {
        json!({"id": "rating_ok-1", "req": "REQ-JWS-3", "attack": "A01", "description": "A rating.",
               "input": {"operation": "rating", "text": "…"}, "now": 1_795_300_000, "expect": expect, "reason": reason})
    };
    assert_valid("vector", &vector("accepted", Value::Null));
    assert_valid("vector", &vector("refused", json!("invalid.signature")));
    assert!(!is_valid("vector", &vector("accepted", json!("invalid.signature"))));
    assert!(!is_valid("vector", &vector("undecided", Value::Null)));
    assert!(!is_valid("vector", &vector("refused", json!("no.such"))));
}
