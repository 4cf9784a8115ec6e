//! The vault as a whole: what is in it, all of its records, and how it and another copy of it belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use faam_spec::encoding::multi;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_store::{Batch, KdfParams, MAX_BATCH_LEN, Options, Seen, Store, Unlock};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::tables::{LOG, META, META_BACKUP, META_ID, META_PHRASE, RECEIPT, from_bytes, to_bytes};
use super::{FORMAT, Happened, LogEntry, Meta, Vault, VaultError};
use crate::backup::Head;

/// How much is written at a time, in bytes.
const PIECE_LEN: usize = MAX_BATCH_LEN / 8;

/// The ids of a value's pieces, and what they make together.
type Pieces = (Vec<Vec<u8>>, Vec<u8>);

/// What is in a vault, by what a person knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Every record.
    pub records: u64,
    /// What is held, by market.
    pub markets: Vec<MarketContents>,
    /// Entries of the log that are there.
    pub log: u64,
    /// Entries of the log that should be there.
    pub log_expected: u64,
    /// Receipts.
    pub receipts: u64,
    /// Contradictions of markets that are kept.
    pub conflicts: u64,
}

/// What is held of one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketContents {
    /// The market.
    pub market: MarketId,
    /// Entries of its ledger.
    pub entries: u64,
    /// Ratings that count.
    pub ratings: u64,
    /// What people call the epoch of its standing.
    pub epoch: String,
    /// Whether milestones can be proven privately.
    pub private: bool,
}

/// A note of the last backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When it was made.
    pub at: Timestamp,
    /// The last number of the log that is in it.
    pub seq: u64,
    /// How many records are in it.
    pub records: u64,
    /// Whether it was opened again.
    pub opened: bool,
}

/// How another copy of a wallet stands to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Relation {
    /// Of another phrase: nothing of it belongs here.
    Other,
    /// The same happened in both.
    Same,
    /// So many things happened here that it does not know.
    Older {
        /// How many.
        behind: u64,
    },
    /// It knows so many things that did not happen here: this is the older one.
    Newer {
        /// How many.
        ahead: u64,
    },
    /// Both went on apart: two copies of one wallet are in use, or were.
    Forked {
        /// How many things happened before they parted.
        shared: u64,
        /// How many here since.
        here: u64,
        /// How many there since.
        there: u64,
    },
}

/// A vault that is filled from a backup, and that nobody can open before it is finished.
pub(crate) struct Filling {
    dir: std::path::PathBuf,
    store: Store,
    batch: Batch,
    len: usize,
}

impl Filling {
    pub(crate) fn put(&mut self, record: &Seen<'_>) -> Result<(), VaultError> {
        let len = record.id.len() + record.value.len() + 64;
        if self.len + len > PIECE_LEN {
            self.store.commit(std::mem::take(&mut self.batch))?;
            self.len = 0;
        }
        self.len += len;
        self.batch = std::mem::take(&mut self.batch).put(record.table, record.id, record.value);
        Ok(())
    }

    pub(crate) fn end(self) -> Result<Vault, VaultError> {
        self.store.commit(self.batch)?;
        Vault::with(&self.dir, self.store)
    }
}

