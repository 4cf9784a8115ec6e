//! The numbers of a plain standing, computed from the live ratings in whole arithmetic.
//!
//! Specified in `spec/text/ledger.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use crate::encoding::present;
use crate::name::{Rater, Role};
use crate::reason::{Fault, Reason, refuse};
use crate::time::Day;

/// Numbers of a set of live ratings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// How many ratings.
    pub ratings: u64,
    /// By how many different raters; from 1 to `ratings`, 0 of none.
    pub counterparties: u64,
    /// Mean on the common scale 0 to 1000, rounded down; none of none.
    #[serde(default, deserialize_with = "mean", skip_serializing_if = "Option::is_none")]
    pub mean: Option<u16>,
    /// How many in each band of the common scale: 0–199, 200–399, 400–599, 600–799, 800–1000.
    pub histogram: [u64; 5],
    /// UTC day of the first; none of none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub first: Option<Day>,
    /// UTC day of the last; none of none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub last: Option<Day>,
}

/// Numbers of all time and of the twelve months up to the epoch's first day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Of all time.
    pub all: Numbers,
    /// Of the last twelve months.
    pub recent: Numbers,
}

/// Everything a plain standing counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerNumbers {
    /// Over all roles.
    pub total: Span,
    /// For each role in which there is a live rating; at most [`crate::limits::MAX_ROLES`] in a ledger.
    pub roles: BTreeMap<Role, Span>,
    /// Ratings that were withdrawn.
    pub withdrawn: u64,
    /// Ratings that were corrected.
    pub corrected: u64,
    /// Live ratings under an open dispute.
    pub disputed: u64,
}

/// What the numbers need to know of one live rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRating {
    /// What the subject was.
    pub role: Role,
    /// Value on the common scale, 0 to 1000.
    pub normal: u16,
    /// UTC day on which it was given.
    pub day: Day,
    /// Pseudonym of the one who rated.
    pub rater: Rater,
    /// Whether a dispute about it is open.
    pub disputed: bool,
}

/// A mean is a whole number, and one that is far too large is no other fault than one that is a little too large.
fn mean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let mean = u64::deserialize(deserializer)?;
    let over = |_| serde::de::Error::custom(Fault::new(Reason::StandingNumbers, "mean"));
    u16::try_from(mean).map(Some).map_err(over)
}

/// The band (0 to 4) of a value on the common scale: 0–199, 200–399, 400–599, 600–799, 800 and above.
#[must_use]
pub fn band(normal: u16) -> usize {
    usize::from(normal / 200).min(4)
}

impl Numbers {
    /// Numbers of these ratings.
    #[must_use]
    pub fn of<'a>(ratings: impl IntoIterator<Item = &'a LiveRating>) -> Self {
        let mut numbers = Self::default();
        let mut raters = BTreeSet::new();
        let mut sum: u64 = 0;
        for rating in ratings {
            numbers.ratings += 1;
            sum += u64::from(rating.normal);
            if let Some(count) = numbers.histogram.get_mut(band(rating.normal)) {
                *count += 1;
            }
            raters.insert(&rating.rater);
            numbers.first = Some(numbers.first.map_or(rating.day, |day| day.min(rating.day)));
            numbers.last = Some(numbers.last.map_or(rating.day, |day| day.max(rating.day)));
        }
        numbers.counterparties = u64::try_from(raters.len()).unwrap_or(u64::MAX);
        numbers.mean = sum.checked_div(numbers.ratings).and_then(|mean| u16::try_from(mean).ok());
        numbers
    }

    /// Whether the numbers can be true together.
    ///
    /// # Errors
    /// `standing.numbers`.
    ///
    /// Implements REQ-LEDGER-25 and REQ-LEDGER-26 (`spec/text/ledger.md`).
    pub fn check(&self) -> Result<(), Fault> {
        let bands = self.histogram.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n));
        let some = self.ratings > 0;
        //= spec/text/ledger.md#REQ-LEDGER-26
        //# `mean` (at most 1000), `first` ≤ `last` and a `counterparties` from 1 to `ratings` MUST be there
        //# when `ratings` is not 0, and else be absent, absent, absent and 0.
        let days = match (self.first, self.last) {
            (Some(first), Some(last)) => some && first <= last,
            (None, None) => !some,
            _ => false,
        };
        let mean = self.mean.map_or(!some, |mean| some && mean <= 1000);
        let raters = self.counterparties <= self.ratings && (self.counterparties > 0) == some;
        //= spec/text/ledger.md#REQ-LEDGER-25
        //# The histogram MUST add up to `ratings`.
        if bands == Some(self.ratings) && days && mean && raters {
            return Ok(());
        }
        refuse(Reason::StandingNumbers, "numbers")
    }
}

