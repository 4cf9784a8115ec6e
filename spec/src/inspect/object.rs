//! Objects that are JSON texts: presentations, offers, records, decisions, and vectors that hold others.

use std::borrow::Cow;

use crate::bbs::Commitment;
use crate::decision::{DecisionDocument, HolderDecision};
use crate::did::Did;
use crate::domain::{HASH_OFFER, HASH_PRESENTATION, LEAF_ENTRY, LEAF_HEAD, SIGN_REDEEM, SIGN_RENEW};
use crate::encoding::{Budget, check_value, from_value, parse, parse_value, parse_within};
use crate::hash::Capability;
use crate::key::{Jwk, VerifyingKey};
use crate::ledger::{AccountHead, Entry, Ledger, LedgerNumbers, Record};
use crate::limits::{MAX_OFFER_BYTES, MAX_OUTCOME_BYTES, MAX_PRESENTATION_BYTES, MAX_REQUEST_BYTES};
use crate::name::safe_json;
use crate::offer::{HeldHead, Offer};
use crate::peer::PeerId;
use crate::presentation::Presentation;
use crate::query::Query;
use crate::reason::{Fault, Reason, refuse};
use crate::request::SignedRequest;
use crate::scale::{Scale, Score};
use crate::wire::PresentOutcome;

use super::credential::{MAX_LOOKED_AT, Places, disclosed, find};
use super::json::{self, Node, json_of};
use super::kind::{self, Kind};
use super::part::{About, Out, Part, Verdict};
use super::show::{Context, canonical, hashed, hex, inspect, key_text, leaf, member, members, plain};
use super::signed::{Decoded, version_0};
use super::whole;

/// Largest request as it is stored, in bytes: what is signed, and what stands around it.
const MAX_PENDING_BYTES: usize = MAX_REQUEST_BYTES + 64;

/// Shows a JSON text of such a kind.
pub(super) fn show(ctx: Context<'_>, name: &str, kind: Kind, bytes: &[u8], out: &mut dyn Out) {
    // Before anything of it is held.
    let verdict = verdict(ctx, kind, bytes);
    let (node, broken) = json::read(bytes);
    let mut parts = Vec::new();
    if let Some(broken) = broken {
        let part = Part::text("broken", Reason::MalformedJson.code());
        parts.push(part.note(format!("at byte {} of {}: expected {}", broken.at, bytes.len(), broken.what)));
    }
    if let Some(node) = &node {
        parts.extend(body(ctx, kind, node));
    }
    let over = || format!("all {} bytes", bytes.len());
    let named = match kind {
        Kind::Presentation => Some(("presentation hash", HASH_PRESENTATION)),
        Kind::Offer => Some(("offer hash", HASH_OFFER)),
        _ => None,
    };
    if let Some((name, domain)) = named {
        let part = hashed(name, domain, bytes, over());
        let ends = bytes.ends_with(b"\n").then(|| "the line feed at its end is hashed too".to_owned());
        parts.push(Part::group("hashes", vec![part]).noted(ends));
    }
    match kind {
        Kind::Presentation => parts.push(Part::later(move |out| whole::presentation(ctx, bytes, out))),
        Kind::Offer => parts.push(Part::later(move |out| whole::offer(ctx, bytes, out))),
        _ => {}
    }
    let bound = match kind {
        Kind::Presentation => Some(MAX_PRESENTATION_BYTES),
        Kind::Offer => Some(MAX_OFFER_BYTES),
        Kind::Outcome => Some(MAX_OUTCOME_BYTES),
        Kind::Pending => Some(MAX_PENDING_BYTES),
        _ => None,
    };
    let about = About { kind: title(kind), bytes: Some(bytes.len()), bound, verdict };
    out.part(Part::object(name, about, parts));
}

