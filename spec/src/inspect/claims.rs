//! Claims without a signature: the payload of a JWS or a credential, as JSON or as the base64url text that is signed.

use crate::encoding::{Budget, check_value, from_value_exact, unb64};
use crate::epoch::EpochRecord;
use crate::erasure::Erasure;
use crate::ledger::Entry;
use crate::limits::MAX_STATUS_LIST_BYTES;
use crate::offer::Terms;
use crate::query::Query;
use crate::reason::{Fault, Reason, refuse};
use crate::receipt::Receipt;
use crate::standing::Statement;

use super::credential::{Places, disclosed, entry_of, find, leaf_of};
use super::json::{self, Broken, Node};
use super::kind::{self, Kind};
use super::part::{About, Out, Part, Verdict};
use super::show::{Context, members, plain};
use super::{credential, signed};

/// Shows claims that stand alone.
pub(super) fn show(ctx: Context<'_>, name: &str, bytes: &[u8], out: &mut dyn Out) {
    let text = bytes.trim_ascii();
    let encoded = core::str::from_utf8(text).ok().filter(|text| !text.starts_with('{'));
    let decoded = encoded.and_then(|text| unb64(text, "payload").ok());
    let json = decoded.as_deref().unwrap_or(bytes);
    let strict = strict(json);
    let (node, broken) = json::read(json);
    let form = match decoded {
        Some(_) => "base64url, as it is signed",
        None => "JSON",
    };
    let size = Some(bytes.len());
    out.part(all(ctx, name, node.as_ref(), (strict, broken), size).with(vec![Part::text("form", form)]));
}

/// Shows claims that stand within another object.
pub(super) fn show_within(ctx: Context<'_>, name: &str, node: &Node<'_>, out: &mut dyn Out) {
    out.part(all(ctx, name, Some(node), (strict(node.raw()), None), None));
}

/// Whether they are JSON, at most as much as the largest of what is signed.
fn strict(json: &[u8]) -> Result<(), Fault> {
    check_value(json, MAX_STATUS_LIST_BYTES, Budget::USUAL, "payload")
}

fn all<'a>(
    ctx: Context<'a>,
    name: &'a str,
    node: Option<&'a Node<'a>>,
    (strict, broken): (Result<(), Fault>, Option<Broken>),
    bytes: Option<usize>,
) -> Part<'a> {
    let kind = node.and_then(kind::of_claims);
    let form = strict.and_then(|()| match (kind, node) {
        (Some(kind), Some(node)) => check(kind, node),
        _ => refuse(Reason::Malformed, "input"),
    });
    // Their reader takes them with their signature alone.
    let verdict = form.map_or_else(Verdict::Refused, |()| Verdict::NoReader);
    let mut parts = Vec::new();
    if let Some(broken) = broken {
        let part = Part::text("broken", Reason::MalformedJson.code());
        parts.push(part.note(format!("at byte {}: expected {}", broken.at, broken.what)));
    }
    if let Some(node) = node {
        parts.extend(said(ctx, kind, node));
    }
    parts.push(Part::text("signature", "none stands here: anybody can have written this"));
    Part::object(name, About { kind: title(kind, node), bytes, bound: None, verdict }, parts)
}

fn title(kind: Option<Kind>, node: Option<&Node<'_>>) -> &'static str {
    let vct = node.and_then(|node| node.get("vct")).and_then(Node::text);
    match kind {
        Some(Kind::Credential) => match credential::title(vct) {
            "rating" => "claims of a rating",
            "plain standing" => "claims of a plain standing",
            _ => "claims of another type",
        },
        Some(Kind::Request) => "claims of a request",
        Some(Kind::Epoch) => "claims of an epoch record",
        Some(Kind::StatusList) => "claims of a status list",
        Some(Kind::Terms) => "claims of an offer's terms",
        Some(Kind::Receipt) => "claims of a receipt",
        Some(Kind::Erasure) => "claims of a statement about an erasure",
        Some(Kind::KeyBinding) => "claims of a key binding",
        _ => "JSON, but no claims of Faam's",
    }
}

/// What they say, and what follows from it without a signature.
fn said<'a>(ctx: Context<'a>, kind: Option<Kind>, node: &'a Node<'a>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    parts.extend(if kind == Some(Kind::Credential) {
        credential::version(node)
    } else {
        signed::version(node)
    });
    parts.push(Part::group("payload", members(ctx, node, plain)));
    match kind {
        Some(Kind::Credential) => {
            let mut places = Places::default();
            find(node, "payload", &mut places);
            if !places.is_empty() {
                parts.extend(disclosed(ctx, Vec::new(), 0, places));
            }
            let vct = node.get("vct").and_then(Node::text);
            let leaf = leaf_of(node, credential::title(vct));
            parts.extend(leaf.map(|leaf| Part::group("hashes", vec![leaf])));
        }
        Some(Kind::StatusList) => parts.push(signed::list(ctx, Some(node))),
        Some(kind) => parts.extend(signed::label(kind, node)),
        None => {}
    }
    parts
}

/// Whether those of their parts have their form that have a reader of their own.
fn check(kind: Kind, node: &Node<'_>) -> Result<(), Fault> {
    let value = || node.value();
    let member =
        |name: &'static str| node.get(name).map(Node::value).ok_or(Fault::new(Reason::ClaimMissing, name));
    match kind {
        Kind::Credential if node.get("entry").is_some() => {
            let entry = entry_of(node).ok_or(Fault::new(Reason::Malformed, "entry"))?;
            from_value_exact::<Entry>(entry, "entry").map(drop)
        }
        Kind::Credential => {
            signed::version_0(from_value_exact::<Statement>(member("standing")?, "standing")?.v, "standing.v")
        }
        Kind::Epoch => signed::version_0(from_value_exact::<EpochRecord>(value(), "epoch_record")?.v, "v"),
        Kind::StatusList => signed::statuses(Some(node)).map(drop),
        Kind::Request => Query::try_from(member("dcql_query")?).map(drop),
        Kind::Terms => signed::version_0(from_value_exact::<Terms>(value(), "terms")?.v, "terms.v"),
        Kind::Receipt => signed::version_0(from_value_exact::<Receipt>(value(), "receipt")?.v, "receipt.v"),
        Kind::Erasure => signed::version_0(from_value_exact::<Erasure>(value(), "erasure")?.v, "erasure.v"),
        Kind::KeyBinding => signed::key_binding(&value()),
        _ => refuse(Reason::Malformed, "input"),
    }
}
