//! The program itself: a real process, real files, real HTTP and real peers on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

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
use faam_spec::link::Link;
use faam_spec::offer::{self, Offer, RedeemStatement, RenewStatement};
use faam_spec::peer::{Address, PeerId};
use faam_spec::private::WalletSecrets;
use faam_spec::reason::Reason;
use faam_spec::wire::{Message, OfferAnswer, OfferAsk, RenewAnswer, RenewAsk, pages};
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
        let mut command = program(&["run", "--config", self.config().to_str().unwrap()]);
        command.args(more);
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
        let mut all = vec![command, "--config", config.to_str().unwrap()];
        all.extend(args);
        run(&all)
    }

    fn json(&self, command: &str, args: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(args);
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

#[test]
fn from_nothing_to_an_offer_and_a_request() {
    let mut market = Market::new();
    let rows = "from,to,feature,time\n12,7,10,1407470400\n13,7,-3,1376539200\n13,8,5,1376539300\n";
    let csv = market.home.path().join("ratings.csv");
    fs::write(&csv, rows).unwrap();
    let csv = csv.to_str().unwrap();
    let not_running = market.call("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
    assert_eq!(code(&not_running), 8);
    assert!(text(&not_running.stderr).contains("[api.unreachable]\nnext: start it with"));

    market.trust("alpha");
    market.start();
    assert_eq!(code(&market.call("import", &[csv])), 2, "a CSV file needs scale and role");
    for new in [3, 0] {
        let done = market.json("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
        assert_eq!(done, json!({"applied": 3, "new": new, "known": 3 - new}));
    }
    let again = market.call("import", &[csv, "--scale", "-10..10", "--role", "trader"]);
    assert_eq!(text(&again.stdout), "3 events in the ledgers: 0 new, 3 known\n");
    let status = market.json("status", &[]);
    assert_eq!((&status["market"]["id"], &status["market"]["accounts"]), (&json!("alpha"), &json!(2)));
    assert_eq!(code(&market.call("epoch", &[])), 3, "nothing is published yet");

    let offer = market.call("offer", &["--account", "7", "--qr"]);
    let (out, said) = (text(&offer.stdout), text(&offer.stderr));
    let lines: Vec<&str> = out.lines().collect();
    let link: Link = lines[0].parse().unwrap();
    assert_eq!((lines.len(), lines[1].len()), (2, 9));
    assert!(!link.addresses().is_empty() && said.contains('\u{2588}'), "{said}");
    let unknown = market.call("offer", &["--account", "99"]);
    assert_eq!(code(&unknown), 1);
    assert!(text(&unknown.stderr).contains("[ledger.unknown]"));
    assert!(text(&market.call("epoch", &[]).stdout).starts_with("ey"));

    let asked =
        ["--market", "alpha", "--ratings", "2", "--purpose", "To rent out a flat", "--retention-days", "30"];
    let request = market.json("request", &asked);
    let id = request["id"].as_str().unwrap();
    assert!(request["link"].as_str().unwrap().starts_with("faam:present?"));
    assert!(text(&market.call("show", &[id]).stdout).starts_with("open until "));
    let short = [&asked[..], &["--life", "1s", "--wait"]].concat();
    let expired = market.call("request", &short);
    assert_eq!(code(&expired), 3);
    assert!(text(&expired.stderr).contains("[request.expired]"));
    let missing = market.call("show", &["uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    assert_eq!(code(&missing), 3);
    let untrusted = market.call("request", &[&["--market", "beta"], &asked[2..]].concat());
    assert_eq!(code(&untrusted), 6);
    let said = text(&untrusted.stderr);
    assert!(said.contains("[trust.untrusted]\nnext: add [[trust]]"), "{said}");
    let status = market.json("status", &[]);
    assert_eq!(
        (&status["offers"], &status["requests"]),
        (&json!({"open": 1, "ended": 0}), &json!({"open": 1, "ended": 1}))
    );
    assert_eq!(market.stop(), 0);
    let log = market.log();
    assert!(log.contains("note: listen has port 0") && log.contains("stopped"), "{log}");
    assert!(!market.dir().join("api.addr").exists());
}

#[test]
fn a_running_market_can_be_closed() {
    let mut market = Market::started();
    assert_eq!(code(&market.call("close", &[])), 2, "the name shows that it is meant");
    assert_eq!(code(&market.call("close", &["--confirm", "beta"])), 2);
    market.import(&[rating(0, "7")]);
    market.json("offer", &["--account", "7"]);
    let closing = market.call("close", &["--confirm", "alpha"]);
    let said = text(&closing.stdout);
    assert!(
        said.starts_with("closes on 20") && said.ends_with("T00:00:00Z with its final record\n"),
        "{said}"
    );
    assert_eq!(market.signal(rustix::process::Signal::KILL), -1);
    market.start();
    let status = market.call("status", &[]);
    assert!(text(&status.stdout).contains(said.trim_start_matches("closes ").trim_end()));
    let on = market.json("status", &[])["market"]["closes"].take();
    assert_eq!(market.json("close", &["--confirm", "alpha"]), json!({"state": "closing", "on": on}));
    assert_eq!(market.json("close", &["--cancel"]), json!({"state": "open"}));
    assert_eq!(market.json("status", &[])["market"]["closes"], Value::Null);

    // Without a record in this epoch, at once.
    let other = Market::started();
    other.import(&[rating(0, "7")]);
    let closed = other.json("close", &["--confirm", "alpha"]);
    assert_eq!((&closed["state"], &closed["epoch"]["final"]), (&json!("closed"), &json!(true)));
    let late = other.import(&[rating(1, "7")]);
    assert!(text(&late.stderr).contains("The market is closed"), "{}", text(&late.stderr));
    assert_eq!(code(&other.call("close", &["--cancel"])), 3);
}

#[test]
fn imports_say_what_is_wrong_and_where() {
    let market = Market::started();
    let import = |name: &str, bytes: &[u8]| {
        let file = market.home.path().join(name);
        fs::write(&file, bytes).unwrap();
        let csv: &[&str] =
            if name.ends_with(".csv") { &["--scale", "1..5", "--role", "seller"] } else { &[] };
        let output = market.call("import", &[&[file.to_str().unwrap()], csv].concat());
        (code(&output), text(&output.stderr))
    };
    let headed = |row: &str| format!("from,to,feature,time\n{row}\n").into_bytes();
    let good = rating(0, "7");
    let changed = good.replace("no 0", "changed");
    let ahead = rating(1, "7").replace("2026-02-01T", "2126-02-01T");
    let own = rating(2, "7").replace("\"r2\"", "\"7\"");
    let reply = r#"{"type":"reply","id":"x","of":"nothing","text":"t","at":0}"#;
    let misspelt = rating(3, "7").replace("\"comment\"", "\"coment\"");
    let lines = |last: &str| format!("{good}\n\n{last}\n").into_bytes();
    for (name, bytes, words) in [
        ("a.csv", Vec::new(), vec!["a.csv': it is empty"]),
        ("a.jsonl", Vec::new(), vec!["a.jsonl': it is empty"]),
        ("a.csv", b"\x7fELF\xff\xfe\x00\x01".to_vec(), vec!["line 1 of", "not UTF-8"]),
        (
            "a.jsonl",
            b"\x7fELF\xff\xfe\x00\x01".to_vec(),
            vec!["line 1 of", "not UTF-8", "Nothing of the file"],
        ),
        ("a.csv", b"1,2,3,4\n".to_vec(), vec!["line 1 of", "first line must be"]),
        ("a.csv", b"from;to;feature;time\n".to_vec(), vec!["line 1 of", "separated by commas"]),
        ("a.csv", headed("1,2,3"), vec!["line 2 of", "four columns", "Nothing of the file"]),
        ("a.csv", headed("1,2,6,4"), vec!["line 2 of", "Column feature", "scale"]),
        ("a.csv", headed("1,2,1.5,4"), vec!["line 2 of", "whole number"]),
        ("a.csv", headed("1,2,3,yesterday"), vec!["line 2 of", "Column time"]),
        ("a.csv", headed("1,2,3,4\n1,2,4,5"), vec!["line 3 of", "this pair already"]),
        ("a.csv", headed("1,2,3,4\n3,3,4,5"), vec!["line 3 of", "cannot rate itself", "[event.rule]"]),
        (
            "a.csv",
            headed("1,9,3,50\n2,9,3,99999999999\n3,9,4,5"),
            vec!["line 3 of", "in the future", "The 2 events before it in time"],
        ),
        (
            "a.jsonl",
            lines(&changed),
            vec![
                "line 3 of",
                "other contents",
                "The 1 event before it is applied and stored, the rest is not",
            ],
        ),
        ("a.jsonl", lines(&ahead), vec!["line 3 of", "in the future", "[event.rule]"]),
        ("a.jsonl", lines(&own), vec!["line 3 of", "cannot rate itself"]),
        ("a.jsonl", lines(reply), vec!["line 3 of", "no rating of this id"]),
        ("a.jsonl", lines(&misspelt), vec!["line 3 of", "no event has", "'coment'"]),
        (
            "a.jsonl",
            [lines(&good), b"\xff\xfe\n".to_vec()].concat(),
            vec!["line 4 of", "not UTF-8", "The 2 events before it"],
        ),
    ] {
        let (status, said) = import(name, &bytes);
        assert_ne!(status, 0, "{said}");
        assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    }
    let marked = ["\u{feff}".as_bytes(), &headed("1,2,3,4")].concat();
    assert_eq!(import("a.csv", &marked).0, 0);
    assert_eq!(import("a.jsonl", format!("\u{feff}{good}\n").as_bytes()).0, 0);
    let folder = market.call("import", &["/tmp"]);
    assert_eq!(code(&folder), 2);
    assert!(text(&folder.stderr).contains("'/tmp': it is a folder"), "{}", text(&folder.stderr));
    let missing = market.call("import", &["/nonexistent/x.csv"]);
    assert!(text(&missing.stderr).contains("'/nonexistent/x.csv': there is no such file"));
}

//= spec/text/events.md#REQ-EVENT-10
//= type=test
//# the events before it are applied and stored, it and all after it are not
#[test]
fn a_bad_line_is_named_and_what_came_before_it_stays() {
    let market = Market::started();
    let mut lines: Vec<String> = (0..1500).map(|n| rating(n, &format!("a{}", n % 50))).collect();
    lines[1200] = lines[1200].replace("1..5", "5..1");
    lines.insert(3, String::new());
    let stopped = market.import(&lines);
    let said = text(&stopped.stderr);
    assert_eq!(code(&stopped), 1, "{said}");
    assert!(
        said.contains("line 1202 of")
            && said.contains("The 1200 events before it")
            && said.contains("[event.malformed]"),
        "{said}"
    );
    lines.remove(1201);
    assert_eq!(code(&market.import(&lines)), 0);
    assert_eq!(market.json("status", &[])["market"]["accounts"], 50);
}

//= spec/text/local-api.md#REQ-API-1
//= type=test
//# It MUST listen on a loopback address and nowhere else
//= spec/text/local-api.md#REQ-API-2
//= type=test
//# `Host` MUST be `127.0.0.1`, `[::1]` or `localhost` with the right port, and `Origin`, if there is one, the
//# same host under `http://`, to the letter; else `403` `api.origin`. A web page can send neither, not even
//# one whose name leads to this machine.
//= spec/text/local-api.md#REQ-API-3
//= type=test
//# Every call but `/healthz` MUST have `Authorization: Bearer` with the key of `api.key`, which only its
//# owner can read; else `401` `api.key`.
#[test]
fn a71_the_local_interface_refuses_strangers() {
    let market = Market::started();
    let (address, key) = (market.address(), market.key());
    let port = address.port();
    let call =
        |host: &str, more: &str| market.http(&format!("GET /v0/status HTTP/1.1\r\nHost: {host}{more}"), "");
    let auth = format!("\r\nAuthorization: Bearer {key}");
    assert_eq!(call(&format!("127.0.0.1:{port}"), &auth).0, 200);
    assert_eq!(call(&format!("localhost:{port}"), &auth).0, 200);
    // No key, a wrong one, one that is nearly right.
    for wrong in ["", "\r\nAuthorization: Bearer", "\r\nAuthorization: Bearer uAAAA", &auth[..auth.len() - 1]]
    {
        let refused = problem(&call(&format!("127.0.0.1:{port}"), wrong));
        assert_eq!(refused, (401, "api.key".to_owned()), "{wrong}");
    }
    // A page whose name leads here (DNS rebinding), with the key even.
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1",
    ] {
        assert_eq!(problem(&call(host, &auth)), (403, "api.origin".to_owned()), "{host}");
    }
    // A page from elsewhere, with the key even; and what a browser asks before it sends.
    for origin in ["https://evil.example", "null", &format!("http://localhost:{port}")] {
        let refused = problem(&call(&format!("127.0.0.1:{port}"), &format!("\r\nOrigin: {origin}{auth}")));
        assert_eq!(refused, (403, "api.origin".to_owned()), "{origin}");
    }
    let preflight = format!(
        "OPTIONS /v0/offers HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST"
    );
    assert_eq!(problem(&market.http(&preflight, "")).0, 403);
    let same = format!("\r\nOrigin: http://127.0.0.1:{port}{auth}");
    assert_eq!(call(&format!("127.0.0.1:{port}"), &same).0, 200);
    // Whether it runs may be asked without a key, but not from elsewhere.
    let health = |host: &str| market.http(&format!("GET /healthz HTTP/1.1\r\nHost: {host}"), "");
    assert_eq!(health(&format!("127.0.0.1:{port}")), (200, "ok\n".to_owned()));
    assert_eq!(health("evil.example").0, 403);
    // It listens on loopback and nowhere else.
    assert!(address.ip().is_loopback());
}

//= spec/text/local-api.md#REQ-API-4
//= type=test
//# A body has at most 64 KiB, of `/v0/events` 4 MiB (`413` `too_large`); it MUST be refused before more is
//# read.
//= spec/text/local-api.md#REQ-API-6
//= type=test
//# A body MUST be [strict JSON](README.md#strict-json), whatever `Content-Type` says, with the members that
//# are named and no others (`400` `malformed`, `malformed.json`).
#[test]
fn errors_of_the_local_interface_have_codes() {
    let market = Market::started();
    market.import(&[rating(0, "7")]);
    let post =
        |path: &str, body: &str| problem(&market.http(&market.good_head(&format!("POST {path}")), body));
    let is = |status, reason: Reason| (status, reason.code().to_owned());
    assert_eq!(post("/v0/offers", "{"), is(400, Reason::MalformedJson));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"acount\":1}"), is(400, Reason::Malformed));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"rebind\":null}"), is(400, Reason::Malformed));
    let null = "{\"purpose\":\"p\",\"retention_days\":1,\"market\":\"alpha\",\"role\":null}";
    assert_eq!(post("/v0/requests", null), is(400, Reason::Malformed), "null is no value");
    assert_eq!(post("/v0/offers", "{\"account\":\"8\"}"), is(404, Reason::LedgerUnknown));
    assert_eq!(post("/v0/offers", "{\"account\":\"7\",\"life_seconds\":0}"), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/offers", &" ".repeat(100_000)), is(413, Reason::TooLarge));
    assert_eq!(post("/v0/events", &" ".repeat(5 << 20)), is(413, Reason::TooLarge));
    assert_eq!(post("/v0/events", "nonsense"), is(400, Reason::EventMalformed));
    let told = |path: &str, body: &str| {
        let answer = market.http(&market.good_head(&format!("POST {path}")), body).1;
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    for (path, body, member) in [
        ("/v0/offers", "{\"account\":\"7\",\"acount\":1}", "acount"),
        ("/v0/offers", "{}", "account"),
        ("/v0/offers", "{\"account\":\"a b\"}", "account"),
        ("/v0/offers", "{\"account\":\"7\",\"life_seconds\":0}", "life_seconds"),
        ("/v0/requests", "{\"purpose\":\"p\",\"market\":\"alpha\"}", "retention_days"),
        ("/v0/requests", "{\"purpose\":\" \",\"retention_days\":1,\"market\":\"alpha\"}", "purpose"),
        (
            "/v0/requests",
            "{\"purpose\":\"p\",\"retention_days\":1,\"market\":\"alpha\",\"ratings\":9999}",
            "ratings",
        ),
    ] {
        let sentence = told(path, body)["sentence"].as_str().unwrap().to_owned();
        assert!(sentence.contains(member), "{sentence}");
    }
    // A line is refused with what was done before it.
    let lines = format!("{}\n{}\n{{}}", rating(0, "7"), rating(1, "7"));
    let refused = told("/v0/events", &lines);
    assert_eq!((&refused["applied"], &refused["new"], &refused["line"]), (&json!(2), &json!(1), &json!(3)));
    // What is only too early says when it will not be.
    told("/v0/offers", "{\"account\":\"7\"}");
    market.import(&[rating(0, "8")]);
    let early = told("/v0/offers", "{\"account\":\"8\"}");
    assert_eq!(early["code"], "offer.not_yet");
    assert_eq!(early["when"].as_i64().unwrap() % 86_400, 0, "{early}");
    let list = market.http(&market.good_head("POST /v0/offers"), "[\"7\",60,false]").0;
    assert_eq!(list, 400, "a list is no object");
    let ask = |more: &str| format!("{{\"purpose\":\"p\",\"retention_days\":1{more}}}");
    assert_eq!(post("/v0/requests", &ask("")), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/requests", &ask(",\"dcql_query\":{}")), is(400, Reason::RequestUnreadable));
    let forever = "{\"purpose\":\"p\",\"retention_days\":0,\"market\":\"alpha\"}";
    assert_eq!(post("/v0/requests", forever), is(400, Reason::InputMalformed));
    assert_eq!(post("/v0/nothing", ""), is(404, Reason::InputMalformed));
    assert_eq!(post("/v0/status", ""), is(405, Reason::InputMalformed));
    let show = market.http(&market.good_head("GET /v0/requests/..%2f..%2fetc"), "");
    assert_eq!(problem(&show), is(404, Reason::RequestUnknown));
}

