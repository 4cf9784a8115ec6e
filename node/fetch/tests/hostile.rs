//! Servers that send too much, too slowly, or something else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::net::IpAddr;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Authority, HOST, Server, Stream, fetcher, give, say};
use faam_fetch::limits::{MAX_HEAD_BYTES, MAX_LOOKUPS};
use faam_fetch::{Accept, FetchError, Fetcher, Lookup};
use faam_spec::reason::Reason;

const SMALL: Accept = Accept::new(&[], 1000);
/// Long enough for an honest server on a busy machine.
const SHORT: Duration = Duration::from_millis(1500);

/// A server over TLS and what a fetcher makes of it.
fn ask(
    accept: &Accept,
    answer: impl Fn(&str, &mut dyn Stream) + Send + Sync + 'static,
) -> Result<Vec<u8>, FetchError> {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(HOST)), answer);
    let fetcher = fetcher(&authority, [&server]).with_time(SHORT);
    fetcher.get(&server.url("/"), accept).map(faam_fetch::Fetched::into_body)
}

//= spec/text/fetching.md#REQ-FETCH-7
//= type=test
//# The head of an answer MUST be at most 16,384 bytes, and the body within the bound of what is fetched: compared
//# with the length that is stated before it is read, and with what comes while it is read.
#[test]
fn a47_bodies_are_bounded() {
    let too_large = FetchError::TooLarge { limit: 1000 };
    assert_eq!(too_large.reason(), Reason::FetchTooLarge);
    let of = |length: usize| ask(&SMALL, move |_, stream| give(stream, "text/plain", &vec![b'a'; length]));
    assert_eq!(of(1000).unwrap().len(), 1000);
    assert_eq!(of(1001).unwrap_err(), too_large);
    // Nothing is waited for when the length says enough.
    for length in ["1001", "1000000000000", "18446744073709551615"] {
        let begun = Instant::now();
        let error = ask(&SMALL, move |_, stream| {
            say(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"));
            std::thread::sleep(SHORT * 2);
        });
        assert_eq!(error.unwrap_err(), too_large, "{length}");
        assert!(begun.elapsed() < SHORT);
    }
    for length in ["18446744073709551616", "-1", "x", "+5"] {
        let error = ask(&SMALL, move |_, stream| {
            say(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nhello"));
        });
        assert_eq!(error.unwrap_err(), FetchError::Protocol, "{length}");
    }
    // Without end, in chunks and without.
    let endless = |head: &'static str, piece: &'static str| {
        ask(&SMALL, move |_, stream| {
            say(stream, head);
            while stream.write_all(piece.as_bytes()).and_then(|()| stream.flush()).is_ok() {}
        })
    };
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(endless(chunked, "5\r\nhello\r\n").unwrap_err(), too_large);
    assert_eq!(endless("HTTP/1.1 200 OK\r\n\r\n", "hello").unwrap_err(), too_large);
    let huge = ask(&SMALL, |_, stream| {
        say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n");
    });
    assert_eq!(huge.unwrap_err(), FetchError::Protocol);
}

#[test]
fn a47_heads_are_bounded() {
    let line = |bytes: usize| {
        ask(&SMALL, move |_, stream| {
            say(
                stream,
                &format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: {}\r\n\r\nok", "a".repeat(bytes)),
            );
        })
    };
    assert_eq!(line(MAX_HEAD_BYTES - 200).unwrap(), b"ok");
    assert_eq!(line(MAX_HEAD_BYTES).unwrap_err().reason(), Reason::FetchTooLarge);
    let endless = ask(&SMALL, |_, stream| {
        say(stream, "HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
    });
    let error = endless.unwrap_err();
    assert!(matches!(error, FetchError::HeadTooLarge | FetchError::Protocol), "{error:?}");
    let many = ask(&SMALL, |_, stream| {
        say(stream, &format!("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\nok", "A: b\r\n".repeat(1000)));
    });
    assert!(matches!(many.unwrap_err(), FetchError::HeadTooLarge | FetchError::Protocol));
}

//= spec/text/fetching.md#REQ-FETCH-8
//= type=test
//# The whole, from the first lookup to the last byte, MUST end within 15 s, however much is still coming.
#[test]
fn a46_slow_servers_are_left() {
    let slow = |answer: fn(&mut dyn Stream)| {
        let begun = Instant::now();
        let error = ask(&SMALL, move |_, stream| answer(stream)).unwrap_err();
        assert_eq!(error, FetchError::Timeout);
        assert!(begun.elapsed() >= SHORT - Duration::from_millis(200), "{:?}", begun.elapsed());
        assert!(begun.elapsed() < SHORT * 3, "{:?}", begun.elapsed());
    };
    slow(|_| std::thread::sleep(SHORT * 4));
    slow(|stream| {
        drip(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
    });
    slow(|stream| {
        say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
        drip(stream, &"a".repeat(900));
    });
    slow(|stream| {
        say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        drip(stream, &"1\r\na\r\n".repeat(100));
    });
    // Each redirect in time, the whole not.
    let error = ask(&SMALL, |_, stream| {
        std::thread::sleep(SHORT / 2);
        say(stream, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
    });
    assert_eq!(error.unwrap_err(), FetchError::Timeout);
}

/// One byte after the other, each well in time.
fn drip(stream: &mut dyn Stream, text: &str) {
    for byte in text.as_bytes() {
        if stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(60));
    }
    std::thread::sleep(SHORT * 2);
}

/// Before TLS stands, too: a server that takes the connection and says nothing, or a byte now and then.
#[test]
fn a46_slow_handshakes_are_left() {
    let authority = Authority::new();
    for dripping in [false, true] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    // A record of TLS that promises 16,384 bytes.
                    let record = [&[22, 3, 3, 0x40, 0][..], &[2; 200]].concat();
                    for byte in record {
                        if !dripping || std::io::Write::write_all(&mut stream, &[byte]).is_err() {
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(60));
                    }
                    std::thread::sleep(SHORT * 4);
                });
            }
        });
        let fetcher = Fetcher::new(&authority.roots())
            .with_lookup(common::Names::new([&["127.0.0.1"]]))
            .danger_with_addresses([at])
            .with_time(SHORT);
        let begun = Instant::now();
        let url = format!("https://{HOST}:{}/", at.port()).parse().unwrap();
        assert_eq!(fetcher.get(&url, &SMALL).unwrap_err(), FetchError::Timeout, "{dripping}");
        assert!(begun.elapsed() < SHORT * 3, "{:?}", begun.elapsed());
    }
}

