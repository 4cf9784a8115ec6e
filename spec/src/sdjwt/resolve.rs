//! Putting disclosures back where their digests stand (RFC 9901 §7.1, steps 3 to 5).
//!
//! Specified in `spec/text/credentials.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::disclosure::{Disclosure, SdDigest};
use crate::limits::MAX_JSON_DEPTH;
use crate::reason::{Fault, Reason, refuse};

/// Members of an SD-JWT VC that may never be disclosed selectively (SD-JWT VC §2.2.2.3).
pub(super) const VISIBLE: &[&str] = &["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];
/// The same for our own credentials: the time of issue too.
///
/// Implements REQ-CRED-13 (`spec/text/credentials.md`).
//= spec/text/credentials.md#REQ-CRED-13
//# At the top, `iss`, `nbf`, `exp`, `iat`, `cnf`, `vct`, `vct#integrity` and `status` MUST NOT be disclosed
//# singly.
pub(super) const VISIBLE_IN_OURS: &[&str] =
    &["iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status"];

/// The payload with every disclosed member in its place and every digest taken out; empty unless it is to be built.
///
/// No member of `visible` may be disclosed at the top.
///
/// # Errors
/// `invalid.digest.algorithm`, `invalid.digest.repeated`, `invalid.disclosure.unreferenced`,
/// `invalid.disclosure.malformed`, `invalid.disclosure.name`, `invalid.claim.hidden`, `malformed`, `malformed.base64url`,
/// `too_large`.
///
/// Implements REQ-CRED-6 to REQ-CRED-13 (`spec/text/credentials.md`).
pub(super) fn resolve(
    payload: &Map<String, Value>,
    disclosures: &[Disclosure],
    visible: &[&str],
    build: bool,
) -> Result<Map<String, Value>, Fault> {
    //= spec/text/credentials.md#REQ-CRED-6
    //# `_sd_alg` MUST be absent or `sha-256`.
    match payload.get("_sd_alg") {
        None => {}
        Some(Value::String(name)) if name == "sha-256" => {}
        Some(_) => return refuse(Reason::DigestAlgorithm, "_sd_alg"),
    }
    let mut by_digest = BTreeMap::new();
    for disclosure in disclosures {
        //= spec/text/credentials.md#REQ-CRED-7
        //# a disclosure MUST NOT be given twice
        if by_digest.insert(disclosure.digest(), disclosure).is_some() {
            return refuse(Reason::DigestRepeated, "disclosure");
        }
    }
    let mut walk = Walk { by_digest, visible, seen: BTreeSet::new(), used: 0, build };
    let mut claims = walk.object(payload, 0)?;
    claims.remove("_sd_alg");
    //= spec/text/credentials.md#REQ-CRED-8
    //# Every disclosure MUST have its digest in the whole.
    if walk.used != disclosures.len() {
        return refuse(Reason::DisclosureUnreferenced, "disclosure");
    }
    Ok(claims)
}

/// The digests that stand directly in `value`, at any depth.
pub(super) fn digests_in(value: &Value, found: &mut Vec<SdDigest>) {
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                match (name.as_str(), member) {
                    ("_sd", Value::Array(list)) => {
                        found.extend(list.iter().filter_map(|d| d.as_str()?.parse::<SdDigest>().ok()));
                    }
                    ("...", Value::String(text)) => found.extend(text.parse::<SdDigest>().ok()),
                    _ => digests_in(member, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| digests_in(item, found)),
        _ => {}
    }
}

struct Walk<'a> {
    by_digest: BTreeMap<SdDigest, &'a Disclosure>,
    visible: &'a [&'a str],
    seen: BTreeSet<SdDigest>,
    used: usize,
    /// Whether the result is wanted, or only whether there is one.
    build: bool,
}

