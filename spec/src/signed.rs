//! What issuers sign: looking the key up by the stated issuer, and comparing the two.
//!
//! Specified in `spec/text/names.md` and `spec/text/credentials.md`.

use serde_json::{Map, Value};

use crate::did::{Did, KeyHistories};
use crate::encoding::from_value;
use crate::jws::Jws;
use crate::key::{SigningKey, VerifyingKey};
use crate::reason::{Fault, Reason, refuse};
use crate::sdjwt::SdJwt;
use crate::time::Timestamp;

/// Who signs, and with which key.
#[derive(Debug, Clone)]
pub struct Signer {
    did: Did,
    kid: String,
    key: SigningKey,
}

impl Signer {
    /// A signer that is named by its own key (`did:key`).
    #[must_use]
    pub fn from_key(key: SigningKey) -> Self {
        let did = Did::from_key(&key.verifying_key());
        let kid = did.own_key_id().unwrap_or_default();
        Self { did, kid, key }
    }

    /// A signer whose DID has a history; `kid` is the key's id in it.
    ///
    /// # Errors
    /// `invalid.issuer` if the key id is not of that DID.
    pub fn new(did: Did, kid: String, key: SigningKey) -> Result<Self, Fault> {
        if kid.strip_prefix(did.as_str()).is_none_or(|rest| !rest.starts_with('#')) {
            return refuse(Reason::InvalidIssuer, "kid");
        }
        Ok(Self { did, kid, key })
    }

    /// The DID.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// The key id that signatures name.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.kid
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The public key.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Signs a JSON object as JWS of type `typ`.
    ///
    /// # Errors
    /// `internal` if the payload cannot be written as JSON.
    pub fn sign<T: serde::Serialize>(&self, payload: &T, typ: &str) -> Result<String, Fault> {
        crate::jws::sign(payload, typ, Some(&self.kid), &self.key)
    }
}

/// The DID that an object states under `member`. Unverified until the object is opened with its key.
//= spec/text/names.md#REQ-NAME-9
//# The object MUST state a DID: what is absent is `invalid.claim.missing`
fn stated(payload: &Value, member: &'static str) -> Result<Did, Fault> {
    match payload.get(member) {
        Some(Value::String(text)) => text.parse(),
        Some(_) => refuse(Reason::InvalidDid, member),
        None => refuse(Reason::ClaimMissing, member),
    }
}

/// Verifies a JWS of type `typ` and at most `limit` bytes under the key of the issuer it states in member `by`, as of
/// `at`.
///
/// Gives that issuer and the payload. `client_id` as `by` is read with its prefix (see [`Did::from_client_id`]).
///
/// # Errors
/// Those of [`Jws::parse`] and [`Jws::open`]; `invalid.claim.missing` without `by`; `invalid.did`, and `too_large` for a
/// DID over its bound; `invalid.issuer` without `kid`; those of `at`; those of [`KeyHistories::resolve`].
///
/// Implements REQ-NAME-8 to REQ-NAME-11 (`spec/text/names.md`).
pub fn open_jws(
    text: &str,
    typ: &str,
    limit: usize,
    by: &'static str,
    histories: &KeyHistories,
    at: impl FnOnce(&Value) -> Result<Timestamp, Fault>,
) -> Result<(Did, Value), Fault> {
    let mut by_whom = None;
    let payload = Jws::parse(text, typ, limit)?.open(|kid, payload| {
        let did = match (by, payload.get(by)) {
            ("client_id", Some(Value::String(text))) => Did::from_client_id(text)?,
            _ => stated(payload, by)?,
        };
        //= spec/text/names.md#REQ-NAME-8
        //# `kid` MUST be there, and be of the DID that the object states.
        let key = histories.resolve(&did, kid.ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?, at(payload)?);
        by_whom = Some(did);
        key
    })?;
    Ok((by_whom.ok_or(Fault::new(Reason::ClaimMissing, by))?, payload))
}

/// Verifies an SD-JWT VC under the key of the issuer it states, which `resolve` finds by DID, key id and payload, compares its
/// type, and gives what was visible to everybody.
///
/// # Errors
/// Those of [`SdJwt::open_payload_by`]; `invalid.claim.missing` without `iss`; `invalid.did`, and `too_large` for a DID
/// over its bound; `invalid.issuer` without `kid`; those of `resolve`; `invalid.type` for no or another `vct`.
///
/// Implements REQ-CRED-5 and REQ-CRED-14 (`spec/text/credentials.md`); REQ-NAME-8 and REQ-NAME-9 (`spec/text/names.md`);
/// REQ-VERSION-6 (`spec/text/versions.md`); REQ-GEN-10 (`spec/text/README.md`).
pub fn open_credential(
    sd_jwt: &SdJwt,
    vct: &str,
    resolve: impl FnOnce(&Did, &str, &Value) -> Result<VerifyingKey, Fault>,
) -> Result<(Did, Map<String, Value>), Fault> {
    let mut by_whom = None;
    //= spec/text/credentials.md#REQ-CRED-5
    //# under the key that the payload's `iss` and the header's `kid` name
    let payload = sd_jwt.open_payload_by(|kid, payload| {
        let did = stated(payload, "iss")?;
        //= spec/text/names.md#REQ-NAME-8
        //# `kid` MUST be there, and be of the DID that the object states.
        let key = resolve(&did, kid.ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?, payload);
        by_whom = Some(did);
        key
    })?;
    //= spec/text/credentials.md#REQ-CRED-14
    //# Last, `vct` MUST be there and be the one that belongs there.
    //= spec/text/versions.md#REQ-VERSION-6
    //# a standing and the ratings shown with it MUST be of versions that the verifier's query named
    //= spec/text/README.md#REQ-GEN-10
    //# Another number in a `vct` or a `typ` is another type.
    match payload.get("vct") {
        Some(Value::String(text)) if text == vct => {}
        _ => return refuse(Reason::InvalidType, "vct"),
    }
    Ok((by_whom.ok_or(Fault::new(Reason::ClaimMissing, "iss"))?, payload))
}

/// The time of issue (`iat`, Unix seconds) that a payload states.
///
/// # Errors
/// `invalid.claim.missing` if it states none, `malformed.time` if what it states is none.
pub fn issued_at(payload: &Value) -> Result<Timestamp, Fault> {
    match payload.get("iat") {
        Some(stated) => from_value(stated.clone(), "iat"),
        None => refuse(Reason::ClaimMissing, "iat"),
    }
}

/// Takes a member that must be there out of a payload.
///
/// # Errors
/// `invalid.claim.missing`.
pub(crate) fn take(map: &mut Map<String, Value>, name: &'static str) -> Result<Value, Fault> {
    map.remove(name).ok_or(Fault::new(Reason::ClaimMissing, name))
}

/// The holder key of a credential's `cnf`.
///
/// # Errors
/// `invalid.claim.missing`, `malformed`, `invalid.key`.
pub(crate) fn take_holder(map: &mut Map<String, Value>) -> Result<VerifyingKey, Fault> {
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Confirmation {
        jwk: crate::key::Jwk,
    }
    let cnf: Confirmation = crate::encoding::from_value_exact(take(map, "cnf")?, "cnf")?;
    VerifyingKey::try_from(&cnf.jwk)
}
