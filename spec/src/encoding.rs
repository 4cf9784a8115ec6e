//! Strict JSON, canonical JSON and base64url: one way to write each value, everything else refused.
//!
//! Specified in `spec/text/README.md`.

use core::cell::Cell;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::limits::{
    MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_OFFER_CONTAINERS, MAX_OFFER_VALUES,
};
use crate::reason::{Fault, Reason, refuse};

/// Largest integer that every reader of JSON takes for the same (RFC 7493 §2.2): 2^53 − 1.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Bytes as base64url without padding (RFC 4648 §5).
#[must_use]
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes canonical base64url without padding.
///
/// # Errors
/// `malformed.base64url` for padding, foreign characters or set trailing bits; `at` is where the text stood.
///
/// Implements REQ-GEN-13 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-13
//# Padding, other characters, other multibase prefixes and set trailing bits MUST be refused. So each value
//# has one text.
pub fn unb64(text: &str, at: &'static str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::new(Reason::MalformedBase64, at))
}

/// Bytes as multibase text (`u`, base64url without padding), for hashes, keys and proofs outside JOSE members.
#[must_use]
pub fn multi(bytes: impl AsRef<[u8]>) -> String {
    multibase::encode(multibase::Base::Base64Url, bytes)
}

/// Decodes multibase text; only the base that [`multi`] writes is taken, so that each value has one text.
///
/// # Errors
/// `malformed.base64url` for other bases or non-canonical text.
///
/// Implements REQ-GEN-13 (`spec/text/README.md`).
pub fn unmulti(text: &str, at: &'static str) -> Result<Vec<u8>, Fault> {
    //= spec/text/README.md#REQ-GEN-13
    //# other multibase prefixes and set trailing bits MUST be refused
    match text.strip_prefix('u') {
        Some(rest) => unb64(rest, at),
        None => refuse(Reason::MalformedBase64, at),
    }
}

/// Which numbers a reader of JSON takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Whole numbers within ± (2^53 − 1), written without fraction and exponent: every format of our own.
    Whole,
    /// Every number that a double can hold, integers of 64 bits exactly: what others sign.
    Any,
}

/// How much one JSON text may hold, whatever its length in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most values, containers among them.
    pub values: usize,
    /// Most objects and arrays.
    pub containers: usize,
}

impl Budget {
    /// What everything but an offer may hold: [`MAX_JSON_VALUES`] and [`MAX_JSON_CONTAINERS`].
    pub const USUAL: Self = Self { values: MAX_JSON_VALUES, containers: MAX_JSON_CONTAINERS };
    /// What an offer may hold: [`MAX_OFFER_VALUES`] and [`MAX_OFFER_CONTAINERS`].
    ///
    /// Implements REQ-GEN-5 (`spec/text/README.md`).
    //= spec/text/README.md#REQ-GEN-5
    //# (an offer: 700,000 and 120,000)
    pub const OFFER: Self = Self { values: MAX_OFFER_VALUES, containers: MAX_OFFER_CONTAINERS };
}

/// Reads one JSON text of at most `limit` bytes, strictly.
///
/// No duplicate names, no trailing text, at most [`MAX_JSON_DEPTH`] levels deep, whole numbers within ± (2^53 − 1) only,
/// and no more values than [`Budget::USUAL`].
///
/// # Errors
/// `too_large` for more than `limit` bytes, before anything is read, and for too many values or levels; `malformed.json`
/// otherwise.
///
/// Implements REQ-GEN-1 to REQ-GEN-6 and REQ-GEN-24 (`spec/text/README.md`).
pub fn parse_value(bytes: &[u8], limit: usize, at: &'static str) -> Result<Value, Fault> {
    parse_value_within(bytes, limit, Budget::USUAL, Numbers::Whole, at)
}

/// As [`parse_value`], with another rule for numbers.
///
/// # Errors
/// As [`parse_value`].
pub fn parse_value_with(
    bytes: &[u8],
    limit: usize,
    numbers: Numbers,
    at: &'static str,
) -> Result<Value, Fault> {
    parse_value_within(bytes, limit, Budget::USUAL, numbers, at)
}

/// Whether [`parse_value`] with this budget takes a text, of which nothing is kept.
///
/// # Errors
/// As [`parse_value`].
pub(crate) fn check_value(bytes: &[u8], limit: usize, budget: Budget, at: &'static str) -> Result<(), Fault> {
    let left = Cell::new(Left { budget, spent: false });
    let strict = Strict { depth: 0, left: &left, numbers: Numbers::Whole, text: bytes, keeps: false };
    read_strictly(strict, limit, at).map(drop)
}

