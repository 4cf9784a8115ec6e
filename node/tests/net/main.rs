//! Hosts and clients on loopback, over TCP and over QUIC, and strangers that do not keep the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod flood;
mod stranger;

use std::io;
use std::time::{Duration, Instant};

use faam_node::net::{
    AskError, Client, ClientLimits, DialError, FrameError, Host, HostConfig, HostError, HostLimits, Inbound,
    Protocol,
};
use faam_spec::limits::MAX_FRAME_BYTES;
use faam_spec::peer::{Address, PeerId};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self as rr, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, StreamUpgradeError, SwarmEvent};
use libp2p::{StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
const BOTH: [&str; 2] = [TCP, QUIC];
/// Long enough for a busy machine, short enough to notice.
const SOON: Duration = Duration::from_secs(5);

fn seed() -> Zeroizing<[u8; 32]> {
    Zeroizing::new(rand::random())
}

fn limits(change: impl FnOnce(&mut HostLimits)) -> HostLimits {
    let mut limits = HostLimits::default();
    // The whole test program shares one process, which is no matter of these tests.
    limits.max_memory_bytes = 4 << 30;
    change(&mut limits);
    limits
}

async fn start(listen: &str, limits: HostLimits) -> (Host, mpsc::Receiver<Inbound>) {
    let (sender, receiver) = limits.inbound_queue();
    let config = HostConfig { identity_seed: seed(), listen: vec![listen.to_owned()], limits };
    (Host::start(config, sender).await.unwrap(), receiver)
}

/// A host that answers every question with the same bytes backwards.
async fn echo(listen: &str, limits: HostLimits) -> Host {
    let (host, mut receiver) = start(listen, limits).await;
    tokio::spawn(async move {
        while let Some(mut inbound) = receiver.recv().await {
            let mut payload = std::mem::take(&mut inbound.payload);
            payload.reverse();
            inbound.reply(payload);
        }
    });
    host
}

async fn dial(host: &Host) -> Client {
    Client::dial(seed(), host.peer_id(), &host.addresses(), SOON).await.unwrap()
}

async fn assert_serves(client: &Client) {
    assert_eq!(client.ask(Protocol::Present, b"abc".to_vec()).await.unwrap(), b"cba");
}

#[tokio::test]
async fn a_full_frame_goes_there_and_back() {
    for listen in BOTH {
        let host = echo(listen, limits(|_| {})).await;
        let client = dial(&host).await;
        assert_eq!(client.remote(), host.peer_id());
        let question: Vec<u8> = (0..MAX_FRAME_BYTES).map(|i| (i % 251) as u8).collect();
        let answer: Vec<u8> = question.iter().rev().copied().collect();
        for protocol in [Protocol::Offer, Protocol::Present, Protocol::Renew] {
            assert_eq!(client.ask(protocol, question.clone()).await.unwrap(), answer, "{listen} {protocol}");
            assert_eq!(client.ask(protocol, Vec::new()).await.unwrap(), b"", "an empty frame is a frame");
        }
        assert_eq!(
            client.ask(Protocol::Offer, vec![0; MAX_FRAME_BYTES + 1]).await,
            Err(AskError::TooLarge { bytes: MAX_FRAME_BYTES + 1, max: MAX_FRAME_BYTES })
        );
        client.close().await;
        host.shutdown().await;
    }
}

//= spec/text/names.md#REQ-NAME-15
//= type=test
//# The network key of a contact MUST be random, and a fresh one for every contact.
#[tokio::test]
async fn a54_every_contact_has_a_name_of_its_own() {
    for listen in BOTH {
        let (host, mut receiver) = start(listen, limits(|_| {})).await;
        let serve = tokio::spawn(async move {
            let mut seen = Vec::new();
            for _ in 0..2 {
                let inbound = receiver.recv().await.unwrap();
                seen.push((inbound.peer, inbound.local, inbound.protocol, inbound.payload.clone()));
                inbound.reply(Vec::new());
            }
            seen
        });
        let (first, second) = (dial(&host).await, dial(&host).await);
        first.ask(Protocol::Offer, b"1".to_vec()).await.unwrap();
        second.ask(Protocol::Present, b"2".to_vec()).await.unwrap();
        let seen = serve.await.unwrap();
        assert_ne!(first.local(), second.local());
        assert_eq!(seen[0], (first.local(), host.peer_id(), Protocol::Offer, b"1".to_vec()));
        assert_eq!(seen[1], (second.local(), host.peer_id(), Protocol::Present, b"2".to_vec()));
    }
}

//= spec/text/link.md#REQ-LINK-8
//= type=test
//# `peer` MUST answer at the addresses, by the handshake (else `net.peer`).
#[tokio::test]
async fn another_key_at_the_address_is_refused() {
    for listen in BOTH {
        let host = echo(listen, limits(|_| {})).await;
        let address = host.addresses()[0].clone();
        let (other, _) = start(listen, limits(|_| {})).await;
        let error =
            Client::dial(seed(), other.peer_id(), std::slice::from_ref(&address), SOON).await.unwrap_err();
        match error {
            DialError::WrongPeer { expected, found, address: at } => {
                assert_eq!((expected, found, at), (other.peer_id(), Some(host.peer_id()), address.clone()));
            }
            error => panic!("{error:?}"),
        }
        // An impostor at one address does not spoil the others.
        let addresses = [address, other.addresses()[0].clone()];
        let client = Client::dial(seed(), other.peer_id(), &addresses, SOON).await.unwrap();
        assert_eq!(client.remote(), other.peer_id());
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_said_in_time() {
    let peer = PeerId::from_public_key(*dead_host().await.public_key());
    // Ports that were free a moment ago: TCP says no at once, QUIC says nothing.
    let tcp: Address = format!("/ip4/127.0.0.1/tcp/{}", free_port()).parse().unwrap();
    let quic: Address = format!("/ip4/127.0.0.1/udp/{}/quic-v1", free_port()).parse().unwrap();
    let within = Duration::from_millis(700);

    let started = Instant::now();
    let error = Client::dial(seed(), peer, std::slice::from_ref(&tcp), within).await.unwrap_err();
    assert!(error.to_string().contains(tcp.as_str()) && error.to_string().contains("online?"), "{error}");
    match error {
        DialError::Unreachable { peer: named, attempts } => {
            assert_eq!(named, peer);
            assert_eq!(attempts.len(), 1);
            assert_eq!(attempts[0].address, tcp);
            assert!(attempts[0].reason.contains("refused"), "{}", attempts[0].reason);
        }
        error => panic!("{error:?}"),
    }
    let error = Client::dial(seed(), peer, &[tcp, quic.clone()], within).await.unwrap_err();
    match error {
        DialError::TimedOut { attempts, .. } | DialError::Unreachable { attempts, .. } => {
            assert_eq!(attempts.len(), 2);
            assert_eq!(attempts[1].address, quic);
        }
        error => panic!("{error:?}"),
    }
    assert!(started.elapsed() < within * 3, "{:?}", started.elapsed());

    let none = Client::dial(seed(), peer, &[], within).await.unwrap_err();
    assert!(matches!(none, DialError::AddressCount(0)), "{none:?}");
    let many = vec![quic; 9];
    let many = Client::dial(seed(), peer, &many, within).await.unwrap_err();
    assert!(matches!(many, DialError::AddressCount(9)), "{many:?}");
}

#[tokio::test]
async fn a_taken_port_and_unusable_addresses_are_said_at_start() {
    for listen in BOTH {
        let (host, _receiver) = start(listen, limits(|_| {})).await;
        let taken = host.addresses()[0].to_string();
        let (sender, _receiver) = limits(|_| {}).inbound_queue();
        let config =
            HostConfig { identity_seed: seed(), listen: vec![taken.clone()], limits: limits(|_| {}) };
        match Host::start(config, sender).await.unwrap_err() {
            HostError::Listen { address, .. } => assert_eq!(address, taken),
            error => panic!("{error:?}"),
        }
    }
    for (listen, count) in [(vec![], 0), (vec![TCP.to_owned(); 17], 17)] {
        let (sender, _receiver) = limits(|_| {}).inbound_queue();
        let config = HostConfig { identity_seed: seed(), listen, limits: limits(|_| {}) };
        assert!(
            matches!(Host::start(config, sender).await.unwrap_err(), HostError::ListenCount(n) if n == count)
        );
    }
}

#[tokio::test]
async fn shutdown_finishes_what_is_under_way_and_takes_nothing_new() {
    for listen in BOTH {
        let (host, mut receiver) = start(listen, limits(|_| {})).await;
        let (peer, addresses) = (host.peer_id(), host.addresses());
        let client = dial(&host).await;
        let answer = vec![9; MAX_FRAME_BYTES];
        let under_way = client.ask(Protocol::Present, b"slow".to_vec());
        let serve = async {
            let inbound = receiver.recv().await.unwrap();
            let stop = tokio::spawn(host.shutdown());
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(!stop.is_finished(), "it waits for the answer");
            let refused = client.ask(Protocol::Present, b"new".to_vec()).await;
            assert_eq!(refused, Err(AskError::Refused));
            let newcomer = Client::dial(seed(), peer, &addresses, Duration::from_millis(500)).await;
            assert!(newcomer_is_out(newcomer).await, "{listen}");
            inbound.reply(answer.clone());
            (stop,)
        };
        let (answered, (stop,)) = tokio::join!(under_way, serve);
        assert_eq!(answered.unwrap(), answer);
        tokio::time::timeout(SOON, stop).await.expect("it ends").unwrap();
        assert_eq!(client.ask(Protocol::Present, Vec::new()).await, Err(AskError::Closed));
    }
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let (host, mut receiver) = start(QUIC, limits(|l| l.drain_timeout = Duration::from_millis(300))).await;
    let client = dial(&host).await;
    let serve = async {
        let held = receiver.recv().await.unwrap();
        let started = Instant::now();
        host.shutdown().await;
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        drop(held);
    };
    let (answer, ()) = tokio::join!(client.ask(Protocol::Present, Vec::new()), serve);
    // Over TCP the end of a connection looks like the end of its streams.
    assert!(matches!(answer, Err(AskError::Closed | AskError::Refused)), "{answer:?}");
}

#[tokio::test]
async fn a_dropped_host_ends_and_a_patient_client_has_a_deadline() {
    let (host, mut receiver) = start(QUIC, limits(|_| {})).await;
    let mut own = ClientLimits::default();
    own.ask_timeout = Duration::from_millis(300);
    let client =
        Client::dial_with(seed(), host.peer_id(), &host.addresses(), SOON, own.clone()).await.unwrap();
    let hold = async { receiver.recv().await.unwrap() };
    let (answer, held) = tokio::join!(client.ask(Protocol::Offer, Vec::new()), hold);
    assert_eq!(answer, Err(AskError::TimedOut(own.ask_timeout)));
    held.reply(Vec::new());
    drop(host);
    let ended = async {
        while client.ask(Protocol::Offer, Vec::new()).await != Err(AskError::Closed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, ended).await.expect("the connection ends with its host");
    assert!(receiver.recv().await.is_none(), "and so does the queue");
}

async fn newcomer_is_out(newcomer: Result<Client, DialError>) -> bool {
    match newcomer {
        Err(_) => true,
        Ok(client) => client.ask(Protocol::Present, Vec::new()).await == Err(AskError::Closed),
    }
}

async fn dead_host() -> PeerId {
    let (host, _) = start(TCP, limits(|_| {})).await;
    let peer = host.peer_id();
    host.shutdown().await;
    peer
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
