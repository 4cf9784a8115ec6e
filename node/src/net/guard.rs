//! Who may connect: counts of connections, in all, by peer and by range of addresses (A46).
//!
//! libp2p has a behaviour for connection limits, but it knows no address ranges, and it keeps a record for every PeerId
//! that it ever saw. Wallets come with a fresh one each time, so that record would grow for ever. This one forgets.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::hash::Hash;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::task::{Context, Poll};

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, DialFailure, FromSwarm, ListenFailure,
    NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// The counts that a [`Guard`] allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    pub(super) pending_incoming: u32,
    pub(super) pending_incoming_per_range: u32,
    pub(super) established_incoming: u32,
    pub(super) established_per_peer: u32,
    pub(super) established_incoming_per_range: u32,
    pub(super) pending_outgoing: u32,
    pub(super) established_outgoing: u32,
}

/// The cap that kept a connection out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    #[error("too many unfinished handshakes")]
    PendingIncoming,
    #[error("too many unfinished handshakes from one range of addresses")]
    PendingIncomingRange,
    #[error("too many connections")]
    EstablishedIncoming,
    #[error("too many connections of one peer")]
    EstablishedPeer,
    #[error("too many connections from one range of addresses")]
    EstablishedIncomingRange,
    #[error("too many connections are being dialled")]
    PendingOutgoing,
    #[error("too many dialled connections")]
    EstablishedOutgoing,
    #[error("the host is shutting down")]
    Closed,
}

/// Addresses that are likely in one hand: what a provider gives to one customer at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Range {
    V4([u8; 3]),
    V6([u16; 3]),
    /// Not an IP address: all such share one count.
    Other,
}

/// A behaviour that says no when a cap is reached, and does nothing else.
pub(super) struct Guard {
    caps: Caps,
    closed: bool,
    pending_incoming: Book<Range>,
    established_incoming: Book<Range>,
    pending_outgoing: Book<()>,
    established_outgoing: Book<()>,
    peers: Book<PeerId>,
}

impl Guard {
    pub(super) fn new(caps: Caps) -> Self {
        Self {
            caps,
            closed: false,
            pending_incoming: Book::default(),
            established_incoming: Book::default(),
            pending_outgoing: Book::default(),
            established_outgoing: Book::default(),
            peers: Book::default(),
        }
    }

    /// Lets nobody in from now on; those who are in stay.
    pub(super) const fn close(&mut self) {
        self.closed = true;
    }
}