/// As [`parse_value`], with another rule for numbers and another budget.
///
/// # Errors
/// As [`parse_value`].
pub fn parse_value_within(
    bytes: &[u8],
    limit: usize,
    budget: Budget,
    numbers: Numbers,
    at: &'static str,
) -> Result<Value, Fault> {
    let left = Cell::new(Left { budget, spent: false });
    read_strictly(Strict { depth: 0, left: &left, numbers, text: bytes, keeps: true }, limit, at)
}

fn read_strictly(strict: Strict<'_>, limit: usize, at: &'static str) -> Result<Value, Fault> {
    let Strict { left, text: bytes, .. } = strict;
    //= spec/text/README.md#REQ-GEN-6
    //# It MUST be compared before the object is read.
    if bytes.len() > limit {
        return refuse(Reason::TooLarge, at);
    }
    //= spec/text/README.md#REQ-GEN-1
    //# JSON from outside MUST be UTF-8 (RFC 3629) without a byte-order mark, and one JSON text (RFC 8259)
    //# after which nothing but white space follows.
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|_| Fault::new(if left.get().spent { Reason::TooLarge } else { Reason::MalformedJson }, at))
}

/// Reads one typed JSON object of at most `limit` bytes, written exactly as this crate writes it but for white space and
/// the order of members.
///
/// # Errors
/// As [`parse_value`], then as [`from_value_exact`].
///
/// Implements REQ-GEN-1 to REQ-GEN-9 (`spec/text/README.md`).
pub fn parse<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    limit: usize,
    at: &'static str,
) -> Result<T, Fault> {
    from_value_exact(parse_value(bytes, limit, at)?, at)
}

/// As [`parse`], with another budget of values.
///
/// # Errors
/// As [`parse`].
pub fn parse_within<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    limit: usize,
    budget: Budget,
    at: &'static str,
) -> Result<T, Fault> {
    from_value_exact(parse_value_within(bytes, limit, budget, Numbers::Whole, at)?, at)
}

/// Turns a JSON value that was read strictly into `T`.
///
/// # Errors
/// The code of the member whose type refused its value; `malformed` when the form is not that of `T`.
#[allow(clippy::needless_pass_by_value, reason = "a value is read once")]
pub fn from_value<T: DeserializeOwned>(value: Value, at: &'static str) -> Result<T, Fault> {
    T::deserialize(&value).map_err(|error| of_member(&error, at))
}

/// As [`from_value`], and nothing else than `T` itself would write: no null for what is absent, no array for an object.
///
/// # Errors
/// `unsupported.version` if it is refused and a `v` in it is not 0; else as [`from_value`], and `malformed` for another
/// writing.
///
/// Implements REQ-VERSION-2 and REQ-VERSION-5 (`spec/text/versions.md`); REQ-GEN-7 to REQ-GEN-10 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-7
//# An object MUST have the members that its page names, without those that are called optional, and no
//# others.
//= spec/text/README.md#REQ-GEN-8
//# A member MUST be exactly of the type that its page names, and of the form that this type has wherever else
//# it is described. `null` is no value of an optional member, an array no object, a text no number.
//= spec/text/versions.md#REQ-VERSION-2
//# readers refuse what they do not know
pub fn from_value_exact<T: DeserializeOwned + Serialize>(value: Value, at: &'static str) -> Result<T, Fault> {
    let read = T::deserialize(&value).map_err(|error| of_member(&error, at)).and_then(|read| {
        //= spec/text/README.md#REQ-GEN-9
        //# So, but for white space, the order of members and escapes in texts, an object has one text.
        let same = serde_json::to_value(&read).is_ok_and(|again| again == value);
        if same { Ok(read) } else { refuse(Reason::Malformed, at) }
    });
    // The members of another version may be of other forms, so that the version is what is wrong.
    //= spec/text/versions.md#REQ-VERSION-5
    //# A reader MUST look at the version before it judges the other members
    read.or_else(|fault| {
        if is_of_other_version(&value) { refuse(Reason::UnsupportedVersion, at) } else { Err(fault) }
    })
}

