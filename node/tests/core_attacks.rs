//! What attackers did to a node's core: wrong clocks, old backups, and offers used for work without end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Node, Wallet, rating, ready};
use faam_node::core::{Change, CoreError, RequestState, Storage as _, Table};
use faam_spec::hash::LedgerId;
use faam_spec::ledger::Ledger;
use faam_spec::offer::{HeldHead, Offer};
use faam_spec::reason::Reason;
use faam_spec::tree::TreeHead;

const WEEK: i64 = 7 * 86_400;

fn epoch(market: &Node) -> u64 {
    market.core.status().market.unwrap().epoch.unwrap().number
}

fn head(offer: Offer) -> HeldHead {
    let ledger = offer.ledger;
    let records = offer.entries.into_iter().map(|entry| entry.record);
    HeldHead { ledger, log: Ledger::replay(ledger, records).unwrap().head().log }
}

fn redeem_since(
    wallet: &Wallet,
    market: &mut Node,
    offer: &faam_node::core::NewOffer,
    since: HeldHead,
) -> Result<common::Ready, Reason> {
    let challenge = wallet.open(market, offer)?;
    let ask = wallet.ask(market, offer, &offer.code.reveal(), &challenge, Some(since));
    ready(market.on_offer(wallet.peer, ask).0)
}

#[test]
fn a55_a_clock_that_is_wrong_for_a_moment_deletes_and_publishes_nothing() {
    for jump in [40 * 86_400, 2 * WEEK] {
        let mut market = Node::market();
        let (taken, open) = (market.offer(), market.offer());
        Wallet::new(1).receive(&mut market, &taken);
        market.tick().unwrap();
        let (before, first) = (market.store.copy(), epoch(&market));
        market.jump(jump);
        for _ in 0..2 {
            market.pass(20);
            let refused = market.tick().unwrap_err();
            assert!(matches!(refused, CoreError::ClockJumped { .. }), "{refused}");
            assert!(refused.to_string().contains("clock"), "{refused}");
            assert!(matches!(market.try_offer("7", false), Err(CoreError::ClockJumped { .. })));
            assert!(matches!(market.close(), Err(CoreError::ClockJumped { .. })));
        }
        assert!(market.store.is_as(&before), "{jump}");
        // It is right again: what lies in the epoch goes on at once, the rest when it has lasted.
        market.jump(-jump);
        market.pass(20);
        assert!(matches!(market.tick(), Err(CoreError::ClockJumped { .. })));
        market.offer();
        market.pass(600);
        market.tick().unwrap();
        assert_eq!(epoch(&market), first);
        assert!(Wallet::new(1).redeem(&mut market, &open, &open.code.reveal()).is_ok());
    }
}

#[test]
fn a55_offers_open_no_epoch_by_a_wrong_clock_before_a_tick_saw_it() {
    let mut market = Node::market();
    let (first, wallet) = (market.offer(), Wallet::new(1));
    let number = epoch(&market);
    market.jump(WEEK);
    let before = market.store.copy();
    assert!(matches!(market.try_offer("7", false), Err(CoreError::ClockJumped { .. })));
    // The offer has expired by that clock; one that has not is refused as well, and nobody is bound.
    assert_eq!(wallet.redeem(&mut market, &first, &first.code.reveal()), Err(Reason::OfferExpired));
    assert!(market.store.is_as(&before));
    assert_eq!(epoch(&market), number);
}

#[test]
fn a55_a_wrong_clock_that_stays_skips_four_epochs_at_most() {
    for (jump, ahead) in [(40 * 86_400, true), (4 * WEEK, false), (5 * WEEK, true)] {
        let mut market = Node::market();
        market.offer();
        let (before, first) = (market.store.copy(), epoch(&market));
        market.jump(jump);
        for _ in 0..40 {
            let _ = market.tick();
            market.pass(20);
        }
        let ticked = market.tick();
        if !ahead {
            assert!(ticked.is_ok());
            assert_eq!(epoch(&market), first + 4);
            continue;
        }
        let refused = ticked.unwrap_err();
        assert!(matches!(refused, CoreError::ClockAhead { .. }), "{refused}");
        assert!(refused.to_string().contains("faam-node run --accept-clock"), "{refused}");
        assert!(matches!(market.try_offer("7", false), Err(CoreError::ClockAhead { .. })));
        assert!(market.store.is_as(&before));
    }
}

