//! Erasing what was shown, when whoever showed it asks: `spec/text/erasure.md`.
//!
//! ```text
//! decided ──► erased     facts and receipt are gone; that there was one, its outcome and the statement stay until `delete_by`
//!         └─► kept       a reason of the configuration stands against it; nothing is changed but that it was asked
//! ```
//! The statement is stored with the deletion, before it is told: whoever asks again, because the answer was lost, gets the same.

use faam_spec::decision::Outcome;
use faam_spec::erasure::{Erasure, ErasureState, KeptReason};
use faam_spec::hash::{Capability, Hash};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer};
use serde::{Deserialize, Serialize};

use super::error::CoreError;
use super::outbox::{EventKind, NewEvent};
use super::requests::{MAX_TRIES, read_decision, read_request};
use super::storage::{Change, StorageError, Table};
use super::{Core, Turn, listing};

/// What became of a question for erasure; with the request it belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredErasure {
    /// When it was asked first.
    pub(super) at: Timestamp,
    /// Whether it is erased, or kept.
    pub(super) state: ErasureState,
    /// How the presentation was decided, which is all that is kept of that.
    pub(super) outcome: Outcome,
    /// The statement, as signed.
    pub(super) statement: String,
}

/// Whether two hashes are the same, in a time that does not depend on where they differ.
fn same(one: Hash, other: Hash) -> bool {
    let differing = one.as_bytes().iter().zip(other.as_bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    std::hint::black_box(differing) == 0
}

impl Core {
    /// Sets why this node keeps until `delete_by` what it was shown, whoever asks that it is erased; none if it erases.
    pub fn set_kept(&mut self, reason: Option<KeptReason>) {
        self.kept = reason;
    }

    /// Erases what was shown in answer to a request, for whoever shows that it was theirs.
    ///
    /// # Errors
    /// `request.unknown`, whatever is not as it should be; `net.busy`; [`CoreError::Storage`].
    pub(super) fn erase(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        proof: Hash,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        for _ in 0..MAX_TRIES {
            match self.try_erase(turn, capability, proof) {
                // Another daemon was first with this request.
                Err(CoreError::Storage(StorageError::Conflict)) => {}
                other => return other,
            }
        }
        Err(Fault::new(Reason::NetBusy, "request").into())
    }

    fn try_erase(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        proof: Hash,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        //= spec/text/erasure.md#REQ-ERASE-2
        //# A capability that is not known, a request that was not answered and a proof that is not right MUST be refused
        //# alike (`request.unknown`), and nothing is changed.
        let unknown = || CoreError::from(Fault::new(Reason::RequestUnknown, "capability"));
        let (mut stored, before) = read_request(turn.store, capability)?;
        let answered = stored.answered.ok_or_else(unknown)?;
        let theirs = answered.erasure.is_some_and(|right| same(right, proof));
        if !theirs || turn.now >= answered.delete_by {
            return Err(unknown());
        }
        //= spec/text/erasure.md#REQ-ERASE-3
        //# The same question later gets the same statement, byte for byte, until `delete_by`.
        if let Some(done) = &stored.erasure {
            return Ok(told(done));
        }
        let decision = read_decision(turn.store, capability)?;
        let (id, presentation) = (stored.id, answered.presentation);
        let verifier = self.signer.did().clone().into();
        let mut statement = Erasure::done(verifier, id, presentation, turn.now);
        if let Some(reason) = self.kept {
            statement = statement.kept(reason, answered.delete_by);
        }
        let done = StoredErasure {
            at: turn.now,
            state: statement.state,
            outcome: decision.outcome(),
            statement: statement.sign(&self.signer)?,
        };
        let kind = match done.state {
            ErasureState::Erased => EventKind::Erased,
            ErasureState::Kept => EventKind::Kept,
        };
        let answer = told(&done);
        stored.erasure = Some(done);
        let mut changes = vec![stored.replace(capability, before)?];
        if kind == EventKind::Erased {
            changes.push(Change::delete(Table::DECISIONS, *capability.as_bytes()));
        }
        let event = NewEvent::about(kind, id, turn.now, None).beside(presentation);
        let (more, event) = self.erased(turn, id, event)?;
        changes.extend(more);
        //= spec/text/erasure.md#REQ-ERASE-3
        //# What was shown MUST be erased, and the statement and the event about it be stored, in one commit before the
        //# statement leaves.
        self.commit(turn, changes)?;
        self.outbox.keep(event, turn);
        self.endings += 1;
        tracing::info!(state = ?kind, "an erasure was asked for");
        Ok(answer)
    }

    /// What is stored in the row of a request, and told of it, when its erasure was asked for.
    fn erased(
        &self,
        turn: &Turn<'_>,
        id: Hash,
        event: NewEvent,
    ) -> Result<(Vec<Change>, NewEvent), CoreError> {
        let (row, policy) = listing::erased(turn, id, event.kind() == EventKind::Erased)?;
        let event = event.under(policy.as_ref());
        let mut changes = vec![row];
        changes.extend(self.outbox.stage(&event, turn)?);
        Ok((changes, event))
    }
}

fn told(done: &StoredErasure) -> Message<PresentAnswer> {
    Message { head: PresentAnswer::Erasure, body: done.statement.clone().into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_same_or_not() {
        let one = Hash::from_bytes([7; 32]);
        assert!(same(one, Hash::from_bytes([7; 32])));
        for at in 0..32 {
            let mut bytes = [7; 32];
            bytes[at] ^= 1;
            assert!(!same(one, Hash::from_bytes(bytes)), "{at}");
        }
    }
}
