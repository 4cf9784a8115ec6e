//! The client: dials one peer under a fresh name, asks, and goes.

mod dialling;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use faam_spec::peer::{Address, PeerId};
use futures::StreamExt;
use libp2p::Swarm;
use libp2p::request_response::{self as rr, OutboundFailure, OutboundRequestId, ProtocolSupport};
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use zeroize::Zeroizing;

use self::dialling::{Dialling, MAX_ADDRESSES_PER_NAME};
use super::Protocol;
use super::codec::{Frame, FrameCodec, FrameError, frame_error};
use super::guard::{Caps, Guard};
use super::limits::{ClientLimits, MAX_DIAL_ADDRESSES};
use super::swarm::{Cause, build, identity, theirs};

/// Commands that wait for the loop.
const COMMANDS: usize = 8;

/// Time for the connection to be closed in good order.
const FAREWELL: Duration = Duration::from_secs(1);

/// One address that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The address, as the link gave it.
    pub address: Address,
    /// What happened there, for a person to read.
    pub reason: String,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.reason)
    }
}

/// Why a peer could not be dialled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The seed gives no key.
    #[error("the seed for this contact gives no usable key; draw another one")]
    Identity(#[source] Cause),
    /// The transports could not be set up.
    #[error("the network could not be set up")]
    Transport(#[source] Cause),
    /// The peer's name is not the name of a key.
    #[error("{0} does not name a key; ask for a new link")]
    PeerName(PeerId),
    /// No addresses, or too many.
    #[error("{0} addresses are given; between 1 and {MAX_DIAL_ADDRESSES} are needed; ask for a new link")]
    AddressCount(usize),
    /// Nobody could be reached at any address.
    #[error("cannot reach {peer}; tried {}; is the other side running, and are you online?", list(.attempts))]
    Unreachable {
        /// Who was to be reached.
        peer: PeerId,
        /// What was tried.
        attempts: Vec<Attempt>,
    },
    /// Somebody answered who is not the one.
    #[error(
        "{address} answers, but with another key than {expected}; do not go on: ask for a new link by a way you trust"
    )]
    WrongPeer {
        /// Who was to be reached.
        expected: PeerId,
        /// Who answered, if its key is of our kind.
        found: Option<PeerId>,
        /// Where.
        address: Address,
    },
    /// Nothing was decided in time.
    #[error("cannot reach {peer} within {} ms; tried {}; try again later", .within.as_millis(), list(.attempts))]
    TimedOut {
        /// Who was to be reached.
        peer: PeerId,
        /// The time that was given.
        within: Duration,
        /// What was tried.
        attempts: Vec<Attempt>,
    },
}

/// Why a question got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The question is too long to be sent.
    #[error("the message has {bytes} bytes, where {max} are allowed; send it in pages")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        max: usize,
    },
    /// The peer does not speak the protocol.
    #[error("the other side does not offer {0}; it may be of another version")]
    Unsupported(Protocol),
    /// The peer ended the stream without an answer.
    #[error("the other side took the question and gave no answer; it may be busy: try again in a while")]
    Refused,
    /// What came back is not one whole frame of a permitted size.
    #[error("the answer is malformed: {0}; nothing of it was used")]
    BadAnswer(FrameError),
    /// No answer in time.
    #[error("no answer within {} s; try again later", .0.as_secs())]
    TimedOut(Duration),
    /// The connection has ended.
    #[error("the connection has ended; connect again")]
    Closed,
}

/// A connection to one peer, under a name that is used for nothing else.
///
/// It answers nothing: no protocol of ours, no identify, no ping. When it is dropped, the connection ends.
pub struct Client {
    remote: PeerId,
    local: PeerId,
    commands: mpsc::Sender<Command>,
    turns: Semaphore,
    limits: ClientLimits,
}

enum Command {
    Ask { protocol: Protocol, payload: Vec<u8>, answer: oneshot::Sender<Result<Vec<u8>, AskError>> },
    Close { closed: oneshot::Sender<()> },
}

impl Client {
    /// Dials `peer`, with the default [`ClientLimits`].
    ///
    /// `identity_seed` is fresh randomness, drawn for this contact alone (A54). All addresses are tried at once; the
    /// first at which `peer` proves its key is used. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// When no address leads to `peer` within `timeout`.
    pub async fn dial(
        identity_seed: Zeroizing<[u8; 32]>,
        peer: PeerId,
        addresses: &[Address],
        timeout: Duration,
    ) -> Result<Self, DialError> {
        Self::dial_with(identity_seed, peer, addresses, timeout, ClientLimits::default()).await
    }

