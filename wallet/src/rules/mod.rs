//! Rules of the holder: who may learn what, for which purpose, how often and until when, without being asked each time; and what is
//! refused without a word.
//!
//! Specified in `spec/text/rules.md`. Rules are looked at in their order, and the first that fits decides; where none fits, the holder is
//! asked. No rule answers what a person would be warned of, and none is in force that the holder did not write or take over.

mod file;
mod history;
mod words;

use faam_spec::client::Client;
use faam_spec::grid::Milestone;
use faam_spec::name::{MarketId, Role};
use faam_spec::time::{DAY, Day, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::file::{FILE, MAX_RULES, MAX_RULES_BYTES, Preset, RulesError};
pub use self::history::History;
use crate::persona::{FIRST, Persona, PersonaError, PersonaName, named};
use crate::vault::{AskedLedger, AskedMilestones, WhoAsked};

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Shows what is asked for, without asking.
    Answer,
    /// Asks the holder, whatever later rules say.
    Ask,
    /// Shows nothing; to the other side it looks as if nothing were held.
    Refuse,
}

/// A span of time within which is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
}

impl Per {
    const fn seconds(self) -> i64 {
        match self {
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
        }
    }
}

/// One rule. Whatever is empty or absent limits nothing, but for what an answer may show: that has to be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the holder calls it; the log names it by this.
    pub name: String,
    /// What it does.
    pub then: Then,
    /// The persona for which it holds, by its name. Without one, an answer holds for the first persona, and what asks or refuses for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<PersonaName>,
    /// The last day on which it is in force; every answer needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Who asks: their DIDs, or how else they are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifiers: Vec<Client>,
    /// Words of which one stands in their purpose, in any case of its letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
    /// Only those who say neither why nor for how long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsaid: bool,
    /// Only those who were shown before all that they ask for now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// Of others: fewer are known to share what would be shown than make a group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub few: bool,
    /// Of others: more is asked than most purposes need ([`crate::consent::Excess`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excess: bool,
    /// They keep it for so many days at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days_at_most: Option<u32>,
    /// They keep it for more days than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days_over: Option<u32>,
    /// Markets of which it may be; of an answer every one that could be shown has to be here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<MarketId>,
    /// Roles in which it may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Of an answer: plain standings may be shown. Of others: one is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
    /// Of an answer: so many ratings beside a standing may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings_at_most: Option<u32>,
    /// Of an answer: what of each rating may be disclosed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclose: Vec<String>,
    /// Of an answer: milestones that may be proven, and with each the lower steps of its metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// Of others: more ratings than this are asked for, or all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratings_over: Option<u32>,
    /// Of others: one of these is to be disclosed of ratings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosing: Vec<String>,
    /// Of an answer: so often at most, for each verifier, within `per`. Of others: they asked more often than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Within which time `times` is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<Per>,
}

/// The holder's rules, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
}

/// What stands in the way of answering without a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Whether fewer than [`faam_spec::limits::MIN_GROUP`] are known to share what would be shown.
    pub few: bool,
    /// Whether more is asked than most purposes need, exact numbers left out.
    pub excess: bool,
    /// Whether exact numbers are asked for where milestones would do: what a rule with `standing` is the holder's word for.
    pub exact: bool,
    /// What a person would be warned of, these among it, but for exact numbers.
    pub warnings: Vec<String>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What is done.
    pub then: Then,
    /// The rule that fitted; none if none did.
    pub rule: Option<String>,
    /// A rule would have answered, and this stood in the way: the holder is asked.
    pub doubts: Vec<String>,
}

