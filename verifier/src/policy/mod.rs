//! What a verifier asks of what was verified before it accepts: numbers of standings, milestones, age, and what to do about the rest.
//!
//! A [`Policy`] stands in [`crate::Sources`], and [`crate::finish`] applies it to what it verified. It is written in Rust or read from a TOML file
//! ([`Policy::parse`]). One that says nothing accepts whatever was verified.
//!
//! Specified in `spec/text/policy.md`.

mod file;
mod judge;
mod needed;
mod query;
mod readable;
#[cfg(test)]
mod tests;
mod warnings;
mod words;

use std::collections::BTreeSet;

use faam_spec::grid::{Milestone, Milestones};
use faam_spec::limits::{
    MAX_NAME_BYTES, MAX_PRESENTED_LEDGERS, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS, MAX_QUERY_CLAIMS,
};
use faam_spec::name::{MarketId, Role};
use serde::{Deserialize, Deserializer, Serialize};

pub use file::{FileError, MAX_FILE_BYTES, check_keys, form, nearest_key};
pub(crate) use judge::Ruling;

/// What a verifier asks before it accepts, and what it makes of age and silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What people call it, at most [`MAX_NAME_BYTES`] bytes; told in the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When a market has published nothing for two epochs.
    pub issuer_gone: IssuerGone,
    /// Oldest status list that is taken, in seconds; two weeks unless said otherwise.
    pub status_max_age: i64,
    /// How many epochs may have begun since that of a standing; 0 takes only the current epoch. None asks for no more than
    /// [`crate::finish`] does by itself: the current or the previous epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing_max_epochs: Option<u64>,
    /// Of how many of which markets.
    pub markets: Markets,
    /// What the numbers of each plain standing must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<StandingNeeds>,
    /// Which single ratings must be shown with each plain standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratings: Option<RatingNeeds>,
    /// Which milestones each private standing must prove; never beside `standing` and `ratings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<PrivateNeeds>,
    /// Who is a newcomer, and what becomes of newcomers; only beside `standing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newcomer: Option<Newcomer>,
    /// What to do about statements that are not as they should be.
    pub on: On,
}

/// What to make of a market that fell silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerGone {
    /// Leave the answer undecided.
    #[default]
    Undecided,
    /// Take the last epoch that was seen here before, beside what the holder brings; the decision says how old it is, and the
    /// age of its status lists does not matter. A market's holders pick their best week from it once it is silent for long, so
    /// this is for markets that are known to be gone.
    LastKnown,
}

/// Of how many of which markets something must be shown. Each is judged alone: nothing is ever added across markets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Markets {
    /// The markets that count, at most [`MAX_QUERY_CLAIMS`]; all that are believed if empty.
    pub of: Vec<MarketId>,
    /// Of how many different ones of them the needs must be met, from 1 to [`MAX_PRESENTED_LEDGERS`] (with milestones
    /// [`MAX_PRIVATE_STANDINGS`]). Markets of one issuer, of one name or of one group of the trust entries are one.
    pub at_least: u32,
}

/// What the numbers of a plain standing must be: all of it, in each market that counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StandingNeeds {
    /// The role whose numbers are looked at; those over all roles if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether the numbers of the last twelve months are looked at instead of those of all time.
    pub recent: bool,
    /// Fewest ratings.
    pub ratings_at_least: u64,
    /// Fewest different people who rated.
    pub people_at_least: u64,
    /// Lowest mean on the common scale, 0 to 1000.
    pub mean_at_least: u16,
    /// Largest part of the ratings in the lowest band (0 to 199 of 1000), in percent; any if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest_at_most_percent: Option<u8>,
    /// Fewest days since the first rating of all time.
    pub days_at_least: u32,
}

/// Which single ratings must be shown with each plain standing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RatingNeeds {
    /// Fewest ratings, at most [`MAX_PRESENTED_RATINGS`].
    pub at_least: u32,
    /// Whether every live rating (of that role) must be shown.
    pub complete: bool,
    /// The role in which they were given; any if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What of each must be disclosed, of [`faam_spec::ledger::names::OF_RATING`].
    pub disclose: BTreeSet<String>,
}

/// Which milestones each private standing must prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivateNeeds {
    /// The role; any if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The milestones, in any order in a file.
    #[serde(deserialize_with = "sorted")]
    pub milestones: Milestones,
}

