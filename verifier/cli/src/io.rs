//! The shell around the program: bounded reading, writing, the clock, and complaints.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use faam_spec::exit::Exit;
use faam_spec::name::{safe_json, shown};
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;

/// Longest line of foreign text that is repeated, in bytes.
pub(crate) const MAX_ECHO: usize = 2000;

/// Why the program ends without a verdict: what it was given makes no sense, or something failed here.
#[derive(Debug)]
pub(crate) struct Failure {
    reason: Reason,
    text: String,
}

impl Failure {
    /// Something was given that cannot be understood; exit status 2.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { reason: Reason::InputMalformed, text: text.into() }
    }

    /// Something that is needed was not given; exit status 2.
    pub(crate) fn missing(text: impl Into<String>) -> Self {
        Self { reason: Reason::InputMissing, text: text.into() }
    }

    /// Something that cannot happen did; exit status 1.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        Self { reason: Reason::Internal, text: error.to_string() }
    }

    /// For a reason of the catalogue.
    pub(crate) fn of(reason: Reason, text: impl Into<String>) -> Self {
        Self { reason, text: text.into() }
    }

    /// Standard input cannot be read; exit status 1.
    pub(crate) fn input(error: &io::Error) -> Self {
        Self::io("standard input", error)
    }

    /// Standard output cannot be written; exit status 1.
    pub(crate) fn output(error: &io::Error) -> Self {
        Self::io("standard output", error)
    }

    fn io(what: &str, error: &io::Error) -> Self {
        Self { reason: Reason::StoreIo, text: format!("{what}: {error}") }
    }

    /// Says it on standard error, with its code, and gives its exit status.
    ///
    //= spec/text/codes.md#REQ-CODE-1
    //# A program MUST end with the exit status of the first reason, and print the code with the sentence.
    pub(crate) fn tell(&self) -> ExitCode {
        let mut out = io::stderr().lock();
        for line in self.text.lines() {
            //= spec/text/README.md#REQ-GEN-22
            //# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
            let _ = writeln!(out, "{}", shown(line, MAX_ECHO));
        }
        let _ = writeln!(out, "{}", self.reason);
        ExitCode::from(self.reason.exit().code())
    }
}

/// Reads at most `limit` bytes; `None` if there are more. What is over the limit is never held.
pub(crate) fn bounded(from: &mut dyn Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// Standard input, at most `limit` bytes; `None` if there are more.
pub(crate) fn input(limit: usize) -> Result<Option<Vec<u8>>, Failure> {
    bounded(&mut io::stdin().lock(), limit).map_err(|error| Failure::input(&error))
}

/// The first `limit` bytes of standard input.
pub(crate) fn input_cut(limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let read = io::stdin().lock().take(most).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| Failure::input(&error))
}

/// A file that was named in the arguments, at most `limit` bytes.
pub(crate) fn file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    read(path, File::open(path), limit)
}

/// As [`file()`], of one that decides what is believed: refused if others could have written it. A pipe has nobody else at it.
//= spec/text/policy.md#REQ-POLICY-20
//# A trust or policy file by which something is judged or checked MUST be refused if others can write it
#[cfg(unix)]
pub(crate) fn own_file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let file = File::open(path);
    // Of the file that is read, whatever its name leads to by now.
    let meta = file.as_ref().ok().and_then(|file| file.metadata().ok()).filter(std::fs::Metadata::is_file);
    if let Some(meta) = meta.filter(others_write) {
        let (name, mode) = (path.display(), meta.mode() & 0o777);
        return Err(Failure::of(
            Reason::StorePermissions,
            format!("'{name}' can be written by others (mode {mode:o}); fix it: chmod go-w '{name}'"),
        ));
    }
    read(path, file, limit)
}

/// Whether anybody but the owner can write a file: everybody, or a group that is not the owner's own, which has the owner's number.
#[cfg(unix)]
fn others_write(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    meta.mode() & 0o002 != 0 || (meta.mode() & 0o020 != 0 && meta.gid() != meta.uid())
}

/// As [`file`]: this system has no bits that say who can write it.
#[cfg(not(unix))]
pub(crate) fn own_file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    file(path, limit)
}

fn read(path: &Path, opened: io::Result<File>, limit: usize) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let read = opened.and_then(|mut file| bounded(&mut file, limit));
    match read {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Failure::usage(format!("'{name}' is larger than {limit} bytes"))),
        Err(error) => Err(Failure::missing(format!("'{name}' cannot be read: {error}"))),
    }
}

/// Says something on standard error that keeps nothing from going on.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "warning: {}", shown(text, MAX_ECHO));
}

/// Says something on standard error that helps whoever runs this program.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {}", shown(text, MAX_ECHO));
}

/// Writes to standard output. A reader that went away is no failure of this program.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    stream(|out| out.write_all(text.as_bytes()))
}

/// As [`print()`], for what is made while it is written.
pub(crate) fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(&error)),
        _ => Ok(()),
    }
}

/// Writes JSON on, safe to look at. What comes in one piece is whole characters: JSON is cut only where ASCII stands.
pub(crate) struct Safe<W>(pub(crate) W);

impl<W: Write> Write for Safe<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let text = core::str::from_utf8(piece).map_err(io::Error::other)?;
        self.0.write_all(safe_json(text).as_bytes())?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The moment that is judged at: the one that was given, or this machine's clock.
pub(crate) fn moment(at: Option<Timestamp>) -> Result<Timestamp, Failure> {
    if let Some(at) = at {
        return Ok(at);
    }
    let now = Timestamp::try_from(SystemTime::now());
    now.map_err(|_| Failure::usage("this machine's clock is before 1970 or after 9999; give --at"))
}

/// The exit status as the shell sees it.
pub(crate) fn exit(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
