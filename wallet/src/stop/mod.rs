//! Stopping a party: which presentations are tied to each other, what came of asking for their erasure, and the letter where it cannot
//! be asked over the network.
//!
//! Specified in `spec/text/erasure.md`.

mod letter;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::client::Client;
use faam_spec::erasure::KeptReason;
use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::time::Timestamp;
use faam_spec::words::Lang;
use serde::Serialize;

pub use self::letter::letter;
use crate::text::foreign;
use crate::vault::{Blocked, ErasureAnswer, ErasureAsked, Happened, LogEntry};
use crate::who::Party;

/// How a party stands: whether it is blocked, and what came of asking it to erase what it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stop {
    /// Since when it is blocked; none if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Timestamp>,
    /// Why, in the holder's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What came of asking, by presentation.
    pub erasures: Vec<ErasureAsked>,
    /// Whether its time is over and nothing was done about it.
    pub unasked: bool,
}

impl Stop {
    /// How `party` stands.
    //= spec/text/erasure.md#REQ-ERASE-13
    //# and see it until something is done
    #[must_use]
    pub fn of(party: &Party, blocked: &[Blocked], erasures: &[ErasureAsked]) -> Self {
        let block = blocked.iter().find(|one| one.verifier.stable_part() == party.verifier.stable_part());
        let erasures: Vec<ErasureAsked> =
            erasures.iter().filter(|asked| party.entries.contains(&asked.entry)).cloned().collect();
        Self {
            blocked: block.map(|block| block.since),
            reason: block.and_then(|block| block.reason.clone()),
            unasked: party.over && block.is_none() && erasures.is_empty(),
            erasures,
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.blocked.is_none() && self.erasures.is_empty() && !self.unasked
    }
}

/// What ties presentations to each other in the eyes of whom they were shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The same ledger, whose name and key a plain standing shows.
    Ledger(Vec<u8>),
    /// The same pseudonym.
    Pseudonym(String),
}

fn ties(entry: &LogEntry) -> BTreeSet<Tie> {
    let Happened::Shown { ledgers, private, .. } = &entry.what else { return BTreeSet::new() };
    let plain = ledgers.iter().map(|shown| Tie::Ledger(shown.ledger.as_bytes().to_vec()));
    let private = private.iter().map(|shown| Tie::Pseudonym(shown.pseudonym.to_string()));
    plain.chain(private).collect()
}

/// Numbers of these presentations, in groups of which nothing ties one to another: the group of the newest first, and in each the newest
/// first.
#[must_use]
pub fn groups(entries: &[&LogEntry]) -> Vec<Vec<u64>> {
    let mut groups: Vec<(BTreeSet<Tie>, BTreeSet<u64>)> = Vec::new();
    for entry in entries {
        let (mut tied, mut numbers) = (ties(entry), BTreeSet::from([entry.seq]));
        // Whatever has something in common with it is one group with it.
        let (same, other): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(of_group, _)| !of_group.is_disjoint(&tied));
        for (more, others) in same {
            tied.extend(more);
            numbers.extend(others);
        }
        groups = other;
        groups.push((tied, numbers));
    }
    let mut all: Vec<Vec<u64>> =
        groups.into_iter().map(|(_, numbers)| numbers.into_iter().rev().collect()).collect();
    all.sort_by(|a: &Vec<u64>, b| b.cmp(a));
    all
}

/// The presentations to a party, oldest first.
#[must_use]
pub fn shown_to<'a>(shown: &'a [LogEntry], party: &Client) -> Vec<&'a LogEntry> {
    let theirs = |entry: &&LogEntry| match &entry.what {
        Happened::Shown { to, .. } => to.did.stable_part() == party.stable_part(),
        _ => false,
    };
    shown.iter().filter(theirs).collect()
}

