//! What rules have to know of the past: who asked when, what they know, and which rule answered.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::client::Client;
use faam_spec::grid::{Metric, Milestone};
use faam_spec::name::{MarketId, Role};
use faam_spec::time::Timestamp;

use super::Then;
use crate::persona::FIRST;
use crate::vault::{AskedLedger, AskedMilestones, Happened, LogEntry, WhoAsked};

/// What the log says of the past.
#[derive(Debug, Clone, Default)]
pub struct History {
    persona: u32,
    asked: BTreeMap<String, Vec<Timestamp>>,
    answered: BTreeMap<(String, String), Vec<Timestamp>>,
    known: BTreeMap<String, Known>,
}

/// What somebody knows.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Of each market whose standing was shown, the most ratings at once, and what was disclosed of ratings.
    markets: BTreeMap<MarketId, (u64, BTreeSet<String>)>,
    /// The highest steps that were proven.
    steps: BTreeMap<(MarketId, Role, Metric), Milestone>,
}

impl History {
    /// Of these entries, in any order, of which those under the first persona count.
    #[must_use]
    pub fn of(entries: &[LogEntry]) -> Self {
        Self::under(FIRST, entries)
    }

    /// Of these entries, in any order, of which those under this persona count: what was shown under another one is known of another
    /// person, as far as anybody should see.
    #[must_use]
    pub fn under(persona: u32, entries: &[LogEntry]) -> Self {
        let mut history = Self { persona, ..Self::default() };
        entries.iter().for_each(|entry| history.add(entry));
        history
    }

    /// Takes in one more entry.
    pub fn add(&mut self, entry: &LogEntry) {
        if entry.persona != self.persona {
            return;
        }
        let (to, at) = match &entry.what {
            Happened::RuleApplied { to, rule, then, .. } => {
                if *then == Then::Answer {
                    let key = (rule.clone(), name(&to.did));
                    self.answered.entry(key).or_default().push(entry.at);
                }
                return;
            }
            Happened::Shown { to, ledgers, private, .. } => {
                let known = self.known.entry(name(&to.did)).or_default();
                for ledger in ledgers {
                    let (ratings, claims) = known.markets.entry(ledger.market.clone()).or_default();
                    *ratings = (*ratings).max(ledger.ratings);
                    claims.extend(ledger.names.iter().cloned());
                }
                for proven in private {
                    for step in &proven.milestones {
                        let key = (proven.market.clone(), proven.role.clone(), step.metric());
                        let highest = known.steps.entry(key).or_insert(*step);
                        *highest = (*highest).max(*step);
                    }
                }
                (to, entry.at)
            }
            Happened::Declined { to, .. }
            | Happened::Withheld { to, .. }
            | Happened::NotAnswered { to, .. } => (to, entry.at),
            _ => return,
        };
        self.asked.entry(name(&to.did)).or_default().push(at);
    }

    /// How often somebody asked since then.
    pub(super) fn asked(&self, who: &Client, since: Timestamp) -> u32 {
        count(self.asked.get(&name(who)), since)
    }

    /// How often a rule answered somebody since then.
    pub(super) fn answered(&self, rule: &str, who: &Client, since: Timestamp) -> u32 {
        count(self.answered.get(&(rule.to_owned(), name(who))), since)
    }

    /// How often a rule answered, and when it did last.
    #[must_use]
    pub fn of_rule(&self, rule: &str) -> (u64, Option<Timestamp>) {
        let times = || self.answered.iter().filter(|((of, _), _)| of == rule).flat_map(|(_, times)| times);
        (u64::try_from(times().count()).unwrap_or(u64::MAX), times().max().copied())
    }

    /// Whether somebody was shown before all that they ask for: as much, of the same.
    pub(super) fn knows_all_of(&self, asked: &WhoAsked) -> bool {
        let Some(known) = self.known.get(&name(&asked.did)) else { return false };
        asked.ledgers.iter().all(|ledger| known.has_ledger(ledger))
            && asked.milestones.iter().all(|of| known.has_milestones(of))
    }
}

impl Known {
    /// Whichever of the markets that are asked for is chosen has to be known.
    fn has_ledger(&self, asked: &AskedLedger) -> bool {
        let known = |market: &MarketId| {
            let Some((most, claims)) = self.markets.get(market) else { return false };
            asked.ratings.as_ref().is_none_or(|ratings| {
                !ratings.complete
                    && u64::from(ratings.at_least) <= *most
                    && ratings.disclose.iter().all(|name| claims.contains(name))
            })
        };
        !asked.markets.is_empty() && asked.markets.iter().all(known)
    }

    fn has_milestones(&self, asked: &AskedMilestones) -> bool {
        let known = |market: &MarketId, role: &Role, step: &Milestone| {
            let highest = self.steps.get(&(market.clone(), role.clone(), step.metric()));
            highest.is_some_and(|highest| step <= highest)
        };
        let all = |market: &MarketId| {
            asked.roles.iter().all(|role| asked.milestones.iter().all(|step| known(market, role, step)))
        };
        !asked.markets.is_empty() && !asked.roles.is_empty() && asked.markets.iter().all(all)
    }
}

/// By what somebody is told apart, whatever their name or their certificate is today.
fn name(who: &Client) -> String {
    who.stable_part().to_owned()
}

fn count(times: Option<&Vec<Timestamp>>, since: Timestamp) -> u32 {
    let times = times.into_iter().flatten().filter(|at| **at > since).count();
    u32::try_from(times).unwrap_or(u32::MAX)
}
