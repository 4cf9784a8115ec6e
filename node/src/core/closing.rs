//! Closing a market: at once where the epoch has no record yet, else as the next one begins.

use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use super::error::CoreError;
use super::issuing::{Issuing, to_node};
use super::storage::{Change, Storage, Table};
use super::{Core, EpochView, Turn};

/// Id of the mark in [`Table::MARKET`] that a market closes when the next epoch begins.
const CLOSING: &[u8] = b"closing";

/// What became of closing a market.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closing {
    /// It is closed, with this record.
    Closed(EpochView),
    /// It closes when the next epoch begins: this epoch has its record, and two would fork the chain.
    Scheduled {
        /// When that is.
        on: Timestamp,
    },
}

impl Core {
    /// Closes the market with its final record, after which it records nothing more: at once if this epoch has no record
    /// yet, else as the next epoch begins, which outlives a restart and can be taken back until then.
    ///
    /// # Errors
    /// [`CoreError::NoMarket`]; what [`Core::check_clock`] says.
    pub fn close_market(&mut self, turn: &mut Turn<'_>) -> Result<Closing, CoreError> {
        self.check_running()?;
        self.check_epoch_clock(turn.now)?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        if !issuing.issuer.is_closed() && issuing.issuer.has_record_at(turn.now) {
            let on = issuing.next_epoch(turn.now);
            if !issuing.closing {
                issuing.closing = true;
                self.commit(turn, vec![Change::put(Table::MARKET, CLOSING, b"0")])?;
                tracing::info!(%on, "the market will be closed");
            }
            return Ok(Closing::Scheduled { on });
        }
        issuing.closing = true;
        self.open_epoch(turn)?;
        let view = self.issuing.as_ref().and_then(Issuing::epoch);
        Ok(Closing::Closed(view.ok_or(Fault::new(Reason::Internal, "epoch"))?))
    }

    /// Takes back a close that has not come yet; where none is to come, this changes nothing.
    ///
    /// # Errors
    /// [`CoreError::NoMarket`]; [`CoreError::Closed`] when it is too late.
    pub fn cancel_close(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        self.check_running()?;
        let issuing = self.issuing.as_mut().ok_or(CoreError::NoMarket)?;
        if issuing.issuer.is_closed() || (issuing.closing && !issuing.issuer.has_record_at(turn.now)) {
            return Err(CoreError::Closed);
        }
        if issuing.closing {
            issuing.closing = false;
            self.commit(turn, vec![Change::delete(Table::MARKET, CLOSING)])?;
            tracing::info!("the market will not be closed");
        }
        Ok(())
    }

    /// Opens the epoch in which now lies, unless it is open or there is no market; as the last one if the market closes.
    pub(super) fn open_epoch(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        self.check_running()?;
        self.check_epoch_clock(turn.now)?;
        let Some(issuing) = &mut self.issuing else { return Ok(()) };
        let last = issuing.closing && !issuing.issuer.has_record_at(turn.now);
        let changes = match last {
            true => issuing.issuer.close(turn.now, &mut turn.rng)?,
            false => issuing.issuer.open_epoch(turn.now, &mut turn.rng)?,
        };
        let mut changes: Vec<Change> = changes.into_iter().map(to_node).collect();
        if last {
            issuing.closing = false;
            changes.push(Change::delete(Table::MARKET, CLOSING));
        }
        if !changes.is_empty() {
            self.commit(turn, changes)?;
            self.clock_used();
            tracing::info!(last, "an epoch was opened");
        }
        Ok(())
    }

    /// Closes the market where that is due, so that nothing slips in after the epoch has begun.
    pub(super) fn close_if_due(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        let due = |issuing: &Issuing| issuing.closing && !issuing.issuer.has_record_at(turn.now);
        if self.issuing.as_ref().is_some_and(due) { self.open_epoch(turn) } else { Ok(()) }
    }
}

/// Whether the store says that the market is to be closed.
pub(super) fn is_marked(store: &dyn Storage) -> Result<bool, CoreError> {
    Ok(store.get(Table::MARKET, CLOSING)?.is_some())
}
