//! What whoever has a link, or none, could try at the desk: messages in, answers out, without a network.

use std::time::Duration;

use faam_node::core::PeerInfo;
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::SigningKey;
use faam_spec::limits::{MAX_PRESENTATION_BYTES, PAGE_BYTES};
use faam_spec::peer::PeerId;
use faam_spec::presentation;
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome};
use faam_verifier::{AnyRole, Roles, StatementType, TrustEntry};
use faam_wallet::ask::desk::{Desk, DeskEvent};
use faam_wallet::ask::{AskError, AskTerms, Preset, make, trust_text};
use faam_wallet::present::{Pick, Plan};
use faam_wallet::vault::{AskState, AskedAs, KeptAsk, Vault};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::common::{Home, Market, PASSPHRASE, now};
use crate::rated;

fn trust(market: &Market) -> TrustEntry {
    TrustEntry {
        issuer: market.issuer.did().clone(),
        market: "shop".parse().unwrap(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing, StatementType::Private],
        epoch_seconds: market.issuer.profile().epoch,
        frozen_after: None,
    }
}

pub fn terms(market: &Market, retention_days: u32) -> AskTerms {
    AskTerms {
        persona: 0,
        asked_as: AskedAs::Nobody,
        name: "A person".into(),
        purpose: "To lend you my cargo bike".into(),
        retention_days,
        life: 3600,
        query: None,
        policy_name: Some("anyone".into()),
        policy: Preset::Anyone.text().into(),
        trust: trust_text(vec![trust(market)]).unwrap(),
    }
}

/// A question that is kept, with a peer that listens nowhere.
pub fn keep(vault: &Vault, terms: AskTerms, at: Timestamp) -> KeptAsk {
    let made = make(vault, terms, at, &mut OsRng).unwrap();
    let key = SigningKey::from_seed(&made.peer_seed());
    let peer = PeerId::from_public_key(key.verifying_key().to_bytes());
    let address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    made.keep(vault, peer, vec!["/ip4/127.0.0.1/tcp/1".into()], vec![address], at, &mut OsRng).unwrap()
}

pub fn desk(home: &Home) -> Desk {
    Desk::new(&home.dir, Zeroizing::new(PASSPHRASE.as_bytes().to_vec()), Duration::ZERO)
}

/// Somebody who knows a link.
pub struct Caller {
    peer: PeerId,
    capability: Capability,
}

impl Caller {
    pub fn of(ask: &KeptAsk) -> Self {
        let link = ask.link().unwrap();
        Self { peer: link.peer(), capability: link.capability() }
    }

    fn says(
        &self,
        desk: &mut Desk,
        message: Message<PresentAsk>,
        at: Timestamp,
    ) -> (Message<PresentAnswer>, Option<DeskEvent>) {
        let from = PeerInfo { peer: PeerId::from_public_key([9; 32]), local: self.peer };
        let payload = message.encode().unwrap();
        faam_schemas::assert_message("wire-present-wallet", &payload);
        let (answer, event) = desk.answer(from, &payload, at);
        faam_schemas::assert_message("wire-present-node", &answer);
        (Message::decode(&answer).unwrap(), event)
    }

