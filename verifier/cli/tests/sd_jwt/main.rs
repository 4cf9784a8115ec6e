//! `faam-verify sd-jwt` as it is run: every attack on SD-JWT and JOSE by its number, published vectors, and wrong use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod attacks;
mod bounds;
#[cfg(feature = "fetch")]
mod named;
mod published;
mod world;

use serde_json::{Value, json};
use world::{AT, AUDIENCE, Key, NONCE, NOW, Shown, VCT, ask, ask_more, offer, raw};

//= spec/text/programs.md#REQ-PROGRAM-4
//= type=test
//# `claims` MUST be what was disclosed and verified, and empty unless it is accepted.
#[test]
fn what_is_disclosed_is_told_whichever_algorithms_were_used() {
    for (issuer, holder) in [
        (Key::ed(1), Key::ed(2)),
        (Key::es(3), Key::es(4)),
        (Key::ed(1), Key::es(4)),
        (Key::es(3), Key::ed(2)),
    ] {
        let shown = Shown::good(issuer.clone(), holder.clone());
        let said = ask(&issuer, &shown.text());
        let expected = json!({
            "iss": "https://issuer.example", "vct": VCT, "iat": NOW - 1000, "exp": NOW + 1000, "level": "gold",
            "given_name": "Erika", "cnf": {"jwk": holder.jwk()},
        });
        assert_eq!(said.accepted(), &expected);
        // What is kept back is not told, and what is there is whole all the same.
        let mut less = shown;
        less.disclosures.clear();
        let said = ask(&issuer, &less.text());
        assert_eq!(said.accepted().get("given_name"), None);
        // A line end is no part of what was signed.
        for end in ["\n", "\r\n"] {
            ask(&issuer, &format!("{}{end}", less.text())).accepted();
        }
        ask(&issuer, &format!("{}\n\n", less.text())).refused("malformed.base64url");
    }
}

//= spec/text/programs.md#REQ-PROGRAM-5
//= type=test
//# `not_checked` MUST name what was not looked at
#[test]
fn status_is_told_to_be_unchecked() {
    let issuer = Key::ed(1);
    let mut shown = Shown::good(issuer.clone(), Key::ed(2));
    shown.payload["status"] = json!({"status_list": {"idx": 3, "uri": "https://issuer.example/list"}});
    let said = ask(&issuer, &shown.text());
    assert_eq!(said.accepted()["status"]["status_list"]["idx"], 3);
    assert_eq!(said.object["not_checked"], json!(["status", "nonce_reuse"]));
    // As it is issued it has no nonce, so that nothing about one is left unchecked.
    let said = offer(&issuer, &shown.issued());
    said.accepted();
    assert_eq!(said.object["not_checked"], json!(["status"]));
}

