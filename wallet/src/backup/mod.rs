//! Backups: everything that the vault has, in one encrypted file.
//!
//! A backup is an `age` file, so that other programs can open it should this one be gone; what is in it is written down in
//! `spec/text/backup.md`. It is verified by really opening it: every record is put into a vault that nobody has the key of, and what
//! the wallet would show of it is computed there.

mod content;
mod error;
mod rules;
mod seal;

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

pub use age::x25519::{Identity, Recipient};
pub use content::Head;
pub use error::BackupError;
use error::io;
use faam_spec::time::Timestamp;
use faam_store::{KdfParams, Seen};
use rand::RngCore as _;
use rand::rngs::OsRng;
pub use rules::{RulesIn, put_back_rules};
use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags, linkat, renameat_with, unlinkat};
pub use seal::{Key, Lock};
use zeroize::Zeroizing;

use crate::vault::{Contents, Relation, Vault};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What it says of itself.
    pub head: Head,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Whether it was opened again: one for a recipient alone cannot be, by whoever has no identity.
    pub opened: bool,
    /// Whether the holder's rules are in it.
    pub rules: RulesIn,
}

/// A backup that was opened.
#[derive(Debug)]
pub struct Verified {
    /// What it says of itself.
    pub head: Head,
    /// What is in it.
    pub contents: Contents,
    /// How it and the wallet that is here belong together; none if no wallet was given.
    pub relation: Option<Relation>,
    /// Whether the holder's rules are in it.
    pub rules: bool,
}

/// Told how many of how many records are done. A record that is looked at twice counts twice.
pub type Watch<'a> = &'a dyn Fn(u64, u64);

/// Watches nothing.
fn unwatched(_: u64, _: u64) {}

/// Makes a backup of `vault` in the file `out`, which must not be there: whole, and on the disk when this returns, or absent.
/// `key` opens it again to see that it can be.
///
/// # Errors
/// [`BackupError`]; then there is no file.
//= spec/text/backup.md#REQ-BACKUP-2
//# It MUST hold every record of the wallet
pub fn create(
    vault: &Vault,
    out: &Path,
    lock: Lock<'_>,
    key: Option<Key<'_>>,
    now: Timestamp,
) -> Result<Made, BackupError> {
    create_watched(vault, out, lock, key, now, &unwatched)
}

/// As [`create`], watched by `watch`.
///
/// # Errors
/// As [`create`].
pub fn create_watched(
    vault: &Vault,
    out: &Path,
    lock: Lock<'_>,
    key: Option<Key<'_>>,
    now: Timestamp,
    watch: Watch<'_>,
) -> Result<Made, BackupError> {
    if is_inside(out, vault.dir()) {
        return Err(BackupError::Inside { path: out.to_owned() });
    }
    if out.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: out.to_owned() });
    }
    let part = Part::begin(out)?;
    let rules = rules::keep(vault)?;
    // What is opened again is looked at twice.
    let times = if key.is_some() { 2 } else { 1 };
    let head = write(vault, &part, lock, now, &|done, of| watch(done, of.saturating_mul(times)))?;
    let bytes = part.file.metadata().map_err(io("look at the backup"))?.len();
    //= spec/text/backup.md#REQ-BACKUP-3
    //# A backup MUST be opened and compared before it is called one
    if let Some(key) = key {
        same(vault, &part.path, key, &|done, of| {
            watch(done.saturating_add(of), of.saturating_mul(times));
        })?;
    }
    part.finish(out)?;
    vault.note_backup(&head, key.is_some(), now)?;
    Ok(Made { head, bytes, opened: key.is_some(), rules })
}

