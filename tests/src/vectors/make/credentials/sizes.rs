//! Sizes, REQ-CRED-1, and the last `~`, REQ-CRED-2.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{Signed, digest, element, folded, member, rating, reading, standing};
use super::{any, read, read_text, top};
use crate::vectors::long;

/// A credential whose JWT, or text, is exactly so long, by way of a claim and a header member that fill it up.
fn of_length(bytes: usize, disclosures: &[&String], length: impl Fn(&Signed) -> usize) -> Signed {
    let digests: Vec<String> = disclosures.iter().map(|text| digest(text)).collect();
    let padded = |head: usize, claim: usize| {
        any(json!({"_sd": digests, "pad": "x".repeat(claim)}), disclosures).head("x", json!("x".repeat(head)))
    };
    (0..4)
        .find_map(|head| {
            let claim = (bytes - length(&padded(head, 0))) * 3 / 4;
            (claim - 4..claim + 4).map(|claim| padded(head, claim)).find(|it| length(it) == bytes)
        })
        .unwrap()
}

/// A disclosure of exactly so many bytes.
fn disclosure(salt: u8, bytes: usize) -> String {
    let of = |length: usize| member(salt, &format!("m{salt}"), &json!("x".repeat(length)));
    let text = of(bytes * 3 / 4 - of(0).len() * 3 / 4);
    assert_eq!(text.len(), bytes);
    text
}

/// So many short disclosures.
fn many(count: u8) -> Vec<String> {
    (0..count).map(|n| member(n, &format!("m{n}"), &Value::Null)).collect()
}

pub(super) fn cases(cases: &mut Cases) {
    let req = "REQ-CRED-1";
    let large = [disclosure(1, 16_384), disclosure(2, 16_384), disclosure(3, 16_384)];
    let large: Vec<&String> = large.iter().collect();
    let whole = |bytes| of_length(bytes, &large, |it| it.text().len());
    let jwt = |bytes| of_length(bytes, &[], |it| it.jws().len());
    cases.accept(req, "size-whole", "A credential of exactly 65,536 bytes.", read(&whole(65_536)));
    cases.accept(req, "size-jwt", "A credential whose JWT is of exactly 32,768 bytes.", read(&jwt(32_768)));
    cases.accept(req, "size-disclosure", "A disclosure of exactly 16,384 bytes.", read(&top(&large[..1])));
    let count = many(65);
    let count: Vec<&String> = count.iter().collect();
    cases.accept(req, "size-64", "Sixty-four disclosures.", read(&top(&count[..64])));
    let over = disclosure(4, 16_386);
    let text = top(&[]).text();
    let element = element(1, &json!("x"));
    for (id, description, input) in [
        ("whole", "A credential of 65,537 bytes, in order otherwise.", read(&whole(65_537))),
        ("jwt", "A credential whose JWT is of 32,769 bytes, in order otherwise.", read(&jwt(32_769))),
        ("disclosure", "A disclosure of 16,386 bytes, the next length that there is.", read(&top(&[&over]))),
        ("65", "Sixty-five disclosures.", read(&top(&count))),
        ("10000", "Ten thousand times the same short disclosure.", {
            json!({"operation": "sd_jwt", "vct": super::VCT, "text": long(&text, &format!("{element}~"), 10_000, "")})
        }),
        ("empty-10000", "Ten thousand empty disclosures.", {
            json!({"operation": "sd_jwt", "vct": super::VCT, "text": long(&text, "~", 10_000, "")})
        }),
        ("mega", "A disclosure of a megabyte.", {
            let text = json!({"concat": [top(&[]).text(), long(&b64(r#"["AAA","a",""#), "eHh4", 262_144, &b64("\"]")), "~"]});
            json!({"operation": "sd_jwt", "vct": super::VCT, "text": text})
        }),
        ("rating", "A rating whose category is a disclosure of over 16,384 bytes.", {
            let category = member(90, "category", &json!("x".repeat(13_000)));
            let it = rating().with(|it| {
                it.payload["_sd"][3] = json!(digest(&category));
                it.disclosures = vec![category];
            });
            reading("rating", folded(&it.text()))
        }),
    ] {
        cases.refuse(req, &format!("over-{id}"), "too_large", description, input).attack("A20");
    }

    let req = "REQ-CRED-2";
    let bare = top(&[]).jws();
    cases.accept(req, "tilde", "A JWT and one `~`.", read_text(&format!("{bare}~")));
    for (id, description, input) in [
        ("none", "A JWT alone.", read_text(&bare)),
        ("escaped", "The `~` is percent-encoded.", read_text(&format!("{bare}%7E"))),
        ("wide", "A character that looks like `~`.", read_text(&format!("{bare}\u{223c}"))),
        ("empty", "Nothing at all.", read_text("")),
        ("rating", "A rating as a JWT alone.", reading("rating", rating().jws())),
        ("standing", "A standing as a JWT alone.", reading("standing", standing().jws())),
    ] {
        cases.refuse(req, &format!("tilde-{id}"), "malformed", description, input);
    }
}