fn sorted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Milestones, D::Error> {
    let milestones = Vec::<Milestone>::deserialize(deserializer)?;
    Milestones::sorted(milestones).map_err(serde::de::Error::custom)
}

/// Who is a newcomer: unrated, which is neither good nor bad, and never accepted as if it were good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Newcomer {
    /// With fewer ratings than this, of the role and time that `standing` looks at, somebody is a newcomer; 1 unless said otherwise.
    pub below: u64,
    /// What becomes of a newcomer.
    pub then: Unsure,
}

/// What to do where accepting is never right: nobody may gain by leaving something out.
//= spec/text/policy.md#REQ-POLICY-13
//# An answer MUST NOT be accepted by leaving something out that would not be accepted with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsure {
    /// Leave it undecided, for people to look at.
    #[default]
    Undecided,
    /// Refuse.
    Refuse,
}

/// What to do about something that a policy leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Go on as if it were not there.
    #[default]
    Accept,
    /// Go on, and say so in the decision's notes.
    Note,
    /// Leave it undecided.
    Undecided,
    /// Refuse.
    Refuse,
}

/// What to do about statements that are not as they should be.
///
/// Where the holder could leave out what tells of it, there is no way to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct On {
    /// Withdrawn ratings over `withdrawn_over_percent`.
    pub withdrawn: Action,
    /// Share of withdrawn ratings in all that were ever given, in percent, 0 to 100, over which `withdrawn` is done.
    pub withdrawn_over_percent: u8,
    /// Ratings under dispute over `disputed_over`.
    pub disputed: Action,
    /// Number of ratings under an open dispute over which `disputed` is done.
    pub disputed_over: u64,
    /// Statements and lists that are older than the policy takes.
    pub stale: Unsure,
    /// What has to be known and is not: status lists, the keys of an issuer.
    pub unknown: Unsure,
    /// A market whose records contradict each other; refused unless said otherwise.
    pub contested: Unsure,
    /// A market that was announced to have another owner.
    pub new_owner: Action,
    /// A market that was announced to be closed.
    pub closed: Action,
}

//= spec/text/verifying.md#REQ-VERIFY-2
//# what is left out believes less, never more
impl Default for Policy {
    fn default() -> Self {
        Self {
            name: None,
            issuer_gone: IssuerGone::Undecided,
            status_max_age: 14 * 86_400,
            standing_max_epochs: None,
            markets: Markets::default(),
            standing: None,
            ratings: None,
            private: None,
            newcomer: None,
            on: On::default(),
        }
    }
}

impl Default for Markets {
    fn default() -> Self {
        Self { of: Vec::new(), at_least: 1 }
    }
}

impl Default for Newcomer {
    fn default() -> Self {
        Self { below: 1, then: Unsure::Undecided }
    }
}

impl Default for On {
    fn default() -> Self {
        Self {
            withdrawn: Action::Accept,
            withdrawn_over_percent: 0,
            disputed: Action::Accept,
            disputed_over: 0,
            stale: Unsure::Undecided,
            unknown: Unsure::Undecided,
            contested: Unsure::Refuse,
            new_owner: Action::Accept,
            closed: Action::Accept,
        }
    }
}

/// Every key of a policy file, by the path of its table.
const KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "v",
            "name",
            "issuer_gone",
            "status_max_age",
            "standing_max_epochs",
            "markets",
            "standing",
            "ratings",
            "private",
            "newcomer",
            "on",
        ],
    ),
    ("markets", &["of", "at_least"]),
    (
        "standing",
        &[
            "role",
            "recent",
            "ratings_at_least",
            "people_at_least",
            "mean_at_least",
            "lowest_at_most_percent",
            "days_at_least",
        ],
    ),
    ("ratings", &["at_least", "complete", "role", "disclose"]),
    ("private", &["role", "milestones"]),
    ("newcomer", &["below", "then"]),
    (
        "on",
        &[
            "withdrawn",
            "withdrawn_over_percent",
            "disputed",
            "disputed_over",
            "stale",
            "unknown",
            "contested",
            "new_owner",
            "closed",
        ],
    ),
];

/// What stands in a file: the version beside the policy.
#[derive(Deserialize)]
struct Versioned {
    v: u8,
}

