//! Credentials of other issuers: `spec/text/credentials.md`, "Credentials of others".

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Cases, NOW};
use crate::vectors::Vector;

const VCT: &str = "https://credentials.example/membership";
const AUDIENCE: &str = "decentralized_identifier:did:key:z6Mkverifier";
const NONCE: &str = "n-0S6_WzA2Mj-8Qx1";

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

    fn alg(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Es(_) => "ES256",
        }
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": b64(key.verifying_key().to_bytes())})
            }
            Self::Es(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                json!({"kty": "EC", "crv": "P-256", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())})
            }
        }
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

    /// A JWS with this header and payload, and what `change` makes of its signature.
    fn jws(&self, header: &Value, payload: &Value, change: fn(Vec<u8>) -> Vec<u8>) -> String {
        let signed = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
        let signature = change(self.sign(signed.as_bytes()));
        format!("{signed}.{}", b64(signature))
    }
}

/// What becomes of a signature.
type Change = fn(Vec<u8>) -> Vec<u8>;

/// A presentation in parts, to be changed before all is signed.
#[derive(Clone)]
struct Parts {
    issuer: Key,
    holder: Key,
    header: Value,
    payload: Value,
    disclosures: Vec<String>,
    kb_header: Value,
    kb: Value,
    /// What becomes of the issuer's signature.
    signature: fn(Vec<u8>) -> Vec<u8>,
    /// The JWK under which it is read; the issuer's own unless it is changed.
    read_under: Value,
}

impl Parts {
    fn of(issuer: Key, holder: Key) -> Self {
        Self {
            header: json!({"alg": issuer.alg(), "typ": "dc+sd-jwt", "kid": "k1"}),
            payload: json!({"iss": "https://issuer.example", "vct": VCT, "cnf": {"jwk": holder.jwk()}, "level": "gold"}),
            disclosures: Vec::new(),
            kb_header: json!({"alg": holder.alg(), "typ": "kb+jwt"}),
            kb: json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW}),
            signature: |signature| signature,
            read_under: issuer.jwk(),
            issuer,
            holder,
        }
    }

    fn usual() -> Self {
        Self::of(Key::ed(1), Key::ed(2))
    }

    fn es256() -> Self {
        Self::of(Key::es(1), Key::es(2))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.payload[name] = value;
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.payload.as_object_mut().unwrap().remove(name);
        self
    }

    fn kb(mut self, name: &str, value: Value) -> Self {
        self.kb[name] = value;
        self
    }

    fn read_under(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.read_under);
        self
    }

    /// The disclosure's digest, for where it is to stand.
    fn disclose(&mut self, parts: &Value) -> String {
        let text = b64(parts.to_string());
        let digest = b64(Sha256::digest(text.as_bytes()));
        self.disclosures.push(text);
        digest
    }

    fn unbound(&self) -> String {
        let mut text = self.issuer.jws(&self.header, &self.payload, self.signature);
        for disclosure in &self.disclosures {
            text = format!("{text}~{disclosure}");
        }
        text + "~"
    }

    fn text(&self) -> String {
        let unbound = self.unbound();
        let mut kb = self.kb.clone();
        if kb.get("sd_hash").is_none() {
            kb["sd_hash"] = json!(b64(Sha256::digest(unbound.as_bytes())));
        }
        unbound + &self.holder.jws(&self.kb_header, &kb, |signature| signature)
    }

    fn input(&self) -> Value {
        reading(&self.text(), &self.read_under)
    }
}

fn reading(text: &str, issuer: &Value) -> Value {
    json!({"operation": "sd_jwt_vc", "text": text, "issuer": issuer, "vct": VCT, "audience": AUDIENCE, "nonce": NONCE})
}

/// The cases of the section.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("others");
    accepted(&mut cases);
    signatures(&mut cases);
    keys(&mut cases);
    claims(&mut cases);
    times(&mut cases);
    bindings(&mut cases);
    cases.done()
}

