//! Showing one object, whatever it is, and every member in it.

use core::cell::Cell;
use core::fmt::Write as _;
use core::ops::ControlFlow;
use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::did::{Did, KeyHistories};
use crate::encoding::{jcs, multi, unb64, unmulti};
use crate::hash::Hash;
use crate::key::VerifyingKey;
use crate::name::{safe_json, shown};
use crate::peer::PeerId;
use crate::reason::{Fault, Reason};
use crate::time::Timestamp;

use super::json::{Long, Node, json_of};
use super::kind::{self, Kind};
use super::part::{About, Out, Part, Verdict};
use super::{claims, credential, object, signed, text, wire};

/// Objects within objects that are taken apart; deeper ones are shown as texts.
const MAX_OBJECTS: usize = 6;
/// Members and items that are shown of one object or array without `--all`.
const MAX_SHOWN: usize = 64;
/// Most names of one object of which it is noticed that they repeat.
const MAX_NAMES: usize = 4096;
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

    /// How many of a list are shown.
    pub(super) fn most(&self, count: usize) -> usize {
        let most = if self.all { usize::MAX } else { MAX_SHOWN };
        let shown = count.min(most).min(self.left.get());
        self.left.set(self.left.get() - shown);
        shown
    }

    /// The first of a list that are shown, and how many are not.
    pub(super) fn first<'b, T>(&self, list: &'b [T]) -> (&'b [T], usize) {
        let shown = self.most(list.len());
        (list.get(..shown).unwrap_or_default(), list.len() - shown)
    }
}

/// How many of a list are not shown, if any.
pub(super) fn more(left: usize, out: &mut dyn Out) {
    if left > 0 {
        out.part(Part::text("…", format!("{left} more; --all shows them")));
    }
}

/// Shows an object.
pub(super) fn inspect(ctx: Context<'_>, name: &str, kind: Kind, bytes: &[u8], out: &mut dyn Out) {
    let ctx = ctx.deeper();
    if bytes.len() > kind.largest() {
        let about = About {
            kind: kind.name(),
            bytes: Some(bytes.len()),
            bound: Some(kind.largest()),
            verdict: Verdict::Refused(Fault::new(Reason::TooLarge, "input")),
        };
        return out.part(Part::object(name, about, Vec::new()));
    }
    match kind {
        Kind::Message | Kind::Frame => return wire::show(ctx, name, kind, bytes, out),
        Kind::Claims => return claims::show(ctx, name, bytes, out),
        Kind::Unknown => return unknown(name, bytes, out),
        _ if kind.is_json() => return object::show(ctx, name, kind, bytes, out),
        _ => {}
    }
    let Ok(whole) = core::str::from_utf8(bytes) else { return unknown(name, bytes, out) };
    // Editors and shells end a file with a line feed, which is no part of what was signed.
    let line = whole.trim_end_matches(['\r', '\n']);
    let part = Part::later(|out| match kind {
        Kind::Credential => credential::show(ctx, name, line, out),
        Kind::Request
        | Kind::Epoch
        | Kind::StatusList
        | Kind::Terms
        | Kind::Receipt
        | Kind::Erasure
        | Kind::KeyBinding
        | Kind::Jws => signed::show(ctx, name, kind, line, out),
        _ => text::show(name, kind, line, out),
    });
    out.part(match whole.len() - line.len() {
        0 => part,
        left => part.note(format!("without {left} bytes of line end")),
    });
}

/// What is none of Faam's objects.
fn unknown(name: &str, bytes: &[u8], out: &mut dyn Out) {
    let about = About {
        kind: "not a Faam object",
        bytes: Some(bytes.len()),
        bound: None,
        verdict: Verdict::Refused(Fault::new(Reason::Malformed, "input")),
    };
    let first = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let mut parts = vec![Part::text("first bytes", hex(first))];
    if let Ok(text) = core::str::from_utf8(first) {
        parts.push(Part::text("as text", safe_json(&json_of(text))));
    }
    out.part(Part::object(name, about, parts));
}

/// How a member is shown.
pub(super) type Each = for<'a> fn(Context<'a>, Cow<'a, str>, &'a Node<'a>) -> Part<'a>;

/// Shows a member, and takes apart what it holds when that is an object of its own.
pub(super) fn member<'a>(ctx: Context<'a>, name: Cow<'a, str>, node: &'a Node<'a>) -> Part<'a> {
    let known = if ctx.depth >= MAX_OBJECTS {
        None
    } else {
        match node {
            Node::Text(text) if text.starts_with("faam:") => Some(Kind::Link),
            Node::Text(text) => kind::of_signed(text),
            Node::Object(..) => kind::of_json(node),
            Node::Long(long) if long.is_object() => kind::of_long(long.raw()),
            _ => None,
        }
    };
    match (known, node) {
        (Some(kind), Node::Text(text)) => {
            Part::later(move |out| inspect(ctx, &name, kind, text.as_bytes(), out))
        }
        (Some(Kind::Claims), _) => {
            Part::later(move |out| claims::show_within(ctx.deeper(), &name, node, out))
        }
        (Some(kind), _) => Part::later(move |out| object::show_within(ctx.deeper(), &name, kind, node, out)),
        (None, _) => walk(ctx, name, node, member),
    }
}

/// Shows a member as it stands.
pub(super) fn plain<'a>(ctx: Context<'a>, name: Cow<'a, str>, node: &'a Node<'a>) -> Part<'a> {
    walk(ctx, name, node, plain)
}

