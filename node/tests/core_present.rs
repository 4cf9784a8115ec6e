//! `/faam/present/1` without a network: one request, one decision, and what a crash or a thief changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Wallet, alpha, peer};
use faam_node::core::{Change, CoreError, NamedPolicy, RequestState, RequestTerms, Storage as _, Table};
use faam_spec::decision::Outcome;
use faam_spec::link::LinkKind;
use faam_spec::offer::Offer;
use faam_spec::presentation;
use faam_spec::query::Query;
use faam_spec::reason::Reason;
use faam_spec::receipt::Receipt;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk};
use proptest::prelude::*;

/// A market, a verifier that believes it, and a wallet with what the market offered.
fn three() -> (Node, Node, Wallet, Offer) {
    let mut market = Node::market();
    let verifier = Node::verifier(&market);
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let received = wallet.receive(&mut market, &offer);
    (market, verifier, wallet, received)
}

fn decided(state: Option<RequestState>) -> faam_spec::decision::DecisionDocument {
    match state {
        Some(RequestState::Decided { decision, .. }) => *decision,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_presentation_becomes_a_decision_with_a_receipt() {
    let (_, mut verifier, wallet, held) = three();
    let request = verifier.request();
    assert_eq!(request.link.kind(), LinkKind::Present);
    assert!(matches!(verifier.state(request.id), Some(RequestState::Open { .. })));
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    assert_eq!(signed.digest(), request.id);
    assert_eq!(&signed.request().verifier, request.link.did());
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Accepted, "{:?}", told.decision.reasons);
    let receipt = Receipt::open(&told.receipt, &signed, &bytes, &Default::default(), verifier.now).unwrap();
    assert_eq!(receipt.outcome, Outcome::Accepted);
    let decision = decided(verifier.state(request.id));
    assert_eq!(decision.facts[0].numbers.total.all.ratings, 3);
}

#[test]
fn whoever_is_not_believed_is_told_of_in_each_language() {
    let market = Node::market();
    let mut verifier = Node::verifier(&market);
    // Another issuer under the same name.
    let mut other = Node::new(7, Some("alpha"), Vec::new());
    other.apply(&(0..3).map(|n| common::rating(n, "7")).collect::<Vec<_>>());
    let (offer, wallet) = (other.offer(), Wallet::new(1));
    let held = wallet.receive(&mut other, &offer);
    let request = verifier.request();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
    assert_eq!(told.decision.reasons[0].code, Reason::Untrusted);
    // And after a restart.
    verifier.restart();
    let Some(RequestState::Decided { hint, hint_nl, .. }) = verifier.state(request.id) else { panic!() };
    let (english, dutch) = (hint.unwrap(), hint_nl.unwrap());
    let issuer = market.issuer().to_string();
    assert!(english.contains("nearest trust entry") && english.contains(&issuer[..16]), "{english}");
    assert!(
        !dutch.contains("nearest") && dutch.contains(&issuer[..16]) && dutch.contains("alpha"),
        "{dutch}"
    );
}

//= spec/text/wire.md#REQ-WIRE-7
//= type=test
//# A node MUST judge one presentation for each request, whatever the outcome, and keep the decision before it
//# tells it. The same presentation sent again gets the same outcome; any other is `request.used`.
#[test]
fn a17_a_request_is_answered_once_and_the_same_answer_gets_the_same_reply() {
    let (_, mut verifier, wallet, held) = three();
    let request = verifier.request();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
    // The reply was lost: the wallet comes again, under another name, even after a restart.
    for _ in 0..2 {
        assert_eq!(wallet.again(1).present(&mut verifier, &request, &bytes).unwrap(), told);
        verifier.restart();
    }
    verifier.pass(1);
    let other = wallet.answer(&held, &signed, verifier.now);
    assert_ne!(other, bytes);
    assert_eq!(wallet.present(&mut verifier, &request, &other), Err(Reason::NonceUsed));
    assert_eq!(wallet.fetch_request(&mut verifier, &request).unwrap_err(), Reason::NonceUsed);
    assert_eq!(verifier.store.count(Table::NONCES), 1);
}

#[test]
fn a17_an_answer_to_another_request_is_refused_and_ends_the_request() {
    let (_, mut verifier, wallet, held) = three();
    let (first, second) = (verifier.request(), verifier.request());
    let signed = wallet.fetch_request(&mut verifier, &first).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let told = wallet.present(&mut verifier, &second, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Refused);
    assert_eq!(told.decision.reasons[0].code, Reason::KeyBindingNonce);
    assert_eq!(wallet.fetch_request(&mut verifier, &second).unwrap_err(), Reason::NonceUsed);
    // The first is as it was.
    let told = wallet.present(&mut verifier, &first, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Accepted);
}

//= spec/text/wire.md#REQ-WIRE-7
//= type=test
//# keep the decision before it tells it
#[test]
fn a17_nonce_and_decision_are_stored_together_or_not_at_all() {
    let (_, mut verifier, wallet, held) = three();
    let request = verifier.request();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    verifier.store.good_commits.set(Some(0));
    assert_eq!(wallet.present(&mut verifier, &request, &bytes), Err(Reason::NetBusy));
    assert!(verifier.core.is_stopped());
    assert_eq!(wallet.fetch_request(&mut verifier, &request).unwrap_err(), Reason::NetBusy);

    verifier.restart();
    assert!(matches!(verifier.state(request.id), Some(RequestState::Open { .. })));
    let before = verifier.store.commits.get();
    let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Accepted);
    assert_eq!(verifier.store.commits.get(), before + 1, "one commit for everything");
}

