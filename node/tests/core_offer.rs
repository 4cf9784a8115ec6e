//! `/faam/offer/1` without a network: who gets an offer, once, and what a crash or a thief changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Ready, Wallet, rating, ready};
use faam_node::core::{Closing, CoreError, Table};
use faam_spec::hash::{Capability, Hash};
use faam_spec::key::Jwk;
use faam_spec::ledger::Ledger;
use faam_spec::limits::{MAX_CODE_TRIES, REBIND_SECONDS};
use faam_spec::link::{Link, LinkKind};
use faam_spec::offer::HeldHead;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, OfferAnswer, OfferAsk};
use proptest::prelude::*;

#[test]
fn an_offer_brings_everything_to_the_wallet_once() {
    let mut market = Node::market();
    let offer = market.offer();
    let link: Link = offer.link.to_string().parse().unwrap();
    assert_eq!((link.kind(), link.did(), link.peer()), (LinkKind::Offer, &market.issuer(), market.peer()));
    let received = Wallet::new(1).receive(&mut market, &offer);
    let records = received.entries.into_iter().map(|entry| entry.record);
    assert_eq!(Ledger::replay(received.ledger, records).unwrap().live().count(), 3);
    assert_eq!(market.store.count(Table::OFFER_PAGES), 0, "pages are not kept when the offer is taken");
}

//= spec/text/offer.md#REQ-OFFER-32
//= type=test
//# `commit` with the offer's hash MUST use the offer up. Afterwards `commit` of the same transfer is answered
//# again with `done`, everything else with `offer.used`.
#[test]
fn a32_an_offer_cannot_be_taken_twice() {
    let mut market = Node::market();
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let code = offer.code.reveal();
    let taken = wallet.redeem(&mut market, &offer, &code).unwrap();
    wallet.commit(&mut market, &taken).unwrap();
    for who in [&wallet, &wallet.again(1), &Wallet::new(2)] {
        assert_eq!(who.open(&mut market, &offer), Err(Reason::OfferUsed));
        let ask = who.ask(&market, &offer, &code, "", None);
        assert_eq!(ready(market.on_offer(who.peer, ask).0), Err(Reason::OfferUsed));
        assert_eq!(who.page(&mut market, taken.transfer, 0), Err(Reason::OfferUsed));
        // A lost reply is harmless: the same commit is answered as before.
        assert_eq!(who.commit(&mut market, &taken), Ok(()));
    }
    let other = Ready { hash: faam_spec::offer::hash(b"another"), ..taken };
    assert_eq!(wallet.commit(&mut market, &other), Err(Reason::OfferUsed), "and nothing but the same commit");
    market.restart();
    assert_eq!(wallet.open(&mut market, &offer), Err(Reason::OfferUsed));
    assert_eq!(wallet.commit(&mut market, &taken), Ok(()));
}

//= spec/text/offer.md#REQ-OFFER-30
//= type=test
//# A node MUST keep an offer for the first holder key that redeems it with the right code (another one is
//# `offer.holder`).
#[test]
fn a32_another_wallet_cannot_take_an_offer_that_was_begun() {
    let mut market = Node::market();
    let (offer, wallet, other) = (market.offer(), Wallet::new(1), Wallet::new(2));
    let code = offer.code.reveal();
    let begun = wallet.redeem(&mut market, &offer, &code).unwrap();
    assert_eq!(other.redeem(&mut market, &offer, &code), Err(Reason::OfferHolder));
    market.restart();
    assert_eq!(other.redeem(&mut market, &offer, &code), Err(Reason::OfferHolder));
    // The first one goes on, under another name, with the very same bytes.
    assert_eq!(wallet.again(1).redeem(&mut market, &offer, &code), Ok(begun.clone()));
    wallet.commit(&mut market, &begun).unwrap();
}

