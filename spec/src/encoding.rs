//! Strict JSON, canonical JSON and base64url: one way to write each value, everything else refused.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits::MAX_JSON_DEPTH;
use crate::reason::{Fault, Reason, refuse};

/// Largest integer that every reader of JSON takes for the same (RFC 7493 §2.2): 2^53 − 1.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Base64url without padding (RFC 4648 §5).
#[must_use]
pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes canonical base64url without padding.
///
/// # Errors
/// `malformed.base64url` for padding, foreign characters or set trailing bits.
pub fn unb64(text: &str, at: &'static str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::new(Reason::MalformedBase64, at))
}

/// Multibase text (`u`, base64url without padding) for hashes, keys and proofs outside JOSE members.
#[must_use]
pub fn multi(bytes: impl AsRef<[u8]>) -> String {
    multibase::encode(multibase::Base::Base64Url, bytes)
}

/// Decodes multibase text; only the base that [`multi`] writes is taken, so that each value has one text.
///
/// # Errors
/// `malformed.base64url` for other bases or non-canonical text.
pub fn unmulti(text: &str, at: &'static str) -> Result<Vec<u8>, Fault> {
    match text.strip_prefix('u') {
        Some(rest) => unb64(rest, at),
        None => refuse(Reason::MalformedBase64, at),
    }
}

/// Reads one JSON text of at most `limit` bytes: no duplicate names, no trailing text, at most 16 levels deep,
/// integers within ± (2^53 − 1).
///
/// # Errors
/// `too_large` before anything is read; `malformed.json` otherwise.
pub fn parse_value(bytes: &[u8], limit: usize, at: &'static str) -> Result<Value, Fault> {
    if bytes.len() > limit {
        return refuse(Reason::TooLarge, at);
    }
    let bad = |_| Fault::new(Reason::MalformedJson, at);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(bad)?;
    reader.end().map_err(bad)?;
    Ok(value)
}

/// Reads one typed JSON object as [`parse_value`] does.
///
/// # Errors
/// As [`parse_value`]; `malformed` when the form is not `T`'s.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], limit: usize, at: &'static str) -> Result<T, Fault> {
    from_value(parse_value(bytes, limit, at)?, at)
}

/// Turns a JSON value that was read strictly into `T`.
///
/// # Errors
/// `malformed` when the form is not `T`'s.
pub fn from_value<T: DeserializeOwned>(value: Value, at: &'static str) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|_| Fault::new(Reason::Malformed, at))
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

/// Builds a [`Value`], refusing duplicate names and deep nesting.
struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.depth >= MAX_JSON_DEPTH { Err(E::custom("too deep")) } else { Ok(self.depth + 1) }
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Value, E> {
        if v < -MAX_INTEGER { Err(E::custom("not exact everywhere")) } else { Ok(Value::Number(v.into())) }
    }
    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Value, E> {
        let exact = i64::try_from(v).is_ok_and(|v| v <= MAX_INTEGER);
        if exact { Ok(Value::Number(v.into())) } else { Err(E::custom("not exact everywhere")) }
    }
    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict { depth })? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom("duplicate name"));
            }
            let value = access.next_value_seed(Strict { depth })?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
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
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "{} {}",
            "[1,]",
            "\u{feff}{}",
            "NaN",
            &deep,
            "",
        ] {
            let fault = parse_value(bad.as_bytes(), 100, "t").unwrap_err();
            assert_eq!(fault.reason(), Reason::MalformedJson, "{bad}");
        }
        assert_eq!(parse_value(b"[1]", 2, "t").unwrap_err().reason(), Reason::TooLarge);
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
}
