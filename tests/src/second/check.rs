//! The steps of RFC 9901 §7.1 and §7.3, and what SD-JWT VC adds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::Digest as _;

use super::json::{base64url, read, shallow};
use super::jws::{Jws, algorithm, from_jwk, take_apart};
use super::{Binding, Expected, Key, Why};

/// Largest SD-JWT with everything, in bytes.
const WHOLE: usize = 65_536;
/// Longest JWT, in bytes.
const JWT: usize = 32_768;
/// Most disclosures.
const DISCLOSURES: usize = 64;
/// Longest disclosure, in bytes of its text.
const DISCLOSURE: usize = 16_384;
/// How far ahead of this clock a credential may begin, in seconds.
const AHEAD: i64 = 60;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;
/// SD-JWT VC, "Registered JWT Claims": these must not be disclosed selectively.
const VISIBLE: [&str; 7] = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];

/// Checks a presentation and gives the claims of the credential as they were disclosed.
///
/// # Errors
/// The first fault that was met.
pub fn check(text: &str, issuer: &Key, expected: &Expected<'_>, now: i64) -> Result<Map<String, Value>, Why> {
    if text.len() > WHOLE {
        return Err(Why::TooLarge);
    }
    // 7.3 step 1: this reader always demands key binding.
    // 7.3 step 3, 7.1 step 1: the issuer's JWT, the disclosures, and after the last `~` the key binding.
    let mut parts: Vec<&str> = text.split('~').collect();
    if parts.len() < 2 {
        return Err(Why::Malformed);
    }
    let credential = parts.remove(0);
    let binding = parts.remove(parts.len() - 1);
    if credential.len() > JWT || binding.len() > JWT || parts.len() > DISCLOSURES {
        return Err(Why::TooLarge);
    }
    if parts.iter().any(|part| part.len() > DISCLOSURE) {
        return Err(Why::TooLarge);
    }
    // 7.3 step 2: no key binding, no acceptance.
    if binding.is_empty() {
        return Err(Why::KeyBinding(Binding::Absent));
    }
    // 7.3 step 4: all of 7.1.
    let claims = credential_claims(credential, &parts, issuer, expected, now)?;
    // 7.3 step 5.
    let bound = &text[..text.len() - binding.len()];
    key_binding(binding, bound, &claims, expected, now)?;
    Ok(claims)
}

/// RFC 9901 §7.1 from step 2.
fn credential_claims(
    text: &str,
    disclosures: &[&str],
    issuer: &Key,
    expected: &Expected<'_>,
    now: i64,
) -> Result<Map<String, Value>, Why> {
    let jws = take_apart(text).ok_or(Why::Malformed)?;
    // Step 2.1: the algorithm is that of the key; there are no extensions.
    if !jws.header_is("alg", algorithm(issuer)) {
        return Err(Why::Algorithm);
    }
    if jws.header.contains_key("crit") {
        return Err(Why::Critical);
    }
    // SD-JWT VC: the type of the JWT.
    if !jws.header_is("typ", "dc+sd-jwt") {
        return Err(Why::Type);
    }
    // Steps 2.2 and 2.3: the caller says whose key it is.
    if !jws.signed_by(issuer) {
        return Err(Why::Signature);
    }
    let Some(Value::Object(payload)) = read(&jws.payload) else { return Err(Why::Malformed) };
    // Step 2.4: only SHA-256, which is also what is meant if nothing is said.
    if payload.get("_sd_alg").is_some_and(|name| name.as_str() != Some("sha-256")) {
        return Err(Why::Digest);
    }
    // Step 3.1: the digest of each disclosure, over its text as it stands.
    let mut given = Vec::new();
    for text in disclosures {
        given.push(read_disclosure(text)?);
    }
    // Steps 3.2 to 3.6, and 4.
    let mut walk = Walk { given, seen: Vec::new() };
    let claims = walk.object(payload, true)?;
    // Step 5: nothing is left over. Of two that are the same, one is.
    if walk.given.iter().any(|disclosure| !disclosure.used) {
        return Err(Why::Disclosure);
    }
    if !shallow(&Value::Object(claims.clone())) {
        return Err(Why::Malformed);
    }
    // SD-JWT VC: the type of the credential.
    match claims.get("vct") {
        None => return Err(Why::Missing),
        Some(Value::String(vct)) if !vct.is_empty() && expected.vct.is_none_or(|wanted| wanted == vct) => {}
        Some(_) => return Err(Why::Type),
    }
    // RFC 7519 §4.1.1: the issuer is a text.
    if claims.get("iss").is_some_and(|iss| !iss.is_string()) {
        return Err(Why::Malformed);
    }
    // Token Status List, "Referenced Token": an object, and in it a number from 0 and an address, if it is this kind.
    if let Some(status) = claims.get("status") {
        let members = status.as_object().ok_or(Why::Malformed)?;
        if let Some(list) = members.get("status_list") {
            let idx = list.get("idx").and_then(Value::as_u64);
            let uri = list.get("uri").and_then(Value::as_str);
            if idx.is_none() || uri.is_none() {
                return Err(Why::Malformed);
            }
        }
    }
    // Step 6: the times.
    let (exp, nbf, iat) = (time(&claims, "exp")?, time(&claims, "nbf")?, time(&claims, "iat")?);
    if exp.is_some_and(|exp| now >= exp) || nbf.is_some_and(|nbf| nbf > now + AHEAD) {
        return Err(Why::Time);
    }
    if iat.is_some_and(|iat| iat > now + AHEAD) {
        return Err(Why::Time);
    }
    Ok(claims)
}

