//! Showing one object, whatever it is, and every member in it.

use core::cell::Cell;
use core::fmt::Write as _;

use crate::did::{Did, KeyHistories};
use crate::encoding::{multi, unb64, unmulti};
use crate::hash::Hash;
use crate::key::VerifyingKey;
use crate::name::{safe_json, shown};
use crate::peer::PeerId;
use crate::reason::{Fault, Reason};
use crate::time::Timestamp;

use super::json::Node;
use super::kind::{self, Kind};
use super::part::{About, Part, Verdict};
use super::{claims, credential, object, signed, text, wire};

/// Objects within objects that are taken apart; deeper ones are shown as texts.
const MAX_OBJECTS: usize = 6;
/// Members and items that are shown of one object or array without `--all`.
const MAX_SHOWN: usize = 64;
/// Most bytes that are written in hexadecimal.
const MAX_HEX: usize = 2048;

/// What is known while showing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// Keys that were given for DIDs that do not carry their own.
    pub(super) histories: &'a KeyHistories,
    /// Whether long lists and texts are shown whole.
    pub(super) all: bool,
    /// How many objects this one stands in.
    pub(super) depth: usize,
    /// How many more members and items are shown in all, `--all` or not.
    pub(super) left: &'a Cell<usize>,
}

/// What one run shows in all: more than an offer at its bounds has, and less than memory has.
pub(super) const MAX_IN_ALL: usize = 2_000_000;
/// What an object costs of that besides its members.
const OBJECT: usize = 30;

impl Context<'_> {
    fn deeper(self) -> Self {
        self.left.set(self.left.get().saturating_sub(OBJECT));
        Self { depth: self.depth + 1, ..self }
    }

    /// The first of a list that are shown, and how many are not.
    pub(super) fn first<'b, T>(&self, list: &'b [T]) -> (&'b [T], usize) {
        let most = if self.all { usize::MAX } else { MAX_SHOWN };
        let shown = list.len().min(most).min(self.left.get());
        self.left.set(self.left.get() - shown);
        (list.get(..shown).unwrap_or_default(), list.len() - shown)
    }
}

/// Shows an object.
pub(super) fn inspect(ctx: Context<'_>, name: &str, kind: Kind, bytes: &[u8]) -> Part {
    let ctx = ctx.deeper();
    match kind {
        Kind::Message | Kind::Frame => return wire::show(ctx, name, kind, bytes),
        Kind::Claims => return claims::show(ctx, name, bytes),
        Kind::Unknown => return unknown(name, bytes),
        _ if kind.is_json() => return object::show(ctx, name, kind, bytes),
        _ => {}
    }
    let Ok(whole) = core::str::from_utf8(bytes) else { return unknown(name, bytes) };
    // Editors and shells end a file with a line feed, which is no part of what was signed.
    let line = whole.trim_end_matches(['\r', '\n']);
    let part = match kind {
        Kind::Credential => credential::show(ctx, name, line),
        Kind::Request
        | Kind::Epoch
        | Kind::StatusList
        | Kind::Terms
        | Kind::Receipt
        | Kind::KeyBinding
        | Kind::Jws => signed::show(ctx, name, kind, line),
        _ => text::show(name, kind, line),
    };
    match whole.len() - line.len() {
        0 => part,
        left => part.noted(Some(format!("without {left} bytes of line end"))),
    }
}

/// What is none of Faam's objects.
pub(super) fn unknown(name: &str, bytes: &[u8]) -> Part {
    let about = About {
        kind: "not a Faam object",
        bytes: Some(bytes.len()),
        bound: None,
        verdict: Verdict::Refused(Fault::new(Reason::Malformed, "input")),
    };
    let first = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let mut parts = vec![Part::text("first bytes", hex(first))];
    if let Ok(text) = core::str::from_utf8(first) {
        parts.push(Part::text("as text", safe_json(&Node::Text(text.to_owned()).json())));
    }
    Part::object(name, about, parts)
}

/// Shows a member, and takes apart what it holds when that is an object of its own.
pub(super) fn member(ctx: Context<'_>, name: &str, node: &Node) -> Part {
    let known = if ctx.depth >= MAX_OBJECTS {
        None
    } else {
        match node {
            Node::Text(text) => kind::of_signed(text),
            Node::Object(_) => kind::of_json(node),
            _ => None,
        }
    };
    match (known, node) {
        (Some(kind), Node::Text(text)) => inspect(ctx, name, kind, text.as_bytes()),
        (Some(Kind::Claims), _) => claims::show_within(ctx.deeper(), name, node),
        (Some(kind), _) => object::show_within(ctx.deeper(), name, kind, node),
        (None, Node::Text(text)) if text.starts_with("faam:") => {
            inspect(ctx, name, Kind::Link, text.as_bytes())
        }
        (None, _) => walk(ctx, name, node, &member),
    }
}

/// Shows a member as it stands.
pub(super) fn plain(ctx: Context<'_>, name: &str, node: &Node) -> Part {
    walk(ctx, name, node, &plain)
}

