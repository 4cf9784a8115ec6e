//! Moments, days and epochs. Nothing here reads a clock.
//!
//! Specified in `spec/text/README.md` and `spec/text/epoch.md`.

use core::fmt;
use core::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::limits::{MAX_EPOCH_SECONDS, MIN_EPOCH_SECONDS};
use crate::reason::{Fault, Reason, refuse};

/// One day, in seconds.
pub const DAY: i64 = 86_400;
/// Monday 1970-01-05T00:00:00Z: epochs are counted from here, so that weeks begin on Mondays.
const FIRST_MONDAY: i64 = 4 * DAY;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

/// A moment in Unix seconds: seconds since 1970-01-01T00:00:00Z, from 0 to the end of the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment from Unix seconds.
    ///
    /// # Errors
    /// `malformed.time` outside 1970 to 9999.
    pub const fn new(seconds: i64) -> Result<Self, Fault> {
        if seconds < 0 || seconds > LAST {
            return refuse(Reason::MalformedTime, "time");
        }
        Ok(Self(seconds))
    }

    /// Unix seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This moment moved by `seconds`, held within 1970 to 9999.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).clamp(0, LAST))
    }

    /// Seconds from `earlier` to this moment; negative when it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The UTC day of this moment.
    #[must_use]
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0.div_euclid(DAY)).unwrap_or(0))
    }
}

/// A moment that the caller read off a clock, cut to whole seconds: `Timestamp::try_from(SystemTime::now())`. No clock is read here.
impl TryFrom<SystemTime> for Timestamp {
    type Error = Fault;

    /// # Errors
    /// `malformed.time` outside 1970 to 9999.
    fn try_from(moment: SystemTime) -> Result<Self, Fault> {
        let bad = Fault::new(Reason::MalformedTime, "time");
        let since = moment.duration_since(UNIX_EPOCH).map_err(|_| bad.clone())?;
        Self::new(i64::try_from(since.as_secs()).map_err(|_| bad)?)
    }
}

/// Reads a whole number of Unix seconds; anything else is refused with `malformed.time` and never taken for absent.
///
/// Implements REQ-GEN-11 (`spec/text/README.md`).
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is there and is no time is never taken for absent, whatever its type (A06), nor what is absent for a bad time.
        //= spec/text/README.md#REQ-GEN-11
        //# A time or day that is not one of those, text, `null`, a negative or too large number among them, MUST
        //# be refused and never be taken for absent.
        let seconds = Value::deserialize(deserializer)?.as_i64();
        let seconds = seconds.ok_or(Fault::new(Reason::MalformedTime, "time"));
        seconds.and_then(Self::new).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = Fault;

    /// Reads RFC 3339 with an offset, cut to whole seconds, or Unix seconds; at most 40 bytes.
    ///
    /// # Errors
    /// `malformed.time`.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = Fault::new(Reason::MalformedTime, "time");
        if text.len() > 40 {
            return Err(bad);
        }
        if let Ok(seconds) = text.parse::<i64>() {
            return Self::new(seconds);
        }
        Self::new(text.parse::<jiff::Timestamp>().map_err(|_| bad)?.as_second())
    }
}

/// A UTC calendar day from 1970 to 9999; as text `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Day(i32);

