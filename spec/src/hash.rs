//! SHA-256 values, random identifiers and salts, each a type of its own.
//!
//! Specified in `spec/text/README.md`.

use core::fmt;
use core::str::FromStr;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::encoding::{multi, unmulti};
use crate::reason::{Fault, Reason};

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $len:literal, $at:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $len]);

        impl $name {
            /// The value of these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes, as many as its type says.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&multi(self.0))
            }
        }

        impl FromStr for $name {
            type Err = Fault;
            /// Reads multibase text (`u`, base64url without padding).
            ///
            /// # Errors
            /// `malformed.base64url` for other text; `malformed` for another number of bytes.
            ///
            /// Implements REQ-GEN-23 (`spec/text/README.md`).
            fn from_str(text: &str) -> Result<Self, Fault> {
                let bytes = unmulti(text, $at)?;
                //= spec/text/README.md#REQ-GEN-23
                //# Bytes MUST be as many as the table says.
                Ok(Self(bytes.try_into().map_err(|_| Fault::new(Reason::Malformed, $at))?))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Fault;
            /// Reads the text, as `from_str`.
            ///
            /// # Errors
            /// As `from_str`.
            fn try_from(text: String) -> Result<Self, Fault> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

macro_rules! random {
    ($name:ident) => {
        impl $name {
            /// Sixteen fresh bytes from `rng`.
            ///
            /// Implements REQ-LEDGER-7 (`spec/text/ledger.md`).
            //= spec/text/ledger.md#REQ-LEDGER-7
            //# The salt of an entry, the id of a ledger and the salt of a disclosure MUST be fresh and from a
            //# good source of chance.
            pub fn random(rng: &mut impl CryptoRngCore) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

bytes_type!(
    /// A SHA-256 value, 32 bytes; as text, multibase base64url.
    Hash, 32, "hash"
);
bytes_type!(
    /// A market's name for one account's ledger: 16 random bytes; as text, multibase base64url.
    LedgerId, 16, "ledger"
);
bytes_type!(
    /// Sixteen random bytes that keep a hash from being guessed; as text, multibase base64url.
    Salt, 16, "salt"
);
bytes_type!(
    /// Sixteen random bytes by which one link can be used once; as text, multibase base64url. A secret until then.
    Capability, 16, "capability"
);
shown!(Hash);
shown!(LedgerId);
shown!(Salt);
random!(LedgerId);
random!(Salt);
random!(Capability);

/// Shows nothing of the secret.
///
/// Implements REQ-LINK-10 (`spec/text/link.md`).
//= spec/text/link.md#REQ-LINK-10
//# A wallet MUST NOT log a link's capability.
impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Capability(…)")
    }
}

impl Hash {
    /// SHA-256 of a domain string (see [`crate::domain`]) and the bytes after it.
    #[must_use]
    pub fn of(domain: &[u8], bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(domain).chain_update(bytes).finalize().into())
    }
}
