//! The program itself: a real process, real files, real HTTP and real peers on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod api;
mod arguments;
#[path = "../common/mod.rs"]
mod common;
mod contact;
mod document;
mod face;
mod hook;
mod market;
mod operating;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::rating;
use faam_node::core::{Core, OfferTerms, Settings, Turn};
use faam_node::identity::Identity;
use faam_node::net::{Client, Protocol};
use faam_node::storage::NodeStore;
use faam_spec::bbs::Commitment;
use faam_spec::encoding::multi;
use faam_spec::hash::Capability;
use faam_spec::key::{Jwk, SigningKey};
use faam_spec::limits::PAGE_BYTES;
use faam_spec::link::Link;
use faam_spec::offer::{self, Offer, RedeemStatement, RenewStatement};
use faam_spec::peer::{Address, PeerId};
use faam_spec::private::WalletSecrets;
use faam_spec::reason::Reason;
use faam_spec::wire::{
    Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, RenewAnswer, RenewAsk, pages,
};
use rand::rngs::OsRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(60);

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam-node"));
    command.args(args).env_remove("FAAM_LOG").stdin(Stdio::null());
    command
}

/// What it prints as JSON has the form of its schema.
fn run(args: &[&str]) -> Output {
    let mut command = program(args);
    let output = command.output().unwrap();
    faam_schemas::assert_said(&command, &output);
    output
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A state folder, and the daemon when it runs.
struct Market {
    home: TempDir,
    child: Option<Child>,
    log: Arc<Mutex<String>>,
}

impl Market {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let market = Self { home, child: None, log: Arc::default() };
        let dir = market.dir();
        let made = run(&[
            "init",
            "--dir",
            dir.to_str().unwrap(),
            "--market",
            "alpha",
            "--api",
            "127.0.0.1:0",
            "--json",
        ]);
        assert_eq!(code(&made), 0, "{}", text(&made.stderr));
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        assert!(made["data"]["issuer"].as_str().unwrap().starts_with("did:key:z6Mk"));
        market
    }

    fn started() -> Self {
        let mut market = Self::new();
        market.start();
        market
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("market")
    }

    fn config(&self) -> PathBuf {
        self.dir().join("faam-node.toml")
    }

    /// Believes the market of this name about everything, from the next start on.
    fn trust(&self, market: &str) {
        let mut file = fs::OpenOptions::new().append(true).open(self.config()).unwrap();
        let issuer = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        writeln!(
            file,
            "\n[[trust]]\nissuer = \"{issuer}\"\nmarket = \"{market}\"\nroles = \"any\"\ntypes = [\"rating\", \"standing\"]"
        )
        .unwrap();
    }

    fn start(&mut self) {
        self.start_with(&[]);
    }

    fn start_with(&mut self, more: &[&str]) {
        self.start_as(more, &[]);
    }

    fn start_as(&mut self, more: &[&str], environment: &[(&str, &str)]) {
        let mut command = program(&["run", "--config", self.config().to_str().unwrap()]);
        command.args(more).envs(environment.iter().copied());
        let mut child = command.env("FAAM_LOG", "debug").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.child = Some(child);
        let mut seen = String::new();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {seen}")).unwrap();
            seen.push_str(&line);
            seen.push('\n');
            if line.starts_with("ready: ") {
                break;
            }
        }
        let log = Arc::clone(&self.log);
        log.lock().unwrap().push_str(&seen);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
    }

    fn signal(&mut self, signal: rustix::process::Signal) -> i32 {
        let mut child = self.child.take().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, signal).unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            match child.try_wait().unwrap() {
                Some(status) => return status.code().unwrap_or(-1),
                None if Instant::now() > end => {
                    child.kill().unwrap();
                    panic!("it did not end");
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    fn stop(&mut self) -> i32 {
        self.signal(rustix::process::Signal::TERM)
    }

    fn call(&self, command: &str, args: &[&str]) -> Output {
        let config = self.config();
        let mut all = vec![command];
        // These have commands of their own, and their options come after them.
        let args = match (command, args) {
            ("keys" | "webhook", [of, rest @ ..]) => {
                all.push(of);
                rest
            }
            _ => args,
        };
        all.extend(["--config", config.to_str().unwrap()]);
        all.extend(args);
        run(&all)
    }

    fn json(&self, command: &str, args: &[&str]) -> Value {
        let mut all = args.to_vec();
        all.push("--json");
        let output = self.call(command, &all);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["data"].take()
    }

    fn import(&self, lines: &[String]) -> Output {
        let file = self.home.path().join("events.jsonl");
        fs::write(&file, lines.join("\n")).unwrap();
        self.call("import", &[file.to_str().unwrap()])
    }

    fn address(&self) -> SocketAddr {
        fs::read_to_string(self.dir().join("api.addr")).unwrap().trim().parse().unwrap()
    }

    fn key(&self) -> String {
        fs::read_to_string(self.dir().join("api.key")).unwrap().trim().to_owned()
    }

    /// Status and body of a call, written to the letter. The answer has the form of its schema.
    fn http(&self, head: &str, body: &str) -> (u16, String) {
        let answer = self.raw_http(head, body);
        let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        let answer = answer.split_once("\r\n\r\n").unwrap().1;
        let mut call = head.split(' ');
        faam_schemas::assert_answer(call.next().unwrap(), call.next().unwrap(), body, (status, answer));
        (status, answer.to_owned())
    }

    /// The whole answer.
    fn raw_http(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let request = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn good_head(&self, call: &str) -> String {
        format!("{call} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}", self.address(), self.key())
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn problem(answer: &(u16, String)) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.1).unwrap_or_else(|_| panic!("{answer:?}"));
    assert!(body["sentence"].as_str().is_some_and(|sentence| !sentence.is_empty()));
    (answer.0, body["code"].as_str().unwrap().to_owned())
}
