//! `did:jwk`: a public key as JWK, written into the name; for the credentials of others.
//!
//! It is not a [`super::Did`]: one key has as many texts as there are ways to write its JWK.
//!
//! Specified in `spec/text/fetching.md`.

use crate::encoding::{Numbers, parse_value_with, unb64};
use crate::key::PublicKey;
use crate::limits::MAX_DID_JWK_BYTES;
use crate::reason::{Fault, Reason, refuse};

/// The key of a `did:jwk`, at most [`MAX_DID_JWK_BYTES`] bytes, whose key id is the DID and `#0`.
///
/// # Errors
/// `too_large`; `invalid.did` for another method; `malformed.base64url`, `malformed.json`, and as [`PublicKey::from_jwk`].
///
/// Implements REQ-FETCH-19 (`spec/text/fetching.md`).
pub fn key(did: &str) -> Result<PublicKey, Fault> {
    if did.len() > MAX_DID_JWK_BYTES {
        return refuse(Reason::TooLarge, "did");
    }
    let Some(text) = did.strip_prefix("did:jwk:") else { return refuse(Reason::InvalidDid, "did") };
    //= spec/text/fetching.md#REQ-FETCH-19
    //# The key of a `did:jwk` is its JWK, and MUST be one that is read here
    let jwk = parse_value_with(&unb64(text, "did")?, MAX_DID_JWK_BYTES, Numbers::Any, "did")?;
    PublicKey::from_jwk(&jwk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64;

    //= spec/text/fetching.md#REQ-FETCH-19
    //= type=test
    //# The key of a `did:jwk` is its JWK, and MUST be one that is read here
    #[test]
    fn keys_are_read_from_the_name() {
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let did = format!("did:jwk:{}", b64(jwk));
        assert_eq!(key(&did).unwrap().algorithm(), "EdDSA");
        let secret = jwk.replace("\"x\"", "\"d\":\"AA\",\"x\"");
        for (text, reason) in [
            (format!("did:jwk:{}", b64(secret)), Reason::InvalidKey),
            (format!("did:jwk:{}", b64(r#"{"kty":"RSA"}"#)), Reason::UnsupportedAlgorithm),
            (format!("did:jwk:{}", b64("{}x")), Reason::MalformedJson),
            (format!("{did}="), Reason::MalformedBase64),
            (format!("{did}#0"), Reason::MalformedBase64),
            ("did:jwk:".to_owned(), Reason::MalformedJson),
            (did.replace("jwk", "key"), Reason::InvalidDid),
            (format!("{did}{}", "A".repeat(MAX_DID_JWK_BYTES)), Reason::TooLarge),
        ] {
            assert_eq!(key(&text).unwrap_err().reason(), reason, "{text}");
        }
    }
}
