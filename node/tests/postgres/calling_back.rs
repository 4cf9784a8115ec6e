//! Several real daemons with one webhook: each event comes once while all is well, and still comes when a daemon is killed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::daemons::{PATIENCE, Verifier};
use super::server::Database;

/// What came of each event: the statuses with which its calls were answered, and what it said.
#[derive(Default)]
struct Came {
    calls: BTreeMap<String, Vec<u16>>,
    bodies: BTreeMap<String, String>,
    /// Events of which a call has not ended yet.
    open: Vec<String>,
    twice_at_once: Vec<String>,
}

/// A server that answers the n-th call about an event with the status that it is told, or with silence.
struct Hook {
    port: u16,
    came: Arc<Mutex<Came>>,
}

impl Hook {
    fn new(status: impl Fn(&str, usize) -> Option<u16> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::<Mutex<Came>>::default();
        let (hook, status) = (Self { port, came: Arc::clone(&came) }, Arc::new(status));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (came, status) = (Arc::clone(&came), Arc::clone(&status));
                std::thread::spawn(move || serve(stream, &came, &*status));
            }
        });
        hook
    }

    fn calls(&self) -> BTreeMap<String, Vec<u16>> {
        self.came.lock().unwrap().calls.clone()
    }
}

fn serve(mut stream: TcpStream, came: &Mutex<Came>, status: &dyn Fn(&str, usize) -> Option<u16>) {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    let (id, body) = loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let header = |name: &str| {
            text.lines().find_map(|line| {
                line.to_ascii_lowercase().starts_with(name).then(|| line[name.len()..].to_owned())
            })
        };
        if let (Some(id), Some(length), Some((_, body))) =
            (header("webhook-id: "), header("content-length: "), text.split_once("\r\n\r\n"))
            && body.len() >= length.parse().unwrap()
        {
            break (id, body.to_owned());
        }
        match stream.read(&mut some) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&some[..count]),
        }
    };
    let answer = {
        let mut came = came.lock().unwrap();
        if came.open.contains(&id) {
            came.twice_at_once.push(id.clone());
        }
        let before = came.bodies.entry(id.clone()).or_insert_with(|| body.clone());
        assert_eq!(*before, body, "the same bytes each time");
        let calls = came.calls.entry(id.clone()).or_default();
        let answer = status(&id, calls.len());
        calls.push(answer.unwrap_or(0));
        came.open.push(id.clone());
        answer
    };
    match answer {
        Some(status) => {
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        // Until the other side has had enough, or is no more.
        None => {
            let _ = stream.read(&mut some);
        }
    }
    came.lock().unwrap().open.retain(|one| *one != id);
}

fn with_hook(database: &Database, count: usize, hook: &Hook) -> Verifier {
    let mut verifier = Verifier::new(database, count);
    for daemon in &verifier.daemons {
        let mut text = fs::read_to_string(daemon.config()).unwrap();
        text.push_str(&format!("\n[webhook]\nurl = \"http://127.0.0.1:{}/faam\"\n", hook.port));
        fs::write(daemon.config(), text).unwrap();
    }
    verifier.start();
    verifier
}

/// Makes a request at one daemon and takes it back at another; gives the event's id.
fn event(verifier: &Verifier, made: usize, ended: usize) -> String {
    let ask = r#"{"purpose":"To rent out a flat","retention_days":30,"market":"alpha"}"#;
    let (status, body) = verifier.daemons[made].http("POST /v0/requests", ask);
    assert!(status < 300, "{body}");
    let id = body["id"].as_str().unwrap().to_owned();
    assert_eq!(verifier.daemons[ended].http(&format!("DELETE /v0/requests/{id}"), "").0, 200);
    format!("msg_{id}")
}

//= spec/text/shared-store.md#REQ-SHARED-10
//= type=test
//# A daemon MUST claim an event in the store before it sends it
#[test]
fn each_event_of_three_daemons_is_taken_once() {
    let Some(database) = Database::new() else { return };
    const DAEMONS: usize = 3;
    // Every third event is not taken at first, once or twice, so that all of them try it.
    let fails = |id: &str| match id.bytes().map(usize::from).sum::<usize>() % 6 {
        0 => 1,
        3 => 2,
        _ => 0,
    };
    let hook = Hook::new(move |id, before| Some(if before < fails(id) { 500 } else { 204 }));
    let verifier = with_hook(&database, DAEMONS, &hook);
    let mut ids: Vec<String> =
        (0..30).map(|n| event(&verifier, n % DAEMONS, (n / DAEMONS + n) % DAEMONS)).collect();
    // Nobody answers these, which all of them notice.
    for n in 0..6 {
        let ask = r#"{"purpose":"To rent out a flat","retention_days":30,"market":"alpha","life_seconds":1}"#;
        let (_, body) = verifier.daemons[n % DAEMONS].http("POST /v0/requests", ask);
        ids.push(format!("msg_{}", body["id"].as_str().unwrap()));
    }
    let end = Instant::now() + 3 * PATIENCE;
    let taken = |calls: &BTreeMap<String, Vec<u16>>| {
        calls.values().filter(|statuses| statuses.contains(&204)).count()
    };
    while taken(&hook.calls()) < ids.len() {
        assert!(Instant::now() < end, "{:?}", hook.calls());
        std::thread::sleep(Duration::from_millis(100));
    }
    // Each daemon then knows of none, so that none is sent by any of them any more.
    for daemon in &verifier.daemons {
        while daemon.http("GET /v0/webhook", "").1["waiting"] != json!(0) {
            assert!(Instant::now() < end);
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    let calls = hook.calls();
    assert_eq!(calls.len(), ids.len());
    let mut failed = 0;
    for id in &ids {
        let mut wanted = vec![500; fails(id)];
        failed += wanted.len();
        wanted.push(204);
        assert_eq!(calls[id], wanted, "{id}");
    }
    assert!(failed > 0, "none was ever tried again");
    assert_eq!(hook.came.lock().unwrap().twice_at_once, Vec::<String>::new());
    assert_eq!(database_outbox(&database), "0");
}

fn database_outbox(database: &Database) -> String {
    database.sql("SELECT count(*) FROM faam_record WHERE tbl = 92").remove(0)
}

//= spec/text/shared-store.md#REQ-SHARED-10
//= type=test
//# A daemon MUST claim an event in the store before it sends it, for 45 s, if it is still as it was read
#[test]
fn the_event_of_a_daemon_that_is_killed_comes_from_another() {
    let Some(database) = Database::new() else { return };
    // The first call about an event is heard and not answered.
    let hook = Hook::new(|_, before| (before > 0).then_some(204));
    let mut verifier = with_hook(&database, 2, &hook);
    let id = event(&verifier, 1, 0);
    let end = Instant::now() + 3 * PATIENCE;
    let wait = |count: usize| {
        while hook.calls().get(&id).map_or(0, Vec::len) < count {
            assert!(Instant::now() < end, "{:?}", hook.calls());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait(1);
    verifier.daemons[0].kill();
    // The other has looked, and leaves it to whoever claimed it.
    let listed = verifier.daemons[1].http("GET /v0/webhook", "").1;
    assert_eq!((&listed["waiting"], &listed["events"][0]["id"]), (&json!(1), &json!(id)));
    wait(2);
    while verifier.daemons[1].http("GET /v0/webhook", "").1["waiting"] != json!(0) {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!((&hook.calls()[&id], database_outbox(&database).as_str()), (&vec![0, 204], "0"));
}
