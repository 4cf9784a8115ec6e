//! What a contradiction is worth, and that what is kept of it proves it.

use faam_spec::offer::Offer;

use super::*;
use crate::testkit::{Market, Shelf, start, week};

#[test]
fn a24_two_ledgers_of_one_size_are_evidence_and_both_are_kept() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut forked = market.clone();
    market.rate(1, "zed", "seller", "2026-11-10", &[]);
    forked.rate(5, "zed", "seller", "2026-11-10", &[]);
    shelf.take(&mut market, start());
    forked.records = market.records.clone();

    let held = shelf.held[&market.ledger.id()].standing.to_stored();
    for since in [9, 0] {
        let mut liar = forked.clone();
        let offer = liar.offer(since, week(1));
        let offered = offer.standing.clone();
        let refused = shelf.check(&market, offer, week(1)).unwrap_err();
        assert_eq!(refused.fault().reason(), Reason::LedgerFork);
        let conflict = refused.conflict().unwrap();
        assert_eq!((conflict.weight, conflict.ledger), (Weight::Evidence, Some(market.ledger.id())));
        assert_eq!(conflict.held.standing.as_ref(), Some(&held));
        assert_eq!(conflict.offered.standing.as_ref().map(|s| &s.standing), Some(&offered));
    }
}

#[test]
fn a24_one_index_with_two_leaves_is_evidence_and_both_are_kept() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut forked = market.clone();
    let index = market.rate(1, "zed", "seller", "2026-11-10", &[]);
    forked.rate(5, "zed", "seller", "2026-11-10", &[]);
    forked.rate(5, "yon", "seller", "2026-11-11", &[]);
    shelf.take(&mut market, start());
    forked.records = market.records.clone();

    let offer = forked.offer(0, week(1));
    let refused = shelf.check(&market, offer, week(1)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::LedgerFork);
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.weight, conflict.index), (Weight::Evidence, Some(index)));
    let leaf = |side: &HeadOf| side.entry.as_ref().unwrap().entry().leaf().unwrap();
    assert_ne!(leaf(&conflict.held), leaf(&conflict.offered));
    assert!(
        conflict.sentence().contains("two different entries under one number"),
        "{}",
        conflict.sentence()
    );

    // A third party has nothing but what is kept, and each side's entry leads to the root that was signed.
    let text = serde_json::to_string(conflict).unwrap();
    let kept: Conflict = serde_json::from_str(&text).unwrap();
    for side in [&kept.held, &kept.offered] {
        let stored = side.standing.clone().unwrap();
        let signed = HeldStanding::open(stored, &KeyHistories::new()).unwrap();
        let log = signed.statement().head.log;
        log.verify_inclusion(&leaf(side), index, side.path.as_ref().unwrap()).unwrap();
    }
    type Spoil = fn(&mut Conflict);
    let spoils: [Spoil; 6] = [
        |conflict| conflict.held.path = None,
        |conflict| conflict.offered.entry = conflict.held.entry.clone(),
        |conflict| std::mem::swap(&mut conflict.held.path, &mut conflict.offered.path),
        |conflict| conflict.index = Some(0),
        |conflict| conflict.offered = conflict.held.clone(),
        |conflict| conflict.issuer = Market::named("shop", 2).did().clone(),
    ];
    assert!(kept.is_proven(&KeyHistories::new()));
    for (at, spoil) in spoils.iter().enumerate() {
        let mut spoiled = kept.clone();
        spoil(&mut spoiled);
        assert!(!spoiled.is_proven(&KeyHistories::new()), "{at}");
    }
}

