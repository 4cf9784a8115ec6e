//! The public keys of others: one of the algorithms that are read, taken from a JWK that others wrote.
//!
//! Specified in `spec/text/credentials.md`.

use serde_json::{Map, Value};

use super::{P256Key, Signature, VerifyingKey};
use crate::encoding::unb64;
use crate::reason::{Fault, Reason, refuse};

/// A public key with its algorithm: the key says how a signature is verified, never the signature or its header (A01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// Ed25519, verified strictly (RFC 8037).
    Ed25519(VerifyingKey),
    /// P-256 with SHA-256 (RFC 7518 §3.4).
    P256(P256Key),
}

impl PublicKey {
    /// Reads a public key from a JWK (RFC 7517), whose members that say nothing about the key itself are left alone (`kid`,
    /// `x5c`, …).
    ///
    /// # Errors
    /// `unsupported.algorithm` for another kind of key, or an `alg` that is not [`PublicKey::algorithm`]'s; `invalid.key`
    /// for what is no object, a `kty` or coordinate that is missing or not text, coordinates that are not 32 bytes or no
    /// point of the curve, points of small order, a private key (`d`), and a `use` or `key_ops` that is not for
    /// verifying; `malformed.base64url` for a coordinate.
    ///
    /// Implements REQ-CRED-36 and REQ-CRED-37 (`spec/text/credentials.md`); REQ-GEN-15 (`spec/text/README.md`).
    pub fn from_jwk(jwk: &Value) -> Result<Self, Fault> {
        let Value::Object(jwk) = jwk else { return refuse(Reason::InvalidKey, "jwk") };
        //= spec/text/credentials.md#REQ-CRED-37
        //# a private part (`d`) MUST NOT be there
        if jwk.contains_key("d") {
            return refuse(Reason::InvalidKey, "jwk.d");
        }
        //= spec/text/credentials.md#REQ-CRED-36
        //# A JWK MUST be `OKP` with `Ed25519` or `EC` with `P-256`
        let key = match (text(jwk, "kty", "jwk.kty")?, jwk.get("crv")) {
            ("OKP", Some(Value::String(crv))) if crv == "Ed25519" => {
                Self::Ed25519(VerifyingKey::from_bytes(&coordinate(jwk, "x", "jwk.x")?)?)
            }
            ("EC", Some(Value::String(crv))) if crv == "P-256" => Self::P256(P256Key::from_coordinates(
                &coordinate(jwk, "x", "jwk.x")?,
                &coordinate(jwk, "y", "jwk.y")?,
            )?),
            _ => return refuse(Reason::UnsupportedAlgorithm, "jwk"),
        };
        //= spec/text/credentials.md#REQ-CRED-36
        //# other members may stand there, but no other `alg` than its own (`unsupported.algorithm`)
        match jwk.get("alg") {
            None => {}
            Some(Value::String(alg)) if alg == key.algorithm() => {}
            Some(_) => return refuse(Reason::UnsupportedAlgorithm, "jwk.alg"),
        }
        match jwk.get("use") {
            None => {}
            Some(Value::String(purpose)) if purpose == "sig" => {}
            Some(_) => return refuse(Reason::InvalidKey, "jwk.use"),
        }
        match jwk.get("key_ops") {
            None => {}
            Some(Value::Array(operations)) if operations.iter().any(|one| one == "verify") => {}
            Some(_) => return refuse(Reason::InvalidKey, "jwk.key_ops"),
        }
        Ok(key)
    }

