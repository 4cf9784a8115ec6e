//! A whole small market, from events to what a wallet accepts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod common;

use std::collections::BTreeSet;

use common::*;
use faam_issuer::{Issuer, read};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::ledger::{Kind, names};
use faam_spec::limits::{REBIND_SECONDS, STATUS_LIST_ENTRIES};
use faam_spec::offer::HeldHead;
use faam_spec::reason::Reason;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[test]
fn from_events_to_a_wallet() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.rate("e2", "7", "b", 1);
    market.rate("e3", "8", "a", 4);
    market
        .apply(&event(
            r#"{"type":"rating","id":"e4","account":"7","rater":"c","role":"buyer","value":-3,"scale":"-10..10",
                "at":"2025-01-01T23:59:59Z","comment":"Paid late.","category":"lamps",
                "aspects":{"punctual":100,"friendly":1000},"amount_band":"10-50"}"#,
        ))
        .unwrap();
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();

    let taken = take(&market.offer("7", None).unwrap(), None, &holder(1));
    assert_eq!(taken.ratings.len(), 3);
    let numbers = &taken.statement.numbers;
    assert_eq!((numbers.total.all.ratings, numbers.total.recent.ratings), (3, 2));
    assert_eq!(numbers.roles.len(), 2);
    assert_eq!(taken.statement.bound, market.now.day());
    let full = taken.ratings[2].disclosed();
    assert_eq!(full[names::DAY], "2025-01-01");
    assert_eq!(full[names::COMMENT], "Paid late.");
    assert_eq!(full[names::ASPECTS]["punctual"], 100);
    assert_eq!(full.len(), names::OF_RATING.len());

    // The binding's entry and whatever else comes now belong to the next record.
    market.rate("e5", "7", "d", 3);
    assert_eq!(take(&market.offer("7", None).unwrap(), None, &holder(1)).ledger.len(), 3);
    market.next_epoch();
    let next = take(&market.offer("7", None).unwrap(), None, &holder(1));
    assert_eq!((next.ledger.len(), next.ratings.len()), (5, 4));
    assert_eq!(next.ledger.binding(), (Some(taken.statement.bound), 1));
    next.record.follows(&taken.record).unwrap();
    assert_eq!(next.record.record().prev, Some(taken.record.hash()));
}