/// One disclosure, and whether its digest was met.
struct Disclosure {
    digest: String,
    content: Vec<Value>,
    used: bool,
}

/// RFC 9901 §4.2.1 and §4.2.2: an array of salt and value, or of salt, name and value.
fn read_disclosure(text: &str) -> Result<Disclosure, Why> {
    let bytes = base64url(text).ok_or(Why::Disclosure)?;
    let Some(Value::Array(content)) = read(&bytes) else { return Err(Why::Disclosure) };
    let good = match content.as_slice() {
        [salt, _value] => salt.is_string(),
        [salt, name, _value] => salt.is_string() && name.is_string(),
        _ => false,
    };
    if !good {
        return Err(Why::Disclosure);
    }
    Ok(Disclosure { digest: sha256(text), content, used: false })
}

/// A walk through the payload and all that is disclosed in it.
struct Walk {
    given: Vec<Disclosure>,
    seen: Vec<String>,
}

impl Walk {
    fn value(&mut self, value: Value) -> Result<Value, Why> {
        match value {
            Value::Object(members) => Ok(Value::Object(self.object(members, false)?)),
            Value::Array(elements) => Ok(Value::Array(self.array(elements)?)),
            other => Ok(other),
        }
    }

    /// Steps 3.2.1 and 3.3.2.
    fn object(&mut self, members: Map<String, Value>, top: bool) -> Result<Map<String, Value>, Why> {
        // §4.1: these names are not for claims. `...` belongs into arrays, and `_sd_alg` to the top.
        if members.contains_key("...") || (members.contains_key("_sd_alg") && !top) {
            return Err(Why::Digest);
        }
        let mut result = Map::new();
        let mut digests = Vec::new();
        for (name, value) in members {
            match name.as_str() {
                // Step 3.5: `_sd` does not stay.
                "_sd" => match value {
                    Value::Array(elements) => digests = elements,
                    _ => return Err(Why::Digest),
                },
                // Step 3.6: nor does `_sd_alg`.
                "_sd_alg" => {}
                _ => {
                    let value = self.value(value)?;
                    result.insert(name, value);
                }
            }
        }
        for digest in digests {
            // Step 3.3.1: a digest without a disclosure means nothing.
            let Some(mut content) = self.find(&digest)? else { continue };
            // Step 3.3.2.1: three elements.
            if content.len() != 3 {
                return Err(Why::Disclosure);
            }
            let value = content.remove(2);
            let Value::String(name) = content.remove(1) else { return Err(Why::Disclosure) };
            // Step 3.3.2.2: names that mean something else.
            if name == "_sd" || name == "..." || name == "_sd_alg" {
                return Err(Why::Disclosure);
            }
            if top && VISIBLE.contains(&name.as_str()) {
                return Err(Why::Hidden);
            }
            // Step 3.3.2.3: a name that stands there already.
            if result.contains_key(&name) {
                return Err(Why::Disclosure);
            }
            // Steps 3.3.2.4 and 3.3.2.5.
            let value = self.value(value)?;
            result.insert(name, value);
        }
        Ok(result)
    }

