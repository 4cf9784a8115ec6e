//! What people read fits their terminal, with colour as without, and says the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Home, Market, Said, now, write_private};
use unicode_width::UnicodeWidthStr as _;

/// Longer words are paths, links, digests, identifiers: broken they would be wrong.
const WHOLE: usize = 20;

fn full() -> Home {
    let mut market = Market::new("a-market-with-a-rather-long-name");
    let comment =
        "It came on the day that was said, in a box that was far too large, and smelled of smoke. ".repeat(4);
    for (at, rater) in ["ann", "bob", "cid"].iter().enumerate() {
        market.rate(4, rater, &format!("2026-01-0{}T10:00:00Z", at + 2), &comment);
    }
    let home = Home::with_ratings(&mut market, now());
    write_private(&home.folder.path().join("locks"), "four words for the backup");
    home
}

/// Commands that print for people, in an order in which each has something to say; most of them again with an error.
fn commands(home: &Home) -> Vec<Vec<String>> {
    let path = |name: &str| home.folder.path().join(name).to_str().unwrap().to_owned();
    let locks = path("locks");
    let all: Vec<Vec<String>> = [
        "passport",
        "ratings",
        "ratings --market other",
        "log",
        "who",
        "who nobody-of-this-name",
        "rules",
        "rules test",
        "rules use careful --replace",
        "rules",
        "rules test",
        "doctor",
        "config list --show-origin",
        "config path",
        "vault check",
        "vault compact",
        "refresh",
        "listen --once",
        "explain net.unreachable",
        "explain net.unreachabel",
        "present faam:present?v=0",
        "receive faam:offer?v=0 --code 7KQ2-M9XD",
        "phrase",
        "init",
        "restore",
        "import /nowhere/at/all",
        "evidence forget x",
        "pasport",
    ]
    .iter()
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .collect();
    let backup = |name: &str, more: &[&str]| {
        let args = ["backup", name, &path("wallet.age"), "--backup-passphrase-file", &locks];
        args.iter().chain(more).map(|arg| (*arg).to_owned()).collect::<Vec<_>>()
    };
    let made = [
        backup("create", &["--kdf-floor"]),
        backup("verify", &[]),
        backup("create", &["--kdf-floor"]),
        backup("restore", &[]),
    ];
    all.into_iter().chain(made).collect()
}

/// Without what colours it.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

/// Lines that are wider than they may be, though nothing in them is whole by nature.
fn too_wide(text: &str, columns: usize) -> Vec<&str> {
    let whole = |line: &str| line.split_whitespace().any(|word| word.width() > WHOLE.min(columns / 2));
    text.lines().filter(|line| line.width() > columns && !whole(line)).collect()
}

fn run(home: &Home, args: &[String], columns: &str, color: &str, lang: &str) -> Said {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut command = home.command(&args);
    command
        .env("COLUMNS", columns)
        .args(["--color", color, "--lang", lang])
        .env("TMPDIR", home.folder.path());
    Said::of(command.output().unwrap())
}

#[test]
fn every_command_fits_and_says_the_same_without_colour() {
    let home = full();
    let backup = home.folder.path().join("wallet.age");
    for lang in ["en", "nl"] {
        for (columns, most) in [("40", 40), ("80", 80), ("200", 80)] {
            let _ = std::fs::remove_file(&backup);
            for args in commands(&home) {
                let said = run(&home, &args, columns, "never", lang);
                for text in [&said.out, &said.err] {
                    assert!(!text.contains('\u{1b}'), "{args:?}");
                    assert_eq!(
                        too_wide(text, most),
                        [""; 0],
                        "{args:?} in {columns} columns, {lang}\n{text}"
                    );
                }
                assert!(!said.out.is_empty() || !said.err.is_empty(), "{args:?}");
            }
        }
    }
    // Colour adds nothing but colour. What says something else when it is done twice, or says what was chosen, is left out.
    let changing = ["config", "log", "compact", "restore", "init", "use", "backup", "refresh", "listen"];
    let mut colored = 0;
    for args in commands(&home).iter().filter(|args| !args.iter().any(|arg| changing.contains(&arg.as_str())))
    {
        let (with, without) = (run(&home, args, "80", "always", "en"), run(&home, args, "80", "never", "en"));
        colored += usize::from(with.out.contains('\u{1b}') || with.err.contains('\u{1b}'));
        // The moment is another one.
        let minutes = |text: &str| text.split(" clock ").next().unwrap().to_owned();
        assert_eq!(minutes(&plain(&with.out)), minutes(&without.out), "{args:?}");
        assert_eq!(plain(&with.err), without.err, "{args:?}");
    }
    assert!(colored > 5, "{colored}");
}
