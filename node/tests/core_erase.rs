//! Erasure without a network: who can ask for it, what is left, and what a crash, a stranger or a flood changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Wallet, peer};
use faam_node::core::{Delivery, NewRequest, RequestState, Sent, Standing, Storage as _, Table};
use faam_spec::decision::Outcome;
use faam_spec::erasure::{self, Erasure, ErasureState, KeptReason, Shown};
use faam_spec::hash::{Capability, Hash};
use faam_spec::offer::Offer;
use faam_spec::presentation;
use faam_spec::reason::Reason;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk};
use serde_json::Value;

const DAY: i64 = 86_400;

/// A verifier, a wallet, and something that it showed.
struct Scene {
    verifier: Node,
    wallet: Wallet,
    held: Offer,
    request: NewRequest,
    bytes: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        let mut market = Node::market();
        let mut verifier = Node::verifier(&market);
        let (offer, wallet) = (market.offer(), Wallet::new(1));
        let held = wallet.receive(&mut market, &offer);
        let request = verifier.request();
        let bytes = show(&mut verifier, &wallet, &held, &request);
        Self { verifier, wallet, held, request, bytes }
    }

    fn capability(&self) -> Capability {
        self.request.link.capability()
    }

    /// Asks as the wallet does, under a new name.
    fn ask(&mut self, seed: u8) -> Result<Vec<u8>, Reason> {
        let (capability, proof) = (self.capability(), erasure::proof(&self.bytes));
        erase(&mut self.verifier, seed, capability, proof)
    }

    fn open(&self, statement: &[u8]) -> Erasure {
        let verifier = self.request.link.did().clone().into();
        let (request, presentation) = (self.request.id, presentation::hash(&self.bytes));
        let shown = Shown { verifier: &verifier, request, presentation, at: self.verifier.now };
        let text = str::from_utf8(statement).unwrap();
        Erasure::open(text, &shown, &Default::default(), self.verifier.now).unwrap()
    }

    fn state(&mut self) -> Option<RequestState> {
        self.verifier.state(self.request.id)
    }

    fn is_decided(&mut self) -> bool {
        matches!(self.state(), Some(RequestState::Decided { .. }))
    }
}

fn show(verifier: &mut Node, wallet: &Wallet, held: &Offer, request: &NewRequest) -> Vec<u8> {
    let signed = wallet.fetch_request(verifier, request).unwrap();
    let bytes = wallet.answer(held, &signed, verifier.now);
    let told = wallet.present(verifier, request, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Accepted);
    bytes
}

fn erase(node: &mut Node, seed: u8, capability: Capability, proof: Hash) -> Result<Vec<u8>, Reason> {
    match node.on_present(peer(seed), PresentAsk::Erase { capability, proof }, b"") {
        (PresentAnswer::Erasure, body) => Ok(body),
        (PresentAnswer::Refused { code }, _) => Err(code),
        other => panic!("{other:?}"),
    }
}

fn events(node: &mut Node) -> Vec<Delivery> {
    node.with(|core, turn| core.due_events(turn, 10))
}

fn take(node: &mut Node, event: &Delivery) {
    node.with(|core, turn| core.sent(turn, event, &Sent::Taken)).unwrap();
}

/// Whether `text` stands anywhere in what is stored.
fn is_stored(node: &Node, text: &str) -> bool {
    (0..=u8::MAX).any(|table| {
        let rows = node.store.scan(Table(table)).unwrap();
        rows.iter().any(|(_, value)| String::from_utf8_lossy(value).contains(text))
    })
}

//= spec/text/erasure.md#REQ-ERASE-1
//= type=test
//# A node MUST take the bytes that it judged, whatever it made of them.
//= spec/text/erasure.md#REQ-ERASE-3
//= type=test
//# The same question later gets the same statement, byte for byte, until `delete_by`.
#[test]
fn whoever_showed_something_has_it_erased() {
    let mut scene = Scene::new();
    let hash = presentation::hash(&scene.bytes).to_string();
    let facts = "\"numbers\"";
    assert!(scene.is_decided() && is_stored(&scene.verifier, facts));
    scene.verifier.pass(3 * DAY);
    let statement = scene.ask(50).unwrap();
    let told = scene.open(&statement);
    assert_eq!((told.state, told.iat), (ErasureState::Erased, scene.verifier.now));

    // Nothing of it is left but that it was there.
    assert_eq!(scene.verifier.store.count(Table::DECISIONS), 0);
    assert!(!is_stored(&scene.verifier, facts));
    let Some(RequestState::Erased { at, outcome, statement: kept, .. }) = scene.state() else { panic!() };
    assert_eq!((at, outcome), (scene.verifier.now, Outcome::Accepted));
    assert_eq!(kept.as_bytes(), statement);
    let listed = scene.verifier.with(|core, turn| core.list_requests(turn, Some(Standing::Erased), None, 10));
    assert_eq!(listed.unwrap().requests.len(), 1);

    // Told again later, after a restart, and to the same presentation sent again nothing.
    scene.verifier.restart();
    scene.verifier.pass(DAY);
    assert_eq!(scene.ask(51), Ok(statement.clone()));
    let (wallet, bytes) = (scene.wallet.again(1), scene.bytes.clone());
    assert_eq!(wallet.present(&mut scene.verifier, &scene.request, &bytes), Err(Reason::NonceUsed));
    assert_eq!(wallet.fetch_request(&mut scene.verifier, &scene.request).unwrap_err(), Reason::NonceUsed);

    // When its time is over there is nothing at all.
    scene.verifier.live(27 * DAY);
    assert_eq!(scene.ask(52), Err(Reason::RequestUnknown));
    assert_eq!(scene.state(), None);
    assert!(!is_stored(&scene.verifier, &hash));
}

