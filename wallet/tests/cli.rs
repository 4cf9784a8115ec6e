//! The program as people and scripts meet it: real processes, no network beyond this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Home, Market, PASSPHRASE, Said, now, set_mode, write_private};
use faam_spec::hash::Capability;
use faam_spec::key::SigningKey;
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;

fn link(kind: LinkKind, expires_in: i64) -> String {
    let did = faam_spec::did::Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
    let peer = PeerId::from_public_key(SigningKey::from_seed(&[2; 32]).verifying_key().to_bytes());
    // Port 1 of this machine: nobody is there.
    let address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let capability = Capability::from_bytes([3; 16]);
    Link::new(kind, peer, did, capability, now().plus(expires_in), vec![address]).unwrap().to_string()
}

#[test]
fn init_makes_a_wallet_and_names_the_next_command() {
    let home = Home::empty();
    let said = home.run(&["init", "--kdf-floor"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Your wallet is ready") && said.out.contains("kept in the vault"));
    assert!(said.out.contains("faam phrase"), "{}", said.out);
    assert!(said.out.trim_end().ends_with("faam receive LINK --code CODE"), "{}", said.out);
    assert_eq!(said.err, "");

    let again = home.run(&["init", "--kdf-floor", "--json"]);
    assert_eq!((again.code, again.code_of_error().as_str()), (1, "store.exists"));
    assert_eq!(again.err, "", "an envelope is all there is");
}

//= spec/text/programs.md#REQ-PROGRAM-1
//= type=test
//# `exit` MUST be the status with which the program ends, and `ok` is true exactly when that is 0.
#[test]
fn init_answers_in_one_documented_envelope() {
    let home = Home::empty();
    let envelope = home.run(&["--json", "init", "--kdf-floor"]).envelope();
    assert_eq!((envelope["command"].as_str(), envelope["ok"].as_bool()), (Some("init"), Some(true)));
    assert_eq!(envelope["exit"], 0);
    assert_eq!(envelope["data"]["phrase_shown"], false);
    assert_eq!(envelope["data"]["phrase"], "faam phrase", "how to see it");
    assert_eq!(envelope["data"]["home"].as_str(), home.dir.to_str());
}

/// There need be no wallet for it.
#[test]
fn codes_are_explained_without_a_wallet() {
    let home = Home::empty();
    let said = home.run(&["explain", "offer.code", "--lang", "nl"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("De sessiecode is onjuist.") && said.out.contains("Wat te doen"),
        "{}",
        said.out
    );
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    let all = home.run(&["explain", "--json", "--lang", "en"]).envelope();
    assert!(all["data"]["codes"].as_array().unwrap().len() > 100);
    let wrong = home.run(&["explain", "offer.cod", "--lang", "en"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("Did you mean offer.code") && wrong.err.contains("code: input.malformed"),
        "{}",
        wrong.err
    );
    assert!(!home.dir.exists());
}

#[test]
fn a_short_passphrase_is_refused() {
    let home = Home::empty();
    write_private(&home.passphrase, "seven77\n");
    let said = home.run(&["init", "--kdf-floor"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("at least 8") && !said.err.contains("seven77"), "{}", said.err);
    assert!(!home.dir.exists());
}

#[test]
fn a_wrong_passphrase_is_locked_and_says_no_more() {
    let home = Home::new();
    write_private(&home.passphrase, "violin-teapot-gravel-92\n");
    for command in ["passport", "log", "doctor", "ratings"] {
        let said = home.run(&[command, "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (5, "store.locked"), "{command}");
        assert!(said.envelope().get("data").is_none());
    }
    let said = home.run(&["passport"]);
    assert_eq!((said.code, said.out.as_str()), (5, ""));
    for part in
        ["error: wrong passphrase", "next:", "code: store.locked", "faam restore", "faam backup restore"]
    {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert!(!said.err.contains("at: "), "{}", said.err);
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let home = Home::new();
    for args in [&["passport"][..], &["passport", "--no-input"], &["init"], &["init", "--no-input"]] {
        let mut home = Home { dir: home.dir.clone(), ..Home::empty() };
        if args[0] == "init" {
            home.dir = home.folder.path().join("other");
        }
        let said = home.run_bare(args);
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
        assert!(said.err.contains("--passphrase-file"), "{}", said.err);
    }
}

#[test]
fn the_passphrase_comes_from_a_descriptor_too() {
    let home = Home::new();
    let mut child = home
        .bare(&["log", "--json", "--passphrase-fd", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSPHRASE}\n").as_bytes()).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.envelope()["data"]["entries"][0]["what"], "created");
}

#[test]
fn without_a_wallet_it_says_how_to_make_one() {
    let home = Home::empty();
    let said = home.run(&["passport"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("faam init") && said.err.contains("store.missing"), "{}", said.err);
}

#[test]
fn times_are_local_and_say_so() {
    let home = Home::new();
    for (zone, told) in
        [("UTC", " UTC The wallet"), ("IST-5:30", " UTC+05:30 The"), ("EST5", " UTC-05:00 The")]
    {
        let said = Said::of(home.command(&["log"]).env("TZ", zone).output().unwrap());
        let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(told), "{zone}: {words}");
    }
}

#[test]
fn mistakes_in_usage_are_explained() {
    let home = Home::empty();
    let help = home.run_bare(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for part in ["Examples:", "faam init", "Exit status:", "--passphrase-file"] {
        assert!(help.out.contains(part), "{part}");
    }
    assert!(!help.out.contains("kdf-floor"));
    let said = home.run_bare(&["pasport"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("passport"), "suggests: {}", said.err);
    let json = home.run_bare(&["--json", "pasport"]);
    assert_eq!((json.code, json.code_of_error().as_str()), (2, "input.malformed"));
    for (args, part) in [
        (&["--json", "receive"][..], "were not provided: <LINK>"),
        (&["--json", "present", "x", "--pick"], "--pick <WHICH>"),
        (&["--json", "pasport"], "'passport'"),
        (&["--json"], "requires a subcommand"),
    ] {
        let said = home.run_bare(args).envelope();
        let what = said["error"]["what"].as_str().unwrap();
        assert!(what.contains(part) && !what.contains("Usage"), "{part}: {what}");
    }
    assert!(said.err.ends_with("\ncode: input.malformed\n"), "{}", said.err);
    assert_eq!(home.run_bare(&["present", "x", "--yes"]).code, 2, "there is no --yes");
    let both = home.run(&["present", "x", "--dry-run", "--approve", "y"]);
    assert_eq!(both.code, 2);
    let version = home.run_bare(&["--version"]);
    assert_eq!((version.code, version.out.starts_with("faam ")), (0, true));
}

#[test]
fn a63_a_wallet_that_others_can_reach_is_refused_with_the_fix() {
    let home = Home::new();
    set_mode(&home.dir, 0o750);
    let said = home.run(&["passport"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("chmod 700") && said.err.contains("store.permissions"), "{}", said.err);
    let doctor = home.run(&["doctor", "--json"]);
    let check = &doctor.envelope()["data"]["checks"][0];
    assert_eq!((check["name"].as_str(), check["ok"].as_bool()), (Some("permissions"), Some(false)));
    set_mode(&home.dir, 0o700);

    set_mode(&home.dir.join("key.slot"), 0o644);
    assert_eq!(home.run(&["passport", "--json"]).code_of_error(), "store.permissions");
    set_mode(&home.dir.join("key.slot"), 0o600);
    assert_eq!(home.run(&["passport"]).code, 0);

    let behind = home.folder.path().join("behind");
    std::os::unix::fs::symlink(&home.dir, &behind).unwrap();
    let said = home.run(&["passport", "--json", "--home", behind.to_str().unwrap()]);
    assert_eq!(said.code_of_error(), "store.permissions");

    set_mode(&home.passphrase, 0o640);
    let said = home.run(&["passport"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("chmod 600"), "{}", said.err);
}

#[test]
fn a64_a_second_program_is_told_who_holds_the_wallet_at_once() {
    let home = Home::new();
    let vault = home.open();
    let begun = Instant::now();
    let said = home.run(&["passport", "--json"]);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!((said.code, said.code_of_error().as_str()), (10, "store.in_use"));
    let what = said.envelope()["error"]["what"].as_str().unwrap().to_owned();
    assert!(what.contains(&format!("process {}", std::process::id())), "{what}");
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, 10);
    assert!(doctor.out.contains("BAD lock"), "{}", doctor.out);
    drop(vault);
    assert_eq!(home.run(&["passport"]).code, 0);
}

//= spec/text/README.md#REQ-GEN-22
//= type=test
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`, and MUST
//# NOT interpret them, in output, errors and logs alike.
//= spec/text/programs.md#REQ-PROGRAM-2
//= type=test
//# Foreign text in it MUST be escaped so that a terminal shows it as it is: control, bidirectional and
//# invisible characters as `\u…`.
#[test]
fn a68_nothing_foreign_reaches_the_terminal_as_it_is() {
    let mut market = Market::new("shop");
    let evil = "ok\u{1b}]0;owned\u{7}\u{202e}\u{200b} p\u{430}ypal\r\n";
    market.rate(5, "r1", "2026-01-01T00:00:00Z", evil);
    let home = Home::with_ratings(&mut market, now());
    let text = home.run(&["ratings"]);
    assert!(text.is_plain(), "{text:?}");
    for part in ["\\u{1b}]0;owned\\u{7}\\u{202e}\\u{200b}", "mixes", "alphabets"] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    // In JSON it is the same value, written so that it does no harm.
    let json = home.run(&["ratings", "--json"]);
    assert!(json.is_plain(), "{json:?}");
    assert_eq!(json.envelope()["data"]["ratings"][0]["disclosable"]["comment"], evil);

    for args in [
        &["receive", "faam:\u{1b}[2J\u{202e}", "--code", "x"][..],
        &["no\u{1b}[2J\u{202e}"],
        &["passport", "--home", "/nowhere/\u{1b}[2J\u{202e}"],
        &["ratings", "--market", "\u{1b}[2J"],
        &["present", "faam:present?v=0", "--approve", "\u{1b}[2J"],
        &["passport", "--passphrase-fd", "\u{1b}[2J"],
    ] {
        for more in [&[][..], &["--json"]] {
            let said = home.run_bare(&[args, more].concat());
            assert_ne!(said.code, 0, "{args:?}");
            assert!(said.is_plain(), "{args:?}: {said:?}");
        }
    }
}

#[test]
fn a69_no_secret_is_in_files_arguments_environment_or_cores() {
    let home = Home::new();
    let words = home.open().phrase().unwrap();
    let mut seen = 0;
    let mut folders = vec![home.dir.clone()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let has = |needle: &str| bytes.windows(needle.len()).any(|part| part == needle.as_bytes());
            assert!(!has(PASSPHRASE), "{path:?}");
            // Three words together; one alone may be anywhere by chance.
            for three in words.split(' ').collect::<Vec<_>>().windows(3) {
                assert!(!has(&three.join(" ")), "{path:?}");
            }
            assert!(!has("entropy") && !has("faam/0/persona"), "{path:?}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} files were looked at");

    // It waits for a link on stdin, so that it can be looked at.
    let mut child = home
        .command(&["receive", "-", "--code", "x", "--verbose"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let proc = format!("/proc/{}", child.id());
    let deadline = Instant::now() + Duration::from_secs(10);
    let limits = loop {
        let limits = std::fs::read_to_string(format!("{proc}/limits")).unwrap_or_default();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).map(str::to_owned);
        match core.filter(|line| line.split_whitespace().nth(4) == Some("0")) {
            Some(line) => break line,
            None => assert!(Instant::now() < deadline, "{limits}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(limits.contains('0'));
    for file in ["cmdline", "environ"] {
        let text = std::fs::read_to_string(format!("{proc}/{file}")).unwrap();
        assert!(!text.contains(PASSPHRASE), "{file}");
    }
    drop(child.stdin.take());
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, 2, "{said:?}");

    // There is no way to give it in an argument or a variable.
    let said = Said::of(home.bare(&["passport"]).env("FAAM_PASSPHRASE", PASSPHRASE).output().unwrap());
    assert_eq!(said.code, 2);
    let said = home.run_bare(&["passport", "--passphrase", PASSPHRASE]);
    assert_eq!(said.code, 2);

    // Traces hold none either.
    let said = Said::of(home.command(&["log", "--verbose"]).env("FAAM_LOG", "trace").output().unwrap());
    assert_eq!(said.code, 0);
    for word in words.split(' ').filter(|word| word.len() > 5).chain([PASSPHRASE]) {
        assert!(!said.err.contains(word) && !said.out.contains(word), "{word}");
    }
}

#[test]
fn a70_tricks_in_links_are_refused_before_anything_is_opened() {
    let home = Home::empty();
    let good = link(LinkKind::Present, 600);
    for bad in [
        "https://beta.example".to_owned(),
        "faam:".to_owned(),
        good.replace("faam:present", "faam:../present"),
        good.replace("faam:", "FAAM:"),
        good.replace("&exp=", "&exp=0"),
        format!("{good}#x"),
        format!("{good}&at=/unix/tmp/x"),
        good.replace("127.0.0.1", "127.0.0.1/../x"),
    ] {
        // Neither a wallet nor a passphrase is there: the link alone decides.
        let said = home.run_bare(&["present", &bad, "--dry-run", "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (2, "link.malformed"), "{bad}");
    }
    let newer = home.run_bare(&["present", &good.replace("v=0", "v=1"), "--dry-run", "--json"]);
    assert_eq!(newer.code_of_error(), "unsupported.version");
    let long = format!("{good}{}", "&at=/ip4/1.1.1.1/tcp/1".repeat(60));
    assert_eq!(home.run_bare(&["present", &long, "--json"]).code_of_error(), "too_large");

    let other = home.run_bare(&["present", &link(LinkKind::Offer, 600), "--dry-run", "--json"]);
    assert_eq!((other.code, other.code_of_error().as_str()), (2, "link.kind"));
    let other = home.run_bare(&["receive", &good, "--code", "x", "--json"]);
    assert_eq!((other.code, other.code_of_error().as_str()), (2, "link.kind"));
    let old = home.run_bare(&["present", &link(LinkKind::Present, -1), "--dry-run", "--json"]);
    assert_eq!((old.code, old.code_of_error().as_str()), (3, "link.expired"));
}

//= spec/text/link.md#REQ-LINK-9
//= type=test
//# A link MUST NOT start anything by itself: the holder is asked all the same.
//= spec/text/request.md#REQ-REQUEST-11
//= type=test
//# A wallet MUST ask its holder, whatever the link says
#[test]
fn a70_a_link_alone_shows_nothing() {
    let home = Home::new();
    let link = link(LinkKind::Present, 600);
    for more in [&[][..], &["--no-input"]] {
        let said = home.run(&[&["present", &link][..], more].concat());
        assert_eq!(said.code, 2);
        assert!(said.err.contains("--approve") && said.err.contains("--dry-run"), "{}", said.err);
    }
    let said = home.run(&["present", &link, "--approve", "yes", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.malformed"));
    let log = home.run(&["log", "--json"]).envelope();
    assert_eq!(log["data"]["entries"].as_array().unwrap().len(), 1, "only that it was made");
}

#[test]
fn who_cannot_be_reached_is_a_matter_of_the_network() {
    let home = Home::new();
    let digest = faam_spec::hash::Hash::from_bytes([7; 32]).to_string();
    let present = link(LinkKind::Present, 600);
    let said = home.run(&["present", &present, "--approve", &digest, "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (8, "net.unreachable"));
    let offer = link(LinkKind::Offer, 600);
    let said = home.run(&["receive", &offer, "--code", "7KQ2-M9XD"]);
    assert_eq!((said.code, said.out.as_str()), (8, ""));
    assert!(
        said.err.contains("/ip4/127.0.0.1/tcp/1") && said.err.contains("net.unreachable"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("may have another address since it was started again: then ask for a new link"),
        "{}",
        said.err
    );
    let said = home.run(&["receive", &offer]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--code"), "{}", said.err);
    let old = home.run(&["receive", &link(LinkKind::Offer, -5), "--code", "7KQ2-M9XD", "--json"]);
    assert_eq!((old.code, old.code_of_error().as_str()), (3, "link.expired"));
}

#[test]
fn what_is_held_can_be_seen() {
    let mut market = Market::new("bitcoin-alpha");
    for n in 0..30_i64 {
        market.rate(
            1 + n % 5,
            &format!("r{}", n % 7),
            &format!("2026-0{}-15T12:00:00Z", 1 + n % 9),
            "As promised.",
        );
    }
    let home = Home::with_ratings(&mut market, now());
    let said = home.run(&["passport"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for part in
        ["── bitcoin-alpha ", "30 ratings from 7 people.", "mean 3.00 on a scale of 1 to 5", "█", "20 %"]
    {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(!said.out.contains('\u{1b}'), "no colour where there is no terminal");
    let colour = home.run(&["passport", "--color", "always"]);
    assert!(colour.out.contains("\u{1b}[1m──"));
    let json = home.run(&["passport", "--json"]).envelope();
    assert_eq!(json["data"]["markets"][0]["numbers"]["total"]["all"]["ratings"], 30);

    let said = home.run(&["ratings"]);
    assert_eq!(said.out.matches("As promised").count(), 30);
    let first = said.out.lines().nth(1).unwrap();
    assert!(first.contains("2026-09-15"), "newest first: {first}");
    let json = home.run(&["ratings", "--market", "bitcoin-alpha", "--json"]).envelope();
    assert_eq!(json["data"]["ratings"].as_array().unwrap().len(), 30);
    let none = home.run(&["ratings", "--market", "other", "--json"]);
    assert_eq!((none.code, none.code_of_error().as_str()), (3, "query.nothing"));

    let said = home.run(&["log"]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].contains("Received from bitcoin-alpha") && lines.last().unwrap().contains("was made"));
    assert_eq!(
        home.run(&["log", "--limit", "1", "--json"]).envelope()["data"]["entries"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn nothing_is_counted_from_zero_for_people() {
    let mut market = Market::new("shop");
    market.rate(5, "r1", "2026-01-01T00:00:00Z", "Fine.");
    let home = Home::with_ratings(&mut market, now());
    let text = home.run(&["ratings"]).out;
    assert!(text.contains(" no. 1. 2026-01-01") && !text.contains("no. 0"), "{text}");
    assert_eq!(home.run(&["ratings", "--json"]).envelope()["data"]["ratings"][0]["index"], 0);
    for more in [&[][..], &["--json"]] {
        let said = home.run(&[&["log", "--limit", "0"][..], more].concat());
        assert_eq!(said.code, 2, "none of something is no question: {said:?}");
        assert!(!said.out.contains("Nothing has happened"));
    }
}

#[test]
fn a_wallet_comes_back_from_its_phrase_with_the_same_keys() {
    let lost = Home::new();
    let words = lost.open().phrase().unwrap();
    let home = Home::empty();
    let file = home.folder.path().join("phrase");
    write_private(&file, &format!("{}\n", words.to_uppercase().replace(' ', "\n")));
    let restore = ["init", "--restore", "--phrase-file", file.to_str().unwrap(), "--kdf-floor"];
    set_mode(&file, 0o640);
    let said = home.run(&restore);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("chmod 600") && !home.dir.exists(), "{}", said.err);
    set_mode(&file, 0o600);

    let said = home.run(&restore);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "every key",
        "Ask each market for a new offer",
        "the log and the receipts",
        "Only a backup brings them back",
        "the secrets of private standings come back too",
    ] {
        assert!(flat.contains(part), "{part}: {}", said.out);
    }
    // A single word of the list may well stand in a sentence; two in a row are the phrase's.
    let phrase: Vec<&str> = words.split(' ').collect();
    assert!(phrase.windows(2).all(|two| !flat.contains(&two.join(" "))));
    let did = faam_spec::did::Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
    let key = |home: &Home| {
        home.open().holder_key(0, &did, &"shop".parse().unwrap()).unwrap().verifying_key().to_bytes()
    };
    assert_eq!(key(&home), key(&lost));
    assert_eq!(home.run(&["log", "--json"]).envelope()["data"]["entries"][0]["what"], "restored");
    assert!(home.run(&["log"]).out.contains("made again"));
    assert_eq!(home.run(&restore).code, 1, "a wallet is never replaced");

    for (text, why) in [
        ("abandon abandon", "these are 2"),
        (&*words.replacen(words.split(' ').nth(2).unwrap(), "faamfaam", 1), "is not one of"),
        ("", "these are 0"),
    ] {
        let home = Home::empty();
        write_private(&file, text);
        let said = home.run(&restore);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(why) && !home.dir.exists(), "{}", said.err);
        assert!(!said.err.contains("faamfaam"), "no word is repeated");
    }
    let said = Home::empty().run(&["init", "--restore", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.missing"));
    assert_eq!(Home::empty().run(&["init", "--phrase-file", "x"]).code, 2, "only with --restore");
}

//= spec/text/programs.md#REQ-PROGRAM-3
//= type=test
//# Secrets (phrase, passphrase, keys, capabilities that were not used, session codes that were not just made)
//# MUST NOT stand in it
#[test]
fn the_phrase_is_shown_to_nobody_but_a_person() {
    let home = Home::new();
    let words = home.open().phrase().unwrap();
    for more in [&[][..], &["--no-input"], &["--json"]] {
        let said = home.run(&[&["phrase"][..], more].concat());
        assert_eq!(said.code, 2, "{said:?}");
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains("input.missing") && all.contains("terminal"), "{all}");
        let three: Vec<&str> = words.split(' ').take(3).collect();
        assert!(!all.contains(&three.join(" ")));
    }
    let Some(mut terminal) = Terminal::run(&home, "phrase") else { return };
    terminal.answer("Passphrase: ", "violin-teapot-gravel-92");
    let (code, seen) = terminal.end();
    assert_eq!(code, 5, "{seen}");
    let Some(mut terminal) = Terminal::run(&home, "phrase") else { return };
    terminal.answer("Passphrase: ", PASSPHRASE);
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    for (at, word) in words.split(' ').enumerate() {
        assert!(seen.contains(&format!("{}. {word}", at + 1)), "{seen}");
    }
}

#[test]
fn what_stands_in_the_way_of_a_wallet_is_named() {
    let home = Home::empty();
    let long = format!("/tmp/{}", "x".repeat(300));
    let inside = home.passphrase.join("faam");
    for (dir, parts) in [
        ("/dev/null", ["is not a folder", "--home"]),
        (long.as_str(), ["too long", "--home"]),
        (inside.to_str().unwrap(), ["file where a folder should be", "--home"]),
    ] {
        let said = home.run(&["init", "--kdf-floor", "--home", dir]);
        assert_eq!(said.code, 1, "{dir}: {said:?}");
        for part in parts {
            assert!(said.err.contains(part), "{part}: {}", said.err);
        }
        assert!(!said.err.contains("disk full"), "{}", said.err);
    }
    let said = home.run_bare(&["passport", "--home", "/dev/null"]);
    assert!(said.err.contains("'/dev/null' is not a folder"), "{}", said.err);
}

#[test]
fn an_empty_wallet_says_what_to_do() {
    let home = Home::new();
    assert!(home.run(&["passport"]).out.contains("faam receive"));
    assert!(home.run(&["ratings"]).out.contains("no ratings yet"));
    let said = home.run(&["doctor"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    for part in ["ok  permissions", "ok  lock", "ok  store", "ok  backup", "ok  clock", "ok  conflicts"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("none yet, and nothing is held yet"), "{flat}");
}

#[test]
fn doctor_names_what_is_old_with_its_fix() {
    let mut market = Market::new("shop");
    market.rate(5, "r1", "2026-01-01T00:00:00Z", "Fine.");
    let home = Home::with_ratings(&mut market, now().plus(-30 * 86_400));
    let said = home.run(&["doctor", "--json"]);
    let envelope = said.envelope();
    assert_eq!(said.code, 1);
    let bad: Vec<&str> = envelope["data"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| {
            let (name, fix) = (check["name"].as_str().unwrap(), check["fix"].as_str().unwrap());
            assert!(fix.contains(if name == "backup" { "faam backup create" } else { "faam receive" }));
            name
        })
        .collect();
    assert_eq!(bad, ["standing", "status", "backup"]);
    assert!(home.run(&["passport"]).out.contains("too old"));
}

#[test]
fn doctor_sees_a_clock_that_went_back() {
    let mut market = Market::new("shop");
    market.rate(5, "r1", "2026-01-01T00:00:00Z", "Fine.");
    let home = Home::with_ratings(&mut market, now().plus(30 * 86_400));
    let said = home.run(&["doctor"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("BAD clock") && said.err.contains("2 problems found"), "{said:?}");
}

#[test]
fn a34_doctor_and_log_show_a_market_that_contradicted_itself() {
    let mut market = Market::new("shop");
    market.rate(5, "r1", "2026-01-01T00:00:00Z", "Fine.");
    let mut twin = Market::new("shop");
    twin.rate(5, "r1", "2026-01-01T00:00:00Z", "Fine.");
    let (before, now) = (now().plus(-7 * 86_400), now());
    let home = Home::with_ratings(&mut market, before);
    // What it shows now comes after another record than the one that it signed then.
    twin.issuer.open_epoch(before.plus(1), &mut twin.rng).unwrap();
    let vault = home.open();
    let refused = twin.checked(&vault, now).unwrap_err();
    assert_eq!(refused.fault().reason().code(), "epoch.chain");
    let (did, name) = (twin.issuer.did().clone(), twin.issuer.profile().market.clone());
    vault.note_refused(&did, &name, &refused, None, now).unwrap();
    drop(vault);
    let said = home.run(&["doctor"]);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.code, 1, "{said:?}");
    for part in [
        "BAD conflicts",
        "1 contradiction kept, 1 of them evidence",
        "contradicts the one it published before",
    ] {
        assert!(flat.contains(part), "{part}: {flat}");
    }
    let log = home.run(&["log"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(log.contains("Both sides are kept: this is evidence against the market."), "{log}");
}

#[test]
fn a_damaged_wallet_says_so_and_what_is_intact() {
    let mut market = Market::new("shop");
    for n in 0..50 {
        market.rate(
            5,
            &format!("r{n}"),
            "2026-01-01T00:00:00Z",
            "A comment that takes up some room in the file.",
        );
    }
    let home = Home::with_ratings(&mut market, now());
    let file = home.dir.join("db").join("db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x55;
    }
    std::fs::write(&file, bytes).unwrap();
    let said = home.run(&["passport", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (9, "store.damaged"));
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, 9);
    let flat = doctor.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["are intact", "faam backup restore", "faam vault repair", "faam restore"] {
        assert!(flat.contains(part), "{part}: {flat}");
    }
}

/// A person at a terminal, by way of `script`, which most systems have.
struct Terminal {
    child: std::process::Child,
    seen: String,
}

impl Terminal {
    fn run(home: &Home, args: &str) -> Option<Self> {
        // Without `script` the prompts cannot be tested here.
        Command::new("script").arg("--version").output().ok()?;
        let line = format!("{} {args}", env!("CARGO_BIN_EXE_faam"));
        // Whoever started the tests in the background may have had Ctrl-C ignored by all that comes of them.
        let child = Command::new("env")
            .args(["--default-signal=INT", "script", "-qec", &line, "/dev/null"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("FAAM_HOME", &home.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { child, seen: String::new() })
    }

    /// Waits for `prompt` after everything seen so far, then types a line.
    fn answer(&mut self, prompt: &str, line: &str) {
        self.type_at(prompt, &format!("{line}\n"));
    }

    fn type_at(&mut self, prompt: &str, keys: &str) {
        let begun = self.seen.len();
        let out = self.child.stdout.as_mut().unwrap();
        let mut byte = [0];
        while !self.seen[begun..].contains(prompt) {
            assert_eq!(out.read(&mut byte).unwrap(), 1, "no “{prompt}” in {}", self.seen);
            self.seen.push(char::from(byte[0]));
        }
        // The prompt stands before echo is off.
        std::thread::sleep(Duration::from_millis(200));
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// The phrase that was shown, in the order of its numbers.
    fn phrase(&self) -> String {
        let shown = self.seen.replace(['\r', '\n'], " ");
        let parts: Vec<&str> = shown.split_whitespace().collect();
        let mut words: Vec<(usize, &str)> = parts
            .windows(2)
            .filter_map(|two| Some((two[0].strip_suffix('.')?.parse().ok()?, two[1])))
            .collect();
        words.sort_unstable();
        words.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
    }

    fn end(mut self) -> (i32, String) {
        let mut rest = Vec::new();
        self.child.stdout.as_mut().unwrap().read_to_end(&mut rest).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        (code, self.seen + &String::from_utf8_lossy(&rest))
    }
}

#[test]
fn a_person_at_a_terminal_is_asked_twice_and_shown_the_phrase_once() {
    let home = Home::empty();
    let Some(mut terminal) = Terminal::run(&home, "init --kdf-floor") else { return };
    terminal.answer("Passphrase: ", PASSPHRASE);
    terminal.answer("The same again: ", PASSPHRASE);
    terminal.answer("Press Enter", "");
    // Typed from the paper: another phrase, a word too few, and then the one.
    let words = terminal.phrase();
    let other = Home::new().open().phrase().unwrap();
    terminal.answer("Words from no. 1: ", &other);
    terminal.answer("not the one of this wallet", "abandon abandon");
    terminal.answer("Words from no. 3: ", "");
    terminal.answer("these are 2", &words);
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("Right, word for word."), "{seen}");
    assert!(!seen.contains(PASSPHRASE), "the passphrase is not echoed");
    assert!(seen.trim_end().replace("\u{1b}[0m", "").ends_with("faam receive LINK --code CODE"), "{seen}");
    let words = home.open().phrase().unwrap();
    for (at, word) in words.split(' ').enumerate() {
        assert!(seen.contains(&format!("{}. {word}", at + 1)), "{seen}");
    }
}

#[test]
fn a_passphrase_may_be_tried_three_times() {
    let home = Home::empty();
    let Some(mut terminal) = Terminal::run(&home, "init --kdf-floor") else { return };
    terminal.answer("At least 8 characters", "short");
    terminal.answer("has 5 characters", PASSPHRASE);
    terminal.answer("The same again: ", "violin-teapot-gravel-92");
    terminal.answer("not the same", PASSPHRASE);
    terminal.answer("The same again: ", PASSPHRASE);
    terminal.answer("Press Enter", "");
    terminal.answer("Words from no. 1: ", "");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("faam phrase --check"), "{seen}");
    assert_eq!(home.open().phrase_proven().unwrap(), None);

    let home = Home::empty();
    let Some(mut terminal) = Terminal::run(&home, "init --kdf-floor") else { return };
    for _ in 0..3 {
        terminal.answer("Passphrase: ", PASSPHRASE);
        terminal.answer("The same again: ", "violin-teapot-gravel-92");
    }
    let (code, seen) = terminal.end();
    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("not the same") && !home.dir.exists());
}

#[test]
fn whoever_leaves_before_writing_the_phrase_down_has_a_wallet_all_the_same() {
    let home = Home::empty();
    let Some(mut terminal) = Terminal::run(&home, "init --kdf-floor") else { return };
    terminal.answer("Passphrase: ", PASSPHRASE);
    terminal.answer("The same again: ", PASSPHRASE);
    // Ctrl-C, and no Enter behind it.
    terminal.type_at("Press Enter", "\u{3}");
    let (code, seen) = terminal.end();
    assert_ne!(code, 0, "{seen}");
    let said = home.run(&["passport"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert_eq!(home.run(&["doctor"]).code, 0);
}

#[test]
fn a_person_types_the_phrase_on_several_lines_and_again_after_a_mistake() {
    let words = Home::new().open().phrase().unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    let home = Home::empty();
    let Some(mut terminal) = Terminal::run(&home, "init --restore --kdf-floor") else { return };
    terminal.answer("Words from no. 1: ", "abandon abandon");
    terminal.answer("Words from no. 3: ", "");
    terminal.answer("these are 2", &words[..10].join(" "));
    terminal.answer("Words from no. 11: ", &words[10..].join("  "));
    terminal.answer("Passphrase: ", PASSPHRASE);
    terminal.answer("The same again: ", PASSPHRASE);
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(home.open().phrase().unwrap().split(' ').collect::<Vec<_>>(), words);
}
