//! What was seen of markets in the answers of others: the newest records and lists, so that nobody can go back behind them (A40).
//!
//! The rules of it are the node's ([`StoredSources`](faam_node::core::StoredSources)). Here is where it is kept, and that what is new goes
//! into one change with the decision that it belongs to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use faam_node::core::{Change, Row, Storage, StorageError, StoredSources, Table};
use faam_spec::did::KeyHistories;
use faam_store::Batch;
use faam_verifier::{SourceCache as _, Sources};

use super::tables::{KNOWN, chunks};
use super::{Vault, VaultError};

/// The node's table, and the id in it.
type Key = (Table, Vec<u8>);

/// What is known, and what of it is new. Nothing is written until [`Known::into_batch`] is committed.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    vault: &'a Vault,
    rows: RefCell<BTreeMap<Key, Vec<u8>>>,
    /// Those that were changed.
    changed: RefCell<BTreeMap<Key, Option<Vec<u8>>>>,
}

impl<'a> Known<'a> {
    /// Reads what is known.
    pub(crate) fn read(vault: &'a Vault) -> Result<Self, VaultError> {
        let mut rows: BTreeMap<Key, Vec<u8>> = BTreeMap::new();
        for (id, value) in vault.store.scan(KNOWN)? {
            // Table, id and the number of the part, which comes last so that parts are in order.
            let (Some((table, rest)), value) = (id.split_first(), value?) else {
                return Err(VaultError::Unfinished);
            };
            let Some((_, id)) = rest.split_last() else { return Err(VaultError::Unfinished) };
            rows.entry((Table(*table), id.to_vec())).or_default().extend(value);
        }
        Ok(Self { vault, rows: RefCell::new(rows), changed: RefCell::new(BTreeMap::new()) })
    }

    /// What has to be written for what is new.
    pub(crate) fn into_batch(self) -> Result<Batch, VaultError> {
        let mut batch = Batch::new();
        for ((table, id), value) in self.changed.into_inner() {
            let part_id = |part: u8| [&[table.0], id.as_slice(), &[part]].concat();
            let value = value.unwrap_or_default();
            let pieces = chunks(&value);
            for (part, piece) in (0..=u8::MAX).zip(&pieces) {
                batch = batch.put(KNOWN, part_id(part), piece);
            }
            for part in u8::try_from(pieces.len()).unwrap_or(u8::MAX)..=u8::MAX {
                if self.vault.store.get(KNOWN, &part_id(part))?.is_none() {
                    break;
                }
                batch = batch.delete(KNOWN, part_id(part));
            }
        }
        Ok(batch)
    }
}

impl Vault {
    /// After damage: what is left of it is dropped where it cannot be read any more, and seen anew in the answers to come.
    pub(super) fn mend_known(&self) -> Result<(), VaultError> {
        let known = Known::read(self)?;
        if StoredSources::new(&known, KeyHistories::new()).load(&mut Sources::default()).is_ok() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for (id, _) in self.store.scan(KNOWN)? {
            batch = batch.delete(KNOWN, id);
        }
        Ok(self.store.commit(batch)?)
    }
}

impl Storage for Known<'_> {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let rows = self.rows.borrow();
        let of_table = rows.range((table, Vec::new())..).take_while(|((of, _), _)| *of == table);
        Ok(of_table.map(|((_, id), value)| (id.clone(), value.clone())).collect())
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.rows.borrow().get(&(table, id.to_vec())).cloned())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let mut rows = self.rows.borrow_mut();
        for change in &changes {
            change.given.check(rows.get(&(change.table, change.id.clone())).map(Vec::as_slice))?;
        }
        for change in changes.into_iter().filter(|change| !change.changes_nothing()) {
            let key = (change.table, change.id);
            match &change.value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(&key),
            };
            self.changed.borrow_mut().insert(key, change.value);
        }
        Ok(())
    }
}
