//! Faults of values in words: what stands there, and what would be right. The reader underneath speaks of its own types.

use core::ops::Range;

use faam_spec::name::shown;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{MAX_REPEATED, qualified};

/// The fault `message` of the reader, found at `span`, for whoever wrote the file; safe to show.
pub(super) fn in_words(message: &str, span: Option<&Range<usize>>, table: &Spanned<DeTable<'_>>) -> String {
    let path = span.and_then(|span| path(table.get_ref(), span, "")).unwrap_or_default();
    let said = said(message, &path).unwrap_or_else(|| shown(message, MAX_REPEATED));
    if path.is_empty() { said } else { format!("{path}: {said}") }
}

/// The key, with its tables, whose value is at `span`; the innermost where several are.
fn path(table: &DeTable<'_>, span: &Range<usize>, outer: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let here = qualified(outer, &shown(key.get_ref(), MAX_REPEATED));
        let inner = match value.get_ref() {
            DeValue::Table(inner) => path(inner, span, &here),
            DeValue::Array(list) => list.iter().find_map(|item| match item.get_ref() {
                DeValue::Table(inner) => {
                    path(inner, span, &here).or_else(|| (item.span() == *span).then(|| here.clone()))
                }
                _ => (item.span() == *span).then(|| here.clone()),
            }),
            _ => None,
        };
        inner.or_else(|| (value.span() == *span || key.span() == *span).then_some(here))
    })
}

/// What the messages of the reader mean; none for those that are in words already.
fn said(message: &str, path: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("missing field `") {
        return Some(format!("`{}` is missing; add it", shown(rest.trim_end_matches('`'), MAX_REPEATED)));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (found, known) = rest.split_once("`, expected ")?;
        let known = known.trim_start_matches("one of ").replace('`', "\"");
        return Some(format!("\"{}\" is not known here; write {known}", shown(found, MAX_REPEATED)));
    }
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    // The last one: a text that was found may say anything.
    let (found, wanted) = rest.rsplit_once(", expected ")?;
    Some(format!("{} stands here; write {}", found_in_words(found), wanted_in_words(wanted, path)))
}

fn is_table(wanted: &str) -> bool {
    wanted == "a map" || wanted.starts_with("struct ")
}

/// Such as `3.5` for "floating point `3.5`".
fn found_in_words(found: &str) -> String {
    let quoted = |kind: &str| found.strip_prefix(kind).map(|rest| rest.trim_matches(['`', ' ']));
    match found {
        "map" => "a table".to_owned(),
        "sequence" => "a list".to_owned(),
        _ => {
            let value =
                ["floating point", "integer", "boolean", "string"].iter().find_map(|kind| quoted(kind));
            shown(value.unwrap_or(found), MAX_REPEATED)
        }
    }
}

fn wanted_in_words(wanted: &str, path: &str) -> String {
    match (wanted, path) {
        (_, "standing.mean_at_least") => {
            "a whole number from 0 to 1000, such as 750 for four of five stars".to_owned()
        }
        ("u8", _) => "a whole number from 0 to 255".to_owned(),
        ("u16", _) => "a whole number from 0 to 65535".to_owned(),
        ("u32" | "u64" | "usize", _) => "a whole number, 0 or more".to_owned(),
        ("i32" | "i64", _) => "a whole number".to_owned(),
        ("a sequence", _) => "a list in brackets, such as [\"one\", \"two\"]".to_owned(),
        ("a string" | "a borrowed string", _) => "a text in quotation marks".to_owned(),
        ("a boolean", _) => "true or false".to_owned(),
        (wanted, _) if is_table(wanted) => "a table of keys and values".to_owned(),
        (wanted, _) => wanted.to_owned(),
    }
}
