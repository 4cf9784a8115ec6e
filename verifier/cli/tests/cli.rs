//! `faam-verify` as it is run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::process::{Command, Output};

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faam-verify")).args(args).output().unwrap()
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
    assert!(said.status.success() && text.contains("exit status 7 (withdrawn)"), "{text}");
    assert_eq!(run(&["explain", "no.such"]).status.code(), Some(2));
    assert_eq!(run(&["--help"]).status.code(), Some(0));
}
