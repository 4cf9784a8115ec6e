//! The decision as a type that only the pipeline can make.

use faam_spec::decision::{DecisionDocument, LedgerFacts, Outcome, PrivateFacts, SameHolder, StatedReason};
use faam_spec::words::Lang;

use crate::explain::explain_in;
use crate::trust::Hint;

/// What the verifier concluded. Only [`crate::finish`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    document: DecisionDocument,
    hint: Option<Hint>,
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
    pub(crate) const fn new(document: DecisionDocument, hint: Option<Hint>) -> Self {
        Self { document, hint }
    }

    /// For whoever wrote the trust entries and the policy: where nobody was trusted, who is named as issuer, which entry came nearest, and
    /// what of it does not fit; where a number of the policy is not met, which one. It is no part of the document, and nobody else's
    /// business.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint_in(Lang::En)
    }

    /// As [`Decision::hint`], in a language.
    #[must_use]
    pub fn hint_in(&self, lang: Lang) -> Option<&str> {
        self.hint.as_ref().map(|hint| hint.said(lang))
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
        self.explain_in(Lang::En)
    }

    /// As [`Decision::explain`], in a language.
    #[must_use]
    pub fn explain_in(&self, lang: Lang) -> String {
        explain_in(&self.document, self.hint_in(lang), lang)
    }
}
