//! The decision as a type that only the pipeline can make, and its sentences.

use faam_spec::decision::{DecisionDocument, LedgerFacts, Outcome, PrivateFacts, SameHolder, StatedReason};
use faam_spec::limits::MAX_SHOWN_BYTES;
use faam_spec::name::shown;

/// What the verifier concluded. Only [`crate::finish`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    document: DecisionDocument,
    hint: Option<String>,
}

/// Facts that were verified: proof that the pipeline ran to its end.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<'a> {
    document: &'a DecisionDocument,
}

impl<'a> Accepted<'a> {
    /// What was verified, ledger by ledger, in the order of the query. Ledgers are listed and never added: nothing here proves
    /// that two of them have the same holder.
    //= spec/text/decision.md#REQ-DEC-3
    //# Facts of several markets are listed and MUST NOT be added: that they are of one person is not proven
    //# beyond the holder keys.
    #[must_use]
    pub fn facts(&self) -> &'a [LedgerFacts] {
        &self.document.facts
    }

    /// What was verified of private standings, in the order of the query; never beside [`Accepted::facts`]. A pseudonym is the
    /// holder's name at this verifier alone: the same each time for the same ledger and wallet.
    #[must_use]
    pub fn private(&self) -> &'a [PrivateFacts] {
        &self.document.private
    }

    /// What the policy says to tell with the acceptance: among it, what is wrong with statements that do not count.
    #[must_use]
    pub fn notes(&self) -> &'a [StatedReason] {
        &self.document.notes
    }

    /// That several of what was verified are of one holder is not proven; none where there is only one.
    #[must_use]
    pub fn same_holder(&self) -> Option<SameHolder> {
        self.document.same_holder
    }
}

impl Decision {
    pub(crate) const fn new(document: DecisionDocument, hint: Option<String>) -> Self {
        Self { document, hint }
    }

    /// For whoever wrote the trust entries, where nobody was trusted: which entry came nearest, and what of it does not fit. It is
    /// no part of the document, and nobody else's business.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.document.outcome
    }

    /// The facts, if it was accepted.
    //= spec/text/decision.md#REQ-DEC-2
    //# Facts MUST be stated only when it is accepted.
    #[must_use]
    pub fn accepted(&self) -> Option<Accepted<'_>> {
        (self.document.outcome == Outcome::Accepted).then_some(Accepted { document: &self.document })
    }

    /// Why it was not accepted.
    #[must_use]
    pub fn reasons(&self) -> &[StatedReason] {
        &self.document.reasons
    }

    /// The whole decision as a document.
    #[must_use]
    pub const fn document(&self) -> &DecisionDocument {
        &self.document
    }

    /// The decision in English sentences, for people; foreign text in it is made safe to show.
    #[must_use]
    pub fn explain(&self) -> String {
        explain_with(&self.document, self.hint())
    }
}

/// A decision document in English sentences, a line each; foreign text in it is made safe to show.
#[must_use]
pub fn explain(document: &DecisionDocument) -> String {
    explain_with(document, None)
}

/// As [`explain`], with the [`Decision::hint`] that came with it.
#[must_use]
pub fn explain_with(document: &DecisionDocument, hint: Option<&str>) -> String {
    let mut lines = vec![match document.outcome {
        Outcome::Accepted => "Accepted.".to_owned(),
        Outcome::Refused => "Refused.".to_owned(),
        Outcome::Undecided => "Undecided: something is missing that may yet be had.".to_owned(),
    }];
    let safe = |text: &str| shown(text, MAX_SHOWN_BYTES);
    for reason in &document.reasons {
        let again = if reason.retryable { " Trying again may help." } else { "" };
        lines.push(format!(
            "  {} [{}; {}; {}]{again}",
            safe(&reason.sentence),
            reason.code.code(),
            safe(&reason.at),
            safe(&reason.party)
        ));
    }
    if let Some(policy) = &document.policy {
        lines.push(format!("  By the policy \"{}\".", safe(policy)));
    }
    for note in &document.notes {
        lines.push(format!("  Noted: {} [{}; {}]", safe(&note.sentence), note.code.code(), safe(&note.at)));
    }
    lines.extend(hint.map(|hint| format!("  {}", shown(hint, MAX_HINT_BYTES))));
    for facts in &document.facts {
        lines.extend(facts_in_words(facts));
    }
    for facts in &document.private {
        lines.extend(private_in_words(facts));
    }
    for notice in &document.notices {
        lines.push(format!("  Announced: {}", safe(notice)));
    }
    for source in &document.sources {
        lines.push(format!(
            "  Rests on the {} {} of {} ({}, {}).",
            safe(&source.kind.replace('_', " ")),
            safe(&source.name),
            source.issued,
            age(source.age_seconds),
            if source.from == "known" { "known here" } else { "brought by the holder" },
        ));
    }
    for limit in &document.not_covered {
        lines.push(format!("  Not covered: {}", safe(limit)));
    }
    lines.join("\n")
}

