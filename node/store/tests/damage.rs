//! A damaged store says so: never wrong plaintext, never a record missing without a word (A61, A62).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use common::{Home, PASS, RATINGS, RECEIPTS, bytes, copy, files, quick, rng};
use faam_store::{Batch, CommitError, OpenError, ReadError, Store, Table, Unlock, salvage};
use rand::Rng;

const RECORDS: u8 = 50;

/// A kind of damage: its name, and what does it to a store's folder.
type Case = (String, Box<dyn Fn(&Path)>);

fn value(i: u8) -> Vec<u8> {
    static VALUES: LazyLock<Vec<Vec<u8>>> =
        LazyLock::new(|| (0..RECORDS).map(|i| bytes(i.into(), 40 + usize::from(i) * 7)).collect());
    VALUES[usize::from(i)].clone()
}

/// A store of 50 records in two tables, written by ten commits and opened in between; closed.
fn pristine() -> Home {
    let home = Home::new();
    drop(home.create());
    for first in (0..RECORDS).step_by(5) {
        let batch =
            (first..first + 5).fold(Batch::new(), |batch, i| batch.put(Table(1 + i % 2), [i], value(i)));
        home.open().commit(batch).unwrap();
    }
    home
}

fn db_file(store: &Path) -> PathBuf {
    store.join("db/db")
}

