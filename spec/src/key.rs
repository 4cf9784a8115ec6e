//! Ed25519 keys and signatures, strictly verified, with secrets that are wiped and never printed; and the public keys of others.
//!
//! Specified in `spec/text/README.md` and `spec/text/names.md`.

mod es256;
mod public;

use core::fmt;

pub use es256::P256Key;
pub use public::PublicKey;

use ed25519_dalek::Signer as _;
use hkdf::Hkdf;
use rand_core::{CryptoRng, CryptoRngCore, RngCore};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::encoding::{b64, unb64};
use crate::reason::{Fault, Reason, refuse};

/// An Ed25519 signing key (RFC 8032); its seed is 32 bytes, wiped when dropped and never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// A fresh key, its seed drawn from `rng`.
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The 32 bytes of the seed, for storage under encryption.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// An Ed25519 public key, 32 bytes: a point that is on the curve and not of small order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// From the 32 bytes of the compressed point.
    ///
    /// # Errors
    /// `invalid.key` if they are no point of the curve in its one encoding (RFC 8032 §5.1.3), or one of small order.
    ///
    /// Implements REQ-GEN-15 (`spec/text/README.md`).
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Fault> {
        //= spec/text/README.md#REQ-GEN-15
        //# A public key MUST be the encoding (RFC 8032 §5.1.2) of a point of the curve that is not of small order
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() && is_reduced(bytes) => Ok(Self(key)),
            _ => refuse(Reason::InvalidKey, "key"),
        }
    }

    /// The 32 bytes of the compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Verifies strictly: canonical encodings, no small-order points, no cofactor.
    ///
    /// # Errors
    /// `invalid.signature`.
    ///
    /// Implements REQ-GEN-14 (`spec/text/README.md`).
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Fault> {
        //= spec/text/README.md#REQ-GEN-14
        //# It MUST be verified strictly: `S` is below the group's order, `R` is compared in its canonical
        //# encoding, neither `A` nor `R` is of small order, and the equation is checked without the cofactor.
        #[cfg(feature = "counted")]
        crate::counted::signature(message.len());
        self.0
            .verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0))
            .map_err(|_| Fault::new(Reason::InvalidSignature, "signature"))
    }
}

/// Whether the y of a compressed point is below 2^255 − 19 (RFC 8032 §5.1.3), so that a key has one text.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    *low < 0xed || high & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", b64(self.to_bytes()))
    }
}

/// An Ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// From its 64 bytes; whether they verify is for [`VerifyingKey::verify`] to say.
    ///
    /// # Errors
    /// `malformed.jws` for another length.
    ///
    /// Implements REQ-GEN-16 (`spec/text/README.md`).
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Fault> {
        //= spec/text/README.md#REQ-GEN-16
        //# a signature that is not 64 bytes
        bytes.try_into().map(Self).map_err(|_| Fault::new(Reason::MalformedJws, "signature"))
    }

    /// Its 64 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 64] {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", b64(self.0.get(..4).unwrap_or_default()))
    }
}

/// An Ed25519 public key as JWK (RFC 8037): exactly `kty`, `crv` and `x`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    kty: String,
    crv: String,
    x: String,
}

impl From<&VerifyingKey> for Jwk {
    fn from(key: &VerifyingKey) -> Self {
        Self { kty: "OKP".into(), crv: "Ed25519".into(), x: b64(key.to_bytes()) }
    }
}

/// Reads the key that a JWK states.
///
/// Implements REQ-GEN-15 (`spec/text/README.md`).
impl TryFrom<&Jwk> for VerifyingKey {
    type Error = Fault;
    /// The key that a JWK states.
    ///
    /// # Errors
    /// `unsupported.algorithm` unless `kty` is `OKP` and `crv` is `Ed25519`; `malformed.base64url`; `invalid.key` for an
    /// `x` that is not 32 bytes or as [`VerifyingKey::from_bytes`].
    fn try_from(jwk: &Jwk) -> Result<Self, Fault> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return refuse(Reason::UnsupportedAlgorithm, "jwk");
        }
        let bytes = unb64(&jwk.x, "jwk.x")?;
        Self::from_bytes(&bytes.try_into().map_err(|_| Fault::new(Reason::InvalidKey, "jwk.x"))?)
    }
}

/// A wallet's root secret, 64 bytes (the entropy of its phrase and nothing else), from which identity keys are derived;
/// wiped when dropped and never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RootSeed([u8; 64]);

impl RootSeed {
    /// From the 64 bytes that BIP39 makes of a phrase.
    #[must_use]
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The signing key under `label` (HKDF-SHA256, no salt, the label as info; see [`crate::domain`]).
    ///
    /// Implements REQ-NAME-14 (`spec/text/names.md`).
    //= spec/text/names.md#REQ-NAME-14
    //# A wallet MUST derive its keys so
    #[must_use]
    pub fn derive(&self, label: &str) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        // 32 bytes are within what HKDF-SHA256 can give, so that this cannot fail.
        let _ = Hkdf::<Sha256>::new(None, &self.0).expand(label.as_bytes(), seed.as_mut());
        SigningKey::from_seed(&seed)
    }

    /// The bytes under `label` of which the secrets of a binding are made, in the place of chance: always the same.
    ///
    /// Implements REQ-NAME-20 (`spec/text/names.md`).
    //= spec/text/names.md#REQ-NAME-20
    //# A wallet MUST make the secrets of a binding from those bytes, and no other secret from them
    #[must_use]
    pub fn chance(&self, label: &str) -> DerivedChance {
        let mut bytes = Zeroizing::new([0; DERIVED_CHANCE]);
        // As above.
        let _ = Hkdf::<Sha256>::new(None, &self.0).expand(label.as_bytes(), bytes.as_mut());
        DerivedChance { bytes, given: 0 }
    }
}

