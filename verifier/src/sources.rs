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

impl Sources {
    /// Takes in what others know; what goes back is left out, and what contradicts what is known here is a fork.
    pub fn learn(&mut self, records: &EpochRecords, lists: &StatusLists) {
        for record in records.iter() {
            // A fork is remembered; anything else that does not fit is not wanted.
            let _ = self.records.learn(record.clone());
        }
        for (key, fork) in &records.forks {
            self.records.forks.entry(key.clone()).or_insert_with(|| fork.clone());
        }
        for list in lists.iter() {
            // An older one is not wanted.
            let _ = self.status.insert(list.clone());
        }
    }
}

/// Epoch records by market, never going back (A40), with forks noticed and remembered (A34).
#[derive(Debug, Clone, Default)]
pub struct EpochRecords {
    by_market: BTreeMap<(Did, MarketId), Vec<SignedEpochRecord>>,
    forks: BTreeMap<(Did, MarketId), Fork>,
}

/// Two records of which a market may have published only one: evidence against it that anybody can check.
pub type Fork = [SignedEpochRecord; 2];

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
    /// `epoch.forked` if a known record has the same epoch or predecessor and is another one, or a fork before it is known; the
    /// new one is not kept, and whoever was shown it keeps both by [`insert_fork`](Self::insert_fork).
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

    /// As [`insert`](Self::insert), and remembers a record that contradicts a known one as a fork of the market, with both
    /// (REQ-VERIFY-18).
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn learn(&mut self, record: SignedEpochRecord) -> Result<(), Fault> {
        let learnt = self.insert(record.clone());
        if learnt.is_err() {
            self.note_fork(&record);
        }
        learnt
    }

    /// Checks a record against those known of its market.
    ///
    /// # Errors
    /// `epoch.forked`, `epoch.chain`.
    //= spec/text/verifying.md#REQ-VERIFY-7
    //# A record that contradicts a known one MUST be refused.
    pub fn check(&self, record: &SignedEpochRecord) -> Result<(), Fault> {
        if self.fork_before(record).is_some() {
            return refuse(Reason::EpochForked, "epoch_record.prev");
        }
        for known in self.of(&record.record().iss, &record.record().market) {
            let newer = record.record().epoch >= known.record().epoch;
            let order = if newer { record.follows(known) } else { known.follows(record) };
            order?;
        }
        Ok(())
    }

    /// The fork that is known of a record's market, if the record is of one of the two branches or may be: of the fork's first epoch
    /// or a later one.
    ///
    /// What came before is in both branches, so that a new owner cannot make it doubtful by forking later.
    //= spec/text/verifying.md#REQ-VERIFY-18
    //# A fork that was shown MUST be remembered with both records, and no record of that market from the fork's
    //# first epoch on MUST be accepted again.
    #[must_use]
    pub fn fork_before(&self, record: &SignedEpochRecord) -> Option<&Fork> {
        let record = record.record();
        let fork = self.forks.get(&(record.iss.clone(), record.market.clone()))?;
        fork.iter().any(|branch| branch.record().epoch <= record.epoch).then_some(fork)
    }

    /// Remembers a fork, from its two records as signed. False if one is known of the market already, or if the two contradict each
    /// other in another way, which is refused and no evidence.
    ///
    /// # Errors
    /// Those of [`SignedEpochRecord::open`]; `epoch.unknown` for records of two markets.
    pub fn insert_fork(
        &mut self,
        first: &str,
        second: &str,
        histories: &KeyHistories,
    ) -> Result<bool, Fault> {
        let fork = [SignedEpochRecord::open(first, histories)?, SignedEpochRecord::open(second, histories)?];
        let [one, other] = fork.each_ref().map(SignedEpochRecord::record);
        if one.iss != other.iss || one.market != other.market {
            return refuse(Reason::EpochUnknown, "conflict");
        }
        let key = (one.iss.clone(), one.market.clone());
        if !is_fork(&fork) || self.forks.contains_key(&key) {
            return Ok(false);
        }
        self.forks.insert(key, fork);
        Ok(true)
    }

    /// The fork that is known of a market.
    #[must_use]
    pub fn fork(&self, issuer: &Did, market: &MarketId) -> Option<&Fork> {
        self.forks.get(&(issuer.clone(), market.clone()))
    }

    fn note_fork(&mut self, record: &SignedEpochRecord) {
        let (issuer, market) = (&record.record().iss, &record.record().market);
        let forks = self.of(issuer, market).iter().map(|known| [known.clone(), record.clone()]);
        if let Some(fork) = forks.into_iter().find(is_fork) {
            self.forks.entry((issuer.clone(), market.clone())).or_insert(fork);
        }
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

/// Whether two records of one market are evidence against it.
fn is_fork([one, other]: &Fork) -> bool {
    let (one, other) = if one.record().epoch >= other.record().epoch { (one, other) } else { (other, one) };
    one.follows(other).is_err_and(|fault| fault.reason() == Reason::EpochForked)
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