/// Shows the members of an object one by one with `each`, marking names that repeat.
pub(super) fn members(
    ctx: Context<'_>,
    node: &Node,
    each: &dyn Fn(Context<'_>, &str, &Node) -> Part,
) -> Vec<Part> {
    let Node::Object(all) = node else { return vec![each(ctx, "value", node)] };
    let (first, left) = ctx.first(all);
    let mut names = std::collections::BTreeSet::new();
    let mut parts = Vec::new();
    for (name, node) in first {
        let part = each(ctx, name, node);
        let again = !names.insert(name.as_str());
        parts.push(if again { part.note("this name stands here twice") } else { part });
    }
    if left > 0 {
        parts.push(Part::text("…", format!("{left} more; --all shows them")));
    }
    parts
}

fn walk(ctx: Context<'_>, name: &str, node: &Node, each: &dyn Fn(Context<'_>, &str, &Node) -> Part) -> Part {
    match node {
        Node::List(items) if !items.is_empty() => {
            let (first, left) = ctx.first(items);
            let mut parts: Vec<Part> =
                first.iter().enumerate().map(|(at, item)| each(ctx, &format!("[{at}]"), item)).collect();
            if left > 0 {
                parts.push(Part::text("…", format!("{left} more; --all shows them")));
            }
            Part::group(name, parts).note(format!("{} items", items.len()))
        }
        Node::Object(all) if !all.is_empty() => Part::group(name, members(ctx, node, each)),
        _ => Part::member(name, node.clone()).noted(remark(name, node)),
    }
}

/// What a value means, when its form tells.
fn remark(name: &str, node: &Node) -> Option<String> {
    match node {
        Node::Number(_) => {
            let seconds = node.whole()?;
            let is_time = match name {
                "iat" | "exp" | "nbf" | "issued" | "delete_by" | "now" => true,
                // The same name is a place in a tree elsewhere.
                "at" => seconds > 1_000_000_000,
                _ => false,
            };
            if !is_time {
                return None;
            }
            Some(
                Timestamp::new(seconds)
                    .map_or_else(|fault| fault.reason().code().into(), |time| time.to_string()),
            )
        }
        Node::Text(text) => {
            if name == "path" {
                return unmulti(text, "path").ok().map(|bytes| format!("{} hashes", bytes.len() / 32));
            }
            if name == "x" {
                return unb64(text, "x").ok().map(|bytes| format!("hex {}", hex(&bytes)));
            }
            if name == "lst" {
                return unb64(text, "lst").ok().map(|bytes| format!("{} bytes of zlib", bytes.len()));
            }
            if text.starts_with("12D3KooW") {
                return Some(match text.parse::<PeerId>() {
                    Ok(peer) => format!("key {}", hex(peer.public_key())),
                    Err(_) => Reason::Malformed.code().into(),
                });
            }
            if let Some(at) = text.find("did:").filter(|_| !text.contains(' ')) {
                let did = text.get(at..)?.split('#').next()?;
                return Some(match did.parse::<Did>() {
                    Ok(did) => did.own_key().map_or_else(
                        || "its keys are in its history".to_owned(),
                        |key| format!("key {}", hex(&key.to_bytes())),
                    ),
                    Err(fault) => fault.reason().code().into(),
                });
            }
            if matches!(text.len(), 23 | 44) {
                return unmulti(text, "value").ok().map(|bytes| format!("hex {}", hex(&bytes)));
            }
            None
        }
        _ => None,
    }
}

/// Bytes in hexadecimal, the first of them if they are many.
pub(super) fn hex(bytes: &[u8]) -> String {
    let first = bytes.get(..MAX_HEX).unwrap_or(bytes);
    let mut text = first.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    if first.len() < bytes.len() {
        text.push('…');
    }
    text
}

/// The hash of `bytes` after a domain string, and all that goes into it.
pub(super) fn hashed(name: &str, domain: &[u8], bytes: &[u8], over: &str) -> Part {
    let hash = Hash::of(domain, bytes);
    Part::text(name, hash.to_string()).note(format!("SHA-256 {}", hex(hash.as_bytes()))).with(vec![
        Part::text("domain", Node::Text(String::from_utf8_lossy(domain).into_owned()).json()),
        Part::text("over", over),
    ])
}

/// A leaf of one of the trees: the hash of a canonical text, and the hash that the tree makes of it.
pub(super) fn leaf(name: &str, domain: &[u8], canonical: &[u8]) -> Part {
    let leaf = Hash::of(domain, canonical);
    // RFC 6962 §2.1: a leaf is hashed again after a byte 0.
    let tree = Hash::of(&[0], leaf.as_bytes());
    let over = safe_json(&String::from_utf8_lossy(canonical));
    hashed(name, domain, canonical, &over).with(vec![
        Part::text("in the tree", tree.to_string()).note("SHA-256 of a byte 0 and the leaf, RFC 6962"),
    ])
}

/// A key's two forms.
pub(super) fn key_text(key: &VerifyingKey) -> String {
    format!("{} (key {})", Did::from_key(key), hex(&key.to_bytes()))
}

/// What a check came to.
pub(super) fn check(name: &str, result: Result<String, Fault>) -> Part {
    Part::text(
        name,
        match result {
            Ok(said) => said,
            Err(fault) if fault.reason() == Reason::KeyUnknown => {
                format!("cannot be verified here (no key history): {}", fault.reason().code())
            }
            Err(fault) => {
                // Other methods and algorithms, or nobody named: nothing is said about the bytes.
                let unable = matches!(
                    fault.reason(),
                    Reason::InvalidDid | Reason::UnsupportedAlgorithm | Reason::ClaimMissing
                );
                let said = if unable { "cannot be verified here" } else { "invalid" };
                format!("{said}: {} [{}]", fault.reason().code(), shown(fault.at(), 100))
            }
        },
    )
}

/// Multibase of bytes that are shown beside their hexadecimal form.
pub(super) fn both(name: &str, bytes: &[u8]) -> Part {
    Part::text(name, multi(bytes)).note(format!("hex {}", hex(bytes)))
}