/// Shows such an object that stands within another.
pub(super) fn show_within(ctx: Context<'_>, name: &str, kind: Kind, node: &Node<'_>, out: &mut dyn Out) {
    let verdict = verdict(ctx, kind, node.raw());
    let about = About { kind: title(kind), bytes: None, bound: None, verdict };
    out.part(Part::object(name, about, body(ctx, kind, node)));
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Ledger => "ledger (a list of records)",
        Kind::AccountHead => "account head",
        Kind::Redeem => "redeem statement",
        Kind::Renew => "renew statement",
        Kind::HolderDecision => "decision for the holder",
        Kind::Query => "DCQL query",
        Kind::Pending => "stored request",
        Kind::Numbers => "numbers of a ledger",
        Kind::Vector => "test vector",
        Kind::Json => "JSON, but not a Faam object",
        Kind::Jwk => "public key (JWK)",
        _ => kind.name(),
    }
}

fn body<'a>(ctx: Context<'a>, kind: Kind, node: &'a Node<'a>) -> Vec<Part<'a>> {
    let sketch = if let Node::Long(long) = node { json::sketch(long.raw(), &["v"]) } else { None };
    let version = sketch.as_ref().unwrap_or(node).get("v");
    let mut parts: Vec<Part<'a>> = version.map(|v| Part::member("version", v.clone())).into_iter().collect();
    // What stands in the object goes under a heading of its own: no name in it can pass for what is said about it.
    let within = |parts| Part::group("members", parts);
    match kind {
        Kind::Record if matches!(node, Node::Object(..)) => parts.extend(record(ctx, node)),
        Kind::Entry => {
            parts.push(within(members(ctx, node, plain)));
            parts.extend(entry_hashes(node));
        }
        Kind::AccountHead => {
            parts.push(within(members(ctx, node, plain)));
            let text = canonical(node);
            parts.extend(text.map(|text| Part::group("hashes", vec![leaf("leaf", LEAF_HEAD, &text)])));
        }
        Kind::Redeem | Kind::Renew => {
            let domain = if kind == Kind::Redeem { SIGN_REDEEM } else { SIGN_RENEW };
            parts.push(within(members(ctx, node, plain)));
            let canonical = canonical(node).map(|text| safe_json(&String::from_utf8_lossy(&text)));
            let domain = json_of(&String::from_utf8_lossy(domain));
            let over = canonical.unwrap_or_default();
            parts.push(Part::group(
                "signed bytes",
                vec![Part::text("domain", domain), Part::text("over", over)],
            ));
        }
        Kind::Jwk => {
            parts.push(within(members(ctx, node, plain)));
            let jwk: Result<Jwk, _> = from_value(node.value(), "jwk");
            if let Ok(key) = jwk.and_then(|jwk| VerifyingKey::try_from(&jwk)) {
                parts.push(Part::text("key", hex(&key.to_bytes())));
                parts.push(Part::text("did", key_text(&key)));
            }
        }
        Kind::Query => {
            parts.push(within(members(ctx, node, plain)));
            parts.extend(asked(node));
        }
        Kind::Ledger => {
            parts.push(member(ctx, Cow::Borrowed("records"), node));
            parts.push(Part::later(move |out| replayed(node, out)));
        }
        Kind::Vector => parts.push(within(members(ctx, node, of_vector))),
        _ => parts.push(within(members(ctx, node, member))),
    }
    parts
}

/// A vector's member: its input is shown as what it is, in whatever text it stands.
fn of_vector<'a>(ctx: Context<'a>, name: Cow<'a, str>, node: &'a Node<'a>) -> Part<'a> {
    match node {
        Node::Text(text) if name == "input" => {
            Part::later(move |out| inspect(ctx, &name, kind::detect(text.as_bytes()), text.as_bytes(), out))
        }
        Node::Object(..) if name == "input" && kind::of_json(node).is_none() => {
            Part::group(name, members(ctx, node, inner_input))
        }
        _ => member(ctx, name, node),
    }
}

/// A member of an input that is made of several, such as a text and what it is to be compared with.
fn inner_input<'a>(ctx: Context<'a>, name: Cow<'a, str>, node: &'a Node<'a>) -> Part<'a> {
    match node {
        Node::Text(text) => match kind::detect(text.as_bytes()) {
            Kind::Unknown => member(ctx, name, node),
            known => Part::later(move |out| inspect(ctx, &name, known, text.as_bytes(), out)),
        },
        _ => member(ctx, name, node),
    }
}

