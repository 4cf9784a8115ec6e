//! Who knows what, why, and until when; and the log as a file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::os::unix::fs::PermissionsExt as _;

use common::{Home, now};
use faam_spec::client::Client;
use faam_spec::did::Did;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::reason::Reason;
use faam_wallet::vault::{Happened, ShownLedger, ShownPrivate, Told, Vault, WhoAsked};
use serde_json::Value;

const DAY: i64 = 86_400;

fn did(seed: u8) -> Did {
    Did::from_key(&SigningKey::from_seed(&[seed; 32]).verifying_key())
}

fn asked(seed: u8, name: &str, purpose: &str) -> WhoAsked {
    WhoAsked {
        name: name.into(),
        did: Client::from(did(seed)),
        peer: Some(PeerId::from_public_key(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())),
        post: None,
        purpose: purpose.into(),
        retention_days: 30,
        terms_unsaid: false,
        terms: None,
        milestones: Vec::new(),
        ledgers: Vec::new(),
    }
}

fn ledger(market: &str, indices: &[u64], names: &[&str]) -> ShownLedger {
    ShownLedger {
        issuer: did(200),
        market: market.parse().unwrap(),
        ledger: LedgerId::from_bytes([7; 16]),
        epoch: "2026-47".into(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ratings: indices.len().try_into().unwrap(),
        indices: indices.to_vec(),
        of: 195,
        complete: false,
    }
}

fn proven(milestones: &[&str], pseudonym: u8) -> ShownPrivate {
    let text = format!("\"{}\"", faam_spec::encoding::multi([pseudonym; 48]));
    ShownPrivate {
        issuer: did(200),
        market: "alpha".parse().unwrap(),
        ledger: LedgerId::from_bytes([7; 16]),
        role: "seller".parse().unwrap(),
        epoch: "2026-47".into(),
        milestones: milestones.iter().map(|text| text.parse().unwrap()).collect(),
        pseudonym: serde_json::from_str(&text).unwrap(),
    }
}

/// Notes that something was shown, to be deleted after so many days.
fn show(vault: &Vault, to: WhoAsked, ledgers: Vec<ShownLedger>, private: Vec<ShownPrivate>, days: i64) {
    let what = Happened::Shown {
        to,
        request: Hash::of(b"", b"request"),
        presentation: Hash::of(b"", b"presentation"),
        ledgers,
        private,
        delete_by: now().plus(days * DAY),
        told: Told::Failed { code: Reason::NetTimeout },
    };
    vault.note(what, now()).unwrap();
}

#[test]
fn what_somebody_knows_is_put_together_from_all_that_they_were_shown() {
    let home = Home::new();
    assert!(home.run(&["who"]).out.starts_with("Nobody"));
    let vault = home.open();
    show(
        &vault,
        asked(1, "Beta", "To rent out a flat"),
        vec![ledger("alpha", &[0, 1], &["numbers", "value"])],
        vec![],
        5,
    );
    show(&vault, asked(2, "Gamma", "To sell a bicycle"), vec![], vec![proven(&["count>=50"], 9)], -1);
    let second = vec![ledger("alpha", &[1, 2], &["numbers", "comment"])];
    show(
        &vault,
        asked(1, "Beta Rentals", "To let a room"),
        second,
        vec![proven(&["tenure>=1y", "count>=20"], 8)],
        30,
    );
    drop(vault);
    let said = home.run(&["who", "--json"]);
    let parties = said.envelope()["data"]["parties"].clone();
    assert_eq!(
        parties.as_array().unwrap().len(),
        2,
        "told apart by who they are, not by what they call themselves"
    );
    let beta = &parties[0];
    assert_eq!(beta["verifier"], did(1).as_str());
    assert_eq!(beta["names"], serde_json::json!(["Beta", "Beta Rentals"]));
    assert_eq!(beta["purposes"], serde_json::json!(["To rent out a flat", "To let a room"]));
    let known = &beta["knows"][0];
    assert_eq!((known["ratings"].as_u64(), known["of"].as_u64()), (Some(3), Some(195)), "each counted once");
    assert_eq!(known["claims"], serde_json::json!(["comment", "numbers", "value"]));
    assert_eq!(known["milestones"][0]["milestones"], serde_json::json!(["count>=20", "tenure>=1y"]));
    assert_eq!((beta["presentations"].as_u64(), beta["receipts"].as_u64()), (Some(2), Some(0)));
    assert!(beta["until"].as_i64().unwrap() > now().plus(29 * DAY).seconds(), "the longest counts");
    assert_eq!((beta["over"].as_bool(), parties[1]["over"].as_bool()), (Some(false), Some(true)));

    let text = home.run(&["who"]).out;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("Beta Rentals") && lines[1].contains("alpha 3 of 195 ratings"), "{text}");
    let over = lines.iter().position(|line| line.contains("only they know")).unwrap();
    assert!(lines[over + 1].starts_with("Gamma"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let beta_by =
        |named: &str| home.run(&["who", named]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let did = did(1);
    let end = &did.as_str()[did.as_str().len() - 6..];
    for named in [did.as_str(), "beta rentals", "Beta", end] {
        let text = beta_by(named);
        assert!(text.contains("To let a room") && text.contains("To rent out a flat"), "{named}: {text}");
        assert!(text.contains("at least 20 ratings") && text.contains("once was"), "{text}");
        assert!(!text.contains("Gamma"), "{text}");
    }
    let nobody = home.run(&["who", "Bet", "--json"]);
    assert_eq!((nobody.code, nobody.code_of_error().as_str()), (2, "input.missing"));
}

#[test]
fn two_hundred_parties_are_on_one_screen() {
    let home = Home::new();
    let vault = home.open();
    for seed in 0..200 {
        let name = format!("Verifier no. {seed} with a name that is longer than its place");
        let shown = vec![ledger("alpha", &[u64::from(seed)], &["numbers", "value"])];
        show(&vault, asked(seed, &name, "To rent out a flat in Utrecht"), shown, vec![], i64::from(seed) + 1);
    }
    drop(vault);
    let text = home.run(&["who"]).out;
    assert_eq!(text.lines().filter(|line| line.starts_with("Verifier")).count(), 200);
    assert_eq!(text.lines().count(), 203, "a line each, one before, two behind");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let wide = Home::run(&home, &["who", "--json"]).envelope();
    assert_eq!(wide["data"]["parties"].as_array().unwrap().len(), 200);
}

#[test]
fn a68_what_others_call_themselves_cannot_disturb_the_list() {
    let home = Home::new();
    let vault = home.open();
    let evil = "Be\u{1b}[2Jta\u{202e}\u{200b}";
    show(&vault, asked(1, evil, "p\u{430}yp\u{7}al"), vec![ledger("alpha", &[0], &["numbers"])], vec![], 5);
    drop(vault);
    for said in [home.run(&["who"]), home.run(&["who", evil]), home.run(&["who", "no\u{1b}body"])] {
        assert!(said.is_plain(), "{said:?}");
    }
    let file = home.folder.path().join("log.jsonl");
    assert_eq!(home.run(&["log", "export", file.to_str().unwrap()]).code, 0);
    let text = std::fs::read_to_string(file).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn the_log_is_written_to_a_file_whole_and_for_nobody_else() {
    let home = Home::new();
    let vault = home.open();
    show(
        &vault,
        asked(1, "Beta", "To rent out a flat"),
        vec![ledger("alpha", &[0], &["numbers"])],
        vec![],
        5,
    );
    vault
        .note(Happened::Declined { to: asked(2, "Gamma", "Why not"), request: Hash::of(b"", b"r") }, now())
        .unwrap();
    drop(vault);
    let file = home.folder.path().join("log.jsonl");
    let said = home.run(&["log", "export", file.to_str().unwrap(), "--json"]);
    let data = said.envelope()["data"].clone();
    assert_eq!((data["entries"].as_u64(), data["receipts"].as_u64()), (Some(3), Some(0)));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let lines: Vec<Value> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.iter().for_each(|line| faam_schemas::assert_valid("log-line", line));
    let what: Vec<&str> = lines.iter().map(|line| line["entry"]["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["created", "shown", "declined"], "oldest first, and what was refused too");
    let again = home.run(&["log", "export", file.to_str().unwrap()]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("not there yet"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3, "what was there stays");
}
