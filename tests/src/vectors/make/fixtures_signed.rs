//! What the pages on credentials, names and objects in general begin with: a rating, a standing, an epoch record and a request, each
//! in order, signed by known keys and easily changed before it is signed.

use faam_spec::did::Did;
use faam_spec::encoding::{b64, jcs, multi};
use faam_spec::hash::Hash;
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::peer::PeerId;
use serde_json::{Value, json};

use super::NOW;

/// The nonce of the request that key bindings answer.
pub(super) const NONCE: &str = "q0Xn3v7aB2kLrT5y";
/// The epoch in which [`NOW`] lies, counted in weeks.
pub(super) const EPOCH: i64 = (NOW - 345_600) / 604_800;
/// The first moment of that epoch.
pub(super) const BEGINS: i64 = 345_600 + EPOCH * 604_800;
/// The ledger that everything here is about.
pub(super) const LEDGER: &str = "uAQEBAQEBAQEBAQEBAQEBAQ";

/// The issuer's key.
pub(super) fn issuer() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

/// The holder's key.
pub(super) fn holder() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

/// A key that has no part in what it signs.
pub(super) fn stranger() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

/// The verifier's key.
pub(super) fn verifier() -> SigningKey {
    SigningKey::from_seed(&[4; 32])
}

/// The `did:key` of a key.
pub(super) fn did(key: &SigningKey) -> Did {
    Did::from_key(&key.verifying_key())
}

/// The key id under which a `did:key` signs.
pub(super) fn kid(key: &SigningKey) -> String {
    did(key).own_key_id().unwrap()
}

/// A public key as JWK.
pub(super) fn jwk(key: &SigningKey) -> Value {
    json!(Jwk::from(&key.verifying_key()))
}

/// The audience of key bindings.
pub(super) fn audience() -> String {
    did(&verifier()).client_id()
}

/// Text of 16 or 32 times the same byte, in multibase.
pub(super) fn filled(byte: u8, times: usize) -> String {
    multi(vec![byte; times])
}

/// SHA-256 without a domain string.
pub(super) fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    *Hash::of(b"", bytes.as_ref()).as_bytes()
}

/// The JWS of a header and a payload, both as they are to stand in it.
pub(super) fn jws_of(header: &str, payload: &str, key: &SigningKey) -> String {
    sealed(&format!("{}.{}", b64(header), b64(payload)), key)
}

/// What is signed, and its signature.
pub(super) fn sealed(signed: &str, key: &SigningKey) -> String {
    format!("{signed}.{}", b64(key.sign(signed.as_bytes()).to_bytes()))
}

/// JSON text with sorted names and without white space.
pub(super) fn written(value: &Value) -> String {
    String::from_utf8(jcs(value).unwrap()).unwrap()
}

/// A disclosure of three elements.
pub(super) fn member(salt: u8, name: &str, value: &Value) -> String {
    disclosure(&json!([b64([salt; 16]), name, value]))
}

/// A disclosure of two elements.
pub(super) fn element(salt: u8, value: &Value) -> String {
    disclosure(&json!([b64([salt; 16]), value]))
}

/// Anything in the place of a disclosure.
pub(super) fn disclosure(value: &Value) -> String {
    b64(written(value))
}

/// The digest of a disclosure.
pub(super) fn digest(disclosure: &str) -> String {
    b64(sha256(disclosure))
}

/// An object that is signed: header, payload and key, and disclosures if it has any.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) header: Value,
    pub(super) payload: Value,
    pub(super) disclosures: Vec<String>,
    pub(super) key: SigningKey,
}

impl Signed {
    /// Signed by `key`, which the header names.
    pub(super) fn new(typ: &str, payload: Value, key: SigningKey) -> Self {
        let header = json!({"alg": "EdDSA", "kid": kid(&key), "typ": typ});
        Self { header, payload, disclosures: Vec::new(), key }
    }

    /// The same with a change.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// The same with a member of the payload set; `path` is a JSON pointer to its parent and its name.
    pub(super) fn set(&self, parent: &str, name: &str, value: Value) -> Self {
        self.with(|it| {
            let parent = it.payload.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            parent.insert(name.to_owned(), value);
        })
    }

