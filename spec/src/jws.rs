//! Compact JWS (RFC 7515): algorithm and type are demanded by the reader, never chosen by the text.
//!
//! Our own formats are signed with EdDSA and nothing else ([`Jws`], [`sign`]). What others sign is read by the algorithm of the
//! key that the reader brings ([`verify_foreign`]).
//!
//! Specified in `spec/text/README.md`.

use serde_json::Value;

use crate::encoding::{Numbers, b64, json, parse_value_with, unb64};
use crate::key::{PublicKey, Signature, SigningKey, VerifyingKey};
use crate::limits::MAX_HEADER_BYTES;
use crate::reason::{Fault, Reason, refuse};

/// A compact JWS that was taken apart but not verified: its payload cannot be read.
#[derive(Debug, Clone)]
pub struct Jws<'a> {
    signed: &'a str,
    payload: &'a str,
    kid: Option<String>,
    signature: Signature,
    numbers: Numbers,
}

/// What the reader demands of a JWS.
#[derive(Debug, Clone, Copy)]
struct Demand<'d> {
    /// The one `alg`.
    algorithm: &'d str,
    /// The one `typ`.
    typ: &'d str,
    /// Most bytes of the whole text.
    limit: usize,
    /// Most bytes of the header.
    header_limit: usize,
    /// Which numbers header and payload may hold.
    numbers: Numbers,
    /// Whether the key id is read. Where it is not, it may be anything.
    key_id: bool,
}

impl<'a> Jws<'a> {
    /// Takes apart `text`, which must be at most `limit` bytes, signed with EdDSA and of type `typ`. Nothing is verified.
    ///
    /// # Errors
    /// `too_large` for more than `limit` bytes, a header over 4,096 bytes decoded or over the bounds of
    /// [`crate::encoding::parse_value`]; `malformed.jws` for another number of parts or a signature that is not 64 bytes;
    /// `malformed.base64url`; `malformed.json` and `malformed` for a header that is no JSON object;
    /// `unsupported.critical`; `unsupported.algorithm`; `invalid.type`.
    ///
    /// Implements REQ-CRED-45 (`spec/text/credentials.md`); REQ-GEN-16 to REQ-GEN-21 (`spec/text/README.md`).
    pub fn parse(text: &'a str, typ: &str, limit: usize) -> Result<Self, Fault> {
        //= spec/text/README.md#REQ-GEN-17
        //# The reader decides the algorithm, never the text.
        let (algorithm, numbers) = ("EdDSA", Numbers::Whole);
        Self::parse_as(
            text,
            Demand { algorithm, typ, limit, header_limit: MAX_HEADER_BYTES, numbers, key_id: true },
        )
    }

    fn parse_as(text: &'a str, demand: Demand<'_>) -> Result<Self, Fault> {
        if text.len() > demand.limit {
            return refuse(Reason::TooLarge, "jws");
        }
        let bad = || Fault::new(Reason::MalformedJws, "jws");
        //= spec/text/README.md#REQ-GEN-16
        //# A reader MUST refuse what has another number of parts
        let (signed, signature) = text.rsplit_once('.').ok_or_else(bad)?;
        let (header, payload) = signed.split_once('.').ok_or_else(bad)?;
        if payload.contains('.') {
            return Err(bad());
        }
        let header = unb64(header, "jws.header")?;
        //= spec/text/README.md#REQ-GEN-21
        //# A header MUST be at most 4,096 bytes, decoded.
        let header = object(&header, demand.header_limit, demand.numbers, "jws.header")?;
        //= spec/text/README.md#REQ-GEN-18
        //# A header with `crit` MUST be refused.
        if header.get("crit").is_some() {
            return refuse(Reason::UnsupportedCritical, "jws.crit");
        }
        // Of the other members, `jwk`, `jku` and `x5u` among them, nothing is read and nothing followed (A03).
        //= spec/text/README.md#REQ-GEN-20
        //# `jwk`, `jku`, `x5u`, `x5c` in a header MUST be ignored and never be fetched.
        let member = |name: &str| header.get(name).and_then(Value::as_str);
        //= spec/text/README.md#REQ-GEN-17
        //# `alg` MUST be `EdDSA`. The reader decides the algorithm, never the text.
        if member("alg") != Some(demand.algorithm) {
            return refuse(Reason::UnsupportedAlgorithm, "jws.alg");
        }
        //= spec/text/README.md#REQ-GEN-19
        //# `typ` MUST be there and exactly the one that the reader expects.
        if member("typ") != Some(demand.typ) {
            return refuse(Reason::InvalidType, "jws.typ");
        }
        //= spec/text/credentials.md#REQ-CRED-45
        //# `kid`, `jwk`, `jku`, `x5u` and `x5c` of its header MUST be ignored, whatever their form.
        let kid = member("kid").filter(|_| demand.key_id).map(str::to_owned);
        let signature = Signature::from_slice(&unb64(signature, "jws.signature")?)?;
        Ok(Self { signed, payload, kid, signature, numbers: demand.numbers })
    }

