//! Random claims, and a writer of JSON that takes every liberty the grammar gives.

use std::fmt::Write as _;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Map, Value, json};

/// A text that begins with this is written as it is, without quotes: for what a [`Value`] cannot hold.
pub const RAW: &str = "\u{1}raw:";

/// A value that is written exactly so.
pub fn raw(text: impl AsRef<str>) -> Value {
    Value::String(format!("{RAW}{}", text.as_ref()))
}

/// One of these.
pub fn one<'a, T>(rng: &mut StdRng, of: &'a [T]) -> &'a T {
    of.choose(rng).unwrap()
}

/// Names that look like reserved ones, names that are reserved elsewhere, and plain ones.
const NAMES: &[&str] = &[
    "given_name",
    "family_name",
    "address",
    "locality",
    "nationalities",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "",
    " ",
    "..",
    "....",
    "_SD",
    "_sd_",
    "sd",
    "_sd_ALG",
    " _sd",
    "a/b",
    "~",
    "~1",
    "0",
    "Möbius",
    "e\u{301}",
    "é",
    "\u{1F511}",
    "\"",
    "\\",
    "\u{0}",
    "sub",
    "aud",
    "jti",
    "Vct",
    "VCT",
    "vct ",
    "exp ",
    "Exp",
    "vct#Integrity",
    "null",
    "crit",
];
/// Names that stand for something only at the top.
const TOP: &[&str] = &["iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "status"];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "0.0",
    "1E2",
    "1e+2",
    "1.0",
    "0.1",
    "1e-400",
    "3.141592653589793238462643383279",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1e300",
    "-2.5e-300",
    "4.9e-324",
    "1.7976931348623157e308",
];
const TEXTS: &[&str] = &[
    "",
    "x",
    "Ünïcödé",
    "\u{1F600}\u{1F468}\u{200D}\u{1F469}",
    "line\nbreak",
    "\u{0}\u{1f}",
    "\"quoted\\\"",
    "\u{202e}rtl",
    "\u{feff}",
    "\u{ffff}",
    "\u{10ffff}",
    "...",
    "_sd",
    "_sd_alg",
    "~",
    "a~b.c",
    "=",
    "https://example.org/a?b=c#d",
];

/// A random value of at most this depth.
pub fn value(rng: &mut StdRng, depth: usize) -> Value {
    match rng.gen_range(0..if depth == 0 { 7 } else { 11 }) {
        0 => Value::Null,
        1 => Value::Bool(rng.r#gen()),
        2 => json!(rng.gen_range(-1000..1000)),
        3 => json!(rng.r#gen::<f64>() * 10f64.powi(rng.gen_range(-20..20))),
        4 => raw(one(rng, NUMBERS)),
        5 => Value::from(*one(rng, TEXTS)),
        6 => (0..rng.gen_range(0..12)).map(|_| rng.r#gen::<char>()).collect::<String>().into(),
        7 | 8 => (0..rng.gen_range(0..4)).map(|_| value(rng, depth - 1)).collect(),
        _ => Value::Object(members(rng, depth - 1, false)),
    }
}

/// Random members of an object; at the top without the names that stand for something there.
pub fn members(rng: &mut StdRng, depth: usize, top: bool) -> Map<String, Value> {
    let mut members = Map::new();
    for _ in 0..rng.gen_range(0..if top { 7 } else { 4 }) {
        let name = if !top && rng.gen_bool(0.1) { one(rng, TOP) } else { one(rng, NAMES) };
        members.insert((*name).to_owned(), value(rng, depth));
    }
    members
}

/// How a text of JSON is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// As short as can be.
    Plain,
    /// With white space, members in any order, and needless escapes.
    Wild,
}

/// Writes a value.
pub fn write(value: &Value, hand: Hand, rng: &mut StdRng) -> String {
    let mut text = String::new();
    put(value, hand, rng, &mut text);
    text
}

fn put(value: &Value, hand: Hand, rng: &mut StdRng, text: &mut String) {
    space(hand, rng, text);
    match value {
        Value::String(string) if string.starts_with(RAW) => text.push_str(&string[RAW.len()..]),
        Value::String(string) => put_string(string, hand, rng, text),
        Value::Array(elements) => {
            text.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                put(element, hand, rng, text);
            }
            if elements.is_empty() {
                space(hand, rng, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if hand == Hand::Wild {
                members.shuffle(rng);
            }
            text.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                space(hand, rng, text);
                put_string(name, hand, rng, text);
                space(hand, rng, text);
                text.push(':');
                put(member, hand, rng, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
    space(hand, rng, text);
}

fn space(hand: Hand, rng: &mut StdRng, text: &mut String) {
    if hand == Hand::Wild && rng.gen_bool(0.15) {
        text.push(*one(rng, &[' ', '\n', '\t', '\r']));
    }
}

fn put_string(string: &str, hand: Hand, rng: &mut StdRng, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        let needless = hand == Hand::Wild && rng.gen_bool(0.05);
        match character {
            '"' | '\\' if !needless => {
                text.push('\\');
                text.push(character);
            }
            '/' if needless => text.push_str("\\/"),
            '\n' if !needless => text.push_str("\\n"),
            _ if needless || character < ' ' || character == '"' || character == '\\' => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = if rng.r#gen() {
                        write!(text, "\\u{unit:04x}")
                    } else {
                        write!(text, "\\u{unit:04X}")
                    };
                }
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// The way from a value to one inside it.
pub type Path = Vec<Step>;

/// One step of a [`Path`].
#[derive(Clone)]
pub enum Step {
    /// To a member.
    Name(String),
    /// To an element.
    Index(usize),
}

/// The ways to all values inside this one, itself included, that are of a kind.
pub fn paths(value: &Value, of: fn(&Value) -> bool) -> Vec<Path> {
    let mut found = Vec::new();
    collect(value, of, &mut Vec::new(), &mut found);
    found
}

fn collect(value: &Value, of: fn(&Value) -> bool, way: &mut Path, found: &mut Vec<Path>) {
    if of(value) {
        found.push(way.clone());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "_sd") {
                way.push(Step::Name(name.clone()));
                collect(member, of, way, found);
                way.pop();
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                way.push(Step::Index(at));
                collect(element, of, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

/// The value at the end of a way.
pub fn at<'a>(mut value: &'a mut Value, path: &Path) -> &'a mut Value {
    for step in path {
        value = match step {
            Step::Name(name) => &mut value[name.as_str()],
            Step::Index(index) => &mut value[*index],
        };
    }
    value
}

/// True for an object that is no placeholder in an array.
pub fn is_object(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.contains_key("..."))
}

/// True for an array.
pub fn is_array(value: &Value) -> bool {
    value.is_array()
}

/// Puts another text in the place of every text that equals this one.
pub fn replace(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text == old => *text = new.to_owned(),
        Value::Array(elements) => elements.iter_mut().for_each(|element| replace(element, old, new)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, old, new)),
        _ => {}
    }
}
