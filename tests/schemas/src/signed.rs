//! What is signed, taken apart: nothing is verified here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::assert_valid;

/// Header and payload of a compact JWS.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn parts(jws: &str) -> (Value, Value) {
    let mut parts = jws.split('.');
    let mut next = || decoded(parts.next().unwrap());
    (next(), next())
}

/// Compares header and payload of a JWS with the schemas; gives the payload.
///
/// # Panics
/// If it is not of type `typ` or not valid by schema `name`.
#[track_caller]
pub fn assert_jws(name: &str, typ: &str, jws: &str) -> Value {
    let (header, payload) = parts(jws);
    assert_valid("jose-header", &header);
    assert_eq!(header["typ"], typ);
    assert_valid(name, &payload);
    payload
}

/// Compares an SD-JWT with the schemas: the issuer's part by `name`, each disclosure, and the key binding if there is one.
///
/// # Panics
/// If a part of it is not valid.
#[track_caller]
pub fn assert_credential(name: &str, text: &str) {
    let (rest, key_binding) = text.rsplit_once('~').unwrap();
    let mut parts = rest.split('~');
    assert_jws(name, "dc+sd-jwt", parts.next().unwrap());
    for disclosure in parts {
        assert_valid("disclosure", &decoded(disclosure));
    }
    if !key_binding.is_empty() {
        assert_jws("key-binding", "kb+jwt", key_binding);
    }
}

pub(crate) fn decoded(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
