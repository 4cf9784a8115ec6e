//! The manual: what it says was typed is run, and what it says was printed is what is printed.
//!
//! In a block of `console`, a line after `$` is run in a folder of the page's own; the lines below are what it prints, `…` stands for
//! anything, alone on a line for any lines; `? 5` says the exit status, else it is 0. A command that ends in `&` goes on to the end of the
//! page, and its lines are waited for. Words in capitals stand for what was printed last: `LINK`, and after `--approve` `DIGEST`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Market, now};
use faam_store::KdfParams;
use faam_wallet::vault::{Entropy, Vault};

const PAGES: [&str; 5] = ["everyday.md", "vault.md", "sharing.md", "personas.md", "asking.md"];

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

/// What words in capitals stand for.
type Names = BTreeMap<&'static str, String>;

/// The words of a line, of which some are in quotes.
fn words(line: &str, names: &Names) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(
                part.split_whitespace()
                    .map(|word| names.get(word).map_or_else(|| word.to_owned(), String::clone)),
            ),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn program(folder: &Path, words: &[String]) -> Command {
    assert_eq!(words[0], "faam", "{words:?}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam"));
    command
        .args(&words[1..])
        .current_dir(folder)
        .env_clear()
        .env("FAAM_HOME", folder.join("wallet"))
        .env("TMPDIR", folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, words: &[String]) -> (i32, String) {
    let output = program(folder, words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// Keeps in mind what the next commands may name.
fn learn(text: &str, names: &mut Names) {
    for line in text.lines() {
        if line.starts_with("faam:present?") {
            names.insert("LINK", line.to_owned());
        }
        if let Some((_, rest)) = line.split_once("--approve ") {
            names.insert("DIGEST", rest.split_whitespace().next().unwrap().to_owned());
        }
    }
}

/// A program that goes on until the page is at its end.
struct Going(Child);

impl Going {
    fn start(folder: &Path, step: &Step, words: &[String]) -> Self {
        let mut child = program(folder, words).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let going = Self(child);
        let mut waited: Vec<&String> = step.prints.iter().collect();
        let mut lines = out.lines().map_while(Result::ok);
        while !waited.is_empty() {
            let line = lines.next().unwrap_or_else(|| panic!("{} ended before {waited:?}", step.command));
            waited.retain(|pattern| !is_like(pattern, &line));
        }
        std::thread::spawn(move || lines.for_each(drop));
        going
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The wallet of somebody else, who holds ratings of a market.
fn friend(folder: &Path, names: &mut Names) {
    let passphrase = b"four words for the friend-passphrase";
    let entropy = Entropy::random(&mut rand::rngs::OsRng);
    let vault = Vault::create(&folder.join("friend"), passphrase, &entropy, KdfParams::FLOOR, now()).unwrap();
    let mut market = Market::new("shop");
    for n in 0..12 {
        market.rate(5, &format!("r{n}"), "2026-03-01T12:00:00Z", "As promised.");
    }
    market.give_private(&vault, now());
    names.insert("ISSUER", market.issuer.did().to_string());
}

#[test]
fn everything_in_the_manual_happens_as_it_says() {
    for page in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
        let folder = tempfile::tempdir().unwrap();
        for name in ["wallet-passphrase", "new-passphrase", "backup-passphrase", "friend-passphrase"] {
            let file = folder.path().join(name);
            std::fs::write(&file, format!("four words for the {name}")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let steps = steps(&std::fs::read_to_string(path).unwrap());
        assert!(steps.len() > 5, "{page}");
        let (mut names, mut going) = (Names::new(), Vec::new());
        if page == "asking.md" {
            friend(folder.path(), &mut names);
        }
        for step in steps {
            let mut said = words(&step.command, &names);
            if said.last().is_some_and(|word| word == "&") {
                said.pop();
                going.push(Going::start(folder.path(), &step, &said));
                continue;
            }
            let (status, text) = run(folder.path(), &said);
            learn(&text, &mut names);
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
fn words_in_quotes_are_one_and_names_stand_for_what_was_printed() {
    let mut names = Names::new();
    learn("x\nfaam:present?v=0\n  To agree: faam present LINK --approve uAb --pick best", &mut names);
    let said = words("faam ask --purpose 'To lend LINK' LINK DIGEST", &names);
    assert_eq!(said, ["faam", "ask", "--purpose", "To lend LINK", "faam:present?v=0", "uAb"]);
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