//= spec/text/offer.md#REQ-OFFER-31
//= type=test
//# A ledger that is bound to another key MUST NOT be offered (`offer.bound`); only the market can let it be
//# bound anew, and not within 90 days of the last time (`offer.rebind_early`).
#[test]
fn a32_one_ledger_has_one_live_binding() {
    let mut market = Node::market();
    let (wallet, other) = (Wallet::new(1), Wallet::new(2));
    let offer = market.offer();
    wallet.receive(&mut market, &offer);
    let offer = market.offer();
    assert_eq!(other.redeem(&mut market, &offer, &offer.code.reveal()), Err(Reason::OfferBound));
    // Refused when it is made, with the day on which it would not be.
    let when = market.now.plus(REBIND_SECONDS);
    let refused = market.try_offer("7", true).unwrap_err();
    assert!(matches!(refused, CoreError::Early { when: told, .. } if told == when), "{refused}");
    assert_eq!(refused.reason(), Reason::OfferRebindEarly);
    assert!(refused.to_string().contains(&when.to_string()), "{refused}");
    market.live(REBIND_SECONDS);
    let (offer, late) = (market.try_offer("7", true).unwrap(), market.try_offer("7", true).unwrap());
    other.receive(&mut market, &offer);
    // Nor can two offers that were made in time bind two wallets.
    assert_eq!(wallet.redeem(&mut market, &late, &late.code.reveal()), Err(Reason::OfferRebindEarly));
    let offer = market.offer();
    assert_eq!(wallet.redeem(&mut market, &offer, &offer.code.reveal()), Err(Reason::OfferBound));
}

//= spec/text/offer.md#REQ-OFFER-29
//= type=test
//# The node MUST compare the code before anything of the ledger is said. After 5 wrong ones the offer is
//# closed (`offer.code`, the last time and from then on `offer.locked`); wrong ones are counted durably.
#[test]
fn a32_five_wrong_codes_end_an_offer_and_a_restart_gives_no_new_tries() {
    let mut market = Node::market();
    let (offer, thief, wallet) = (market.offer(), Wallet::new(9), Wallet::new(1));
    for n in 1..=MAX_CODE_TRIES {
        let expected = if n < MAX_CODE_TRIES { Reason::OfferCode } else { Reason::OfferLocked };
        let guess = format!("0000-000{n}");
        assert_eq!(thief.redeem(&mut market, &offer, &guess), Err(expected));
        market.restart();
    }
    assert_eq!(wallet.redeem(&mut market, &offer, &offer.code.reveal()), Err(Reason::OfferLocked));
}

#[test]
fn a32_wrong_codes_do_not_stop_a_transfer_that_was_begun() {
    let mut market = Node::market();
    let (offer, thief, wallet) = (market.offer(), Wallet::new(9), Wallet::new(1));
    let begun = wallet.redeem(&mut market, &offer, &offer.code.reveal()).unwrap();
    for _ in 0..MAX_CODE_TRIES {
        thief.redeem(&mut market, &offer, "0000-0000").unwrap_err();
    }
    assert_eq!(faam_spec::offer::hash(&wallet.fetch(&mut market, &begun)), begun.hash);
    wallet.commit(&mut market, &begun).unwrap();
}

//= spec/text/offer.md#REQ-OFFER-29
//= type=test
//# The node MUST compare the code before anything of the ledger is said.
#[test]
fn a32_a_stolen_link_alone_is_worth_nothing() {
    let mut market = Node::market();
    let (offer, thief) = (market.offer(), Wallet::new(9));
    thief.open(&mut market, &offer).unwrap();
    for code in ["", "XXXX-XXXX", "' or 1=1", &"0".repeat(1000)] {
        let refused = thief.redeem(&mut market, &offer, code).unwrap_err();
        assert!(matches!(refused, Reason::OfferCode | Reason::OfferLocked), "{refused:?}");
    }
    assert_eq!(market.store.count(Table::OFFER_PAGES), 0);
    // The link's capability is not the transfer's secret.
    let page = OfferAsk::Page { transfer: offer.link.capability(), page: 0 };
    assert_eq!(market.on_offer(thief.peer, page).0, OfferAnswer::Refused { code: Reason::OfferUnknown });
}

