//! What a person at a terminal sees of something that takes long, and that nobody else does.

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

use std::fs::File;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use common::{Home, Said, now};
use faam_spec::hash::Capability;
use faam_spec::key::SigningKey;
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Somebody who takes calls and never says anything, and a link that leads there.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let did = faam_spec::did::Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
    let peer = PeerId::from_public_key(SigningKey::from_seed(&[2; 32]).verifying_key().to_bytes());
    let address = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let capability = Capability::from_bytes([3; 16]);
    let link = Link::new(LinkKind::Offer, peer, did, capability, now().plus(600), vec![address]).unwrap();
    (listener, link.to_string())
}

/// Runs a command with a terminal of `columns` as all its streams; what came to it, and how it ended.
fn at_terminal(command: &mut Command, columns: u16) -> (String, i32) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = File::options().read(true).write(true).open(name).unwrap();
    tcsetwinsize(&slave, size).unwrap();
    let stream = || Stdio::from(slave.try_clone().unwrap());
    let mut child = command.stdin(stream()).stdout(stream()).stderr(stream()).spawn().unwrap();
    // The command has copies of the terminal for the next time that it is run.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(slave);
    let (mut bytes, mut master) = (Vec::new(), File::from(master));
    // The end of a terminal is an error of input.
    let _ = master.read_to_end(&mut bytes);
    (String::from_utf8(bytes).unwrap(), child.wait().unwrap().code().unwrap())
}

/// What stands on a screen after `text`, and the widest that anything was on the way.
fn screen(text: &str) -> (Vec<String>, usize) {
    let (mut lines, mut at, mut widest) = (vec![Vec::new()], 0, 0);
    for c in text.chars() {
        match c {
            '\n' => lines.push(Vec::new()),
            '\r' => at = 0,
            c => {
                let line: &mut Vec<char> = lines.last_mut().unwrap();
                line.resize(line.len().max(at + 1), ' ');
                line[at] = c;
                at += 1;
                widest = widest.max(at);
            }
        }
    }
    (lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect(), widest)
}

#[test]
fn whoever_waits_at_a_terminal_is_told_and_nothing_of_it_stays() {
    let home = Home::new();
    let (_listener, link) = silent();
    for columns in [40, 80] {
        let mut command = home.command(&["receive", &link, "--code", "7KQ2-M9XD", "--timeout", "5"]);
        let (text, code) = at_terminal(&mut command, columns);
        assert_eq!(code, 8, "{text}");
        assert!(text.contains("\rCalling the other side … "), "{text:?}");
        assert!(!text.contains('\u{1b}') || text.contains("\u{1b}[1;31merror:"), "no control but of colour");
        let (lines, _) = screen(&text.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", ""));
        assert!(lines.iter().all(|line| !line.contains("Calling")), "it is gone at the end: {lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("error:")), "{lines:?}");
        // The line itself never reaches the last column.
        for drawn in text.split('\r').filter(|part| part.starts_with("Calling")) {
            assert!(drawn.trim_end().chars().count() < usize::from(columns), "{drawn:?}");
        }
    }
    let mut dutch =
        home.command(&["receive", &link, "--code", "7KQ2-M9XD", "--timeout", "4", "--lang", "nl"]);
    assert!(at_terminal(&mut dutch, 80).0.contains("\rDe andere kant bellen … "));
    let mut json = home.command(&["receive", &link, "--code", "7KQ2-M9XD", "--timeout", "4", "--json"]);
    let (text, _) = at_terminal(&mut json, 80);
    assert!(!text.contains("Calling"), "{text:?}");
}

#[test]
fn without_a_terminal_there_is_no_such_line() {
    let home = Home::new();
    let (_listener, link) = silent();
    let output = home.command(&["receive", &link, "--code", "7KQ2-M9XD", "--timeout", "4"]).output().unwrap();
    let said = Said::of(output);
    assert_eq!(said.code, 8);
    assert!(!said.err.contains('\r') && !said.err.contains("Calling"), "{}", said.err);
}
