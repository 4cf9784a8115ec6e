//! SD-JWTs: what was signed, what is disclosed and where each digest stands, and the key binding.

use core::cell::Cell;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::did::Did;
use crate::domain::{LEAF_ENTRY, LEAF_HEAD, VCT_RATING, VCT_STANDING};
use crate::encoding::{b64, jcs, unb64};
use crate::key::{Jwk, VerifyingKey};
use crate::limits::{MAX_DISCLOSURE_BYTES, MAX_DISCLOSURES, MAX_JWT_BYTES, MAX_SD_JWT_BYTES};
use crate::name::shown;
use crate::rating::Rating;
use crate::reason::{Fault, Reason, refuse};
use crate::sdjwt::{Disclosure, SdJwt};
use crate::signed::issued_at;
use crate::standing::Standing;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::json::{self, Node};
use super::part::{About, Out, Part, Verdict};
use super::show::{Context, check, key_text, leaf, members, plain};
use super::signed::{Decoded, Loose, latest};

/// Disclosures that are looked at; 64 are allowed.
pub(super) const MAX_LOOKED_AT: usize = 1024;
/// Digests whose places are remembered; more do not fit a credential.
const MAX_PLACES: usize = 4096;
/// Longest name in the place of a digest, in bytes.
const MAX_STEP: usize = 64;
/// Longest place that is written whole, in bytes.
const MAX_PLACE: usize = 512;
/// Longest digest, in bytes: of SHA-512 it has 86.
const MAX_DIGEST: usize = 128;

/// Where digests stand, by their text: a number that grows in the order in which they were found, and the places.
#[derive(Default)]
pub(super) struct Places {
    all: BTreeMap<String, (usize, Vec<String>)>,
    /// How many places there are in all.
    found: usize,
}

impl Places {
    /// Whether no digest stands anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Shows a credential, whole or only its signed part.
pub(super) fn show(ctx: Context<'_>, name: &str, text: &str, out: &mut dyn Out) {
    let (rest, binding) = text.rsplit_once('~').unwrap_or((text, ""));
    let mut pieces = rest.split('~');
    let jwt = pieces.next().unwrap_or_default();
    // Pieces beyond those that are looked at are counted and no more.
    let disclosures: Vec<&str> = pieces.by_ref().take(MAX_LOOKED_AT).collect();
    let more = pieces.count();
    let decoded = (Decoded::of(jwt), Decoded::of(binding));
    let loose = decoded.0.read();
    let bound = decoded.1.read();
    let whole = text.contains('~');
    let kind = title(loose.claim("vct"));
    let largest = if whole { MAX_SD_JWT_BYTES } else { MAX_JWT_BYTES };
    let verdict = Verdict::from(strict(ctx, text, &loose, binding));
    let about = About { kind, bytes: Some(text.len()), bound: Some(largest), verdict };

    let mut parts = Vec::new();
    if !whole {
        parts.push(Part::text("form", "the issuer-signed part alone, as an offer carries it"));
    }
    parts.extend(loose.payload.as_ref().and_then(version));
    parts.extend(loose.parts(ctx));
    let mut places = Places::default();
    if let Some(payload) = &loose.payload {
        find(payload, "payload", &mut places);
    }
    parts.extend(disclosed(ctx, disclosures, more, places));
    if !binding.is_empty() {
        let mut inner = vec![Part::text("bytes", format!("{} of at most {MAX_JWT_BYTES}", binding.len()))];
        inner.extend(bound.parts(ctx));
        parts.push(Part::group("key binding", inner));
    }
    let hashes = hashes(text, &loose, kind);
    if !hashes.is_empty() {
        parts.push(Part::group("hashes", hashes));
    }
    let mut checks = vec![check("signature", loose.verify_stated(ctx, "iss"))];
    if binding.is_empty() {
        checks.push(Part::text("key binding", "none stands here"));
    } else {
        checks.extend(binding_checks(text, &loose, &bound));
    }
    checks.push(Part::text("not judged", "dates; audience and nonce; status; whether it is live"));
    parts.push(Part::group("checks", checks));
    out.part(Part::object(name, about, parts));
}

/// What a credential of that type is.
pub(super) fn title(vct: Option<&str>) -> &'static str {
    match vct {
        Some(VCT_RATING) => "rating",
        Some(VCT_STANDING) => "plain standing",
        _ => "SD-JWT of another type",
    }
}