//= spec/text/wire.md#REQ-WIRE-8
//= type=test
//# A question that reached the node under another PeerId than the request names MUST be refused
//# (`request.peer`).
#[test]
fn a45_a_node_that_is_not_the_one_in_the_request_takes_no_answer() {
    let (_, mut verifier, wallet, held) = three();
    let request = verifier.request();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    assert_eq!(signed.request().peer(), Some(verifier.peer()));
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let ask = PresentAsk::Answer {
        capability: request.link.capability(),
        bytes: bytes.len() as u64,
        hash: presentation::hash(&bytes),
        page: 0,
    };
    let payload = Message { head: ask, body: bytes }.encode().unwrap();
    let answer = verifier.raw_present(wallet.peer, peer(77), &payload);
    let message: Message<PresentAnswer> = Message::decode(&answer).unwrap();
    assert_eq!(message.head, PresentAnswer::Refused { code: Reason::RequestPeer });
}

#[test]
fn a45_a_presentation_relayed_to_another_verifier_is_refused() {
    let (market, mut verifier, wallet, held) = three();
    // The other verifier asks the same, and relays what it got.
    let mut relay = Node::verifier_named(3, &market);
    let wanted = verifier.request();
    let bait = relay.request();
    let signed = wallet.fetch_request(&mut relay, &bait).unwrap();
    let bytes = wallet.answer(&held, &signed, relay.now);
    let told = wallet.present(&mut verifier, &wanted, &bytes).unwrap();
    assert_eq!(told.decision.outcome, Outcome::Refused);
    assert_eq!(told.decision.reasons[0].code, Reason::KeyBindingAudience);
}

//= spec/text/wire.md#REQ-WIRE-9
//= type=test
//# nothing MUST be said but `offer.unknown` or `request.unknown`
#[test]
fn requests_expire_and_answers_are_deleted_when_it_was_said() {
    let (_, mut verifier, wallet, held) = three();
    let (late, answered) = (verifier.request(), verifier.request());
    let signed = wallet.fetch_request(&mut verifier, &answered).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    wallet.present(&mut verifier, &answered, &bytes).unwrap();

    verifier.pass(600);
    assert_eq!(wallet.fetch_request(&mut verifier, &late).unwrap_err(), Reason::RequestExpired);
    assert_eq!(wallet.present(&mut verifier, &late, b"{}"), Err(Reason::RequestExpired));
    assert_eq!(verifier.state(late.id), Some(RequestState::Expired));
    verifier.tick().unwrap();
    assert_eq!(verifier.store.count(Table::NONCES), 0, "an expired request needs no nonce");

    verifier.pass(86_400);
    verifier.tick().unwrap();
    assert_eq!(verifier.state(late.id), None);
    assert_eq!(wallet.fetch_request(&mut verifier, &late).unwrap_err(), Reason::RequestUnknown);
    assert_eq!(decided(verifier.state(answered.id)).outcome, Outcome::Accepted);

    verifier.pass(29 * 86_400);
    assert_eq!(verifier.state(answered.id), None);
    verifier.tick().unwrap();
    assert_eq!((verifier.store.count(Table::REQUESTS), verifier.store.count(Table::DECISIONS)), (0, 0));
}

