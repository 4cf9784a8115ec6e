//! Peers over libp2p: a host that is asked, and a client that asks.
//!
//! This module is the only one that knows libp2p. What goes over the wire is opaque here: one question and one answer,
//! each a bounded frame, under a named [`Protocol`]. What they mean is decided in a core without I/O, which takes
//! [`Inbound`] requests out of a bounded queue and replies to them.
//!
//! Everything is bounded, and the bounds are in [`HostLimits`] and [`ClientLimits`] with their reasons. Transports are
//! QUIC and TCP with noise and yamux. A host speaks identify and ping beside our protocols; a client answers nothing at
//! all, listens nowhere, and comes under a fresh PeerId for each contact (A54).

mod client;
mod codec;
mod guard;
mod host;
mod limits;
mod swarm;

use faam_spec::domain::{PROTOCOL_OFFER, PROTOCOL_PRESENT, PROTOCOL_RENEW};
use libp2p::StreamProtocol;

pub use self::client::{AskError, Attempt, Client, DialError};
pub use self::codec::FrameError;
pub use self::host::{Host, HostConfig, HostError, Inbound, check_listen};
pub use self::limits::{ClientLimits, HostLimits, MAX_DIAL_ADDRESSES, MAX_LISTEN_ADDRESSES};

/// What a stream is about (DESIGN §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// Issuance: a wallet fetches an offer, page by page.
    Offer,
    /// Presenting: a wallet fetches a request and answers it.
    Present,
    /// Renewal: a wallet fetches what the epoch has of its ledger, and anybody the market's newest record.
    Renew,
}

impl Protocol {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offer => PROTOCOL_OFFER,
            Self::Present => PROTOCOL_PRESENT,
            Self::Renew => PROTOCOL_RENEW,
        }
    }

    const fn wire(self) -> StreamProtocol {
        StreamProtocol::new(self.name())
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_named_as_designed() {
        assert_eq!(Protocol::Offer.to_string(), "/faam/offer/1");
        assert_eq!(Protocol::Present.wire().as_ref(), "/faam/present/1");
        assert_eq!(Protocol::Renew.to_string(), "/faam/renew/1");
    }
}