/// What is hashed of the credential: for the key binding, and for the trees.
fn hashes(text: &str, loose: &Loose<'_>, kind: &str) -> Vec<Part<'static>> {
    let mut parts = Vec::new();
    if let Some((rest, _)) = text.rsplit_once('~') {
        let over = format!("the first {} bytes, last ~ included", rest.len() + 1);
        parts.push(Part::text("sd_hash", sd_hash(rest)).with(vec![Part::text("over", over)]));
    }
    parts.extend(loose.payload.as_ref().and_then(|payload| leaf_of(payload, kind)));
    parts
}

/// The leaf that the claims of a credential give.
pub(super) fn leaf_of(payload: &Node<'_>, kind: &str) -> Option<Part<'static>> {
    let (name, domain, value) = match kind {
        "rating" => ("leaf", LEAF_ENTRY, entry_of(payload)?),
        "plain standing" => ("account head", LEAF_HEAD, head_of(payload)?),
        _ => return None,
    };
    Some(leaf(name, domain, &jcs(&value).ok()?))
}

/// The entry of a rating: `entry` with the payload's `_sd`, unless it is empty.
pub(super) fn entry_of(payload: &Node<'_>) -> Option<Value> {
    let mut entry = payload.get("entry")?.value();
    if let Some(digests) = payload.get("_sd").filter(|digests| !digests.items().is_empty()) {
        entry.as_object_mut()?.insert("_sd".into(), digests.value());
    }
    Some(entry)
}

/// The account head that a standing is about.
fn head_of(payload: &Node<'_>) -> Option<Value> {
    let standing = payload.get("standing")?;
    let mut head = serde_json::Map::new();
    head.insert("v".into(), Value::from(0));
    for name in ["ledger", "epoch", "head", "salt"] {
        head.insert(name.into(), standing.get(name)?.value());
    }
    Some(Value::Object(head))
}

/// The version that is stated within, beside that of the type.
pub(super) fn version<'a>(payload: &Node<'a>) -> Option<Part<'a>> {
    let inner = payload.at(&["entry", "v"]).or_else(|| payload.at(&["standing", "v"]))?;
    let of_type = payload
        .get("vct")
        .and_then(Node::text)
        .and_then(|vct| vct.strip_prefix("urn:faam:")?.split(':').nth(1));
    Some(Part::member("version", inner.clone()).noted(of_type.map(|v| format!("its type says {v}"))))
}

fn sd_hash(rest: &str) -> String {
    b64(Sha256::new().chain_update(rest).chain_update("~").finalize())
}

/// The key in `cnf`.
fn holder(loose: &Loose<'_>) -> Result<VerifyingKey, Fault> {
    let jwk = loose.payload.as_ref().and_then(|payload| payload.at(&["cnf", "jwk"]));
    let jwk = jwk.ok_or(Fault::new(Reason::ClaimMissing, "cnf"))?;
    let jwk: Jwk = crate::encoding::from_value_exact(jwk.value(), "cnf")?;
    VerifyingKey::try_from(&jwk)
}

fn binding_checks(text: &str, loose: &Loose<'_>, bound: &Loose<'_>) -> Vec<Part<'static>> {
    let signature = holder(loose).and_then(|key| match bound.verify(&key) {
        Ok(()) => Ok(format!("valid under cnf, {}", key_text(&key))),
        Err(fault) if fault.reason() == Reason::InvalidSignature => refuse(Reason::KeyBindingSignature, "kb"),
        Err(fault) => Err(fault),
    });
    let computed = text.rsplit_once('~').map(|(rest, _)| sd_hash(rest)).unwrap_or_default();
    let said = match bound.claim("sd_hash") {
        Some(stated) if stated == computed => Ok("the one computed".to_owned()),
        Some(_) => refuse(Reason::KeyBindingHash, "kb.sd_hash"),
        None => refuse(Reason::ClaimMissing, "kb.sd_hash"),
    };
    vec![check("key binding signature", signature), check("sd_hash as stated", said)]
}

