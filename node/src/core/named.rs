//! Names that whoever runs the node gives: of policies and of access keys.

use std::fmt;
use std::str::FromStr;

use faam_spec::name::MarketId;
use faam_spec::reason::Fault;
use serde::{Deserialize, Serialize};

/// A name of 1 to 64 of `a-z`, `0-9`, `-` and `.`, a letter or digit first: as a market's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnName(String);

impl OwnName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OwnName {
    type Err = Fault;

    /// Reads a name.
    ///
    /// # Errors
    /// `too_large`, `malformed`.
    fn from_str(text: &str) -> Result<Self, Fault> {
        // The same letters and the same bound, so that people have one rule to know.
        text.parse::<MarketId>().map(|name| Self(name.into()))
    }
}

impl TryFrom<String> for OwnName {
    type Error = Fault;

    /// Reads a name.
    ///
    /// # Errors
    /// As [`OwnName::from_str`].
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<OwnName> for String {
    fn from(name: OwnName) -> Self {
        name.0
    }
}
