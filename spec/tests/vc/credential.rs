//! What can be wrong with a credential: header, dates, disclosures.

use super::*;

// ---- the header

#[test]
fn a01_the_algorithm_is_the_keys() {
    let ed = Parts::usual();
    let es = Parts::of(Key::es(1), Key::es(2));
    for alg in ["none", "None", "HS256", "ES384", "RS256", "ES256", "Ed25519", "eddsa", ""] {
        let parts = ed.clone().header(&json!({"alg": alg, "typ": "dc+sd-jwt"}));
        assert_eq!(parts.refused(), Some(Reason::UnsupportedAlgorithm), "{alg}");
    }
    for alg in ["none", "HS256", "EdDSA", "es256", "ES256K"] {
        let parts = es.clone().header(&json!({"alg": alg, "typ": "dc+sd-jwt"}));
        assert_eq!(parts.refused(), Some(Reason::UnsupportedAlgorithm), "{alg}");
        let mut parts = es.clone();
        parts.kb_header = json!({"alg": alg, "typ": "kb+jwt"}).to_string();
        assert_eq!(parts.refused(), Some(Reason::UnsupportedAlgorithm), "key binding: {alg}");
    }
    for header in [json!({"typ": "dc+sd-jwt"}), json!({"alg": 1, "typ": "dc+sd-jwt"})] {
        assert_eq!(ed.clone().header(&header).refused(), Some(Reason::UnsupportedAlgorithm), "{header}");
    }
    assert_eq!(ed.clone().header(&json!([])).refused(), Some(Reason::Malformed));
    // Right in itself, but under a key of the other kind.
    assert_eq!(verify_text(&es.text(), &issuer().public()).err(), Some(Reason::UnsupportedAlgorithm));
    assert_eq!(verify_text(&ed.text(), &Key::es(1).public()).err(), Some(Reason::UnsupportedAlgorithm));
    // Without a signature at all.
    let unsigned = format!("{}.{}.~", b64(&ed.header), b64(ed.payload.to_string()));
    assert_eq!(verify_text(&ed.bind(&unsigned), &issuer().public()).err(), Some(Reason::MalformedJws));
}

#[test]
fn a02_any_changed_bit_is_refused() {
    for parts in [Parts::usual(), Parts::of(Key::es(1), Key::es(2))] {
        let parts = parts.disclosing(&json!(["s", "name", "Anna"]));
        let (text, key) = (parts.text(), parts.issuer.public());
        assert!(verify_text(&text, &key).is_ok());
        for place in 0..text.len() {
            // One bit of each byte: all eight take eight times as long and say the same.
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1 << (place % 7);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(verify_text(&changed, &key).is_err(), "byte {place}");
        }
        assert!(verify_text(&text, &Key::ed(9).public()).is_err());
    }
    let parts = Parts::usual();
    assert_eq!(verify_text(&parts.text(), &Key::ed(9).public()).err(), Some(Reason::InvalidSignature));
    // ES256 in DER, and with r and s cut to 63 bytes.
    let parts = Parts::of(Key::es(1), holder());
    let signed = format!("{}.{}", b64(&parts.header), b64(parts.payload.to_string()));
    let signature = p256::ecdsa::Signature::from_slice(&parts.issuer.sign(signed.as_bytes())).unwrap();
    for bytes in [signature.to_der().as_bytes().to_vec(), signature.to_bytes()[..63].to_vec(), vec![]] {
        let text = parts.bind(&format!("{signed}.{}~", b64(bytes)));
        assert_eq!(verify_text(&text, &parts.issuer.public()).err(), Some(Reason::MalformedJws));
    }
}

//= spec/text/credentials.md#REQ-CRED-45
//= type=test
//# `kid`, `jwk`, `jku`, `x5u` and `x5c` of its header MUST be ignored, whatever their form.
#[test]
fn a03_keys_in_the_header_are_left_alone() {
    let stranger = Key::ed(9);
    let brings = json!({
        "alg": "EdDSA", "typ": "dc+sd-jwt", "kid": 42.5, "jwk": stranger.jwk(), "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/chain", "x5c": ["MII…"], "x5t#S256": 1,
    });
    assert!(Parts::usual().header(&brings).verify().is_ok());
    let mut forged = Parts::usual().header(&brings);
    forged.issuer = stranger;
    assert_eq!(verify_text(&forged.text(), &issuer().public()).err(), Some(Reason::InvalidSignature));
    let mut kb = Parts::usual();
    kb.holder = Key::ed(9);
    kb.kb_header = json!({"alg": "EdDSA", "typ": "kb+jwt", "jwk": Key::ed(9).jwk()}).to_string();
    assert_eq!(kb.refused(), Some(Reason::KeyBindingSignature));
}

