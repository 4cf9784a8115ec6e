//! A lenient reader of JSON: members in the order in which they stand, numbers as they are written, and of a broken text
//! whatever comes before the break.
//!
//! What is short becomes a tree; what is long stays as it stands, and its members are read one after the other while they are shown.
//! So what is held does not grow with what is looked at.

use core::ops::ControlFlow;
use std::borrow::Cow;

use serde_json::{Map, Value};

/// Deepest nesting that is shown; the formats allow 16.
const MAX_DEPTH: usize = 64;
/// Most values that are read into a tree; the claims of a credential or record at its bound, of 24 KiB, have fewer.
const MAX_NODES: usize = 8192;
/// Most bytes that a tree holds of texts with escapes. Others are not copied.
const MAX_UNESCAPED: usize = 512 * 1024;

/// A JSON value as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(&'a str),
    /// A text, unescaped.
    Text(Cow<'a, str>),
    /// An array, and how it is written.
    List(Vec<Self>, &'a [u8]),
    /// An object, and how it is written; names may repeat.
    Object(Vec<(Cow<'a, str>, Self)>, &'a [u8]),
    /// An array or object that is longer than is held.
    Long(Long<'a>),
}

/// An array or object of which nothing was kept but how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Long<'a> {
    raw: &'a [u8],
    count: usize,
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
pub(super) fn read(bytes: &[u8]) -> (Option<Node<'_>>, Option<Broken>) {
    let mut reader = Reader::new(bytes, None);
    let node = reader.outermost();
    reader.skip_space();
    if reader.at < reader.bytes.len() {
        reader.breaks("nothing after the value");
    }
    (node, reader.broken)
}

/// Of an object those members that `names` has, and of these again those, two levels deep; of an array the first item. So what a text of
/// any length is can be told.
pub(super) fn sketch<'a>(bytes: &'a [u8], names: &[&str]) -> Option<Node<'a>> {
    Reader::new(bytes, Some(names)).value(0)
}

impl<'a> Long<'a> {
    /// How it is written.
    pub(super) const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// How many members or items it has.
    pub(super) const fn count(self) -> usize {
        self.count
    }

    /// Whether it is an object.
    pub(super) fn is_object(self) -> bool {
        self.raw.starts_with(b"{")
    }

    /// Reads its members or items one after the other, for as long as `each` goes on; an item has an empty name.
    pub(super) fn each(self, mut each: impl FnMut(Cow<'a, str>, &Node<'a>) -> ControlFlow<()>) {
        let mut reader = Reader::new(self.raw, None);
        reader.at = 1;
        let end = if self.is_object() { b'}' } else { b']' };
        if reader.takes(end) {
            return;
        }
        loop {
            let name = if self.is_object() { reader.name() } else { Some(Cow::Borrowed("")) };
            let Some(name) = name else { return };
            let node = reader.outermost();
            if node.is_some_and(|node| each(name, &node).is_break())
                || reader.broken.is_some()
                || !reader.takes(b',')
            {
                return;
            }
        }
    }
}

impl<'a> Node<'a> {
    /// The member of that name; the last one, if it stands there more than once.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members, _) => members.iter().rev().find(|(n, _)| n == name).map(|(_, node)| node),
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
            Self::List(items, _) => items,
            _ => &[],
        }
    }

    /// How an array or object is written.
    pub(super) fn raw(&self) -> &'a [u8] {
        match self {
            Self::List(_, raw) | Self::Object(_, raw) => raw,
            Self::Long(long) => long.raw,
            _ => &[],
        }
    }

    /// The same value for other readers; of a name that stands there twice, the last. Nothing of what is long.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null | Self::Long(_) => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String((*text).to_owned()))
            }
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(items, _) => Value::Array(items.iter().map(Self::value).collect()),
            Self::Object(members, _) => Value::Object(
                members
                    .iter()
                    .map(|(name, node)| (name.clone().into_owned(), node.value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value as JSON text on one line; numbers as they were written.
    pub(super) fn json(&self) -> String {
        match self {
            Self::Number(text) => (*text).to_owned(),
            Self::Text(text) => json_of(text),
            _ => self.value().to_string(),
        }
    }
}

/// A text as JSON.
pub(super) fn json_of(text: &str) -> String {
    // A text is always written.
    serde_json::to_string(text).unwrap_or_default()
}

struct Reader<'a, 'n> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
    unescaped: usize,
    /// Whether what is read is kept; not once there is too much of it.
    keeps: bool,
    /// The names of a sketch.
    sketch: Option<&'n [&'n str]>,
    broken: Option<Broken>,
}

