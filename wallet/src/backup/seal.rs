//! The seal around a backup: the `age` format, by a passphrase or for recipients.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Cursor, Read, Write};
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, scrypt, x25519};
use faam_spec::limits::{MAX_BACKUP_BYTES, MAX_BACKUP_SEAL_BYTES, MAX_BACKUP_STANZAS, MAX_BACKUP_WORK};

use super::BackupError;
use super::error::io;

/// How hard the passphrase of a backup is stretched, as a power of two: 2^18 takes 256 MiB.
const WORK: u8 = 18;
/// For tests.
const WORK_FLOOR: u8 = 10;
/// The line that ends the header of an `age` file begins so.
const END: &[u8] = b"\n--- ";

/// Who can open a backup that is made.
#[derive(Clone, Copy)]
pub enum Lock<'a> {
    /// Whoever knows the passphrase. `floor` stretches it hardly, for tests.
    Passphrase {
        /// The passphrase, as text.
        words: &'a [u8],
        /// Whether to stretch it as little as can be.
        floor: bool,
    },
    /// Whoever has the identity of one of these.
    Recipients(&'a [x25519::Recipient]),
}

/// What opens a backup.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    /// The passphrase.
    Passphrase(&'a [u8]),
    /// One of these identities.
    Identities(&'a [x25519::Identity]),
}

impl std::fmt::Debug for Lock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase { .. } => "Passphrase(…)",
            Self::Recipients(_) => "Recipients(…)",
        })
    }
}

impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Passphrase(…)",
            Self::Identities(_) => "Identities(…)",
        })
    }
}

fn secret(words: &[u8]) -> Result<SecretString, BackupError> {
    let text = str::from_utf8(words).map_err(|_| BackupError::NotText)?;
    Ok(SecretString::from(text.to_owned()))
}

/// Seals what is written to the result of this; [`age::stream::StreamWriter::finish`] ends it.
//= spec/text/backup.md#REQ-BACKUP-1
//# A backup MUST be one file in the `age` format
pub(super) fn seal<W: Write>(out: W, lock: Lock<'_>) -> Result<age::stream::StreamWriter<W>, BackupError> {
    let wrong = |_| BackupError::Damaged("its recipients do not go together");
    let encryptor = match lock {
        Lock::Passphrase { words, floor } => {
            let mut recipient = scrypt::Recipient::new(secret(words)?);
            recipient.set_work_factor(if floor { WORK_FLOOR } else { WORK });
            Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient)).map_err(wrong)?
        }
        Lock::Recipients(recipients) => {
            let all = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
            Encryptor::with_recipients(all).map_err(wrong)?
        }
    };
    encryptor.wrap_output(out).map_err(io("write the backup"))
}

/// What is sealed in a file.
pub(super) fn open(file: File, key: Key<'_>) -> Result<impl Read, BackupError> {
    let about = file.metadata().map_err(io("look at the backup"))?;
    if !about.is_file() {
        return Err(BackupError::Damaged("it is not a regular file"));
    }
    if about.len() > MAX_BACKUP_BYTES {
        return Err(BackupError::TooLarge("backup"));
    }
    // What is read is at most what was compared, should the file grow meanwhile.
    let mut input = BufReader::new(file.take(MAX_BACKUP_BYTES));
    let header = header(&mut input)?;
    let input = BufReader::new(Cursor::new(header).chain(input));
    let decryptor = Decryptor::new_buffered(input).map_err(refused)?;
    let by_passphrase = decryptor.is_scrypt();
    match key {
        Key::Passphrase(words) if by_passphrase => {
            let mut identity = scrypt::Identity::new(secret(words)?);
            identity.set_max_work_factor(MAX_BACKUP_WORK);
            decryptor.decrypt(iter::once(&identity as &dyn age::Identity)).map_err(refused)
        }
        Key::Identities(identities) if !by_passphrase => {
            let all = identities.iter().map(|identity| identity as &dyn age::Identity);
            decryptor.decrypt(all).map_err(refused)
        }
        _ => Err(BackupError::OtherLock { by_passphrase }),
    }
}

/// Reads the header of an `age` file: bounded before anything parses it, in length and in the number of those it is for.
//= spec/text/backup.md#REQ-BACKUP-4
//# A reader MUST bound the file and its header before it parses them
fn header(input: &mut impl io::BufRead) -> Result<Vec<u8>, BackupError> {
    let mut header = Vec::new();
    let (mut stanzas, mut ended) = (0, false);
    while !ended {
        let room = MAX_BACKUP_SEAL_BYTES.saturating_sub(header.len());
        let begun = header.len();
        let room = u64::try_from(room).unwrap_or(u64::MAX);
        input.take(room).read_until(b'\n', &mut header).map_err(io("read the backup"))?;
        let line = header.get(begun..).unwrap_or_default();
        if line.is_empty() {
            return Err(match room {
                0 => BackupError::TooLarge("seal"),
                _ => BackupError::Damaged("it has no whole header of an age file"),
            });
        }
        if begun == 0 && !line.starts_with(b"age-encryption.org/") {
            return Err(BackupError::Damaged("it is no age file"));
        }
        stanzas += usize::from(line.starts_with(b"-> "));
        if stanzas > MAX_BACKUP_STANZAS {
            return Err(BackupError::TooLarge("seal"));
        }
        ended = END.get(1..).is_some_and(|end| line.starts_with(end));
    }
    Ok(header)
}

/// What `age` says, in our words: its own would say more than is known, and in other languages.
fn refused(error: DecryptError) -> BackupError {
    match error {
        DecryptError::Io(source) => super::content::failed(source),
        DecryptError::ExcessiveWork { .. } => BackupError::TooLarge("work"),
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => {
            BackupError::Damaged("its header is none of an age file")
        }
        _ => BackupError::Locked,
    }
}
