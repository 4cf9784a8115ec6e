//! Floods, slow senders and frames that lie (A46, A47, A54): caps hold, and others are served.

use super::*;
use crate::stranger::{Lie, Stranger, StrangerEvent};

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
