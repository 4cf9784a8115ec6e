//! `faam-verify` as it is run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use faam_spec::reason::Reason;
use serde_json::Value;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faam-verify")).args(args).output().unwrap()
}

fn run_on(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam-verify"));
    let piped = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Every vector that holds one text is taken apart without harm: an outline that a terminal shows as it is, or one JSON object, and the
/// same exit status.
#[test]
fn decode_shows_every_object_of_the_vectors() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors");
    let (mut shown, mut accepted) = (0, 0);
    for folder in ["credentials", "epoch", "ledger", "offer", "presentation", "request", "status", "link"] {
        let mut files: Vec<_> =
            std::fs::read_dir(vectors.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().step_by(7) {
            let vector: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            let Some(text) = vector["input"]["text"].as_str() else { continue };
            let outline = run_on(&["decode"], text.as_bytes());
            let json = run_on(&["decode", "--json", "--all"], text.as_bytes());
            let safe = |c: char| c == '\n' || !c.is_control();
            let told = String::from_utf8(outline.stdout).unwrap();
            assert!(told.chars().all(safe) && told.starts_with("object"), "{}: {told}", file.display());
            let object: Value = serde_json::from_slice(&json.stdout).unwrap();
            assert_eq!(object["name"], "object");
            assert_eq!(outline.status.code(), json.status.code(), "{}", file.display());
            assert!(matches!(json.status.code(), Some(0 | 3 | 4)), "{}", file.display());
            shown += 1;
            accepted += i32::from(json.status.code() == Some(0));
        }
    }
    assert!(shown > 50 && accepted > 10, "{shown} {accepted}");
}

//= spec/text/README.md#REQ-GEN-22
//= type=test
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
#[test]
fn decode_plays_no_tricks_and_reads_no_more_than_it_may() {
    for args in [&["decode"][..], &["decode", "--json"]] {
        for input in ["{\"kind\":\"\u{1b}[31m\u{202e}\"}", "\u{1b}]0;x\u{7}", "\u{feff}", ""] {
            let output = run_on(args, input.as_bytes());
            let told = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(3), "{told}");
            assert!(!told.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{feff}']), "{told}");
        }
        let output = run_on(args, &vec![b' '; 40 << 20]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("too_large") && output.status.code() == Some(3), "{told}");
    }
    assert_eq!(run_on(&["decode", "--as", "no-such"], b"").status.code(), Some(2));
}

//= spec/text/README.md#REQ-GEN-22
//= type=test
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`, and MUST
//# NOT interpret them, in output, errors and logs alike.
#[test]
fn what_was_given_is_repeated_without_tricks() {
    let said = run(&["\u{1b}[31m\u{202e}"]);
    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(2), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("\\u{202e}"), "{text}");
}

#[test]
fn codes_are_explained_with_their_exit_status() {
    let said = run(&["explain", "rating.withdrawn"]);
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(said.status.success() && text.contains("exit status: 7 (withdrawn)"), "{text}");
    let ends = "As a verdict of faam-verify it is a refusal, which ends with 3 (refused).";
    assert!(text.contains(ends), "{text}");
    let untrusted = String::from_utf8(run(&["explain", "trust.untrusted"]).stdout).unwrap();
    assert!(
        untrusted.contains(ends) && untrusted.contains("concerns: the market that signed"),
        "{untrusted}"
    );
    let unrated = String::from_utf8(run(&["explain", "policy.unrated"]).stdout).unwrap();
    let unrated = unrated.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!unrated.contains("fault") && !unrated.contains(ends), "{unrated}");
    assert!(
        unrated.contains("exit status: 3 (refused), or 4 (undecided) where a policy leaves it open"),
        "{unrated}"
    );
    assert_eq!(run(&["explain", "no.such"]).status.code(), Some(2));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}

/// Each code is explained in both languages, in lines that fit a terminal and as JSON of its schema.
#[test]
fn every_code_is_explained_for_people_and_programs() {
    for lang in ["en", "nl"] {
        let all = run(&["explain", "--lang", lang, "--json"]);
        let data: Value = serde_json::from_slice(&all.stdout).unwrap();
        faam_schemas::assert_valid("explain", &data);
        assert_eq!(data["codes"].as_array().unwrap().len(), Reason::ALL.len());
        for reason in Reason::ALL.iter().step_by(9) {
            let one = run(&["explain", reason.code(), "--lang", lang, "--json"]);
            let data: Value = serde_json::from_slice(&one.stdout).unwrap();
            faam_schemas::assert_valid("explain", &data);
            assert_eq!(data["codes"][0]["code"], reason.code());
            let text = String::from_utf8(run(&["explain", reason.code(), "--lang", lang]).stdout).unwrap();
            assert!(text.contains(if lang == "nl" { "Wat te doen" } else { "What to do" }), "{text}");
        }
    }
}

//= spec/text/programs.md#REQ-PROGRAM-7
//= type=test
//# `faam-verify` takes English, because its output is for programs and must be the same on every machine
#[test]
fn a_wrong_code_names_the_near_ones_and_the_environment_does_not_matter() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam-verify"));
    let said = command.args(["explain", "request.used"]).env("LC_ALL", "nl_NL.UTF-8").output().unwrap();
    assert!(String::from_utf8(said.stdout).unwrap().contains("This request was answered already."));
    let wrong = run(&["explain", "request.usd"]);
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{told}");
    assert!(told.contains("Did you mean request.used") && wrong.stdout.is_empty(), "{told}");
    let wrong = String::from_utf8(run(&["explain", "request.usd", "--lang", "nl"]).stderr).unwrap();
    assert!(wrong.contains("Bedoelde u request.used"), "{wrong}");
    assert_eq!(run(&["explain", "--lang", "de"]).status.code(), Some(2));
    let trick = String::from_utf8(run(&["explain", "\u{1b}[31m\u{202e}"]).stderr).unwrap();
    assert!(!trick.contains(['\u{1b}', '\u{202e}']), "{trick}");
}
