//! A01 to A20, each against the program.

use faam_spec::encoding::{b64, unb64};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{AT, AUDIENCE, Key, NONCE, NOW, Shown, ask, ask_more, digest, disclosure, offer};

fn good() -> (Key, Shown) {
    let issuer = Key::ed(1);
    (issuer.clone(), Shown::good(issuer, Key::ed(2)))
}

/// Refused with this code after `change`.
#[track_caller]
fn refused(code: &str, change: impl FnOnce(&mut Shown)) {
    let (issuer, mut shown) = good();
    change(&mut shown);
    ask(&issuer, &shown.text()).refused(code);
}

#[track_caller]
fn accepted(change: impl FnOnce(&mut Shown)) -> Value {
    let (issuer, mut shown) = good();
    change(&mut shown);
    ask(&issuer, &shown.text()).accepted().clone()
}

/// HMAC with SHA-256 (RFC 2104) under a key of at most 64 bytes.
fn hs256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| -> [u8; 64] { core::array::from_fn(|at| key.get(at).unwrap_or(&0) ^ with) };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[test]
fn a01_no_algorithm_and_algorithms_that_the_key_is_not_for() {
    for alg in ["none", "None", "HS256", "ES256", "RS256", "eddsa", ""] {
        refused("unsupported.algorithm", |shown| shown.header["alg"] = json!(alg));
        refused("unsupported.algorithm", |shown| shown.kb_header["alg"] = json!(alg));
    }
    // A MAC keyed with the public key, as a reader would make it that takes the algorithm from the header.
    let (issuer, shown) = good();
    let Key::Ed(key) = &issuer else { panic!() };
    let input = format!("{}.{}", b64(r#"{"alg":"HS256","typ":"dc+sd-jwt"}"#), b64(shown.payload.to_string()));
    let mac = hs256(&key.verifying_key().to_bytes(), input.as_bytes());
    ask(&issuer, &shown.with_jwt(&format!("{input}.{}", b64(mac)))).refused("unsupported.algorithm");
    let naked = format!("{}.{}.", b64(r#"{"alg":"none","typ":"dc+sd-jwt"}"#), b64(shown.payload.to_string()));
    ask(&issuer, &shown.with_jwt(&naked)).refused("unsupported.algorithm");
}

#[test]
fn a02_a_signature_that_is_gone_or_of_other_bytes() {
    for issuer in [Key::ed(1), Key::es(3)] {
        let shown = Shown::good(issuer.clone(), Key::ed(2));
        let issued = shown.issued();
        let jwt = issued.split('~').next().unwrap();
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        ask(&issuer, &shown.with_jwt(&format!("{input}."))).refused("malformed.jws");
        let bytes = unb64(signature, "signature").unwrap();
        for at in [0, 17, 31, 32, 50, 63] {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            let text = shown.with_jwt(&format!("{input}.{}", b64(changed)));
            ask(&issuer, &text).refused("invalid.signature");
        }
        // Another payload under the same signature.
        let mut richer = shown.payload.clone();
        richer["level"] = json!("platinum");
        let header = input.split('.').next().unwrap();
        let text = shown.with_jwt(&format!("{header}.{}.{signature}", b64(richer.to_string())));
        ask(&issuer, &text).refused("invalid.signature");
    }
}

#[test]
fn a03_a_key_that_the_header_brings_is_left_alone() {
    let other = Key::ed(9);
    for (name, value) in [
        ("jwk", other.jwk()),
        ("jku", json!("https://issuer.example/keys")),
        ("x5u", json!("https://issuer.example/chain")),
        ("x5c", json!(["MIIB"])),
    ] {
        // Signed by the issuer it is as good as without.
        accepted(|shown| shown.header[name] = value.clone());
        // Signed by whom the header names it is worth nothing.
        refused("invalid.signature", |shown| {
            shown.header[name] = value.clone();
            shown.issuer = other.clone();
        });
        refused("invalid.key_binding.signature", |shown| {
            shown.kb_header[name] = value.clone();
            shown.holder = other.clone();
        });
    }
}

#[test]
fn a04_critical_extensions_and_names_that_stand_twice() {
    refused("unsupported.critical", |shown| shown.header["crit"] = json!(["b64"]));
    refused("unsupported.critical", |shown| shown.kb_header["crit"] = json!(["x"]));
    let (issuer, shown) = good();
    let header = r#"{"alg":"EdDSA","typ":"dc+sd-jwt","typ":"dc+sd-jwt"}"#;
    let twice = issuer.jws(header, &shown.payload.to_string());
    ask(&issuer, &shown.with_jwt(&twice)).refused("malformed.json");
    let payload = shown.payload.to_string().replacen('{', r#"{"exp":9999999999,"#, 1);
    let twice = issuer.jws(&shown.header.to_string(), &payload);
    ask(&issuer, &shown.with_jwt(&twice)).refused("malformed.json");
}

#[test]
fn a05_another_type_or_none() {
    for typ in [json!("jwt"), json!("vc+sd-jwt"), json!("example+sd-jwt"), json!("kb+jwt"), json!(1)] {
        refused("invalid.type", |shown| shown.header["typ"] = typ.clone());
    }
    refused("invalid.type", |shown| drop(shown.header.as_object_mut().unwrap().remove("typ")));
    refused("invalid.type", |shown| drop(shown.payload.as_object_mut().unwrap().remove("vct")));
    refused("invalid.type", |shown| shown.payload["vct"] = json!(""));
    refused("invalid.type", |shown| shown.payload["vct"] = json!(7));
    refused("invalid.type", |shown| shown.kb_header["typ"] = json!("dc+sd-jwt"));
    refused("invalid.type", |shown| drop(shown.kb_header.as_object_mut().unwrap().remove("typ")));
}

#[test]
fn a06_times_that_are_no_whole_seconds_are_never_absent() {
    let bad = [json!("1795263400"), json!(1.5), json!(-1), json!(9_223_372_036_854_775_808_u64), json!(null)];
    for name in ["exp", "nbf", "iat"] {
        for value in &bad {
            refused("malformed.time", |shown| shown.payload[name] = value.clone());
        }
    }
    for value in &bad {
        refused("malformed.time", |shown| shown.kb["iat"] = value.clone());
    }
}

#[test]
fn a07_one_digest_in_two_places() {
    refused("invalid.digest.repeated", |shown| {
        let digest = shown.payload["_sd"][0].clone();
        shown.payload["_sd"] = json!([digest, digest]);
    });
    refused("invalid.digest.repeated", |shown| {
        let digest = shown.payload["_sd"][0].clone();
        shown.payload["address"] = json!({"_sd": [digest]});
    });
    refused("invalid.digest.repeated", |shown| shown.disclosures.push(shown.disclosures[0].clone()));
}

#[test]
fn a08_a_disclosure_that_belongs_to_nothing() {
    refused("invalid.disclosure.unreferenced", |shown| {
        shown.disclosures.push(disclosure(&json!(["c2FsdDI", "family_name", "Mustermann"])).0);
    });
    // A child without its parent belongs to nothing either.
    refused("invalid.disclosure.unreferenced", |shown| {
        let (inner, of_inner) = disclosure(&json!(["cw", "street", "Main St"]));
        let (_, of_outer) = disclosure(&json!(["cx", "address", {"_sd": [of_inner]}]));
        shown.payload["_sd"].as_array_mut().unwrap().push(json!(of_outer));
        shown.disclosures.push(inner);
    });
}

/// Puts a disclosure under `_sd`.
fn also(shown: &mut Shown, value: &Value) {
    let (text, digest) = disclosure(value);
    shown.payload["_sd"].as_array_mut().unwrap().push(json!(digest));
    shown.disclosures.push(text);
}

#[test]
fn a09_reserved_names_and_names_that_stand_there_already() {
    for name in ["_sd", "...", "_sd_alg", "level", "given_name"] {
        refused("invalid.disclosure.name", |shown| also(shown, &json!(["cw", name, "x"])));
    }
}

#[test]
fn a10_arity_trailing_text_and_base64url_that_is_not_canonical() {
    for bad in [
        json!(["cw"]),
        json!([]),
        json!({"a": 1}),
        json!(["cw", "a", 1, 2]),
        json!([1, "a", "b"]),
        json!(["cw", 2, "b"]),
    ] {
        refused("invalid.disclosure.malformed", |shown| also(shown, &bad));
    }
    let raw = |shown: &mut Shown, text: String| {
        shown.payload["_sd"].as_array_mut().unwrap().push(json!(digest(&text)));
        shown.disclosures.push(text);
    };
    refused("malformed.json", |shown| raw(shown, b64(r#"["cw","a","b"] x"#)));
    refused("malformed.json", |shown| raw(shown, b64(b"[\"cw\",\"a\",\"\xff\"]")));
    let canonical = b64(r#"["cw","ab","b"]"#);
    accepted(|shown| raw(shown, canonical.clone()));
    refused("malformed.base64url", |shown| raw(shown, format!("{canonical}=")));
    // The last letter has bits that say nothing: they are zero, or it is another text of the same bytes.
    let loose = b64(r#"["cw","a","b"]"#);
    let last = loose.chars().last().unwrap();
    let other = char::from(u8::try_from(u32::from(last)).unwrap() + 1);
    refused("malformed.base64url", |shown| {
        raw(shown, format!("{}{other}", &loose[..loose.len() - 1]));
    });
    refused("malformed.base64url", |shown| raw(shown, canonical.replace(&canonical[..1], "+")));
}

#[test]
fn a11_digests_inside_disclosures_placeholders_and_depth() {
    let claims = accepted(|shown| {
        let (inner, of_inner) = disclosure(&json!(["cw", "street", "Main St"]));
        also(shown, &json!(["cx", "address", {"_sd": [of_inner], "country": "NL"}]));
        shown.disclosures.push(inner);
        let (element, of_element) = disclosure(&json!(["cy", "two"]));
        shown.payload["list"] = json!(["one", {"...": of_element}, {"...": digest("decoy")}]);
        shown.disclosures.push(element);
    });
    assert_eq!(claims["address"], json!({"street": "Main St", "country": "NL"}));
    assert_eq!(claims["list"], json!(["one", "two"]));
    refused("malformed", |shown| shown.payload["list"] = json!([{"...": digest("x"), "more": 1}]));
    refused("malformed", |shown| shown.payload["_sd"] = json!("no list"));
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    accepted(|shown| shown.payload["deep"] = deep(14));
    refused("too_large", |shown| shown.payload["deep"] = deep(16));
    // Nested by disclosures, no text alone is deep.
    refused("too_large", |shown| {
        let (mut text, mut of) = disclosure(&json!(["s0", "a0", "end"]));
        for level in 1..20 {
            shown.disclosures.push(text);
            (text, of) = disclosure(&json!([format!("s{level}"), format!("a{level}"), {"_sd": [of]}]));
        }
        shown.disclosures.push(text);
        shown.payload["_sd"].as_array_mut().unwrap().push(json!(of));
    });
}

#[test]
fn a12_digests_by_another_function() {
    for alg in [json!("md5"), json!("sha-1"), json!("SHA-256"), json!("sha-512"), json!("none"), json!(1)] {
        refused("invalid.digest.algorithm", |shown| shown.payload["_sd_alg"] = alg.clone());
    }
    accepted(|shown| drop(shown.payload.as_object_mut().unwrap().remove("_sd_alg")));
}

#[test]
fn a13_what_has_to_be_visible_is_hidden() {
    for name in ["iss", "exp", "nbf", "cnf", "vct", "status"] {
        refused("invalid.claim.hidden", |shown| {
            let value = shown.payload.as_object_mut().unwrap().remove(name).unwrap_or(json!(NOW));
            also(shown, &json!(["cw", name, value]));
        });
    }
    // Hidden and kept back, it is not there: a credential that is bound to nobody is not shown by somebody.
    refused("invalid.claim.missing", |shown| {
        let cnf = shown.payload.as_object_mut().unwrap().remove("cnf").unwrap();
        also(shown, &json!(["cw", "cnf", cnf]));
        shown.disclosures.pop();
    });
}

#[test]
fn a14_a_credential_without_key_binding() {
    let (issuer, shown) = good();
    ask(&issuer, &shown.issued()).refused("invalid.key_binding.missing");
    // Without the last `~`, what stands there is no key binding either.
    ask(&issuer, shown.issued().trim_end_matches('~')).refused("malformed.jws");
    // One that is not bound at all needs it just as much.
    let mut free = shown;
    free.payload.as_object_mut().unwrap().remove("cnf");
    ask(&issuer, &free.issued()).refused("invalid.key_binding.missing");
    ask(&issuer, &free.text()).refused("invalid.claim.missing");
}

#[test]
fn a15_key_binding_by_another_key() {
    refused("invalid.key_binding.signature", |shown| shown.holder = Key::ed(8));
    refused("invalid.key_binding.signature", |shown| shown.holder = shown.issuer.clone());
    refused("unsupported.algorithm", |shown| {
        shown.holder = Key::es(8);
        shown.kb_header["alg"] = json!("ES256");
    });
}

#[test]
fn a16_key_binding_over_other_disclosures() {
    let (issuer, mut shown) = good();
    also(&mut shown, &json!(["cw", "family_name", "Mustermann"]));
    let text = shown.text();
    ask(&issuer, &text).accepted();
    let parts: Vec<&str> = text.split('~').collect();
    let [jwt, first, second, kb] = parts[..] else { panic!() };
    for changed in [
        format!("{jwt}~{second}~{first}~{kb}"),
        format!("{jwt}~{first}~{kb}"),
        format!("{jwt}~{second}~{kb}"),
        format!("{jwt}~{kb}"),
    ] {
        ask(&issuer, &changed).refused("invalid.key_binding.sd_hash");
    }
    refused("invalid.key_binding.sd_hash", |shown| shown.kb["sd_hash"] = json!(""));
    refused("invalid.key_binding.sd_hash", |shown| shown.kb["sd_hash"] = json!(digest("other")));
}

#[test]
fn a17_another_nonce_and_audience_letter_for_letter() {
    for nonce in ["", "n-0S6_WzA2Mj-8Qx", "n-0S6_WzA2Mj-8Qx1 ", "N-0S6_WzA2Mj-8Qx1", "another"] {
        refused("invalid.key_binding.nonce", |shown| shown.kb["nonce"] = json!(nonce));
    }
    for audience in ["", "https://verifier.exampl", "https://verifier.example/", "https://Verifier.example"] {
        refused("invalid.key_binding.audience", |shown| shown.kb["aud"] = json!(audience));
    }
    refused("malformed", |shown| shown.kb["aud"] = json!([AUDIENCE]));
    refused("malformed", |shown| drop(shown.kb.as_object_mut().unwrap().remove("nonce")));
    // Asked with an empty nonce, an empty one is no answer.
    let (issuer, mut shown) = good();
    shown.kb["nonce"] = json!("");
    let said = ask_more(&issuer.jwk(), &shown.text(), &["--audience", AUDIENCE, "--nonce", "", "--at", AT]);
    said.refused("invalid.key_binding.nonce");
}

#[test]
fn a18_key_binding_stale_or_from_the_future() {
    for (iat, code) in [
        (NOW - 300, None),
        (NOW - 301, Some("invalid.key_binding.stale")),
        (NOW + 60, None),
        (NOW + 61, Some("invalid.key_binding.future")),
    ] {
        match code {
            None => drop(accepted(|shown| shown.kb["iat"] = json!(iat))),
            Some(code) => refused(code, |shown| shown.kb["iat"] = json!(iat)),
        }
    }
    let (issuer, mut shown) = good();
    shown.kb["iat"] = json!(NOW - 3600);
    let with = |age: &str| {
        let more = ["--audience", AUDIENCE, "--nonce", NONCE, "--at", AT, "--max-kb-age", age];
        ask_more(&issuer.jwk(), &shown.text(), &more)
    };
    with("3600").accepted();
    with("3599").refused("invalid.key_binding.stale");
    with("0").refused("invalid.key_binding.stale");
}

#[test]
fn a19_a_credential_that_is_issued_with_key_binding() {
    let (issuer, shown) = good();
    let said = offer(&issuer, &shown.issued());
    assert_eq!(said.accepted()["given_name"], "Erika");
    offer(&issuer, &shown.text()).refused("invalid.key_binding.present");
}
