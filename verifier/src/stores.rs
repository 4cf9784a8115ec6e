//! What a verifier keeps between asking and judging, and between one judgement and the next.
//!
//! The traits say what is atomic and what is durable; the implementations here are for one process and gone with it. A service on several
//! machines needs one store behind all of them: a nonce that is consumed at one is consumed at every other.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use faam_spec::decision::DecisionDocument;
use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::Hash;
use faam_spec::reason::Fault;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;

use crate::pending::Pending;
use crate::sources::{EpochRecords, NonceStore, NonceStoreError, Sources, StatusLists};

/// Most requests that [`MemoryPendings`] keeps at once.
const MAX_PENDING: usize = 100_000;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It could not be read or written, or it is not known whether it was.
    #[error("the store cannot be reached")]
    Unreachable,
    /// It holds as much as it may.
    #[error("the store holds as many requests as it may")]
    Full,
    /// There is one under this name.
    #[error("this request is kept already")]
    Exists,
}

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its digest, which is its name.
    pub request: Hash,
    /// From when it cannot be answered any more.
    pub expires: Timestamp,
}

/// Keeps what was asked until it is answered.
///
/// - What [`put`](Self::put) and [`remove`](Self::remove) acknowledge is durable: it outlives this process where the store is to.
/// - [`take`](Self::take) is atomic: of many who take one request at once, over all processes, one gets it.
/// - An expired request is as one that is not there, whether or not it was swept.
/// - After an error nothing may be concluded: the request may be there or not.
pub trait PendingStore {
    /// Keeps a request.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Full`]; [`StoreError::Unreachable`].
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError>;

    /// A request that is open at `now`, which stays there.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError>;

    /// A request that is open at `now`, which is there no more: whoever judges an answer takes it first, and an answer that cannot be
    /// judged then is lost rather than judged twice.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError>;

    /// Ends a request; whether it was there.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn remove(&mut self, request: Hash) -> Result<bool, StoreError>;

    /// Those that are open at `now`, in the order of their digests, at most `at_most` from the one after `after` on.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError>;

    /// Deletes what expired before `now`.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError>;
}

/// Keeps the newest public artefacts that were seen, so that nobody can go back behind them (A40).
///
/// - What [`remember`](Self::remember) acknowledges is durable, and every later [`load`](Self::load), in any process, brings it.
/// - It never goes back: of two lists of one address the newer stays, whichever comes last; a record that contradicts a known one is
///   not kept in its place, and the two are kept as a fork.
/// - A judgement that began before somebody else remembered something may rest on what was known then; whoever loads before each
///   judgement is late by one judgement at most.
pub trait SourceCache {
    /// Brings everything that is known into `sources`, which may know more already.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError>;

    /// Takes in what a decision says to remember, here and in `sources`; gives why something was left out, which the decision has
    /// told already.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError>;
}

/// Open requests in memory: for one process that does not outlive its requests.
#[derive(Debug, Clone, Default)]
pub struct MemoryPendings {
    open: BTreeMap<Hash, Pending>,
}

impl MemoryPendings {
    /// Nothing asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl PendingStore for MemoryPendings {
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError> {
        let digest = pending.request().digest();
        if self.open.contains_key(&digest) {
            return Err(StoreError::Exists);
        }
        if self.open.len() >= MAX_PENDING {
            return Err(StoreError::Full);
        }
        self.open.insert(digest, pending.clone());
        Ok(())
    }

    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        Ok(self.open.get(&request).filter(|pending| pending.is_open(now)).cloned())
    }

    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        Ok(self.open.remove(&request).filter(|pending| pending.is_open(now)))
    }

    fn remove(&mut self, request: Hash) -> Result<bool, StoreError> {
        Ok(self.open.remove(&request).is_some())
    }

    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let open = self.open.range((from, Bound::Unbounded)).filter(|(_, pending)| pending.is_open(now));
        let waiting = |(digest, pending): (&Hash, &Pending)| Waiting {
            request: *digest,
            expires: pending.request().request().expires,
        };
        Ok(open.take(at_most).map(waiting).collect())
    }

    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.open.retain(|_, pending| pending.is_open(now));
        Ok(())
    }
}

/// Known records and lists in memory: for one process.
#[derive(Debug, Clone, Default)]
pub struct MemorySources {
    histories: KeyHistories,
    records: EpochRecords,
    lists: StatusLists,
}

impl MemorySources {
    /// Nothing known yet; `histories` are those of issuers whose DID is not their key.
    #[must_use]
    pub fn new(histories: KeyHistories) -> Self {
        Self { histories, ..Self::default() }
    }
}

impl SourceCache for MemorySources {
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError> {
        sources.learn(&self.records, &self.lists);
        Ok(())
    }

    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError> {
        let mut left_out = Vec::new();
        for text in &decision.remember.records {
            let kept = SignedEpochRecord::open(text, &self.histories);
            left_out.extend(kept.and_then(|record| self.records.insert(record)).err());
        }
        if let [first, second] = decision.conflict.as_slice() {
            left_out.extend(self.records.insert_fork(first, second, &self.histories).err());
        }
        for text in &decision.remember.status {
            let kept = SignedStatusList::open(text, &self.histories);
            left_out.extend(kept.and_then(|list| self.lists.insert(list)).err());
        }
        sources.learn(&self.records, &self.lists);
        Ok(left_out)
    }
}

/// One store for several threads.
impl<S: NonceStore + ?Sized> NonceStore for Arc<Mutex<S>> {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).consume(nonce, expires)
    }
}

/// One store for several threads.
impl<S: PendingStore + ?Sized> PendingStore for Arc<Mutex<S>> {
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).put(pending)
    }

    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).get(request, now)
    }

    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).take(request, now)
    }

    fn remove(&mut self, request: Hash) -> Result<bool, StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).remove(request)
    }

    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).list(now, after, at_most)
    }

    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).sweep(now)
    }
}

/// One store for several threads.
impl<S: SourceCache + ?Sized> SourceCache for Arc<Mutex<S>> {
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).load(sources)
    }

    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError> {
        self.lock().unwrap_or_else(PoisonError::into_inner).remember(sources, decision)
    }
}
