//! A folder of small files that nobody else can read, each written wholly or not at all and on the disk when that is said.
//!
//! It stands where a database of your own would: one folder for each table.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How often a file was begun in this process, so that no two have one name while they are written.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// A private folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder, which is made if it is not there; one that others can enter is refused.
    pub(crate) fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => check_private(&path)?,
            Err(error) => return Err(error),
        }
        Ok(Self(path))
    }

    /// A folder within this one.
    pub(crate) fn folder(&self, name: &str) -> io::Result<Self> {
        Self::open(self.0.join(name))
    }

    /// Writes a file that is not there yet; whether it was not. Of many who try at once one succeeds.
    pub(crate) fn create(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        let path = self.0.join(name);
        if path.exists() {
            return Ok(false);
        }
        let begun = self.begin(bytes)?;
        let linked = fs::hard_link(&begun, path);
        fs::remove_file(begun)?;
        match linked {
            Ok(()) => self.sync().map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a file in the place of one that may be there.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::rename(self.begin(bytes)?, self.0.join(name))?;
        self.sync()
    }

    /// Reads a file of at most `limit` bytes.
    pub(crate) fn read(&self, name: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        check_private(&path)?;
        bounded(file, limit).map(Some)
    }

    /// Deletes a file; whether it was there. Of many who try at once one is told so.
    pub(crate) fn remove(&self, name: &str) -> io::Result<bool> {
        match fs::remove_file(self.0.join(name)) {
            Ok(()) => self.sync().map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The names of all files that are whole, sorted.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// A file with these bytes on the disk, under a name that nobody reads.
    fn begin(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        let path = self.0.join(format!(".{}-{number}", std::process::id()));
        // What a process of this number left when it was killed.
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(path)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

/// Reads a file that holds no secret, of at most `limit` bytes, as text.
pub(crate) fn read_text(path: &Path, limit: usize) -> io::Result<String> {
    let bytes = bounded(File::open(path)?, limit)?;
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))
}

fn bounded(file: File, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(wrong("it is too large")) } else { Ok(bytes) }
}

fn check_private(path: &Path) -> io::Result<()> {
    let mode = fs::symlink_metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(wrong(format!("'{path}' is open to others (mode {mode:o}); fix it: chmod go-rwx '{path}'")))
}

/// Something is there and is not what it should be.
pub(crate) fn wrong(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_are_private_whole_and_created_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path().join("a")).unwrap();
        assert!(folder.create("x", b"1").unwrap());
        assert!(!folder.create("x", b"2").unwrap());
        assert_eq!(folder.read("x", 1).unwrap().unwrap(), b"1");
        assert!(folder.read("x", 0).is_err(), "it is too large");
        folder.replace("x", b"3").unwrap();
        assert_eq!(folder.read("x", 9).unwrap().unwrap(), b"3");
        assert_eq!(folder.names().unwrap(), ["x"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = dir.path().join("a/x");
        assert_eq!((mode(&dir.path().join("a")), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(folder.read("x", 9).unwrap_err().to_string().contains("chmod go-rwx"));
        assert!(folder.remove("x").unwrap() && !folder.remove("x").unwrap());
        assert!(folder.read("x", 9).unwrap().is_none());
    }
}