#[test]
fn a40_what_was_seen_is_remembered_over_restarts() {
    let (mut market, mut verifier, wallet, old) = three();
    // A week later the market publishes again, and the wallet has both.
    market.pass(7 * 86_400);
    verifier.pass(7 * 86_400);
    let offer = market.offer();
    let new = wallet.receive(&mut market, &offer);
    assert_ne!(old.record, new.record);
    let show = |verifier: &mut Node, held: &Offer| {
        let request = verifier.request();
        let signed = wallet.fetch_request(verifier, &request).unwrap();
        let bytes = wallet.answer(held, &signed, verifier.now);
        wallet.present(verifier, &request, &bytes).unwrap().decision
    };
    assert_eq!(show(&mut verifier, &new).outcome, Outcome::Accepted);
    assert_eq!(verifier.store.count(Table::KNOWN_RECORDS), 1);
    verifier.restart();
    // The old one is of the previous epoch, which is still taken; two weeks later it is not.
    assert_eq!(show(&mut verifier, &old).outcome, Outcome::Accepted);
    assert_eq!(verifier.store.count(Table::KNOWN_RECORDS), 2);
    verifier.pass(7 * 86_400);
    verifier.restart();
    let refused = show(&mut verifier, &old);
    assert_eq!((refused.outcome, refused.reasons[0].code), (Outcome::Refused, Reason::EpochStale));
    // One that never saw the newer record cannot know, and says that it does not.
    let mut fresh = Node::verifier(&market);
    fresh.now = verifier.now;
    assert_eq!(show(&mut fresh, &old).outcome, Outcome::Undecided);
}

#[test]
fn a_large_presentation_comes_in_pages_and_starts_again_after_a_restart() {
    let (_, mut verifier, wallet, _) = three();
    let request = verifier.request();
    let bytes = vec![b' '; 200 * 1024];
    assert_eq!(wallet.send_page(&mut verifier, &request, &bytes, 0), Ok(None));
    assert_eq!(wallet.again(1).send_page(&mut verifier, &request, &bytes, 1), Ok(None));
    verifier.restart();
    // Pages are in memory alone; what is sent again is taken again.
    let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
    assert_eq!(
        (told.decision.outcome, told.decision.reasons[0].code),
        (Outcome::Refused, Reason::MalformedJson)
    );
}

//= spec/text/wire.md#REQ-WIRE-6
//= type=test
//# The node MUST compare `bytes` and `hash` with what arrived before it judges
#[test]
fn a47_announced_sizes_are_compared_before_anything_is_kept() {
    let (_, mut verifier, wallet, _) = three();
    let request = verifier.request();
    let mut send = |bytes: u64, page: u32, body: &[u8]| {
        let hash = presentation::hash(body);
        let ask = PresentAsk::Answer { capability: request.link.capability(), bytes, hash, page };
        verifier.on_present(wallet.peer, ask, body).0
    };
    let refused = |code| PresentAnswer::Refused { code };
    // Not a number that JSON readers agree on.
    assert_eq!(send(u64::MAX, 0, b"x"), refused(Reason::WireMessage));
    assert_eq!(send((1 << 53) - 1, 0, b"x"), refused(Reason::TooLarge));
    assert_eq!(send(5 << 20, 0, b"x"), refused(Reason::TooLarge));
    assert_eq!(send(2, 0, b"x"), refused(Reason::WireMessage));
    assert_eq!(send(1, u32::MAX, b"x"), refused(Reason::WireMessage));
    assert_eq!(send(0, 0, b"x"), refused(Reason::WireMessage));
    // One byte is a presentation, if not a good one.
    assert_eq!(send(1, 0, b"x"), PresentAnswer::Decided);
}

