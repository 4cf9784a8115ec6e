//! A lenient reader of JSON: members in the order in which they stand, numbers as they are written, and of a broken text
//! whatever comes before the break.

use serde_json::{Map, Value};

/// Deepest nesting that is shown; the formats allow 16.
const MAX_DEPTH: usize = 64;
/// Most values that are shown; an offer at its bounds has fewer.
const MAX_NODES: usize = 1_000_000;

/// A JSON value as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text, unescaped.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// An object; names may repeat.
    Object(Vec<(String, Node)>),
}

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Broken {
    /// Offset, in bytes.
    pub(super) at: usize,
    /// What was expected.
    pub(super) what: &'static str,
}

/// Reads as much as can be read.
pub(super) fn read(bytes: &[u8]) -> (Option<Node>, Option<Broken>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader { bytes, at: 0, left: MAX_NODES, broken: None };
    let node = reader.value(0);
    reader.skip_space();
    if reader.at < bytes.len() {
        reader.breaks("nothing after the value");
    }
    (node, reader.broken)
}

impl Node {
    /// The member of that name; the last one, if it stands there more than once.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(n, _)| n == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// As [`Node::get`], along a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number that it is.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The same value for other readers; of a name that stands there twice, the last.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Self::Object(members) => Value::Object(
                members.iter().map(|(name, node)| (name.clone(), node.value())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value as JSON text on one line; numbers as they were written.
    pub(super) fn json(&self) -> String {
        match self {
            Self::Number(text) => text.clone(),
            Self::Text(text) => Value::String(text.clone()).to_string(),
            _ => self.value().to_string(),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
    broken: Option<Broken>,
}

impl Reader<'_> {
    fn breaks(&mut self, what: &'static str) {
        if self.broken.is_none() {
            self.broken = Some(Broken { at: self.at, what });
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.skip_space();
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => {
                self.breaks("fewer values");
                return None;
            }
        }
        if depth > MAX_DEPTH {
            self.breaks("less nesting");
            return None;
        }
        match self.peek() {
            Some(b'{') => Some(self.object(depth)),
            Some(b'[') => Some(self.list(depth)),
            Some(b'"') => self.text().map(Node::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, node) in
                    [("null", Node::Null), ("true", Node::Bool(true)), ("false", Node::Bool(false))]
                {
                    if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
                        self.at += word.len();
                        return Some(node);
                    }
                }
                self.breaks("a value");
                None
            }
        }
    }

    fn object(&mut self, depth: usize) -> Node {
        self.at += 1;
        let mut members = Vec::new();
        if self.takes(b'}') {
            return Node::Object(members);
        }
        loop {
            self.skip_space();
            let name = if self.peek() == Some(b'"') { self.text() } else { None };
            let Some(name) = name else {
                self.breaks("a name");
                break;
            };
            if !self.takes(b':') {
                self.breaks("a colon");
                break;
            }
            if let Some(node) = self.value(depth + 1) {
                members.push((name, node));
            }
            if self.broken.is_some() || self.takes(b'}') {
                break;
            }
            if !self.takes(b',') {
                self.breaks("a comma or the object's end");
                break;
            }
        }
        Node::Object(members)
    }

    fn list(&mut self, depth: usize) -> Node {
        self.at += 1;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Node::List(items);
        }
        loop {
            items.extend(self.value(depth + 1));
            if self.broken.is_some() || self.takes(b']') {
                break;
            }
            if !self.takes(b',') {
                self.breaks("a comma or the array's end");
                break;
            }
        }
        Node::List(items)
    }

    fn text(&mut self) -> Option<String> {
        let start = self.at;
        let rest = self.bytes.get(start + 1..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            self.breaks("the end of a text");
            return None;
        };
        let quoted = self.bytes.get(start..start + end + 2).unwrap_or_default();
        match serde_json::from_slice::<String>(quoted) {
            Ok(text) => {
                self.at = start + end + 2;
                Some(text)
            }
            Err(_) => {
                self.breaks("a text of UTF-8 with the escapes of JSON");
                None
            }
        }
    }

    fn number(&mut self) -> Option<Node> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|b| !matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let text = rest.get(..length).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default();
        // A number may be wider than any type: what matters is only that it is written as one.
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
            self.breaks("a number");
            return None;
        }
        self.at += length;
        Some(Node::Number(text.to_owned()))
    }
}
