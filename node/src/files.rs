//! Private files: nobody else may reach them, and what was written is on the disk (A63).

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use faam_spec::reason::Reason;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

/// Permission bits of a private folder.
const FOLDER_MODE: u32 = 0o700;
/// Permission bits of a private file.
//= spec/text/local-api.md#REQ-API-3
//# which only its owner can read
const FILE_MODE: u32 = 0o600;

/// Why a private file or folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is not there.
    #[error("there is no '{}'", Shown(.0))]
    Missing(PathBuf),
    /// It is there already, and is not written over.
    #[error("'{}' is there already, and nothing in it is written over; name another one", Shown(.0))]
    Exists(PathBuf),
    /// Others can reach it.
    #[error(
        "'{}' is open to others (mode {mode:o}); fix it: chmod {allowed:o} '{}'",
        Shown(path),
        Shown(path)
    )]
    TooOpen {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The most it may have.
        allowed: u32,
    },
    /// Others can write it.
    #[error(
        "'{}' can be written by others (mode {mode:o}); fix it: chmod go-w '{}'",
        Shown(path),
        Shown(path)
    )]
    Writable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody else owns it.
    #[error(
        "'{}' belongs to account number {owner}, not to you; fix it: chown \"$(id -u)\" '{}'",
        Shown(path),
        Shown(path)
    )]
    OtherOwner {
        /// The file or folder.
        path: PathBuf,
        /// The owner's number.
        owner: u32,
    },
    /// It is a link, or not what it should be.
    #[error("'{}' is not {expected}; put the real thing there", Shown(path))]
    WrongKind {
        /// The file or folder.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// It is too large.
    #[error("'{}' is larger than {limit} bytes, so it was not read", Shown(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// The system refused.
    #[error("could not {step} '{}': {source}", Shown(path))]
    Io {
        /// What was being done.
        step: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FileError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Missing(_) => Reason::StoreMissing,
            Self::Exists(_) => Reason::StoreExists,
            Self::TooOpen { .. }
            | Self::Writable { .. }
            | Self::OtherOwner { .. }
            | Self::WrongKind { .. } => Reason::StorePermissions,
            Self::TooLarge { .. } => Reason::TooLarge,
            Self::Io { .. } => Reason::StoreIo,
        }
    }
}

/// Shows a path with control characters escaped, so that a name cannot play tricks on a terminal.
pub(crate) struct Shown<'a>(pub(crate) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&faam_spec::name::shown(&self.0.to_string_lossy(), 4096))
    }
}

/// Checks that `path` is a folder of ours that nobody else can enter.
///
/// # Errors
/// See [`FileError`].
pub fn check_folder(path: &Path) -> Result<(), FileError> {
    let meta = metadata(path)?;
    if !meta.is_dir() {
        return Err(FileError::WrongKind { path: path.to_owned(), expected: "a folder" });
    }
    check_access(path, &meta, FOLDER_MODE)
}

/// Reads a file of ours that nobody else can reach, of at most `limit` bytes.
///
/// # Errors
/// See [`FileError`].
pub fn read_private(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    read(path, limit, FILE_MODE)
}

/// Reads a file of ours that others may read and nobody else can change, of at most `limit` bytes.
///
/// # Errors
/// See [`FileError`].
//= spec/text/policy.md#REQ-POLICY-20
//# A trust or policy file by which something is judged or checked MUST be refused if others can write it
pub fn read_owned(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (file, meta) = open_file(path)?;
    if others_write(&meta) {
        return Err(FileError::Writable { path: path.to_owned(), mode: meta.mode() & 0o777 });
    }
    check_owner(path, &meta)?;
    read_open(path, (&file, &meta), limit)
}

fn read(path: &Path, limit: u64, mode: u32) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (file, meta) = open_file(path)?;
    check_access(path, &meta, mode)?;
    read_open(path, (&file, &meta), limit)
}

fn read_open(
    path: &Path,
    (file, meta): (&File, &fs::Metadata),
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(meta.len().min(limit)).unwrap_or(0)));
    read_whole(path, file, limit, &mut bytes)?;
    Ok(bytes)
}