//= spec/text/events.md#REQ-EVENT-13
//= type=test
//# An account MUST have at most 8 roles, those of its withdrawn and corrected ratings among them.
#[test]
fn an_account_has_eight_roles_and_no_ninth() {
    let mut market = Market::new();
    let rate = |market: &mut Market, n: usize, account: &str| {
        market.apply(&event(&format!(
            r#"{{"type":"rating","id":"{account}-{n}","account":"{account}","rater":"a","role":"role-{n}",
                 "value":3,"scale":"1..5","at":"2026-11-10T12:00:00Z"}}"#
        )))
    };
    for n in 0..8 {
        rate(&mut market, n, "7").unwrap();
    }
    market
        .apply(&event(r#"{"type":"withdrawal","id":"w","of":"7-0","by":"both","at":"2026-11-11T12:00:00Z"}"#))
        .unwrap();
    assert_eq!(rate(&mut market, 8, "7").unwrap_err(), Reason::EventRule);
    rate(&mut market, 8, "8").unwrap();
}

#[test]
fn the_number_of_digests_tells_nothing_and_pseudonyms_stay_in_their_ledger() {
    let mut market = Market::new();
    market.rate("e1", "7", "somebody", 5);
    market.rate("e2", "8", "somebody", 5);
    market.apply(&correction("e3", "e1", 4)).unwrap();
    let records: Vec<_> = ["7", "8"]
        .iter()
        .flat_map(|name| market.issuer.ledger(&account(name)).unwrap().records().to_vec())
        .collect();
    for record in &records {
        let digests = record.entry().digests();
        assert_eq!(digests.len(), names::OF_RATING.len());
        assert!(digests.is_sorted());
    }
    let rater = |n: usize| records[n].details().unwrap().rater.clone();
    assert_eq!(rater(0), rater(1), "a correction is by the same rater");
    assert_ne!(rater(0), rater(2));
    for disclosure in records.iter().flat_map(|record| record.disclosures()) {
        assert!(!disclosure.value().to_string().contains("somebody"), "accounts never leave the market");
    }
}

#[test]
fn corrections_withdrawals_replies_and_disputes() {
    let mut market = Market::new();
    for (id, rater) in [("e1", "a"), ("e2", "b"), ("e3", "c")] {
        market.rate(id, "7", rater, 2);
    }
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let before = take(&market.offer("7", None).unwrap(), None, &holder(1));
    assert_eq!([before.status(0), before.status(1), before.status(2)], [0, 0, 0]);

    market.apply(&reply("e4", "e1")).unwrap();
    market.apply(&correction("e5", "e1", 4)).unwrap();
    market.apply(&withdrawal("e6", "e2")).unwrap();
    market.apply(&dispute("e7", "e3", "open")).unwrap();

    // At once in the status lists, in the ledger with the next record.
    let now = take(&market.offer("7", None).unwrap(), None, &holder(1));
    assert_eq!(now.statement.head, before.statement.head);
    assert_eq!([now.status(0), now.status(1), now.status(2)], [1, 1, 0]);
    assert!(now.status[0].issued() > before.status[0].issued(), "never two lists of one date");

    market.next_epoch();
    let after = take(&market.offer("7", None).unwrap(), None, &holder(1));
    let numbers = &after.statement.numbers;
    assert_eq!(
        (numbers.total.all.ratings, numbers.corrected, numbers.withdrawn, numbers.disputed),
        (2, 1, 1, 1)
    );
    let kinds: Vec<_> = after.ledger.records().iter().map(|record| record.entry().kind()).collect();
    assert_eq!(kinds[3..], [Kind::Binding, Kind::Reply, Kind::Correction, Kind::Withdrawal, Kind::Dispute]);
    assert_eq!(after.ledger.records()[4].disclosed(names::TEXT).unwrap(), "Sorry!");
    assert_eq!(after.status(5), 0);
    market.apply(&dispute("e8", "e3", "settled")).unwrap();

    // A corrected rating goes by its correction's name.
    assert_eq!(market.apply(&correction("e9", "e1", 5)), Err(Reason::EventRule));
    assert!(market.apply(&correction("e9", "e5", 5)).is_ok());
}

#[test]
fn what_breaks_a_rule_is_refused_and_changes_nothing() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.apply(&withdrawal("e2", "e1")).unwrap();
    market.rate("e3", "7", "b", 5);
    let head = market.issuer.ledger(&account("7")).unwrap().head();
    let refused = [
        rating("e4", "8", "8", 5),
        rating("e1", "7", "a", 4),
        rating("e1", "7", "b", 5),
        rating("e1", "8", "a", 5),
        withdrawal("e1", "e3"),
        withdrawal("e4", "e1"),
        correction("e4", "e1", 3),
        correction("e4", "e2", 3),
        correction("e4", "nothing", 3),
        reply("e4", "e1"),
        dispute("e4", "e3", "settled"),
        dispute("e4", "e2", "open"),
    ];
    for event in &refused {
        assert_eq!(market.apply(event), Err(Reason::EventRule), "{event:?}");
    }
    let mut long = rating("e4", "7", "c", 5);
    if let faam_issuer::Event::Rating { parts, .. } = &mut long {
        parts.comment = Some("x".repeat(4097));
    }
    assert_eq!(market.apply(&long), Err(Reason::EventMalformed));
    if let faam_issuer::Event::Rating { parts, .. } = &mut long {
        // Within its bound, but not when written down.
        parts.comment = Some("\u{1}".repeat(4096));
    }
    assert_eq!(market.apply(&long), Err(Reason::EventMalformed));
    for role in 0..8 {
        let line = format!(
            r#"{{"type":"rating","id":"r{role}","account":"7","rater":"b","role":"role{role}","value":1,"scale":"0..1","at":1}}"#
        );
        assert_eq!(market.apply(&event(&line)).is_ok(), role < 7, "the eighth role is the ninth with seller");
    }
    assert_ne!(market.issuer.ledger(&account("7")).unwrap().head(), head);
    assert_eq!(market.issuer.accounts().count(), 1, "refused ratings open no accounts");
    assert_eq!(market.restored().accounts().count(), 1);
}

