//! The host: listens, takes requests, hands them on, and sends the answers.

mod serve;

use std::fmt;
use std::time::Duration;

use faam_spec::peer::{Address, PeerId};
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use self::serve::{EventLoop, HostBehaviour};
use super::Protocol;
use super::limits::{HostLimits, MAX_LISTEN_ADDRESSES};
use super::swarm::{Cause, build, identity};

/// Time for connections to be closed in good order at the end.
const FAREWELL: Duration = Duration::from_millis(500);

/// What a [`Host`] needs to start.
pub struct HostConfig {
    /// Seed of the host's identity key; the PeerId follows from it.
    pub identity_seed: Zeroizing<[u8; 32]>,
    /// Where to listen: `/ip4/…/tcp/…` or `/ip4/…/udp/…/quic-v1`, ip6 likewise. Port 0 picks a free one.
    pub listen: Vec<String>,
    /// The bounds.
    pub limits: HostLimits,
}

impl fmt::Debug for HostConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostConfig")
            .field("identity_seed", &"[redacted]")
            .field("listen", &self.listen)
            .field("limits", &self.limits)
            .finish()
    }
}

/// Why a host did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The identity seed gives no key.
    #[error("the identity seed gives no usable key; make a new one")]
    Identity(#[source] Cause),
    /// The transports could not be set up.
    #[error("the network could not be set up")]
    Transport(#[source] Cause),
    /// No address to listen on, or too many.
    #[error("{0} listening addresses are configured; between 1 and {MAX_LISTEN_ADDRESSES} are needed")]
    ListenCount(usize),
    /// An address that is not one of the forms we can listen on.
    #[error("cannot listen on {0:?}; use /ip4/ADDRESS/tcp/PORT or /ip4/ADDRESS/udp/PORT/quic-v1, or ip6")]
    ListenForm(String),
    /// The system refused an address.
    #[error(
        "cannot listen on {address}; is another program using the port, and is the address this machine's?"
    )]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        #[source]
        cause: Cause,
    },
    /// The addresses were not bound in time.
    #[error("the listening addresses were not ready within {} s", .0.as_secs())]
    ListenTimeout(Duration),
}

/// A request that waits for its answer.
///
/// Dropping it without a reply closes the stream: the other side learns that there is no answer, and no more.
pub struct Inbound {
    /// Who asks, as the handshake proved.
    pub peer: PeerId,
    /// Who is asked: this host.
    pub local: PeerId,
    /// What it is about.
    pub protocol: Protocol,
    /// The question, at most [`HostLimits::max_frame_bytes`].
    pub payload: Vec<u8>,
    reply: oneshot::Sender<Vec<u8>>,
    _hold: Option<OwnedSemaphorePermit>,
}