impl Policy {
    /// Reads the text of a policy file, at most [`MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        //= spec/text/policy.md#REQ-POLICY-1
        //# A key that is not known MUST be refused, and never skipped
        let mut table = check_keys(text, KEYS)?;
        let version: Versioned = form(&table, text)?;
        if version.v != 0 {
            return Err(FileError::value(&table, text, "v", "this program knows version 0 alone"));
        }
        table.get_mut().remove("v");
        let policy: Self = form(&table, text)?;
        //= spec/text/policy.md#REQ-POLICY-2
        //# Values that make no sense together MUST be refused
        match policy.check() {
            Ok(()) => Ok(policy),
            Err((key, why)) => Err(FileError::value(&table, text, key, why)),
        }
    }

    /// Whether its values make sense together, as [`Policy::parse`] demands.
    ///
    /// # Errors
    /// The key, with its table, and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let named =
            self.name.as_ref().is_none_or(|name| !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES);
        let markets = &self.markets;
        let most = if self.private.is_some() { MAX_PRIVATE_STANDINGS } else { MAX_PRESENTED_LEDGERS };
        let wanted = usize::try_from(markets.at_least).unwrap_or(usize::MAX);
        let different: BTreeSet<&MarketId> = markets.of.iter().collect();
        let known = |name: &String| faam_spec::ledger::names::OF_RATING.contains(&name.as_str());
        let percent = |percent: Option<u8>| percent.is_none_or(|percent| percent <= 100);
        let (standing, ratings) = (self.standing.as_ref(), self.ratings.as_ref());
        let shown = |needs: &RatingNeeds| usize::try_from(needs.at_least).unwrap_or(usize::MAX);
        let rules = [
            (named, "name", "a name has 1 to 100 bytes"),
            (self.status_max_age >= 0, "status_max_age", "an age in seconds is not negative"),
            (markets.of.len() <= MAX_QUERY_CLAIMS, "markets.of", "at most 32 markets can be named"),
            (different.len() == markets.of.len(), "markets.of", "a market is named once"),
            (
                wanted >= 1 && wanted <= most,
                "markets.at_least",
                "from 1 to 8 markets, or to 4 with milestones",
            ),
            (
                markets.of.is_empty() || wanted <= markets.of.len(),
                "markets.at_least",
                "more markets are asked for than are named",
            ),
            (
                standing.is_none_or(|needs| needs.mean_at_least <= 1000),
                "standing.mean_at_least",
                "the common scale ends at 1000",
            ),
            (
                percent(standing.and_then(|needs| needs.lowest_at_most_percent)),
                "standing.lowest_at_most_percent",
                "a share is 0 to 100 percent",
            ),
            (
                ratings.is_none_or(|needs| shown(needs) <= MAX_PRESENTED_RATINGS),
                "ratings.at_least",
                "at most 1024 ratings can be asked for",
            ),
            (
                ratings.is_none_or(|needs| needs.disclose.iter().all(known)),
                "ratings.disclose",
                "a part that ratings do not have",
            ),
            (
                self.private.is_none() || (standing.is_none() && ratings.is_none()),
                "private",
                "milestones are never asked for beside standings and ratings, which would name the person",
            ),
            (
                self.private.is_none() || self.on.withdrawn == Action::Accept,
                "on.withdrawn",
                "milestones do not tell how many were withdrawn; ask for the milestone withdrawn_share<=5% or the like instead",
            ),
            (
                self.private.is_none() || self.on.disputed == Action::Accept,
                "on.disputed",
                "milestones do not tell how many are under dispute; ask for the milestone disputes=0 instead",
            ),
            (
                self.newcomer.is_none() || standing.is_some(),
                "newcomer",
                "who is a newcomer is told by the numbers of [standing]; add that",
            ),
            (
                self.newcomer.is_none_or(|newcomer| newcomer.below >= 1),
                "newcomer.below",
                "below 1 rating there is nobody but who has none; use 1 or more",
            ),
            (
                self.on.withdrawn_over_percent <= 100,
                "on.withdrawn_over_percent",
                "a share is 0 to 100 percent",
            ),
        ];
        match rules.iter().find(|(holds, _, _)| !holds) {
            None => Ok(()),
            Some((_, key, why)) => Err((key, why)),
        }
    }
}