/// Reads a member that may be absent but is never `null`: whatever is there is read as `T`.
///
/// # Errors
/// Those of `T`.
///
/// Implements REQ-GEN-8 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-8
//# `null` is no value of an optional member
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Whether the object, or one within, states a version that is not ours. Depth is bounded by the reader.
///
/// Implements REQ-GEN-10 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-10
//# A reader MUST refuse an object whose version `v` it does not know; version 0 is the one described here.
pub(crate) fn is_of_other_version(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.get("v").and_then(Value::as_u64).is_some_and(|v| v != 0)
                || map.values().any(is_of_other_version)
        }
        Value::Array(list) => list.iter().any(is_of_other_version),
        _ => false,
    }
}

/// The fault of a member that refused its value, if its type said why; else the object does not have its form.
///
/// Through serde, a fault travels as its text. No other error begins like one: those of serde begin with fixed words, and what they
/// quote of a foreign text comes after.
fn of_member(error: &serde_json::Error, at: &'static str) -> Fault {
    let said = error.to_string();
    let stated = |reason: &&Reason| {
        said.strip_prefix(&reason.to_string())
            .is_some_and(|rest| rest.starts_with(" [") && rest.ends_with(']'))
    };
    Fault::new(Reason::ALL.iter().find(stated).copied().unwrap_or(Reason::Malformed), at)
}

/// Reads an object, and no array of its values in its place.
///
/// Implements REQ-GEN-8 (`spec/text/README.md`).
//= spec/text/README.md#REQ-GEN-8
//# an array no object, a text no number
pub(crate) fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(member: D) -> Result<T, D::Error> {
    let members = Map::deserialize(member)?;
    T::deserialize(Value::Object(members)).map_err(D::Error::custom)
}

/// JSON text of an object of this crate.
///
/// # Errors
/// `internal`, which the types of this crate do not cause.
pub fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|_| Fault::new(Reason::Internal, "json"))
}

/// Canonical JSON (RFC 8785) of an object of this crate.
///
/// # Errors
/// `internal`, which the types of this crate do not cause.
pub fn jcs<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| Fault::new(Reason::Internal, "jcs"))
}

/// What is left of a budget, and whether it ran out.
#[derive(Clone, Copy)]
struct Left {
    budget: Budget,
    spent: bool,
}

/// Builds a [`Value`], refusing duplicate names, deep nesting and too many values.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    left: &'a Cell<Left>,
    numbers: Numbers,
    /// What is being read.
    text: &'a [u8],
    /// Whether a value is built; else there are the names of an object while it is read, and nulls.
    keeps: bool,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend(|budget| &mut budget.values)?;
        deserializer.deserialize_any(self)
    }
}