//= spec/text/local-api.md#REQ-API-7
//= type=test
//# The node MUST believe some issuer of the market for what is asked, by a `[[trust]]` entry of its
//# configuration, or the request is not made (`trust.untrusted`, 422).
#[test]
fn a81_a_request_that_nobody_could_answer_believably_is_not_made() {
    let (market, mut verifier, ..) = three();
    let beta = Query::standing("beta".parse().unwrap()).unwrap();
    let refused = verifier.try_request(beta).unwrap_err();
    assert_eq!(refused.reason(), Reason::Untrusted);
    assert!(refused.to_string().contains("an issuer of beta"), "{refused}");
    let mut nobody = Node::new(9, None, Vec::new());
    let refused = nobody.try_request(Query::ratings(alpha(), 1).unwrap()).unwrap_err();
    assert!(matches!(refused, CoreError::Unbelieved(_)), "{refused}");
    assert_eq!(nobody.store.count(Table::REQUESTS), 0);
    assert!(Node::verifier(&market).try_request(Query::complete(alpha()).unwrap()).is_ok());
    // Who is believed can be named, so that nobody shows what somebody else signed.
    let named = verifier.core.name_issuers(Query::standing(alpha()).unwrap()).unwrap();
    assert_eq!(named.ledgers()[0].issuers, [market.issuer()]);
}

#[test]
fn requests_are_made_within_bounds() {
    let (_, mut verifier, ..) = three();
    let query = Query::standing(alpha()).unwrap();
    verifier.core.set_addresses(Vec::new());
    assert!(matches!(verifier.try_request(query), Err(CoreError::NoAddress)));
    assert_eq!(verifier.store.count(Table::REQUESTS), 0);
    let unknown = Wallet::new(1);
    let nobody = PresentAsk::Fetch { capability: faam_spec::hash::Capability::from_bytes([0; 16]) };
    let answer = verifier.on_present(unknown.peer, nobody, b"").0;
    assert_eq!(answer, PresentAnswer::Refused { code: Reason::RequestUnknown });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a47_random_answers_never_panic(body in proptest::collection::vec(any::<u8>(), 0..256)) {
        let market = Node::market();
        let (mut verifier, wallet) = (Node::verifier(&market), Wallet::new(1));
        let request = verifier.request();
        let told = wallet.present(&mut verifier, &request, &body).unwrap();
        prop_assert_eq!(told.decision.outcome, Outcome::Refused);
    }

    #[test]
    fn a_changed_presentation_is_never_accepted(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (_, mut verifier, wallet, held) = three();
        let request = verifier.request();
        let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
        let mut bytes = wallet.answer(&held, &signed, verifier.now);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let told = wallet.present(&mut verifier, &request, &bytes).unwrap();
        prop_assert_ne!(told.decision.outcome, Outcome::Accepted, "bit {} of byte {}", bit, at);
    }
}

//= spec/text/verifying.md#REQ-VERIFY-18
//= type=test
//# A fork that was shown MUST be remembered with both records, and no record of that market from the fork's
//# first epoch on MUST be accepted again.
#[test]
fn a34_a_fork_is_remembered_with_both_records_over_restarts() {
    let (mut market, mut verifier, wallet, first) = three();
    let show = |verifier: &mut Node, held: &Offer| {
        let request = verifier.request();
        let signed = wallet.fetch_request(verifier, &request).unwrap();
        let bytes = wallet.answer(held, &signed, verifier.now);
        wallet.present(verifier, &request, &bytes).unwrap();
        decided(verifier.state(request.id))
    };
    assert_eq!(show(&mut verifier, &first).outcome, Outcome::Accepted);
    // In the next epoch it shows one record to some and another to others.
    let old = market.store.copy();
    for node in [&mut market, &mut verifier] {
        node.pass(7 * 86_400);
    }
    let offer = market.offer();
    let one = wallet.receive(&mut market, &offer);
    market.store = old;
    market.restart();
    market.apply(&[common::rating(20, "7")]);
    let offer = market.offer();
    let other = wallet.receive(&mut market, &offer);
    assert_ne!(one.record, other.record);

    assert_eq!(show(&mut verifier, &one).outcome, Outcome::Accepted);
    let told = show(&mut verifier, &other);
    assert_eq!((told.outcome, told.reasons[0].code), (Outcome::Refused, Reason::EpochForked));
    assert_eq!(told.conflict, [other.record.clone(), one.record.clone()]);
    assert_eq!(verifier.store.count(Table::FORKS), 1);
    // From then on neither branch counts, and what is told is evidence each time.
    for _ in 0..2 {
        for held in [&one, &other] {
            let told = show(&mut verifier, held);
            assert_eq!((told.outcome, told.reasons[0].code), (Outcome::Refused, Reason::EpochForked));
            assert_eq!(told.conflict, [other.record.clone(), one.record.clone()]);
        }
        verifier.restart();
    }
    assert_eq!(verifier.store.count(Table::FORKS), 1);
    // The epoch before is in both of them.
    assert_eq!(show(&mut verifier, &first).outcome, Outcome::Accepted);
    // One that saw only one branch cannot know.
    let mut fresh = Node::verifier(&market);
    fresh.now = verifier.now;
    assert_eq!(show(&mut fresh, &other).outcome, Outcome::Accepted);
}

