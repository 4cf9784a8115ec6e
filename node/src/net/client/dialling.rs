//! Dialling: many addresses, one peer, and the reasons when none of them leads to it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use faam_spec::peer::{Address, PeerId};
use futures::StreamExt;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, Swarm};

use super::{Attempt, ClientBehaviour, DialError};
use crate::net::swarm::ours;

/// IP addresses that are tried for one name: an IPv4 and an IPv6 address of two machines.
pub(super) const MAX_ADDRESSES_PER_NAME: usize = 4;

/// Every address has a dial of its own: in a common one, an impostor at one address would spoil the others.
pub(super) struct Dialling {
    swarm: Swarm<ClientBehaviour>,
    peer: PeerId,
    target: libp2p::PeerId,
    open: HashMap<ConnectionId, Address>,
    failed: Vec<Attempt>,
    wrong: Option<(Option<PeerId>, Address)>,
}

impl Dialling {
    pub(super) fn new(swarm: Swarm<ClientBehaviour>, peer: PeerId, target: libp2p::PeerId) -> Self {
        Self { swarm, peer, target, open: HashMap::new(), failed: Vec::new(), wrong: None }
    }

    pub(super) fn into_swarm(self) -> Swarm<ClientBehaviour> {
        self.swarm
    }

    /// The first connection on which the peer proved its key; nothing when there is none to be had.
    pub(super) async fn connect(&mut self, addresses: &[Address]) -> Option<ConnectionId> {
        // IP addresses first: a slow look-up of one name must not hold them up.
        let (named, numbered): (Vec<_>, Vec<_>) = addresses.iter().partition(|a| name_of(a).is_some());
        for address in numbered {
            match address.as_str().parse::<Multiaddr>() {
                Ok(target) => self.dial(address, target),
                Err(_) => self.fail(address, "not a usable address"),
            }
        }
        let mut lookups: futures::stream::FuturesUnordered<_> =
            named.into_iter().map(|address| async move { (address, look_up(address).await) }).collect();
        loop {
            if self.open.is_empty() && lookups.is_empty() {
                return None;
            }
            tokio::select! {
                Some((address, found)) = lookups.next(), if !lookups.is_empty() => {
                    if found.is_empty() {
                        self.fail(address, "the name has no address");
                    }
                    for target in found {
                        self.dial(address, target);
                    }
                }
                event = self.swarm.select_next_some() => match event {
                    //= spec/text/link.md#REQ-LINK-8
                    //# `peer` MUST answer at the addresses, by the handshake
                    SwarmEvent::ConnectionEstablished { connection_id, peer_id, .. } if peer_id == self.target => {
                        return Some(connection_id);
                    }
                    SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                        if let Some(address) = self.open.remove(&connection_id) {
                            self.on_error(address, &error);
                        }
                    }
                    _ => {}
                },
            }
        }
    }

    fn dial(&mut self, address: &Address, target: Multiaddr) {
        let opts = DialOpts::peer_id(self.target)
            .condition(PeerCondition::Always)
            .addresses(vec![target])
            .allocate_new_port()
            .build();
        let id = opts.connection_id();
        match self.swarm.dial(opts) {
            Ok(()) => drop(self.open.insert(id, address.clone())),
            Err(error) => self.on_error(address.clone(), &error),
        }
    }

    fn on_error(&mut self, address: Address, error: &libp2p::swarm::DialError) {
        //= spec/text/link.md#REQ-LINK-8
        //# by the handshake (else `net.peer`)
        if let libp2p::swarm::DialError::WrongPeerId { obtained, .. } = error {
            tracing::warn!(%address, expected = %self.peer, found = %obtained, "another key answered");
            self.wrong.get_or_insert((ours(obtained), address.clone()));
            return self.fail(&address, "another key answered");
        }
        let reason = match error {
            libp2p::swarm::DialError::Transport(errors) => {
                errors.iter().map(|(_, e)| innermost(e)).collect::<Vec<_>>().join("; ")
            }
            other => innermost(other),
        };
        self.fail(&address, &reason);
    }

    fn fail(&mut self, address: &Address, reason: &str) {
        tracing::debug!(%address, reason, "address failed");
        self.failed.push(Attempt { address: address.clone(), reason: reason.to_owned() });
    }

    /// Why there is no connection, given up after the time `late` or because every address failed.
    pub(super) fn failure(mut self, late: Option<Duration>) -> DialError {
        let peer = self.peer;
        if let Some((found, address)) = self.wrong {
            return DialError::WrongPeer { expected: peer, found, address };
        }
        let mut attempts = self.failed;
        let mut silent: Vec<Address> = self.open.drain().map(|(_, address)| address).collect();
        silent.sort();
        silent.dedup();
        attempts
            .extend(silent.into_iter().map(|address| Attempt { address, reason: "no answer".to_owned() }));
        match late {
            Some(within) => DialError::TimedOut { peer, within, attempts },
            None => DialError::Unreachable { peer, attempts },
        }
    }
}

/// The host name of an address that has one.
fn name_of(address: &Address) -> Option<&str> {
    let mut parts = address.as_str().split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("dns" | "dns4" | "dns6"), host) => host,
        _ => None,
    }
}

/// The same address with IP addresses in place of its name, as the system's resolver gives them.
async fn look_up(address: &Address) -> Vec<Multiaddr> {
    let Ok(named) = address.as_str().parse::<Multiaddr>() else { return Vec::new() };
    let Some(host) = name_of(address) else { return Vec::new() };
    let wanted = |ip: IpAddr| match named.iter().next() {
        Some(Part::Dns4(_)) => ip.is_ipv4(),
        Some(Part::Dns6(_)) => ip.is_ipv6(),
        _ => true,
    };
    let found: Vec<SocketAddr> = match tokio::net::lookup_host((host, 0)).await {
        Ok(found) => found.filter(|a| wanted(a.ip())).take(MAX_ADDRESSES_PER_NAME).collect(),
        Err(error) => {
            tracing::debug!(%host, %error, "name not found");
            Vec::new()
        }
    };
    found.into_iter().filter_map(|socket| named.replace(0, |_| Some(Part::from(socket.ip())))).collect()
}

/// The last cause in a chain of errors: "Connection refused" and not the four wrappers around it.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up_for_their_family() {
        let address: Address = "/dns4/localhost/udp/9/quic-v1".parse().unwrap();
        assert_eq!(name_of(&address), Some("localhost"));
        assert_eq!(look_up(&address).await, ["/ip4/127.0.0.1/udp/9/quic-v1".parse::<Multiaddr>().unwrap()]);
        assert_eq!(name_of(&"/ip4/127.0.0.1/tcp/9".parse().unwrap()), None);
    }
}
