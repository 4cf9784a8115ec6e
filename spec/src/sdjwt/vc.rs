//! SD-JWT VCs of others: credentials of any issuer and type, by RFC 9901 and SD-JWT VC.
//!
//! A verifier reads with [`verify`], which demands key binding; a wallet that takes in a credential as it was issued reads with
//! [`verify_unbound`]. The issuer's key is the caller's to find and trust: nothing in the text can bring or name one.
//!
//! Not done here: the JWS JSON serialisation (RFC 9901 §8) is not read, only the compact form; the status of a credential is
//! told and not looked up; type metadata (`vct#integrity`) is not fetched; and a nonce is compared, not consumed.
//!
//! Specified in `spec/text/credentials.md`.

use core::fmt;

use serde_json::{Map, Value};

use super::resolve::digests_in;
use super::{Foreign, KeyBindingTerms, Opened};
use crate::domain::TYP_SD_JWT_VC;
use crate::key::PublicKey;
use crate::limits::CLOCK_TOLERANCE;
use crate::reason::{Fault, Reason, refuse};
use crate::time::Timestamp;

/// What a verifier asked for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The one `vct` that is taken; without it any, but there must be one.
    pub vct: Option<&'a str>,
    /// The audience that the holder was told, letter for letter.
    pub audience: &'a str,
    /// The nonce that the holder was given; an empty one is answered by nothing.
    pub nonce: &'a str,
    /// How old the key binding may be, in seconds; [`crate::limits::KEY_BINDING_MAX_AGE`] is what our own credentials
    /// have.
    pub max_age: i64,
    /// How far in the future the key binding may be, in seconds; see [`crate::limits::KEY_BINDING_MAX_FUTURE`].
    pub max_future: i64,
}

/// A credential that was presented by its holder to us: issuer's signature, dates, disclosures and key binding are verified.
#[derive(Debug, Clone)]
pub struct Verified {
    credential: Credential,
    holder: PublicKey,
}

/// A credential as it was issued: issuer's signature, dates and disclosures are verified; who shows it is not.
#[derive(Debug, Clone)]
pub struct Unbound {
    credential: Credential,
    holder: Option<PublicKey>,
}

/// Verifies a presentation: a credential under the key of its issuer, valid at `now`, with the key binding that was asked for.
///
/// # Errors
/// Those of [`Foreign::parse`], [`Foreign::open`] and [`Foreign::verify_key_binding`]; `invalid.type` for a `typ` that is
/// not `dc+sd-jwt`, and a `vct` that is missing, empty or another; `invalid.claim.hidden` for a `status` of which a part
/// is disclosed singly; `malformed.time` for an `exp`, `nbf` or `iat` that is
/// no whole number of seconds from 1970 to 9999; `invalid.expired`; `invalid.not_yet` for an `nbf` or `iat` over
/// [`CLOCK_TOLERANCE`] ahead; `invalid.claim.missing` without `cnf.jwk`; those of [`PublicKey::from_jwk`] for it;
/// `malformed` for an `iss`, `cnf` or `status` of another form.
///
/// Implements REQ-CRED-26 to REQ-CRED-31 and REQ-CRED-38 to REQ-CRED-44, and REQ-CRED-46 (`spec/text/credentials.md`).
pub fn verify(
    text: &str,
    issuer: &PublicKey,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Verified, Fault> {
    let presented = Foreign::parse(text)?;
    //= spec/text/credentials.md#REQ-CRED-44
    //# It MUST have a key binding when it is presented
    if !presented.has_key_binding() {
        return refuse(Reason::KeyBindingMissing, "kb");
    }
    let (credential, holder) = read(&presented, issuer, expected.vct, now)?;
    //= spec/text/credentials.md#REQ-CRED-42
    //# `cnf` MUST be there with a `jwk` when the credential is presented.
    let holder = holder.ok_or(Fault::new(Reason::ClaimMissing, "cnf"))?;
    let Expected { audience, nonce, max_age, max_future, .. } = *expected;
    presented.verify_key_binding(&holder, &KeyBindingTerms { audience, nonce, max_age, max_future }, now)?;
    Ok(Verified { credential, holder })
}

/// Verifies a credential as an issuer gives it out, valid at `now`: with any of its disclosures, and without key binding.
///
/// # Errors
/// As [`verify`], but that key binding must not be there (`invalid.key_binding.present`) and `cnf` need not.
///
/// Implements REQ-CRED-32, REQ-CRED-38 to REQ-CRED-41 and REQ-CRED-43 (`spec/text/credentials.md`).
pub fn verify_unbound(
    text: &str,
    issuer: &PublicKey,
    vct: Option<&str>,
    now: Timestamp,
) -> Result<Unbound, Fault> {
    let issued = Foreign::parse(text)?;
    //= spec/text/credentials.md#REQ-CRED-32
    //# A credential that is being issued MUST NOT carry a key binding.
    if issued.has_key_binding() {
        return refuse(Reason::KeyBindingPresent, "kb");
    }
    let (credential, holder) = read(&issued, issuer, vct, now)?;
    Ok(Unbound { credential, holder })
}

impl Verified {
    /// What it says, with disclosed claims in their places and without `_sd`, `...` and `_sd_alg` (RFC 9901 §7.1).
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.credential.claims
    }

    /// Its type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.credential.vct
    }

    /// Who is said to have issued it; whether the key is theirs was for the caller to know.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.credential.issuer.as_deref()
    }

    /// The key that the credential is bound to and that signed the key binding.
    #[must_use]
    pub const fn holder(&self) -> &PublicKey {
        &self.holder
    }

    /// Index and address of its Token Status List entry, if it names one. It was not looked up.
    #[must_use]
    pub fn status(&self) -> Option<(u64, &str)> {
        self.credential.status()
    }
}

