//! A daemon for an attempt, and what it says.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use faam_node::config::Config;
use faam_node::core::StoredSources;
use faam_node::daemon::{self, Clock, ClockTrust, Ready};
use faam_node::identity::Identity;
use faam_node::net::{Client, Protocol};
use faam_node::storage::NodeStore;
use faam_spec::decision::DecisionDocument;
use faam_spec::did::KeyHistories;
use faam_spec::limits::PAGE_BYTES;
use faam_spec::link::Link;
use faam_spec::reason::{Fault, Reason};
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, pages};
use faam_tests::attacks::{Attempt, made};
use faam_tests::vectors::Expect;
use faam_verifier::{SourceCache as _, Sources, TrustFile};
use rand::rngs::OsRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(60);
const KEY: &str = "uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static MADE: LazyLock<Vec<Attempt>> = LazyLock::new(made);

/// What came of an attempt.
#[derive(Debug, PartialEq)]
struct Came {
    expect: Expect,
    code: Option<String>,
    /// Whether anything was told of what was shown.
    facts: bool,
}

/// A daemon that believes whom the attempt says, and has seen what it says.
struct Daemon {
    home: TempDir,
    clock: Arc<AtomicI64>,
    api: SocketAddr,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<Result<(), daemon::DaemonError>>,
}

impl Daemon {
    async fn start(attempt: &Attempt, asked: i64, also: &[Value]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = write_folder(home.path(), attempt, also);
        let clock = Arc::new(AtomicI64::new(asked));
        let shown = Arc::clone(&clock);
        let clock_of_it = Clock::other(move || {
            Timestamp::new(shown.load(Ordering::SeqCst))
                .map_err(|_| Fault::new(Reason::MalformedTime, "clock"))
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let (told, ready) = oneshot::channel::<Ready>();
        let running = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            let tell = move |ready: &Ready| drop(told.send(ready.clone()));
            daemon::run_by(clock_of_it, config, ClockTrust::Checked, stopped, tell).await
        });
        match ready.await {
            Ok(ready) => Self { home, clock, api: ready.api, stop, running },
            Err(_) => panic!("{}: {}: {:?}", attempt.number, attempt.name, running.await),
        }
    }

    /// A call of the local interface.
    async fn call(&self, call: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.api).await.unwrap();
        let head = format!(
            "{call} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.api,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}")))
    }

    async fn end(self) {
        let _ = self.stop.send(());
        self.running.await.unwrap().unwrap();
        drop(self.home);
    }
}

/// The state folder of a node, with its configuration.
fn write_folder(dir: &Path, attempt: &Attempt, also: &[Value]) -> Config {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
    let store = NodeStore::create(&dir.join("store"), &dir.join("store.key")).unwrap();
    Identity::create(&store, &mut OsRng).unwrap();
    let mut trust = attempt.trust.clone();
    trust["trust"].as_array_mut().unwrap().extend_from_slice(also);
    let trust = toml::to_string(&trust).unwrap();
    let mut config = json!({
        "dir": ".", "listen": ["/ip4/127.0.0.1/tcp/0"], "trust_file": "trust.toml",
        "api": {"listen": "127.0.0.1:0"}, "verifier": {"name": "Beta"},
    });
    let mut policy = attempt.policy.clone();
    if is_named(attempt) {
        config["policies"] = json!({"asked": "policy.toml"});
    } else {
        // In the configuration itself it has no version.
        config["policy"] = policy.clone();
        config["policy"].as_object_mut().unwrap().remove("v");
        policy = json!({"v": 0});
    }
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("api.key", KEY);
    write("trust.toml", &trust);
    write("policy.toml", &toml::to_string(&policy).unwrap());
    write("faam-node.toml", &toml::to_string(&config).unwrap());
    remember(store, TrustFile::parse(&trust).unwrap().histories, attempt);
    Config::read(&dir.join("faam-node.toml")).unwrap()
}

/// Whether the policy says what is needed, so that requests ask by its name.
fn is_named(attempt: &Attempt) -> bool {
    ["markets", "standing", "ratings", "private", "newcomer"]
        .iter()
        .any(|key| attempt.policy.get(key).is_some())
}

/// Has the store know what was seen, as a decision that rested on it would.
fn remember(store: NodeStore, histories: KeyHistories, attempt: &Attempt) {
    let records = |text: &&String| text.as_str().split('.').next().is_some_and(is_record);
    let (records, status): (Vec<_>, Vec<_>) = attempt.seen.iter().partition(records);
    let document = json!({
        "v": 0, "request": faam_spec::hash::Hash::of(b"", b"before"), "at": Timestamp::new(attempt.now).unwrap(),
        "outcome": "accepted", "reasons": [], "facts": [], "not_covered": [], "notices": [], "sources": [],
        "remember": {"records": records, "status": status},
    });
    let document: DecisionDocument = serde_json::from_value(document).unwrap();
    let mut cache = StoredSources::new(store, histories);
    let left_out = cache.remember(&mut Sources::default(), &document).unwrap();
    assert_eq!(left_out, [], "{}", attempt.name);
}

/// Whether a header says that it is an epoch record's.
fn is_record(header: &str) -> bool {
    let header = faam_spec::encoding::unb64(header, "header").unwrap();
    String::from_utf8(header).unwrap().contains(faam_spec::domain::TYP_EPOCH)
}

