//! The promises that many formats share.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use faam_spec::encoding::{jcs, json, parse, parse_value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads an object that has one form: what is written again is the same value, member for member, and reads as the same.
pub(crate) fn one_form<T>(bytes: &[u8], limit: usize) -> Option<T>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let read: T = parse(bytes, limit, "fuzz").ok()?;
    let received = parse_value(bytes, limit, "fuzz").expect("it was read just now");
    assert_eq!(serde_json::to_value(&read).unwrap(), received, "written as it was received");
    let written = json(&read).unwrap();
    let again: T = parse(&written, written.len(), "fuzz").expect("what was written is read");
    assert_eq!(again, read);
    assert_eq!(jcs(&again).unwrap(), jcs(&received).unwrap(), "one canonical text");
    Some(read)
}

/// Reads a text that has one form: it is written as it was received.
pub(crate) fn one_text<T>(text: &str) -> Option<T>
where
    T: FromStr + Display + PartialEq + Debug + Serialize + DeserializeOwned,
{
    let quoted = Value::String(text.to_owned());
    let Ok(read) = text.parse::<T>() else {
        assert!(serde_json::from_value::<T>(quoted).is_err(), "in JSON as alone: {text:?}");
        return None;
    };
    assert_eq!(read.to_string(), text, "written as it was received");
    assert_eq!(serde_json::to_value(&read).unwrap(), quoted);
    assert_eq!(serde_json::from_value::<T>(quoted).ok().as_ref(), Some(&read));
    Some(read)
}

/// Whether `value` holds `null` anywhere.
pub(crate) fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

/// Whether a member of this name stands anywhere in `value`.
pub(crate) fn has_member(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|item| has_member(item, wanted)),
        Value::Object(map) => map.iter().any(|(name, item)| name == wanted || has_member(item, wanted)),
        _ => false,
    }
}

/// Text for people holds nothing that moves a cursor or hides: line feeds aside, no control or bidirectional characters.
pub(crate) fn assert_safe_to_look_at(text: &str) {
    let hidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.chars().any(hidden), "safe to look at: {text:?}");
}

/// `bytes` with every `from` replaced by `to`.
pub(crate) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len().max(1)).position(|window| window == from) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(to);
        rest = after.get(from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The first eight bytes as a number, zeros where there are fewer.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}
