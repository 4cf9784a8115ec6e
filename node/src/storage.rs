//! The core's storage on the encrypted store: values of any size, in parts where they are large.
//!
//! ```text
//! first byte 0: the rest is the value
//! first byte 1: the value is in this many parts (u32, big endian) in PARTS, under table, id and number
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use faam_store::{Batch, CommitError, CreateError, OpenError, Options, ReadError, Store, Unlock};

use crate::core::{Change, Given, RESTORED, Row, Storage, StorageError, Table, mark_restored};

/// Where the parts of large values are.
const PARTS: Table = Table(255);
/// Largest value or part that is stored in one record, in bytes; under the store's own bound.
const PART_BYTES: usize = 128 * 1024;
/// Most parts of one value: 32 MiB.
const MAX_PARTS: u32 = 256;

const WHOLE: u8 = 0;
const IN_PARTS: u8 = 1;

/// A node's store: a folder that one process has open.
#[derive(Debug)]
pub struct NodeStore {
    store: Store,
    /// Held while a commit looks at what it demands and writes, so that nothing comes between.
    writing: Mutex<()>,
}

/// What was stored is not what this program stores.
#[derive(Debug, thiserror::Error)]
#[error("a stored value has not the form that this program gives it; put a backup in its place")]
struct BadValue;

impl NodeStore {
    /// Makes a store in `dir` with its key in `key_file`, which is made if it is not there.
    ///
    /// # Errors
    /// See [`CreateError`].
    pub fn create(dir: &Path, key_file: &Path) -> Result<Self, CreateError> {
        Store::create(dir, Unlock::KeyFile(key_file), &Options::default()).map(Self::of)
    }

    /// Opens the store in `dir`, and checks that everything is there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path, key_file: &Path) -> Result<Self, OpenError> {
        Store::open(dir, Unlock::KeyFile(key_file)).map(Self::of)
    }

    const fn of(store: Store) -> Self {
        Self { store, writing: Mutex::new(()) }
    }

    /// Copies every record to `other`, a new and empty store, and gives the number of records in it.
    ///
    /// The copy is marked: the first start from it ends the offers and requests that are open in it, because nobody can know which
    /// of them were used after the copy was made.
    ///
    /// # Errors
    /// When something cannot be read or written; the copy is then of no use.
    pub fn copy_to(&self, other: &Self) -> Result<u64, StorageError> {
        /// What goes into one batch, in bytes; well under the store's bound.
        const BATCH_BYTES: usize = 8 * 1024 * 1024;
        // First, so that no part of a copy is without it.
        mark_restored(other)?;
        let mut records = u64::from(self.get(Table::START, RESTORED)?.is_none());
        for table in 0..=u8::MAX {
            let table = faam_store::Table(table);
            let (mut batch, mut bytes) = (Batch::new(), 0);
            for (id, value) in self.store.scan(table).map_err(failed)? {
                let value = value.map_err(failed)?;
                bytes += id.len() + value.len();
                records += 1;
                batch = batch.put(table, id, value);
                if bytes >= BATCH_BYTES {
                    other.store.commit(std::mem::take(&mut batch)).map_err(failed)?;
                    bytes = 0;
                }
            }
            if !batch.is_empty() {
                other.store.commit(batch).map_err(failed)?;
            }
        }
        Ok(records)
    }

    /// Decrypts every record, and gives their number.
    ///
    /// # Errors
    /// When one is damaged or missing.
    pub fn check(&self) -> Result<u64, StorageError> {
        let report = self.store.check().map_err(failed)?;
        if report.damaged > 0 { Err(failed(ReadError::Damaged)) } else { Ok(report.records) }
    }

    fn parts_of(&self, table: Table, id: &[u8]) -> Result<u32, StorageError> {
        let head = self.store.get(to_store(table), id).map_err(failed)?;
        head.map_or(Ok(0), |head| part_count(&head))
    }

    fn assemble(&self, table: Table, id: &[u8], head: &[u8]) -> Result<Vec<u8>, StorageError> {
        let count = part_count(head)?;
        if count == 0 {
            return Ok(head.get(1..).unwrap_or_default().to_vec());
        }
        let mut value = Vec::new();
        for number in 0..count {
            let part = self.store.get(to_store(PARTS), &part_id(table, id, number)).map_err(failed)?;
            value.extend_from_slice(&part.ok_or_else(|| failed(BadValue))?);
        }
        Ok(value)
    }
}

