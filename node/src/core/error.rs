//! Why the core did not do what it was asked.

use faam_spec::name::MarketId;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_verifier::Unbelieved;

use super::storage::StorageError;

/// Why an operation of the core failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// Something in it is not as it has to be, or not allowed.
    #[error("{0}")]
    Refused(#[from] Fault),
    /// It is not allowed yet.
    #[error("{} It is possible from {when} on.", .fault.reason().sentence())]
    Early {
        /// Why not.
        fault: Fault,
        /// When it will be.
        when: Timestamp,
    },
    /// A request that nobody could answer so that this node believes it.
    #[error("{0}, and start the node again")]
    Unbelieved(Unbelieved),
    /// The market's final record is published.
    #[error("the market is closed with its final record, and stays so")]
    Closed,
    /// The clock moved by more than time passed.
    #[error(
        "this machine's clock went wrong: it shows {now}, which is {} seconds {} than the time that has passed allows; set it \
         right. Until it has agreed for 10 minutes, or the node is started again, no epoch is opened and nothing is deleted",
        .seconds.unsigned_abs(),
        if *.seconds < 0 { "earlier" } else { "later" }
    )]
    ClockJumped {
        /// What the clock shows.
        now: Timestamp,
        /// By how much it went ahead; negative if it went back.
        seconds: i64,
    },
    /// The clock shows a time before the market's last record.
    #[error(
        "this machine's clock shows {now}, but the market's last record was made at {last}; set the clock right (a record from \
         a clock that was ahead has to be waited for)"
    )]
    ClockBehind {
        /// What the clock shows.
        now: Timestamp,
        /// When the last record was made.
        last: Timestamp,
    },
    /// The clock shows a time long after the market's last record.
    #[error(
        "this machine's clock shows {now}, but the market's last record was made at {last}, more than 4 epochs before; set the \
         clock right, or, if the node was off for so long, start it once with 'faam-node run --accept-clock'"
    )]
    ClockAhead {
        /// What the clock shows.
        now: Timestamp,
        /// When the last record was made.
        last: Timestamp,
    },
    /// The store is of another market, or of one with other epochs.
    #[error(
        "this store belongs to market {market} with epochs of {seconds} seconds; set market.id and market.epoch_seconds \
         to these, or make another state folder with 'faam-node init'"
    )]
    OtherMarket {
        /// Whose it is.
        market: MarketId,
        /// Length of its epochs, in seconds.
        seconds: i64,
    },
    /// The store could not be read or written, so that nothing may be acknowledged.
    #[error("the store failed, so nothing was acknowledged: {0}")]
    Storage(#[from] StorageError),
    /// Something that a record names is not in the store.
    #[error("the store is damaged: {0} is not there")]
    Damaged(&'static str),
    /// An earlier write failed; what is in memory may not be what is on the disk.
    #[error("an earlier write to the store failed; restart faam-node, which reads what is really there")]
    Stopped,
    /// As many offers or requests are open as may be.
    #[error("{0} are open, which is as many as may be; wait until some have ended")]
    TooMany(&'static str),
    /// As many requests are kept as may be, decided ones included.
    #[error(
        "{0} requests are kept, decided ones included, which is as many as may be; decisions are deleted when their retention is over, \
         and a shorter retention_days deletes them sooner"
    )]
    TooManyKept(usize),
    /// This node runs no market.
    #[error("this node has no market, so that it issues nothing; add [market] to its configuration")]
    NoMarket,
    /// It is not known yet under which addresses the node can be reached.
    #[error("the node has no address that a link could name; set announce in its configuration")]
    NoAddress,
    /// A value in the question makes no sense.
    #[error("{what}: {why}")]
    Input {
        /// Which value.
        what: &'static str,
        /// What is wrong with it, and what would be right.
        why: &'static str,
    },
}

impl CoreError {
    /// The reason's code for programs on this machine.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Refused(fault) | Self::Early { fault, .. } => fault.reason(),
            Self::Unbelieved(_) => Reason::Untrusted,
            Self::Closed | Self::ClockJumped { .. } | Self::ClockBehind { .. } | Self::ClockAhead { .. } => {
                Reason::EpochChain
            }
            Self::Storage(_) | Self::Stopped => Reason::StoreIo,
            Self::Damaged(_) => Reason::StoreDamaged,
            Self::TooMany(_) | Self::TooManyKept(_) => Reason::NetBusy,
            Self::NoMarket | Self::NoAddress | Self::OtherMarket { .. } | Self::Input { .. } => {
                Reason::InputMalformed
            }
        }
    }

    /// The reason that a peer is told. What is wrong with this machine is not a stranger's business.
    //= spec/text/wire.md#REQ-WIRE-9
    //# what is wrong with the node's own store is `net.busy` to others
    pub(crate) const fn wire_reason(&self) -> Reason {
        match self {
            Self::Refused(fault) | Self::Early { fault, .. } => fault.reason(),
            Self::NoMarket => Reason::OfferUnknown,
            _ => Reason::NetBusy,
        }
    }
}
