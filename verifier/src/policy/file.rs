//! Reading policy and trust files: TOML in which every key is known, and every fault has its line.

use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_spec::words::distance;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::readable::in_words;

pub use faam_spec::limits::MAX_FILE_BYTES;

/// Longest text of a file that is repeated in an error, in bytes.
pub(super) const MAX_REPEATED: usize = 200;

/// Tables of which there can be several, in files of any kind; of all others there is one.
const SEVERAL: [&str; 4] = ["trust", "key", "notice", "issuer"];

/// Why a policy or trust file cannot be used. Its texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is larger than [`MAX_FILE_BYTES`]: `too_large`.
    #[error("it has more than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// It is not TOML: `file.syntax`.
    #[error("line {line}: it is not TOML: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        message: String,
    },
    /// A key is not known: `file.key`.
    #[error("line {line}: unknown key '{key}'; {}", hint(.nearest.as_deref()))]
    Key {
        /// The line, from 1.
        line: usize,
        /// The key, with its tables.
        key: String,
        /// The known key that is most like it, with its tables.
        nearest: Option<String>,
    },
    /// A value is missing or makes no sense: `file.value`.
    #[error("line {line}: {message}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what would be right.
        message: String,
    },
}

impl FileError {
    /// Its stable code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::TooLarge => Reason::TooLarge,
            Self::Syntax { .. } => Reason::FileSyntax,
            Self::Key { .. } => Reason::FileKey,
            Self::Value { .. } => Reason::FileValue,
        }
    }

    /// A value at `path`, the key with its tables, that makes no sense.
    #[must_use]
    pub fn value(table: &Spanned<DeTable<'_>>, text: &str, path: &str, why: &str) -> Self {
        Self::Value { line: line(text, place(table, path)), message: format!("{path}: {why}") }
    }
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(|| "remove it".to_owned(), |nearest| format!("did you mean '{nearest}'?"))
}

/// Reads `text` and refuses keys that are not among `keys`: for the path of each table, what may stand in it. A table whose path is not there
/// is left to whoever reads it.
///
/// # Errors
/// `too_large` over [`MAX_FILE_BYTES`], before it is read; `file.syntax`; `file.key`, with the nearest known key.
pub fn check_keys<'t>(text: &'t str, keys: &[(&str, &[&str])]) -> Result<Spanned<DeTable<'t>>, FileError> {
    //= spec/text/policy.md#REQ-POLICY-3
    //# A file MUST be bounded before it is read
    if text.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge);
    }
    let table = DeTable::parse(text).map_err(|error| FileError::Syntax {
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: shown(error.message(), MAX_REPEATED),
    })?;
    check_table("", table.get_ref(), keys, text)?;
    Ok(table)
}

fn check_table(
    path: &str,
    table: &DeTable<'_>,
    keys: &[(&str, &[&str])],
    text: &str,
) -> Result<(), FileError> {
    let Some((_, known)) = keys.iter().find(|(at, _)| *at == path) else { return Ok(()) };
    for (key, value) in table.iter() {
        //= spec/text/policy.md#REQ-POLICY-1
        //# A key that is not known MUST be refused, and never skipped; the refusal names its line and the known
        //# key that is most like it.
        if !known.contains(&key.get_ref().as_ref()) {
            return Err(FileError::Key {
                line: line(text, key.span().start),
                key: qualified(path, &shown(key.get_ref(), MAX_REPEATED)),
                nearest: nearest_key(keys, path, key.get_ref()),
            });
        }
        let inner = qualified(path, key.get_ref());
        let wrong = |message: String| {
            Err(FileError::Value {
                line: line(text, key.span().start),
                message: format!("{inner}: {message}"),
            })
        };
        let several = SEVERAL.contains(&inner.as_str());
        match value.get_ref() {
            DeValue::Table(_) if several => {
                return wrong(format!(
                    "[{inner}] stands here; there can be several, so write [[{inner}]], with two brackets on each side"
                ));
            }
            DeValue::Array(_) if !several && keys.iter().any(|(at, _)| *at == inner) => {
                return wrong(format!(
                    "a list stands here; there is only one, so write [{inner}], with one bracket on each side"
                ));
            }
            DeValue::Table(table) => check_table(&inner, table, keys, text)?,
            DeValue::Array(list) => {
                for table in list.iter().filter_map(|value| value.get_ref().as_table()) {
                    check_table(&inner, table, keys, text)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What the file says, in the form of `T`.
///
/// # Errors
/// `file.value`, with its line.
pub fn form<T: DeserializeOwned>(table: &Spanned<DeTable<'_>>, text: &str) -> Result<T, FileError> {
    let read = toml::de::Deserializer::from(table.clone());
    T::deserialize(read).map_err(|error| FileError::Value {
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: in_words(error.message(), error.span().as_ref(), table),
    })
}

/// Where `path` stands, as far as it is there.
fn place(table: &Spanned<DeTable<'_>>, path: &str) -> usize {
    let (mut at, mut here) = (0, Some(table.get_ref()));
    for name in path.split('.') {
        let Some((key, value)) =
            here.and_then(|table| table.iter().find(|(key, _)| key.get_ref().as_ref() == name))
        else {
            break;
        };
        at = key.span().start;
        here = value.get_ref().as_table();
    }
    at
}

/// The line, from 1, in which a byte stands.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

pub(super) fn qualified(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// The known key most like `key`, with its tables: in the table at `path` first, then one of the same name in another.
#[must_use]
pub fn nearest_key(keys: &[(&str, &[&str])], path: &str, key: &str) -> Option<String> {
    let known = keys.iter().find(|(at, _)| *at == path).map_or(&[] as &[&str], |(_, known)| known);
    let close = |candidate: &&&str| {
        let distance = distance(key, candidate);
        distance <= candidate.len().div_ceil(2) && distance < candidate.len()
    };
    if let Some(found) = known.iter().filter(close).min_by_key(|candidate| distance(key, candidate)) {
        return Some(qualified(path, found));
    }
    let elsewhere = keys.iter().find(|(_, known)| known.contains(&key));
    elsewhere.map(|(table, _)| qualified(table, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!([0, 1, 2, 3, 99].map(|at| line("a\nb\n", at)), [1, 1, 2, 2, 3]);
    }
}
