//! Stopping a party from the command line: blocks, letters, times that are over, and what the log and `faam who` say of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Home, now};
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::hash::{Capability, Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;
use faam_spec::time::Timestamp;
use faam_wallet::vault::{ErasureAnswer, Happened, Reach, ShownLedger, Told, Vault, WhoAsked};
use serde_json::json;

const DAY: i64 = 86_400;

fn did(seed: u8) -> Did {
    Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key())
}

fn peer(seed: u8) -> PeerId {
    PeerId::from_public_key(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())
}

fn what(seed: u8, name: &str, ledger: u8, until: Timestamp) -> Happened {
    let shown = ShownLedger {
        issuer: did(200),
        market: "alpha".parse().unwrap(),
        ledger: LedgerId::from_bytes([ledger; 16]),
        epoch: "2026-47".into(),
        names: vec!["standing".into()],
        ratings: 0,
        indices: Vec::new(),
        of: 195,
        complete: false,
    };
    let to = WhoAsked {
        name: name.into(),
        did: Client::from(did(seed)),
        peer: Some(peer(seed)),
        post: None,
        purpose: "To drive you home".into(),
        retention_days: 30,
        terms_unsaid: false,
        terms: None,
        milestones: Vec::new(),
        ledgers: Vec::new(),
    };
    Happened::Shown {
        to,
        request: Hash::of(b"", b"request"),
        presentation: Hash::of(b"", b"presentation"),
        ledgers: vec![shown],
        private: Vec::new(),
        delete_by: until,
        told: Told::Unknown,
    }
}

/// A text on one line, wherever it was wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Somebody to whom something was shown over the network, at an address where nobody answers.
fn show(vault: &Vault, seed: u8, name: &str, ledger: u8, days: i64) -> u64 {
    let address = "/ip4/127.0.0.1/tcp/9".parse().unwrap();
    let capability = Capability::from_bytes([seed + 90; 16]);
    let link =
        Link::new(LinkKind::Present, peer(seed), did(seed), capability, now().plus(600), vec![address])
            .unwrap();
    let reach = Reach::new(&link, b"what was shown");
    let happened = what(seed, name, ledger, now().plus(days * DAY));
    vault.note_shown((0, happened), &did(seed).into(), &[], Some(&reach), now()).unwrap().seq
}

//= spec/text/erasure.md#REQ-ERASE-8
//= type=test
//# With each presentation that a peer takes, a wallet MUST keep the peer, its addresses, the link's capability and the proof,
//# sealed, and MUST delete them when they are of no use any more: when the statement came, or at `delete_by`.
#[test]
fn what_it_takes_to_ask_is_kept_sealed_until_the_time_is_over() {
    let home = Home::new();
    let vault = home.open();
    let (long, short) = (show(&vault, 1, "Beta", 1, 30), show(&vault, 2, "Gamma", 2, -1));
    assert!(vault.reach(long).unwrap().is_some() && vault.reach(short).unwrap().is_some());
    let secret = Capability::from_bytes([91; 16]).to_string();
    drop(vault);
    let mut files = vec![home.dir.clone()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(&secret), "{path:?}");
        }
    }
    // Any command that opens the wallet.
    assert_eq!(home.run(&["passport"]).code, 0);
    let vault = home.open();
    assert!(vault.reach(long).unwrap().is_some() && vault.reach(short).unwrap().is_none());
    // A backup has it, and no log.
    drop(vault);
    for command in ["log", "who"] {
        let said = home.run(&[command, "--json"]);
        assert!(!said.out.contains(&secret), "{said:?}");
    }
}

