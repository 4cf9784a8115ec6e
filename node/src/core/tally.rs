//! What happened since somebody last asked, in numbers alone: nothing in them names anybody.

use std::collections::BTreeMap;

use faam_spec::decision::Outcome;
use faam_spec::reason::Reason;

use super::Core;

/// Counts since the last [`Core::take_tally`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Offers that were made.
    pub offers_made: u64,
    /// Offers that a wallet took whole.
    pub offers_taken: u64,
    /// Renewals that a wallet took whole.
    pub renewals_taken: u64,
    /// Events that were applied, those that were there already among them.
    pub events_applied: u64,
    /// Requests that were made.
    pub requests_made: u64,
    /// Presentations that were judged, by how.
    pub decisions: BTreeMap<&'static str, u64>,
    /// First reasons of those that were not accepted.
    pub reasons: BTreeMap<Reason, u64>,
    /// What peers were refused before anything was judged, by protocol and code.
    pub refused: BTreeMap<(&'static str, Reason), u64>,
}

impl Tally {
    pub(super) fn decided(&mut self, outcome: Outcome, reason: Option<Reason>) {
        let name = match outcome {
            Outcome::Accepted => "accepted",
            Outcome::Refused => "refused",
            Outcome::Undecided => "undecided",
        };
        *self.decisions.entry(name).or_default() += 1;
        if let Some(reason) = reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    pub(super) fn refused(&mut self, protocol: &'static str, reason: Reason) {
        *self.refused.entry((protocol, reason)).or_default() += 1;
    }
}

impl Core {
    /// What happened since this was last called, or since the start.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}
