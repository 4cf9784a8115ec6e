//! Contacts over real libp2p on loopback, with a market and a verifier that can be told to misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Home, Market, now};
use faam_node::net::{Host, HostConfig, HostLimits, Inbound, Protocol};
use faam_spec::decision::Outcome as Decided;
use faam_spec::did::Did;
use faam_spec::encoding::{json, unmulti};
use faam_spec::erasure::{self, Erasure, KeptReason};
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::{Signature, SigningKey, VerifyingKey};
use faam_spec::link::{Link, LinkKind};
use faam_spec::offer::{self, RedeemStatement};
use faam_spec::peer::PeerId;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::receipt::Receipt;
use faam_spec::request::{Ask, SignedRequest};
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use faam_spec::wire::{self, Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk, PresentOutcome};
use faam_verifier::{
    AnyRole, MemoryNonces, Pending, Roles, Sources, StatementType, Trust, TrustEntry, finish, start,
};
use faam_wallet::contact::{ContactError, Fetched, Means, Received, erase, fetch, receive};
use faam_wallet::present::{Agreed, Pick, Plan};
use faam_wallet::vault::{Entropy, ErasureAnswer, ErasureAsked, Happened, LogEntry, Told, Vault};
use zeroize::Zeroizing;

const CODE: &str = "7KQ2-M9XD";
const CAPABILITY: Capability = Capability::from_bytes([3; 16]);

/// What the other side is, and how it is to misbehave.
struct Script {
    market: Market,
    verifier: Signer,
    pending: Option<Pending>,
    request: Option<String>,
    arrived: Vec<Vec<u8>>,
    challenge: u32,
    holder: Option<VerifyingKey>,
    transfer: Option<(Capability, Vec<u8>)>,
    committed: bool,
    /// Every question, by name, and who asked.
    asked: Vec<(String, PeerId)>,
    /// Questions of this name get no answer.
    silent_on: Option<&'static str>,
    /// The offer's bytes are changed before their hash is told.
    tamper: Option<fn(&str) -> String>,
    /// The pages are changed after their hash was told.
    garble: bool,
    /// What is answered to whoever asks for erasure; a node that knows no such question has nothing.
    erasure: Option<Vec<u8>>,
}

struct Node {
    script: Arc<Mutex<Script>>,
    host: Host,
}

impl Node {
    async fn start(ratings: i64) -> Self {
        let mut market = Market::new("shop");
        for n in 0..ratings {
            market.rate(
                1 + n % 5,
                &format!("r{}", n % 11),
                "2026-03-01T12:00:00Z",
                "As promised, and quick.",
            );
        }
        let mut limits = HostLimits::default();
        limits.max_memory_bytes = 4 << 30;
        let (sender, mut inbound) = limits.inbound_queue();
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned(), "/ip4/127.0.0.1/udp/0/quic-v1".to_owned()];
        let config = HostConfig { identity_seed: Zeroizing::new(rand::random()), listen, limits };
        let host = Host::start(config, sender).await.unwrap();
        let script = Arc::new(Mutex::new(Script {
            market,
            verifier: Signer::from_key(SigningKey::from_seed(&[5; 32])),
            pending: None,
            request: None,
            arrived: Vec::new(),
            challenge: 0,
            holder: None,
            transfer: None,
            committed: false,
            asked: Vec::new(),
            silent_on: None,
            tamper: None,
            garble: false,
            erasure: None,
        }));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Some(inbound) = inbound.recv().await {
                let answer = shared.lock().unwrap().answer(&inbound);
                // Dropped without a reply, the question's stream ends.
                if let Some(answer) = answer {
                    inbound.reply(answer);
                }
            }
        });
        Self { script, host }
    }

    fn link(&self, kind: LinkKind, did: &Did) -> Link {
        let until = now().plus(600);
        Link::new(kind, self.host.peer_id(), did.clone(), CAPABILITY, until, self.host.addresses()).unwrap()
    }

    fn offer(&self) -> Link {
        let did = self.script.lock().unwrap().market.issuer.did().clone();
        self.link(LinkKind::Offer, &did)
    }

    /// Asks for `query` at `peer`, which is this node unless it lies.
    fn request(&self, query: Query, peer: PeerId) -> Link {
        let mut script = self.script.lock().unwrap();
        let ask = Ask {
            name: "Beta".into(),
            purpose: "To rent out a flat.".into(),
            retention_days: 30,
            terms: None,
            query,
            life: 600,
        };
        let (request, pending) = start(ask, peer, &script.verifier, now(), &mut rand::rngs::OsRng).unwrap();
        script.request = Some(request.as_str().to_owned());
        script.pending = Some(pending);
        let did = script.verifier.did().clone();
        drop(script);
        self.link(LinkKind::Present, &did)
    }

    fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// Names of the questions since the last time, and how many names asked them.
    fn asked(&self) -> (Vec<String>, usize) {
        let asked = std::mem::take(&mut self.script.lock().unwrap().asked);
        let mut peers: Vec<PeerId> = asked.iter().map(|(_, peer)| *peer).collect();
        peers.sort();
        peers.dedup();
        (asked.into_iter().map(|(name, _)| name).collect(), peers.len())
    }
}