#[test]
fn a04_critical_extensions_and_duplicate_names() {
    for crit in [json!(["b64"]), json!([]), json!(null)] {
        let header = json!({"alg": "EdDSA", "typ": "dc+sd-jwt", "crit": crit});
        assert_eq!(Parts::usual().header(&header).refused(), Some(Reason::UnsupportedCritical));
        let mut parts = Parts::usual();
        parts.kb_header = json!({"alg": "EdDSA", "typ": "kb+jwt", "crit": crit}).to_string();
        assert_eq!(parts.refused(), Some(Reason::UnsupportedCritical));
    }
    let mut parts = Parts::usual();
    parts.header = r#"{"alg":"none","alg":"EdDSA","typ":"dc+sd-jwt"}"#.into();
    assert_eq!(parts.refused(), Some(Reason::MalformedJson));
    let parts = Parts::usual();
    for payload in [
        r#"{"vct":"a","vct":"b"}"#,
        r#"{"vct":"a","x":{"y":1,"\u0079":2}}"#,
        r#"{"vct":"a""#,
        r#"{"vct":"a"}{}"#,
        r#"{"vct":"a","n":1e999}"#,
        r#"{"vct":"a","n":{"$serde_json::private::Number":"1"}}"#,
        "",
    ] {
        let text = parts.bind(&format!("{}~", issuer().jws(&parts.header, payload)));
        assert_eq!(verify_text(&text, &issuer().public()).err(), Some(Reason::MalformedJson), "{payload}");
    }
    let mut parts = Parts::usual();
    parts.disclosures.push(b64(r#"["s","a",{"b":1,"b":2}]"#));
    assert_eq!(parts.refused(), Some(Reason::MalformedJson));
}

#[test]
fn a05_type_and_vct() {
    for typ in ["vc+sd-jwt", "sd+jwt", "DC+SD-JWT", "application/dc+sd-jwt", "JWT", ""] {
        let parts = Parts::usual().header(&json!({"alg": "EdDSA", "typ": typ}));
        assert_eq!(parts.refused(), Some(Reason::InvalidType), "{typ}");
    }
    assert_eq!(Parts::usual().header(&json!({"alg": "EdDSA"})).refused(), Some(Reason::InvalidType));
    let mut parts = Parts::usual();
    parts.kb_header = json!({"alg": "EdDSA", "typ": "dc+sd-jwt"}).to_string();
    assert_eq!(parts.refused(), Some(Reason::InvalidType));
    for vct in [json!("urn:other"), json!(format!("{VCT}/")), json!(""), json!(null), json!([VCT]), json!(1)]
    {
        assert_eq!(Parts::usual().with("vct", vct.clone()).refused(), Some(Reason::InvalidType), "{vct}");
    }
    assert_eq!(Parts::usual().without("vct").refused(), Some(Reason::InvalidType));
    let any = Expected { vct: None, ..EXPECTED };
    for parts in [
        Parts::usual().without("vct"),
        Parts::usual().with("vct", json!("")),
        Parts::usual().with("vct", json!(7)),
    ] {
        let fault = verify(&parts.text(), &issuer().public(), &any, at(NOW)).unwrap_err();
        assert_eq!(fault.reason(), Reason::InvalidType);
    }
}

// ---- dates

#[test]
fn a06_dates_are_whole_seconds_or_refused() {
    for name in ["exp", "nbf", "iat"] {
        for bad in [
            json!("1900000000"),
            json!(1_700_000_000.5),
            json!(1_700_000_000.0),
            json!(-1),
            json!(LAST + 1),
            json!(9_223_372_036_854_775_808_u64),
            json!(1e30),
            json!(null),
            json!([]),
            json!({}),
            json!(true),
        ] {
            let parts = Parts::usual().with(name, bad.clone());
            assert_eq!(parts.refused(), Some(Reason::MalformedTime), "{name} {bad}");
        }
    }
    for (name, value, expected) in [
        ("exp", NOW + 1, None),
        ("exp", LAST, None),
        ("exp", NOW, Some(Reason::Expired)),
        ("exp", 0, Some(Reason::Expired)),
        ("nbf", 0, None),
        ("nbf", NOW + 60, None),
        ("nbf", NOW + 61, Some(Reason::NotYetValid)),
        ("nbf", LAST, Some(Reason::NotYetValid)),
        ("iat", NOW + 60, None),
        ("iat", NOW + 61, Some(Reason::NotYetValid)),
    ] {
        assert_eq!(Parts::usual().with(name, json!(value)).refused(), expected, "{name} {value}");
    }
    for bad in [json!("1800000000"), json!(1.5), json!(-1), json!(LAST + 1), json!(null)] {
        let mut parts = Parts::usual();
        parts.kb["iat"] = bad.clone();
        assert_eq!(parts.refused(), Some(Reason::MalformedTime), "key binding {bad}");
    }
}

// ---- disclosures

#[test]
fn a07_the_same_digest_twice() {
    let (text, digest) = disclosure(&json!(["s", "name", 1]));
    let mut twice = Parts::usual().with("_sd", json!([digest, digest]));
    assert_eq!(twice.refused(), Some(Reason::DigestRepeated), "and not disclosed");
    twice.disclosures.push(text.clone());
    assert_eq!(twice.refused(), Some(Reason::DigestRepeated));
    let mut nested = Parts::usual().with("_sd", json!([digest])).with("x", json!({"_sd": [digest]}));
    nested.disclosures.push(text.clone());
    assert_eq!(nested.refused(), Some(Reason::DigestRepeated));
    let (outer, outer_digest) = disclosure(&json!(["s", "outer", {"_sd": [digest]}]));
    let mut deep = Parts::usual().with("_sd", json!([digest, outer_digest]));
    deep.disclosures = vec![outer, text.clone()];
    assert_eq!(deep.refused(), Some(Reason::DigestRepeated));
    let mut sent_twice = Parts::usual().with("_sd", json!([digest]));
    sent_twice.disclosures = vec![text.clone(), text];
    assert_eq!(sent_twice.refused(), Some(Reason::DigestRepeated));
    let placed = Parts::usual().with("x", json!([{"...": digest}, {"...": digest}]));
    assert_eq!(placed.refused(), Some(Reason::DigestRepeated));
}

#[test]
fn a08_a_disclosure_that_no_digest_names() {
    let mut parts = Parts::usual();
    parts.disclosures.push(disclosure(&json!(["s", "name", 1])).0);
    assert_eq!(parts.refused(), Some(Reason::DisclosureUnreferenced));
    // A child whose parent was left out.
    let (child, digest) = disclosure(&json!(["s", "street", 1]));
    let mut parts = Parts::usual().disclosing(&json!(["s", "address", {"_sd": [digest]}]));
    parts.disclosures = vec![child];
    assert_eq!(parts.refused(), Some(Reason::DisclosureUnreferenced));
}

#[test]
fn a09_reserved_and_colliding_names() {
    for name in ["_sd", "...", "_sd_alg"] {
        let mut parts = Parts::usual();
        parts.disclosures.push(b64(json!(["s", name, 1]).to_string()));
        assert_eq!(parts.refused(), Some(Reason::DisclosureName), "{name}");
    }
    let collides = Parts::usual().with("name", json!("Bob")).disclosing(&json!(["s", "name", "Anna"]));
    assert_eq!(collides.refused(), Some(Reason::DisclosureName));
    let two = Parts::usual().disclosing(&json!(["s", "name", 1])).disclosing(&json!(["t", "name", 2]));
    assert_eq!(two.refused(), Some(Reason::DisclosureName));
}

#[test]
fn a10_malformed_disclosures() {
    let good = b64(r#"["s","a",1]"#);
    for (text, expected) in [
        (b64("{}"), Reason::DisclosureMalformed),
        (b64("[]"), Reason::DisclosureMalformed),
        (b64(r#"["s"]"#), Reason::DisclosureMalformed),
        (b64(r#"["s","a",1,2]"#), Reason::DisclosureMalformed),
        (b64(r#"[1,"a",1]"#), Reason::DisclosureMalformed),
        (b64(r#"["s",1,1]"#), Reason::DisclosureMalformed),
        (b64(r#"["s","a",1]["#), Reason::MalformedJson),
        (b64(r#"["s","a",1e999]"#), Reason::MalformedJson),
        (b64([0x5b, 0x22, 0xff, 0x22, 0x5d]), Reason::MalformedJson),
        (String::new(), Reason::MalformedJson),
        (format!("{good}="), Reason::MalformedBase64),
        (format!("{good}\n"), Reason::MalformedBase64),
        (good.replace('W', "+"), Reason::MalformedBase64),
    ] {
        let mut parts = Parts::usual();
        parts.disclosures.push(text.clone());
        assert_eq!(parts.refused(), Some(expected), "{text}");
    }
    let member = Parts::usual().disclosing(&json!(["s", 1]));
    assert_eq!(member.refused(), Some(Reason::DisclosureMalformed), "an element where a member belongs");
    let (text, digest) = disclosure(&json!(["s", "a", 1]));
    let mut element = Parts::usual().with("x", json!([{"...": digest}]));
    element.disclosures.push(text);
    assert_eq!(element.refused(), Some(Reason::DisclosureMalformed), "a member where an element belongs");
}

#[test]
fn a11_placeholders_in_wrong_places_and_depth() {
    let digest = disclosure(&json!(["s", 1])).1;
    for (name, value) in [
        ("x", json!([{"...": digest, "y": 1}])),
        ("x", json!({"...": digest})),
        ("...", json!(digest)),
        ("x", json!([{"...": 1}])),
        ("x", json!([{"...": null}])),
        ("_sd", json!(digest)),
        ("_sd", json!([1])),
        ("_sd", json!(null)),
        ("_sd", json!({})),
        ("x", json!({"_sd": 1})),
        ("_sd", json!([b64([1; 31])])),
    ] {
        let parts = Parts::usual().with(name, value.clone());
        assert_eq!(parts.refused(), Some(Reason::Malformed), "{name} {value}");
    }
    assert_eq!(
        Parts::usual().with("_sd", json!([format!("{digest}=")])).refused(),
        Some(Reason::MalformedBase64)
    );
    // What is disclosed may hold digests of its own, but no stray ones, and is held to the depth of the whole.
    let stray = Parts::usual().disclosing(&json!(["s", "a", {"_sd": "x"}]));
    assert_eq!(stray.refused(), Some(Reason::Malformed));
    let mut nested = json!(1);
    for _ in 0..10 {
        nested = json!([nested]);
    }
    let (text, digest) = disclosure(&json!(["s", nested]));
    let mut around = json!([{"...": digest}]);
    let mut shallow = Parts::usual().with("x", around.clone());
    shallow.disclosures.push(text.clone());
    assert_eq!(shallow.refused(), None);
    for _ in 0..8 {
        around = json!([around]);
    }
    let mut deep = Parts::usual().with("x", around);
    deep.disclosures.push(text);
    assert_eq!(deep.refused(), Some(Reason::TooLarge));
}

#[test]
fn a12_digest_algorithms() {
    assert_eq!(Parts::usual().with("_sd_alg", json!("sha-256")).refused(), None);
    for bad in
        [json!("sha-1"), json!("sha-512"), json!("SHA-256"), json!(""), json!(null), json!(["sha-256"])]
    {
        assert_eq!(
            Parts::usual().with("_sd_alg", bad.clone()).refused(),
            Some(Reason::DigestAlgorithm),
            "{bad}"
        );
    }
}

#[test]
fn a13_what_must_be_visible_is_not_hidden() {
    for name in ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"] {
        let mut parts = Parts::usual().disclosing(&json!(["s", name, 1]));
        parts.payload.as_object_mut().unwrap().remove(name);
        assert_eq!(parts.refused(), Some(Reason::ClaimHidden), "{name}");
    }
    assert_eq!(Parts::usual().disclosing(&json!(["s", "sub", "anna"])).refused(), None);
    // The time of issue may be disclosed, and is judged all the same.
    for (iat, expected) in [
        (json!(NOW), None),
        (json!(NOW + 61), Some(Reason::NotYetValid)),
        (json!("x"), Some(Reason::MalformedTime)),
    ] {
        let mut parts = Parts::usual().disclosing(&json!(["s", "iat", iat]));
        parts.payload.as_object_mut().unwrap().remove("iat");
        assert_eq!(parts.refused(), expected, "{iat}");
    }
    for (name, value) in [
        ("status", json!("x")),
        ("status", json!({"status_list": 1})),
        ("status", json!({"status_list": {"idx": -1, "uri": "u"}})),
        ("status", json!({"status_list": {"idx": 1.0, "uri": "u"}})),
        ("status", json!({"status_list": {"idx": "1", "uri": "u"}})),
        ("status", json!({"status_list": {"idx": 1}})),
        ("status", json!({"status_list": {"uri": "u"}})),
        ("status", json!({"status_list": {"idx": 1, "uri": null}})),
        ("iss", json!(1)),
        ("iss", json!(null)),
        ("cnf", json!("x")),
        ("cnf", json!(null)),
    ] {
        let parts = Parts::usual().with(name, value.clone());
        assert_eq!(parts.refused(), Some(Reason::Malformed), "{name} {value}");
    }
}