fn accepted(cases: &mut Cases) {
    let req = "REQ-CRED-44";
    for (id, issuer, holder) in [
        ("ed-ed", Key::ed(1), Key::ed(2)),
        ("es-es", Key::es(1), Key::es(2)),
        ("ed-es", Key::ed(1), Key::es(2)),
        ("es-ed", Key::es(1), Key::ed(2)),
    ] {
        let description = format!("Issued with {} and bound with {}.", issuer.alg(), holder.alg());
        cases.accept(req, id, &description, Parts::of(issuer, holder).input());
    }
    let mut parts = Parts::usual();
    let street = parts.disclose(&json!(["s1", "street", "Neude 11"]));
    let address =
        parts.disclose(&json!(["s2", "address", {"_sd": [street, b64([9; 32])], "city": "Utrecht"}]));
    let inner = parts.disclose(&json!(["s3", "deep"]));
    let outer = parts.disclose(&json!(["s4", ["seen", {"...": inner}]]));
    parts.payload["_sd"] = json!([b64([7; 32]), address]);
    parts.payload["_sd_alg"] = json!("sha-256");
    parts.payload["tags"] = json!(["one", {"...": outer}, {"...": b64([8; 32])}]);
    parts.payload["ratio"] = json!(0.25);
    parts.payload["large"] = json!(u64::MAX);
    parts.payload["status"] = json!({"status_list": {"idx": 7, "uri": "https://issuer.example/status/1"}});
    let mut input = parts.input();
    input["claims"] = json!({
        "iss": "https://issuer.example", "vct": VCT, "cnf": {"jwk": parts.holder.jwk()}, "level": "gold",
        "address": {"city": "Utrecht", "street": "Neude 11"}, "tags": ["one", ["seen", "deep"]],
        "ratio": 0.25, "large": u64::MAX,
        "status": {"status_list": {"idx": 7, "uri": "https://issuer.example/status/1"}},
    });
    cases
        .accept(
            req,
            "nested",
            "Disclosures within disclosures, array elements, decoys and any numbers.",
            input,
        )
        .attack("A11");
    let mut input = Parts::usual().input();
    input.as_object_mut().unwrap().remove("vct");
    cases.accept("REQ-CRED-38", "any-vct", "Any type will do when none was asked for.", input);
    let times =
        Parts::usual().with("exp", json!(NOW + 1)).with("nbf", json!(NOW + 60)).with("iat", json!(NOW + 60));
    cases.accept(
        "REQ-CRED-41",
        "edges",
        "Valid for one more second, and not over a minute ahead.",
        times.input(),
    );
    let mut hidden = Parts::usual();
    let digest = hidden.disclose(&json!(["s", "iat", NOW]));
    hidden.payload["_sd"] = json!([digest]);
    cases.accept(
        "REQ-CRED-39",
        "iat-disclosed",
        "The time of issue is disclosed singly, as it may be.",
        hidden.input(),
    );
    let high_s = Parts { signature: negate_s, ..Parts::es256() };
    cases.accept("REQ-CRED-35", "high-s", "The other of the two values of s.", high_s.input());
    let more = Parts::es256().read_under(|jwk| {
        jwk["kid"] = json!("k1");
        jwk["use"] = json!("sig");
        jwk["alg"] = json!("ES256");
    });
    cases.accept("REQ-CRED-36", "jwk-more", "A JWK with members that do not contradict.", more.input());
}

/// The signature with n − s in the place of s.
fn negate_s(signature: Vec<u8>) -> Vec<u8> {
    let parsed = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    let (r, s) = parsed.split_scalars();
    p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap().to_bytes().to_vec()
}

fn signatures(cases: &mut Cases) {
    let req = "REQ-CRED-33";
    for (id, alg) in
        [("alg-none", "none"), ("alg-hs256", "HS256"), ("alg-es256", "ES256"), ("alg-case", "eddsa")]
    {
        let mut parts = Parts::usual();
        parts.header["alg"] = json!(alg);
        let description = format!("The issuer's key is an Ed25519 key, and the header says {alg}.");
        cases.refuse(req, id, "unsupported.algorithm", &description, parts.input()).attack("A01");
    }
    let mut parts = Parts::usual();
    parts.kb_header["alg"] = json!("ES256");
    let description = "The key binding names another algorithm than the holder key's.";
    cases.refuse(req, "kb-alg", "unsupported.algorithm", description, parts.input()).attack("A01");
    let req = "REQ-CRED-34";
    let lengths: [(&str, &str, Change); 3] = [
        ("der", "An ES256 signature in DER.", |s| {
            p256::ecdsa::Signature::from_slice(&s).unwrap().to_der().as_bytes().to_vec()
        }),
        ("short", "An ES256 signature of 63 bytes.", |s| s[..63].to_vec()),
        ("empty", "No signature at all.", |_| Vec::new()),
    ];
    for (id, description, signature) in lengths {
        let parts = Parts { signature, ..Parts::es256() };
        cases.refuse(req, &format!("es256-{id}"), "malformed.jws", description, parts.input()).attack("A02");
    }
    let req = "REQ-CRED-35";
    let wrong: [(&str, &str, Change); 4] = [
        ("bit", "One bit of an ES256 signature is changed.", |mut s| {
            s[10] ^= 1;
            s
        }),
        ("swapped", "r and s have changed places.", |s| [&s[32..], &s[..32]].concat()),
        ("r-zero", "r is zero.", |s| [&[0; 32][..], &s[32..]].concat()),
        ("s-large", "s is not below the order of the group.", |s| [&s[..32], &[0xff; 32]].concat()),
    ];
    for (id, description, signature) in wrong {
        let parts = Parts { signature, ..Parts::es256() };
        cases
            .refuse(req, &format!("es256-{id}"), "invalid.signature", description, parts.input())
            .attack("A02");
    }
    let other = Parts { issuer: Key::es(9), ..Parts::es256() };
    cases
        .refuse(req, "es256-other-key", "invalid.signature", "Signed by another key.", other.input())
        .attack("A02");
    let mut own = Parts::usual();
    own.header["jwk"] = Key::ed(9).jwk();
    own.issuer = Key::ed(9);
    let description = "The header brings the key that signed, which is not the issuer's.";
    cases.refuse(req, "own-jwk", "invalid.signature", description, own.input()).attack("A03");
}

