//! A second opinion on SD-JWT VCs: a slow checker, written from the RFCs alone.
//!
//! It shares no code with `faam-spec` and takes nothing from it, so that a mistake in one of the two shows as a
//! disagreement in `tests/tests/differential`. It favours plain steps over speed: RFC 9901 §7.1 and §7.3 in their
//! order, with everything compared in lists. It checks one profile: compact form, `dc+sd-jwt`, EdDSA (Ed25519) or
//! ES256, SHA-256, and key binding always demanded.

mod check;
mod json;
mod jws;

pub use check::check;

/// A public key of one of the two accepted algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// For `EdDSA`.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// For `ES256`.
    P256(p256::ecdsa::VerifyingKey),
}

/// What the reader of a presentation demands of it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The type of the credential, if only one will do.
    pub vct: Option<&'a str>,
    /// Who the presentation must be made for.
    pub audience: &'a str,
    /// The nonce that it must answer.
    pub nonce: &'a str,
    /// How old the key binding may be, in seconds.
    pub max_age: i64,
    /// How far ahead of this clock the key binding may be, in seconds.
    pub max_future: i64,
}

/// Why a presentation was refused, in broad classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A part is over its bound.
    TooLarge,
    /// A part is not of its form: base64url, JSON, JWS, a time that is none.
    Malformed,
    /// Not signed with the algorithm of the issuer's key.
    Algorithm,
    /// The header demands an extension.
    Critical,
    /// `typ` or `vct` is another.
    Type,
    /// A claim that must be there is not.
    Missing,
    /// The issuer's signature does not belong to the text.
    Signature,
    /// A disclosure is not of its form, has a name it must not have, or belongs nowhere.
    Disclosure,
    /// A digest is misplaced, repeated or none, or the digest algorithm is another.
    Digest,
    /// A claim that must be visible is disclosed selectively.
    Hidden,
    /// Expired or not yet valid.
    Time,
    /// The key binding is not good.
    KeyBinding(Binding),
}

/// What is not good about a key binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// There is none.
    Absent,
    /// The credential names no key that could be used.
    Key,
    /// It is not a JWT, or one of its members is not of its form.
    Malformed,
    /// Not signed with the algorithm of the holder's key.
    Algorithm,
    /// The header demands an extension.
    Critical,
    /// `typ` is another.
    Type,
    /// Not signed by the holder's key.
    Signature,
    /// Made for somebody else.
    Audience,
    /// Answers another request, or none.
    Nonce,
    /// Made for another credential or other disclosures.
    SdHash,
    /// Too old.
    Stale,
    /// From the future.
    Future,
}
