//! SD-JWT VCs of other issuers, as they were issued.

use faam_spec::decision::Grade;
use faam_spec::encoding::{Numbers, parse_value_with, unb64};
use faam_spec::limits::{MAX_JWT_BYTES, MAX_SD_JWT_BYTES};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::sdjwt::vc;
use faam_spec::time::Timestamp;
use serde_json::{Map, Value};

use crate::{Caveat, Given, Kind, Statement};

/// Claims that say how a credential is read, and nothing about anybody.
const TECHNICAL: [&str; 8] = ["iss", "vct", "iat", "nbf", "exp", "cnf", "status", "vct#integrity"];

pub(crate) fn sd_jwt(data: &[u8], given: &Given, now: Timestamp) -> Result<Statement, Fault> {
    if data.len() > MAX_SD_JWT_BYTES {
        return refuse(Reason::TooLarge, "sd_jwt");
    }
    let text = core::str::from_utf8(data).map_err(|_| Fault::new(Reason::Malformed, "sd_jwt"))?;
    let (issuer, kid) = named(text)?;
    let mut last = Fault::new(Reason::KeyUnknown, "iss");
    for key in given.issuers.keys(&issuer, kid.as_deref())? {
        match vc::verify_unbound(text, &key, None, now) {
            Ok(verified) => return stated(&verified, &issuer, given),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

fn stated(verified: &vc::Unbound, issuer: &str, given: &Given) -> Result<Statement, Fault> {
    // What names the key is what the signature covers: read it once more from what was verified.
    if verified.issuer() != Some(issuer) {
        return refuse(Reason::InvalidIssuer, "iss");
    }
    let mut statement = Statement::new(Kind::SdJwtVc, Grade::IssuerSigned, issuer.to_owned());
    //= spec/text/evidence.md#REQ-EVID-4
    //# A credential that is bound to a key of its holder MUST NOT be judged as evidence without proof of that key
    statement.caveats.push(match (verified.holder(), given.keeping) {
        (None, _) => Caveat::Bearer,
        (Some(_), true) => Caveat::Bound,
        (Some(_), false) => return refuse(Reason::KeyBindingMissing, "kb"),
    });
    let claims = verified.claims();
    if claims.contains_key("status") {
        statement.caveats.push(Caveat::Status);
    }
    statement.of_type = Some(verified.vct().to_owned());
    statement.issued = time(claims, "iat");
    statement.until = time(claims, "exp");
    let said = claims.iter().filter(|(name, _)| !TECHNICAL.contains(&name.as_str()));
    statement.claims = said.map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(statement)
}

/// Issuer and key id as the text states them; nothing is verified yet, and it only says which key to try.
///
/// # Errors
/// `too_large`; `malformed.jws`, `malformed.base64url`, `malformed.json`; `invalid.claim.missing` without `iss`; `malformed` for one that
/// is no text; `invalid.issuer` for a `kid` that is none.
pub fn named(text: &str) -> Result<(String, Option<String>), Fault> {
    let jwt = text.split('~').next().unwrap_or_default();
    if jwt.len() > MAX_JWT_BYTES {
        return refuse(Reason::TooLarge, "sd_jwt");
    }
    let mut parts = jwt.split('.');
    let (Some(header), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return refuse(Reason::MalformedJws, "sd_jwt");
    };
    let read = |part: &str, at| parse_value_with(&unb64(part, at)?, MAX_JWT_BYTES, Numbers::Any, at);
    let (header, payload) = (read(header, "jws.header")?, read(payload, "jws.payload")?);
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.clone()),
        Some(_) => return refuse(Reason::InvalidIssuer, "kid"),
    };
    match payload.get("iss") {
        Some(Value::String(issuer)) => Ok((issuer.clone(), kid)),
        Some(_) => refuse(Reason::Malformed, "iss"),
        None => refuse(Reason::ClaimMissing, "iss"),
    }
}

fn time(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    claims.get(name).and_then(Value::as_i64).and_then(|seconds| Timestamp::new(seconds).ok())
}
