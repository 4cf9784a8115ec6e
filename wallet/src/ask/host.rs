//! A peer for each open question, and the loop that takes what comes to them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use faam_node::core::PeerInfo;
use faam_node::net::{Host, HostConfig, HostError, HostLimits, Inbound, Protocol};
use faam_spec::peer::{Address, PeerId};
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use super::desk::{Desk, DeskEvent};
use crate::vault::VaultError;

/// How often it is looked whether something was asked or taken back: a small file is read.
const GLANCE: Duration = Duration::from_millis(500);
/// How often the vault is opened although nothing seems to have changed: what is to be kept no longer is deleted then.
const LOOK: Duration = Duration::from_secs(3600);
/// How long nothing is tried anew after it failed.
const REST: Duration = Duration::from_secs(5);
/// Questions that wait for their turn, over all peers; a further one is refused at once.
const QUEUE: usize = 32;
/// Time after which a wildcard address has told of every interface.
const SETTLE: Duration = Duration::from_millis(500);
/// Memory of the whole process, in bytes, above which no new connection is taken: opening a vault needs a part of it.
const MAX_MEMORY: usize = 1024 * 1024 * 1024;

/// What a peer of one question will spend on strangers: a few wallets, of which one answers.
fn limits() -> HostLimits {
    let mut limits = HostLimits::default();
    limits.max_established = 32;
    limits.max_pending = 32;
    limits.max_established_per_range = 16;
    limits.max_pending_per_range = 16;
    limits.max_buffered_bytes = 8 * 1024 * 1024;
    limits.max_requests = QUEUE;
    limits.inbound_queue = QUEUE;
    limits.max_memory_bytes = MAX_MEMORY;
    limits
}

/// Where a peer can be reached, and how it is told to listen there again.
#[derive(Debug)]
pub struct Found {
    /// The peer.
    pub peer: PeerId,
    /// The addresses, with the ports that the system picked.
    pub addresses: Vec<Address>,
}

/// Where to listen unless told: this machine, and the network that it is in, if that is a private one. Nothing is sent to find that out.
#[must_use]
pub fn usual_addresses() -> Vec<String> {
    let mut all = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    all.extend(local_network());
    let both = |ip: IpAddr| {
        let name = if ip.is_ipv4() { "ip4" } else { "ip6" };
        [format!("/{name}/{ip}/tcp/0"), format!("/{name}/{ip}/udp/0/quic-v1")]
    };
    all.into_iter().flat_map(both).collect()
}

/// The address under which this machine is in a private network.
fn local_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address for documentation, which is nowhere: the system says by which way it would go.
    socket.connect(SocketAddr::from(([192, 0, 2, 1], 9))).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(ip) if ip.is_private() => Some(IpAddr::V4(ip)),
        _ => None,
    }
}

/// Listens for a moment, to learn which ports are free and under which addresses the peer will be reached.
///
/// # Errors
/// [`HostError`].
pub async fn find(seed: Zeroizing<[u8; 32]>, listen: Vec<String>) -> Result<Found, HostError> {
    let wild = listen.iter().any(|address| address.contains("/0.0.0.0/") || address.contains("/::/"));
    let limits = limits();
    let (sender, _) = limits.inbound_queue();
    let host = Host::start(HostConfig { identity_seed: seed, listen, limits }, sender).await?;
    if wild {
        tokio::time::sleep(SETTLE).await;
    }
    let found = Found { peer: host.peer_id(), addresses: host.addresses() };
    host.shutdown().await;
    Ok(found)
}

/// What happens while questions are on line.
#[derive(Debug)]
pub enum HostEvent {
    /// A question can be answered at these addresses.
    Ready {
        /// Its number.
        ask: u64,
        /// Where its peer listens.
        addresses: Vec<Address>,
    },
    /// The peer of a question cannot listen; it is tried again.
    NotReady {
        /// Its number.
        ask: u64,
        /// Why, for people.
        why: String,
    },
    /// The wallet could not be looked at; it is tried again.
    NoVault {
        /// Why.
        code: Reason,
    },
    /// The wallet was looked at.
    Looked,
    /// Something happened at the desk.
    Desk(DeskEvent),
}

/// The peers of all open questions.
pub struct Hosting {
    desk: Desk,
    hosts: BTreeMap<u64, Host>,
    /// Questions whose peer could not listen, and when that was tried.
    failed: BTreeMap<u64, tokio::time::Instant>,
    sender: mpsc::Sender<Inbound>,
    inbound: mpsc::Receiver<Inbound>,
    looked: Option<tokio::time::Instant>,
    rests: Option<tokio::time::Instant>,
}