    pub fn fetch(&self, desk: &mut Desk, at: Timestamp) -> Result<String, Reason> {
        let (answer, _) =
            self.says(desk, Message::new(PresentAsk::Fetch { capability: self.capability }), at);
        match answer.head {
            PresentAnswer::Request => Ok(String::from_utf8(answer.body).unwrap()),
            PresentAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    /// Sends an answer whole, page by page.
    pub fn answer(&self, desk: &mut Desk, bytes: &[u8], at: Timestamp) -> Result<PresentOutcome, Reason> {
        let hash = presentation::hash(bytes);
        for (page, body) in (0..).zip(bytes.chunks(PAGE_BYTES)) {
            match self.page(desk, (bytes.len() as u64, hash), page, body, at).head {
                PresentAnswer::More => {}
                PresentAnswer::Refused { code } => return Err(code),
                PresentAnswer::Decided => break,
                other => panic!("{other:?}"),
            }
        }
        let last = bytes.chunks(PAGE_BYTES).count() - 1;
        let body = &bytes[last * PAGE_BYTES..];
        let told = self.page(desk, (bytes.len() as u64, hash), last as u32, body, at);
        match told.head {
            PresentAnswer::Decided => Ok(serde_json::from_slice(&told.body).unwrap()),
            PresentAnswer::Refused { code } => Err(code),
            other => panic!("{other:?}"),
        }
    }

    fn page(
        &self,
        desk: &mut Desk,
        (bytes, hash): (u64, Hash),
        page: u32,
        body: &[u8],
        at: Timestamp,
    ) -> Message<PresentAnswer> {
        let head = PresentAsk::Answer { capability: self.capability, bytes, hash, page };
        self.says(desk, Message { head, body: body.to_vec() }, at).0
    }
}

/// What the wallet of `home` shows for a request.
pub fn shown(home: &Home, request: &str, at: Timestamp) -> Vec<u8> {
    let vault = home.open();
    let held = vault.held_all().unwrap();
    let request = SignedRequest::open(request, vault.histories(), at).unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, at).unwrap();
    let keys = vault.holder_keys(plan.ledgers()).unwrap();
    plan.build(&keys, at, &mut OsRng).unwrap().to_bytes().unwrap()
}

/// A question, the desk that has it, and an answer that is accepted.
struct Scene {
    asker: Home,
    ask: KeptAsk,
    desk: Desk,
    caller: Caller,
    answer: Vec<u8>,
    at: Timestamp,
}

fn scene() -> Scene {
    let (asked, market) = rated(12);
    let asker = Home::new();
    let at = now();
    let ask = keep(&asker.open(), terms(&market, 9), at);
    let mut desk = desk(&asker);
    desk.look(at).unwrap();
    let caller = Caller::of(&ask);
    let request = caller.fetch(&mut desk, at).unwrap();
    let answer = shown(&asked, &request, at);
    Scene { asker, ask, desk, caller, answer, at }
}

#[test]
fn a17_one_answer_is_judged_and_the_same_one_told_again() {
    let Scene { asker, ask, mut desk, caller, answer, at } = scene();
    let first = caller.answer(&mut desk, &answer, at).unwrap();
    assert_eq!(first.decision.outcome, faam_spec::decision::Outcome::Accepted);
    assert_eq!(caller.answer(&mut desk, &answer, at.plus(5)).unwrap(), first);
    // Also by a desk that was not there.
    let mut other = crate::desk::desk(&asker);
    other.look(at.plus(6)).unwrap();
    assert_eq!(caller.answer(&mut other, &answer, at.plus(6)).unwrap(), first);
    let mut another = answer.clone();
    another.push(b' ');
    assert_eq!(caller.answer(&mut desk, &another, at.plus(7)), Err(Reason::NonceUsed));
    assert_eq!(caller.fetch(&mut desk, at.plus(8)), Err(Reason::NonceUsed));
    let asks = asker.open().asks().unwrap();
    assert!(matches!(&asks[0].state, AskState::Decided(kept) if kept.receipt == first.receipt), "{asks:?}");
    assert_eq!(asks[0].number, ask.number);
}

//= spec/text/asking.md#REQ-ASK-2
//= type=test
//# The peer that takes the answer MUST have a name of its own for each question.
#[test]
fn a45_nothing_is_said_to_whom_no_link_was_given() {
    let Scene { asker, ask, mut desk, answer, at, .. } = scene();
    let (_, market) = rated(1);
    let second = keep(&asker.open(), terms(&market, 9), at);
    desk.look(at).unwrap();
    assert_ne!(ask.link().unwrap().peer(), second.link().unwrap().peer());
    let of =
        |peer: &KeptAsk, capability: Capability| Caller { peer: peer.link().unwrap().peer(), capability };
    // Guessed, and right for another question whose peer this is not.
    for capability in [Capability::from_bytes([7; 16]), second.link().unwrap().capability()] {
        let caller = of(&ask, capability);
        assert_eq!(caller.fetch(&mut desk, at), Err(Reason::RequestUnknown));
        assert_eq!(caller.answer(&mut desk, &answer, at), Err(Reason::RequestUnknown));
    }
    let elsewhere =
        Caller { peer: PeerId::from_public_key([5; 32]), capability: ask.link().unwrap().capability() };
    assert_eq!(elsewhere.fetch(&mut desk, at), Err(Reason::RequestPeer));
    assert_eq!(elsewhere.answer(&mut desk, &answer, at), Err(Reason::RequestPeer));
    assert!(asker.open().asks().unwrap().iter().all(|ask| ask.state == AskState::Open));
}

//= spec/text/asking.md#REQ-ASK-12
//= type=test
//# An asker's wallet MUST refuse to be asked for an erasure over the wire (`wire.message`)
#[test]
fn a72_nobody_erases_at_an_asker_s_desk_over_the_wire() {
    let Scene { asker, ask, mut desk, answer, at, caller, .. } = scene();
    caller.answer(&mut desk, &answer, at).unwrap();
    let proof = faam_spec::hash::Hash::of(b"", &answer);
    let erase = PresentAsk::Erase { capability: caller.capability, proof };
    let (told, _) = caller.says(&mut desk, Message::new(erase), at);
    assert_eq!(told.head, PresentAnswer::Refused { code: Reason::WireMessage });
    let kept = asker.open().asks().unwrap().into_iter().find(|kept| kept.number == ask.number).unwrap();
    assert!(matches!(kept.state, AskState::Decided(_)));
}

#[test]
fn a17_an_answer_to_another_question_is_refused() {
    let Scene { asker, mut desk, answer, at, .. } = scene();
    let (_, market) = rated(1);
    let second = keep(&asker.open(), terms(&market, 9), at);
    desk.look(at).unwrap();
    let told = Caller::of(&second).answer(&mut desk, &answer, at).unwrap();
    assert_eq!(told.decision.outcome, faam_spec::decision::Outcome::Refused);
    // The nonce of the one is not that of the other, whoever asked both.
    assert!(!told.decision.reasons.is_empty());
    let asks = asker.open().asks().unwrap();
    assert_eq!(asks[0].state, AskState::Open, "the first one can be answered still");
}

//= spec/text/asking.md#REQ-ASK-5
//= type=test
//# An answer MUST be judged by the policy and the trust that the question was asked with, and by the newest public artefacts that the
//# wallet has seen since, in what it received and in the answers of others.
#[test]
fn a40_what_was_seen_in_one_answer_counts_in_the_next_and_whom_was_believed_as_it_was() {
    let (first, market) = rated(12);
    // One issuer, and another record of the same epoch.
    let (second, other) = rated(5);
    assert_eq!(market.issuer.did(), other.issuer.did());
    let asker = Home::new();
    let at = now();
    let vault = asker.open();
    let entry = trust(&market);
    vault.believe(&entry, at).unwrap();
    let asks = [keep(&vault, terms(&market, 9), at), keep(&vault, terms(&market, 9), at)];
    // Believed no longer when the answer comes, which is what the next question is asked with.
    vault.disbelieve(&entry.issuer, &entry.market, at).unwrap();
    drop(vault);
    let answered = |wallet: &Home, ask: &KeptAsk| {
        // A program that was started anew, as after a restart.
        let mut desk = desk(&asker);
        desk.look(at).unwrap();
        let caller = Caller::of(ask);
        let request = caller.fetch(&mut desk, at).unwrap();
        caller.answer(&mut desk, &shown(wallet, &request, at), at).unwrap().decision
    };
    assert_eq!(answered(&first, &asks[0]).outcome, faam_spec::decision::Outcome::Accepted);
    let contradicts = answered(&second, &asks[1]);
    assert_eq!(contradicts.outcome, faam_spec::decision::Outcome::Refused);
    assert!(contradicts.reasons.iter().any(|reason| reason.code == Reason::EpochForked), "{contradicts:?}");
}

#[test]
fn a46_floods_of_pages_end_nothing_and_keep_nobody_out() {
    let Scene { asker, mut desk, caller, answer, at, .. } = scene();
    let body = vec![0; PAGE_BYTES];
    let bytes = MAX_PRESENTATION_BYTES as u64;
    for flood in 0..200_u32 {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&flood.to_be_bytes());
        let told = caller.page(&mut desk, (bytes, Hash::from_bytes(hash)), flood % 80, &body, at);
        assert_eq!(told.head, PresentAnswer::More);
    }
    let too_large = caller.page(&mut desk, (bytes + 1, Hash::from_bytes([1; 32])), 0, &body, at);
    assert_eq!(too_large.head, PresentAnswer::Refused { code: Reason::TooLarge });
    // Of another hash than what it is: not judged, so that the question stays open.
    let lying = caller.page(&mut desk, (9, Hash::from_bytes([1; 32])), 0, b"not an an", at);
    assert_eq!(lying.head, PresentAnswer::Refused { code: Reason::WireMessage });
    let (not_a_message, event) =
        desk.answer(PeerInfo { peer: caller.peer, local: caller.peer }, &[0xff; 300], at);
    let not_a_message: Message<PresentAnswer> = Message::decode(&not_a_message).unwrap();
    assert!(matches!(not_a_message.head, PresentAnswer::Refused { .. }) && event.is_none());
    assert_eq!(asker.open().asks().unwrap()[0].state, AskState::Open);
    assert!(caller.answer(&mut desk, &answer, at).is_ok());
}

