//! Making an issuer again of what was stored, and checking on the way that it fits together.

use std::collections::{BTreeMap, HashMap};

use faam_spec::did::KeyHistories;
use faam_spec::domain::STATUS_URI_PREFIX;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::ledger::{AccountHead, Body, Ledger};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::status::SignedStatusList;
use faam_spec::tree::Tree;

use crate::change::{
    SnapshotRow, StoredAccount, StoredMeta, StoredRecord, damaged, read, read_pair_key, read_record_key,
    read_snapshot, read_text,
};
use crate::issuer::{Binding, Snapshot};
use crate::{AccountId, Change, ChangeTable, Issuer, Profile, Secrets};

/// What was stored, by table.
#[derive(Default)]
struct Stored {
    meta: Option<StoredMeta>,
    accounts: BTreeMap<AccountId, StoredAccount>,
    records: HashMap<LedgerId, BTreeMap<u64, StoredRecord>>,
    snapshots: BTreeMap<(u64, u32), Vec<u8>>,
    epochs: BTreeMap<u64, String>,
    uris: BTreeMap<u32, String>,
    signed: BTreeMap<(u64, u32), String>,
}

impl Issuer {
    /// The issuer of everything that was stored, in any order; of nothing, a new one.
    ///
    /// Every ledger is replayed, the chain of records followed, and the last record compared with the ledgers: what passes
    /// continues exactly where the store ends.
    ///
    /// # Errors
    /// `invalid.issuer` if the store is of other secrets; `input.malformed` if it is of another market or length of epochs;
    /// `store.damaged` if something is missing or does not fit.
    pub fn restore(
        profile: Profile,
        secrets: Secrets,
        changes: impl Iterator<Item = Change>,
    ) -> Result<Self, Fault> {
        let mut issuer = Self::new(profile, secrets);
        let mut stored = Stored::default();
        let mut any = false;
        for change in changes {
            any = true;
            stored.take(change)?;
        }
        if !any {
            return Ok(issuer);
        }
        issuer.compare_meta(stored.meta.take())?;
        issuer.has_meta = true;
        issuer.restore_lists(stored.uris)?;
        issuer.restore_accounts(stored.accounts, stored.records)?;
        issuer.restore_epochs(stored.epochs)?;
        issuer.restore_snapshot(stored.snapshots)?;
        issuer.restore_signed(stored.signed)?;
        Ok(issuer)
    }

    fn compare_meta(&self, stored: Option<StoredMeta>) -> Result<(), Fault> {
        let Some(stored) = stored else { return damaged("meta") };
        let ours = self.meta()?;
        if stored.v != ours.v {
            return refuse(Reason::StoreNewer, "meta");
        }
        if stored.issuer != ours.issuer || stored.raters != ours.raters {
            return refuse(Reason::InvalidIssuer, "meta");
        }
        if stored != ours {
            return refuse(Reason::InputMalformed, "meta");
        }
        Ok(())
    }

    fn restore_lists(&mut self, uris: BTreeMap<u32, String>) -> Result<(), Fault> {
        for (expected, (number, uri)) in (0..).zip(uris) {
            if number != expected || !uri.starts_with(STATUS_URI_PREFIX) {
                return damaged("status_list");
            }
            self.status.add(uri)?;
        }
        Ok(())
    }

    fn restore_accounts(
        &mut self,
        accounts: BTreeMap<AccountId, StoredAccount>,
        mut records: HashMap<LedgerId, BTreeMap<u64, StoredRecord>>,
    ) -> Result<(), Fault> {
        for (name, stored) in accounts {
            let Some(own) = records.remove(&stored.ledger) else { return damaged("account.ledger") };
            let number = self.add_account(name, Ledger::new(stored.ledger));
            for entry in own.into_values() {
                self.restore_record(number, entry)?;
            }
            self.restore_binding(number, &stored)?;
            let account = self.account(number)?;
            let gone: Vec<_> = (0_u64..)
                .zip(&account.places)
                .filter(|(index, _)| !account.ledger.is_live(*index))
                .filter_map(|(_, place)| *place)
                .collect();
            gone.into_iter().try_for_each(|place| self.status.revoke(place))?;
        }
        // Entries of a ledger that no account has.
        if records.is_empty() { Ok(()) } else { damaged("record.ledger") }
    }

    fn restore_record(&mut self, number: usize, stored: StoredRecord) -> Result<(), Fault> {
        let StoredRecord { event, status, record, .. } = stored;
        let (is_rating, is_binding) = match record.entry().body {
            Body::Rating { .. } => (true, false),
            Body::Binding { .. } => (false, true),
            _ => (false, false),
        };
        if status.is_some() != is_rating || event.is_none() != is_binding {
            return damaged("record");
        }
        if let Some(place) = status {
            self.status.mark_taken(place)?;
        }
        if let Some(event) = event {
            let event = event.parse().or(damaged("record.event"))?;
            if self.events.insert(event, (number, record.entry().index)).is_some() {
                return damaged("record.event");
            }
        }
        let account = self.account_mut(number)?;
        account.ledger.push(record).or(damaged("record"))?;
        account.places.push(status);
        Ok(())
    }

    fn restore_binding(&mut self, number: usize, stored: &StoredAccount) -> Result<(), Fault> {
        let account = self.account_mut(number)?;
        let is_binding = |body: &Body| matches!(body, Body::Binding { .. });
        let last = account.ledger.records().iter().rev().find(|record| is_binding(&record.entry().body));
        account.binding = match (&stored.binding, last) {
            (None, None) => None,
            (Some(binding), Some(record)) if record.entry().index == binding.index => {
                if record.entry().body != (Body::Binding { day: binding.at.day() }) {
                    return damaged("account.binding");
                }
                Some(Binding {
                    holder: binding.holder()?,
                    at: binding.at,
                    index: binding.index,
                    private: binding.private(),
                })
            }
            _ => return damaged("account.binding"),
        };
        Ok(())
    }

