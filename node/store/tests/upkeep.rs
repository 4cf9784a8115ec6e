//! A whole store locked anew, made smaller, and repaired (A61, A62, A66).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::fs;

use common::{Home, PASS, RATINGS, RECEIPTS, bytes, copy, files, quick, rng};
use faam_store::{Batch, KdfParams, OpenError, Store, Unlock, UpkeepError, compact, repair, rewrap, salvage};
use rand::Rng;

const RECORDS: u8 = 40;
const OTHER: Unlock<'static> = Unlock::Passphrase(b"another one altogether");

fn value(i: u8) -> Vec<u8> {
    bytes(i.into(), 10 + usize::from(i) * 90)
}

/// A store under a key file with records of all sizes, replaced and deleted ones among them.
fn filled() -> Home {
    let home = Home::new();
    let store = home.create();
    for round in 0..4_u64 {
        for i in 0..RECORDS {
            let last = if round == 3 { value(i) } else { bytes(round * 1000 + u64::from(i), 3000) };
            store.commit(Batch::new().put(RATINGS, [i], last).put(RECEIPTS, [i], b"gone")).unwrap();
        }
    }
    for i in 0..RECORDS {
        store.commit(Batch::new().delete(RECEIPTS, [i])).unwrap();
    }
    drop(store);
    home
}

fn assert_whole(store: &Store) {
    for i in 0..RECORDS {
        assert_eq!(store.get(RATINGS, &[i]).unwrap(), Some(value(i)), "{i}");
    }
    assert_eq!((store.count(RATINGS).unwrap(), store.count(RECEIPTS).unwrap()), (u64::from(RECORDS), 0));
    let mut seen = 0;
    store
        .visit(&mut |record| {
            let record = record.unwrap();
            assert_eq!((record.table, record.value), (RATINGS, &value(record.id[0])[..]));
            seen += 1;
        })
        .unwrap();
    assert_eq!(seen, u64::from(RECORDS));
}

#[test]
fn a66_another_passphrase_opens_what_the_old_one_did_and_the_old_one_nothing() {
    let home = Home::new();
    let store = Store::create(&home.store(), PASS, &quick()).unwrap();
    store.commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
    drop(store);
    let before = files(&home.store());
    let wrong = rewrap(&home.store(), OTHER, PASS, &KdfParams::FLOOR).unwrap_err();
    assert!(matches!(wrong, UpkeepError::Open(OpenError::Locked)), "{wrong:?}");
    let weak = KdfParams { memory_kib: 8, ..KdfParams::FLOOR };
    assert!(matches!(rewrap(&home.store(), PASS, OTHER, &weak), Err(UpkeepError::Create(_))));
    assert!(files(&home.store()) == before, "a refused change changes nothing");

    rewrap(&home.store(), PASS, OTHER, &KdfParams::FLOOR).unwrap();
    assert!(matches!(Store::open(&home.store(), PASS), Err(OpenError::Locked)));
    let store = Store::open(&home.store(), OTHER).unwrap();
    assert_eq!(store.get(RATINGS, b"a").unwrap().as_deref(), Some(&b"1"[..]));
    // Whoever has it open keeps others from changing its lock.
    let busy = rewrap(&home.store(), OTHER, PASS, &KdfParams::FLOOR).unwrap_err();
    assert!(matches!(busy, UpkeepError::Open(OpenError::InUse { .. })), "{busy:?}");
}

#[test]
fn a_store_is_smaller_after_compaction_and_the_same() {
    let home = filled();
    let unlock_at = home.key_file();
    let unlock = Unlock::KeyFile(&unlock_at);
    let done = compact(&home.store(), unlock).unwrap();
    assert_eq!(done.records, u64::from(RECORDS));
    assert!(done.after < done.before, "{done:?}");
    for leftover in ["db.copy", "db.kept", "db.damaged-1"] {
        assert!(!home.store().join(leftover).exists(), "{leftover}");
    }
    let store = home.open();
    assert_whole(&store);
    store.commit(Batch::new().put(RATINGS, [7], b"new").put(RATINGS, [7], value(7))).unwrap();
    drop(store);
    compact(&home.store(), unlock).unwrap();
    assert_whole(&home.open());
    // What was deleted left no trace in the file.
    let left = salvage(&home.store(), unlock).unwrap();
    assert!(left.records.iter().all(|(table, ..)| *table == RATINGS), "{left:?}");
}