//= spec/text/local-api.md#REQ-API-5
//= type=test
//# Every answer MUST have `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`.
#[test]
fn no_answer_is_kept_or_taken_for_something_else() {
    let market = Market::started();
    let address = market.address();
    for (head, body, status) in [
        (market.good_head("GET /v0/status"), "", "200"),
        (format!("GET /healthz HTTP/1.1\r\nHost: {address}"), "", "200"),
        (format!("GET /v0/status HTTP/1.1\r\nHost: {address}"), "", "401"),
        ("GET /healthz HTTP/1.1\r\nHost: evil.example".to_owned(), "", "403"),
        (market.good_head("POST /v0/offers"), "{", "400"),
        (market.good_head("GET /v0/epoch"), "", "404"),
        (market.good_head("GET /nothing"), "", "404"),
        (market.good_head("POST /v0/status"), "", "405"),
    ] {
        let answer = market.raw_http(&head, body);
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        let headers = answer.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase();
        for wanted in ["\r\ncache-control: no-store", "\r\nx-content-type-options: nosniff"] {
            assert!(headers.contains(wanted), "{answer}");
        }
    }
}

#[test]
fn a46_idle_connections_do_not_keep_others_out() {
    let mut market = Market::started();
    // Half a request each, and then silence; the last places are kept by those who ask.
    let _idle: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(market.address()).unwrap();
            stream.write_all(b"GET /v0/status HTTP/1.1\r\nHost:").unwrap();
            stream
        })
        .collect();
    assert_eq!(market.http(&market.good_head("GET /v0/status"), "").0, 200);
    assert_eq!(market.stop(), 0, "nor from ending");
}

