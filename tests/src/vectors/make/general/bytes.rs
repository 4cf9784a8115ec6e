//! Bytes as text, REQ-GEN-13 and REQ-GEN-23.

use faam_spec::encoding::{b64, multi};
use serde_json::{Value, json};

use super::super::fixtures_signed::{disclosure, entry, rating, reading, record, sealed, written};
use super::Cases;
use crate::vectors::long;

fn of_type(kind: &str, text: impl Into<Value>) -> Value {
    json!({"operation": "multibase", "type": kind, "text": text.into()})
}

pub(super) fn cases(cases: &mut Cases) {
    one_text(cases);
    lengths(cases);
}

fn one_text(cases: &mut Cases) {
    let req = "REQ-GEN-13";
    // 0xfb 0xff … is written with both characters in which base64url differs from base64.
    let hash = multi([vec![0xfb; 16], vec![0xff; 16]].concat());
    let salt = multi([0xfb; 16]);
    assert!(hash.contains('-') && hash.contains('_'));
    cases.accept(
        req,
        "base64url-hash",
        "A hash with both characters that base64 does not have.",
        of_type("hash", hash.as_str()),
    );
    cases.accept(req, "base64url-salt", "A salt.", of_type("salt", salt.as_str()));
    let plain = &hash[1..];
    let last = |text: &str, from: char, to: &str| format!("{}{to}", text.strip_suffix(from).unwrap());
    for (id, description, text) in [
        ("padded", "Padding.", format!("{hash}=")),
        ("plus", "The characters of base64.", hash.replace('-', "+").replace('_', "/")),
        ("slash", "One character of base64.", hash.replacen('_', "/", 1)),
        ("bits", "A set trailing bit.", last(&hash, '8', "9")),
        ("all-bits", "All trailing bits set.", last(&hash, '8', "_")),
        ("no-prefix", "No multibase prefix.", format!("A{plain}")),
        ("prefix-padded", "The multibase prefix of padded base64url.", format!("U{plain}=")),
        (
            "prefix-base64",
            "The multibase prefix of base64.",
            format!("m{}", plain.replace('-', "+").replace('_', "/")),
        ),
        (
            "prefix-hex",
            "Hexadecimal, with its multibase prefix.",
            format!("f{}{}", "fb".repeat(16), "ff".repeat(16)),
        ),
        ("prefix-58", "Base58, with its multibase prefix.", format!("z{}", "1".repeat(32))),
        ("space", "A space in the middle.", format!("{} {}", &hash[..20], &hash[20..])),
        ("line-feed", "A line feed at the end.", format!("{hash}\n")),
        ("empty", "No text at all, not even the prefix.", String::new()),
    ] {
        cases.refuse(
            req,
            &format!("base64url-{id}"),
            "malformed.base64url",
            description,
            of_type("hash", text),
        );
    }
    let description = "A salt with a set trailing bit.";
    let text = last(&salt, 'w', "x");
    cases.refuse(req, "base64url-salt-bits", "malformed.base64url", description, of_type("salt", text));
    signed(cases, req);
    let description = "The salt of an entry in the multibase of padded base64url.";
    let mut padded = entry();
    padded["salt"] = json!("UAgICAgICAgICAgICAgICAg==");
    cases.refuse(
        req,
        "base64url-entry",
        "malformed.base64url",
        description,
        reading("entry", written(&padded)),
    );
}

