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
use part::{About, First, Out, Outline, Part, Verdict, Whole};
use show::{Context, MAX_IN_ALL};

/// Largest object that is taken apart, in bytes: that of the largest format.
pub const MAX_INSPECTED_BYTES: usize = MAX_OFFER_BYTES;

/// An object that is taken apart while it is written. As [`fmt::Display`] it is an outline for people, in lines that a terminal shows as they
/// are; serialised, it is one JSON object for programs, whose text goes through [`crate::name::safe_json`] before a terminal sees it.
///
/// Whatever the object is, less than 16 MiB are held for it beside it, unless it is an offer or a list of records: for those, what their reader
/// holds ([`crate::encoding::Budget::OFFER`]).
#[derive(Debug)]
pub struct Report<'a> {
    bytes: &'a [u8],
    kind: Kind,
    all: bool,
    histories: &'a KeyHistories,
    verdict: Option<Verdict>,
}

/// Takes `bytes` apart as `kind`, or as what their content tells; `all` shows long lists and texts whole, and `histories` has the keys
/// of DIDs that do not carry their own. More than [`MAX_INSPECTED_BYTES`] are not looked at, and more than
/// [`MAX_PRESENTATION_BYTES`](crate::limits::MAX_PRESENTATION_BYTES) only of an offer and a list of records.
#[must_use]
pub fn inspect<'a>(
    bytes: &'a [u8],
    kind: Option<Kind>,
    all: bool,
    histories: &'a KeyHistories,
) -> Report<'a> {
    let small = bytes.len() <= MAX_INSPECTED_BYTES;
    let detected = || if small { kind::detect(bytes) } else { Kind::Unknown };
    let mut report = Report { bytes, kind: kind.unwrap_or_else(detected), all, histories, verdict: None };
    let mut first = First::default();
    report.show(&mut first);
    report.verdict = first.0;
    report
}

impl Report<'_> {
    /// How a program ends that shows it: 0 if the strict reader takes the object, or there is none for it alone; 3 if it is refused or none
    /// of Faam's; 4 if a key is not known.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.verdict.as_ref().map_or(Exit::Refused, Verdict::exit)
    }

    fn show(&self, out: &mut dyn Out) {
        if self.bytes.len() > MAX_INSPECTED_BYTES {
            let about = About {
                kind: "not a Faam object",
                bytes: None,
                bound: Some(MAX_INSPECTED_BYTES),
                verdict: Verdict::Refused(Fault::new(Reason::TooLarge, "input")),
            };
            return out.part(Part::object("object", about, Vec::new()));
        }
        let left = Cell::new(MAX_IN_ALL);
        let ctx = Context { histories: self.histories, all: self.all, depth: 0, left: &left };
        show::inspect(ctx, "object", self.kind, self.bytes, out);
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut outline = Outline::new(f, self.all);
        self.show(&mut outline);
        outline.finish()
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut whole = Whole::new(serializer);
        self.show(&mut whole);
        whole.finish()
    }
}