/// Never answers until the test ends.
#[derive(Debug)]
struct Silent(Mutex<mpsc::Receiver<()>>);

impl Lookup for Silent {
    fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let _ = self.0.lock().unwrap().recv();
        Err(std::io::ErrorKind::NotFound.into())
    }
}

#[test]
fn a46_lookups_that_never_end_are_left_and_counted() {
    let authority = Authority::new();
    let (end, silent) = mpsc::channel();
    let fetcher = Fetcher::new(&authority.roots())
        .with_lookup(Silent(Mutex::new(silent)))
        .with_time(Duration::from_millis(300));
    let url = Arc::new(format!("https://{HOST}/").parse().unwrap());
    let begun = Instant::now();
    let asking: Vec<_> = (0..MAX_LOOKUPS)
        .map(|_| {
            let (fetcher, url) = (fetcher.clone(), Arc::clone(&url));
            std::thread::spawn(move || fetcher.get(&url, &SMALL).unwrap_err())
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.join().unwrap(), FetchError::Timeout);
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(fetcher.get(&url, &SMALL).unwrap_err(), FetchError::Busy);
    drop(end);
    // Their places are free again when they end.
    let free = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        fetcher.get(&url, &SMALL).unwrap_err() == FetchError::Unreachable
    });
    assert!(free);
}

//= spec/text/fetching.md#REQ-FETCH-9
//= type=test
//# What is compressed or encoded otherwise MUST be refused, and where a type is demanded, every other.
#[test]
fn only_what_was_asked_for_is_taken() {
    const JSON: Accept = Accept::new(&["application/json", "application/did"], 1000);
    let answer = |head: &'static str| {
        ask(&JSON, move |_, stream| {
            say(stream, &format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 2\r\n\r\n{{}}"));
        })
    };
    for good in [
        "Content-Type: application/json\r\n",
        "Content-Type: APPLICATION/JSON;charset=utf-8\r\n",
        "Content-Type: application/did ; a=\"b\"\r\nContent-Encoding: identity\r\n",
    ] {
        assert_eq!(answer(good).unwrap(), b"{}", "{good}");
    }
    for other in [
        "",
        "Content-Type: text/html\r\n",
        "Content-Type: application/jsonp\r\n",
        "Content-Type: text/html;application/json\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
        "Content-Type: \r\n",
    ] {
        assert_eq!(answer(other).unwrap_err(), FetchError::ContentType, "{other}");
    }
    for encoding in ["gzip", "br", "identity, gzip", "deflate"] {
        let error = ask(&JSON, move |_, stream| {
            say(
                stream,
                &format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\n\
                     Content-Length: 2\r\n\r\n{{}}"
                ),
            );
        });
        assert_eq!(error.unwrap_err(), FetchError::Encoded, "{encoding}");
    }
}