fn record<'a>(ctx: Context<'a>, node: &'a Node<'a>) -> Vec<Part<'a>> {
    let Node::Object(all, _) = node else { return Vec::new() };
    let entry = node.get("entry");
    let mut rest = Vec::new();
    let (mut texts, mut more) = (Vec::new(), 0);
    for (name, inner) in all {
        if name == "disclosures" && texts.is_empty() {
            let all = inner.items().iter().filter_map(Node::text);
            texts.extend(all.clone().take(MAX_LOOKED_AT));
            more = all.count() - texts.len();
        } else {
            rest.push((name, inner));
        }
    }
    let mut places = Places::default();
    if let Some(entry) = entry {
        find(entry, "entry", &mut places);
    }
    let rest = Part::later(move |out| {
        let (first, left) = ctx.first(&rest);
        first.iter().for_each(|(name, inner)| out.part(plain(ctx, Cow::Borrowed(name), inner)));
        super::show::more(left, out);
    });
    let mut parts = vec![Part::group("members", vec![rest])];
    parts.extend(disclosed(ctx, texts, more, places));
    parts.extend(entry.map(entry_hashes).unwrap_or_default());
    parts
}

fn entry_hashes(entry: &Node<'_>) -> Vec<Part<'static>> {
    let mut parts = Vec::new();
    let scale = entry.get("scale").and_then(Node::text).and_then(|text| text.parse::<Scale>().ok());
    let score = entry.get("value").and_then(Node::whole).zip(scale).and_then(|(v, s)| Score::new(v, s).ok());
    if let Some(score) = score {
        parts.push(Part::text("on the common scale", format!("{} of 1000", score.normal())));
    }
    if let Some(text) = canonical(entry) {
        parts.push(Part::group("hashes", vec![leaf("leaf", LEAF_ENTRY, &text)]));
    }
    parts
}

/// What a query asks for, as the reader understands it.
fn asked(node: &Node<'_>) -> Vec<Part<'static>> {
    let Ok(query) = Query::try_from(node.value()) else { return Vec::new() };
    let list = |texts: Vec<String>, none: &str| match texts.as_slice() {
        [] => none.to_owned(),
        texts => texts.join(", "),
    };
    let ledgers = query.ledgers().iter().map(|ledger| {
        let markets = ledger.markets.iter().map(ToString::to_string).collect();
        let issuers = ledger.issuers.iter().map(ToString::to_string).collect();
        let mut parts =
            vec![Part::text("markets", list(markets, "any")), Part::text("issuers", list(issuers, "any"))];
        match &ledger.ratings {
            None => parts.push(Part::text("ratings", "none")),
            Some(ratings) => {
                let how = if ratings.complete { "all that are live" } else { "a choice" };
                parts.push(Part::text("ratings", how).note(format!("at least {}", ratings.at_least)));
                let roles = ratings.roles.iter().map(ToString::to_string).collect();
                parts.push(Part::text("roles", list(roles, "any")));
                parts.push(Part::text(
                    "disclosed of each",
                    list(ratings.disclose.iter().cloned().collect(), "nothing"),
                ));
            }
        }
        Part::group(ledger.standing.clone(), parts)
    });
    vec![Part::group("asks for", ledgers.collect())]
}

/// Both heads of the records, if they keep the rules of a ledger.
fn replayed(node: &Node<'_>, out: &mut dyn Out) {
    let Ok(records) = records(node.raw()) else { return };
    let Some(ledger) = records.first().map(|first| first.entry().ledger) else { return };
    match Ledger::replay(ledger, records) {
        Err(fault) => out.part(Part::text("rules", fault.reason().code()).note(fault.at())),
        Ok(ledger) => {
            let head = ledger.head();
            let tree = |name: &'static str, size: u64, root: String| {
                Part::text(name, root).note(format!("root of {size} leaves"))
            };
            out.part(Part::group(
                "hashes",
                vec![
                    tree("log", head.log.size, head.log.root.to_string()),
                    tree("live", head.live.size, head.live.root.to_string()),
                ],
            ));
        }
    }
}

fn records(bytes: &[u8]) -> Result<Vec<Record>, Fault> {
    parse_within(bytes, MAX_OFFER_BYTES, Budget::OFFER, "records")
}

/// What a verifier stores until a request is answered.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u8,
    request: String,
}

