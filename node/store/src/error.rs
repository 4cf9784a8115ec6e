//! What can go wrong, one enum an operation; each text says what, why and what next.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

/// Why a folder or file is not private enough to be trusted (A63).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PermissionProblem {
    /// A symbolic link stands where a folder or file should be.
    Symlink,
    /// Something that is not a folder stands where a folder should be.
    NotAFolder,
    /// Something that is not a regular file stands where a file should be.
    NotAFile,
    /// Somebody else owns it.
    OtherOwner {
        /// The owner's number.
        owner: u32,
    },
    /// Others may read, write or enter it.
    TooOpen {
        /// The permission bits it has.
        mode: u32,
        /// The most permission bits it may have.
        allowed: u32,
    },
}

/// Shows a path with every control character escaped, so that a name cannot play tricks on a terminal.
struct Shown<'a>(&'a std::path::Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_string_lossy().escape_debug())
    }
}

fn permission_text(path: &std::path::Path, problem: &PermissionProblem) -> String {
    let path = Shown(path);
    match problem {
        PermissionProblem::Symlink => {
            format!(
                "'{path}' is a symbolic link, which others could point elsewhere; put the real thing there"
            )
        }
        PermissionProblem::NotAFolder => {
            format!("'{path}' is not a folder; move it away or name another folder")
        }
        PermissionProblem::NotAFile => format!("'{path}' is not a regular file; move it away"),
        PermissionProblem::OtherOwner { owner } => {
            format!(
                "'{path}' belongs to account number {owner}, not to you; fix it: chown \"$(id -u)\" '{path}'"
            )
        }
        PermissionProblem::TooOpen { mode, allowed } => format!(
            "'{path}' is open to others (mode {mode:o}), and secrets are kept there; fix it: chmod {allowed:o} '{path}'"
        ),
    }
}

/// Why a store was not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CreateError {
    /// There is a store already.
    #[error("there is a store in '{}' already; open it, or name another folder", Shown(path))]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder, or a file in it, is not private.
    #[error("{}", permission_text(path, problem))]
    Permissions {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it.
        problem: PermissionProblem,
    },
    /// Another process is busy in the folder.
    #[error("{}", in_use_text(*pid, program))]
    InUse {
        /// Its process number, where it could be read.
        pid: Option<u32>,
        /// Its program's name.
        program: String,
    },
    /// The key-stretching parameters are out of bounds.
    #[error("{}", kdf_text(*too_weak))]
    Kdf {
        /// Whether they are too weak; otherwise they ask for too much.
        too_weak: bool,
    },
    /// The key file is not a key file.
    #[error("'{}' is not a key file (32 bytes); name another one, or one that is not there yet", Shown(path))]
    KeyFile {
        /// The key file.
        path: PathBuf,
    },
    /// The system gave no randomness.
    #[error("the system gave no random bytes, so no key could be made; try again")]
    Random,
    /// A write failed.
    #[error("could not {step}: {source}; nothing was made that can be used, so mend the cause and try again")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a store was not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no store.
    #[error("there is no store in '{}'; make one first, or name another folder", Shown(path))]
    NotFound {
        /// The folder.
        path: PathBuf,
    },
    /// The folder, or a file in it, is not private (A63).
    #[error("{}", permission_text(path, problem))]
    Permissions {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it.
        problem: PermissionProblem,
    },
    /// Another process, or another part of this one, has the store open (A64).
    #[error("{}", in_use_text(*pid, program))]
    InUse {
        /// Its process number, where it could be read.
        pid: Option<u32>,
        /// Its program's name.
        program: String,
    },
    /// The passphrase or key file is wrong, or the key slot is damaged: one error, so that it tells nothing.
    #[error(
        "wrong passphrase or key file, or the key slot is damaged; try again, or put a copy in its place if you have one"
    )]
    Locked,
    /// The key file is missing.
    #[error(
        "the key file '{}' is missing; put it back, or put a copy of the whole folder in its place",
        Shown(path)
    )]
    KeyFileMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key slot asks for less key stretching than is safe (A61).
    #[error(
        "the key slot asks for weaker key stretching than is allowed, so somebody may have changed it; put a copy in its place if you have one"
    )]
    KdfTooWeak,
    /// The key slot asks for more key stretching than is sane.
    #[error(
        "the key slot asks for more memory or time than is allowed, so it is damaged or was changed; put a copy in its place if you have one"
    )]
    KdfTooStrong,
    /// A newer program wrote this store.
    #[error(
        "this store has format version {found}, and this program knows up to {}; use a newer program. Nothing was changed",
        crate::FORMAT_VERSION
    )]
    NewerVersion {
        /// The version in the file.
        found: u8,
    },
    /// Records are missing or are not the ones that were acknowledged.
    #[error("{}", damaged_text(*expected, *found))]
    Damaged {
        /// How many records there should be, if the store head could be read.
        expected: Option<u64>,
        /// How many there are, if they could be counted.
        found: Option<u64>,
    },
    /// Reading or writing failed.
    #[error("could not {step}: {source}; mend the cause and try again")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a whole store was not locked anew, made smaller or repaired. What was there before is there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpkeepError {
    /// It was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No other lock could be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// Reading or writing failed.
    #[error("could not {step}: {source}; mend the cause and try again")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a record could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The record is damaged; others may be intact.
    #[error("a record is damaged; the others can still be read. Restore the backup, or repair the store")]
    Damaged,
    /// A commit failed half-way, so what is in memory may not be what is on the disk.
    #[error("an earlier write failed, so the store must be opened again before it is read")]
    NeedsReopen,
}

