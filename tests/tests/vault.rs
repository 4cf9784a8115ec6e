//! What becomes of a wallet: the stories of the manual (`wallet/docs/vault.md`) with real programs, and kills at every step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use faam_tests::process::{Node, Said, Wallet, program, run};
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

const BACKUP: &str = "written on paper, in the drawer";
const NEW: &str = "of the machine that came after";

/// A market with some ratings for account 7, which a wallet holds, and a verifier that was shown them.
struct Story {
    market: Node,
    verifier: Node,
    wallet: Wallet,
    folder: tempfile::TempDir,
}

fn secret(path: &Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

impl Story {
    fn begin() -> Self {
        let mut market = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
        market.start();
        market.import("from,to,feature,time\n1,7,10,1400000000\n2,7,-3,1450000000\n3,7,8,1460000000\n");
        let mut verifier = Node::init(None, "Beta Rentals");
        verifier.trust(&market.did, "bitcoin-alpha");
        verifier.start();
        let wallet = Wallet::init();
        let story = Self { market, verifier, wallet, folder: tempfile::tempdir().unwrap() };
        let (link, code) = story.market.offer("7", &[]);
        let _ = story.wallet.receive(&link, &code).ok();
        story.show(&story.wallet.dir(), None);
        story
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on a wallet in `dir`, whose passphrase is the file `passphrase`.
    fn on(&self, dir: &Path, passphrase: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(program("faam"));
        command.args(arguments).args(["--json", "--no-input", "--passphrase-file", passphrase]);
        run(command.arg("--home").arg(dir).env_remove("FAAM_HOME"))
    }

    /// Shows ratings to the verifier, which accepts them.
    fn show(&self, dir: &Path, passphrase: Option<&str>) {
        let (link, id) = self.verifier.request(&["--ratings", "3", "--disclose", "day"]);
        let faam = |arguments: &[&str]| match passphrase {
            None => self.wallet.run(arguments),
            Some(file) => self.on(dir, file, arguments),
        };
        let dry = faam(&["present", &link, "--dry-run"]).ok().json();
        let approve = faam_tests::process::find(&dry, "approve").unwrap();
        let _ = faam(&["present", &link, "--approve", &approve]).ok();
        assert_eq!(self.verifier.show(&id)["data"]["decision"]["outcome"], "accepted");
    }

    /// A backup of the wallet, and the file with its passphrase.
    fn backup(&self, name: &str) -> (String, String) {
        let file = self.path(name).to_str().unwrap().to_owned();
        let key = secret(&self.path("backup-passphrase"), BACKUP);
        let made =
            self.wallet.run(&["backup", "create", &file, "--backup-passphrase-file", &key, "--kdf-floor"]);
        assert_eq!(made.ok().json()["data"]["opened"], true);
        (file, key)
    }

    fn data(&self, said: Said) -> Value {
        said.ok().json()["data"].take()
    }
}

/// A lost device: the backup, on a machine with nothing on it.
#[test]
fn a_lost_device_is_replaced_from_the_backup() {
    let story = Story::begin();
    let (file, key) = story.backup("faam.age");
    let all = ["passport", "ratings", "log"];
    let exported = story.path("before.jsonl");
    let _ = story.wallet.run(&["log", "export", exported.to_str().unwrap()]).ok();
    let before: Vec<Value> = all.iter().map(|name| story.data(story.wallet.run(&[name]))).collect();
    let verified =
        story.data(story.wallet.run(&["backup", "verify", &file, "--backup-passphrase-file", &key]));
    assert_eq!(verified["relation"]["is"], "same");
    assert_eq!(verified["contents"]["receipts"], 1);
    // The device is gone, with everything on it.
    std::fs::remove_dir_all(story.wallet.dir()).unwrap();

    let dir = story.path("new-machine");
    let new = secret(&story.path("new-passphrase"), NEW);
    let restored =
        story.on(&dir, &new, &["backup", "restore", &file, "--backup-passphrase-file", &key, "--kdf-floor"]);
    assert_eq!(story.data(restored)["contents"], verified["contents"]);
    for (name, before) in all.iter().zip(before) {
        let mut after = story.data(story.on(&dir, &new, &[name]));
        if let Some(entries) = after.get_mut("entries").and_then(Value::as_array_mut) {
            assert_eq!(entries.remove(0)["what"], "restored_backup");
        }
        assert_eq!(after, before, "{name}");
    }
    let again = story.path("after.jsonl");
    let _ = story.on(&dir, &new, &["log", "export", again.to_str().unwrap()]).ok();
    let lines =
        |path: &Path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&exported), lines(&again));
    assert!(before.len() > 2 && before.iter().all(|line| after.contains(line)), "{before:?}\n{after:?}");
    assert_eq!(after.len(), before.len() + 1, "and the note that it was restored");
    // It shows and receives as before: markets and verifiers notice nothing.
    story.show(&dir, Some(&new));
    story.market.import(
        "from,to,feature,time\n1,7,10,1400000000\n2,7,-3,1450000000\n3,7,8,1460000000\n4,7,9,1470000000\n",
    );
    let again =
        story.on(&dir, &new, &["backup", "restore", &file, "--backup-passphrase-file", &key, "--kdf-floor"]);
    assert_eq!((again.code, &again.json()["error"]["code"]), (Some(1), &Value::from("store.exists")));
}

