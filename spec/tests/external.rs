//! Vectors that others published, whole, through the readers of this package (`spec/vectors/external/README.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::path::PathBuf;

use faam_spec::key::{PublicKey, VerifyingKey};
use faam_spec::reason::Reason;
use faam_spec::sdjwt::{Foreign, KeyBindingTerms, vc};
use faam_spec::status::StatusList;
use faam_spec::time::Timestamp;
use serde_json::{Map, Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/external").join(name)
}

fn text(name: &str) -> String {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.trim_end().to_owned()
}

fn read(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

// ---- Wycheproof, Ed25519

fn hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Valid cases that are refused by design, by number, with the reason. There are none: what is strict here (no points of small
/// order, canonical encodings, no cofactor) is refused by the set as well, or not in it.
const REFUSED_BY_DESIGN: [(u64, &str); 0] = [];

#[test]
fn a02_wycheproof_ed25519() {
    let set = read("wycheproof/ed25519_test.json");
    let (mut accepted, mut refused) = (0, 0);
    for group in set["testGroups"].as_array().unwrap() {
        let key = PublicKey::from_jwk(&group["publicKeyJwk"]).unwrap();
        let bytes = hex(group["publicKey"]["pk"].as_str().unwrap());
        assert_eq!(key, VerifyingKey::from_bytes(&bytes.try_into().unwrap()).unwrap().into());
        for case in group["tests"].as_array().unwrap() {
            let number = case["tcId"].as_u64().unwrap();
            let signature = hex(case["sig"].as_str().unwrap());
            let result = key.verify(&hex(case["msg"].as_str().unwrap()), &signature);
            let expected = case["result"] == "valid" && REFUSED_BY_DESIGN.iter().all(|(n, _)| *n != number);
            assert_eq!(result.is_ok(), expected, "case {number}: {}", case["comment"]);
            match result {
                Ok(()) => accepted += 1,
                Err(fault) => {
                    refused += 1;
                    let right =
                        if signature.len() == 64 { Reason::InvalidSignature } else { Reason::MalformedJws };
                    assert_eq!(fault.reason(), right, "case {number}");
                }
            }
        }
    }
    assert_eq!((accepted, refused), (88, 63));
}

// ---- SD-JWT, the reference test set

/// `key_settings.issuer_key` of `settings.yml`.
const ISSUER_X: &str = "hT8HtMurz_dXTglxPACqLYVqlPRuUE5p4XGDWaHb0r8";
/// `key_settings.holder_key` of `settings.yml`.
const HOLDER_X: &str = "KKbMBJTrs_q9oAuYAvEgXz1v0M9Ol6p_Bvmz2mN-QfE";
/// `identifiers.verifier` and `key_binding_nonce` of `settings.yml`.
const AUDIENCE: &str = "https://example.com/verifier";
const NONCE: &str = "1234567890";
/// The type that the set was issued under.
const TYP: &str = "example+sd-jwt";

const COMPACT: [&str; 15] = [
    "array_data_types",
    "array_full_sd",
    "array_in_sd",
    "array_nested_in_plain",
    "array_none_disclosed",
    "array_of_nulls",
    "array_of_objects",
    "array_of_scalars",
    "array_recursive_sd",
    "array_recursive_sd_some_disclosed",
    "header_mod",
    "key_binding",
    "no_sd",
    "object_data_types",
    "recursions",
];
/// In the JSON serialisation, which is not read here.
const SERIALISED: [&str; 2] = ["json_serialization_flattened", "json_serialization_general"];

fn ed25519(x: &str) -> PublicKey {
    PublicKey::from_jwk(&json!({"kty": "OKP", "crv": "Ed25519", "x": x})).unwrap()
}

/// What `text` says, by the RFC 9901 part of the reader; the SD-JWT VC part must refuse its type.
fn opened(text: &str) -> Map<String, Value> {
    let sd_jwt = Foreign::parse(text).unwrap();
    let fault = sd_jwt.open("dc+sd-jwt", &ed25519(ISSUER_X)).unwrap_err();
    assert_eq!(fault.reason(), Reason::InvalidType);
    assert_eq!(sd_jwt.open(TYP, &ed25519(HOLDER_X)).unwrap_err().reason(), Reason::InvalidSignature);
    sd_jwt.open(TYP, &ed25519(ISSUER_X)).unwrap().claims
}

fn bound(text: &str, nonce: &str, now: i64) -> Result<(), Reason> {
    let terms = KeyBindingTerms { audience: AUDIENCE, nonce, max_age: 300, max_future: 60 };
    let sd_jwt = Foreign::parse(text).unwrap();
    let cnf = &sd_jwt.open(TYP, &ed25519(ISSUER_X)).unwrap().claims["cnf"]["jwk"];
    let holder = PublicKey::from_jwk(cnf).unwrap();
    assert_eq!(holder, ed25519(HOLDER_X));
    let now = Timestamp::new(now).unwrap();
    sd_jwt.verify_key_binding(&holder, &terms, now).map_err(|fault| fault.reason())
}

#[test]
fn the_reference_set_is_here_whole() {
    let mut found: Vec<_> = std::fs::read_dir(path("sd-jwt")).unwrap().map(|entry| entry.unwrap()).collect();
    found.retain(|entry| entry.file_type().unwrap().is_dir());
    let mut found: Vec<_> = found.iter().map(|entry| entry.file_name().into_string().unwrap()).collect();
    let mut listed: Vec<_> = COMPACT.iter().chain(&SERIALISED).map(|name| (*name).to_owned()).collect();
    found.sort_unstable();
    listed.sort_unstable();
    assert_eq!(found, listed);
    let settings = text("sd-jwt/settings.yml");
    for value in [ISSUER_X, HOLDER_X, AUDIENCE, NONCE] {
        assert!(settings.contains(value), "{value}");
    }
}

#[test]
fn the_reference_set_issued_and_presented() {
    for case in COMPACT {
        let issuance = text(&format!("sd-jwt/{case}/sd_jwt_issuance.txt"));
        let mut all = opened(&issuance);
        for (name, value) in [
            ("iss", json!("https://example.com/issuer")),
            ("iat", json!(1_683_000_000)),
            ("exp", json!(1_883_000_000)),
        ] {
            assert_eq!(all.remove(name), Some(value), "{case}");
        }
        all.remove("cnf");
        assert_eq!(Value::Object(all), read(&format!("sd-jwt/{case}/user_claims.json")), "{case}");

        let presentation = text(&format!("sd-jwt/{case}/sd_jwt_presentation.txt"));
        let expected = read(&format!("sd-jwt/{case}/verified_contents.json"));
        assert_eq!(Value::Object(opened(&presentation)), expected, "{case}");

        let binding = format!("sd-jwt/{case}/kb_jwt_payload.json");
        let is_bound = path(&binding).exists();
        assert_eq!(Foreign::parse(&presentation).unwrap().has_key_binding(), is_bound, "{case}");
        assert!(!Foreign::parse(&issuance).unwrap().has_key_binding(), "{case}");
        if is_bound {
            let signed = read(&binding)["iat"].as_i64().unwrap();
            assert_eq!(bound(&presentation, NONCE, signed), Ok(()), "{case}");
            assert_eq!(bound(&presentation, "1234567891", signed), Err(Reason::KeyBindingNonce));
            assert_eq!(bound(&presentation, NONCE, signed + 301), Err(Reason::KeyBindingStale));
            assert_eq!(bound(&presentation, NONCE, signed - 61), Err(Reason::KeyBindingFuture));
            assert_eq!(bound(&issuance, NONCE, signed), Err(Reason::KeyBindingMissing));
        }
    }
}

/// The JSON serialisation itself is refused. Its parts are those of the compact form (RFC 9901 §8), so that the credential is
/// run all the same, put together here.
#[test]
fn the_reference_set_in_the_json_serialisation() {
    for case in SERIALISED {
        // The file holds the JSON text as a JSON string.
        let inner = read(&format!("sd-jwt/{case}/sd_jwt_presentation.json"));
        let inner = inner.as_str().unwrap();
        let now = Timestamp::new(1_700_000_000).unwrap();
        let refused = vc::verify_unbound(inner, &ed25519(ISSUER_X), None, now).unwrap_err();
        assert_eq!(refused.reason(), Reason::Malformed, "{case}");

        let parts: Value = serde_json::from_str(inner).unwrap();
        let part = |name: &str| parts[name].as_str().unwrap();
        let disclosures: Vec<_> =
            parts["disclosures"].as_array().unwrap().iter().map(|d| d.as_str().unwrap()).collect();
        let jwt = [part("protected"), part("payload"), part("signature")].join(".");
        let compact = format!("{jwt}~{}~", disclosures.join("~"));
        let expected = read(&format!("sd-jwt/{case}/verified_contents.json"));
        assert_eq!(Value::Object(opened(&compact)), expected, "{case}");
        // The reference implementation hashes the JSON text there; RFC 9901 hashes the compact form, whatever is sent.
        let signed = read(&format!("sd-jwt/{case}/kb_jwt_payload.json"))["iat"].as_i64().unwrap();
        let with_binding = format!("{compact}{}", part("kb_jwt"));
        assert_eq!(bound(&with_binding, NONCE, signed), Err(Reason::KeyBindingHash), "{case}");
    }
}

// ---- Token Status List

#[test]
fn a39_the_published_status_lists() {
    let lists = read("token-status-list/vectors.json");
    let lists = lists.as_array().unwrap();
    let bits: Vec<_> = lists.iter().map(|list| list["bits"].as_u64().unwrap()).collect();
    assert_eq!(bits, [1, 2, 4, 8]);
    for vector in lists {
        let bits = vector["bits"].as_u64().unwrap();
        let list = StatusList::from_compressed(u8::try_from(bits).unwrap(), vector["lst"].as_str().unwrap())
            .unwrap();
        assert_eq!(list.len(), vector["size"].as_u64().unwrap());
        let named = vector["status"].as_object().unwrap();
        assert!(!named.is_empty());
        for (index, status) in named {
            let read = list.get(index.parse().unwrap()).unwrap();
            assert_eq!(u64::from(read), status.as_u64().unwrap(), "{bits} bits, index {index}");
        }
        // Whole: every place that is not named is valid.
        let set = (0..list.len()).filter(|index| list.get(*index).unwrap() != 0);
        let mut named: Vec<u64> = named
            .iter()
            .filter(|(_, status)| **status != 0)
            .map(|(index, _)| index.parse().unwrap())
            .collect();
        named.sort_unstable();
        assert_eq!(set.collect::<Vec<_>>(), named, "{bits} bits");
        assert_eq!(list.get(list.len()).unwrap_err().reason(), Reason::StatusIndex);
    }
}