/// Dates are not judged here, so that the request is read at the moment at which it was made.
fn pending(ctx: Context<'_>, bytes: &[u8]) -> Result<(), Fault> {
    let stored: Stored = parse(bytes, MAX_PENDING_BYTES, "pending")?;
    version_0(stored.v, "pending.v")?;
    SignedRequest::open(&stored.request, ctx.histories, Decoded::of(&stored.request).read().issued()?)
        .map(drop)
}

/// What a holder key signs to redeem, as far as its form goes.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its form matters")]
struct Redeem {
    capability: Capability,
    challenge: String,
    issuer: Did,
    node: PeerId,
    wallet: PeerId,
    since: Option<HeldHead>,
    commitment: Option<Commitment>,
}

/// What a holder key signs to renew, as far as its form goes.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its form matters")]
struct Renew {
    capability: Capability,
    challenge: String,
    issuer: Did,
    node: PeerId,
    wallet: PeerId,
    since: Option<HeldHead>,
}

fn verdict(ctx: Context<'_>, kind: Kind, bytes: &[u8]) -> Verdict {
    let largest = MAX_OFFER_BYTES;
    let read = match kind {
        Kind::Presentation => Presentation::parse(bytes).map(drop),
        Kind::Offer => Offer::parse(bytes).map(drop),
        Kind::Record => parse::<Record>(bytes, largest, "record").map(drop),
        Kind::Entry => parse::<Entry>(bytes, largest, "entry").map(drop),
        Kind::AccountHead => {
            parse::<AccountHead>(bytes, largest, "account").and_then(|head| version_0(head.v, "account.v"))
        }
        Kind::Decision => parse::<DecisionDocument>(bytes, largest, "decision")
            .and_then(|said| version_0(said.v, "decision.v")),
        Kind::HolderDecision => parse::<HolderDecision>(bytes, largest, "decision").map(drop),
        Kind::Query => parse_value(bytes, largest, "query").and_then(Query::try_from).map(drop),
        Kind::Pending => pending(ctx, bytes),
        Kind::Numbers => {
            parse::<LedgerNumbers>(bytes, largest, "numbers").and_then(|numbers| numbers.check())
        }
        Kind::Outcome => parse::<PresentOutcome>(bytes, MAX_OUTCOME_BYTES, "outcome").map(drop),
        Kind::Jwk => {
            parse::<Jwk>(bytes, largest, "jwk").and_then(|jwk| VerifyingKey::try_from(&jwk)).map(drop)
        }
        Kind::Redeem => parse_value(bytes, largest, "redeem")
            .and_then(|value| from_value::<Redeem>(value, "redeem"))
            .map(drop),
        Kind::Renew => parse_value(bytes, largest, "renew")
            .and_then(|value| from_value::<Renew>(value, "renew"))
            .map(drop),
        Kind::Ledger => records(bytes).and_then(|list| {
            let first = list.first().ok_or(Fault::new(Reason::Malformed, "records"))?.entry().ledger;
            Ledger::replay(first, list).map(drop)
        }),
        Kind::Vector => return vector(bytes),
        _ => check_value(bytes, largest, Budget::USUAL, "json")
            .and_then(|()| refuse(Reason::Malformed, "input")),
    };
    Verdict::from(read)
}

/// A vector has no reader in `faam-spec`; what is said here is whether it has what a vector has. Its input is judged by itself,
/// and may well be one that must be refused.
fn vector(bytes: &[u8]) -> Verdict {
    if let Err(fault) = check_value(bytes, MAX_OFFER_BYTES, Budget::OFFER, "vector") {
        return Verdict::Refused(fault);
    }
    let names = ["id", "input", "expect"];
    let node = json::sketch(bytes, &names);
    if names.into_iter().all(|name| node.as_ref().is_some_and(|node| node.get(name).is_some())) {
        Verdict::NoReader
    } else {
        Verdict::Refused(Fault::new(Reason::Malformed, "vector"))
    }
}
