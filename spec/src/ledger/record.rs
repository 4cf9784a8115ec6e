//! An entry together with every part of it that is disclosed one by one: what the issuer keeps and the wallet receives.
//!
//! Specified in `spec/text/ledger.md`.

use core::fmt;
use std::collections::BTreeSet;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::entry::{Body, Entry};
use crate::limits::{MAX_ASPECTS, MAX_ENTRY_DIGESTS, MAX_LABEL_BYTES, MAX_TEXT_BYTES};
use crate::name::Rater;
use crate::reason::{Fault, Reason, refuse};
use crate::sdjwt::Disclosure;
use crate::time::Day;

/// Names of what can be disclosed of an entry, one by one.
pub mod names {
    /// The rater's words: text of at most [`MAX_TEXT_BYTES`](crate::limits::MAX_TEXT_BYTES), or null.
    pub const COMMENT: &str = "comment";
    /// What the deal was about: text of at most [`MAX_LABEL_BYTES`](crate::limits::MAX_LABEL_BYTES), or null.
    pub const CATEGORY: &str = "category";
    /// Single aspects, each with a value on the common scale, 0 to 1000; at most
    /// [`MAX_ASPECTS`](crate::limits::MAX_ASPECTS), or null.
    pub const ASPECTS: &str = "aspects";
    /// A band of the deal's amount: text of at most [`MAX_LABEL_BYTES`](crate::limits::MAX_LABEL_BYTES), or null.
    pub const AMOUNT_BAND: &str = "amount_band";
    /// The UTC day of the rating (see [`Day`](crate::time::Day)).
    pub const DAY: &str = "day";
    /// The rater's pseudonym in this ledger (see [`Rater`](crate::name::Rater)).
    pub const RATER: &str = "rater";
    /// The text of a reply, at most [`MAX_TEXT_BYTES`](crate::limits::MAX_TEXT_BYTES).
    pub const TEXT: &str = "text";

    /// Everything that can be disclosed of a rating, and of which each has its digest.
    pub const OF_RATING: [&str; 6] = [COMMENT, CATEGORY, ASPECTS, AMOUNT_BAND, DAY, RATER];
}

/// An entry with its disclosures, each of which belongs to one of its digests.
///
/// Its JSON is refused as [`Entry`], [`Disclosure::parse`] and [`Record::new`] refuse, and for more than
/// [`MAX_ENTRY_DIGESTS`] disclosures (`ledger.entry`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawRecord")]
pub struct Record {
    entry: Entry,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disclosures: Vec<Disclosure>,
    #[serde(skip)]
    details: Option<Details>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecord {
    entry: Entry,
    #[serde(default, deserialize_with = "few")]
    disclosures: Vec<String>,
}

/// The disclosed parts of a rating that its ledger is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// UTC day on which it was given.
    pub day: Day,
    /// Pseudonym of the one who rated.
    pub rater: Rater,
}

impl Record {
    /// Puts an entry and its disclosures together.
    ///
    /// # Errors
    /// `ledger.entry` if a disclosure belongs to no digest, repeats, has a name or value that its kind does not know, or
    /// if a rating lacks one of its six parts; `too_large` for a text over its bound.
    ///
    /// Implements REQ-LEDGER-8 to REQ-LEDGER-11 (`spec/text/ledger.md`).
    pub fn new(entry: Entry, disclosures: Vec<Disclosure>) -> Result<Self, Fault> {
        let bad = |at| Fault::new(Reason::LedgerEntry, at);
        let digests: BTreeSet<_> = entry.digests().iter().copied().collect();
        if digests.len() != entry.digests().len() {
            return Err(bad("entry._sd"));
        }
        let mut named = BTreeSet::new();
        for disclosure in &disclosures {
            let name = disclosure.name().ok_or_else(|| bad("disclosure"))?;
            //= spec/text/ledger.md#REQ-LEDGER-9
            //# The digest of each disclosure of a record MUST stand in its entry, each name at most once
            if !digests.contains(&disclosure.digest()) || !named.insert(name) {
                return Err(bad("disclosure"));
            }
            //= spec/text/ledger.md#REQ-LEDGER-9
            //# each name at most once, and only names of the entry's kind
            let known = match &entry.body {
                Body::Rating { .. } => names::OF_RATING.contains(&name),
                Body::Reply { .. } => name == names::TEXT,
                _ => false,
            };
            if !known {
                return Err(bad("disclosure"));
            }
            check_value(name, disclosure.value())?;
        }
        let find = |wanted: &str| {
            disclosures.iter().find(|d| d.name() == Some(wanted)).and_then(|d| d.value().as_str())
        };
        // Everything has its digest, and what was not given is null: a part can be shown to be absent, and none can be hidden
        // from the holder.
        //= spec/text/ledger.md#REQ-LEDGER-8
        //# A record of a rating or correction MUST have all six of its parts; null says that nothing was
        //# said.
        if matches!(entry.body, Body::Rating { .. })
            && names::OF_RATING.iter().any(|name| !named.contains(name))
        {
            return Err(bad("disclosure"));
        }
        let details = match &entry.body {
            Body::Rating { .. } => Some(Details {
                day: find(names::DAY).ok_or_else(|| bad("day"))?.parse().map_err(|_| bad("day"))?,
                rater: find(names::RATER).ok_or_else(|| bad("rater"))?.parse().map_err(|_| bad("rater"))?,
            }),
            _ => None,
        };
        Ok(Self { entry, disclosures, details })
    }

