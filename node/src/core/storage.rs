//! What the core needs of a store: reading, and commits that are on the disk when they return.
//!
//! A store belongs to one process, or, for the tables of a verifier, to several daemons at once ([`Storage::is_shared`]). What
//! rests on a record that was read is then written under the condition that the record is still so ([`Given`]).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A kind of record; each has ids of its own.
///
/// Below 64 the tables are the issuer's, with the numbers that it gives them; from 64 on they are the node's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub u8);

impl Table {
    /// Seeds and the issuer's secrets.
    pub const SECRETS: Self = Self(64);
    /// Offers, by capability.
    pub const OFFERS: Self = Self(65);
    /// Pages of offers that are being transferred, by transfer and number.
    pub const OFFER_PAGES: Self = Self(66);
    /// Requests, by capability.
    pub const REQUESTS: Self = Self(67);
    /// Decisions with their receipts, by capability.
    pub const DECISIONS: Self = Self(68);
    /// Nonces that were consumed.
    pub const NONCES: Self = Self(69);
    /// The newest epoch record known of each market.
    pub const KNOWN_RECORDS: Self = Self(70);
    /// The newest status list known of each address.
    pub const KNOWN_LISTS: Self = Self(71);
    /// What the market is about to do: that it closes.
    pub const MARKET: Self = Self(72);
    /// What the node has to do when it is next started.
    pub const START: Self = Self(73);
    /// Where requests are found by their ids, and how they stand: what lists, events and sweeping go by.
    pub const REQUEST_ROWS: Self = Self(90);
    /// Policies by which requests are judged, by the ids of the requests.
    pub const REQUEST_POLICIES: Self = Self(91);
    /// Events that the webhook has not taken yet.
    pub const OUTBOX: Self = Self(92);
    /// Access keys of the local interface, by name.
    pub const API_KEYS: Self = Self(93);
    /// By which secret the daemons of a verifier sign what they tell the webhook: its hash.
    pub const WEBHOOK: Self = Self(94);
    /// Where older programs found requests; empty since, and its number is not given anew.
    pub const REQUEST_INDEX: Self = Self(80);
    /// A number that changes with every change of [`KNOWN_RECORDS`](Self::KNOWN_RECORDS), [`KNOWN_LISTS`](Self::KNOWN_LISTS) and
    /// [`FORKS`](Self::FORKS).
    pub const KNOWN_STATE: Self = Self(81);
    /// Two records of a market of which it may have published only one.
    pub const FORKS: Self = Self(82);
    /// Requests of whoever judges without the core, by digest.
    pub const PENDING: Self = Self(83);

    /// Whether this is of one machine alone: its keys, its market, and what it has to do itself.
    ///
    /// Everything else is the verifier's, and where several daemons are one verifier they have it in common.
    #[must_use]
    pub const fn is_of_one_machine(self) -> bool {
        self.0 < 64
            || matches!(
                self,
                Self::SECRETS
                    | Self::OFFERS
                    | Self::OFFER_PAGES
                    | Self::MARKET
                    | Self::START
                    | Self::API_KEYS
            )
    }
}

/// What a record must be for a change to be made.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Given {
    /// Whatever it is.
    #[default]
    Anything,
    /// There is none.
    Absent,
    /// It has this value.
    Is(Vec<u8>),
}

/// A record's new value, or its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub table: Table,
    /// The record's id, 1 to 200 bytes.
    pub id: Vec<u8>,
    /// The value; none deletes the record.
    pub value: Option<Vec<u8>>,
    /// On what condition; where it is not so, nothing of the whole commit is done.
    pub given: Given,
}

impl Change {
    /// Writes a record.
    #[must_use]
    pub fn put(table: Table, id: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { table, id: id.into(), value: Some(value.into()), given: Given::Anything }
    }

    /// Deletes a record.
    #[must_use]
    pub fn delete(table: Table, id: impl Into<Vec<u8>>) -> Self {
        Self { table, id: id.into(), value: None, given: Given::Anything }
    }

    /// Writes a record that is not there yet.
    #[must_use]
    pub fn create(table: Table, id: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { given: Given::Absent, ..Self::put(table, id, value) }
    }

    /// The same change, if the record is still `value`.
    #[must_use]
    pub fn if_still(self, value: impl Into<Vec<u8>>) -> Self {
        Self { given: Given::Is(value.into()), ..self }
    }