impl Storage for NodeStore {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let mut rows = Vec::new();
        for (id, head) in self.store.scan(to_store(table)).map_err(failed)? {
            let value = self.assemble(table, &id, &head.map_err(failed)?)?;
            rows.push((id, value));
        }
        Ok(rows)
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        match self.store.get(to_store(table), id).map_err(failed)? {
            Some(head) => self.assemble(table, id, &head).map(Some),
            None => Ok(None),
        }
    }

    fn count(&self, table: Table) -> Result<usize, StorageError> {
        let count = self.store.count(to_store(table)).map_err(failed)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes.iter().filter(|change| change.given != Given::Anything) {
            change.given.check(self.get(change.table, &change.id)?.as_deref())?;
        }
        let mut batch = Batch::new();
        // Of two changes to one record the later counts, with all its parts.
        let last: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>> = changes
            .into_iter()
            .filter(|change| !change.changes_nothing())
            .map(|change| ((change.table, change.id), change.value))
            .collect();
        for ((table, id), value) in last {
            let before = self.parts_of(table, &id)?;
            let after = match value {
                None => {
                    batch = batch.delete(to_store(table), &id);
                    0
                }
                Some(value) if value.len() <= PART_BYTES => {
                    batch = batch.put(to_store(table), &id, [[WHOLE].as_slice(), &value].concat());
                    0
                }
                Some(value) => {
                    let parts = value.chunks(PART_BYTES);
                    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
                    if count > MAX_PARTS {
                        return Err(failed(CommitError::ValueTooLarge { len: value.len() }));
                    }
                    let head = [[IN_PARTS].as_slice(), &count.to_be_bytes()].concat();
                    batch = batch.put(to_store(table), &id, head);
                    for (number, part) in (0..count).zip(parts) {
                        batch = batch.put(to_store(PARTS), part_id(table, &id, number), part);
                    }
                    count
                }
            };
            for number in after..before {
                batch = batch.delete(to_store(PARTS), part_id(table, &id, number));
            }
        }
        self.store.commit(batch).map_err(failed)
    }
}

fn part_count(head: &[u8]) -> Result<u32, StorageError> {
    match head.split_first() {
        Some((&WHOLE, _)) => Ok(0),
        Some((&IN_PARTS, count)) => {
            let count = count.try_into().map(u32::from_be_bytes).map_err(|_| failed(BadValue))?;
            if (1..=MAX_PARTS).contains(&count) { Ok(count) } else { Err(failed(BadValue)) }
        }
        _ => Err(failed(BadValue)),
    }
}

fn part_id(table: Table, id: &[u8], number: u32) -> Vec<u8> {
    [[table.0].as_slice(), id, &number.to_be_bytes()].concat()
}

const fn to_store(table: Table) -> faam_store::Table {
    faam_store::Table(table.0)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StorageError {
    StorageError::failed(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(dir: &Path) -> NodeStore {
        NodeStore::create(&dir.join("store"), &dir.join("store.key")).unwrap()
    }

    #[test]
    fn values_of_any_size_come_back_and_leave_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        for len in [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES, 5 * PART_BYTES + 7, 2 * PART_BYTES, 3] {
            let value = vec![len as u8; len];
            store.commit(vec![Change::put(Table::KNOWN_LISTS, b"a", value.clone())]).unwrap();
            assert_eq!(store.get(Table::KNOWN_LISTS, b"a").unwrap(), Some(value.clone()));
            assert_eq!(store.scan(Table::KNOWN_LISTS).unwrap(), vec![(b"a".to_vec(), value)]);
            let parts = if len <= PART_BYTES { 0 } else { len.div_ceil(PART_BYTES) };
            assert_eq!(store.store.count(to_store(PARTS)).unwrap(), parts as u64, "{len}");
        }
        let large = Change::put(Table::KNOWN_LISTS, b"a", vec![1; 4 * PART_BYTES]);
        store.commit(vec![large, Change::put(Table::OFFERS, b"b", b"x")]).unwrap();
        store.commit(vec![Change::delete(Table::KNOWN_LISTS, b"a")]).unwrap();
        assert_eq!(store.check().unwrap(), 1);
        let too_large = vec![0; PART_BYTES * (MAX_PARTS as usize + 1)];
        assert!(store.commit(vec![Change::put(Table::OFFERS, b"c", too_large)]).is_err());
    }

    #[test]
    fn a_copy_has_everything() {
        let dir = tempfile::tempdir().unwrap();
        let original = store(dir.path());
        let rows: Vec<Change> =
            (0..300_u32).map(|n| Change::put(Table(2), n.to_be_bytes(), vec![7; 1000])).collect();
        original.commit(rows).unwrap();
        original.commit(vec![Change::put(Table::KNOWN_LISTS, b"a", vec![1; 3 * PART_BYTES])]).unwrap();
        let other = tempfile::tempdir().unwrap();
        let copy = store(other.path());
        assert_eq!(original.copy_to(&copy).unwrap(), 305);
        drop(copy);
        let copy = NodeStore::open(&other.path().join("store"), &other.path().join("store.key")).unwrap();
        assert_eq!(copy.check().unwrap(), 305);
        assert_eq!(copy.scan(Table(2)).unwrap(), original.scan(Table(2)).unwrap());
        assert_eq!(copy.get(Table::KNOWN_LISTS, b"a").unwrap().unwrap().len(), 3 * PART_BYTES);
    }
}
