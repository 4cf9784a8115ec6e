//! What is shown: a tree of parts, written as an outline for people or as JSON for programs.
//!
//! Everything goes through [`shown`] or [`safe_json`] here and nowhere else, so that no foreign text reaches a terminal as it is.

use core::fmt::{self, Write};

use crate::exit::Exit;
use crate::name::{safe_json, shown};
use crate::reason::{Fault, Reason};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::json;

use super::json::Node;

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

/// One line and what stands under it.
#[derive(Debug, Default)]
pub(super) struct Part {
    name: String,
    shows: Shows,
    note: Option<String>,
    about: Option<About>,
    parts: Vec<Self>,
}

#[derive(Debug, Default)]
enum Shows {
    /// Only what stands under it.
    #[default]
    Nothing,
    /// Text made here.
    Text(String),
    /// A value that stands in the object.
    Member(Node),
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

impl Part {
    /// A text of our own making.
    pub(super) fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), shows: Shows::Text(text.into()), ..Self::default() }
    }

    /// A value that stands in the object.
    pub(super) fn member(name: impl Into<String>, node: Node) -> Self {
        Self { name: name.into(), shows: Shows::Member(node), ..Self::default() }
    }

    /// A heading.
    pub(super) fn group(name: impl Into<String>, parts: Vec<Self>) -> Self {
        Self { name: name.into(), parts, ..Self::default() }
    }

    /// A whole object.
    pub(super) fn object(name: impl Into<String>, about: About, parts: Vec<Self>) -> Self {
        Self { name: name.into(), about: Some(about), parts, ..Self::default() }
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

    /// What the strict reader says of the object.
    pub(super) fn verdict(&self) -> Option<&Verdict> {
        self.about.as_ref().map(|about| &about.verdict)
    }

    /// Writes the outline.
    pub(super) fn outline(&self, out: &mut dyn Write, indent: usize, all: bool) -> fmt::Result {
        write!(out, "{:indent$}{}", "", shown(&self.name, MAX_NAME))?;
        match (&self.shows, &self.about) {
            (Shows::Text(text), _) => write!(out, ": {}", shown(text, MAX_OWN))?,
            (Shows::Member(node), _) => {
                let text = safe_json(&node.json());
                let limit = if all { usize::MAX } else { MAX_FOREIGN };
                write!(out, ": {}", shown(&text, limit))?;
                if text.len() > limit {
                    write!(out, " ({} bytes; --all shows them)", text.len())?;
                }
            }
            (Shows::Nothing, Some(about)) if about.kind != self.name => write!(out, ": {}", about.kind)?,
            (Shows::Nothing, _) => {}
        }
        if let Some(note) = &self.note {
            write!(out, "  ({})", shown(note, MAX_OWN))?;
        }
        writeln!(out)?;
        let indent = indent + 2;
        if let Some(about) = &self.about {
            match (about.bytes, about.bound) {
                (Some(bytes), Some(bound)) => {
                    writeln!(out, "{:indent$}bytes: {bytes} of at most {bound}", "")?
                }
                (Some(bytes), None) => writeln!(out, "{:indent$}bytes: {bytes}", "")?,
                _ => {}
            }
            write!(out, "{:indent$}reader: {}", "", about.verdict.word())?;
            match about.verdict.fault() {
                Some(fault) => {
                    let reason = fault.reason();
                    writeln!(
                        out,
                        ", {} [{}]  ({})",
                        reason.code(),
                        shown(fault.at(), MAX_NAME),
                        reason.sentence()
                    )?;
                }
                None => writeln!(out)?,
            }
        }
        if indent / 2 >= MAX_LEVELS && !self.parts.is_empty() {
            return writeln!(out, "{:indent$}…: {TOO_DEEP}", "");
        }
        self.parts.iter().try_for_each(|part| part.outline(out, indent, all))
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Level(self, 1).serialize(serializer)
    }
}

/// A part, and how deep it stands.
struct Level<'a>(&'a Part, usize);

impl Serialize for Level<'_> {
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
            Shows::Nothing => {}
            Shows::Text(text) => map.serialize_entry("text", text)?,
            Shows::Member(node) => map.serialize_entry("value", &node.value())?,
        }
        if let Some(note) = &part.note {
            map.serialize_entry("note", note)?;
        }
        if !part.parts.is_empty() {
            if *level >= MAX_LEVELS {
                map.serialize_entry("parts", &[Part::text("…", TOO_DEEP)])?;
            } else {
                let inner: Vec<_> = part.parts.iter().map(|part| Level(part, level + 1)).collect();
                map.serialize_entry("parts", &inner)?;
            }
        }
        map.end()
    }
}
