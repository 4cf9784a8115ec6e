//! Milestones from the link to the log: the program, a verifier on this machine, and a market that is never called.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};

use common::{Home, Market, now};
use faam_node::net::{Host, HostConfig, HostLimits, Protocol};
use faam_spec::domain::{PRIVATE_FORMAT, TYP_REQUEST};
use faam_spec::encoding::json;
use faam_spec::grid::Milestones;
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::SigningKey;
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;
use faam_spec::query::Query;
use faam_spec::receipt::Receipt;
use faam_spec::request::Ask;
use faam_spec::signed::Signer;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome};
use faam_verifier::{
    AnyRole, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, finish, start,
};
use faam_wallet::held::MarketNode;
use faam_wallet::receive::{Expected, Known, SecretsOf, check, compare};
use faam_wallet::vault::{Transfer, TransferState};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const CAPABILITY: Capability = Capability::from_bytes([3; 16]);

/// Where the market's node would be: nobody answers there, and whoever calls is seen.
struct MarketPlace {
    tcp: TcpListener,
    udp: UdpSocket,
}

impl MarketPlace {
    fn open() -> Self {
        let place = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        };
        place.tcp.set_nonblocking(true).unwrap();
        place.udp.set_nonblocking(true).unwrap();
        place
    }

    fn node(&self) -> MarketNode {
        let (tcp, udp) = (self.tcp.local_addr().unwrap().port(), self.udp.local_addr().unwrap().port());
        MarketNode {
            peer: PeerId::from_public_key(SigningKey::from_seed(&[8; 32]).verifying_key().to_bytes()),
            addresses: vec![
                format!("/ip4/127.0.0.1/tcp/{tcp}").parse().unwrap(),
                format!("/ip4/127.0.0.1/udp/{udp}/quic-v1").parse().unwrap(),
            ],
        }
    }

    /// Whether anybody has called since the last time.
    fn was_called(&self) -> bool {
        let (tcp, udp) = (self.tcp.accept().is_ok(), self.udp.recv_from(&mut [0; 8]).is_ok());
        tcp || udp
    }
}

/// A wallet with twelve good ratings and the private standing for them, and the market that gave it.
struct Holder {
    home: Home,
    market: Market,
    place: MarketPlace,
    record: Hash,
}

fn holder() -> Holder {
    let home = Home::new();
    let place = MarketPlace::open();
    let mut market = Market::new("shop");
    for n in 0..12 {
        market.rate(5, &format!("r{n}"), "2026-03-01T12:00:00Z", "As promised.");
    }
    let vault = home.open();
    let (at, account) = (now(), "7".parse().unwrap());
    let (did, name) = (market.issuer.did().clone(), market.issuer.profile().market.clone());
    let holder = vault.holder_key(0, &did, &name).unwrap().verifying_key();
    let made = vault.secrets_for(CAPABILITY, (0, &did, &name), at).unwrap();
    market.issuer.bind_with(&account, &holder, Some(&made.commitment), false, at, &mut market.rng).unwrap();
    market.issuer.open_epoch(at, &mut market.rng).unwrap();
    let offer = market.issuer.offer(&account, None, at).unwrap();
    let secrets = vault.secrets(0, &did, &name).unwrap();
    let known =
        Known { ledger: None, records: &[], lists: &[], histories: vault.histories(), secrets: &secrets };
    let accepted =
        check(offer, Expected { issuer: &did, market: &name, holder: &holder }, known, at).unwrap();
    let transfer = Transfer {
        link: CAPABILITY,
        market: name,
        secret: Capability::from_bytes([4; 16]),
        bytes: 0,
        hash: Hash::from_bytes([0; 32]),
        begun: at,
        state: TransferState::Arriving,
        node: Some(place.node()),
        persona: 0,
    };
    vault.begin_transfer(&transfer).unwrap();
    vault.keep(&accepted, 0, Some(&transfer), at).unwrap();
    let record = market.issuer.current_record().unwrap().hash();
    drop(vault);
    Holder { home, market, place, record }
}

