//! Other processes: one that has the store open (A64), ones that are killed, and ones whose disk is full (A65).

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
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use common::{Home, RATINGS, RECEIPTS, bytes, child, job, rng};
use faam_store::{Batch, CommitError, OpenError, Store, Table, Unlock};
use rand::Rng;

const COUNTER: Table = Table(9);
/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

fn open(root: &Path) -> Result<Store, OpenError> {
    Store::open(&root.join("store"), Unlock::KeyFile(&root.join("store.key")))
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n@{line}").unwrap();
    out.flush().unwrap();
}

/// The lines a child says, as they come.
fn listen(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if let Some(said) = line.strip_prefix('@') {
                let _ = sender.send(said.to_owned());
            }
        }
    });
    receiver
}

/// Batch number `n`: what it does follows from the number alone, so that anybody can tell what must be there.
fn batch(n: u64) -> Batch {
    let mut rng = rng(n);
    let mut batch = Batch::new().put(COUNTER, b"last", n.to_be_bytes());
    for i in 0..rng.gen_range(1..6_u64) {
        let len = if rng.gen_bool(0.2) { rng.gen_range(0..20_000) } else { rng.gen_range(0..900) };
        batch = batch.put(RATINGS, key(n, i), bytes(n * 100 + i, len));
    }
    // Every batch also replaces a record that earlier ones wrote, and sometimes deletes one.
    batch = batch.put(RECEIPTS, [(n % 7) as u8], bytes(n, 3000));
    if n.is_multiple_of(3) && n > 5 { batch.delete(RATINGS, key(n - 5, 0)) } else { batch }
}

fn key(n: u64, i: u64) -> Vec<u8> {
    [n.to_be_bytes(), i.to_be_bytes()].concat()
}

/// Ids and values.
type Records = Vec<(Vec<u8>, Vec<u8>)>;

/// What must be there after batches 1 to `last`.
fn expected(last: u64) -> (Records, Records) {
    let (mut ratings, mut receipts) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    for n in 1..=last {
        let mut rng = rng(n);
        for i in 0..rng.gen_range(1..6_u64) {
            let len = if rng.gen_bool(0.2) { rng.gen_range(0..20_000) } else { rng.gen_range(0..900) };
            ratings.insert(key(n, i), bytes(n * 100 + i, len));
        }
        receipts.insert(vec![(n % 7) as u8], bytes(n, 3000));
        if n.is_multiple_of(3) && n > 5 {
            ratings.remove(&key(n - 5, 0));
        }
    }
    (ratings.into_iter().collect(), receipts.into_iter().collect())
}

fn last(store: &Store) -> u64 {
    let last = store.get(COUNTER, b"last").unwrap();
    last.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
}

/// Everything is there up to the last batch, and that batch is whole.
fn check_whole(store: &Store) -> u64 {
    let last = last(store);
    let (ratings, receipts) = expected(last);
    for (table, expected) in [(RATINGS, ratings), (RECEIPTS, receipts)] {
        let found: Vec<_> =
            store.scan(table).unwrap().into_iter().map(|(id, value)| (id, value.unwrap())).collect();
        assert!(found == expected, "not what batches 1 to {last} left");
    }
    last
}

