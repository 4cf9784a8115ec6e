//! What can go wrong with a vault, and the reason code for each.

use faam_spec::reason::{Fault, Reason};
use faam_store::{CommitError, CreateError, OpenError, ReadError, UpkeepError};

/// Why the vault could not be made, opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// It was not made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// It was not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Something was not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Something was not written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// It was not locked anew, made smaller or repaired.
    #[error(transparent)]
    Upkeep(UpkeepError),
    /// Something that is kept is not what this program wrote, or contradicts itself.
    #[error("something that the vault keeps cannot be used: {0}")]
    Content(#[from] Fault),
    /// The market contradicted what should be noted as good.
    #[error("the market contradicted it before: {0}")]
    Contradicted(Fault),
    /// Making it was interrupted, or a part is gone.
    #[error("the vault lacks a part that it must have")]
    Unfinished,
    /// It is of a newer format.
    #[error("the vault has format version {found}, which this program does not know; use a newer program")]
    Newer {
        /// The version in the vault.
        found: u8,
    },
}

impl VaultError {
    /// What happened, for a person who has a wallet. What helps, backup or none, is said where it is known.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Open(OpenError::Locked) => {
                "wrong passphrase, or the key slot of the wallet is damaged".to_owned()
            }
            Self::Open(OpenError::KdfTooWeak | OpenError::KdfTooStrong) => {
                "the key slot of the wallet asks for another key stretching than is allowed: it is damaged, or somebody changed it".to_owned()
            }
            Self::Open(OpenError::Damaged { expected: Some(expected), found: Some(found) }) if expected != found => {
                format!("the wallet is damaged: it should have {expected} records, and {found} were found; nothing was changed")
            }
            Self::Open(OpenError::Damaged { .. }) => {
                "the wallet is damaged: it is not as it was written last; nothing was changed".to_owned()
            }
            Self::Read(ReadError::Damaged) => {
                "a record of the wallet is damaged; the others can still be read".to_owned()
            }
            Self::Commit(CommitError::Damaged | CommitError::ReadOnly) => {
                "the wallet is damaged, so nothing was written".to_owned()
            }
            Self::Commit(CommitError::Write { step, source }) => {
                format!("could not {step}: {source}; the change is not acknowledged")
            }
            Self::Create(CreateError::Io { step, source }) | Self::Open(OpenError::Io { step, source }) => {
                format!("could not {step}: {source}")
            }
            Self::Upkeep(UpkeepError::Io { step, source }) => {
                format!("could not {step}: {source}; what was there before is there")
            }
            other => other.to_string(),
        }
    }

    /// What the system said, if reading or writing failed.
    #[must_use]
    pub const fn system(&self) -> Option<&std::io::Error> {
        match self {
            Self::Create(CreateError::Io { source, .. })
            | Self::Open(OpenError::Io { source, .. })
            | Self::Commit(CommitError::Write { source, .. })
            | Self::Upkeep(UpkeepError::Io { source, .. }) => Some(source),
            _ => None,
        }
    }

    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Create(error) => match error {
                CreateError::Exists { .. } => Reason::StoreExists,
                CreateError::Permissions { .. } => Reason::StorePermissions,
                CreateError::InUse { .. } => Reason::StoreInUse,
                _ => Reason::StoreIo,
            },
            Self::Open(error) => match error {
                OpenError::NotFound { .. } => Reason::StoreMissing,
                OpenError::Permissions { .. } => Reason::StorePermissions,
                OpenError::InUse { .. } => Reason::StoreInUse,
                OpenError::Locked
                | OpenError::KeyFileMissing { .. }
                | OpenError::KdfTooWeak
                | OpenError::KdfTooStrong => Reason::StoreLocked,
                OpenError::NewerVersion { .. } => Reason::StoreNewer,
                OpenError::Damaged { .. } => Reason::StoreDamaged,
                _ => Reason::StoreIo,
            },
            Self::Read(error) => match error {
                ReadError::Damaged => Reason::StoreDamaged,
                _ => Reason::StoreIo,
            },
            Self::Commit(error) => match error {
                CommitError::Damaged | CommitError::ReadOnly => Reason::StoreDamaged,
                _ => Reason::StoreIo,
            },
            Self::Upkeep(_) => Reason::StoreIo,
            Self::Contradicted(fault) => fault.reason(),
            Self::Content(_) | Self::Unfinished => Reason::StoreDamaged,
            Self::Newer { .. } => Reason::StoreNewer,
        }
    }
}

impl From<UpkeepError> for VaultError {
    fn from(error: UpkeepError) -> Self {
        match error {
            UpkeepError::Open(error) => Self::Open(error),
            UpkeepError::Create(error) => Self::Create(error),
            other => Self::Upkeep(other),
        }
    }
}
