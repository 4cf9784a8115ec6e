//! One opener at a time (A64).

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

use crate::folder::private_options;

/// The most of the lock file that is read.
const LOCK_TEXT_MAX: u64 = 256;
/// The longest program name that is kept, in characters.
const PROGRAM_MAX: usize = 64;

/// The right to open the store; the system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Gives the lock back now. Closing the file alone would leave it with a program that was just started and has not yet let go
    /// of the files it inherited.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Why there is no lock.
#[derive(Debug)]
pub(crate) enum NotLocked {
    InUse { pid: Option<u32>, program: String },
    Io(io::Error),
}

impl From<io::Error> for NotLocked {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Lock {
    /// Takes the lock, or says at once who has it.
    pub(crate) fn take(path: &Path) -> Result<Self, NotLocked> {
        let mut file = private_options().read(true).write(true).create(true).truncate(false).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut text = Vec::new();
                file.take(LOCK_TEXT_MAX).read_to_end(&mut text)?;
                let (pid, program) = parse(&String::from_utf8_lossy(&text));
                return Err(NotLocked::InUse { pid, program });
            }
            Err(errno) => return Err(NotLocked::Io(errno.into())),
        }
        // Who holds it is a courtesy to the second opener; the lock itself is the system's.
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}\n{}\n", std::process::id(), program())?;
        Ok(Self { file })
    }
}

fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    shown(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// Printable ASCII alone: whoever can write the lock file must not write on our terminal.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(PROGRAM_MAX).collect()
}

fn parse(text: &str) -> (Option<u32>, String) {
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    let program = shown(lines.next().unwrap_or_default());
    (pid, if program.is_empty() { "another program".to_owned() } else { program })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_says_who_has_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path).unwrap();
        let Err(NotLocked::InUse { pid, program: name }) = Lock::take(&path) else { panic!("locked twice") };
        assert_eq!((pid, name), (Some(std::process::id()), program()));
        drop(first);
        Lock::take(&path).unwrap();
    }

    #[test]
    fn what_others_wrote_in_the_lock_file_is_shown_harmlessly() {
        assert_eq!(parse("12\nfa\u{1b}[2Jam\u{202e}"), (Some(12), "fa[2Jam".to_owned()));
        assert_eq!(parse("twelve"), (None, "another program".to_owned()));
    }
}
