//! SD-JWT (RFC 9901) and SD-JWT VC: a signed credential whose claims are disclosed one by one, with key binding.
//!
//! Flow: an issuer makes an [`SdJwt`] with [`SdJwt::issue`]; a wallet chooses with [`SdJwt::select`] and signs with
//! [`SdJwt::bind`]; a verifier reads with [`SdJwt::parse`], verifies with [`SdJwt::open`] and
//! [`SdJwt::verify_key_binding`]. Bytes that were received are what is verified; nothing is written again first.
//!
//! [`SdJwt`] is for what is issued under our own formats. What others issue is read by [`Foreign`] as RFC 9901 says, and by
//! [`vc`] as SD-JWT VC says on top of it.
//!
//! Specified in `spec/text/credentials.md`.

mod disclosure;
mod foreign;
mod resolve;
pub mod vc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use disclosure::{Disclosure, SdDigest};
pub use foreign::{Foreign, KeyBindingTerms};

use crate::domain::{TYP_KEY_BINDING, TYP_SD_JWT_VC};
use crate::encoding::{Numbers, b64, from_value, present};
use crate::jws::{self, Jws};
use crate::key::{SigningKey, VerifyingKey};
use crate::limits::{
    KEY_BINDING_MAX_AGE, KEY_BINDING_MAX_FUTURE, MAX_DISCLOSURES, MAX_JWT_BYTES, MAX_SD_JWT_BYTES,
};
use crate::reason::{Fault, Reason, refuse};
use crate::time::Timestamp;

/// A credential as text, at most [`MAX_SD_JWT_BYTES`]: `<issuer-signed JWT>~<disclosure>~…~<key binding or nothing>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdJwt {
    jwt: String,
    disclosures: Vec<Disclosure>,
    key_binding: Option<String>,
}

/// What a verified credential says.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The payload as signed: what stands here was visible to everybody.
    pub payload: Map<String, Value>,
    /// The payload with disclosed claims in their places.
    pub claims: Map<String, Value>,
}

/// The claims of a key binding (RFC 9901 §4.3).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyBinding {
    aud: String,
    iat: Timestamp,
    nonce: String,
    sd_hash: String,
    /// Like `nbf`, of no use here, and kept all the same: it is a JWT.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    nbf: Option<Timestamp>,
}

impl SdJwt {
    /// Signs `payload`, in which the digests of `disclosures` already stand.
    ///
    /// # Errors
    /// `internal` if the payload cannot be written as JSON.
    pub fn issue(
        payload: &Map<String, Value>,
        disclosures: Vec<Disclosure>,
        kid: &str,
        key: &SigningKey,
    ) -> Result<Self, Fault> {
        let jwt = jws::sign(payload, TYP_SD_JWT_VC, Some(kid), key)?;
        Ok(Self { jwt, disclosures, key_binding: None })
    }

    /// Puts together a credential from its signed part and its disclosures, without key binding.
    #[must_use]
    pub const fn from_parts(jwt: String, disclosures: Vec<Disclosure>) -> Self {
        Self { jwt, disclosures, key_binding: None }
    }