impl Span {
    /// Numbers of these ratings, the recent ones up to and including `as_of`.
    ///
    /// Implements REQ-LEDGER-24 (`spec/text/ledger.md`).
    #[must_use]
    pub fn of<'a>(ratings: impl IntoIterator<Item = &'a LiveRating> + Clone, as_of: Day) -> Self {
        //= spec/text/ledger.md#REQ-LEDGER-24
        //# Recent MUST be exactly the ratings whose day lies after the same day of the year before *as-of* (28
        //# February for 29 February) and not after *as-of*.
        let since = as_of.year_before();
        let recent = ratings.clone().into_iter().filter(|rating| rating.day > since && rating.day <= as_of);
        Self { all: Numbers::of(ratings), recent: Numbers::of(recent) }
    }
}

impl LedgerNumbers {
    /// Whether the numbers can be true together.
    ///
    /// # Errors
    /// `standing.numbers`.
    ///
    /// Implements REQ-LEDGER-25 to REQ-LEDGER-28 (`spec/text/ledger.md`).
    pub fn check(&self) -> Result<(), Fault> {
        let mut by_role: u64 = 0;
        for span in self.roles.values().chain([&self.total]) {
            span.all.check()?;
            span.recent.check()?;
            //= spec/text/ledger.md#REQ-LEDGER-27
            //# A recent band MUST NOT be over its band of all time.
            let fewer =
                span.recent.histogram.iter().zip(span.all.histogram).all(|(recent, all)| *recent <= all);
            if !fewer {
                return refuse(Reason::StandingNumbers, "recent");
            }
        }
        for span in self.roles.values() {
            by_role = by_role.saturating_add(span.all.ratings);
        }
        //= spec/text/ledger.md#REQ-LEDGER-28
        //# The roles' `ratings` MUST add up to the total's, and `disputed` MUST NOT be over it.
        if by_role != self.total.all.ratings || self.disputed > self.total.all.ratings {
            return refuse(Reason::StandingNumbers, "roles");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(normal: u16, day: &str, rater: &str) -> LiveRating {
        LiveRating {
            role: "seller".parse().unwrap(),
            normal,
            day: day.parse().unwrap(),
            rater: rater.parse().unwrap(),
            disputed: false,
        }
    }

    #[test]
    fn numbers_of_none_and_some() {
        assert_eq!(Numbers::of([]), Numbers::default());
        assert!(Numbers::default().check().is_ok());
        let some =
            [rating(199, "2024-02-29", "a"), rating(200, "2025-03-01", "a"), rating(1000, "2025-02-28", "b")];
        let numbers = Numbers::of(&some);
        assert_eq!((numbers.ratings, numbers.counterparties, numbers.mean), (3, 2, Some(466)));
        assert_eq!(numbers.histogram, [1, 1, 0, 0, 1]);
        assert!(numbers.check().is_ok());
        let span = Span::of(&some, "2025-02-28".parse().unwrap());
        assert_eq!(
            span.recent.ratings, 2,
            "2024-02-29 is within the year before 2025-02-28; the future is not"
        );
        let first = [rating(0, "1970-01-01", "a")];
        assert_eq!(Span::of(&first, "1970-12-31".parse().unwrap()).recent.ratings, 1);
        assert_eq!(Span::of(&first, "1971-01-01".parse().unwrap()).recent.ratings, 0);
    }

    #[test]
    fn contradictions_are_refused() {
        let good = Numbers::of(&[rating(700, "2024-01-01", "a")]);
        let mut cases = vec![good.clone(); 5];
        cases[0].ratings = 2;
        cases[1].mean = Some(1001);
        cases[2].counterparties = 2;
        cases[3].last = None;
        cases[4].histogram = [u64::MAX, 1, 0, 0, 1];
        for case in cases {
            assert_eq!(case.check().unwrap_err().reason(), Reason::StandingNumbers);
        }
    }
}
