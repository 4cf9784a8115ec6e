//! One disclosure: a salted claim of which the credential holds only the digest (RFC 9901 §4.2).
//!
//! Specified in `spec/text/credentials.md`.

use core::fmt;
use core::str::FromStr;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::encoding::{Numbers, b64, json, parse_value_with, unb64};
use crate::limits::MAX_DISCLOSURE_BYTES;
use crate::reason::{Fault, Reason, refuse};

/// SHA-256 of a disclosure's text, 32 bytes; as text itself, plain base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SdDigest([u8; 32]);

impl SdDigest {
    /// A decoy: 32 random bytes, the digest of nothing that exists.
    pub fn decoy(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

impl fmt::Display for SdDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64(self.0))
    }
}

impl fmt::Debug for SdDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SdDigest({self})")
    }
}

impl FromStr for SdDigest {
    type Err = Fault;
    /// Reads base64url without padding.
    ///
    /// # Errors
    /// `malformed.base64url`; `malformed` for what is not 32 bytes.
    ///
    /// Implements REQ-GEN-23 (`spec/text/README.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bytes = unb64(text, "_sd")?;
        //= spec/text/README.md#REQ-GEN-23
        //# Bytes MUST be as many as the table says.
        Ok(Self(bytes.try_into().map_err(|_| Fault::new(Reason::Malformed, "_sd"))?))
    }
}

impl TryFrom<String> for SdDigest {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<SdDigest> for String {
    fn from(digest: SdDigest) -> Self {
        digest.to_string()
    }
}

/// A disclosure of an object member (three elements) or an array element (two), at most [`MAX_DISCLOSURE_BYTES`] as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    text: String,
    name: Option<String>,
    value: Value,
}

impl Disclosure {
    /// A new disclosure of member `name`, with a fresh 16-byte salt.
    ///
    /// # Errors
    /// `invalid.disclosure.name` for reserved names; `too_large` over [`MAX_DISCLOSURE_BYTES`]; `internal` if the value
    /// cannot be written as JSON.
    ///
    /// Implements REQ-LEDGER-7 (`spec/text/ledger.md`).
    pub fn new(name: &str, value: Value, rng: &mut impl CryptoRngCore) -> Result<Self, Fault> {
        //= spec/text/ledger.md#REQ-LEDGER-7
        //# The salt of an entry, the id of a ledger and the salt of a disclosure MUST be fresh and from a
        //# good source of chance.
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        Self::with_salt(name, value, &b64(salt))
    }

    /// As [`Disclosure::new`] with a given salt text, for those who make an entry again from what they stored.
    ///
    /// # Errors
    /// As [`Disclosure::new`].
    ///
    /// Implements REQ-CRED-4 (`spec/text/credentials.md`).
    pub fn with_salt(name: &str, value: Value, salt: &str) -> Result<Self, Fault> {
        if is_reserved(name) {
            return refuse(Reason::DisclosureName, "disclosure");
        }
        let text = b64(json(&(salt, name, &value))?);
        if text.len() > MAX_DISCLOSURE_BYTES {
            return refuse(Reason::TooLarge, "disclosure");
        }
        Ok(Self { text, name: Some(name.to_owned()), value })
    }

    /// Reads a disclosure as it stands in an SD-JWT.
    ///
    /// # Errors
    /// `too_large` over [`MAX_DISCLOSURE_BYTES`], and for too many values or levels; `malformed.base64url`;
    /// `malformed.json`; `invalid.disclosure.malformed` for what is no array of two or three elements that begins with
    /// its salt and name; `invalid.disclosure.name` for reserved names.
    ///
    /// Implements REQ-CRED-1, REQ-CRED-3 and REQ-CRED-4 (`spec/text/credentials.md`).
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse_as(text, Numbers::Whole)
    }

    pub(super) fn parse_as(text: &str, numbers: Numbers) -> Result<Self, Fault> {
        //= spec/text/credentials.md#REQ-CRED-1
        //# a disclosure 16,384, and there are at most 64 disclosures
        if text.len() > MAX_DISCLOSURE_BYTES {
            return refuse(Reason::TooLarge, "disclosure");
        }
        let bytes = unb64(text, "disclosure")?;
        let Value::Array(parts) = parse_value_with(&bytes, MAX_DISCLOSURE_BYTES, numbers, "disclosure")?
        else {
            return refuse(Reason::DisclosureMalformed, "disclosure");
        };
        let mut parts = parts.into_iter();
        //= spec/text/credentials.md#REQ-CRED-3
        //# A disclosure MUST be a JSON array of exactly two elements (array element) or three (member), the
        //# first a text, the name of a member a text.
        let (name, value) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Value::String(_)), Some(value), None, None) => (None, value),
            (Some(Value::String(_)), Some(Value::String(name)), Some(value), None) => (Some(name), value),
            _ => return refuse(Reason::DisclosureMalformed, "disclosure"),
        };
        if name.as_deref().is_some_and(is_reserved) {
            return refuse(Reason::DisclosureName, "disclosure");
        }
        Ok(Self { text: text.to_owned(), name, value })
    }

    /// The disclosure as it stands in an SD-JWT.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The member's name; none for an array element.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The value.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// The digest that stands in the credential for it.
    #[must_use]
    pub fn digest(&self) -> SdDigest {
        SdDigest(Sha256::digest(self.text.as_bytes()).into())
    }
}

impl fmt::Debug for Disclosure {
    /// Names, never values: they end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({:?}, …)", self.name)
    }
}

impl Serialize for Disclosure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Reads the text, and refuses it as [`Disclosure::parse`] does.
impl<'de> Deserialize<'de> for Disclosure {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

//= spec/text/credentials.md#REQ-CRED-4
//# `_sd`, `...` and `_sd_alg` MUST NOT be names of disclosures.
fn is_reserved(name: &str) -> bool {
    matches!(name, "_sd" | "..." | "_sd_alg")
}
