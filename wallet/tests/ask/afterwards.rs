//! What is kept of a question, for how long, and what comes through a restart, a backup and a restore.

use faam_spec::time::DAY;
use faam_wallet::vault::{AskEnd, AskForgotten, AskState, Happened};

use crate::common::{Home, now};
use crate::desk::{Caller, desk, keep, shown, terms};
use crate::rated;

//= spec/text/asking.md#REQ-ASK-7
//= type=test
//# A wallet MUST delete what it learned by an answer, decision and receipt included, when it is opened first after the end of the
//# retention. The log keeps that something was asked, when, and how it was judged, and none of what was shown.
#[test]
fn the_asker_keeps_the_promise_to_delete() {
    let (asked, market) = rated(12);
    let asker = Home::new();
    let at = now();
    let ask = keep(&asker.open(), terms(&market, 2), at);
    let mut desk = desk(&asker);
    desk.look(at).unwrap();
    let caller = Caller::of(&ask);
    let request = caller.fetch(&mut desk, at).unwrap();
    caller.answer(&mut desk, &shown(&asked, &request, at), at).unwrap();

    let vault = asker.open();
    let end = at.plus(2 * DAY);
    assert_eq!(vault.sweep_asks(end.plus(-1)).unwrap(), 0);
    let kept = vault.ask(1).unwrap().unwrap();
    let AskState::Decided(decided) = &kept.state else { panic!("{kept:?}") };
    assert_eq!(decided.delete_by, end);
    let receipt = decided.receipt.clone();
    assert_eq!(vault.sweep_asks(end).unwrap(), 1);
    assert!(vault.ask(1).unwrap().is_none() && vault.asks().unwrap().is_empty());
    let log = vault.log(100).unwrap();
    assert!(matches!(log[0].what, Happened::AskForgotten { ask: 1, why: AskForgotten::Retention, .. }));
    let log = serde_json::to_string(&log).unwrap();
    assert!(log.contains("\"outcome\":\"accepted\"") && log.contains("To lend you my cargo bike"));
    for learned in ["counterparties", "mean", "shop", &receipt] {
        assert!(!log.contains(learned), "the log says {learned}");
    }
    // The next one has a number of its own, so that nobody takes it for the one that is gone.
    assert_eq!(keep(&vault, terms(&market, 2), end).number, 2);
}

#[test]
fn the_program_deletes_what_is_over_whatever_it_was_started_for() {
    let (_, market) = rated(1);
    let asker = Home::new();
    // Judged three days ago, to be kept for two.
    let then = now().plus(-3 * DAY);
    let ask = keep(&asker.open(), terms(&market, 2), then);
    let mut desk = desk(&asker);
    desk.look(then).unwrap();
    let caller = Caller::of(&ask);
    let request = caller.fetch(&mut desk, then).unwrap();
    let told = caller.answer(&mut desk, b"{}", then).unwrap();
    assert!(!told.receipt.is_empty() && !request.is_empty());
    let passport = asker.run(&["passport"]);
    assert_eq!(passport.code, 0, "{passport:?}");
    let log = asker.run(&["log"]);
    assert!(crate::flat(&log.out).contains("was deleted, as you promised"), "{log:?}");
    assert_eq!(asker.run(&["asks", "show", "1", "--json"]).code_of_error(), "request.unknown");
}

#[test]
fn a_person_can_forget_before_they_have_to_and_what_is_open_only_after_it_was_taken_back() {
    let (_, market) = rated(1);
    let asker = Home::new();
    keep(&asker.open(), terms(&market, 9), now());
    let open = asker.run(&["asks", "forget", "1", "--json"]);
    assert_eq!(open.code_of_error(), "input.malformed");
    assert_eq!(asker.run(&["asks", "revoke", "1"]).code, 0);
    assert_eq!(asker.run(&["asks", "forget", "1", "--json"]).envelope()["data"]["ask"], 1);
    let none = asker.run(&["asks", "--json"]).envelope();
    assert_eq!(none["data"]["asks"].as_array().unwrap().len(), 0);
}

//= spec/text/asking.md#REQ-ASK-8
//= type=test
//# A wallet that is made again from a backup MUST end the questions that were open in it
#[test]
fn a_backup_has_what_was_asked_learned_and_believed_and_ends_what_was_open() {
    let (asked, market) = rated(12);
    let asker = crate::asker(&market);
    let at = now();
    let answered = keep(&asker.open(), terms(&market, 9), at);
    let open = keep(&asker.open(), terms(&market, 9), at);
    let mut desk = desk(&asker);
    desk.look(at).unwrap();
    let caller = Caller::of(&answered);
    let request = caller.fetch(&mut desk, at).unwrap();
    caller.answer(&mut desk, &shown(&asked, &request, at), at).unwrap();
    let before = asker.run(&["asks", "show", "1", "--json"]).envelope()["data"].take();

    let file = asker.folder.path().join("backup.age");
    let file = file.to_str().unwrap();
    let key = asker.folder.path().join("backup-passphrase");
    crate::common::write_private(&key, "four words of another kind");
    let key = ["--backup-passphrase-file", key.to_str().unwrap()];
    let said = asker.run(&[&["backup", "create", file, "--kdf-floor"][..], &key].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let home = Home::empty();
    let said = home.run(&[&["backup", "restore", file, "--kdf-floor"][..], &key].concat());
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(home.run(&["asks", "show", "1", "--json"]).envelope()["data"], before);
    assert_eq!(home.run(&["trust", "list", "--json"]).out, asker.run(&["trust", "list", "--json"]).out);
    let vault = home.open();
    let asks = vault.asks().unwrap();
    assert!(matches!(asks[1].state, AskState::Ended { how: AskEnd::Restored, .. }), "{asks:?}");
    assert_eq!(asks[1].number, open.number);
    let mut there = crate::desk::desk(&home);
    drop(vault);
    there.look(at).unwrap();
    assert!(Caller::of(&open).fetch(&mut there, at).is_err());
    // Where the backup was made the question is open still.
    desk.look(at).unwrap();
    assert!(Caller::of(&open).fetch(&mut desk, at).is_ok());
}

#[test]
fn whom_a_person_believes_is_theirs_to_say() {
    let (home, market) = rated(3);
    let did = market.issuer.did().to_string();
    let run = |args: &[&str]| home.run(&[args, &["--json"]].concat());
    let list = || run(&["trust", "list"]).envelope()["data"]["believed"].take();
    assert_eq!(list().as_array().unwrap().len(), 0, "to be rated there is no reason");
    let added = run(&["trust", "add", "shop"]).envelope();
    assert_eq!(added["data"]["entry"]["issuer"], did.as_str());
    assert_eq!(run(&["trust", "add", "shop"]).envelope()["data"]["new"], false);
    assert_eq!(run(&["trust", "add", "stall"]).code_of_error(), "query.nothing");
    let other = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    assert_eq!(run(&["trust", "add", "stall", "--issuer", other, "--role", "host"]).code, 0);
    assert_eq!(list().as_array().unwrap().len(), 2);
    let near = run(&["trust", "remove", "shob"]).envelope();
    assert!(near["error"]["hint"].as_str().unwrap().contains("'shop'"), "{near}");
    assert_eq!(run(&["trust", "remove", "shop"]).envelope()["data"]["entry"]["market"], "shop");
    assert_eq!(list()[0]["entry"]["market"], "stall");
    let log = home.run(&["log"]);
    let log = crate::flat(&log.out);
    assert!(log.contains("You believe shop") && log.contains("about others no longer"), "{log}");
}
