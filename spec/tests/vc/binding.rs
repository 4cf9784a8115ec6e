//! What can be wrong with a key binding, and too much of anything.

use super::*;

// ---- key binding

#[test]
fn a14_key_binding_is_demanded() {
    let parts = Parts::usual();
    assert_eq!(verify_text(&parts.unbound(), &issuer().public()).err(), Some(Reason::KeyBindingMissing));
    for cnf in [json!({}), json!({"kid": "k"})] {
        assert_eq!(parts.clone().with("cnf", cnf).refused(), Some(Reason::ClaimMissing));
    }
    assert_eq!(parts.clone().without("cnf").refused(), Some(Reason::ClaimMissing));
    let jwk = |jwk: Value| parts.clone().with("cnf", json!({"jwk": jwk})).refused();
    assert_eq!(jwk(json!({"kty": "RSA", "n": "AQ", "e": "AQAB"})), Some(Reason::UnsupportedAlgorithm));
    assert_eq!(jwk(json!({"kty": "OKP", "crv": "Ed25519"})), Some(Reason::InvalidKey));
    assert_eq!(jwk(json!(null)), Some(Reason::InvalidKey));
    let mut private = holder().jwk();
    private["d"] = json!("AQ");
    assert_eq!(jwk(private), Some(Reason::InvalidKey));
    let text = format!("{}x", parts.unbound());
    assert_eq!(verify_text(&text, &issuer().public()).err(), Some(Reason::MalformedJws));
}

#[test]
fn a15_key_binding_by_another_key() {
    let mut parts = Parts::usual();
    parts.holder = Key::ed(3);
    assert_eq!(parts.refused(), Some(Reason::KeyBindingSignature));
    let mut parts = Parts::of(Key::es(1), Key::es(2));
    parts.holder = Key::es(3);
    assert_eq!(parts.refused(), Some(Reason::KeyBindingSignature));
    parts.holder = issuer();
    parts.kb_header = json!({"alg": "EdDSA", "typ": "kb+jwt"}).to_string();
    assert_eq!(parts.refused(), Some(Reason::UnsupportedAlgorithm));
}

#[test]
fn a16_key_binding_over_other_disclosures() {
    let parts = Parts::usual().disclosing(&json!(["s", "a", 1])).disclosing(&json!(["t", "b", 2]));
    let binding = parts.text().rsplit_once('~').unwrap().1.to_owned();
    let mut fewer = parts.clone();
    fewer.disclosures.pop();
    let mut reordered = parts.clone();
    reordered.disclosures.reverse();
    let other = parts.clone().with("more", json!(1));
    for changed in [fewer, reordered, other] {
        let text = format!("{}{binding}", changed.unbound());
        assert_eq!(verify_text(&text, &issuer().public()).err(), Some(Reason::KeyBindingHash));
    }
    for hash in ["", "x", &b64([0; 32])] {
        let mut parts = parts.clone();
        parts.kb["sd_hash"] = json!(hash);
        assert_eq!(parts.refused(), Some(Reason::KeyBindingHash));
    }
}

#[test]
fn a17_audience_and_nonce_letter_for_letter() {
    for aud in
        ["", "decentralized_identifier:did:key:z6Mk", &AUDIENCE.to_uppercase(), &format!("{AUDIENCE} ")]
    {
        let mut parts = Parts::usual();
        parts.kb["aud"] = json!(aud);
        assert_eq!(parts.refused(), Some(Reason::KeyBindingAudience), "{aud}");
    }
    for nonce in ["", "n-0S6_WzA2M", "N-0S6_WZA2MJ", "other"] {
        let mut parts = Parts::usual();
        parts.kb["nonce"] = json!(nonce);
        assert_eq!(parts.refused(), Some(Reason::KeyBindingNonce), "{nonce}");
    }
    let mut empty = Parts::usual();
    empty.kb["nonce"] = json!("");
    let none = Expected { nonce: "", ..EXPECTED };
    let fault = verify(&empty.text(), &issuer().public(), &none, at(NOW)).unwrap_err();
    assert_eq!(fault.reason(), Reason::KeyBindingNonce);
    for name in ["aud", "nonce", "iat"] {
        let mut parts = Parts::usual();
        parts.kb.as_object_mut().unwrap().remove(name);
        assert_eq!(parts.refused(), Some(Reason::Malformed), "{name}");
        parts.kb[name] = json!([AUDIENCE]);
        let expected = if name == "iat" { Reason::MalformedTime } else { Reason::Malformed };
        assert_eq!(parts.refused(), Some(expected), "{name}");
    }
}

#[test]
fn a18_key_binding_stale_or_from_the_future() {
    for (iat, expected) in [
        (NOW - 300, None),
        (NOW - 301, Some(Reason::KeyBindingStale)),
        (0, Some(Reason::KeyBindingStale)),
        (NOW + 60, None),
        (NOW + 61, Some(Reason::KeyBindingFuture)),
        (LAST, Some(Reason::KeyBindingFuture)),
    ] {
        let mut parts = Parts::usual();
        parts.kb["iat"] = json!(iat);
        assert_eq!(parts.refused(), expected, "{iat}");
    }
    let mut parts = Parts::usual();
    parts.kb["iat"] = json!(NOW - 9);
    for (max_age, max_future, expected) in [
        (9, 0, None),
        (8, 0, Some(Reason::KeyBindingStale)),
        (i64::MAX, i64::MAX, None),
        (i64::MIN, 0, Some(Reason::KeyBindingStale)),
        (i64::MAX, i64::MIN, Some(Reason::KeyBindingFuture)),
    ] {
        let expected_by = Expected { max_age, max_future, ..EXPECTED };
        let result = verify(&parts.text(), &issuer().public(), &expected_by, at(NOW));
        assert_eq!(result.err().map(|fault| fault.reason()), expected, "{max_age} {max_future}");
    }
}

// ---- too much

#[test]
fn a20_too_much_is_refused_before_it_is_read() {
    let refused = |text: &str| verify_text(text, &issuer().public()).err();
    assert_eq!(refused(&"~".repeat(MAX_SD_JWT_BYTES + 1)), Some(Reason::TooLarge));
    let many = format!("a.b.c~{}x", "WyJzIiwiYSIsMV0~".repeat(MAX_DISCLOSURES + 1));
    assert_eq!(refused(&many), Some(Reason::TooLarge));
    let long = format!("a.b.c~{}~x", "a".repeat(MAX_DISCLOSURE_BYTES + 1));
    assert_eq!(refused(&long), Some(Reason::TooLarge));
    let long = format!("{}.b.c~x", "a".repeat(MAX_JWT_BYTES));
    assert_eq!(refused(&long), Some(Reason::TooLarge));
    let parts = Parts::usual();
    let deep = format!(r#"{{"vct":"a","x":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let text = parts.bind(&format!("{}~", issuer().jws(&parts.header, &deep)));
    assert_eq!(refused(&text), Some(Reason::TooLarge));
    for text in ["", "~", "~~", "a", "a~b", "a.b~c", "a.b.c.d~e"] {
        assert!(refused(text).is_some(), "{text}");
    }
}
