//! Families that know nothing of what an answer says: sizes, depth, and texts that are none.

use faam_spec::limits::{MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_PRESENTATION_BYTES};
use rand::Rng as _;

use super::{LARGEST, Maker};

/// The good answer made as large as the bound, one less and one more, by spaces in one place.
pub(super) fn size(maker: &mut Maker) {
    let (reader, value) = maker.good();
    let text = value.to_string();
    let spaces = maker.around(MAX_PRESENTATION_BYTES) - text.len();
    let at = maker.one(&[0, 1, text.len()]);
    let (before, after) = text.split_at(at);
    maker.push(reader, format!("{before}{}{after}", " ".repeat(spaces)));
}

/// Nesting at the bound and far over it, closed and not.
pub(super) fn depth(maker: &mut Maker) {
    let bound = maker.around(MAX_JSON_DEPTH);
    let far = maker.upto(200_000);
    let levels = maker.one(&[bound, far, 1000, 1_000_000]);
    let (open, close) = maker.one(&[("[", "]"), ("{\"a\":", "}"), ("[[],", "]"), ("[\"\",{\"\":", "}]")]);
    let levels = levels.min(LARGEST / (open.len() + close.len()));
    let text = if maker.rng.gen_bool(0.7) {
        format!("{}1{}", open.repeat(levels), close.repeat(levels))
    } else {
        open.repeat(levels)
    };
    maker.with_member(&text);
}

/// One long text, in a member, a name, or escapes.
pub(super) fn long(maker: &mut Maker) {
    let unit = maker.one(&[
        "x",
        "\\u0000",
        "\\\"",
        "\u{1f600}",
        "\u{202e}",
        "~",
        ".",
        "u",
        "A",
        "%00",
        "\\ud83d\\ude00",
    ]);
    let bytes = maker.upto(MAX_PRESENTATION_BYTES);
    let run = unit.repeat(bytes / unit.len());
    let text = match maker.rng.gen_range(0..3) {
        0 => format!("\"{run}\""),
        1 => format!("{{\"{run}\":1}}"),
        _ => format!("[\"{run}\"]"),
    };
    maker.with_member(&text);
}

/// As many values and containers as there may be, and more.
pub(super) fn many(maker: &mut Maker) {
    let unit =
        maker.one(&["0", "[]", "{}", "\"\"", "{\"\":0}", "[0]", "{\"\":[]}", "null", "{\"a\":0,\"b\":1}"]);
    let (values, containers) = (maker.around(MAX_JSON_VALUES), maker.around(MAX_JSON_CONTAINERS));
    let any = maker.upto(1_000_000);
    let count = maker.one(&[values, containers, any]).min(LARGEST / (unit.len() + 1));
    maker.with_member(&format!("[{}{unit}]", format!("{unit},").repeat(count.max(1) - 1)));
}

/// Numbers that are none here, or no number's size.
pub(super) fn numbers(maker: &mut Maker) {
    let digits = maker.upto(1_000_000);
    let text = match maker.rng.gen_range(0..8) {
        0 => "9".repeat(digits.max(1)),
        1 => format!("1e{digits}"),
        2 => format!("-{}", "1".repeat(digits.max(1))),
        3 => format!("0.{}1", "0".repeat(digits)),
        4 => "18446744073709551616".to_owned(),
        5 => "9007199254740992".to_owned(),
        6 => format!("1{}", "0".repeat(digits)),
        _ => "-0".to_owned(),
    };
    maker.with_member(&text);
}

/// The good answer cut, spliced, or with bytes that are no UTF-8.
pub(super) fn broken(maker: &mut Maker) {
    let (reader, value) = maker.good();
    let mut bytes = value.to_string().into_bytes();
    for _ in 0..maker.rng.gen_range(1..4) {
        let at = maker.rng.gen_range(0..bytes.len().max(1));
        match maker.rng.gen_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), maker.rng.r#gen()),
            2 => drop(bytes.drain(at..(at + 3).min(bytes.len()))),
            3 => bytes.extend_from_within(at..),
            _ => {
                let more: &[u8] = maker.one(&[
                    &b"\xff\xfe"[..],
                    b"\xed\xa0\x80",
                    b"\xc0\x80",
                    b"\"",
                    b",",
                    b"}}",
                    b"\0",
                    b"\\u12",
                ]);
                bytes.splice(at..at, more.iter().copied());
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    maker.push(reader, bytes);
}

/// One letter of a text in base64url made another, or none of its letters.
pub(super) fn base64(maker: &mut Maker) {
    let (reader, value) = maker.good();
    let text = value.to_string();
    let starts: Vec<usize> = text.match_indices("eyJ").map(|(at, _)| at).collect();
    let at = if starts.is_empty() { text.len() / 2 } else { maker.one(&starts) + maker.rng.gen_range(0..40) };
    let letter = maker.one(&["=", "+", "/", "-", "_", "A", "B", "9", "%", " ", "\u{e9}", ".", "~"]);
    let (before, after) = text.split_at(at.min(text.len() - 1));
    maker.push(reader, format!("{before}{letter}{}", &after[1..]));
}

/// A few bits of the good answer flipped, wherever they stand.
pub(super) fn flipped(maker: &mut Maker) {
    let (reader, value) = maker.good();
    let mut bytes = value.to_string().into_bytes();
    for _ in 0..maker.rng.gen_range(1..6) {
        let at = maker.rng.gen_range(0..bytes.len());
        bytes[at] ^= 1 << maker.rng.gen_range(0..8);
    }
    maker.push(reader, bytes);
}