/// Shows the members of an object one by one with `each`, marking names that repeat.
pub(super) fn members<'a>(ctx: Context<'a>, node: &'a Node<'a>, each: Each) -> Vec<Part<'a>> {
    vec![match node {
        Node::Object(all, _) => Part::later(move |out| {
            let (first, left) = ctx.first(all);
            let mut names = Names::default();
            for (name, node) in first {
                names.show(each(ctx, Cow::Borrowed(name), node), Cow::Borrowed(name), out);
                if out.is_full() {
                    return;
                }
            }
            more(left, out);
        }),
        Node::Long(long) if long.is_object() => Part::later(move |out| long_members(ctx, *long, each, out)),
        _ => each(ctx, Cow::Borrowed("value"), node),
    }]
}

/// Names that were seen.
#[derive(Default)]
struct Names<'a>(BTreeSet<Cow<'a, str>>);

impl<'a> Names<'a> {
    fn show(&mut self, part: Part<'_>, name: Cow<'a, str>, out: &mut dyn Out) {
        let again = self.0.contains(&name);
        out.part(if again { part.note("this name stands here twice") } else { part });
        if self.0.len() < MAX_NAMES {
            self.0.insert(name);
        }
    }
}

/// The members of an object that is read while they are shown.
fn long_members(ctx: Context<'_>, long: Long<'_>, each: Each, out: &mut dyn Out) {
    let shown = ctx.most(long.count());
    let (mut at, mut names) = (0, Names::default());
    long.each(|name, node| {
        if at >= shown || out.is_full() {
            return ControlFlow::Break(());
        }
        at += 1;
        names.show(each(ctx, Cow::Borrowed(&name), node), name.clone(), out);
        ControlFlow::Continue(())
    });
    more(long.count() - shown, out);
}

/// The items of an array that is read while they are shown.
fn long_items(ctx: Context<'_>, long: Long<'_>, each: Each, out: &mut dyn Out) {
    let shown = ctx.most(long.count());
    let mut at = 0;
    long.each(|_, node| {
        if at >= shown || out.is_full() {
            return ControlFlow::Break(());
        }
        out.part(each(ctx, Cow::Owned(format!("[{at}]")), node));
        at += 1;
        ControlFlow::Continue(())
    });
    more(long.count() - shown, out);
}

fn walk<'a>(ctx: Context<'a>, name: Cow<'a, str>, node: &'a Node<'a>, each: Each) -> Part<'a> {
    match node {
        Node::List(all, _) if !all.is_empty() => {
            let items = Part::later(move |out| {
                let (first, left) = ctx.first(all);
                for (at, item) in first.iter().enumerate() {
                    out.part(each(ctx, Cow::Owned(format!("[{at}]")), item));
                    if out.is_full() {
                        return;
                    }
                }
                more(left, out);
            });
            Part::group(name, vec![items]).note(format!("{} items", all.len()))
        }
        Node::Long(long) if !long.is_object() => {
            let items = Part::later(move |out| long_items(ctx, *long, each, out));
            Part::group(name, vec![items]).note(format!("{} items", long.count()))
        }
        Node::Object(all, _) if all.is_empty() => single(name, node),
        Node::Object(..) | Node::Long(_) => Part::group(name, members(ctx, node, each)),
        _ => single(name, node),
    }
}

/// Shows a value that has nothing under it.
pub(super) fn single<'a>(name: Cow<'a, str>, node: &Node<'a>) -> Part<'a> {
    let remark = remark(&name, node);
    Part::member(name, node.clone()).noted(remark)
}

/// What a value means, when its form tells.
fn remark(name: &str, node: &Node<'_>) -> Option<String> {
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

/// Longest text of which a canonical form is made, in bytes: every object that is hashed or signed in that form is shorter.
const MAX_CANONICAL: usize = 64 * 1024;

/// The canonical text of an object that is hashed or signed in that form, unless it is too long for any.
pub(super) fn canonical(node: &Node<'_>) -> Option<Vec<u8>> {
    (node.raw().len() <= MAX_CANONICAL).then(|| jcs(&node.value()).ok())?
}

/// The hash of `bytes` after a domain string, and all that goes into it.
pub(super) fn hashed<'a>(name: &'a str, domain: &[u8], bytes: &[u8], over: String) -> Part<'a> {
    let hash = Hash::of(domain, bytes);
    Part::text(name, hash.to_string())
        .note(format!("SHA-256 {}", hex(hash.as_bytes())))
        .with(vec![Part::text("domain", json_of(&String::from_utf8_lossy(domain))), Part::text("over", over)])
}

/// A leaf of one of the trees: the hash of a canonical text, and the hash that the tree makes of it.
pub(super) fn leaf<'a>(name: &'a str, domain: &[u8], canonical: &[u8]) -> Part<'a> {
    let leaf = Hash::of(domain, canonical);
    // RFC 6962 §2.1: a leaf is hashed again after a byte 0.
    let tree = Hash::of(&[0], leaf.as_bytes());
    let over = safe_json(&String::from_utf8_lossy(canonical));
    hashed(name, domain, canonical, over).with(vec![
        Part::text("in the tree", tree.to_string()).note("SHA-256 of a byte 0 and the leaf, RFC 6962"),
    ])
}

/// A key's two forms.
pub(super) fn key_text(key: &VerifyingKey) -> String {
    format!("{} (key {})", Did::from_key(key), hex(&key.to_bytes()))
}

/// What a check came to.
pub(super) fn check<'a>(name: impl Into<Cow<'a, str>>, result: Result<String, Fault>) -> Part<'a> {
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
pub(super) fn both<'a>(name: String, bytes: &[u8]) -> Part<'a> {
    Part::text(name, multi(bytes)).note(format!("hex {}", hex(bytes)))
}
