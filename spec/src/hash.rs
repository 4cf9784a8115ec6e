//! SHA-256 values, random identifiers and salts, each a type of its own.
//!
//! Specified in `spec/text/README.md`.

use core::fmt;

use rand_core::CryptoRngCore;
use sha2::{Digest as _, Sha256};

use crate::bytes::{bytes_type, shown};

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
