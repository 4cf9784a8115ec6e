//! The host's event loop: one task that owns the swarm.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use faam_spec::peer::{Address, PeerId};
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol as Part;
use libp2p::request_response::{self as rr, InboundRequestId, ProtocolSupport, ResponseChannel};
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, Swarm, identify, memory_connection_limits, ping};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Command, FAREWELL, HostError, Inbound, probe};
use crate::net::Protocol;
use crate::net::codec::{Frame, FrameCodec};
use crate::net::guard::{Caps, Guard};
use crate::net::limits::HostLimits;
use crate::net::swarm::{Cause, ours};

/// What identify says about us: no build, no machine, no operator.
const AGENT: &str = "faam/0.1";

/// Between two identify exchanges on one connection: nothing in them changes.
const IDENTIFY_INTERVAL: Duration = Duration::from_secs(3600);

/// Between two pings, and the time for their answer: a dead TCP connection is noticed within two minutes.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// After the last answer was handed to the transport, the time for its bytes to arrive: closing a QUIC connection
/// throws away what is still on its way.
const LINGER: Duration = Duration::from_secs(1);

#[derive(NetworkBehaviour)]
pub(super) struct HostBehaviour {
    guard: Guard,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    // One behaviour for each protocol: request-response has no way to choose among several.
    offer: rr::Behaviour<FrameCodec>,
    present: rr::Behaviour<FrameCodec>,
    renew: rr::Behaviour<FrameCodec>,
}

impl HostBehaviour {
    pub(super) fn new(limits: &HostLimits, key: libp2p::identity::PublicKey) -> Self {
        let codec =
            FrameCodec::new(limits.frame_bytes(), Some(limits.read_timeout), limits.max_buffered_bytes);
        let config = rr::Config::default()
            .with_request_timeout(limits.request_timeout)
            .with_max_concurrent_streams(limits.max_streams);
        let protocol = |protocol: Protocol| {
            rr::Behaviour::with_codec(
                codec.clone(),
                [(protocol.wire(), ProtocolSupport::Inbound)],
                config.clone(),
            )
        };
        Self {
            guard: Guard::new(Caps {
                pending_incoming: limits.max_pending,
                pending_incoming_per_range: limits.max_pending_per_range,
                established_incoming: limits.max_established,
                established_per_peer: limits.max_established_per_peer,
                established_incoming_per_range: limits.max_established_per_range,
                // A host never dials.
                pending_outgoing: 0,
                established_outgoing: 0,
            }),
            memory: memory_connection_limits::Behaviour::with_max_bytes(limits.max_memory_bytes),
            identify: identify::Behaviour::new(
                identify::Config::new(AGENT.to_owned(), key)
                    .with_agent_version(AGENT.to_owned())
                    .with_interval(IDENTIFY_INTERVAL)
                    .with_push_listen_addr_updates(false)
                    .with_cache_size(0)
                    .with_hide_listen_addrs(true),
            ),
            ping: ping::Behaviour::new(
                ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT),
            ),
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

/// What names a request: its connection, its protocol, and a number within that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RequestKey {
    connection: ConnectionId,
    protocol: Protocol,
    request: InboundRequestId,
}

struct Answer {
    key: RequestKey,
    channel: ResponseChannel<Frame>,
    /// Nothing: the core let the request drop, or the time is over.
    payload: Option<Vec<u8>>,
}

/// What we know of a connection: requests under way, and when it was last of use.
struct Use {
    requests: u32,
    since: Instant,
}

pub(super) struct EventLoop {
    swarm: Swarm<HostBehaviour>,
    local: PeerId,
    limits: HostLimits,
    inbound: mpsc::Sender<Inbound>,
    /// Requests that the core has; bounded by `max_requests` and by time.
    waiting: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// Answers that are being sent.
    sending: HashSet<RequestKey>,
    connections: HashMap<ConnectionId, Use>,
    listeners: HashMap<ListenerId, Vec<Multiaddr>>,
    addresses: watch::Sender<Vec<Address>>,
    draining: bool,
    last_sent: Option<Instant>,
}

impl EventLoop {
    pub(super) fn new(
        swarm: Swarm<HostBehaviour>,
        local: PeerId,
        limits: HostLimits,
        inbound: mpsc::Sender<Inbound>,
        addresses: watch::Sender<Vec<Address>>,
    ) -> Self {
        Self {
            swarm,
            local,
            limits,
            inbound,
            waiting: FuturesUnordered::new(),
            sending: HashSet::new(),
            connections: HashMap::new(),
            listeners: HashMap::new(),
            addresses,
            draining: false,
            last_sent: None,
        }
    }

