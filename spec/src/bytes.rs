//! Types of a fixed number of bytes that are written as multibase text.
//!
//! Specified in `spec/text/README.md`.

/// A type of so many bytes: as text, multibase base64url; a fault of its text is said to be at `$at`.
macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $len:expr, $at:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $len]);

        impl $name {
            /// The value of these bytes, whatever they are.
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

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&$crate::encoding::multi(self.0))
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::reason::Fault;
            /// Reads multibase text (`u`, base64url without padding).
            ///
            /// # Errors
            /// `malformed.base64url` for other text; `malformed` for another number of bytes.
            ///
            /// Implements REQ-GEN-23 (`spec/text/README.md`).
            fn from_str(text: &str) -> Result<Self, $crate::reason::Fault> {
                let bytes = $crate::encoding::unmulti(text, $at)?;
                //= spec/text/README.md#REQ-GEN-23
                //# Bytes MUST be as many as the table says.
                Ok(Self(bytes.try_into().map_err(|_| $crate::reason::Fault::new($crate::reason::Reason::Malformed, $at))?))
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::reason::Fault;
            /// Reads the text, as `from_str`.
            ///
            /// # Errors
            /// As `from_str`.
            fn try_from(text: String) -> Result<Self, $crate::reason::Fault> {
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

/// `Debug` for a type whose bytes are no secret.
macro_rules! shown {
    ($name:ident) => {
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

pub(crate) use {bytes_type, shown};