impl Holder {
    /// The record was found to be the same by another path.
    fn compare(&self) {
        let name = &self.market.issuer.profile().market;
        self.home.open().note_compared(self.market.issuer.did(), name, self.record, now()).unwrap();
    }

    fn newest(&self) -> Value {
        self.home.run(&["log", "--json"]).envelope()["data"]["entries"][0].take()
    }
}

/// What the verifier does next.
#[derive(Default)]
struct Script {
    request: String,
    pending: Option<Pending>,
    asked: Vec<&'static str>,
    silent: bool,
}

struct Verifier {
    signer: Signer,
    host: Host,
    script: Arc<Mutex<Script>>,
}

impl Verifier {
    async fn start(market: &Market, seed: u8) -> Self {
        let mut limits = HostLimits::default();
        limits.max_memory_bytes = 4 << 30;
        let (sender, mut inbound) = limits.inbound_queue();
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        let config = HostConfig { identity_seed: Zeroizing::new(rand::random()), listen, limits };
        let host = Host::start(config, sender).await.unwrap();
        let signer = Signer::from_key(SigningKey::from_seed(&[seed; 32]));
        let script = Arc::new(Mutex::new(Script::default()));
        let trust = Trust::new(vec![TrustEntry {
            issuer: market.issuer.did().clone(),
            market: market.issuer.profile().market.clone(),
            roles: Roles::Any(AnyRole::Any),
            types: vec![StatementType::Private],
            epoch_seconds: faam_spec::time::EpochLength::WEEK,
            frozen_after: None,
        }]);
        let sources = Sources { trust, ..Sources::default() };
        let (shared, signs) = (Arc::clone(&script), signer.clone());
        tokio::spawn(async move {
            while let Some(inbound) = inbound.recv().await {
                assert_eq!(inbound.protocol, Protocol::Present);
                faam_schemas::assert_message("wire-present-wallet", &inbound.payload);
                let ask: Message<PresentAsk> = Message::decode(&inbound.payload).unwrap();
                let answer = shared.lock().unwrap().answer(ask, &sources, &signs);
                if let Some(answer) = answer {
                    inbound.reply(answer.encode().unwrap());
                }
            }
        });
        Self { signer, host, script }
    }

    fn link(&self) -> String {
        let (until, did) = (now().plus(600), self.signer.did().clone());
        let addresses = self.host.addresses();
        let link = Link::new(LinkKind::Present, self.host.peer_id(), did, CAPABILITY, until, addresses);
        link.unwrap().to_string()
    }

    /// Asks for these milestones.
    fn ask(&self, milestones: &[&str]) -> String {
        let texts = milestones.iter().map(|text| text.parse().unwrap());
        let query = Query::milestones("shop".parse().unwrap(), Milestones::new(texts.collect()).unwrap());
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat.".into(),
            retention_days: 30,
            terms: None,
            query: query.unwrap(),
            life: 600,
        };
        let peer = self.host.peer_id();
        let (request, pending) = start(ask, peer, &self.signer, now(), &mut rand::rngs::OsRng).unwrap();
        let mut script = self.script.lock().unwrap();
        script.request = request.as_str().to_owned();
        script.pending = Some(pending);
        drop(script);
        self.link()
    }

    /// Asks for something that no honest verifier can write: the credentials of the query are replaced.
    fn ask_for(&self, credentials: Value) -> String {
        self.ask(&["count>=1"]);
        let mut script = self.script.lock().unwrap();
        let jws = faam_spec::jws::Jws::parse(&script.request, TYP_REQUEST, 64 * 1024).unwrap();
        let mut payload = jws.peek().unwrap();
        payload["dcql_query"]["credentials"] = credentials;
        script.request = self.signer.sign(&payload, TYP_REQUEST).unwrap();
        drop(script);
        self.link()
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.script.lock().unwrap().asked)
    }
}

