//! The archive of mail keys: which key a domain signed with, and when it was seen in use.

use std::collections::BTreeMap;

use faam_spec::limits::MAX_MAIL_HEADER_BYTES;
use faam_spec::time::Timestamp;
use faam_verifier::policy::{FileError, check_keys, form};
use serde::Deserialize;

/// Keys of mails by domain and selector. Whoever names an archive vouches for it.
#[derive(Debug, Clone, Default)]
pub struct KeyArchive {
    keys: BTreeMap<(String, String), Vec<ArchivedKey>>,
}

/// A key as it stood in DNS, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedKey {
    /// The TXT record.
    pub record: String,
    /// When it was first seen.
    pub from: Timestamp,
    /// When it was last seen.
    pub until: Timestamp,
}

const KEYS: &[(&str, &[&str])] =
    &[("", &["v", "key"]), ("key", &["domain", "selector", "record", "from", "until"])];

#[derive(Deserialize)]
struct Raw {
    v: u8,
    #[serde(default)]
    key: Vec<RawKey>,
}

#[derive(Deserialize)]
struct RawKey {
    domain: String,
    selector: String,
    record: String,
    from: String,
    until: String,
}

impl KeyArchive {
    /// Reads an archive, at most [`faam_verifier::policy::MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    ///
    /// Implements REQ-EVID-22 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-22
    //# A file MUST be refused for a key that is not known, naming the nearest that is (`file.key`)
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let table = check_keys(text, KEYS)?;
        let Raw { v, key } = form(&table, text)?;
        if v != 0 {
            return Err(FileError::value(&table, text, "v", "this program knows version 0 alone"));
        }
        let mut archive = Self::default();
        for (at, raw) in key.into_iter().enumerate() {
            let why =
                |why: &str| FileError::value(&table, text, "key", &format!("entry no. {}: {why}", at + 1));
            let time = |text: &str| {
                text.parse::<Timestamp>().map_err(|_| why("a time is written as \"2026-11-21T12:00:00Z\""))
            };
            let (from, until) = (time(&raw.from)?, time(&raw.until)?);
            if until < from {
                return Err(why("`until` is not before `from`"));
            }
            if !is_domain(&raw.domain) || !is_domain_part(&raw.selector) {
                return Err(why(
                    "`domain` and `selector` are names in lower case, such as mail.example and s1",
                ));
            }
            if raw.record.len() > MAX_MAIL_HEADER_BYTES {
                return Err(why("the record is too long"));
            }
            archive.add(&raw.domain, &raw.selector, ArchivedKey { record: raw.record, from, until });
        }
        Ok(archive)
    }

    /// Adds a key.
    pub fn add(&mut self, domain: &str, selector: &str, key: ArchivedKey) {
        self.keys.entry((domain.to_owned(), selector.to_owned())).or_default().push(key);
    }

    /// Adds all of another archive.
    pub fn merge(&mut self, other: Self) {
        for (name, keys) in other.keys {
            self.keys.entry(name).or_default().extend(keys);
        }
    }

    /// The keys of a selector.
    #[must_use]
    pub fn of(&self, domain: &str, selector: &str) -> &[ArchivedKey] {
        self.keys.get(&(domain.to_owned(), selector.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether it is a host name of at least two labels, in lower case.
pub(crate) fn is_domain(text: &str) -> bool {
    text.contains('.') && is_domain_part(text)
}

/// Whether it is one or more labels, in lower case.
pub(crate) fn is_domain_part(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(label)
}
