//! The market's part: the issuer, and how its changes get into the node's store.

use faam_issuer::{AccountId, ChangeTable, Issuer, Profile, Secrets, read};
use faam_spec::did::Did;
use faam_spec::hash::Hash;
use faam_spec::key::VerifyingKey;
use faam_spec::name::MarketId;
use faam_spec::offer::HeldHead;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use zeroize::Zeroizing;

use super::error::CoreError;
use super::memory::stored;
use super::storage::{Change, Storage, Table};
use super::{Core, MarketSettings, MarketStatus, Turn};

/// Id of the issuer's secrets in [`Table::SECRETS`].
pub(crate) const ISSUER_SECRETS: &[u8] = b"issuer";

/// How many events of a batch were applied, and what stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Events that are applied and stored.
    pub applied: u64,
    /// The first line that could not be applied; nothing after it was.
    pub first_error: Option<FirstError>,
}

/// A line of events that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstError {
    /// The line, from 1.
    pub line: u64,
    /// Why.
    pub fault: Fault,
}

/// An epoch, as people speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochView {
    /// Its number.
    pub number: u64,
    /// Its label, such as `2026-47`.
    pub label: String,
    /// Hash of its record.
    pub record: Hash,
    /// Whether it is the market's last.
    pub last: bool,
}

/// The issuer, beside what the core must know of it.
#[derive(Debug)]
pub(super) struct Issuing(Issuer);

impl Core {
    /// Appends events, one JSON object a line; what was recorded already changes nothing, so that a feed may repeat itself.
    ///
    /// Stops at the first line that cannot be applied. What came before it is applied and stored, as [`Applied`] says.
    ///
    /// # Errors
    /// [`CoreError::Storage`], [`CoreError::NoMarket`].
    pub fn apply_events<'a>(
        &mut self,
        turn: &mut Turn<'_>,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<Applied, CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        let mut changes = Vec::new();
        let mut done = Applied { applied: 0, first_error: None };
        for (line, text) in (1..).zip(lines) {
            if text.trim().is_empty() {
                continue;
            }
            match read::json_line(text).and_then(|event| issuing.0.apply(&event, &mut turn.rng)) {
                Ok(more) => {
                    changes.extend(more.into_iter().map(to_node));
                    done.applied += 1;
                }
                Err(fault) => {
                    done.first_error = Some(FirstError { line, fault });
                    break;
                }
            }
        }
        self.commit(turn, changes)?;
        Ok(done)
    }

    /// Opens the epoch in which now lies, unless it is open.
    ///
    /// A market's first epoch is not opened here but by its first offer, so that the accounts of a first import are all in it.
    pub(super) fn open_next_epoch(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        match &self.issuing {
            Some(issuing) if issuing.0.current_record().is_some() => self.open_epoch(turn),
            _ => Ok(()),
        }
    }

    /// Opens the epoch in which now lies, unless it is open or there is no market.
    pub(super) fn open_epoch(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        self.check_running()?;
        let Some(issuing) = &mut self.issuing else { return Ok(()) };
        let changes = issuing.0.open_epoch(turn.now, &mut turn.rng)?;
        if !changes.is_empty() {
            self.commit(turn, changes.into_iter().map(to_node).collect())?;
            tracing::info!("an epoch was opened");
        }
        Ok(())
    }

    /// Publishes the market's final record, after which it records nothing more. This cannot be undone.
    ///
    /// # Errors
    /// `epoch.chain` if this epoch has its record already: a market closes as an epoch begins.
    pub fn close_market(&mut self, turn: &mut Turn<'_>) -> Result<EpochView, CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        let changes = issuing.0.close(turn.now, &mut turn.rng)?;
        let view = issuing.epoch();
        self.commit(turn, changes.into_iter().map(to_node).collect())?;
        Ok(view.ok_or(Fault::new(Reason::Internal, "epoch"))?)
    }

    /// The market's newest epoch record as signed: the one artefact that it publishes.
    ///
    /// # Errors
    /// [`CoreError::NoMarket`].
    pub fn epoch_record(&self) -> Result<Option<&str>, CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_ref().ok_or(CoreError::NoMarket)?;
        Ok(issuing.0.current_record().map(|record| record.as_str()))
    }
}

impl Issuing {
    pub(super) fn restore(market: MarketSettings, turn: &mut Turn<'_>) -> Result<Self, CoreError> {
        let secrets = load_secrets(turn.store)?;
        let mut changes = Vec::new();
        for table in ChangeTable::ALL {
            let rows = turn.store.scan(Table(table.code()))?;
            changes.extend(rows.into_iter().map(|(id, value)| faam_issuer::Change { table, id, value }));
        }
        let profile = Profile { market: market.id, epoch: market.epoch };
        Ok(Self(Issuer::restore(profile, secrets, changes.into_iter())?))
    }

    pub(super) fn did(&self) -> &Did {
        self.0.did()
    }

    pub(super) const fn market(&self) -> &MarketId {
        &self.0.profile().market
    }

    pub(super) fn status(&self) -> MarketStatus {
        MarketStatus {
            id: self.market().clone(),
            issuer: self.did().clone(),
            epoch: self.epoch(),
            accounts: self.0.accounts().count(),
        }
    }

    fn epoch(&self) -> Option<EpochView> {
        let signed = self.0.current_record()?;
        let record = signed.record();
        Some(EpochView {
            number: record.epoch,
            label: record.label(),
            record: signed.hash(),
            last: record.last,
        })
    }

    /// Whether there is such an account.
    pub(super) fn check_account(&self, account: &AccountId) -> Result<(), Fault> {
        match self.0.ledger(account) {
            Some(_) => Ok(()),
            None => refuse(Reason::LedgerUnknown, "account"),
        }
    }

    /// Whether an account's ratings can be offered now.
    pub(super) fn check_offerable(&self, account: &AccountId, now: Timestamp) -> Result<(), Fault> {
        self.0.offerable(account, now)
    }

    /// Binds a wallet; what comes back has to be stored whatever happens next.
    pub(super) fn bind(
        &mut self,
        account: &AccountId,
        holder: &VerifyingKey,
        rebind: bool,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<Change>, Fault> {
        let changes = self.0.bind(account, holder, rebind, turn.now, &mut turn.rng)?;
        Ok(changes.into_iter().map(to_node).collect())
    }

    /// Everything that the bound wallet is to receive, as bytes.
    pub(super) fn offer(
        &self,
        account: &AccountId,
        since: Option<HeldHead>,
        now: Timestamp,
    ) -> Result<Vec<u8>, Fault> {
        self.0.offer(account, since.as_ref(), now)?.to_bytes()
    }
}

/// Reads the issuer's secrets.
pub(crate) fn load_secrets(store: &dyn Storage) -> Result<Secrets, CoreError> {
    let missing = || stored(Fault::new(Reason::StoreDamaged, "issuer_secrets"));
    let bytes = Zeroizing::new(store.get(Table::SECRETS, ISSUER_SECRETS)?.ok_or_else(missing)?);
    Secrets::from_bytes(&bytes).map_err(stored)
}

fn to_node(change: faam_issuer::Change) -> Change {
    Change::put(Table(change.table.code()), change.id, change.value)
}