impl Script {
    fn answer(&mut self, inbound: &Inbound) -> Option<Vec<u8>> {
        match inbound.protocol {
            Protocol::Offer => {
                faam_schemas::assert_message("wire-offer-wallet", &inbound.payload);
                let ask: Message<OfferAsk> = Message::decode(&inbound.payload).unwrap();
                let name = match &ask.head {
                    OfferAsk::Open { .. } => "open".to_owned(),
                    OfferAsk::Redeem { .. } => "redeem".to_owned(),
                    OfferAsk::Page { page, .. } => format!("page {page}"),
                    OfferAsk::Commit { .. } => "commit".to_owned(),
                };
                self.asked.push((name.clone(), inbound.peer));
                let answer = self.offer_answer(inbound, ask.head);
                (self.silent_on != Some(name.as_str())).then(|| answer.encode().unwrap())
            }
            _ => {
                faam_schemas::assert_message("wire-present-wallet", &inbound.payload);
                let ask: Message<PresentAsk> = Message::decode(&inbound.payload).unwrap();
                let name = match &ask.head {
                    PresentAsk::Fetch { .. } => "fetch".to_owned(),
                    PresentAsk::Answer { page, .. } => format!("answer {page}"),
                    PresentAsk::Erase { .. } => "erase".to_owned(),
                };
                self.asked.push((name.clone(), inbound.peer));
                if self.silent_on == Some(name.as_str()) {
                    return None;
                }
                Some(self.present_answer(ask).encode().unwrap())
            }
        }
    }

    fn offer_answer(&mut self, inbound: &Inbound, ask: OfferAsk) -> Message<OfferAnswer> {
        let refuse = |code| Message::new(OfferAnswer::Refused { code });
        match ask {
            OfferAsk::Open { capability } if capability == CAPABILITY => {
                self.challenge += 1;
                let challenge = format!("challenge {}", self.challenge);
                let issuer = self.market.issuer.signer();
                let terms = faam_spec::offer::Terms {
                    v: 0,
                    iss: issuer.did().clone(),
                    market: "shop".parse().unwrap(),
                    capability,
                    challenge,
                    node: inbound.local,
                    wallet: inbound.peer,
                };
                Message::new(OfferAnswer::Terms { terms: terms.sign(issuer).unwrap() })
            }
            OfferAsk::Redeem { code, .. } if code != CODE => refuse(Reason::OfferCode),
            OfferAsk::Redeem { capability, holder, proof, since, commitment, .. } => {
                let statement = RedeemStatement {
                    capability,
                    challenge: format!("challenge {}", self.challenge),
                    issuer: self.market.issuer.did().clone(),
                    node: inbound.local,
                    wallet: inbound.peer,
                    since,
                    commitment,
                };
                let holder = VerifyingKey::try_from(&holder).unwrap();
                let proof = Signature::from_slice(&unmulti(&proof, "proof").unwrap()).unwrap();
                statement.verify(&holder, &proof).unwrap();
                self.holder = Some(holder);
                let (account, at) = ("7".parse().unwrap(), now());
                self.market.issuer.open_epoch(at, &mut self.market.rng).unwrap();
                let (issuer, rng) = (&mut self.market.issuer, &mut self.market.rng);
                issuer.bind_with(&account, &holder, commitment.as_ref(), false, at, rng).unwrap();
                let offer = self.market.issuer.offer(&account, since.as_ref(), at).unwrap();
                let mut bytes = offer.to_bytes().unwrap();
                faam_schemas::assert_offer(&bytes);
                if let Some(tamper) = self.tamper {
                    bytes = tamper(&String::from_utf8(bytes).unwrap()).into_bytes();
                }
                let secret = Capability::random(&mut rand::rngs::OsRng);
                let ready = OfferAnswer::Ready {
                    transfer: secret,
                    bytes: bytes.len() as u64,
                    hash: offer::hash(&bytes),
                };
                self.transfer = Some((secret, bytes));
                Message::new(ready)
            }
            OfferAsk::Page { transfer, page } => match &self.transfer {
                Some((secret, bytes)) if *secret == transfer => {
                    let mut body = wire::page(bytes, page).unwrap().to_vec();
                    if self.garble {
                        body[7] ^= 1;
                    }
                    Message { head: OfferAnswer::Page { page }, body }
                }
                _ => refuse(Reason::OfferTransfer),
            },
            OfferAsk::Commit { transfer, hash } => match &self.transfer {
                Some((secret, bytes)) if *secret == transfer && offer::hash(bytes) == hash => {
                    self.committed = true;
                    Message::new(OfferAnswer::Done)
                }
                _ => refuse(Reason::OfferUsed),
            },
            _ => refuse(Reason::OfferUnknown),
        }
    }

