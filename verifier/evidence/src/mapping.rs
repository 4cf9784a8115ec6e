//! Mappings: what the columns of a platform's export mean.

use std::collections::BTreeMap;

use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::{MarketId, Role};
use faam_spec::scale::{Scale, Score};
use faam_verifier::policy::{FileError, check_keys, form};
use serde::Deserialize;

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CSV with a first line of names.
    Csv,
    /// JSON.
    Json,
}

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Columns {
    /// The value.
    pub value: String,
    /// The day.
    pub day: Option<String>,
    /// What was written with it.
    pub comment: Option<String>,
    /// What the rater is called.
    pub rater: Option<String>,
    /// The role of the subject.
    pub role: Option<String>,
}

/// What an export means.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(crate) name: String,
    pub(crate) market: MarketId,
    pub(crate) format: Format,
    pub(crate) rows: String,
    pub(crate) scale: Scale,
    pub(crate) role: Option<Role>,
    pub(crate) columns: Columns,
    pub(crate) values: BTreeMap<String, i64>,
    pub(crate) roles: BTreeMap<String, Role>,
}

const KEYS: &[(&str, &[&str])] = &[
    ("", &["v", "name", "market", "format", "rows", "scale", "role", "columns", "values", "roles"]),
    ("columns", &["value", "day", "comment", "rater", "role"]),
];

#[derive(Deserialize)]
struct Raw {
    v: u8,
    name: String,
    market: MarketId,
    format: Format,
    #[serde(default)]
    rows: String,
    scale: Scale,
    role: Option<Role>,
    columns: Columns,
    #[serde(default)]
    values: BTreeMap<String, i64>,
    #[serde(default)]
    roles: BTreeMap<String, Role>,
}

impl Mapping {
    /// Reads a mapping, at most [`faam_verifier::policy::MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    ///
    /// Implements REQ-EVID-22 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-22
    //# A file MUST be refused for a key that is not known, naming the nearest that is (`file.key`)
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let table = check_keys(text, KEYS)?;
        let raw: Raw = form(&table, text)?;
        let wrong = |key: &str, why: &str| FileError::value(&table, text, key, why);
        if raw.v != 0 {
            return Err(wrong("v", "this program knows version 0 alone"));
        }
        if raw.name.trim().is_empty() || raw.name.len() > MAX_NAME_BYTES {
            return Err(wrong("name", &format!("a name has 1 to {MAX_NAME_BYTES} bytes")));
        }
        if raw.role.is_some() == raw.columns.role.is_some() {
            return Err(wrong("role", "name the role of all rows, or a column for it, not both"));
        }
        if raw.format == Format::Csv && !raw.rows.is_empty() {
            return Err(wrong("rows", "only JSON has a place of its rows"));
        }
        if !raw.rows.is_empty() && !raw.rows.starts_with('/') {
            return Err(wrong("rows", "a JSON pointer begins with '/'"));
        }
        if let Some((word, _)) = raw.values.iter().find(|(_, value)| Score::new(**value, raw.scale).is_err())
        {
            return Err(wrong(
                "values",
                &format!("'{}' lies outside of the scale", faam_spec::name::shown(word, 60)),
            ));
        }
        let Raw { name, market, format, rows, scale, role, columns, values, roles, .. } = raw;
        Ok(Self { name, market, format, rows, scale, role, columns, values, roles })
    }
}
