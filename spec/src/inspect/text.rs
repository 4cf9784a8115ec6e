//! Unsigned texts: links, DIDs, names and addresses of peers, disclosures, bytes in multibase.

use std::borrow::Cow;

use crate::did::Did;
use crate::encoding::unb64;
use crate::limits::{MAX_ADDRESS_BYTES, MAX_DID_BYTES, MAX_DISCLOSURE_BYTES, MAX_LINK_BYTES};
use crate::link::Link;
use crate::peer::{Address, PeerId};
use crate::reason::{Fault, Reason};
use crate::sdjwt::Disclosure;

use super::credential::disclosure_parts;
use super::json::Node;
use super::kind::Kind;
use super::part::{About, Out, Part, Verdict};
use super::show::{both, hex, key_text, single};

/// Shows a text of such a kind.
pub(super) fn show(name: &str, kind: Kind, text: &str, out: &mut dyn Out) {
    let malformed = |_| Fault::new(Reason::Malformed, kind.name());
    let (bound, read, parts) = match kind {
        Kind::Link => (Some(MAX_LINK_BYTES), text.parse::<Link>().map(drop), link(text)),
        Kind::Did => (Some(MAX_DID_BYTES), did(text).map(drop), did_parts(text)),
        Kind::Peer => {
            let read = text.parse::<PeerId>().map_err(malformed);
            let parts = read.as_ref().map(|peer| vec![Part::text("key", hex(peer.public_key()))]);
            (None, read.clone().map(drop), parts.unwrap_or_default())
        }
        Kind::Address => {
            (Some(MAX_ADDRESS_BYTES), text.parse::<Address>().map(drop).map_err(malformed), vec![])
        }
        Kind::Disclosure => {
            let parts = vec![Part::later(|out| disclosure_parts(text, out))];
            (Some(MAX_DISCLOSURE_BYTES), Disclosure::parse(text).map(drop), parts)
        }
        _ => {
            let (read, parts) = bytes(text);
            (None, read, parts)
        }
    };
    let title = match kind {
        Kind::Did if !text.starts_with("did:") => "client_id",
        Kind::Did => "DID",
        Kind::Peer => "PeerId",
        Kind::Bytes => "bytes as text",
        _ => kind.name(),
    };
    let about = About { kind: title, bytes: Some(text.len()), bound, verdict: Verdict::from(read) };
    let mut all = Vec::new();
    if !matches!(kind, Kind::Disclosure | Kind::Link) {
        all.push(Part::member("text", Node::Text(Cow::Borrowed(text))));
    }
    all.extend(parts);
    out.part(Part::object(name, about, all));
}

fn did(text: &str) -> Result<Did, Fault> {
    if text.starts_with("did:") { text.parse() } else { Did::from_client_id(text) }
}

fn did_parts(text: &str) -> Vec<Part<'_>> {
    let Ok(did) = did(text) else { return Vec::new() };
    let mut parts = vec![Part::text("stable part", did.stable_part().to_owned())];
    match (did.own_key(), did.own_key_id()) {
        (Some(key), Some(id)) => {
            parts.push(Part::text("key", hex(&key.to_bytes())));
            parts.push(Part::text("key id", id));
        }
        _ => parts.push(Part::text("key", "in its history, which is not here")),
    }
    parts.push(Part::text("client_id", did.client_id()));
    parts
}

/// The members of a link in the order in which they stand, whether or not they are those of the format.
fn link(text: &str) -> Vec<Part<'_>> {
    let rest = text.strip_prefix("faam:").unwrap_or(text);
    let (kind, rest) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = vec![Part::member("kind", Node::Text(Cow::Borrowed(kind)))];
    for text in rest.split('&').filter(|text| !text.is_empty()).take(64) {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let node = match value.parse::<i64>() {
            Ok(_) => Node::Number(value),
            Err(_) => Node::Text(Cow::Borrowed(value)),
        };
        parts.push(single(Cow::Borrowed(name), &node));
    }
    vec![Part::group("members", parts), Part::text("not judged", "dates; whether the capability was used")]
}

/// Bytes in multibase or base64url, and what has that length.
fn bytes(text: &str) -> (Result<(), Fault>, Vec<Part<'_>>) {
    let read = match text.as_bytes().first() {
        // The largest is a proof of 64 hashes; base58 takes time that grows with the square.
        _ if text.len() > 64 * 44 => Err(Fault::new(Reason::TooLarge, "bytes")),
        Some(b'u') if text.len() != 43 => unb64(text.get(1..).unwrap_or_default(), "multibase"),
        Some(b'z') if text.len() != 43 => match multibase::decode(text) {
            Ok((_, bytes)) => Ok(bytes),
            Err(_) => Err(Fault::new(Reason::Malformed, "multibase")),
        },
        _ => unb64(text, "base64url"),
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(fault) => return (Err(fault), Vec::new()),
    };
    let mut parts = vec![Part::text("hex", hex(&bytes)).note(format!("{} bytes", bytes.len()))];
    let may_be = match (text.as_bytes().first(), bytes.len()) {
        (Some(b'z'), 34) => "the key of a did:key",
        (Some(b'u'), 16) => "a ledger id, salt, capability or transfer",
        (Some(b'u'), 32) => "a hash, or a proof of one hash",
        (Some(b'u'), 64) => "a signature (proof of a redeem statement), or a proof of two hashes",
        (Some(b'u'), n) if n > 0 && n % 32 == 0 => "a proof of inclusion or consistency",
        (_, 32) => "a digest (`_sd`, `sd_hash`) or a key (`x`)",
        _ => "nothing of Faam",
    };
    parts.push(Part::text("may be", may_be));
    if let Ok(did) = format!("did:key:{text}").parse::<Did>() {
        parts.extend(did.own_key().map(|key| Part::text("did", key_text(&key))));
    }
    if text.starts_with('u') && bytes.len() % 32 == 0 && bytes.len() > 32 {
        let hashes = bytes.chunks(32).take(64).enumerate();
        parts.push(Part::group("hashes", hashes.map(|(at, hash)| both(format!("[{at}]"), hash)).collect()));
    }
    let verdict =
        if may_be == "nothing of Faam" { Err(Fault::new(Reason::Malformed, "bytes")) } else { Ok(()) };
    (verdict, parts)
}