    fn present_answer(&mut self, ask: Message<PresentAsk>) -> Message<PresentAnswer> {
        match ask.head {
            PresentAsk::Erase { capability, proof } => {
                assert_eq!(capability, CAPABILITY);
                assert_eq!(proof, erasure::proof(&self.arrived.concat()), "of what was sent");
                match self.erasure.clone() {
                    Some(body) => Message { head: PresentAnswer::Erasure, body },
                    None => Message::new(PresentAnswer::Refused { code: Reason::WireMessage }),
                }
            }
            PresentAsk::Fetch { .. } => {
                let body = self.request.clone().unwrap().into_bytes();
                Message { head: PresentAnswer::Request, body }
            }
            PresentAsk::Answer { bytes, hash, page, .. } => {
                self.arrived.truncate(page as usize);
                self.arrived.push(ask.body);
                if self.arrived.len() as u64 != wire::pages(bytes) {
                    return Message::new(PresentAnswer::More);
                }
                let whole = self.arrived.concat();
                faam_schemas::assert_presentation(&whole);
                assert_eq!(faam_spec::presentation::hash(&whole), hash);
                let trust = Trust::new(vec![TrustEntry {
                    issuer: self.market.issuer.did().clone(),
                    market: "shop".parse().unwrap(),
                    roles: Roles::Any(AnyRole::Any),
                    types: vec![StatementType::Rating, StatementType::Standing],
                    epoch_seconds: faam_spec::time::EpochLength::WEEK,
                    frozen_after: None,
                }]);
                let sources = Sources { trust, ..Sources::default() };
                let pending = self.pending.as_ref().unwrap();
                let decision = finish(pending, &whole, &sources, &mut MemoryNonces::new(), now());
                let receipt = Receipt::new(pending.request(), &whole, decision.document());
                let outcome = PresentOutcome {
                    decision: decision.document().for_holder(),
                    receipt: receipt.sign(&self.verifier).unwrap(),
                };
                Message { head: PresentAnswer::Decided, body: json(&outcome).unwrap() }
            }
        }
    }
}

fn wallet() -> (Home, Vault) {
    let home = Home::empty();
    let entropy = Entropy::random(&mut rand::rngs::OsRng);
    let kdf = faam_store::KdfParams::FLOOR;
    let vault = Vault::create(&home.dir, common::PASSPHRASE.as_bytes(), &entropy, kdf, now()).unwrap();
    (home, vault)
}

/// What a holder says who read all of it.
fn agreed(plan: &Plan<'_>) -> Agreed {
    Agreed { to: plan.approval(), not_compared: false }
}

