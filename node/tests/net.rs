//! Hosts and clients on loopback, over TCP and over QUIC, and strangers that do not keep the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

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
async fn a46_a_full_queue_refuses_at_once() {
    for listen in BOTH {
        let (host, mut receiver) = start(listen, limits(|l| l.inbound_queue = 1)).await;
        let client = dial(&host).await;
        let waits = client.ask(Protocol::Present, b"first".to_vec());
        tokio::pin!(waits);
        // Nobody takes the first out of the queue, so the second finds no place.
        let refused = async {
            while receiver.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let started = Instant::now();
            assert_eq!(client.ask(Protocol::Present, b"second".to_vec()).await, Err(AskError::Refused));
            assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        };
        tokio::select! {
            answer = &mut waits => panic!("{answer:?}"),
            () = refused => {}
        }
        let first = receiver.recv().await.unwrap();
        assert_eq!(first.payload, b"first");
        first.reply(b"late but well".to_vec());
        assert_eq!(waits.await.unwrap(), b"late but well");

        // A request that is dropped, and a host that nobody serves, give no answer either.
        let let_drop = async { drop(receiver.recv().await.unwrap()) };
        let (dropped, ()) = tokio::join!(client.ask(Protocol::Offer, Vec::new()), let_drop);
        assert_eq!(dropped, Err(AskError::Refused));
        drop(receiver);
        assert_eq!(client.ask(Protocol::Offer, Vec::new()).await, Err(AskError::Refused));
    }
}