#[test]
fn a_store_that_is_well_is_left_as_it_is_by_a_repair() {
    let home = filled();
    let key = home.key_file();
    let done = repair(&home.store(), Unlock::KeyFile(&key)).unwrap();
    assert_eq!((done.records, done.damaged, done.aside), (u64::from(RECORDS), 0, None));
    assert_whole(&home.open());
}

/// Damage of every kind; what is intact is there again, nothing is wrong, and what is not intact is not there.
#[test]
fn a62_a_repair_brings_back_what_is_intact() {
    let pristine = filled();
    let key = pristine.key_file();
    let unlock = Unlock::KeyFile(&key);
    compact(&pristine.store(), unlock).unwrap();
    let all = std::env::var("FAAM_FLIPS").is_ok_and(|value| value == "all");
    let len = fs::metadata(pristine.store().join("db/db")).unwrap().len();
    let mut rng = rng(62);
    let rounds = if all { 3000 } else { 60 };
    let (mut whole, mut partly, mut none) = (0, 0, 0);
    for round in 0..rounds {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        copy(&pristine.store(), &dir);
        let db = dir.join("db/db");
        match round % 6 {
            // Both heads and perhaps the database too.
            0 => ["head.a", "head.b"].iter().for_each(|name| fs::write(dir.join(name), b"?").unwrap()),
            1 => {
                fs::OpenOptions::new().write(true).open(&db).unwrap().set_len(rng.gen_range(0..len)).unwrap()
            }
            _ => {
                let mut bytes = fs::read(&db).unwrap();
                for _ in 0..=round % 3 {
                    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
                    let at = rng.gen_range(0..=used);
                    bytes[at] ^= 1 << rng.gen_range(0..8);
                }
                fs::write(&db, bytes).unwrap();
            }
        }
        let intact = salvage(&dir, unlock).unwrap().records;
        let done = repair(&dir, unlock).unwrap_or_else(|error| panic!("{round}: {error:?}"));
        let store = Store::open(&dir, unlock).unwrap_or_else(|error| panic!("{round}: {error:?}"));
        assert_eq!(store.check().unwrap().damaged, 0);
        let mut there = 0;
        for i in 0..RECORDS {
            match store.get(RATINGS, &[i]).unwrap() {
                Some(found) => {
                    assert!(found == value(i), "{round}: {i} is wrong");
                    there += 1;
                }
                None => assert!(done.aside.is_some(), "{round}: {i} is missing without a word"),
            }
        }
        assert_eq!(store.count(RECEIPTS).unwrap(), 0);
        assert!(there >= intact.len() as u64, "{round}: {there} of {} intact", intact.len());
        if there < u64::from(RECORDS) {
            assert!(done.damaged > 0 || done.expected.is_none_or(|expected| expected > there), "{done:?}");
        }
        // It is a store as any other.
        store.commit(Batch::new().put(RATINGS, b"new", b"1")).unwrap();
        drop(store);
        assert_eq!(Store::open(&dir, unlock).unwrap().count(RATINGS).unwrap(), there + 1);
        match there {
            0 => none += 1,
            there if there == u64::from(RECORDS) => whole += 1,
            _ => partly += 1,
        }
        if done.aside.is_some() {
            assert!(dir.join("db.damaged-1/db").exists());
        }
    }
    println!("{rounds} stores (seed 62): {whole} whole again, {partly} partly, {none} with nothing left");
    assert!(whole > 0 && partly > 0);
}