impl Rules {
    /// The rules.
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        &self.rules
    }

    /// Those that hold for a persona, in their order.
    //= spec/text/rules.md#REQ-RULE-10
    //# A rule that names a [persona](personas.md) MUST hold for that one alone
    #[must_use]
    pub fn of(&self, persona: &Persona) -> Self {
        let holds = |rule: &&Rule| match &rule.persona {
            Some(name) => persona.name.is_like(name.as_str()),
            //= spec/text/rules.md#REQ-RULE-10
            //# One that names none MUST NOT answer under another than the first
            None => rule.then != Then::Answer || persona.number == FIRST,
        };
        Self { rules: self.rules.iter().filter(holds).cloned().collect() }
    }

    /// Whether every persona that a rule names is there.
    ///
    /// # Errors
    /// [`RulesError::Value`], with the name that is most like it.
    //= spec/text/rules.md#REQ-RULE-10
    //# a file that names a persona which the wallet does not have MUST NOT be used
    pub fn check_personas(&self, all: &[Persona]) -> Result<(), RulesError> {
        for (at, rule) in self.rules.iter().enumerate() {
            let Some(name) = &rule.persona else { continue };
            if let Err(error) = named(all, name.as_str()) {
                let near = match &error {
                    PersonaError::Unknown { nearest: Some(nearest), .. } => {
                        format!("; did you mean '{nearest}'?")
                    }
                    _ => String::new(),
                };
                return Err(file::value(rule, at, "persona", format!("{error}{near}")));
            }
        }
        Ok(())
    }

    /// What becomes of a request; `doubts` is what a person would be warned of before it is answered.
    //= spec/text/rules.md#REQ-RULE-1
    //# Rules MUST be looked at in the order of the file, and the first that fits decides. Where none fits, the holder MUST be asked.
    #[must_use]
    pub fn judge(&self, asked: &WhoAsked, doubts: &Doubts, history: &History, now: Timestamp) -> Verdict {
        let fits = |rule: &&Rule| {
            (!rule.few || doubts.few)
                && (!rule.excess || doubts.excess || doubts.exact)
                && rule.fits(asked, history, now)
        };
        let Some(rule) = self.rules.iter().find(fits) else {
            return Verdict { then: Then::Ask, rule: None, doubts: Vec::new() };
        };
        //= spec/text/rules.md#REQ-RULE-3
        //# A rule MUST NOT answer what a person would be warned of: the holder is asked, with the warnings.
        //= spec/text/rules.md#REQ-RULE-11
        //# But `exact_numbers` alone does not stand in the way of a rule with `standing = true`
        let unnamed = doubts.exact && !rule.standing;
        if rule.then == Then::Answer
            && (doubts.few || doubts.excess || unnamed || !doubts.warnings.is_empty())
        {
            let doubts = doubts.warnings.clone();
            return Verdict { then: Then::Ask, rule: Some(rule.name.clone()), doubts };
        }
        Verdict { then: rule.then, rule: Some(rule.name.clone()), doubts: Vec::new() }
    }
}

