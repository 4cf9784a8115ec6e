//! Changes that go into the store together or not at all.

use std::fmt;

use zeroize::Zeroizing;

use crate::{CommitError, MAX_BATCH_LEN, MAX_ID_LEN, MAX_VALUE_LEN, Table};

/// What a change costs beside its id and value, in bytes, when a batch is measured.
const CHANGE_COST: usize = 64;

/// Changes that go into the store together or not at all; of two changes to one record the later counts.
#[derive(Default)]
pub struct Batch {
    changes: Vec<Change>,
}

/// One record's new value, or its end.
pub(crate) struct Change {
    pub(crate) table: Table,
    pub(crate) id: Vec<u8>,
    pub(crate) value: Option<Zeroizing<Vec<u8>>>,
}

impl Batch {
    /// A batch with no changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a record, in place of the one with this id if there is one.
    #[must_use]
    pub fn put(mut self, table: Table, id: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        let value = Some(Zeroizing::new(value.as_ref().to_vec()));
        self.changes.push(Change { table, id: id.as_ref().to_vec(), value });
        self
    }

    /// Deletes a record, if there is one.
    #[must_use]
    pub fn delete(mut self, table: Table, id: impl AsRef<[u8]>) -> Self {
        self.changes.push(Change { table, id: id.as_ref().to_vec(), value: None });
        self
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there are no changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, once their sizes are known to be in bounds.
    pub(crate) fn checked(self) -> Result<Vec<Change>, CommitError> {
        let mut total = 0_usize;
        for change in &self.changes {
            if change.id.is_empty() || change.id.len() > MAX_ID_LEN {
                return Err(CommitError::IdLength { len: change.id.len() });
            }
            let len = change.value.as_ref().map_or(0, |value| value.len());
            if len > MAX_VALUE_LEN {
                return Err(CommitError::ValueTooLarge { len });
            }
            total = total.saturating_add(CHANGE_COST + change.id.len() + len);
        }
        if total > MAX_BATCH_LEN {
            return Err(CommitError::BatchTooLarge { len: total });
        }
        Ok(self.changes)
    }
}

/// Says how many changes there are, and nothing of what is in them.
impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch({} changes)", self.changes.len())
    }
}
