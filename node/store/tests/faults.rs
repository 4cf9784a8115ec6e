//! Every call to the disk fails once, or is the last one before a kill or a power cut (A65, A66).
//!
//! The places are chosen by what was done, not by time: a job is run once to count its calls, and then again for the k-th. Without
//! `FAAM_FAULTS=all` a part of them is taken, and `FAAM_POWER_ROUNDS=500` cuts the power so often.

#![allow(
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![cfg(target_os = "linux")]

mod common;
mod disk;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use common::{Home, PASS, RATINGS, bytes, child, copy, job, quick, rng};
use disk::World;
use faam_store::{Batch, KdfParams, OpenError, Store, Table, Unlock, compact, repair, rewrap};
use rand::Rng;

const COUNTER: Table = Table(9);
const NEW: Unlock<'static> = Unlock::Passphrase(b"the one that comes after");
/// Batches that the job writes.
const BATCHES: u64 = 6;

/// Batch number `n`: it writes some records and replaces one that all of them write.
fn batch(n: u64) -> Batch {
    let batch = Batch::new().put(COUNTER, b"last", n.to_be_bytes()).put(RATINGS, b"all", bytes(n, 5000));
    (0..=n % 3).fold(batch, |batch, i| {
        batch.put(RATINGS, [n.to_be_bytes(), i.to_be_bytes()].concat(), bytes(n, 700))
    })
}

/// Everything is as batches 1 to the last left it.
fn whole(store: &Store) -> u64 {
    let last = store.get(COUNTER, b"last").unwrap();
    let last = last.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
    let mut expected = 0;
    for n in 1..=last {
        for i in 0..=n % 3 {
            let id = [n.to_be_bytes(), i.to_be_bytes()].concat();
            assert!(store.get(RATINGS, &id).unwrap() == Some(bytes(n, 700)), "{n} of {last}");
            expected += 1;
        }
    }
    if last > 0 {
        assert!(store.get(RATINGS, b"all").unwrap() == Some(bytes(last, 5000)));
        expected += 1;
    }
    assert_eq!(store.count(RATINGS).unwrap(), expected);
    last
}

/// A store under a key file with three batches in it.
fn filled() -> Home {
    let home = Home::new();
    let store = home.create();
    (1..=3).for_each(|n| store.commit(batch(n)).unwrap());
    drop(store);
    home
}

