//! Receipts: what verifiers signed about what they were shown.

use faam_spec::decision::HolderDecision;
use faam_spec::hash::Hash;
use faam_spec::time::Timestamp;
use faam_store::Batch;
use serde::{Deserialize, Serialize};

use super::log::with_told;
use super::tables::{RECEIPT, from_bytes, to_bytes};
use super::{LogEntry, Told, Vault, VaultError};
use crate::outcome::Outcome;

/// A receipt with what it takes to verify it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReceipt {
    /// Number of the log entry that it belongs to.
    pub seq: u64,
    /// When it came.
    pub at: Timestamp,
    /// The request, as signed.
    pub request: String,
    /// Hash of the presentation's bytes.
    pub presentation: Hash,
    /// What the verifier told.
    pub decision: HolderDecision,
    /// The receipt, as signed.
    pub receipt: String,
}

impl Vault {
    /// Keeps what the other side decided and its receipt, and completes the log entry, as one change.
    ///
    /// # Errors
    /// [`super::VaultError::Commit`].
    pub fn keep_outcome(
        &self,
        entry: &LogEntry,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<LogEntry, VaultError> {
        let told = Told::Decided {
            outcome: outcome.decision().outcome,
            reasons: outcome.decision().reasons.iter().map(|reason| reason.code).collect(),
            receipt: outcome.receipt().err().map(faam_spec::reason::Fault::reason),
        };
        let until = outcome.receipt().ok().map(|receipt| receipt.delete_by);
        let (batch, entry) = with_told(Batch::new(), entry, told, until)?;
        //= spec/text/decision.md#REQ-DEC-8
        //# MUST keep what it got as evidence
        let kept = KeptReceipt {
            seq: entry.seq,
            at: now,
            request: outcome.request().as_str().to_owned(),
            presentation: outcome.presentation(),
            decision: outcome.decision().clone(),
            receipt: outcome.receipt_text().to_owned(),
        };
        self.store.commit(batch.put(RECEIPT, entry.seq.to_be_bytes(), to_bytes(&kept)?))?;
        Ok(entry)
    }

    /// Every receipt, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn receipts(&self) -> Result<Vec<KeptReceipt>, VaultError> {
        self.store.scan(RECEIPT)?.into_iter().map(|(_, value)| from_bytes(&value?)).collect()
    }
}