    /// The only `alg` that a header may name for this key: `EdDSA` or `ES256`.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    /// Verifies a signature of 64 bytes: R and S of Ed25519, or r and s of ECDSA.
    ///
    /// # Errors
    /// `malformed.jws` for another length, DER among them; `invalid.signature`.
    ///
    /// Implements REQ-CRED-34 and REQ-CRED-35 (`spec/text/credentials.md`); REQ-GEN-14 (`spec/text/README.md`).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
        //= spec/text/credentials.md#REQ-CRED-34
        //# An ES256 signature (RFC 7518 §3.4) MUST be the 64 bytes of r and s, never DER.
        let signature = Signature::from_slice(signature)?;
        match self {
            Self::Ed25519(key) => key.verify(message, &signature),
            Self::P256(key) => key.verify(message, &signature),
        }
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self::Ed25519(key)
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str, at: &'static str) -> Result<&'a str, Fault> {
    jwk.get(name).and_then(Value::as_str).ok_or(Fault::new(Reason::InvalidKey, at))
}

//= spec/text/credentials.md#REQ-CRED-37
//# Its coordinates MUST be exactly 32 bytes each
fn coordinate(jwk: &Map<String, Value>, name: &str, at: &'static str) -> Result<[u8; 32], Fault> {
    unb64(text(jwk, name, at)?, at)?.try_into().map_err(|_| Fault::new(Reason::InvalidKey, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64;
    use p256::ecdsa::{self, signature::Signer as _};
    use serde_json::json;

    /// The key and signature of RFC 7515, appendix A.3.
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    const SIGNED: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const SIGNATURE: &str =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    /// The key of RFC 8037, appendix A.2.
    const OKP: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn with(base: &Value, name: &str, value: Value) -> Value {
        let mut jwk = base.clone();
        jwk[name] = value;
        jwk
    }

    #[test]
    fn es256_as_in_rfc_7515() {
        let jwk = json!({"kty":"EC","crv":"P-256","x":X,"y":Y,"kid":7,"use":"sig","alg":"ES256","x5c":["…"]});
        let key = PublicKey::from_jwk(&jwk).unwrap();
        assert_eq!(key.algorithm(), "ES256");
        let signature = unb64(SIGNATURE, "t").unwrap();
        key.verify(SIGNED.as_bytes(), &signature).unwrap();
        for at in 0..64 {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            let fault = key.verify(SIGNED.as_bytes(), &changed).unwrap_err();
            assert_eq!(fault.reason(), Reason::InvalidSignature, "byte {at}");
        }
        assert!(key.verify(b"other", &signature).is_err());
    }

    #[test]
    fn es256_takes_both_s_and_no_der() {
        let signer = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let point = signer.verifying_key().to_encoded_point(false);
        let (x, y) = (*point.x().unwrap(), *point.y().unwrap());
        let key = PublicKey::P256(P256Key::from_coordinates(&x.into(), &y.into()).unwrap());
        let (mut low, mut high) = (0, 0);
        for n in 0..20_u8 {
            let signature: ecdsa::Signature = signer.sign(&[n]);
            let (r, s) = signature.split_scalars();
            let turned = ecdsa::Signature::from_scalars(r, -s).unwrap();
            for one in [signature, turned] {
                key.verify(&[n], &one.to_bytes()).unwrap();
                *(if one.normalize_s().is_some() { &mut high } else { &mut low }) += 1;
            }
            let fault = key.verify(&[n], signature.to_der().as_bytes()).unwrap_err();
            assert_eq!(fault.reason(), Reason::MalformedJws);
        }
        assert_eq!((low, high), (20, 20));
        // Zero, and the order itself, are no scalars.
        let order = [
            [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            [0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51],
        ]
        .concat();
        for bytes in [vec![0; 64], [&order[..], &[1; 32]].concat(), [&[1; 32], &order[..]].concat()] {
            assert_eq!(key.verify(b"", &bytes).unwrap_err().reason(), Reason::InvalidSignature);
        }
    }

    #[test]
    fn only_whole_public_keys_of_known_kinds() {
        let ec = json!({"kty":"EC","crv":"P-256","x":X,"y":Y});
        let okp = json!({"kty":"OKP","crv":"Ed25519","x":OKP});
        assert_eq!(PublicKey::from_jwk(&okp).unwrap().algorithm(), "EdDSA");
        assert!(PublicKey::from_jwk(&with(&okp, "key_ops", json!(["verify"]))).is_ok());
        let zero = b64([0; 32]);
        let identity = b64([&[1][..], &[0; 31]].concat());
        let cases = [
            (json!([]), Reason::InvalidKey),
            (json!({"crv":"Ed25519","x":OKP}), Reason::InvalidKey),
            (json!({"kty":"OKP","x":OKP}), Reason::UnsupportedAlgorithm),
            (with(&okp, "kty", json!("EC")), Reason::UnsupportedAlgorithm),
            (with(&okp, "crv", json!("X25519")), Reason::UnsupportedAlgorithm),
            (with(&okp, "kty", json!("RSA")), Reason::UnsupportedAlgorithm),
            (with(&okp, "kty", json!("oct")), Reason::UnsupportedAlgorithm),
            (with(&ec, "crv", json!("P-384")), Reason::UnsupportedAlgorithm),
            (with(&ec, "crv", json!("secp256k1")), Reason::UnsupportedAlgorithm),
            (with(&okp, "alg", json!("ES256")), Reason::UnsupportedAlgorithm),
            (with(&ec, "alg", json!("EdDSA")), Reason::UnsupportedAlgorithm),
            (with(&ec, "alg", json!(null)), Reason::UnsupportedAlgorithm),
            (with(&ec, "use", json!("enc")), Reason::InvalidKey),
            (with(&ec, "key_ops", json!(["sign"])), Reason::InvalidKey),
            (with(&ec, "d", json!(X)), Reason::InvalidKey),
            (with(&okp, "d", json!(null)), Reason::InvalidKey),
            (with(&okp, "x", json!(identity)), Reason::InvalidKey),
            (with(&okp, "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcH")), Reason::InvalidKey),
            (with(&okp, "x", json!(format!("{OKP}="))), Reason::MalformedBase64),
            (with(&ec, "x", json!(Y)), Reason::InvalidKey),
            (with(&ec, "y", json!(zero)), Reason::InvalidKey),
            (with(&ec, "y", json!(1)), Reason::InvalidKey),
            (with(&ec, "x", json!(b64([0; 33]))), Reason::InvalidKey),
            (with(&ec, "x", json!(b64([0xff; 32]))), Reason::InvalidKey),
            (json!({"kty":"EC","crv":"P-256","x":X}), Reason::InvalidKey),
        ];
        for (jwk, expected) in cases {
            assert_eq!(PublicKey::from_jwk(&jwk).unwrap_err().reason(), expected, "{jwk}");
        }
    }
}