    /// The entry.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Its disclosures.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }

    /// Day and rater, if it is a rating.
    #[must_use]
    pub const fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    /// A disclosed value by its name.
    #[must_use]
    pub fn disclosed(&self, name: &str) -> Option<&Value> {
        self.disclosures.iter().find(|d| d.name() == Some(name)).map(Disclosure::value)
    }
}

impl TryFrom<RawRecord> for Record {
    type Error = Fault;
    fn try_from(raw: RawRecord) -> Result<Self, Fault> {
        let mut disclosures = Vec::with_capacity(raw.disclosures.len());
        for text in &raw.disclosures {
            let disclosure = Disclosure::parse(text)?;
            let name = disclosure.name().ok_or(Fault::new(Reason::LedgerEntry, "disclosure"))?;
            check_value(name, disclosure.value())?;
            disclosures.push(disclosure);
        }
        Self::new(raw.entry, disclosures)
    }
}

/// Reads the texts of disclosures, of which there are no more than an entry has digests: the rest of a long list is not read at all. They
/// are taken apart one after the other, because in memory each may be many times its text until its value was looked at.
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Few;
    impl<'de> Visitor<'de> for Few {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("disclosures")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while list.len() < MAX_ENTRY_DIGESTS {
                let Some(text) = seq.next_element()? else { return Ok(list) };
                list.push(text);
            }
            match seq.next_element::<IgnoredAny>()? {
                None => Ok(list),
                Some(_) => Err(A::Error::custom(Fault::new(Reason::LedgerEntry, "disclosures"))),
            }
        }
    }
    deserializer.deserialize_seq(Few)
}

/// Checks that a disclosed value has the form of its name (`spec/text/ledger.md`).
///
/// # Errors
/// `ledger.entry` for another form, `too_large` for longer texts.
///
/// Implements REQ-LEDGER-10 and REQ-LEDGER-11 (`spec/text/ledger.md`).
//= spec/text/ledger.md#REQ-LEDGER-10
//# A disclosed value MUST have the form of its name
pub(crate) fn check_value(name: &str, value: &Value) -> Result<(), Fault> {
    let text = |limit: usize| match value {
        //= spec/text/ledger.md#REQ-LEDGER-11
        //# A comment, category, amount band or reply that is disclosed MUST NOT be longer than its bound.
        Value::String(text) if text.len() > limit => refuse(Reason::TooLarge, "disclosure"),
        Value::String(_) => Ok(()),
        _ => refuse(Reason::LedgerEntry, "disclosure"),
    };
    match name {
        // Nothing was said, and that can be shown: null is a value of the optional parts.
        names::COMMENT | names::CATEGORY | names::AMOUNT_BAND | names::ASPECTS if value.is_null() => Ok(()),
        names::COMMENT | names::TEXT => text(MAX_TEXT_BYTES),
        names::CATEGORY | names::AMOUNT_BAND => text(MAX_LABEL_BYTES),
        names::DAY => match value.as_str().map(str::parse::<Day>) {
            Some(Ok(_)) => Ok(()),
            _ => refuse(Reason::LedgerEntry, "day"),
        },
        names::RATER => match value.as_str().map(str::parse::<Rater>) {
            Some(Ok(_)) => Ok(()),
            _ => refuse(Reason::LedgerEntry, "rater"),
        },
        names::ASPECTS => match value {
            Value::Object(map)
                if map.len() <= MAX_ASPECTS
                    && map.keys().all(|key| !key.is_empty() && key.len() <= MAX_LABEL_BYTES)
                    && map.values().all(|v| v.as_u64().is_some_and(|v| v <= 1000)) =>
            {
                Ok(())
            }
            _ => refuse(Reason::LedgerEntry, "aspects"),
        },
        _ => refuse(Reason::LedgerEntry, "disclosure"),
    }
}