impl<'a, 'n> Reader<'a, 'n> {
    fn new(bytes: &'a [u8], sketch: Option<&'n [&'n str]>) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let left = MAX_NODES;
        Self { bytes, at: 0, left, unescaped: MAX_UNESCAPED, keeps: true, sketch, broken: None }
    }

    /// A value, as a tree if it is short.
    fn outermost(&mut self) -> Option<Node<'a>> {
        (self.left, self.unescaped, self.keeps) = (MAX_NODES, MAX_UNESCAPED, true);
        self.skip_space();
        let start = self.at;
        let mut count = 0;
        let node = match self.peek() {
            Some(b'{') => self.object(0, &mut count),
            Some(b'[') => self.list(0, &mut count),
            _ => return self.value(0),
        };
        if self.keeps {
            return Some(node);
        }
        let raw = self.bytes.get(start..self.at).unwrap_or_default();
        Some(Node::Long(Long { raw, count }))
    }

    fn spend(&mut self, values: usize, unescaped: usize) {
        match (self.left.checked_sub(values), self.unescaped.checked_sub(unescaped)) {
            (Some(left), Some(more)) => (self.left, self.unescaped) = (left, more),
            _ => self.keeps = self.sketch.is_some(),
        }
    }

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

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        self.skip_space();
        self.spend(1, 0);
        if depth > MAX_DEPTH {
            self.breaks("less nesting");
            return None;
        }
        match self.peek() {
            Some(b'{') => Some(self.object(depth, &mut 0)),
            Some(b'[') => Some(self.list(depth, &mut 0)),
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

    /// A name and its colon.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        self.skip_space();
        let name = if self.peek() == Some(b'"') { self.text() } else { None };
        if name.is_none() {
            self.breaks("a name");
        } else if !self.takes(b':') {
            self.breaks("a colon");
            return None;
        }
        name
    }

    fn object(&mut self, depth: usize, count: &mut usize) -> Node<'a> {
        let start = self.at;
        self.at += 1;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        if !self.takes(b'}') {
            while let Some(name) = self.name() {
                if let Some(node) = self.value(depth + 1) {
                    *count += 1;
                    match self.sketch {
                        None if self.keeps => members.push((name, node)),
                        None => members = Vec::new(),
                        Some(names) if depth < 2 && names.contains(&&*name) => {
                            members.retain(|(before, _)| *before != name);
                            members.push((name, node));
                        }
                        Some(_) => {}
                    }
                }
                if self.broken.is_some() || self.takes(b'}') {
                    break;
                }
                if !self.takes(b',') {
                    self.breaks("a comma or the object's end");
                    break;
                }
            }
        }
        members.shrink_to_fit();
        Node::Object(members, self.bytes.get(start..self.at).unwrap_or_default())
    }

    fn list(&mut self, depth: usize, count: &mut usize) -> Node<'a> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if !self.takes(b']') {
            loop {
                if let Some(node) = self.value(depth + 1) {
                    *count += 1;
                    match self.sketch {
                        None if self.keeps => items.push(node),
                        None => items = Vec::new(),
                        Some(_) if items.is_empty() => items.push(node),
                        Some(_) => {}
                    }
                }
                if self.broken.is_some() || self.takes(b']') {
                    break;
                }
                if !self.takes(b',') {
                    self.breaks("a comma or the array's end");
                    break;
                }
            }
        }
        items.shrink_to_fit();
        Node::List(items, self.bytes.get(start..self.at).unwrap_or_default())
    }

    fn text(&mut self) -> Option<Cow<'a, str>> {
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
        // One without escapes is lent.
        let read = serde_json::from_slice::<&str>(quoted)
            .map(Cow::Borrowed)
            .or_else(|_| serde_json::from_slice::<String>(quoted).map(Cow::Owned));
        match read {
            Ok(text) => {
                self.at = start + end + 2;
                if matches!(text, Cow::Owned(_)) {
                    self.spend(0, text.len());
                }
                Some(text)
            }
            Err(_) => {
                self.breaks("a text of UTF-8 with the escapes of JSON");
                None
            }
        }
    }

    fn number(&mut self) -> Option<Node<'a>> {
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
        Some(Node::Number(text))
    }
}