#[test]
fn a32_the_proof_is_for_this_offer_this_connection_and_this_node() {
    let mut market = Node::market();
    let (offer, wallet, other) = (market.offer(), Wallet::new(1), Wallet::new(2));
    let code = offer.code.reveal();
    let challenge = wallet.open(&mut market, &offer).unwrap();
    let good = wallet.ask(&market, &offer, &code, &challenge, None);

    // Without a challenge of one's own, and with somebody else's.
    assert_eq!(ready(market.on_offer(other.peer, good.clone()).0), Err(Reason::OfferProof));
    other.open(&mut market, &offer).unwrap();
    assert_eq!(ready(market.on_offer(other.peer, good.clone()).0), Err(Reason::OfferProof));
    let head = HeldHead {
        ledger: faam_spec::hash::LedgerId::from_bytes([1; 16]),
        log: faam_spec::tree::Tree::new().head(),
    };
    let OfferAsk::Redeem { capability, code, holder, proof, commitment, .. } = good.clone() else { panic!() };
    let stranger = Jwk::from(&other.holder.verifying_key());
    for (holder, proof, since) in [
        (stranger, proof.clone(), None),
        (holder.clone(), proof.clone(), Some(head)),
        (holder.clone(), proof.replace('u', "z"), None),
        (holder.clone(), String::new(), None),
        (holder, format!("{proof}A"), None),
    ] {
        let ask = OfferAsk::Redeem { capability, code: code.clone(), holder, proof, since, commitment };
        assert_eq!(ready(market.on_offer(wallet.peer, ask).0), Err(Reason::OfferProof));
    }
    // A challenge ends.
    market.pass(660);
    assert_eq!(ready(market.on_offer(wallet.peer, good).0), Err(Reason::OfferProof));
    assert!(wallet.redeem(&mut market, &offer, &code).is_ok());
}

//= spec/text/offer.md#REQ-OFFER-33
//= type=test
//# A transfer that was begun before the offer expired (`offer.expired`) MAY be brought to its end within an
//# hour.
//= spec/text/wire.md#REQ-WIRE-9
//= type=test
//# nothing MUST be said but `offer.unknown`
#[test]
fn an_offer_expires_but_one_that_was_begun_may_be_finished() {
    let mut market = Node::market();
    let (first, second, wallet) = (market.offer(), market.offer(), Wallet::new(1));
    let begun = wallet.redeem(&mut market, &first, &first.code.reveal()).unwrap();
    market.pass(3600);
    assert_eq!(wallet.redeem(&mut market, &second, &second.code.reveal()), Err(Reason::OfferExpired));
    assert_eq!(wallet.redeem(&mut market, &first, &first.code.reveal()), Err(Reason::OfferExpired));
    assert!(wallet.page(&mut market, begun.transfer, 0).is_ok());
    market.pass(3600);
    assert_eq!(wallet.page(&mut market, begun.transfer, 0), Err(Reason::OfferExpired));
    assert_eq!(wallet.commit(&mut market, &begun), Err(Reason::OfferExpired));
    // A day later nothing is left of them.
    market.pass(86_400);
    market.tick().unwrap();
    assert_eq!((market.store.count(Table::OFFERS), market.store.count(Table::OFFER_PAGES)), (0, 0));
    assert_eq!(wallet.open(&mut market, &first), Err(Reason::OfferUnknown));
    assert_eq!(wallet.commit(&mut market, &begun), Err(Reason::OfferUnknown));
}