fn strict(ctx: Context<'_>, text: &str, loose: &Loose<'_>, binding: &str) -> Result<(), Fault> {
    let credential =
        if text.contains('~') { SdJwt::parse(text)? } else { SdJwt::from_parts(text.to_owned(), Vec::new()) };
    match loose.claim("vct") {
        Some(VCT_RATING) => drop(Rating::open(&credential, ctx.histories, latest()?)?),
        Some(VCT_STANDING) => drop(Standing::open(&credential, ctx.histories)?),
        _ => drop(credential.open_by(|kid, payload| {
            let stated = payload.get("iss").and_then(Value::as_str);
            let did: Did = stated.ok_or(Fault::new(Reason::ClaimMissing, "iss"))?.parse()?;
            ctx.histories.resolve_until(&did, kid.ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?, latest()?)
        })?),
    }
    if binding.is_empty() {
        return Ok(());
    }
    // Dates, audience and nonce are taken as they are stated: what is left is signature, form and `sd_hash`.
    let decoded = Decoded::of(binding);
    let bound = decoded.read();
    let said = bound.payload.as_ref().map(Node::value).unwrap_or_default();
    let text_of = |name| bound.claim(name).unwrap_or_default();
    let now = issued_at(&said).or_else(|_| latest())?;
    credential.verify_key_binding(&holder(loose)?, text_of("aud"), text_of("nonce"), now)
}

/// The digests in a value, and where they stand.
pub(super) fn find(node: &Node<'_>, path: &str, places: &mut Places) {
    let deeper = |name: &str| {
        // Of a place that is written no further only its beginning is said.
        let step = if path.len() < MAX_PLACE { shown(name, MAX_STEP) } else { String::new() };
        format!("{path}{step}")
    };
    match node {
        Node::Object(members, _) => {
            for (name, member) in members {
                match (&**name, member) {
                    ("_sd", Node::List(list, _)) => {
                        for (at, digest) in list.iter().enumerate() {
                            add(digest, deeper(&format!("._sd[{at}]")), places);
                        }
                    }
                    ("...", digest) => add(digest, deeper("[\"...\"]"), places),
                    _ => find(member, &deeper(&format!(".{}", shown(name, MAX_STEP))), places),
                }
            }
        }
        Node::List(items, _) => {
            items.iter().enumerate().for_each(|(at, item)| find(item, &deeper(&format!("[{at}]")), places));
        }
        // What is long is no credential's, and its digests are not looked for.
        _ => {}
    }
}

fn add(digest: &Node<'_>, path: String, places: &mut Places) {
    if places.found < MAX_PLACES {
        places.found += 1;
        let text = digest.text().map_or_else(|| Cow::Owned(digest.json()), Cow::Borrowed);
        let text = shown(&text, MAX_DIGEST);
        let next = places.all.len();
        places.all.entry(text).or_insert_with(|| (next, Vec::new())).1.push(path);
    }
}

