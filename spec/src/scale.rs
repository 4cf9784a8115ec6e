//! Native scales of markets and the common scale of 0 to 1000.
//!
//! Specified in `spec/text/ledger.md`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_SCALE;
use crate::reason::{Fault, Reason, refuse};

/// A scale of whole numbers from its worst to its best value, within ± [`MAX_SCALE`]; as text `-10..10`, `1..5`, `0..1`
/// (thumbs), `0..100`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scale {
    min: i64,
    max: i64,
}

impl Scale {
    /// A scale from `min` (worst) to `max` (best), each within ± [`MAX_SCALE`].
    ///
    /// # Errors
    /// `malformed` if `min` is not below `max` or one is out of bounds.
    ///
    /// Implements REQ-LEDGER-4 (`spec/text/ledger.md`).
    pub const fn new(min: i64, max: i64) -> Result<Self, Fault> {
        //= spec/text/ledger.md#REQ-LEDGER-4
        //# −1,000,000 ≤ min < max ≤ 1,000,000; min is the worst
        if min >= max || min < -MAX_SCALE || max > MAX_SCALE {
            return refuse(Reason::Malformed, "scale");
        }
        Ok(Self { min, max })
    }

    /// The worst value.
    #[must_use]
    pub const fn min(self) -> i64 {
        self.min
    }

    /// The best value.
    #[must_use]
    pub const fn max(self) -> i64 {
        self.max
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min, self.max)
    }
}

impl fmt::Debug for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scale({self})")
    }
}

impl FromStr for Scale {
    type Err = Fault;
    /// Reads `min..max` in decimal, at most 20 bytes, without plus sign and leading zeros.
    ///
    /// # Errors
    /// `malformed` for other text, and as [`Scale::new`].
    ///
    /// Implements REQ-LEDGER-4 (`spec/text/ledger.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::Malformed, "scale");
        if text.len() > 20 {
            return Err(bad());
        }
        let (min, max) = text.split_once("..").ok_or_else(bad)?;
        let scale = Self::new(min.parse().map_err(|_| bad())?, max.parse().map_err(|_| bad())?)?;
        //= spec/text/ledger.md#REQ-LEDGER-4
        //# A scale MUST be `min..max` in decimal without plus sign or leading zeros
        if scale.to_string() == text { Ok(scale) } else { Err(bad()) }
    }
}

impl TryFrom<String> for Scale {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Scale> for String {
    fn from(scale: Scale) -> Self {
        scale.to_string()
    }
}

/// A value that lies on its scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    value: i64,
    scale: Scale,
}

impl Score {
    /// A value on its scale.
    ///
    /// # Errors
    /// `malformed` if the value lies outside.
    ///
    /// Implements REQ-LEDGER-5 (`spec/text/ledger.md`).
    pub const fn new(value: i64, scale: Scale) -> Result<Self, Fault> {
        //= spec/text/ledger.md#REQ-LEDGER-5
        //# `value` MUST lie within the scale.
        if value < scale.min || value > scale.max {
            return refuse(Reason::Malformed, "value");
        }
        Ok(Self { value, scale })
    }

    /// The value as the market wrote it, from [`Scale::min`] to [`Scale::max`].
    #[must_use]
    pub const fn value(self) -> i64 {
        self.value
    }

    /// The market's scale.
    #[must_use]
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// The value on the common scale, 0 (worst) to 1000 (best), rounded half up; whole arithmetic.
    ///
    /// Implements REQ-LEDGER-23 (`spec/text/ledger.md`).
    #[must_use]
    pub fn normal(self) -> u16 {
        //= spec/text/ledger.md#REQ-LEDGER-23
        //# A value `v` on `min..max` MUST be put on the common scale of 0 (worst) to 1000 (best), rounded half
        //# up in whole arithmetic, as below.
        let width = self.scale.max - self.scale.min;
        let twice = (self.value - self.scale.min) * 2000 + width;
        u16::try_from(twice.div_euclid(2 * width)).unwrap_or(1000).min(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_scale() {
        let normal = |value, scale: &str| Score::new(value, scale.parse().unwrap()).unwrap().normal();
        assert_eq!(
            [normal(-10, "-10..10"), normal(0, "-10..10"), normal(1, "-10..10"), normal(10, "-10..10")],
            [0, 500, 550, 1000]
        );
        assert_eq!([normal(1, "1..5"), normal(4, "1..5"), normal(5, "1..5")], [0, 750, 1000]);
        assert_eq!([normal(0, "0..1"), normal(1, "0..1"), normal(87, "0..100")], [0, 1000, 870]);
        assert_eq!([normal(1, "0..3"), normal(2, "0..3")], [333, 667]);
        for bad in ["5..1", "1..1", "1...5", "+1..5", "01..5", "1..", "-1000001..0", "a..b"] {
            assert!(bad.parse::<Scale>().is_err(), "{bad}");
        }
        assert!(Score::new(6, "1..5".parse().unwrap()).is_err());
    }
}