fn snapshot(store: &Path) -> PathBuf {
    let entries = fs::read_dir(store.join("db")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains("/snap.")).last().unwrap()
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

/// The length of the file without the zeros at its end.
fn used_len(path: &Path) -> usize {
    fs::read(path).unwrap().iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// What became of a damaged store.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Outcome {
    Whole,
    Damaged,
    Refused,
}

/// Opens a damaged store in both ways, and checks that nothing is wrong, missing without a word, or changed.
/// Returns how many records can still be read.
fn judge(store: &Path, key_file: &Path, what: &str) -> (Outcome, usize) {
    let unlock = Unlock::KeyFile(key_file);
    let before = files(store);
    match Store::open(store, unlock) {
        Ok(opened) => {
            assert!(!opened.is_damaged());
            assert_eq!(opened.check().unwrap().damaged, 0, "{what}");
            for i in 0..RECORDS {
                assert!(
                    opened.get(Table(1 + i % 2), &[i]).unwrap().as_ref() == Some(&value(i)),
                    "{what}: {i}"
                );
            }
            assert_eq!((opened.count(RATINGS).unwrap(), opened.count(RECEIPTS).unwrap()), (25, 25), "{what}");
            (Outcome::Whole, RECORDS.into())
        }
        Err(error @ OpenError::Damaged { .. }) => {
            assert!(error.to_string().contains("damaged"), "{error}");
            assert!(files(store) == before, "{what}: the refused store was changed");
            let intact = judge_damaged(store, unlock, what);
            assert!(files(store) == before, "{what}: the damaged store was changed");
            (Outcome::Damaged, intact)
        }
        Err(
            OpenError::Locked
            | OpenError::KdfTooWeak
            | OpenError::KdfTooStrong
            | OpenError::NewerVersion { .. },
        ) => {
            assert!(files(store) == before, "{what}: the refused store was changed");
            (Outcome::Refused, 0)
        }
        Err(other) => panic!("{what}: {other:?}"),
    }
}

fn judge_damaged(store: &Path, unlock: Unlock<'_>, what: &str) -> usize {
    let opened = Store::open_damaged(store, unlock).unwrap();
    assert!(opened.is_damaged(), "{what}");
    assert!(matches!(opened.commit(Batch::new().put(RATINGS, b"x", b"y")), Err(CommitError::ReadOnly)));
    let mut intact = 0;
    for i in 0..RECORDS {
        match opened.get(Table(1 + i % 2), &[i]) {
            Ok(Some(found)) => {
                assert!(found == value(i), "{what}: record {i}");
                intact += 1;
            }
            Ok(None) | Err(ReadError::Damaged) => {}
            Err(other) => panic!("{what}: {other:?}"),
        }
    }
    let scanned: usize = [RATINGS, RECEIPTS]
        .map(|table| opened.scan(table).unwrap().into_iter().filter(|(_, value)| value.is_ok()).count())
        .iter()
        .sum();
    let report = opened.check().unwrap();
    assert_eq!((scanned, report.records), (intact, intact as u64), "{what}");
    assert!(report.damaged >= u64::from(RECORDS).saturating_sub(intact as u64), "{what}: {report:?}");
    drop(opened);
    let salvaged = salvage(store, unlock).unwrap();
    assert_eq!(salvaged.records.len(), intact, "{what}");
    assert!(salvaged.records.iter().all(|(_, id, found)| *found == value(id[0])), "{what}");
    intact
}

/// Damages copies of the store one by one, and counts what became of them.
fn try_all(home: &Home, cases: impl IntoIterator<Item = Case>) -> BTreeMap<Outcome, Vec<usize>> {
    let mut outcomes: BTreeMap<Outcome, Vec<usize>> = BTreeMap::new();
    for (what, damage) in cases {
        let store = home.root.path().join("damaged");
        copy(&home.store(), &store);
        damage(&store);
        let (outcome, intact) = judge(&store, &home.key_file(), &what);
        outcomes.entry(outcome).or_default().push(intact);
        fs::remove_dir_all(&store).unwrap();
    }
    outcomes
}

fn flips(
    name: &'static str,
    seed: u64,
    count: usize,
    len: usize,
    path: impl Fn(&Path) -> PathBuf + Copy + 'static,
) -> impl Iterator<Item = Case> {
    let mut rng = rng(seed);
    (0..count).map(move |_| {
        let bit = rng.gen_range(0..len * 8);
        let damage: Box<dyn Fn(&Path)> = Box::new(move |store| flip(&path(store), bit));
        (format!("{name} bit {bit}"), damage)
    })
}

fn truncations(
    name: &'static str,
    seed: u64,
    count: usize,
    len: usize,
    path: impl Fn(&Path) -> PathBuf + Copy + 'static,
) -> impl Iterator<Item = Case> {
    let mut rng = rng(seed);
    (0..count).map(move |_| {
        let len = rng.gen_range(0..len) as u64;
        let damage: Box<dyn Fn(&Path)> = Box::new(move |store| {
            fs::OpenOptions::new().write(true).open(path(store)).unwrap().set_len(len).unwrap();
        });
        (format!("{name} cut to {len}"), damage)
    })
}

#[test]
fn a62_flipped_bits_in_the_database_are_damage_or_harmless() {
    let home = pristine();
    let len = used_len(&db_file(&home.store()));
    let outcomes = try_all(&home, flips("db", 62, 150, len, db_file));
    assert!(!outcomes.contains_key(&Outcome::Refused), "{outcomes:?}");
    // Many flips matter (the others hit what was since written again), and one spoils one record at most.
    let damaged = &outcomes[&Outcome::Damaged];
    assert!(damaged.len() > 30, "{outcomes:?}");
    assert!(damaged.iter().all(|intact| *intact >= usize::from(RECORDS) - 1), "{outcomes:?}");
}

#[test]
fn a62_flipped_bits_in_the_helper_files_of_sled_lose_nothing() {
    let home = pristine();
    let conf = |store: &Path| store.join("db/conf");
    let snapshot_len = fs::read(snapshot(&home.store())).unwrap().len();
    let outcomes = try_all(
        &home,
        flips("conf", 1, 20, fs::read(conf(&home.store())).unwrap().len(), conf)
            .chain(flips("snapshot", 2, 40, snapshot_len, snapshot))
            .chain(truncations("snapshot", 3, 10, snapshot_len, snapshot)),
    );
    assert_eq!(outcomes.keys().copied().collect::<Vec<_>>(), [Outcome::Whole], "{outcomes:?}");
}

#[test]
fn a62_a_truncated_database_is_damage_or_harmless() {
    let home = pristine();
    let used = used_len(&db_file(&home.store()));
    let outcomes = try_all(&home, truncations("db", 5, 40, used, db_file));
    assert!(outcomes[&Outcome::Damaged].len() > 30, "{outcomes:?}");
    let gone: Vec<Case> = vec![
        ("db emptied".into(), Box::new(|store| fs::write(db_file(store), b"").unwrap())),
        ("db file gone".into(), Box::new(|store| fs::remove_file(db_file(store)).unwrap())),
        ("db folder gone".into(), Box::new(|store| fs::remove_dir_all(store.join("db")).unwrap())),
    ];
    assert_eq!(try_all(&home, gone), BTreeMap::from([(Outcome::Damaged, vec![0, 0, 0])]));
}

#[test]
fn a62_one_damaged_head_is_mended_and_two_are_damage() {
    let home = pristine();
    let (a, b) = (|store: &Path| store.join("head.a"), |store: &Path| store.join("head.b"));
    let len = fs::read(a(&home.store())).unwrap().len();
    let one = try_all(
        &home,
        flips("head.a", 1, 30, len, a)
            .chain(flips("head.b", 2, 30, len, b))
            .chain(truncations("head.a", 3, 10, len, a))
            .chain(truncations("head.b", 4, 10, len, b)),
    );
    // The settled copy counts alone; and where it is the damaged one, the intent says what was to be, and is.
    assert_eq!(one.keys().copied().collect::<Vec<_>>(), [Outcome::Whole], "{one:?}");
    let both = try_all(
        &home,
        (0..20_usize).map(|i| -> Case {
            let damage = move |store: &Path| {
                flip(&store.join("head.a"), (8 + 1 + i) * 8);
                flip(&store.join("head.b"), (40 + i) * 8);
            };
            (format!("both heads {i}"), Box::new(damage))
        }),
    );
    assert_eq!(both, BTreeMap::from([(Outcome::Damaged, vec![50; 20])]));
    let gone = |store: &Path| {
        fs::remove_file(store.join("head.a")).unwrap();
        fs::remove_file(store.join("head.b")).unwrap();
    };
    let gone = try_all(&home, [("heads gone".to_owned(), Box::new(gone) as Box<dyn Fn(&Path)>)]);
    assert_eq!(gone, BTreeMap::from([(Outcome::Damaged, vec![50])]));
}

#[test]
fn a62_any_damage_to_the_key_slot_is_refused() {
    let home = pristine();
    let slot = |store: &Path| store.join("key.slot");
    let len = fs::read(slot(&home.store())).unwrap().len();
    let cases = flips("key.slot", 1, 80, len, slot).chain(truncations("key.slot", 2, 20, len, slot));
    assert_eq!(try_all(&home, cases), BTreeMap::from([(Outcome::Refused, vec![0; 100])]));
}

#[test]
fn a62_damage_to_two_files_at_once_is_never_silent() {
    // The copy with the settled state and the end of sled's log: the intent alone must not admit what was before.
    let home = pristine();
    let (len, end) =
        (fs::read(home.store().join("head.a")).unwrap().len(), used_len(&db_file(&home.store())));
    for (copy, seed) in [("head.a", 1), ("head.b", 2)] {
        let mut rng = rng(seed);
        let cases = (0..25).map(|_| -> Case {
            let (bit, cut) = (rng.gen_range(0..len * 8), rng.gen_range(1..2000_usize));
            let damage = move |store: &Path| {
                flip(&store.join(copy), bit);
                let db = fs::OpenOptions::new().write(true).open(db_file(store)).unwrap();
                db.set_len((end - cut) as u64).unwrap();
            };
            (format!("{copy} bit {bit}, db short of {cut}"), Box::new(damage))
        });
        let outcomes = try_all(&home, cases);
        assert!(outcomes.contains_key(&Outcome::Damaged), "{outcomes:?}");
    }
}

#[test]
fn a62_records_swapped_put_back_or_taken_out_through_sled_are_noticed() {
    let home = pristine();
    fn entries(store: &Path) -> (sled::Db, Vec<(sled::IVec, sled::IVec)>) {
        let db = sled::open(store.join("db")).unwrap();
        let entries = db.iter().map(Result::unwrap).collect();
        (db, entries)
    }
    let swap = |store: &Path| {
        let (db, entries) = entries(store);
        db.insert(&entries[3].0, &entries[4].1).unwrap();
        db.insert(&entries[4].0, &entries[3].1).unwrap();
    };
    let take_out = |store: &Path| {
        let (db, entries) = entries(store);
        db.remove(&entries[7].0).unwrap();
    };
    let twice = |store: &Path| {
        let (db, entries) = entries(store);
        db.insert([&entries[7].0[..], b"x"].concat(), &entries[7].1).unwrap();
    };
    let cases: [Case; 3] = [
        ("swapped".into(), Box::new(swap)),
        ("taken out".into(), Box::new(take_out)),
        ("twice".into(), Box::new(twice)),
    ];
    for (what, damage) in cases {
        let store = home.root.path().join(&what);
        copy(&home.store(), &store);
        damage(&store);
        common_modes(&store);
        let result = Store::open(&store, Unlock::KeyFile(&home.key_file()));
        let Err(OpenError::Damaged { expected: Some(50), found: Some(found) }) = result else {
            panic!("{what}: {result:?}")
        };
        assert_eq!(found, if what == "taken out" { 49 } else { 50 });
        judge_damaged(&store, Unlock::KeyFile(&home.key_file()), &what);
    }
}

/// sled on its own makes files with the default mode.
fn common_modes(store: &Path) {
    for (path, _) in files(&store.join("db")) {
        common::set_mode(&path, 0o600);
    }
}

#[test]
fn a62_an_older_database_under_a_newer_head_is_noticed() {
    let home = pristine();
    let older = home.root.path().join("older");
    copy(&home.store().join("db"), &older);
    home.open().commit(Batch::new().put(RATINGS, [0], b"a newer value")).unwrap();
    fs::remove_dir_all(home.store().join("db")).unwrap();
    fs::rename(&older, home.store().join("db")).unwrap();
    let result = Store::open(&home.store(), Unlock::KeyFile(&home.key_file()));
    let Err(error @ OpenError::Damaged { expected: Some(50), found: Some(50) }) = result else {
        panic!("{result:?}")
    };
    assert!(error.to_string().contains("not the ones that were written last"), "{error}");
}

#[test]
fn a62_a_damaged_newer_version_is_not_shown_as_the_older_one() {
    let home = pristine();
    home.open().commit(Batch::new().put(RATINGS, [0], bytes(99, 300))).unwrap();
    // The newest entry of this record is the last in the file; a bit in its value is flipped, not in its header.
    let file = fs::read(db_file(&home.store())).unwrap();
    let last = file.windows(4).rposition(|window| window == b"FAAM").unwrap();
    flip(&db_file(&home.store()), (last + 200) * 8);
    let unlock = Unlock::KeyFile(&home.key_file());
    assert!(matches!(Store::open(&home.store(), unlock), Err(OpenError::Damaged { .. })));
    let opened = Store::open_damaged(&home.store(), unlock).unwrap();
    assert!(matches!(opened.get(RATINGS, &[0]), Err(ReadError::Damaged)));
    let (damaged, intact): (Vec<_>, Vec<_>) =
        opened.scan(RATINGS).unwrap().into_iter().partition(|(_, value)| value.is_err());
    assert_eq!((damaged.len(), intact.len()), (1, 24));
    assert!(damaged[0].0.is_empty());
    assert_eq!(opened.count(RATINGS).unwrap(), 25);
}

#[test]
fn a_store_that_is_well_is_opened_as_ever_by_open_damaged() {
    let home = pristine();
    let unlock = Unlock::KeyFile(&home.key_file());
    let store = Store::open_damaged(&home.store(), unlock).unwrap();
    assert!(!store.is_damaged());
    store.commit(Batch::new().delete(RATINGS, [0])).unwrap();
    drop(store);
    assert_eq!(home.open().count(RATINGS).unwrap(), 24);
}

#[test]
fn an_opening_that_died_is_made_good_by_the_next() {
    // The copy stands, and the database was opened and is well, or was half-ruined by sled, or is gone.
    type Ruin = fn(&Path);
    let ruins: [Ruin; 3] = [
        |_| {},
        |store| fs::write(db_file(store), vec![0; 4096]).unwrap(),
        |store| fs::remove_dir_all(store.join("db")).unwrap(),
    ];
    for ruin in ruins {
        let home = pristine();
        copy(&home.store().join("db"), &home.store().join("db.kept"));
        copy(&home.store().join("db"), &home.store().join("db.copy"));
        ruin(&home.store());
        let store = home.open();
        assert_eq!(store.check().unwrap().records, 50);
        assert!(!home.store().join("db.kept").exists() && !home.store().join("db.copy").exists());
        store.commit(Batch::new().put(RATINGS, b"one more", b"1")).unwrap();
        drop(store);
        assert_eq!(home.open().count(RATINGS).unwrap(), 26);
    }
}

#[test]
fn a61_lowered_or_raised_key_stretching_is_refused() {
    let home = Home::new();
    Store::create(&home.store(), PASS, &quick()).unwrap();
    let slot = home.store().join("key.slot");
    let good = fs::read(&slot).unwrap();
    let open_with = |at: usize, number: u32| {
        let mut changed = good.clone();
        changed[at..at + 4].copy_from_slice(&number.to_be_bytes());
        fs::write(&slot, changed).unwrap();
        Store::open(&home.store(), PASS).unwrap_err()
    };
    // Memory, passes, lanes.
    assert!(matches!(open_with(10, 19 * 1024 - 1), OpenError::KdfTooWeak));
    assert!(matches!(open_with(14, 1), OpenError::KdfTooWeak));
    assert!(matches!(open_with(18, 0), OpenError::KdfTooWeak));
    let began = std::time::Instant::now();
    assert!(matches!(open_with(10, u32::MAX), OpenError::KdfTooStrong));
    assert!(matches!(open_with(14, u32::MAX), OpenError::KdfTooStrong));
    assert!(matches!(open_with(18, u32::MAX), OpenError::KdfTooStrong));
    assert!(began.elapsed().as_secs() < 5, "refused only after work was done");
    // Within bounds, but not what was written.
    assert!(matches!(open_with(10, 19 * 1024 + 8), OpenError::Locked));
    assert!(matches!(open_with(14, 3), OpenError::Locked));
    fs::write(&slot, &good).unwrap();
    Store::open(&home.store(), PASS).unwrap();
}

#[test]
fn a_wrong_passphrase_and_a_damaged_slot_give_one_and_the_same_error() {
    let home = Home::new();
    Store::create(&home.store(), PASS, &quick()).unwrap();
    let wrong = Store::open(&home.store(), Unlock::Passphrase(b"wrong")).unwrap_err();
    let slot = home.store().join("key.slot");
    let good = fs::read(&slot).unwrap();
    for at in [0, 9, 25, 40, 60, good.len() - 1] {
        flip(&slot, at * 8);
        let damaged = Store::open(&home.store(), PASS).unwrap_err();
        assert_eq!((format!("{damaged:?}"), damaged.to_string()), (format!("{wrong:?}"), wrong.to_string()));
        fs::write(&slot, &good).unwrap();
    }
}

//= spec/text/versions.md#REQ-VERSION-8
//= type=test
//# A store of a newer version MUST be refused untouched (`store.newer`).
#[test]
fn a_newer_format_is_refused_untouched() {
    let home = pristine();
    let slot = home.store().join("key.slot");
    let mut newer = fs::read(&slot).unwrap();
    newer[8] = 1;
    fs::write(&slot, [newer, vec![1; 20]].concat()).unwrap();
    let before = files(&home.store());
    let result = Store::open(&home.store(), Unlock::KeyFile(&home.key_file()));
    assert!(matches!(result, Err(OpenError::NewerVersion { found: 1 })), "{result:?}");
    assert!(files(&home.store()) == before);
}
