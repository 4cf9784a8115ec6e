//! Whom the node believes: entries in the configuration itself, or a trust file beside it, the same that `faam-verify` reads.

use std::path::Path;

use faam_verifier::{Trust, TrustFile};

use super::{ConfigError, policies};

/// Takes the entries of the configuration, or reads the file that it names, counted from `folder`.
//= spec/text/policy.md#REQ-POLICY-17
//# A configuration MUST NOT have both
pub(super) fn read(
    entries: Trust,
    file: Option<&Path>,
    folder: &Path,
    path: &Path,
) -> Result<TrustFile, ConfigError> {
    let value = |key, why: String| ConfigError::Value { path: path.to_owned(), key, why };
    entries.check_entries().map_err(|(number, key, why)| {
        let market =
            entries.entries().get(number.saturating_sub(1)).map_or("", |entry| entry.market.as_str());
        let key = if key == "types" { "trust.types" } else { "trust.roles" };
        value(key, format!("entry no. {number} ({market}): {why}"))
    })?;
    let Some(file) = file else { return Ok(entries.into()) };
    if !entries.entries().is_empty() {
        let why = "whom this node believes stands in that file or in [[trust]], and not in both; move the entries into the file";
        return Err(value("trust_file", why.to_owned()));
    }
    let file = folder.join(file);
    let bad = |(reason, message)| ConfigError::Trust { path: file.clone(), message, reason };
    let text = policies::read_text(&file).map_err(bad)?;
    TrustFile::parse(&text).map_err(|error| bad((error.reason(), error.to_string())))
}