impl NetworkBehaviour for Guard {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let range = Range::of(remote);
        require(!self.closed, Denied::Closed)?;
        require(self.pending_incoming.total() < self.caps.pending_incoming, Denied::PendingIncoming)?;
        require(
            self.pending_incoming.count(&range) < self.caps.pending_incoming_per_range,
            Denied::PendingIncomingRange,
        )?;
        // Those that could not be admitted anyway need not shake hands: that is the dear part.
        require(
            self.established_incoming.total() < self.caps.established_incoming,
            Denied::EstablishedIncoming,
        )?;
        require(
            self.established_incoming.count(&range) < self.caps.established_incoming_per_range,
            Denied::EstablishedIncomingRange,
        )?;
        self.pending_incoming.insert(id, range);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_incoming.remove(id);
        require(!self.closed, Denied::Closed)?;
        require(
            self.established_incoming.total() < self.caps.established_incoming,
            Denied::EstablishedIncoming,
        )?;
        require(self.peers.count(&peer) < self.caps.established_per_peer, Denied::EstablishedPeer)?;
        require(
            self.established_incoming.count(&Range::of(remote)) < self.caps.established_incoming_per_range,
            Denied::EstablishedIncomingRange,
        )?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        _: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        require(!self.closed, Denied::Closed)?;
        require(self.pending_outgoing.total() < self.caps.pending_outgoing, Denied::PendingOutgoing)?;
        self.pending_outgoing.insert(id, ());
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_outgoing.remove(id);
        require(!self.closed, Denied::Closed)?;
        require(
            self.established_outgoing.total() < self.caps.established_outgoing,
            Denied::EstablishedOutgoing,
        )?;
        require(self.peers.count(&peer) < self.caps.established_per_peer, Denied::EstablishedPeer)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                self.peers.insert(connection_id, peer_id);
                match endpoint {
                    ConnectedPoint::Listener { send_back_addr, .. } => {
                        self.established_incoming.insert(connection_id, Range::of(send_back_addr));
                    }
                    ConnectedPoint::Dialer { .. } => self.established_outgoing.insert(connection_id, ()),
                }
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) => {
                self.peers.remove(connection_id);
                self.established_incoming.remove(connection_id);
                self.established_outgoing.remove(connection_id);
            }
            FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.pending_incoming.remove(connection_id);
            }
            FromSwarm::DialFailure(DialFailure { connection_id, .. }) => {
                self.pending_outgoing.remove(connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

impl Range {
    fn of(address: &Multiaddr) -> Self {
        match address.iter().next() {
            Some(Part::Ip4(ip)) => Self::v4(ip),
            Some(Part::Ip6(ip)) => Self::v6(ip),
            _ => Self::Other,
        }
    }

    const fn v4(ip: Ipv4Addr) -> Self {
        let [a, b, c, _] = ip.octets();
        Self::V4([a, b, c])
    }

    fn v6(ip: Ipv6Addr) -> Self {
        // A dual-stack socket shows IPv4 callers in this dress; undressed, or the whole of IPv4 would be one range.
        if let Some(ip) = ip.to_ipv4_mapped() {
            return Self::v4(ip);
        }
        let [a, b, c, ..] = ip.segments();
        Self::V6([a, b, c])
    }
}

/// Connections and what each counts towards, with the counts kept up and nothing kept at zero.
struct Book<K> {
    entries: HashMap<ConnectionId, K>,
    counts: HashMap<K, u32>,
}

impl<K> Default for Book<K> {
    fn default() -> Self {
        Self { entries: HashMap::new(), counts: HashMap::new() }
    }
}

impl<K: Eq + Hash + Copy> Book<K> {
    fn insert(&mut self, id: ConnectionId, key: K) {
        if let Entry::Vacant(entry) = self.entries.entry(id) {
            entry.insert(key);
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn remove(&mut self, id: ConnectionId) {
        let Some(key) = self.entries.remove(&id) else { return };
        if let Entry::Occupied(mut entry) = self.counts.entry(key) {
            match entry.get().checked_sub(1) {
                None | Some(0) => drop(entry.remove()),
                Some(n) => *entry.get_mut() = n,
            }
        }
    }

    fn count(&self, key: &K) -> u32 {
        self.counts.get(key).copied().unwrap_or(0)
    }

    fn total(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }
}

fn require(fine: bool, denied: Denied) -> Result<(), ConnectionDenied> {
    if fine { Ok(()) } else { Err(ConnectionDenied::new(denied)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps() -> Caps {
        Caps {
            pending_incoming: 4,
            pending_incoming_per_range: 2,
            established_incoming: 4,
            established_per_peer: 2,
            established_incoming_per_range: 3,
            pending_outgoing: 1,
            established_outgoing: 1,
        }
    }

    fn address(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    /// Knocks, shakes hands and comes in, as the swarm would report it.
    fn enter(guard: &mut Guard, id: usize, peer: PeerId, remote: &str) -> Result<(), Denied> {
        let (id, local, remote) =
            (ConnectionId::new_unchecked(id), address("/ip4/192.0.2.1/tcp/1"), address(remote));
        let why = |e: ConnectionDenied| *e.downcast_ref::<Denied>().unwrap();
        guard.handle_pending_inbound_connection(id, &local, &remote).map_err(why)?;
        guard.handle_established_inbound_connection(id, peer, &local, &remote).map_err(why)?;
        let endpoint = ConnectedPoint::Listener { local_addr: local, send_back_addr: remote };
        guard.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id: peer,
            connection_id: id,
            endpoint: &endpoint,
            failed_addresses: &[],
            other_established: 0,
        }));
        Ok(())
    }

    fn leave(guard: &mut Guard, id: usize, peer: PeerId) {
        let endpoint = ConnectedPoint::Listener {
            local_addr: address("/ip4/192.0.2.1/tcp/1"),
            send_back_addr: address("/ip4/198.51.100.1/tcp/1"),
        };
        guard.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
            peer_id: peer,
            connection_id: ConnectionId::new_unchecked(id),
            endpoint: &endpoint,
            cause: None,
            remaining_established: 0,
        }));
    }

    #[test]
    fn a46_one_range_cannot_take_every_place() {
        let mut guard = Guard::new(caps());
        for id in 0..3 {
            enter(&mut guard, id, PeerId::random(), &format!("/ip4/198.51.100.{id}/tcp/9")).unwrap();
        }
        assert_eq!(
            enter(&mut guard, 3, PeerId::random(), "/ip4/198.51.100.200/udp/9/quic-v1"),
            Err(Denied::EstablishedIncomingRange)
        );
        assert_eq!(
            enter(&mut guard, 4, PeerId::random(), "/ip6/::ffff:198.51.100.7/tcp/9"),
            Err(Denied::EstablishedIncomingRange),
            "an IPv4 address in IPv6 dress is the same range"
        );
        enter(&mut guard, 5, PeerId::random(), "/ip4/198.51.101.1/tcp/9").unwrap();
        assert_eq!(
            enter(&mut guard, 6, PeerId::random(), "/ip4/203.0.113.1/tcp/9"),
            Err(Denied::EstablishedIncoming)
        );
    }

    #[test]
    fn a46_half_open_handshakes_are_counted_and_forgotten() {
        let mut guard = Guard::new(caps());
        let (local, remote) = (address("/ip4/192.0.2.1/tcp/1"), address("/ip6/2001:db8:1::1/tcp/9"));
        let knock = |guard: &mut Guard, id| {
            guard
                .handle_pending_inbound_connection(ConnectionId::new_unchecked(id), &local, &remote)
                .map_err(|e| *e.downcast_ref::<Denied>().unwrap())
        };
        knock(&mut guard, 0).unwrap();
        knock(&mut guard, 1).unwrap();
        assert_eq!(knock(&mut guard, 2), Err(Denied::PendingIncomingRange));
        guard.on_swarm_event(FromSwarm::ListenFailure(ListenFailure {
            local_addr: &local,
            send_back_addr: &remote,
            error: &libp2p::swarm::ListenError::Aborted,
            connection_id: ConnectionId::new_unchecked(0),
            peer_id: None,
        }));
        knock(&mut guard, 3).unwrap();
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let mut guard = Guard::new(caps());
        for id in 0..1_000 {
            let peer = PeerId::random();
            enter(&mut guard, id, peer, &format!("/ip4/198.51.{}.1/tcp/9", id % 256)).unwrap();
            leave(&mut guard, id, peer);
        }
        assert!(guard.peers.counts.is_empty() && guard.peers.entries.is_empty());
        assert!(
            guard.established_incoming.counts.is_empty() && guard.established_incoming.entries.is_empty()
        );
        assert!(guard.pending_incoming.counts.is_empty() && guard.pending_incoming.entries.is_empty());
    }

    #[test]
    fn one_peer_has_few_connections_and_a_closed_guard_lets_nobody_in() {
        let mut guard = Guard::new(caps());
        let peer = PeerId::random();
        enter(&mut guard, 0, peer, "/ip4/198.51.100.1/tcp/9").unwrap();
        enter(&mut guard, 1, peer, "/ip4/198.51.101.1/tcp/9").unwrap();
        assert_eq!(enter(&mut guard, 2, peer, "/ip4/198.51.102.1/tcp/9"), Err(Denied::EstablishedPeer));
        leave(&mut guard, 0, peer);
        enter(&mut guard, 3, peer, "/ip4/198.51.102.1/tcp/9").unwrap();
        guard.close();
        assert_eq!(enter(&mut guard, 4, PeerId::random(), "/ip4/203.0.113.1/tcp/9"), Err(Denied::Closed));
    }
}