//= spec/text/wire.md#REQ-WIRE-5
//= type=test
//# `hash` and `bytes` MUST NOT change within a transfer.
#[test]
fn a_transfer_goes_on_after_a_restart_at_every_step() {
    let mut market = Node::market();
    let lines: Vec<String> = (10..200).map(|n| rating(n, "8")).collect();
    assert_eq!(market.apply(&lines).first_error, None);
    market.restart();
    let offer = market.try_offer("8", false).unwrap();
    let wallet = Wallet::new(1);
    market.restart();
    // The challenge is for one run of the node: the wallet opens again.
    let begun = wallet.redeem(&mut market, &offer, &offer.code.reveal()).unwrap();
    let mut bytes = Vec::new();
    let count = faam_spec::wire::pages(begun.bytes) as u32;
    assert!(count > 2, "{count}");
    for number in 0..count {
        market.restart();
        bytes.extend(wallet.again(number as u8).page(&mut market, begun.transfer, number).unwrap());
    }
    assert_eq!(faam_spec::offer::hash(&bytes), begun.hash);
    assert_eq!(wallet.page(&mut market, begun.transfer, count), Err(Reason::WireMessage));
    market.restart();
    let wrong = OfferAsk::Commit { transfer: begun.transfer, hash: Hash::from_bytes([0; 32]) };
    assert_eq!(market.on_offer(wallet.peer, wrong).0, OfferAnswer::Refused { code: Reason::OfferTransfer });
    wallet.commit(&mut market, &begun).unwrap();
    market.restart();
    wallet.commit(&mut market, &begun).unwrap();
}

//= spec/text/offer.md#REQ-OFFER-30
//= type=test
//# with another, a new transfer that ends the old one
#[test]
fn the_same_wallet_with_another_past_gets_another_transfer() {
    let mut market = Node::market();
    let wallet = Wallet::new(1);
    let offer = market.offer();
    let received = wallet.receive(&mut market, &offer);
    let head =
        Ledger::replay(received.ledger, received.entries.into_iter().map(|e| e.record)).unwrap().head();

    let offer = market.offer();
    let code = offer.code.reveal();
    let whole = wallet.redeem(&mut market, &offer, &code).unwrap();
    let since = Some(HeldHead { ledger: received.ledger, log: head.log });
    let challenge = wallet.open(&mut market, &offer).unwrap();
    let ask = wallet.ask(&market, &offer, &code, &challenge, since);
    let rest = ready(market.on_offer(wallet.peer, ask).0).unwrap();
    assert_ne!(rest.transfer, whole.transfer);
    assert!(rest.bytes < whole.bytes);
    assert_eq!(wallet.page(&mut market, whole.transfer, 0), Err(Reason::OfferUnknown));
    assert_eq!(wallet.commit(&mut market, &whole), Err(Reason::OfferUnknown));
    wallet.fetch(&mut market, &rest);
    wallet.commit(&mut market, &rest).unwrap();
}

#[test]
fn an_account_that_came_after_the_epoch_began_waits_for_the_next() {
    let mut market = Node::market();
    market.offer();
    market.apply(&[rating(0, "8")]);
    // Refused when it is made, so that no wallet is bound to what it cannot receive.
    let refused = market.try_offer("8", false).unwrap_err();
    let next = "2026-11-23T00:00:00Z";
    assert!(matches!(refused, CoreError::Early { when, .. } if when.to_string() == next), "{refused}");
    assert_eq!(refused.reason(), Reason::OfferNotYet);
    assert!(refused.to_string().contains(next), "{refused}");
    let wallet = Wallet::new(1);
    market.pass(7 * 86_400);
    let offer = market.try_offer("8", false).unwrap();
    assert!(!wallet.receive(&mut market, &offer).entries.is_empty());
}

#[test]
fn nothing_is_acknowledged_that_is_not_stored() {
    // The n-th commit from here on fails; whatever was answered before holds after a restart.
    for good in 0..4 {
        let mut market = Node::market();
        let (offer, wallet) = (market.offer(), Wallet::new(1));
        let code = offer.code.reveal();
        market.store.good_commits.set(Some(good));
        let wrong = wallet.redeem(&mut market, &offer, "0000-0000");
        let begun = wallet.redeem(&mut market, &offer, &code);
        let committed = begun.clone().and_then(|begun| wallet.commit(&mut market, &begun));
        let expected = [
            (Err(Reason::NetBusy), false, Err(Reason::NetBusy)),
            (Err(Reason::OfferCode), false, Err(Reason::NetBusy)),
            (Err(Reason::OfferCode), true, Err(Reason::NetBusy)),
            (Err(Reason::OfferCode), true, Ok(())),
        ];
        let (first, ready, last) = &expected[good as usize];
        assert_eq!((&wrong, begun.is_ok(), &committed), (first, *ready, last), "{good}");
        assert_eq!(market.core.is_stopped(), good < 3, "{good}");

        market.restart();
        let again = wallet.redeem(&mut market, &offer, &code);
        match (begun, committed) {
            (_, Ok(())) => assert_eq!(again, Err(Reason::OfferUsed)),
            (Ok(begun), Err(_)) => assert_eq!(again, Ok(begun), "what was promised is there"),
            (Err(_), Err(_)) => assert!(again.is_ok()),
        }
    }
}

