//! The same inputs through the program: answers as lines of one process, files one by one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use faam_spec::exit::Exit;
use faam_tests::hostile::{Input, Reader, inputs, target};
use faam_tests::process::program;
use serde_json::{Value, json};

use crate::{count, judged};

/// Most memory that the program may have had, in KiB: its own, lines that wait and what they say, and what two threads or more hold to judge
/// them, with what an allocator keeps of it.
const MOST_RESIDENT: usize = 128 * 1024;

/// Most memory that a running process has had, in KiB.
fn resident(child: &Child) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
fn a20_a85_the_program_answers_every_hostile_line() {
    let target = target();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("trust.toml"), &target.trust).unwrap();
    std::fs::write(path("policy.toml"), "v = 0\n").unwrap();
    let (trust, policy, at) = (path("trust.toml"), path("policy.toml"), target.now.to_string());
    let mut child = Command::new(program("faam-verify"))
        .args(["presentation", "--jsonl", "--trust", &trust, "--policy", &policy, "--at", &at])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let (plain, private) = (target.plain.to_bytes().unwrap(), target.private.to_bytes().unwrap());
    let answers = || inputs(count()).filter(|input| matches!(input.reader, Reader::Plain | Reader::Private));
    let line = move |input: &Input| {
        let pending = if input.reader == Reader::Plain { &plain } else { &private };
        let pending = core::str::from_utf8(pending).unwrap();
        match core::str::from_utf8(&input.bytes) {
            Ok(text) => json!({"pending": pending, "presentation": text}).to_string().into_bytes(),
            // Bytes that are no text stand in no JSON; as a line they are hostile all the same.
            Err(_) => input.bytes.iter().copied().filter(|byte| *byte != b'\n').collect(),
        }
    };
    let lines = answers();
    let writer = std::thread::spawn(move || {
        for input in lines {
            stdin.write_all(&[line(&input).as_slice(), b"\n"].concat()).unwrap();
        }
        // It is kept open until everything was read, so that the process can be looked at.
        stdin
    });
    let (mut at, mut accepted) = (0, false);
    for input in answers() {
        let text = said.next().unwrap().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let told = match (value["error"]["code"].as_str(), value["reasons"][0]["code"].as_str()) {
            (Some(code), _) => format!("error {code}"),
            (None, code) => code.unwrap_or("accepted").to_owned(),
        };
        let (decision, _) = judged(&target, &input);
        let decision = decision.unwrap();
        let alone = decision.reasons().first().map_or("accepted", |reason| reason.code.code());
        let expected = match core::str::from_utf8(&input.bytes) {
            Err(_) => "error malformed.json".to_owned(),
            // What is over the line's bound was never read.
            Ok(_) if told == "error too_large" && alone == "too_large" => told.clone(),
            Ok(_) if alone == "accepted" && accepted && told == "request.used" => told.clone(),
            Ok(_) => alone.to_owned(),
        };
        assert_eq!(told, expected, "no. {at}, {}", input.family);
        accepted |= told == "accepted";
        at += 1;
    }
    let most = resident(&child);
    drop(writer.join().unwrap());
    assert!(said.next().is_none());
    let ended = child.wait().unwrap();
    assert_eq!(ended.code(), Some(i32::from(Exit::Usage.code())), "some lines could not be understood");
    println!("{at} lines in one process; it held {most:?} KiB at most");
    assert!(at > count() / 2 && accepted);
    if let Some(most) = most {
        assert!(most < MOST_RESIDENT, "{most} KiB");
    }
}

#[test]
fn a20_the_program_answers_hostile_files() {
    let target = target();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("good.toml"), &target.trust).unwrap();
    std::fs::write(path("policy.toml"), "v = 0\n").unwrap();
    let mut tried = [0; 2];
    for input in inputs(count()) {
        let file = path("file.toml");
        let arguments = match input.reader {
            Reader::Policy => vec!["policy", "check", &file],
            Reader::Trust => vec!["policy", "check", "policy.toml", "--trust", &file],
            _ => continue,
        };
        std::fs::write(&file, &input.bytes).unwrap();
        let output = Command::new(program("faam-verify"))
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let usable = output.status.success();
        assert!(usable || output.status.code() == Some(2), "{told}");
        let coded = ["(file.syntax)", "(file.key)", "(file.value)", "(input.malformed)", "(too_large)"];
        assert!(usable || coded.iter().any(|code| told.contains(code)), "{told}");
        assert!(told.len() < 5000 && !told.contains(['\u{202e}', '\0']), "{told}");
        tried[usize::from(usable)] += 1;
    }
    assert!(tried[0] > 4, "{tried:?}");
}