impl Vault {
    /// What is in it. Everything is read on the way, and computed as it is when it is shown.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`]; [`VaultError::Unfinished`] if a part is missing.
    pub fn contents(&self) -> Result<Contents, VaultError> {
        let report = self.check()?;
        if report.damaged > 0 {
            return Err(faam_store::ReadError::Damaged.into());
        }
        self.phrase()?;
        let mut markets = Vec::new();
        for held in self.held_all()? {
            let info = held.info();
            self.secrets(info.persona, &info.issuer, &info.market)?;
            self.status_lists_of(info.persona, &info.issuer)?;
            markets.push(MarketContents {
                market: info.market.clone(),
                entries: held.ledger().len(),
                ratings: u64::try_from(held.live().count()).unwrap_or(u64::MAX),
                epoch: held.standing().record().record().label(),
                private: held.private().is_some(),
            });
        }
        self.personas()?;
        self.all_epoch_records()?;
        self.open_transfers()?;
        self.asks()?;
        self.believed()?;
        let count = |table| self.store.count(table);
        for (_, value) in self.store.scan(LOG)? {
            from_bytes::<LogEntry>(&value?)?;
        }
        self.receipts()?;
        Ok(Contents {
            records: report.records,
            markets,
            log: count(LOG)?,
            log_expected: self.last_seq()?,
            receipts: count(RECEIPT)?,
            conflicts: u64::try_from(self.conflicts()?.len()).unwrap_or(u64::MAX),
        })
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> Result<u64, VaultError> {
        let mut records = 0;
        self.every_record(&mut |_| records += 1)?;
        Ok(records)
    }

    /// Shows every record of every table.
    pub(crate) fn every_record(&self, see: &mut dyn FnMut(Seen<'_>)) -> Result<(), VaultError> {
        let mut damaged = None;
        self.store.visit(&mut |record| match record {
            Ok(record) => see(record),
            Err(error) => damaged = Some(error),
        })?;
        damaged.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Whether a record is here as it is there.
    pub(crate) fn has_record(&self, record: &Seen<'_>) -> Result<bool, VaultError> {
        let here = self.store.get(record.table, record.id)?.map(Zeroizing::new);
        Ok(here.is_some_and(|here| here.as_slice() == record.value))
    }

    /// What a backup made now says of itself.
    pub(crate) fn backup_head(&self, now: Timestamp) -> Result<Head, VaultError> {
        Ok(Head {
            made: now,
            created: self.meta.created,
            copy: multi(self.store.copy_number()),
            seq: self.last_seq()?,
            records: self.records()?,
        })
    }

    /// Notes that a backup was made.
    pub(crate) fn note_backup(&self, head: &Head, opened: bool, now: Timestamp) -> Result<(), VaultError> {
        let note = LastBackup { at: now, seq: head.seq, records: head.records, opened };
        Ok(self.store.commit(Batch::new().put(META, META_BACKUP, to_bytes(&note)?))?)
    }

    /// The last backup that this copy of the wallet made, and how many things happened since.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn last_backup(&self) -> Result<Option<(LastBackup, u64)>, VaultError> {
        let Some(bytes) = self.store.get(META, META_BACKUP)? else { return Ok(None) };
        let note: LastBackup = from_bytes(&bytes)?;
        let since = self.last_seq()?.saturating_sub(note.seq);
        Ok(Some((note, since)))
    }

    /// Notes that the phrase was written down, and given back word for word.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_phrase_proven(&self, now: Timestamp) -> Result<(), VaultError> {
        Ok(self.store.commit(Batch::new().put(META, META_PHRASE, to_bytes(&now)?))?)
    }

    /// When the phrase was last given back.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn phrase_proven(&self) -> Result<Option<Timestamp>, VaultError> {
        self.store.get(META, META_PHRASE)?.map(|bytes| from_bytes(&bytes)).transpose()
    }

    /// Whether these are the words of this wallet.
    ///
    /// # Errors
    /// [`VaultError::Content`] if the phrase cannot be read.
    pub fn is_phrase(&self, entropy: &super::Entropy) -> Result<bool, VaultError> {
        let (mine, given) = (self.phrase()?, super::seed::phrase_of(entropy)?);
        Ok(mine.as_bytes() == given.as_bytes())
    }