    fn restore_epochs(&mut self, epochs: BTreeMap<u64, String>) -> Result<(), Fault> {
        for (epoch, text) in epochs {
            let signed = SignedEpochRecord::open(&text, &KeyHistories::new()).or(damaged("epoch"))?;
            let record = signed.record();
            let ours = record.iss == *self.did()
                && record.market == self.profile.market
                && record.epoch_seconds == self.profile.epoch
                && record.epoch == epoch
                && record.prev == self.current_record().map(SignedEpochRecord::hash);
            if !ours {
                return damaged("epoch");
            }
            if let Some(last) = self.current_record() {
                signed.follows(last).or(damaged("epoch"))?;
            }
            self.records.push(signed);
        }
        Ok(())
    }

    fn restore_snapshot(&mut self, pieces: BTreeMap<(u64, u32), Vec<u8>>) -> Result<(), Fault> {
        let epoch = self.current_record().map(|record| record.record().epoch);
        let mut rows = Vec::new();
        let mut expected = 0;
        for ((of, number), piece) in pieces {
            match Some(of).cmp(&epoch) {
                core::cmp::Ordering::Less => {}
                core::cmp::Ordering::Equal if number == expected => {
                    rows.extend(read_snapshot(&piece)?);
                    expected += 1;
                }
                _ => return damaged("snapshot"),
            }
        }
        let Some(epoch) = epoch else { return Ok(()) };
        let mut heads = Tree::new();
        for SnapshotRow { ledger, size, salt } in rows {
            let Some(number) = self.by_ledger.get(&ledger).copied() else { return damaged("snapshot") };
            let account = self.account_mut(number)?;
            let head = account.ledger_at(size).or(damaged("snapshot"))?.head();
            account.snapshot = Some(Snapshot { position: heads.len(), salt, head });
            heads.push(&AccountHead { v: 0, ledger, epoch, head, salt }.leaf()?);
        }
        if self.current_record().map(|record| record.record().accounts) != Some(heads.head()) {
            return damaged("snapshot");
        }
        self.heads = heads;
        Ok(())
    }

    fn restore_signed(&mut self, signed: BTreeMap<(u64, u32), String>) -> Result<(), Fault> {
        let Some(record) = self.current_record().map(SignedEpochRecord::record).cloned() else {
            return if signed.is_empty() { Ok(()) } else { damaged("status_list") };
        };
        for (number, digest) in record.status.iter().enumerate() {
            let key = u32::try_from(number).or(damaged("status_list"))?;
            let Some(text) = signed.get(&(record.epoch, key)) else { return damaged("status_list") };
            let list = SignedStatusList::open(text, &KeyHistories::new()).or(damaged("status_list"))?;
            if list.issuer() != self.did() || list.uri() != digest.uri || list.hash() != digest.hash {
                return damaged("status_list");
            }
            self.status.restore_signed(number, list)?;
        }
        Ok(())
    }
}

impl Stored {
    fn take(&mut self, change: Change) -> Result<(), Fault> {
        let Change { table, id, value } = change;
        match table {
            ChangeTable::Meta => self.meta = Some(read(&value, "meta")?),
            ChangeTable::Account => self.take_account(&id, &value)?,
            ChangeTable::Record => {
                let stored: StoredRecord = read(&value, "record")?;
                let Some((ledger, index)) = read_record_key(&id) else { return damaged("record") };
                let entry = stored.record.entry();
                if (entry.ledger, entry.index) != (ledger, index) || stored.v != 0 {
                    return damaged("record");
                }
                let own = self.records.entry(ledger).or_default();
                return once(own.insert(index, stored), "record");
            }
            ChangeTable::Snapshot => {
                let Some(key) = read_pair_key(&id) else { return damaged("snapshot") };
                return once(self.snapshots.insert(key, value), "snapshot");
            }
            ChangeTable::Epoch => {
                let epoch = id.as_slice().try_into().map(u64::from_be_bytes).or(damaged("epoch"))?;
                return once(self.epochs.insert(epoch, read_text(value, "epoch")?), "epoch");
            }
            ChangeTable::Status => {
                let text = read_text(value, "status_list")?;
                if let Some(key) = read_pair_key(&id) {
                    return once(self.signed.insert(key, text), "status_list");
                }
                let number = id.as_slice().try_into().map(u32::from_be_bytes).or(damaged("status_list"))?;
                return once(self.uris.insert(number, text), "status_list");
            }
        }
        Ok(())
    }

    /// An account's value is written over by later ones, and only a binding ever changes it: the latest counts.
    fn take_account(&mut self, id: &[u8], value: &[u8]) -> Result<(), Fault> {
        let name = core::str::from_utf8(id).or(damaged("account"))?.parse().or(damaged("account"))?;
        let stored: StoredAccount = read(value, "account")?;
        if stored.v != 0 {
            return refuse(Reason::StoreNewer, "account");
        }
        let bound_at = |account: &StoredAccount| {
            account.binding.as_ref().map(|binding| (binding.index, binding.private.is_some()))
        };
        match self.accounts.get(&name) {
            Some(earlier) if earlier.ledger != stored.ledger => damaged("account"),
            Some(earlier) if bound_at(earlier) >= bound_at(&stored) => Ok(()),
            _ => {
                self.accounts.insert(name, stored);
                Ok(())
            }
        }
    }
}

/// Values that are never written over occur once.
fn once<T>(earlier: Option<T>, at: &'static str) -> Result<(), Fault> {
    if earlier.is_none() { Ok(()) } else { damaged(at) }
}