/// Longest hint that is shown, in bytes: a long DID, and many roles.
const MAX_HINT_BYTES: usize = 2_000;

fn facts_in_words(facts: &LedgerFacts) -> Vec<String> {
    let all = &facts.numbers.total.all;
    let mut lines = vec![format!(
        "  {} states, for epoch {}{}:",
        facts.market,
        shown(&facts.epoch, MAX_SHOWN_BYTES),
        epochs(facts.epochs_old)
    )];
    lines.push(match all.mean {
        Some(mean) => format!(
            "    {} by {}, mean {mean} of 1000 (bands {}), {} to {}.",
            count(all.ratings, "rating", "ratings"),
            count(all.counterparties, "person", "people"),
            bands(&all.histogram),
            all.first.map_or_else(|| "?".to_owned(), |day| day.to_string()),
            all.last.map_or_else(|| "?".to_owned(), |day| day.to_string()),
        ),
        None => "    no ratings yet: unrated, which is neither good nor bad.".to_owned(),
    });
    let numbers = &facts.numbers;
    lines.push(format!(
        "    {} withdrawn, {} corrected, {} under dispute; bound to this wallet since {}.",
        numbers.withdrawn, numbers.corrected, numbers.disputed, facts.bound
    ));
    let shown_count = facts.shown.len();
    if facts.complete {
        lines.push(format!("    All {shown_count} ratings asked for were shown: none is left out."));
    } else {
        lines.push(format!(
            "    {shown_count} of {} ratings shown; the {} others are distributed {}.",
            all.ratings,
            facts.not_shown,
            bands(&facts.not_shown_histogram)
        ));
    }
    lines
}

/// Such as "bitcoin-alpha states, for epoch 2026-47 (the current one), in the role trader: at least 50 ratings, …".
fn private_in_words(facts: &PrivateFacts) -> [String; 3] {
    let words: Vec<String> = facts.milestones.iter().map(|milestone| milestone.plain_words()).collect();
    [
        format!(
            "  {} states, for epoch {}{}, in the role {}:",
            facts.market,
            shown(&facts.epoch, MAX_SHOWN_BYTES),
            epochs(facts.epochs_old),
            facts.role
        ),
        format!("    {}.", words.join("; ")),
        format!(
            "    Pseudonym {}: the same each time here for this ledger and wallet, and another one elsewhere.",
            facts.pseudonym
        ),
    ]
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn bands(histogram: &[u64; 5]) -> String {
    let [a, b, c, d, e] = histogram;
    format!("{a} / {b} / {c} / {d} / {e} from worst to best")
}

fn epochs(old: u64) -> String {
    match old {
        0 => " (the current one)".to_owned(),
        1 => " (the previous one)".to_owned(),
        n => format!(" ({n} epochs ago; nothing newer of it is known here)"),
    }
}

fn age(seconds: i64) -> String {
    match seconds {
        s if s < 0 => "in the future".to_owned(),
        s if s < 7200 => format!("{} old", count(s.unsigned_abs() / 60, "minute", "minutes")),
        s if s < 172_800 => format!("{} hours old", s / 3600),
        s => format!("{} days old", s / 86_400),
    }
}
