//! One entry of a ledger: a canonical record without holder key, status index or signature.
//!
//! Specified in `spec/text/ledger.md`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::LEAF_ENTRY;
use crate::encoding::{jcs, present};
use crate::hash::{Hash, LedgerId, Salt};
use crate::limits::MAX_ENTRY_DIGESTS;
use crate::name::Role;
use crate::reason::{Fault, Reason, refuse};
use crate::scale::{Scale, Score};
use crate::sdjwt::SdDigest;
use crate::time::Day;

/// An entry that has the form of its kind: read, it is a canonical record.
///
/// Its JSON is refused with `unsupported.version`, `too_large` for more than [`MAX_ENTRY_DIGESTS`] digests, `malformed`,
/// or the code of the member whose type refused its value (`malformed.base64url`, `malformed.time`).
///
/// Implements REQ-LEDGER-1 to REQ-LEDGER-3, REQ-LEDGER-5 and REQ-LEDGER-6 (`spec/text/ledger.md`); REQ-GEN-10
/// (`spec/text/README.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawEntry", into = "RawEntry")]
pub struct Entry {
    /// The ledger.
    pub ledger: LedgerId,
    /// Its place in the log, from 0.
    pub index: u64,
    /// Sixteen random bytes that keep the leaf from being guessed.
    pub salt: Salt,
    /// What happened.
    pub body: Body,
}

/// What an entry records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Somebody rated the subject; with `supersedes`, in place of an earlier rating (a correction).
    Rating {
        /// What the subject was in the deal.
        role: Role,
        /// The value on the market's scale.
        score: Score,
        /// Digests of day, rater, comment and whatever else is disclosed one by one; at most [`MAX_ENTRY_DIGESTS`], all
        /// different.
        digests: Vec<SdDigest>,
        /// Index of the entry that this one corrects, less than its own.
        supersedes: Option<u64>,
    },
    /// The subject answered a rating.
    Reply {
        /// The UTC day on which it happened.
        day: Day,
        /// Index of the rating, less than the reply's own.
        to: u64,
        /// Digest of the text; at most [`MAX_ENTRY_DIGESTS`].
        digests: Vec<SdDigest>,
    },
    /// A rating was taken out.
    Withdrawal {
        /// The UTC day on which it happened.
        day: Day,
        /// Index of the rating, less than the entry's own.
        of: u64,
        /// Who asked for it (A36).
        by: Asker,
    },
    /// A rating is disputed, or is no longer.
    Dispute {
        /// The UTC day on which it happened.
        day: Day,
        /// Index of the rating, less than the entry's own.
        of: u64,
        /// Opened or settled.
        state: DisputeState,
    },
    /// A wallet was bound to the ledger. Nothing of its key stands here.
    Binding {
        /// The UTC day on which it happened.
        day: Day,
    },
}

/// Who asked for a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// The one who had rated.
    Rater,
    /// The one who was rated.
    Subject,
    /// Both, by agreement.
    Both,
    /// The market itself.
    Market,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// It was opened.
    Open,
    /// It was settled.
    Settled,
}

/// The name of an entry's kind in JSON.
///
/// Implements REQ-LEDGER-1 (`spec/text/ledger.md`).
//= spec/text/ledger.md#REQ-LEDGER-1
//# `kind` MUST be one of `rating`, `correction`, `reply`, `withdrawal`, `dispute`, `binding`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A rating.
    Rating,
    /// A rating in place of another.
    Correction,
    /// A reply.
    Reply,
    /// A withdrawal.
    Withdrawal,
    /// A dispute.
    Dispute,
    /// A binding.
    Binding,
}