/// Reads a file that holds no secret, of at most `limit` bytes, and that nobody else can change: it is ours or root's.
///
/// # Errors
/// See [`FileError`].
pub fn read_public(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, meta) = open_file(path)?;
    if others_write(&meta) {
        return Err(FileError::Writable { path: path.to_owned(), mode: meta.mode() & 0o777 });
    }
    if meta.uid() != 0 {
        check_owner(path, &meta)?;
    }
    let mut bytes = Vec::new();
    read_whole(path, &file, limit, &mut bytes)?;
    Ok(bytes)
}

/// Opens a regular file and looks at what was opened, so that nobody can put another one in its place in between.
fn open_file(path: &Path) -> Result<(File, fs::Metadata), FileError> {
    let kind = || FileError::WrongKind { path: path.to_owned(), expected: "a regular file" };
    // Of the thing itself: a symbolic link is not what should be there. What would wait for somebody who writes does not.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::RDONLY;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Err(FileError::Missing(path.to_owned())),
        Err(Errno::LOOP | Errno::NXIO) => return Err(kind()),
        // What cannot be opened may be somebody else's, which is what has to be mended.
        Err(error) => {
            check_owner(path, &metadata(path)?)?;
            return Err(FileError::Io { step: "read", path: path.to_owned(), source: error.into() });
        }
    };
    let meta = file.metadata();
    let meta = meta.map_err(|source| FileError::Io { step: "look at", path: path.to_owned(), source })?;
    if meta.is_file() { Ok((file, meta)) } else { Err(kind()) }
}

fn read_whole(path: &Path, file: &File, limit: u64, bytes: &mut Vec<u8>) -> Result<(), FileError> {
    let read = file.take(limit + 1).read_to_end(bytes);
    read.map_err(|source| FileError::Io { step: "read", path: path.to_owned(), source })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(())
}

/// Makes a private folder, which must not be there, or must be ours, private and empty.
///
/// # Errors
/// See [`FileError`].
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    let io = |step| move |source| FileError::Io { step, path: path.to_owned(), source };
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            check_folder(path)?;
            match fs::read_dir(path).map_err(io("read the folder"))?.next() {
                Some(_) => Err(FileError::Exists(path.to_owned())),
                None => Ok(()),
            }
        }
        Err(error) => Err(io("make the folder")(error)),
    }
}

/// Writes a new private file; it is on the disk when this returns.
///
/// # Errors
/// See [`FileError`].
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
        _ => FileError::Io { step: "write", path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)?;
    sync_parent(path)
}

/// Writes a private file in place of one that may be there: wholly or not at all.
///
/// # Errors
/// See [`FileError`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    remove(&beside)?;
    write_new(&beside, bytes)?;
    fs::rename(&beside, path).map_err(|source| FileError::Io {
        step: "replace",
        path: path.to_owned(),
        source,
    })?;
    sync_parent(path)
}

/// Removes a file, if it is there.
///
/// # Errors
/// See [`FileError`].
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Io { step: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn metadata(path: &Path) -> Result<fs::Metadata, FileError> {
    // Of the thing itself: a symbolic link is not what should be there.
    fs::symlink_metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing(path.to_owned()),
        _ => FileError::Io { step: "look at", path: path.to_owned(), source },
    })
}

/// Whether anybody but the owner can write a file: everybody, or a group that is not the owner's own, which has the owner's number.
fn others_write(meta: &fs::Metadata) -> bool {
    meta.mode() & 0o002 != 0 || (meta.mode() & 0o020 != 0 && meta.gid() != meta.uid())
}

fn check_access(path: &Path, meta: &fs::Metadata, allowed: u32) -> Result<(), FileError> {
    check_owner(path, meta)?;
    let mode = meta.mode() & 0o7777;
    if mode & !allowed != 0 {
        return Err(FileError::TooOpen { path: path.to_owned(), mode, allowed });
    }
    Ok(())
}

fn check_owner(path: &Path, meta: &fs::Metadata) -> Result<(), FileError> {
    if meta.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(FileError::OtherOwner { path: path.to_owned(), owner: meta.uid() })
}

fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|source| FileError::Io {
        step: "sync",
        path: parent.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a63_what_others_can_reach_is_refused_with_the_fix() {
        let home = tempfile::tempdir().unwrap();
        let (dir, file) = (home.path().join("d"), home.path().join("d/f"));
        make_folder(&dir).unwrap();
        write_new(&file, b"x").unwrap();
        check_folder(&dir).unwrap();
        assert_eq!(*read_private(&file, 1).unwrap(), b"x");
        assert!(matches!(read_private(&file, 0), Err(FileError::TooLarge { .. })));

        for mode in [0o640, 0o604, 0o620, 0o700, 0o4600] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let text = read_private(&file, 9).unwrap_err().to_string();
            assert!(text.contains("chmod 600"), "{text}");
        }
        for mode in [0o750, 0o705, 0o1700] {
            fs::set_permissions(&dir, fs::Permissions::from_mode(mode)).unwrap();
            let text = check_folder(&dir).unwrap_err().to_string();
            assert!(text.contains("chmod 700"), "{text}");
        }
        let link = home.path().join("l");
        symlink(&file, &link).unwrap();
        assert!(matches!(read_private(&link, 9), Err(FileError::WrongKind { .. })));
        assert!(matches!(read_public(&link, 9), Err(FileError::WrongKind { .. })));
        assert!(matches!(read_private(&dir, 9), Err(FileError::WrongKind { .. })));
        // One that nobody writes to is not waited for.
        let pipe = home.path().join("p");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert!(matches!(read_private(&pipe, 9), Err(FileError::WrongKind { .. })));
        assert!(matches!(check_folder(&file), Err(FileError::WrongKind { .. })));
        assert!(matches!(read_private(&home.path().join("none"), 9), Err(FileError::Missing(_))));
    }

    //= spec/text/policy.md#REQ-POLICY-20
    //= type=test
    //# A trust or policy file by which something is judged or checked MUST be refused if others can write it
    #[test]
    fn a63_what_others_can_write_is_refused_with_the_fix() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("f");
        write_new(&file, b"x").unwrap();
        let meta = fs::metadata(&file).unwrap();
        let own = meta.gid() == meta.uid();
        for (mode, good) in [(0o600, true), (0o644, true), (0o755, true), (0o664, own), (0o646, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let Err(error) = read_owned(&file, 9) else {
                assert!(good, "{mode:o}");
                continue;
            };
            let said = format!("can be written by others (mode {mode:o}); fix it: chmod go-w '");
            assert!(!good && error.to_string().contains(&said), "{error}");
            assert_eq!(error.reason(), Reason::StorePermissions);
        }
        // Only some may give a file to another group.
        if std::os::unix::fs::chown(&file, None, Some(meta.uid() + 1)).is_ok() {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
            assert!(matches!(read_owned(&file, 9), Err(FileError::Writable { mode: 0o664, .. })));
        }
        let link = home.path().join("l");
        symlink(&file, &link).unwrap();
        assert!(matches!(read_owned(&link, 9), Err(FileError::WrongKind { .. })));
    }

    #[test]
    fn a63_what_somebody_else_owns_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("f");
        write_new(&file, b"x").unwrap();
        assert_eq!(read_public(&file, 9).unwrap(), b"x");
        // Only root can give a file away.
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(12_345), None).unwrap();
            for refused in [read_public(&file, 9).map(drop), read_owned(&file, 9).map(drop)] {
                assert!(matches!(refused, Err(FileError::OtherOwner { owner: 12_345, .. })), "{refused:?}");
            }
        }
    }

    #[test]
    fn nothing_is_written_over_unless_it_is_meant() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("f");
        write_new(&file, b"1").unwrap();
        assert!(matches!(write_new(&file, b"2"), Err(FileError::Exists(_))));
        replace(&file, b"3").unwrap();
        assert_eq!(*read_private(&file, 9).unwrap(), b"3");
        let full = home.path().join("full");
        make_folder(&full).unwrap();
        make_folder(&full).unwrap();
        write_new(&full.join("f"), b"").unwrap();
        assert!(matches!(make_folder(&full), Err(FileError::Exists(_))));
    }
}
