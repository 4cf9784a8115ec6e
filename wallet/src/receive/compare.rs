//! An epoch record beside the one of the same market that came by another path (A29).

use faam_spec::did::KeyHistories;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use super::{Conflict, ReceiveRefused, contradiction};

/// What came of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compared {
    /// Others are told of the same record: it is this one, or the next one follows it.
    Same,
    /// Others are told of a record that is newer by more than one epoch, and says nothing about this one. Renewing helps.
    Newer,
    /// Others are told of an older record only. It contradicts nothing; comparing again later helps.
    Older,
}

/// Compares the record that is held with the one that a stranger is given.
///
/// # Errors
/// `invalid.issuer` for a record of another market; `epoch.forked` or `epoch.chain`, with both sides, for one that contradicts
/// what is held.
//= spec/text/private.md#REQ-PRIVATE-16
//# A wallet MUST compare the epoch record with one that it gets by another path
pub fn compare(
    held: &SignedEpochRecord,
    other: &SignedEpochRecord,
    histories: &KeyHistories,
    now: Timestamp,
) -> Result<Compared, ReceiveRefused> {
    let (ours, theirs) = (held.record(), other.record());
    if ours.iss != theirs.iss || ours.market != theirs.market {
        return Err(Fault::new(Reason::InvalidIssuer, "record.iss").into());
    }
    //= spec/text/private.md#REQ-PRIVATE-16
    //# a market that has another record, or another key, for one person could follow that person
    if let Some(fault) = contradiction(held, other) {
        let conflict = Conflict::of_records(&fault, held, other, histories, now);
        return Err(ReceiveRefused { fault, conflict: Some(Box::new(conflict)) });
    }
    // That the next one names this one's hash was looked at above.
    Ok(match theirs.epoch {
        epoch if epoch < ours.epoch => Compared::Older,
        epoch if epoch > ours.epoch.saturating_add(1) => Compared::Newer,
        _ => Compared::Same,
    })
}

/// The refusal that a contradiction about this record led to, if there was one.
#[must_use]
pub fn contradicted(conflicts: &[Conflict], held: &SignedEpochRecord) -> Option<ReceiveRefused> {
    let is_about = |conflict: &&Conflict| {
        matches!(conflict.code, Reason::EpochForked | Reason::EpochChain)
            && (conflict.held.record == held.as_str() || conflict.offered.record == held.as_str())
    };
    let conflict = conflicts.iter().find(is_about)?;
    let fault = Fault::new(conflict.code, "epoch_record");
    Some(ReceiveRefused { fault, conflict: Some(Box::new(conflict.clone())) })
}