#[test]
fn what_was_refused_is_erased_too() {
    let mut scene = Scene::new();
    let request = scene.verifier.request();
    let told = scene.wallet.present(&mut scene.verifier, &request, b"{\"v\":0}").unwrap();
    assert_eq!(told.decision.outcome, Outcome::Refused);
    let proof = erasure::proof(b"{\"v\":0}");
    assert!(erase(&mut scene.verifier, 50, request.link.capability(), proof).is_ok());
    let state = scene.verifier.state(request.id);
    assert!(matches!(state, Some(RequestState::Erased { outcome: Outcome::Refused, .. })), "{state:?}");
    assert!(scene.is_decided(), "the other one is as it was");
}

//= spec/text/erasure.md#REQ-ERASE-2
//= type=test
//# A capability that is not known, a request that was not answered and a proof that is not right MUST be refused alike
//# (`request.unknown`), and nothing is changed.
#[test]
fn a72_strangers_erase_nothing_and_learn_nothing() {
    let mut scene = Scene::new();
    let open = scene.verifier.request();
    let second = scene.verifier.request();
    let other = {
        let (wallet, held) = (&scene.wallet, &scene.held);
        show(&mut scene.verifier, wallet, held, &second)
    };
    let before = scene.verifier.store.copy();
    let (right, mine) = (scene.capability(), erasure::proof(&scene.bytes));
    let nothing = Hash::from_bytes([0; 32]);
    let attempts = [
        // Who saw the link.
        (right, nothing),
        // Who was shown the receipt, which names request and presentation.
        (right, presentation::hash(&scene.bytes)),
        (right, scene.request.id),
        // Who showed something else there.
        (right, erasure::proof(&other)),
        (second.link.capability(), mine),
        // Before an answer, and for nothing.
        (open.link.capability(), mine),
        (open.link.capability(), nothing),
        (Capability::from_bytes([1; 16]), mine),
    ];
    for (capability, proof) in attempts {
        assert_eq!(erase(&mut scene.verifier, 60, capability, proof), Err(Reason::RequestUnknown));
    }
    // One bit.
    for at in [0, 17, 31] {
        let mut bytes = *mine.as_bytes();
        bytes[at] ^= 1;
        let proof = Hash::from_bytes(bytes);
        assert_eq!(erase(&mut scene.verifier, 60, right, proof), Err(Reason::RequestUnknown));
    }
    assert!(scene.verifier.store.is_as(&before), "nothing was changed");
    assert!(scene.is_decided());
}

#[test]
fn a72_a_flood_of_wrong_questions_writes_nothing() {
    let mut scene = Scene::new();
    let (right, commits) = (scene.capability(), scene.verifier.store.commits.get());
    for n in 0..2_000_u32 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        let asked = erase(&mut scene.verifier, 60, right, Hash::from_bytes(bytes));
        assert_eq!(asked, Err(Reason::RequestUnknown));
    }
    assert_eq!(scene.verifier.store.commits.get(), commits);
    // And of right ones, one writes.
    let first = scene.ask(50).unwrap();
    assert_eq!(scene.verifier.store.commits.get(), commits + 1);
    for _ in 0..500 {
        assert_eq!(scene.ask(51).as_ref(), Ok(&first));
    }
    assert_eq!(scene.verifier.store.commits.get(), commits + 1);
}

#[test]
fn a47_a_question_with_a_body_or_elsewhere_is_refused() {
    let mut scene = Scene::new();
    let (capability, proof) = (scene.capability(), erasure::proof(&scene.bytes));
    let ask = PresentAsk::Erase { capability, proof };
    let (head, _) = scene.verifier.on_present(peer(50), ask.clone(), b"more");
    assert_eq!(head, PresentAnswer::Refused { code: Reason::WireMessage });
    // Whoever was reached under another name is somebody else.
    let question = Message::new(ask).encode().unwrap();
    let answer = scene.verifier.raw_present(peer(50), peer(77), &question);
    let answer: Message<PresentAnswer> = Message::decode(&answer).unwrap();
    assert_eq!(answer.head, PresentAnswer::Refused { code: Reason::RequestPeer });
    assert!(scene.is_decided());
}