/// A forgotten passphrase: the backup has one of its own; without a backup, the phrase and the markets.
#[test]
fn a_forgotten_passphrase_costs_nothing_with_a_backup_and_the_log_without_one() {
    let story = Story::begin();
    let (file, key) = story.backup("faam.age");
    let wrong = secret(&story.path("wrong"), "what was it again");
    let locked = story.on(&story.wallet.dir(), &wrong, &["passport"]);
    assert_eq!((locked.code, &locked.json()["error"]["code"]), (Some(5), &Value::from("store.locked")));
    let hint = locked.json()["error"]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("faam backup restore") && hint.contains("faam restore"), "{hint}");
    let new = secret(&story.path("new-passphrase"), NEW);
    let dir = story.path("by-backup");
    let restore = ["backup", "restore", &file, "--backup-passphrase-file", &key, "--kdf-floor"];
    let _ = story.on(&dir, &new, &restore).ok();
    assert_eq!(story.data(story.on(&dir, &new, &["passport"])), story.data(story.wallet.run(&["passport"])));
    // The other passphrase does not open the backup.
    let other =
        story.on(&story.path("no"), &new, &["backup", "restore", &file, "--backup-passphrase-file", &new]);
    assert_eq!((other.code, &other.json()["error"]["code"]), (Some(5), &Value::from("backup.locked")));
    assert!(!story.path("no").join("key.slot").exists());

    // With nothing but the phrase: keys, and what the market offers again.
    let phrase = phrase_of(&story.wallet);
    let words = secret(&story.path("phrase"), &phrase);
    let dir = story.path("by-phrase");
    let restored = story.data(story.on(&dir, &new, &["restore", "--phrase-file", &words, "--kdf-floor"]));
    assert_eq!(restored["not_back"], serde_json::json!(["ratings", "log", "receipts"]));
    let (link, code) = story.market.offer("7", &[]);
    let _ = story.on(&dir, &new, &["receive", &link, "--code", &code]).ok();
    let markets = |value: Value| value["markets"][0]["numbers"].clone();
    assert_eq!(
        markets(story.data(story.on(&dir, &new, &["passport"]))),
        markets(story.data(story.wallet.run(&["passport"])))
    );
    let log = story.data(story.on(&dir, &new, &["log"]));
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "the log is not back: {log}");
    story.show(&dir, Some(&new));

    // Another passphrase for a wallet whose own is known; the old one opens nothing then.
    let changed = story.wallet.run(&["passphrase", "--new-passphrase-file", &new, "--kdf-floor"]);
    assert_eq!(story.data(changed), serde_json::json!({"changed": true}));
    assert_eq!(story.wallet.run(&["passport"]).code, Some(5));
    let log = story.data(story.on(&story.wallet.dir(), &new, &["log"]));
    assert_eq!(log["entries"][0]["what"], "passphrase_changed");
}

fn phrase_of(wallet: &Wallet) -> String {
    let vault =
        faam_wallet::vault::Vault::open(&wallet.dir(), faam_tests::process::PASSPHRASE.as_bytes()).unwrap();
    vault.phrase().unwrap().to_string()
}

