//! What the core needs of a store: reading, and commits that are on the disk when they return.

use std::fmt;

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
    /// How requests stand, by their ids: what lists and events go by.
    pub const REQUEST_ROWS: Self = Self(90);
    /// Policies by which requests are judged, by the ids of the requests.
    pub const REQUEST_POLICIES: Self = Self(91);
    /// Events that the webhook has not taken yet.
    pub const OUTBOX: Self = Self(92);
    /// Access keys of the local interface, by name.
    pub const API_KEYS: Self = Self(93);
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
}

impl Change {
    /// Writes a record.
    #[must_use]
    pub fn put(table: Table, id: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { table, id: id.into(), value: Some(value.into()) }
    }

    /// Deletes a record.
    #[must_use]
    pub fn delete(table: Table, id: impl Into<Vec<u8>>) -> Self {
        Self { table, id: id.into(), value: None }
    }
}

/// Says nothing of what is in the record.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({:?}, {} bytes)", self.table, self.value.as_ref().map_or(0, Vec::len))
    }
}

/// The store could not be read or written; the cause is for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StorageError(pub Box<dyn std::error::Error + Send + Sync>);

/// A record as it is scanned: its id and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Where the core keeps what must outlive it.
pub trait Storage {
    /// All records of a table, sorted by id.
    ///
    /// # Errors
    /// When one of them cannot be read.
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError>;

    /// One record.
    ///
    /// # Errors
    /// When it cannot be read.
    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// Makes all changes or none; they are on the disk when this returns.
    ///
    /// # Errors
    /// When that is not certain. The caller then says nothing that rests on them.
    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError>;
}
