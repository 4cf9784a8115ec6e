//! Credentials of others: what is accepted, and each refusal with its one code, by the number of its attack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod binding;
mod credential;

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
