//! The verifier's stores on any [`Storage`]: for the core, which commits what they stage, and for whoever judges without one.

use faam_spec::encoding::json;
use faam_spec::reason::Fault;
use faam_spec::time::Timestamp;
use faam_verifier::{NonceStore, NonceStoreError};

use super::storage::{Change, Storage, StorageError, Table};

/// The nonces of a store, and the one that is taken if the commit that follows succeeds.
pub(super) struct Staged<'a> {
    store: &'a dyn Storage,
    taken: bool,
    failed: Option<StorageError>,
}

impl<'a> Staged<'a> {
    pub(super) const fn new(store: &'a dyn Storage) -> Self {
        Self { store, taken: false, failed: None }
    }

    /// Whether the store could always be asked.
    pub(super) fn check(self) -> Result<(), StorageError> {
        self.failed.map_or(Ok(()), Err)
    }
}

impl NonceStore for Staged<'_> {
    fn consume(&mut self, nonce: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
        if self.taken {
            return Ok(false);
        }
        match self.store.get(Table::NONCES, nonce.as_bytes()) {
            Ok(found) => {
                self.taken = found.is_none();
                Ok(self.taken)
            }
            Err(error) => {
                self.failed = Some(error);
                Err(NonceStoreError)
            }
        }
    }
}

/// Takes a nonce, in a commit that succeeds only once.
//= spec/text/verifying.md#REQ-VERIFY-12
//# A nonce MUST be consumed atomically and once
pub(super) fn nonce_change(nonce: &str, expires: Timestamp) -> Result<Change, Fault> {
    Ok(Change::create(Table::NONCES, nonce.as_bytes(), json(&expires)?))
}
