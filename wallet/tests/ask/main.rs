//! Person to person: two wallets, each the real program, over libp2p on this machine; and everything that the one who answers could try.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "../common/mod.rs"]
mod common;

mod afterwards;
mod desk;
mod killed;
mod two;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::{Home, Market, Said, now};
use serde_json::Value;

/// Longest that something is waited for that happens in a second or two on a machine that does nothing else.
const LONG: Duration = Duration::from_secs(120);

/// A wallet with so many good ratings of `shop` as a seller, and the private standing for them.
pub fn rated(ratings: i64) -> (Home, Market) {
    let home = Home::new();
    let mut market = Market::new("shop");
    for n in 0..ratings {
        market.rate(5, &format!("r{n}"), "2026-03-01T12:00:00Z", "As promised.");
    }
    market.give_private(&home.open(), now());
    (home, market)
}

/// A wallet that believes `market` about others.
pub fn asker(market: &Market) -> Home {
    let home = Home::new();
    let added = home.run(&["trust", "add", "shop", "--issuer", market.issuer.did().as_str(), "--json"]);
    assert_eq!(added.envelope()["data"]["new"], true);
    home
}

/// A program that goes on, and the lines that it prints.
pub struct Going {
    child: Child,
    lines: mpsc::Receiver<String>,
    err: Option<std::thread::JoinHandle<String>>,
}

impl Going {
    pub fn start(home: &Home, args: &[&str]) -> Self {
        let mut command: Command = home.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        let mut err = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        Self { child, lines, err: Some(err) }
    }

    /// The next line, as the envelope of its schema.
    #[track_caller]
    pub fn next(&self) -> Value {
        let line = self.lines.recv_timeout(LONG).expect("the program prints another line");
        let value: Value = serde_json::from_str(&line).unwrap();
        faam_schemas::assert_valid("cli-faam", &value);
        value
    }

    /// The next line about `event`.
    #[track_caller]
    pub fn event(&self, event: &str) -> Value {
        loop {
            let mut line = self.next();
            if line["data"]["event"] == event {
                return line["data"].take();
            }
        }
    }

    /// Waits for its end.
    pub fn end(mut self) -> (i32, Vec<String>, String) {
        let status = self.child.wait().unwrap();
        let err = self.err.take().unwrap().join().unwrap();
        (status.code().unwrap_or(-1), self.lines.iter().collect(), err)
    }

    /// Asks it to end, and waits.
    pub fn stop(self) -> (i32, Vec<String>, String) {
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(self.child.id().try_into().unwrap()).unwrap(),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        self.end()
    }

    /// Ends it at once, as if the power failed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Never leaves a program behind a test that failed.
impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a question and gives its number and link.
#[track_caller]
pub fn ask(home: &Home, args: &[&str]) -> (u64, String) {
    let mut all = vec!["ask", "--json", "--purpose", "To lend you my cargo bike"];
    all.extend(args);
    let said = home.run(&all);
    let data = said.envelope()["data"].take();
    (data["ask"].as_u64().unwrap(), data["link"].as_str().unwrap().to_owned())
}

/// Looks at a link, and agrees to exactly what it shows.
#[track_caller]
pub fn answer(home: &Home, link: &str) -> Said {
    let looked = home.run(&["present", link, "--dry-run", "--json"]);
    let digest = looked.envelope()["data"]["approve"].as_str().unwrap().to_owned();
    home.run(&["present", link, "--approve", &digest, "--json"])
}

/// How a question stands.
#[track_caller]
pub fn show(home: &Home, number: u64) -> Value {
    home.run(&["asks", "show", &number.to_string(), "--json"]).envelope()["data"].take()
}

/// A policy file.
pub fn policy(home: &Home, text: &str) -> String {
    let file = home.folder.path().join("policy.toml");
    common::write_private(&file, &format!("v = 0\n{text}"));
    file.to_str().unwrap().to_owned()
}

/// Text without its line breaks.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
