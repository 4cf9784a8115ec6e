//! SD-JWTs of others, as RFC 9901 says, whatever their type.
//!
//! Specified in `spec/text/credentials.md`.

use super::{Opened, SdJwt, resolve};
use crate::domain::TYP_KEY_BINDING;
use crate::encoding::Numbers;
use crate::jws;
use crate::key::PublicKey;
use crate::limits::MAX_JWT_BYTES;
use crate::reason::Fault;
use crate::time::Timestamp;

/// An SD-JWT that others issued, in the compact form.
///
/// The JWS JSON serialisation (RFC 9901 §8) is not read. Bounds, strict JSON and the rules for disclosures are those of
/// [`SdJwt`]; what differs is that numbers may be any, that the algorithm is the key's, and that the type is the reader's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign(SdJwt);

/// What a key binding has to answer, and how old it may be.
#[derive(Debug, Clone, Copy)]
pub struct KeyBindingTerms<'a> {
    /// The audience that the holder was told, letter for letter.
    pub audience: &'a str,
    /// The nonce that the holder was given; an empty one is answered by nothing.
    pub nonce: &'a str,
    /// How old it may be, in seconds.
    pub max_age: i64,
    /// How far in the future it may be, in seconds.
    pub max_future: i64,
}

impl Foreign {
    /// Takes a credential or presentation apart. Nothing is verified.
    ///
    /// # Errors
    /// As [`SdJwt::parse`].
    ///
    /// Implements REQ-CRED-1 to REQ-CRED-4 (`spec/text/credentials.md`).
    pub fn parse(text: &str) -> Result<Self, Fault> {
        SdJwt::parse_as(text, Numbers::Any).map(Self)
    }

    /// Whether a key binding is there. Never decides whether one is needed (A14).
    #[must_use]
    pub const fn has_key_binding(&self) -> bool {
        self.0.has_key_binding()
    }

    /// Verifies the issuer's signature under `issuer`, by its algorithm, and puts the disclosures in their places. `typ` is the
    /// one type that is taken.
    ///
    /// # Errors
    /// Those of [`jws::verify_foreign`], with [`MAX_JWT_BYTES`] as its limit; then those for disclosures of
    /// [`SdJwt::open_by`].
    ///
    /// Implements REQ-CRED-6 to REQ-CRED-12 and REQ-CRED-33 (`spec/text/credentials.md`).
    pub fn open(&self, typ: &str, issuer: &PublicKey) -> Result<Opened, Fault> {
        let payload = jws::verify_foreign(self.0.jwt(), typ, MAX_JWT_BYTES, issuer)?;
        self.0.resolved(payload, resolve::VISIBLE, true)
    }

    /// Verifies the key binding under `holder`, by its algorithm, and compares it with what was asked.
    ///
    /// # Errors
    /// As [`SdJwt::verify_key_binding`], its form as [`jws::verify_foreign`] reads it.
    ///
    /// Implements REQ-CRED-26 to REQ-CRED-31 and REQ-CRED-33 (`spec/text/credentials.md`).
    pub fn verify_key_binding(
        &self,
        holder: &PublicKey,
        terms: &KeyBindingTerms<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let verify = |text: &str| jws::verify_foreign(text, TYP_KEY_BINDING, MAX_JWT_BYTES, holder);
        self.0.key_binding_meets(terms, now, verify)
    }
}