//= spec/text/erasure.md#REQ-ERASE-3
//= type=test
//# What was shown MUST be erased, and the statement and the event about it be stored, in one commit before the statement
//# leaves.
#[test]
fn a65_erased_and_told_or_neither() {
    let mut scene = Scene::new();
    scene.verifier.with(|core, _| core.set_webhook(true));
    scene.verifier.store.good_commits.set(Some(0));
    assert_eq!(scene.ask(50), Err(Reason::NetBusy));
    scene.verifier.restart();
    assert!(scene.is_decided(), "nothing was erased");
    scene.verifier.with(|core, _| core.set_webhook(true));
    let before = scene.verifier.store.commits.get();
    // Stored, and the answer lost with the process.
    let statement = scene.ask(51).unwrap();
    assert_eq!(scene.verifier.store.commits.get(), before + 1);
    scene.verifier.restart();
    scene.verifier.with(|core, _| core.set_webhook(true));
    assert_eq!(scene.ask(52), Ok(statement));
    let told = events(&mut scene.verifier);
    assert_eq!(told.len(), 1, "and told of once");
}

#[test]
fn the_service_behind_is_told_under_an_id_of_its_own() {
    let mut scene = Scene::new();
    scene.verifier.with(|core, _| core.set_webhook(true));
    let request = scene.verifier.request();
    let bytes = {
        let (wallet, held) = (&scene.wallet, &scene.held);
        show(&mut scene.verifier, wallet, held, &request)
    };
    // The decision was not taken yet.
    let proof = erasure::proof(&bytes);
    erase(&mut scene.verifier, 50, request.link.capability(), proof).unwrap();
    let told = events(&mut scene.verifier);
    let bodies: Vec<Value> = told.iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect();
    let kind = |kind: &str| bodies.iter().position(|body| body["type"] == kind).unwrap();
    let (decided, erased) = (kind("request.decided"), kind("request.erased"));
    assert_eq!(told.len(), 2);
    assert_eq!(told[decided].id, format!("msg_{}", request.id));
    assert_eq!(told[erased].id, format!("msg_{}", presentation::hash(&bytes)));
    let data = &bodies[erased]["data"];
    assert_eq!((&data["id"], &data["state"]), (&bodies[decided]["data"]["id"], &"erased".into()));
    assert!(data.get("outcome").is_none() && data.get("code").is_none());
    // One that was taken leaves the other.
    take(&mut scene.verifier, &told[erased]);
    assert_eq!(scene.verifier.store.count(Table::OUTBOX), 1);
    take(&mut scene.verifier, &told[decided]);
    assert_eq!(scene.verifier.store.count(Table::OUTBOX), 0);
}

#[test]
fn who_has_to_keep_it_says_why_and_until_when() {
    let mut scene = Scene::new();
    scene.verifier.with(|core, _| {
        core.set_webhook(true);
        core.set_kept(Some(KeptReason::LegalObligation));
    });
    scene.verifier.pass(DAY);
    let statement = scene.ask(50).unwrap();
    let told = scene.open(&statement);
    assert_eq!((told.state, told.reason), (ErasureState::Kept, Some(KeptReason::LegalObligation)));
    let Some(RequestState::Decided { delete_by, erasure: Some(kept), .. }) = scene.state() else { panic!() };
    assert_eq!((Some(delete_by), kept.as_bytes()), (told.until, &statement[..]));
    let event = &events(&mut scene.verifier)[0];
    assert!(event.body.contains("\"request.kept\"") && event.body.contains("\"decided\""), "{}", event.body);
    assert_eq!(scene.ask(51), Ok(statement));
    // Its time is over all the same.
    take(&mut scene.verifier, &event.clone());
    scene.verifier.live(29 * DAY + 60);
    scene.verifier.tick().unwrap();
    assert_eq!(scene.state(), None);
    assert_eq!(scene.verifier.store.count(Table::DECISIONS), 0);
}

#[test]
fn what_an_older_program_stored_cannot_be_asked_about_and_ends_in_time() {
    let mut scene = Scene::new();
    let id = *scene.capability().as_bytes();
    let bytes = scene.verifier.store.get(Table::REQUESTS, &id).unwrap().unwrap();
    let mut stored: Value = serde_json::from_slice(&bytes).unwrap();
    stored["answered"].as_object_mut().unwrap().remove("erasure").unwrap();
    let change = faam_node::core::Change::put(Table::REQUESTS, id, serde_json::to_vec(&stored).unwrap());
    scene.verifier.store.commit(vec![change]).unwrap();
    assert_eq!(scene.ask(50), Err(Reason::RequestUnknown));
    assert!(scene.is_decided());
    scene.verifier.live(30 * DAY + 60);
    scene.verifier.tick().unwrap();
    assert_eq!(scene.state(), None);
}