//= spec/text/wire.md#REQ-WIRE-9
//= type=test
//# what is wrong with the node's own store is `net.busy` to others
#[test]
fn a_core_whose_store_failed_says_no_more() {
    let mut market = Node::market();
    let offer = market.offer();
    market.store.good_commits.set(Some(0));
    assert!(matches!(market.try_offer("7", false), Err(CoreError::Storage(_))));
    market.store.good_commits.set(None);
    assert!(matches!(market.try_offer("7", false), Err(CoreError::Stopped)));
    assert_eq!(Wallet::new(1).open(&mut market, &offer), Err(Reason::NetBusy));
    assert!(matches!(market.tick(), Err(CoreError::Stopped)));
    market.restart();
    assert!(Wallet::new(1).open(&mut market, &offer).is_ok());
}

#[test]
fn offers_are_made_for_known_accounts_and_sane_times() {
    let mut market = Node::market();
    assert_eq!(market.try_offer("nobody", false).unwrap_err().reason(), Reason::LedgerUnknown);
    let mut verifier = Node::verifier(&market);
    assert!(matches!(verifier.try_offer("7", false), Err(CoreError::NoMarket)));
    market.core.set_addresses(Vec::new());
    assert!(matches!(market.try_offer("7", false), Err(CoreError::NoAddress)));
    assert_eq!(market.store.count(Table::OFFERS), 0);
}

//= spec/text/events.md#REQ-EVENT-10
//= type=test
//# Lines MUST be applied in their order, and the first that cannot be applied ends it: the events before it
//# are applied and stored, it and all after it are not. Mend the line and send the whole again.
#[test]
fn events_stop_at_the_first_bad_line_and_may_be_repeated() {
    let mut market = Node::market();
    let mut lines: Vec<String> = (10..14).map(|n| rating(n, "8")).collect();
    lines.insert(2, "{\"type\":\"rating\"}".to_owned());
    lines.insert(1, "   ".to_owned());
    let done = market.apply(&lines);
    let error = done.first_error.unwrap();
    assert_eq!((done.applied, error.line, error.fault.reason()), (2, 4, Reason::EventMalformed));
    market.restart();
    lines.remove(3);
    let done = market.apply(&lines);
    assert_eq!((done.applied, done.first_error), (4, None));
    assert_eq!(market.core.status().market.unwrap().accounts, 2);
    let before = market.store.commits.get();
    market.apply(&lines);
    assert_eq!(market.store.commits.get(), before, "what is there already changes nothing");
}

#[test]
fn the_first_epoch_comes_with_the_first_offer_and_the_next_by_itself() {
    let mut market = Node::market();
    let epoch = |market: &Node| market.core.status().market.unwrap().epoch.map(|epoch| epoch.number);
    market.tick().unwrap();
    assert_eq!(epoch(&market), None);
    market.offer();
    let first = epoch(&market).unwrap();
    market.pass(7 * 86_400);
    market.tick().unwrap();
    assert_eq!(epoch(&market), Some(first + 1));
    market.restart();
    assert_eq!(epoch(&market), Some(first + 1));
}

/// A market whose first epoch was opened, and the moment at which the next one begins.
fn opened() -> (Node, Timestamp) {
    let mut market = Node::market();
    market.offer();
    (market, "2026-11-23T00:00:00Z".parse().unwrap())
}

fn is_closed(market: &Node) -> bool {
    market.core.status().market.unwrap().epoch.is_some_and(|epoch| epoch.last)
}

