//! The refusals of RFC 9901 §7, one by one.

use serde_json::json;

use super::*;
use rand::SeedableRng as _;

fn rng() -> impl rand_core::CryptoRngCore {
    rand::rngs::StdRng::seed_from_u64(1)
}

fn issuer() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn holder() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn issue(payload: &Value, disclosures: Vec<Disclosure>) -> SdJwt {
    SdJwt::issue(payload.as_object().unwrap(), disclosures, "k", &issuer()).unwrap()
}

fn reason(sd_jwt: &SdJwt) -> Option<Reason> {
    let read = SdJwt::parse(&sd_jwt.to_text());
    read.and_then(|s| s.open(&issuer().verifying_key())).err().map(|f| f.reason())
}

fn disclose(name: &str, value: Value) -> Disclosure {
    Disclosure::new(name, value, &mut rng()).unwrap()
}

fn element(value: Value) -> Disclosure {
    Disclosure::parse(&b64(json!(["salt", value]).to_string())).unwrap()
}

#[test]
fn claims_come_back_in_their_places() {
    let street = disclose("street", json!("Neude"));
    let address = disclose("address", json!({"_sd": [street.digest()], "city": "Utrecht"}));
    let item = element(json!("NL"));
    let payload = json!({
        "vct": "x", "_sd_alg": "sha-256", "_sd": [address.digest(), SdDigest::decoy(&mut rng())],
        "nationalities": [{"...": item.digest()}, {"...": SdDigest::decoy(&mut rand::rngs::StdRng::seed_from_u64(2))}, "DE"],
    });
    let sd_jwt = issue(&payload, vec![address, street, item]);
    let opened = SdJwt::parse(&sd_jwt.to_text()).unwrap().open(&issuer().verifying_key()).unwrap();
    let expected =
        json!({"vct":"x","address":{"city":"Utrecht","street":"Neude"},"nationalities":["NL","DE"]});
    assert_eq!(Value::Object(opened.claims), expected);
    let only_street = sd_jwt.select(|d| d.name() == Some("street"));
    assert_eq!(only_street.disclosures().len(), 2, "the parent comes along");
    let opened = only_street.open(&issuer().verifying_key()).unwrap();
    assert_eq!(Value::Object(opened.claims)["nationalities"], json!(["DE"]));
}

#[test]
fn a07_repeated_digests_are_refused() {
    let d = disclose("a", json!(1));
    assert_eq!(
        reason(&issue(&json!({"_sd": [d.digest(), d.digest()]}), vec![])),
        Some(Reason::DigestRepeated)
    );
    let nested = json!({"_sd": [d.digest()], "x": {"_sd": [d.digest()]}});
    assert_eq!(reason(&issue(&nested, vec![d.clone()])), Some(Reason::DigestRepeated));
    assert_eq!(
        reason(&issue(&json!({"_sd": [d.digest()]}), vec![d.clone(), d])),
        Some(Reason::DigestRepeated)
    );
}

#[test]
fn a08_a_disclosure_without_digest_is_refused() {
    assert_eq!(
        reason(&issue(&json!({}), vec![disclose("a", json!(1))])),
        Some(Reason::DisclosureUnreferenced)
    );
}

#[test]
fn a09_reserved_and_colliding_names_are_refused() {
    for name in ["_sd", "..."] {
        let text = b64(json!(["salt", name, 1]).to_string());
        assert_eq!(Disclosure::parse(&text).unwrap_err().reason(), Reason::DisclosureName);
    }
    let d = disclose("a", json!(1));
    assert_eq!(reason(&issue(&json!({"a": 2, "_sd": [d.digest()]}), vec![d])), Some(Reason::DisclosureName));
}