//= spec/text/erasure.md#REQ-ERASE-13
//= type=test
//# When the time is over until which a party said that it keeps something, the holder MUST be told once, and see it until
//# something is done.
#[test]
fn a_time_that_is_over_is_said_once_and_marked_until_something_is_done() {
    let home = Home::new();
    let vault = home.open();
    show(&vault, 1, "Beta Rentals", 1, 30);
    show(&vault, 2, "Gamma Rides", 2, -1);
    drop(vault);
    let first = home.run(&["passport", "--json"]);
    let words = flat(&first.err);
    assert!(words.contains("“Gamma Rides” said it would have deleted by"), "{first:?}");
    assert!(words.contains("faam stop 'Gamma Rides'") && !words.contains("Beta"), "{first:?}");
    assert!(!first.out.contains("Gamma"), "never in data that has nothing to do with it: {first:?}");
    for command in ["passport", "log", "who"] {
        assert!(!home.run(&[command]).err.contains("Gamma"), "said once: {command}");
    }
    let who = home.run(&["who"]);
    assert!(
        who.out.contains("Gamma Rides !") && who.out.contains("!: you have not asked them yet"),
        "{who:?}"
    );
    let data = home.run(&["who", "--json"]).envelope()["data"]["parties"].take();
    let gamma = data.as_array().unwrap().iter().find(|party| party["names"][0] == "Gamma Rides").unwrap();
    assert_eq!(gamma["stop"], json!({"erasures": [], "unasked": true}));

    // In Dutch where that is spoken.
    let vault = home.open();
    show(&vault, 3, "Delta", 3, -1);
    drop(vault);
    let dutch = home.command(&["passport"]).env("LANG", "nl_NL.UTF-8").output().unwrap();
    let dutch = flat(&String::from_utf8(dutch.stderr).unwrap());
    assert!(dutch.contains("“Delta” heeft gezegd"), "{dutch}");

    let said = home.run(&["stop", "Gamma Rides", "--print", "--json"]);
    let data = &said.envelope()["data"];
    assert_eq!(data["erasures"][0]["state"], "by_hand", "{data}");
    assert!(data["erasures"][0]["letter"].is_number(), "{data}");
    let letter = data["letter"].as_str().unwrap();
    assert!(letter.contains("Gamma Rides") && letter.contains(&Hash::of(b"", b"presentation").to_string()));
    let who = home.run(&["who"]).out;
    assert!(who.contains("Gamma Rides x") && who.contains("Delta !"), "{who}");
}

