//! What is shown: parts and what stands under them, written as an outline for people or as JSON for programs.
//!
//! What can be long is made while it is written, one part after the other ([`Part::later`]), so that it is never there as a whole.
//!
//! Everything goes through [`shown`] or [`safe_json`] here and nowhere else, so that no foreign text reaches a terminal as it is.

use core::fmt::{self, Write};
use std::borrow::Cow;

use crate::exit::Exit;
use crate::name::{safe_json, shown};
use crate::reason::{Fault, Reason};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq, Serializer};
use serde_json::json;

use super::json::{Node, json_of};

/// Longest text of our own making that is written, in bytes: a canonical record at its bounds is shorter.
const MAX_OWN: usize = 256 * 1024;
/// Longest foreign text that is written without `--all`, in bytes.
const MAX_FOREIGN: usize = 2000;
/// Longest name, in bytes.
const MAX_NAME: usize = 200;
/// Levels of parts that are written: in JSON each is two, and common readers of JSON stop at 128.
const MAX_LEVELS: usize = 48;
/// What is said where they end.
const TOO_DEEP: &str = "what stands deeper is left out";

/// Longest piece of a long text that is made safe at once, in bytes.
const PIECE: usize = 4096;

/// One line and what stands under it.
#[derive(Default)]
pub(super) struct Part<'a> {
    name: Cow<'a, str>,
    shows: Shows<'a>,
    note: Option<String>,
    about: Option<About>,
    parts: Vec<Self>,
}

#[derive(Default)]
enum Shows<'a> {
    /// Only what stands under it.
    #[default]
    Nothing,
    /// Text made here.
    Text(Cow<'a, str>),
    /// A value that stands in the object.
    Member(Node<'a>),
    /// No line of its own: the parts that this makes stand in its place.
    Later(Later<'a>),
}

type Later<'a> = Box<dyn Fn(&mut dyn Out) + 'a>;

/// Where parts go, one after the other.
pub(super) trait Out {
    /// Takes the next.
    fn part(&mut self, part: Part<'_>);

    /// Whether no more are wanted.
    fn is_full(&self) -> bool {
        false
    }
}

/// With a remark on each that goes through.
struct Noted<'o> {
    out: &'o mut dyn Out,
    note: &'o str,
}

impl Out for Noted<'_> {
    fn part(&mut self, part: Part<'_>) {
        self.out.part(part.note(self.note));
    }

    fn is_full(&self) -> bool {
        self.out.is_full()
    }
}

/// What the strict reader says of the first that comes; what stands under it is not made.
#[derive(Default)]
pub(super) struct First(pub(super) Option<Verdict>);

impl Out for First {
    fn part(&mut self, part: Part<'_>) {
        match part.shows {
            Shows::Later(make) => make(self),
            _ => self.0 = self.0.take().or_else(|| part.about.map(|about| about.verdict)),
        }
    }
}

/// What is said of a whole object.
#[derive(Debug)]
pub(super) struct About {
    /// What it is.
    pub(super) kind: &'static str,
    /// Its size, when it stands there as bytes of its own.
    pub(super) bytes: Option<usize>,
    /// The largest that is allowed.
    pub(super) bound: Option<usize>,
    /// What the strict reader says.
    pub(super) verdict: Verdict,
}

/// What the strict reader of `faam-spec` says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It takes the object.
    Accepted,
    /// It does not, or the object is none of Faam's.
    Refused(Fault),
    /// It cannot say: a key history is missing.
    Undecided(Fault),
    /// There is no reader for this alone.
    NoReader,
}

impl From<Result<(), Fault>> for Verdict {
    fn from(read: Result<(), Fault>) -> Self {
        match read {
            Ok(()) => Self::Accepted,
            Err(fault) if fault.reason() == Reason::KeyUnknown => Self::Undecided(fault),
            Err(fault) => Self::Refused(fault),
        }
    }
}

impl Verdict {
    /// The exit status that tells it.
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Accepted | Self::NoReader => Exit::Ok,
            Self::Refused(_) => Exit::Refused,
            Self::Undecided(_) => Exit::Undecided,
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Undecided(_) => "undecided",
            Self::NoReader => "none",
        }
    }

    const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused(fault) | Self::Undecided(fault) => Some(fault),
            _ => None,
        }
    }
}

