//! What is sealed in a backup: every record of the vault, between a head and an end.
//!
//! ```text
//! "FAAMBACKUP" | version 1 | head length 4 | head (JSON)
//! for each record: table 1, not 0 | id length 2 | id | value length 4 | value
//! 0 | number of records 8
//! ```
//! Numbers are big-endian. That it is all there, and as it was written, is what the seal around it says (`age` authenticates
//! every piece of 64 KiB, and which one is the last); the end says that the writer got there.

use std::io::{self, ErrorKind, Read, Write};

use faam_spec::limits::{MAX_BACKUP_HEAD_BYTES, MAX_BACKUP_RECORDS};
use faam_spec::time::Timestamp;
use faam_store::{MAX_ID_LEN, MAX_VALUE_LEN, Seen, Table};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::BackupError;

const MAGIC: &[u8; 10] = b"FAAMBACKUP";
/// The format that this program writes.
const VERSION: u8 = 0;

/// What a backup says of itself, once it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// When it was made.
    pub made: Timestamp,
    /// When the wallet was made.
    pub created: Timestamp,
    /// Which copy of the wallet it was made of: a number that each vault has of its own, in base58.
    pub copy: String,
    /// The last number of the log.
    pub seq: u64,
    /// How many records there are.
    pub records: u64,
}

/// Writes head, records and end.
pub(super) struct Writer<W> {
    out: W,
    records: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W, head: &Head) -> io::Result<Self> {
        let head = serde_json::to_vec(head).map_err(io::Error::other)?;
        let length = u32::try_from(head.len()).map_err(io::Error::other)?;
        out.write_all(MAGIC)?;
        out.write_all(&[VERSION])?;
        out.write_all(&length.to_be_bytes())?;
        out.write_all(&head)?;
        Ok(Self { out, records: 0 })
    }

    pub(super) fn record(&mut self, record: &Seen<'_>) -> io::Result<()> {
        let id = u16::try_from(record.id.len()).map_err(io::Error::other)?;
        let value = u32::try_from(record.value.len()).map_err(io::Error::other)?;
        self.out.write_all(&[record.table.0])?;
        self.out.write_all(&id.to_be_bytes())?;
        self.out.write_all(record.id)?;
        self.out.write_all(&value.to_be_bytes())?;
        self.out.write_all(record.value)?;
        self.records = self.records.saturating_add(1);
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<(W, u64)> {
        self.out.write_all(&[0])?;
        self.out.write_all(&self.records.to_be_bytes())?;
        Ok((self.out, self.records))
    }
}

/// Reads a head, and shows every record; nothing is allocated before its length was compared with its bound.
//= spec/text/backup.md#REQ-BACKUP-5
//# A reader MUST compare each length with its bound before it reads what has it
pub(super) fn read<R: Read>(
    mut input: R,
    see: &mut dyn FnMut(&Head, Seen<'_>) -> Result<(), BackupError>,
) -> Result<Head, BackupError> {
    let magic: [u8; 10] = array(&mut input)?;
    if &magic != MAGIC {
        return Err(BackupError::Damaged("there is something else in it"));
    }
    let [version] = array(&mut input)?;
    //= spec/text/backup.md#REQ-BACKUP-6
    //# A backup of a newer version MUST be refused before anything of it is written
    if version != VERSION {
        return Err(BackupError::Newer { found: version });
    }
    let length = usize::try_from(u32::from_be_bytes(array(&mut input)?)).unwrap_or(usize::MAX);
    if length > MAX_BACKUP_HEAD_BYTES {
        return Err(BackupError::TooLarge("head"));
    }
    let head: Head = serde_json::from_slice(&bytes(&mut input, length)?)
        .map_err(|_| BackupError::Damaged("its head cannot be read"))?;
    if head.records > MAX_BACKUP_RECORDS {
        return Err(BackupError::TooLarge("records"));
    }
    let mut records = 0_u64;
    loop {
        let [table] = array(&mut input)?;
        if table == 0 {
            break;
        }
        records += 1;
        if records > head.records {
            return Err(BackupError::Damaged("it has more records than it says"));
        }
        let id = usize::from(u16::from_be_bytes(array(&mut input)?));
        if id == 0 || id > MAX_ID_LEN {
            return Err(BackupError::TooLarge("record.id"));
        }
        let id = bytes(&mut input, id)?;
        let length = usize::try_from(u32::from_be_bytes(array(&mut input)?)).unwrap_or(usize::MAX);
        if length > MAX_VALUE_LEN {
            return Err(BackupError::TooLarge("record.value"));
        }
        let value = bytes(&mut input, length)?;
        see(&head, Seen { table: Table(table), id: &id, value: &value })?;
    }
    if u64::from_be_bytes(array(&mut input)?) != records || head.records != records {
        return Err(BackupError::Damaged("it does not have the records that it says"));
    }
    let mut more = [0; 1];
    match input.read(&mut more).map_err(failed)? {
        0 => Ok(head),
        _ => Err(BackupError::Damaged("something comes after its end")),
    }
}

fn array<const N: usize>(input: &mut impl Read) -> Result<[u8; N], BackupError> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn bytes(input: &mut impl Read, length: usize) -> Result<Zeroizing<Vec<u8>>, BackupError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    input.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// What the seal does not open is damage; what the system does not read is not.
pub(super) fn failed(error: io::Error) -> BackupError {
    match error.kind() {
        ErrorKind::UnexpectedEof => BackupError::Damaged("its end is missing"),
        ErrorKind::InvalidData => BackupError::Damaged("a part of it is not as it was written"),
        _ => BackupError::Io { step: "read the backup", source: error },
    }
}
