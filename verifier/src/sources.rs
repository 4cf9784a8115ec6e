//! What a verifier knows beside the presentation: trust, policy, and the newest public artefacts it has seen.

use std::collections::BTreeMap;

pub use faam_spec::decision::NoticeKind;
use faam_spec::decision::StatedNotice;
use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::Hash;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::status::SignedStatusList;
use faam_spec::time::{Day, Timestamp};
use faam_spec::words::Lang;
use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::trust::Trust;

/// Everything that [`crate::finish`] may rest on.
//= spec/text/verifying.md#REQ-VERIFY-2
//# There MUST be no optional security input: what is left out believes less, never more.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Whom the verifier believes.
    pub trust: Trust,
    /// What it asks before it accepts, and what it makes of age and silence.
    pub policy: Policy,
    /// Key histories of issuers whose DID is not their key.
    pub histories: KeyHistories,
    /// Epoch records seen so far.
    pub records: EpochRecords,
    /// The newest status lists seen so far.
    pub status: StatusLists,
    /// Announcements about markets.
    pub notices: Vec<Notice>,
}

/// An announcement about a market, told with every decision that rests on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The issuer.
    pub issuer: Did,
    /// The market.
    pub market: MarketId,
    /// From when it holds.
    pub from: Day,
    /// What happened.
    pub what: NoticeKind,
}

impl Notice {
    /// The announcement as an English sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.what.sentence_in(&self.market, self.from, Lang::En)
    }

    /// As a decision tells it.
    pub(crate) fn stated(&self) -> StatedNotice {
        StatedNotice {
            issuer: self.issuer.clone(),
            market: self.market.clone(),
            what: self.what,
            from: self.from,
            sentence: self.sentence(),
        }
    }
}

/// Epoch records by market, never going back (A40), with forks noticed (A34).
#[derive(Debug, Clone, Default)]
pub struct EpochRecords {
    by_market: BTreeMap<(Did, MarketId), Vec<SignedEpochRecord>>,
}

/// Records of one market that are kept; a fork is noticed among these.
const KEPT_RECORDS: usize = 64;

impl EpochRecords {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a verified record; one that is known already changes nothing.
    ///
    /// # Errors
    /// `epoch.forked` if a known record has the same epoch or predecessor and is another one; the new one is not kept
    /// here, and whoever reports the fork keeps both.
    pub fn insert(&mut self, record: SignedEpochRecord) -> Result<(), Fault> {
        self.check(&record)?;
        let key = (record.record().iss.clone(), record.record().market.clone());
        let known = self.by_market.entry(key).or_default();
        if known.iter().any(|old| old.hash() == record.hash()) {
            return Ok(());
        }
        let at = known.partition_point(|old| old.record().epoch < record.record().epoch);
        known.insert(at, record);
        if known.len() > KEPT_RECORDS {
            known.remove(0);
        }
        Ok(())
    }

    /// Checks a record against those known of its market.
    ///
    /// # Errors
    /// `epoch.forked`, `epoch.chain`.
    //= spec/text/verifying.md#REQ-VERIFY-7
    //# A record that contradicts a known one MUST be refused.
    pub fn check(&self, record: &SignedEpochRecord) -> Result<(), Fault> {
        for known in self.of(&record.record().iss, &record.record().market) {
            let newer = record.record().epoch >= known.record().epoch;
            let order = if newer { record.follows(known) } else { known.follows(record) };
            order?;
        }
        Ok(())
    }

    /// Known records of a market, oldest first.
    #[must_use]
    pub fn of(&self, issuer: &Did, market: &MarketId) -> &[SignedEpochRecord] {
        self.by_market.get(&(issuer.clone(), market.clone())).map_or(&[], Vec::as_slice)
    }

    /// The newest known record of a market.
    #[must_use]
    pub fn newest(&self, issuer: &Did, market: &MarketId) -> Option<&SignedEpochRecord> {
        self.of(issuer, market).last()
    }

    /// The known record with this hash.
    #[must_use]
    pub fn find(&self, issuer: &Did, market: &MarketId, hash: Hash) -> Option<&SignedEpochRecord> {
        self.of(issuer, market).iter().find(|record| record.hash() == hash)
    }

    /// Every known record.
    pub fn iter(&self) -> impl Iterator<Item = &SignedEpochRecord> {
        self.by_market.values().flatten()
    }
}

/// The newest status list of each issuer and address.
#[derive(Debug, Clone, Default)]
pub struct StatusLists {
    by_address: BTreeMap<(Did, String), SignedStatusList>,
}

impl StatusLists {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a verified list; one that is known already changes nothing.
    ///
    /// # Errors
    /// `status.older` if a newer one is known: that one stays.
    pub fn insert(&mut self, list: SignedStatusList) -> Result<(), Fault> {
        let key = (list.issuer().clone(), list.uri().to_owned());
        match self.by_address.get(&key) {
            //= spec/text/status.md#REQ-STATUS-8
            //# A list MUST NOT be older than one that is known
            Some(known) if known.issued() > list.issued() => refuse(Reason::StatusOlder, "status_list.iat"),
            _ => {
                self.by_address.insert(key, list);
                Ok(())
            }
        }
    }

    /// The newest known list at an issuer's address.
    #[must_use]
    pub fn get(&self, issuer: &Did, uri: &str) -> Option<&SignedStatusList> {
        self.by_address.get(&(issuer.clone(), uri.to_owned()))
    }

    /// Every known list.
    pub fn iter(&self) -> impl Iterator<Item = &SignedStatusList> {
        self.by_address.values()
    }
}

/// Remembers which requests were answered.
///
/// An implementation consumes atomically: of many who offer one nonce at once, one gets `true`.
pub trait NonceStore {
    /// Consumes `nonce`, which need not be remembered after `expires`. `true` the first time, `false` ever after.
    ///
    /// # Errors
    /// [`NonceStoreError`] if it cannot be said; the presentation is then undecided.
    //= spec/text/verifying.md#REQ-VERIFY-12
    //# A nonce MUST be consumed atomically and once
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError>;
}

/// The nonce store could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of used requests cannot be reached")]
pub struct NonceStoreError;

/// Used requests in memory: for one process that does not outlive its requests.
#[derive(Debug, Clone, Default)]
pub struct MemoryNonces {
    used: BTreeMap<String, Timestamp>,
}

impl MemoryNonces {
    /// Nothing used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets what expired before `now`.
    pub fn sweep(&mut self, now: Timestamp) {
        self.used.retain(|_, expires| *expires > now);
    }
}

impl NonceStore for MemoryNonces {
    fn consume(&mut self, nonce: &str, expires: Timestamp) -> Result<bool, NonceStoreError> {
        Ok(self.used.insert(nonce.to_owned(), expires).is_none())
    }
}
