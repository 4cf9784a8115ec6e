//! Rules of a holder with the real programs: what is answered without a person, what is refused, and what the log says of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::os::unix::fs::PermissionsExt as _;

use faam_spec::reason::Reason;
use faam_tests::ALPHA;
use faam_tests::process::{Node, Said, Wallet};
use serde_json::{Value, json};

/// A wallet with ratings, and a verifier that believes their market.
fn world() -> (Node, Node, Wallet) {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    let of_seven =
        ALPHA.lines().enumerate().filter(|(at, line)| *at == 0 || line.split(',').nth(1) == Some("7"));
    alpha.import(&of_seven.map(|(_, line)| format!("{line}\n")).collect::<String>());
    let mut beta = Node::init(None, "Beta Rentals");
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = wallet.receive(&link, &code).ok();
    (alpha, beta, wallet)
}

fn write(wallet: &Wallet, rules: &str) {
    let path = wallet.dir().join("rules.toml");
    std::fs::write(&path, format!("v = 0\n{rules}")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn answering(lines: &str) -> String {
    let until = faam_tests::now().plus(90 * 86_400).day();
    format!("[[rule]]\nname = \"my standing\"\nthen = \"answer\"\nuntil = \"{until}\"\n{lines}\n")
}

/// What is in the log, newest first, and by which rule.
fn log(wallet: &Wallet) -> Vec<(String, Option<String>)> {
    let said = wallet.run(&["log"]).ok().json();
    let entries = said["data"]["entries"].as_array().unwrap();
    let text = |entry: &Value, name: &str| entry[name].as_str().map(str::to_owned);
    entries.iter().map(|entry| (text(entry, "what").unwrap(), text(entry, "rule"))).collect()
}

fn present(wallet: &Wallet, link: &str, more: &[&str]) -> Said {
    wallet.run(&[&["present", link], more].concat())
}

#[track_caller]
fn refused(said: &Said, reason: Reason) {
    assert_eq!(said.code, Some(i32::from(reason.exit().code())), "{said:?}");
    assert_eq!(said.json()["error"]["code"], reason.code(), "{said:?}");
}

//= spec/text/rules.md#REQ-RULE-9
//= type=test
//# What a rule decides MUST be in the log with the rule's name before anything leaves
//= spec/text/rules.md#REQ-RULE-5
//= type=test
//# What a rule refuses MUST look to the other side like nothing to show
//= spec/text/rules.md#REQ-RULE-8
//= type=test
//# No rule MUST be in force that the holder did not write or take over
//= spec/text/rules.md#REQ-RULE-7
//= type=test
//# A file of rules that others can write MUST NOT be used.
#[test]
fn rules_answer_refuse_and_leave_the_rest_to_a_person() {
    let (_alpha, beta, wallet) = world();
    let asked = |more: &[&str]| beta.request(more);
    let state = |id: &str| beta.show(id)["data"]["state"].as_str().unwrap().to_owned();

    // A wallet begins without rules: nobody is there to be asked, and nothing is shown.
    let (link, id) = asked(&[]);
    refused(&present(&wallet, &link, &[]), Reason::InputMissing);
    assert_eq!(wallet.run(&["rules"]).ok().json()["data"], json!({"file": null, "rules": []}));

    // What a rule names is answered; that it was a rule stands before what was shown.
    write(&wallet, &answering("standing = true\npurposes = [\"rent out\"]\ntimes = 2\nper = \"day\""));
    let said = present(&wallet, &link, &[]).ok();
    assert_eq!(said.json()["data"]["decision"]["outcome"], "accepted");
    assert_eq!(state(&id), "decided");
    assert_eq!(
        log(&wallet)[..2],
        [("shown".into(), None), ("rule_applied".into(), Some("my standing".into()))]
    );

    // Ratings are more than it names; with --ask and with an approval nobody looks at rules.
    let (link, id) = asked(&["--ratings", "3"]);
    refused(&present(&wallet, &link, &[]), Reason::InputMissing);
    assert_eq!(state(&id), "open");
    let _ = wallet.present(&link).ok();
    let (link, id) = asked(&[]);
    refused(&present(&wallet, &link, &["--ask"]), Reason::InputMissing);
    assert_eq!(state(&id), "open");

    // So often and no more.
    let _ = present(&wallet, &link, &[]).ok();
    let (link, _) = asked(&[]);
    refused(&present(&wallet, &link, &[]), Reason::InputMissing);
    let listed = wallet.run(&["rules"]).ok().json();
    assert_eq!(listed["data"]["rules"][0]["answered"], 2, "{listed}");

    // What is refused looks as if nothing were held, and the holder can decide otherwise.
    write(&wallet, "[[rule]]\nname = \"no ratings\"\nthen = \"refuse\"\nratings_over = 0\n");
    let (link, id) = asked(&["--ratings", "3"]);
    refused(&present(&wallet, &link, &[]), Reason::ConsentMissing);
    assert_eq!(state(&id), "open");
    assert_eq!(
        log(&wallet)[..2],
        [("declined".into(), None), ("rule_applied".into(), Some("no ratings".into()))]
    );
    let _ = wallet.present(&link).ok();
    assert_eq!(state(&id), "decided");

    // Rules that cannot be used answer nothing.
    let (link, id) = asked(&[]);
    write(&wallet, &answering("standin = true"));
    refused(&present(&wallet, &link, &[]), Reason::FileKey);
    write(&wallet, &answering("standing = true"));
    let path = wallet.dir().join("rules.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    refused(&present(&wallet, &link, &[]), Reason::StorePermissions);
    assert_eq!(state(&id), "open");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let _ = present(&wallet, &link, &[]).ok();

    // A preset is taken over when nothing is in its way, or with a word.
    refused(&wallet.run(&["rules", "use", "everyday"]), Reason::InputMalformed);
    let taken = wallet.run(&["rules", "use", "everyday", "--replace"]).ok().json();
    assert!(taken["data"]["kept"].as_str().unwrap().ends_with("rules.toml.before"), "{taken}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("exact numbers"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let test = wallet.run(&["rules", "test"]).ok().json();
    let requests = test["data"]["requests"].as_array().unwrap();
    let first = requests.iter().find(|request| request["was"] == "shown").unwrap();
    assert_eq!((&first["then"], &first["rule"]), (&json!("refuse"), &json!("exact numbers")), "{test}");
    let later = requests.iter().rev().find(|request| request["was"] == "shown").unwrap();
    assert_eq!(later["rule"], "what they know already", "{test}");
    let text = wallet.text(&["rules"]).ok().out;
    assert!(text.contains("Refuses whoever asks") && text.contains("Shows milestones up to"), "{text}");
}

/// Milestones in a small market: a person would be warned, so that no rule answers (A27).
#[test]
fn a27_no_rule_answers_what_few_share() {
    let (_alpha, beta, wallet) = world();
    write(&wallet, &answering("milestones = [\"count>=50\"]"));
    let (link, id) = beta.request(&["--milestone", "count>=50"]);
    refused(&present(&wallet, &link, &[]), Reason::ConsentMissing);
    assert_eq!(beta.show(&id)["data"]["state"], "open");
    assert!(log(&wallet).iter().all(|(what, _)| what != "shown"));
}
