//! Bringing in what people have: the program, the files of the manual, and what the passport says then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::path::{Path, PathBuf};

use common::{Home, Said};
use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/evidence")
}

/// The program, in the folder of the samples.
fn run(home: &Home, args: &[&str]) -> Said {
    let mut command = home.command(args);
    command.current_dir(samples());
    Said::of(command.output().unwrap())
}

fn mail<'a>(name: &'a str, reader: &'a str) -> [&'a str; 8] {
    ["import", name, "--mail-keys", "mail-keys.toml", "--reader", reader, "--mine", "Ann@post.example"]
}

fn passport(home: &Home) -> Value {
    run(home, &["passport", "--json"]).envelope()["data"]["evidence"].clone()
}

/// The commands of the manual, each of which does what it says there.
#[test]
fn the_manual_is_what_happens() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/import.md")).unwrap();
    let home = Home::new();
    let lines: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("    $ faam ")).collect();
    assert!(lines.len() >= 7, "{lines:?}");
    let target = home.folder.path().join("out.json");
    for line in lines {
        let id = passport(&home).get(0).and_then(|one| one["id"].as_str().map(str::to_owned));
        let line = line.replace("ID", id.as_deref().unwrap_or("ID"));
        let line = line.replace("for-the-landlord.json", target.to_str().unwrap());
        let args: Vec<&str> = line.split(' ').collect();
        let said = run(&home, &args);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        assert!(said.is_plain(), "{line}");
    }
    assert!(target.exists());
}

#[test]
fn each_is_shown_with_how_it_is_known() {
    let home = Home::new();
    for args in [
        &["import", "certificate.sd-jwt"][..],
        &["import", "membership.vc.json"],
        &mail("kringloop.eml", "kringloop.toml"),
        &mail("ritje.eml", "ritje.toml"),
        &mail("logeer.eml", "logeer.toml"),
        &["import", "marktzicht.csv", "--mapping", "marktzicht-csv.toml"],
        &["import", "ritje.json", "--mapping", "ritje-json.toml"],
    ] {
        let said = run(&home, &[args, &["--json"]].concat());
        let data = said.envelope()["data"].clone();
        assert_eq!((said.code, &data["files"][0]["new"]), (0, &Value::Bool(true)), "{args:?} {said:?}");
        // Once more, and it is there already.
        let again = run(&home, &[args, &["--json"]].concat()).envelope();
        assert_eq!(again["data"]["files"][0]["new"], Value::Bool(false));
    }
    let held = passport(&home);
    let grades: Vec<&str> =
        held.as_array().unwrap().iter().map(|one| one["grade"].as_str().unwrap()).collect();
    let count = |grade: &str| grades.iter().filter(|other| **other == grade).count();
    assert_eq!(
        (grades.len(), count("issuer_signed"), count("mail_signed"), count("self_asserted")),
        (7, 2, 3, 2)
    );

    let text = run(&home, &["passport"]);
    for part in [
        "brought in by you",
        "kringloop: 4 on a scale of 1 to 5 as seller, 2026-03-02",
        "signed by the mail's domain (mail.kringloop.example)",
        "signed by its issuer (did:key:z6Mk",
        "marktzicht: 3 ratings, mean 667 of 1000",
        "your word alone; nobody signed it",
        "whoever has a copy can show it",
    ] {
        assert!(
            text.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(part),
            "{part}\n{}",
            text.out
        );
    }
    assert!(text.is_plain());
    let log = run(&home, &["log", "--json"]).envelope();
    assert_eq!(log["data"]["entries"][0]["what"], "imported");
    assert!(run(&home, &["log"]).out.contains("Brought in a mail with 1 rating"));
}

/// What is refused of several files is told, and the others are kept.
#[test]
fn one_bad_file_does_not_keep_the_others_out() {
    let home = Home::new();
    let text = std::fs::read_to_string(samples().join("kringloop.eml")).unwrap();
    let forged = home.folder.path().join("forged.eml");
    std::fs::write(&forged, text.replace("4 of 5", "5 of 5")).unwrap();
    let forged = forged.to_str().unwrap();
    let args = ["import", "kringloop.eml", forged, "certificate.sd-jwt", "README.md", "--json"];
    let more = ["--mail-keys", "mail-keys.toml", "--reader", "kringloop.toml", "--mine", "ann@post.example"];
    let said = run(&home, &[&args[..], &more[..]].concat());
    let envelope = said.envelope();
    assert_eq!((said.code, envelope["error"]["code"].as_str()), (3, Some("invalid.signature")));
    let files = envelope["data"]["files"].as_array().unwrap().clone();
    let codes: Vec<Option<&str>> = files.iter().map(|file| file["code"].as_str()).collect();
    assert_eq!(codes, [None, Some("invalid.signature"), None, Some("import.kind")]);
    assert_eq!(passport(&home).as_array().unwrap().len(), 2);
}

