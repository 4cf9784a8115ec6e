//! Text for a terminal: foreign words made safe, lines that fit, bars that carry their figures.

use faam_spec::name;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width for which text is laid out when nothing else is known, in columns.
pub const WIDTH: usize = 80;

/// Foreign text for a terminal: nothing invisible, and a note where letters of several alphabets look alike (A68).
//= spec/text/README.md#REQ-GEN-22
//# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
#[must_use]
pub fn foreign(text: &str, limit: usize) -> String {
    let shown = name::shown(text, limit);
    match text.split(|c: char| !c.is_alphanumeric()).find_map(mixed_letter) {
        Some(letter) => format!("{shown} [mixes alphabets: U+{:04X}]", u32::from(letter)),
        None => shown,
    }
}

/// The first letter of a word that is mixed from Latin letters and ones that look like them.
fn mixed_letter(word: &str) -> Option<char> {
    let latin = word.chars().any(|c| c.is_ascii_alphabetic());
    word.chars().find(|c| latin && looks_latin(*c))
}

fn looks_latin(c: char) -> bool {
    matches!(u32::from(c),
        0x370..=0x3ff | 0x400..=0x58f | 0x13a0..=0x13ff | 0xa4d0..=0xa4ff | 0xff01..=0xff5e | 0x1d400..=0x1d7ff)
}

/// `text` in lines of at most `width` columns, each begun with `indent` spaces; words longer than a line are broken.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(8);
    let margin = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace().flat_map(|word| pieces(word, room)) {
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| format!("{margin}{line}")).collect::<Vec<_>>().join("\n")
}

/// As [`wrap`], with a mark before the first line and the others under its text.
#[must_use]
pub fn bullet(mark: &str, text: &str, width: usize, indent: usize) -> String {
    let hang = indent + mark.width() + 1;
    let body = wrap(text, width, hang);
    let margin = " ".repeat(hang);
    format!("{}{mark} {}", " ".repeat(indent), body.strip_prefix(&margin).unwrap_or(&body))
}

/// `text` with each line that is wider than `width` columns broken between words, and what follows under where the line began. A word that is
/// wider stays whole, because it is a path, a link or a digest that somebody copies. What colours it has no width.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| fit_line(line, width));
    lines.collect::<Vec<_>>().join("\n")
}

fn fit_line(line: &str, width: usize) -> String {
    if shown_width(line) <= width {
        return line.to_owned();
    }
    let begun = line.len() - line.trim_start_matches(' ').len();
    // A deep margin leaves no room for words.
    let margin = " ".repeat(begun.min(width / 2));
    let mut lines = vec![margin.clone()];
    for word in line.split_ascii_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        let empty = last.trim_end().is_empty();
        if !empty && shown_width(last) + 1 + shown_width(word) > width {
            lines.push(format!("{margin}{word}"));
        } else {
            last.push_str(if empty { "" } else { " " });
            last.push_str(word);
        }
    }
    lines.join("\n")
}

/// Columns of a text, without the control sequences that colour it.
fn shown_width(text: &str) -> usize {
    let mut width = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        width += before.width();
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    width + rest.width()
}

fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut width = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if width + wide > room && !piece.is_empty() {
            out.push(std::mem::take(&mut piece));
            width = 0;
        }
        piece.push(c);
        width += wide;
    }
    out.push(piece);
    out
}

/// A bar of at most `room` columns for `part` of `whole`; something that is there is never drawn as nothing.
#[must_use]
pub fn bar(part: u64, whole: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if whole == 0 || part == 0 {
        return String::new();
    }
    let room = u64::try_from(room).unwrap_or(0);
    let eighths = u128::from(part.min(whole)) * u128::from(room) * 8 / u128::from(whole);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(1);
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// A DID for a list, its middle left out; the whole is in JSON and in consent.
#[must_use]
pub fn short_did(did: &faam_spec::did::Did) -> String {
    short(did.as_str())
}

/// A verifier as [`short_did`], or whole up to 80 bytes where it is named otherwise.
#[must_use]
pub fn short_name(client: &faam_spec::client::Client) -> String {
    match client.kind() {
        faam_spec::client::ClientKind::Host(_) => foreign(client.as_str(), 80),
        _ => short(client.as_str()),
    }
}

fn short(text: &str) -> String {
    match (text.get(..16), text.len().checked_sub(6).and_then(|from| text.get(from..))) {
        (Some(start), Some(end)) if text.len() > 28 => format!("{start}…{end}"),
        _ => text.to_owned(),
    }
}

/// `text` and spaces up to `width` columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// `text` up to `width` columns; where something had to go, the last of them says so.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// A count with the word for it: `1 rating`, `2 ratings`.
#[must_use]
pub fn count(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// The number of an entry for people, who count from 1; JSON has its index, which counts from 0.
#[must_use]
pub fn number(index: u64) -> String {
    format!("no. {}", index.saturating_add(1))
}

/// As [`number`], of several, the first few in full.
#[must_use]
pub fn numbers(indices: &[u64]) -> String {
    const LISTED: usize = 12;
    let mut list: Vec<String> =
        indices.iter().take(LISTED).map(|index| index.saturating_add(1).to_string()).collect();
    if let Some(more @ 1..) = indices.len().checked_sub(LISTED) {
        list.push(format!("… ({more} more)"));
    }
    format!("no. {}", list.join(", "))
}

/// A link as it was pasted: without the space, line breaks and quotation marks that copying put around or into it.
///
/// Nothing else is taken away, so that a link that is wrong stays wrong.
#[must_use]
pub fn pasted(link: &str) -> String {
    let is_mark = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\'' | '"'
                    | '`'
                    | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '’'
                    | '‚'
                    | '«'
                    | '»'
                    | '‹'
                    | '›'
                    | '<'
                    | '>'
            )
    };
    link.trim_matches(is_mark).split_whitespace().collect()
}

