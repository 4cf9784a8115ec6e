//! The store's folder: names, permissions (A63), and writes that are on the disk when they return.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::error::PermissionProblem;

/// The most permission bits of a folder.
pub(crate) const FOLDER_MODE: u32 = 0o700;
/// The most permission bits of a file.
pub(crate) const FILE_MODE: u32 = 0o600;

/// The paths in a store's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    dir: PathBuf,
}

impl Folder {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn slot(&self) -> PathBuf {
        self.dir.join("key.slot")
    }

    /// A slot in the making.
    pub(crate) fn slot_new(&self) -> PathBuf {
        self.dir.join("key.slot.new")
    }

    pub(crate) fn heads(&self) -> [PathBuf; 2] {
        [self.dir.join("head.a"), self.dir.join("head.b")]
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    /// Stands while a store is being made: without a key slot beside it, nothing of worth is here.
    pub(crate) fn creating(&self) -> PathBuf {
        self.dir.join("creating")
    }

    /// sled's folder.
    pub(crate) fn db(&self) -> PathBuf {
        self.dir.join("db")
    }

    /// A copy of sled's folder in the making.
    pub(crate) fn db_copy(&self) -> PathBuf {
        self.dir.join("db.copy")
    }

    /// A whole copy of sled's folder, from before sled opened it.
    pub(crate) fn db_kept(&self) -> PathBuf {
        self.dir.join("db.kept")
    }

    /// A damaged database, after a repair; nothing of ours reads it again.
    pub(crate) fn db_damaged(&self, number: u32) -> PathBuf {
        self.dir.join(format!("db.damaged-{number}"))
    }

    /// Checks the folder and everything of ours in it, before anything is read.
    pub(crate) fn check(&self) -> Result<(), NotPrivate> {
        check_folder(&self.dir)?;
        let [head_a, head_b] = self.heads();
        for file in [self.slot(), head_a, head_b, self.lock(), self.creating()] {
            check_file(&file)?;
        }
        for tree in [self.db(), self.db_copy(), self.db_kept()] {
            check_tree(&tree)?;
        }
        Ok(())
    }
}

/// A folder or file that is not private, or that could not be looked at.
#[derive(Debug)]
pub(crate) enum NotPrivate {
    Problem { path: PathBuf, problem: PermissionProblem },
    Io(io::Error),
}

impl From<io::Error> for NotPrivate {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn problem(path: &Path, problem: PermissionProblem) -> NotPrivate {
    NotPrivate::Problem { path: path.to_owned(), problem }
}

/// Whether something is at the path, without following a symbolic link there.
pub(crate) fn exists(path: &Path) -> io::Result<bool> {
    Ok(look(path)?.is_some())
}

fn look(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks a folder that must be there.
pub(crate) fn check_folder(path: &Path) -> Result<(), NotPrivate> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(problem(path, PermissionProblem::Symlink));
    }
    if !metadata.is_dir() {
        return Err(problem(path, PermissionProblem::NotAFolder));
    }
    check_owner_and_mode(path, &metadata, FOLDER_MODE)
}

/// Checks a file, if it is there.
pub(crate) fn check_file(path: &Path) -> Result<(), NotPrivate> {
    match look(path)? {
        Some(metadata) => check_file_metadata(path, &metadata),
        None => Ok(()),
    }
}

fn check_file_metadata(path: &Path, metadata: &fs::Metadata) -> Result<(), NotPrivate> {
    if metadata.is_symlink() {
        return Err(problem(path, PermissionProblem::Symlink));
    }
    if !metadata.is_file() {
        return Err(problem(path, PermissionProblem::NotAFile));
    }
    check_owner_and_mode(path, metadata, FILE_MODE)
}

fn check_owner_and_mode(path: &Path, metadata: &fs::Metadata, allowed: u32) -> Result<(), NotPrivate> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(problem(path, PermissionProblem::OtherOwner { owner: metadata.uid() }));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & !allowed & 0o777 != 0 {
        return Err(problem(path, PermissionProblem::TooOpen { mode: mode & 0o777, allowed }));
    }
    Ok(())
}

/// Checks a folder of sled's and what is in it, if it is there.
fn check_tree(path: &Path) -> Result<(), NotPrivate> {
    if !exists(path)? {
        return Ok(());
    }
    check_folder(path)?;
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let Some(metadata) = look(&path)? else { continue };
        if metadata.is_dir() {
            check_tree(&path)?;
        } else if metadata.is_file() && is_snapshot(&path) {
            // sled makes these itself, with the process's default mode, and a kill can leave one so. They hold
            // places in sled's file and nothing else, behind two private folders: tighten instead of refusing.
            let ours = metadata.uid() == rustix::process::geteuid().as_raw();
            if ours && metadata.mode() & !FILE_MODE & 0o777 != 0 {
                fs::set_permissions(&path, fs::Permissions::from_mode(FILE_MODE))?;
            }
            check_file(&path)?;
        } else {
            check_file_metadata(&path, &metadata)?;
        }
    }
    Ok(())
}

/// Whether this is one of sled's snapshots.
pub(crate) fn is_snapshot(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap."))
}

/// Sets the modes in a folder of sled's, which makes files with the process's default mode.
pub(crate) fn tighten_tree(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(FOLDER_MODE))?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            tighten_tree(&entry.path())?;
        } else {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(FILE_MODE))?;
        }
    }
    Ok(())
}

/// Copies a folder of sled's (folders and regular files).
///
/// Nothing is synced; that is the caller's to do where the copy has to outlive a power cut.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Removes a folder of sled's, if it is there.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Removes a file, if it is there.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Makes a private folder (and the ones above it).
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)
}

/// Opening options for a private file that never follow a symbolic link and never wait on a pipe.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    options.mode(FILE_MODE).custom_flags(i32::try_from(flags).unwrap_or(0));
    options
}

/// Reads a private file whole, which may have at most `limit` bytes; `None` when it is not there.
pub(crate) fn read_private(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, NotPrivate> {
    check_file(path)?;
    let file = match private_options().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // Once more on what was opened, in case it was exchanged in between.
    check_file_metadata(path, &file.metadata()?)?;
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more, so that a longer file is not taken for one of the right length.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Makes a private file that must not be there yet, synced with its folder.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private_options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_parent(path)
}

/// Writes a private file beside its place and moves it there, synced with its folder: whole or absent.
pub(crate) fn write_by_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    remove_file(&beside)?;
    let mut file = private_options().write(true).create_new(true).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_parent(path)
}

/// Syncs a folder, so that the names in it are on the disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Syncs the folder that a path stands in.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => sync_folder(Path::new(".")),
    }
}

/// Syncs a folder of sled's and everything in it.
pub(crate) fn sync_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(path)
}