#[test]
fn a55_a_node_that_was_off_for_long_asks_once() {
    let mut market = Node::market();
    market.offer();
    let first = epoch(&market);
    market.pass(5 * WEEK);
    market.restart();
    assert!(matches!(market.core.check_clock(market.now), Err(CoreError::ClockAhead { .. })));
    assert!(matches!(market.tick(), Err(CoreError::ClockAhead { .. })));
    market.core.accept_clock(market.now);
    market.tick().unwrap();
    assert_eq!(epoch(&market), first + 5);
    // It was for that epoch alone, and where nothing was to be accepted it is for none.
    market.core.accept_clock(market.now);
    market.pass(5 * WEEK);
    assert!(matches!(market.tick(), Err(CoreError::ClockAhead { .. })));
}

#[test]
fn a55_a_clock_behind_the_last_record_is_named() {
    let mut market = Node::market();
    market.offer();
    market.pass(-1);
    for refused in [market.tick().unwrap_err(), market.try_offer("7", false).unwrap_err()] {
        assert!(matches!(refused, CoreError::ClockBehind { .. }), "{refused}");
        assert!(refused.to_string().contains("this machine's clock shows"), "{refused}");
        assert_eq!(refused.reason(), Reason::EpochChain);
    }
}

#[test]
fn a55_a_verifier_with_a_wrong_clock_forgets_nothing() {
    let market = Node::market();
    let mut verifier = Node::verifier(&market);
    verifier.request();
    let before = verifier.store.copy();
    verifier.jump(40 * 86_400);
    assert!(verifier.tick().is_err());
    assert!(verifier.store.is_as(&before));
}

#[test]
fn a17_a_restored_backup_ends_the_requests_that_were_open() {
    let mut market = Node::market();
    let mut verifier = Node::verifier(&market);
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let offer = wallet.receive(&mut market, &offer);
    let request = verifier.request();
    let backup = verifier.store.copy();
    let signed = wallet.fetch_request(&mut verifier, &request).unwrap();
    let answer = wallet.answer(&offer, &signed, verifier.now);
    wallet.present(&mut verifier, &request, &answer).unwrap();

    verifier.store = backup;
    verifier.store.commit(vec![Change::put(Table::START, b"restored", b"0")]).unwrap();
    for _ in 0..2 {
        verifier.restart();
        assert_eq!(verifier.store.count(Table::START), 0);
        assert_eq!(verifier.state(request.id), Some(RequestState::Expired));
        assert_eq!(wallet.fetch_request(&mut verifier, &request), Err(Reason::RequestExpired));
        assert_eq!(wallet.present(&mut verifier, &request, &answer), Err(Reason::RequestExpired));
        let requests = verifier.counts().1;
        assert_eq!((requests.open, requests.ended), (0, 1));
    }
    // What is made from now on is as ever.
    let request = verifier.request();
    verifier.restart();
    assert!(wallet.fetch_request(&mut verifier, &request).is_ok());
}

