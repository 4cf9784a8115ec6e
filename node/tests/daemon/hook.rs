//! The webhook, with real receivers: some that take what comes, and some that do not.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};

use faam_node::webhook::sign;
use faam_spec::time::Timestamp;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::face::{Stranger, append};
use super::*;

/// What came, to the letter.
#[derive(Debug, Clone)]
struct Call {
    head: String,
    body: String,
}

impl Call {
    fn header(&self, name: &str) -> String {
        let found = self
            .head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no {name}: {}", self.head)).1.to_owned()
    }

    fn id(&self) -> String {
        self.header("webhook-id")
    }

    fn json(&self) -> Value {
        let body = serde_json::from_str(&self.body).unwrap();
        faam_schemas::assert_valid("api-webhook-event", &body);
        body
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        let at = Timestamp::new(self.header("webhook-timestamp").parse().unwrap()).unwrap();
        let wanted = sign(secret, &self.id(), at, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

/// What a receiver does with a call.
#[derive(Debug, Clone, Copy)]
enum Does {
    Status(u16),
    Later(u16, &'static str),
    Redirects,
    Silent,
    Endless,
    LongHead,
    Closes,
}

/// A server on loopback that notes what comes; the first calls are met with `first`, one after the other, later ones with 204.
struct Hook {
    port: u16,
    calls: Receiver<Call>,
}

impl Hook {
    fn on(port: u16, first: &[Does]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, calls) = channel();
        let mut first: VecDeque<Does> = first.iter().copied().collect();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let does = first.pop_front().unwrap_or(Does::Status(204));
                let told = told.clone();
                std::thread::spawn(move || answer(stream, does, |call| told.send(call).is_ok()));
            }
        });
        Self { port, calls }
    }

    fn new(first: &[Does]) -> Self {
        Self::on(0, first)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/faam?token=hidden", self.port)
    }

    fn next(&self) -> Call {
        self.calls.recv_timeout(PATIENCE).unwrap()
    }

    fn silent_for(&self, time: Duration) -> bool {
        self.calls.recv_timeout(time).is_err()
    }
}