#[test]
fn a_dry_run_keeps_nothing_and_mails_need_an_address() {
    let home = Home::new();
    let said = run(&home, &[&mail("kringloop.eml", "kringloop.toml")[..], &["--dry-run"]].concat());
    assert!(said.code == 0 && said.out.contains("nothing was kept"), "{said:?}");
    assert_eq!(passport(&home), Value::Null);

    let said = run(&home, &["import", "kringloop.eml", "--json"]);
    let envelope = said.envelope();
    assert_eq!((said.code, envelope["error"]["code"].as_str()), (2, Some("input.missing")));
    assert_eq!(envelope["error"]["at"], "--mine");
    // Without an archive nothing can be said; to another address it is no evidence (A93).
    let undecided = run(&home, &["import", "kringloop.eml", "--mine", "ann@post.example", "--json"]);
    assert_eq!((undecided.code, undecided.code_of_error().as_str()), (4, "mail.key.unknown"));
    let mut other = mail("kringloop.eml", "kringloop.toml");
    other[7] = "bob@post.example";
    let refused = run(&home, &[&other[..], &["--json"]].concat());
    assert_eq!((refused.code, refused.code_of_error().as_str()), (3, "mail.recipient"));
    // A file that is wrong is told with its line, and the nearest key.
    let reader = home.folder.path().join("reader.toml");
    let text = std::fs::read_to_string(samples().join("kringloop.toml")).unwrap();
    std::fs::write(&reader, text.replace("subject =", "sujbect =")).unwrap();
    let said = run(&home, &mail("kringloop.eml", reader.to_str().unwrap()));
    assert!(said.err.contains("did you mean 'subject'?") && said.err.contains("code: file.key"), "{said:?}");
    assert_eq!(passport(&home), Value::Null);
}

/// What is handed on says nothing of its grade, and what is forgotten is gone.
#[test]
fn a86_what_is_handed_on_has_no_grade() {
    let home = Home::new();
    assert_eq!(run(&home, &mail("kringloop.eml", "kringloop.toml")).code, 0);
    let id = passport(&home)[0]["id"].as_str().unwrap().to_owned();
    let file = home.folder.path().join("evidence.json");
    let said = run(&home, &["evidence", "export", &id, file.to_str().unwrap(), "--json"]);
    assert_eq!(said.envelope()["data"]["grade"], "mail_signed");
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    faam_schemas::assert_valid("evidence", &written);
    let members: Vec<&String> = written.as_object().unwrap().keys().collect();
    assert_eq!(members, ["data", "kind", "v"]);
    // A file that is there is left alone.
    assert_ne!(run(&home, &["evidence", "export", &id, file.to_str().unwrap()]).code, 0);

    let said = run(&home, &["evidence", "forget", &id, "--json"]);
    assert_eq!(said.envelope()["data"]["forgotten"], id.as_str());
    assert_eq!(passport(&home), Value::Null);
    assert_eq!(run(&home, &["evidence", "forget", &id, "--json"]).code_of_error(), "query.nothing");
    assert_eq!(run(&home, &["evidence", "forget", "nonsense", "--json"]).code_of_error(), "malformed");
}

/// Words of others are shown as they are, whatever they try (A68).
#[test]
fn a68_words_of_an_export_play_no_tricks() {
    let home = Home::new();
    let file = home.folder.path().join("rows.csv");
    std::fs::write(&file, "Date,Stars,From,My side,Review\n2026-02-01,5,b,Koper,a\u{1b}[2Jb\u{202e}c\n")
        .unwrap();
    let said = run(&home, &["import", file.to_str().unwrap(), "--mapping", "marktzicht-csv.toml"]);
    assert!(said.code == 0 && said.is_plain() && said.out.contains("\\u{1b}[2Jb\\u{202e}c"), "{said:?}");
    assert!(run(&home, &["passport"]).is_plain());
}
