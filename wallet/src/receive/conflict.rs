//! Both sides of a contradiction, kept as the market signed them (A24, A34).

use faam_spec::did::Did;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::ledger::{LedgerHead, Record};
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::held::{HeldLedger, HeldStanding, StoredStanding};

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
        }
    }

    fn record(record: &SignedEpochRecord) -> Self {
        Self { record: record.as_str().to_owned(), head: None, standing: None, entry: None }
    }
}

impl Conflict {
    pub(super) fn of_ledgers(
        fault: &Fault,
        held: &HeldLedger,
        offered: &HeldStanding,
        index: Option<u64>,
        now: Timestamp,
    ) -> Self {
        Self {
            code: fault.reason(),
            weight: weight(fault.reason()),
            issuer: held.info.issuer.clone(),
            market: held.info.market.clone(),
            ledger: Some(held.ledger.id()),
            index,
            at: now,
            held: HeadOf::ledger(&held.standing),
            offered: HeadOf::ledger(offered),
        }
    }

    pub(super) fn of_records(
        fault: &Fault,
        held: &SignedEpochRecord,
        offered: &SignedEpochRecord,
        now: Timestamp,
    ) -> Self {
        Self {
            code: fault.reason(),
            weight: weight(fault.reason()),
            issuer: offered.record().iss.clone(),
            market: offered.record().market.clone(),
            ledger: None,
            index: None,
            at: now,
            held: HeadOf::record(held),
            offered: HeadOf::record(offered),
        }
    }

    pub(super) fn add_entries(&mut self, held: &Record, offered: &Record) {
        self.held.entry = Some(held.clone());
        self.offered.entry = Some(offered.clone());
    }
}

fn weight(reason: Reason) -> Weight {
    match reason {
        Reason::LedgerFork | Reason::EpochForked => Weight::Evidence,
        _ => Weight::Complaint,
    }
}
