//! What is put in comes out, after any number of openings, and nothing of it shows in the files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::{collections::BTreeMap, fs};

use common::{Home, PASS, RATINGS, RECEIPTS, bytes, files, mode, quick, rng};
use faam_store::{
    Batch, CommitError, CreateError, KdfParams, MAX_BATCH_LEN, MAX_ID_LEN, MAX_VALUE_LEN, OpenError, Options,
    Report, Store, Table, Unlock, salvage,
};
use rand::Rng;

/// All records of a table, none of them damaged.
fn all(store: &Store, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.scan(table).unwrap().into_iter().map(|(id, value)| (id, value.unwrap())).collect()
}

#[test]
fn records_come_back_after_reopening_under_a_passphrase() {
    let home = Home::new();
    let store = Store::create(&home.store(), PASS, &quick()).unwrap();
    let batch = Batch::new().put(RATINGS, b"b", b"two").put(RATINGS, b"a", b"one").put(RECEIPTS, b"a", b"");
    store.commit(batch).unwrap();
    drop(store);
    let store = Store::open(&home.store(), PASS).unwrap();
    assert_eq!(store.get(RATINGS, b"a").unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(store.get(RECEIPTS, b"a").unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(store.get(RECEIPTS, b"b").unwrap(), None);
    assert_eq!(all(&store, RATINGS), [(b"a".to_vec(), b"one".to_vec()), (b"b".to_vec(), b"two".to_vec())]);
    assert_eq!((store.count(RATINGS).unwrap(), store.count(RECEIPTS).unwrap()), (2, 1));
    assert_eq!(store.count(Table(9)).unwrap(), 0);
    assert_eq!(store.check().unwrap(), Report { records: 3, damaged: 0 });
    assert!(!store.is_damaged());
}

#[test]
fn a_key_file_is_made_and_opens_the_store() {
    let home = Home::new();
    home.create().commit(Batch::new().put(RATINGS, b"a", b"one")).unwrap();
    assert_eq!((mode(&home.key_file()), fs::read(home.key_file()).unwrap().len()), (0o600, 32));
    assert_eq!(home.open().get(RATINGS, b"a").unwrap().unwrap(), b"one");

    // A second store may share the key file, which stays as it is.
    let key = fs::read(home.key_file()).unwrap();
    let other = home.root.path().join("other");
    Store::create(&other, Unlock::KeyFile(&home.key_file()), &quick()).unwrap();
    assert_eq!(fs::read(home.key_file()).unwrap(), key);

    let locked = |result: Result<Store, OpenError>| matches!(result, Err(OpenError::Locked));
    assert!(locked(Store::open(&home.store(), PASS)));
    fs::write(home.key_file(), bytes(1, 32)).unwrap();
    assert!(locked(Store::open(&home.store(), Unlock::KeyFile(&home.key_file()))));
    fs::write(home.key_file(), bytes(1, 33)).unwrap();
    assert!(locked(Store::open(&home.store(), Unlock::KeyFile(&home.key_file()))));
    let third = home.root.path().join("third");
    let result = Store::create(&third, Unlock::KeyFile(&home.key_file()), &quick());
    assert!(matches!(result, Err(CreateError::KeyFile { .. })));
    fs::remove_file(home.key_file()).unwrap();
    let result = Store::open(&home.store(), Unlock::KeyFile(&home.key_file()));
    assert!(matches!(result, Err(OpenError::KeyFileMissing { .. })));
}

#[test]
fn the_largest_values_come_back_and_sled_keeps_them_in_its_log() {
    let home = Home::new();
    let store = home.create();
    let value = |seed| bytes(seed, MAX_VALUE_LEN);
    for seed in 0..6 {
        store
            .commit(Batch::new().put(RATINGS, [u8::try_from(seed).unwrap(); MAX_ID_LEN], value(seed)))
            .unwrap();
    }
    drop(store);
    let store = home.open();
    for seed in 0..6 {
        let found = store.get(RATINGS, &[u8::try_from(seed).unwrap(); MAX_ID_LEN]).unwrap();
        assert!(found.unwrap() == value(seed));
    }
    // Shorter again: the parts that are no longer needed go.
    store.commit(Batch::new().put(RATINGS, [0; MAX_ID_LEN], b"short")).unwrap();
    drop(store);
    assert_eq!(home.open().get(RATINGS, &[0; MAX_ID_LEN]).unwrap().unwrap(), b"short");
    assert_eq!(fs::read_dir(home.store().join("db/blobs")).unwrap().count(), 0);
}

#[test]
fn a_large_batch_over_several_tables_is_kept() {
    let home = Home::new();
    let store = home.create();
    let mut batch = Batch::new();
    for i in 0..4000_u32 {
        batch = batch.put(Table((i % 3) as u8), i.to_be_bytes(), bytes(i.into(), 500));
    }
    store.commit(batch).unwrap();
    drop(store);
    let store = home.open();
    assert_eq!(store.check().unwrap(), Report { records: 4000, damaged: 0 });
    assert_eq!((0..3).map(|t| store.count(Table(t)).unwrap()).collect::<Vec<_>>(), [1334, 1333, 1333]);
    assert!(all(&store, Table(1)).is_sorted());
}

#[test]
fn sizes_out_of_bounds_are_refused_and_change_nothing() {
    let home = Home::new();
    let store = home.create();
    let long = vec![0; MAX_VALUE_LEN + 1];
    let result = store.commit(Batch::new().put(RATINGS, b"a", b"1").put(RATINGS, b"b", &long));
    assert!(matches!(result, Err(CommitError::ValueTooLarge { len }) if len == MAX_VALUE_LEN + 1));
    for id in [&[][..], &[0; MAX_ID_LEN + 1]] {
        let result = store.commit(Batch::new().put(RATINGS, b"a", b"1").put(RATINGS, id, b"2"));
        assert!(matches!(result, Err(CommitError::IdLength { .. })));
        assert_eq!(store.get(RATINGS, id).unwrap(), None);
    }
    let mut batch = Batch::new();
    for i in 0..=(MAX_BATCH_LEN / MAX_VALUE_LEN) {
        batch = batch.put(RATINGS, i.to_be_bytes(), &long[1..]);
    }
    assert!(matches!(store.commit(batch), Err(CommitError::BatchTooLarge { .. })));
    assert_eq!(store.count(RATINGS).unwrap(), 0);
    store.commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
    drop(store);
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn of_two_changes_to_one_record_the_later_counts() {
    let home = Home::new();
    let store = home.create();
    store
        .commit(Batch::new().put(RATINGS, b"a", b"1").put(RATINGS, b"a", b"2").put(RATINGS, b"b", b"3"))
        .unwrap();
    store.commit(Batch::new().put(RATINGS, b"c", b"4").delete(RATINGS, b"c").delete(RATINGS, b"b")).unwrap();
    store.commit(Batch::new()).unwrap();
    store.commit(Batch::new().delete(RATINGS, b"never there")).unwrap();
    drop(store);
    assert_eq!(all(&home.open(), RATINGS), [(b"a".to_vec(), b"2".to_vec())]);
}

#[test]
fn a_store_follows_a_plain_map_through_many_changes_and_openings() {
    let home = Home::new();
    let mut store = home.create();
    let mut model = BTreeMap::new();
    let mut rng = rng(1);
    for round in 0..60 {
        let mut batch = Batch::new();
        for _ in 0..rng.gen_range(0..12) {
            let (table, id) = (Table(rng.gen_range(0..3)), [rng.gen_range(0..30_u8)]);
            if rng.gen_bool(0.3) {
                batch = batch.delete(table, id);
                model.remove(&(table, id.to_vec()));
            } else {
                let len = if rng.gen_bool(0.1) { rng.gen_range(0..40_000) } else { rng.gen_range(0..600) };
                let value = bytes(rng.r#gen(), len);
                batch = batch.put(table, id, &value);
                model.insert((table, id.to_vec()), value);
            }
        }
        store.commit(batch).unwrap();
        if round % 6 == 0 {
            drop(store);
            store = home.open();
        }
        for table in [Table(0), Table(1), Table(2)] {
            let expected: Vec<_> = model
                .iter()
                .filter(|((t, _), _)| *t == table)
                .map(|((_, id), value)| (id.clone(), value.clone()))
                .collect();
            assert!(all(&store, table) == expected, "round {round}");
        }
    }
}

#[test]
fn no_id_and_no_value_shows_in_any_file_or_debug_output() {
    let home = Home::new();
    let store = Store::create(&home.store(), PASS, &quick()).unwrap();
    let (id, value) = (b"an-id-that-nobody-may-see", b"a-value-that-nobody-may-see");
    let batch = Batch::new().put(RATINGS, id, value);
    let shown = format!("{batch:?} {store:?} {PASS:?}");
    store.commit(batch).unwrap();
    store.commit(Batch::new().put(RATINGS, b"another", value)).unwrap();
    drop(store);
    let salvaged = format!("{:?}", salvage(&home.store(), PASS).unwrap());
    let secrets: [&[u8]; 3] = [id, value, b"correct horse"];
    let mut texts: Vec<Vec<u8>> = files(&home.store()).into_iter().map(|(_, bytes)| bytes).collect();
    assert!(texts.len() >= 5);
    texts.extend([shown.into_bytes(), salvaged.into_bytes(), fs::read(home.store().join("lock")).unwrap()]);
    for text in texts {
        for secret in secrets {
            assert!(!text.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[test]
fn a_store_is_not_made_over_another_one() {
    let home = Home::new();
    home.create().commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
    for gone in [None, Some("key.slot"), Some("head.a"), Some("head.b")] {
        if let Some(gone) = gone {
            fs::remove_file(home.store().join(gone)).unwrap();
        }
        let before = files(&home.store());
        let result = Store::create(&home.store(), PASS, &quick());
        assert!(matches!(result, Err(CreateError::Exists { .. })), "{gone:?}");
        assert!(files(&home.store()) == before);
    }
    // A store without its key slot is locked for good, and one that never was is not found.
    assert!(matches!(Store::open(&home.store(), PASS), Err(OpenError::Locked)));
    let nowhere = home.root.path().join("nowhere");
    assert!(matches!(Store::open(&nowhere, PASS), Err(OpenError::NotFound { .. })));
    assert!(!nowhere.exists());
}

#[test]
fn an_unfinished_store_is_made_again() {
    let home = Home::new();
    drop(home.create());
    // As it is when its maker died before the key slot was there.
    fs::remove_file(home.store().join("key.slot")).unwrap();
    fs::write(home.store().join("creating"), b"").unwrap();
    common::set_mode(&home.store().join("creating"), 0o600);
    assert!(matches!(Store::open(&home.store(), PASS), Err(OpenError::NotFound { .. })));
    Store::create(&home.store(), PASS, &quick())
        .unwrap()
        .commit(Batch::new().put(RATINGS, b"a", b"1"))
        .unwrap();
    // And when it died just after.
    fs::write(home.store().join("creating"), b"").unwrap();
    common::set_mode(&home.store().join("creating"), 0o600);
    assert!(matches!(Store::create(&home.store(), PASS, &quick()), Err(CreateError::Exists { .. })));
    assert_eq!(Store::open(&home.store(), PASS).unwrap().count(RATINGS).unwrap(), 1);
    assert!(!home.store().join("creating").exists());
}

#[test]
fn parameters_out_of_bounds_make_no_store() {
    let home = Home::new();
    let weak = Options { kdf: KdfParams { passes: 1, ..KdfParams::FLOOR } };
    assert!(matches!(Store::create(&home.store(), PASS, &weak), Err(CreateError::Kdf { too_weak: true })));
    assert!(!home.store().exists());
    Store::create(&home.store(), PASS, &quick()).unwrap();
}

#[test]
fn the_default_parameters_work() {
    let home = Home::new();
    Store::create(&home.store(), PASS, &Options::default()).unwrap();
    Store::open(&home.store(), PASS).unwrap();
}

#[test]
fn a_store_is_shared_between_threads() {
    let home = Home::new();
    let store = home.create();
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..10_u8 {
                    store.commit(Batch::new().put(Table(thread), [i], vec![thread; 9000])).unwrap();
                    assert_eq!(store.get(Table(thread), &[i]).unwrap().unwrap(), vec![thread; 9000]);
                }
            });
        }
    });
    drop(store);
    assert_eq!(home.open().check().unwrap(), Report { records: 40, damaged: 0 });
}