impl Rule {
    /// Whether it is in force.
    ///
    /// `until` is a day of UTC, and the whole of it counts.
    //= spec/text/rules.md#REQ-RULE-4
    //# A rule MUST NOT fit anything after the day of its `until`.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now.day() <= until)
    }

    fn fits(&self, asked: &WhoAsked, history: &History, now: Timestamp) -> bool {
        let who = self.verifiers.is_empty() || self.verifiers.iter().any(|one| one == &asked.did);
        let words = asked.purpose.to_lowercase();
        let why =
            self.purposes.is_empty() || self.purposes.iter().any(|one| words.contains(&one.to_lowercase()));
        let at_most = |most: u32| !asked.terms_unsaid && asked.retention_days <= most;
        let over = |least: u32| asked.terms_unsaid || asked.retention_days > least;
        self.is_in_force(now)
            && who
            && why
            && (!self.unsaid || asked.terms_unsaid)
            && self.retention_days_at_most.is_none_or(at_most)
            && self.retention_days_over.is_none_or(over)
            && (!self.known || history.knows_all_of(asked))
            && match self.then {
                Then::Answer => self.names_all_of(asked) && self.is_within_times(asked, history, now),
                Then::Ask | Then::Refuse => self.touches(asked) && self.is_over_times(asked, history, now),
            }
    }

    /// Whether everything that is asked for is named here.
    //= spec/text/rules.md#REQ-RULE-2
    //# A rule that answers MUST name everything that would be shown
    fn names_all_of(&self, asked: &WhoAsked) -> bool {
        let something = !asked.ledgers.is_empty() || !asked.milestones.is_empty();
        something
            && !asked.terms_unsaid
            && asked.ledgers.iter().all(|ledger| self.names_ledger(ledger))
            && asked.milestones.iter().all(|of| self.names_milestones(of))
    }

    /// Whichever market or role is then chosen has to be one of those that are named.
    fn names_ledger(&self, asked: &AskedLedger) -> bool {
        let ratings = asked.ratings.as_ref().is_none_or(|ratings| {
            !ratings.complete
                && self.ratings_at_most.is_some_and(|most| ratings.at_least <= most)
                && ratings.disclose.iter().all(|name| self.disclose.contains(name))
                && within(&ratings.roles, &self.roles)
        });
        self.standing && ratings && within(&asked.markets, &self.markets)
    }

    fn names_milestones(&self, asked: &AskedMilestones) -> bool {
        let named = |wanted: &Milestone| {
            self.milestones.iter().any(|most| most.metric() == wanted.metric() && wanted <= most)
        };
        asked.milestones.iter().all(named)
            && within(&asked.markets, &self.markets)
            && within(&asked.roles, &self.roles)
    }

    /// Whether something that is asked for is what this rule is about.
    fn touches(&self, asked: &WhoAsked) -> bool {
        let of_markets = |markets: &[MarketId]| touch(markets, &self.markets);
        let about_ledger = |ledger: &AskedLedger| {
            let ratings = ledger.ratings.as_ref();
            let more =
                |least: u32| ratings.is_some_and(|ratings| ratings.complete || ratings.at_least > least);
            let discloses = || {
                ratings
                    .is_some_and(|ratings| ratings.disclose.iter().any(|name| self.disclosing.contains(name)))
            };
            of_markets(&ledger.markets)
                && self.ratings_over.is_none_or(more)
                && (self.disclosing.is_empty() || discloses())
        };
        let ledgers_only = self.standing || self.ratings_over.is_some() || !self.disclosing.is_empty();
        let about_milestones =
            |of: &AskedMilestones| !ledgers_only && of_markets(&of.markets) && touch(&of.roles, &self.roles);
        let anything = asked.ledgers.is_empty() && asked.milestones.is_empty() && !ledgers_only;
        anything || asked.ledgers.iter().any(about_ledger) || asked.milestones.iter().any(about_milestones)
    }

    fn is_within_times(&self, asked: &WhoAsked, history: &History, now: Timestamp) -> bool {
        let Some((times, since)) = self.counted(now) else { return true };
        history.answered(&self.name, &asked.did, since) < times
    }

    fn is_over_times(&self, asked: &WhoAsked, history: &History, now: Timestamp) -> bool {
        let Some((times, since)) = self.counted(now) else { return true };
        history.asked(&asked.did, since) >= times
    }

    /// How often, and since when that is counted.
    fn counted(&self, now: Timestamp) -> Option<(u32, Timestamp)> {
        Some((self.times?, now.plus(-self.per.unwrap_or(Per::Month).seconds())))
    }
}

/// Whether whatever is chosen of `asked` is one of `named`. Where nothing is named, anything may be chosen; where nothing is asked for by
/// name, anything could be.
fn within<T: PartialEq>(asked: &[T], named: &[T]) -> bool {
    named.is_empty() || (!asked.is_empty() && asked.iter().all(|one| named.contains(one)))
}

/// Whether something of `asked` could be one of `named`.
fn touch<T: PartialEq>(asked: &[T], named: &[T]) -> bool {
    named.is_empty() || asked.is_empty() || asked.iter().any(|one| named.contains(one))
}

#[cfg(test)]
mod tests;