/// A child that commits batch after batch until it is ended, and says the number of each once it is acknowledged.
#[test]
fn child_that_writes() {
    let Some(root) = job() else { return };
    let store = open(&root).unwrap();
    say("open");
    for n in last(&store) + 1..100_000 {
        match store.commit(batch(n)) {
            Ok(()) => say(&format!("{n}")),
            Err(CommitError::Write { step, source }) => {
                assert!(matches!(store.commit(batch(n)), Err(CommitError::NeedsReopen)));
                return say(&format!("failed {step}: {source}"));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A child that holds the store open until its input ends.
#[test]
fn child_that_holds() {
    let Some(root) = job() else { return };
    let _store = open(&root).unwrap();
    say("open");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a64_a_second_opener_in_this_process_is_told_at_once() {
    let home = Home::new();
    let first = home.create();
    let began = Instant::now();
    let result = open(home.root.path());
    let Err(OpenError::InUse { pid, program }) = &result else { panic!("{result:?}") };
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(*pid, Some(std::process::id()));
    assert!(program.starts_with("processes"), "{program}");
    first.commit(Batch::new().put(RATINGS, b"a", b"1")).unwrap();
    drop(first);
    assert_eq!(home.open().count(RATINGS).unwrap(), 1);
}

#[test]
fn a64_a_second_process_is_told_who_has_the_store() {
    let home = Home::new();
    drop(home.create());
    let mut holder = child("child_that_holds", home.root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(listen(&mut holder).recv_timeout(PATIENCE).unwrap(), "open");
    let began = Instant::now();
    let error = open(home.root.path()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2));
    let text = error.to_string();
    assert!(matches!(error, OpenError::InUse { pid, .. } if pid == Some(holder.id())), "{error:?}");
    assert!(text.contains(&holder.id().to_string()) && text.contains("processes"), "{text}");
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    open(home.root.path()).unwrap();
}

#[test]
fn a64_the_lock_of_a_killed_process_is_free() {
    let home = Home::new();
    drop(home.create());
    let mut holder = child("child_that_holds", home.root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(listen(&mut holder).recv_timeout(PATIENCE).unwrap(), "open");
    holder.kill().unwrap();
    holder.wait().unwrap();
    open(home.root.path()).unwrap();
}

/// 20 rounds, or as many as `FAAM_KILL_ROUNDS` says (at most 10,000). The seed is printed.
#[test]
fn a65_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged() {
    let rounds = std::env::var("FAAM_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let home = Home::new();
    drop(home.create());
    let mut rng = rng(65);
    let mut acknowledged = 0_u64;
    let (mut kept, mut while_opening) = (0, 0);
    for round in 0..rounds.min(10_000_u32) {
        let mut writer = child("child_that_writes", home.root.path()).stdout(Stdio::piped()).spawn().unwrap();
        let said = listen(&mut writer);
        // A third of the kills aim at the opening, the others at some commit.
        let mut opened = false;
        if rng.gen_bool(0.33) {
            thread::sleep(Duration::from_micros(rng.gen_range(0..20_000)));
        } else {
            assert_eq!(said.recv_timeout(PATIENCE).unwrap(), "open", "round {round}");
            opened = true;
            thread::sleep(Duration::from_micros(rng.gen_range(0..60_000)));
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        for line in said {
            opened |= line == "open";
            if let Ok(n) = line.parse() {
                acknowledged = n;
            }
        }
        while_opening += u32::from(!opened);
        let store = open(home.root.path()).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        let last = check_whole(&store);
        assert!(
            last == acknowledged || last == acknowledged + 1,
            "round {round}: {last} of {acknowledged} acknowledged"
        );
        kept += last - acknowledged;
        // A batch that was kept without being acknowledged is there for good.
        acknowledged = last;
    }
    println!(
        "{rounds} kills (seed 65), {while_opening} of them while opening: {acknowledged} batches, all there;"
    );
    println!("{kept} of them were in flight and whole");
}

/// The system refuses to let the child's files grow, as a full disk does; every limit hits another write.
#[test]
fn a65_a_writer_whose_disk_is_full_says_so_and_loses_nothing() {
    let mut steps = std::collections::BTreeSet::new();
    for blocks in [1100, 1300, 1536, 1700, 2100] {
        let home = Home::new();
        drop(home.create());
        let inner = child("child_that_writes", home.root.path());
        let mut command = Command::new("sh");
        // The signal that goes with the limit is ignored, so that the write fails instead.
        command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()]);
        command.arg(inner.get_program()).args(inner.get_args()).env("FAAM_STORE_CHILD", home.root.path());
        let mut writer = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = listen(&mut writer);
        let mut acknowledged = 0;
        let failed = loop {
            let line = said.recv_timeout(PATIENCE).unwrap();
            match line.parse() {
                Ok(n) => acknowledged = n,
                Err(_) if line == "open" => {}
                Err(_) => break line,
            }
        };
        writer.wait().unwrap();
        assert!(failed.starts_with("failed "), "{failed}");
        steps.insert(failed);
        let store = open(home.root.path()).unwrap();
        let last = check_whole(&store);
        assert!(last == acknowledged || last == acknowledged + 1, "{last} of {acknowledged} acknowledged");
        store.commit(batch(last + 1)).unwrap();
        drop(store);
        assert_eq!(check_whole(&open(home.root.path()).unwrap()), last + 1);
    }
    println!("{steps:?}");
}