/// Who asked for something and was shown nothing, by the names under which they asked: parties that can be blocked too.
#[must_use]
pub fn askers(log: &[LogEntry]) -> Vec<(Client, String)> {
    let mut found: BTreeMap<String, (Client, String)> = BTreeMap::new();
    // The newest name counts.
    for entry in log.iter().rev() {
        let to = match &entry.what {
            Happened::Shown { to, .. }
            | Happened::DryRun { to, .. }
            | Happened::Declined { to, .. }
            | Happened::Withheld { to, .. }
            | Happened::ByBlocked { to, .. }
            | Happened::Climbing { to, .. }
            | Happened::RuleApplied { to, .. }
            | Happened::NotAnswered { to, .. } => to,
            _ => continue,
        };
        found.insert(to.did.stable_part().to_owned(), (to.did.clone(), to.name.clone()));
    }
    found.into_values().collect()
}

/// Of these presentations, whose time is newly over, a sentence for each party: that its time is over, and what can be done.
#[must_use]
pub fn over(
    newly: &[LogEntry],
    erasures: &[ErasureAsked],
    lang: Lang,
    day: &dyn Fn(Timestamp) -> String,
) -> Vec<String> {
    let mut parties: BTreeMap<&str, (&str, Timestamp)> = BTreeMap::new();
    for entry in newly {
        let Happened::Shown { to, delete_by, .. } = &entry.what else { continue };
        let done = erasures.iter().any(|asked| {
            asked.entry == entry.seq
                && matches!(asked.answer, ErasureAnswer::Erased { .. } | ErasureAnswer::Unknown { .. })
        });
        if !done {
            let latest = parties.entry(to.did.as_str()).or_insert((&to.name, *delete_by));
            *latest = (&to.name, latest.1.max(*delete_by));
        }
    }
    let said = |(name, until): (&str, Timestamp)| {
        let name = foreign(name, MAX_NAME_BYTES);
        words::over(lang, &name, day(until), quoted(&name))
    };
    parties.into_values().map(said).collect()
}

/// A name as a shell takes it.
#[must_use]
pub fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    match !name.is_empty() && name.chars().all(plain) && !name.starts_with('-') {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

/// What came of asking about a presentation, in a sentence.
#[must_use]
pub fn answer(asked: &ErasureAsked, lang: Lang, when: &dyn Fn(Timestamp) -> String) -> String {
    let entry = asked.entry;
    match &asked.answer {
        ErasureAnswer::Waiting { next, code: None } => words::waiting(lang, entry, when(*next)),
        ErasureAnswer::Waiting { next, code: Some(code) } => {
            words::tried(lang, entry, asked.tries, code.sentence_in(lang), code.code(), when(*next))
        }
        ErasureAnswer::Erased { on, .. } => words::erased(lang, entry, when(*on)),
        ErasureAnswer::Kept { reason, until, promised, .. } => {
            let (why, until) = (kept(*reason, lang), when(*until));
            match promised {
                Some(promised) => words::kept_longer(lang, entry, why, until, when(*promised)),
                None => words::kept(lang, entry, why, until),
            }
        }
        ErasureAnswer::Unknown { on } => words::unknown(lang, entry, when(*on)),
        ErasureAnswer::ByHand { letter: None } => words::by_hand(lang, entry),
        ErasureAnswer::ByHand { letter: Some(at) } => words::letter_made(lang, entry, when(*at)),
        ErasureAnswer::GivenUp { code } => match code {
            Some(code) => words::given_up(lang, entry, asked.tries, code.sentence_in(lang), code.code()),
            None => words::over_before(lang, entry),
        },
    }
}

/// Why something is kept, in words.
#[must_use]
pub fn kept(reason: KeptReason, lang: Lang) -> String {
    match reason {
        KeptReason::LegalObligation => words::legal_obligation(lang),
        KeptReason::LegalClaim => words::legal_claim(lang),
        KeptReason::StillNeeded => words::still_needed(lang),
    }
}

/// What no stop can do.
//= spec/text/erasure.md#REQ-ERASE-10
//# A wallet that stops a party MUST say that what was shown cannot be called back.
#[must_use]
pub fn honest(lang: Lang) -> String {
    words::honest(lang)
}

/// That presentations are asked about at several times.
#[must_use]
pub fn apart(lang: Lang) -> String {
    words::apart(lang)
}

#[cfg(test)]
mod tests;