/// Says something where it is seen whatever comes, and where the disk writes it down in its place.
fn say(root: &Path, line: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(root.join("said")).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The child: does what `root/job` names, and says what it did or why not.
#[test]
fn child_that_works() {
    let Some(root) = job() else { return };
    let (dir, key) = (root.join("store"), root.join("store.key"));
    let unlock = Unlock::KeyFile(&key);
    let done: Result<(), String> = match fs::read_to_string(root.join("job")).unwrap().as_str() {
        "create" => Store::create(&dir, unlock, &quick()).map(drop).map_err(|error| error.to_string()),
        "commit" => Store::open(&dir, unlock).map_err(|error| error.to_string()).and_then(|store| {
            for n in whole(&store) + 1..=BATCHES {
                store.commit(batch(n)).map_err(|error| error.to_string())?;
                say(&root, &n.to_string());
            }
            Ok(())
        }),
        "rewrap" => rewrap(&dir, PASS, NEW, &KdfParams::FLOOR).map_err(|error| error.to_string()),
        "compact" => compact(&dir, unlock).map(drop).map_err(|error| error.to_string()),
        "repair" => repair(&dir, unlock).map(drop).map_err(|error| error.to_string()),
        other => panic!("{other}"),
    };
    match done {
        Ok(()) => say(&root, "done"),
        Err(error) => say(&root, &format!("failed: {error}")),
    }
}

/// Runs a job in `root` with the disk around the store, and returns what it said.
fn work(root: &Path, name: &str, more: &[(&str, &str)]) -> (Output, Vec<String>) {
    fs::write(root.join("job"), name).unwrap();
    let _ = fs::remove_file(root.join("said"));
    let mut command = child("child_that_works", root);
    disk::under(&mut command, &root.join("store"));
    command.envs(more.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let said = fs::read_to_string(root.join("said")).unwrap_or_default();
    (output, said.lines().map(str::to_owned).collect())
}

/// How many calls a job makes on a copy of `home`.
fn counted(home: &Home, name: &str) -> u64 {
    let root = again(home);
    let log = root.path().join("log");
    let (output, said) = work(root.path(), name, &[("FAAM_DISK_LOG", log.to_str().unwrap())]);
    assert!(output.status.success() && said.last().is_some_and(|last| last == "done"), "{output:?} {said:?}");
    disk::calls(&log).len() as u64
}

fn again(home: &Home) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for name in ["store", "store.key"] {
        let from = home.root.path().join(name);
        match from.is_dir() {
            true => copy(&from, &root.path().join(name)),
            false if from.exists() => drop(fs::copy(&from, root.path().join(name)).unwrap()),
            false => {}
        }
    }
    root
}

/// Numbers of calls, all of them or a part.
fn places(count: u64, part: u64) -> Vec<u64> {
    let all = std::env::var("FAAM_FAULTS").is_ok_and(|value| value == "all");
    let step = if all { 1 } else { (count / part).max(1) };
    // The last ones too: what comes after the work was done can fail as well.
    (1..=count).step_by(usize::try_from(step).unwrap()).chain([count]).collect()
}

/// Runs a job once for each place and kind, and hands each outcome to `judge`: the root, whether it was killed, and what it said.
fn at_every_call(home: &Home, name: &str, part: u64, judge: &dyn Fn(&Path, bool, &[String], &str)) {
    let count = counted(home, name);
    let (mut kills, mut faults, mut told) = (0, 0, 0);
    for at in places(count, part) {
        for kind in ["kill", "torn", "after", "eio", "enospc", "full"] {
            let root = again(home);
            let number = at.to_string();
            let (output, said) =
                work(root.path(), name, &[("FAAM_DISK_AT", &number), ("FAAM_DISK_DO", kind)]);
            let what = format!("{name}, {kind} at call {at} of {count}");
            let killed = !output.status.success();
            let is_kill = matches!(kind, "kill" | "torn" | "after");
            // A program that does not get through may not stop on a fault: it says what it was.
            assert!(!killed || is_kill, "{what}: {}", String::from_utf8_lossy(&output.stderr));
            kills += u32::from(killed);
            faults += u32::from(!is_kill);
            told += u32::from(said.iter().any(|line| line.starts_with("failed: ")));
            judge(root.path(), killed, &said, &what);
        }
    }
    println!("{name}: {count} calls; {kills} kills, {faults} faults, {told} of them told");
    assert!(kills > 0 && told > 0);
}

fn acknowledged(said: &[String]) -> u64 {
    said.iter().filter_map(|line| line.parse().ok()).max().unwrap_or(3)
}

#[test]
fn a65_whatever_call_fails_or_is_the_last_what_was_acknowledged_is_there() {
    let home = filled();
    at_every_call(&home, "commit", 25, &|root, _, said, what| {
        let key = root.join("store.key");
        let store = Store::open(&root.join("store"), Unlock::KeyFile(&key))
            .unwrap_or_else(|error| panic!("{what}: {error} after {said:?}"));
        let (last, told) = (whole(&store), acknowledged(said));
        assert!(last == told || last == told + 1, "{what}: {last} of {told}");
        // And it goes on.
        (last + 1..=BATCHES).for_each(|n| store.commit(batch(n)).unwrap());
    });
}

#[test]
fn a65_a_store_that_is_made_is_whole_or_can_be_made_again() {
    let home = Home::new();
    let key = faam_store_key(&home);
    at_every_call(&home, "create", 25, &|root, killed, said, what| {
        let key = root.join("store.key");
        let unlock = Unlock::KeyFile(&key);
        match Store::open(&root.join("store"), unlock) {
            Ok(store) => assert_eq!(store.count(RATINGS).unwrap(), 0),
            Err(OpenError::NotFound { .. }) => {
                assert!(killed || said.last().is_some_and(|last| last != "done"), "{what}: {said:?}");
                Store::create(&root.join("store"), unlock, &quick())
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            Err(other) => panic!("{what}: {other:?}"),
        }
    });
    drop(key);
}

/// The key file lies outside of the disk that fails.
fn faam_store_key(home: &Home) -> tempfile::TempDir {
    let other = tempfile::tempdir().unwrap();
    drop(Store::create(&other.path().join("x"), Unlock::KeyFile(&home.key_file()), &quick()).unwrap());
    other
}

#[test]
fn a66_a_change_of_passphrase_is_made_or_not_wherever_it_is_killed() {
    let home = Home::new();
    let store = Store::create(&home.store(), PASS, &quick()).unwrap();
    (1..=3).for_each(|n| store.commit(batch(n)).unwrap());
    drop(store);
    at_every_call(&home, "rewrap", 1000, &|root, _, said, what| {
        let dir = root.join("store");
        let (old, new) = (Store::open(&dir, PASS).map(|store| whole(&store)), Store::open(&dir, NEW));
        let new = new.map(|store| whole(&store));
        match (&old, &new) {
            (Ok(3), Err(OpenError::Locked)) => {
                assert!(said.last().is_none_or(|last| last != "done"), "{what}: it said that it was done");
            }
            (Err(OpenError::Locked), Ok(3)) => {}
            _ => panic!("{what}: {old:?} and {new:?} after {said:?}"),
        }
    });
}

#[test]
fn a65_compaction_loses_nothing_wherever_it_is_killed() {
    let home = filled();
    at_every_call(&home, "compact", 25, &|root, _, said, what| {
        let key = root.join("store.key");
        let unlock = Unlock::KeyFile(&key);
        let store = Store::open(&root.join("store"), unlock)
            .unwrap_or_else(|error| panic!("{what}: {error} {said:?}"));
        assert_eq!(whole(&store), 3, "{what}");
        store.commit(batch(4)).unwrap();
        drop(store);
        compact(&root.join("store"), unlock).unwrap();
    });
}

#[test]
fn a65_a_repair_can_be_done_again_wherever_it_was_killed() {
    let home = filled();
    let dir = home.store();
    // Both heads gone: everything is intact, and nothing says so.
    for name in ["head.a", "head.b"] {
        fs::write(dir.join(name), b"?").unwrap();
    }
    at_every_call(&home, "repair", 25, &|root, _, said, what| {
        let (dir, key) = (root.join("store"), root.join("store.key"));
        let unlock = Unlock::KeyFile(&key);
        match Store::open(&dir, unlock) {
            Ok(store) => assert_eq!(whole(&store), 3, "{what}"),
            Err(OpenError::Damaged { .. }) => {
                assert!(said.last().is_none_or(|last| last != "done"), "{what}");
            }
            Err(other) => panic!("{what}: {other:?}"),
        }
        repair(&dir, unlock).unwrap_or_else(|error| panic!("{what}: {error} after {said:?}"));
        assert_eq!(whole(&Store::open(&dir, unlock).unwrap()), 3, "{what}");
    });
}

/// 60 rounds, or as many as `FAAM_POWER_ROUNDS` says.
#[test]
fn a65_a_power_cut_loses_nothing_that_was_acknowledged() {
    let rounds: u32 =
        std::env::var("FAAM_POWER_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60);
    let mut rng = rng(2026);
    let mut seen = std::collections::BTreeMap::new();
    for (name, home) in [("commit", filled()), ("compact", filled())] {
        let root = home.root.path();
        let before = World::of(&home.store());
        let log = root.join("log");
        // What it says goes where the disk writes it down, so that it stands in order with the rest.
        fs::write(root.join("job"), name).unwrap();
        let mut command = child("child_that_works", root);
        disk::under(&mut command, root);
        let output = command.env("FAAM_DISK_LOG", &log).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let calls = disk::calls(&log);
        fs::remove_file(&log).unwrap();
        for round in 0..rounds / 2 {
            let at = rng.gen_range(0..=calls.len());
            let mut world = before.clone();
            let mut told = 3;
            for call in calls.iter().take(at) {
                match call.written_to("said").map(|line| String::from_utf8_lossy(line).into_owned()) {
                    Some(line) => told = line.trim().parse().unwrap_or(told),
                    None => world.apply(call),
                }
            }
            fs::remove_dir_all(home.store()).unwrap();
            world.cut(&mut rng);
            let key = home.key_file();
            let store = Store::open(&home.store(), Unlock::KeyFile(&key))
                .unwrap_or_else(|error| panic!("{name}, round {round}, cut after {at}: {error:?}"));
            let last = whole(&store);
            assert!(
                last == told || last == told + 1,
                "{name}, round {round}, cut after {at}: {last} of {told}"
            );
            *seen.entry((name, last)).or_insert(0_u32) += 1;
        }
    }
    println!("{rounds} power cuts (seed 2026): {seen:?}");
    assert!(seen.len() > 3);
}