//= spec/text/erasure.md#REQ-ERASE-11
//= type=test
//# A question that was not delivered MUST stand where the holder sees it, with how often it was tried.
#[test]
fn what_was_not_delivered_is_kept_tried_again_and_seen() {
    let home = Home::new();
    let vault = home.open();
    let entry = show(&vault, 1, "Beta", 1, 30);
    drop(vault);
    let said = home.run(&["stop", "Beta", "--reason", "too many questions", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let data = &said.envelope()["data"];
    let asked = &data["erasures"][0];
    assert_eq!((asked["state"].as_str(), asked["tries"].as_u64()), (Some("waiting"), Some(1)), "{data}");
    assert_eq!(asked["code"], "net.unreachable", "{data}");
    assert_eq!(data["blocked"]["reason"], "too many questions");
    assert!(data["honest"].as_str().unwrap().contains("cannot be called back"));
    let text = flat(&home.run(&["stop"]).out);
    assert!(text.contains("“Beta”") && text.contains("too many questions"), "{text}");
    assert!(text.contains(&format!("No. {entry}: not delivered (tries so far: 1;")), "{text}");
    let who = flat(&home.run(&["who", "Beta"]).out);
    assert!(who.contains("blocked") && who.contains("not delivered"), "{who}");
    let log = flat(&home.run(&["log"]).out);
    assert!(log.contains("Blocked “Beta”") && log.contains("too many questions"), "{log}");

    // It is not tried again at once.
    let vault = home.open();
    let waiting = vault.erasure(entry).unwrap().unwrap();
    let ErasureAnswer::Waiting { next, .. } = waiting.answer else { panic!("{waiting:?}") };
    let pause = next.since(now());
    assert!((200..=310).contains(&pause), "{pause}");
    drop(vault);
    let listened = home.run(&["listen", "--once", "--json"]);
    assert!(!listened.out.contains("erasure"), "{listened:?}");
}

#[test]
fn pauses_double_up_to_a_day_and_end() {
    let home = Home::new();
    let vault = home.open();
    let entry = show(&vault, 1, "Beta", 1, 300);
    let until = now().plus(300 * DAY);
    let groups = [vec![entry]];
    let mut rng = rand::rngs::OsRng;
    let stopping = vault.block(&did(1).into(), "Beta", None);
    let mut asked = stopping.asking(&groups, false, now(), &mut rng).unwrap().done(now()).unwrap().remove(0);
    let (mut at, mut pauses) = (now(), Vec::new());
    for _ in 0..40 {
        let code = faam_spec::reason::Reason::NetTimeout;
        asked = vault.note_erasure_failed(&asked, code, until, at).unwrap();
        let ErasureAnswer::Waiting { next, .. } = asked.answer else { break };
        pauses.push(next.since(at));
        at = next;
    }
    assert_eq!(pauses[..4], [300, 600, 1200, 2400]);
    assert_eq!((pauses.len(), *pauses.last().unwrap()), (29, DAY), "30 tries");
    assert!(matches!(asked.answer, ErasureAnswer::GivenUp { .. }) && asked.is_over());
    // What is given up can be asked anew, while its time lasts.
    let stopping = vault.block(&did(1).into(), "Beta", None);
    let again = stopping.asking(&groups, false, at, &mut rng).unwrap().done(at).unwrap();
    assert!(again[0].is_due(at) && again[0].tries == 0);
    // And nothing is tried after the end.
    let late = vault.note_erasure_failed(&again[0], faam_spec::reason::Reason::NetTimeout, at, at).unwrap();
    assert!(matches!(late.answer, ErasureAnswer::GivenUp { .. }));
}

//= spec/text/erasure.md#REQ-ERASE-12
//= type=test
//# Questions about presentations of which nothing tied one to another MUST NOT be asked at one time, unless the holder says
//# so.
#[test]
fn a54_what_nothing_tied_is_not_asked_about_at_one_time() {
    let home = Home::new();
    let vault = home.open();
    let (first, second, third) =
        (show(&vault, 1, "Beta", 1, 30), show(&vault, 1, "Beta", 2, 30), show(&vault, 1, "Beta", 1, 30));
    drop(vault);
    let said = home.run(&["stop", "Beta"]);
    assert!(flat(&said.out).contains("could not tie to the rest"), "{said:?}");
    let vault = home.open();
    let tries = |entry| vault.erasure(entry).unwrap().unwrap().tries;
    assert_eq!([tries(first), tries(second), tries(third)], [1, 0, 1]);
    let later = vault.erasure(second).unwrap().unwrap();
    let ErasureAnswer::Waiting { next, .. } = later.answer else { panic!("{later:?}") };
    assert!((3500..=DAY).contains(&next.since(now())), "{next}");
    drop(vault);
    let said = home.run(&["stop", "Beta", "--now"]);
    assert!(!flat(&said.out).contains("could not tie"), "{said:?}");
    let vault = home.open();
    assert_eq!(vault.erasure(second).unwrap().unwrap().tries, 1);
}

#[test]
fn a_block_is_taken_back_and_whoever_was_shown_nothing_can_be_blocked() {
    let home = Home::new();
    let stranger = did(9);
    let said = home.run(&["stop", stranger.as_str(), "--json"]);
    assert_eq!(said.envelope()["data"]["erasures"], json!([]), "{said:?}");
    assert!(home.run(&["stop", stranger.as_str()]).out.contains("You showed them nothing"));
    let undone = home.run(&["stop", stranger.as_str(), "--undo", "--json"]).envelope();
    assert_eq!(undone["data"]["unblocked"], true, "{undone}");
    let again = home.run(&["stop", stranger.as_str(), "--undo", "--json"]).envelope();
    assert_eq!(again["data"]["unblocked"], false, "{again}");
    assert!(home.run(&["stop"]).out.starts_with("Nobody is blocked."));
    let log = home.run(&["log"]).out;
    assert!(log.contains("Blocked no longer"), "{log}");

    let vault = home.open();
    let to = match what(5, "Epsilon", 1, now()) {
        Happened::Shown { to, .. } => to,
        _ => unreachable!(),
    };
    vault.note(Happened::Declined { to, request: Hash::of(b"", b"r") }, now()).unwrap();
    show(&vault, 1, "Beta", 1, 30);
    show(&vault, 2, "Beta", 2, 30);
    drop(vault);
    let asked = home.run(&["stop", "epsilon", "--json"]).envelope();
    assert_eq!(asked["data"]["blocked"]["verifier"], did(5).as_str());
    // Names are nobody's alone.
    let two = home.run(&["stop", "Beta", "--json"]);
    assert_eq!((two.code, two.code_of_error().as_str()), (2, "input.malformed"), "{two:?}");
    assert!(two.envelope()["error"]["hint"].as_str().unwrap().contains(did(2).as_str()), "{two:?}");
    let nobody = home.run(&["stop", "Betta", "--json"]);
    assert_eq!((nobody.code, nobody.code_of_error().as_str()), (2, "input.missing"));
    assert_eq!(nobody.envelope()["error"]["hint"], "Did you mean “Beta”?");
    let long = home.run(&["stop", "epsilon", "--reason", &"x".repeat(501)]);
    assert_eq!(long.code, 2, "{long:?}");
}

#[test]
fn what_was_posted_gets_a_letter_in_both_languages() {
    let home = Home::new();
    let vault = home.open();
    vault.note(what(1, "Beta", 1, now().plus(30 * DAY)), now()).unwrap();
    drop(vault);
    let said = home.run(&["stop", "Beta"]);
    assert!(flat(&said.out).contains("write to them (--print)"), "{said:?}");
    let english = home.run(&["stop", "Beta", "--print"]);
    assert!(english.out.starts_with("To: Beta") && english.out.contains("Article 17"), "{english:?}");
    assert!(
        flat(&english.err).contains("cannot be called back"),
        "the letter alone is on stdout: {english:?}"
    );
    let dutch = home.run(&["stop", "Beta", "--print", "--lang", "nl"]);
    assert!(dutch.out.starts_with("Aan: Beta") && dutch.out.contains("artikel 17"), "{dutch:?}");
}

#[test]
fn a68_names_and_reasons_cannot_disturb_the_terminal() {
    let home = Home::new();
    let vault = home.open();
    show(&vault, 1, "Be\u{1b}[2Jta\u{202e}", 1, -1);
    drop(vault);
    let end = did(1).as_str()[did(1).as_str().len() - 6..].to_owned();
    for args in [
        vec!["passport"],
        vec!["stop", end.as_str(), "--reason", "w\u{1b}[1mhy\u{200b}"],
        vec!["stop"],
        vec!["who", end.as_str()],
        vec!["stop", end.as_str(), "--print"],
        vec!["log"],
        vec!["stop", "no\u{1b}body"],
    ] {
        let said = home.run(&args);
        assert!(said.is_plain(), "{said:?}");
    }
}

/// What a backup has of it comes back, and the wallet goes on with it.
#[test]
fn a_backup_has_blocks_questions_and_what_it_takes_to_ask() {
    let home = Home::new();
    let vault = home.open();
    let entry = show(&vault, 1, "Beta", 1, 30);
    drop(vault);
    assert_eq!(home.run(&["stop", "Beta", "--reason", "why not"]).code, 0);
    let file = home.folder.path().join("backup.age");
    let words = home.folder.path().join("words");
    common::write_private(&words, "another passphrase\n");
    let (file, words) = (file.to_str().unwrap(), words.to_str().unwrap());
    let made = home.run(&["backup", "create", file, "--backup-passphrase-file", words, "--kdf-floor"]);
    assert_eq!(made.code, 0, "{made:?}");
    let other = Home::empty();
    let restored = other.run(&["backup", "restore", file, "--backup-passphrase-file", words, "--kdf-floor"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let (before, after) = (home.open(), other.open());
    assert_eq!(before.blocked().unwrap(), after.blocked().unwrap());
    assert_eq!(before.erasures().unwrap(), after.erasures().unwrap());
    assert_eq!(before.reach(entry).unwrap(), after.reach(entry).unwrap());
    assert!(after.reach(entry).unwrap().is_some());
    assert!(after.is_blocked(&did(1).into()).unwrap().is_some());
}
