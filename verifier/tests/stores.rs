//! The stores for one process, by the suites that every implementation has to pass.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};

use faam_spec::decision::DecisionDocument;
use faam_spec::did::KeyHistories;
use faam_spec::hash::Hash;
use faam_spec::reason::Fault;
use faam_spec::time::Timestamp;
use faam_verifier::{
    MemoryNonces, MemoryPendings, MemorySources, NonceStore, NonceStoreError, Pending, PendingStore,
    SourceCache, Sources, StoreError, Waiting, conformance,
};

//= spec/text/verifying.md#REQ-VERIFY-12
//= type=test
//# A nonce MUST be consumed atomically and once
#[test]
fn a17_nonces_in_memory() {
    let store = Arc::new(Mutex::new(MemoryNonces::new()));
    conformance::nonces(|| Arc::clone(&store));
}

#[test]
fn requests_in_memory() {
    let store = Arc::new(Mutex::new(MemoryPendings::new()));
    conformance::pendings(|| Arc::clone(&store));
}

//= spec/text/verifying.md#REQ-VERIFY-18
//= type=test
//# A fork that was shown MUST be remembered with both records, and no record of that market from the fork's
//# first epoch on MUST be accepted again.
#[test]
fn a34_a40_what_is_known_in_memory() {
    let store = Arc::new(Mutex::new(MemorySources::new(KeyHistories::new())));
    conformance::sources(|| Arc::clone(&store));
}

/// Looks and takes in two steps, with room for others between.
struct InTwoSteps(Arc<Mutex<MemoryNonces>>);

impl NonceStore for InTwoSteps {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        let seen = self.0.lock().unwrap().clone().consume(nonce, expires)?;
        std::thread::sleep(std::time::Duration::from_millis(1));
        self.0.lock().unwrap().consume(nonce, expires)?;
        Ok(seen)
    }
}

#[test]
#[should_panic(expected = "was consumed")]
fn the_suite_finds_a_store_that_looks_first_and_takes_later() {
    let store = Arc::new(Mutex::new(MemoryNonces::new()));
    conformance::nonces(|| InTwoSteps(Arc::clone(&store)));
}

/// Gives a request to whoever asks.
struct Generous(Arc<Mutex<MemoryPendings>>);

impl PendingStore for Generous {
    fn put(&mut self, pending: &Pending) -> Result<(), StoreError> {
        self.0.put(pending)
    }
    fn get(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        self.0.get(request, now)
    }
    fn take(&mut self, request: Hash, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        let found = self.0.get(request, now);
        std::thread::sleep(std::time::Duration::from_millis(1));
        self.0.remove(request)?;
        found
    }
    fn remove(&mut self, request: Hash) -> Result<bool, StoreError> {
        self.0.remove(request)
    }
    fn list(
        &mut self,
        now: Timestamp,
        after: Option<Hash>,
        at_most: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        self.0.list(now, after, at_most)
    }
    fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.0.sweep(now)
    }
}

#[test]
#[should_panic(expected = "times")]
fn the_suite_finds_a_store_that_gives_a_request_twice() {
    let store = Arc::new(Mutex::new(MemoryPendings::new()));
    conformance::pendings(|| Generous(Arc::clone(&store)));
}

/// Remembers what came last.
struct Backwards(Arc<Mutex<Vec<DecisionDocument>>>);

impl SourceCache for Backwards {
    fn load(&mut self, sources: &mut Sources) -> Result<(), StoreError> {
        for decision in self.0.lock().unwrap().iter().rev() {
            MemorySources::default().remember(sources, decision)?;
        }
        Ok(())
    }
    fn remember(
        &mut self,
        sources: &mut Sources,
        decision: &DecisionDocument,
    ) -> Result<Vec<Fault>, StoreError> {
        let left_out = MemorySources::default().remember(sources, decision)?;
        let mut kept = self.0.lock().unwrap();
        if !decision.remember.status.is_empty() {
            kept.retain(|old| old.remember.status.is_empty());
        }
        kept.push(decision.clone());
        Ok(left_out)
    }
}

#[test]
#[should_panic(expected = "assertion")]
fn the_suite_finds_a_cache_that_goes_back() {
    let store = Arc::new(Mutex::new(Vec::new()));
    conformance::sources(|| Backwards(Arc::clone(&store)));
}