fn answer(mut stream: impl std::io::Read + std::io::Write, does: Does, note: impl Fn(Call) -> bool) {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                note(Call { head: head.to_owned(), body: body.to_owned() });
                break;
            }
        }
        match stream.read(&mut some) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&some[..count]),
        }
    }
    let mut say = |text: &str| stream.write_all(text.as_bytes()).is_ok();
    match does {
        Does::Status(status) => {
            say(&format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
        Does::Later(status, when) => {
            say(&format!(
                "HTTP/1.1 {status} X\r\nRetry-After: {when}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            ));
        }
        Does::Redirects => {
            say(
                "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
        Does::Silent => std::thread::sleep(Duration::from_secs(25)),
        Does::Endless => {
            say("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n");
            while say(&"x".repeat(65_536)) {}
        }
        Does::LongHead => {
            say("HTTP/1.1 200 OK\r\n");
            while say(&format!("x-more: {}\r\n", "x".repeat(1000))) {}
        }
        Does::Closes => {}
    }
    let _ = stream.flush();
}

fn with_hook(url: &str) -> Market {
    let market = Market::new();
    market.trust("alpha");
    append(&market, &format!("[webhook]\nurl = \"{url}\""));
    market
}

fn secret(market: &Market) -> String {
    text(&market.call("webhook", &["secret"]).stdout).trim().to_owned()
}

const PLAIN: &str = ",\"market\":\"alpha\"";

//= spec/text/local-api.md#REQ-API-13
//= type=test
//# `webhook-signature` MUST be `v1,` and the base64 of HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and
//# the body with dots between, made when it is sent, with each secret that is good then.
#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_request_is_told_once_and_signed() {
    let hook = Hook::new(&[]);
    let mut market = with_hook(&hook.url());
    let mode = fs::metadata(market.dir().join("webhook.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "made with the folder");
    market.start();
    let first = secret(&market);
    let (decided, link) = market.asked(PLAIN);
    assert!(matches!(
        Stranger::new(&link).await.answer(b"nonsense").await,
        faam_spec::wire::PresentAnswer::Decided
    ));
    let call = hook.next();
    assert!(call.head.starts_with("POST /faam?token=hidden HTTP/1.1\r\n"), "{}", call.head);
    assert_eq!(
        (call.header("content-type"), call.id()),
        ("application/json".to_owned(), format!("msg_{decided}"))
    );
    assert!(call.is_signed_with(&first) && !call.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    let sent: i64 = call.header("webhook-timestamp").parse().unwrap();
    assert!((faam_node::daemon::now().unwrap().seconds() - sent).abs() < 30);
    let event = call.json();
    assert_eq!((&event["type"], &event["data"]["id"]), (&json!("request.decided"), &json!(decided)));
    assert_eq!((&event["data"]["state"], &event["data"]["outcome"]), (&json!("decided"), &json!("refused")));
    let url = event["data"]["url"].as_str().unwrap();
    assert_eq!(
        market.own(&format!("GET {url}"), "").1["decision"]["reasons"][0]["code"],
        event["data"]["code"]
    );
    // What a person showed is not sent along.
    assert!(!call.body.contains("receipt") && !call.body.contains("facts") && call.body.len() < 1024);

    let (revoked, _) = market.asked(PLAIN);
    assert_eq!(market.own(&format!("DELETE /v0/requests/{revoked}"), "").0, 200);
    let call = hook.next();
    assert_eq!((&call.json()["type"], call.id()), (&json!("request.revoked"), format!("msg_{revoked}")));
    // Both secrets sign while one takes the place of the other; without a restart.
    let rotated = market.json("webhook", &["rotate", "--overlap", "1h"]);
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret(&market), second);
    let (expired, _) = market.asked(",\"market\":\"alpha\",\"life_seconds\":1");
    let call = hook.next();
    assert_eq!((&call.json()["type"], call.id()), (&json!("request.expired"), format!("msg_{expired}")));
    assert!(call.is_signed_with(&first) && call.is_signed_with(&second));
    market.json("webhook", &["rotate", "--overlap", "0s"]);
    let (again, _) = market.asked(PLAIN);
    market.own(&format!("DELETE /v0/requests/{again}"), "");
    let call = hook.next();
    assert!(
        call.is_signed_with(&secret(&market))
            && !call.is_signed_with(&second)
            && !call.is_signed_with(&first)
    );
    assert!(hook.silent_for(Duration::from_secs(2)), "each once");
    let list = market.own("GET /v0/webhook", "").1;
    assert_eq!(
        list,
        json!({"url": format!("http://127.0.0.1:{}/faam", hook.port), "waiting": 0, "given_up": 0, "events": []})
    );
    assert!(!market.log().contains("hidden") && !market.log().contains(&first[6..]));
    // A second tick does not tell of what was told.
    market.stop();
    market.start();
    assert!(hook.silent_for(Duration::from_secs(2)));
}

//= spec/text/local-api.md#REQ-API-14
//= type=test
//# An event MUST be stored with what it tells of, in one commit, so that none is lost. It is taken when it is
//# answered with a status of 2xx; a redirect MUST NOT be followed. Until it is taken it MUST be sent again,
//# with the same id and the same bytes
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_taken_comes_again_and_is_the_same() {
    let hook = Hook::new(&[Does::Status(500), Does::Redirects]);
    let mut market = with_hook(&hook.url());
    market.start();
    let (id, _) = market.asked(PLAIN);
    market.own(&format!("DELETE /v0/requests/{id}"), "");
    let calls = [hook.next(), hook.next(), hook.next()];
    for call in &calls[1..] {
        assert_eq!((call.id(), &call.body), (calls[0].id(), &calls[0].body));
        assert!(call.head.starts_with("POST /faam?token=hidden "), "a redirect is not followed");
        assert!(call.is_signed_with(&secret(&market)));
    }
    assert_ne!(calls[0].header("webhook-timestamp"), calls[1].header("webhook-timestamp"));
    let end = Instant::now() + PATIENCE;
    while market.own("GET /v0/webhook", "").1["waiting"] != 0 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(50));
    }
}

//= spec/text/local-api.md#REQ-API-19
//= type=test
//# A pause that an answer of status 429 or 503 names (`Retry-After`) MUST be kept, up to 6 h, where it is the
//# longer one.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_says_when_it_wants_to_hear_again() {
    let says = [
        (Does::Later(503, "3600"), 3600..3700),
        (Does::Later(429, "Fri, 31 Dec 2900 23:59:59 GMT"), 6 * 3600..6 * 3600 + 100),
        (Does::Later(429, "999999999999999999999"), 6 * 3600..6 * 3600 + 100),
        (Does::Later(503, "2"), 3..100),
        (Does::Later(503, "later"), 3..100),
        (Does::Later(500, "3600"), 3..100),
    ];
    let hook = Hook::new(&says.clone().map(|(does, _)| does));
    let mut market = with_hook(&hook.url());
    market.start();
    for (does, wanted) in says {
        let (id, _) = market.asked(PLAIN);
        let before = faam_node::daemon::now().unwrap().seconds();
        market.own(&format!("DELETE /v0/requests/{id}"), "");
        // Those before it that are due soon come in between, and are taken.
        while hook.next().id() != format!("msg_{id}") {}
        let end = Instant::now() + PATIENCE;
        loop {
            let list = market.own("GET /v0/webhook", "").1;
            let mut events = list["events"].as_array().unwrap().iter();
            let event = events.find(|event| event["id"] == format!("msg_{id}"));
            // It may be taken already where it was due soon.
            let Some(event) = event else {
                assert!(wanted.start < 100, "{does:?}: {list}");
                break;
            };
            if event["tries"] == 1 {
                let next = event["next"].as_i64().unwrap() - before;
                // However long this machine took to come to it.
                let late = faam_node::daemon::now().unwrap().seconds() - before;
                assert!((wanted.start..wanted.end + late).contains(&next), "{does:?}: {next}");
                break;
            }
            assert!(Instant::now() < end, "{list}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a46_a_webhook_that_misbehaves_takes_little_and_keeps_nobody_out() {
    let bad = [Does::Silent, Does::Endless, Does::LongHead, Does::Closes, Does::Status(410), Does::Redirects];
    let hook = Hook::new(&bad);
    let mut market = with_hook(&hook.url());
    market.start();
    let ids: Vec<String> = (0..6)
        .map(|_| {
            let (id, _) = market.asked(PLAIN);
            market.own(&format!("DELETE /v0/requests/{id}"), "");
            let call = hook.next();
            assert_eq!(call.id(), format!("msg_{id}"), "one after the other, so that each has its own");
            id
        })
        .collect();
    // Other calls have their places all the while.
    assert_eq!(market.own("GET /v0/status", "").0, 200);
    let event = |id: &str| {
        let list = market.own("GET /v0/webhook", "").1;
        list["events"].as_array().unwrap().iter().find(|event| event["id"] == format!("msg_{id}")).cloned()
    };
    let failure = |id: &str| event(id).and_then(|event| event["failure"].as_str().map(str::to_owned));
    let end = Instant::now() + PATIENCE;
    let wait = |what: &dyn Fn() -> bool| {
        while !what() {
            assert!(Instant::now() < end, "{}", market.own("GET /v0/webhook", "").1);
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait(&|| failure(&ids[4]).is_some());
    let gone = event(&ids[4]).unwrap();
    assert_eq!(
        (&gone["failure"], &gone["next"]),
        (&json!("it is gone (410)"), &Value::Null),
        "given up at once"
    );
    // All others are taken in the end, the endless answer at once, because its head said that it was taken.
    wait(&|| market.own("GET /v0/webhook", "").1["waiting"] == 0);
    let list = market.own("GET /v0/webhook", "").1;
    assert_eq!((&list["given_up"], list["events"].as_array().unwrap().len()), (&json!(1), 1));
    // What was given up can be sent again; what was taken is not there.
    let shown = text(&market.call("webhook", &["list"]).stdout);
    assert!(shown.contains("given up; it is gone (410)"), "{shown}");
    let taken: Vec<Call> = hook.calls.try_iter().collect();
    assert!(!taken.iter().any(|call| call.id() == format!("msg_{}", ids[4])));
    let (status, sent) = market.own(&format!("POST /v0/webhook/msg_{}", ids[4]), "");
    assert_eq!((status, sent["next"].is_i64()), (200, true), "{sent}");
    assert_eq!(hook.next().id(), format!("msg_{}", ids[4]));
    for none in [format!("msg_{}", ids[0]), ids[0].clone(), "x".to_owned()] {
        let (status, problem) = market.own(&format!("POST /v0/webhook/{none}"), "");
        assert_eq!((status, &problem["code"]), (404, &json!("api.unknown")), "{none}");
    }
    assert_eq!(code(&market.call("webhook", &["send", "msg_x"])), 3);
    assert_eq!(market.stop(), 0);
}

//= spec/text/local-api.md#REQ-API-14
//= type=test
//# and after a restart
#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_tells_after_its_restart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut market = with_hook(&format!("http://127.0.0.1:{port}/faam"));
    market.start();
    let (decided, link) = market.asked(PLAIN);
    let (revoked, _) = market.asked(PLAIN);
    // Nobody listens; it dies in the moment in which it has said that it was decided.
    assert!(matches!(Stranger::new(&link).await.answer(b"x").await, faam_spec::wire::PresentAnswer::Decided));
    assert_eq!(market.own(&format!("DELETE /v0/requests/{revoked}"), "").0, 200);
    market.signal(rustix::process::Signal::KILL);
    let hook = Hook::on(port, &[]);
    market.start();
    let mut told = vec![hook.next().id(), hook.next().id()];
    told.sort();
    let mut wanted = vec![format!("msg_{decided}"), format!("msg_{revoked}")];
    wanted.sort();
    assert_eq!(told, wanted);
    // Killed while it is on its way: at least once, with the same id.
    drop(hook);
    let again = {
        let (id, _) = market.asked(PLAIN);
        market.own(&format!("DELETE /v0/requests/{id}"), "");
        market.signal(rustix::process::Signal::KILL);
        format!("msg_{id}")
    };
    market.start();
    let end = Instant::now() + PATIENCE;
    while market.own("GET /v0/webhook", "").1["waiting"] != 0 {
        assert!(Instant::now() < end, "{again} was not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
}

//= spec/text/local-api.md#REQ-API-13
//= type=test
//# The address MUST be `https`, or `http` to `127.0.0.1`, `[::1]` or `localhost`: plain HTTP MUST NOT go
//# anywhere but to this machine.
#[test]
fn a71_a_webhook_elsewhere_is_reached_under_tls_alone() {
    let market = Market::new();
    let good = fs::read_to_string(market.config()).unwrap();
    for bad in ["http://market.example/faam", "http://10.0.0.1/faam", "https://u:p@market.example/", "faam"] {
        fs::write(market.config(), format!("{good}\n[webhook]\nurl = \"{bad}\"\n")).unwrap();
        let refused = market.call("run", &["--check"]);
        assert_eq!(code(&refused), 2, "{bad}");
        assert!(text(&refused.stderr).contains("webhook.url: "), "{}", text(&refused.stderr));
    }

    // A server with a certificate that this machine's roots vouch for, and one with another.
    let certificate = |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let (known, other) = (certificate("localhost"), certificate("localhost"));
    let serve = |made: &rcgen::CertifiedKey| {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, calls) = channel();
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let told = told.clone();
                answer(rustls::StreamOwned::new(tls, stream), Does::Status(204), |call| {
                    told.send(call).is_ok()
                });
            }
        });
        (port, calls)
    };
    let roots = market.home.path().join("roots.pem");
    fs::write(&roots, known.cert.pem()).unwrap();
    for (made, taken) in [(&known, true), (&other, false)] {
        let (port, calls) = serve(made);
        let mut market = with_hook(&format!("https://localhost:{port}/faam"));
        market.start_as(&[], &[("SSL_CERT_FILE", roots.to_str().unwrap())]);
        let (id, _) = market.asked(PLAIN);
        market.own(&format!("DELETE /v0/requests/{id}"), "");
        if taken {
            let call: Call = calls.recv_timeout(PATIENCE).unwrap();
            assert!(call.is_signed_with(&secret(&market)) && call.json()["data"]["id"] == json!(id));
            continue;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let list = market.own("GET /v0/webhook", "").1;
            match list["events"][0]["failure"].as_str() {
                Some(why) => {
                    assert_eq!(why, "its server did not prove its name");
                    break;
                }
                None => assert!(Instant::now() < end, "{list}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(calls.try_recv().is_err(), "nothing was said to a stranger");
    }
}
