//! Compact JWS (RFC 7515) with EdDSA only: the algorithm and type are demanded by the reader, never chosen by the text.

use serde_json::Value;

use crate::encoding::{b64, json, parse_value, unb64};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::reason::{Fault, Reason, refuse};

/// A compact JWS that was taken apart but not verified: its payload cannot be read.
#[derive(Debug, Clone)]
pub struct Jws<'a> {
    signed: &'a str,
    payload: &'a str,
    kid: Option<String>,
    signature: Signature,
}

impl<'a> Jws<'a> {
    /// Takes apart `text`, which must be at most `limit` bytes and of type `typ`.
    ///
    /// # Errors
    /// `too_large`, `malformed.jws`, `unsupported.algorithm`, `unsupported.critical`, `invalid.type`.
    pub fn parse(text: &'a str, typ: &str, limit: usize) -> Result<Self, Fault> {
        if text.len() > limit {
            return refuse(Reason::TooLarge, "jws");
        }
        let bad = || Fault::new(Reason::MalformedJws, "jws");
        let (signed, signature) = text.rsplit_once('.').ok_or_else(bad)?;
        let (header, payload) = signed.split_once('.').ok_or_else(bad)?;
        if payload.contains('.') {
            return Err(bad());
        }
        let header = object(&unb64(header, "jws.header")?, 4096, "jws.header")?;
        if header.get("crit").is_some() {
            return refuse(Reason::UnsupportedCritical, "jws.crit");
        }
        // Of the other members, `jwk`, `jku` and `x5u` among them, nothing is read and nothing followed (A03).
        let member = |name: &str| header.get(name).and_then(Value::as_str);
        if member("alg") != Some("EdDSA") {
            return refuse(Reason::UnsupportedAlgorithm, "jws.alg");
        }
        if member("typ") != Some(typ) {
            return refuse(Reason::InvalidType, "jws.typ");
        }
        let kid = member("kid").map(str::to_owned);
        let signature = Signature::from_slice(&unb64(signature, "jws.signature")?)?;
        Ok(Self { signed, payload, kid, signature })
    }

    /// The key id of the header. Unverified: good only for looking a key up.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The payload before verification: good only for looking a key up, never to act on.
    ///
    /// # Errors
    /// `malformed.base64url`, `malformed.json`.
    pub fn peek(&self) -> Result<Value, Fault> {
        object(&unb64(self.payload, "jws.payload")?, usize::MAX, "jws.payload")
    }

    /// Finds the key by key id and unverified payload, verifies strictly, and gives the payload, read once.
    ///
    /// # Errors
    /// Those of [`Jws::peek`] and of `find`; `invalid.signature`.
    pub fn open(
        &self,
        find: impl FnOnce(Option<&str>, &Value) -> Result<VerifyingKey, Fault>,
    ) -> Result<Value, Fault> {
        let payload = self.peek()?;
        find(self.key_id(), &payload)?.verify(self.signed.as_bytes(), &self.signature)?;
        Ok(payload)
    }

    /// Verifies strictly under `key` and gives the payload.
    ///
    /// # Errors
    /// `invalid.signature`, then those of the payload's JSON.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Value, Fault> {
        key.verify(self.signed.as_bytes(), &self.signature)?;
        self.peek()
    }
}

/// Reads a JSON object, and no array in its place.
fn object(bytes: &[u8], limit: usize, at: &'static str) -> Result<Value, Fault> {
    let value = parse_value(bytes, limit, at)?;
    if value.is_object() { Ok(value) } else { refuse(Reason::Malformed, at) }
}

/// Signs `payload` (a JSON object) as compact JWS of type `typ`.
///
/// # Errors
/// `internal` if the payload cannot be written as JSON.
pub fn sign<T: serde::Serialize>(
    payload: &T,
    typ: &str,
    kid: Option<&str>,
    key: &SigningKey,
) -> Result<String, Fault> {
    let header = match kid {
        Some(kid) => json(&serde_json::json!({"alg": "EdDSA", "kid": kid, "typ": typ}))?,
        None => json(&serde_json::json!({"alg": "EdDSA", "typ": typ}))?,
    };
    let mut text = b64(header);
    text.push('.');
    text.push_str(&b64(json(payload)?));
    let signature = key.sign(text.as_bytes());
    text.push('.');
    text.push_str(&b64(signature.to_bytes()));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as j;

    fn with_header(header: &Value, key: &SigningKey) -> String {
        let signed = format!("{}.{}", b64(header.to_string()), b64("{}"));
        let signature = key.sign(signed.as_bytes());
        format!("{signed}.{}", b64(signature.to_bytes()))
    }

    #[test]
    fn a01_a03_a04_a05_headers() {
        let key = SigningKey::from_seed(&[1; 32]);
        let cases = [
            (j!({"alg":"none","typ":"t"}), Some(Reason::UnsupportedAlgorithm)),
            (j!({"alg":"HS256","typ":"t"}), Some(Reason::UnsupportedAlgorithm)),
            (j!({"alg":"EdDSA","typ":"t","crit":["b64"]}), Some(Reason::UnsupportedCritical)),
            (j!({"alg":"EdDSA","typ":"t","crit":null}), Some(Reason::UnsupportedCritical)),
            (j!(["EdDSA", "t", null]), Some(Reason::Malformed)),
            (j!({"alg":"EdDSA","typ":"T"}), Some(Reason::InvalidType)),
            (j!({"alg":"EdDSA"}), Some(Reason::InvalidType)),
            (j!({"alg":"EdDSA","typ":["t"]}), Some(Reason::InvalidType)),
            (j!({"alg":["EdDSA"],"typ":"t"}), Some(Reason::UnsupportedAlgorithm)),
            (j!({"typ":"t"}), Some(Reason::UnsupportedAlgorithm)),
            (j!({"alg":"EdDSA","typ":"t","jku":"https://x.example"}), None),
        ];
        for (header, reason) in cases {
            let text = with_header(&header, &key);
            assert_eq!(Jws::parse(&text, "t", 4096).err().map(|f| f.reason()), reason, "{header}");
        }
    }

    #[test]
    fn a02_any_changed_byte_is_refused() {
        let key = SigningKey::from_seed(&[1; 32]);
        let text = sign(&j!({"a": 1}), "t", Some("k"), &key).unwrap();
        assert_eq!(Jws::parse(&text, "t", 4096).unwrap().verify(&key.verifying_key()).unwrap(), j!({"a": 1}));
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                let accepted =
                    Jws::parse(&changed, "t", 4096).and_then(|jws| jws.verify(&key.verifying_key()));
                assert!(accepted.is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}
