//! Transfers of offers: what arrived of one is kept, so that a broken one goes on where it was.

use std::fmt;

use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::MAX_OFFER_BYTES;
use faam_spec::link::Link;
use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_spec::wire;
use faam_store::Batch;
use serde::{Deserialize, Serialize};

use super::log::is_first;
use super::tables::{PAGE, TRANSFER, from_bytes, page_id, to_bytes};
use super::{Vault, VaultError};
use crate::held::MarketNode;

/// A transfer that was begun with a link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The link's capability.
    pub link: Capability,
    /// The market.
    pub market: MarketId,
    /// Secret by which pages can be asked for from any connection.
    pub secret: Capability,
    /// Size of the offer, in bytes.
    pub bytes: u64,
    /// Hash of the offer's bytes.
    pub hash: Hash,
    /// When it was begun.
    pub begun: Timestamp,
    /// How far it is.
    pub state: TransferState,
    /// The market's node, as the link named it; older notes lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<MarketNode>,
    /// The persona that takes the offer; the first where nothing is said.
    #[serde(default, skip_serializing_if = "is_first")]
    pub persona: u32,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// Pages are missing, or the offer was not checked yet.
    Arriving,
    /// Everything is kept; the market has not said that it knows.
    Kept,
    /// The market knows.
    Done,
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transfer({}, {} bytes, {:?})", self.market, self.bytes, self.state)
    }
}

impl Transfer {
    /// How many pages it has.
    #[must_use]
    pub fn pages(&self) -> u32 {
        u32::try_from(wire::pages(self.bytes)).unwrap_or(u32::MAX)
    }

    /// The same transfer with everything kept.
    #[must_use]
    pub(super) fn kept(&self) -> Self {
        Self { state: TransferState::Kept, ..self.clone() }
    }
}

impl Vault {
    /// The transfer that was begun with `link`, if there is one.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn transfer(&self, link: &Link) -> Result<Option<Transfer>, VaultError> {
        match self.store.get(TRANSFER, link.capability().as_bytes())? {
            Some(bytes) => Ok(Some(from_bytes(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Every transfer that is not done.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Content`].
    pub fn open_transfers(&self) -> Result<Vec<Transfer>, VaultError> {
        let mut open = Vec::new();
        for (_, value) in self.store.scan(TRANSFER)? {
            let transfer: Transfer = from_bytes(&value?)?;
            if transfer.state != TransferState::Done {
                open.push(transfer);
            }
        }
        Ok(open)
    }

    /// Notes that a transfer has begun.
    ///
    /// # Errors
    /// `too_large` over the bound of an offer; [`VaultError::Commit`].
    pub fn begin_transfer(&self, transfer: &Transfer) -> Result<(), VaultError> {
        if usize::try_from(transfer.bytes).is_ok_and(|bytes| bytes <= MAX_OFFER_BYTES) {
            let batch = Batch::new().put(TRANSFER, transfer.link.as_bytes(), to_bytes(transfer)?);
            return Ok(self.store.commit(batch)?);
        }
        Err(Fault::new(Reason::TooLarge, "offer").into())
    }

    /// Keeps a page.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn keep_page(&self, transfer: &Transfer, page: u32, bytes: &[u8]) -> Result<(), VaultError> {
        Ok(self.store.commit(Batch::new().put(PAGE, page_id(transfer.link, page), bytes))?)
    }

    /// A page that was kept.
    ///
    /// # Errors
    /// [`VaultError::Read`].
    pub fn page(&self, transfer: &Transfer, page: u32) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.store.get(PAGE, &page_id(transfer.link, page))?)
    }

    /// Notes that the market knows that everything is kept.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn end_transfer(&self, transfer: &Transfer) -> Result<(), VaultError> {
        let done = Transfer { state: TransferState::Done, ..transfer.clone() };
        Ok(self.store.commit(self.without_pages(Batch::new(), &done)?)?)
    }

    /// Forgets a transfer and its pages.
    ///
    /// # Errors
    /// [`VaultError::Commit`].
    pub fn drop_transfer(&self, transfer: &Transfer) -> Result<(), VaultError> {
        Ok(self.store.commit(self.without_transfer(Batch::new(), transfer)?)?)
    }

    pub(super) fn without_transfer(&self, batch: Batch, transfer: &Transfer) -> Result<Batch, VaultError> {
        Ok(self.without_pages(batch, transfer)?.delete(TRANSFER, transfer.link.as_bytes()))
    }

    /// Writes the transfer's state and deletes its pages.
    pub(super) fn without_pages(&self, batch: Batch, transfer: &Transfer) -> Result<Batch, VaultError> {
        let mut batch = batch.put(TRANSFER, transfer.link.as_bytes(), to_bytes(transfer)?);
        for page in 0..transfer.pages() {
            let id = page_id(transfer.link, page);
            if self.store.get(PAGE, &id)?.is_some() {
                batch = batch.delete(PAGE, id);
            }
        }
        Ok(batch)
    }
}
