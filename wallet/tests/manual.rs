//! The manual: what it says was typed is run, and what it says was printed is what is printed.
//!
//! In a block of `console`, a line after `$` is run in a folder of the page's own; the lines below are what it prints, `…` stands for
//! anything, alone on a line for any lines; `? 5` says the exit status, else it is 0.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

const PAGES: [&str; 4] = ["everyday.md", "vault.md", "sharing.md", "personas.md"];

#[derive(Debug, Default)]
struct Step {
    command: String,
    prints: Vec<String>,
    status: i32,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut within = false;
    for line in page.lines() {
        match (within, line) {
            (false, "```console") => within = true,
            (true, "```") => within = false,
            (true, line) => match (line.strip_prefix("$ "), line.strip_prefix("? ")) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), ..Step::default() }),
                (_, Some(status)) => steps.last_mut().unwrap().status = status.parse().unwrap(),
                _ => steps.last_mut().unwrap().prints.push(line.to_owned()),
            },
            _ => {}
        }
    }
    steps
}

/// Whether a line is as the page has it, with `…` for anything.
fn is_like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = rest.find::<&str>(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

fn are_like(patterns: &[String], lines: &[&str]) -> bool {
    match (patterns.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((any, more)), _) if any == "…" => {
            are_like(more, lines) || lines.split_first().is_some_and(|(_, rest)| are_like(patterns, rest))
        }
        (Some((pattern, more)), Some((line, rest))) => is_like(pattern, line) && are_like(more, rest),
        _ => false,
    }
}

fn run(folder: &Path, command: &str) -> (i32, String) {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("faam"), "{command}");
    let output = Command::new(env!("CARGO_BIN_EXE_faam"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("FAAM_HOME", folder.join("wallet"))
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn everything_in_the_manual_happens_as_it_says() {
    for page in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
        let folder = tempfile::tempdir().unwrap();
        for name in ["wallet-passphrase", "new-passphrase", "backup-passphrase"] {
            let file = folder.path().join(name);
            std::fs::write(&file, format!("four words for the {name}")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let steps = steps(&std::fs::read_to_string(path).unwrap());
        assert!(steps.len() > 5, "{page}");
        for step in steps {
            let (status, text) = run(folder.path(), &step.command);
            let lines: Vec<&str> = text.trim_end().lines().collect();
            assert!(
                are_like(&step.prints, &lines),
                "{page}: {}\n{text}\nis not\n{}",
                step.command,
                step.prints.join("\n")
            );
            assert_eq!(status, step.status, "{page}: {}\n{text}", step.command);
        }
    }
}

#[test]
fn what_the_manual_leaves_open_is_all_that_may_differ() {
    for (pattern, line, like) in [
        ("a", "a", true),
        ("a", "b", false),
        ("a … c", "a b b c", true),
        ("a … c", "a b b d", false),
        ("…", "", true),
        ("… in … bytes.", "3 records in 10 bytes.", true),
        ("… in … bytes.", "3 records of 10 bytes.", false),
    ] {
        assert_eq!(is_like(pattern, line), like, "{pattern} {line}");
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(are_like(&lines("a\n…\nc"), &["a", "b", "b", "c"]));
    assert!(!are_like(&lines("a\n…\nc"), &["a", "b"]));
    assert!(!are_like(&lines("a"), &["a", "b"]));
}