impl Unbound {
    /// What it says, with disclosed claims in their places and without `_sd`, `...` and `_sd_alg` (RFC 9901 §7.1).
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.credential.claims
    }

    /// Its type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.credential.vct
    }

    /// Who is said to have issued it; whether the key is theirs was for the caller to know.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.credential.issuer.as_deref()
    }

    /// The key that the credential is bound to; none if anybody may show it.
    #[must_use]
    pub const fn holder(&self) -> Option<&PublicKey> {
        self.holder.as_ref()
    }

    /// Index and address of its Token Status List entry, if it names one. It was not looked up.
    #[must_use]
    pub fn status(&self) -> Option<(u64, &str)> {
        self.credential.status()
    }
}

/// What is read of a credential whether or not it is bound.
#[derive(Clone)]
struct Credential {
    claims: Map<String, Value>,
    vct: String,
    issuer: Option<String>,
    status: Option<(u64, String)>,
}

impl Credential {
    fn status(&self) -> Option<(u64, &str)> {
        self.status.as_ref().map(|(idx, uri)| (*idx, uri.as_str()))
    }
}

impl fmt::Debug for Credential {
    /// Names, never values: they end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({:?}, {:?})", self.vct, self.claims.keys().collect::<Vec<_>>())
    }
}

/// Verifies the issuer's part. The claims that are read here can never be hidden, so that one that is not there was not stated;
/// but for `iat`, which SD-JWT VC lets the holder keep back.
fn read(
    sd_jwt: &Foreign,
    issuer: &PublicKey,
    vct: Option<&str>,
    now: Timestamp,
) -> Result<(Credential, Option<PublicKey>), Fault> {
    let Opened { payload, claims } = sd_jwt.open(TYP_SD_JWT_VC, issuer)?;
    //= spec/text/credentials.md#REQ-CRED-46
    //# A `status` with digests in it MUST show its `status_list` openly, `idx` and `uri` included
    let mut hidden = Vec::new();
    if let Some(status) = payload.get("status") {
        digests_in(status, &mut hidden);
    }
    // Decoys may stand there; what they could stand for must not be what is looked for.
    let list = payload.get("status").and_then(|status| status.get("status_list"));
    let is_open = list.is_some_and(|list| list.get("idx").is_some() && list.get("uri").is_some());
    if !hidden.is_empty() && !is_open {
        return refuse(Reason::ClaimHidden, "status");
    }
    //= spec/text/credentials.md#REQ-CRED-38
    //# `vct` MUST be a text that is not empty, and the one that was asked for if one was.
    let stated = match claims.get("vct") {
        Some(Value::String(stated)) if !stated.is_empty() && vct.is_none_or(|vct| vct == stated) => stated,
        _ => return refuse(Reason::InvalidType, "vct"),
    };
    //= spec/text/credentials.md#REQ-CRED-40
    //# `exp` MUST be in the future.
    if time(&claims, "exp")?.is_some_and(|exp| exp <= now) {
        return refuse(Reason::Expired, "exp");
    }
    //= spec/text/credentials.md#REQ-CRED-41
    //# `nbf` and `iat` MUST be at most 60 s ahead.
    for name in ["nbf", "iat"] {
        if time(&claims, name)?.is_some_and(|from| from.since(now) > CLOCK_TOLERANCE) {
            return refuse(Reason::NotYetValid, name);
        }
    }
    //= spec/text/credentials.md#REQ-CRED-43
    //# `iss` MUST be a text, `cnf` and `status` objects
    let issuer = match claims.get("iss") {
        None => None,
        Some(Value::String(issuer)) => Some(issuer.clone()),
        Some(_) => return refuse(Reason::Malformed, "iss"),
    };
    let vct = stated.clone();
    let (status, holder) = (status(&claims)?, holder(&claims)?);
    Ok((Credential { claims, vct, issuer, status }, holder))
}

/// A date, if it is stated. What is stated badly is never taken for absent (A06).
//= spec/text/credentials.md#REQ-CRED-39
//# `exp`, `nbf` and `iat` MUST be whole seconds without fraction or exponent, where they are there.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, Fault> {
    let bad = Fault::new(Reason::MalformedTime, name);
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_i64().map(Timestamp::new) {
            Some(Ok(moment)) => Ok(Some(moment)),
            _ => Err(bad),
        },
    }
}

/// The holder key, if the credential is bound. Being bound in a way that is not known here is not being unbound.
fn holder(claims: &Map<String, Value>) -> Result<Option<PublicKey>, Fault> {
    match claims.get("cnf") {
        None => Ok(None),
        Some(Value::Object(cnf)) => match cnf.get("jwk") {
            Some(jwk) => PublicKey::from_jwk(jwk).map(Some),
            None => refuse(Reason::ClaimMissing, "cnf.jwk"),
        },
        Some(_) => refuse(Reason::Malformed, "cnf"),
    }
}

/// The reference to a Token Status List; other mechanisms beside or instead of it are in the claims, and not read.
//= spec/text/credentials.md#REQ-CRED-43
//# `cnf` and `status` objects, and `status.status_list` one with a whole `idx` from 0 and a text `uri`
fn status(claims: &Map<String, Value>) -> Result<Option<(u64, String)>, Fault> {
    let bad = Fault::new(Reason::Malformed, "status");
    let list = match claims.get("status") {
        None => return Ok(None),
        Some(Value::Object(status)) => match status.get("status_list") {
            None => return Ok(None),
            Some(list) => list,
        },
        Some(_) => return Err(bad),
    };
    match (list.get("idx").and_then(Value::as_u64), list.get("uri").and_then(Value::as_str)) {
        (Some(idx), Some(uri)) => Ok(Some((idx, uri.to_owned()))),
        _ => Err(bad),
    }
}
