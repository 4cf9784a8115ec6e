//! What the tests of the store share.

#![allow(dead_code)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use faam_store::{KdfParams, Options, Store, Table, Unlock};
use rand::{RngCore, SeedableRng, rngs::StdRng};

pub const PASS: Unlock<'static> = Unlock::Passphrase(b"correct horse battery staple");
pub const RATINGS: Table = Table(1);
pub const RECEIPTS: Table = Table(2);

/// The weakest key stretching that is accepted, so that tests are quick.
pub fn quick() -> Options {
    Options { kdf: KdfParams::FLOOR }
}

pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Bytes that follow from the seed.
pub fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    rng(seed).fill_bytes(&mut bytes);
    bytes
}

/// A place for a store, and for a key file outside it.
pub struct Home {
    pub root: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub fn store(&self) -> PathBuf {
        self.root.path().join("store")
    }

    pub fn key_file(&self) -> PathBuf {
        self.root.path().join("store.key")
    }

    pub fn create(&self) -> Store {
        Store::create(&self.store(), Unlock::KeyFile(&self.key_file()), &quick()).unwrap()
    }

    pub fn open(&self) -> Store {
        Store::open(&self.store(), Unlock::KeyFile(&self.key_file())).unwrap()
    }
}

/// Copies a folder with its modes.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file in a folder with its bytes, sorted by name; the lock file aside.
pub fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !path.ends_with("lock") {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// This test program again, to run the test `name` as a child with a job in its environment.
pub fn child(name: &str, job: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]).env("FAAM_STORE_CHILD", job);
    command
}

/// The child's job, when this process is one.
pub fn job() -> Option<PathBuf> {
    std::env::var_os("FAAM_STORE_CHILD").map(PathBuf::from)
}