    /// Binds every address, and returns when all of them are known.
    pub(super) async fn listen(&mut self, addresses: Vec<Multiaddr>) -> Result<(), HostError> {
        let mut asked = HashMap::new();
        for address in addresses {
            let failed = |cause| HostError::Listen { address: address.to_string(), cause };
            probe(&address).map_err(|e| failed(e.into()))?;
            let id = self.swarm.listen_on(address.clone()).map_err(|e| failed(e.into()))?;
            asked.insert(id, address);
        }
        while !asked.keys().all(|id| self.listeners.contains_key(id)) {
            let event = self.swarm.select_next_some().await;
            if let SwarmEvent::ListenerClosed { listener_id, reason, .. } = &event
                && let Some(address) = asked.get(listener_id)
            {
                let cause: Cause = match reason {
                    Err(e) => e.to_string().into(),
                    Ok(()) => "the listener closed".into(),
                };
                return Err(HostError::Listen { address: address.to_string(), cause });
            }
            self.on_event(event);
        }
        Ok(())
    }

    /// Works until the handle is gone or says so.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut sweep = tokio::time::interval(sweep_interval(self.limits.idle_timeout));
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(answer) = self.waiting.next(), if !self.waiting.is_empty() => self.on_answer(answer),
                _ = sweep.tick() => self.close_idle(),
                command = commands.recv() => match command {
                    Some(Command::Shutdown) => return self.drain().await,
                    None => return,
                },
            }
        }
    }

    async fn drain(mut self) {
        let deadline = Instant::now() + self.limits.drain_timeout;
        tracing::info!(waiting = self.waiting.len(), sending = self.sending.len(), "draining");
        self.draining = true;
        self.swarm.behaviour_mut().guard.close();
        // QUIC listeners stay until the end, because they take their connections with them; the guard lets nobody in.
        let tcp: Vec<ListenerId> = self
            .listeners
            .iter()
            .filter(|(_, addresses)| {
                addresses.iter().any(|a| a.iter().any(|part| matches!(part, Part::Tcp(_))))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in tcp {
            self.swarm.remove_listener(id);
        }

        self.turn_until(deadline, |this| this.waiting.is_empty() && this.sending.is_empty()).await;
        if !(self.waiting.is_empty() && self.sending.is_empty()) {
            tracing::warn!(
                waiting = self.waiting.len(),
                sending = self.sending.len(),
                "answers were cut off by the deadline"
            );
        }
        if let Some(sent) = self.last_sent {
            self.turn_until(deadline.min(sent + LINGER), |this| this.connections.is_empty()).await;
        }
        let peers: Vec<_> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // An error says that it has gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        self.turn_until(Instant::now() + FAREWELL, |this| this.connections.is_empty()).await;
    }

    /// Keeps working until `done` or the deadline.
    async fn turn_until(&mut self, deadline: Instant, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_event(event),
                Some(answer) = self.waiting.next(), if !self.waiting.is_empty() => self.on_answer(answer),
                () = tokio::time::sleep_until(deadline) => return,
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<HostBehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(HostBehaviourEvent::Offer(event)) => {
                self.on_request(Protocol::Offer, event)
            }
            SwarmEvent::Behaviour(HostBehaviourEvent::Present(event)) => {
                self.on_request(Protocol::Present, event);
            }
            SwarmEvent::Behaviour(HostBehaviourEvent::Renew(event)) => {
                self.on_request(Protocol::Renew, event);
            }
            SwarmEvent::Behaviour(HostBehaviourEvent::Ping(ping::Event { connection, result, .. })) => {
                // A peer that knows no ping is fine: wallets do not. One that stopped answering has gone.
                if matches!(result, Err(ping::Failure::Timeout)) {
                    self.swarm.close_connection(connection);
                }
            }
            SwarmEvent::Behaviour(HostBehaviourEvent::Identify(event)) => {
                // What others say about themselves is not kept.
                tracing::trace!(kind = identify_kind(&event), "identify");
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                self.connections.insert(connection_id, Use { requests: 0, since: Instant::now() });
                tracing::debug!(peer = %peer_id, connections = self.connections.len(), "connected");
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                self.connections.remove(&connection_id);
                tracing::debug!(peer = %peer_id, connections = self.connections.len(), ?cause, "disconnected");
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                tracing::debug!(from = %send_back_addr, %error, "connection refused or failed");
            }
            SwarmEvent::NewListenAddr { listener_id, address } => {
                tracing::info!(%address, "listening");
                self.listeners.entry(listener_id).or_default().push(address);
                self.publish_addresses();
            }
            SwarmEvent::ExpiredListenAddr { listener_id, address } => {
                if let Some(known) = self.listeners.get_mut(&listener_id) {
                    known.retain(|a| *a != address);
                }
                self.publish_addresses();
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                if let Err(error) = reason {
                    tracing::error!(%error, "a listener closed; restart to listen there again");
                }
                self.listeners.remove(&listener_id);
                self.publish_addresses();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener has trouble"),
            _ => {}
        }
    }

    fn on_request(&mut self, protocol: Protocol, event: rr::Event<Frame, Frame>) {
        match event {
            rr::Event::Message {
                peer,
                connection_id: connection,
                message: rr::Message::Request { request_id: request, request: frame, channel },
            } => {
                let key = RequestKey { connection, protocol, request };
                self.hand_on(key, &peer, frame, channel);
            }
            rr::Event::ResponseSent { connection_id: connection, request_id: request, .. } => {
                self.last_sent = Some(Instant::now());
                self.on_end(RequestKey { connection, protocol, request });
            }
            rr::Event::InboundFailure { peer, connection_id: connection, request_id: request, error } => {
                tracing::debug!(%peer, %protocol, %error, "request not answered");
                self.on_end(RequestKey { connection, protocol, request });
            }
            // We ask nothing.
            rr::Event::Message { message: rr::Message::Response { .. }, .. }
            | rr::Event::OutboundFailure { .. } => {}
        }
    }

    fn hand_on(
        &mut self,
        key: RequestKey,
        peer: &libp2p::PeerId,
        frame: Frame,
        channel: ResponseChannel<Frame>,
    ) {
        let protocol = key.protocol;
        if let Some(connection) = self.connections.get_mut(&key.connection) {
            connection.requests = connection.requests.saturating_add(1);
            connection.since = Instant::now();
        }
        // To refuse is to drop the channel: it closes the stream.
        let refuse = |why: &'static str| tracing::warn!(%peer, %protocol, why, "request refused");
        if self.draining {
            return refuse("shutting down");
        }
        if self.waiting.len() >= self.limits.max_requests {
            return refuse("too many requests wait for an answer");
        }
        let Some(asker) = ours(peer) else { return refuse("not an Ed25519 peer") };
        let (reply, answer) = oneshot::channel();
        let inbound = Inbound {
            peer: asker,
            local: self.local,
            protocol,
            payload: frame.bytes,
            reply,
            _hold: frame.hold,
        };
        match self.inbound.try_send(inbound) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return refuse("the queue is full"),
            Err(mpsc::error::TrySendError::Closed(_)) => return refuse("nobody serves requests any more"),
        }
        let limit = self.limits.request_timeout;
        self.waiting.push(Box::pin(async move {
            let payload = tokio::time::timeout(limit, answer).await.ok().and_then(Result::ok);
            Answer { key, channel, payload }
        }));
    }

    fn on_answer(&mut self, Answer { key, channel, payload }: Answer) {
        let protocol = key.protocol;
        let Some(payload) = payload else { return drop(channel) };
        let (bytes, max) = (payload.len(), self.limits.frame_bytes());
        if bytes > max {
            tracing::error!(%protocol, bytes, max, "an answer is too long to be sent");
            return drop(channel);
        }
        if self.swarm.behaviour_mut().protocol(protocol).send_response(channel, payload.into()).is_ok() {
            self.sending.insert(key);
        } else {
            tracing::debug!(%protocol, "the answer came too late");
        }
    }

    fn on_end(&mut self, key: RequestKey) {
        self.sending.remove(&key);
        if let Some(connection) = self.connections.get_mut(&key.connection) {
            connection.requests = connection.requests.saturating_sub(1);
            connection.since = Instant::now();
        }
    }

    /// Closes connections that asked nothing for too long.
    ///
    /// The swarm's own idle timeout starts anew with every stream that is opened, even one that is refused, so whoever
    /// keeps knocking would hold a place for ever. A request that is still being read does not count yet; it has its own
    /// deadline, which is added.
    fn close_idle(&mut self) {
        let limit = self.limits.idle_timeout + self.limits.read_timeout;
        let now = Instant::now();
        for (id, connection) in &self.connections {
            if connection.requests == 0 && now.duration_since(connection.since) > limit {
                tracing::debug!("connection closed for idleness");
                self.swarm.close_connection(*id);
            }
        }
    }

    fn publish_addresses(&self) {
        let mut addresses: Vec<Address> =
            self.listeners.values().flatten().filter_map(|a| a.to_string().parse().ok()).collect();
        addresses.sort();
        self.addresses.send_replace(addresses);
    }
}

fn sweep_interval(idle: Duration) -> Duration {
    (idle / 4).clamp(Duration::from_millis(50), Duration::from_secs(5))
}

const fn identify_kind(event: &identify::Event) -> &'static str {
    match event {
        identify::Event::Received { .. } => "received",
        identify::Event::Sent { .. } => "sent",
        identify::Event::Pushed { .. } => "pushed",
        identify::Event::Error { .. } => "error",
    }
}