    /// The key id of the header. Unverified: good only for looking a key up.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The payload before verification: good only for looking a key up, never to act on.
    ///
    /// # Errors
    /// `malformed.base64url`; `malformed.json` and `too_large` as [`crate::encoding::parse_value`]; `malformed` for what
    /// is no JSON object.
    ///
    /// Implements REQ-GEN-8 (`spec/text/README.md`).
    pub fn peek(&self) -> Result<Value, Fault> {
        object(&unb64(self.payload, "jws.payload")?, usize::MAX, self.numbers, "jws.payload")
    }

    /// Finds the key by key id and unverified payload, verifies strictly, and gives the payload, read once.
    ///
    /// # Errors
    /// Those of [`Jws::peek`] and of `find`; `invalid.signature`.
    ///
    /// Implements REQ-GEN-12 (`spec/text/README.md`).
    pub fn open(
        &self,
        find: impl FnOnce(Option<&str>, &Value) -> Result<VerifyingKey, Fault>,
    ) -> Result<Value, Fault> {
        //= spec/text/README.md#REQ-GEN-12
        //# In a JWS the bytes that were received MUST be verified, and nothing is written again first.
        let payload = self.peek()?;
        find(self.key_id(), &payload)?.verify(self.signed.as_bytes(), &self.signature)?;
        Ok(payload)
    }

    /// Verifies strictly under `key` and gives the payload.
    ///
    /// # Errors
    /// `invalid.signature`, then those of [`Jws::peek`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<Value, Fault> {
        key.verify(self.signed.as_bytes(), &self.signature)?;
        self.peek()
    }
}

/// Verifies a JWS that others made, of type `typ` and at most `limit` bytes, under `key` and by its algorithm, and gives the
/// payload, in which any number may stand.
///
/// Of the header `alg`, `typ` and `crit` are read. Whatever else is there, above all what names or brings a key, is left alone.
///
/// # Errors
/// Those of [`Jws::parse`], but that `limit` is the header's bound too; then `invalid.signature`, then those of
/// [`Jws::peek`].
///
/// Implements REQ-CRED-33 and REQ-CRED-45 (`spec/text/credentials.md`); REQ-GEN-16 and REQ-GEN-18 to REQ-GEN-20
/// (`spec/text/README.md`).
pub fn verify_foreign(text: &str, typ: &str, limit: usize, key: &PublicKey) -> Result<Value, Fault> {
    //= spec/text/credentials.md#REQ-CRED-33
    //# `alg` MUST be exactly that of the issuer's key, `EdDSA` or `ES256`, and that of a key binding the
    //# holder key's.
    let (algorithm, numbers) = (key.algorithm(), Numbers::Any);
    let demand = Demand { algorithm, typ, limit, header_limit: limit, numbers, key_id: false };
    let jws = Jws::parse_as(text, demand)?;
    key.verify(jws.signed.as_bytes(), &jws.signature.to_bytes())?;
    jws.peek()
}

/// Header and payload of a JWS that others made, of type `typ` and at most `limit` bytes, before anything is verified: good only
/// for looking a key up.
///
/// # Errors
/// As [`verify_foreign`], but for `unsupported.algorithm` and `invalid.signature`.
pub fn peek_foreign(
    text: &str,
    typ: &str,
    limit: usize,
) -> Result<(serde_json::Map<String, Value>, Value), Fault> {
    if text.len() > limit {
        return refuse(Reason::TooLarge, "jws");
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return refuse(Reason::MalformedJws, "jws");
    };
    let header = object(&unb64(header, "jws.header")?, limit, Numbers::Any, "jws.header")?;
    let Value::Object(header) = header else { return refuse(Reason::Malformed, "jws.header") };
    if header.contains_key("crit") {
        return refuse(Reason::UnsupportedCritical, "jws.crit");
    }
    if header.get("typ").and_then(Value::as_str) != Some(typ) {
        return refuse(Reason::InvalidType, "jws.typ");
    }
    Ok((header, object(&unb64(payload, "jws.payload")?, limit, Numbers::Any, "jws.payload")?))
}

/// Reads a JSON object, and no array in its place.
fn object(bytes: &[u8], limit: usize, numbers: Numbers, at: &'static str) -> Result<Value, Fault> {
    let value = parse_value_with(bytes, limit, numbers, at)?;
    //= spec/text/README.md#REQ-GEN-8
    //# an array no object, a text no number
    if value.is_object() { Ok(value) } else { refuse(Reason::Malformed, at) }
}

/// Signs `payload` (a JSON object) as compact JWS of type `typ`, with EdDSA.
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

    //= spec/text/README.md#REQ-GEN-20
    //= type=test
    //# `jwk`, `jku`, `x5u`, `x5c` in a header MUST be ignored and never be fetched.
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