impl Script {
    fn answer(
        &mut self,
        ask: Message<PresentAsk>,
        sources: &Sources,
        signer: &Signer,
    ) -> Option<Message<PresentAnswer>> {
        match ask.head {
            PresentAsk::Fetch { .. } => {
                self.asked.push("fetch");
                Some(Message { head: PresentAnswer::Request, body: self.request.clone().into_bytes() })
            }
            PresentAsk::Erase { .. } => panic!("nobody asked for that"),
            PresentAsk::Answer { .. } => {
                self.asked.push("answer");
                if self.silent {
                    return None;
                }
                faam_schemas::assert_presentation(&ask.body);
                let pending = self.pending.as_ref().unwrap();
                let decision = finish(pending, &ask.body, sources, &mut MemoryNonces::new(), now());
                let receipt = Receipt::new(pending.request(), &ask.body, decision.document());
                let outcome = PresentOutcome {
                    decision: decision.document().for_holder(),
                    receipt: receipt.sign(signer).unwrap(),
                };
                Some(Message { head: PresentAnswer::Decided, body: json(&outcome).unwrap() })
            }
        }
    }
}

/// Looks, and agrees to what would be shown.
fn look(home: &Home, link: &str) -> (String, Value) {
    let looked = home.run(&["present", link, "--dry-run", "--json"]).envelope();
    let digest = looked["data"]["approve"].as_str().unwrap().to_owned();
    (digest, looked["data"]["consent"].clone())
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//= spec/text/private.md#REQ-PRIVATE-15
//= type=test
//# It notes the attempt (`request.climbing`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a27_what_was_shown_is_remembered_and_climbing_is_refused_and_noted() {
    let holder = holder();
    holder.compare();
    let beta = Verifier::start(&holder.market, 5).await;
    let home = &holder.home;
    let link = beta.ask(&["count>=5", "mean>=800"]);
    let (digest, consent) = look(home, &link);
    assert_eq!(consent["private"][0]["known"], false);
    beta.asked();
    let said = home.run(&["present", &link, "--approve", &digest, "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let data = &said.envelope()["data"];
    assert_eq!(
        data["receipt"]["shown"],
        json!([{"market": "shop", "names": ["count>=5", "mean>=800"], "ratings": 0}])
    );
    assert_eq!(beta.asked(), ["fetch", "answer"]);
    let shown = holder.newest();
    let pseudonym = shown["private"][0]["pseudonym"].as_str().unwrap().to_owned();
    assert_eq!(shown["private"][0]["milestones"], json!(["count>=5", "mean>=800"]));
    let log = flat(&home.run(&["log"]).out);
    assert!(
        log.contains(&format!(
            "Showed proof of at least 5 ratings, one from each counterparty (count>=5) and a mean rating of at least 800 of 1000 (mean>=800) of shop ({}) as seller",
            shown["private"][0]["epoch"].as_str().unwrap()
        )),
        "{log}"
    );
    assert!(
        log.contains("under the pseudonym u") && log.contains("They accepted it, and signed a receipt."),
        "{log}"
    );

    // A higher step is refused, looks to them like nobody who answers, and stands in the log.
    let link = beta.ask(&["count>=10"]);
    let said = home.run(&["present", &link, "--dry-run"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.err.contains("nothing was shown") && said.err.contains("request.climbing"), "{}", said.err);
    // The holder is told what climbs, and what was shown before and when.
    let told = flat(&said.err);
    for part in [
        "of shop as seller they ask for at least 10 ratings, one from each counterparty (count>=10), and were shown at least 5 ratings, one from each counterparty (count>=5), last at 20",
        " UTC",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(beta.asked(), ["fetch"]);
    let noted = holder.newest();
    assert_eq!((&noted["what"], &noted["code"]), (&json!("dry_run"), &json!("request.climbing")));
    assert_eq!(noted["to"]["did"], beta.signer.did().as_str());
    assert_eq!(
        noted["to"]["milestones"],
        json!([{"markets": ["shop"], "roles": [], "milestones": ["count>=10"]}])
    );
    let said = home.run(&["present", &link, "--approve", &digest, "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (3, "request.climbing"));
    assert!(
        said.envelope()["error"]["what"].as_str().unwrap().contains("(count>=10), and were shown"),
        "{said:?}"
    );
    assert_eq!((&holder.newest()["what"], beta.asked()), (&json!("not_answered"), vec!["fetch"]));
    let log = flat(&home.run(&["log", "--limit", "1"]).out);
    assert!(
        log.contains("wanted proof of at least 10 ratings, one from each counterparty (count>=10) of shop: "),
        "{log}"
    );
    // By another metric it is the same number.
    let said = flat(&home.run(&["present", &beta.ask(&["counterparties>=10"]), "--dry-run"]).err);
    assert!(said.contains("(counterparties>=10), and were shown at least 5 ratings"), "{said}");
    beta.asked();

    // A lower step is shown under the name that they know.
    let link = beta.ask(&["count>=3"]);
    let (digest, consent) = look(home, &link);
    assert_eq!(consent["private"][0]["known"], true);
    assert_eq!(consent["private"][0]["milestones"][0]["before"], "count>=5");
    assert_eq!(consent["links"].as_array().unwrap().len(), 1);
    assert_eq!(consent["links"][0]["times"], 1);
    assert_eq!(home.run(&["present", &link, "--approve", &digest]).code, 0);
    assert_eq!(holder.newest()["private"][0]["pseudonym"], pseudonym.as_str());
    // Whoever was shown something twice stands there once.
    let link = beta.ask(&["count>=3"]);
    let (_, consent) = look(home, &link);
    assert_eq!((consent["links"].as_array().unwrap().len(), &consent["links"][0]["times"]), (1, &json!(2)));
    let text = home.run(&["present", &link, "--dry-run"]).out;
    assert_eq!(text.matches("“Beta” (did").count(), 1, "{text}");
    assert!(flat(&text).contains("2 times, last at 20") && flat(&text).contains(" UTC: shop"), "{text}");

    // Another verifier knows nothing, and learns another name.
    let gamma = Verifier::start(&holder.market, 6).await;
    let link = gamma.ask(&["count>=10"]);
    let (digest, consent) = look(home, &link);
    assert_eq!((&consent["private"][0]["known"], &consent["links"]), (&json!(false), &json!([])));
    gamma.script.lock().unwrap().silent = true;
    let said = home.run(&["present", &link, "--approve", &digest, "--json"]);
    assert_eq!(said.code, 8, "{said:?}");
    let shown = holder.newest();
    assert_eq!(shown["told"]["state"], "failed");
    assert_ne!(shown["private"][0]["pseudonym"], pseudonym.as_str());
    // That no answer came is no reason to forget: it may have arrived.
    let said = home.run(&["present", &gamma.ask(&["count>=20"]), "--dry-run", "--json"]);
    assert_eq!(said.code_of_error(), "request.climbing");
    let (_, consent) = look(home, &gamma.ask(&["count>=10"]));
    assert_eq!(consent["private"][0]["known"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a27_milestones_that_may_not_be_asked_for_are_refused_and_noted() {
    let holder = holder();
    holder.compare();
    let beta = Verifier::start(&holder.market, 5).await;
    let asks = |milestones: &[&str]| {
        let mut claims = vec![json!({"path": ["market"], "values": ["shop"]})];
        claims.extend(milestones.iter().map(|text| json!({"path": ["milestones", text]})));
        json!({"id": "a", "format": PRIVATE_FORMAT, "meta": {"grid": 1}, "claims": claims})
    };
    let good = asks(&["count>=5"]);
    let standing = json!({"id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": [faam_spec::domain::VCT_STANDING]},
        "claims": [{"path": ["market"], "values": ["shop"]}]});
    for (credentials, code) in [
        // Off the grid.
        (json!([asks(&["count>=7"])]), "request.milestones"),
        (json!([asks(&["mean>=801"])]), "request.milestones"),
        // More than four.
        (
            json!([asks(&["count>=1", "counterparties>=3", "mean>=500", "tenure>=1y", "disputes=0"])]),
            "request.milestones",
        ),
        // Two of one metric, and another order.
        (json!([asks(&["count>=3", "count>=5"])]), "request.milestones"),
        (json!([asks(&["mean>=500", "count>=5"])]), "request.milestones"),
        (json!([asks(&[])]), "request.milestones"),
        // One good part does not make the others good.
        (
            json!([
                good.clone(),
                json!({"id": "b", "format": PRIVATE_FORMAT, "meta": {"grid": 1},
            "claims": [{"path": ["milestones", "count>=6"]}]})
            ]),
            "request.milestones",
        ),
        // Beside a plain standing, whose numbers would tell whose they are.
        (json!([good.clone(), standing.clone()]), "request.unreadable"),
        (json!([standing, good.clone()]), "request.unreadable"),
    ] {
        let link = beta.ask_for(credentials.clone());
        beta.asked();
        let said = holder.home.run(&["present", &link, "--dry-run", "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (3, code), "{credentials}");
        assert_eq!(beta.asked(), ["fetch"], "nothing was told");
        let noted = holder.newest();
        assert_eq!(
            (&noted["what"], &noted["code"]),
            (&json!("request_refused"), &json!(code)),
            "{credentials}"
        );
        assert_eq!(noted["verifier"], beta.signer.did().as_str());
    }
    // The same way of asking for what may be asked is answered.
    let link = beta.ask_for(json!([good]));
    assert_eq!(look(&holder.home, &link).1["private"][0]["milestones"][0]["milestone"], "count>=5");
}

//= spec/text/private.md#REQ-PRIVATE-17
//= type=test
//# Showing MUST NOT make a wallet renew anything.
//= spec/text/presentation.md#REQ-PRES-23
//= type=test
//# A wallet makes a presentation from what it holds and MUST ask nobody
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn showing_calls_nobody_but_the_verifier() {
    let holder = holder();
    let node = holder.home.open().held_all().unwrap()[0].info().node.clone().unwrap();
    assert_eq!(node, holder.place.node(), "the wallet knows where the market is");
    let beta = Verifier::start(&holder.market, 5).await;
    // Neither renewed nor compared: there is every reason to call.
    let link = beta.ask(&["count>=5"]);
    let (digest, _) = look(&holder.home, &link);
    let said = holder.home.run(&["present", &link, "--approve", &digest, "--not-compared"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!holder.place.was_called());
    // Whoever calls there is seen.
    TcpStream::connect(holder.place.tcp.local_addr().unwrap()).unwrap();
    assert!(holder.place.was_called());
    let from = UdpSocket::bind("127.0.0.1:0").unwrap();
    from.send_to(b"x", holder.place.udp.local_addr().unwrap()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(holder.place.was_called());
    let private = holder.home.open().held_all().unwrap()[0].private().cloned().unwrap();
    assert_eq!(private.compared, None);
}

//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A record that it could not compare it shows only when the holder, told so, asks for it all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_compared_is_shown_only_at_the_holders_word() {
    let holder = holder();
    let beta = Verifier::start(&holder.market, 5).await;
    let home = &holder.home;
    let link = beta.ask(&["count>=5"]);
    let (digest, consent) = look(home, &link);
    assert_eq!(consent["private"][0]["compared"], Value::Null);
    let text = home.run(&["present", &link, "--dry-run"]).out;
    assert!(flat(&text).contains("was not compared with what others see"), "{text}");
    assert!(text.contains(&format!("--approve {digest} --not-compared")), "{text}");
    beta.asked();
    let said = home.run(&["present", &link, "--approve", &digest, "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
    assert_eq!(said.envelope()["error"]["at"], "--not-compared");
    assert_eq!(beta.asked(), ["fetch"]);
    assert_eq!(
        (&holder.newest()["what"], &holder.newest()["why"]),
        (&json!("withheld"), &json!("not_compared"))
    );
    let log = flat(&home.run(&["log", "--limit", "1"]).out);
    assert!(log.contains("was not compared with what others see, and the risk was not taken"), "{log}");
    // Once it was compared there is nothing to say, and the approval is the same.
    holder.compare();
    let said = home.run(&["present", &link, "--approve", &digest]);
    assert_eq!((said.code, said.out.contains("Accepted.")), (0, true), "{said:?}");
}

/// The market has another record of the same epoch for others: then no word of the holder helps.
//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# a market that has another record, or another key, for one person could follow that person
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a29_what_the_market_contradicted_is_not_shown_at_any_word() {
    let holder = holder();
    let beta = Verifier::start(&holder.market, 5).await;
    let home = &holder.home;
    let link = beta.ask(&["count>=5"]);
    let (digest, _) = look(home, &link);
    let mut others = Market::new("shop");
    others.rate(1, "r1", "2026-03-01T12:00:00Z", "Another world.");
    others.issuer.open_epoch(now(), &mut others.rng).unwrap();
    let vault = home.open();
    let held = vault.held_all().unwrap();
    let (ours, theirs) = (held[0].standing().record(), others.issuer.current_record().unwrap());
    let refused = compare(ours, theirs, vault.histories(), now()).unwrap_err();
    let (issuer, market) = (&held[0].info().issuer, &held[0].info().market);
    vault.note_refused(issuer, market, &refused, None, now()).unwrap();
    drop(vault);
    beta.asked();
    for more in [&["--dry-run"][..], &["--approve", &digest, "--not-compared"]] {
        let said = home.run(&[&["present", link.as_str(), "--json"], more].concat());
        assert_eq!((said.code, said.code_of_error().as_str()), (3, "epoch.forked"), "{said:?}");
        assert_eq!(beta.asked(), ["fetch"]);
        assert_eq!(holder.newest()["code"], "epoch.forked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verifier_that_asks_for_more_than_is_reached_learns_nothing() {
    let holder = holder();
    holder.compare();
    let beta = Verifier::start(&holder.market, 5).await;
    let link = beta.ask(&["count>=20"]);
    let said = holder.home.run(&["present", &link, "--dry-run"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("query.nothing") && said.err.contains("at least 20 ratings"), "{}", said.err);
    assert_eq!(beta.asked(), ["fetch"]);
    assert_eq!(holder.newest()["code"], "query.nothing");
}

/// Another device with the same phrase is bound anew: same holder key, other secrets. This one renews in the same epoch.
#[test]
fn a30_another_binding_leaves_the_whole_wallet_readable() {
    let home = Home::new();
    let mut market = Market::new("shop");
    for n in 0..12 {
        market.rate(5, &format!("r{n}"), "2026-03-01T12:00:00Z", "As promised.");
    }
    let vault = home.open();
    let (at, account) = (now(), "7".parse().unwrap());
    let (did, name) = (market.issuer.did().clone(), market.issuer.profile().market.clone());
    let key = vault.holder_key(0, &did, &name).unwrap().verifying_key();
    let bound = at.plus(-100 * 86_400);
    let made = vault.secrets_for(CAPABILITY, (0, &did, &name), bound).unwrap();
    market.issuer.bind_with(&account, &key, Some(&made.commitment), false, bound, &mut market.rng).unwrap();
    market.issuer.open_epoch(at, &mut market.rng).unwrap();
    let take = |offer| {
        let (secrets, held) = (vault.secrets(0, &did, &name).unwrap(), vault.held_all().unwrap());
        let records = vault.epoch_records(&did, &name).unwrap();
        let histories = vault.histories();
        let known =
            Known { ledger: held.first(), records: &records, lists: &[], histories, secrets: &secrets };
        let expected = Expected { issuer: &did, market: &name, holder: &key };
        vault.keep(&check(offer, expected, known, at).unwrap(), 0, None, at).unwrap();
        vault.held_all().unwrap().remove(0)
    };
    let first = market.issuer.offer(&account, None, at).unwrap();
    assert!(take(first.clone()).private().is_some());
    let entropy = first.private.unwrap().entropy;

    let other =
        faam_spec::private::WalletSecrets::random(faam_bbs::backend(), &mut rand::rngs::OsRng).unwrap();
    market.issuer.bind_with(&account, &key, Some(&other.commitment), true, at, &mut market.rng).unwrap();
    let held = take(market.issuer.offer(&account, None, at).unwrap());
    assert!(held.private().is_none());
    // The secrets and what is pinned for them stay.
    let kept = vault.secrets(0, &did, &name).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].secrets.commitment, made.commitment);
    assert_eq!(kept[0].of, SecretsOf::Ledger(held.info().ledger, entropy));
    drop(vault);
    for args in [&["ratings"][..], &["passport"], &["log"]] {
        let said = home.run(args);
        assert_eq!(said.code, 0, "{said:?}");
    }
}
