//! Eight real daemons that are one verifier, one database, and wallets that come over libp2p.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use faam_node::net::{Client, Protocol};
use faam_spec::did::KeyHistories;
use faam_spec::link::Link;
use faam_spec::offer::Offer;
use faam_spec::presentation;
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk};
use futures::future::join_all;
use serde_json::Value;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::common::{NOW, Node, Wallet, rating};
use super::server::Database;

pub const PATIENCE: Duration = Duration::from_secs(60);
const DAEMONS: usize = 8;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faam-node"));
    command.args(args).env_remove("FAAM_LOG").stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> (bool, String) {
    let output = program(args).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

/// Daemons that are one verifier, and a market whose ratings they believe.
pub struct Verifier {
    home: TempDir,
    pub daemons: Vec<Daemon>,
    wallet: Wallet,
    offer: Offer,
}

pub struct Daemon {
    dir: PathBuf,
    child: Option<Child>,
    log: Arc<Mutex<String>>,
}

fn now() -> Timestamp {
    faam_node::daemon::now().unwrap()
}

impl Verifier {
    /// Makes the first daemon, the others from its identity, and lets all of them share the database.
    pub fn new(database: &Database, count: usize) -> Self {
        let mut market = Node::new(1, Some("alpha"), Vec::new());
        market.jump(now().seconds() - NOW);
        market.apply(&(0..3).map(|n| rating(n, "7")).collect::<Vec<_>>());
        let wallet = Wallet::new(9);
        let made = market.offer();
        let offer = wallet.receive(&mut market, &made);

        let home = tempfile::tempdir().unwrap();
        let url_file = database.url_file(home.path());
        let identity = home.path().join("identity");
        let (file, url_file) = (identity.to_str().unwrap(), url_file.to_str().unwrap());
        let listeners: Vec<TcpListener> =
            (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = listeners.iter().map(|of| of.local_addr().unwrap().port()).collect();
        drop(listeners);
        let announce: Vec<String> =
            ports.iter().map(|port| format!("\"/ip4/127.0.0.1/tcp/{port}\"")).collect();
        let mut daemons: Vec<Daemon> = Vec::new();
        for port in ports {
            let dir = home.path().join(format!("node-{}", daemons.len()));
            let config = dir.join("faam-node.toml");
            let mut args =
                vec!["init", "--name", "Beta", "--api", "127.0.0.1:0", "--dir", dir.to_str().unwrap()];
            if let Some(first) = daemons.first() {
                if daemons.len() == 1 {
                    let exported =
                        run(&["identity", "export", "--config", first.config().to_str().unwrap(), file]);
                    assert!(exported.0, "{}", exported.1);
                }
                args.extend(["--identity", file]);
            }
            let made = run(&args);
            assert!(made.0, "{}", made.1);
            let text = fs::read_to_string(&config).unwrap();
            let default = "listen = [\"/ip4/127.0.0.1/udp/0/quic-v1\", \"/ip4/127.0.0.1/tcp/0\"]";
            assert!(text.contains(default));
            let mut text = text.replace(
                default,
                &format!("listen = [\"/ip4/127.0.0.1/tcp/{port}\"]\nannounce = [{}]", announce.join(", ")),
            );
            text.push_str(&format!(
                "\n[postgres]\nurl_file = \"{url_file}\"\n\n[[trust]]\nissuer = \"{}\"\nmarket = \"alpha\"\nroles = \"any\"\n\
                 types = [\"standing\"]\n",
                market.issuer()
            ));
            fs::write(config, text).unwrap();
            daemons.push(Daemon { dir, child: None, log: Arc::default() });
        }
        Self { home, daemons, wallet, offer }
    }

    pub fn start(&mut self) {
        for daemon in &mut self.daemons {
            daemon.start();
        }
    }

    /// A connection to each daemon, as wallets have them.
    async fn dial(&self, link: &Link, seed: u8) -> Vec<Client> {
        let addresses = link.addresses();
        assert_eq!(addresses.len(), self.daemons.len());
        let dials = addresses.iter().enumerate().map(|(number, address)| {
            let seed = Zeroizing::new([seed.wrapping_add(number as u8); 32]);
            Client::dial(seed, link.peer(), std::slice::from_ref(address), Duration::from_secs(20))
        });
        join_all(dials).await.into_iter().map(Result::unwrap).collect()
    }

    fn answer(&self, request: &SignedRequest, at: Timestamp) -> Vec<u8> {
        self.wallet.answer(&self.offer, request, at)
    }
}

impl Daemon {
    pub fn config(&self) -> PathBuf {
        self.dir.join("faam-node.toml")
    }

    fn start(&mut self) {
        let mut command = program(&["run", "--config", self.config().to_str().unwrap()]);
        let mut child = command.env("FAAM_LOG", "info").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.child = Some(child);
        let log = Arc::clone(&self.log);
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {}", log.lock().unwrap())).unwrap();
            log.lock().unwrap().push_str(&format!("{line}\n"));
            if line.starts_with("ready: ") {
                break;
            }
        }
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                log.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
    }

    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Status and body of a call of the local interface.
    pub fn http(&self, call: &str, body: &str) -> (u16, Value) {
        let read = |name| fs::read_to_string(self.dir.join(name)).unwrap().trim().to_owned();
        let (address, key) = (read("api.addr"), read("api.key"));
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{call} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap())
    }

    /// A request for a standing: its id and its link.
    fn try_request(&self) -> Result<(String, Link), String> {
        let ask = r#"{"purpose":"To rent out a flat","retention_days":30,"market":"alpha"}"#;
        let (status, body) = self.http("POST /v0/requests", ask);
        if status >= 300 {
            return Err(body["code"].as_str().unwrap().to_owned());
        }
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Ok((text("id"), text("link").parse().unwrap()))
    }

    fn request(&self) -> (String, Link) {
        self.try_request().unwrap()
    }

    fn state(&self, id: &str) -> Value {
        let (status, body) = self.http(&format!("GET /v0/requests/{id}"), "");
        assert_eq!(status, 200, "{body}");
        body
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn ask(client: &Client, ask: PresentAsk, body: &[u8]) -> Result<Message<PresentAnswer>, Reason> {
    let question = Message { head: ask, body: body.to_vec() }.encode().unwrap();
    let answer = client.ask(Protocol::Present, question).await.map_err(|_| Reason::NetUnreachable)?;
    let message: Message<PresentAnswer> = Message::decode(&answer).unwrap();
    match message.head {
        PresentAnswer::Refused { code } => Err(code),
        _ => Ok(message),
    }
}

async fn fetch(client: &Client, link: &Link) -> Result<SignedRequest, Reason> {
    let message = ask(client, PresentAsk::Fetch { capability: link.capability() }, b"").await?;
    let text = String::from_utf8(message.body).unwrap();
    Ok(SignedRequest::open(&text, &KeyHistories::new(), now()).unwrap())
}

/// Offers a presentation that fits one page; gives the outcome, which is text.
async fn offer(client: &Client, link: &Link, bytes: &[u8]) -> Result<String, Reason> {
    let question = PresentAsk::Answer {
        capability: link.capability(),
        bytes: bytes.len() as u64,
        hash: presentation::hash(bytes),
        page: 0,
    };
    let message = ask(client, question, bytes).await?;
    assert!(matches!(message.head, PresentAnswer::Decided), "{:?}", message.head);
    Ok(String::from_utf8(message.body).unwrap())
}

fn rounds() -> usize {
    std::env::var("FAAM_TEST_PG_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

//= spec/text/wire.md#REQ-WIRE-7
//= type=test
//# A node MUST judge one presentation for each request, whatever the outcome, and keep the decision
//# before it tells it.
#[tokio::test(flavor = "multi_thread")]
async fn a17_a_nonce_offered_to_eight_daemons_at_once_is_accepted_once() {
    let Some(database) = Database::new() else { return };
    let mut verifier = Verifier::new(&database, DAEMONS);
    verifier.start();
    let (_, link) = verifier.daemons[0].request();
    let clients = verifier.dial(&link, 100).await;
    let mut firsts = [0; DAEMONS];
    for round in 0..rounds() {
        // Made at one daemon, fetched at another.
        let (id, link) = verifier.daemons[round % DAEMONS].request();
        let request = fetch(&clients[(round + 3) % DAEMONS], &link).await.unwrap();
        // One presentation for all, two or eight different ones. Each would be accepted.
        let different = [1, 2, 8][round % 3];
        // One moment for all of them, so that those of different seconds are different ones.
        let at = now();
        let shown: Vec<Vec<u8>> =
            (0..DAEMONS).map(|n| verifier.answer(&request, at.plus(-((n % different) as i64)))).collect();
        assert!(different == 1 || shown[0] != shown[1]);
        let all =
            join_all(clients.iter().zip(&shown).map(|(client, bytes)| offer(client, &link, bytes))).await;

        let told: Vec<usize> = (0..DAEMONS).filter(|n| all[*n].is_ok()).collect();
        let first = *told.first().unwrap_or_else(|| panic!("round {round}: nobody was told: {all:?}"));
        firsts[first % different] += 1;
        for (n, answer) in all.iter().enumerate() {
            match answer {
                // The same presentation, the same outcome, to the letter: one receipt.
                Ok(outcome) => {
                    assert_eq!(shown[n], shown[first], "round {round}");
                    assert_eq!(outcome, all[first].as_ref().unwrap(), "round {round}");
                    let outcome: Value = serde_json::from_str(outcome).unwrap();
                    assert_eq!(outcome["decision"]["outcome"], "accepted", "round {round}: {outcome}");
                }
                Err(code) => {
                    assert_eq!(*code, Reason::NonceUsed, "round {round}");
                    assert_ne!(shown[n], shown[first], "round {round}");
                }
            }
        }
        // And it stays so, at every daemon.
        let again =
            join_all(clients.iter().zip(&shown).map(|(client, bytes)| offer(client, &link, bytes))).await;
        assert_eq!(again, all, "round {round}");
        assert_eq!(fetch(&clients[(round + 1) % DAEMONS], &link).await.unwrap_err(), Reason::NonceUsed);
        let states = [
            verifier.daemons[round % DAEMONS].state(&id),
            verifier.daemons[(round + 5) % DAEMONS].state(&id),
        ];
        assert_eq!(states[0], states[1], "round {round}");
        assert_eq!(states[0]["decision"]["outcome"], "accepted", "round {round}");
    }
    assert!(firsts[1..].iter().sum::<usize>() > 0, "the first daemon was always first: {firsts:?}");
    let status = verifier.daemons[3].http("GET /v0/status", "").1;
    assert_eq!(status["requests"]["ended"], rounds(), "{status}");
    assert_eq!(status["requests"]["open"], 1, "{status}");
    // What was shown and with what the database is opened stands in no log.
    for daemon in &verifier.daemons {
        let log = daemon.log.lock().unwrap();
        assert!(!log.contains("postgresql://") && !log.contains(&link.capability().to_string()), "{log}");
    }
}

//= spec/text/shared-store.md#REQ-SHARED-5
//= type=test
//# A node that cannot reach the database MUST say so (`store.io`, on the local interface with `503`; to peers `net.busy`), go on running, and work
//# again when the database is there again.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_ends_no_daemon() {
    let Some(mut database) = Database::own() else { return };
    let mut verifier = Verifier::new(&database, 2);
    verifier.start();
    let (id, link) = verifier.daemons[0].request();
    let clients = verifier.dial(&link, 100).await;
    let request = fetch(&clients[1], &link).await.unwrap();
    let shown = verifier.answer(&request, now());
    for round in 0..3 {
        if round == 1 {
            database.crash()
        } else {
            database.stop()
        }
        for (daemon, client) in verifier.daemons.iter_mut().zip(&clients) {
            assert_eq!(
                offer(client, &link, &shown).await,
                Err(Reason::NetBusy),
                "never accepted without a commit"
            );
            assert_eq!(fetch(client, &link).await.unwrap_err(), Reason::NetBusy);
            assert_eq!(daemon.try_request().unwrap_err(), Reason::StoreIo.code());
            assert!(daemon.is_running());
        }
        database.start();
        let end = Instant::now() + Duration::from_secs(20);
        while fetch(&clients[0], &link).await.is_err() || fetch(&clients[1], &link).await.is_err() {
            assert!(Instant::now() < end, "it is not found again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let told = offer(&clients[0], &link, &shown).await.unwrap();
    assert_eq!(offer(&clients[1], &link, &shown).await.unwrap(), told);
    database.stop();
    database.start();
    // The first question finds the old connection ended, and takes a new one.
    assert_eq!(verifier.daemons[0].state(&id), verifier.daemons[1].state(&id));
    assert_eq!(offer(&clients[1], &link, &shown).await.unwrap(), told, "and what was decided survives it");
    let log = verifier.daemons[0].log.lock().unwrap();
    assert!(
        log.contains("the database cannot be reached") && log.contains("the database is there again"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_killed_in_the_middle_leaves_nothing_undecided() {
    let Some(database) = Database::new() else { return };
    let mut verifier = Verifier::new(&database, 3);
    verifier.start();
    // How long an answer takes here: the daemon is killed at some moment of twice that.
    let usual = {
        let (_, link) = verifier.daemons[2].request();
        let clients = verifier.dial(&link, 100).await;
        let request = fetch(&clients[0], &link).await.unwrap();
        let shown = verifier.answer(&request, now());
        let begun = Instant::now();
        offer(&clients[0], &link, &shown).await.unwrap();
        begun.elapsed()
    };
    let mut decided_by_the_killed = 0;
    for round in 0..12_u32 {
        let (_, link) = verifier.daemons[2].request();
        let clients = verifier.dial(&link, 100).await;
        let request = fetch(&clients[0], &link).await.unwrap();
        let at = now();
        let shown: Vec<Vec<u8>> = (0..2).map(|n| verifier.answer(&request, at.plus(-n))).collect();
        // The first gets one answer and is killed while it judges it, or just after.
        let asked = offer(&clients[0], &link, &shown[0]);
        let killing = async {
            tokio::time::sleep(usual * round / 6).await;
            verifier.daemons[0].kill();
        };
        let (first, ()) = tokio::join!(asked, killing);
        // Another answer at another daemon, and then the first one again.
        let second = offer(&clients[1], &link, &shown[1]).await;
        let again = offer(&clients[2], &link, &shown[0]).await;
        match (&first, &second, &again) {
            (Ok(told), Err(Reason::NonceUsed), Ok(again)) => {
                assert_eq!(told, again);
                decided_by_the_killed += 1;
            }
            // It decided, and did not come to say so.
            (Err(Reason::NetUnreachable), Err(Reason::NonceUsed), Ok(_)) => decided_by_the_killed += 1,
            (Err(Reason::NetUnreachable), Ok(_), Err(Reason::NonceUsed)) => {}
            other => panic!("round {round}: {other:?}"),
        }
        verifier.daemons[0].start();
        let (_, link) = verifier.daemons[0].request();
        assert!(fetch(&clients[1], &link).await.is_ok());
    }
    assert!(
        (1..12).contains(&decided_by_the_killed),
        "it was never killed in the middle: {decided_by_the_killed}"
    );
}

#[test]
fn an_operator_is_told_what_does_not_fit() {
    let Some(database) = Database::new() else { return };
    let verifier = Verifier::new(&database, 2);
    let home = verifier.home.path();
    let at = |daemon: usize| verifier.daemons[daemon].config();
    let check = |config: &Path| run(&["run", "--check", "--config", config.to_str().unwrap()]);
    let (good, said) = check(&at(1));
    assert!(good, "{said}");

    // Somebody else's identity, with the same database.
    let other = home.join("other");
    assert!(run(&["init", "--name", "Other", "--dir", other.to_str().unwrap()]).0);
    let config = other.join("faam-node.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str(&format!("\n[postgres]\nurl_file = \"{}\"\n", home.join("postgres.url").display()));
    fs::write(&config, &text).unwrap();
    let (good, said) = check(&config);
    assert!(!good && said.contains("belong to another verifier"), "{said}");
    // With a market.
    fs::write(&config, format!("{text}\n[market]\nid = \"alpha\"\n")).unwrap();
    let (good, said) = check(&config);
    assert!(!good && said.contains("a node of its own"), "{said}");
    fs::write(&config, format!("{text}\n[market]\nid = \"alpha\"\n").replace("[postgres]\nurl_file", "# "))
        .unwrap();
    let exported =
        run(&["identity", "export", "--config", config.to_str().unwrap(), home.join("x").to_str().unwrap()]);
    assert!(!exported.0 && exported.1.contains("market"), "{}", exported.1);
    assert!(!home.join("x").exists());
    // A password in a file that others can read, and one that is told to nobody.
    let open = home.join("open.url");
    fs::write(&open, "postgresql://faam:hunter2@127.0.0.1:1/faam\n").unwrap();
    fs::write(&config, text.replace("postgres.url", "open.url")).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let (good, said) = check(&config);
    assert!(!good && said.contains("chmod 600"), "{said}");
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (good, said) = check(&config);
    assert!(!good && said.contains("store.io") && !said.contains("hunter2"), "{said}");
    fs::write(&open, "postgresql://faam:hunter2@db.example/faam\n").unwrap();
    let (good, said) = check(&config);
    assert!(!good && said.contains("postgres.ca_file") && !said.contains("hunter2"), "{said}");
    // The file of an identity is private, and is not written over.
    let file = home.join("identity");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = run(&["identity", "export", "--config", at(0).to_str().unwrap(), file.to_str().unwrap()]);
    assert!(!again.0 && again.1.contains("is there already"), "{}", again.1);
}
