//! Person to person with real programs: a market's daemon fills one wallet and is switched off; then another wallet asks that one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use faam_tests::ALPHA;
use faam_tests::process::{Node, Wallet};
use serde_json::Value;

const PURPOSE: &str = "The room upstairs";

/// A wallet that asks and waits for the answer.
struct Asking {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Asking {
    fn start(wallet: &Wallet, more: &[&str]) -> (Self, String) {
        let base = ["ask", "--purpose", PURPOSE, "--retention", "9", "--wait"];
        let mut command = wallet.command(&[&base, more].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut asking = Self { child, out };
        let made = asking.line();
        (asking, made["data"]["link"].as_str().unwrap().to_owned())
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        faam_schemas::assert_envelopes("faam", &line);
        serde_json::from_str(&line).unwrap()
    }

    /// What came of it, and the exit status.
    fn end(mut self) -> (Value, i32) {
        let told = self.line();
        (told, self.child.wait().unwrap().code().unwrap())
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn csv(account: &str) -> String {
    let mut lines = ALPHA.lines();
    let first = lines.next().unwrap();
    let of = lines.filter(|line| line.split(',').nth(1) == Some(account));
    format!("{first}\n{}\n", of.collect::<Vec<_>>().join("\n"))
}

#[test]
fn from_a_market_that_is_gone_to_a_decision_between_two_people() {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    alpha.import(&csv("7"));
    let asked = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    let _ = asked.receive(&link, &code).ok();
    alpha.kill();

    let asker = Wallet::init();
    let _ = asker.run(&["trust", "add", "bitcoin-alpha", "--issuer", &alpha.did]).ok();
    // Milestones by a preset, under a pseudonym.
    let (asking, link) = Asking::start(&asker, &["--policy", "anyone"]);
    let looked = asked.run(&["present", &link, "--dry-run"]).ok().json();
    let digest = looked["data"]["approve"].as_str().unwrap();
    let _ = asked.run(&["present", &link, "--approve", digest, "--not-compared"]).ok();
    let (told, exit) = asking.end();
    assert_eq!((exit, &told["data"]["decision"]["outcome"]), (0, &"accepted".into()), "{told}");
    let first = told["data"]["decision"]["private"][0]["pseudonym"].clone();
    assert!(first.is_string(), "{told}");

    // Again: another key, so that nobody sees that it is the same two.
    let (asking, again) = Asking::start(&asker, &["--policy", "anyone"]);
    let looked = asked.run(&["present", &again, "--dry-run"]).ok().json();
    let digest = looked["data"]["approve"].as_str().unwrap();
    let _ = asked.run(&["present", &again, "--approve", digest, "--not-compared"]).ok();
    let (told, exit) = asking.end();
    assert_eq!(exit, 0, "{told}");
    assert_ne!(told["data"]["decision"]["private"][0]["pseudonym"], first);

    // Ratings beside the statement about all of them.
    let (asking, link) = Asking::start(&asker, &["--market", "bitcoin-alpha", "--ratings", "12"]);
    let _ = asked.present(&link).ok();
    let (told, exit) = asking.end();
    let facts = &told["data"]["decision"]["facts"][0];
    assert_eq!((exit, facts["not_shown"].as_u64()), (0, Some(183)), "{told}");

    let who = asked.run(&["who"]).ok().json();
    assert_eq!(who["data"]["parties"].as_array().unwrap().len(), 3, "three questions, three names: {who}");
    let asks = asker.run(&["asks"]).ok().json();
    let outcomes: Vec<&Value> =
        asks["data"]["asks"].as_array().unwrap().iter().map(|ask| &ask["outcome"]).collect();
    assert_eq!(outcomes, ["accepted", "accepted", "accepted"]);
}