fn keys(cases: &mut Cases) {
    let req = "REQ-CRED-36";
    for (id, code, description, change) in [
        ("kty", "unsupported.algorithm", "An RSA key.", json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})),
        (
            "crv",
            "unsupported.algorithm",
            "Another curve.",
            json!({"kty": "OKP", "crv": "X25519", "x": b64([1; 32])}),
        ),
        (
            "p384",
            "unsupported.algorithm",
            "A larger curve.",
            json!({"kty": "EC", "crv": "P-384", "x": b64([1; 48]), "y": b64([1; 48])}),
        ),
    ] {
        let parts = Parts::usual().read_under(|jwk| *jwk = change);
        cases.refuse(req, &format!("jwk-{id}"), code, description, parts.input());
    }
    let parts = Parts::usual().read_under(|jwk| jwk["alg"] = json!("ES256"));
    cases.refuse(req, "jwk-alg", "unsupported.algorithm", "A key whose `alg` is not its own.", parts.input());
    let parts = Parts::usual().read_under(|jwk| jwk["use"] = json!("enc"));
    cases.refuse(req, "jwk-use", "invalid.key", "A key for encryption.", parts.input());
    let req = "REQ-CRED-37";
    for (id, description, name, value) in [
        ("private", "A JWK with its private part.", "d", b64([1; 32])),
        ("short", "A coordinate of 31 bytes.", "x", b64([1; 31])),
        ("long", "A coordinate of 33 bytes.", "y", b64([1; 33])),
        ("curve", "A point that is not on the curve.", "y", b64([1; 32])),
    ] {
        let parts = Parts::es256().read_under(|jwk| jwk[name] = json!(value));
        cases.refuse(req, &format!("jwk-{id}"), "invalid.key", description, parts.input());
    }
    let small = Parts::usual().read_under(|jwk| jwk["x"] = json!(b64([0; 32])));
    cases.refuse(req, "jwk-small", "invalid.key", "An Ed25519 point of small order.", small.input());
}

fn claims(cases: &mut Cases) {
    let req = "REQ-CRED-38";
    for (id, description, value) in [
        ("empty", "An empty type.", json!("")),
        ("other", "Another type than was asked for.", json!("https://credentials.example/other")),
        ("number", "A type that is a number.", json!(1)),
        ("longer", "A type of which the one asked for is the beginning.", json!(format!("{VCT}/2"))),
    ] {
        let input = Parts::usual().with("vct", value).input();
        cases.refuse(req, &format!("vct-{id}"), "invalid.type", description, input).attack("A05");
    }
    let input = Parts::usual().without("vct").input();
    cases.refuse(req, "vct-missing", "invalid.type", "No type.", input).attack("A05");
    let req = "REQ-CRED-42";
    for (id, description, cnf) in [
        ("missing", "No `cnf`.", None),
        ("empty", "A `cnf` without a key.", Some(json!({}))),
        ("kid", "A `cnf` that only names a key.", Some(json!({"kid": "h"}))),
    ] {
        let parts = cnf.map_or_else(|| Parts::usual().without("cnf"), |cnf| Parts::usual().with("cnf", cnf));
        cases.refuse(req, &format!("cnf-{id}"), "invalid.claim.missing", description, parts.input());
    }
    let req = "REQ-CRED-43";
    for (id, description, name, value) in [
        ("iss", "An issuer that is a number.", "iss", json!(1)),
        ("cnf", "A `cnf` that is a text.", "cnf", json!("x")),
        ("status", "A status that is a text.", "status", json!("valid")),
        (
            "status-idx",
            "A place in a status list before its beginning.",
            "status",
            json!({"status_list": {"idx": -1, "uri": "u"}}),
        ),
        (
            "status-fraction",
            "A place in a status list with a fraction.",
            "status",
            json!({"status_list": {"idx": 1.0, "uri": "u"}}),
        ),
        ("status-uri", "A place in no status list.", "status", json!({"status_list": {"idx": 1}})),
    ] {
        let input = Parts::usual().with(name, value).input();
        cases.refuse(req, &format!("form-{id}"), "malformed", description, input);
    }
    hidden_status(cases);
}

