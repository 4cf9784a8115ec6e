//! Credentials of others: what is accepted, and each refusal with its one code, by the number of its attack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use faam_spec::encoding::b64;
use faam_spec::key::{PublicKey, SigningKey};
use faam_spec::limits::{MAX_DISCLOSURE_BYTES, MAX_DISCLOSURES, MAX_JWT_BYTES, MAX_SD_JWT_BYTES};
use faam_spec::reason::Reason;
use faam_spec::sdjwt::vc::{Expected, Verified, verify, verify_unbound};
use faam_spec::time::Timestamp;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::Digest as _;

const NOW: i64 = 1_800_000_000;
const LAST: i64 = 253_402_300_799;
const VCT: &str = "https://credentials.example/membership";
const AUDIENCE: &str = "decentralized_identifier:did:key:z6Mkverifier";
const NONCE: &str = "n-0S6_WzA2Mj";

/// A key of somebody else, by either algorithm.
#[derive(Clone)]
enum Key {
    Ed(SigningKey),
    Es(p256::ecdsa::SigningKey),
}

impl Key {
    fn ed(seed: u8) -> Self {
        Self::Ed(SigningKey::from_seed(&[seed; 32]))
    }

    fn es(seed: u8) -> Self {
        Self::Es(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Ed(key) => {
                json!({"kty":"OKP","crv":"Ed25519","x":b64(key.verifying_key().to_bytes()),"kid":"h"})
            }
            Self::Es(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let (x, y) = (b64(point.x().unwrap()), b64(point.y().unwrap()));
                json!({"kty":"EC","crv":"P-256","x":x,"y":y,"use":"sig","alg":"ES256"})
            }
        }
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_jwk(&self.jwk()).unwrap()
    }

    fn alg(&self) -> &'static str {
        self.public().algorithm()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed(key) => key.sign(message).to_bytes().to_vec(),
            Self::Es(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
        }
    }

    /// A JWS with exactly this header, whatever it says.
    fn jws(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        format!("{signed}.{}", b64(self.sign(signed.as_bytes())))
    }
}

fn issuer() -> Key {
    Key::ed(1)
}

fn holder() -> Key {
    Key::ed(2)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// The parts of a presentation, each to be tampered with before all is signed.
#[derive(Clone)]
struct Parts {
    issuer: Key,
    holder: Key,
    header: String,
    payload: Value,
    disclosures: Vec<String>,
    kb_header: String,
    kb: Value,
}

/// The text of a disclosure, and its digest.
fn disclosure(parts: &Value) -> (String, String) {
    let text = b64(parts.to_string());
    let digest = b64(sha2::Sha256::digest(text.as_bytes()));
    (text, digest)
}

impl Parts {
    fn of(issuer: Key, holder: Key) -> Self {
        let header = json!({"alg": issuer.alg(), "typ": "dc+sd-jwt", "kid": "k1"}).to_string();
        let kb_header = json!({"alg": holder.alg(), "typ": "kb+jwt"}).to_string();
        let payload = json!({"iss": "https://issuer.example", "vct": VCT, "cnf": {"jwk": holder.jwk()}});
        let kb = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW});
        Self { issuer, holder, header, payload, disclosures: Vec::new(), kb_header, kb }
    }

    fn usual() -> Self {
        Self::of(issuer(), holder())
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.payload[name] = value;
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.payload.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    fn header(mut self, header: &Value) -> Self {
        self.header = header.to_string();
        self
    }

    /// With one disclosed member at the top.
    fn disclosing(mut self, parts: &Value) -> Self {
        let (text, digest) = disclosure(parts);
        self.disclosures.push(text);
        let digests = &mut self.payload["_sd"];
        if digests.is_null() {
            *digests = json!([]);
        }
        digests.as_array_mut().unwrap().push(json!(digest));
        self
    }

    fn unbound(&self) -> String {
        let mut text = self.issuer.jws(&self.header, &self.payload.to_string());
        for disclosure in &self.disclosures {
            text = format!("{text}~{disclosure}");
        }
        text + "~"
    }

    fn bind(&self, unbound: &str) -> String {
        let mut kb = self.kb.clone();
        if kb.get("sd_hash").is_none() {
            kb["sd_hash"] = json!(b64(sha2::Sha256::digest(unbound.as_bytes())));
        }
        format!("{unbound}{}", self.holder.jws(&self.kb_header, &kb.to_string()))
    }

    fn text(&self) -> String {
        self.bind(&self.unbound())
    }

    fn verify(&self) -> Result<Verified, Reason> {
        verify_text(&self.text(), &self.issuer.public())
    }

    fn refused(&self) -> Option<Reason> {
        self.verify().err()
    }
}

const EXPECTED: Expected<'static> =
    Expected { vct: Some(VCT), audience: AUDIENCE, nonce: NONCE, max_age: 300, max_future: 60 };

fn verify_text(text: &str, issuer: &PublicKey) -> Result<Verified, Reason> {
    verify(text, issuer, &EXPECTED, at(NOW)).map_err(|fault| fault.reason())
}

