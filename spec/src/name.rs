//! Short names that markets choose: of themselves, of roles, of what they rate. Bounded, and plain to look at.
//!
//! Specified in `spec/text/names.md`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::{MAX_LABEL_BYTES, MAX_MARKET_BYTES, MAX_ROLE_BYTES};
use crate::reason::{Fault, Reason, refuse};

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $at:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
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

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = Fault;
            /// Reads a name.
            ///
            /// # Errors
            /// `too_large` for a longer one; `malformed` for other characters or none.
            ///
            /// Implements REQ-NAME-1 and REQ-NAME-2 (`spec/text/names.md`).
            fn from_str(text: &str) -> Result<Self, Fault> {
                //= spec/text/names.md#REQ-NAME-2
                //# A name MUST NOT be longer.
                if text.len() > $limit {
                    return refuse(Reason::TooLarge, $at);
                }
                //= spec/text/names.md#REQ-NAME-1
                //# A name MUST have only those characters, and at least one.
                let ok: fn(&str) -> bool = $ok;
                if !ok(text) {
                    return refuse(Reason::Malformed, $at);
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Fault;
            /// Reads a name, as `from_str`.
            ///
            /// # Errors
            /// As `from_str`.
            fn try_from(text: String) -> Result<Self, Fault> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name_type!(
    /// A market's name for itself, such as `bitcoin-alpha`: lower-case letters, digits, `-` and `.`, a letter or digit
    /// first, 1 to [`MAX_MARKET_BYTES`] bytes.
    MarketId, MAX_MARKET_BYTES, "market", |t| is_plain(t, b"-.")
);
name_type!(
    /// What somebody is in a deal, such as `seller`: lower-case letters, digits and `-`, a letter or digit first, 1 to
    /// [`MAX_ROLE_BYTES`] bytes.
    Role, MAX_ROLE_BYTES, "role", |t| is_plain(t, b"-")
);
name_type!(
    /// A rater's pseudonym within one ledger: base64url characters, 1 to [`MAX_LABEL_BYTES`] bytes.
    Rater, MAX_LABEL_BYTES, "rater",
    |t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
);

fn is_plain(text: &str, more: &[u8]) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b);
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.bytes().all(plain)
}

/// Foreign text made safe to show, cut off with `…` after about `limit` bytes.
///
/// Control, bidirectional, zero-width and other invisible characters are written as `\u{…}`. The usual limit is
/// [`crate::limits::MAX_SHOWN_BYTES`]; what is begun before it, one character, is written whole.
///
/// Implements REQ-GEN-22 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-22
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
#[must_use]
pub fn shown(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.len() >= limit {
            out.push('…');
            break;
        }
        if is_invisible(c) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON text in which everything that could disturb a terminal is written as `\u…`: the same value, safe to look at.
///
/// Implements REQ-GEN-22 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-22
//# and MUST NOT interpret them, in output, errors and logs alike
#[must_use]
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Beyond printable ASCII a character of JSON text stands only within a string, so that an escape is the same one. What
        // JSON calls white space is left alone.
        if is_invisible(c) && !matches!(c, '\t' | '\n' | '\r') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
            | 0xe000..=0xf8ff | 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert!("bitcoin-alpha".parse::<MarketId>().is_ok());
        for bad in ["", "Alpha", "-a", "a b", "a/b", "é", "..", "a\u{202e}"] {
            assert!(bad.parse::<MarketId>().is_err(), "{bad}");
        }
        assert!("a.b".parse::<Role>().is_err());
        assert_eq!("a".repeat(65).parse::<MarketId>().unwrap_err().reason(), Reason::TooLarge);
    }

    //= spec/text/README.md#REQ-GEN-22
    //= type=test
    //# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
    #[test]
    fn a68_invisible_characters_are_made_visible() {
        assert_eq!(shown("a\u{1b}[31m\u{202e}b\u{200d}é", 100), "a\\u{1b}[31m\\u{202e}b\\u{200d}é");
        assert_eq!(shown("line\nnext\r\t", 100), "line\\u{a}next\\u{d}\\u{9}");
        assert_eq!(shown(&"x".repeat(50), 10), format!("{}…", "x".repeat(10)));
    }

    #[test]
    fn a68_json_is_the_same_value_and_safe_to_look_at() {
        let value = serde_json::json!({"a\u{202e}": "é\u{9b}\u{7f}\u{e0041}\u{1b}\n"});
        let safe = safe_json(&value.to_string());
        assert!(!safe.chars().any(is_invisible), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        assert!(safe.contains('é'));
    }
}
