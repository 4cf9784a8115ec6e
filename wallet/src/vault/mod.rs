//! The vault: everything about the holder, in one encrypted folder.
//!
//! Records are JSON, sealed one by one by the store. Everything that one receipt or one presentation changes is one
//! batch, whole or absent, and on the disk before the program says so (A65).

mod asks;
mod believed;
mod copy;
mod error;
mod evidence;
mod known;
mod log;
mod personas;
mod private;
mod receipts;
mod rules;
mod seed;
mod stop;
mod tables;
mod transfer;
mod waking;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use asks::{
    AskEnd, AskForgotten, AskKeys, AskState, AskedAs, KeptAsk, KeptDecision, QuestionId, decided_words,
};
pub use believed::Believed;
pub use copy::{Contents, LastBackup, MarketContents, Relation, Repaired};
pub use error::VaultError;
pub use evidence::KeptEvidence;
use faam_spec::did::{Did, KeyHistories};
use faam_spec::domain::label_holder;
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::hash::LedgerId;
use faam_spec::key::{RootSeed, SigningKey};
use faam_spec::ledger::Record;
use faam_spec::name::MarketId;
use faam_spec::status::SignedStatusList;
use faam_spec::time::Timestamp;
use faam_store::{Batch, Compacted, KdfParams, Options, Report, Store, Unlock};
pub(crate) use known::Known;
pub(crate) use log::is_first;
pub use log::{
    AskedLedger, AskedMilestones, AskedRatings, Happened, LogEntry, ShownLedger, ShownPrivate, Told,
    WhoAsked, Withheld,
};
pub use receipts::KeptReceipt;
use seed::phrase_of;
pub use seed::{Entropy, PhraseError};
use serde::{Deserialize, Serialize};
pub use stop::{Blocked, ErasureAnswer, ErasureAsked, ErasureTold, Reach, Stopping};
pub use transfer::{Transfer, TransferState};
pub use waking::asks_mark;
use zeroize::Zeroizing;

use crate::held::{HeldCredential, HeldLedger, HeldStanding, LedgerInfo, StoredStanding};
use crate::persona::FIRST;
use crate::receive::{Accepted, Conflict, ReceiveRefused};
use tables::{
    CONFLICT, EPOCH, LEDGER, META, META_ID, RECORD, STANDING, STATUS, chunks, epoch_id, from_bytes, join,
    record_id, record_ledger, standing_id, status_id, to_bytes,
};

/// The format that this program writes.
const FORMAT: u8 = 0;
/// The newest standing of a ledger, and the one of the epoch before.
const LATEST: u8 = 0;
const PREVIOUS: u8 = 1;

/// A wallet's folder, open. Nobody else can open it until this is dropped.
#[derive(Debug)]
pub struct Vault {
    dir: PathBuf,
    store: Store,
    meta: Meta,
    histories: KeyHistories,
}

#[derive(Serialize, Deserialize)]
struct Meta {
    v: u8,
    created: Timestamp,
    entropy: Entropy,
}

impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meta(v{}, {})", self.v, self.created)
    }
}

/// An entry with its credential, as stored.
#[derive(Serialize, Deserialize)]
struct StoredRecord {
    record: Record,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential: Option<HeldCredential>,
}

impl Vault {
    /// Makes a new vault in `dir`, which must not hold one, and opens it.
    ///
    /// # Errors
    /// [`VaultError::Create`], and those of a write.
    pub fn create(
        dir: &Path,
        passphrase: &[u8],
        entropy: &Entropy,
        kdf: KdfParams,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        Self::make(dir, passphrase, entropy, kdf, Happened::Created, now)
    }

    /// As [`Vault::create`], with the secret of a phrase that another vault had: the same keys, and nothing else of it.
    ///
    /// # Errors
    /// As [`Vault::create`].
    pub fn restore(
        dir: &Path,
        passphrase: &[u8],
        entropy: &Entropy,
        kdf: KdfParams,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        Self::make(dir, passphrase, entropy, kdf, Happened::Restored, now)
    }

