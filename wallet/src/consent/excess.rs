//! More than the purpose needs: what can be computed of it, from the request and from what the holder was asked before.
//!
//! Nobody but the verifier knows what a purpose needs. What is said here is said of most, against bounds that stand in
//! `spec/text/rules.md`; it stands in the way of an answer by a rule, and leaves the decision to a person.

use faam_spec::ledger::names;
use faam_spec::words::Lang;
use serde::{Deserialize, Serialize};

use super::private::plain_before;
use super::words;
use crate::present::{Part, Plan};
use crate::vault::{Happened, LogEntry};

/// Retention beyond this is more than most purposes need, in days: a year.
const LONG_RETENTION: u32 = 366;
/// More ratings than this are more than most purposes need.
const MANY_RATINGS: u32 = 12;
/// So many parts of each rating are nearly all of it.
const MANY_PARTS: usize = 4;
/// So many others have to have been answered before their retention says what is usual.
const OTHERS: usize = 5;
/// So many times what is usual is far from it.
const FAR: u32 = 3;

/// In which way more is asked than most purposes need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// To be kept for longer than a year.
    LongRetention,
    /// To be kept for far longer than others do who asked this holder.
    UnusualRetention,
    /// Exact numbers and no rating, where milestones can be proven.
    ExactNumbers,
    /// More than 12 ratings.
    ManyRatings,
    /// Every rating.
    AllRatings,
    /// Four or more parts of each rating.
    NearlyEverything,
    /// Who rated: other people.
    Raters,
    /// Several markets at once.
    SeveralMarkets,
    /// More than was asked for the same purpose before.
    Grew,
}

/// In which ways more is asked, and a sentence for each.
///
/// Implements REQ-RULE-11 (`spec/text/rules.md`).
//= spec/text/rules.md#REQ-RULE-11
//# A holder MUST be warned where more is asked than most purposes need
pub(super) fn of(plan: &Plan<'_>, shown: &[LogEntry], lang: Lang) -> (Vec<Excess>, Vec<String>) {
    let asked = plan.request().request();
    let days = asked.ask.retention_days;
    let mut found: Vec<(Excess, String)> = Vec::new();
    if days > LONG_RETENTION {
        found.push((Excess::LongRetention, words::long_retention(lang, days)));
    } else if let Some((usual, others)) = usual(plan, shown)
        && days > usual.saturating_mul(FAR)
    {
        found.push((Excess::UnusualRetention, words::unusual_retention(lang, days, usual, others)));
    }
    for part in plan.parts() {
        found.extend(of_part(part, plan, shown, lang));
    }
    let mut markets: Vec<_> = plan.ledgers().map(|info| (&info.issuer, &info.market)).collect();
    markets.sort_unstable();
    markets.dedup();
    if markets.len() > 1 {
        found.push((Excess::SeveralMarkets, words::several_markets(lang, markets.len())));
    }
    let (mut codes, sentences): (Vec<Excess>, Vec<String>) = found.into_iter().unzip();
    codes.sort_unstable();
    codes.dedup();
    (codes, sentences)
}

fn of_part(part: &Part<'_>, plan: &Plan<'_>, shown: &[LogEntry], lang: Lang) -> Vec<(Excess, String)> {
    let (market, ledger) = (&part.held().info().market, part.held().info().ledger);
    let verifier = &plan.request().request().verifier;
    let mut found = Vec::new();
    let Some(ratings) = &part.query().ratings else {
        // Who has the numbers already learns no more by them than that they changed.
        if part.held().private().is_some() && !plain_before(ledger, verifier, shown) {
            found.push((Excess::ExactNumbers, words::exact_numbers(lang, market)));
        }
        return found;
    };
    if ratings.complete {
        found.push((Excess::AllRatings, words::all_ratings(lang, market)));
    } else if ratings.at_least > MANY_RATINGS {
        found.push((Excess::ManyRatings, words::many_ratings(lang, ratings.at_least, market)));
    }
    if ratings.disclose.len() >= MANY_PARTS {
        found.push((Excess::NearlyEverything, words::nearly_everything(lang, market)));
    }
    if ratings.disclose.contains(names::RATER) {
        found.push((Excess::Raters, words::raters(lang, market)));
    }
    if grew(part, plan, shown) {
        found.push((Excess::Grew, words::grew(lang, market)));
    }
    found
}

/// For how many days others keep what they were shown, at the middle, and how many others there are; none where they are too few to say.
fn usual(plan: &Plan<'_>, shown: &[LogEntry]) -> Option<(u32, usize)> {
    let verifier = &plan.request().request().verifier;
    let mut others = std::collections::BTreeMap::new();
    for entry in shown {
        if let Happened::Shown { to, .. } = &entry.what
            && !to.terms_unsaid
            && to.did.stable_part() != verifier.stable_part()
        {
            others.insert(to.did.stable_part().to_owned(), to.retention_days);
        }
    }
    let mut days: Vec<u32> = others.into_values().collect();
    days.sort_unstable();
    let middle = days.get(days.len() / 2).copied()?;
    (days.len() >= OTHERS && middle > 0).then_some((middle, days.len()))
}

/// Whether this verifier asked for less of the same market, for the same purpose, the last time that it did.
fn grew(part: &Part<'_>, plan: &Plan<'_>, shown: &[LogEntry]) -> bool {
    let asked = plan.request().request();
    let market = &part.held().info().market;
    let Some(now) = &part.query().ratings else { return false };
    let before = shown.iter().rev().find_map(|entry| match &entry.what {
        Happened::Shown { to, .. }
            if to.did.stable_part() == asked.verifier.stable_part() && to.purpose == asked.ask.purpose =>
        {
            to.ledgers.iter().find(|ledger| ledger.markets.contains(market))
        }
        _ => None,
    });
    let Some(before) = before else { return false };
    match &before.ratings {
        None => true,
        Some(before) => {
            now.at_least > before.at_least || now.disclose.iter().any(|name| !before.disclose.contains(name))
        }
    }
}