/// Percent of a whole, rounded half up; 0 of nothing.
#[must_use]
pub fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from((u128::from(part) * 200 + u128::from(whole)) / (u128::from(whole) * 2)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a68_foreign_text_is_shown_as_it_is() {
        assert_eq!(foreign("a\u{1b}[2Jb\u{202e}", 99), "a\\u{1b}[2Jb\\u{202e}");
        assert_eq!(foreign("p\u{430}ypal", 99), "p\u{430}ypal [mixes alphabets: U+0430]");
        assert_eq!(foreign("Київ market", 99), "Київ market", "one alphabet in a word is nothing special");
        let json = name::safe_json("{\"a\":\"\u{202e}é\u{e0041}\"}");
        assert_eq!(json, "{\"a\":\"\\u202eé\\udb40\\udc41\"}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["a"], "\u{202e}é\u{e0041}");
    }

    #[test]
    fn a70_a_pasted_link_loses_what_copying_added_and_nothing_else() {
        let link = "faam:present?v=0&peer=12D3&exp=5";
        for pasted_so in [
            link.to_owned(),
            format!("  {link}\n"),
            format!("‹{link}›"),
            format!(" \"<{link}>\" "),
            format!("“{link}”"),
            "faam:present?v=0\n  &peer=12D3\r\n&exp=5".to_owned(),
        ] {
            assert_eq!(pasted(&pasted_so), link, "{pasted_so:?}");
        }
        for wrong in [
            "faam:pre<sent?v=0",
            "faam:present?v=0\u{200b}",
            "(faam:present)",
            "faam:present?v=0#",
            "\u{1b}faam:",
        ] {
            assert_eq!(pasted(wrong), wrong);
        }
    }

    #[test]
    fn people_count_from_one() {
        assert_eq!((number(0).as_str(), numbers(&[194, 0]).as_str()), ("no. 1", "no. 195, 1"));
        let many: Vec<u64> = (0..195).collect();
        assert_eq!(numbers(&many), "no. 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (183 more)");
        assert_eq!(numbers(&many[..12]), "no. 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12");
    }

    #[test]
    fn lines_fit() {
        let text = wrap("one two three 四四四四四四四四四四 fiveandveryverylongindeed", 20, 4);
        assert!(text.lines().all(|line| line.width() <= 20 && line.starts_with("    ")), "{text}");
        assert_eq!(bullet("*", "one two three four", 12, 1), " * one two\n   three\n   four");
        assert_eq!(wrap("", 10, 2), "");
    }

    #[test]
    fn lines_are_fitted_without_breaking_words() {
        assert_eq!(fit("one two three", 20), "one two three");
        assert_eq!(fit("  one two three\nfour", 9), "  one two\n  three\nfour");
        assert_eq!(fit("see /a/very/long/path/indeed now", 12), "see\n/a/very/long/path/indeed\nnow");
        let bold = "\u{1b}[1mone two\u{1b}[0m";
        assert_eq!(fit(bold, 7), bold, "colour has no width");
        assert_eq!(
            fit("                    deep words here", 16),
            "        deep\n        words\n        here"
        );
        assert_eq!(fit("", 10), "");
    }

    #[test]
    fn what_does_not_fit_is_cut_and_says_so() {
        assert_eq!((cut("four", 4).as_str(), cut("fifth", 4).as_str()), ("four", "fif…"));
        assert_eq!((cut("四四四", 5).as_str(), cut("a b c", 3).as_str()), ("四四…", "a…"));
        assert!((0..12).all(|width| cut("四x四x四x四", width).width() <= width.max(1)));
    }

    #[test]
    fn bars_have_their_length() {
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 5, 4), "");
        assert_eq!(bar(5, 0, 4), "");
        assert_eq!(bar(u64::MAX, u64::MAX, 2), "██");
        assert_eq!(
            (percent(1, 3), percent(2, 3), percent(1, 0), percent(u64::MAX, u64::MAX)),
            (33, 67, 0, 100)
        );
    }
}