    /// Takes a credential or presentation apart. Nothing is verified.
    ///
    /// # Errors
    /// `too_large` over [`MAX_SD_JWT_BYTES`] or [`MAX_DISCLOSURES`]; `malformed` without a last `~`; those of
    /// [`Disclosure::parse`].
    ///
    /// Implements REQ-CRED-1 to REQ-CRED-4 (`spec/text/credentials.md`).
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse_as(text, Numbers::Whole)
    }

    fn parse_as(text: &str, numbers: Numbers) -> Result<Self, Fault> {
        //= spec/text/credentials.md#REQ-CRED-1
        //# It MUST compare sizes first: the whole is at most 65,536 bytes
        if text.len() > MAX_SD_JWT_BYTES {
            return refuse(Reason::TooLarge, "sd_jwt");
        }
        //= spec/text/credentials.md#REQ-CRED-2
        //# The last `~` MUST be there.
        let (rest, key_binding) = text.rsplit_once('~').ok_or(Fault::new(Reason::Malformed, "sd_jwt"))?;
        let mut parts = rest.split('~');
        let jwt = parts.next().unwrap_or_default();
        //= spec/text/credentials.md#REQ-CRED-1
        //# there are at most 64 disclosures
        if parts.clone().count() > MAX_DISCLOSURES {
            return refuse(Reason::TooLarge, "disclosures");
        }
        let disclosures = parts.map(|text| Disclosure::parse_as(text, numbers)).collect::<Result<_, _>>()?;
        let key_binding = (!key_binding.is_empty()).then(|| key_binding.to_owned());
        Ok(Self { jwt: jwt.to_owned(), disclosures, key_binding })
    }

    /// The credential as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.signed_text();
        text.push_str(self.key_binding.as_deref().unwrap_or_default());
        text
    }

    /// The issuer-signed part alone.
    #[must_use]
    pub fn jwt(&self) -> &str {
        &self.jwt
    }

    /// The disclosures, in the order in which they stand.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }

    /// Whether a key binding is there. Never decides whether one is needed (A14).
    #[must_use]
    pub const fn has_key_binding(&self) -> bool {
        self.key_binding.is_some()
    }

    /// The issuer-signed part, taken apart but unverified.
    ///
    /// # Errors
    /// Those of [`Jws::parse`], with [`MAX_JWT_BYTES`] as its limit.
    ///
    /// Implements REQ-CRED-1 and REQ-CRED-5 (`spec/text/credentials.md`).
    //= spec/text/credentials.md#REQ-CRED-5
    //# The JWT MUST be a JWS as [README.md](README.md#hashes-and-signatures) says with `typ` `dc+sd-jwt`
    //= spec/text/credentials.md#REQ-CRED-1
    //# the whole is at most 65,536 bytes, the JWT 32,768
    pub fn jws(&self) -> Result<Jws<'_>, Fault> {
        Jws::parse(&self.jwt, TYP_SD_JWT_VC, MAX_JWT_BYTES)
    }

    /// Verifies the issuer's signature under `key` and puts the disclosures in their places.
    ///
    /// # Errors
    /// As [`SdJwt::open_by`].
    ///
    /// Implements REQ-CRED-5 to REQ-CRED-13 (`spec/text/credentials.md`).
    pub fn open(&self, key: &VerifyingKey) -> Result<Opened, Fault> {
        self.open_by(|_, _| Ok(*key))
    }

    /// As [`SdJwt::open`], with the key found by key id and unverified payload.
    ///
    /// # Errors
    /// Those of [`Jws::parse`], [`Jws::open`] and `find`; then `invalid.digest.algorithm`, `invalid.digest.repeated`,
    /// `invalid.disclosure.unreferenced`, `invalid.disclosure.malformed`, `invalid.disclosure.name`,
    /// `invalid.claim.hidden`, `malformed` for `_sd` or `...` of another form, `malformed.base64url` for what is no
    /// digest, and `too_large` for nesting over [`crate::limits::MAX_JSON_DEPTH`], as RFC 9901 §7.1 says.
    ///
    /// Implements REQ-CRED-5 to REQ-CRED-13 (`spec/text/credentials.md`).
    pub fn open_by(
        &self,
        find: impl FnOnce(Option<&str>, &Value) -> Result<VerifyingKey, Fault>,
    ) -> Result<Opened, Fault> {
        self.opened(find, true)
    }

    /// As [`SdJwt::open_by`], giving only what was visible to everybody; the disclosures are verified all the same.
    ///
    /// # Errors
    /// As [`SdJwt::open_by`].
    ///
    /// Implements REQ-CRED-5 to REQ-CRED-13 (`spec/text/credentials.md`).
    pub fn open_payload_by(
        &self,
        find: impl FnOnce(Option<&str>, &Value) -> Result<VerifyingKey, Fault>,
    ) -> Result<Map<String, Value>, Fault> {
        self.opened(find, false).map(|opened| opened.payload)
    }

    fn opened(
        &self,
        find: impl FnOnce(Option<&str>, &Value) -> Result<VerifyingKey, Fault>,
        build: bool,
    ) -> Result<Opened, Fault> {
        self.resolved(self.jws()?.open(find)?, resolve::VISIBLE_IN_OURS, build)
    }

    fn resolved(&self, payload: Value, visible: &[&str], build: bool) -> Result<Opened, Fault> {
        let Value::Object(payload) = payload else { return refuse(Reason::Malformed, "payload") };
        let claims = resolve::resolve(&payload, &self.disclosures, visible, build)?;
        Ok(Opened { payload, claims })
    }

    /// The same credential with only the disclosures that `keep` names, and those they stand in.
    #[must_use]
    pub fn select(&self, keep: impl Fn(&Disclosure) -> bool) -> Self {
        let mut kept: Vec<bool> = self.disclosures.iter().map(&keep).collect();
        let inner: Vec<Vec<SdDigest>> = self
            .disclosures
            .iter()
            .map(|disclosure| {
                let mut found = Vec::new();
                resolve::digests_in(disclosure.value(), &mut found);
                found
            })
            .collect();
        // A parent comes in for each kept child; depth is bounded, so that this many rounds are enough.
        for _ in 0..crate::limits::MAX_JSON_DEPTH {
            let wanted: Vec<SdDigest> =
                self.disclosures.iter().zip(&kept).filter(|(_, k)| **k).map(|(d, _)| d.digest()).collect();
            for (flag, digests) in kept.iter_mut().zip(&inner) {
                *flag = *flag || digests.iter().any(|digest| wanted.contains(digest));
            }
        }
        let disclosures = self
            .disclosures
            .iter()
            .zip(kept)
            .filter(|(_, k)| *k)
            .map(|(disclosure, _)| disclosure.clone())
            .collect();
        Self { jwt: self.jwt.clone(), disclosures, key_binding: None }
    }

    /// Signs the key binding at `now`: this credential, these disclosures, for this audience and nonce.
    ///
    /// # Errors
    /// `internal` if it cannot be written as JSON.
    pub fn bind(
        mut self,
        holder: &SigningKey,
        aud: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let claims = KeyBinding {
            aud: aud.into(),
            iat: now,
            nonce: nonce.into(),
            sd_hash: self.sd_hash(),
            exp: None,
            nbf: None,
        };
        self.key_binding = Some(jws::sign(&claims, TYP_KEY_BINDING, None, holder)?);
        Ok(self)
    }

    /// Verifies the key binding against what was asked: at most [`KEY_BINDING_MAX_AGE`] seconds old and
    /// [`KEY_BINDING_MAX_FUTURE`] ahead.
    ///
    /// # Errors
    /// `invalid.key_binding.missing`, `invalid.key_binding.signature`, `invalid.key_binding.audience`,
    /// `invalid.key_binding.nonce`, `invalid.key_binding.sd_hash`, `invalid.key_binding.stale`,
    /// `invalid.key_binding.future`; for its form those of [`Jws::parse`] and [`Jws::peek`], `malformed`, and
    /// `malformed.time` for `iat`, `exp` and `nbf`.
    ///
    /// Implements REQ-CRED-25 to REQ-CRED-31 (`spec/text/credentials.md`).
    pub fn verify_key_binding(
        &self,
        holder: &VerifyingKey,
        aud: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let verify = |text: &str| Jws::parse(text, TYP_KEY_BINDING, MAX_JWT_BYTES)?.verify(holder);
        let terms = KeyBindingTerms {
            audience: aud,
            nonce,
            max_age: KEY_BINDING_MAX_AGE,
            max_future: KEY_BINDING_MAX_FUTURE,
        };
        self.key_binding_meets(&terms, now, verify)
    }

    /// Whether the key binding, once `verify` has looked at its signature, answers what was asked.
    fn key_binding_meets(
        &self,
        terms: &KeyBindingTerms<'_>,
        now: Timestamp,
        verify: impl FnOnce(&str) -> Result<Value, Fault>,
    ) -> Result<(), Fault> {
        //= spec/text/credentials.md#REQ-CRED-25
        //# A verifier MUST demand it, whether or not one is there.
        let Some(text) = &self.key_binding else { return refuse(Reason::KeyBindingMissing, "kb") };
        //= spec/text/credentials.md#REQ-CRED-26
        //# It MUST verify under the key in `cnf`, and no other key of the same person.
        let payload = verify(text).map_err(|fault| match fault.reason() {
            Reason::InvalidSignature => Fault::new(Reason::KeyBindingSignature, "kb"),
            _ => fault,
        })?;
        let claims: KeyBinding = from_value(payload, "kb")?;
        //= spec/text/credentials.md#REQ-CRED-27
        //# `aud` MUST be the whole string, compared byte by byte.
        if claims.aud != terms.audience {
            return refuse(Reason::KeyBindingAudience, "kb.aud");
        }
        //= spec/text/credentials.md#REQ-CRED-28
        //# `nonce` MUST be the request's, and not empty.
        if terms.nonce.is_empty() || claims.nonce != terms.nonce {
            return refuse(Reason::KeyBindingNonce, "kb.nonce");
        }
        //= spec/text/credentials.md#REQ-CRED-29
        //# `sd_hash` MUST be that of exactly these disclosures in exactly this order.
        if claims.sd_hash != self.sd_hash() {
            return refuse(Reason::KeyBindingHash, "kb.sd_hash");
        }
        //= spec/text/credentials.md#REQ-CRED-30
        //# `iat` MUST be at most 300 s old, and `exp`, if it is there, in the future.
        //= spec/text/credentials.md#REQ-CRED-31
        //# `iat` MUST be at most 60 s ahead, and so `nbf`, if it is there.
        if claims.exp.is_some_and(|exp| exp <= now) {
            return refuse(Reason::KeyBindingStale, "kb.exp");
        }
        if claims.nbf.is_some_and(|nbf| -now.since(nbf) > terms.max_future) {
            return refuse(Reason::KeyBindingFuture, "kb.nbf");
        }
        match now.since(claims.iat) {
            age if age > terms.max_age => refuse(Reason::KeyBindingStale, "kb.iat"),
            // Negated on this side, where it cannot overflow, whatever bound was given.
            age if -age > terms.max_future => refuse(Reason::KeyBindingFuture, "kb.iat"),
            _ => Ok(()),
        }
    }

    fn signed_text(&self) -> String {
        let mut text = self.jwt.clone();
        text.push('~');
        for disclosure in &self.disclosures {
            text.push_str(disclosure.as_str());
            text.push('~');
        }
        text
    }

    fn sd_hash(&self) -> String {
        b64(Sha256::digest(self.signed_text().as_bytes()))
    }
}

impl Serialize for SdJwt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// Reads the text, and refuses it as [`SdJwt::parse`] does.
impl<'de> Deserialize<'de> for SdJwt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
