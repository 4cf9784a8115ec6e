//! The holder's rules in a backup: a file beside the vault, which goes along as a record of it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use super::BackupError;
use super::error::io;
use crate::rules::{FILE, MAX_RULES_BYTES};
use crate::vault::Vault;

/// Whether rules are in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesIn {
    /// There are none.
    None,
    /// They are in it.
    Kept,
    /// There is a file of rules that no wallet would use: larger than [`MAX_RULES_BYTES`], not a file, or no text.
    Unusable,
}

/// Puts the rules as they are now into the vault, before a backup of it is made.
//= spec/text/backup.md#REQ-BACKUP-10
//# It MUST hold the holder's rules as they are when it is made
pub(super) fn keep(vault: &Vault) -> Result<RulesIn, BackupError> {
    let path = vault.dir().join(FILE);
    let read = io("read the rules");
    let about = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            vault.keep_rules(None)?;
            return Ok(RulesIn::None);
        }
        about => about.map_err(&read)?,
    };
    let mut bytes = Vec::new();
    if about.is_file() {
        let limit = u64::try_from(MAX_RULES_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(&read)?;
    }
    let text = String::from_utf8(bytes).ok().filter(|text| about.is_file() && text.len() <= MAX_RULES_BYTES);
    vault.keep_rules(text.as_deref())?;
    Ok(if text.is_some() { RulesIn::Kept } else { RulesIn::Unusable })
}

/// Writes the rules that came with a backup beside the vault that was restored from it, where there are none; says whether it did.
///
/// # Errors
/// [`BackupError::Io`]; then there is no file of rules.
//= spec/text/backup.md#REQ-BACKUP-10
//# restoring it MUST put them back where there are none
pub fn put_back_rules(vault: &Vault) -> Result<bool, BackupError> {
    let Some(text) = vault.kept_rules()? else { return Ok(false) };
    let path = vault.dir().join(FILE);
    let failed = io("write the rules");
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file.map_err(&failed)?,
    };
    if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
        // A half of the rules would be other rules.
        let _ = std::fs::remove_file(&path);
        return Err(failed(error));
    }
    File::open(vault.dir()).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(true)
}
