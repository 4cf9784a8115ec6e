//! The store itself, over many connections at once.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use faam_node::config::PostgresSettings;
use faam_node::core::{
    Change, MemoryStorage, Storage, StorageError, StoredNonces, StoredPendings, StoredSources, Table,
};
use faam_node::identity::Identity;
use faam_node::postgres::{PostgresError, PostgresStore};
use faam_spec::did::KeyHistories;
use faam_spec::reason::Reason;
use faam_verifier::conformance;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;

use super::server::{Database, url_file};
use super::wire::{Cut, Line};

/// Whoever has this seed is this verifier.
pub fn identity(seed: u64) -> Identity {
    Identity::create(&MemoryStorage::new(), &mut StdRng::seed_from_u64(seed)).unwrap()
}

pub fn open(url: &str, of: u64) -> Result<PostgresStore, PostgresError> {
    let dir = TempDir::new().unwrap();
    let settings =
        PostgresSettings { url_file: url_file(dir.path(), url), ca_file: None, danger_plain_tcp: false };
    PostgresStore::open(&settings, &identity(of))
}

/// Eight at once, each with a connection of its own.
fn eight<T: Send>(url: &str, work: impl Fn(usize, &PostgresStore) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|number| {
                let (work, barrier) = (&work, &barrier);
                scope.spawn(move || {
                    let store = open(url, 1).unwrap();
                    barrier.wait();
                    work(number, &store)
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

//= spec/text/verifying.md#REQ-VERIFY-12
//= type=test
//# A nonce MUST be consumed atomically and once
//= spec/text/shared-store.md#REQ-SHARED-3
//= type=test
//# A commit MUST be made wholly or not at all, and only if every record that it rests on is still as it was read.
#[test]
fn a17_a_nonce_that_eight_connections_take_at_once_is_taken_once() {
    let Some(database) = Database::new() else { return };
    let rounds = 200_u32;
    let taken = eight(&database.url, |number, store| {
        let mut taken = Vec::new();
        for round in 0..rounds {
            let nonce = format!("nonce {round}");
            // With it goes what the taker decided, or nothing of it.
            let changes = vec![
                Change::create(Table::NONCES, nonce.as_bytes(), b"1"),
                Change::put(Table::DECISIONS, nonce.as_bytes(), [number as u8]),
                Change::put(
                    Table::REQUEST_ROWS,
                    [round.to_be_bytes().as_slice(), &[number as u8]].concat(),
                    b"x",
                ),
            ];
            match store.commit(changes) {
                Ok(()) => taken.push(round),
                Err(StorageError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
        taken
    });
    let mut all: Vec<u32> = taken.iter().flatten().copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..rounds).collect::<Vec<_>>(), "each once");
    assert!(taken.iter().filter(|some| !some.is_empty()).count() > 1, "they were not at it at once");
    let store = open(&database.url, 1).unwrap();
    assert_eq!(store.count(Table::REQUEST_ROWS).unwrap(), rounds as usize, "nothing of those that lost");
    for (number, some) in taken.iter().enumerate() {
        for round in some {
            let decided = store.get(Table::DECISIONS, format!("nonce {round}").as_bytes()).unwrap();
            assert_eq!(decided, Some(vec![number as u8]));
        }
    }
}

//= spec/text/shared-store.md#REQ-SHARED-3
//= type=test
//# A commit MUST be made wholly or not at all, and only if every record that it rests on is still as it was read.
#[test]
fn what_a_commit_rests_on_stays_as_it_was_read() {
    let Some(database) = Database::new() else { return };
    let id = b"counter".as_slice();
    open(&database.url, 1).unwrap().commit(vec![Change::create(Table::KNOWN_STATE, id, [0; 4])]).unwrap();
    let conflicts: u32 = eight(&database.url, |number, store| {
        let mut conflicts = 0;
        for step in 0..25_u32 {
            loop {
                let before = store.get(Table::KNOWN_STATE, id).unwrap().unwrap();
                let value = u32::from_be_bytes(before.clone().try_into().unwrap());
                let mine = [number as u8, step as u8];
                let changes = vec![
                    Change::put(Table::KNOWN_STATE, id, (value + 1).to_be_bytes()).if_still(before),
                    Change::create(Table::KNOWN_LISTS, mine, value.to_be_bytes()),
                ];
                match store.commit(changes) {
                    Ok(()) => break,
                    Err(StorageError::Conflict) => conflicts += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        conflicts
    })
    .into_iter()
    .sum();
    let store = open(&database.url, 1).unwrap();
    assert_eq!(store.get(Table::KNOWN_STATE, id).unwrap().unwrap(), 200_u32.to_be_bytes());
    let mut values: Vec<Vec<u8>> =
        store.scan(Table::KNOWN_LISTS).unwrap().into_iter().map(|(_, value)| value).collect();
    values.sort_unstable();
    assert_eq!(values, (0..200_u32).map(|n| n.to_be_bytes().to_vec()).collect::<Vec<_>>());
    assert!(conflicts > 0, "they were never in each other's way");

    // Whoever only looks is bound by it as well, and many may look at once.
    let now = 200_u32.to_be_bytes();
    let kept = eight(&database.url, |number, store| {
        let changes =
            vec![Change::keep(Table::KNOWN_STATE, id, now), Change::put(Table::NONCES, [number as u8], b"1")];
        store.commit(changes).is_ok()
    });
    assert_eq!(kept, [true; 8]);
    let stale = vec![Change::keep(Table::KNOWN_STATE, id, [0; 4]), Change::put(Table::NONCES, b"late", b"1")];
    assert!(matches!(store.commit(stale), Err(StorageError::Conflict)));
    let gone = vec![Change::delete(Table::KNOWN_STATE, id).if_still([0; 4])];
    assert!(matches!(store.commit(gone), Err(StorageError::Conflict)));
    assert_eq!(store.get(Table::NONCES, b"late").unwrap(), None);
    store.commit(vec![Change::delete(Table::KNOWN_STATE, id).if_still(now)]).unwrap();
    assert_eq!(store.get(Table::KNOWN_STATE, id).unwrap(), None);
}

//= spec/text/shared-store.md#REQ-SHARED-4
//= type=test
//# Where a connection ends during a commit, the node MUST ask the database what became of it, and
//# acknowledge nothing until it knows.
#[test]
fn a_commit_whose_connection_is_cut_is_looked_up() {
    let Some(database) = Database::own() else { return };
    let dir = TempDir::new().unwrap();
    let line = Line::new(dir.path(), database.socket());
    let store = open(&line.url(), 1).unwrap();
    for round in 0..20_u8 {
        line.cut(if round % 2 == 0 { Cut::Before } else { Cut::After });
        // If it were tried again though it was made, the nonce would be in its own way.
        store.commit(vec![Change::create(Table::NONCES, [round], [round])]).unwrap();
        assert_eq!(store.get(Table::NONCES, &[round]).unwrap(), Some(vec![round]));
        let again = store.commit(vec![Change::create(Table::NONCES, [round], b"other")]);
        assert!(matches!(again, Err(StorageError::Conflict)), "{again:?}");
    }
    assert_eq!(line.cuts.load(std::sync::atomic::Ordering::SeqCst), 20);
    assert_eq!(store.count(Table::NONCES).unwrap(), 20);
}

//= spec/text/shared-store.md#REQ-SHARED-5
//= type=test
//# A node that cannot reach the database MUST say so (`store.io`, on the local interface with `503`; to peers `net.busy`), go on running, and work
//# again when the database is there again.
#[test]
fn a_database_that_is_away_is_said_to_be_and_found_again() {
    let Some(mut database) = Database::own() else { return };
    let store = open(&database.url, 1).unwrap();
    store.commit(vec![Change::create(Table::NONCES, b"before", b"1")]).unwrap();
    for round in 0..3_u8 {
        if round == 1 {
            database.crash()
        } else {
            database.stop()
        }
        let begun = Instant::now();
        for _ in 0..20 {
            assert!(matches!(store.get(Table::NONCES, b"before"), Err(StorageError::Unreachable(_))));
            let change = vec![Change::create(Table::NONCES, [round], b"1")];
            assert!(matches!(store.commit(change), Err(StorageError::Unreachable(_))));
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "whoever asks is told at once");
        database.start();
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            match store.commit(vec![Change::create(Table::NONCES, [round], b"1")]) {
                Ok(()) => break,
                Err(StorageError::Unreachable(_)) if Instant::now() < end => {
                    thread::sleep(Duration::from_millis(50));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(store.get(Table::NONCES, b"before").unwrap(), Some(b"1".to_vec()));
        // Connections that end between two questions are not noticed at all.
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'faam-node %'");
        assert_eq!(store.get(Table::NONCES, &[round]).unwrap(), Some(b"1".to_vec()));
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'faam-node %'");
        store.commit(vec![Change::put(Table::NONCES, [round], b"2")]).unwrap();
    }
}

#[test]
fn a17_a34_a40_the_stores_of_a_verifier_pass_their_suites() {
    let Some(database) = Database::new() else { return };
    let url = &database.url;
    conformance::nonces(|| StoredNonces(open(url, 1).unwrap()));
    conformance::pendings(|| StoredPendings { store: open(url, 1).unwrap(), histories: KeyHistories::new() });
    conformance::sources(|| StoredSources::new(open(url, 1).unwrap(), KeyHistories::new()));
}

#[test]
fn a_database_that_hangs_is_not_waited_for_for_ever() {
    let Some(database) = Database::new() else { return };
    let store = open(&database.url, 1).unwrap();
    store.commit(vec![Change::create(Table::NONCES, b"a", b"1")]).unwrap();
    // Somebody holds the row, as another program in the database may.
    let url = database.url.clone();
    let (held, holding) = std::sync::mpsc::channel();
    let (done, until) = std::sync::mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN; SELECT * FROM faam_record FOR UPDATE").await.unwrap();
            held.send(()).unwrap();
            until.recv().unwrap();
        });
    });
    holding.recv().unwrap();
    let begun = Instant::now();
    let stuck = store.commit(vec![Change::put(Table::NONCES, b"a", b"2")]);
    assert!(matches!(stuck, Err(StorageError::Unreachable(_))), "{stuck:?}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(store.get(Table::NONCES, b"a").unwrap(), Some(b"1".to_vec()));
    done.send(()).unwrap();
    holder.join().unwrap();
    store.commit(vec![Change::put(Table::NONCES, b"a", b"2")]).unwrap();
    assert_eq!(store.get(Table::NONCES, b"a").unwrap(), Some(b"2".to_vec()));
}

//= spec/text/shared-store.md#REQ-SHARED-8
//= type=test
//# A node MUST make and change the tables under a lock that only one node has at a time; tables of a newer
//# version or of another verifier are refused and left as they are.
#[test]
fn the_tables_are_made_once_and_are_one_verifiers() {
    let Some(database) = Database::new() else { return };
    // All eight find nothing there.
    eight(&database.url, |number, store| {
        store.commit(vec![Change::create(Table::NONCES, [number as u8], b"1")]).unwrap();
    });
    let store = open(&database.url, 1).unwrap();
    assert_eq!(store.count(Table::NONCES).unwrap(), 8);

    let other = open(&database.url, 2).unwrap_err();
    assert!(matches!(other, PostgresError::OtherVerifier), "{other}");
    database.sql("UPDATE faam_verifier SET version = 7");
    let newer = open(&database.url, 1).unwrap_err();
    assert!(matches!(newer, PostgresError::Newer { version: 7 }), "{newer}");
    assert_eq!(newer.reason(), Reason::StoreNewer);
    assert_eq!(database.sql("SELECT version FROM faam_verifier"), ["7"]);
    assert_eq!(database.sql("SELECT count(*) FROM faam_record"), ["8"]);
    // One of an older program is brought on when a node starts, and one that runs does not work with it.
    database.sql("UPDATE faam_verifier SET version = 0");
    drop(open(&database.url, 1).unwrap());
    assert_eq!(database.sql("SELECT version FROM faam_verifier"), ["1"]);

    // A daemon that runs does not take an empty database for its own.
    database.sql("DROP TABLE faam_verifier, faam_record");
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'faam-node %'",
    );
    assert!(store.commit(vec![Change::create(Table::NONCES, [0], b"1")]).is_err());
    let tables =
        "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'faam%' AND schemaname = current_schema()";
    assert_eq!(database.sql(tables), ["0"]);
}

//= spec/text/shared-store.md#REQ-SHARED-6
//= type=test
//# What stands in the database MUST be sealed under a key that the database has not; ids MUST stand there as keyed
//# digests.
//= spec/text/shared-store.md#REQ-SHARED-7
//= type=test
//# A record that does not open under its own table and place MUST be an error, and never a record that is
//# not there.
#[test]
fn the_database_reads_nothing_and_makes_up_nothing() {
    let Some(database) = Database::new() else { return };
    let store = open(&database.url, 1).unwrap();
    let (capability, decision) = (b"capability-of-16", b"{\"decision\":\"a person's rating\"}".repeat(200));
    store
        .commit(vec![
            Change::put(Table::REQUESTS, capability, decision.clone()),
            Change::put(Table::DECISIONS, capability, decision.clone()),
            Change::put(Table::DECISIONS, b"another-one", b"another"),
            Change::put(Table::NONCES, b"the-nonce", b"1800000000"),
        ])
        .unwrap();
    let rows = database.sql(
        "SELECT encode(id || digest || sealed, 'hex') FROM faam_record UNION ALL SELECT encode(verifier, 'hex') FROM faam_verifier",
    );
    assert_eq!(rows.len(), 5);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let did = identity(1).verifier().did().to_string();
    for secret in [&capability[..], b"rating", b"the-nonce", b"1800000000", b"another", did.as_bytes()] {
        assert!(rows.iter().all(|row| !row.contains(&hex(secret))), "{}", String::from_utf8_lossy(secret));
    }

    // Moved to another table or place, changed, or cut short: an error each time, and never nothing.
    let read = |table| (store.get(table, capability), store.scan(table));
    for forged in [
        "UPDATE faam_record r SET sealed = s.sealed FROM faam_record s WHERE r.tbl = 68 AND s.tbl = 67",
        "UPDATE faam_record SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) WHERE tbl = 68",
        "UPDATE faam_record SET sealed = substr(sealed, 1, 20) WHERE tbl = 68",
        "UPDATE faam_record SET sealed = '' WHERE tbl = 68",
        "UPDATE faam_record r SET sealed = s.sealed FROM faam_record s WHERE r.tbl = 68 AND s.tbl = 68 AND s.id <> r.id",
    ] {
        database.sql(forged);
        let (one, all) = read(Table::DECISIONS);
        assert!(one.is_err() && all.is_err(), "{forged}");
        let whole = vec![
            Change::put(Table::DECISIONS, capability, decision.clone()),
            Change::put(Table::DECISIONS, b"another-one", b"another"),
        ];
        store.commit(whole).unwrap();
        assert_eq!(read(Table::DECISIONS).0.unwrap(), Some(decision.clone()));
    }
    let again = open(&database.url, 1).unwrap();
    assert_eq!(again.scan(Table::DECISIONS).unwrap().len(), 2);
    let large = vec![7; 3 * 1024 * 1024];
    again.commit(vec![Change::put(Table::DECISIONS, b"large", large.clone())]).unwrap();
    assert_eq!(store.get(Table::DECISIONS, b"large").unwrap(), Some(large));
    assert!(store.commit(vec![Change::put(Table::DECISIONS, b"x", vec![0; 33 * 1024 * 1024])]).is_err());
    drop(Arc::new(again));
}