#[test]
fn a_feed_may_repeat_itself() {
    let mut market = Market::new();
    let events = [
        rating("e1", "7", "a", 5),
        rating("e2", "7", "b", 5),
        correction("e3", "e1", 3),
        reply("e4", "e3"),
        dispute("e5", "e2", "open"),
        withdrawal("e6", "e2"),
    ];
    for event in &events {
        assert!(market.apply(event).unwrap() > 0);
    }
    let head = market.issuer.ledger(&account("7")).unwrap().head();
    market.issuer = market.restored();
    for event in &events {
        assert_eq!(market.apply(event), Ok(0), "{event:?}");
    }
    assert_eq!(market.issuer.ledger(&account("7")).unwrap().head(), head);
    let mut changed = events[2].clone();
    if let faam_issuer::Event::Correction { parts, .. } = &mut changed {
        parts.comment = None;
    }
    assert_eq!(market.apply(&changed), Err(Reason::EventRule));
}

//= spec/text/ledger.md#REQ-LEDGER-22
//= type=test
//# A market MUST NOT bind a ledger anew within 90 days.
#[test]
fn a32_one_live_binding() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.open_epoch();
    assert_eq!(market.bind("nobody", &holder(1), false), Err(Reason::LedgerUnknown));
    assert_eq!(market.offer("7", None).unwrap_err().reason(), Reason::OfferProof);
    assert!(market.bind("7", &holder(1), false).unwrap() > 0);
    assert_eq!(market.bind("7", &holder(1), false), Ok(0));
    assert_eq!(market.bind("7", &holder(1), true), Ok(0));
    assert_eq!(market.bind("7", &holder(2), false), Err(Reason::OfferBound));
    assert_eq!(market.bind("7", &holder(2), true), Err(Reason::OfferRebindEarly));
    market.issuer = market.restored();
    let bound = market.now;
    market.now = bound.plus(REBIND_SECONDS - 1);
    assert_eq!(market.bind("7", &holder(2), true), Err(Reason::OfferRebindEarly));
    market.now = bound.plus(-1);
    assert_eq!(market.bind("7", &holder(2), true), Err(Reason::OfferRebindEarly), "the clock went back");
    assert_eq!(market.issuer.ledger(&account("7")).unwrap().len(), 2, "refusals add no entries");
    market.now = bound.plus(REBIND_SECONDS);
    assert_eq!(market.bind("7", &holder(2), false), Err(Reason::OfferBound));
    assert!(market.bind("7", &holder(2), true).unwrap() > 0);
    assert_eq!(market.issuer.holder(&account("7")), Some(holder(2)));
    market.open_epoch();
    let taken = take(&market.offer("7", None).unwrap(), None, &holder(2));
    assert_eq!(taken.ledger.binding(), (Some(market.now.day()), 2));
}

#[test]
fn a96_a_rater_counts_once_as_a_counterparty() {
    let mut market = Market::new();
    for n in 0..5 {
        market.rate(&format!("stuffed{n}"), "7", "friend", 5);
    }
    market.rate("e1", "7", "stranger", 1);
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let taken = take(&market.offer("7", None).unwrap(), None, &holder(1));
    let all = &taken.statement.numbers.total.all;
    assert_eq!((all.ratings, all.counterparties), (6, 2));
}

