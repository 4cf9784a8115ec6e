//! W3C Verifiable Credentials 2.0 with a Data Integrity proof by `eddsa-rdfc-2022`.
//!
//! JSON-LD and the canonical form of RDF are those of the parts of `ssi` (`ssi-json-ld`, `ssi-rdf`); who may have signed, when, and
//! which contexts are known is decided here, and the signature is verified as all of ours are.

use std::collections::BTreeMap;

use faam_spec::decision::Grade;
use faam_spec::encoding::{Numbers, parse_value_with};
use faam_spec::key::PublicKey;
use faam_spec::limits::{CLOCK_TOLERANCE, MAX_VC_BYTES};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use futures::FutureExt as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use ssi_json_ld::{CompactJsonLd, Expandable as _, Loader as _, StaticLoader};
use ssi_rdf::{AnyLdEnvironment as _, LdEnvironment};

use crate::{Caveat, Given, Kind, Statement};

/// The context that comes first.
const FIRST: &str = "https://www.w3.org/ns/credentials/v2";
/// Most contexts.
const MAX_CONTEXTS: usize = 8;
/// Most statements in a credential: its canonical form is sorted.
const MAX_QUADS: usize = 4096;
/// Most nodes without a name that look alike. Telling these apart takes time that grows with the factorial of their number.
const MAX_ALIKE: usize = 6;

pub(crate) fn judge(data: &[u8], given: &Given, now: Timestamp) -> Result<Statement, Fault> {
    let whole = parse_value_with(data, MAX_VC_BYTES, Numbers::Any, "vc")?;
    let Value::Object(mut credential) = whole else { return refuse(Reason::Malformed, "vc") };
    let contexts = contexts(&credential)?;
    let proof = match credential.remove("proof") {
        Some(Value::Object(proof)) => proof,
        _ => return refuse(Reason::VcProof, "vc.proof"),
    };
    if proof.contains_key("@context")
        || has_context(credential.iter().filter(|(name, _)| *name != "@context"), 0)
    {
        return refuse(Reason::VcContext, "vc.context");
    }
    let issuer = issuer(&credential)?;
    let method = checked(&proof, &issuer)?;
    let issued = dates(&credential, &proof, now)?;
    let keys = given.issuers.keys(&issuer, Some(method))?;
    let types = types(&credential)?;
    let signature = text(&proof, "proofValue", Reason::VcProof)?;
    let hashes = hashes(&credential, &proof, &contexts)?;
    verified(&hashes, signature, &keys)?;

    let mut statement = Statement::new(Kind::Vc, Grade::IssuerSigned, issuer);
    let subject = credential
        .get("credentialSubject")
        .ok_or(Fault::new(Reason::ClaimMissing, "vc.credentialSubject"))?;
    //= spec/text/evidence.md#REQ-EVID-4
    //# A credential that is bound to a key of its holder MUST NOT be judged as evidence without proof of that key
    statement.caveats.push(match (is_bound(subject), given.keeping) {
        (false, _) => Caveat::Bearer,
        (true, true) => Caveat::Bound,
        (true, false) => return refuse(Reason::KeyBindingMissing, "vc.credentialSubject"),
    });
    if credential.contains_key("credentialStatus") {
        statement.caveats.push(Caveat::Status);
    }
    statement.of_type = Some(types);
    statement.issued = issued;
    statement.until = date(&credential, "validUntil")?;
    statement.claims.insert("credentialSubject".to_owned(), subject.clone());
    for name in ["name", "description"] {
        statement.claims.extend(credential.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    Ok(statement)
}

/// The contexts, all of which are known here.
//= spec/text/evidence.md#REQ-EVID-6
//# Its `@context` MUST be a list of addresses that begins with `https://www.w3.org/ns/credentials/v2`, all of
//# them known here without asking anybody
fn contexts(credential: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let bad = || Fault::new(Reason::VcContext, "vc.context");
    let list = credential.get("@context").and_then(Value::as_array).ok_or_else(bad)?;
    if list.is_empty() || list.len() > MAX_CONTEXTS {
        return Err(bad());
    }
    let list: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let list = list.ok_or_else(bad)?;
    if list.first() != Some(&FIRST) {
        return Err(bad());
    }
    for address in &list {
        let iri = ssi_json_ld::Iri::new(*address).map_err(|_| bad())?;
        // It has everything at hand: what it does not answer at once it does not know.
        if !matches!(StaticLoader.load(iri).now_or_never(), Some(Ok(_))) {
            return Err(bad());
        }
    }
    Ok(list.into_iter().map(str::to_owned).collect())
}

/// Whether a context is written into what stands below. The strict reader has bounded the depth.
fn has_context<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, depth: usize) -> bool {
    fn within(value: &Value, depth: usize) -> bool {
        match value {
            Value::Object(members) => has_context(members.iter(), depth + 1),
            Value::Array(items) => items.iter().any(|item| within(item, depth + 1)),
            _ => false,
        }
    }
    let mut members = members;
    members.any(|(name, value)| name == "@context" || depth > 32 || within(value, depth))
}

fn issuer(credential: &Map<String, Value>) -> Result<String, Fault> {
    let name = match credential.get("issuer") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Object(issuer)) => match issuer.get("id") {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
        _ => None,
    };
    name.cloned().ok_or(Fault::new(Reason::Malformed, "vc.issuer"))
}