    /// Whether it was made from a phrase or a backup, rather than as a new one.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn was_restored(&self) -> Result<bool, VaultError> {
        for (_, value) in self.store.scan(LOG)? {
            let entry: LogEntry = from_bytes(&value?)?;
            if matches!(entry.what, Happened::Restored | Happened::RestoredBackup { .. }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How another copy stands to this one, by what their logs say happened.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    //= spec/text/backup.md#REQ-BACKUP-8
    //# A program that has both MUST compare them, and say so when both went on
    pub fn compare(&self, other: &Self) -> Result<Relation, VaultError> {
        if *self.phrase()? != *other.phrase()? {
            return Ok(Relation::Other);
        }
        let (mine, theirs) = (self.marks()?, other.marks()?);
        let shared = mine.iter().zip(&theirs).take_while(|(mine, theirs)| mine == theirs).count();
        let long = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (here, there) = (long(mine.len() - shared), long(theirs.len() - shared));
        Ok(match (here, there) {
            (0, 0) => Relation::Same,
            (behind, 0) => Relation::Older { behind },
            (0, ahead) => Relation::Newer { ahead },
            (here, there) => Relation::Forked { shared: long(shared), here, there },
        })
    }

    /// What happened, each as far as it never changes: what the other side said comes later.
    fn marks(&self) -> Result<Vec<Value>, VaultError> {
        let mut marks = Vec::new();
        for (_, value) in self.store.scan(LOG)? {
            let mut entry: Value = from_bytes(&value?)?;
            if let Some(entry) = entry.as_object_mut() {
                entry.retain(|name, _| name != "told" && name != "delete_by");
            }
            marks.push(entry);
        }
        Ok(marks)
    }

    /// A vault in the making, for the records of a backup.
    pub(crate) fn begin_filling(
        dir: &Path,
        passphrase: &[u8],
        kdf: KdfParams,
    ) -> Result<Filling, VaultError> {
        let store = Store::begin(dir, Unlock::Passphrase(passphrase), &Options { kdf })?;
        Ok(Filling { dir: dir.to_owned(), store, batch: Batch::new(), len: 0 })
    }

    /// Notes where it came from, and makes it one that can be opened.
    pub(crate) fn finish_restored(&self, head: &Head, now: Timestamp) -> Result<(), VaultError> {
        self.note(Happened::RestoredBackup { made: head.made, up_to: head.seq }, now)?;
        self.end_restored_asks(now)?;
        Ok(self.store.finish()?)
    }
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Records that are there again.
    pub records: u64,
    /// Records of which there are traces that cannot be read.
    pub damaged: u64,
    /// How many records there should have been, if that could be read.
    pub expected: Option<u64>,
    /// Markets of whose ledger a part is missing: they have to offer it anew.
    pub incomplete: Vec<MarketId>,
    /// Numbers of the log that are missing.
    pub log_missing: Vec<u64>,
    /// Where the damaged database lies now; none if nothing was damaged.
    pub aside: Option<std::path::PathBuf>,
}

impl Vault {
    /// Makes a damaged vault whole again with what is intact of it. `phrase` is needed only where the record with the secret is lost.
    ///
    /// # Errors
    /// [`VaultError::Upkeep`], those of opening; [`VaultError::Unfinished`] if the secret is lost and no phrase was given.
    pub fn repair(
        dir: &Path,
        passphrase: &[u8],
        phrase: Option<&super::Entropy>,
        now: Timestamp,
    ) -> Result<Repaired, VaultError> {
        let done = faam_store::repair(dir, Unlock::Passphrase(passphrase))?;
        let store = Store::open(dir, Unlock::Passphrase(passphrase))?;
        if let (None, Some(phrase)) = (store.get(META, META_ID)?, phrase) {
            let meta = Meta { v: FORMAT, created: now, entropy: phrase.clone() };
            store.commit(Batch::new().put(META, META_ID, to_bytes(&meta)?))?;
        }
        let vault = Self::with(dir, store)?;
        let log_missing = vault.mend_log()?;
        let incomplete = vault.mend_ledgers()?;
        let repaired = Repaired {
            records: vault.check()?.records,
            damaged: done.damaged,
            expected: done.expected,
            incomplete,
            log_missing,
            aside: done.aside,
        };
        if repaired.aside.is_some() || !repaired.incomplete.is_empty() {
            let happened = Happened::Repaired {
                records: repaired.records,
                damaged: repaired.damaged,
                incomplete: repaired.incomplete.clone(),
            };
            vault.note(happened, now)?;
        }
        Ok(repaired)
    }

    /// The counter of the log is at least its last entry; which numbers before it are missing.
    fn mend_log(&self) -> Result<Vec<u64>, VaultError> {
        let mut there = BTreeSet::new();
        for (id, value) in self.store.scan(LOG)? {
            let entry: LogEntry = from_bytes(&value?)?;
            if entry.seq.to_be_bytes()[..] == id[..] {
                there.insert(entry.seq);
            }
        }
        let last = there.last().copied().unwrap_or(0).max(self.last_seq().unwrap_or(0));
        if self.last_seq().unwrap_or(0) < last {
            self.store.commit(Batch::new().put(META, super::tables::META_SEQ, to_bytes(&last)?))?;
        }
        Ok((1..=last).filter(|seq| !there.contains(seq)).take(1000).collect())
    }

    /// Takes out what cannot be put together, so that the rest can be used: a ledger with a part missing is no ledger, and what is
    /// left of it counts again when the market has offered it anew.
    fn mend_ledgers(&self) -> Result<Vec<MarketId>, VaultError> {
        use super::tables::{ASK, BELIEVED, CONFLICT, EPOCH, LEDGER, PERSONA, STATUS, TRANSFER};
        self.drop_broken(STATUS, 32, |text| {
            let text =
                String::from_utf8(text.to_vec()).map_err(|_| Fault::new(Reason::StoreDamaged, "text"))?;
            Ok(faam_spec::status::SignedStatusList::open(&text, &self.histories).map(drop)?)
        })?;
        self.drop_broken(CONFLICT, 8, |bytes| from_bytes::<crate::receive::Conflict>(bytes).map(drop))?;
        self.drop_broken(EPOCH, usize::MAX, |bytes| {
            let text: String = from_bytes(bytes)?;
            Ok(faam_spec::epoch::SignedEpochRecord::open(&text, &self.histories).map(drop)?)
        })?;
        // Whose name is lost is there still, under a plain one, if something is held for it.
        self.drop_broken(PERSONA, usize::MAX, |bytes| {
            from_bytes::<crate::persona::Persona>(bytes).map(drop)
        })?;
        self.drop_broken(TRANSFER, usize::MAX, |bytes| from_bytes::<super::Transfer>(bytes).map(drop))?;
        self.drop_broken(ASK, 8, |bytes| from_bytes::<super::KeptAsk>(bytes).map(drop))?;
        self.drop_broken(BELIEVED, usize::MAX, |bytes| from_bytes::<super::Believed>(bytes).map(drop))?;
        self.mend_known()?;
        let mut incomplete = BTreeSet::new();
        let mut entries = self.entries()?;
        for info in self.ledgers()? {
            let records = entries.remove(&info.ledger).unwrap_or_default();
            let (ledger, market) = (info.ledger, info.market.clone());
            match self.put_together(info, records) {
                Ok(_) => {}
                Err(VaultError::Content(_) | VaultError::Unfinished) => {
                    self.store.commit(Batch::new().delete(LEDGER, ledger.as_bytes()))?;
                    incomplete.insert(market);
                }
                Err(error) => return Err(error),
            }
        }
        // Entries of a ledger whose note is lost belong to some market too; which one, their standing says.
        for market in self.strays()? {
            incomplete.insert(market);
        }
        Ok(incomplete.into_iter().collect())
    }

    /// Deletes values in pieces, under ids of which the first `prefix` bytes are the same, that do not read.
    fn drop_broken(
        &self,
        table: faam_store::Table,
        prefix: usize,
        reads: impl Fn(&[u8]) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut whole: BTreeMap<Vec<u8>, Pieces> = BTreeMap::new();
        for (id, value) in self.store.scan(table)? {
            let key = id.get(..prefix.min(id.len())).unwrap_or_default().to_vec();
            let (ids, bytes) = whole.entry(key).or_default();
            ids.push(id);
            bytes.extend(value?);
        }
        let mut batch = Batch::new();
        for (ids, bytes) in whole.into_values() {
            if reads(&bytes).is_err() {
                batch = ids.into_iter().fold(batch, |batch, id| batch.delete(table, id));
            }
        }
        Ok(self.store.commit(batch)?)
    }

    /// Markets of which entries are kept, and no note of the ledger.
    fn strays(&self) -> Result<BTreeSet<MarketId>, VaultError> {
        let known: BTreeSet<_> = self.ledgers()?.into_iter().map(|info| info.ledger).collect();
        let mut stray = BTreeSet::new();
        for (id, _) in self.store.scan(super::tables::RECORD)? {
            stray.insert(super::record_ledger(&id)?);
        }
        let mut markets = BTreeSet::new();
        for ledger in stray.difference(&known) {
            if let Ok(Some(standing)) = self.standing(*ledger, super::LATEST) {
                markets.insert(standing.record().record().market.clone());
            }
        }
        Ok(markets)
    }
}