#[test]
fn only_what_is_new_since_the_head_that_the_wallet_has() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.rate("e2", "7", "b", 4);
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let first = take(&market.offer("7", None).unwrap(), None, &holder(1));

    market.apply(&correction("e3", "e1", 1)).unwrap();
    market.next_epoch();
    let offer = market.offer("7", Some(&first.head())).unwrap();
    assert_eq!((offer.since, offer.entries.len()), (2, 2));
    let second = take(&offer, Some(&first.ledger), &holder(1));
    assert_eq!(second.ledger.len(), 4);
    assert_eq!(second.ratings.len(), 1, "the correction alone is new");

    let same = market.offer("7", Some(&second.head())).unwrap();
    assert!(same.entries.is_empty());
    assert_eq!(same.status.len(), 1, "the lists of what the wallet has already are there");
    take(&same, Some(&second.ledger), &holder(1));

    // A new binding makes every credential anew, whatever the wallet has.
    market.now = market.now.plus(REBIND_SECONDS);
    market.open_epoch();
    market.bind("7", &holder(2), true).unwrap();
    let anew = market.offer("7", Some(&second.head())).unwrap();
    assert_eq!(anew.since, 0);
    assert_eq!(take(&anew, None, &holder(2)).ratings.len(), 2);
    market.next_epoch();
    let again = market.offer("7", Some(&second.head())).unwrap();
    let third = take(&again, None, &holder(2));
    market.rate("e9", "7", "z", 2);
    market.next_epoch();
    assert_eq!(market.offer("7", Some(&third.head())).unwrap().entries.len(), 1);
}

#[test]
fn a24_a_head_that_is_not_ours_is_never_papered_over() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.rate("e1b", "8", "a", 5);
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let backup = market.changes();
    market.rate("e2", "7", "b", 1);
    market.next_epoch();
    let held = take(&market.offer("7", None).unwrap(), None, &holder(1)).head();
    let refused = |market: &Market, since: &HeldHead| {
        assert_eq!(market.offer("7", Some(since)).unwrap_err().reason(), Reason::LedgerExtension);
    };
    let shorter = HeldHead { log: faam_spec::tree::TreeHead { size: 1, ..held.log }, ..held };
    refused(&market, &shorter);
    let longer = HeldHead { log: faam_spec::tree::TreeHead { size: u64::MAX, ..held.log }, ..held };
    refused(&market, &longer);
    let lost = HeldHead { ledger: faam_spec::hash::LedgerId::from_bytes([0; 16]), ..held };
    refused(&market, &lost);
    let other = HeldHead { ledger: market.issuer.ledger(&account("8")).unwrap().id(), ..held };
    assert_eq!(
        market.offer("7", Some(&other)).unwrap().since,
        0,
        "another ledger says nothing about this one"
    );

    // An old copy of the store is put back, and the feed is sent again: other salts, another ledger.
    let mut forked = Market { now: market.now, ..Market::new() };
    forked.rng = StdRng::seed_from_u64(99);
    forked.issuer = Issuer::restore(profile(), secrets(1), backup.into_iter()).unwrap();
    forked.open_epoch();
    refused(&forked, &held);
    forked.rate("e2", "7", "b", 1);
    forked.next_epoch();
    assert_eq!(forked.issuer.ledger(&account("7")).unwrap().len(), held.log.size);
    refused(&forked, &held);
}

#[test]
fn a34_one_record_for_each_epoch_and_no_way_back() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    assert!(market.issuer.current_record().is_none());
    market.bind("7", &holder(1), false).unwrap();
    assert_eq!(market.offer("7", None).unwrap_err().reason(), Reason::EpochUnknown);
    assert!(market.open_epoch() > 0);
    let first = market.issuer.current_record().unwrap().clone();
    market.rate("e2", "7", "b", 5);
    assert_eq!(market.open_epoch(), 0);
    market.issuer = market.restored();
    assert_eq!(market.open_epoch(), 0);
    assert_eq!(market.issuer.current_record().unwrap(), &first);

    let early = market.now.plus(-1);
    let refused = market.issuer.open_epoch(early, &mut market.rng).unwrap_err();
    assert_eq!(refused.reason(), Reason::EpochChain);
    let refused = market.issuer.open_epoch(market.now.plus(-30 * 86_400), &mut market.rng).unwrap_err();
    assert_eq!(refused.reason(), Reason::EpochChain);
    assert_eq!(market.issuer.close(early, &mut market.rng).unwrap_err().reason(), Reason::EpochChain);
    assert_eq!(market.issuer.offer(&account("7"), None, early).unwrap_err().reason(), Reason::EpochChain);
    assert_eq!(market.issuer.records().len(), 1);

    // Weeks without a record are skipped; a stale record is not offered.
    market.now = market.now.plus(21 * 86_400);
    assert_eq!(market.offer("7", None).unwrap_err().reason(), Reason::EpochStale);
    market.open_epoch();
    let second = market.issuer.current_record().unwrap();
    assert_eq!(second.record().epoch, first.record().epoch + 3);
    assert_eq!(second.record().prev, Some(first.hash()));
    second.follows(&first).unwrap();
    assert_eq!(
        SignedEpochRecord::open(second.as_str(), &faam_spec::did::KeyHistories::new()).unwrap(),
        *second
    );
    let too_early = Issuer::new(profile(), secrets(1))
        .open_epoch(faam_spec::time::Timestamp::new(5).unwrap(), &mut market.rng)
        .unwrap_err();
    assert_eq!(too_early.reason(), Reason::EpochChain, "before the first epoch began");
}