/// The one method of a proof of the one kind that is read.
//= spec/text/evidence.md#REQ-EVID-5
//# A `vc` MUST have exactly one proof, a `DataIntegrityProof` with `cryptosuite` `eddsa-rdfc-2022` and
//# `proofPurpose` `assertionMethod` (`vc.proof`), whose `verificationMethod` is of the `issuer`
//# (`invalid.issuer`).
fn checked<'a>(proof: &'a Map<String, Value>, issuer: &str) -> Result<&'a str, Fault> {
    for (name, wanted) in [
        ("type", "DataIntegrityProof"),
        ("cryptosuite", "eddsa-rdfc-2022"),
        ("proofPurpose", "assertionMethod"),
    ] {
        if text(proof, name, Reason::VcProof)? != wanted {
            return refuse(Reason::VcProof, "vc.proof");
        }
    }
    let method = text(proof, "verificationMethod", Reason::VcProof)?;
    let of_issuer = method.strip_prefix(issuer).is_some_and(|rest| rest.len() > 1 && rest.starts_with('#'));
    if of_issuer { Ok(method) } else { refuse(Reason::InvalidIssuer, "vc.proof") }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str, reason: Reason) -> Result<&'a str, Fault> {
    members.get(name).and_then(Value::as_str).ok_or(Fault::new(reason, "vc.proof"))
}

/// When it was signed, and whether it is valid.
//= spec/text/evidence.md#REQ-EVID-7
//# `validUntil` and the proof's `expires` MUST be in the future (`invalid.expired`), `validFrom` and the proof's
//# `created` at most 60 s ahead (`invalid.not_yet`)
fn dates(
    credential: &Map<String, Value>,
    proof: &Map<String, Value>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    let (from, created) = (date(credential, "validFrom")?, date(proof, "created")?);
    let ends = [date(credential, "validUntil")?, date(proof, "expires")?];
    if ends.into_iter().flatten().any(|until| until <= now) {
        return refuse(Reason::Expired, "vc.validUntil");
    }
    if [from, created].into_iter().flatten().any(|from| from.since(now) > CLOCK_TOLERANCE) {
        return refuse(Reason::NotYetValid, "vc.validFrom");
    }
    Ok(created.or(from))
}

fn date(members: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Fault> {
    let bad = || Fault::new(Reason::MalformedTime, "vc.date");
    match members.get(name) {
        None => Ok(None),
        // Not a number of seconds, which the same parser would take.
        Some(Value::String(text)) if text.contains('T') => text.parse().map(Some).map_err(|_| bad()),
        Some(_) => Err(bad()),
    }
}

fn types(credential: &Map<String, Value>) -> Result<String, Fault> {
    let bad = || Fault::new(Reason::InvalidType, "vc.type");
    let list: Vec<&str> = match credential.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => return Err(bad()),
    };
    if !list.contains(&"VerifiableCredential") {
        return Err(bad());
    }
    let own: Vec<&str> = list.into_iter().filter(|name| *name != "VerifiableCredential").collect();
    Ok(if own.is_empty() { "VerifiableCredential".to_owned() } else { own.join(", ") })
}