fn write(
    vault: &Vault,
    part: &Part,
    lock: Lock<'_>,
    now: Timestamp,
    watch: Watch<'_>,
) -> Result<Head, BackupError> {
    let head = vault.backup_head(now)?;
    let sealed = seal::seal(BufWriter::new(&part.file), lock)?;
    let failed = io("write the backup");
    let mut writer = content::Writer::new(sealed, &head).map_err(&failed)?;
    let (mut error, mut done) = (None, 0_u64);
    vault.every_record(&mut |record| {
        if error.is_none() {
            error = writer.record(&record).err();
        }
        done = done.saturating_add(1);
        watch(done, head.records);
    })?;
    if let Some(error) = error {
        return Err(failed(error));
    }
    let (sealed, records) = writer.end().map_err(&failed)?;
    let mut out = sealed.finish().map_err(&failed)?;
    out.flush().map_err(&failed)?;
    part.file.sync_all().map_err(&failed)?;
    match records == head.records {
        true => Ok(head),
        false => Err(BackupError::NotTheSame("the number of records changed meanwhile")),
    }
}

/// Opens what was written, and compares every record with the wallet's.
fn same(vault: &Vault, file: &Path, key: Key<'_>, watch: Watch<'_>) -> Result<(), BackupError> {
    let (mut different, mut done) = (false, 0_u64);
    let opened = seal::open(File::open(file).map_err(io("open the backup"))?, key);
    let input = opened.map_err(|error| match error {
        BackupError::Io { .. } => error,
        _ => BackupError::NotTheSame("what locks it does not open it"),
    })?;
    let head = content::read(input, &mut |head, record| {
        different |= !vault.has_record(&record)?;
        done = done.saturating_add(1);
        watch(done, head.records);
        Ok(())
    })?;
    match different || vault.records()? != head.records {
        false => Ok(()),
        true => Err(BackupError::NotTheSame("a record is another one")),
    }
}

/// Opens a backup and puts it into a vault that is gone afterwards, and whose key nobody has; `scratch` is a folder for it.
/// `here`, if there is one, is the wallet that it is compared with.
///
/// # Errors
/// [`BackupError`].
pub fn verify(
    file: &Path,
    key: Key<'_>,
    scratch: &Path,
    here: Option<&Vault>,
) -> Result<Verified, BackupError> {
    verify_watched(file, key, scratch, here, &unwatched)
}

/// As [`verify`], watched by `watch`.
///
/// # Errors
/// As [`verify`].
pub fn verify_watched(
    file: &Path,
    key: Key<'_>,
    scratch: &Path,
    here: Option<&Vault>,
    watch: Watch<'_>,
) -> Result<Verified, BackupError> {
    let scratch = Scratch::begin(scratch)?;
    let dir = scratch.0.join("vault");
    let mut random = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *random);
    let (vault, head, contents) = unpacked(file, key, &dir, &random[..], KdfParams::FLOOR, watch)?;
    let relation = here.map(|here| here.compare(&vault)).transpose()?;
    let rules = vault.kept_rules()?.is_some();
    Ok(Verified { head, contents, relation, rules })
}

/// Makes the vault of a backup in `dir`, where there must be none: all of it, or there is no vault there.
///
/// # Errors
/// [`BackupError`].
//= spec/text/backup.md#REQ-BACKUP-7
//# A restored wallet MUST be whole or absent
pub fn restore(
    file: &Path,
    key: Key<'_>,
    dir: &Path,
    passphrase: &[u8],
    kdf: KdfParams,
    now: Timestamp,
) -> Result<(Vault, Head, Contents), BackupError> {
    restore_watched(file, key, dir, (passphrase, kdf), now, &unwatched)
}

