//! Epoch records: one an epoch, each over the heads of all accounts and the hash of the one before.

use faam_spec::epoch::{EpochRecord, SignedEpochRecord, StatusDigest};
use faam_spec::hash::Salt;
use faam_spec::ledger::AccountHead;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_spec::tree::Tree;
use rand_core::CryptoRngCore;

use crate::change::SnapshotRow;
use crate::issuer::Snapshot;
use crate::{Change, Issuer};

impl Issuer {
    /// Publishes the record of the epoch in which `now` lies, unless it is there or the market is closed.
    ///
    /// It commits to every account as it is at this moment. Call it when an epoch begins, or before the first offer in it; what
    /// comes after it comes into the next record.
    ///
    /// # Errors
    /// `epoch.chain` if `now` lies before the last record was signed: a clock that went back would fork the chain. On error
    /// nothing has changed.
    pub fn open_epoch(&mut self, now: Timestamp, rng: &mut impl CryptoRngCore) -> Result<Vec<Change>, Fault> {
        let epoch = self.epoch_at(now)?;
        let there = self.current_record().is_some_and(|last| last.record().epoch >= epoch);
        if there || self.is_closed() {
            return Ok(Vec::new());
        }
        self.publish(epoch, false, now, rng)
    }

    /// Publishes the market's final record, after which it records no events; a closed market stays as it is. Wallets can still be
    /// bound and get their offers.
    ///
    /// # Errors
    /// `epoch.chain` as [`Issuer::open_epoch`], and also if the epoch has its record already: a second one would fork the
    /// chain, so that a market can be closed only as an epoch begins. On error nothing has changed.
    pub fn close(&mut self, now: Timestamp, rng: &mut impl CryptoRngCore) -> Result<Vec<Change>, Fault> {
        let epoch = self.epoch_at(now)?;
        if self.is_closed() {
            return Ok(Vec::new());
        }
        if self.current_record().is_some_and(|last| last.record().epoch >= epoch) {
            return refuse(Reason::EpochChain, "epoch");
        }
        self.publish(epoch, true, now, rng)
    }

    /// The last record; call [`Issuer::open_epoch`] first to make it that of the epoch.
    #[must_use]
    pub fn current_record(&self) -> Option<&SignedEpochRecord> {
        self.records.last()
    }

    /// Whether the epoch in which `now` lies has its record.
    #[must_use]
    pub fn has_record_at(&self, now: Timestamp) -> bool {
        let epoch = self.profile.epoch.number_at(now);
        self.current_record().is_some_and(|last| last.record().epoch >= epoch)
    }

    /// Every record, in order.
    #[must_use]
    pub fn records(&self) -> &[SignedEpochRecord] {
        &self.records
    }

    /// Every status list as it is now, signed anew only where it changed.
    ///
    /// # Errors
    /// `internal`, which no list causes.
    pub fn status_lists(&self, now: Timestamp) -> Result<Vec<SignedStatusList>, Fault> {
        (0..self.status.len()).map(|number| self.status.signed(number, self.signer(), now)).collect()
    }

    /// The epoch of `now`, if the clock has not gone back.
    fn epoch_at(&self, now: Timestamp) -> Result<u64, Fault> {
        let epoch = self.profile.epoch.number_at(now);
        let begun = self.profile.epoch.start_of(epoch) <= now;
        if !begun || self.current_record().is_some_and(|last| now < last.record().iat) {
            return refuse(Reason::EpochChain, "now");
        }
        Ok(epoch)
    }

    fn publish(
        &mut self,
        epoch: u64,
        last: bool,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Change>, Fault> {
        // In the order of the ledgers' random names, which tells nothing of the accounts.
        let mut heads = Tree::new();
        let mut rows = Vec::with_capacity(self.accounts.len());
        let mut snapshots = Vec::with_capacity(self.accounts.len());
        //= spec/text/epoch.md#REQ-EPOCH-6
        //# The market SHOULD put accounts in an order that tells nothing.
        for (ledger, number) in &self.by_ledger {
            let account = self.account(*number)?;
            //= spec/text/epoch.md#REQ-EPOCH-5
            //# The salt MUST be fresh in every epoch, so that nobody can follow an account from record to
            //# record.
            let salt = Salt::random(rng);
            let head = match account.snapshot {
                Some(earlier) if earlier.head.log.size == account.ledger.len() => earlier.head,
                _ => account.ledger.head(),
            };
            let snapshot = Snapshot { position: heads.len(), salt, head };
            heads.push(&AccountHead { v: 0, ledger: *ledger, epoch, head, salt }.leaf()?);
            rows.push(SnapshotRow { ledger: *ledger, size: head.log.size, salt });
            snapshots.push((*number, snapshot));
        }
        let sign = |number| self.status.signed_anew(number, self.signer(), now);
        let lists: Vec<_> = (0..self.status.len()).map(sign).collect::<Result<_, _>>()?;
        let digest = |list: &SignedStatusList| StatusDigest { uri: list.uri().to_owned(), hash: list.hash() };
        let record = EpochRecord {
            v: 0,
            iss: self.did().clone(),
            market: self.profile.market.clone(),
            epoch,
            epoch_seconds: self.profile.epoch,
            iat: now,
            prev: self.current_record().map(SignedEpochRecord::hash),
            accounts: heads.head(),
            keys: vec![self.signer().key_id().to_owned()],
            status: lists.iter().map(digest).collect(),
            private: Some(self.private_terms(self.profile.epoch.start_of(epoch).day())?),
            last,
        };
        let record = SignedEpochRecord::sign(record, self.signer())?;

        let mut changes: Vec<Change> = self.meta_change()?.into_iter().collect();
        changes.extend(Change::snapshot(epoch, &rows));
        let signed =
            |(number, list): (u32, &SignedStatusList)| Change::status_signed(number, epoch, list.as_str());
        changes.extend((0..).zip(&lists).map(signed));
        changes.push(Change::epoch(epoch, record.as_str()));
        for (number, snapshot) in snapshots {
            self.account_mut(number)?.snapshot = Some(snapshot);
        }
        self.heads = heads;
        self.records.push(record);
        self.has_meta = true;
        Ok(changes)
    }
}