impl Day {
    /// The first moment of the day, 00:00:00 UTC.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp((i64::from(self.0) * DAY).clamp(0, LAST))
    }

    /// Whole days from `earlier` to this day; negative when it is later.
    #[must_use]
    pub const fn days_since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The same day of the year before; 28 February for 29 February. Of a day in 1970 it lies before all days that can be read.
    ///
    /// Implements REQ-LEDGER-24 (`spec/text/ledger.md`).
    //= spec/text/ledger.md#REQ-LEDGER-24
    //# the same day of the year before *as-of* (28 February for 29 February)
    #[must_use]
    pub fn year_before(self) -> Self {
        let earlier = self.date().and_then(|date| date.checked_sub(jiff::Span::new().years(1)).ok());
        Self(earlier.and_then(Self::number).unwrap_or(self.0 - 365))
    }

    /// The same day `years` years before; 28 February for 29 February. Before 1970 it lies before all days that can be read.
    ///
    /// Implements REQ-GRID-4 (`spec/text/grid.md`).
    //= spec/text/grid.md#REQ-GRID-4
    //# A threshold MUST be compared in whole arithmetic, without rounding, as below.
    #[must_use]
    pub fn years_before(self, years: i16) -> Self {
        let span = jiff::Span::new().try_years(years);
        let earlier = span.ok().and_then(|span| self.date()?.checked_sub(span).ok());
        Self(earlier.and_then(Self::number).unwrap_or(i32::MIN))
    }

    fn date(self) -> Option<jiff::civil::Date> {
        jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(self.0).ok()?).ok()
    }

    fn from_date(date: jiff::civil::Date) -> Option<Self> {
        Self::number(date).filter(|days| *days >= 0).map(Self)
    }

    fn number(date: jiff::civil::Date) -> Option<i32> {
        Some(jiff::civil::date(1970, 1, 1).until(date).ok()?.get_days())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{date}"),
            None => f.write_str("?"),
        }
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Day({self})")
    }
}

impl FromStr for Day {
    type Err = Fault;
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `malformed.time` for other text and for days before 1970.
    ///
    /// Implements REQ-GEN-11 (`spec/text/README.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = Fault::new(Reason::MalformedTime, "day");
        //= spec/text/README.md#REQ-GEN-11
        //# A time or day that is not one of those
        if text.len() != 10 {
            return Err(bad);
        }
        let date = text.parse::<jiff::civil::Date>().map_err(|_| bad.clone())?;
        Self::from_date(date).filter(|day| day.to_string() == text).ok_or(bad)
    }
}

/// Reads the text of a day; anything else is refused with `malformed.time` and never taken for absent.
///
/// Implements REQ-GEN-11 (`spec/text/README.md`).
impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As with times: what is no text is no day, and never absent.
        match Value::deserialize(deserializer)? {
            Value::String(text) => text.parse().map_err(serde::de::Error::custom),
            _ => Err(serde::de::Error::custom(Fault::new(Reason::MalformedTime, "day"))),
        }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

/// How long a market's epochs are, in seconds: [`MIN_EPOCH_SECONDS`] to [`MAX_EPOCH_SECONDS`], a week unless the market
/// says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EpochLength(i64);

impl EpochLength {
    /// A week, the usual length ([`crate::limits::DEFAULT_EPOCH_SECONDS`]).
    pub const WEEK: Self = Self(7 * DAY);

    /// A length in seconds.
    ///
    /// # Errors
    /// `malformed.time` outside [`MIN_EPOCH_SECONDS`] to [`MAX_EPOCH_SECONDS`].
    ///
    /// Implements REQ-EPOCH-1 (`spec/text/epoch.md`).
    pub const fn new(seconds: i64) -> Result<Self, Fault> {
        //= spec/text/epoch.md#REQ-EPOCH-1
        //# An epoch's length MUST be 3,600 s to 92 days.
        if seconds < MIN_EPOCH_SECONDS || seconds > MAX_EPOCH_SECONDS {
            return refuse(Reason::MalformedTime, "epoch_seconds");
        }
        Ok(Self(seconds))
    }

    /// The length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The number of the epoch in which `now` lies, counted from Monday 1970-01-05; 0 before that.
    #[must_use]
    pub fn number_at(self, now: Timestamp) -> u64 {
        u64::try_from((now.0 - FIRST_MONDAY).div_euclid(self.0)).unwrap_or(0)
    }

    /// The first moment of epoch `number`, held within 1970 to 9999.
    #[must_use]
    pub fn start_of(self, number: u64) -> Timestamp {
        let offset = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(self.0);
        Timestamp(offset.saturating_add(FIRST_MONDAY).clamp(0, LAST))
    }

    /// What people call the epoch: the ISO week (`2026-47`) if epochs are weeks, else its first moment.
    #[must_use]
    pub fn label(self, number: u64) -> String {
        let start = self.start_of(number);
        match (self == Self::WEEK, start.day().date()) {
            (true, Some(date)) => {
                let week = date.iso_week_date();
                format!("{}-{:02}", week.year(), week.week())
            }
            _ => start.to_string(),
        }
    }
}

