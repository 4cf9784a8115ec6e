//! Lists of tags, as DKIM writes signatures and keys (RFC 6376 §3.2), read strictly.

/// Tags by name, each once.
#[derive(Debug)]
pub(super) struct Tags<'a> {
    tags: Vec<(&'a str, &'a str)>,
    /// Where the value of `b` stands in the text.
    signature: Option<(usize, usize)>,
}

impl<'a> Tags<'a> {
    /// Reads a list; none if it is not one, or a name stands twice.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let (mut at, mut signature) = (0, None);
        let mut pieces = text.split(';').peekable();
        while let Some(piece) = pieces.next() {
            let here = at;
            at += piece.len() + 1;
            if piece.trim().is_empty() {
                // One semicolon may end the list; an empty tag in the middle is none.
                if pieces.peek().is_none() && !tags.is_empty() { break } else { return None }
            }
            let (name, value) = piece.split_once('=')?;
            let begins = here + name.len() + 1;
            let (name, value) = (name.trim(), value.trim());
            let is_name = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            let is_value = value.bytes().all(|b| matches!(b, 0x21..=0x7e | b' ' | b'\t' | b'\r' | b'\n'));
            if !is_name || !is_value || tags.iter().any(|(other, _)| *other == name) {
                return None;
            }
            if name == "b" {
                signature = Some((begins, here + piece.len()));
            }
            tags.push((name, value));
        }
        Some(Self { tags, signature })
    }

    /// The value of a tag, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.tags.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The name of the first tag.
    pub(super) fn first(&self) -> Option<&'a str> {
        self.tags.first().map(|(name, _)| *name)
    }

    /// From where to where the value of `b` stands.
    pub(super) const fn signature(&self) -> Option<(usize, usize)> {
        self.signature
    }
}

/// The items of a list with colons, in lower case.
pub(super) fn items(value: &str) -> Vec<String> {
    value.split(':').map(|item| item.trim().to_ascii_lowercase()).collect()
}

/// A whole number of at most twelve digits.
pub(super) fn number(value: &str) -> Option<i64> {
    let is = (1..=12).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    if is { value.parse().ok() } else { None }
}
