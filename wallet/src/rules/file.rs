//! Rules as a TOML file, read whole or not at all.

use std::collections::BTreeSet;

use faam_spec::ledger::names;
use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_spec::time::{DAY, Timestamp};
use faam_verifier::policy::nearest_key;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{Rule, Rules, Then};

/// The name of the file of rules, in the wallet's folder.
pub const FILE: &str = "rules.toml";
/// Largest file of rules, in bytes.
pub const MAX_RULES_BYTES: usize = 64 * 1024;
/// Most rules.
pub const MAX_RULES: usize = 100;
/// Most texts in a list of a rule.
const MAX_LISTED: usize = 100;
/// How far ahead an answer may reach, in days: so that each is looked at again within a year.
const MAX_AHEAD: i64 = 366;

const KEYS: &[(&str, &[&str])] = &[
    ("", &["v", "rule"]),
    (
        "rule",
        &[
            "name",
            "then",
            "persona",
            "until",
            "verifiers",
            "purposes",
            "unsaid",
            "known",
            "few",
            "excess",
            "retention_days_at_most",
            "retention_days_over",
            "markets",
            "roles",
            "standing",
            "ratings_at_most",
            "disclose",
            "milestones",
            "ratings_over",
            "disclosing",
            "times",
            "per",
        ],
    ),
];

/// Why a file of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// It is larger than [`MAX_RULES_BYTES`].
    #[error("it is larger than {MAX_RULES_BYTES} bytes")]
    TooLarge,
    /// It is not TOML, or a value has another form.
    #[error("{0}")]
    Syntax(String),
    /// A key is not known.
    #[error("the key '{key}' is not known; {}", hint(.nearest.as_deref()))]
    Key {
        /// The key.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A value makes no sense.
    #[error("{rule}: {key}: {why}")]
    Value {
        /// Which rule, by name or number.
        rule: String,
        /// Its key.
        key: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
}

impl RulesError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::TooLarge => Reason::TooLarge,
            Self::Syntax(_) => Reason::FileSyntax,
            Self::Key { .. } => Reason::FileKey,
            Self::Value { .. } => Reason::FileValue,
        }
    }
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => "remove it".to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    v: u8,
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Serialize)]
struct Written<'a> {
    v: u8,
    rule: &'a [Rule],
}

/// Rules to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Answers nothing by itself.
    Careful,
    /// Answers what many share, and what somebody knows already.
    Everyday,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 2] = [Self::Careful, Self::Everyday];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Careful => "careful",
            Self::Everyday => "everyday",
        }
    }

    /// Its file, with answers that are in force for half a year from `now`.
    #[must_use]
    pub fn text(self, now: Timestamp) -> String {
        let until = now.plus(182 * DAY).day().to_string();
        let text = match self {
            Self::Careful => include_str!("presets/careful.toml"),
            Self::Everyday => include_str!("presets/everyday.toml"),
        };
        text.replace("{{until}}", &until)
    }
}

impl Rules {
    /// Reads a file of rules; `now` is the time, because no answer may reach further than a year ahead.
    ///
    /// # Errors
    /// See [`RulesError`].
    //= spec/text/rules.md#REQ-RULE-6
    //# A file MUST be read whole or not at all
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, RulesError> {
        if text.len() > MAX_RULES_BYTES {
            return Err(RulesError::TooLarge);
        }
        let table: Table = toml::from_str(text).map_err(|error| syntax(&error))?;
        check_keys(&table)?;
        // From the text once more, so that the reader says on which line it stands.
        let raw: Raw = toml::from_str(text).map_err(|error| syntax(&error))?;
        let file =
            |key, why: &str| RulesError::Value { rule: "the file".to_owned(), key, why: why.to_owned() };
        if raw.v != 0 {
            return Err(file("v", "this program knows version 0 alone"));
        }
        if raw.rule.len() > MAX_RULES {
            return Err(file("rule", &format!("there are at most {MAX_RULES} rules")));
        }
        let mut named = BTreeSet::new();
        for (at, rule) in raw.rule.iter().enumerate() {
            if let Err((key, why)) = check(rule, now) {
                return Err(RulesError::Value { rule: called(rule, at), key, why });
            }
            if !named.insert(&rule.name) {
                let why = "another rule has this name, and the log could not tell them apart".to_owned();
                return Err(RulesError::Value { rule: called(rule, at), key: "name", why });
            }
        }
        Ok(Self { rules: raw.rule })
    }

    /// The file of these rules.
    ///
    /// # Errors
    /// Never for rules that were parsed.
    pub fn to_text(&self) -> Result<String, RulesError> {
        toml::to_string(&Written { v: 0, rule: &self.rules })
            .map_err(|error| RulesError::Syntax(error.to_string()))
    }
}

/// What is wrong with a value of a rule.
pub(super) fn value(rule: &Rule, at: usize, key: &'static str, why: String) -> RulesError {
    RulesError::Value { rule: called(rule, at), key, why }
}

/// A rule by its name, where that can be shown, and by its number.
fn called(rule: &Rule, at: usize) -> String {
    format!("rule no. {} ('{}')", at + 1, shown(&rule.name, MAX_NAME_BYTES))
}

