//! Both sides of a contradiction, kept as the market signed them (A24, A34).

use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::{Hash, LedgerId};
use faam_spec::ledger::{Ledger, LedgerHead, Record};
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_spec::tree::Path;
use serde::{Deserialize, Serialize};

use crate::held::{HeldStanding, StoredStanding};
use crate::text::number;

/// What a contradiction is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Anybody can verify from what is kept that the market contradicted itself.
    Evidence,
    /// The wallet was shown something that does not continue what it has; that alone proves nothing to others.
    Complaint,
}

/// What was signed at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadOf {
    /// The epoch record, as signed.
    pub record: String,
    /// The ledger's heads, where the contradiction is about a ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<LedgerHead>,
    /// The standing that states them, and its place in the epoch record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<StoredStanding>,
    /// The entry of which there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Record>,
    /// The path from that entry to the root of the log that the standing states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
}

/// Both sides of a contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The reason's stable code.
    pub code: Reason,
    /// What it is worth.
    pub weight: Weight,
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// The ledger, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<LedgerId>,
    /// The index of which there are two entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// When it was noticed.
    pub at: Timestamp,
    /// What is held.
    pub held: HeadOf,
    /// What was offered.
    pub offered: HeadOf,
}

impl HeadOf {
    fn ledger(standing: &HeldStanding) -> Self {
        Self {
            record: standing.record().as_str().to_owned(),
            head: Some(standing.statement().head),
            standing: Some(standing.to_stored()),
            entry: None,
            path: None,
        }
    }

    fn record(record: &SignedEpochRecord) -> Self {
        Self { record: record.as_str().to_owned(), head: None, standing: None, entry: None, path: None }
    }

    fn add_entry(&mut self, index: u64, ledger: &Ledger) {
        let at = usize::try_from(index).ok();
        self.entry = at.and_then(|at| ledger.records().get(at)).cloned();
        self.path = ledger.log().prove(index);
    }

    fn open_standing(&self, histories: &KeyHistories) -> Option<HeldStanding> {
        HeldStanding::open(self.standing.clone()?, histories).ok()
    }

    /// The leaf of the entry, if the path leads from it to the root that the standing states.
    fn proven_leaf(&self, index: u64, standing: &HeldStanding) -> Option<Hash> {
        let entry = self.entry.as_ref()?.entry();
        let statement = standing.statement();
        if entry.ledger != statement.ledger || entry.index != index {
            return None;
        }
        let leaf = entry.leaf().ok()?;
        statement.head.log.verify_inclusion(&leaf, index, self.path.as_ref()?).ok()?;
        Some(leaf)
    }
}

/// How two epoch records of one market contradict each other, if they do; the order in which they are given does not matter.
//= spec/text/epoch.md#REQ-EPOCH-7
//# Two signed records with one predecessor are evidence against the market. Both are kept.
pub(super) fn contradiction(one: &SignedEpochRecord, other: &SignedEpochRecord) -> Option<Fault> {
    let is_older = one.record().epoch <= other.record().epoch;
    let (older, newer) = if is_older { (one, other) } else { (other, one) };
    newer.follows(older).err()
}

impl Conflict {
    /// Whether anybody can verify from what is kept, and from nothing else, that the market contradicted itself.
    ///
    /// Every signature, every path and the contradiction itself are verified again: [`Conflict::weight`] is what came of it when
    /// it was noticed.
    #[must_use]
    pub fn is_proven(&self, histories: &KeyHistories) -> bool {
        let proven = match self.code {
            Reason::EpochForked | Reason::EpochChain => self.records_contradict(histories),
            Reason::LedgerFork => self.ledgers_contradict(histories),
            _ => None,
        };
        proven.unwrap_or(false)
    }