    /// The same without a member of the payload.
    pub(super) fn without(&self, parent: &str, name: &str) -> Self {
        self.with(|it| {
            let parent = it.payload.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            parent.remove(name).unwrap();
        })
    }

    /// The same with a member of the header set.
    pub(super) fn head(&self, name: &str, value: Value) -> Self {
        self.with(|it| {
            it.header.as_object_mut().unwrap().insert(name.to_owned(), value);
        })
    }

    /// The same without a member of the header.
    pub(super) fn headless(&self, name: &str) -> Self {
        self.with(|it| {
            it.header.as_object_mut().unwrap().remove(name).unwrap();
        })
    }

    /// The same, showing only the disclosures of these names.
    pub(super) fn showing(&self, names: &[&str]) -> Self {
        self.with(|it| {
            it.disclosures.retain(|text| {
                names.iter().any(|name| PARTS.iter().any(|(n, s)| n == name && *text == part(n, *s)))
            });
        })
    }

    /// The JWS.
    pub(super) fn jws(&self) -> String {
        jws_of(&written(&self.header), &written(&self.payload), &self.key)
    }

    /// The SD-JWT, without key binding.
    pub(super) fn text(&self) -> String {
        let disclosures: String = self.disclosures.iter().map(|text| format!("{text}~")).collect();
        format!("{}~{disclosures}", self.jws())
    }

    /// The SD-JWT with a key binding of these claims.
    pub(super) fn bound(&self, key: &SigningKey, claims: &Value) -> String {
        let text = self.text();
        let header = written(&json!({"alg": "EdDSA", "typ": "kb+jwt"}));
        format!("{text}{}", jws_of(&header, &written(claims), key))
    }

    /// The claims of a key binding that is in order.
    pub(super) fn binding(&self) -> Value {
        json!({"aud": audience(), "iat": NOW, "nonce": NONCE, "sd_hash": b64(sha256(self.text()))})
    }
}

/// Names of the disclosable parts of [`rating`], each with the byte of its salt.
const PARTS: [(&str, u8); 6] =
    [("day", 11), ("rater", 12), ("comment", 13), ("category", 14), ("amount_band", 15), ("aspects", 16)];

fn part(name: &str, salt: u8) -> String {
    let value = match name {
        "day" => json!("2026-10-02"),
        "rater" => json!("Zm9v"),
        "comment" => json!("Paid at once, and the parcel was well packed."),
        "category" => json!("books"),
        "aspects" => json!({"packing": 1000, "speed": 900}),
        _ => Value::Null,
    };
    member(salt, name, &value)
}

/// A rating with all six parts disclosed.
pub(super) fn rating() -> Signed {
    let disclosures: Vec<String> = PARTS.iter().map(|(name, salt)| part(name, *salt)).collect();
    let digests: Vec<String> = disclosures.iter().map(|text| digest(text)).collect();
    let payload = json!({
        "iss": did(&issuer()), "vct": "urn:faam:rating:0", "market": "alpha",
        "entry": {"v": 0, "ledger": LEDGER, "index": 3, "kind": "rating", "salt": filled(2, 16),
                  "role": "seller", "value": 5, "scale": "-10..10"},
        "_sd": digests, "_sd_alg": "sha-256", "cnf": {"jwk": jwk(&holder())},
        "status": {"status_list": {"idx": 7, "uri": "urn:faam:status:alpha-1"}},
    });
    Signed { disclosures, ..Signed::new("dc+sd-jwt", payload, issuer()) }
}

/// The numbers of three ratings, two as a seller and one as a buyer.
pub(super) fn numbers() -> Value {
    let none = json!({"ratings": 0, "counterparties": 0, "histogram": [0, 0, 0, 0, 0]});
    let buyer = json!({"ratings": 1, "counterparties": 1, "mean": 500, "histogram": [0, 0, 1, 0, 0],
                       "first": "2024-02-29", "last": "2024-02-29"});
    let seller = json!({"ratings": 2, "counterparties": 2, "mean": 875, "histogram": [0, 0, 0, 1, 1],
                        "first": "2026-10-02", "last": "2026-11-01"});
    let all = json!({"ratings": 3, "counterparties": 2, "mean": 750, "histogram": [0, 0, 1, 1, 1],
                     "first": "2024-02-29", "last": "2026-11-01"});
    json!({
        "total": {"all": all, "recent": seller},
        "roles": {"buyer": {"all": buyer, "recent": none}, "seller": {"all": seller, "recent": seller}},
        "withdrawn": 1, "corrected": 0, "disputed": 0,
    })
}

