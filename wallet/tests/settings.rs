//! What is set, where it comes from, and what `faam doctor` tells of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Home, Market, PASSPHRASE, Said, now, set_mode, write_private};
use faam_wallet::vault::{Happened, WhoAsked};
use serde_json::Value;

/// A home folder with a file of settings.
fn with_file(home: &Home, text: &str) -> std::path::PathBuf {
    let folder = home.folder.path().join(".config/faam");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    write_private(&file, text);
    file
}

/// The program of somebody whose home folder is the test's.
fn at_home(home: &Home, args: &[&str]) -> Command {
    let mut command = home.bare(args);
    command.env_remove("FAAM_HOME").env("HOME", home.folder.path());
    command
}

fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    faam_schemas::assert_said(command, &output);
    Said::of(output)
}

fn setting(envelope: &Value, name: &str) -> (Value, String, String) {
    let all = envelope["data"]["settings"].as_array().unwrap();
    let found = all.iter().find(|setting| setting["name"] == name).unwrap();
    let text = |member: &str| found[member].as_str().unwrap().to_owned();
    (found["value"].clone(), text("origin"), text("from"))
}

#[test]
fn the_file_counts_for_every_command_and_says_so() {
    let home = Home::new();
    let path = home.dir.to_str().unwrap();
    let file = with_file(
        &home,
        &format!("home = \"{path}\"\nlang = \"nl\"\npassphrase_file = \"~/passphrase\"\nwidth = 100\n"),
    );
    let list = said(&mut at_home(&home, &["config", "list", "--json"])).envelope();
    assert_eq!(list["data"]["file"].as_str(), file.to_str());
    assert_eq!(list["data"]["exists"], true);
    assert_eq!(setting(&list, "home"), (path.into(), "file".into(), "home".into()));
    assert_eq!(setting(&list, "color"), ("auto".into(), "default".into(), String::new()));
    let passphrase = home.passphrase.to_str().unwrap();
    assert_eq!(setting(&list, "passphrase_file").0, passphrase);

    // Home and passphrase come from the file alone, and nobody is asked.
    let log = said(&mut at_home(&home, &["log", "--json"]));
    assert_eq!(log.envelope()["data"]["entries"][0]["what"], "created");
    let dutch = said(&mut at_home(&home, &["config", "list", "--show-origin"]));
    assert!(
        dutch.out.contains("De instellingen staan in") && dutch.out.contains("in het bestand"),
        "{}",
        dutch.out
    );
    let english = said(&mut at_home(&home, &["config", "list", "--show-origin", "--lang", "en"]));
    assert!(
        english.out.contains("--lang, a flag") && english.out.contains("home, in the file"),
        "{}",
        english.out
    );
    let other = said(at_home(&home, &["config", "list", "--json"]).env("FAAM_HOME", "/other")).envelope();
    assert_eq!(setting(&other, "home"), ("/other".into(), "environment".into(), "FAAM_HOME".into()));
    let path = said(&mut at_home(&home, &["config", "path"]));
    assert_eq!(path.out.trim_end(), file.to_str().unwrap());
}

//= spec/text/programs.md#REQ-PROGRAM-9
//= type=test
//# The file MUST be read whole or not at all: at most 16,384 bytes, with no key that is not known and no value
//# that makes no sense. A file that others can write MUST NOT be used.
#[test]
fn a_file_that_cannot_be_used_is_refused_and_what_mends_it_works() {
    let home = Home::new();
    let refused = |code: &str, part: &str| {
        let said = said(&mut at_home(&home, &["passport", "--json"]));
        assert_eq!(said.code_of_error(), code);
        let error = said.envelope()["error"].clone();
        assert_eq!(error["at"], "config.toml");
        assert!(error["what"].as_str().unwrap().contains(part), "{error}");
        assert!(said.is_plain());
        for args in [&["config", "path", "--json"][..], &["explain", "file.key", "--json"]] {
            assert_eq!(self::said(&mut at_home(&home, args)).code, 0, "{args:?}");
        }
    };
    with_file(&home, "hom = \"/w\"");
    refused("file.key", "did you mean 'home'?");
    with_file(&home, "home = \"\u{1b}[2J");
    refused("file.syntax", "\\u{1b}");
    with_file(&home, "width = 39");
    refused("file.value", "from 40 to 200");
    let file = with_file(&home, &format!("# {}", "x".repeat(16_383)));
    refused("too_large", "16384");
    // One byte less is read.
    write_private(&file, &format!("# {}", "x".repeat(16_382)));
    assert_eq!(said(&mut at_home(&home, &["config", "list", "--json"])).code, 0);
    set_mode(&file, 0o620);
    refused("store.permissions", "mode 620");
    set_mode(&file, 0o644);
    assert_eq!(said(&mut at_home(&home, &["config", "list", "--json"])).code, 0, "others may read it");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    refused("store.permissions", "is not a file");
}

#[test]
fn a_time_that_another_side_is_waited_for_is_kept() {
    let home = Home::new();
    let wrong = home.run(&["passport", "--timeout", "0", "--json"]);
    assert_eq!((wrong.code, wrong.code_of_error().as_str()), (2, "input.malformed"));
    let list = home.run(&["config", "list", "--json", "--timeout", "3"]).envelope();
    assert_eq!(setting(&list, "timeout_seconds"), (3.into(), "flag".into(), "--timeout".into()));
}

