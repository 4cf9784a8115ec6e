//! BBS signatures with blind issuance and pseudonyms: the door through which private standings are signed and proven.
//!
//! This is a trait and the bytes that go through it; the arithmetic is a backend's (`faam-bbs`). Everything above it, in
//! [`crate::private`], knows no curve, so that another backend changes nothing there.
//!
//! The scheme is that of the CFRG drafts for BLS12-381 with SHA-256: `draft-irtf-cfrg-bbs-signatures`,
//! `draft-irtf-cfrg-bbs-blind-signatures` and `draft-irtf-cfrg-bbs-per-verifier-linkability`; which revisions is part of
//! [`crate::domain::PRIVATE_SUITE`]. All integers are big endian and all points compressed, as the drafts write them.
//!
//! Specified in `spec/text/private.md`.

use core::fmt;
use core::num::NonZeroUsize;

use rand_core::CryptoRngCore;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::bytes::{bytes_type, shown};

/// Bytes of a scalar.
pub const SCALAR_BYTES: usize = 32;
/// Bytes of a compressed point of G1.
pub const POINT_BYTES: usize = 48;
/// Bytes of a public key, a compressed point of G2.
pub const PUBLIC_KEY_BYTES: usize = 96;
/// Bytes of a signature: a point and a scalar.
pub const SIGNATURE_BYTES: usize = POINT_BYTES + SCALAR_BYTES;
/// Bytes of a commitment to a pseudonym's secret alone, with its proof: a point and three scalars.
pub const COMMITMENT_BYTES: usize = POINT_BYTES + 3 * SCALAR_BYTES;

/// Name of the ciphersuite, with which every `api_id` of the drafts begins.
pub const CIPHERSUITE: &str = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_";

/// Why a backend refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BbsError {
    /// Bytes are no scalar, point, key, signature, commitment or proof in the one encoding that it has, or there are too many.
    #[error("bytes are no value of their type")]
    Malformed,
    /// Everything has its form, and the signature, commitment or proof does not verify.
    #[error("it does not verify")]
    Refused,
    /// The backend does not offer this.
    #[error("the backend does not offer this")]
    Unsupported,
}

/// A secret scalar, 32 bytes; wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SecretScalar([u8; SCALAR_BYTES]);

impl SecretScalar {
    /// The scalar of these bytes; whether they are below the group's order is for the backend to say.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SCALAR_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for storage under encryption.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SCALAR_BYTES] {
        &self.0
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(…)")
    }
}

/// A BBS key pair.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The secret half.
    pub secret: SecretScalar,
    /// The public half.
    pub public: BbsPublicKey,
}

bytes_type!(
    /// A market's BBS public key, 96 bytes; as text, multibase base64url.
    BbsPublicKey, PUBLIC_KEY_BYTES, "private.key"
);
bytes_type!(
    /// A signature over milestones, 80 bytes; as text, multibase base64url. The holder's secret: whoever sees it twice knows the holder.
    BbsSignature, SIGNATURE_BYTES, "private.signature"
);
bytes_type!(
    /// A wallet's commitment to its part of the pseudonyms' secret, with the proof that it knows it: 144 bytes; as text,
    /// multibase base64url.
    Commitment, COMMITMENT_BYTES, "commitment"
);
bytes_type!(
    /// A market's part of the pseudonyms' secret for one binding, 32 bytes; as text, multibase base64url.
    Entropy, SCALAR_BYTES, "private.entropy"
);
bytes_type!(
    /// A holder's name at one verifier, 48 bytes; as text, multibase base64url.
    Pseudonym, POINT_BYTES, "pseudonym"
);
shown!(BbsPublicKey);
shown!(Pseudonym);

impl fmt::Debug for BbsSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BbsSignature(…)")
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commitment(…)")
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

/// Under which interface of the drafts messages, generators and challenges are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Plain BBS.
    Plain,
    /// Blind issuance.
    Blind,
    /// Blind issuance with pseudonyms: the one that private standings use.
    Pseudonym,
}

impl Interface {
    /// The interface's `api_id`.
    #[must_use]
    pub fn api_id(self) -> Vec<u8> {
        let tail = match self {
            Self::Plain => "H2G_HM2S_",
            Self::Blind => "BLIND_H2G_HM2S_",
            Self::Pseudonym => "H2G_HM2S_PSEUDONYM_",
        };
        [CIPHERSUITE.as_bytes(), tail.as_bytes()].concat()
    }

    /// The `api_id` under which generators for committed messages are made; none for plain BBS, which has no committed messages.
    #[must_use]
    pub fn committed_api_id(self) -> Option<Vec<u8>> {
        (self != Self::Plain).then(|| [b"BLIND_".as_slice(), &self.api_id()].concat())
    }
}

/// What is committed to and never told to the signer.
#[derive(Debug, Clone, Copy)]
pub enum Hidden<'a> {
    /// Messages ([`Interface::Blind`]).
    Messages(&'a [&'a [u8]]),
    /// Messages and the wallet's part of the pseudonyms' secret ([`Interface::Pseudonym`]).
    Nym(&'a [&'a [u8]], &'a SecretScalar),
}

/// What a signer is given beside its own messages.
#[derive(Debug, Clone, Copy)]
pub enum Blinded<'a> {
    /// Nothing: plain BBS.
    Nothing,
    /// A commitment with its proof, empty for none ([`Interface::Blind`]).
    Messages(&'a [u8]),
    /// A commitment with its proof, and the signer's part of the pseudonyms' secret ([`Interface::Pseudonym`]).
    Nym(&'a [u8], &'a Entropy),
}

