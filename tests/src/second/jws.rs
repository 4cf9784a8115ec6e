//! Compact JWS (RFC 7515), and keys (RFC 7517, 7518 §6.2, 8037).

use p256::ecdsa::signature::Verifier as _;
use serde_json::{Map, Value};

use super::Key;
use super::json::{base64url, read};

/// A JWS taken apart; nothing of it is checked yet.
pub(super) struct Jws<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) payload: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Steps 1 to 7 of RFC 7515 §5.2 for the compact form; nothing if the text is no JWS.
pub(super) fn take_apart(text: &str) -> Option<Jws<'_>> {
    // Step 1: three parts, with a full stop between each two.
    let parts: Vec<&str> = text.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return None };
    let signed = &text[..header.len() + 1 + payload.len()];
    // Steps 2 and 3: the header is the base64url of a JSON object.
    let header = base64url(header)?;
    let Some(Value::Object(header)) = read(&header) else { return None };
    // Steps 6 and 7: so are payload and signature of some bytes.
    let payload = base64url(payload)?;
    let signature = base64url(signature)?;
    Some(Jws { header, payload, signed, signature })
}

impl Jws<'_> {
    /// Step 8 of RFC 7515 §5.2.
    pub(super) fn signed_by(&self, key: &Key) -> bool {
        match key {
            Key::Ed25519(key) => match ed25519_dalek::Signature::from_slice(&self.signature) {
                Ok(signature) => key.verify_strict(self.signed.as_bytes(), &signature).is_ok(),
                Err(_) => false,
            },
            Key::P256(key) => match p256::ecdsa::Signature::from_slice(&self.signature) {
                Ok(signature) => key.verify(self.signed.as_bytes(), &signature).is_ok(),
                Err(_) => false,
            },
        }
    }

    /// True if this member of the header is exactly this text.
    pub(super) fn header_is(&self, name: &str, text: &str) -> bool {
        self.header.get(name) == Some(&Value::String(text.to_owned()))
    }
}

/// The one algorithm of a key (RFC 8037 §3.1, RFC 7518 §3.4).
pub(super) fn algorithm(key: &Key) -> &'static str {
    match key {
        Key::Ed25519(_) => "EdDSA",
        Key::P256(_) => "ES256",
    }
}

/// The public key in a JWK, if it is one of the two kinds, and may be used for this.
pub(super) fn from_jwk(jwk: &Value) -> Option<Key> {
    let key = point(jwk)?;
    // RFC 7518 §6.2.2, RFC 8037 §2: `d` is the secret, and one that is told proves nothing.
    if jwk.get("d").is_some() {
        return None;
    }
    // RFC 7517 §4.2 to §4.4: a key that says what it is for is for nothing else.
    let is_for = |name: &str, text: &str| jwk.get(name).is_none_or(|said| said.as_str() == Some(text));
    let operations = match jwk.get("key_ops") {
        None => true,
        Some(operations) => operations.as_array()?.contains(&Value::from("verify")),
    };
    if is_for("use", "sig") && is_for("alg", algorithm(&key)) && operations { Some(key) } else { None }
}

fn point(jwk: &Value) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| -> Option<[u8; 32]> { base64url(text(name)?)?.try_into().ok() };
    match (text("kty")?, text("crv")?) {
        ("OKP", "Ed25519") => {
            let point = bytes("x")?;
            // RFC 8032 §5.1.3: the number must be smaller than 2^255 - 19.
            let is_high =
                point[1..31].iter().all(|byte| *byte == 0xff) && point[31] & 0x7f == 0x7f && point[0] >= 0xed;
            let key = ed25519_dalek::VerifyingKey::from_bytes(&point).ok()?;
            if is_high || key.is_weak() { None } else { Some(Key::Ed25519(key)) }
        }
        ("EC", "P-256") => {
            let point = [[4].as_slice(), &bytes("x")?, &bytes("y")?].concat();
            Some(Key::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?))
        }
        _ => None,
    }
}
