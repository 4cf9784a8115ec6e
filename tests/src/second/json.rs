//! JSON as RFC 8259 has it, with what a parser usually forgives: double names, depth, trailing text.

use serde_json::Value;

/// How deep arrays and objects may nest.
const DEPTH: usize = 16;

/// Reads one JSON text, or nothing if it is not strict JSON.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let text: Vec<char> = std::str::from_utf8(bytes).ok()?.chars().collect();
    let mut scanner = Scanner { text, at: 0 };
    scanner.value(0)?;
    scanner.space();
    if scanner.at != scanner.text.len() {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

/// How deep this value nests; 0 for a number, text, `true`, `false` or `null`.
pub(super) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// True if a value nests no deeper than is allowed.
pub(super) fn shallow(value: &Value) -> bool {
    depth(value) <= DEPTH
}

/// Base64url without padding (RFC 4648 §5), one text for each value; nothing if it is not that.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let mut waiting: u32 = 0;
    let mut bits = 0;
    for character in text.bytes() {
        let six = ALPHABET.iter().position(|known| *known == character)?;
        waiting = waiting * 64 + six as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((waiting >> bits) as u8);
            waiting %= 1 << bits;
        }
    }
    // What is left over is less than a whole character, and no bit of it is set.
    if bits == 6 || waiting != 0 { None } else { Some(bytes) }
}

struct Scanner {
    text: Vec<char>,
    at: usize,
}

impl Scanner {
    fn next(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let taken = self.next()?;
        self.at += 1;
        Some(taken)
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        if self.take()? == wanted { Some(()) } else { None }
    }

    fn space(&mut self) {
        while matches!(self.next(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    /// Passes over one value that stands inside `around` arrays and objects.
    fn value(&mut self, around: usize) -> Option<()> {
        self.space();
        match self.next()? {
            '{' if around < DEPTH => self.object(around + 1),
            '[' if around < DEPTH => self.array(around + 1),
            '"' => self.string().map(|_| ()),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            '-' | '0'..='9' => self.number(),
            _ => None,
        }
    }

    fn object(&mut self, around: usize) -> Option<()> {
        let mut names: Vec<String> = Vec::new();
        self.expect('{')?;
        self.space();
        if self.next()? == '}' {
            return self.expect('}');
        }
        loop {
            self.space();
            let name = self.string()?;
            if names.contains(&name) {
                return None;
            }
            names.push(name);
            self.space();
            self.expect(':')?;
            self.value(around)?;
            self.space();
            match self.take()? {
                ',' => {}
                '}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn array(&mut self, around: usize) -> Option<()> {
        self.expect('[')?;
        self.space();
        if self.next()? == ']' {
            return self.expect(']');
        }
        loop {
            self.value(around)?;
            self.space();
            match self.take()? {
                ',' => {}
                ']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        for character in word.chars() {
            self.expect(character)?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        if !self.take()?.is_ascii_digit() {
            return None;
        }
        while matches!(self.next(), Some('0'..='9')) {
            self.at += 1;
        }
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.next()? == '-' {
            self.at += 1;
        }
        if self.next()? == '0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.next() == Some('.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.next(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.next(), Some('+' | '-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.take()? {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                character if character < ' ' => return None,
                character => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.take()? {
            '"' => '"',
            '\\' => '\\',
            '/' => '/',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.four_digits()?;
                if (0xd800..0xdc00).contains(&first) {
                    // The first half of a pair; the second must follow.
                    self.expect('\\')?;
                    self.expect('u')?;
                    let second = self.four_digits()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return None;
                    }
                    char::from_u32(0x10000 + (first - 0xd800) * 0x400 + (second - 0xdc00))?
                } else {
                    // A second half alone is no character.
                    char::from_u32(first)?
                }
            }
            _ => return None,
        })
    }

    fn four_digits(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + self.take()?.to_digit(16)?;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_names_depth_and_trailing_text_are_refused() {
        for good in [
            "{}",
            " [1, -0.5e+3, \"\\ud83d\\ude00\"] ",
            r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#,
            "0",
            "\"\u{7f}\"",
        ] {
            assert!(read(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "\u{feff}{}",
            "{} {}",
            "{}]",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"b":{"a":1,"b":2,"a":3}}]"#,
            "[1,]",
            "[01]",
            "[1.]",
            "[+1]",
            "[.5]",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\x\"",
            "\"\n\"",
            "nul",
            "{\"a\"}",
            "\u{a0}1",
        ] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(read(b"\"\xff\"").is_none());
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(depth(&read(nested(16).as_bytes()).unwrap()), 16);
        assert!(read(nested(17).as_bytes()).is_none());
    }

    #[test]
    fn base64url_has_one_text_for_each_value() {
        assert_eq!(base64url("").unwrap(), b"");
        assert_eq!(base64url("-_8").unwrap(), [0xfb, 0xff]);
        assert_eq!(base64url("Zm9v").unwrap(), b"foo");
        for bad in ["-_9", "-_8=", "Z", "Zm9vY", "Zm+v", "Zm9 ", "Zh"] {
            assert!(base64url(bad).is_none(), "{bad}");
        }
    }
}