/// What opens a signature beside the signer's messages.
#[derive(Debug, Clone, Copy)]
pub enum Opening<'a> {
    /// Nothing: plain BBS.
    Nothing,
    /// The committed messages and the commitment's blind ([`Interface::Blind`]).
    Messages(&'a [&'a [u8]], &'a SecretScalar),
    /// The committed messages, and what the pseudonyms' secret is made of ([`Interface::Pseudonym`]).
    Nym(&'a [&'a [u8]], &'a NymSecrets<'a>),
}

/// What a wallet keeps for one binding, and what the market added.
#[derive(Debug, Clone, Copy)]
pub struct NymSecrets<'a> {
    /// The commitment's blind.
    pub blind: &'a SecretScalar,
    /// The wallet's part of the secret.
    pub prover_nym: &'a SecretScalar,
    /// The market's part.
    pub entropy: &'a Entropy,
}

/// What a signature is about, as the one who has it knows it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The signer's key.
    pub key: &'a BbsPublicKey,
    /// The signature, [`SIGNATURE_BYTES`].
    pub signature: &'a [u8],
    /// The header.
    pub header: &'a [u8],
    /// The signer's messages, all of them.
    pub messages: &'a [&'a [u8]],
    /// What else was signed.
    pub opening: Opening<'a>,
}

/// What is shown of a signature.
#[derive(Debug, Clone, Copy)]
pub struct Showing<'a> {
    /// The presentation header.
    pub presentation_header: &'a [u8],
    /// Indices of the signer's messages that are disclosed, ascending.
    pub disclosed: &'a [usize],
    /// Indices of committed messages that are disclosed, ascending.
    pub disclosed_committed: &'a [usize],
    /// The context of the pseudonym; none for plain BBS.
    pub context: Option<&'a [u8]>,
}

/// A proof, and the pseudonym that it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Three points, and scalars as many as messages are hidden, and four.
    pub proof: Vec<u8>,
    /// The pseudonym, if there was a context.
    pub pseudonym: Option<Pseudonym>,
}

/// What a verifier is shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The signer's key.
    pub key: &'a BbsPublicKey,
    /// The header.
    pub header: &'a [u8],
    /// The presentation header.
    pub presentation_header: &'a [u8],
    /// How many messages the signer signed.
    pub messages_total: usize,
    /// Indices of the signer's messages that are disclosed, ascending, with what they are.
    pub disclosed: &'a [(usize, &'a [u8])],
    /// The same of committed messages.
    pub disclosed_committed: &'a [(usize, &'a [u8])],
    /// The pseudonym and its context; none for plain BBS.
    pub pseudonym: Option<(&'a Pseudonym, &'a [u8])>,
    /// The proof.
    pub proof: &'a [u8],
}

/// A BBS implementation. One that has no state can be shared by all threads.
///
/// Callers compare lengths and counts with their bounds first; an implementation must all the same panic for no input. `rng`
/// is where an implementation takes its chance from; one whose library has a source of its own may leave it alone, and says
/// so.
pub trait Bbs: Send + Sync + fmt::Debug {
    /// What the implementation is called.
    fn name(&self) -> &'static str;

    /// The key pair of `material` (32 bytes or more) and `info` (up to 65,535 bytes), as the drafts' `KeyGen` without a `key_dst`.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for other lengths.
    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError>;

    /// The public half of a secret one, as the drafts' `SkToPk`.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for 0 and what is not below the group's order.
    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError>;

    /// The drafts' `hash_to_scalar`.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for a domain separation tag that is empty or over 255 bytes.
    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError>;

    /// The drafts' `create_generators`: the first `count` under `api_id`.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for more than the implementation makes.
    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError>;

    /// Whether these are points of G1's prime-order group in their one encoding, none of them the identity.
    ///
    /// # Errors
    /// [`BbsError::Malformed`].
    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError>;

    /// Whether this is a point of G2's prime-order group in its one encoding, and not the identity.
    ///
    /// # Errors
    /// [`BbsError::Malformed`].
    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError>;

    /// Commits to what is hidden: the commitment with its proof, and its blind.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for a scalar that is none, or too many messages.
    fn commit(
        &self,
        hidden: &Hidden<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError>;

    /// Whether a commitment with its proof, under [`Interface::Pseudonym`] and without other messages, verifies.
    ///
    /// # Errors
    /// [`BbsError::Malformed`], [`BbsError::Refused`].
    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError>;

    /// Signs a header and messages, and what the wallet committed to; the same each time.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for a commitment that is none; [`BbsError::Refused`] for one whose proof does not verify.
    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError>;

    /// Verifies a signature by everything that was signed.
    ///
    /// # Errors
    /// [`BbsError::Malformed`], [`BbsError::Refused`].
    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError>;

    /// Proves a signature, showing only what `showing` names.
    ///
    /// # Errors
    /// [`BbsError::Malformed`] for bytes that are none or an index that there is not; [`BbsError::Unsupported`]. That the
    /// signature verifies is for the caller to know.
    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError>;

    /// Verifies a proof.
    ///
    /// # Errors
    /// [`BbsError::Malformed`], [`BbsError::Refused`], [`BbsError::Unsupported`].
    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError>;

    /// Verifies many proofs: for each, in their order, what [`Bbs::verify_proof`] says of it alone.
    ///
    /// An implementation may use up to `threads` threads, the caller's among them, and verify proofs together; one that has no
    /// better way verifies them one by one.
    fn verify_proofs(&self, shown: &[Shown<'_>], threads: NonZeroUsize) -> Vec<Result<(), BbsError>> {
        let _ = threads;
        shown.iter().map(|shown| self.verify_proof(shown)).collect()
    }
}
