//! Hostile inputs for a verifier, as many as are wanted and always the same ones: each family pushes at one kind of bound.
//!
//! An [`Input`] is bytes for one reader. What must hold is the same for all: it is answered with a code, and what it costs is bounded by
//! its size and by `spec/text/limits.md`, in memory and in signatures, proofs and allocations.

mod answers;
mod files;
mod text;

use faam_spec::did::KeyHistories;
use faam_spec::limits::MAX_PRESENTATION_BYTES;
use faam_spec::time::Timestamp;
use faam_verifier::{Pending, Policy, Sources, TrustFile};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::vectors::make::fixtures_shown::{Case, PrivateWorld, World};
use crate::vectors::run::stored;

/// For whom an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// The verifier, as an answer to the request for ratings of one market.
    Plain,
    /// The verifier, as an answer to the request for a private standing.
    Private,
    /// Whoever reads policy files.
    Policy,
    /// Whoever reads trust files.
    Trust,
}

/// One hostile input.
#[derive(Debug, Clone)]
pub struct Input {
    /// What it pushes at.
    pub family: &'static str,
    /// For whom it is.
    pub reader: Reader,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What families make their inputs of: good answers, and chance.
pub(crate) struct Maker {
    pub(crate) rng: StdRng,
    /// An answer with two ratings, as a value.
    pub(crate) plain: Value,
    /// An answer with many ratings, all of them good.
    pub(crate) many: Value,
    /// An answer with one private standing.
    pub(crate) private: Value,
    pub(crate) case: Case,
    pub(crate) trust: String,
    made: Vec<Input>,
}

/// The verifier that is answered.
pub struct Target {
    /// The request for ratings.
    pub plain: Pending,
    /// The request for a private standing.
    pub private: Pending,
    /// What it believes.
    pub sources: Sources,
    /// When it judges.
    pub now: Timestamp,
    /// Its trust file.
    pub trust: String,
}

/// Ratings of the wallet that has many.
const MANY: usize = 150;

type Family = (&'static str, fn(&mut Maker));

/// Every family: its name, and how it makes its next input.
const FAMILIES: &[Family] = &[
    ("size at the bound", text::size),
    ("depth", text::depth),
    ("long texts", text::long),
    ("many values", text::many),
    ("numbers", text::numbers),
    ("broken text", text::broken),
    ("broken base64url", text::base64),
    ("flipped bits", text::flipped),
    ("disclosures", answers::disclosures),
    ("digests", answers::digests),
    ("heavy disclosures", answers::heavy),
    ("ratings", answers::ratings),
    ("good to the last", answers::last),
    ("places and paths", answers::places),
    ("lists", answers::lists),
    ("lists that expand", answers::bombs),
    ("records", answers::records),
    ("replies", answers::replies),
    ("ids and ledgers", answers::ids),
    ("private standings", answers::private),
    ("proofs", answers::proofs),
    ("policy files", files::policy),
    ("trust files", files::trust),
];

fn case() -> Case {
    Case::ratings(&World::new("alpha", 1).now, &[0, 1], &["comment"])
}

/// The first `count` hostile inputs, each family in turn.
///
/// # Panics
/// Never: what they are made of is right.
pub fn inputs(count: usize) -> impl Iterator<Item = Input> {
    let case = case();
    let mut maker = Maker {
        rng: StdRng::seed_from_u64(20_261_121),
        plain: case.presentation(),
        many: {
            let part = World::many("alpha", 1, MANY);
            let all: Vec<u64> = part.all.keys().copied().collect();
            Case::ratings(&part, &all, &["comment"]).presentation_to(&case.request())
        },
        private: PrivateWorld::new().case(&["two"]).presentation(),
        trust: files::good(&case),
        case,
        made: Vec::new(),
    };
    (0..count).map(move |at| {
        let (family, make) = FAMILIES[at % FAMILIES.len()];
        make(&mut maker);
        let made = maker.made.pop().unwrap();
        maker.made.clear();
        Input { family, ..made }
    })
}

/// How many families there are.
#[must_use]
pub const fn families() -> usize {
    FAMILIES.len()
}

/// The verifier that the inputs are for.
///
/// # Panics
/// Never: its files are right.
#[must_use]
pub fn target() -> Target {
    let case = case();
    let private = PrivateWorld::new().case(&["two"]);
    let now = Timestamp::new(case.now).unwrap();
    let none = KeyHistories::new();
    let asked = Timestamp::new(case.asked).unwrap();
    let pending = |request: &str| Pending::from_bytes(&stored(request), &none, asked).unwrap();
    let trust = files::trust_of(&[&case.trust[..], &private.trust[..]].concat());
    let sources = TrustFile::parse(&trust).unwrap().sources(Policy::default());
    Target {
        plain: pending(case.request().as_str()),
        private: pending(&private.request()),
        sources,
        now,
        trust,
    }
}

impl Maker {
    pub(crate) fn push(&mut self, reader: Reader, bytes: impl Into<Vec<u8>>) {
        self.made.push(Input { family: "", reader, bytes: bytes.into() });
    }

    /// One of these.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.rng.gen_range(0..of.len())].clone()
    }

    /// A number up to `most`, small ones as likely as large ones.
    pub(crate) fn upto(&mut self, most: usize) -> usize {
        let bits = usize::BITS - most.leading_zeros();
        let bits = self.rng.gen_range(0..=bits);
        let drawn: usize = self.rng.r#gen();
        if bits == 0 { 0 } else { (drawn >> (usize::BITS - bits)).min(most) }
    }

    /// A bound, one below, or one above.
    pub(crate) fn around(&mut self, bound: usize) -> usize {
        bound + self.rng.gen_range(0..3) - 1
    }

    /// The good answer, one of both, with its reader.
    pub(crate) fn good(&mut self) -> (Reader, Value) {
        if self.rng.gen_bool(0.5) {
            (Reader::Plain, self.plain.clone())
        } else {
            (Reader::Private, self.private.clone())
        }
    }

    /// Puts `text`, which need not be JSON, in the place of a member of the good answer.
    pub(crate) fn with_member(&mut self, text: &str) {
        let (reader, mut value) = self.good();
        let places = match reader {
            Reader::Plain => &[
                "/v",
                "/vp_token",
                "/vp_token/ratings",
                "/vp_token/ratings/0",
                "/ledgers",
                "/ledgers/0",
                "/ledgers/0/record",
                "/ledgers/0/account",
                "/ledgers/0/live/0/path",
                "/ledgers/0/status",
            ][..],
            _ => &[
                "/v",
                "/vp_token",
                "/vp_token/private",
                "/vp_token/private/0",
                "/private",
                "/private/0/role",
                "/private/0/record",
            ][..],
        };
        let place = self.one(places);
        *value.pointer_mut(place).unwrap() = json!("@@");
        let written = value.to_string().replacen("\"@@\"", text, 1);
        self.push(reader, written);
    }
}

/// The largest answer that a family makes; over it is refused by its size alone.
pub(crate) const LARGEST: usize = MAX_PRESENTATION_BYTES + 2;