/// Asks, answers and reads what came of it.
async fn tried(attempt: &Attempt) -> Came {
    let (_, asked) = attempt.request();
    let daemon = Daemon::start(attempt, asked, &[]).await;
    let mut came = ask_and_answer(&daemon, attempt).await;
    daemon.end().await;
    let untrusted = Reason::Untrusted.code();
    if came.is_none() && attempt.code.as_deref() != Some(untrusted) {
        // Nobody is asked for what could not be believed: with somebody who is, the answer is what is wrong.
        let daemon = Daemon::start(attempt, asked, &others(attempt)).await;
        came = ask_and_answer(&daemon, attempt).await;
        daemon.end().await;
    }
    came.unwrap_or(refused(untrusted))
}

fn refused(code: &str) -> Came {
    Came { expect: Expect::Refused, code: Some(code.to_owned()), facts: false }
}

/// Trust in somebody for each market, and in each issuer for some market, that is asked for.
fn others(attempt: &Attempt) -> Vec<Value> {
    let query = attempt.query();
    let entry = |issuer: Value, market: &str| json!({"issuer": issuer, "market": market, "roles": "any", "types": ["rating", "standing"]});
    let mut entries = Vec::new();
    for ledger in query.ledgers() {
        let somebody = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        let markets = ledger.markets.iter().map(|market| market.as_str());
        let first = markets.clone().next().unwrap_or("alpha");
        entries.extend(markets.map(|market| entry(json!(somebody), market)));
        entries.extend(ledger.issuers.iter().map(|issuer| entry(json!(issuer), first)));
    }
    entries
}

/// What came of it; nothing if the node does not ask for it.
async fn ask_and_answer(daemon: &Daemon, attempt: &Attempt) -> Option<Came> {
    let mut body = json!({"purpose": "To rent out a flat", "retention_days": 30, "life_seconds": 604_800});
    if is_named(attempt) {
        body["policy"] = json!("asked");
    } else {
        body["dcql_query"] = json!(attempt.query());
    }
    let (status, made) = daemon.call("POST /v0/requests", &body.to_string()).await;
    if status != 201 {
        assert_eq!((status, &made["code"]), (422, &json!("trust.untrusted")), "{}: {made}", attempt.name);
        return None;
    }
    let link: Link = made["link"].as_str().unwrap().parse().unwrap();
    let peer = Client::dial(Zeroizing::new([77; 32]), link.peer(), link.addresses(), PATIENCE).await.unwrap();
    let say = async |head: PresentAsk, body: &[u8]| {
        let payload = Message { head, body: body.to_vec() }.encode().unwrap();
        Message::<PresentAnswer>::decode(&peer.ask(Protocol::Present, payload).await.unwrap()).unwrap()
    };
    let capability = link.capability();
    let fetched = say(PresentAsk::Fetch { capability }, &[]).await;
    let text = String::from_utf8(fetched.body).unwrap();
    let at = Timestamp::new(daemon.clock.load(Ordering::SeqCst)).unwrap();
    let request = SignedRequest::open(&text, &KeyHistories::new(), at).unwrap();
    let trust = fs::read_to_string(daemon.home.path().join("trust.toml")).unwrap();
    let asked = match is_named(attempt) {
        // By a policy, the node names those whom it believes.
        true => TrustFile::parse(&trust).unwrap().trust.name_issuers(attempt.query()).unwrap(),
        false => attempt.query(),
    };
    assert_eq!(request.request().ask.query, asked, "{}", attempt.name);
    daemon.clock.store(attempt.now, Ordering::SeqCst);
    let bytes = attempt.answer_to(&request).unwrap();
    let (length, hash) = (u64::try_from(bytes.len()).unwrap(), faam_spec::presentation::hash(&bytes));
    for number in 0..pages(length).max(1) {
        let from = usize::try_from(number).unwrap() * PAGE_BYTES;
        let page = number.try_into().unwrap();
        let head = PresentAsk::Answer { capability, bytes: length, hash, page };
        let body = &bytes[from..bytes.len().min(from + PAGE_BYTES)];
        if let PresentAnswer::Refused { code } = say(head, body).await.head {
            // It was not even taken, and the request can still be answered.
            let (_, state) = daemon.call(&format!("GET /v0/requests/{}", text_of(&made["id"])), "").await;
            assert_eq!(state["state"], "open", "{}: {code:?} {state}", attempt.name);
            return Some(refused(code.code()));
        }
    }
    let (status, state) = daemon.call(&format!("GET /v0/requests/{}", text_of(&made["id"])), "").await;
    assert_eq!((status, &state["state"]), (200, &json!("decided")), "{}: {state}", attempt.name);
    let decision = &state["decision"];
    faam_schemas::assert_valid("decision", decision);
    let expect = match decision["outcome"].as_str().unwrap() {
        "accepted" => Expect::Accepted,
        "refused" => Expect::Refused,
        "undecided" => Expect::Undecided,
        other => panic!("{other}"),
    };
    let code = decision["reasons"].get(0).map(|reason| text_of(&reason["code"]).to_owned());
    let facts = ["facts", "private"].iter().any(|name| decision.get(name).is_some_and(|of| *of != json!([])));
    Some(Came { expect, code, facts })
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Every attempt that is made under a number comes to what is stated; at least one of them is not accepted.
#[track_caller]
pub(crate) fn walk(number: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let attempts: Vec<_> = MADE.iter().filter(|attempt| attempt.number == number).collect();
    assert!(attempts.iter().any(|attempt| attempt.expect != Expect::Accepted), "{number}");
    let wrong: Vec<String> = attempts
        .iter()
        .filter_map(|attempt| {
            let facts = attempt.expect == Expect::Accepted;
            let stated = Came { expect: attempt.expect, code: attempt.code.clone(), facts };
            let came = runtime.block_on(tried(attempt));
            (came != stated).then(|| format!("{}: {stated:?} is stated, and {came:?} came", attempt.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