impl std::fmt::Debug for Hosting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosting").field("hosts", &self.hosts.len()).finish_non_exhaustive()
    }
}

impl Hosting {
    /// Peers for the questions of a desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let (sender, inbound) = mpsc::channel(QUEUE);
        Self {
            desk,
            hosts: BTreeMap::new(),
            failed: BTreeMap::new(),
            sender,
            inbound,
            looked: None,
            rests: None,
        }
    }

    /// The desk.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Goes on until `stop` turns true or `tell` says that it is enough, then sends the answers under way and ends.
    ///
    /// Needs a tokio runtime with I/O and time, and a thread beside the one that this runs on: judging takes as long as it takes.
    pub async fn run(
        &mut self,
        mut stop: watch::Receiver<bool>,
        clock: &dyn Fn() -> Timestamp,
        tell: &mut dyn FnMut(&Desk, HostEvent) -> bool,
    ) {
        let mut glance = tokio::time::interval(GLANCE);
        glance.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let enough = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => true,
                Some(inbound) = self.inbound.recv() => self.take(inbound, clock(), tell),
                _ = glance.tick() => self.glance(clock(), tell).await,
            };
            if enough {
                break;
            }
        }
        for (_, host) in std::mem::take(&mut self.hosts) {
            host.shutdown().await;
        }
    }

    fn take(
        &mut self,
        inbound: Inbound,
        now: Timestamp,
        tell: &mut dyn FnMut(&Desk, HostEvent) -> bool,
    ) -> bool {
        // A wallet offers nothing and renews nothing for others: the stream is closed without an answer.
        if inbound.protocol != Protocol::Present {
            return false;
        }
        let from = PeerInfo { peer: inbound.peer, local: inbound.local };
        let (answer, event) = self.desk.answer(from, &inbound.payload, now);
        inbound.reply(answer);
        event.is_some_and(|event| tell(&self.desk, HostEvent::Desk(event)))
    }

    /// Looks at the vault if something was changed, and has a peer for each open question and for no other.
    async fn glance(&mut self, now: Timestamp, tell: &mut dyn FnMut(&Desk, HostEvent) -> bool) -> bool {
        let here = tokio::time::Instant::now();
        let due = self.looked.is_none_or(|looked| here.duration_since(looked) > LOOK) || self.desk.is_stale();
        if due && self.rests.is_none_or(|since| here.duration_since(since) > REST) {
            self.rests = None;
            let event = match self.desk.look(now) {
                Ok(()) => {
                    self.looked = Some(here);
                    HostEvent::Looked
                }
                Err(error) => {
                    self.rests = Some(here);
                    HostEvent::NoVault { code: VaultError::reason(&error) }
                }
            };
            if tell(&self.desk, event) {
                return true;
            }
        }
        let open: BTreeMap<u64, (Vec<String>, Zeroizing<[u8; 32]>)> = (self.desk.open_asks(now))
            .map(|(ask, keys)| (ask.number, (ask.listen.clone(), keys.peer_seed.clone())))
            .collect();
        let over: Vec<u64> = self.hosts.keys().filter(|ask| !open.contains_key(ask)).copied().collect();
        for ask in over {
            if let Some(host) = self.hosts.remove(&ask) {
                tokio::spawn(host.shutdown());
            }
        }
        for (ask, (listen, seed)) in open {
            let tried = self.failed.get(&ask);
            if self.hosts.contains_key(&ask) || tried.is_some_and(|at| here.duration_since(*at) < REST) {
                continue;
            }
            let again = tried.is_some();
            let event = match self.listen(seed, listen).await {
                Ok(host) => {
                    self.failed.remove(&ask);
                    let addresses = host.addresses();
                    self.hosts.insert(ask, host);
                    HostEvent::Ready { ask, addresses }
                }
                Err(error) => {
                    self.failed.insert(ask, here);
                    if again {
                        continue;
                    }
                    HostEvent::NotReady { ask, why: error.to_string() }
                }
            };
            if tell(&self.desk, event) {
                return true;
            }
        }
        false
    }

    /// Listens at all of the addresses, or at those that this machine still has.
    async fn listen(
        &self,
        identity_seed: Zeroizing<[u8; 32]>,
        mut listen: Vec<String>,
    ) -> Result<Host, HostError> {
        loop {
            let config =
                HostConfig { identity_seed: identity_seed.clone(), listen: listen.clone(), limits: limits() };
            match Host::start(config, self.sender.clone()).await {
                Err(HostError::Listen { address, cause }) => {
                    let before = listen.len();
                    listen.retain(|listened| *listened != address);
                    if listen.is_empty() || listen.len() == before {
                        return Err(HostError::Listen { address, cause });
                    }
                }
                started => return started,
            }
        }
    }
}