// ---- what is accepted

#[test]
fn a_credential_of_others_with_all_that_rfc_9901_allows() {
    let (street, street_digest) = disclosure(&json!(["s1", "street", "Neude 11"]));
    let (address, address_digest) =
        disclosure(&json!(["s2", "address", {"_sd": [street_digest, b64([9; 32])], "city": "Utrecht"}]));
    let (inner, inner_digest) = disclosure(&json!(["s3", "deep"]));
    let (outer, outer_digest) = disclosure(&json!(["s4", ["seen", {"...": inner_digest}]]));
    let decoy = |n: u8| b64([n; 32]);
    let payload = json!({
        "iss": "https://issuer.example", "vct": VCT, "sub": "anna", "_sd_alg": "sha-256",
        "iat": NOW - 10, "nbf": NOW + 60, "exp": NOW + 1,
        "status": {"status_list": {"idx": 18_446_744_073_709_551_615_u64, "uri": "https://status.example/1"}, "other": 1},
        "height": 1.78, "account": 9_007_199_254_740_993_u64, "tiny": -1.5e-7,
        "_sd": [decoy(1), address_digest, decoy(2)],
        "langs": [{"...": decoy(3)}, "nl", {"...": outer_digest}],
        "vct#integrity": "sha256-x",
    });
    for (issuer, holder) in [
        (Key::ed(1), Key::ed(2)),
        (Key::es(1), Key::es(2)),
        (Key::ed(1), Key::es(2)),
        (Key::es(1), Key::ed(2)),
    ] {
        let mut parts = Parts::of(issuer, holder.clone());
        parts.payload = payload.clone();
        parts.payload["cnf"] = json!({"jwk": holder.jwk()});
        parts.disclosures = vec![inner.clone(), street.clone(), outer.clone(), address.clone()];
        let verified = parts.verify().unwrap();
        let mut expected = payload.clone();
        for name in ["_sd", "_sd_alg"] {
            expected.as_object_mut().unwrap().remove(name);
        }
        expected["cnf"] = json!({"jwk": holder.jwk()});
        expected["address"] = json!({"city": "Utrecht", "street": "Neude 11"});
        expected["langs"] = json!(["nl", ["seen", "deep"]]);
        assert_eq!(Value::Object(verified.claims().clone()), expected);
        assert_eq!(verified.vct(), VCT);
        assert_eq!(verified.issuer(), Some("https://issuer.example"));
        assert_eq!(verified.holder(), &holder.public());
        assert_eq!(verified.status(), Some((u64::MAX, "https://status.example/1")));
        assert!(!format!("{verified:?}").contains("Neude"), "values are not printed");
    }
}

#[test]
fn any_type_unless_one_is_asked_for() {
    let parts = Parts::usual().with("vct", json!("urn:other"));
    let any = Expected { vct: None, ..EXPECTED };
    let read = verify(&parts.text(), &issuer().public(), &any, at(NOW)).unwrap();
    assert_eq!((read.vct(), read.status()), ("urn:other", None));
    assert_eq!(Parts::usual().without("iss").verify().unwrap().issuer(), None);
}

#[test]
fn a19_a_credential_as_issued_has_no_key_binding() {
    let read = |text: &str, vct| {
        verify_unbound(text, &issuer().public(), vct, at(NOW)).map_err(|fault| fault.reason())
    };
    let parts = Parts::usual().disclosing(&json!(["s", "name", "Anna"]));
    let issued = read(&parts.unbound(), Some(VCT)).unwrap();
    assert_eq!(issued.holder(), Some(&holder().public()));
    assert_eq!(issued.claims()["name"], "Anna");
    assert_eq!((issued.vct(), issued.issuer(), issued.status()), (VCT, Some("https://issuer.example"), None));
    assert!(read(&parts.unbound(), None).is_ok());
    assert_eq!(read(&parts.text(), Some(VCT)).err(), Some(Reason::KeyBindingPresent));
    assert_eq!(read(&parts.unbound(), Some("urn:x")).err(), Some(Reason::InvalidType));
    let bearer = read(&parts.clone().without("cnf").unbound(), None).unwrap();
    assert_eq!(bearer.holder(), None);
    // Bound in some other way is not the same as not bound.
    let other = parts.clone().with("cnf", json!({"kid": "k"}));
    assert_eq!(read(&other.unbound(), None).err(), Some(Reason::ClaimMissing));
    assert_eq!(read(&parts.with("exp", json!(NOW)).unbound(), None).err(), Some(Reason::Expired));
}

#[test]
fn the_holder_may_leave_out_what_is_disclosed() {
    let mut parts =
        Parts::usual().disclosing(&json!(["s", "name", "Anna"])).disclosing(&json!(["t", "height", 1.78]));
    parts.disclosures.remove(0);
    let verified = parts.verify().unwrap();
    assert_eq!(verified.claims().get("name"), None);
    assert_eq!(verified.claims()["height"], json!(1.78));
}

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
