//! The verifier's stores on the node's, by the suites that every implementation has to pass.
#![allow(clippy::unwrap_used, missing_docs)]

use faam_node::core::{MemoryStorage, Storage, StoredNonces, StoredPendings, StoredSources};
use faam_node::storage::NodeStore;
use faam_spec::did::KeyHistories;
use faam_verifier::conformance;

fn all(store: &(impl Storage + Sync)) {
    conformance::nonces(|| StoredNonces(store));
    conformance::pendings(|| StoredPendings { store, histories: KeyHistories::new() });
    conformance::sources(|| StoredSources::new(store, KeyHistories::new()));
}

#[test]
fn a17_a34_a40_in_memory() {
    all(&MemoryStorage::new());
}

#[test]
fn a17_a34_a40_in_a_nodes_folder() {
    let dir = tempfile::tempdir().unwrap();
    all(&NodeStore::create(&dir.path().join("store"), &dir.path().join("store.key")).unwrap());
}
