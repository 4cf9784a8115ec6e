//! What a backup must not bring back: offers and requests that were used after it was made (A17, A32).

use faam_spec::encoding::json;

use super::error::CoreError;
use super::storage::{Change, Storage, StorageError, Table};
use super::{Core, SWEEP, Turn};

/// Id of the mark in [`Table::START`] that the store is a copy.
pub(crate) const RESTORED: &[u8] = b"restored";

/// Marks a copy, so that the first start from it ends what was open.
pub(crate) fn mark_restored(copy: &dyn Storage) -> Result<(), StorageError> {
    copy.commit(vec![Change::put(Table::START, RESTORED, b"0")])
}

impl Core {
    /// Ends all open offers and requests of a store that was restored: nobody knows which of them were used since.
    pub(super) fn end_what_was_restored(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        if turn.store.get(Table::START, RESTORED)?.is_none() {
            return Ok(());
        }
        let mut changes = Vec::new();
        for (capability, record) in self.offers.end_all() {
            changes.push(Change::put(Table::OFFERS, *capability.as_bytes(), json(record)?));
        }
        let offers = changes.len();
        // Requests that several daemons share are in no copy of this machine's store.
        if !turn.store.is_shared() {
            changes.extend(Self::end_requests(turn)?);
        }
        let requests = changes.len() - offers;
        changes.extend(Self::end_rows(turn)?);
        for some in changes.chunks(SWEEP) {
            self.commit(turn, some.to_vec())?;
        }
        // Last, so that a crash before it begins all over.
        self.commit(turn, vec![Change::delete(Table::START, RESTORED)])?;
        tracing::warn!(
            offers,
            requests,
            "this store was restored from a backup: what was open in it is ended"
        );
        Ok(())
    }
}