    /// Changes nothing, but demands that a record is still `value` when the rest is done.
    #[must_use]
    pub fn keep(table: Table, id: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        let value = value.into();
        Self::put(table, id, value.clone()).if_still(value)
    }

    /// Whether this only demands that something is as it is.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        matches!((&self.given, &self.value), (Given::Is(old), Some(new)) if old == new)
    }
}

/// Says nothing of what is in the record.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({:?}, {} bytes)", self.table, self.value.as_ref().map_or(0, Vec::len))
    }
}

/// What a store says for people.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// It could not be read or written. What is stored is known again when the store is opened anew.
    #[error("{0}")]
    Failed(#[source] Cause),
    /// It cannot be reached now, or did not say what became of a commit; it may be there again in a moment.
    #[error("{0}")]
    Unreachable(#[source] Cause),
    /// A record is not what a change demanded, so that nothing of the commit was done.
    #[error("what is stored was changed in the meantime")]
    Conflict,
}

impl StorageError {
    /// Of a store that failed.
    pub fn failed(cause: impl Into<Cause>) -> Self {
        Self::Failed(cause.into())
    }
}

/// A record as it is scanned: its id and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Where the core keeps what must outlive it.
pub trait Storage {
    /// All records of a table, sorted by id.
    ///
    /// # Errors
    /// When one of them cannot be read.
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError>;

    /// One record, as it was last committed.
    ///
    /// # Errors
    /// When it cannot be read.
    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// How many records a table has.
    ///
    /// # Errors
    /// When that cannot be said.
    fn count(&self, table: Table) -> Result<usize, StorageError> {
        self.scan(table).map(|rows| rows.len())
    }

    /// Makes all changes or none; they are on the disk when this returns.
    ///
    /// Of commits at the same time one is first and the other sees what it did: of many that [create](Change::create) one record,
    /// one succeeds.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when a [condition](Given) does not hold, and then nothing was done. Any other when it is not
    /// certain what was done; the caller then says nothing that rests on it.
    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError>;

    /// Whether others may write to the verifier's tables too, so that what was read is true only as long as a commit says so.
    fn is_shared(&self) -> bool {
        false
    }
}

impl<S: Storage + ?Sized> Storage for &S {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        (**self).scan(table)
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        (**self).get(table, id)
    }

    fn count(&self, table: Table) -> Result<usize, StorageError> {
        (**self).count(table)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        (**self).commit(changes)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}

/// Values by table and id.
type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// Records in memory: for one process, and gone with it.
#[derive(Default)]
pub struct MemoryStorage(Mutex<Rows>);

impl MemoryStorage {
    /// Nothing stored yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let rows = self.rows();
        let of_table = rows.range((table, Vec::new())..).take_while(|((of, _), _)| *of == table);
        Ok(of_table.map(|((_, id), value)| (id.clone(), value.clone())).collect())
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.rows().get(&(table, id.to_vec())).cloned())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let mut rows = self.rows();
        for change in &changes {
            let found = rows.get(&(change.table, change.id.clone())).map(Vec::as_slice);
            change.given.check(found)?;
        }
        for Change { table, id, value, .. } in changes {
            match value {
                Some(value) => rows.insert((table, id), value),
                None => rows.remove(&(table, id)),
            };
        }
        Ok(())
    }
}

/// Says nothing of what is stored.
impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStorage(..)")
    }
}

impl Given {
    /// Whether a record that is `found` so may be changed.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] if not.
    pub fn check(&self, found: Option<&[u8]>) -> Result<(), StorageError> {
        let holds = match self {
            Self::Anything => true,
            Self::Absent => found.is_none(),
            Self::Is(value) => found == Some(value.as_slice()),
        };
        if holds { Ok(()) } else { Err(StorageError::Conflict) }
    }
}

/// Says nothing of what is in the record.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anything => "Anything",
            Self::Absent => "Absent",
            Self::Is(_) => "Is(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_table_has_a_number_of_its_own() {
        let numbers = include_str!("storage.rs").lines().filter(|line| line.starts_with("    pub const "));
        let numbers = numbers.filter_map(|line| line.split_once(": Self = Self(")?.1.strip_suffix(");"));
        let mut numbers: Vec<u8> = numbers.map(|number| number.parse().unwrap()).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert!(count >= 19 && numbers.len() == count, "{numbers:?}");
    }
}