#[test]
fn a_market_that_has_its_record_closes_as_the_next_epoch_begins() {
    let (mut market, next) = opened();
    let first = market.core.status().market.unwrap().epoch.unwrap().number;
    for _ in 0..2 {
        assert_eq!(market.close().unwrap(), Closing::Scheduled { on: next });
    }
    // Until then it goes on, and a restart forgets nothing.
    market.restart();
    assert_eq!(market.core.status().market.unwrap().closes, Some(next));
    assert_eq!(market.apply(&[rating(50, "7")]).new, 1);
    market.offer();
    market.now = next.plus(-1);
    market.tick().unwrap();
    assert!(!is_closed(&market));
    market.now = next;
    market.tick().unwrap();
    let epoch = market.core.status().market.unwrap().epoch.unwrap();
    assert_eq!((epoch.number, epoch.last), (first + 1, true));
    assert_eq!((market.core.status().market.unwrap().closes, market.store.count(Table::MARKET)), (None, 0));
    market.restart();
    market.pass(30 * 86_400);
    market.tick().unwrap();
    assert!(is_closed(&market) && matches!(market.close(), Ok(Closing::Closed(again)) if again == epoch));
    assert!(matches!(market.cancel_close(), Err(CoreError::Closed)));
    // What came before the end is in it; nothing comes after it, and wallets still get their own.
    let refused = market.apply(&[rating(51, "7")]).first_error.unwrap();
    assert_eq!((refused.fault.reason(), refused.fault.at()), (Reason::EventRule, "closed"));
    let offer = market.offer();
    let entries = Wallet::new(1).receive(&mut market, &offer).entries;
    assert_eq!(entries.len(), 4);
}

#[test]
fn a_market_without_a_record_in_this_epoch_closes_at_once() {
    let mut market = Node::market();
    assert!(matches!(market.close().unwrap(), Closing::Closed(epoch) if epoch.last));
    let (mut market, next) = opened();
    market.now = next;
    assert!(matches!(market.close().unwrap(), Closing::Closed(epoch) if epoch.last));
    market.restart();
    assert!(is_closed(&market));
}

#[test]
fn a_close_can_be_taken_back_until_it_comes() {
    let (mut market, next) = opened();
    market.cancel_close().unwrap();
    market.close().unwrap();
    market.cancel_close().unwrap();
    market.restart();
    assert_eq!(market.core.status().market.unwrap().closes, None);
    market.now = next;
    market.tick().unwrap();
    assert!(!is_closed(&market));
    market.close().unwrap();
    market.pass(7 * 86_400);
    // The epoch has begun; the tick that closes the market is only late.
    assert!(matches!(market.cancel_close(), Err(CoreError::Closed)));
    assert!(market.apply(&[rating(51, "7")]).first_error.is_some(), "nothing slips in");
    assert!(is_closed(&market));
}

#[test]
fn nothing_is_said_of_a_close_that_is_not_stored() {
    let (mut market, next) = opened();
    market.store.good_commits.set(Some(0));
    assert!(matches!(market.close(), Err(CoreError::Storage(_))));
    market.restart();
    assert_eq!(market.core.status().market.unwrap().closes, None);
    market.close().unwrap();
    market.now = next;
    market.store.good_commits.set(Some(0));
    assert!(matches!(market.tick(), Err(CoreError::Storage(_))));
    market.restart();
    assert_eq!(market.core.status().market.unwrap().closes, Some(next), "it is still to come");
    market.tick().unwrap();
    assert!(is_closed(&market));
}

//= spec/text/events.md#REQ-EVENT-8
//= type=test
//# `at` MUST be at most one hour after the node's clock (`event.rule`).
#[test]
fn events_from_the_future_are_refused() {
    let mut market = Node::market();
    let line = |id: u32, ahead: i64| {
        rating(id, "7").replace(
            &format!("2026-0{}-01T00:00:00Z", id % 9 + 1),
            &"2026-11-16T07:50:00Z".parse::<Timestamp>().unwrap().plus(ahead).to_string(),
        )
    };
    market.now = "2026-11-16T07:50:00Z".parse().unwrap();
    let done = market.apply(&[line(20, 0), line(21, 3600), line(22, 3601), line(23, 0)]);
    let refused = done.first_error.unwrap();
    assert_eq!((done.applied, done.new, refused.line), (2, 2, 3));
    assert_eq!((refused.fault.reason(), refused.fault.at()), (Reason::EventRule, "at"));
    // Milliseconds for seconds.
    let wrong = rating(24, "7").replace("\"2026-07-01T00:00:00Z\"", "1794817800000");
    assert!(market.apply(&[wrong]).first_error.is_some());
}