impl<'a> Part<'a> {
    /// A text of our own making.
    pub(super) fn text(name: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), shows: Shows::Text(text.into()), ..Self::default() }
    }

    /// A value that stands in the object.
    pub(super) fn member(name: impl Into<Cow<'a, str>>, node: Node<'a>) -> Self {
        Self { name: name.into(), shows: Shows::Member(node), ..Self::default() }
    }

    /// A heading.
    pub(super) fn group(name: impl Into<Cow<'a, str>>, parts: Vec<Self>) -> Self {
        Self { name: name.into(), parts, ..Self::default() }
    }

    /// A whole object.
    pub(super) fn object(name: impl Into<Cow<'a, str>>, about: About, parts: Vec<Self>) -> Self {
        Self { name: name.into(), about: Some(about), parts, ..Self::default() }
    }

    /// What `make` gives, made when it is written.
    pub(super) fn later(make: impl Fn(&mut dyn Out) + 'a) -> Self {
        Self { shows: Shows::Later(Box::new(make)), ..Self::default() }
    }

    /// With a remark, after those that it has.
    pub(super) fn note(mut self, note: impl AsRef<str>) -> Self {
        let notes = self.note.get_or_insert_default();
        if !notes.is_empty() {
            notes.push_str("; ");
        }
        notes.push_str(note.as_ref());
        self
    }

    /// With a remark, if there is one.
    pub(super) fn noted(self, note: Option<String>) -> Self {
        match note {
            Some(note) => self.note(note),
            None => self,
        }
    }

    /// With more under it.
    pub(super) fn with(mut self, parts: Vec<Self>) -> Self {
        self.parts.extend(parts);
        self
    }
}

/// Writes an outline.
pub(super) struct Outline<'o> {
    out: &'o mut dyn Write,
    indent: usize,
    all: bool,
    failed: bool,
}

impl<'o> Outline<'o> {
    /// To `out`; `all` shows long texts whole.
    pub(super) fn new(out: &'o mut dyn Write, all: bool) -> Self {
        Self { out, indent: 0, all, failed: false }
    }

    /// Whether all of it could be written.
    pub(super) fn finish(self) -> fmt::Result {
        if self.failed { Err(fmt::Error) } else { Ok(()) }
    }

    fn put(&mut self, part: &Part<'_>) {
        match (&part.shows, &part.note) {
            _ if self.failed => {}
            (Shows::Later(make), Some(note)) => make(&mut Noted { out: self, note }),
            (Shows::Later(make), None) => make(self),
            _ => {
                self.failed = self.line(part).is_err();
                self.indent += 2;
                if self.indent / 2 >= MAX_LEVELS && !part.parts.is_empty() {
                    let indent = self.indent;
                    self.failed |= writeln!(self.out, "{:indent$}…: {TOO_DEEP}", "").is_err();
                } else {
                    part.parts.iter().for_each(|part| self.put(part));
                }
                self.indent -= 2;
            }
        }
    }

    fn line(&mut self, part: &Part<'_>) -> fmt::Result {
        let indent = self.indent;
        write!(self.out, "{:indent$}{}", "", shown(&part.name, MAX_NAME))?;
        match (&part.shows, &part.about) {
            (Shows::Text(text), _) => write!(self.out, ": {}", shown(text, MAX_OWN))?,
            (Shows::Member(node), _) => {
                self.out.write_str(": ")?;
                self.member(node)?;
            }
            (_, Some(about)) if about.kind != part.name => write!(self.out, ": {}", about.kind)?,
            _ => {}
        }
        if let Some(note) = &part.note {
            write!(self.out, "  ({})", shown(note, MAX_OWN))?;
        }
        writeln!(self.out)?;
        let Some(about) = &part.about else { return Ok(()) };
        let indent = indent + 2;
        match (about.bytes, about.bound) {
            (Some(bytes), Some(bound)) => {
                writeln!(self.out, "{:indent$}bytes: {bytes} of at most {bound}", "")?
            }
            (Some(bytes), None) => writeln!(self.out, "{:indent$}bytes: {bytes}", "")?,
            _ => {}
        }
        write!(self.out, "{:indent$}reader: {}", "", about.verdict.word())?;
        match about.verdict.fault() {
            Some(fault) => {
                let (reason, at) = (fault.reason(), shown(fault.at(), MAX_NAME));
                writeln!(self.out, ", {} [{at}]  ({})", reason.code(), reason.sentence())
            }
            None => writeln!(self.out),
        }
    }

    fn member(&mut self, node: &Node<'_>) -> fmt::Result {
        match node {
            Node::Text(text) => {
                let inner = |piece| {
                    let quoted = json_of(piece);
                    quoted.get(1..quoted.len() - 1).map(safe_json).unwrap_or_default()
                };
                let quote = || core::iter::once("\"".to_owned());
                self.foreign(quote().chain(pieces(text).map(inner)).chain(quote()))
            }
            _ if node.raw().len() > PIECE => {
                let text = core::str::from_utf8(node.raw()).unwrap_or_default();
                self.foreign(pieces(text).map(safe_json))
            }
            _ => self.foreign(core::iter::once(safe_json(&node.json()))),
        }
    }