fn hidden_status(cases: &mut Cases) {
    let place = json!({"idx": 7, "uri": "https://issuer.example/status/1"});
    let list = json!(["c2FsdA", "status_list", place]);
    let mut shown = Parts::usual();
    let digest = shown.disclose(&list);
    shown.payload["status"] = json!({"_sd": [digest]});
    let mut kept_back = shown.clone();
    kept_back.disclosures.clear();
    let mut inner = Parts::usual();
    let digest = inner.disclose(&json!(["c2FsdA", "idx", 7]));
    inner.payload["status"] = json!({"status_list": {"uri": place["uri"], "_sd": [digest]}});
    let mut element = Parts::usual();
    let digest = element.disclose(&json!(["c2FsdA", "revoked"]));
    element.payload["status"] = json!({"status_list": place, "other": [{"...": digest}]});
    for (id, description, parts) in [
        ("kept-back", "The place in a status list is hidden, and not disclosed.", kept_back),
        ("shown", "The place in a status list is disclosed singly.", shown),
        ("inner", "The index in a status list is disclosed singly.", inner),
    ] {
        let id = format!("status-hidden-{id}");
        cases.refuse("REQ-CRED-46", &id, "invalid.claim.hidden", description, parts.input()).attack("A13");
    }
    let description = "An element beside the place in a status list is disclosed singly.";
    cases.accept("REQ-CRED-46", "status-element", description, element.input());
    let mut decoys = Parts::usual();
    decoys.payload["status"] = json!({"status_list": place, "_sd": [b64([6; 32])]});
    let description = "A decoy beside the place in a status list.";
    cases.accept("REQ-CRED-46", "status-decoy", description, decoys.input());
}

fn times(cases: &mut Cases) {
    let req = "REQ-CRED-39";
    for name in ["exp", "nbf", "iat"] {
        for (id, value) in [
            ("text", json!("1")),
            ("fraction", json!(1.5)),
            ("negative", json!(-1)),
            ("large", json!(1_u64 << 63)),
            ("null", Value::Null),
        ] {
            let description = format!("`{name}` is {value}.");
            let input = Parts::usual().with(name, value).input();
            cases.refuse(req, &format!("{name}-{id}"), "malformed.time", &description, input).attack("A06");
        }
    }
    for (id, exp) in [("now", NOW), ("second", NOW - 1), ("zero", 0)] {
        let input = Parts::usual().with("exp", json!(exp)).input();
        cases.refuse(
            "REQ-CRED-40",
            &format!("expired-{id}"),
            "invalid.expired",
            "It is past its expiry.",
            input,
        );
    }
    for (id, name, ahead) in [("nbf", "nbf", 61), ("iat", "iat", 61), ("nbf-year", "nbf", 31_536_000)] {
        let description = format!("`{name}` is {ahead} seconds ahead.");
        let input = Parts::usual().with(name, json!(NOW + ahead)).input();
        cases.refuse("REQ-CRED-41", &format!("early-{id}"), "invalid.not_yet", &description, input);
    }
}

fn bindings(cases: &mut Cases) {
    let req = "REQ-CRED-44";
    let usual = Parts::usual();
    let missing = reading(&usual.unbound(), &usual.read_under);
    cases.refuse(req, "kb-missing", "invalid.key_binding.missing", "No key binding.", missing).attack("A14");
    let mut refuse = |id: &str, attack: &str, code: &str, description: &str, parts: Parts| {
        let code = format!("invalid.key_binding.{code}");
        cases.refuse(req, &format!("kb-{id}"), &code, description, parts.input()).attack(attack);
    };
    let other = Parts { holder: Key::ed(3), ..usual.clone() };
    refuse("key", "A15", "signature", "Bound by another key.", other);
    let upper = usual.clone().kb("aud", json!(AUDIENCE.to_uppercase()));
    refuse("aud-case", "A17", "audience", "The audience in capitals.", upper);
    let part = usual.clone().kb("aud", json!(AUDIENCE[..AUDIENCE.len() - 1]));
    refuse("aud-part", "A17", "audience", "A part of the audience.", part);
    refuse(
        "nonce-other",
        "A17",
        "nonce",
        "Another nonce.",
        usual.clone().kb("nonce", json!("another-nonce-of-ours")),
    );
    refuse("nonce-empty", "A17", "nonce", "An empty nonce.", usual.clone().kb("nonce", json!("")));
    let hash = b64(Sha256::digest(b"something else"));
    refuse("hash", "A16", "sd_hash", "The hash of something else.", usual.clone().kb("sd_hash", json!(hash)));
    refuse("stale", "A18", "stale", "Signed 301 seconds ago.", usual.clone().kb("iat", json!(NOW - 301)));
    refuse("future", "A18", "future", "Signed 61 seconds from now.", usual.kb("iat", json!(NOW + 61)));
}
