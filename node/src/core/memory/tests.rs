//! What was remembered, read again when the trust file is another one.

use super::*;
use crate::core::MemoryStorage;
use faam_spec::decision::{Outcome, Remember};
use faam_spec::did::HistoricKey;
use faam_spec::epoch::{EpochRecord, StatusDigest};
use faam_spec::key::SigningKey;
use faam_spec::signed::Signer;
use faam_spec::status::StatusList;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::tree::Tree;
use faam_verifier::{Policy, TrustFile};

const LIST: &str = "urn:faam:status:a";

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A market whose DID is a website, under one of its keys.
fn signer(name: &str, seed: u8) -> Signer {
    let did: Did = "did:web:market.example".parse().unwrap();
    let kid = format!("{did}#{name}");
    Signer::new(did, kid, SigningKey::from_seed(&[seed; 32])).unwrap()
}

fn pinned(signer: &Signer, until: Option<Timestamp>) -> HistoricKey {
    let (id, key) = (signer.key_id().to_owned(), signer.verifying_key());
    HistoricKey { id, key, from: now().plus(-86_400), until }
}

fn record(signer: &Signer, list: &SignedStatusList, leaf: u8) -> SignedEpochRecord {
    let record = EpochRecord {
        v: 0,
        iss: signer.did().clone(),
        market: "alpha".parse().unwrap(),
        epoch: EpochLength::WEEK.number_at(now()),
        epoch_seconds: EpochLength::WEEK,
        iat: now(),
        prev: None,
        accounts: Tree::of([&Hash::of(b"", &[leaf])]).head(),
        keys: vec![signer.key_id().to_owned()],
        status: vec![StatusDigest { uri: LIST.into(), hash: list.hash() }],
        private: None,
        last: false,
    };
    SignedEpochRecord::sign(record, signer).unwrap()
}

/// A store in which a record, a fork and a list of that market are remembered.
fn remembering(signer: &Signer) -> MemoryStorage {
    let list = SignedStatusList::sign(LIST, StatusList::new(8).unwrap(), signer, now()).unwrap();
    let (one, other) = (record(signer, &list, 1), record(signer, &list, 2));
    let fork = json(&[one.as_str(), other.as_str()]).unwrap();
    let store = MemoryStorage::default();
    let changes = vec![
        Change::put(Table::KNOWN_RECORDS, record_id(&one).unwrap(), one.as_str()),
        Change::put(Table::FORKS, *b"fork", fork),
        Change::put(Table::KNOWN_LISTS, *b"list", list.as_str()),
    ];
    store.commit(changes).unwrap();
    store
}

fn sources(keys: Vec<HistoricKey>) -> Sources {
    let mut file = TrustFile::default();
    if !keys.is_empty() {
        file.histories.insert(signer("k", 1).did().clone(), keys);
    }
    file.sources(Policy::default())
}

/// Whether record, fork and list are known to whoever starts with these keys.
fn known(store: &MemoryStorage, keys: Vec<HistoricKey>) -> (bool, bool, bool) {
    let mut sources = sources(keys);
    Known::default().refresh(&mut sources, store).unwrap();
    let (issuer, market) = (signer("k", 1).did().clone(), "alpha".parse().unwrap());
    let records = !sources.records.of(&issuer, &market).is_empty();
    (records, sources.records.fork(&issuer, &market).is_some(), sources.status.get(&issuer, LIST).is_some())
}

#[test]
fn a44_a_key_that_is_not_known_now_keeps_nobody_from_starting() {
    let (key, other) = (signer("k", 1), signer("other", 2));
    let store = remembering(&key);
    let replaced = HistoricKey { id: key.key_id().to_owned(), ..pinned(&other, None) };
    assert_eq!(known(&store, vec![pinned(&key, None)]), (true, true, true));
    for keys in [
        // Taken out, with all of the issuer's or alone; ended before it signed this; replaced under its name.
        vec![],
        vec![pinned(&other, None)],
        vec![pinned(&key, Some(now().plus(-60)))],
        vec![replaced],
    ] {
        assert_eq!(known(&store, keys.clone()), (false, false, false), "{keys:?}");
        for table in [Table::KNOWN_RECORDS, Table::FORKS, Table::KNOWN_LISTS] {
            assert_eq!(store.count(table).unwrap(), 1, "{table:?} {keys:?}");
        }
    }
    // It counts again for whoever knows the key, and so it does all the while for another daemon on the same store.
    assert_eq!(known(&store, vec![pinned(&other, None), pinned(&key, None)]), (true, true, true));
}

#[test]
fn a44_what_was_left_out_is_not_written_over_and_contests_the_market_when_its_key_counts_again() {
    let (key, other) = (signer("k", 1), signer("other", 2));
    let store = MemoryStorage::default();
    let remember = |keys: Vec<HistoricKey>, signer: &Signer, leaf: u8| {
        let list = SignedStatusList::sign(LIST, StatusList::new(8).unwrap(), signer, now()).unwrap();
        let record = record(signer, &list, leaf);
        let (mut sources, mut memory) = (sources(keys), Known::default());
        memory.refresh(&mut sources, &store).unwrap();
        let remembered = DecisionDocument {
            v: 0,
            request: Hash::of(b"", b"request"),
            at: now(),
            outcome: Outcome::Accepted,
            reasons: vec![],
            facts: vec![],
            private: vec![],
            same_holder: None,
            not_covered: vec![],
            policy: None,
            notes: vec![],
            notices: vec![],
            sources: vec![],
            remember: Remember { records: vec![record.as_str().to_owned()], ..Remember::default() },
            conflict: vec![],
        };
        let (changes, left_out) = memory.remember(&mut sources, &remembered).unwrap();
        store.commit(changes).unwrap();
        left_out
    };
    assert_eq!(remember(vec![pinned(&key, None)], &key, 1), []);
    // The same epoch, by whoever has the other key only.
    assert_eq!(remember(vec![pinned(&other, None)], &other, 2), []);
    assert_eq!(store.count(Table::KNOWN_RECORDS).unwrap(), 2);
    assert_eq!(known(&store, vec![pinned(&key, None)]), (true, false, false));
    assert_eq!(known(&store, vec![pinned(&other, None)]), (true, false, false));
    assert_eq!(known(&store, vec![pinned(&key, None), pinned(&other, None)]), (true, true, false), "a fork");
}

#[test]
fn a62_what_was_remembered_and_does_not_open_is_damage() {
    let own = Signer::from_key(SigningKey::from_seed(&[3; 32]));
    for table in [Table::KNOWN_RECORDS, Table::KNOWN_LISTS, Table::FORKS] {
        for signer in [&signer("k", 1), &own] {
            let store = remembering(signer);
            let (id, mut value) = store.scan(table).unwrap().remove(0);
            // In the signature of one whose key is its DID, in the head of another.
            let at = if signer.did().own_key().is_some() { value.len() - 20 } else { 3 };
            value[at] = if value[at] == b'A' { b'B' } else { b'A' };
            store.commit(vec![Change::put(table, id, value)]).unwrap();
            let refused = Known::default().refresh(&mut sources(vec![pinned(signer, None)]), &store);
            assert!(matches!(refused, Err(CoreError::Storage(_))), "{table:?} {}", signer.did());
        }
    }
}