impl Entry {
    /// The leaf: the hash of the canonical record.
    ///
    /// # Errors
    /// `internal`, which no entry causes.
    ///
    /// Implements REQ-LEDGER-12 (`spec/text/ledger.md`).
    //= spec/text/ledger.md#REQ-LEDGER-12
    //# The leaf value of an entry MUST be `H("faam/entry/0\n", JCS(entry))`.
    pub fn leaf(&self) -> Result<Hash, Fault> {
        Ok(Hash::of(LEAF_ENTRY, &jcs(self)?))
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match &self.body {
            Body::Rating { supersedes: None, .. } => Kind::Rating,
            Body::Rating { supersedes: Some(_), .. } => Kind::Correction,
            Body::Reply { .. } => Kind::Reply,
            Body::Withdrawal { .. } => Kind::Withdrawal,
            Body::Dispute { .. } => Kind::Dispute,
            Body::Binding { .. } => Kind::Binding,
        }
    }

    /// The digests of its disclosable parts.
    #[must_use]
    pub fn digests(&self) -> &[SdDigest] {
        match &self.body {
            Body::Rating { digests, .. } | Body::Reply { digests, .. } => digests,
            _ => &[],
        }
    }

    /// Index of the earlier entry it refers to; none if its kind refers to nothing.
    #[must_use]
    pub const fn refers_to(&self) -> Option<u64> {
        match &self.body {
            Body::Rating { supersedes, .. } => *supersedes,
            Body::Reply { to: index, .. }
            | Body::Withdrawal { of: index, .. }
            | Body::Dispute { of: index, .. } => Some(*index),
            Body::Binding { .. } => None,
        }
    }
}

/// The entry as JSON, before its form is checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    v: u8,
    ledger: LedgerId,
    index: u64,
    kind: Kind,
    salt: Salt,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<Scale>,
    #[serde(rename = "_sd", default, skip_serializing_if = "Vec::is_empty")]
    digests: Vec<SdDigest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refs: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Asker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<DisputeState>,
}

impl From<Entry> for RawEntry {
    fn from(entry: Entry) -> Self {
        let refs = entry.refers_to().into_iter().collect();
        let mut raw = Self {
            v: 0,
            ledger: entry.ledger,
            index: entry.index,
            kind: entry.kind(),
            salt: entry.salt,
            day: None,
            role: None,
            value: None,
            scale: None,
            digests: Vec::new(),
            refs,
            by: None,
            state: None,
        };
        match entry.body {
            Body::Rating { role, score, digests, .. } => {
                raw.role = Some(role);
                raw.value = Some(score.value());
                raw.scale = Some(score.scale());
                raw.digests = digests;
            }
            Body::Reply { day, digests, .. } => {
                raw.day = Some(day);
                raw.digests = digests;
            }
            Body::Withdrawal { day, by, .. } => {
                raw.day = Some(day);
                raw.by = Some(by);
            }
            Body::Dispute { day, state, .. } => {
                raw.day = Some(day);
                raw.state = Some(state);
            }
            Body::Binding { day } => raw.day = Some(day),
        }
        raw
    }
}

impl TryFrom<RawEntry> for Entry {
    type Error = Fault;