    /// What happened, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let of_one_record = self.held.record == self.offered.record;
        match (self.code, self.index) {
            (Reason::LedgerFork, Some(index)) => {
                format!(
                    "The market signed two different entries under one number of a ledger, {}.",
                    number(index)
                )
            }
            (Reason::LedgerFork, None) if of_one_record => {
                "The market signed two different heads of one ledger under one epoch record.".to_owned()
            }
            (Reason::LedgerFork, None) => {
                "The market signed two different ledgers of one size: two roots where one may be.".to_owned()
            }
            (Reason::EpochForked, _) => "The market published two epoch records where one may be.".to_owned(),
            (Reason::EpochChain, _) => {
                "The market published an epoch record that contradicts the one it published before."
                    .to_owned()
            }
            (other, _) => other.sentence().to_owned(),
        }
    }

    /// Whether it is the same contradiction, noticed at another time.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        *self == Self { at: self.at, ..other.clone() }
    }

    pub(super) fn of_ledgers(
        fault: &Fault,
        held: &HeldStanding,
        offered: &HeldStanding,
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Self {
        let conflict = Self {
            code: fault.reason(),
            weight: Weight::Complaint,
            issuer: held.standing().issuer().clone(),
            market: held.standing().market().clone(),
            ledger: Some(held.statement().ledger),
            index: None,
            at: now,
            held: HeadOf::ledger(held),
            offered: HeadOf::ledger(offered),
        };
        conflict.weighed(histories)
    }

    pub(super) fn of_records(
        fault: &Fault,
        held: &SignedEpochRecord,
        offered: &SignedEpochRecord,
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Self {
        let conflict = Self {
            code: fault.reason(),
            weight: Weight::Complaint,
            issuer: offered.record().iss.clone(),
            market: offered.record().market.clone(),
            ledger: None,
            index: None,
            at: now,
            held: HeadOf::record(held),
            offered: HeadOf::record(offered),
        };
        conflict.weighed(histories)
    }

    /// Adds the two entries at `index`, each with its path in the log that was signed.
    pub(super) fn add_entries(
        &mut self,
        index: u64,
        held: &Ledger,
        offered: &Ledger,
        histories: &KeyHistories,
    ) {
        self.index = Some(index);
        self.held.add_entry(index, held);
        self.offered.add_entry(index, offered);
        self.weight = self.worth(histories);
    }

    fn weighed(mut self, histories: &KeyHistories) -> Self {
        self.weight = self.worth(histories);
        self
    }

    fn worth(&self, histories: &KeyHistories) -> Weight {
        if self.is_proven(histories) { Weight::Evidence } else { Weight::Complaint }
    }

    fn records_contradict(&self, histories: &KeyHistories) -> Option<bool> {
        let one = SignedEpochRecord::open(&self.held.record, histories).ok()?;
        let other = SignedEpochRecord::open(&self.offered.record, histories).ok()?;
        let is_theirs = |signed: &SignedEpochRecord| {
            signed.record().iss == self.issuer && signed.record().market == self.market
        };
        let fault = contradiction(&one, &other)?;
        // Whether epochs may get another length is a rule and no contradiction: nobody signed that they would not.
        let same_length = one.record().epoch_seconds == other.record().epoch_seconds;
        Some(is_theirs(&one) && is_theirs(&other) && same_length && fault.reason() == self.code)
    }

    //= spec/text/offer.md#REQ-OFFER-16
    //# They are evidence, and both sides are kept, as signed.
    fn ledgers_contradict(&self, histories: &KeyHistories) -> Option<bool> {
        let one = self.held.open_standing(histories)?;
        let other = self.offered.open_standing(histories)?;
        let is_theirs = |held: &HeldStanding| {
            let standing = held.standing();
            standing.issuer() == &self.issuer
                && standing.market() == &self.market
                && Some(standing.statement().ledger) == self.ledger
        };
        if !is_theirs(&one) || !is_theirs(&other) {
            return Some(false);
        }
        if let Some(index) = self.index {
            return Some(self.held.proven_leaf(index, &one)? != self.offered.proven_leaf(index, &other)?);
        }
        let (first, second) = (one.statement().head.log, other.statement().head.log);
        Some(one.is_beside(&other) || (first.size == second.size && first.root != second.root))
    }
}

#[cfg(test)]
mod tests;