    fn make(
        dir: &Path,
        passphrase: &[u8],
        entropy: &Entropy,
        kdf: KdfParams,
        how: Happened,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let store = Store::create(dir, Unlock::Passphrase(passphrase), &Options { kdf })?;
        let meta = Meta { v: FORMAT, created: now, entropy: entropy.clone() };
        let vault = Self { dir: dir.to_owned(), store, meta, histories: KeyHistories::new() };
        let batch = Batch::new().put(META, META_ID, to_bytes(&vault.meta)?);
        let (batch, _) = vault.with_log(batch, FIRST, how, now)?;
        vault.store.commit(batch)?;
        Ok(vault)
    }

    /// Opens the vault in `dir`.
    ///
    /// # Errors
    /// [`VaultError::Open`]; [`VaultError::Unfinished`] if it was never finished.
    pub fn open(dir: &Path, passphrase: &[u8]) -> Result<Self, VaultError> {
        Self::with(dir, Store::open(dir, Unlock::Passphrase(passphrase))?)
    }

    /// Opens a damaged vault for reading what is intact; one that is not damaged is opened as ever.
    ///
    /// # Errors
    /// As [`Vault::open`], without damage.
    pub fn open_damaged(dir: &Path, passphrase: &[u8]) -> Result<Self, VaultError> {
        Self::with(dir, Store::open_damaged(dir, Unlock::Passphrase(passphrase))?)
    }

    fn with(dir: &Path, store: Store) -> Result<Self, VaultError> {
        let bytes = store.get(META, META_ID)?.map(Zeroizing::new).ok_or(VaultError::Unfinished)?;
        let meta: Meta = from_bytes(&bytes)?;
        //= spec/text/versions.md#REQ-VERSION-8
        //# A store of a newer version MUST be refused untouched (`store.newer`).
        if meta.v != FORMAT {
            return Err(VaultError::Newer { found: meta.v });
        }
        Ok(Self { dir: dir.to_owned(), store, meta, histories: KeyHistories::new() })
    }

    /// Locks the vault in `dir` with another passphrase: killed at any moment, one of the two opens it.
    ///
    /// # Errors
    /// [`VaultError::Upkeep`].
    pub fn change_passphrase(dir: &Path, old: &[u8], new: &[u8], kdf: KdfParams) -> Result<(), VaultError> {
        Ok(faam_store::rewrap(dir, Unlock::Passphrase(old), Unlock::Passphrase(new), &kdf)?)
    }

    /// Writes the files of the vault in `dir` anew, without what was replaced or deleted.
    ///
    /// # Errors
    /// [`VaultError::Upkeep`].
    pub fn compact(dir: &Path, passphrase: &[u8]) -> Result<Compacted, VaultError> {
        Ok(faam_store::compact(dir, Unlock::Passphrase(passphrase))?)
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.meta.created
    }

    /// Key histories of issuers and verifiers that are not named by their own key: none are kept yet.
    #[must_use]
    pub const fn histories(&self) -> &KeyHistories {
        &self.histories
    }

    /// The words from which every key can be derived again.
    ///
    /// # Errors
    /// [`VaultError::Content`] if the vault's secret has a length that gives no words.
    pub fn phrase(&self) -> Result<Zeroizing<String>, VaultError> {
        phrase_of(&self.meta.entropy)
    }

    fn root(&self) -> Result<RootSeed, VaultError> {
        self.meta.entropy.root()
    }

    /// The holder key of a persona for one market of one issuer.
    ///
    /// # Errors
    /// As [`Vault::phrase`].
    //= spec/text/names.md#REQ-NAME-14
    //# two markets then never see the same holder key, and the phrase alone brings every key back
    pub fn holder_key(
        &self,
        persona: u32,
        issuer: &Did,
        market: &MarketId,
    ) -> Result<SigningKey, VaultError> {
        Ok(self.root()?.derive(&label_holder(persona, issuer.stable_part(), market.as_str())))
    }

