//! Markets, a holder and a verifier for the vectors of what is shown. Every part is open to change and is signed last, so that nothing
//! else is wrong with it.

mod case;
mod part;
mod private;
mod world;

use faam_spec::did::Did;
use faam_spec::domain::{HASH_EPOCH, HASH_STATUS, TYP_EPOCH, TYP_STATUS_LIST};
use faam_spec::encoding::unb64;
use faam_spec::hash::Hash;
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

pub use self::case::{Case, Set, ledger_query, ratings_query, trust};
pub use self::part::{KeyBinding, Part, Shown};
pub use self::private::{PrivateCase, PrivatePart, PrivateWorld};
pub use self::world::World;
use super::NOW;
use crate::vectors::long;

/// A week in seconds.
pub const WEEK: i64 = 7 * 86_400;
/// When the markets signed what is current: two days ago, in the current week.
pub const SIGNED: i64 = NOW - 2 * 86_400;

/// A moment.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// A signer that is its own key.
#[must_use]
pub fn signer(seed: u8) -> Signer {
    Signer::from_key(SigningKey::from_seed(&[seed; 32]))
}

/// A signer of a DID that has a history, and the key's part of that history.
#[must_use]
pub fn historic(host: &str, name: &str, seed: u8, from: i64, until: Option<i64>) -> (Signer, Value) {
    let did: Did = format!("did:webvh:Qm{}:{host}", "a".repeat(44)).parse().unwrap();
    let key = SigningKey::from_seed(&[seed; 32]);
    let mut part = json!({"id": format!("{did}#{name}"), "from": from});
    part["key"] = json!(faam_spec::encoding::b64(key.verifying_key().to_bytes()));
    if let Some(until) = until {
        part["until"] = json!(until);
    }
    (Signer::new(did.clone(), format!("{did}#{name}"), key).unwrap(), part)
}

/// The payload of a JWS.
#[must_use]
pub fn payload_of(jws: &str) -> Value {
    serde_json::from_slice(&unb64(jws.split('.').nth(1).unwrap(), "payload").unwrap()).unwrap()
}

/// An epoch record as signed.
#[must_use]
pub fn sign_record(payload: &Value, signer: &Signer) -> String {
    signer.sign(payload, TYP_EPOCH).unwrap()
}

/// A status list as signed.
#[must_use]
pub fn sign_list(payload: &Value, signer: &Signer) -> String {
    signer.sign(payload, TYP_STATUS_LIST).unwrap()
}

/// The hash of an epoch record.
#[must_use]
pub fn record_hash(text: &str) -> Hash {
    Hash::of(HASH_EPOCH, text.as_bytes())
}

/// The hash of a status list.
#[must_use]
pub fn list_hash(text: &str) -> Hash {
    Hash::of(HASH_STATUS, text.as_bytes())
}

/// The record of the next epoch.
#[must_use]
pub fn next_record(text: &str, signer: &Signer) -> Value {
    let mut next = payload_of(text);
    next["iss"] = json!(signer.did());
    next["keys"] = json!([signer.key_id()]);
    next["epoch"] = json!(next["epoch"].as_u64().unwrap() + 1);
    next["iat"] = json!(next["iat"].as_i64().unwrap() + next["epoch_seconds"].as_i64().unwrap());
    next["prev"] = json!(record_hash(text));
    next
}

/// A text as a value, in which a long run of the same four characters is written short.
#[must_use]
pub fn compact(text: &str) -> Value {
    let bytes = text.as_bytes();
    let (mut best, mut start) = ((0, 0), 0);
    for end in 4..=bytes.len() {
        if end == bytes.len() || bytes[end] != bytes[end - 4] {
            if end - start > best.1 - best.0 {
                best = (start, end);
            }
            start = (end + 1).saturating_sub(4);
        }
    }
    let times = (best.1 - best.0) / 4;
    if times < 64 {
        return json!(text);
    }
    let (before, rest) = text.split_at(best.0);
    long(before, &rest[..4], times, &rest[times * 4..])
}

/// The holder key of a payload made another.
pub fn rebind(payload: &mut Value, key: &SigningKey) {
    payload["cnf"] = json!({"jwk": Jwk::from(&key.verifying_key())});
}