impl<'a> Walk<'a> {
    /// The disclosure for a digest, once; every digest may stand in the whole only once, disclosed or not.
    fn take(&mut self, digest: &Value) -> Result<Option<&'a Disclosure>, Fault> {
        //= spec/text/credentials.md#REQ-CRED-11
        //# `_sd` MUST be a list of digests
        let Value::String(text) = digest else { return refuse(Reason::Malformed, "_sd") };
        let digest: SdDigest = text.parse()?;
        //= spec/text/credentials.md#REQ-CRED-7
        //# A digest MUST NOT stand in the whole more than once, disclosed or not
        if !self.seen.insert(digest) {
            return refuse(Reason::DigestRepeated, "_sd");
        }
        let found = self.by_digest.get(&digest).copied();
        self.used += usize::from(found.is_some());
        Ok(found)
    }

    fn object(&mut self, map: &Map<String, Value>, depth: usize) -> Result<Map<String, Value>, Fault> {
        // The payload is the first of as many levels as may be.
        //= spec/text/credentials.md#REQ-CRED-12
        //# Arrays and objects of the whole MUST NOT nest more than 16 deep, disclosures included; the payload
        //# counts as one.
        if depth >= MAX_JSON_DEPTH {
            return refuse(Reason::TooLarge, "depth");
        }
        let mut out = Map::new();
        for (name, value) in map {
            match name.as_str() {
                "_sd" => {}
                //= spec/text/credentials.md#REQ-CRED-11
                //# `...` MUST stand nowhere but in an array's placeholder, alone
                "..." => return refuse(Reason::Malformed, "..."),
                //= spec/text/credentials.md#REQ-CRED-10
                //# `_sd_alg` MUST NOT stand anywhere but at the top
                "_sd_alg" if depth > 0 => return refuse(Reason::DisclosureName, "_sd_alg"),
                _ => {
                    let value = self.value(value, depth + 1)?;
                    if self.build {
                        out.insert(name.clone(), value);
                    }
                }
            }
        }
        let Some(digests) = map.get("_sd") else { return Ok(out) };
        //= spec/text/credentials.md#REQ-CRED-11
        //# `_sd` MUST be a list of digests
        let Value::Array(digests) = digests else { return refuse(Reason::Malformed, "_sd") };
        let mut disclosed = BTreeSet::new();
        for digest in digests {
            let Some(disclosure) = self.take(digest)? else { continue };
            //= spec/text/credentials.md#REQ-CRED-9
            //# A disclosure of three elements MUST stand for a member of an object
            let Some(name) = disclosure.name() else {
                return refuse(Reason::DisclosureMalformed, "disclosure");
            };
            //= spec/text/credentials.md#REQ-CRED-13
            //# At the top, `iss`, `nbf`, `exp`, `iat`, `cnf`, `vct`, `vct#integrity` and `status` MUST NOT be
            //# disclosed singly.
            if depth == 0 && self.visible.contains(&name) {
                return refuse(Reason::ClaimHidden, "disclosure");
            }
            //= spec/text/credentials.md#REQ-CRED-10
            //# A disclosed name MUST NOT stand in its object already
            if map.contains_key(name) || !disclosed.insert(name) {
                return refuse(Reason::DisclosureName, "disclosure");
            }
            let value = self.value(disclosure.value(), depth + 1)?;
            if self.build {
                out.insert(name.to_owned(), value);
            }
        }
        Ok(out)
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<Value, Fault> {
        Ok(match value {
            Value::Object(map) => Value::Object(self.object(map, depth)?),
            Value::Array(_) if depth >= MAX_JSON_DEPTH => return refuse(Reason::TooLarge, "depth"),
            Value::Array(list) => {
                let mut out = Vec::with_capacity(list.len());
                for item in list {
                    match item.as_object().and_then(|map| map.get("...").map(|digest| (map.len(), digest))) {
                        None => out.push(self.value(item, depth + 1)?),
                        Some((1, digest)) => {
                            let Some(disclosure) = self.take(digest)? else { continue };
                            //= spec/text/credentials.md#REQ-CRED-9
                            //# one of two for an element of an array
                            if disclosure.name().is_some() {
                                return refuse(Reason::DisclosureMalformed, "disclosure");
                            }
                            out.push(self.value(disclosure.value(), depth + 1)?);
                        }
                        Some(_) => return refuse(Reason::Malformed, "..."),
                    }
                }
                Value::Array(out)
            }
            other if self.build => other.clone(),
            _ => Value::Null,
        })
    }
}