/// In the parts of a JWS and of an SD-JWT, signed after the change.
fn signed(cases: &mut Cases, req: &str) {
    let record = record();
    let parts = |payload: &str| (b64(written(&record.header)), b64(payload));
    // A payload whose length leaves two bits over, and one that leaves four.
    let of_rest = |rest: usize| {
        let plain = written(&record.payload);
        (0..3).map(|pad| format!("{plain}{}", " ".repeat(pad))).find(|text| text.len() % 3 == rest).unwrap()
    };
    let next = |text: &str| {
        let (rest, last) = text.split_at(text.len() - 1);
        let byte = last.as_bytes()[0];
        format!("{rest}{}", char::from(byte + 1))
    };
    let (header, payload) = parts(&of_rest(1));
    let text = record.jws();
    for (id, description, text) in [
        ("payload-padded", "A payload with padding.", sealed(&format!("{header}.{payload}=="), &record.key)),
        (
            "payload-bits",
            "A payload with a set trailing bit.",
            sealed(&format!("{header}.{}", next(&payload)), &record.key),
        ),
        (
            "payload-plus",
            "A payload with a character of base64.",
            sealed(&format!("{header}.{payload}+"), &record.key),
        ),
        ("header-padded", "A header with padding.", sealed(&format!("{header}=.{payload}"), &record.key)),
        (
            "header-line",
            "A header with a line feed in it.",
            sealed(&format!("{}\n{}.{payload}", &header[..8], &header[8..]), &record.key),
        ),
        ("signature-bits", "A signature with a set trailing bit.", next(&text)),
        ("signature-padded", "A signature with padding.", format!("{text}==")),
    ] {
        cases
            .refuse(
                req,
                &format!("jws-{id}"),
                "malformed.base64url",
                description,
                reading("epoch_record", text),
            )
            .attack("A10");
    }
    let with = |text: String| reading("rating", rating().with(|it| it.disclosures = vec![text]).text());
    // `["…","comment",null]` with a salt that leaves bits over.
    let text = disclosure(&json!(["AAA", "comment", null]));
    assert_eq!(text.len() % 4, 2);
    for (id, description, text) in [
        ("padded", "A disclosure with padding.", format!("{text}=")),
        ("bits", "A disclosure with a set trailing bit.", next(&text)),
        ("slash", "A disclosure with a character of base64.", format!("{text}/")),
        ("empty-space", "A space in the place of a disclosure.", " ".to_owned()),
    ] {
        cases
            .refuse(req, &format!("disclosure-{id}"), "malformed.base64url", description, with(text))
            .attack("A10");
    }
}

fn lengths(cases: &mut Cases) {
    let req = "REQ-GEN-23";
    for (kind, bytes) in
        [("hash", 32), ("ledger", 16), ("salt", 16), ("capability", 16), ("proof", 0), ("proof", 64 * 32)]
    {
        let description = format!("A {kind} of {bytes} bytes.");
        let input = of_type(kind, multi(vec![0; bytes]));
        cases.accept(req, &format!("bytes-{kind}-{bytes}"), &description, input);
    }
    for (kind, bytes) in [
        ("hash", 31),
        ("hash", 33),
        ("hash", 0),
        ("ledger", 15),
        ("ledger", 17),
        ("salt", 15),
        ("salt", 32),
        ("capability", 15),
        ("capability", 17),
        ("proof", 31),
        ("proof", 33),
    ] {
        let description = format!("A {kind} of {bytes} bytes.");
        let input = of_type(kind, multi(vec![0; bytes]));
        cases.refuse(req, &format!("bytes-{kind}-{bytes}"), "malformed", &description, input);
    }
    let input = of_type("proof", multi(vec![0; 65 * 32]));
    cases.refuse(req, "bytes-proof-65", "too_large", "A proof of 65 hashes.", input);
    let input = of_type("proof", long("u", "A", 1_398_102, ""));
    cases.refuse(req, "bytes-proof-mega", "too_large", "A proof of a megabyte.", input).attack("A20");
    for (id, bytes) in [("short", 31), ("long", 33)] {
        let mut it = entry();
        it["_sd"][0] = json!(b64(vec![7; bytes]));
        let description = format!("A digest of {bytes} bytes in an entry.");
        cases.refuse(
            req,
            &format!("bytes-digest-{id}"),
            "malformed",
            &description,
            reading("entry", written(&it)),
        );
    }
}
