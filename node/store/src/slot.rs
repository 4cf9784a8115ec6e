//! The key slot: the store key, wrapped by a passphrase or by a key file.
//!
//! ```text
//! "FAAMSLOT" | version 1 | kind 1 | memory KiB 4 | passes 4 | lanes 4 | salt 16   ← associated data
//! nonce 24 | wrapped store key 32 | tag 16
//! ```
//! Numbers are big-endian. With a key file the three parameters are zero.

use std::{fmt, io, path::Path};

use zeroize::Zeroizing;

use crate::{
    CreateError, FORMAT_VERSION, OpenError,
    folder::{self, NotPrivate},
    keys::{Cipher, KdfParams, NONCE_LEN, NoRandomness, StoreKey, TAG_LEN, random},
};

const MAGIC: &[u8; 8] = b"FAAMSLOT";
const VERSION_AT: usize = MAGIC.len();
const SALT_LEN: usize = 16;
const HEADER_LEN: usize = MAGIC.len() + 2 + 3 * 4 + SALT_LEN;
const SLOT_LEN: usize = HEADER_LEN + NONCE_LEN + 32 + TAG_LEN;
const KEY_FILE_LEN: u64 = 32;

const KIND_PASSPHRASE: u8 = 1;
const KIND_KEY_FILE: u8 = 2;

/// What opens a store.
#[derive(Clone, Copy)]
pub enum Unlock<'a> {
    /// A passphrase, as bytes; the caller wipes them.
    Passphrase(&'a [u8]),
    /// A private file of 32 random bytes, for programs that start without a person.
    KeyFile(&'a Path),
}

impl Unlock<'_> {
    fn kind(&self) -> u8 {
        match self {
            Self::Passphrase(_) => KIND_PASSPHRASE,
            Self::KeyFile(_) => KIND_KEY_FILE,
        }
    }
}

/// Never shows a passphrase.
impl fmt::Debug for Unlock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passphrase(_) => f.write_str("Passphrase(..)"),
            Self::KeyFile(path) => write!(f, "KeyFile({path:?})"),
        }
    }
}

/// Refuses key stretching out of bounds, before anything is made.
pub(crate) fn check(unlock: Unlock<'_>, kdf: &KdfParams) -> Result<(), CreateError> {
    match unlock {
        Unlock::Passphrase(_) if kdf.too_weak() || kdf.too_strong() => {
            Err(CreateError::Kdf { too_weak: kdf.too_weak() })
        }
        _ => Ok(()),
    }
}

/// A new key slot for this store key.
pub(crate) fn seal(
    store_key: &StoreKey,
    unlock: Unlock<'_>,
    kdf: &KdfParams,
) -> Result<Vec<u8>, CreateError> {
    let params = match unlock {
        Unlock::Passphrase(_) => *kdf,
        Unlock::KeyFile(_) => KdfParams { memory_kib: 0, passes: 0, lanes: 0 },
    };
    let mut salt = [0; SALT_LEN];
    random(&mut salt)?;
    let mut slot = Vec::with_capacity(SLOT_LEN);
    slot.extend_from_slice(MAGIC);
    slot.extend_from_slice(&[FORMAT_VERSION, unlock.kind()]);
    for number in [params.memory_kib, params.passes, params.lanes] {
        slot.extend_from_slice(&number.to_be_bytes());
    }
    slot.extend_from_slice(&salt);

    let wrapping = match unlock {
        Unlock::Passphrase(passphrase) => StoreKey::from_passphrase(passphrase, &salt, &params)
            .ok_or_else(|| CreateError::Io { step: "stretch the passphrase", source: no_memory() })?,
        Unlock::KeyFile(path) => StoreKey::from_key_file(&create_key_file(path)?, &salt),
    };
    let wrapped = Cipher::new(&wrapping).seal(&slot, store_key.expose())?;
    slot.extend_from_slice(&wrapped);
    Ok(slot)
}

/// Whether a slot is opened whose key stretching is under the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weak {
    Refused,
    /// To write a stronger one in its place, and for nothing else.
    Opened,
}

/// The store key in a slot. The bounds on key stretching are checked before any work is done (A61).
pub(crate) fn open(slot: &[u8], unlock: Unlock<'_>, weak: Weak) -> Result<StoreKey, OpenError> {
    // A newer program may have chosen another layout, so its version is looked at first.
    //= spec/text/versions.md#REQ-VERSION-8
    //# A store of a newer version MUST be refused untouched (`store.newer`).
    if slot.starts_with(MAGIC)
        && let Some(found) = slot.get(VERSION_AT).copied().filter(|found| *found > FORMAT_VERSION)
    {
        return Err(OpenError::NewerVersion { found });
    }
    let (header, wrapped) = slot.split_at_checked(HEADER_LEN).ok_or(OpenError::Locked)?;
    let (kind, params, salt) = parse(header).ok_or(OpenError::Locked)?;
    if kind != unlock.kind() || slot.len() != SLOT_LEN {
        return Err(OpenError::Locked);
    }
    let wrapping = match unlock {
        Unlock::Passphrase(passphrase) => {
            if params.too_weak() && weak == Weak::Refused {
                return Err(OpenError::KdfTooWeak);
            }
            if params.too_strong() {
                return Err(OpenError::KdfTooStrong);
            }
            StoreKey::from_passphrase(passphrase, salt, &params)
                .ok_or_else(|| OpenError::Io { step: "stretch the passphrase", source: no_memory() })?
        }
        Unlock::KeyFile(path) => StoreKey::from_key_file(&read_key_file(path)?, salt),
    };
    let key = Cipher::new(&wrapping).open(header, wrapped).ok_or(OpenError::Locked)?;
    StoreKey::from_bytes(&key).ok_or(OpenError::Locked)
}