/// One wallet on two devices: both go on, and a backup of the one tells it to the other.
#[test]
fn one_wallet_on_two_devices_is_noticed_and_said() {
    let story = Story::begin();
    let (file, key) = story.backup("faam.age");
    let new = secret(&story.path("new-passphrase"), NEW);
    let dir = story.path("second-device");
    let restore = ["backup", "restore", &file, "--backup-passphrase-file", &key, "--kdf-floor"];
    let _ = story.on(&dir, &new, &restore).ok();
    let verify =
        |file: &str| story.on(&dir, &new, &["backup", "verify", file, "--backup-passphrase-file", &key]);
    assert_eq!(story.data(verify(&file))["relation"]["is"], "older");
    // Both show something, and neither knows of the other's.
    story.show(&story.wallet.dir(), None);
    story.show(&dir, Some(&new));
    let (newer, _) = story.backup("newer.age");
    let said = verify(&newer);
    assert_eq!(said.code, Some(1), "{said:?}");
    let json = said.json();
    assert_eq!(json["error"]["code"], "backup.forked");
    assert_eq!(json["data"]["relation"]["is"], "forked");
    assert!(json["error"]["hint"].as_str().unwrap().contains("use it alone"));
    assert!(json["data"]["relation"]["here"].as_u64().unwrap() >= 2);
    // A wallet of somebody else's is no fork.
    let stranger = Wallet::init();
    let said = stranger.run(&["backup", "verify", &newer, "--backup-passphrase-file", &key]);
    assert_eq!(story.data(said)["relation"]["is"], "other");
    let alone = stranger.run(&["backup", "verify", &newer, "--backup-passphrase-file", &key, "--alone"]);
    assert_eq!(story.data(alone)["relation"], Value::Null);
}

#[test]
fn the_files_are_looked_after() {
    let story = Story::begin();
    let checked = story.data(story.wallet.run(&["vault", "check"]));
    assert_eq!(
        (&checked["damaged"], &checked["contents"]["markets"][0]["entries"]),
        (&Value::from(0), &Value::from(3))
    );
    let smaller = story.data(story.wallet.run(&["vault", "compact"]));
    assert_eq!(smaller["records"], checked["intact"]);
    let nothing = story.data(story.wallet.run(&["vault", "repair"]));
    assert_eq!((&nothing["aside"], &nothing["damaged"]), (&Value::Null, &Value::from(0)));
    let before = story.data(story.wallet.run(&["passport"]));
    for name in ["head.a", "head.b"] {
        std::fs::write(story.wallet.dir().join(name), "?").unwrap();
    }
    let damaged = story.wallet.run(&["vault", "check"]);
    assert_eq!((damaged.code, &damaged.json()["error"]["code"]), (Some(9), &Value::from("store.damaged")));
    assert!(damaged.json()["data"]["intact"].as_u64().unwrap() > 5);
    let repaired = story.data(story.wallet.run(&["vault", "repair"]));
    assert!(repaired["aside"].as_str().unwrap().ends_with("db.damaged-1"), "{repaired}");
    assert_eq!(story.data(story.wallet.run(&["passport"])), before);
    let text = story.wallet.text(&["doctor"]);
    assert!(text.out.contains("BAD backup"), "{text:?}");
    let _ = story.backup("faam.age");
    assert!(story.wallet.text(&["doctor"]).out.contains("ok  backup"));
}

/// The disk of the store's tests, which kills at a call.
fn disk(folder: &Path) -> PathBuf {
    let library = folder.join("disk.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node/store/tests/disk/disk.c");
    let built = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .status();
    assert!(built.unwrap().success());
    library
}