#[test]
fn mistakes_in_the_arguments_have_a_code() {
    for args in [
        &["--json"][..],
        &["--json", "ofer"],
        &["offer", "--json"],
        &["status", "--json", "--no-such"],
        &["--json", "\u{1b}[31m"],
    ] {
        let said = run(args);
        let envelope: Value = serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{args:?}"));
        assert_eq!((code(&said), &envelope["exit"]), (2, &json!(2)), "{args:?}");
        assert_eq!(envelope["command"], "faam-node");
        assert_eq!(envelope["error"]["code"], Reason::InputMalformed.code(), "{args:?}");
        assert_eq!(said.stderr, b"", "what is for people would be said twice");
        assert!(!said.stdout.contains(&0x1b));
    }
    // People are told as they were, and help is no mistake.
    let said = run(&["ofer"]);
    assert_eq!((code(&said), said.stdout.as_slice()), (2, &b""[..]));
    assert!(text(&said.stderr).contains("offer"), "it is suggested");
    assert_eq!(code(&program(&["--json", "--help"]).output().unwrap()), 0);
}

#[test]
fn configurations_that_cannot_be_used_are_refused_with_the_fix() {
    let market = Market::new();
    let config = market.config();
    let good = fs::read_to_string(&config).unwrap();
    let check = |text: &str| {
        fs::write(&config, text).unwrap();
        let output = market.call("run", &["--check"]);
        (code(&output), text_of(&output))
    };
    fn text_of(output: &Output) -> String {
        text(&output.stderr)
    }
    assert_eq!(check(&good).0, 0);
    let (status, said) = check(&format!("lisen = []\n{good}"));
    assert_eq!(status, 2);
    assert!(said.contains("unknown key 'lisen'; did you mean 'listen'?"), "{said}");
    let (status, said) = check(&good.replace("127.0.0.1:0", "0.0.0.0:7345"));
    assert_eq!(status, 2);
    assert!(said.contains("for this machine alone"), "{said}");
    assert_eq!(check("dir = ").0, 2);
    let (status, said) = check(&good.replace("id = \"alpha\"", "id = \"beta\""));
    assert_eq!(status, 0, "nothing is recorded yet, so that the name may change: {said}");
    for listen in ["[\"/unix/x\"]", "[\"127.0.0.1:80\"]", "[]", "[\"/ip4/127.0.0.1/tcp/0\", \"\"]"] {
        let line = good.lines().find(|line| line.starts_with("listen = [")).unwrap();
        let (status, said) = check(&good.replacen(line, &format!("listen = {listen}"), 1));
        assert_eq!(status, 2, "{listen}: {said}");
        assert!(said.contains("listen"), "{said}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (status, said) = check(&good.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    assert_eq!(status, 2);
    assert!(said.contains("set another api.listen"), "{said}");
    let (_, said) = check(&good.replace("dir = \".\"", "dir = 7"));
    assert!(said.contains("\n") && said.contains("dir = 7") && !said.contains("not TOML"), "{said}");
    assert!(check("").1.contains("is empty"));

    fs::write(&config, &good).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let open = market.call("run", &["--check"]);
    assert_eq!(code(&open), 1);
    assert!(text(&open.stderr).contains("chmod 600"), "{}", text(&open.stderr));
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    for (name, mode, fix) in [
        ("api.key", 0o640, "chmod 600"),
        ("store.key", 0o604, "chmod 600"),
        ("store", 0o750, "chmod 700"),
        ("", 0o755, "chmod 700"),
    ] {
        let path = market.dir().join(name);
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = market.call("run", &[]);
        assert_eq!(code(&refused), 1, "{name}");
        assert!(text(&refused.stderr).contains(fix), "{name}: {}", text(&refused.stderr));
        fs::set_permissions(&path, before).unwrap();
    }
    let missing = run(&["run", "--config", "/nonexistent/faam-node.toml"]);
    assert_eq!(code(&missing), 2);
    assert!(text(&missing.stderr).contains("next: make one with 'faam-node init"));
}

#[test]
fn a_used_store_says_whose_it_is() {
    let mut market = Market::started();
    market.import(&[rating(0, "7")]);
    market.stop();
    let good = fs::read_to_string(market.config()).unwrap();
    for other in [
        good.replace("id = \"alpha\"", "id = \"beta\""),
        good.replace("id = \"alpha\"\n", "id = \"alpha\"\nepoch_seconds = 3600\n"),
    ] {
        assert_ne!(other, good);
        fs::write(market.config(), other).unwrap();
        let refused = market.call("run", &["--check"]);
        let said = text(&refused.stderr);
        assert_eq!(code(&refused), 2, "{said}");
        assert!(said.contains("belongs to market alpha with epochs of 604800 seconds"), "{said}");
    }
}

#[test]
fn requests_name_the_option_that_is_wrong() {
    let market = Market::new();
    market.trust("alpha");
    let mut market = market;
    market.start();
    let ask = |more: &[&str]| {
        let base = ["--market", "alpha", "--purpose", "p", "--retention-days", "1"];
        let kept: Vec<&str> =
            base.chunks(2).filter(|pair| !more.contains(&pair[0])).flatten().copied().collect();
        let output = market.call("request", &[&kept, more].concat());
        (code(&output), text(&output.stderr))
    };
    let long = "x".repeat(501);
    for (more, option) in [
        (vec!["--ratings", "1025"], "--ratings: at most 1024"),
        (vec!["--ratings", "1", "--disclose", "value"], "--disclose: of a rating"),
        (vec!["--disclose", "day"], "--disclose: it needs"),
        (vec!["--role", "seller"], "--role: it needs"),
        (vec!["--purpose", " "], "--purpose: say"),
        (vec!["--purpose", &long], "--purpose: it has at most 500"),
        (vec!["--retention-days", "0"], "--retention-days: answers"),
        (vec!["--life", "8d"], "--life: a request"),
    ] {
        let (status, said) = ask(&more);
        assert_eq!(status, 2, "{said}");
        assert!(said.contains(option), "{option}: {said}");
    }
    assert_eq!(ask(&["--ratings", "1", "--disclose", "day, rater"]).0, 0);
}

#[test]
fn init_writes_nothing_over() {
    let market = Market::new();
    let config = fs::read(market.config()).unwrap();
    let dir = market.dir();
    let again = run(&["init", "--dir", dir.to_str().unwrap(), "--market", "beta"]);
    assert_eq!(code(&again), 1);
    assert!(text(&again.stderr).contains("[store.exists]"));
    assert_eq!(fs::read(market.config()).unwrap(), config);
    assert_eq!(code(&run(&["init", "--dir", market.home.path().join("x").to_str().unwrap()])), 2);
    for name in ["store.key", "api.key", "faam-node.toml"] {
        let mode = fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn a64_a_second_daemon_says_who_is_there() {
    let market = Market::started();
    let second = market.call("run", &[]);
    assert_eq!(code(&second), 10);
    assert!(text(&second.stderr).contains("faam-node (process "), "{}", text(&second.stderr));
    assert!(market.address().port() != 0, "the first one's address is still there");
    let backup = market.call("backup", &[market.home.path().join("b").to_str().unwrap()]);
    assert_eq!(code(&backup), 10);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = Market::new();
    let text_of = fs::read_to_string(other.config()).unwrap();
    let port = taken.local_addr().unwrap().port();
    fs::write(other.config(), text_of.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))).unwrap();
    let refused = other.call("run", &[]);
    assert_eq!(code(&refused), 2);
    assert!(text(&refused.stderr).contains("set another api.listen"), "{}", text(&refused.stderr));
}

#[test]
fn a17_a32_a_backup_is_a_whole_node_without_what_was_open() {
    let mut market = Market::started();
    market.import(&(0..200).map(|n| rating(n, "7")).collect::<Vec<_>>());
    market.json("offer", &["--account", "7"]);
    let status = market.json("status", &[]);
    market.stop();
    // A copy in the folder itself would be lost with it.
    std::os::unix::fs::symlink(market.dir(), market.home.path().join("link")).unwrap();
    for inside in
        [market.dir(), market.dir().join("b"), market.dir().join("x/y"), market.home.path().join("link/b")]
    {
        let refused = market.call("backup", &[inside.to_str().unwrap()]);
        assert_eq!(code(&refused), 2);
        assert!(
            text(&refused.stderr).contains("OUT: it lies in the state folder"),
            "{}",
            text(&refused.stderr)
        );
    }
    let out = market.home.path().join("backup");
    let made = market.json("backup", &[out.to_str().unwrap()]);
    assert!(made["records"].as_u64().unwrap() > 200);
    assert_eq!(code(&market.call("backup", &[out.to_str().unwrap()])), 1, "nothing is written over");

    // The disk is lost, and the backup comes to its place.
    fs::remove_dir_all(market.dir()).unwrap();
    fs::rename(&out, market.dir()).unwrap();
    market.start();
    let restored = market.json("status", &[]);
    for path in ["/market", "/verifier", "/peer"] {
        assert_eq!(restored.pointer(path), status.pointer(path), "{path}");
    }
    // What was open may have been used since, and is ended; what is made from now on is not, not even after a restart.
    let offers = |status: &Value| status.pointer("/offers").cloned();
    assert_eq!(offers(&status), Some(json!({"open": 1, "ended": 0})));
    assert_eq!(offers(&restored), Some(json!({"open": 0, "ended": 1})));
    market.json("offer", &["--account", "7"]);
    market.stop();
    market.start();
    assert_eq!(offers(&market.json("status", &[])), Some(json!({"open": 1, "ended": 1})));
}

#[test]
fn a55_a_clock_long_after_the_last_record_is_believed_only_when_it_is_said() {
    let mut market = Market::new();
    {
        // What a node did that was off ever since.
        let config = faam_node::config::Config::read(&market.config()).unwrap();
        let store = NodeStore::open(&config.store_dir(), &config.store_key()).unwrap();
        let identity = Identity::load(&store).unwrap();
        let settings = Settings {
            peer: identity.peer(),
            verifier: identity.verifier().clone(),
            name: config.name.clone(),
            terms: None,
            market: config.market.clone(),
            trust: config.trust.clone(),
            policy: config.policy,
        };
        let now = faam_node::daemon::now().unwrap().plus(-40 * 86_400);
        let mut turn = Turn { now, rng: &mut OsRng, store: &store };
        let mut core = Core::restore(settings, &mut turn).unwrap();
        core.set_addresses(vec!["/ip4/127.0.0.1/tcp/4001".parse().unwrap()]);
        assert_eq!(core.apply_events(&mut turn, [rating(1, "7").as_str()].into_iter()).unwrap().new, 1);
        let terms = OfferTerms { account: "7".parse().unwrap(), life: 3600, rebind: false };
        core.create_offer(&mut turn, terms).unwrap();
    }
    for more in [&[][..], &["--check"]] {
        let refused = market.call("run", more);
        assert_eq!(code(&refused), 3, "{}", text(&refused.stderr));
        let told = text(&refused.stderr);
        assert!(told.contains("this machine's clock shows") && told.contains("--accept-clock"), "{told}");
    }
    market.start_with(&["--accept-clock"]);
    market.json("offer", &["--account", "7"]);
    market.stop();
    // Once was enough.
    market.start();
    market.json("offer", &["--account", "7"]);
}

/// A wallet's side of an offer over the network.
struct Contact {
    client: Client,
    link: Link,
    seed: [u8; 32],
    commitment: Option<Commitment>,
}

impl Contact {
    async fn new(link: &Link, seed: u8) -> Self {
        let seed = [seed; 32];
        let client =
            Client::dial(Zeroizing::new(seed), link.peer(), link.addresses(), Duration::from_secs(10))
                .await
                .unwrap();
        Self { client, link: link.clone(), seed, commitment: None }
    }

    async fn ask(&self, ask: OfferAsk) -> (OfferAnswer, Vec<u8>) {
        let payload = Message::new(ask).encode().unwrap();
        let answer = self.client.ask(Protocol::Offer, payload).await.unwrap();
        faam_schemas::assert_message("wire-offer-node", &answer);
        let message = Message::decode(&answer).unwrap();
        (message.head, message.body)
    }

    async fn redeem(&self, holder: &SigningKey, code: &str) -> OfferAnswer {
        let capability = self.link.capability();
        let (OfferAnswer::Terms { terms }, _) = self.ask(OfferAsk::Open { capability }).await else {
            panic!("no terms")
        };
        let wallet = SigningKey::from_seed(&self.seed).verifying_key().to_bytes();
        let peers = (self.link.peer(), faam_spec::peer::PeerId::from_public_key(wallet));
        let histories = faam_spec::did::KeyHistories::new();
        let now = faam_node::daemon::now().unwrap();
        let terms =
            faam_spec::offer::Terms::open(&terms, self.link.did(), capability, peers, &histories, now);
        let challenge = terms.unwrap().challenge;
        let statement = RedeemStatement {
            capability,
            challenge,
            issuer: self.link.did().clone(),
            node: self.link.peer(),
            wallet: faam_spec::peer::PeerId::from_public_key(wallet),
            since: None,
            commitment: self.commitment,
        };
        let ask = OfferAsk::Redeem {
            capability,
            code: code.to_owned(),
            holder: Jwk::from(&holder.verifying_key()),
            proof: multi(statement.sign(holder).unwrap().to_bytes()),
            since: None,
            commitment: self.commitment,
        };
        self.ask(ask).await.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_survives_a_killed_daemon_and_leaves_no_secrets_in_the_log() {
    let mut market = Market::new();
    // Links that outlive a restart need fixed ports.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = fs::read_to_string(market.config()).unwrap();
    let listen = format!("[\"/ip4/127.0.0.1/tcp/{port}\"]");
    let config = config.replace("[\"/ip4/127.0.0.1/udp/0/quic-v1\", \"/ip4/127.0.0.1/tcp/0\"]", &listen);
    fs::write(market.config(), config).unwrap();
    market.start();
    market.import(&(0..150).map(|n| rating(n, "7")).collect::<Vec<_>>());
    let made = market.json("offer", &["--account", "7"]);
    let (link, code) = (made["link"].as_str().unwrap(), made["code"].as_str().unwrap());
    let link: Link = link.parse().unwrap();
    let holder = SigningKey::from_seed(&[9; 32]);

    let contact = Contact::new(&link, 50).await;
    let wrong = contact.redeem(&holder, "0000-0000").await;
    assert_eq!(wrong, OfferAnswer::Refused { code: Reason::OfferCode });
    let OfferAnswer::Ready { transfer, bytes, hash } = contact.redeem(&holder, code).await else { panic!() };
    let count = pages(bytes) as u32;
    assert!(count > 1);
    let mut received = contact.ask(OfferAsk::Page { transfer, page: 0 }).await.1;
    drop(contact);
    market.signal(rustix::process::Signal::KILL);
    market.start();

    let contact = Contact::new(&link, 51).await;
    for page in 1..count {
        received.extend(contact.ask(OfferAsk::Page { transfer, page }).await.1);
    }
    assert_eq!(offer::hash(&received), hash);
    faam_schemas::assert_offer(&received);
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    drop(contact);
    market.signal(rustix::process::Signal::KILL);
    market.start();
    let contact = Contact::new(&link, 52).await;
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    let open = OfferAsk::Open { capability: link.capability() };
    assert_eq!(contact.ask(open).await.0, OfferAnswer::Refused { code: Reason::OfferUsed });
    drop(contact);
    assert_eq!(market.signal(rustix::process::Signal::INT), 0);

    let log = market.log();
    assert!(log.contains("a wrong session code was given"), "{log}");
    assert!(log.contains("an offer was taken") || log.contains("refused"), "{log}");
    for secret in [
        code,
        &code.replace('-', ""),
        &link.capability().to_string(),
        &transfer.to_string(),
        &market.key(),
        "no 17",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// A wallet's side of a renewal over the network.
async fn renew(client: &Client, ask: RenewAsk) -> (RenewAnswer, Vec<u8>) {
    let payload = Message::new(ask).encode().unwrap();
    faam_schemas::assert_message("wire-renew-wallet", &payload);
    let answer = client.ask(Protocol::Renew, payload).await.unwrap();
    faam_schemas::assert_message("wire-renew-node", &answer);
    let message = Message::decode(&answer).unwrap();
    (message.head, message.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_signs_private_standings_without_a_wallet_and_renews_them() {
    let mut market = Market::started();
    market.import(&(0..150).map(|n| rating(n, "7")).collect::<Vec<_>>());
    let said = |market: &Market| market.json("status", &[])["market"]["private"].clone();
    assert_eq!(said(&market), json!({"bound": 0, "waiting": 0}));
    let made = market.json("offer", &["--account", "7"]);
    let link: Link = made["link"].as_str().unwrap().parse().unwrap();
    let secrets = WalletSecrets::random(faam_bbs::backend(), &mut OsRng).unwrap();
    let (holder, mut contact) = (SigningKey::from_seed(&[9; 32]), Contact::new(&link, 50).await);
    contact.commitment = Some(secrets.commitment);
    let ready = contact.redeem(&holder, made["code"].as_str().unwrap()).await;
    let OfferAnswer::Ready { transfer, bytes, hash } = ready else { panic!("{ready:?}") };
    let mut received = Vec::new();
    for page in 0..pages(bytes) as u32 {
        received.extend(contact.ask(OfferAsk::Page { transfer, page }).await.1);
    }
    faam_schemas::assert_offer(&received);
    let first = Offer::parse(&received).unwrap().private.unwrap();
    assert_eq!(contact.ask(OfferAsk::Commit { transfer, hash }).await.0, OfferAnswer::Done);
    drop(contact);
    // The wallet's own were signed with its offer.
    assert_eq!(said(&market), json!({"bound": 1, "waiting": 0}));
    assert!(!market.log().contains("private standings were signed"));

    // A daemon that is started again has none, and makes them while nobody asks.
    market.signal(rustix::process::Signal::KILL);
    market.start();
    let end = Instant::now() + PATIENCE;
    while said(&market) != json!({"bound": 1, "waiting": 0}) {
        assert!(Instant::now() < end, "{}", market.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while !market.log().contains("private standings were signed") {
        assert!(Instant::now() < end, "{}", market.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let words = market.call("status", &[]);
    assert!(text(&words.stdout).contains("private    standings for 1 ledger\n"), "{}", text(&words.stdout));

    // The wallet renews: the same standings, over the network.
    let status = market.json("status", &[]);
    let peer: PeerId = status["peer"].as_str().unwrap().parse().unwrap();
    let addresses: Vec<Address> = serde_json::from_value(status["addresses"].clone()).unwrap();
    let client = Client::dial(Zeroizing::new([51; 32]), peer, &addresses, PATIENCE).await.unwrap();
    let (answer, record) = renew(&client, RenewAsk::Record).await;
    assert_eq!(answer, RenewAnswer::Record);
    let capability = Capability::from_bytes([7; 16]);
    let (RenewAnswer::Terms { terms }, _) = renew(&client, RenewAsk::Open { capability }).await else {
        panic!("no terms")
    };
    let (histories, now) = (faam_spec::did::KeyHistories::new(), faam_node::daemon::now().unwrap());
    let peers = (peer, client.local());
    let terms = offer::Terms::open(&terms, link.did(), capability, peers, &histories, now).unwrap();
    let statement = RenewStatement {
        capability,
        challenge: terms.challenge,
        issuer: link.did().clone(),
        node: peer,
        wallet: client.local(),
        since: None,
    };
    let ask = RenewAsk::Renew {
        capability,
        holder: Jwk::from(&holder.verifying_key()),
        proof: multi(statement.sign(&holder).unwrap().to_bytes()),
        since: None,
    };
    let (RenewAnswer::Ready { transfer, bytes, hash }, _) = renew(&client, ask).await else {
        panic!("nothing is renewed")
    };
    let mut received = Vec::new();
    for page in 0..pages(bytes) as u32 {
        received.extend(renew(&client, RenewAsk::Page { transfer, page }).await.1);
    }
    assert_eq!(offer::hash(&received), hash);
    faam_schemas::assert_offer(&received);
    let renewed = Offer::parse(&received).unwrap();
    assert_eq!(renewed.record.as_bytes(), record);
    assert_eq!(renewed.private, Some(first));
    assert_eq!(renew(&client, RenewAsk::Commit { transfer, hash }).await.0, RenewAnswer::Done);
    client.close().await;

    // It ends cleanly with the signing under way or done, and the log knows no secrets.
    assert_eq!(market.signal(rustix::process::Signal::INT), 0);
    let log = market.log();
    let entropy = renewed.private.unwrap().entropy.to_string();
    for secret in [&transfer.to_string(), &secrets.commitment.to_string(), &entropy] {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
}

#[test]
fn paths_in_errors_play_no_tricks() {
    let home = tempfile::tempdir().unwrap();
    let evil = home.path().join("a\u{1b}[31m\u{202e}b");
    let output = run(&["run", "--config", evil.join("c.toml").to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
    assert!(Path::new(&evil).parent().is_some());
}