#[test]
fn bytes_that_are_no_answer_are_judged_once_and_refused() {
    let Scene { asker, mut desk, caller, answer, at, .. } = scene();
    let told = caller.answer(&mut desk, b"{\"vp_token\":", at).unwrap();
    assert_eq!(told.decision.outcome, faam_spec::decision::Outcome::Refused);
    assert_eq!(caller.answer(&mut desk, &answer, at), Err(Reason::NonceUsed), "a link works once");
    assert!(matches!(asker.open().asks().unwrap()[0].state, AskState::Decided(_)));
}

#[test]
fn nothing_is_answered_after_the_end() {
    let Scene { asker, ask, mut desk, caller, answer, at } = scene();
    let end = ask.expires;
    assert!(caller.fetch(&mut desk, end.plus(-1)).is_ok());
    for late in [end, end.plus(1)] {
        assert_eq!(caller.fetch(&mut desk, late), Err(Reason::RequestExpired));
        assert_eq!(caller.answer(&mut desk, &answer, late), Err(Reason::RequestExpired));
    }
    assert_eq!(desk.open_asks(end).count(), 0);
    assert_eq!(desk.open_asks(at).count(), 1);
    let vault = asker.open();
    vault.sweep_asks(end).unwrap();
    assert!(matches!(vault.asks().unwrap()[0].state, AskState::Ended { .. }));
}