/// A vault whose every text is a canary, and the names under which it is kept.
fn canaries() -> (Home, Vec<String>) {
    let mut market = Market::new("canary-market");
    market.rate(5, "canary-rater", "2026-01-02T10:00:00Z", "canary comment");
    market.rate(2, "canary-rater-b", "2026-01-03T10:00:00Z", "another canary comment");
    let home = Home::with_ratings(&mut market, now());
    let vault = home.open();
    let did =
        faam_spec::did::Did::from_key(&faam_spec::key::SigningKey::from_seed(&[77; 32]).verifying_key());
    let asked = WhoAsked {
        name: "Canary Verifier".to_owned(),
        purpose: "a canary purpose".to_owned(),
        ..who(&did.to_string())
    };
    vault
        .note(
            Happened::Declined { to: asked, request: faam_spec::hash::Hash::of(b"canary", b"canary") },
            now(),
        )
        .unwrap();
    let mut found = vec![PASSPHRASE.to_owned(), did.to_string(), market.issuer.did().to_string()];
    found.extend(vault.phrase().unwrap().split(' ').filter(|word| word.len() > 4).map(str::to_owned));
    for held in vault.held_all().unwrap() {
        found.push(held.info().ledger.to_string());
        found.push(held.info().holder.clone());
        let label = held.standing().record().record().label();
        found.push(label.to_string());
    }
    (home, found)
}

/// Somebody who asked, with nothing in it but its DID.
fn who(did: &str) -> WhoAsked {
    serde_json::from_value(serde_json::json!({
        "name": "", "did": did, "purpose": "", "retention_days": 30
    }))
    .unwrap()
}

//= spec/text/programs.md#REQ-PROGRAM-10
//= type=test
//# A report for others MUST hold no names, identifiers, values or secrets of the holder, of parties or of
//# markets, nor any text of them.
#[test]
fn a_report_has_nothing_of_whose_it_is() {
    let (home, secrets) = canaries();
    let folder = home.folder.path().to_str().unwrap().to_owned();
    let report = |args: &[&str]| {
        let mut command = at_home(&home, args);
        command.args(["--home", home.dir.to_str().unwrap()]).arg("--passphrase-file").arg(&home.passphrase);
        said(command.env("FAAM_LOG", "off,canary=trace"))
    };
    let file = home.folder.path().join("report.txt");
    let written = report(&["doctor", "--report", file.to_str().unwrap()]);
    let (text, json) = (report(&["doctor", "--report"]), report(&["doctor", "--report", "--json"]));
    // Nothing was ever backed up, so that doctor finds something.
    assert_eq!((written.code, text.code, json.code), (1, 1, 1), "{written:?} {text:?}");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept, text.out, "the file is what is printed");
    for (what, all) in [("text", &text.out), ("text", &text.err), ("json", &json.out), ("json", &json.err)] {
        let lower = all.to_lowercase();
        assert!(!lower.contains("canary") && !lower.contains(&folder), "{what}: {all}");
        for secret in &secrets {
            let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != ':').collect();
            assert!(!words.contains(&secret.to_lowercase().as_str()), "{what}: {secret} in {all}");
            assert!(secret.len() < 12 || !all.contains(secret.as_str()), "{what}: {secret} in {all}");
        }
    }
    // And what helps is in it.
    for part in [
        env!("CARGO_PKG_VERSION"),
        "home: ~/faam (flag --home)",
        "backup: backup.missing",
        "store: ok",
        "ratings: 10",
    ] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    assert!(written.out.contains("read it all the same"), "{}", written.out);
    let again = report(&["doctor", "--report", file.to_str().unwrap(), "--json"]);
    assert_eq!(again.code_of_error(), "store.io", "a file that is there is left as it is");
    // All that is printed otherwise has them: the canaries sing.
    let plain = report(&["doctor"]).out;
    assert!(plain.contains("canary-market"), "{plain}");
}

#[test]
fn a_report_is_made_although_the_wallet_does_not_open() {
    let home = Home::new();
    let report = |home: &Home| {
        let said = home.run(&["doctor", "--report", "--json"]);
        let checks = said.envelope()["data"]["report"]["checks"].clone();
        (said.code, checks.as_array().unwrap().last().unwrap().clone())
    };
    assert_eq!(report(&home).0, 0);
    write_private(&home.passphrase, "violin-teapot-gravel-92\n");
    let (code, last) = report(&home);
    assert_eq!((code, &last["name"], &last["code"]), (5, &"open".into(), &"store.locked".into()));
    let (code, last) = report(&Home::empty());
    assert_eq!((code, &last["code"]), (1, &"store.missing".into()));
}

#[test]
fn doctor_ends_with_one_for_what_is_wrong_and_says_what_stays_when_the_program_goes() {
    let home = Home::new();
    let said = home.run(&["doctor"]);
    assert_eq!(said.code, 0, "{said:?}");
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Removing the program leaves it") && flat.contains("delete that folder"), "{flat}");
    let dutch = home.run(&["doctor", "--lang", "nl"]);
    let flat = dutch.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.starts_with("goed permissions alleen u kunt"), "{flat}");
    let mut market = Market::new("shop");
    market.rate(5, "b", "2026-01-02T10:00:00Z", "good");
    let home = Home::with_ratings(&mut market, now());
    let away = home.run(&["doctor", "--online", "--timeout", "1"]);
    assert_eq!(away.code, 1);
    assert!(away.out.contains("BAD node"), "{}", away.out);
    assert!(!home.run(&["doctor"]).out.contains("node "), "nobody is called without being told to");
}

#[test]
fn narrow_terminals_get_narrow_lines() {
    let home = Home::new();
    for columns in ["40", "80", "200"] {
        let said = Said::of(home.command(&["doctor"]).env("COLUMNS", columns).output().unwrap());
        let most = columns.parse::<usize>().unwrap().min(80);
        for line in said.out.lines() {
            assert!(line.chars().count() <= most, "{columns}: {line}");
        }
    }
    assert!(Path::new(&home.dir).exists());
}