impl Inbound {
    /// Answers; at most [`HostLimits::max_frame_bytes`], or the stream is closed without an answer.
    ///
    /// An answer that comes too late, or to somebody who has gone, is dropped.
    pub fn reply(self, payload: Vec<u8>) {
        if self.reply.send(payload).is_err() {
            tracing::debug!(peer = %self.peer, protocol = %self.protocol, "the answer came too late");
        }
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("peer", &self.peer)
            .field("protocol", &self.protocol)
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// A running host. It ends when this handle is dropped, at once; [`Host::shutdown`] ends it gently.
pub struct Host {
    peer: PeerId,
    addresses: watch::Receiver<Vec<Address>>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
    drain_timeout: Duration,
}

enum Command {
    Shutdown,
}

impl Host {
    /// Listens, and from then on puts requests into `inbound`; when that is full, requests are refused at once.
    ///
    /// Needs a tokio runtime with I/O and time. [`HostLimits::inbound_queue`] makes a queue of the right size.
    ///
    /// # Errors
    /// When the configuration is unusable or an address cannot be bound within [`HostLimits::listen_timeout`].
    pub async fn start(config: HostConfig, inbound: mpsc::Sender<Inbound>) -> Result<Self, HostError> {
        let HostConfig { identity_seed, listen, limits } = config;
        let listen = parse_all(&listen)?;
        let (keypair, peer) = identity(identity_seed).map_err(HostError::Identity)?;
        let behaviour = HostBehaviour::new(&limits, keypair.public());
        let swarm = build(keypair, limits.wire(), behaviour).map_err(HostError::Transport)?;

        let (commands, command_receiver) = mpsc::channel(1);
        let (address_sender, addresses) = watch::channel(Vec::new());
        let drain_timeout = limits.drain_timeout;
        let listen_timeout = limits.listen_timeout;
        let mut event_loop = EventLoop::new(swarm, peer, limits, inbound, address_sender);
        tokio::time::timeout(listen_timeout, event_loop.listen(listen))
            .await
            .map_err(|_| HostError::ListenTimeout(listen_timeout))??;
        let task = tokio::spawn(event_loop.run(command_receiver));
        Ok(Self { peer, addresses, commands, task, drain_timeout })
    }

    /// The host's name.
    #[must_use]
    pub const fn peer_id(&self) -> PeerId {
        self.peer
    }

    /// Where the host listens now, with the ports that the system picked.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.addresses.borrow().clone()
    }

    /// Lets nobody new in, refuses new requests, sends the answers under way, and ends.
    ///
    /// Takes [`HostLimits::drain_timeout`] and a moment for farewells at most.
    pub async fn shutdown(mut self) {
        // An error means that the loop has ended already, and so does a full channel: one command is all there is.
        let _ = self.commands.send(Command::Shutdown).await;
        let limit = self.drain_timeout + FAREWELL + FAREWELL;
        if tokio::time::timeout(limit, &mut self.task).await.is_err() {
            tracing::warn!("the network did not end in time and was cut off");
            self.task.abort();
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Checks that a host could listen on these addresses: their number and form, and whether TCP ports are free.
///
/// # Errors
/// As [`Host::start`].
pub fn check_listen(listen: &[String]) -> Result<(), HostError> {
    for address in parse_all(listen)? {
        let refused =
            |error: std::io::Error| HostError::Listen { address: address.to_string(), cause: error.into() };
        probe(&address).map_err(refused)?;
    }
    Ok(())
}

fn parse_all(listen: &[String]) -> Result<Vec<Multiaddr>, HostError> {
    if listen.is_empty() || listen.len() > MAX_LISTEN_ADDRESSES {
        return Err(HostError::ListenCount(listen.len()));
    }
    listen.iter().map(|text| parse_listen(text)).collect()
}

fn parse_listen(text: &str) -> Result<Multiaddr, HostError> {
    let form = || HostError::ListenForm(text.chars().take(faam_spec::limits::MAX_ADDRESS_BYTES).collect());
    let address: Multiaddr = text.parse().map_err(|_| form())?;
    let mut parts = address.iter();
    let ip = matches!(parts.next(), Some(Part::Ip4(_) | Part::Ip6(_)));
    let layer = matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(Part::Tcp(_)), None, None) | (Some(Part::Udp(_)), Some(Part::QuicV1), None)
    );
    if ip && layer { Ok(address) } else { Err(form()) }
}

/// Finds out whether a TCP port is taken.
///
/// libp2p binds in a way that lets two programs of one account share a port, each getting a part of the connections:
/// a second daemon would start without complaint. A plain bind complains.
fn probe(address: &Multiaddr) -> std::io::Result<()> {
    let mut parts = address.iter();
    let ip = match parts.next() {
        Some(Part::Ip4(ip)) => ip.into(),
        Some(Part::Ip6(ip)) => std::net::IpAddr::V6(ip),
        _ => return Ok(()),
    };
    match parts.next() {
        Some(Part::Tcp(port)) if port != 0 => std::net::TcpListener::bind((ip, port)).map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_listened_on_is_taken() {
        for good in ["/ip4/127.0.0.1/tcp/0", "/ip6/::/udp/4001/quic-v1", "/ip4/0.0.0.0/tcp/4001"] {
            assert_eq!(parse_listen(good).unwrap().to_string(), good);
        }
        for bad in ["", "127.0.0.1:4001", "/dns4/market.example/tcp/1", "/ip4/127.0.0.1/udp/1", "/unix/x"] {
            assert!(matches!(parse_listen(bad), Err(HostError::ListenForm(text)) if text == bad), "{bad}");
        }
    }

    #[test]
    fn seeds_and_payloads_are_not_in_debug_output() {
        let config = HostConfig {
            identity_seed: Zeroizing::new([0xAB; 32]),
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            limits: HostLimits::default(),
        };
        let text = format!("{config:?}");
        assert!(text.contains("[redacted]") && !text.contains("171"), "{text}");
    }
}
