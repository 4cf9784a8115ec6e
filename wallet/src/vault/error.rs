//! What can go wrong with a vault, and the reason code for each.

use faam_spec::reason::{Fault, Reason};
use faam_store::{CommitError, CreateError, OpenError, ReadError};

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
    /// Something that is kept is not what this program wrote, or contradicts itself.
    #[error("something that the vault keeps cannot be used: {0}")]
    Content(#[from] Fault),
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
            Self::Content(_) | Self::Unfinished => Reason::StoreDamaged,
            Self::Newer { .. } => Reason::StoreNewer,
        }
    }
}