#[tokio::test]
async fn a46_more_connections_than_places_are_turned_away() {
    for listen in BOTH {
        let host = echo(listen, limits(|l| l.max_established = 2)).await;
        let (first, second) = (dial(&host).await, dial(&host).await);
        assert_serves(&first).await;
        assert_serves(&second).await;
        for _ in 0..3 {
            match Client::dial(seed(), host.peer_id(), &host.addresses(), SOON).await {
                Err(_) => {}
                Ok(third) => {
                    let answer = third.ask(Protocol::Present, b"abc".to_vec()).await;
                    assert_eq!(answer, Err(AskError::Closed), "{listen}");
                }
            }
        }
        assert_serves(&first).await;
        assert_serves(&second).await;
        // A place that becomes free can be had.
        first.close().await;
        let mut admitted = false;
        for _ in 0..20 {
            if let Ok(next) = Client::dial(seed(), host.peer_id(), &host.addresses(), SOON).await
                && next.ask(Protocol::Present, b"abc".to_vec()).await.is_ok()
            {
                admitted = true;
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(admitted, "{listen}");
    }
}

#[tokio::test]
async fn a46_one_connection_has_few_streams() {
    for (listen, protocol) in
        [(TCP, Protocol::Present), (QUIC, Protocol::Present), (TCP, Protocol::Renew), (QUIC, Protocol::Renew)]
    {
        let (host, mut receiver) = start(listen, limits(|l| l.max_streams = 2)).await;
        let client = dial(&host).await;
        let asks = async { tokio::join!(client.ask(protocol, vec![1]), client.ask(protocol, vec![2])) };
        let serve = async {
            let held = [receiver.recv().await.unwrap(), receiver.recv().await.unwrap()];
            let third = client.ask(protocol, vec![3]).await;
            assert_eq!(third, Err(AskError::Refused), "{listen}");
            for inbound in held {
                let payload = inbound.payload.clone();
                inbound.reply(payload);
            }
        };
        let ((first, second), ()) = tokio::join!(asks, serve);
        assert_eq!((first, second), (Ok(vec![1]), Ok(vec![2])), "the established streams still work");
    }
}

//= spec/text/wire.md#REQ-WIRE-2
//= type=test
//# slower than 10 s, MUST be dropped with its stream
#[tokio::test]
async fn a46_a_slow_sender_is_dropped_while_others_are_served() {
    for listen in BOTH {
        let host = echo(listen, limits(|l| l.read_timeout = Duration::from_millis(300))).await;
        let honest = dial(&host).await;
        let mut slow = Stranger::meet(&host, Lie::Slow).await;
        let started = Instant::now();
        let dropped = tokio::time::timeout(SOON, slow.ask());
        let served = async {
            for _ in 0..20 {
                assert_serves(&honest).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let (dropped, ()) = tokio::join!(dropped, served);
        dropped.expect("the slow sender is dropped").unwrap_err();
        assert!(started.elapsed() >= Duration::from_millis(250), "{:?}", started.elapsed());
        assert_serves(&honest).await;
    }
}

#[tokio::test]
async fn a46_half_open_handshakes_are_few_and_expire() {
    use tokio::io::AsyncReadExt as _;
    let expiry = Duration::from_millis(700);
    let host = echo(
        TCP,
        limits(|l| {
            l.max_pending_per_range = 3;
            l.handshake_timeout = expiry;
        }),
    )
    .await;
    let established = dial(&host).await;
    // Until it is served, its own handshake may still count.
    assert_serves(&established).await;
    let port: u16 = host.addresses()[0].as_str().rsplit('/').next().unwrap().parse().unwrap();
    let started = Instant::now();
    let silent = futures::future::join_all((0..8).map(|_| async move {
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // Whether it is closed or reset, and whatever the host said first: only the time matters.
        let _ = socket.read_to_end(&mut Vec::new()).await;
        started.elapsed()
    }));
    let (ended, ()) = tokio::join!(tokio::time::timeout(SOON, silent), assert_serves(&established));
    let ended = ended.expect("none is kept");
    let at_once = ended.iter().filter(|time| **time < expiry / 2).count();
    assert_eq!(at_once, 5, "beyond the cap they are turned away at once, within it they expire: {ended:?}");
    assert_serves(&dial(&host).await).await;
}

//= spec/text/wire.md#REQ-WIRE-2
//= type=test
//# A frame that is longer, ends early
#[tokio::test]
async fn a47_oversized_frame_is_dropped() {
    for listen in BOTH {
        let host = echo(listen, limits(|_| {})).await;
        let honest = dial(&host).await;
        for lie in
            [Lie::Length(u32::MAX), Lie::Length(MAX_FRAME_BYTES as u32 + 1), Lie::Trailing, Lie::Truncated]
        {
            let mut liar = Stranger::meet(&host, lie).await;
            let started = Instant::now();
            tokio::time::timeout(SOON, liar.ask()).await.expect("dropped at once").unwrap_err();
            assert!(started.elapsed() < Duration::from_secs(2), "{lie:?} {:?}", started.elapsed());
            assert_serves(&honest).await;
        }
        // The same stranger with an honest frame is served: it was the frame that was refused.
        let mut reformed = Stranger::meet(&host, Lie::None).await;
        assert_eq!(reformed.ask().await.unwrap(), b"\0\0\0\x03cba");
    }
}

#[tokio::test]
async fn a47_oversized_answers_are_dropped_too() {
    for listen in BOTH {
        let cases = [
            (Lie::Length(u32::MAX), FrameError::TooLong { length: u32::MAX.into(), max: MAX_FRAME_BYTES }),
            (Lie::Trailing, FrameError::Trailing),
            (Lie::Truncated, FrameError::Truncated),
        ];
        for (lie, error) in cases {
            let (peer, address, _heard) = Stranger::listen(listen, lie).await;
            let client = Client::dial(seed(), peer, &[address], SOON).await.unwrap();
            assert_eq!(client.ask(Protocol::Present, b"abc".to_vec()).await, Err(AskError::BadAnswer(error)));
        }
    }
}

#[tokio::test]
async fn a54_a_client_answers_nothing_and_asks_only_what_it_is_told() {
    for listen in BOTH {
        let (peer, address, mut heard) = Stranger::listen(listen, Lie::None).await;
        let client = Client::dial(seed(), peer, &[address], SOON).await.unwrap();
        // The stranger serves one of our protocols only.
        let answer = client.ask(Protocol::Offer, Vec::new()).await;
        assert_eq!(answer, Err(AskError::Unsupported(Protocol::Offer)));
        let both = async { [heard.recv().await.unwrap(), heard.recv().await.unwrap()] };
        let mut both = tokio::time::timeout(SOON, both).await.expect("both were tried");
        both.sort();
        assert_eq!(both, ["no identify", "no ping"], "{listen}");
    }
}

#[tokio::test]
async fn a46_idle_talk_does_not_keep_a_place() {
    for listen in BOTH {
        let host = echo(
            listen,
            limits(|l| {
                l.idle_timeout = Duration::from_millis(300);
                l.read_timeout = Duration::from_millis(100);
            }),
        )
        .await;
        let mut stranger = Stranger::meet(&host, Lie::None).await;
        let started = Instant::now();
        let mut talk = tokio::time::interval(Duration::from_millis(40));
        let (mut opened, mut refused) = (0, 0);
        let closed = tokio::time::timeout(Duration::from_secs(3), async {
            loop {
                tokio::select! {
                    _ = talk.tick() => {
                        stranger.swarm.behaviour_mut().other.send_request(&stranger.host, Vec::new());
                        opened += 1;
                    }
                    event = stranger.swarm.select_next_some() => match event {
                        SwarmEvent::ConnectionClosed { .. } => return,
                        SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::OutboundFailure { error, .. })) => {
                            // The last ones fall with the connection.
                            refused += u32::from(matches!(error, rr::OutboundFailure::UnsupportedProtocols));
                        }
                        _ => {}
                    },
                }
            }
        });
        closed.await.expect("closed, however much it talked");
        assert!(opened > 4 && refused > 4, "it talked all the while: {opened} {refused}");
        assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
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

/// What is wrong with a stranger's frames.
#[derive(Debug, Clone, Copy)]
enum Lie {
    None,
    /// States this length and sends a few bytes.
    Length(u32),
    /// Sends a whole frame and something after it.
    Trailing,
    /// Ends in the middle of a frame.
    Truncated,
    /// Sends a part of a long frame, is silent, and goes on a byte at a time.
    Slow,
}

#[derive(Clone)]
struct LyingCodec(Lie);

impl LyingCodec {
    async fn write<T: AsyncWrite + Unpin + Send>(&self, io: &mut T, body: &[u8]) -> io::Result<()> {
        let length = body.len() as u32;
        let stated = match self.0 {
            Lie::Length(stated) => stated,
            Lie::Truncated => length * 2,
            Lie::Slow => MAX_FRAME_BYTES as u32,
            Lie::None | Lie::Trailing => length,
        };
        io.write_all(&stated.to_be_bytes()).await?;
        io.write_all(body).await?;
        if matches!(self.0, Lie::Trailing) {
            io.write_all(b"more").await?;
        }
        io.flush().await?;
        if matches!(self.0, Lie::Slow) {
            // A long silence, then byte after byte: that the other side has left shows only in what is sent.
            tokio::time::sleep(Duration::from_millis(600)).await;
            loop {
                io.write_all(&[0]).await?;
                io.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }
}

impl rr::Codec for LyingCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.take(1 << 20).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T>(&mut self, protocol: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let bytes = self.read_request(protocol, io).await?;
        if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &body).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, body: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write(io, &body).await
    }
}

#[derive(NetworkBehaviour)]
#[behaviour(to_swarm = "StrangerEvent")]
struct StrangerBehaviour {
    present: rr::Behaviour<LyingCodec>,
    /// Something that no host of ours speaks.
    other: rr::Behaviour<LyingCodec>,
    ping: ping::Behaviour,
    identify: identify::Behaviour,
}

#[derive(Debug)]
enum StrangerEvent {
    Present(rr::Event<Vec<u8>, Vec<u8>>),
    Ping(ping::Event),
    Identify(Box<identify::Event>),
}

impl From<rr::Event<Vec<u8>, Vec<u8>>> for StrangerEvent {
    fn from(event: rr::Event<Vec<u8>, Vec<u8>>) -> Self {
        Self::Present(event)
    }
}

impl From<ping::Event> for StrangerEvent {
    fn from(event: ping::Event) -> Self {
        Self::Ping(event)
    }
}

impl From<identify::Event> for StrangerEvent {
    fn from(event: identify::Event) -> Self {
        Self::Identify(Box::new(event))
    }
}

/// A peer of another make, with libp2p's own defaults and no limits.
struct Stranger {
    swarm: Swarm<StrangerBehaviour>,
    host: libp2p::PeerId,
}

impl Stranger {
    fn swarm(lie: Lie) -> Swarm<StrangerBehaviour> {
        SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_quic()
            .with_behaviour(|key| StrangerBehaviour {
                present: rr::Behaviour::with_codec(
                    LyingCodec(lie),
                    [(StreamProtocol::new("/faam/present/1"), ProtocolSupport::Full)],
                    rr::Config::default(),
                ),
                other: rr::Behaviour::with_codec(
                    LyingCodec(lie),
                    [(StreamProtocol::new("/stranger/1"), ProtocolSupport::Outbound)],
                    rr::Config::default(),
                ),
                ping: ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(50))),
                identify: identify::Behaviour::new(identify::Config::new(
                    "stranger".to_owned(),
                    key.public(),
                )),
            })
            .unwrap()
            .build()
    }

    async fn meet(host: &Host, lie: Lie) -> Self {
        let mut swarm = Self::swarm(lie);
        let address: libp2p::Multiaddr = host.addresses()[0].as_str().parse().unwrap();
        swarm.dial(address).unwrap();
        loop {
            if let SwarmEvent::ConnectionEstablished { peer_id, .. } = swarm.select_next_some().await {
                return Self { swarm, host: peer_id };
            }
        }
    }

    /// Asks in its own way; the bytes of the whole stream, or why there are none.
    async fn ask(&mut self) -> Result<Vec<u8>, String> {
        self.swarm.behaviour_mut().present.send_request(&self.host, b"abc".to_vec());
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::Message {
                    message: rr::Message::Response { response, .. },
                    ..
                })) => return Ok(response),
                SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::OutboundFailure {
                    error, ..
                })) => {
                    return Err(error.to_string());
                }
                SwarmEvent::Behaviour(StrangerEvent::Identify(event)) => {
                    let identify::Event::Received { info, .. } = *event else { continue };
                    assert_eq!(
                        (info.agent_version.as_str(), info.protocol_version.as_str()),
                        ("faam/0.1", "faam/0.1")
                    );
                    assert!(info.listen_addrs.is_empty(), "{:?}", info.listen_addrs);
                }
                SwarmEvent::ConnectionClosed { cause, .. } => return Err(format!("{cause:?}")),
                _ => {}
            }
        }
    }

    /// Listens, answers in its own way, and tells what its callers do not speak.
    async fn listen(listen: &str, lie: Lie) -> (PeerId, Address, mpsc::Receiver<&'static str>) {
        let mut swarm = Self::swarm(lie);
        swarm.listen_on(listen.parse().unwrap()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address.to_string().parse().unwrap();
            }
        };
        let peer = swarm.local_peer_id().to_string().parse().unwrap();
        let (heard, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::Behaviour(StrangerEvent::Present(rr::Event::Message {
                        message: rr::Message::Request { request, channel, .. },
                        ..
                    })) => {
                        swarm.behaviour_mut().present.send_response(channel, request).unwrap();
                    }
                    SwarmEvent::Behaviour(StrangerEvent::Identify(event)) => match *event {
                        identify::Event::Error { error: StreamUpgradeError::NegotiationFailed, .. } => {
                            heard.try_send("no identify").unwrap();
                        }
                        identify::Event::Received { .. } => heard.try_send("identify").unwrap(),
                        _ => {}
                    },
                    SwarmEvent::Behaviour(StrangerEvent::Ping(ping::Event { result, .. })) => match result {
                        Err(ping::Failure::Unsupported) => heard.try_send("no ping").unwrap(),
                        Ok(_) => heard.try_send("ping").unwrap(),
                        Err(_) => {}
                    },
                    _ => {}
                }
            }
        });
        (peer, address, receiver)
    }
}