//= spec/text/local-api.md#REQ-API-8
//= type=test
//# Where a request names a policy that is not stored, nothing MUST be judged (`store.damaged`)
#[test]
fn a62_a_policy_that_was_taken_out_of_the_store_is_not_done_without() {
    let (_, mut verifier, wallet, held) = three();
    let query = Query::standing(alpha()).unwrap();
    let terms = RequestTerms { purpose: "To rent out a flat".into(), retention_days: 30, query, life: 600 };
    let policy =
        Some(NamedPolicy { name: "rental".parse().unwrap(), policy: faam_verifier::Policy::default() });
    let request = verifier.with(|core, turn| core.create_request_under(turn, terms, policy)).unwrap();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    let bytes = wallet.answer(&held, &signed, verifier.now);
    let (id, kept) = verifier.store.scan(Table::REQUEST_POLICIES).unwrap().remove(0);
    let elsewhere = String::from_utf8(kept.clone()).unwrap().replace("rental", "other");
    for change in [
        Change::delete(Table::REQUEST_POLICIES, id.clone()),
        Change::put(Table::REQUEST_POLICIES, id.clone(), elsewhere),
    ] {
        verifier.store.commit(vec![change]).unwrap();
        assert_eq!(wallet.present(&mut verifier, &request, &bytes), Err(Reason::NetBusy));
        assert!(matches!(verifier.state(request.id), Some(RequestState::Open { .. })), "nothing was judged");
    }
    assert_eq!(CoreError::Damaged("it").reason(), Reason::StoreDamaged);
    verifier.store.commit(vec![Change::put(Table::REQUEST_POLICIES, id, kept)]).unwrap();
    assert_eq!(wallet.present(&mut verifier, &request, &bytes).unwrap().decision.outcome, Outcome::Accepted);
}

//= spec/text/local-api.md#REQ-API-21
//= type=test
//# At most 20,000 requests MUST be open at once, and at most 100,000 kept
#[test]
fn a46_decided_requests_leave_room_for_open_ones() {
    let (_, mut verifier, ..) = three();
    verifier.request();
    let (id, row) = verifier.store.scan(Table::REQUEST_ROWS).unwrap().remove(0);
    let open = String::from_utf8(row).unwrap();
    let decided = open.replace("\"told\":false", "\"told\":true,\"delete_by\":1900000000");
    assert_ne!(open, decided);
    let rows = |verifier: &Node, numbers: std::ops::Range<u32>, row: &str| {
        let changes = numbers.map(|number| {
            let mut id = id.clone();
            id[..4].copy_from_slice(&number.to_be_bytes());
            Change::put(Table::REQUEST_ROWS, id, row)
        });
        verifier.store.commit(changes.collect()).unwrap();
    };
    let ask = |verifier: &mut Node| verifier.try_request(Query::standing(alpha()).unwrap());
    rows(&verifier, 1..25_000, &decided);
    ask(&mut verifier).unwrap();
    rows(&verifier, 25_000..45_000, &open);
    verifier.pass(61);
    assert!(matches!(ask(&mut verifier), Err(CoreError::TooMany(_))));
    // They are over after 10 minutes.
    verifier.pass(600);
    ask(&mut verifier).unwrap();
    rows(&verifier, 45_000..100_100, &decided);
    let refused = ask(&mut verifier).unwrap_err();
    assert!(matches!(refused, CoreError::TooManyKept(100_000)), "{refused}");
}