async fn with_means<T>(work: impl AsyncFnOnce(&mut Means<'_>) -> T) -> T {
    let clock: fn() -> Timestamp = now;
    let mut rng = rand::rngs::OsRng;
    let mut progress = |_| {};
    let timeout = Duration::from_secs(5);
    work(&mut Means { clock: &clock, rng: &mut rng, progress: &mut progress, timeout }).await
}

async fn take(vault: &Vault, link: &Link, code: Option<&str>) -> Result<Received, ContactError> {
    with_means(async |means| receive(vault, link, code, means).await).await
}

async fn get(vault: &Vault, link: &Link) -> Result<Fetched, ContactError> {
    with_means(async |means| fetch(vault, link, means).await).await
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_is_received_once_and_needs_nothing_more() {
    let node = Node::start(120).await;
    let (home, vault) = wallet();
    let received = take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let Received::New { entry, warnings } = received else { panic!("{received:?}") };
    assert!(matches!(&entry.what, Happened::Received { changes, .. } if changes.ratings == 120));
    assert!(warnings.is_empty() && node.script.lock().unwrap().committed);
    let (asked, peers) = node.asked();
    assert_eq!(
        (&asked[..3], asked.last().unwrap().as_str(), peers),
        (&names(&["open", "redeem", "page 0"])[..], "commit", 1)
    );

    drop(vault);
    let vault = home.open();
    assert_eq!(vault.held_all().unwrap()[0].live().count(), 120);
    assert_eq!(take(&vault, &node.offer(), None).await.unwrap(), Received::Already);
    assert_eq!(node.asked().0, names(&[]), "nobody was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_transfer_goes_on_with_the_page_that_it_lacks() {
    let node = Node::start(120).await;
    let (home, vault) = wallet();
    node.set(|script| script.silent_on = Some("page 2"));
    let error = take(&vault, &node.offer(), Some(CODE)).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NetBusy);
    assert!(node.asked().1 > 1, "it dialled again, each time under a new name");
    assert!(vault.held_all().unwrap().is_empty());

    drop(vault);
    let vault = home.open();
    node.set(|script| script.silent_on = None);
    let received = take(&vault, &node.offer(), None).await.unwrap();
    assert!(matches!(received, Received::New { .. }));
    let (asked, _) = node.asked();
    assert_eq!(asked[0], "page 2", "{asked:?}");
    assert!(!asked.contains(&"redeem".to_owned()) && !asked.contains(&"page 1".to_owned()));
}

//= spec/text/offer.md#REQ-OFFER-25
//= type=test
//# The wallet MUST keep all of it durably, in one change, and only then say `commit`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_last_answer_is_lost_everything_is_kept_and_told_again() {
    let node = Node::start(5).await;
    let (home, vault) = wallet();
    node.set(|script| script.silent_on = Some("commit"));
    let error = take(&vault, &node.offer(), Some(CODE)).await.unwrap_err();
    assert!(matches!(error, ContactError::Unconfirmed(_)), "{error:?}");
    drop(vault);
    let vault = home.open();
    assert_eq!(vault.held_all().unwrap()[0].live().count(), 5, "kept before it was said");
    node.asked();
    node.set(|script| script.silent_on = None);
    assert_eq!(take(&vault, &node.offer(), None).await.unwrap(), Received::Confirmed);
    assert_eq!(node.asked().0, names(&["commit"]));
    assert_eq!(take(&vault, &node.offer(), None).await.unwrap(), Received::Already);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_the_market_forgot_is_begun_again() {
    let node = Node::start(60).await;
    let (_home, vault) = wallet();
    node.set(|script| script.silent_on = Some("page 1"));
    take(&vault, &node.offer(), Some(CODE)).await.unwrap_err();
    node.set(|script| (script.silent_on, script.transfer) = (None, None));
    let error = take(&vault, &node.offer(), None).await.unwrap_err();
    assert_eq!(error.reason(), Reason::OfferTransfer);
    let received = take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    assert!(matches!(received, Received::New { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a32_without_the_code_nothing_is_had() {
    let node = Node::start(5).await;
    let (home, vault) = wallet();
    let error = take(&vault, &node.offer(), None).await.unwrap_err();
    assert!(matches!(error, ContactError::CodeMissing), "{error:?}");
    assert_eq!(node.asked().0, names(&[]), "nobody was asked");
    for no_code in ["", "A", "7KQ2-M9XU", "7KQ2-M9XDD"] {
        let error = take(&vault, &node.offer(), Some(no_code)).await.unwrap_err();
        assert_eq!(error.reason(), Reason::InputMalformed, "{no_code}");
        let said = home.run_bare(&["receive", &node.offer().to_string(), "--code", no_code, "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (2, "input.malformed"), "{no_code}");
    }
    assert_eq!(node.asked().0, names(&[]), "and no try was used up");
    let error = take(&vault, &node.offer(), Some("AAAA-AAAA")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::OfferCode);
    assert!(vault.held_all().unwrap().is_empty() && vault.open_transfers().unwrap().is_empty());
}

//= spec/text/wire.md#REQ-WIRE-5
//= type=test
//# `hash` and `bytes` MUST NOT change within a transfer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_otherwise_than_announced_is_not_even_read() {
    let node = Node::start(5).await;
    let (_home, vault) = wallet();
    node.set(|script| script.garble = true);
    let error = take(&vault, &node.offer(), Some(CODE)).await.unwrap_err();
    assert_eq!((error.reason(), error.at()), (Reason::OfferTransfer, "offer.hash"));
    assert!(vault.held_all().unwrap().is_empty() && vault.open_transfers().unwrap().is_empty());
    node.set(|script| script.garble = false);
    assert!(take(&vault, &node.offer(), Some(CODE)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_with_one_fault_is_refused_whole_and_noted() {
    let node = Node::start(5).await;
    let (home, vault) = wallet();
    node.set(|script| {
        script.tamper = Some(|text| {
            let mut offer: serde_json::Value = serde_json::from_str(text).unwrap();
            offer["entries"].as_array_mut().unwrap().pop();
            offer.to_string()
        });
    });
    let error = take(&vault, &node.offer(), Some(CODE)).await.unwrap_err();
    assert!(matches!(&error, ContactError::Offer(_)), "{error:?}");
    assert_eq!(error.reason(), Reason::LedgerRoot);
    assert!(!node.script.lock().unwrap().committed);
    drop(vault);
    let vault = home.open();
    assert!(vault.held_all().unwrap().is_empty() && vault.open_transfers().unwrap().is_empty());
    let newest = &vault.log(1).unwrap()[0].what;
    assert!(matches!(newest, Happened::OfferRefused { code: Reason::LedgerRoot, .. }), "{newest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_answered_and_its_receipt_kept() {
    let node = Node::start(120).await;
    let (home, vault) = wallet();
    take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let query = Query::complete("shop".parse().unwrap()).unwrap().disclosing(&["comment"]).unwrap();
    let link = node.request(query, node.host.peer_id());
    node.asked();
    let fetched = get(&vault, &link).await.unwrap();
    let request = fetched.request().clone();
    let held = vault.held_all().unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, now()).unwrap();
    let showing =
        with_means(async |means| fetched.show(&vault, &plan, agreed(&plan), means).await).await.unwrap();
    let decision = showing.outcome.decision();
    assert_eq!(decision.outcome, Decided::Accepted, "{:?}", decision.reasons);
    let receipt = showing.outcome.receipt().unwrap();
    assert_eq!((receipt.request, receipt.shown[0].ratings), (request.digest(), 120));
    let (asked, peers) = node.asked();
    assert!(asked.len() > 3 && peers == 1, "{asked:?}");

    drop(vault);
    let vault = home.open();
    assert_eq!(vault.receipts().unwrap().len(), 1);
    let newest = &vault.log(1).unwrap()[0].what;
    let Happened::Shown { told: Told::Decided { outcome, receipt, .. }, ledgers, .. } = newest else {
        panic!("{newest:?}")
    };
    assert_eq!((*outcome, *receipt, ledgers[0].ratings), (Decided::Accepted, None, 120));
}

/// Shows a standing to the node, and gives the wallet, what is noted of it, and the question for its erasure.
async fn shown(node: &Node) -> (Home, Vault, LogEntry, ErasureAsked) {
    let (home, vault) = wallet();
    take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let link = node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id());
    let fetched = get(&vault, &link).await.unwrap();
    let request = fetched.request().clone();
    let held = vault.held_all().unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, now()).unwrap();
    let showing =
        with_means(async |means| fetched.show(&vault, &plan, agreed(&plan), means).await).await.unwrap();
    let seq = showing.entry.seq;
    let stopping = vault.block(&request.request().verifier, "Beta", None);
    let asking = stopping.asking(&[vec![seq]], false, now(), &mut rand::rngs::OsRng).unwrap();
    let asked = asking.done(now()).unwrap().remove(0);
    (home, vault, showing.entry, asked)
}

async fn asks(vault: &Vault, entry: &LogEntry, asked: &ErasureAsked) -> ErasureAsked {
    with_means(async |means| erase(vault, entry, asked, means).await).await.unwrap()
}

fn statement(entry: &LogEntry) -> Erasure {
    let Happened::Shown { to, request, presentation, .. } = &entry.what else { panic!() };
    Erasure::done(to.did.clone(), *request, *presentation, now())
}

//= spec/text/erasure.md#REQ-ERASE-8
//= type=test
//# MUST delete them when they are of no use any more: when the statement came, or at `delete_by`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_verifier_signs_about_an_erasure_is_verified_and_kept() {
    let node = Node::start(12).await;
    let (home, vault, entry, asked) = shown(&node).await;
    let verifier = node.script.lock().unwrap().verifier.clone();
    let good = statement(&entry);
    let stranger = Signer::from_key(SigningKey::from_seed(&[77; 32]));
    let theirs = Erasure { iss: stranger.did().clone().into(), ..good.clone() };
    let other = Erasure { presentation: Hash::from_bytes([9; 32]), ..good.clone() };
    let lies: [(Vec<u8>, &[Reason]); 5] = [
        (theirs.sign(&stranger).unwrap().into_bytes(), &[Reason::Malformed]),
        (good.sign(&stranger).unwrap().into_bytes(), &[Reason::InvalidIssuer, Reason::InvalidSignature]),
        (other.sign(&verifier).unwrap().into_bytes(), &[Reason::Malformed]),
        (vec![b'x'; 4097], &[Reason::TooLarge]),
        (vec![0xff; 30], &[Reason::MalformedJws]),
    ];
    let mut asked = asked;
    for (lie, codes) in lies {
        node.set(|script| script.erasure = Some(lie));
        asked = asks(&vault, &entry, &asked).await;
        let ErasureAnswer::Waiting { code: Some(code), .. } = &asked.answer else { panic!("{asked:?}") };
        assert!(codes.contains(code), "{code:?}");
        assert!(vault.reach(entry.seq).unwrap().is_some(), "it can still be asked");
    }
    let text = good.sign(&verifier).unwrap();
    node.set(|script| script.erasure = Some(text.clone().into_bytes()));
    let (_, before) = node.asked();
    let done = asks(&vault, &entry, &asked).await;
    assert_eq!(done.answer, ErasureAnswer::Erased { on: good.iat, statement: text });
    let (asked_for, peers) = node.asked();
    assert_eq!((asked_for, peers), (names(&["erase"]), 1), "under a name of its own: {before}");
    drop(vault);
    let vault = home.open();
    assert_eq!(vault.erasure(entry.seq).unwrap().unwrap(), done);
    assert!(vault.reach(entry.seq).unwrap().is_none());
    let newest = &vault.log(1).unwrap()[0].what;
    assert!(matches!(newest, Happened::ErasureAnswered { entry: of, .. } if *of == entry.seq), "{newest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_kept_with_its_reason_and_an_older_node_gets_a_letter() {
    let node = Node::start(12).await;
    let (_home, vault, entry, asked) = shown(&node).await;
    // A node that knows no such question.
    let by_hand = asks(&vault, &entry, &asked).await;
    assert_eq!(by_hand.answer, ErasureAnswer::ByHand { letter: None });
    let verifier = node.script.lock().unwrap().verifier.clone();
    // A reason for longer than was promised: it is theirs to answer for, and kept as they signed it.
    let until = now().plus(900 * 86_400);
    let kept = statement(&entry).kept(KeptReason::LegalClaim, until).sign(&verifier).unwrap();
    node.set(|script| script.erasure = Some(kept.clone().into_bytes()));
    let done = asks(&vault, &entry, &asked).await;
    let reason = KeptReason::LegalClaim;
    let Happened::Shown { delete_by, .. } = entry.what else { panic!() };
    let promised = Some(delete_by);
    assert_eq!(done.answer, ErasureAnswer::Kept { reason, until, promised, statement: kept });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a45_a_request_of_somebody_else_or_for_elsewhere_is_refused_and_noted() {
    let node = Node::start(5).await;
    let (_home, vault) = wallet();
    let query = || Query::standing("shop".parse().unwrap()).unwrap();
    // A peer between: it passes on a request that names the verifier's own peer.
    let elsewhere = node.request(query(), PeerId::from_public_key([9; 32]));
    let error = get(&vault, &elsewhere).await.unwrap_err();
    assert_eq!((error.reason(), error.at()), (Reason::RequestPeer, "request.peer"));
    // A request that somebody else signed than the link named.
    let honest = node.request(query(), node.host.peer_id());
    let other = Did::from_key(&SigningKey::from_seed(&[6; 32]).verifying_key());
    let error = get(&vault, &node.link(LinkKind::Present, &other)).await.unwrap_err();
    assert_eq!(error.reason(), Reason::RequestAudience);
    // One that was changed on the way.
    node.set(|script| {
        let text = script.request.take().unwrap();
        let other = SigningKey::from_seed(&[6; 32]).sign(text.as_bytes()).to_bytes();
        let (head, _) = text.rsplit_once('.').unwrap();
        script.request = Some(format!("{head}.{}", faam_spec::encoding::b64(other)));
    });
    assert_eq!(get(&vault, &honest).await.unwrap_err().reason(), Reason::InvalidSignature);
    let codes: Vec<Reason> = vault
        .log(3)
        .unwrap()
        .iter()
        .map(|entry| match &entry.what {
            Happened::RequestRefused { code, .. } => *code,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(codes, [Reason::InvalidSignature, Reason::RequestAudience, Reason::RequestPeer]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_no_decision_comes_back_the_log_says_that_something_may_be_known() {
    let node = Node::start(5).await;
    let (_home, vault) = wallet();
    take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let link = node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id());
    let fetched = get(&vault, &link).await.unwrap();
    let request = fetched.request().clone();
    let held = vault.held_all().unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, now()).unwrap();
    node.set(|script| script.silent_on = Some("answer 0"));
    node.asked();
    let error =
        with_means(async |means| fetched.show(&vault, &plan, agreed(&plan), means).await).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NetBusy);
    let (asked, peers) = node.asked();
    assert_eq!((asked.len(), peers), (3, 3), "the same answer, each time under a new name");
    let shown = vault.shown().unwrap();
    assert!(
        matches!(&shown[0].what, Happened::Shown { told: Told::Failed { code: Reason::NetBusy }, .. }),
        "{shown:?}"
    );
}

//= spec/text/names.md#REQ-NAME-15
//= type=test
//# The network key of a contact MUST be random, and a fresh one for every contact.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a54_each_contact_comes_under_another_name() {
    let node = Node::start(5).await;
    let link = node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id());
    let (_home, vault) = wallet();
    for _ in 0..3 {
        get(&vault, &link).await.unwrap().leave().await;
    }
    assert_eq!(node.asked().1, 3);
}

/// The request stays what was signed: no plan for another one can be shown over it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_for_another_request_is_not_shown() {
    let node = Node::start(5).await;
    let (_home, vault) = wallet();
    take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let query = || Query::standing("shop".parse().unwrap()).unwrap();
    let link = node.request(query(), node.host.peer_id());
    let fetched = get(&vault, &link).await.unwrap();
    let first = fetched.request().clone();
    let signer = node.script.lock().unwrap().verifier.clone();
    let ask = first.request().ask.clone();
    let other =
        SignedRequest::sign(ask, first.request().peer().unwrap(), &signer, now(), &mut rand::rngs::OsRng)
            .unwrap();
    let held = vault.held_all().unwrap();
    let plan = Plan::new(&other, &held, Pick::Newest, now()).unwrap();
    let error =
        with_means(async |means| fetched.show(&vault, &plan, agreed(&plan), means).await).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Internal);
    assert!(vault.shown().unwrap().is_empty());
    assert_ne!(first.digest(), Hash::from_bytes([0; 32]));
}

/// Whatever program uses the library: what the holder agreed to is compared before anything is noted or leaves.
//= spec/text/request.md#REQ-REQUEST-11
//= type=test
//# A wallet MUST ask its holder, whatever the link says
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shown_to_which_the_holder_did_not_agree() {
    let node = Node::start(5).await;
    let (_home, vault) = wallet();
    take(&vault, &node.offer(), Some(CODE)).await.unwrap();
    let link = node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id());
    let fetched = get(&vault, &link).await.unwrap();
    let request = fetched.request().clone();
    let held = vault.held_all().unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, now()).unwrap();
    let other = Agreed { to: request.digest(), not_compared: true };
    let error = with_means(async |means| fetched.show(&vault, &plan, other, means).await).await.unwrap_err();
    assert_eq!(error.reason(), Reason::ConsentMissing);
    assert!(vault.shown().unwrap().is_empty());
}

/// The program itself, from the link to the log.
//= spec/text/request.md#REQ-REQUEST-11
//= type=test
//# A wallet MUST ask its holder, whatever the link says
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_looks_approves_and_finds_it_in_the_log() {
    let node = Node::start(40).await;
    let home = Home::new();
    let offer = node.offer().to_string();
    let said = home.run(&["receive", &offer, "--code", CODE]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.contains("40 new ratings") && said.out.contains("faam passport"), "{}", said.out);
    let again = home.run(&["receive", &offer, "--json"]);
    assert_eq!(again.envelope()["data"]["state"], "already");

    let query = Query::ratings("shop".parse().unwrap(), 3).unwrap().disclosing(&["comment"]).unwrap();
    let link = node.request(query, node.host.peer_id()).to_string();
    node.asked();
    let looked = home.run(&["present", &link, "--dry-run", "--json"]).envelope();
    let digest = looked["data"]["approve"].as_str().unwrap().to_owned();
    assert_eq!(looked["data"]["consent"]["ledgers"][0]["ratings"].as_array().unwrap().len(), 3);
    let text = home.run(&["present", &link, "--dry-run"]);
    assert!(text.out.contains("Nothing was shown.") && text.out.contains(&format!("--approve {digest}")));
    assert_eq!(node.asked().0, names(&["fetch", "fetch"]), "nothing but looking");
    let entries = || home.run(&["log", "--json"]).envelope()["data"]["entries"].take();
    assert_eq!(entries().as_array().unwrap().len(), 4);
    assert_eq!(
        (&entries()[0]["what"], &entries()[0]["approve"]),
        (&"dry_run".into(), &digest.as_str().into())
    );

    // Agreement to another request is none, nor to the request alone.
    let other = Hash::from_bytes([7; 32]).to_string();
    let request = looked["data"]["consent"]["request"].as_str().unwrap();
    for (digest, told) in [(other.as_str(), "belongs to no question"), (request, "of the question itself")] {
        let said = home.run(&["present", &link, "--approve", digest, "--json"]);
        assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
        assert!(said.out.contains(told) && said.out.contains("--dry-run"), "{}", said.out);
        assert_eq!(
            (&entries()[0]["what"], &entries()[0]["why"]),
            (&"withheld".into(), &"unknown_approval".into())
        );
        assert_eq!(node.asked().0, names(&["fetch"]));
    }
    let later =
        node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id()).to_string();
    let said = home.run(&["present", &later, "--approve", &digest, "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
    assert!(said.out.contains("belongs to another question, that of “Beta” for “"), "{}", said.out);
    assert_eq!(entries()[0]["why"], "other_approval");
    let link = {
        let query = Query::ratings("shop".parse().unwrap(), 3).unwrap().disclosing(&["comment"]).unwrap();
        node.request(query, node.host.peer_id()).to_string()
    };
    let looked = home.run(&["present", &link, "--dry-run", "--json"]).envelope();
    let digest = looked["data"]["approve"].as_str().unwrap().to_owned();
    node.asked();

    // Nor is agreement to showing other ratings for the same request.
    let said = home.run(&["present", &link, "--approve", &digest, "--pick", "best", "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (11, "consent.missing"));
    assert!(said.out.contains("is not what it was at 20") && said.out.contains("--dry-run"), "{}", said.out);
    assert_eq!(entries()[0]["why"], "stale_approval");
    assert_eq!(node.asked().0, names(&["fetch"]), "nothing was shown");
    let best = home.run(&["present", &link, "--pick", "best", "--dry-run", "--json"]).envelope();
    assert_ne!(best["data"]["approve"], looked["data"]["approve"]);
    assert_eq!(best["data"]["consent"]["request"], looked["data"]["consent"]["request"]);

    // As it may be pasted.
    let pasted = format!("‹{}›", link.replace('&', "\n &"));
    let said = home.run(&["present", &pasted, "--approve", &digest]);
    assert_eq!(said.code, 0, "{said:?}");
    let shown = home.run(&["log", "--json"]).envelope()["data"]["entries"][0].take();
    let mut of_consent = looked["data"]["consent"]["ledgers"][0]["ratings"].as_array().unwrap().iter();
    let indices = shown["ledgers"][0]["indices"].as_array().unwrap();
    assert!(indices.len() == 3 && indices.iter().all(|index| *index == of_consent.next().unwrap()["index"]));
    let people: Vec<String> = indices.iter().map(|n| (n.as_u64().unwrap() + 1).to_string()).collect();
    let people = format!("(no. {})", people.join(", "));
    assert!(said.out.contains("Accepted.") && said.out.contains("receipt"), "{}", said.out);
    let log = home.run(&["log"]);
    let flat = log.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "3 of 40 ratings",
        &people,
        "“Beta”",
        "They accepted it, and signed a receipt.",
        "A dry run: nothing was shown. Looked at what would be shown to “Beta”",
        "what was approved before is not what would be shown now.",
        "what was approved is the answer to another question.",
        "what was approved is nothing that this wallet offered.",
    ] {
        assert!(flat.contains(part), "{part}: {}", log.out);
    }
    assert!(!flat.contains("Declined"), "nobody said no: {}", log.out);
    for line in log.out.lines().filter(|line| line.contains(". 20")) {
        assert!(line.contains(" UTC "), "times have their zone: {line}");
    }
}

//= spec/text/codes.md#REQ-CODE-1
//= type=test
//# A program MUST end with the exit status of the first reason, and print the code with the sentence.
//= spec/text/programs.md#REQ-PROGRAM-1
//= type=test
//# `exit` MUST be the status with which the program ends
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_has_its_own_exit_status_and_nothing_to_show_shows_nothing() {
    let node = Node::start(5).await;
    let home = Home::new();
    home.run(&["receive", &node.offer().to_string(), "--code", CODE]);
    let link =
        node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id()).to_string();
    let looked = home.run(&["present", &link, "--dry-run", "--json"]).envelope();
    let digest = looked["data"]["approve"].as_str().unwrap();
    // From here on the verifier trusts somebody else.
    node.set(|script| script.market = Market::new("mall"));
    node.set(|script| script.market.issuer = other_issuer());
    let said = home.run(&["present", &link, "--approve", digest, "--json"]);
    assert_eq!((said.code, said.code_of_error().as_str()), (6, "trust.untrusted"));
    assert_eq!(
        (&said.envelope()["exit"], &said.envelope()["ok"]),
        (&serde_json::json!(6), &serde_json::json!(false))
    );
    assert_eq!(said.envelope()["data"]["decision"]["outcome"], "refused");

    let link =
        node.request(Query::standing("mall".parse().unwrap()).unwrap(), node.host.peer_id()).to_string();
    node.asked();
    let said = home.run(&["present", &link, "--dry-run"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(said.err.contains("nothing was shown") && said.err.contains("query.nothing"), "{}", said.err);
    assert_eq!(node.asked().0, names(&["fetch"]), "a refusal looks like not having it");
    let log = home.run(&["log", "--limit", "1"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        log.contains("A dry run: nothing would be shown to “Beta”") && log.contains("(query.nothing)"),
        "{log}"
    );
    let link = node.request(Query::ratings("shop".parse().unwrap(), 200).unwrap(), node.host.peer_id());
    let said = home.run(&["present", &link.to_string(), "--dry-run"]);
    assert!(said.err.contains("they ask for 200 ratings, you hold 5"), "{}", said.err);
}

fn other_issuer() -> faam_issuer::Issuer {
    use rand::SeedableRng as _;
    let secrets = faam_issuer::Secrets::random(&mut rand::rngs::StdRng::seed_from_u64(99));
    let profile =
        faam_issuer::Profile { market: "mall".parse().unwrap(), epoch: faam_spec::time::EpochLength::WEEK };
    faam_issuer::Issuer::new(profile, secrets)
}

//= spec/text/link.md#REQ-LINK-10
//= type=test
//# A wallet MUST NOT log a link's capability.
//= spec/text/programs.md#REQ-PROGRAM-3
//= type=test
//# capabilities that were not used, session codes that were not just made) MUST NOT stand in it
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_links_capability_is_in_no_log() {
    let node = Node::start(5).await;
    let home = Home::new();
    let offer = node.offer();
    let request = node.request(Query::standing("shop".parse().unwrap()).unwrap(), node.host.peer_id());
    let traced = |args: &[&str]| {
        let output = home.command(args).env("FAAM_LOG", "trace").output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let [_, traces] = traced(&["receive", &offer.to_string(), "--code", CODE]);
    assert!(traces.contains("connected"), "{traces}");
    let said = [
        traces,
        traced(&["present", &request.to_string(), "--dry-run"]).concat(),
        traced(&["log"]).concat(),
        traced(&["log", "--json"]).concat(),
    ];
    for said in said {
        for link in [&offer, &request] {
            let secret = link.capability();
            assert!(!said.contains(&secret.to_string()), "{said}");
            assert!(!said.contains(&faam_spec::encoding::b64(secret.as_bytes())), "{said}");
        }
    }
}
