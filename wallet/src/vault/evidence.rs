//! What a person brought in: evidence of other kinds, with what was verified of it.

use std::collections::BTreeMap;

use faam_evidence::{Evidence, Statement};
use faam_spec::hash::Hash;
use faam_spec::time::Timestamp;
use faam_store::Batch;
use serde::{Deserialize, Serialize};

use super::log::is_first;
use super::tables::{EVIDENCE, chunks, from_bytes, to_bytes};
use super::{Happened, Vault, VaultError};
use crate::persona::FIRST;

/// Evidence as it was brought in, and what it was found to state then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptEvidence {
    /// When.
    pub at: Timestamp,
    /// The bytes.
    pub evidence: Evidence,
    /// What was verified.
    pub statement: Statement,
    /// The persona whose it is; the first where nothing is said.
    #[serde(default, skip_serializing_if = "is_first")]
    pub persona: u32,
}

impl Vault {
    /// Keeps evidence of a persona and notes it in the log, as one change; `false` if the same was there already, of whichever
    /// persona, and then nothing changes.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn keep_evidence(
        &self,
        persona: u32,
        evidence: &Evidence,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<bool, VaultError> {
        let hash = evidence.hash()?;
        if self.store.get(EVIDENCE, &part(hash, 0))?.is_some() {
            return Ok(false);
        }
        let kept =
            KeptEvidence { at: now, evidence: evidence.clone(), statement: statement.clone(), persona };
        let bytes = to_bytes(&kept)?;
        let mut batch = Batch::new();
        for (number, piece) in (0..=u8::MAX).zip(chunks(&bytes)) {
            batch = batch.put(EVIDENCE, part(hash, number), piece);
        }
        let happened = Happened::Imported {
            kind: statement.kind,
            grade: statement.grade,
            by: statement.by.clone(),
            id: hash,
            ratings: u64::try_from(statement.ratings.len()).unwrap_or(u64::MAX),
        };
        let (batch, _) = self.with_log(batch, persona, happened, now)?;
        self.store.commit(batch)?;
        Ok(true)
    }

    /// Everything that was brought in, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn evidence(&self) -> Result<Vec<KeptEvidence>, VaultError> {
        let mut parts: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for (id, value) in self.store.scan(EVIDENCE)? {
            let (hash, _) = id.split_at_checked(32).ok_or(VaultError::Unfinished)?;
            // Sorted by id, so that the parts come in order.
            parts.entry(hash.to_vec()).or_default().extend(value?);
        }
        let mut all: Vec<KeptEvidence> =
            parts.into_values().map(|bytes| from_bytes(&bytes)).collect::<Result<_, _>>()?;
        all.sort_by_key(|kept| kept.at);
        Ok(all)
    }

    /// Notes that what was brought in under this hash is written to a file, before it is.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_exported(&self, hash: Hash, now: Timestamp) -> Result<(), VaultError> {
        let persona = self.persona_of_evidence(hash)?.unwrap_or(FIRST);
        let (batch, _) = self.with_log(Batch::new(), persona, Happened::Exported { id: hash }, now)?;
        Ok(self.store.commit(batch)?)
    }

    /// Forgets what was brought in under this hash; `false` if there is nothing.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Commit`].
    pub fn forget_evidence(&self, hash: Hash, now: Timestamp) -> Result<bool, VaultError> {
        let persona = self.persona_of_evidence(hash)?.unwrap_or(FIRST);
        let mut batch = Batch::new();
        let mut found = false;
        for number in 0..=u8::MAX {
            if self.store.get(EVIDENCE, &part(hash, number))?.is_none() {
                break;
            }
            found = true;
            batch = batch.delete(EVIDENCE, part(hash, number));
        }
        if !found {
            return Ok(false);
        }
        let (batch, _) = self.with_log(batch, persona, Happened::Forgotten { id: hash }, now)?;
        self.store.commit(batch)?;
        Ok(true)
    }

    /// The persona whose evidence has this hash; none if there is no such evidence.
    ///
    /// # Errors
    /// As [`Vault::evidence`].
    pub fn persona_of_evidence(&self, hash: Hash) -> Result<Option<u32>, VaultError> {
        for kept in self.evidence()? {
            if kept.evidence.hash()? == hash {
                return Ok(Some(kept.persona));
            }
        }
        Ok(None)
    }
}

fn part(hash: Hash, number: u8) -> Vec<u8> {
    [&hash.as_bytes()[..], &[number]].concat()
}
