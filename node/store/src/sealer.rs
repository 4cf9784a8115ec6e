//! The same sealing for records that stand somewhere else than in a store of this crate.

use std::fmt;

use zeroize::Zeroizing;

use crate::Table;
use crate::error::CommitError;
use crate::keys::{BLIND_LEN, Keys, NoRandomness, StoreKey};

/// Seals single records under a secret, for a place that may be read and written by others, such as a database.
///
/// Whoever has the place alone sees how many records a table has and how large they are, which record is written when, and whether a
/// value comes again; they can leave records out and put older ones back, but neither read them nor make new ones.
#[derive(Clone)]
pub struct Sealer(Keys);

impl Sealer {
    /// Keys of their own for each `purpose`, a fixed label, from one secret.
    #[must_use]
    pub fn new(secret: &[u8; 32], purpose: &'static [u8]) -> Self {
        Self(Keys::new(&StoreKey::from_secret(secret, purpose)))
    }

    /// What stands for an id: the same for the same table and id, and telling nothing about it.
    #[must_use]
    pub fn blind(&self, table: Table, id: &[u8]) -> [u8; BLIND_LEN] {
        self.0.blind(table, id)
    }

    /// What stands for a value where it has to be compared: the same for the same value of the same record.
    #[must_use]
    pub fn digest(&self, table: Table, id: &[u8], value: &[u8]) -> [u8; 32] {
        self.0.digest_of(&[&[table.0], &length(id), id, value])
    }

    /// Seals a record; it opens under its own table and id alone.
    ///
    /// # Errors
    /// [`CommitError::Random`] when the system has no randomness.
    pub fn seal(&self, table: Table, id: &[u8], value: &[u8]) -> Result<Vec<u8>, CommitError> {
        let plaintext = Zeroizing::new([&length(id)[..], id, value].concat());
        let sealed = self.0.records.seal(&aad(table, &self.blind(table, id)), &plaintext);
        sealed.map_err(|NoRandomness| CommitError::Random)
    }

    /// The id and the value of a record that stands under `blind`; none if it was not sealed so.
    #[must_use]
    pub fn open(&self, table: Table, blind: &[u8], sealed: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let plaintext = self.0.records.open(&aad(table, blind), sealed)?;
        let (length, rest) = plaintext.split_first_chunk()?;
        let (id, value) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        (self.blind(table, id) == blind).then(|| (id.to_vec(), value.to_vec()))
    }
}

fn length(id: &[u8]) -> [u8; 2] {
    // Ids have at most 200 bytes; a longer one would not open again.
    u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes()
}

fn aad(table: Table, blind: &[u8]) -> Vec<u8> {
    [&[table.0], blind].concat()
}

/// Says nothing of the keys.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_record_opens_where_it_belongs_and_nowhere_else() {
        let sealer = Sealer::new(&[7; 32], b"test\n");
        for (id, value) in [(b"a".as_slice(), b"".as_slice()), (&[3; 200], &[5; 10_000])] {
            let (blind, sealed) = (sealer.blind(Table(70), id), sealer.seal(Table(70), id, value).unwrap());
            assert_eq!(sealer.open(Table(70), &blind, &sealed), Some((id.to_vec(), value.to_vec())));
            assert_eq!(sealer.open(Table(71), &blind, &sealed), None);
            assert_eq!(sealer.open(Table(70), &sealer.blind(Table(70), b"other"), &sealed), None);
            for other in [Sealer::new(&[8; 32], b"test\n"), Sealer::new(&[7; 32], b"other\n")] {
                assert_eq!(other.open(Table(70), &blind, &sealed), None);
                assert_ne!(other.blind(Table(70), id), blind);
                assert_ne!(other.digest(Table(70), id, value), sealer.digest(Table(70), id, value));
            }
            for at in 0..sealed.len() {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1;
                assert_eq!(sealer.open(Table(70), &blind, &flipped), None);
                assert_eq!(sealer.open(Table(70), &blind, &sealed[..at]), None);
            }
        }
        assert_ne!(sealer.digest(Table(1), b"a", b"bc"), sealer.digest(Table(1), b"ab", b"c"));
        assert_eq!(format!("{sealer:?}"), "Sealer(..)");
    }
}