#[test]
fn a_repeated_feed_says_what_was_new() {
    let mut market = Node::market();
    let lines: Vec<String> = (0..5).map(|n| rating(n, "7")).collect();
    let done = market.apply(&lines);
    assert_eq!((done.applied, done.new), (5, 2));
    let done = market.apply(&lines);
    assert_eq!((done.applied, done.new), (5, 0));
}

#[test]
fn offers_are_counted_open_and_ended() {
    let mut market = Node::market();
    let (first, _second) = (market.offer(), market.offer());
    let count = |market: &mut Node| {
        let offers = market.counts().0;
        (offers.open, offers.ended)
    };
    assert_eq!(count(&mut market), (2, 0));
    Wallet::new(1).receive(&mut market, &first);
    assert_eq!(count(&mut market), (1, 1));
    market.pass(3600);
    assert_eq!(count(&mut market), (0, 2));
}

#[test]
fn a47_bodies_and_answers_in_the_place_of_questions_are_refused() {
    let mut market = Node::market();
    let offer = market.offer();
    let open = OfferAsk::Open { capability: offer.link.capability() };
    let wordy = Message { head: open, body: vec![0; 10] }.encode().unwrap();
    let answer = Message::new(OfferAnswer::Done).encode().unwrap();
    for payload in [wordy, answer, Vec::new(), vec![0xff; 64], vec![0; 70_000]] {
        let bytes = market.raw_offer(Wallet::new(1).peer, &payload);
        let message: Message<OfferAnswer> = Message::decode(&bytes).unwrap();
        assert!(matches!(
            message.head,
            OfferAnswer::Refused { code: Reason::WireMessage | Reason::TooLarge }
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a47_random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut market = Node::market();
        let peer = Wallet::new(1).peer;
        let framed = [(bytes.len() as u32).to_be_bytes().to_vec(), bytes.clone()].concat();
        for payload in [bytes, framed] {
            let answer = market.raw_offer(peer, &payload);
            prop_assert!(Message::<OfferAnswer>::decode(&answer).is_ok());
            prop_assert!(!market.raw_present(peer, market.peer(), &payload).is_empty());
        }
    }

    #[test]
    fn a47_changed_messages_never_panic_and_never_redeem(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut market = Node::market();
        let (offer, wallet) = (market.offer(), Wallet::new(1));
        let challenge = wallet.open(&mut market, &offer).unwrap();
        let ask = wallet.ask(&market, &offer, &offer.code.reveal(), &challenge, None);
        let good = Message::new(ask).encode().unwrap();
        let mut changed = good.clone();
        changed[at.index(good.len())] ^= 1 << bit;
        let answer: Message<OfferAnswer> = Message::decode(&market.raw_offer(wallet.peer, &changed)).unwrap();
        // Case in the code does not matter, so that such a change is none.
        let same = Message::<OfferAsk>::decode(&changed).is_ok_and(|message| match message.head {
            OfferAsk::Redeem { code, .. } => code.eq_ignore_ascii_case(&offer.code.reveal()),
            _ => false,
        });
        let refused = matches!(answer.head, OfferAnswer::Refused { .. });
        prop_assert!(refused || same, "{:?}", answer.head);
    }
}

#[test]
fn capabilities_and_codes_are_not_in_debug_output() {
    let mut market = Node::market();
    let offer = market.offer();
    let text = format!("{offer:?}{:?}", market.core);
    assert!(!text.contains(&offer.link.capability().to_string()) && !text.contains(&offer.code.reveal()));
    assert_eq!(format!("{:?}", Capability::from_bytes([7; 16])), "Capability(…)");
}