#[test]
fn an_account_without_entries_at_the_epoch_waits_for_the_next() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.open_epoch();
    market.rate("e2", "8", "a", 5);
    market.bind("8", &holder(1), false).unwrap();
    assert_eq!(market.offer("8", None).unwrap_err().reason(), Reason::OfferNotYet);
    market.next_epoch();
    take(&market.offer("8", None).unwrap(), None, &holder(1));
}

//= spec/text/events.md#REQ-EVENT-9
//= type=test
//# A market that is closed MUST NOT record anything more; what it has recorded can still be sent again.
#[test]
fn a_closed_market_records_nothing_more_and_still_offers() {
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let refused = market.issuer.close(market.now, &mut market.rng).unwrap_err();
    assert_eq!(refused.reason(), Reason::EpochChain, "the epoch has its record");
    market.now = market.now.plus(7 * 86_400);
    let changes = market.issuer.close(market.now, &mut market.rng).unwrap();
    market.keep(changes);
    assert!(market.issuer.is_closed());
    for restored in [false, true] {
        if restored {
            market.issuer = market.restored();
        }
        assert_eq!(market.apply(&rating("e2", "7", "b", 5)), Err(Reason::EventRule));
        assert_eq!(market.apply(&rating("e1", "7", "a", 5)), Ok(0));
        market.now = market.now.plus(70 * 86_400);
        assert_eq!(market.open_epoch(), 0);
        assert!(market.issuer.close(market.now, &mut market.rng).unwrap().is_empty());
        let taken = take(&market.offer("7", None).unwrap(), None, &holder(1));
        assert!(taken.record.record().last);
        assert_eq!(taken.ledger.len(), 2);
    }
}

//= spec/text/status.md#REQ-STATUS-11
//= type=test
//# An issuer MUST give each credential a random free index in a large list that many persons share.
#[test]
fn status_places_are_spread_over_large_lists() {
    let mut market = Market::new();
    for n in 0..200 {
        market.rate(&format!("e{n}"), "7", "a", 5);
    }
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    let taken = take(&market.offer("7", None).unwrap(), None, &holder(1));
    let places: BTreeSet<_> = taken.ratings.iter().map(|rating| rating.status().clone()).collect();
    assert_eq!(places.len(), 200, "no place twice");
    let half = places.iter().filter(|place| place.idx < STATUS_LIST_ENTRIES / 2).count();
    assert!((50..150).contains(&half), "{half}");
    assert_eq!(taken.status.len(), 1);
    assert!(!taken.status[0].is_small());
    let digests = &taken.record.record().status;
    assert_eq!(digests[0].hash, taken.status[0].hash());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let story = |seed: u64| {
        let mut market = Market::new();
        market.rng = StdRng::seed_from_u64(seed);
        for n in 0..20 {
            market.rate(&format!("e{n}"), &format!("{}", n % 3), &format!("r{n}"), 1 + n % 5);
        }
        market.open_epoch();
        market.bind("1", &holder(1), false).unwrap();
        market.apply(&withdrawal("w", "e1")).unwrap();
        market.next_epoch();
        (market.offer("1", None).unwrap().to_bytes().unwrap(), market.store)
    };
    assert_eq!(story(5), story(5));
    assert_ne!(story(5).0, story(6).0);
}