#[test]
fn a32_a_restored_backup_ends_the_offers_that_were_open() {
    let mut market = Node::market();
    let (offer, begun, done) = (market.offer(), market.offer(), market.offer());
    let (wallet, other) = (Wallet::new(1), Wallet::new(2));
    let finished = wallet.redeem(&mut market, &done, &done.code.reveal()).unwrap();
    wallet.commit(&mut market, &finished).unwrap();
    let transfer = wallet.redeem(&mut market, &begun, &begun.code.reveal()).unwrap();
    let backup = market.store.copy();
    wallet.receive(&mut market, &offer);

    market.store = backup;
    market.store.commit(vec![Change::put(Table::START, b"restored", b"0")]).unwrap();
    for _ in 0..2 {
        market.restart();
        assert_eq!(market.store.count(Table::START), 0);
        for who in [&wallet, &other] {
            assert_eq!(who.redeem(&mut market, &offer, &offer.code.reveal()), Err(Reason::OfferExpired));
        }
        assert_eq!(wallet.page(&mut market, transfer.transfer, 0), Err(Reason::OfferExpired));
        assert_eq!(wallet.commit(&mut market, &transfer), Err(Reason::OfferExpired));
        assert_eq!(wallet.commit(&mut market, &finished), Ok(()), "what was done stays done");
    }
    let offer = market.offer();
    market.restart();
    wallet.receive(&mut market, &offer);
}

#[test]
fn a32_a_fork_is_noticed_before_anybody_is_bound() {
    let mut market = Node::market();
    let (old, wallet) = (market.store.copy(), Wallet::new(1));
    market.apply(&[rating(20, "7")]);
    let offer = market.offer();
    let held = head(wallet.receive(&mut market, &offer));

    // An old copy comes back, without the last rating and the binding.
    market.store = old;
    market.restart();
    let offer = market.offer();
    let other = LedgerId::from_bytes([9; 16]);
    let changed = HeldHead { log: TreeHead { size: 2, ..held.log }, ..held };
    for since in [held, changed, HeldHead { ledger: other, ..held }] {
        let before = market.store.copy();
        assert_eq!(redeem_since(&wallet, &mut market, &offer, since), Err(Reason::LedgerExtension));
        assert!(market.store.is_as(&before), "nothing is bound");
    }
    Wallet::new(2).receive(&mut market, &offer);
}

//= spec/text/offer.md#REQ-OFFER-49
//= type=test
//# Of one offer a node MUST make at most 8 transfers; whoever asks for another one gets `offer.locked`, and the
//# transfer that there is can be brought to its end.
#[test]
fn a46_one_offer_is_made_into_eight_transfers_at_most() {
    let mut market = Node::market();
    let lines: Vec<String> = (10..30).map(|n| rating(n, "7")).collect();
    market.apply(&lines);
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let received = wallet.receive(&mut market, &offer);
    let ledger = received.ledger;
    let records: Vec<_> = received.entries.into_iter().map(|entry| entry.record).collect();
    let held = |size: usize| {
        let log = Ledger::replay(ledger, records[..size].iter().cloned()).unwrap().head().log;
        HeldHead { ledger, log }
    };

    let offer = market.offer();
    let mut last = None;
    for size in 1..=8 {
        last = Some(redeem_since(&wallet, &mut market, &offer, held(size)).unwrap());
        market.restart();
    }
    let before = market.store.copy();
    for size in [9, 10, 1] {
        assert_eq!(redeem_since(&wallet, &mut market, &offer, held(size)), Err(Reason::OfferLocked));
    }
    assert!(market.store.is_as(&before), "nothing more is signed or written");
    // The last one can still be brought to its end, by way of the offer too.
    let last = last.unwrap();
    assert_eq!(redeem_since(&wallet, &mut market, &offer, held(8)), Ok(last.clone()));
    wallet.fetch(&mut market, &last);
    wallet.commit(&mut market, &last).unwrap();
}

#[test]
fn a46_strangers_with_the_link_do_not_push_out_the_owners_challenge() {
    let mut market = Node::market();
    let (offer, wallet) = (market.offer(), Wallet::new(1));
    let challenge = wallet.open(&mut market, &offer).unwrap();
    for seed in 2..=255 {
        Wallet::new(seed).open(&mut market, &offer).unwrap();
    }
    market.pass(600);
    let ask = wallet.ask(&market, &offer, &offer.code.reveal(), &challenge, None);
    assert!(ready(market.on_offer(wallet.peer, ask).0).is_ok());
}