fn syntax(error: &toml::de::Error) -> RulesError {
    let lines: Vec<String> =
        error.to_string().trim_end().lines().take(8).map(|line| shown(line, 200)).collect();
    RulesError::Syntax(lines.join("\n"))
}

fn check_keys(table: &Table) -> Result<(), RulesError> {
    check_table("", table)?;
    let Some(Value::Array(rules)) = table.get("rule") else { return Ok(()) };
    rules.iter().filter_map(Value::as_table).try_for_each(|rule| check_table("rule", rule))
}

fn check_table(name: &str, table: &Table) -> Result<(), RulesError> {
    let known = KEYS.iter().find(|(of, _)| *of == name).map_or(&[] as &[&str], |(_, known)| known);
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(RulesError::Key { key: shown(key, 100), nearest: nearest_key(KEYS, name, key) }),
    }
}

type Wrong = (&'static str, String);

fn check(rule: &Rule, now: Timestamp) -> Result<(), Wrong> {
    let wrong = |key, why: &str| Err((key, why.to_owned()));
    let name = rule.name.trim();
    if name.is_empty() || rule.name.len() > MAX_NAME_BYTES || shown(&rule.name, MAX_NAME_BYTES) != rule.name {
        return wrong("name", "a name has 1 to 100 bytes that can be seen");
    }
    let lengths = [
        ("verifiers", rule.verifiers.len()),
        ("purposes", rule.purposes.len()),
        ("markets", rule.markets.len()),
        ("roles", rule.roles.len()),
        ("disclose", rule.disclose.len()),
        ("disclosing", rule.disclosing.len()),
        ("milestones", rule.milestones.len()),
    ];
    if let Some((key, _)) = lengths.iter().find(|(_, length)| *length > MAX_LISTED) {
        return Err((key, format!("a list has at most {MAX_LISTED} entries")));
    }
    if rule.purposes.iter().any(|words| words.trim().chars().count() < 3) {
        return wrong("purposes", "words of a purpose have at least 3 letters, or they stand in everything");
    }
    let known = |name: &&String| names::OF_RATING.contains(&name.as_str());
    for (key, list) in [("disclose", &rule.disclose), ("disclosing", &rule.disclosing)] {
        if let Some(other) = list.iter().find(|name| !known(name)) {
            let of = names::OF_RATING.join(", ");
            return Err((key, format!("'{}' is no part of a rating; there are {of}", shown(other, 100))));
        }
    }
    match (rule.times, rule.per) {
        (Some(_), None) => return wrong("per", "`times` needs within which time: day, week or month"),
        (None, Some(_)) => return wrong("times", "`per` needs how often"),
        (Some(0), _) if rule.then == Then::Answer => return wrong("times", "an answer that is never given"),
        _ => {}
    }
    match rule.then {
        Then::Answer => check_answer(rule, now),
        Then::Ask | Then::Refuse => check_other(rule),
    }
}

//= spec/text/rules.md#REQ-RULE-2
//# A rule that answers MUST name everything that would be shown
fn check_answer(rule: &Rule, now: Timestamp) -> Result<(), Wrong> {
    let wrong = |key, why: &str| Err((key, why.to_owned()));
    let Some(until) = rule.until else {
        return wrong("until", "a rule that answers has a last day, such as until = \"2027-05-31\"");
    };
    if until > now.plus(MAX_AHEAD * DAY).day() {
        return wrong(
            "until",
            "a rule that answers is looked at again within a year: name a day of the next 366",
        );
    }
    if !rule.standing && rule.milestones.is_empty() {
        return wrong(
            "milestones",
            "a rule that answers names what may be shown: milestones, or standing = true",
        );
    }
    if !rule.standing && (rule.ratings_at_most.is_some() || !rule.disclose.is_empty()) {
        return wrong(
            "standing",
            "ratings are shown beside the standing, which has to be named too: standing = true",
        );
    }
    if rule.ratings_at_most.is_none() && !rule.disclose.is_empty() {
        return wrong("ratings_at_most", "what is disclosed of ratings needs how many of them may be shown");
    }
    if rule.unsaid {
        return wrong("unsaid", "whoever does not say why they ask is not answered by a rule");
    }
    for (key, there) in [
        ("few", rule.few),
        ("excess", rule.excess),
        ("retention_days_over", rule.retention_days_over.is_some()),
        ("ratings_over", rule.ratings_over.is_some()),
        ("disclosing", !rule.disclosing.is_empty()),
    ] {
        if there {
            return wrong(key, "this is for rules that ask or refuse");
        }
    }
    Ok(())
}

fn check_other(rule: &Rule) -> Result<(), Wrong> {
    for (key, there) in [
        ("ratings_at_most", rule.ratings_at_most.is_some()),
        ("disclose", !rule.disclose.is_empty()),
        ("milestones", !rule.milestones.is_empty()),
    ] {
        if there {
            return Err((key, "this is for rules that answer".to_owned()));
        }
    }
    Ok(())
}