/// Every disclosure with the place of its digest (of `more` others only the number), and the digests that nothing is disclosed
/// for.
pub(super) fn disclosed<'a>(
    ctx: Context<'a>,
    disclosures: Vec<&'a str>,
    more: usize,
    mut places: Places,
) -> Vec<Part<'a>> {
    for (at, text) in disclosures.iter().enumerate() {
        with(text, |node, _| {
            if let Some(value) = node.and_then(|node| node.items().last()) {
                find(value, &format!("disclosure {at}"), &mut places);
            }
        });
    }
    let open: BTreeSet<String> = disclosures.iter().map(|text| digest(text)).collect();
    let mut hidden: Vec<(usize, String, Vec<String>)> = Vec::new();
    for (text, (found, at)) in &places.all {
        if !open.contains(text) {
            hidden.push((*found, text.clone(), at.clone()));
        }
    }
    hidden.sort_unstable();
    let count = format!("{} of at most {MAX_DISCLOSURES}", disclosures.len() + more);
    let opened = Part::later(move |out| {
        let (first, left) = ctx.first(&disclosures);
        for (at, text) in first.iter().enumerate() {
            let inner = Part::later(|out| disclosure_parts(text, out));
            out.part(Part::group(format!("[{at}]"), vec![inner, stands(text, &places)]));
        }
        super::show::more(left, out);
    });
    let mut out = vec![Part::group("disclosures", vec![opened]).note(count)];
    if !hidden.is_empty() {
        let count = format!("{} digests", hidden.len());
        let closed = Part::later(move |out| {
            let (first, left) = ctx.first(&hidden);
            for (_, text, at) in first {
                let part = Part::text(at.join(" and "), text.as_str());
                out.part(if at.len() > 1 { part.note(Reason::DigestRepeated.code()) } else { part });
            }
            super::show::more(left, out);
        });
        out.push(Part::group("hidden or decoy", vec![closed]).note(count));
    }
    out
}

/// Where the digest of a disclosure stands.
fn stands(text: &str, places: &Places) -> Part<'static> {
    let name = "its digest stands";
    match places.all.get(&digest(text)).map(|(_, places)| places.as_slice()) {
        Some([place]) => Part::text(name, format!("at {place}")),
        Some(more) => {
            Part::text(name, format!("at {}", more.join(" and "))).note(Reason::DigestRepeated.code())
        }
        None => Part::text(name, "nowhere").note(Reason::DisclosureUnreferenced.code()),
    }
}

/// What a disclosure says, as far as it can be read.
pub(super) fn disclosure_parts(text: &str, out: &mut dyn Out) {
    out.part(Part::member("text", Node::Text(Cow::Borrowed(text))));
    out.part(Part::text("bytes", format!("{} of at most {MAX_DISCLOSURE_BYTES}", text.len())));
    out.part(Part::text("digest", digest(text)).note("SHA-256 of the text, base64url"));
    with(text, |node, broken| {
        let nothing = crate::did::KeyHistories::new();
        let left = Cell::new(MAX_DISCLOSURE_BYTES);
        let ctx = Context { histories: &nothing, all: true, depth: 0, left: &left };
        let value = |node| plain(ctx, Cow::Borrowed("value"), node);
        match node.map(Node::items) {
            Some([salt, inner]) => {
                out.part(Part::member("salt", salt.clone()));
                out.part(Part::text("name", "none: an array's element"));
                out.part(value(inner));
            }
            Some([salt, name, inner]) => {
                out.part(Part::member("salt", salt.clone()));
                out.part(Part::member("name", name.clone()));
                out.part(value(inner));
            }
            _ => {
                if let Some(node) = node {
                    out.part(Part::group("holds", members(ctx, node, plain)));
                }
            }
        }
        if let Some(broken) = broken {
            out.part(Part::text("broken", broken));
        }
    });
    if let Err(fault) = Disclosure::parse(text) {
        out.part(Part::text("wrong", fault.reason().code()));
    }
}

fn digest(text: &str) -> String {
    b64(Sha256::digest(text))
}

/// Hands on what a disclosure holds, and where it breaks.
fn with(text: &str, mut then: impl FnMut(Option<&Node<'_>>, Option<String>)) {
    match unb64(text, "disclosure") {
        Err(fault) => then(None, Some(fault.reason().code().to_owned())),
        Ok(bytes) => {
            let (node, broken) = json::read(&bytes);
            let said = broken.map(|broken| format!("at byte {}: expected {}", broken.at, broken.what));
            then(node.as_ref(), said);
        }
    }
}