//= spec/text/asking.md#REQ-ASK-10
//= type=test
//# While the asker's wallet cannot be opened, a question that may have been taken back MUST NOT be handed out, and no answer is judged
//# (`net.busy`).
#[test]
fn while_the_wallet_is_locked_nothing_is_handed_out_that_may_be_over_and_nothing_is_judged() {
    let Scene { asker, ask, mut desk, caller, answer, at } = scene();
    // Another program has it open: what was asked is as it was, and no answer can be kept.
    let vault = asker.open();
    assert!(caller.fetch(&mut desk, at).is_ok());
    assert_eq!(caller.answer(&mut desk, &answer, at), Err(Reason::NetBusy));
    // It takes the question back, and has the wallet open still.
    vault.revoke_ask(ask.number, at).unwrap();
    assert_eq!(caller.fetch(&mut desk, at), Err(Reason::NetBusy));
    drop(vault);
    desk.look(at).unwrap();
    assert_eq!(caller.fetch(&mut desk, at), Err(Reason::RequestRevoked));
    assert_eq!(caller.answer(&mut desk, &answer, at), Err(Reason::RequestRevoked));
    // Another passphrase, or no wallet any more.
    let Scene { asker, mut desk, caller, at, .. } = scene();
    std::fs::rename(&asker.dir, asker.dir.with_extension("away")).unwrap();
    assert_eq!(caller.fetch(&mut desk, at), Err(Reason::NetBusy));
}

