//! Passphrase and seed are nowhere once the vault is locked (A69).
//!
//! What is on the disk, in arguments and environment is in `cli.rs`; here it is the memory of a process that had the vault open.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Home, PASSPHRASE};
use faam_wallet::vault::{Entropy, Vault};
use zeroize::Zeroizing;

/// The child: opens the vault that `FAAM_SECRETS_CHILD` names, uses its secrets, and says when it is open and when it is locked.
#[test]
fn child_that_unlocks() {
    let Some(dir) = std::env::var_os("FAAM_SECRETS_CHILD") else { return };
    // Straight from the descriptor: the standard input of the library keeps what it has read.
    let mut input = std::fs::File::open("/dev/fd/0").unwrap();
    let mut passphrase = Zeroizing::new(Vec::with_capacity(4096));
    let mut byte = Zeroizing::new([0; 1]);
    loop {
        input.read_exact(&mut *byte).unwrap();
        if *byte == [b'\n'] {
            break;
        }
        passphrase.push(byte[0]);
    }
    let vault = Vault::open(Path::new(&dir), &passphrase).unwrap();
    let market = "shop".parse().unwrap();
    let did = faam_spec::did::Did::from_key(&faam_spec::key::SigningKey::from_seed(&[1; 32]).verifying_key());
    let key = vault.holder_key(0, &did, &market).unwrap();
    println!("@open {}", key.verifying_key().to_bytes()[0]);
    input.read_exact(&mut *byte).unwrap();
    drop((key, vault, passphrase));
    println!("@locked");
    input.read_exact(&mut *byte).unwrap();
}

/// Which of the needles are in the memory of a process that it can write.
fn found(pid: u32, needles: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut found = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        let mut done = 0;
        // Guard pages and what the system keeps for itself cannot be read.
        while done < bytes.len() {
            match memory.read_at(&mut bytes[done..], from + done as u64) {
                Ok(0) | Err(_) => done += 4096,
                Ok(read) => done += read,
            }
        }
        for (name, needle) in needles {
            if !found.contains(name) && bytes.windows(needle.len()).any(|part| part == needle) {
                found.push(*name);
            }
        }
    }
    found
}

#[test]
fn a69_nothing_secret_is_in_memory_once_the_vault_is_locked() {
    let home = Home::new();
    let words = home.open().phrase().unwrap().to_string();
    let mnemonic = bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &words).unwrap();
    let entropy = mnemonic.to_entropy();
    let text = String::from(Entropy::from_phrase(&words).unwrap());
    let needles: Vec<(&'static str, Vec<u8>)> = vec![
        ("passphrase", PASSPHRASE.as_bytes().to_vec()),
        ("phrase", words.split(' ').take(6).collect::<Vec<_>>().join(" ").into_bytes()),
        ("entropy", entropy[..16].to_vec()),
        ("entropy as text", text.as_bytes()[..24].to_vec()),
        ("seed", mnemonic.to_seed_normalized("")[..32].to_vec()),
    ];
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child_that_unlocks", "--exact", "--nocapture", "--test-threads=1"])
        .env("FAAM_SECRETS_CHILD", &home.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |sign: &str| {
        assert!(lines.by_ref().map_while(Result::ok).any(|line| line.contains(sign)), "it never said {sign}");
    };
    input.write_all(format!("{PASSPHRASE}\n").as_bytes()).unwrap();
    until("@open");
    let open = found(child.id(), &needles);
    assert!(
        open.contains(&"passphrase") && open.contains(&"entropy"),
        "the search finds what is there: {open:?}"
    );
    input.write_all(b".").unwrap();
    until("@locked");
    let left = found(child.id(), &needles);
    assert!(left.is_empty(), "still in memory: {left:?}");
    input.write_all(b".").unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// The program itself, while it works: no core may be written, and arguments and environment name no secret.
#[test]
fn a69_the_program_allows_no_core_and_is_told_no_secret_by_arguments() {
    let home = Home::new();
    let mut child = home
        .command(&["listen"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let proc = format!("/proc/{}", child.id());
    // Until the program has taken the place of what started it, and has set its limits.
    let limits = loop {
        let limits = std::fs::read_to_string(format!("{proc}/limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        let fields: Vec<&str> = core.split_whitespace().collect();
        if fields[4..6] == ["0", "0"] {
            break core;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended: {core}");
        std::thread::yield_now();
    };
    for file in ["cmdline", "environ"] {
        let bytes = std::fs::read(format!("{proc}/{file}")).unwrap();
        assert!(!bytes.windows(PASSPHRASE.len()).any(|part| part == PASSPHRASE.as_bytes()), "{file}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(limits.contains('0'));
}