    /// What others wrote, in pieces that are safe; only the first of it without `--all`.
    fn foreign(&mut self, pieces: impl Iterator<Item = String>) -> fmt::Result {
        let limit = if self.all { usize::MAX } else { MAX_FOREIGN };
        let mut length = 0_usize;
        for piece in pieces {
            // What is over the limit is counted and no more.
            if length <= limit {
                self.out.write_str(&shown(&piece, limit - length))?;
            }
            length += piece.len();
        }
        if length > limit { write!(self.out, " ({length} bytes; --all shows them)") } else { Ok(()) }
    }
}

impl Out for Outline<'_> {
    fn part(&mut self, part: Part<'_>) {
        self.put(&part);
    }

    fn is_full(&self) -> bool {
        self.failed
    }
}

/// A text in pieces that are not long.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    core::iter::from_fn(move || {
        let mut end = PIECE.min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let (piece, rest) = text.split_at_checked(end)?;
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Serialises the one part that comes.
pub(super) struct Whole<S: Serializer>(Option<S>, Option<Result<S::Ok, S::Error>>);

impl<S: Serializer> Whole<S> {
    /// To `serializer`.
    pub(super) fn new(serializer: S) -> Self {
        Self(Some(serializer), None)
    }

    /// What came of it.
    pub(super) fn finish(self) -> Result<S::Ok, S::Error> {
        self.1.unwrap_or_else(|| Err(serde::ser::Error::custom("nothing to show")))
    }
}

impl<S: Serializer> Out for Whole<S> {
    fn part(&mut self, part: Part<'_>) {
        match (&part.shows, &part.note) {
            (Shows::Later(make), Some(note)) => make(&mut Noted { out: self, note }),
            (Shows::Later(make), None) => make(self),
            _ => {
                if let Some(serializer) = self.0.take() {
                    self.1 = Some(Level(&part, 1).serialize(serializer));
                }
            }
        }
    }
}

/// Serialises parts into a list.
struct Items<'s, S: SerializeSeq> {
    list: &'s mut S,
    level: usize,
    failed: Option<S::Error>,
}

impl<S: SerializeSeq> Items<'_, S> {
    fn put(&mut self, part: &Part<'_>) {
        match (&part.shows, &part.note) {
            _ if self.failed.is_some() => {}
            (Shows::Later(make), Some(note)) => make(&mut Noted { out: self, note }),
            (Shows::Later(make), None) => make(self),
            _ => self.failed = self.list.serialize_element(&Level(part, self.level)).err(),
        }
    }
}

impl<S: SerializeSeq> Out for Items<'_, S> {
    fn part(&mut self, part: Part<'_>) {
        self.put(&part);
    }

    fn is_full(&self) -> bool {
        self.failed.is_some()
    }
}

/// Parts in a list, and how deep they stand.
struct Under<'p, 'a>(&'p [Part<'a>], usize);

impl Serialize for Under<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut items = Items { list: &mut list, level: self.1, failed: None };
        self.0.iter().for_each(|part| items.put(part));
        match items.failed {
            Some(error) => Err(error),
            None => list.end(),
        }
    }
}

/// A part, and how deep it stands.
struct Level<'p, 'a>(&'p Part<'a>, usize);

impl Serialize for Level<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(part, level) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &part.name)?;
        if let Some(about) = &part.about {
            map.serialize_entry("kind", about.kind)?;
            if let Some(bytes) = about.bytes {
                map.serialize_entry("bytes", &bytes)?;
            }
            if let Some(bound) = about.bound {
                map.serialize_entry("bound", &bound)?;
            }
            let reader = match about.verdict.fault() {
                None => json!({"verdict": about.verdict.word()}),
                Some(fault) => {
                    let code = fault.reason().code();
                    json!({"verdict": about.verdict.word(), "code": code, "at": fault.at()})
                }
            };
            map.serialize_entry("reader", &reader)?;
        }
        match &part.shows {
            Shows::Nothing | Shows::Later(_) => {}
            Shows::Text(text) => map.serialize_entry("text", text)?,
            Shows::Member(Node::Text(text)) => map.serialize_entry("value", text)?,
            Shows::Member(node) if node.raw().len() > PIECE => {
                map.serialize_entry("value", &String::from_utf8_lossy(node.raw()))?;
            }
            Shows::Member(node) => map.serialize_entry("value", &node.value())?,
        }
        if let Some(note) = &part.note {
            map.serialize_entry("note", note)?;
        }
        if !part.parts.is_empty() {
            if *level >= MAX_LEVELS {
                map.serialize_entry("parts", &Under(&[Part::text("…", TOO_DEEP)], level + 1))?;
            } else {
                map.serialize_entry("parts", &Under(&part.parts, level + 1))?;
            }
        }
        map.end()
    }
}