/// Whether a subject is named by a DID, whose keys it would have to prove.
fn is_bound(subject: &Value) -> bool {
    match subject {
        Value::Object(subject) => {
            subject.get("id").and_then(Value::as_str).is_some_and(|id| id.starts_with("did:"))
        }
        Value::Array(subjects) => subjects.iter().any(is_bound),
        _ => false,
    }
}

/// What is signed: the hashes of the proof's options and of the credential, both in their canonical form.
fn hashes(
    credential: &Map<String, Value>,
    proof: &Map<String, Value>,
    contexts: &[String],
) -> Result<Vec<u8>, Fault> {
    let mut options = proof.clone();
    options.remove("proofValue");
    options.insert("@context".to_owned(), contexts.into());
    let options = canonical(&Value::Object(options))?;
    let credential = canonical(&Value::Object(credential.clone()))?;
    Ok([Sha256::digest(options), Sha256::digest(credential)].concat())
}

/// RDF in its canonical form (RDFC-1.0), as N-Quads. A word that no context defines makes it void: it would be left out of what is
/// signed.
fn canonical(value: &Value) -> Result<String, Fault> {
    let bad = || Fault::new(Reason::VcContext, "vc");
    let read: ssi_json_ld::syntax::Value =
        serde_json::to_string(value).ok().and_then(|text| text.parse().ok()).ok_or_else(bad)?;
    let mut environment = LdEnvironment::default();
    let document = CompactJsonLd(read);
    let expanded = document.expand_with(&mut environment, &StaticLoader).now_or_never();
    let expanded = expanded.and_then(Result::ok).ok_or_else(bad)?;
    let quads = environment.quads_of(&expanded).map_err(|_| bad())?;
    let lines: Vec<String> = quads.iter().map(|quad| ssi_rdf::NQuadsStatement(quad).to_string()).collect();
    if lines.len() > MAX_QUADS || alike(&lines) > MAX_ALIKE {
        return refuse(Reason::TooLarge, "vc");
    }
    let lexical = quads.iter().map(|quad| quad.as_lexical_quad_ref());
    Ok(ssi_rdf::urdna2015::normalize(lexical).into_nquads())
}

/// How many nodes without a name look like another one, from what is said of each alone.
fn alike(lines: &[String]) -> usize {
    let mut said: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in lines {
        for name in blank_nodes(line) {
            let of = line.split(' ').map(|word| match word.starts_with("_:") {
                true if word == name => "_:a",
                true => "_:z",
                false => word,
            });
            said.entry(name).or_default().push(of.collect::<Vec<_>>().join(" "));
        }
    }
    let mut groups: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for mut lines in said.into_values() {
        lines.sort();
        *groups.entry(lines).or_default() += 1;
    }
    groups.into_values().filter(|count| *count > 1).sum()
}

/// The nodes without a name in a line of N-Quads. A word within a text may look like one, which makes the count higher and no lower.
fn blank_nodes(line: &str) -> Vec<&str> {
    let mut names: Vec<&str> = line.split(' ').filter(|word| word.starts_with("_:")).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn verified(hashes: &[u8], signature: &str, keys: &[PublicKey]) -> Result<(), Fault> {
    let bad = || Fault::new(Reason::InvalidSignature, "vc.proof");
    // Base58 costs the square of its length.
    let text = signature.strip_prefix('z').filter(|text| text.len() <= 128).ok_or_else(bad)?;
    let bytes = multibase::Base::Base58Btc.decode(text).map_err(|_| bad())?;
    if bytes.len() != 64 {
        return Err(bad());
    }
    let mut last = bad();
    for key in keys {
        match key {
            PublicKey::Ed25519(_) => match key.verify(hashes, &bytes) {
                Ok(()) => return Ok(()),
                Err(fault) => last = fault,
            },
            _ => last = Fault::new(Reason::UnsupportedAlgorithm, "vc.proof"),
        }
    }
    Err(last)
}