#[test]
fn a10_malformed_disclosures_are_refused() {
    let cases = [
        (b64("[]"), Reason::DisclosureMalformed),
        (b64(r#"["s"]"#), Reason::DisclosureMalformed),
        (b64(r#"["s","a",1,2]"#), Reason::DisclosureMalformed),
        (b64(r#"[1,"a",1]"#), Reason::DisclosureMalformed),
        (b64(r#"["s","a",1]x"#), Reason::MalformedJson),
        (b64(r#"["s","a",1]"#) + "=", Reason::MalformedBase64),
    ];
    for (text, expected) in cases {
        assert_eq!(Disclosure::parse(&text).unwrap_err().reason(), expected, "{text}");
    }
    let array = element(json!(1));
    let in_object = issue(&json!({"_sd": [array.digest()]}), vec![array]);
    assert_eq!(reason(&in_object), Some(Reason::DisclosureMalformed));
    let member = disclose("a", json!(1));
    let in_array = issue(&json!({"x": [{"...": member.digest()}]}), vec![member]);
    assert_eq!(reason(&in_array), Some(Reason::DisclosureMalformed));
}

#[test]
fn a11_extra_keys_and_stray_placeholders_are_refused() {
    let d = element(json!(1));
    assert_eq!(reason(&issue(&json!({"x": [{"...": d.digest(), "y": 1}]}), vec![])), Some(Reason::Malformed));
    assert_eq!(reason(&issue(&json!({"x": {"...": d.digest()}}), vec![])), Some(Reason::Malformed));
    assert_eq!(reason(&issue(&json!({"_sd": "x"}), vec![])), Some(Reason::Malformed));
}

#[test]
fn a12_a13_digest_algorithm_and_hidden_claims() {
    assert_eq!(reason(&issue(&json!({"_sd_alg": "sha-1"}), vec![])), Some(Reason::DigestAlgorithm));
    for name in ["exp", "status", "cnf", "vct", "iss", "nbf"] {
        let d = disclose(name, json!(1));
        assert_eq!(
            reason(&issue(&json!({"_sd": [d.digest()]}), vec![d])),
            Some(Reason::ClaimHidden),
            "{name}"
        );
    }
}

#[test]
fn a14_to_a18_key_binding() {
    let d = disclose("a", json!(1));
    let credential = issue(&json!({"_sd": [d.digest()]}), vec![d]);
    let bound = credential.clone().bind(&holder(), "aud", "n", at(1000)).unwrap();
    let check = |s: &SdJwt, aud: &str, nonce: &str, now| {
        s.verify_key_binding(&holder().verifying_key(), aud, nonce, at(now)).err().map(|f| f.reason())
    };
    assert_eq!(check(&bound, "aud", "n", 1000), None);
    assert_eq!(check(&bound, "aud", "n", 1300), None);
    assert_eq!(check(&bound, "aud", "n", 940), None);
    assert_eq!(check(&credential, "aud", "n", 1000), Some(Reason::KeyBindingMissing));
    for (aud, nonce, now, expected) in [
        ("Aud", "n", 1000, Reason::KeyBindingAudience),
        ("au", "n", 1000, Reason::KeyBindingAudience),
        ("aud", "N", 1000, Reason::KeyBindingNonce),
        ("aud", "", 1000, Reason::KeyBindingNonce),
        ("aud", "n", 1301, Reason::KeyBindingStale),
        ("aud", "n", 939, Reason::KeyBindingFuture),
    ] {
        assert_eq!(check(&bound, aud, nonce, now), Some(expected));
    }
    let other = credential.bind(&SigningKey::from_seed(&[3; 32]), "aud", "n", at(1000)).unwrap();
    assert_eq!(check(&other, "aud", "n", 1000), Some(Reason::KeyBindingSignature));
    let mut fewer = bound.clone();
    fewer.disclosures.clear();
    assert_eq!(check(&fewer, "aud", "n", 1000), Some(Reason::KeyBindingHash));
}

#[test]
fn a20_too_much_is_refused_early() {
    let many = format!("a.b.c~{}", "WyJzIiwiYSIsMV0~".repeat(MAX_DISCLOSURES + 1));
    assert_eq!(SdJwt::parse(&many).unwrap_err().reason(), Reason::TooLarge);
    assert_eq!(SdJwt::parse(&"a".repeat(MAX_SD_JWT_BYTES + 1)).unwrap_err().reason(), Reason::TooLarge);
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let text = b64(format!(r#"["s","a",{deep}]"#));
    assert!(Disclosure::parse(&text).is_err());
}
