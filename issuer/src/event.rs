//! What happens in a market, as the issuer is told of it.

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeMap;

use faam_spec::ledger::{Asker, DisputeState};
use faam_spec::limits::{MAX_ASPECTS, MAX_LABEL_BYTES, MAX_TEXT_BYTES};
use faam_spec::name::Role;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::scale::Score;
use faam_spec::time::Timestamp;

/// Longest name of an account or event, in bytes.
const MAX_ID_BYTES: usize = 128;

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $at:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Fault;
            fn from_str(text: &str) -> Result<Self, Fault> {
                let plain = text.bytes().all(|b| b.is_ascii_graphic());
                if text.is_empty() || text.len() > MAX_ID_BYTES || !plain {
                    return refuse(Reason::EventMalformed, $at);
                }
                Ok(Self(text.to_owned()))
            }
        }
    };
}

id_type!(
    /// A market's own name for an account: 1 to 128 bytes of printable ASCII without spaces. It never leaves the market.
    AccountId, "account"
);
id_type!(
    /// A market's own name for an event, unique in the market; written like an [`AccountId`].
    EventId, "id"
);

/// Something that happened in a market.
///
/// `id` names the event; `of` names the event of the rating it is about, which must be a current one: after a correction, that
/// is the correction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody rated an account.
    Rating {
        /// The event.
        id: EventId,
        /// The account that was rated.
        account: AccountId,
        /// The account that rated.
        rater: AccountId,
        /// What the rated account was in the deal.
        role: Role,
        /// The value on the market's scale.
        score: Score,
        /// When.
        at: Timestamp,
        /// What else was said.
        parts: Parts,
    },
    /// The rater put another rating in place of an earlier one.
    Correction {
        /// The event.
        id: EventId,
        /// The rating that it replaces.
        of: EventId,
        /// The new value.
        score: Score,
        /// When.
        at: Timestamp,
        /// What else was said; nothing is taken over from the earlier rating.
        parts: Parts,
    },
    /// The rated account answered.
    Reply {
        /// The event.
        id: EventId,
        /// The rating.
        of: EventId,
        /// The answer.
        text: String,
        /// When.
        at: Timestamp,
    },
    /// A rating was taken out.
    Withdrawal {
        /// The event.
        id: EventId,
        /// The rating.
        of: EventId,
        /// Who asked for it.
        by: Asker,
        /// When.
        at: Timestamp,
    },
    /// A dispute about a rating began or ended.
    Dispute {
        /// The event.
        id: EventId,
        /// The rating.
        of: EventId,
        /// Opened or settled.
        state: DisputeState,
        /// When.
        at: Timestamp,
    },
}

/// The parts of a rating that may be there or not, each of which the holder can show or keep back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The rater's words, at most 4096 bytes.
    pub comment: Option<String>,
    /// What the deal was about, at most 64 bytes.
    pub category: Option<String>,
    /// Single aspects, at most 16, each from 0 to 1000; names of 1 to 64 bytes.
    pub aspects: BTreeMap<String, u16>,
    /// A band of the deal's amount, at most 64 bytes.
    pub amount_band: Option<String>,
}

impl Event {
    /// The market's name of the event.
    #[must_use]
    pub const fn id(&self) -> &EventId {
        match self {
            Self::Rating { id, .. }
            | Self::Correction { id, .. }
            | Self::Reply { id, .. }
            | Self::Withdrawal { id, .. }
            | Self::Dispute { id, .. } => id,
        }
    }

    /// When it happened, as the market says.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Rating { at, .. }
            | Self::Correction { at, .. }
            | Self::Reply { at, .. }
            | Self::Withdrawal { at, .. }
            | Self::Dispute { at, .. } => *at,
        }
    }

    /// Checks the bounds of what is free text.
    ///
    /// # Errors
    /// `event.malformed`.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Rating { parts, .. } | Self::Correction { parts, .. } => parts.check(),
            Self::Reply { text, .. } if text.is_empty() || text.len() > MAX_TEXT_BYTES => {
                refuse(Reason::EventMalformed, "text")
            }
            _ => Ok(()),
        }
    }
}

impl Parts {
    fn check(&self) -> Result<(), Fault> {
        let short = |text: &Option<String>, limit| text.as_ref().is_none_or(|text| text.len() <= limit);
        if !short(&self.comment, MAX_TEXT_BYTES) {
            return refuse(Reason::EventMalformed, "comment");
        }
        if !short(&self.category, MAX_LABEL_BYTES) {
            return refuse(Reason::EventMalformed, "category");
        }
        if !short(&self.amount_band, MAX_LABEL_BYTES) {
            return refuse(Reason::EventMalformed, "amount_band");
        }
        let named = |name: &String| !name.is_empty() && name.len() <= MAX_LABEL_BYTES;
        let good = |(name, value): (&String, &u16)| named(name) && *value <= 1000;
        if self.aspects.len() > MAX_ASPECTS || !self.aspects.iter().all(good) {
            return refuse(Reason::EventMalformed, "aspects");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_printable_and_bounded() {
        assert!("a-b/7@x".parse::<AccountId>().is_ok());
        assert!("a".repeat(128).parse::<EventId>().is_ok());
        for bad in ["", "a b", "a\n", "é", "a\u{202e}", &"a".repeat(129)] {
            assert_eq!(bad.parse::<EventId>().unwrap_err().reason(), Reason::EventMalformed, "{bad:?}");
            assert!(bad.parse::<AccountId>().is_err(), "{bad:?}");
        }
    }
}