    /// Steps 3.2.2, 3.3.3 and 3.4.
    fn array(&mut self, elements: Vec<Value>) -> Result<Vec<Value>, Why> {
        let mut result = Vec::new();
        for element in elements {
            let Some(digest) = element.get("...") else {
                result.push(self.value(element)?);
                continue;
            };
            // §4.2.4.2: nothing else may stand beside it.
            if element.as_object().is_none_or(|members| members.len() != 1) {
                return Err(Why::Digest);
            }
            // Step 3.4: an element that is not disclosed goes.
            let Some(mut content) = self.find(digest)? else { continue };
            // Step 3.3.3.1: two elements.
            if content.len() != 2 {
                return Err(Why::Disclosure);
            }
            // Steps 3.3.3.2 and 3.3.3.3.
            let value = content.remove(1);
            result.push(self.value(value)?);
        }
        Ok(result)
    }

    /// The content of the disclosure with this digest, which is now used; step 4 on the way.
    fn find(&mut self, digest: &Value) -> Result<Option<Vec<Value>>, Why> {
        let Value::String(digest) = digest else { return Err(Why::Digest) };
        if base64url(digest).is_none_or(|bytes| bytes.len() != 32) {
            return Err(Why::Digest);
        }
        // Step 4: no digest twice, disclosed or not.
        if self.seen.contains(digest) {
            return Err(Why::Digest);
        }
        self.seen.push(digest.clone());
        for disclosure in &mut self.given {
            if disclosure.digest == *digest {
                disclosure.used = true;
                return Ok(Some(disclosure.content.clone()));
            }
        }
        Ok(None)
    }
}

/// RFC 9901 §7.3 step 5.
fn key_binding(
    text: &str,
    bound: &str,
    claims: &Map<String, Value>,
    expected: &Expected<'_>,
    now: i64,
) -> Result<(), Why> {
    // Step 5.1: the holder's key (RFC 7800 §3.2).
    let jwk = claims.get("cnf").and_then(|cnf| cnf.get("jwk")).ok_or(Why::KeyBinding(Binding::Key))?;
    let key = from_jwk(jwk).ok_or(Why::KeyBinding(Binding::Key))?;
    let jws = take_apart(text).ok_or(Why::KeyBinding(Binding::Malformed))?;
    bound_by(&jws, &key, bound, expected, now).map_err(Why::KeyBinding)
}

fn bound_by(jws: &Jws<'_>, key: &Key, bound: &str, expected: &Expected<'_>, now: i64) -> Result<(), Binding> {
    // Step 5.2: the algorithm is that of the key; there are no extensions.
    if !jws.header_is("alg", algorithm(key)) {
        return Err(Binding::Algorithm);
    }
    if jws.header.contains_key("crit") {
        return Err(Binding::Critical);
    }
    // Step 5.3.
    if !jws.signed_by(key) {
        return Err(Binding::Signature);
    }
    // Step 5.4.
    if !jws.header_is("typ", "kb+jwt") {
        return Err(Binding::Type);
    }
    let Some(Value::Object(claims)) = read(&jws.payload) else { return Err(Binding::Malformed) };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or(Binding::Malformed);
    // Step 5.5: the time of making.
    let iat = time(&claims, "iat").map_err(|_| Binding::Malformed)?.ok_or(Binding::Malformed)?;
    if now - iat > expected.max_age {
        return Err(Binding::Stale);
    }
    if iat - now > expected.max_future {
        return Err(Binding::Future);
    }
    // Step 5.6: for this reader and this request. A nonce that is empty binds to nothing.
    if text("nonce")? != expected.nonce || expected.nonce.is_empty() {
        return Err(Binding::Nonce);
    }
    if text("aud")? != expected.audience {
        return Err(Binding::Audience);
    }
    // Step 5.7.
    if text("sd_hash")? != sha256(bound) {
        return Err(Binding::SdHash);
    }
    // Step 5.8: RFC 7519 §4.1.4 and §4.1.5 hold for this JWT too.
    if time(&claims, "exp").map_err(|_| Binding::Malformed)?.is_some_and(|exp| now >= exp) {
        return Err(Binding::Stale);
    }
    if time(&claims, "nbf")
        .map_err(|_| Binding::Malformed)?
        .is_some_and(|nbf| nbf > now + expected.max_future)
    {
        return Err(Binding::Future);
    }
    Ok(())
}

/// A time claim: a whole number from 1970 to 9999, or absent.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Why> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    match value.as_i64() {
        Some(seconds) if (0..=LAST).contains(&seconds) => Ok(Some(seconds)),
        _ => Err(Why::Malformed),
    }
}

/// The base64url of the SHA-256 of a text.
fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(text.as_bytes()))
}