impl Strict<'_> {
    //= spec/text/README.md#REQ-GEN-5
    //# A text MUST NOT hold more than 65,536 values, or 16,384 objects and arrays
    fn spend<E: serde::de::Error>(&self, of: impl Fn(&mut Budget) -> &mut usize) -> Result<(), E> {
        let mut left = self.left.get();
        let count = of(&mut left.budget);
        match count.checked_sub(1) {
            Some(fewer) => *count = fewer,
            None => left.spent = true,
        }
        self.left.set(left);
        if left.spent { Err(E::custom("too many values")) } else { Ok(()) }
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        self.spend(|budget| &mut budget.containers)?;
        //= spec/text/README.md#REQ-GEN-3
        //# Arrays and objects MUST NOT nest more than 16 deep; the outermost counts as one.
        if self.depth >= MAX_JSON_DEPTH {
            self.left.set(Left { spent: true, ..self.left.get() });
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// A number from its text, by the same rules as one that arrives read.
    fn number<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        if let Ok(v) = text.parse() {
            return self.visit_u64(v);
        }
        // As an integer, "-0" would lose its sign; it is a double wherever it is read.
        match text.parse() {
            Ok(v) if text != "-0" => self.visit_i64(v),
            _ => self.visit_f64(text.parse().map_err(|_| E::custom("not a number"))?),
        }
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    //= spec/text/README.md#REQ-GEN-4
    //# Numbers MUST be written without fraction and exponent and lie within ±(2^53 − 1)
    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Value, E> {
        if self.numbers == Numbers::Whole && v < -MAX_INTEGER {
            return Err(E::custom("not exact everywhere"));
        }
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Value, E> {
        if self.numbers == Numbers::Whole && !i64::try_from(v).is_ok_and(|v| v <= MAX_INTEGER) {
            return Err(E::custom("not exact everywhere"));
        }
        Ok(Value::Number(v.into()))
    }
    //= spec/text/README.md#REQ-GEN-4
    //# Numbers MUST be written without fraction and exponent
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        match Number::from_f64(v) {
            Some(number) if self.numbers == Numbers::Any => Ok(Value::Number(number)),
            _ => Err(E::custom("not exact everywhere")),
        }
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(if self.keeps { Value::String(v.to_owned()) } else { Value::Null })
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(if self.keeps { Value::String(v) } else { Value::Null })
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            if self.keeps {
                list.push(item);
            }
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut next = access.next_key_seed(Name { text: self.text })?;
        if matches!(next, Some(Key::Number)) {
            return self.number(&access.next_value::<String>()?);
        }
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(Key::Name(name)) = next {
            //= spec/text/README.md#REQ-GEN-2
            //# An object MUST NOT hold the same name twice, after unescaping.
            if map.contains_key(&name) {
                return Err(A::Error::custom("duplicate name"));
            }
            let value = access.next_value_seed(inner)?;
            map.insert(name, value);
            next = access.next_key_seed(Name { text: self.text })?;
        }
        Ok(if self.keeps { Value::Object(map) } else { Value::Null })
    }
}

/// What `serde_json` begins the names with by which it hands special values to itself.
const PRIVATE: &str = "$serde_json::private::";
/// The name under which it hands over a number as text, when any package of the build turns its feature `arbitrary_precision` on.
const PRIVATE_NUMBER: &str = "$serde_json::private::Number";

/// What stands before a value in a map.
enum Key {
    Name(String),
    /// No name at all: the one value of this map is the text of a number.
    Number,
}

/// Reads the name of a member.
///
/// Names that are private to `serde_json` are refused when they stand in the text, whatever its features: with them, its own
/// functions would take such an object for something else later on. Its own private name is known by where it lies: a
/// borrowed name that is part of the text lies within it.
struct Name<'a> {
    text: &'a [u8],
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_borrowed_str<E: serde::de::Error>(self, v: &'de str) -> Result<Key, E> {
        if v == PRIVATE_NUMBER && !self.text.as_ptr_range().contains(&v.as_ptr()) {
            return Ok(Key::Number);
        }
        self.visit_str(v)
    }
    fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Key, E> {
        //= spec/text/README.md#REQ-GEN-24
        //# A name MUST NOT begin with `$serde_json::private::`, after unescaping
        if v.starts_with(PRIVATE) { Err(E::custom("private name")) } else { Ok(Key::Name(v.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_json_refuses_what_readers_disagree_on() {
        let deep_ok = format!("{}1{}", "[".repeat(16), "]".repeat(16));
        let deep = format!("{}1{}", "[".repeat(17), "]".repeat(17));
        assert!(parse_value(deep_ok.as_bytes(), 100, "t").is_ok());
        for bad in
            [r#"{"a":1,"a":2}"#, r#"{"x":{"a":1,"\u0061":2}}"#, "{} {}", "[1,]", "\u{feff}{}", "NaN", ""]
        {
            let fault = parse_value(bad.as_bytes(), 100, "t").unwrap_err();
            assert_eq!(fault.reason(), Reason::MalformedJson, "{bad}");
        }
        assert_eq!(parse_value(deep.as_bytes(), 100, "t").unwrap_err().reason(), Reason::TooLarge);
        assert_eq!(parse_value(b"[1]", 2, "t").unwrap_err().reason(), Reason::TooLarge);
    }

    #[test]
    fn our_own_formats_hold_whole_numbers_only() {
        let read = |text: &str| parse_value(text.as_bytes(), 100, "t").map_err(|fault| fault.reason());
        for (text, value) in
            [("0", 0), ("9007199254740991", MAX_INTEGER), ("-9007199254740991", -MAX_INTEGER)]
        {
            assert_eq!(read(text), Ok(Value::from(value)));
        }
        for bad in [
            "1.0",
            "1e3",
            "-0",
            "0.5",
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551616",
            "1e400",
        ] {
            assert_eq!(read(bad), Err(Reason::MalformedJson), "{bad}");
        }
    }

    /// What holds whether or not another package of the build turns `serde_json/arbitrary_precision` on.
    #[test]
    fn numbers_of_others_are_read_as_they_are() {
        let read = |text: &str| {
            let value = parse_value_with(text.as_bytes(), 100, Numbers::Any, "t");
            value.map(|value| value.to_string()).map_err(|fault| fault.reason())
        };
        for (text, again) in [
            ("42", "42"),
            ("-7", "-7"),
            ("-0", "-0.0"),
            ("3.14", "3.14"),
            ("1.0", "1.0"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            (r#"{"a":[1,{"b":-2.5}]}"#, r#"{"a":[1,{"b":-2.5}]}"#),
        ] {
            assert_eq!(read(text).as_deref(), Ok(again), "{text}");
        }
        assert_eq!(read("18446744073709551616"), read("18446744073709551616.0"));
        for bad in
            ["1e400", "-1e400", "01", "+1", ".5", "1.", "0x1", "Infinity", r#"{"a":1.5,"a":1.5}"#, "[1.5"]
        {
            assert_eq!(read(bad), Err(Reason::MalformedJson), "{bad}");
        }
    }

    #[test]
    fn no_object_passes_for_a_number() {
        for name in [
            "$serde_json::private::Number",
            r"\u0024serde_json::private::Number",
            "$serde_json::private::RawValue",
        ] {
            for text in [
                format!(r#"{{"{name}":"1"}}"#),
                format!(r#"[{{"{name}":"1"}}]"#),
                format!(r#"{{"a":1,"{name}":"1"}}"#),
            ] {
                for numbers in [Numbers::Whole, Numbers::Any] {
                    let fault = parse_value_with(text.as_bytes(), 100, numbers, "t").unwrap_err();
                    assert_eq!(fault.reason(), Reason::MalformedJson, "{text}");
                }
            }
        }
    }

    #[test]
    fn a20_many_small_values_are_refused_before_they_fill_memory() {
        for unit in [r#"{"":0},"#, "0,", "[],"] {
            let text = format!("[{}0]", unit.repeat(MAX_JSON_VALUES));
            assert_eq!(parse_value(text.as_bytes(), text.len(), "t").unwrap_err().reason(), Reason::TooLarge);
        }
    }

    //= spec/text/versions.md#REQ-VERSION-2
    //= type=test
    //# A change MUST NOT make an optional member of an object of the same version, because readers refuse
    //# what they do not know.
    #[test]
    fn an_object_has_one_form() {
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            n: u8,
        }
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            inner: Inner,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            more: Option<u8>,
        }
        let read = |text: &str| parse::<Outer>(text.as_bytes(), 100, "t").map_err(|fault| fault.reason());
        assert_eq!(
            read(r#" {"more": 2, "inner": {"n": 1}} "#),
            Ok(Outer { inner: Inner { n: 1 }, more: Some(2) })
        );
        for bad in [
            r#"[{"n":1},2]"#,
            r#"{"inner":[1]}"#,
            r#"{"inner":{"n":1},"more":null}"#,
            r#"{"inner":{"n":1},"x":1}"#,
        ] {
            assert_eq!(read(bad), Err(Reason::Malformed), "{bad}");
        }
    }

    #[test]
    fn another_version_is_said_before_anything_else() {
        let read =
            |text: &str| parse::<crate::ledger::Entry>(text.as_bytes(), 1000, "t").unwrap_err().reason();
        let other = r#"{"v":1,"ledger":"u","index":0,"kind":"binding","salt":5}"#;
        assert_eq!(read(other), Reason::UnsupportedVersion);
        assert_eq!(read(&other.replace(r#""v":1"#, r#""v":0"#)), Reason::Malformed);
        assert_eq!(read(r#"{"v":99999}"#), Reason::UnsupportedVersion);
    }

    #[test]
    fn base64url_has_one_text_for_each_value() {
        assert_eq!(unb64("AQ", "t").unwrap(), [1]);
        for bad in ["AR", "AQ==", "A", "A+", "A/", " AQ"] {
            assert!(unb64(bad, "t").is_err(), "{bad}");
        }
        assert_eq!(unmulti(&multi([1, 2]), "t").unwrap(), [1, 2]);
        assert!(unmulti("zAQ", "t").is_err());
    }

    #[test]
    fn of_another_version_nothing_else_is_judged() {
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Timed {
            v: u8,
            at: crate::time::Timestamp,
        }
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Outer {
            timed: Timed,
        }
        let read = |text: &str| parse::<Timed>(text.as_bytes(), 100, "t").unwrap_err().reason();
        assert_eq!(read(r#"{"v":0,"at":"noon"}"#), Reason::MalformedTime);
        for other in [r#"{"v":1,"at":"noon"}"#, r#"{"v":1}"#, r#"{"v":300,"at":-1,"more":null}"#] {
            assert_eq!(read(other), Reason::UnsupportedVersion, "{other}");
            let within = format!(r#"{{"timed":{other}}}"#);
            let fault = parse::<Outer>(within.as_bytes(), 100, "t").unwrap_err();
            assert_eq!(fault.reason(), Reason::UnsupportedVersion, "{within}");
        }
    }
}
