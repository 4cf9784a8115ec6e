//! Text of others on its way through both programs: whatever it holds, a terminal sees none of it as it is (A68).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::process::Command;

use faam_tests::process::{Node, Said, Wallet, program, run};

/// A red, blinking, backwards comment with invisible letters and a bell.
const NASTY: &str = "good\u{1b}[31m\u{202e}dab\u{200b}\u{9b}5m\u{2066}\u{e0041}\u{7f}\u{7}\u{2028}end";

#[track_caller]
fn safe(said: &Said) {
    for text in [&said.out, &said.err] {
        let bad = text.chars().find(|c| {
            (c.is_control() && !matches!(c, '\n'))
                || matches!(u32::from(*c), 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xe0000..=0xe0fff)
        });
        assert_eq!(bad, None, "{said:?}");
    }
}

//= spec/text/README.md#REQ-GEN-22
//= type=test
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`, and MUST
//# NOT interpret them, in output, errors and logs alike.
#[test]
fn a68_a_comment_from_a_market_to_another_ones_terminal() {
    let mut alpha = Node::init(Some("bitcoin-alpha"), "Bitcoin Alpha");
    alpha.start();
    let event = serde_json::json!({
        "type": "rating", "id": "e1", "account": "7", "rater": "12", "role": "trader", "value": 5, "scale": "1..5",
        "at": "2026-01-02T00:00:00Z", "comment": NASTY, "category": NASTY.chars().take(12).collect::<String>(),
    });
    let file = alpha.dir().join("events.jsonl");
    std::fs::write(&file, format!("{event}\n")).unwrap();
    let _ = alpha.command(&["import", "--format", "jsonl", file.to_str().unwrap()]).ok();
    let mut beta = Node::init(None, &format!("Beta {NASTY}"));
    beta.trust(&alpha.did, "bitcoin-alpha");
    beta.start();
    let wallet = Wallet::init();
    let (link, code) = alpha.offer("7", &[]);
    safe(&wallet.receive(&link, &code).ok());
    safe(&wallet.run(&["ratings"]).ok());
    let (link, id) = beta.request(&["--ratings", "1", "--disclose", "comment,category"]);
    safe(&wallet.run(&["present", &link, "--dry-run"]).ok());
    let said = wallet.present(&link);
    assert_eq!(said.code, Some(0), "{said:?}");
    safe(&said);
    safe(&wallet.run(&["log"]).ok());
    let shown = beta.command(&["show", "--json", &id]);
    safe(&shown);
    // Nothing is lost by it: the comment in JSON is the comment.
    assert!(shown.json().to_string().contains(&serde_json::json!(NASTY).to_string()), "{shown:?}");
    safe(&beta.command(&["show", &id]));
    safe(&beta.command(&["show", &format!("u{NASTY}")]));
    safe(&run(Command::new(program("faam-node")).args(["init", "--dir", &format!("/nowhere/{NASTY}")])));
    safe(&run(Command::new(program("faam")).args([
        "present",
        NASTY,
        "--home",
        &format!("/nowhere/{NASTY}"),
    ])));
}