    fn try_from(raw: RawEntry) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::Malformed, "entry");
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if raw.v != 0 {
            return refuse(Reason::UnsupportedVersion, "entry.v");
        }
        //= spec/text/ledger.md#REQ-LEDGER-6
        //# An entry MUST have at most 32 digests.
        if raw.digests.len() > MAX_ENTRY_DIGESTS {
            return refuse(Reason::TooLarge, "entry._sd");
        }
        //= spec/text/ledger.md#REQ-LEDGER-3
        //# Digests within one entry MUST differ.
        let different: BTreeSet<&SdDigest> = raw.digests.iter().collect();
        if different.len() != raw.digests.len() {
            return Err(bad());
        }
        let refs: &[u64] = &raw.refs;
        //= spec/text/ledger.md#REQ-LEDGER-2
        //# `refs` MUST hold exactly one index, less than `index`.
        let one_ref = || match refs {
            [index] if *index < raw.index => Ok(*index),
            _ => Err(bad()),
        };
        //= spec/text/ledger.md#REQ-LEDGER-5
        //# `value` MUST lie within the scale.
        let score = || Score::new(raw.value.ok_or_else(bad)?, raw.scale.ok_or_else(bad)?);
        let day = || raw.day.ok_or_else(bad);
        let body = match raw.kind {
            Kind::Rating | Kind::Correction => Body::Rating {
                role: raw.role.clone().ok_or_else(bad)?,
                score: score()?,
                digests: raw.digests.clone(),
                supersedes: if raw.kind == Kind::Correction { Some(one_ref()?) } else { None },
            },
            Kind::Reply => Body::Reply { day: day()?, to: one_ref()?, digests: raw.digests.clone() },
            Kind::Withdrawal => Body::Withdrawal { day: day()?, of: one_ref()?, by: raw.by.ok_or_else(bad)? },
            Kind::Dispute => Body::Dispute { day: day()?, of: one_ref()?, state: raw.state.ok_or_else(bad)? },
            Kind::Binding => Body::Binding { day: day()? },
        };
        let entry = Self { ledger: raw.ledger, index: raw.index, salt: raw.salt, body };
        // Whatever the kind does not have must not be there: one text for each entry.
        //= spec/text/ledger.md#REQ-LEDGER-1
        //# an entry MUST have the members of its kind and no others
        let back = RawEntry::from(entry.clone());
        let same = back.day == raw.day
            && back.role == raw.role
            && back.value == raw.value
            && back.scale == raw.scale
            && back.digests == raw.digests
            && back.refs == raw.refs
            && back.by == raw.by
            && back.state == raw.state;
        if same { Ok(entry) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rating() -> Value {
        json!({"v":0,"ledger":LedgerId::from_bytes([1;16]),"index":3,"kind":"rating","salt":Salt::from_bytes([2;16]),
               "role":"seller","value":5,"scale":"-10..10","_sd":[]})
    }

    fn read(value: Value) -> Result<Entry, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn the_canonical_record_is_fixed() {
        let entry = read(rating()).unwrap();
        assert_eq!(
            String::from_utf8(jcs(&entry).unwrap()).unwrap(),
            r#"{"index":3,"kind":"rating","ledger":"uAQEBAQEBAQEBAQEBAQEBAQ","role":"seller","salt":"uAgICAgICAgICAgICAgICAg","scale":"-10..10","v":0,"value":5}"#
        );
        assert_eq!(entry.leaf().unwrap().to_string().len(), 44);
    }

    #[test]
    fn entries_have_what_their_kind_has_and_nothing_else() {
        let with = |name: &str, value: Value| {
            let mut changed = rating();
            changed[name] = value;
            read(changed)
        };
        assert!(with("v", json!(1)).is_err());
        assert!(with("value", json!(11)).is_err());
        assert!(with("value", json!(1.5)).is_err());
        assert!(with("day", json!("2026-01-01")).is_err());
        assert!(with("refs", json!([1])).is_err());
        assert!(with("holder", json!("x")).is_err());
        assert!(with("kind", json!("correction")).is_err());
        assert!(with("role", Value::Null).is_err());
        let digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(with("_sd", json!([digest])).is_ok());
        assert!(with("_sd", json!([digest, digest])).is_err());
        for no_day in [Value::Null, json!(5), json!("2026-02-29")] {
            let said = with("day", no_day).unwrap_err().to_string();
            assert!(said.starts_with(&Reason::MalformedTime.to_string()), "{said}");
        }
        let mut correction = rating();
        correction["kind"] = json!("correction");
        correction["refs"] = json!([2]);
        assert_eq!(read(correction.clone()).unwrap().refers_to(), Some(2));
        correction["refs"] = json!([3]);
        assert!(read(correction).is_err(), "only earlier entries can be referred to");
    }

    #[test]
    fn no_digest_stands_in_an_entry_twice() {
        let (one, two) = ("A".repeat(43), format!("{}Q", "A".repeat(42)));
        let with = |digests: Value| {
            let mut changed = rating();
            changed["_sd"] = digests;
            crate::encoding::from_value::<Entry>(changed, "t").map_err(|fault| fault.reason())
        };
        assert_eq!(with(json!([one, two])).unwrap().digests().len(), 2);
        assert_eq!(with(json!([one, two, one])), Err(Reason::Malformed));
    }
}