/// A plain standing.
pub(super) fn standing() -> Signed {
    let payload = json!({
        "iss": did(&issuer()), "vct": "urn:faam:standing:0", "market": "alpha", "iat": NOW - 3600,
        "cnf": {"jwk": jwk(&holder())},
        "standing": {"v": 0, "ledger": LEDGER, "epoch": EPOCH, "record": filled(5, 32),
                     "head": {"log": {"size": 5, "root": filled(6, 32)}, "live": {"size": 3, "root": filled(7, 32)}},
                     "salt": filled(8, 16), "bound": "2026-11-02", "numbers": numbers()},
    });
    Signed::new("dc+sd-jwt", payload, issuer())
}

/// An epoch record: the first of its market.
pub(super) fn record() -> Signed {
    let payload = json!({
        "v": 0, "iss": did(&issuer()), "market": "alpha", "epoch": EPOCH, "epoch_seconds": 604_800,
        "iat": BEGINS + 600, "accounts": {"size": 1, "root": filled(9, 32)}, "keys": [kid(&issuer())], "status": [],
    });
    Signed::new("faam-epoch+jwt", payload, issuer())
}

/// A request for the standing of one market.
pub(super) fn request() -> Signed {
    let payload = json!({
        "client_id": audience(), "response_type": "vp_token", "response_mode": "faam.present",
        "aud": "https://self-issued.me/v2", "nonce": NONCE, "iat": NOW - 60, "exp": NOW + 600,
        "dcql_query": {"credentials": [
            {"id": "standing", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
             "claims": [{"path": ["market"], "values": ["alpha"]}]}]},
        "faam": {"v": 0, "name": "Beta", "purpose": "To rent out a flat", "retention_days": 30,
                 "peer": PeerId::from_public_key(verifier().verifying_key().to_bytes())},
    });
    Signed::new("oauth-authz-req+jwt", payload, verifier())
}

/// An entry of the ledger, as the credential of [`rating`] states it.
pub(super) fn entry() -> Value {
    let rating = rating();
    let mut entry = rating.payload["entry"].clone();
    entry["_sd"] = rating.payload["_sd"].clone();
    entry
}

/// A rating that is presented, whose key binding has these claims.
pub(super) fn presented(it: &Signed, claims: &Value) -> Value {
    let text = it.bound(&holder(), claims);
    json!({"operation": "key_binding", "text": text, "audience": audience(), "nonce": NONCE})
}

/// The input of an operation that reads one text.
pub(super) fn reading(operation: &str, text: impl Into<Value>) -> Value {
    json!({"operation": operation, "text": text.into()})
}

/// The same with key histories; each key is (id, key, from, until).
pub(super) fn knowing(mut input: Value, did: &str, keys: &[(&str, &SigningKey, i64, Option<i64>)]) -> Value {
    let keys: Vec<Value> = keys
        .iter()
        .map(|(id, key, from, until)| {
            let mut it = json!({"id": id, "key": b64(key.verifying_key().to_bytes()), "from": from});
            if let Some(until) = until {
                it["until"] = json!(until);
            }
            it
        })
        .collect();
    input["histories"][did] = json!(keys);
    input
}

/// A value for a long text in which the same few characters repeat, with the repetitions counted instead of written.
pub(super) fn folded(text: &str) -> Value {
    let (mut parts, mut plain, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let found = [4, 8].into_iter().find_map(|unit| {
            let first = text.get(at..at + unit)?;
            let times =
                text.as_bytes()[at..].chunks(unit).take_while(|chunk| *chunk == first.as_bytes()).count();
            (times >= 32).then_some((first, times))
        });
        match found {
            Some((unit, times)) => {
                parts.push(json!(text[plain..at]));
                parts.push(json!({"repeat": unit, "times": times}));
                at += unit.len() * times;
                plain = at;
            }
            None => at += 1,
        }
    }
    parts.push(json!(text[plain..]));
    json!({"concat": parts})
}