//= spec/text/asking.md#REQ-ASK-9
//= type=test
//# At most 16 questions MUST be open at once
#[test]
fn a46_so_many_questions_are_open_and_no_more() {
    let (_, market) = rated(1);
    let asker = Home::new();
    let (vault, at) = (asker.open(), now());
    for number in 1..=16 {
        assert_eq!(keep(&vault, terms(&market, 9), at).number, number);
    }
    let error = make(&vault, terms(&market, 9), at, &mut OsRng).unwrap_err();
    assert!(matches!(error, AskError::TooMany(_)) && error.reason() == Reason::NetBusy, "{error}");
    vault.revoke_ask(3, at).unwrap();
    assert_eq!(keep(&vault, terms(&market, 9), at).number, 17);
    assert!(make(&vault, terms(&market, 9), at.plus(3600), &mut OsRng).is_ok(), "their time is over");
}

//= spec/text/asking.md#REQ-ASK-4
//= type=test
//# A question MUST NOT be asked that no answer could be believed for, and it names the issuers that are believed, wherever it names none.
#[test]
fn only_what_can_be_believed_is_asked_and_of_whom() {
    let (_, market) = rated(1);
    let asker = Home::new();
    let (vault, at) = (asker.open(), now());
    let nobody = AskTerms { trust: trust_text(Vec::new()).unwrap(), ..terms(&market, 9) };
    let error = make(&vault, nobody, at, &mut OsRng).unwrap_err();
    assert_eq!(error.reason(), Reason::Untrusted);
    let made = make(&vault, terms(&market, 9), at, &mut OsRng).unwrap();
    assert_eq!(made.query().private()[0].issuers, [market.issuer.did().clone()]);
    assert!(vault.asks().unwrap().is_empty(), "nothing is kept before it is known where its peer listens");
}

//= spec/text/asking.md#REQ-ASK-1
//= type=test
//# A question MUST be signed by a key of its own, which is derived under the label of [a question](names.md#keys-of-a-person) and named by
//# its `did:key`, unless the holder wants to be recognised by those who were asked before; then by the identity key of the persona.
#[test]
fn nobody_can_tie_two_questions_unless_the_asker_wants_so() {
    let (_, market) = rated(1);
    let asker = Home::new();
    let (vault, at) = (asker.open(), now());
    let recognised = || AskTerms { asked_as: AskedAs::Persona, ..terms(&market, 9) };
    let asks = [terms(&market, 9), terms(&market, 9), recognised(), recognised()]
        .map(|terms| keep(&vault, terms, at));
    let links = asks.each_ref().map(|ask| ask.link().unwrap());
    let dids = links.each_ref().map(|link| link.did().to_string());
    assert!(dids.iter().all(|did| did.starts_with("did:key:z6Mk")));
    assert_eq!(dids[2], dids[3]);
    let mut different = dids.to_vec();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 3, "{dids:?}");
    let mut peers: Vec<PeerId> = links.iter().map(|link| link.peer()).collect();
    peers.sort();
    peers.dedup();
    assert_eq!(peers.len(), 4);
    // From the phrase and the bytes that were drawn, and from nothing else.
    for (ask, link) in asks.iter().zip(&links) {
        let keys = vault.ask_keys(0, &ask.id, ask.asked_as).unwrap();
        assert_eq!(keys.signer.did(), link.did());
        let key = SigningKey::from_seed(&keys.peer_seed);
        assert_eq!(PeerId::from_public_key(key.verifying_key().to_bytes()), link.peer());
        assert_ne!(vault.ask_keys(1, &ask.id, ask.asked_as).unwrap().signer.did(), link.did());
    }
    // Nor by anything else that is in the request.
    let request = |ask: &KeptAsk| ask.pending["request"].as_str().unwrap().to_owned();
    let opened = SignedRequest::open(&request(&asks[0]), vault.histories(), at).unwrap();
    assert_eq!(opened.request().ask.name, "A person");
}
