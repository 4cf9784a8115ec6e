//! What one machine will spend on strangers: every bound of the network, with its unit and its reason.
//!
//! In libp2p a limit that is not set is no limit, so each one is set, here or beside the part that it bounds.

use std::time::Duration;

use faam_spec::limits::MAX_FRAME_BYTES;
use tokio::sync::mpsc;

use super::Inbound;

/// Protocols of ours that one connection can carry; each has its own count of streams.
const PROTOCOLS: usize = 3;

/// Streams of identify and ping, both ways, with room for those that are closed but not yet swept away.
const SPARE_STREAMS: usize = 16;

/// Most addresses that one dial may be given: what a link may carry (DESIGN §4).
pub const MAX_DIAL_ADDRESSES: usize = 8;

/// Most addresses that a host may be told to listen on: a few interfaces, twice each.
pub const MAX_LISTEN_ADDRESSES: usize = 16;

/// The bounds of a [`Host`](super::Host).
///
/// The defaults suit a small machine that serves a thousand wallets in 256 MiB (DESIGN §10). A test or an operator
/// changes single fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostLimits {
    /// Established connections from others, in all. 1,000: what DESIGN §10 asks to be admitted.
    pub max_established: u32,
    /// Connections from others that are still shaking hands, in all. 256: a handshake takes milliseconds, so that many
    /// at once are a flood.
    pub max_pending: u32,
    /// Established connections under one PeerId. 4: a wallet needs one; names cost nothing, so this only stops accidents.
    pub max_established_per_peer: u32,
    /// Established connections from one address range (IPv4 /24, IPv6 /48). 64: names are free and addresses are not, so
    /// one range never holds more than a sixteenth of the places. Raise it where a proxy stands in front.
    pub max_established_per_range: u32,
    /// Unfinished handshakes from one address range. 32: one range cannot keep the others from shaking hands.
    pub max_pending_per_range: u32,
    /// Concurrent streams of one protocol on one connection. 4: a wallet asks one thing after the other; pages may overlap.
    /// More are dropped at once.
    pub max_streams: usize,
    /// Largest frame, in bytes, never above [`MAX_FRAME_BYTES`].
    pub max_frame_bytes: usize,
    /// Bytes of requests that are being read or wait for their answer, over all connections. 64 MiB: a third more than one
    /// address range can pin down (64 connections, three protocols, 4 streams, 64 KiB).
    pub max_buffered_bytes: usize,
    /// Requests that wait for an answer, over all connections. 256: further ones are refused at once.
    pub max_requests: usize,
    /// Places in the queue that [`HostLimits::inbound_queue`] makes. 64: a full queue refuses at once, because a wallet
    /// that is told so can try again, and one that waits cannot tell why.
    pub inbound_queue: usize,
    /// Time for a request's bytes to arrive whole. 10 s: 64 KiB over a slow telephone, and no more for a slow sender.
    pub read_timeout: Duration,
    /// Time for a whole request: reading it, answering it, sending the answer. 30 s.
    pub request_timeout: Duration,
    /// Time for a connection's handshake. 10 s: a few round trips over a bad line.
    pub handshake_timeout: Duration,
    /// Time without any request after which a connection is closed. 2 minutes: a person reads the consent text in
    /// between. Pings and refused streams do not count as use.
    pub idle_timeout: Duration,
    /// Silence after which a QUIC connection counts as lost. 20 s: four keep-alives of 5 s.
    pub quic_silence: Duration,
    /// Memory of the whole process, in bytes, above which no new connection is taken. 256 MiB (DESIGN §10).
    pub max_memory_bytes: usize,
    /// Accepted TCP connections that the kernel may hold ready. 256, like `max_pending`.
    pub tcp_backlog: u32,
    /// Time for all listeners to be bound. 5 s.
    pub listen_timeout: Duration,
    /// Time that [`Host::shutdown`](super::Host::shutdown) gives to the answers under way. 10 s: service managers wait 90.
    pub drain_timeout: Duration,
}

impl Default for HostLimits {
    fn default() -> Self {
        Self {
            max_established: 1_000,
            max_pending: 256,
            max_established_per_peer: 4,
            max_established_per_range: 64,
            max_pending_per_range: 32,
            max_streams: 4,
            max_frame_bytes: MAX_FRAME_BYTES,
            max_buffered_bytes: 64 * 1024 * 1024,
            max_requests: 256,
            inbound_queue: 64,
            //= spec/text/wire.md#REQ-WIRE-2
            //# slower than 10 s, MUST be dropped with its stream
            read_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            quic_silence: Duration::from_secs(20),
            max_memory_bytes: 256 * 1024 * 1024,
            tcp_backlog: 256,
            listen_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

impl HostLimits {
    /// A queue for [`Host::start`](super::Host::start) with as many places as these limits say.
    #[must_use]
    pub fn inbound_queue(&self) -> (mpsc::Sender<Inbound>, mpsc::Receiver<Inbound>) {
        mpsc::channel(self.inbound_queue.max(1))
    }

    pub(super) fn wire(&self) -> Wire {
        Wire {
            handshake_timeout: self.handshake_timeout,
            idle_timeout: self.idle_timeout,
            quic_silence: self.quic_silence,
            max_streams: self.max_streams.saturating_mul(PROTOCOLS).saturating_add(SPARE_STREAMS),
            max_frame_bytes: self.frame_bytes(),
            tcp_backlog: self.tcp_backlog,
        }
    }

    pub(super) fn frame_bytes(&self) -> usize {
        self.max_frame_bytes.min(MAX_FRAME_BYTES)
    }
}

/// The bounds of a [`Client`](super::Client).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientLimits {
    /// Time for one question: sending it, waiting, and reading the answer. 40 s: more than the host's own 30.
    pub ask_timeout: Duration,
    /// Questions under way at once; further ones wait their turn. 4, like the host's streams.
    pub max_asks: usize,
    /// Time without a question after which the connection is closed. 3 minutes: the host's own 2 minutes decide.
    pub idle_timeout: Duration,
    /// Silence after which a QUIC connection counts as lost. 20 s.
    pub quic_silence: Duration,
    /// Largest frame, in bytes, never above [`MAX_FRAME_BYTES`].
    pub max_frame_bytes: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            ask_timeout: Duration::from_secs(40),
            max_asks: 4,
            idle_timeout: Duration::from_secs(180),
            quic_silence: Duration::from_secs(20),
            max_frame_bytes: MAX_FRAME_BYTES,
        }
    }
}

impl ClientLimits {
    pub(super) fn wire(&self, handshake_timeout: Duration) -> Wire {
        Wire {
            handshake_timeout,
            idle_timeout: self.idle_timeout,
            quic_silence: self.quic_silence,
            max_streams: self.max_asks.saturating_add(SPARE_STREAMS),
            max_frame_bytes: self.frame_bytes(),
            tcp_backlog: 1,
        }
    }

    pub(super) fn frame_bytes(&self) -> usize {
        self.max_frame_bytes.min(MAX_FRAME_BYTES)
    }
}

/// The bounds that a host and a client both hand to the transports and to the swarm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire {
    pub(super) handshake_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) quic_silence: Duration,
    pub(super) max_streams: usize,
    pub(super) max_frame_bytes: usize,
    pub(super) tcp_backlog: u32,
}
