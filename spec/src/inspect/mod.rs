//! Any object of these formats taken apart: decoded, safely escaped, with the hash of its parts and what the strict reader says of it.
//!
//! For people who look at what travels, and for programs that show it. Nothing is compared with a clock, and nothing here
//! decides: a verifier's verdict is another thing.
//!
//! Specified in `spec/text/README.md` (how objects are shown).

mod claims;
mod credential;
mod json;
mod kind;
mod object;
mod part;
mod show;
mod signed;
mod text;
mod whole;
mod wire;

use core::cell::Cell;
use core::fmt;

pub use kind::Kind;
use serde::{Serialize, Serializer};

use crate::did::KeyHistories;
use crate::exit::Exit;
use crate::limits::MAX_OFFER_BYTES;
use crate::reason::{Fault, Reason};
use part::{About, Part, Verdict};
use show::{Context, MAX_IN_ALL};

/// Largest object that is taken apart, in bytes: that of the largest format.
pub const MAX_INSPECTED_BYTES: usize = MAX_OFFER_BYTES;

/// An object taken apart. As [`fmt::Display`] it is an outline for people, in lines that a terminal shows as they are; serialised, it is
/// one JSON object for programs, whose text goes through [`crate::name::safe_json`] before a terminal sees it.
#[derive(Debug)]
pub struct Report {
    part: Part,
    all: bool,
}

/// Takes `bytes` apart as `kind`, or as what their content tells; `all` shows long lists and texts whole, and `histories` has the keys
/// of DIDs that do not carry their own. More than [`MAX_INSPECTED_BYTES`] are not looked at.
#[must_use]
pub fn inspect(bytes: &[u8], kind: Option<Kind>, all: bool, histories: &KeyHistories) -> Report {
    let left = Cell::new(MAX_IN_ALL);
    let ctx = Context { histories, all, depth: 0, left: &left };
    let part = if bytes.len() > MAX_INSPECTED_BYTES {
        let about = About {
            kind: "not a Faam object",
            bytes: None,
            bound: Some(MAX_INSPECTED_BYTES),
            verdict: Verdict::Refused(Fault::new(Reason::TooLarge, "input")),
        };
        Part::object("object", about, Vec::new())
    } else {
        show::inspect(ctx, "object", kind.unwrap_or_else(|| kind::detect(bytes)), bytes)
    };
    Report { part, all }
}

impl Report {
    /// How a program ends that shows it: 0 if the strict reader takes the object, or there is none for it alone; 3 if it is refused or none
    /// of Faam's; 4 if a key is not known.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.part.verdict().map_or(Exit::Refused, Verdict::exit)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.outline(f, 0, self.all)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.part.serialize(serializer)
    }
}