/// Reads the slot's bytes; a missing slot in a store is a damaged one.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    match folder::read_private(path, SLOT_LEN as u64) {
        Ok(slot) => slot.ok_or(OpenError::Locked),
        Err(NotPrivate::Problem { path, problem }) => Err(OpenError::Permissions { path, problem }),
        Err(NotPrivate::Io(source)) => Err(OpenError::Io { step: "read the key slot", source }),
    }
}

fn parse(header: &[u8]) -> Option<(u8, KdfParams, &[u8])> {
    let rest = header.strip_prefix(MAGIC)?;
    let ([FORMAT_VERSION, kind], rest) = rest.split_first_chunk()? else { return None };
    let (memory_kib, rest) = rest.split_first_chunk()?;
    let (passes, rest) = rest.split_first_chunk()?;
    let (lanes, salt) = rest.split_first_chunk()?;
    let params = KdfParams {
        memory_kib: u32::from_be_bytes(*memory_kib),
        passes: u32::from_be_bytes(*passes),
        lanes: u32::from_be_bytes(*lanes),
    };
    Some((*kind, params, salt))
}

/// Reads the key file, or makes it when it is not there.
fn create_key_file(path: &Path) -> Result<StoreKey, CreateError> {
    let io = |source| CreateError::Io { step: "make the key file", source };
    match folder::read_private(path, KEY_FILE_LEN) {
        Ok(Some(bytes)) => {
            StoreKey::from_bytes(&bytes).ok_or_else(|| CreateError::KeyFile { path: path.to_owned() })
        }
        Ok(None) => {
            let key = StoreKey::random()?;
            folder::write_new(path, key.expose()).map_err(io)?;
            Ok(key)
        }
        Err(NotPrivate::Problem { path, problem }) => Err(CreateError::Permissions { path, problem }),
        Err(NotPrivate::Io(source)) => Err(io(source)),
    }
}

fn read_key_file(path: &Path) -> Result<StoreKey, OpenError> {
    match folder::read_private(path, KEY_FILE_LEN) {
        // A file of another length is a wrong key file like any other.
        Ok(Some(bytes)) => StoreKey::from_bytes(&bytes).ok_or(OpenError::Locked),
        Ok(None) => Err(OpenError::KeyFileMissing { path: path.to_owned() }),
        Err(NotPrivate::Problem { path, problem }) => Err(OpenError::Permissions { path, problem }),
        Err(NotPrivate::Io(source)) => Err(OpenError::Io { step: "read the key file", source }),
    }
}

fn no_memory() -> io::Error {
    io::Error::from(io::ErrorKind::OutOfMemory)
}

impl From<NoRandomness> for CreateError {
    fn from(_: NoRandomness) -> Self {
        Self::Random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> (StoreKey, Vec<u8>) {
        let key = StoreKey::random().unwrap();
        let slot = seal(&key, Unlock::Passphrase(b"open sesame"), &KdfParams::FLOOR).unwrap();
        (key, slot)
    }

    #[test]
    fn the_passphrase_opens_its_slot_and_no_other_does() {
        let (key, slot) = slot();
        assert_eq!(
            open(&slot, Unlock::Passphrase(b"open sesame"), Weak::Refused).unwrap().expose(),
            key.expose()
        );
        assert!(matches!(
            open(&slot, Unlock::Passphrase(b"open sesam"), Weak::Refused),
            Err(OpenError::Locked)
        ));
    }

    #[test]
    fn a61_parameters_below_the_floor_or_above_the_ceiling_are_refused() {
        let weak = KdfParams { memory_kib: KdfParams::FLOOR.memory_kib - 1, ..KdfParams::FLOOR };
        let strong = KdfParams { passes: KdfParams::CEILING.passes + 1, ..KdfParams::CEILING };
        for (params, weak) in [(weak, true), (strong, false)] {
            let result = check(Unlock::Passphrase(b"x"), &params);
            assert!(matches!(result, Err(CreateError::Kdf { too_weak }) if too_weak == weak));
        }
        let (_, mut slot) = slot();
        slot[10..14].copy_from_slice(&8_u32.to_be_bytes());
        assert!(matches!(
            open(&slot, Unlock::Passphrase(b"open sesame"), Weak::Refused),
            Err(OpenError::KdfTooWeak)
        ));
        slot[10..14].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(
            open(&slot, Unlock::Passphrase(b"open sesame"), Weak::Refused),
            Err(OpenError::KdfTooStrong)
        ));
    }

    #[test]
    fn a61_parameters_changed_within_bounds_are_noticed() {
        let (_, mut slot) = slot();
        slot[10..14].copy_from_slice(&(KdfParams::FLOOR.memory_kib + 1).to_be_bytes());
        assert!(matches!(
            open(&slot, Unlock::Passphrase(b"open sesame"), Weak::Refused),
            Err(OpenError::Locked)
        ));
    }

    #[test]
    fn a_newer_version_has_its_own_error() {
        let (_, mut slot) = slot();
        slot[VERSION_AT] = 1;
        assert!(matches!(
            open(&slot, Unlock::Passphrase(b"open sesame"), Weak::Refused),
            Err(OpenError::NewerVersion { found: 1 })
        ));
    }

    #[test]
    fn no_secret_shows_in_debug_output() {
        assert_eq!(format!("{:?}", Unlock::Passphrase(b"open sesame")), "Passphrase(..)");
    }
}
