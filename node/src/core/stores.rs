//! The verifier's stores on any [`Storage`]: for the core, which commits what they stage, and for whoever judges without one.

use faam_spec::decision::DecisionDocument;
use faam_spec::did::KeyHistories;
use faam_spec::encoding::json;
use faam_spec::hash::Hash;
use faam_spec::limits::MAX_REQUEST_BYTES;
use faam_spec::reason::Fault;
use faam_spec::time::Timestamp;
use faam_verifier::{
    NonceStore, NonceStoreError, Pending, PendingStore, SourceCache, Sources, StoreError, Waiting,
};

use super::error::CoreError;
use super::memory::Known;
use super::storage::{Change, Row, Storage, StorageError, Table};

/// Most requests that [`StoredPendings`] keeps at once.
const MAX_PENDING: usize = 20_000;
/// How often something is tried again because somebody else was first.
const MAX_TRIES: u32 = 256;

/// Nonces on any [`Storage`], for whoever judges without the core.
#[derive(Debug)]
pub struct StoredNonces<S>(pub S);

impl<S: Storage> NonceStore for StoredNonces<S> {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        let change = nonce_change(nonce, expires).map_err(|_| NonceStoreError)?;
        match self.0.commit(vec![change]) {
            Ok(()) => Ok(true),
            Err(StorageError::Conflict) => Ok(false),
            Err(_) => Err(NonceStoreError),
        }
    }
}

/// Open requests on any [`Storage`], in a table of their own, for whoever judges without the core.
#[derive(Debug)]
pub struct StoredPendings<S> {
    /// Where they are.
    pub store: S,
    /// Key histories of verifiers whose DID is not their key.
    pub histories: KeyHistories,
}

impl<S: Storage> StoredPendings<S> {
    /// An open request, and the bytes of it that are stored.
    fn find(&self, request: Hash, now: Timestamp) -> Result<Option<(Pending, Vec<u8>)>, StoreError> {
        let found = self.store.get(Table::PENDING, request.as_bytes()).map_err(unreachable)?;
        match found {
            Some(bytes) if expires(&bytes).is_some_and(|expires| now < expires) => {
                Ok(Some((self.read(&bytes, now)?, bytes)))
            }
            _ => Ok(None),
        }
    }

    fn read(&self, bytes: &[u8], now: Timestamp) -> Result<Pending, StoreError> {
        let pending = bytes.get(8..).ok_or(StoreError::Unreachable)?;
        Pending::from_bytes(pending, &self.histories, now).map_err(|_| StoreError::Unreachable)
    }

    /// Deletes a request if it is still `before`; whether it was.
    fn delete(&self, request: Hash, before: Vec<u8>) -> Result<bool, StoreError> {
        let change = Change::delete(Table::PENDING, *request.as_bytes()).if_still(before);
        match self.store.commit(vec![change]) {
            Ok(()) => Ok(true),
            Err(StorageError::Conflict) => Ok(false),
            Err(error) => Err(unreachable(error)),
        }
    }
}

impl<S: Storage> PendingStore for StoredPendings<S> {
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError> {
        if self.store.count(Table::PENDING).map_err(unreachable)? >= MAX_PENDING {
            return Err(StoreError::Full);
        }
        let bytes = pending.to_bytes().map_err(|_| StoreError::Unreachable)?;
        // The time first, so that nothing has to be verified to know whether it is over.
        let expires = pending.request().request().expires.seconds().to_be_bytes();
        let value = [expires.as_slice(), &bytes].concat();
        let change = Change::create(Table::PENDING, *pending.request().digest().as_bytes(), value);
        self.store.commit(vec![change]).map_err(|error| match error {
            StorageError::Conflict => StoreError::Exists,
            other => unreachable(other),
        })
    }

    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        Ok(self.find(request, now)?.map(|(pending, _)| pending))
    }

    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        let Some((pending, before)) = self.find(request, now)? else { return Ok(None) };
        Ok(self.delete(request, before)?.then_some(pending))
    }

    fn remove(&mut self, request: Hash) -> Result<bool, StoreError> {
        match self.store.get(Table::PENDING, request.as_bytes()).map_err(unreachable)? {
            Some(before) => self.delete(request, before),
            None => Ok(false),
        }
    }

    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.store.scan(Table::PENDING).map_err(unreachable)?;
        let waiting = |(id, value): Row| {
            let request = Hash::from_bytes(id.try_into().ok()?);
            expires(&value).map(|expires| Waiting { request, expires })
        };
        let open = rows.into_iter().filter_map(waiting).filter(|one| now < one.expires);
        Ok(open.filter(|one| after.is_none_or(|after| one.request > after)).take(at_most).collect())
    }

    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let rows = self.store.scan(Table::PENDING).map_err(unreachable)?;
        let over = rows.into_iter().filter(|(_, value)| expires(value).is_none_or(|expires| now >= expires));
        // Each is over for good, whoever deletes it.
        let changes = over.map(|(id, _)| Change::delete(Table::PENDING, id)).collect();
        self.store.commit(changes).map_err(unreachable)
    }
}

/// The time that a stored request begins with.
fn expires(value: &[u8]) -> Option<Timestamp> {
    let seconds = i64::from_be_bytes(*value.first_chunk()?);
    if value.len() > MAX_REQUEST_BYTES + 128 {
        return None;
    }
    Timestamp::new(seconds).ok()
}

fn unreachable(error: StorageError) -> StoreError {
    tracing::warn!("a store failed: {error}");
    StoreError::Unreachable
}

/// What is known of markets, on any [`Storage`], for whoever judges without the core.
#[derive(Debug)]
pub struct StoredSources<S> {
    store: S,
    /// What of the store is in `seen`.
    known: Known,
    seen: Sources,
}

impl<S: Storage> StoredSources<S> {
    /// On a store; `histories` are those of issuers whose DID is not their key.
    pub fn new(store: S, histories: KeyHistories) -> Self {
        Self { store, known: Known::default(), seen: Sources { histories, ..Sources::default() } }
    }

    fn try_remember(&mut self, decision: &DecisionDocument) -> Result<Vec<Fault>, CoreError> {
        self.known.refresh(&mut self.seen, &self.store)?;
        let (changes, left_out) = self.known.remember(&mut self.seen, decision)?;
        self.store.commit(changes)?;
        Ok(left_out)
    }
}

impl<S: Storage> SourceCache for StoredSources<S> {
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError> {
        self.known.refresh(&mut self.seen, &self.store).map_err(|_| StoreError::Unreachable)?;
        sources.learn(&self.seen.records, &self.seen.status);
        Ok(())
    }

    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError> {
        for _ in 0..MAX_TRIES {
            match self.try_remember(decision) {
                Ok(left_out) => {
                    sources.learn(&self.seen.records, &self.seen.status);
                    return Ok(left_out);
                }
                Err(error) => {
                    self.known.forget();
                    if !matches!(error, CoreError::Storage(StorageError::Conflict)) {
                        return Err(StoreError::Unreachable);
                    }
                }
            }
        }
        Err(StoreError::Unreachable)
    }
}

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
