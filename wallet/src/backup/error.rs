//! What can go wrong with a backup, and the reason code for each.

use std::io;
use std::path::PathBuf;

use faam_spec::reason::Reason;

use crate::vault::VaultError;

/// Why a backup was not made, opened or restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The wallet could not be read, or the new one not written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The passphrase or the identity does not open it, or its header was changed.
    #[error("this passphrase or identity does not open the backup, or its header is damaged")]
    Locked,
    /// It is locked in the other way.
    #[error("the backup is locked {}", if *.by_passphrase { "by a passphrase, not for an identity" } else { "for a recipient: the identity is needed" })]
    OtherLock {
        /// Whether by a passphrase.
        by_passphrase: bool,
    },
    /// It is no backup of a wallet, or not all of it, or not as it was written.
    #[error("the file is damaged, cut short, or no backup of a wallet: {0}")]
    Damaged(&'static str),
    /// It was made by a newer program.
    #[error("the backup has format version {found}, which this program does not know; use a newer program")]
    Newer {
        /// The version in the backup.
        found: u8,
    },
    /// Something in it is over a bound.
    #[error("the backup is over a bound: {0}")]
    TooLarge(&'static str),
    /// The passphrase is no text.
    #[error("the passphrase of a backup has to be text")]
    NotText,
    /// Something stands where it would be written.
    #[error("'{}' is there already; a backup is never written over something", path.to_string_lossy().escape_debug())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Where it should be written, it would be lost with the wallet.
    #[error("'{}' lies in the wallet's folder, and would be lost with it", path.to_string_lossy().escape_debug())]
    Inside {
        /// Where.
        path: PathBuf,
    },
    /// What was written could not be opened again as it was written; it was removed.
    #[error("the backup could not be opened again as it was written, and was removed: {0}")]
    NotTheSame(&'static str),
    /// Reading or writing failed.
    #[error("could not {step}: {source}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl BackupError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Vault(error) => error.reason(),
            Self::Locked | Self::OtherLock { .. } => Reason::BackupLocked,
            Self::Damaged(_) | Self::NotTheSame(_) => Reason::BackupDamaged,
            Self::Newer { .. } => Reason::BackupNewer,
            Self::TooLarge(_) => Reason::TooLarge,
            Self::NotText | Self::Exists { .. } | Self::Inside { .. } => Reason::InputMalformed,
            Self::Io { .. } => Reason::StoreIo,
        }
    }

    /// What the system said, if reading or writing failed.
    #[must_use]
    pub const fn system(&self) -> Option<&io::Error> {
        match self {
            Self::Vault(error) => error.system(),
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// An error of the system with what was being done.
pub(super) fn io(step: &'static str) -> impl Fn(io::Error) -> BackupError {
    move |source| BackupError::Io { step, source }
}
