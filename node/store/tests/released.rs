//! Stores of every version that was ever given out, as they lay on the disk, are opened as they are.
//!
//! `tests/released/VERSION` holds a store and its key file. With `FAAM_WRITE_RELEASED=1` the one of the version that is written now
//! is made, if it is not there; one that is there is never made again.
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
    fs,
    path::{Path, PathBuf},
};

use common::{Home, RATINGS, RECEIPTS, bytes, set_mode};
use faam_store::{Batch, FORMAT_VERSION};

fn released() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

/// What stands in each of them: an empty value, a short one, and one in several parts.
fn records() -> [(&'static [u8], Vec<u8>); 3] {
    [(b"empty", Vec::new()), (b"short", b"five stars".to_vec()), (b"long", bytes(7, 10_000))]
}

/// Copies what a checkout has of a store: private, and with the folders that are empty.
fn copy_private(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    set_mode(to, 0o700);
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_private(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            set_mode(&target, 0o600);
        }
    }
}

//= spec/text/versions.md#REQ-VERSION-7
//= type=test
//# A program MUST open every version of a store that was ever released
#[test]
fn every_version_that_was_given_out_is_opened() {
    let current = released().join(FORMAT_VERSION.to_string());
    if std::env::var_os("FAAM_WRITE_RELEASED").is_some() && !current.exists() {
        let home = Home::new();
        let store = home.create();
        for (id, value) in records() {
            store.commit(Batch::new().put(RATINGS, id, value.clone()).put(RECEIPTS, id, value)).unwrap();
        }
        drop(store);
        drop(home.open());
        fs::create_dir_all(released()).unwrap();
        copy_private(home.root.path(), &current);
    }
    let mut versions = Vec::new();
    for folder in fs::read_dir(released()).unwrap().map(Result::unwrap) {
        versions.push(folder.file_name().to_str().unwrap().parse::<u8>().unwrap());
        let home = Home::new();
        let to = home.root.path().join("copy");
        copy_private(&folder.path(), &to);
        fs::rename(to.join("store"), home.store()).unwrap();
        fs::rename(to.join("store.key"), home.key_file()).unwrap();
        fs::create_dir_all(home.store().join("db/blobs")).unwrap();
        set_mode(&home.store().join("db/blobs"), 0o700);
        // Opened, written to, and opened again: what was there is there each time.
        for round in [1, 2] {
            let store = home.open();
            for (id, value) in records() {
                for table in [RATINGS, RECEIPTS] {
                    assert_eq!(store.get(table, id).unwrap().as_ref(), Some(&value), "{folder:?} {round}");
                }
            }
            assert_eq!(store.count(RATINGS).unwrap(), 2 + round);
            store.commit(Batch::new().put(RATINGS, b"more", b"and more")).unwrap();
        }
    }
    versions.sort_unstable();
    assert_eq!(versions, (0..=FORMAT_VERSION).collect::<Vec<_>>(), "one of each, and nothing else");
}
