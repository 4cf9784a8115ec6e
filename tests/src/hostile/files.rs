//! Families of policy and trust files.

use faam_verifier::policy::MAX_FILE_BYTES;
use rand::Rng as _;
use serde_json::{Value, json};

use super::{Maker, Reader};
use crate::vectors::make::fixtures_shown::Case;

/// A trust file with these entries.
pub(super) fn trust_of(entries: &[Value]) -> String {
    toml::to_string(&json!({"v": 0, "trust": entries})).unwrap()
}

/// The trust file of a verifier that believes what is shown.
pub(super) fn good(case: &Case) -> String {
    trust_of(&case.trust)
}

/// What a reader of TOML may stumble over, so many times that it fills `bytes`.
fn filled(maker: &mut Maker, bytes: usize) -> String {
    let unit = maker.one(&[
        "[[trust]]\n",
        "[[a]]\n",
        "a.b.c.d.e.f = 1\n",
        "x = {}\n",
        "# a comment that says nothing\n",
        "\n",
        "[on]\n",
        "[a.b.c.d.e.f.g.h]\n",
        "name = \"\"\"\\\n",
        "y = 1e400\n",
    ]);
    let inline =
        maker.one(&["[],", "{},", "{a=1},", "\"\",", "1,", "[[]],", "{a={b={}}},", "1979-05-27T07:32:00Z,"]);
    match maker.rng.gen_range(0..6) {
        0 => unit.repeat(bytes / unit.len()),
        // Each line with a key of its own.
        1 => (0..bytes / 14).map(|n| format!("k{n} = {{}}\n")).collect(),
        2 => (0..bytes / 12).map(|n| format!("[t{n}]\na=1\n")).collect(),
        3 => format!("of = [{}]\n", inline.repeat(bytes / inline.len())),
        4 => {
            let depth = maker.upto(bytes / 2).max(1);
            let (open, close) = maker.one(&[("[", "]"), ("{a=", "}")]);
            format!("of = {}{}\n", open.repeat(depth / open.len()), close.repeat(depth / open.len()))
        }
        _ => format!("{} = 1\n", "a.".repeat(bytes / 2).trim_end_matches('.')),
    }
}

fn file(maker: &mut Maker, good: &str) -> String {
    let bound = maker.around(MAX_FILE_BYTES);
    let any = maker.upto(MAX_FILE_BYTES);
    let bytes = maker.one(&[bound, any]);
    match maker.rng.gen_range(0..5) {
        0 => format!("{good}\n{}", filled(maker, bytes.saturating_sub(good.len() + 1))),
        1 => format!("{good}{}", "#".repeat(bytes.saturating_sub(good.len()))),
        2 => {
            let mut text = good.to_owned();
            for _ in 0..maker.rng.gen_range(1..5) {
                let mut at = maker.rng.gen_range(0..=text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                let more = maker.one(&[
                    "\"", "'", "[", "]", "=", "\n", "\u{0}", "\u{202e}", "{", "0x", "_", ".", "\"\"\"",
                ]);
                text.insert_str(at, more);
            }
            text
        }
        3 => {
            let at = maker.rng.gen_range(0..=good.len());
            good.get(..at).unwrap_or(good).to_owned()
        }
        _ => filled(maker, bytes),
    }
}

/// Policy files.
pub(super) fn policy(maker: &mut Maker) {
    let good = maker.one(&[
        "v = 0\n[markets]\nat_least = 1\n[standing]\nratings_at_least = 2\n",
        "v = 0\n[private]\nmilestones = ['count>=5']\n",
        "v = 0\nname = 'x'\n[on]\nwithdrawn = 'note'\n",
    ]);
    let many = maker.upto(20_000);
    let text = match maker.rng.gen_range(0..5) {
        0 => {
            let markets: Vec<String> = (0..many).map(|n| format!("'m{n}'")).collect();
            format!("v = 0\n[markets]\nof = [{}]\n", markets.join(","))
        }
        1 => format!("v = 0\n[private]\nmilestones = [{}]\n", "'count>=5',".repeat(many)),
        2 => format!("v = 0\nname = '{}'\n", "n".repeat(many)),
        _ => file(maker, good),
    };
    maker.push(Reader::Policy, text);
}

/// Trust files.
pub(super) fn trust(maker: &mut Maker) {
    let good = maker.trust.clone();
    let text = match maker.rng.gen_range(0..4) {
        0 => {
            // As many entries as fit, each of a role of its own.
            let issuer = maker.case.trust[0]["issuer"].as_str().unwrap().to_owned();
            let entry = |n: usize| {
                format!("[[trust]]\nissuer='{issuer}'\nmarket='alpha'\nroles=['r{n}']\ntypes=['rating']\n")
            };
            let count = maker.upto(MAX_FILE_BYTES / 150);
            let entries: String = (0..count).map(entry).collect();
            format!("v = 0\n{entries}")
        }
        1 => {
            let roles: Vec<String> = (0..maker.upto(20_000)).map(|n| format!("'r{n}'")).collect();
            good.replacen("roles = \"any\"", &format!("roles = [{}]", roles.join(",")), 1)
        }
        _ => file(maker, &good),
    };
    maker.push(Reader::Trust, text);
}
