//! Readers of a market's mails: patterns by which a mail is known, and what it states.

use std::collections::BTreeMap;

use faam_spec::limits::{MAX_NAME_BYTES, MAX_PATTERN_BYTES, MAX_PATTERN_COMPILED_BYTES, MAX_TEXT_BYTES};
use faam_spec::name::{MarketId, Role};
use faam_spec::scale::{Scale, Score};
use faam_verifier::policy::{FileError, check_keys, form};
use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use crate::Rating;
use crate::keys::is_domain;

/// Most domains of a reader.
const MAX_DOMAINS: usize = 16;
/// Names of groups in patterns.
const GROUPS: [&str; 4] = ["value", "role", "comment", "rater"];

/// What a reader knows of one market's mails.
#[derive(Debug, Clone)]
pub struct Reader {
    name: String,
    market: MarketId,
    from: Vec<String>,
    signers: Vec<String>,
    scale: Scale,
    role: Option<Role>,
    subject: Regex,
    body: Option<Regex>,
    values: BTreeMap<String, i64>,
    roles: BTreeMap<String, Role>,
}

const KEYS: &[(&str, &[&str])] = &[(
    "",
    &["v", "name", "market", "from", "signers", "scale", "role", "subject", "body", "values", "roles"],
)];

#[derive(Deserialize)]
struct Raw {
    v: u8,
    name: String,
    market: MarketId,
    from: Vec<String>,
    #[serde(default)]
    signers: Vec<String>,
    scale: Scale,
    role: Option<Role>,
    subject: String,
    body: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, i64>,
    #[serde(default)]
    roles: BTreeMap<String, Role>,
}

impl Reader {
    /// Reads a reader, at most [`faam_verifier::policy::MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    ///
    /// Implements REQ-EVID-22 (`spec/text/evidence.md`).
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
        for (key, domains) in [("from", &raw.from), ("signers", &raw.signers)] {
            if domains.len() > MAX_DOMAINS || !domains.iter().all(|domain| is_domain(domain)) {
                return Err(wrong(key, "a list of at most 16 domains in lower case, such as mail.example"));
            }
        }
        if raw.from.is_empty() {
            return Err(wrong("from", "name at least one domain"));
        }
        let pattern = |key: &str, source: &str| compile(source).map_err(|why| wrong(key, &why));
        let subject = pattern("subject", &raw.subject)?;
        let body = raw.body.as_deref().map(|source| pattern("body", source)).transpose()?;
        let groups: Vec<&str> = [Some(&subject), body.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|pattern| pattern.capture_names().flatten())
            .collect();
        if let Some(strange) = groups.iter().find(|group| !GROUPS.contains(group)) {
            let nearest = GROUPS.iter().min_by_key(|known| faam_spec::words::distance(strange, known));
            let strange = faam_spec::name::shown(strange, 60);
            let why =
                format!("there is no group '{strange}'; did you mean '{}'?", nearest.unwrap_or(&"value"));
            return Err(wrong("subject", &why));
        }
        let count = |name: &str| groups.iter().filter(|group| **group == name).count();
        if GROUPS.iter().any(|group| count(group) > 1) {
            return Err(wrong("subject", "a group stands in one of the patterns, once"));
        }
        if count("value") != 1 {
            return Err(wrong("subject", "one of the patterns has a group (?P<value>…)"));
        }
        if raw.role.is_some() == (count("role") == 1) {
            return Err(wrong("role", "name the role, or have a group (?P<role>…) in a pattern, not both"));
        }
        if let Some((word, _)) = raw.values.iter().find(|(_, value)| Score::new(**value, raw.scale).is_err())
        {
            return Err(wrong(
                "values",
                &format!("'{}' lies outside of the scale", faam_spec::name::shown(word, 60)),
            ));
        }
        let Raw { name, market, from, signers, scale, role, values, roles, .. } = raw;
        Ok(Self { name, market, from, signers, scale, role, subject, body, values, roles })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The market whose mails it reads.
    #[must_use]
    pub const fn market(&self) -> &MarketId {
        &self.market
    }

    /// Whether it reads mails from this domain that this domain signed.
    pub(crate) fn takes(&self, from: &str, signer: &str) -> bool {
        self.from.iter().any(|domain| domain == from)
            && (from == signer || self.signers.iter().any(|domain| domain == signer))
    }

    /// What the mail states, if the reader knows it.
    //= spec/text/evidence.md#REQ-EVID-23
    //# Both patterns MUST match for a reader to know a mail. A value MUST lie on the scale
    pub(crate) fn read(&self, subject: &str, body: &str) -> Option<Rating> {
        let in_subject = self.subject.captures(subject)?;
        let in_body = match &self.body {
            Some(pattern) => Some(pattern.captures(body)?),
            None => None,
        };
        let group = |name: &str| group(&in_subject, in_body.as_ref(), name);
        let said = group("value")?;
        let value = self.values.get(said).copied().or_else(|| said.parse().ok())?;
        let score = Score::new(value, self.scale).ok()?;
        let role = match &self.role {
            Some(role) => role.clone(),
            None => {
                let said = group("role")?;
                self.roles.get(said).cloned().or_else(|| said.parse().ok())?
            }
        };
        let mut rating = Rating::of(score, role);
        for (name, into) in [("comment", &mut rating.comment), ("rater", &mut rating.rater)] {
            let text = group(name).map(str::trim).filter(|text| !text.is_empty());
            if text.is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
                return None;
            }
            *into = text.map(str::to_owned);
        }
        Some(rating)
    }
}

fn group<'t>(subject: &Captures<'t>, body: Option<&Captures<'t>>, name: &str) -> Option<&'t str> {
    let found = subject.name(name).or_else(|| body.and_then(|body| body.name(name)));
    found.map(|found| found.as_str())
}

/// Compiles a pattern within its bounds. The engine's time grows with the text alone, so that no pattern explodes.
fn compile(source: &str) -> Result<Regex, String> {
    //= spec/text/evidence.md#REQ-EVID-22
    //# a pattern over 1,000 bytes, one that does not compile within 1 MiB, or a group that is not known
    if source.is_empty() || source.len() > MAX_PATTERN_BYTES {
        return Err(format!("a pattern has 1 to {MAX_PATTERN_BYTES} bytes"));
    }
    let built = RegexBuilder::new(source)
        .size_limit(MAX_PATTERN_COMPILED_BYTES)
        .dfa_size_limit(MAX_PATTERN_COMPILED_BYTES)
        .nest_limit(30)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the pattern is too large; use smaller counts".to_owned(),
        error => format!("it is no pattern: {}", faam_spec::name::shown(&last_line(&error.to_string()), 200)),
    })
}

/// The engine draws the pattern and points into it; what is wrong stands in the last line.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that goes back and tries again would not come to an end here.
    #[test]
    fn a85_patterns_do_not_explode() {
        let text = "v = 0\nname = \"x\"\nmarket = \"x\"\nfrom = [\"x.example\"]\nscale = \"1..5\"\nrole = \"seller\"\n\
                    subject = '^(?:(?:a+)+)+(?P<value>[1-5])$'\nbody = '(?:x*)*y'\n";
        let reader = Reader::parse(text).unwrap();
        let long = "a".repeat(200_000);
        assert!(reader.read(&format!("{long}6"), "y").is_none());
        assert!(reader.read(&format!("{long}5"), &"x".repeat(200_000)).is_none());
        assert_eq!(reader.read(&format!("{long}5"), "xxy").unwrap().value, 5);
    }
}