    /// Dials `peer` under limits of one's own; otherwise like [`Client::dial`].
    ///
    /// # Errors
    /// When no address leads to `peer` within `timeout`.
    pub async fn dial_with(
        identity_seed: Zeroizing<[u8; 32]>,
        peer: PeerId,
        addresses: &[Address],
        timeout: Duration,
        limits: ClientLimits,
    ) -> Result<Self, DialError> {
        if addresses.is_empty() || addresses.len() > MAX_DIAL_ADDRESSES {
            return Err(DialError::AddressCount(addresses.len()));
        }
        let deadline = Instant::now() + timeout;
        let target = theirs(&peer).ok_or(DialError::PeerName(peer))?;
        let (keypair, local) = identity(identity_seed).map_err(DialError::Identity)?;
        let behaviour = ClientBehaviour::new(&limits);
        let swarm = build(keypair, limits.wire(timeout), behaviour).map_err(DialError::Transport)?;
        let mut dialling = Dialling::new(swarm, peer, target);

        let connection = match tokio::time::timeout_at(deadline, dialling.connect(addresses)).await {
            Ok(Some(connection)) => connection,
            Ok(None) => return Err(dialling.failure(None)),
            Err(_) => return Err(dialling.failure(Some(timeout))),
        };
        let (commands, command_receiver) = mpsc::channel(COMMANDS);
        let turns = Semaphore::new(limits.max_asks.max(1));
        let event_loop = EventLoop {
            swarm: dialling.into_swarm(),
            target,
            connection,
            pending: HashMap::new(),
            limits: limits.clone(),
        };
        tokio::spawn(event_loop.run(command_receiver));
        Ok(Self { remote: peer, local, commands, turns, limits })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When there is no answer, or not a good one. After [`AskError::Closed`] the client is of no more use.
    pub async fn ask(&self, protocol: Protocol, payload: Vec<u8>) -> Result<Vec<u8>, AskError> {
        let (bytes, max) = (payload.len(), self.limits.frame_bytes());
        if bytes > max {
            return Err(AskError::TooLarge { bytes, max });
        }
        let question = async {
            let _turn = self.turns.acquire().await.map_err(|_| AskError::Closed)?;
            let (answer, answered) = oneshot::channel();
            let command = Command::Ask { protocol, payload, answer };
            self.commands.send(command).await.map_err(|_| AskError::Closed)?;
            answered.await.map_err(|_| AskError::Closed)?
        };
        let limit = self.limits.ask_timeout;
        tokio::time::timeout(limit, question).await.unwrap_or(Err(AskError::TimedOut(limit)))
    }

    /// Whom this is connected to, as the handshake proved.
    #[must_use]
    pub const fn remote(&self) -> PeerId {
        self.remote
    }

    /// The name under which this contact is made.
    #[must_use]
    pub const fn local(&self) -> PeerId {
        self.local
    }

    /// Ends the connection in good order, within a second.
    pub async fn close(self) {
        let (closed, done) = oneshot::channel();
        // Errors on either channel mean that it has ended already.
        if self.commands.send(Command::Close { closed }).await.is_ok() {
            let _ = done.await;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("remote", &self.remote)
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

#[derive(NetworkBehaviour)]
struct ClientBehaviour {
    guard: Guard,
    offer: rr::Behaviour<FrameCodec>,
    present: rr::Behaviour<FrameCodec>,
    renew: rr::Behaviour<FrameCodec>,
}

impl ClientBehaviour {
    fn new(limits: &ClientLimits) -> Self {
        let max = limits.frame_bytes();
        let codec = FrameCodec::new(max, None, max.saturating_mul(limits.max_asks.max(1)));
        let config = rr::Config::default()
            .with_request_timeout(limits.ask_timeout)
            .with_max_concurrent_streams(limits.max_asks.max(1));
        let protocol = |protocol: Protocol| {
            rr::Behaviour::with_codec(
                codec.clone(),
                [(protocol.wire(), ProtocolSupport::Outbound)],
                config.clone(),
            )
        };
        let dials = u32::try_from(MAX_DIAL_ADDRESSES * MAX_ADDRESSES_PER_NAME).unwrap_or(u32::MAX);
        Self {
            guard: Guard::new(Caps {
                pending_incoming: 0,
                pending_incoming_per_range: 0,
                established_incoming: 0,
                established_incoming_per_range: 0,
                // The first that succeeds wins; the others are turned away when they arrive.
                established_per_peer: 1,
                pending_outgoing: dials,
                established_outgoing: 1,
            }),
            offer: protocol(Protocol::Offer),
            present: protocol(Protocol::Present),
            renew: protocol(Protocol::Renew),
        }
    }

    const fn protocol(&mut self, protocol: Protocol) -> &mut rr::Behaviour<FrameCodec> {
        match protocol {
            Protocol::Offer => &mut self.offer,
            Protocol::Present => &mut self.present,
            Protocol::Renew => &mut self.renew,
        }
    }
}

type Pending = HashMap<(Protocol, OutboundRequestId), oneshot::Sender<Result<Vec<u8>, AskError>>>;

struct EventLoop {
    swarm: Swarm<ClientBehaviour>,
    target: libp2p::PeerId,
    connection: ConnectionId,
    /// Bounded by the turns of [`Client::ask`] and by time.
    pending: Pending,
    limits: ClientLimits,
}

impl EventLoop {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closing: Option<(oneshot::Sender<()>, Instant)> = None;
        loop {
            let deadline = closing.as_ref().map(|(_, deadline)| *deadline);
            tokio::select! {
                event = self.swarm.select_next_some() => {
                    if self.on_event(event).is_break() {
                        break;
                    }
                }
                command = commands.recv(), if closing.is_none() => match command {
                    Some(Command::Ask { protocol, payload, answer }) => self.ask(protocol, payload, answer),
                    Some(Command::Close { closed }) => {
                        closing = Some((closed, Instant::now() + FAREWELL));
                        if self.swarm.disconnect_peer_id(self.target).is_err() {
                            break;
                        }
                    }
                    None => break,
                },
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => break,
            }
        }
        for (_, answer) in self.pending.drain() {
            let _ = answer.send(Err(AskError::Closed));
        }
        if let Some((closed, _)) = closing {
            let _ = closed.send(());
        }
    }

    fn ask(
        &mut self,
        protocol: Protocol,
        payload: Vec<u8>,
        answer: oneshot::Sender<Result<Vec<u8>, AskError>>,
    ) {
        let id = self.swarm.behaviour_mut().protocol(protocol).send_request(&self.target, payload.into());
        self.pending.insert((protocol, id), answer);
    }

    fn on_event(&mut self, event: SwarmEvent<ClientBehaviourEvent>) -> std::ops::ControlFlow<()> {
        match event {
            SwarmEvent::Behaviour(ClientBehaviourEvent::Offer(event)) => {
                self.on_answer(Protocol::Offer, event)
            }
            SwarmEvent::Behaviour(ClientBehaviourEvent::Present(event)) => {
                self.on_answer(Protocol::Present, event)
            }
            SwarmEvent::Behaviour(ClientBehaviourEvent::Renew(event)) => {
                self.on_answer(Protocol::Renew, event)
            }
            SwarmEvent::ConnectionClosed { connection_id, cause, .. } if connection_id == self.connection => {
                tracing::debug!(?cause, "the connection ended");
                return std::ops::ControlFlow::Break(());
            }
            _ => {}
        }
        std::ops::ControlFlow::Continue(())
    }

    fn on_answer(&mut self, protocol: Protocol, event: rr::Event<Frame, Frame>) {
        let (id, outcome) = match event {
            rr::Event::Message { message: rr::Message::Response { request_id, response }, .. } => {
                (request_id, Ok(response.bytes))
            }
            rr::Event::OutboundFailure { request_id, error, .. } => {
                (request_id, Err(self.ask_error(protocol, &error)))
            }
            // We offer nothing, so nobody can ask.
            _ => return,
        };
        if let Some(answer) = self.pending.remove(&(protocol, id)) {
            // An error means that nobody waits for it any more.
            let _ = answer.send(outcome);
        }
    }

    fn ask_error(&self, protocol: Protocol, failure: &OutboundFailure) -> AskError {
        match failure {
            OutboundFailure::UnsupportedProtocols => AskError::Unsupported(protocol),
            OutboundFailure::Timeout => AskError::TimedOut(self.limits.ask_timeout),
            OutboundFailure::ConnectionClosed | OutboundFailure::DialFailure => AskError::Closed,
            OutboundFailure::Io(error) => match frame_error(error) {
                None if error.kind() == std::io::ErrorKind::NotConnected => AskError::Closed,
                // Over TCP the end of the connection may show as this first, and as `Closed` at the next question.
                Some(FrameError::Absent) | None => AskError::Refused,
                Some(other) => AskError::BadAnswer(other),
            },
        }
    }
}

fn list(attempts: &[Attempt]) -> String {
    attempts.iter().map(Attempt::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_was_tried_and_what_next() {
        let peer = PeerId::from_public_key([7; 32]);
        let attempts = vec![Attempt {
            address: "/ip4/192.0.2.1/tcp/9".parse().unwrap(),
            reason: "Connection refused".to_owned(),
        }];
        let text = DialError::Unreachable { peer, attempts }.to_string();
        assert!(
            text.contains("/ip4/192.0.2.1/tcp/9 (Connection refused)") && text.contains("online?"),
            "{text}"
        );
    }
}