/// Reads a whole number of seconds; `malformed.time` outside the bounds, `malformed` for what is no whole number.
impl<'de> Deserialize<'de> for EpochLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_one_way() {
        let day: Day = "2024-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(day.year_before().to_string(), "2023-02-28");
        assert_eq!("2025-02-28".parse::<Day>().unwrap().year_before().to_string(), "2024-02-28");
        assert_eq!(Timestamp::new(0).unwrap().day().to_string(), "1970-01-01");
        for bad in ["2023-02-29", "20240229", "2024-2-29", "1969-12-31", "2024-02-29T", "+002024-02"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn epochs_are_iso_weeks() {
        let now: Timestamp = "2026-11-21T20:00:00Z".parse().unwrap();
        let number = EpochLength::WEEK.number_at(now);
        assert_eq!(EpochLength::WEEK.label(number), "2026-47");
        assert_eq!(EpochLength::WEEK.start_of(number).to_string(), "2026-11-16T00:00:00Z");
        assert_eq!(EpochLength::WEEK.number_at(EpochLength::WEEK.start_of(number)), number);
        assert_eq!(EpochLength::WEEK.number_at(EpochLength::WEEK.start_of(number).plus(-1)), number - 1);
    }

    #[test]
    fn a06_times_out_of_range_are_malformed() {
        for bad in ["-1", "9223372036854775808", "253402300800", "1.5", "\"5\"", "null", "1e3"] {
            assert!(serde_json::from_str::<Timestamp>(bad).is_err(), "{bad}");
        }
        #[derive(Debug, Serialize, Deserialize)]
        struct Dated {
            at: Timestamp,
            day: Day,
        }
        let read = |text: &str| {
            crate::encoding::parse::<Dated>(text.as_bytes(), 100, "t")
                .map(drop)
                .map_err(|fault| fault.reason())
        };
        assert_eq!(read(r#"{"at":1,"day":"1970-01-01"}"#), Ok(()));
        assert_eq!(read(r#"{"at":null,"day":"1970-01-01"}"#), Err(Reason::MalformedTime));
        assert_eq!(read(r#"{"at":1,"day":1}"#), Err(Reason::MalformedTime));
        for absent in [r#"{"day":"1970-01-01"}"#, r#"{"at":1}"#] {
            assert_eq!(read(absent), Err(Reason::Malformed), "{absent}");
        }
    }

    #[test]
    fn a_moment_off_somebodys_clock_is_cut_to_seconds() {
        let read = |millis| Timestamp::try_from(UNIX_EPOCH + std::time::Duration::from_millis(millis));
        assert_eq!(read(0).unwrap().seconds(), 0);
        assert_eq!(read(1_795_262_400_999).unwrap().to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(read(253_402_300_799_999).unwrap().seconds(), LAST);
        assert_eq!(read(253_402_300_800_000).unwrap_err().reason(), Reason::MalformedTime);
        let before = UNIX_EPOCH - std::time::Duration::from_millis(1);
        assert_eq!(Timestamp::try_from(before).unwrap_err().reason(), Reason::MalformedTime);
    }

    #[test]
    fn what_is_absent_is_missing_and_what_is_no_time_is_none() {
        #[derive(Debug, Serialize, Deserialize)]
        struct Dated {
            at: Timestamp,
        }
        let read = |text: &str| {
            let dated = crate::encoding::parse::<Dated>(text.as_bytes(), 100, "t");
            dated.map(|dated| dated.at.seconds()).map_err(|fault| fault.reason())
        };
        assert_eq!(read(r#"{"at":0}"#), Ok(0));
        assert_eq!(read(r#"{"at":253402300799}"#), Ok(LAST));
        assert_eq!(read("{}"), Err(Reason::Malformed));
        for bad in ["null", "true", r#""0""#, "[0]", r#"{"at":0}"#, "-1", "253402300800", "9007199254740991"]
        {
            assert_eq!(read(&format!(r#"{{"at":{bad}}}"#)), Err(Reason::MalformedTime), "{bad}");
        }
    }
}