/// 50 rounds, or as many as `FAAM_KILL_ROUNDS` says: receive, another passphrase, backup, compaction, another name of a persona, each killed at some call to the
/// disk, chosen among all that it makes. What was acknowledged is there, and nothing is half.
#[test]
fn a65_a66_killed_over_everything_that_writes() {
    let rounds: u32 = std::env::var("FAAM_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    let story = Story::begin();
    let library = disk(story.folder.path());
    let mut rng = rand::rngs::StdRng::seed_from_u64(2_000);
    let words = [secret(&story.path("a"), faam_tests::process::PASSPHRASE), secret(&story.path("b"), NEW)];
    let key = secret(&story.path("backup-passphrase"), BACKUP);
    let dir = story.wallet.dir();
    let mut current = 0;
    let mut most = [250_u32, 60, 12, 200, 60];
    let mut seen = [[0_u32; 3]; 5];
    let mut name = "main".to_owned();
    for round in 0..rounds {
        let kind = usize::try_from(round % 5).unwrap();
        let next = format!("name {round}");
        let file = story.path(&format!("{round}.age"));
        let (link, code) = if kind == 0 { story.market.offer("7", &[]) } else { Default::default() };
        let before = story.data(story.on(&dir, &words[current], &["log", "--limit", "100000"]));
        let arguments: Vec<&str> = match kind {
            0 => vec!["receive", &link, "--code", &code],
            1 => vec!["passphrase", "--new-passphrase-file", &words[1 - current], "--kdf-floor"],
            2 => vec![
                "backup",
                "create",
                file.to_str().unwrap(),
                "--backup-passphrase-file",
                &key,
                "--kdf-floor",
            ],
            3 => vec!["vault", "compact"],
            _ => vec!["persona", "rename", &name, &next],
        };
        let at = rng.gen_range(1..=most[kind]);
        let how = ["kill", "torn", "after"][rng.gen_range(0..3)];
        let mut command = Command::new(program("faam"));
        command
            .args(&arguments)
            .args(["--json", "--no-input", "--passphrase-file", &words[current], "--home"])
            .arg(&dir)
            .env("LD_PRELOAD", &library)
            // Backups lie beside the wallet: both are under the same folder for nobody but this test.
            .env("FAAM_DISK_UNDER", if kind == 2 { story.folder.path() } else { &dir })
            .env("FAAM_DISK_AT", at.to_string())
            .env("FAAM_DISK_DO", how)
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let killed = output.status.code().is_none();
        let said = String::from_utf8_lossy(&output.stdout).contains("\"ok\":true");
        let what = format!("round {round}: {} {how} at {at}: {output:?}", arguments[0]);
        assert!(killed || said, "{what}");
        // It follows the calls that there are, so that kills fall anywhere in them.
        most[kind] = if killed { most[kind] + most[kind] / 4 } else { (at - 1).max(4) };

        let opens: Vec<bool> = words
            .iter()
            .map(|words| {
                let said = story.on(&dir, words, &["passport"]);
                assert!(matches!(said.code, Some(0 | 5)), "{what}: it does not open again: {said:?}");
                said.code == Some(0)
            })
            .collect();
        assert_eq!(opens.iter().filter(|opens| **opens).count(), 1, "{what}: one passphrase, entirely");
        let now = usize::from(opens[1]);
        if kind == 1 {
            assert!(!said || now != current, "{what}: acknowledged, and the old one opens it");
        } else {
            assert_eq!(now, current, "{what}");
        }
        current = now;
        let after = story.data(story.on(&dir, &words[current], &["log", "--limit", "100000"]));
        let (before, after) = (before["entries"].as_array().unwrap(), after["entries"].as_array().unwrap());
        let new = after.len() - before.len();
        assert_eq!(&after[new..], &before[..], "{what}: what was there is there");
        assert!(new <= 1, "{what}: {after:?}");
        let personas = story.data(story.on(&dir, &words[current], &["persona", "list"]));
        let called = personas["personas"][0]["name"].as_str().unwrap().to_owned();
        let renamed = kind == 4 && new == 1;
        assert_eq!(&called, if renamed { &next } else { &name }, "{what}: the name is what the log says");
        name = called;
        if said && (kind < 2 || kind == 4) {
            assert_eq!(new, 1, "{what}: what was acknowledged is there");
        }
        let intact = story.data(story.on(&dir, &words[current], &["vault", "check"]));
        assert_eq!(intact["damaged"], 0, "{what}");
        if kind == 2 {
            assert!(!said || file.exists(), "{what}");
            if file.exists() {
                let verify = ["backup", "verify", file.to_str().unwrap(), "--backup-passphrase-file", &key];
                assert_eq!(
                    story.data(story.on(&dir, &words[current], &verify))["relation"]["is"],
                    "same",
                    "{what}"
                );
                std::fs::remove_file(&file).unwrap();
            }
        }
        seen[kind][if said { 2 } else { usize::from(new == 1 || kind == 2) }] += 1;
    }
    println!("{rounds} kills (seed 2000) over receive, passphrase, backup, compact, persona: {seen:?}");
    assert!(seen.iter().all(|kind| kind[0] + kind[1] > 0), "no kill came in time: {seen:?}");
}