/// A credential of anybody is no fault of theirs where Faam's own objects are looked at: the program says what judges it.
#[test]
fn decode_says_what_judges_a_credential_of_others() {
    for key in [Key::ed(1), Key::es(1)] {
        let shown = Shown::good(key.clone(), Key::ed(2));
        for text in [shown.text(), format!("{}\n", shown.issued())] {
            let said = raw(&["decode"], text.as_bytes());
            let told = String::from_utf8(said.stderr).unwrap();
            assert!(
                told.contains("which is none of Faam's") && told.contains("faam-verify sd-jwt-issued"),
                "{told}"
            );
        }
        let mut nasty = shown;
        nasty.payload["vct"] = json!("\u{1b}[31m\u{202e}");
        let told = String::from_utf8(raw(&["decode"], nasty.text().as_bytes()).stderr).unwrap();
        assert!(told.contains("\\u{202e}") && !told.contains(['\u{1b}', '\u{202e}']), "{told}");
    }
    let told = raw(&["decode"], b"no credential at all~");
    assert!(told.stderr.is_empty(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// Both ways to name the issuer are told to who named none.
#[test]
fn who_names_no_issuer_is_told_both_ways() {
    for args in [&["sd-jwt", "--audience", "a", "--nonce", "n"][..], &["sd-jwt-issued"]] {
        let said = raw(args, b"");
        let told = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(2), "{told}");
        assert!(
            told.contains("--issuer URL|DID")
                && told.contains("--issuer-jwk FILE")
                && told.contains("input.missing"),
            "{told}"
        );
    }
}

#[test]
fn dates_and_type_are_compared() {
    let issuer = Key::ed(1);
    let good = Shown::good(issuer.clone(), Key::ed(2));
    let with = |name: &str, value: i64| {
        let mut changed = good.clone();
        changed.payload[name] = json!(value);
        ask(&issuer, &changed.text())
    };
    with("exp", NOW).refused("invalid.expired");
    with("exp", NOW + 1).accepted();
    with("nbf", NOW + 61).refused("invalid.not_yet");
    with("nbf", NOW + 60).accepted();
    with("iat", NOW + 61).refused("invalid.not_yet");
    let typed = |vct: &str| {
        let more = ["--audience", AUDIENCE, "--nonce", NONCE, "--at", AT, "--vct", vct];
        ask_more(&issuer.jwk(), &good.text(), &more)
    };
    typed(VCT).accepted();
    typed("https://credentials.example/member").refused("invalid.type");
}

#[test]
fn without_a_moment_the_clock_is_asked() {
    let issuer = Key::ed(1);
    let mut shown = Shown::good(issuer.clone(), Key::ed(2));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    shown.payload["exp"] = json!(now + 1000);
    shown.payload["iat"] = json!(now - 1000);
    shown.kb["iat"] = json!(now);
    ask_more(&issuer.jwk(), &shown.text(), &["--audience", AUDIENCE, "--nonce", NONCE]).accepted();
    shown.kb["iat"] = json!(now - 400);
    let late = ask_more(&issuer.jwk(), &shown.text(), &["--audience", AUDIENCE, "--nonce", NONCE]);
    late.refused("invalid.key_binding.stale");
}

#[test]
fn wrong_use_is_told_apart_from_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let good = Shown::good(Key::ed(1), Key::ed(2));
    let file = world::write(folder.path(), &Key::ed(1).jwk());
    let whole = ["sd-jwt", "--issuer-jwk", &file, "--audience", AUDIENCE, "--nonce", NONCE, "--at", AT];
    assert_eq!(raw(&whole, good.text().as_bytes()).status.code(), Some(0));
    for at in [1, 3, 5] {
        let mut fewer = whole.to_vec();
        fewer.drain(at..at + 2);
        assert_eq!(raw(&fewer, good.text().as_bytes()).status.code(), Some(2), "{fewer:?}");
    }
    for (name, value) in [("--at", "yesterday"), ("--max-kb-age", "-1"), ("--max-kb-age", "x")] {
        let more = [&whole[..7], &[name, value]].concat();
        assert_eq!(raw(&more, good.text().as_bytes()).status.code(), Some(2), "{more:?}");
    }
    // The key is the caller's: what is wrong with it is not the holder's fault.
    for jwk in [json!({}), json!([]), json!({"kty": "oct", "k": "AAAA"}), Value::Null] {
        world::write(folder.path(), &jwk);
        let said = raw(&whole, good.text().as_bytes());
        assert_eq!((said.status.code(), said.stdout.len()), (Some(2), 0), "{jwk}");
        assert!(String::from_utf8(said.stderr).unwrap().contains("(input.malformed)"), "{jwk}");
    }
    std::fs::remove_file(folder.path().join("issuer.jwk")).unwrap();
    assert_eq!(raw(&whole, b"").status.code(), Some(2));
}

//= spec/text/programs.md#REQ-PROGRAM-2
//= type=test
//# Foreign text in it MUST be escaped so that a terminal shows it as it is
#[test]
fn foreign_text_is_escaped() {
    let issuer = Key::ed(1);
    let mut shown = Shown::good(issuer.clone(), Key::ed(2));
    shown.payload["level"] = json!("\u{1b}[31m\u{202e}gold");
    let folder = tempfile::tempdir().unwrap();
    let file = world::write(folder.path(), &issuer.jwk());
    let arguments = ["sd-jwt", "--issuer-jwk", &file, "--audience", AUDIENCE, "--nonce", NONCE, "--at", AT];
    let text = String::from_utf8(raw(&arguments, shown.text().as_bytes()).stdout).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("\\u202egold"), "{text}");
}