#[test]
fn a24_two_heads_under_one_epoch_record_are_evidence_and_both_are_kept() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut longer = market.clone();
    longer.rate(5, "zed", "seller", "2026-11-10", &[]);
    // One record with two leaves for the ledger: as it is, and with one rating more.
    let (short, long) = market.two_heads(&mut longer, start());
    let accepted = shelf.check(&market, short.clone(), start()).unwrap();
    shelf.put(&accepted, start());
    let refused = shelf.check(&market, long.clone(), start()).unwrap_err();
    assert_eq!((refused.fault().reason(), refused.fault().at()), (Reason::LedgerFork, "standing.head"));
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.weight, conflict.ledger), (Weight::Evidence, Some(market.ledger.id())));
    assert_eq!(conflict.held.record, conflict.offered.record);
    assert_eq!(conflict.held.standing.as_ref().map(|kept| &kept.standing), Some(&short.standing));
    assert_eq!(conflict.offered.standing.as_ref().map(|kept| &kept.standing), Some(&long.standing));
    assert!(conflict.sentence().contains("under one epoch record"));
    // The same again is no contradiction.
    assert!(shelf.check(&market, Offer { since: 8, entries: vec![], ..short }, start()).is_ok());
}

#[test]
fn a24_a_ledger_that_does_not_continue_is_a_complaint_and_both_are_kept() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut rewritten = market.clone();
    market.rate(1, "zed", "seller", "2026-11-10", &[]);
    rewritten.rate(5, "zed", "seller", "2026-11-10", &[]);
    rewritten.rate(5, "yon", "seller", "2026-11-11", &[]);
    shelf.take(&mut market, start());
    rewritten.records = market.records.clone();
    // Only what is said to be new: nothing shows the index at which it differs.
    let offer = rewritten.offer(9, week(1));
    let refused = shelf.check(&market, offer, week(1)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::LedgerExtension);
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.weight, conflict.index), (Weight::Complaint, None));
    assert_ne!(conflict.held.head, conflict.offered.head);
    assert_ne!(conflict.held.record, conflict.offered.record);

    // And one that became shorter.
    let mut shorter = Market::busy();
    shorter.records = market.records.clone();
    let refused = shelf.check(&market, shorter.offer(0, week(1)), week(1)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::LedgerExtension);
    assert_eq!(refused.conflict().unwrap().weight, Weight::Complaint);
}

#[test]
fn a34_two_epoch_records_where_one_may_be_are_evidence() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    shelf.take(&mut market, start());
    market.records.clear();
    let offer = market.offer(8, start().plus(3600));
    let refused = shelf.check(&market, offer, start().plus(3600)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::EpochForked);
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.weight, &conflict.ledger), (Weight::Evidence, &None));
    assert_ne!(conflict.held.record, conflict.offered.record);
}

#[test]
fn a34_a_record_that_names_another_predecessor_is_evidence_and_both_are_kept() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut forked = market.clone();
    shelf.take(&mut market, start());
    // The liar's own first week, of which we see only what it says comes next.
    forked.offer(0, start().plus(60));
    let offer = forked.offer(8, week(1));
    let record = offer.record.clone();
    let refused = shelf.check(&market, offer, week(1)).unwrap_err();
    assert_eq!((refused.fault().reason(), refused.fault().at()), (Reason::EpochChain, "epoch_record.prev"));
    let conflict = refused.conflict().unwrap();
    assert_eq!((conflict.weight, conflict.code), (Weight::Evidence, Reason::EpochChain));
    assert_eq!((&conflict.held.record[..], &conflict.offered.record), (shelf.records[0].as_str(), &record));
    assert!(conflict.is_proven(&KeyHistories::new()));
    let same = Conflict { offered: conflict.held.clone(), ..conflict.clone() };
    assert!(!same.is_proven(&KeyHistories::new()));
    // Records of others prove nothing about this market.
    let other = Conflict { issuer: Market::named("shop", 2).did().clone(), ..conflict.clone() };
    assert!(!other.is_proven(&KeyHistories::new()));
}

#[test]
fn a34_a_record_before_the_held_one_that_it_does_not_name_is_evidence() {
    let mut market = Market::busy();
    let mut shelf = Shelf::default();
    let mut forked = market.clone();
    market.offer(0, start());
    shelf.take(&mut market, week(1));
    let offer = forked.offer(0, start().plus(60));
    let refused = shelf.check(&market, offer, week(1)).unwrap_err();
    assert_eq!(refused.fault().reason(), Reason::EpochChain);
    assert_eq!(refused.conflict().unwrap().weight, Weight::Evidence);
}
