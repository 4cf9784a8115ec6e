//! What can happen to the text on its way, with all signatures as they were.

use faam_tests::second::Binding::Absent;
use faam_tests::second::Why::{KeyBinding, Malformed, TooLarge};
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::Then::{self, Open, Refused};
use crate::claims::one;

/// Changes the text; false if it has nothing of the kind.
pub type Change = fn(&mut String, &mut StdRng) -> bool;

/// All of them: name, what must come of it, how.
pub const ALL: &[(&str, Then, Change)] = &[
    ("byte changed", Open, |text, rng| {
        let mut bytes = text.clone().into_bytes();
        let at = rng.gen_range(0..bytes.len());
        let old = bytes[at];
        bytes[at] = if rng.gen_bool(0.7) { *one(rng, ALPHABET) } else { rng.gen_range(0..128) };
        *text = String::from_utf8(bytes.clone()).unwrap();
        bytes[at] != old
    }),
    ("bytes changed in many places", Open, |text, rng| {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..rng.gen_range(2..20) {
            let at = rng.gen_range(0..bytes.len());
            bytes[at] = *one(rng, ALPHABET);
        }
        *text = String::from_utf8(bytes).unwrap();
        true
    }),
    ("byte removed", Open, |text, rng| {
        text.remove(rng.gen_range(0..text.len()));
        true
    }),
    ("byte added", Open, |text, rng| {
        text.insert(rng.gen_range(0..=text.len()), char::from(*one(rng, ALPHABET)));
        true
    }),
    ("letter of another case", Open, |text, rng| {
        let at = rng.gen_range(0..text.len());
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 0x20;
        *text = String::from_utf8(bytes).unwrap();
        true
    }),
    ("last letter of a part changed", Open, |text, rng| {
        // Here the bits lie that belong to no byte.
        let ends: Vec<usize> = text.match_indices(['.', '~']).map(|(at, _)| at).chain([text.len()]).collect();
        let at = one(rng, &ends).saturating_sub(1);
        let mut bytes = text.clone().into_bytes();
        bytes[at] = *one(rng, ALPHABET);
        *text = String::from_utf8(bytes).unwrap();
        true
    }),
    ("cut off", Open, |text, rng| {
        text.truncate(rng.gen_range(0..text.len()));
        true
    }),
    ("part dropped", Open, |text, rng| {
        parts(text, rng, |parts, rng| {
            parts.remove(rng.gen_range(0..parts.len()));
        })
    }),
    ("part doubled", Open, |text, rng| {
        parts(text, rng, |parts, rng| {
            let at = rng.gen_range(0..parts.len());
            parts.insert(at, parts[at].clone());
        })
    }),
    ("parts swapped", Open, |text, rng| {
        parts(text, rng, |parts, rng| {
            let (one, other) = (rng.gen_range(0..parts.len()), rng.gen_range(0..parts.len()));
            parts.swap(one, other);
        })
    }),
    ("part of another kind", Open, |text, rng| {
        // Header, payload and signature of the two JWTs change places.
        let mut pieces: Vec<String> = text.split('.').map(str::to_owned).collect();
        let (one, other) = (rng.gen_range(0..pieces.len()), rng.gen_range(0..pieces.len()));
        pieces.swap(one, other);
        *text = pieces.join(".");
        true
    }),
    ("mark added", Open, |text, rng| {
        let mark = *one(rng, &["~", ".", "~~", " ", "\n", "\r\n", "=", "\0", "\u{feff}", "%7E"]);
        let at = *one(
            rng,
            &[0, text.len(), text.find('~').unwrap(), text.find('.').unwrap(), text.rfind('~').unwrap()],
        );
        text.insert_str(at, mark);
        true
    }),
    ("mark changed", Open, |text, rng| {
        let marks: Vec<usize> = text.match_indices(['.', '~']).map(|(at, _)| at).collect();
        let at = *one(rng, &marks);
        let other = *one(rng, &["~", ".", "..", "", "-", " ", "~~"]);
        text.replace_range(at..=at, other);
        true
    }),
    ("without key binding", Refused(&[KeyBinding(Absent)]), |text, _| {
        text.truncate(text.rfind('~').unwrap() + 1);
        true
    }),
    ("the JWT alone", Refused(&[Malformed]), |text, _| {
        text.truncate(text.find('~').unwrap());
        true
    }),
    ("padding", Open, |text, rng| {
        let ends: Vec<usize> = text.match_indices(['.', '~']).map(|(at, _)| at).chain([text.len()]).collect();
        let (end, padding) = (*one(rng, &ends), *one(rng, &["=", "=="]));
        text.insert_str(end, padding);
        true
    }),
    ("as a foreign alphabet", Open, |text, _| {
        let other = text.replace('-', "+").replace('_', "/");
        let changed = other != *text;
        *text = other;
        changed
    }),
    ("not ASCII", Open, |text, rng| {
        let at = rng.gen_range(0..text.len());
        text.insert(at, *one(rng, &['é', '\u{ff0e}', '\u{ff5e}', '\u{200b}']));
        true
    }),
    ("text too large", Refused(&[TooLarge]), |text, rng| {
        text.push_str(&"A".repeat(65_537 + rng.gen_range(0..100) - text.len().min(65_000)));
        true
    }),
    ("nothing but marks", Open, |text, rng| {
        *text =
            one(rng, &["", "~", "~~", "..~", "..~..", ".", "....", "~..", "e30.e30.~e30.e30."]).to_string();
        true
    }),
];

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.=";

fn parts(text: &mut String, rng: &mut StdRng, change: impl FnOnce(&mut Vec<String>, &mut StdRng)) -> bool {
    let mut parts: Vec<String> = text.split('~').map(str::to_owned).collect();
    change(&mut parts, rng);
    let changed = parts.join("~");
    let differs = changed != *text;
    *text = changed;
    differs
}
