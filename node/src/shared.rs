//! Where a daemon keeps things: all of it on this machine, or the verifier's part in a database that several daemons share.

use crate::core::{Change, Row, Storage, StorageError, Table};
use crate::storage::NodeStore;

/// The store of a daemon.
#[derive(Debug)]
pub(crate) struct DaemonStore {
    /// This machine's.
    local: NodeStore,
    /// What several daemons share.
    #[cfg(feature = "postgres")]
    shared: Option<crate::postgres::PostgresStore>,
}

impl DaemonStore {
    /// A store that shares nothing.
    pub(crate) const fn local(local: NodeStore) -> Self {
        Self {
            local,
            #[cfg(feature = "postgres")]
            shared: None,
        }
    }

    /// With the verifier's part in a database.
    #[cfg(feature = "postgres")]
    pub(crate) const fn shared(local: NodeStore, shared: crate::postgres::PostgresStore) -> Self {
        Self { local, shared: Some(shared) }
    }

    /// Where a table is.
    fn of(&self, table: Table) -> &dyn Storage {
        #[cfg(feature = "postgres")]
        if let Some(shared) = self.shared.as_ref().filter(|_| !table.is_of_one_machine()) {
            return shared;
        }
        let _ = table;
        &self.local
    }
}

/// A commit that touches what is here and what is elsewhere could be made by half.
#[derive(Debug, thiserror::Error)]
#[error("a commit was to change this machine's store and the shared one; please report it")]
struct TwoPlaces;

impl Storage for DaemonStore {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        self.of(table).scan(table)
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.of(table).get(table, id)
    }

    fn count(&self, table: Table) -> Result<usize, StorageError> {
        self.of(table).count(table)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let Some(first) = changes.first().map(|change| change.table) else { return Ok(()) };
        let here = first.is_of_one_machine();
        if self.is_shared() && changes.iter().any(|change| change.table.is_of_one_machine() != here) {
            return Err(StorageError::failed(TwoPlaces));
        }
        self.of(first).commit(changes)
    }

    fn is_shared(&self) -> bool {
        #[cfg(feature = "postgres")]
        return self.shared.is_some();
        #[cfg(not(feature = "postgres"))]
        false
    }
}