#[test]
fn json_lines_go_straight_in() {
    let feed = r#"
{"type":"rating","id":"e1","account":"7","rater":"a","role":"host","value":1,"scale":"0..1","at":"2026-01-01T00:00:00+02:00"}
{"type":"reply","id":"e2","of":"e1","text":"Thank you.","at":1767225600}
"#;
    let mut market = Market::new();
    for event in read::json_lines(feed.as_bytes()) {
        market.apply(&event.unwrap()).unwrap();
    }
    let summary = market.issuer.accounts().next().unwrap();
    assert_eq!((summary.entries, summary.live, summary.bound), (2, 1, false));
    let ledger = market.issuer.ledger(&account("7")).unwrap();
    assert_eq!(ledger.records()[0].disclosed(names::DAY).unwrap(), "2025-12-31", "days are those of UTC");
}

//= spec/text/epoch.md#REQ-EPOCH-5
//= type=test
//# The salt MUST be fresh in every epoch, so that nobody can follow an account from record to record.
//= spec/text/epoch.md#REQ-EPOCH-6
//= type=test
//# The market SHOULD put accounts in an order that tells nothing.
#[test]
fn records_follow_nobody_from_epoch_to_epoch() {
    let mut market = Market::new();
    let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    for name in &names {
        market.rate(&format!("e{name}"), name, "a", 5);
    }
    market.open_epoch();
    for (seed, name) in (1..).zip(&names) {
        market.bind(name, &holder(seed), false).unwrap();
    }
    let mut salts = BTreeSet::new();
    let mut ledgers = Vec::new();
    for _ in 0..3 {
        let mut places = Vec::new();
        for (seed, name) in (1..).zip(&names) {
            let offer = market.offer(name, None).unwrap();
            places.push((offer.account.at, offer.ledger));
            salts.insert(take(&offer, None, &holder(seed)).statement.salt.to_string());
        }
        // In the order of the ledgers' random names, and so not of the accounts.
        ledgers = places.iter().map(|(_, ledger)| *ledger).collect();
        places.sort_unstable();
        assert!(places.iter().map(|(_, ledger)| ledger).is_sorted());
        market.next_epoch();
    }
    assert!(!ledgers.is_sorted(), "accounts were not made in that order");
    assert_eq!(salts.len(), 3 * names.len(), "each epoch has a salt of its own for each account");
}

//= spec/text/ledger.md#REQ-LEDGER-7
//= type=test
//# The salt of an entry, the id of a ledger and the salt of a disclosure MUST be fresh and from a good source
//# of chance.
#[test]
fn every_salt_and_every_name_of_a_ledger_is_fresh() {
    let mut market = Market::new();
    for n in 0..30 {
        // The same is said every time.
        market.rate(&format!("e{n}"), &format!("{}", n % 3), "a", 5);
    }
    let accounts: Vec<_> = (0..3).map(|n| account(&n.to_string())).collect();
    let ledgers: Vec<_> = accounts.iter().map(|name| market.issuer.ledger(name).unwrap()).collect();
    let records: Vec<_> = ledgers.iter().flat_map(|ledger| ledger.records()).collect();
    let ids: BTreeSet<_> = ledgers.iter().map(|ledger| ledger.id()).collect();
    let salts: BTreeSet<_> = records.iter().map(|record| record.entry().salt.to_string()).collect();
    let parts: BTreeSet<_> =
        records.iter().flat_map(|record| record.disclosures()).map(|part| part.as_str().to_owned()).collect();
    assert_eq!((ids.len(), salts.len(), parts.len()), (3, 30, 30 * names::OF_RATING.len()));
    // Another source of chance gives others.
    let mut other = Market::new();
    other.rng = StdRng::seed_from_u64(77);
    other.rate("e0", "0", "a", 5);
    let record = &other.issuer.ledger(&account("0")).unwrap().records()[0];
    assert!(!salts.contains(&record.entry().salt.to_string()));
    assert!(record.disclosures().iter().all(|part| !parts.contains(part.as_str())));
}
