//! ES256 (RFC 7518 §3.4): ECDSA on P-256 with SHA-256, read only; nothing here signs.
//!
//! Specified in `spec/text/credentials.md`.

use core::fmt;

use p256::ecdsa::signature::Verifier as _;
use p256::{EncodedPoint, ecdsa};

use super::Signature;
use crate::encoding::b64;
use crate::reason::{Fault, Reason};

/// A public key on P-256, two coordinates of 32 bytes: a point that is on the curve and not at infinity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct P256Key(ecdsa::VerifyingKey);

impl P256Key {
    /// From the coordinates of the point, 32 bytes each, most significant first.
    ///
    /// # Errors
    /// `invalid.key` if there is no such point on the curve.
    ///
    /// Implements REQ-CRED-37 (`spec/text/credentials.md`).
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, Fault> {
        let point = EncodedPoint::from_affine_coordinates(&(*x).into(), &(*y).into(), false);
        //= spec/text/credentials.md#REQ-CRED-37
        //# Its coordinates MUST be exactly 32 bytes each and a point of the curve
        match ecdsa::VerifyingKey::from_encoded_point(&point) {
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(Fault::new(Reason::InvalidKey, "key")),
        }
    }

    /// From the 33 bytes of the compressed point (SEC 1 §2.3.3).
    ///
    /// # Errors
    /// `invalid.key` if there is no such point on the curve.
    pub fn from_compressed(point: &[u8; 33]) -> Result<Self, Fault> {
        // The library also takes the tag 5 of a draft, under which a key would have a second text.
        match (point, ecdsa::VerifyingKey::from_sec1_bytes(point)) {
            ([2 | 3, ..], Ok(key)) => Ok(Self(key)),
            _ => Err(Fault::new(Reason::InvalidKey, "key")),
        }
    }

    /// Verifies a signature of the 64 bytes r and s, most significant first; the DER form is refused.
    ///
    /// Both s and n − s are taken. RFC 7518 and FIPS 186 forbid neither, and most signers do not choose, so that half of all
    /// good signatures would fail otherwise. Nothing here rests on a credential having one signature only: whoever turns s
    /// over gets other bytes that say the same, and a key binding made before does not fit them.
    ///
    /// # Errors
    /// `invalid.signature`, also for r or s that are zero or not below the order.
    ///
    /// Implements REQ-CRED-35 (`spec/text/credentials.md`).
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Fault> {
        //= spec/text/credentials.md#REQ-CRED-35
        //# It MUST verify; of r and s, both s and n − s are accepted.
        #[cfg(feature = "counted")]
        crate::counted::signature(message.len());
        ecdsa::Signature::from_slice(&signature.to_bytes())
            .and_then(|signature| self.0.verify(message, &signature))
            .map_err(|_| Fault::new(Reason::InvalidSignature, "signature"))
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P256Key({})", b64(self.0.to_encoded_point(true).as_bytes()))
    }
}