    /// Holder keys for these ledgers, in their order.
    ///
    /// # Errors
    /// As [`Vault::phrase`].
    pub fn holder_keys<'a>(
        &self,
        ledgers: impl IntoIterator<Item = &'a LedgerInfo>,
    ) -> Result<Vec<SigningKey>, VaultError> {
        let root = self.root()?;
        Ok(ledgers.into_iter().map(|info| root.derive(&info.holder)).collect())
    }

    /// Decrypts every record.
    ///
    /// # Errors
    /// [`VaultError::Read`].
    pub fn check(&self) -> Result<Report, VaultError> {
        Ok(self.store.check()?)
    }

    /// What is noted about each ledger, by market.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn ledgers(&self) -> Result<Vec<LedgerInfo>, VaultError> {
        let mut ledgers: Vec<LedgerInfo> = Vec::new();
        for (_, value) in self.store.scan(LEDGER)? {
            ledgers.push(from_bytes(&value?)?);
        }
        ledgers.sort_by(|a, b| (&a.market, &a.issuer, a.ledger).cmp(&(&b.market, &b.issuer, b.ledger)));
        Ok(ledgers)
    }

    /// Every ledger that is held, by market.
    ///
    /// # Errors
    /// [`VaultError::Read`]; [`VaultError::Content`] if what is kept contradicts itself.
    pub fn held_all(&self) -> Result<Vec<HeldLedger>, VaultError> {
        self.held_where(|_| true)
    }

    /// Every ledger of one persona, by market.
    ///
    /// # Errors
    /// As [`Vault::held_all`].
    pub fn held_of(&self, persona: u32) -> Result<Vec<HeldLedger>, VaultError> {
        self.held_where(|info| info.persona == persona)
    }

    fn held_where(&self, wanted: impl Fn(&LedgerInfo) -> bool) -> Result<Vec<HeldLedger>, VaultError> {
        let mut entries = self.entries()?;
        let all = self.ledgers()?.into_iter().filter(wanted);
        all.map(|info| {
            let records = entries.remove(&info.ledger).unwrap_or_default();
            self.put_together(info, records)
        })
        .collect()
    }

    /// Every entry that is kept, by ledger.
    fn entries(&self) -> Result<BTreeMap<LedgerId, Vec<StoredRecord>>, VaultError> {
        let mut entries: BTreeMap<LedgerId, Vec<StoredRecord>> = BTreeMap::new();
        for (id, value) in self.store.scan(RECORD)? {
            entries.entry(record_ledger(&id)?).or_default().push(from_bytes(&value?)?);
        }
        Ok(entries)
    }

    /// One ledger, if it is held.
    ///
    /// # Errors
    /// As [`Vault::held_all`].
    pub fn held(&self, ledger: LedgerId) -> Result<Option<HeldLedger>, VaultError> {
        Ok(self.held_all()?.into_iter().find(|held| held.info.ledger == ledger))
    }

    fn put_together(&self, info: LedgerInfo, stored: Vec<StoredRecord>) -> Result<HeldLedger, VaultError> {
        let mut records = Vec::with_capacity(stored.len());
        let mut credentials = BTreeMap::new();
        let mut uris: Vec<String> = Vec::new();
        for item in stored {
            if let Some(credential) = item.credential {
                if !uris.contains(&credential.status.uri) {
                    uris.push(credential.status.uri.clone());
                }
                credentials.insert(item.record.entry().index, credential);
            }
            records.push(item.record);
        }
        let latest = self.standing(info.ledger, LATEST)?.ok_or(VaultError::Unfinished)?;
        let previous = self.standing(info.ledger, PREVIOUS)?;
        let mut lists = Vec::new();
        for uri in uris {
            lists.extend(self.status_list_of(info.persona, &info.issuer, &uri)?);
        }
        let mut held = HeldLedger::open(info, records, credentials, latest, previous, lists)?;
        held.private = self.private(&held)?;
        Ok(held)
    }

    fn standing(&self, ledger: LedgerId, which: u8) -> Result<Option<HeldStanding>, VaultError> {
        let Some(bytes) = self.store.get(STANDING, &standing_id(ledger, which))? else { return Ok(None) };
        let stored: StoredStanding = from_bytes(&bytes)?;
        Ok(Some(HeldStanding::open(stored, &self.histories)?))
    }

    /// Epoch records of a market that the first persona got, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn epoch_records(
        &self,
        issuer: &Did,
        market: &MarketId,
    ) -> Result<Vec<SignedEpochRecord>, VaultError> {
        self.epoch_records_of(FIRST, issuer, market)
    }

    /// Epoch records of a market that a persona got, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    //= spec/text/personas.md#REQ-PERSONA-12
    //# What a wallet takes or refuses of a market under one persona MUST NOT depend on what it got of it under another
    pub fn epoch_records_of(
        &self,
        persona: u32,
        issuer: &Did,
        market: &MarketId,
    ) -> Result<Vec<SignedEpochRecord>, VaultError> {
        let mut records = Vec::new();
        for (id, value) in self.store.scan(EPOCH)? {
            let text: String = from_bytes(&value?)?;
            let signed = SignedEpochRecord::open(&text, &self.histories)?;
            let record = signed.record();
            let is_of = &record.iss == issuer && &record.market == market;
            if is_of && id == epoch_id(persona, issuer, market, record.epoch) {
                records.push(signed);
            }
        }
        records.sort_by_key(|record| record.record().epoch);
        Ok(records)
    }

    /// Epoch records of all markets and personas, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn all_epoch_records(&self) -> Result<Vec<SignedEpochRecord>, VaultError> {
        let mut records = Vec::new();
        for (_, value) in self.store.scan(EPOCH)? {
            let text: String = from_bytes(&value?)?;
            records.push(SignedEpochRecord::open(&text, &self.histories)?);
        }
        records.sort_by_key(|record| record.record().epoch);
        Ok(records)
    }

    /// The newest status list under an issuer's address that the first persona got.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn status_list(&self, issuer: &Did, uri: &str) -> Result<Option<SignedStatusList>, VaultError> {
        self.status_list_of(FIRST, issuer, uri)
    }

    /// The newest status list under an issuer's address that a persona got.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn status_list_of(
        &self,
        persona: u32,
        issuer: &Did,
        uri: &str,
    ) -> Result<Option<SignedStatusList>, VaultError> {
        let mut text = Vec::new();
        for part in 0..=u8::MAX {
            match self.store.get(STATUS, &status_id(persona, issuer, uri, part))? {
                Some(bytes) => text.push(bytes),
                None => break,
            }
        }
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(SignedStatusList::open(&join(text)?, &self.histories)?))
    }

    /// The newest status lists of an issuer that the first persona got.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn status_lists(&self, issuer: &Did) -> Result<Vec<SignedStatusList>, VaultError> {
        self.status_lists_of(FIRST, issuer)
    }

    /// The newest status lists of an issuer that a persona got.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    //= spec/text/personas.md#REQ-PERSONA-12
    //# What a wallet takes or refuses of a market under one persona MUST NOT depend on what it got of it under another
    pub fn status_lists_of(&self, persona: u32, issuer: &Did) -> Result<Vec<SignedStatusList>, VaultError> {
        let mut lists: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for (id, value) in self.store.scan(STATUS)? {
            let (address, _) = id.split_at_checked(32).ok_or(VaultError::Unfinished)?;
            // Sorted by id, so that the parts come in order.
            lists.entry(address.to_vec()).or_default().push(value?);
        }
        let mut open = Vec::new();
        for (address, parts) in lists {
            let list = SignedStatusList::open(&join(parts)?, &self.histories)?;
            let is_theirs = status_id(persona, issuer, list.uri(), 0).starts_with(&address);
            if list.issuer() == issuer && is_theirs {
                open.push(list);
            }
        }
        Ok(open)
    }

    /// Every contradiction that was kept, oldest first.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn conflicts(&self) -> Result<Vec<Conflict>, VaultError> {
        let mut parts: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for (id, value) in self.store.scan(CONFLICT)? {
            let (number, _) = id.split_at_checked(8).ok_or(VaultError::Unfinished)?;
            parts.entry(number.to_vec()).or_default().extend(value?);
        }
        parts.into_values().map(|bytes| from_bytes(&bytes)).collect()
    }

    /// Keeps an accepted offer: entries, credentials, standing, epoch record, status lists and the note about it are one
    /// change, which is on the disk when this returns. `transfer`, if there was one, is marked as kept.
    ///
    /// # Errors
    /// [`VaultError::Commit`]: nothing was kept, or opening the vault again will tell.
    //= spec/text/offer.md#REQ-OFFER-25
    //# The wallet MUST keep all of it durably, in one change
    pub fn keep(
        &self,
        accepted: &Accepted,
        persona: u32,
        transfer: Option<&Transfer>,
        now: Timestamp,
    ) -> Result<LogEntry, VaultError> {
        let ledger = accepted.ledger().id();
        let known = self.ledgers()?.into_iter().find(|info| info.ledger == ledger);
        let info = LedgerInfo {
            ledger,
            issuer: accepted.issuer().clone(),
            market: accepted.market().clone(),
            persona,
            holder: label_holder(persona, accepted.issuer().stable_part(), accepted.market().as_str()),
            since: known.as_ref().map_or(now, |info| info.since),
            updated: now,
            node: transfer
                .and_then(|transfer| transfer.node.clone())
                .or_else(|| known.as_ref().and_then(|info| info.node.clone())),
            secrets_lost: self.secrets_lost(accepted, known.as_ref())?,
        };
        let mut batch = Batch::new().put(LEDGER, ledger.as_bytes(), to_bytes(&info)?);
        for record in accepted.ledger().records() {
            let index = record.entry().index;
            let id = record_id(ledger, index);
            let credential = accepted.credentials().get(&index).cloned();
            if index >= accepted.new_from() {
                let stored = StoredRecord { record: record.clone(), credential };
                batch = batch.put(RECORD, id, to_bytes(&stored)?);
            } else if credential.is_some() {
                // A credential that was made again takes the old one's place; the entry stays as it came.
                batch = self.with_renewed(batch, &id, credential)?;
            }
        }
        let standing = accepted.standing();
        if let Some(old) = self.standing(ledger, LATEST)?
            && old.statement().epoch < standing.statement().epoch
        {
            batch = batch.put(STANDING, standing_id(ledger, PREVIOUS), to_bytes(&old.to_stored())?);
        }
        batch = batch.put(STANDING, standing_id(ledger, LATEST), to_bytes(&standing.to_stored())?);
        let record = standing.record();
        let epoch = epoch_id(persona, &info.issuer, &info.market, record.record().epoch);
        batch = batch.put(EPOCH, epoch, to_bytes(&record.as_str())?);
        for list in accepted.lists() {
            batch = self.with_list(batch, persona, list)?;
        }
        batch = self.with_private(batch, accepted, &info, transfer)?;
        if let Some(transfer) = transfer {
            batch = self.without_pages(batch, &transfer.kept())?;
        }
        batch = self.with_persona(batch, persona, now)?;
        let happened = Happened::Received {
            issuer: info.issuer,
            market: info.market,
            ledger,
            epoch: record.record().label(),
            changes: *accepted.changes(),
        };
        let (batch, entry) = self.with_log(batch, persona, happened, now)?;
        self.store.commit(batch)?;
        Ok(entry)
    }

    /// Whether the market signs private standings for secrets that this wallet does not have. Where it named none this time, that
    /// is as it was, until it binds the ledger anew.
    fn secrets_lost(&self, accepted: &Accepted, known: Option<&LedgerInfo>) -> Result<bool, VaultError> {
        if accepted.names_commitment() || accepted.private().is_some() {
            return Ok(accepted.private().is_none());
        }
        let before = self.standing(accepted.ledger().id(), LATEST)?;
        let bound = |standing: &HeldStanding| standing.statement().bound;
        let same = before.is_some_and(|before| bound(&before) == bound(accepted.standing()));
        Ok(same && known.is_some_and(|info| info.secrets_lost))
    }

    fn with_renewed(
        &self,
        batch: Batch,
        id: &[u8],
        credential: Option<HeldCredential>,
    ) -> Result<Batch, VaultError> {
        let Some(bytes) = self.store.get(RECORD, id)? else { return Err(VaultError::Unfinished) };
        let mut stored: StoredRecord = from_bytes(&bytes)?;
        if stored.credential == credential {
            return Ok(batch);
        }
        stored.credential = credential;
        Ok(batch.put(RECORD, id, to_bytes(&stored)?))
    }

    /// A list in pieces, because one may be longer than a record; the newest known stays (A40).
    fn with_list(
        &self,
        mut batch: Batch,
        persona: u32,
        list: &SignedStatusList,
    ) -> Result<Batch, VaultError> {
        let known = self.status_list_of(persona, list.issuer(), list.uri())?;
        //= spec/text/status.md#REQ-STATUS-8
        //# A list MUST NOT be older than one that is known
        if known.is_some_and(|known| known.issued() > list.issued()) {
            return Ok(batch);
        }
        let parts = chunks(list.as_str().as_bytes());
        for (part, bytes) in (0..=u8::MAX).zip(&parts) {
            batch = batch.put(STATUS, status_id(persona, list.issuer(), list.uri(), part), bytes);
        }
        let next = u8::try_from(parts.len()).unwrap_or(u8::MAX);
        for part in next..=u8::MAX {
            let id = status_id(persona, list.issuer(), list.uri(), part);
            if self.store.get(STATUS, &id)?.is_none() {
                break;
            }
            batch = batch.delete(STATUS, id);
        }
        Ok(batch)
    }

    /// Notes an offer that was refused, with both sides of a contradiction; nothing else of it is kept, and its transfer is
    /// forgotten.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_refused(
        &self,
        issuer: &Did,
        market: &MarketId,
        refused: &ReceiveRefused,
        transfer: Option<&Transfer>,
        now: Timestamp,
    ) -> Result<LogEntry, VaultError> {
        let persona = transfer.map_or(FIRST, |transfer| transfer.persona);
        self.note_refused_under(persona, (issuer, market), refused, transfer, now)
    }

    /// As [`Vault::note_refused`], under the persona for which it came.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn note_refused_under(
        &self,
        persona: u32,
        (issuer, market): (&Did, &MarketId),
        refused: &ReceiveRefused,
        transfer: Option<&Transfer>,
        now: Timestamp,
    ) -> Result<LogEntry, VaultError> {
        let mut batch = Batch::new();
        if let Some(transfer) = transfer {
            batch = self.without_transfer(batch, transfer)?;
        }
        //= spec/text/offer.md#REQ-OFFER-15
        //# both sides are kept, as signed
        let kept = self.conflicts()?;
        let new = refused.conflict().filter(|conflict| !kept.iter().any(|kept| kept.is_same(conflict)));
        if let Some(conflict) = new {
            // In pieces: two sides with all that proves them may be longer than a record.
            let number = self.next_seq()?.to_be_bytes();
            for (part, bytes) in (0..=u8::MAX).zip(chunks(&to_bytes(conflict)?)) {
                batch = batch.put(CONFLICT, [&number[..], &[part]].concat(), bytes);
            }
        }
        let happened = Happened::OfferRefused {
            issuer: issuer.clone(),
            market: market.clone(),
            code: refused.fault().reason(),
            place: refused.fault().at().to_owned(),
            conflict: refused.conflict().map(|conflict| conflict.weight),
        };
        let (batch, entry) = self.with_log(batch, persona, happened, now)?;
        self.store.commit(batch)?;
        Ok(entry)
    }
}

#[cfg(test)]
pub(crate) mod tests;