/// Bytes of [`DerivedChance`]: four times the 48 of which a scalar without bias is made.
const DERIVED_CHANCE: usize = 4 * 48;

/// 192 bytes derived from the root, given as a source of chance gives them, each once; wiped when dropped.
///
/// After the last byte it gives zeros, which makers of scalars refuse, and [`RngCore::try_fill_bytes`] an error.
pub struct DerivedChance {
    bytes: Zeroizing<[u8; DERIVED_CHANCE]>,
    given: usize,
}

impl DerivedChance {
    /// Whether every byte was given.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.given == DERIVED_CHANCE
    }
}

impl RngCore for DerivedChance {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
        for (to, from) in bytes.iter_mut().zip(self.bytes.iter().skip(self.given)) {
            *to = *from;
        }
        self.given = self.given.saturating_add(bytes.len()).min(DERIVED_CHANCE);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        if DERIVED_CHANCE - self.given < bytes.len() {
            return Err(core::num::NonZeroU32::MAX.into());
        }
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for DerivedChance {}

impl fmt::Debug for DerivedChance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedChance(…)")
    }
}

impl fmt::Debug for RootSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootSeed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_strict() {
        let key = SigningKey::from_seed(&[1; 32]);
        let signature = key.sign(b"x");
        assert!(key.verifying_key().verify(b"x", &signature).is_ok());
        assert!(key.verifying_key().verify(b"y", &signature).is_err());
        let mut identity = [0; 32];
        identity[0] = 1;
        // The point whose coordinate is 3, in a second encoding.
        let mut second = [0xff; 32];
        (second[0], second[31]) = (0xf0, 0x7f);
        for bad in [identity, second] {
            assert_eq!(VerifyingKey::from_bytes(&bad).unwrap_err().reason(), Reason::InvalidKey);
        }
    }

    #[test]
    fn a_point_has_one_encoding() {
        // The points with coordinate y = 3, 4, … and the same with y + p, which some readers take for them.
        let mut seen = 0;
        for y in 3_u8..19 {
            let mut small = [0; 32];
            small[0] = y;
            let mut large = [0xff; 32];
            (large[0], large[31]) = (0xed + y, 0x7f);
            if VerifyingKey::from_bytes(&small).is_ok() {
                seen += 1;
                let lax = ed25519_dalek::VerifyingKey::from_bytes(&large).unwrap();
                assert!(!lax.is_weak(), "{y}");
            }
            assert_eq!(VerifyingKey::from_bytes(&large).unwrap_err().reason(), Reason::InvalidKey, "{y}");
        }
        assert!(seen > 0);
    }

    #[test]
    fn derivation_is_fixed_and_separate() {
        let root = RootSeed::new([9; 64]);
        let a = root.derive(&crate::domain::label_identity(0)).verifying_key();
        let b = root.derive(&crate::domain::label_identity(1)).verifying_key();
        assert_ne!(a, b);
        assert_eq!(
            b64(a.to_bytes()),
            b64(RootSeed::new([9; 64]).derive("faam/0/persona/0/identity").verifying_key().to_bytes())
        );
    }

    //= spec/text/names.md#REQ-NAME-20
    //= type=test
    //# 192 bytes of output
    #[test]
    fn derived_chance_gives_each_byte_once_and_ends() {
        let root = RootSeed::new([9; 64]);
        let label = crate::domain::label_private(0, "did:key:z", "shop", "2026-03-01".parse().unwrap(), 7);
        assert_eq!(
            label,
            "faam/0/persona/0/private/bbs-08+blind-01+nym-01/BLS12-381-SHA-256/did:key:z/shop/2026-03-01/7"
        );
        let mut expected = [0; 192];
        Hkdf::<Sha256>::new(None, &[9; 64]).expand(label.as_bytes(), &mut expected).unwrap();
        let (mut chance, mut given) = (root.chance(&label), [0; 192]);
        for piece in given.chunks_mut(48) {
            assert!(!chance.is_empty());
            chance.fill_bytes(piece);
        }
        assert_eq!(given, expected);
        assert!(chance.is_empty() && chance.try_fill_bytes(&mut [0]).is_err());
        let mut more = [1; 4];
        chance.fill_bytes(&mut more);
        assert_eq!(more, [0; 4]);
        let mut part = root.chance(&label);
        part.fill_bytes(&mut [0; 190]);
        assert!(part.try_fill_bytes(&mut [0; 3]).is_err() && part.try_fill_bytes(&mut [0; 2]).is_ok());
        assert_eq!(root.chance(&label).next_u64(), u64::from_le_bytes(expected[..8].try_into().unwrap()));
        assert_eq!(format!("{part:?}"), "DerivedChance(…)");
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(format!("{:?}", SigningKey::from_seed(&[1; 32])), "SigningKey(…)");
        assert_eq!(format!("{:?}", RootSeed::new([1; 64])), "RootSeed(…)");
    }
}
