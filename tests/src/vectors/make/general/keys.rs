//! Keys and signatures, REQ-GEN-14 and REQ-GEN-15.

use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use serde_json::{Value, json};

use super::super::fixtures_signed::{rating, reading};
use super::Cases;

/// The order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The points of small order, in hexadecimal.
const WEAK: [(&str, &str); 8] = [
    ("1", "0100000000000000000000000000000000000000000000000000000000000000"),
    ("2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ("4", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("4b", "0000000000000000000000000000000000000000000000000000000000000080"),
    ("8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    ("8b", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    ("8c", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ("8d", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
];

/// The public key of the seed of 32 nines, and that key with a point of order 8 added to it.
const NINE: &str = "fd1724385aa0c75b64fb78cd602fa1d991fdebf76b13c58ed702eac835e9f618";
const MIXED: &str = "d0d31a3cb4bf59a067bce65dbb4e453eb75450b39b1f8a15bd2cce95fa47c958";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn input(key: &[u8], message: &str, signature: &[u8]) -> Value {
    json!({"operation": "signature", "key": {"base64url": b64(key)}, "message": message,
           "signature": {"base64url": b64(signature)}})
}

pub(super) fn cases(cases: &mut Cases) {
    signatures(cases);
    keys(cases);
}

fn signatures(cases: &mut Cases) {
    let req = "REQ-GEN-14";
    let key = SigningKey::from_seed(&[9; 32]);
    let public = key.verifying_key().to_bytes();
    assert_eq!(public.to_vec(), unhex(NINE));
    let good = key.sign(b"rating").to_bytes();
    cases.accept(req, "signature", "A signature of the message.", input(&public, "rating", &good));
    let empty = key.sign(b"").to_bytes();
    cases.accept(req, "signature-empty", "A signature of the empty message.", input(&public, "", &empty));
    // Made with the secret of NINE for the key MIXED: R = r·B, S = r + H(R, MIXED, message)·secret.
    let mixed_r = "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a081";
    let mixed_s = "fbc03fbb97adb2802d99847f9e0e545e80f31442e5ce808107f7c84c613e590d";
    let description =
        "A key with a part of small order, and a message for which that part falls out of the equation.";
    let both = unhex(&format!("{mixed_r}{mixed_s}"));
    cases.accept(req, "signature-mixed", description, input(&unhex(MIXED), "rating 6", &both));

    let flipped = |at: usize, bit: u8| {
        let mut changed = good;
        changed[at] ^= 1 << bit;
        changed.to_vec()
    };
    let mut over = good;
    let mut carry = 0;
    for (byte, order) in over[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    let made = |r: &str, s: &str| unhex(&format!("{r}{s}"));
    let uncofactored = made(mixed_r, "78b75e5ad8185217ef627bba30af251ad5ff17f2f3cbc17f069480581a3e8900");
    let bad = [
        ("other-message", "A signature of another message.", input(&public, "Rating", &good)),
        (
            "other-key",
            "A signature by another key.",
            input(&SigningKey::from_seed(&[8; 32]).verifying_key().to_bytes(), "rating", &good),
        ),
        ("flipped-r", "One bit of `R` is changed.", input(&public, "rating", &flipped(0, 0))),
        ("flipped-s", "One bit of `S` is changed.", input(&public, "rating", &flipped(40, 3))),
        ("zero", "Sixty-four zeros.", input(&public, "rating", &[0; 64])),
        (
            "s-over",
            "The group's order was added to `S`: the equation holds, and it is a second text of one signature.",
            input(&public, "rating", &over),
        ),
        (
            "r-identity",
            "`R` is the neutral point: the equation holds, but the point is of small order.",
            input(
                &public,
                "rating",
                &made(WEAK[0].1, "18e7b768b8e316cf0b4569941b9ba226af4d68105fd00f599e251f2c2d067a04"),
            ),
        ),
        (
            "r-order-8",
            "`R` is of order 8: the equation holds only with the cofactor.",
            input(
                &public,
                "rating",
                &made(WEAK[6].1, "832f7b551ebb05eb4ecd7c6fda8716404869ddcca0a706fcbefa9ea99547750c"),
            ),
        ),
        (
            "r-mixed",
            "`R` has a part of small order: the equation holds only with the cofactor.",
            input(
                &public,
                "rating",
                &made(
                    "1c354c4c7a6de4bcb4fd275f391333dd9bf17d38b41332753f60cf56d5ef4fcc",
                    "2cc5273876cab40d8abf5092f3f87332437ef8d35bbe07486d0b31daa29af305",
                ),
            ),
        ),
        (
            "key-mixed",
            "The key has a part of small order: the equation holds only with the cofactor.",
            input(&unhex(MIXED), "rating 0", &uncofactored),
        ),
    ];
    for (id, description, input) in bad {
        cases.refuse(req, &format!("signature-{id}"), "invalid.signature", description, input).attack("A02");
    }
}

fn keys(cases: &mut Cases) {
    let req = "REQ-GEN-15";
    let read = |hex: &str| json!({"operation": "key", "key": {"base64url": b64(unhex(hex))}});
    cases.accept(req, "key", "A public key.", read(NINE));
    cases.accept(
        req,
        "key-mixed",
        "A public key with a part of small order, which is not of small order itself.",
        read(MIXED),
    );
    for (id, hex) in WEAK {
        let order = &id[..1];
        let description = format!("A point of order {order}.");
        cases.refuse(req, &format!("key-order-{id}"), "invalid.key", &description, read(hex));
    }
    let none = format!("02{}", "00".repeat(31));
    let second = format!("f0{}7f", "ff".repeat(30));
    for (id, description, hex) in [
        ("no-point", "A coordinate of no point of the curve.", none.as_str()),
        (
            "second",
            "A point of full order whose coordinate was raised by the field's prime: a second encoding.",
            &second,
        ),
        (
            "weak-second",
            "The neutral point in its second encoding.",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "sign",
            "The neutral point with the sign of nothing set.",
            "0100000000000000000000000000000000000000000000000000000000000080",
        ),
    ] {
        cases.refuse(req, &format!("key-{id}"), "invalid.key", description, read(hex));
    }
    let holder = |bytes: &[u8]| {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(bytes)});
        reading("rating", rating().set("/cnf", "jwk", jwk).text())
    };
    cases.refuse(
        req,
        "key-cnf-weak",
        "invalid.key",
        "A rating bound to a point of small order.",
        holder(&unhex(WEAK[4].1)),
    );
    cases.refuse(
        req,
        "key-cnf-short",
        "invalid.key",
        "A rating bound to a key of 31 bytes.",
        holder(&[7; 31]),
    );
    let named = |hex: &str| {
        let bytes = [vec![0xed, 0x01], unhex(hex)].concat();
        reading("did", format!("did:key:z{}", base58(&bytes)))
    };
    for (id, description, hex) in [
        ("no-point", "A `did:key` of no point of the curve.", none.as_str()),
        ("weak", "A `did:key` of a point of small order.", WEAK[0].1),
        ("second", "A `did:key` of a point in its second encoding.", &second),
        ("short", "A `did:key` of 31 bytes.", &NINE[..62]),
        ("long", "A `did:key` of 33 bytes.", &format!("{NINE}00")),
    ] {
        cases.refuse(req, &format!("did-{id}"), "invalid.did", description, named(hex));
    }
    cases.accept(req, "did-key", "A `did:key` of a public key.", named(NINE));
}

/// Base58 as Bitcoin writes it.
pub(in crate::vectors::make) fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut text = "1".repeat(zeros);
    text.extend(digits.iter().rev().map(|digit| char::from(ALPHABET[usize::try_from(*digit).unwrap()])));
    text
}