/// As [`restore`], watched by `watch`; `lock` is the passphrase of the vault and how it is stretched.
///
/// # Errors
/// As [`restore`].
pub fn restore_watched(
    file: &Path,
    key: Key<'_>,
    dir: &Path,
    lock: (&[u8], KdfParams),
    now: Timestamp,
    watch: Watch<'_>,
) -> Result<(Vault, Head, Contents), BackupError> {
    // Once through before anything is made: what is no backup leaves nothing behind (A67).
    let mut done = 0_u64;
    let mut nothing = |head: &Head, _: Seen<'_>| {
        done = done.saturating_add(1);
        watch(done, head.records.saturating_mul(2));
        Ok(())
    };
    content::read(seal::open(File::open(file).map_err(io("open the backup"))?, key)?, &mut nothing)?;
    let (passphrase, kdf) = lock;
    let (vault, head, contents) = unpacked(file, key, dir, passphrase, kdf, &|done, of| {
        watch(done.saturating_add(of), of.saturating_mul(2));
    })?;
    vault.finish_restored(&head, now)?;
    Ok((vault, head, contents))
}

/// Fills a vault with what is in a backup, and looks it over; nobody can open it yet.
fn unpacked(
    file: &Path,
    key: Key<'_>,
    dir: &Path,
    passphrase: &[u8],
    kdf: KdfParams,
    watch: Watch<'_>,
) -> Result<(Vault, Head, Contents), BackupError> {
    let input = seal::open(File::open(file).map_err(io("open the backup"))?, key)?;
    let was_there = dir.symlink_metadata().is_ok();
    let mut filling = Vault::begin_filling(dir, passphrase, kdf)?;
    let fill = || -> Result<_, BackupError> {
        let mut done = 0_u64;
        let head = content::read(input, &mut |head, record| {
            done = done.saturating_add(1);
            watch(done, head.records);
            Ok(filling.put(&record)?)
        })?;
        let vault = filling.end()?;
        let contents = vault.contents()?;
        Ok((vault, head, contents))
    };
    let filled = fill();
    if filled.is_err() && !was_there {
        // It was made here and now, and has no key that anybody knows.
        let _ = std::fs::remove_dir_all(dir);
    }
    filled
}

/// A file in the making beside its place, which is gone again unless it is finished.
struct Part {
    file: File,
    path: PathBuf,
    finished: bool,
}

impl Part {
    fn begin(out: &Path) -> Result<Self, BackupError> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = out.with_file_name(name);
        let failed = io("make the backup");
        // What an earlier one left that was killed; never something else than a file.
        if path.symlink_metadata().is_ok_and(|about| about.is_file()) {
            std::fs::remove_file(&path).map_err(&failed)?;
        }
        let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600).custom_flags(flags);
        Ok(Self { file: options.open(&path).map_err(failed)?, path, finished: false })
    }

    /// Gives it its name, if nothing has it; synced with its folder.
    fn finish(mut self, out: &Path) -> Result<(), BackupError> {
        let named = match renameat_with(CWD, &self.path, CWD, out, RenameFlags::NOREPLACE) {
            // Not every file system can; a second name and the end of the first do the same.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
                linkat(CWD, &self.path, CWD, out, AtFlags::empty())
                    .and_then(|()| unlinkat(CWD, &self.path, AtFlags::empty()))
            }
            named => named,
        };
        match named {
            Err(rustix::io::Errno::EXIST) => return Err(BackupError::Exists { path: out.to_owned() }),
            Err(error) => return Err(io("name the backup")(error.into())),
            Ok(()) => self.finished = true,
        }
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = File::open(parent.unwrap_or(Path::new(".")));
        folder.and_then(|folder| folder.sync_all()).map_err(io("sync the backup's folder"))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A private folder that is gone again.
struct Scratch(PathBuf);

impl Scratch {
    fn begin(under: &Path) -> Result<Self, BackupError> {
        let mut random = [0; 8];
        OsRng.fill_bytes(&mut random);
        let path = under.join(format!("faam-verify-{:016x}", u64::from_be_bytes(random)));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(io("make a folder to open it in"))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether a path, at which nothing need be, lies in `folder`.
fn is_inside(out: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let Ok(out) = std::path::absolute(out) else { return false };
    let there = out.ancestors().find_map(|part| part.canonicalize().ok());
    there.is_some_and(|there| there.starts_with(folder))
}

#[cfg(test)]
mod tests;