//= spec/text/fetching.md#REQ-FETCH-10
//= type=test
//# An answer with a status other than 2xx, or that ends before it is whole, MUST NOT be taken for what was asked
//# for
#[test]
fn failures_are_told_apart() {
    for status in [300, 304, 400, 401, 404, 500, 503] {
        let error = ask(&SMALL, move |_, stream| {
            say(stream, &format!("HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nok"));
        });
        assert_eq!(error.unwrap_err(), FetchError::Status(status));
    }
    let cut = ask(&SMALL, |_, stream| say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello"));
    assert_eq!(cut.unwrap_err(), FetchError::Closed);
    let cut = ask(&SMALL, |_, stream| {
        say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    });
    assert_eq!(cut.unwrap_err(), FetchError::Closed);
    let cut = ask(&SMALL, |_, stream| say(stream, "HTTP/1.1 200 OK\r\nContent-"));
    assert_eq!(cut.unwrap_err(), FetchError::Closed);
    for odd in [
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
    ] {
        let error = ask(&SMALL, move |_, stream| say(stream, odd)).unwrap_err();
        assert_eq!(error, FetchError::Protocol, "{odd:?}");
    }
}

//= spec/text/fetching.md#REQ-FETCH-24
//= type=test
//# Where an answer of status 429 or 503 names a pause of at most 5 s (`Retry-After`, in seconds) that ends within
//# the 15 s, the fetcher MUST wait for it and ask once more. A longer one, a second one and a date are the end
//# (`fetch.status`), and what is sent is never sent again.
#[test]
fn a_server_that_wants_a_little_time_gets_it_once() {
    let authority = Authority::new();
    // Says each of these once, and then that all is well.
    let asked = |said: &'static [(u16, &'static str)], posts: bool, time: Duration| {
        let left = std::sync::Mutex::new(said.iter());
        let server =
            Server::start(Some(authority.server(HOST)), move |_, stream| match left.lock().unwrap().next() {
                Some((status, head)) => {
                    say(stream, &format!("HTTP/1.1 {status} X\r\n{head}Content-Length: 0\r\n\r\n"));
                }
                None => say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            });
        let fetcher = fetcher(&authority, [&server]).with_time(time);
        let url = server.url("/");
        let got =
            if posts { fetcher.post_form(&url, &[("a", "b")], &SMALL) } else { fetcher.get(&url, &SMALL) };
        (got.map(|fetched| fetched.into_body()), server.asked().len())
    };
    let whole = Duration::from_secs(15);
    let ok = || Ok(b"ok".to_vec());
    assert_eq!(asked(&[(503, "Retry-After: 1\r\n")], false, whole), (ok(), 2));
    assert_eq!(asked(&[(429, "Retry-After: 0\r\n")], false, whole), (ok(), 2));
    let again: &[_] = &[(429, "Retry-After: 0\r\n"), (503, "Retry-After: 0\r\n")];
    assert_eq!(asked(again, false, whole), (Err(FetchError::Status(503)), 2), "once");
    for (status, head) in [
        (503, ""),
        (503, "Retry-After: 6\r\n"),
        (503, "Retry-After: 99999999999999999999999\r\n"),
        (503, "Retry-After: -1\r\n"),
        (503, "Retry-After: +1\r\n"),
        (503, "Retry-After: \r\n"),
        (503, "Retry-After: 0\r\nRetry-After: 0\r\n"),
        (503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"),
        (500, "Retry-After: 0\r\n"),
        (404, "Retry-After: 0\r\n"),
    ] {
        let said: &'static [(u16, &'static str)] = Box::leak(Box::new([(status, head)]));
        assert_eq!(asked(said, false, whole), (Err(FetchError::Status(status)), 1), "{status} {head}");
    }
    assert_eq!(
        asked(&[(503, "Retry-After: 0\r\n")], true, whole),
        (Err(FetchError::Status(503)), 1),
        "a form"
    );
    let short = asked(&[(503, "Retry-After: 5\r\n")], false, Duration::from_secs(4));
    assert_eq!(short, (Err(FetchError::Status(503)), 1), "not beyond the time for the whole");
}