/// Why a batch was not acknowledged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// An id is empty or longer than [`crate::MAX_ID_LEN`].
    #[error("an id of {len} bytes cannot be stored; it must have 1 to {} bytes", crate::MAX_ID_LEN)]
    IdLength {
        /// Its length in bytes.
        len: usize,
    },
    /// A value is longer than [`crate::MAX_VALUE_LEN`].
    #[error(
        "a value of {len} bytes is too large; at most {} bytes can be stored in one record",
        crate::MAX_VALUE_LEN
    )]
    ValueTooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// The batch is larger than [`crate::MAX_BATCH_LEN`].
    #[error("a batch of {len} bytes is too large; at most {} bytes go into one", crate::MAX_BATCH_LEN)]
    BatchTooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// A record that the batch replaces or deletes cannot be read; nothing was written.
    #[error("the store is damaged, so nothing was written; put a copy in its place if you have one")]
    Damaged,
    /// The store was opened as damaged, and can only be read.
    #[error("this store is damaged and open for reading only; put a copy in its place if you have one")]
    ReadOnly,
    /// The system gave no randomness; nothing was written.
    #[error("the system gave no random bytes, so nothing was written; try again")]
    Random,
    /// A write or sync failed: the batch is whole or absent, which opening the store again will tell.
    #[error(
        "could not {step}: {source}; the change is not acknowledged. Mend the cause (is the disk full?) and open the store again"
    )]
    Write {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// An earlier commit failed, so the store must be opened again first.
    #[error("an earlier write failed, so nothing more is written until the store is opened again")]
    NeedsReopen,
}

fn in_use_text(pid: Option<u32>, program: &str) -> String {
    match pid {
        Some(pid) => format!("the store is in use by {program} (process {pid}); wait for it, or end it"),
        None => "the store is in use by another process; wait for it, or end it".to_owned(),
    }
}

fn kdf_text(too_weak: bool) -> &'static str {
    if too_weak {
        "the key-stretching parameters are weaker than is allowed; use the default"
    } else {
        "the key-stretching parameters ask for more memory or time than is allowed; use the default"
    }
}

fn damaged_text(expected: Option<u64>, found: Option<u64>) -> String {
    let what = match (expected, found) {
        (Some(expected), Some(found)) if expected == found => {
            format!("the store is damaged: it has {found} records, but not the ones that were written last")
        }
        (Some(expected), Some(found)) => {
            format!("the store is damaged: it should have {expected} records, and {found} were found")
        }
        (Some(expected), None) => {
            format!(
                "the store is damaged: it should have {expected} records, and its database cannot be read"
            )
        }
        (None, _) => "the store is damaged: neither copy of its head can be read".to_owned(),
    };
    format!(
        "{what}. Nothing was changed; put a copy in its place if you have one, or read what is intact and repair"
    )
}
