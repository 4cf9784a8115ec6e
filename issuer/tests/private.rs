//! Private standings: what a market signs, for whom, and what stays as it is.

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

use std::collections::BTreeMap;

use common::*;
use faam_issuer::{Change, ChangeTable, Issuer};
use faam_spec::bbs::{Commitment, Entropy};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::grid::{Measures, Metric, Milestone, Steps};
use faam_spec::ledger::Body;
use faam_spec::limits::REBIND_SECONDS;
use faam_spec::name::Role;
use faam_spec::offer::Offer;
use faam_spec::private::{self, OfferedPrivate, WalletSecrets};
use faam_spec::reason::Reason;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

fn wallet(seed: u64) -> WalletSecrets {
    WalletSecrets::random(faam_bbs::backend(), &mut StdRng::seed_from_u64(seed)).unwrap()
}

fn role(name: &str) -> Role {
    name.parse().unwrap()
}

fn private_of(offer: &Offer) -> OfferedPrivate {
    offer.private.clone().unwrap()
}

/// The steps of each role, computed from a whole offer as the wallet computes them.
fn steps_of(offer: &Offer, holder_seed: u8) -> BTreeMap<Role, Steps> {
    let taken = take(offer, None, &holder(holder_seed));
    let as_of = taken.record.record().begins().day();
    let roles = taken.ledger.live().map(|(_, rating)| rating.role.clone());
    let steps = |role: &Role| Measures::of(&taken.ledger, role, as_of).steps(taken.statement.bound, as_of);
    roles.map(|role| (role.clone(), steps(&role))).collect()
}

/// Verifies every private standing of an offer as a wallet does, and gives what they state.
fn verified(offer: &Offer, holder_seed: u8, secrets: &WalletSecrets) -> BTreeMap<Role, Steps> {
    let record = take(offer, None, &holder(holder_seed)).record;
    let private = private_of(offer);
    assert_eq!(private.commitment, secrets.commitment);
    let steps = steps_of(offer, holder_seed);
    assert!(steps.keys().eq(private.standings.keys()), "one for each role with a live rating, and no other");
    for (role, signature) in &private.standings {
        let of = (secrets, &private.entropy);
        private::check(faam_bbs::backend(), record.record(), role, &steps[role], of, signature).unwrap();
    }
    steps
}

/// Does all the work that waits, as the market does it beside its other work; gives how many ledgers that were.
fn sign_all(market: &mut Market) -> usize {
    let work = market.issuer.private_work(usize::MAX).unwrap();
    let count = work.len();
    for work in work {
        market.issuer.keep_private(work.sign().unwrap());
    }
    count
}

fn waiting(issuer: &Issuer) -> (usize, usize) {
    let counts = issuer.private_counts();
    (counts.bound, counts.waiting)
}

/// An account `7` with ratings in two roles, bound to the wallet.
fn bound(secrets: &WalletSecrets) -> Market {
    let mut market = Market::new();
    for (id, rater, value) in [("e1", "a", 5), ("e2", "b", 4), ("e3", "c", 1)] {
        market.rate(id, "7", rater, value);
    }
    market
        .apply(&event(
            r#"{"type":"rating","id":"e4","account":"7","rater":"d","role":"buyer","value":1,"scale":"0..1",
                "at":"2024-02-29T12:00:00Z"}"#,
        ))
        .unwrap();
    market.open_epoch();
    market.bind_with("7", &holder(1), &secrets.commitment, false).unwrap();
    market
}

#[test]
fn a_bound_wallet_gets_a_private_standing_for_each_role_that_its_own_numbers_verify() {
    let secrets = wallet(1);
    let market = bound(&secrets);
    let offer = market.offer("7", None).unwrap();
    let steps = verified(&offer, 1, &secrets);
    let reached = |role_name: &str, text: &str| steps[&role(role_name)].reaches(text.parse().unwrap());
    assert!(reached("seller", "count>=3") && !reached("seller", "count>=5"));
    assert!(reached("seller", "mean>=550") && !reached("seller", "mean>=600"));
    assert!(reached("buyer", "tenure>=2y") && !reached("seller", "tenure>=90d"));
    assert!(!reached("seller", "bound>=90d"));

    // Neither other steps, nor another role, nor another wallet's secrets fit the signature.
    let private = private_of(&offer);
    let record = SignedEpochRecord::open(&offer.record, &Default::default()).unwrap();
    let (seller, buyer) = (role("seller"), role("buyer"));
    let check = |role: &Role, steps: &Steps, of: (&WalletSecrets, &Entropy)| {
        let signature = &private.standings[&seller];
        private::check(faam_bbs::backend(), record.record(), role, steps, of, signature)
            .map_err(|fault| fault.reason())
    };
    let (mine, strange) = ((&secrets, &private.entropy), Entropy::from_bytes([1; 32]));
    assert_eq!(check(&seller, &steps[&seller], mine), Ok(()));
    let wrong = Err(Reason::PrivateSignature);
    assert_eq!(check(&seller, &steps[&buyer], mine), wrong);
    assert_eq!(check(&buyer, &steps[&seller], mine), wrong);
    assert_eq!(check(&seller, &steps[&seller], (&wallet(2), &private.entropy)), wrong);
    assert_eq!(check(&seller, &steps[&seller], (&secrets, &strange)), wrong);
}

#[test]
fn a_role_without_a_live_rating_has_none() {
    let secrets = wallet(1);
    let mut market = bound(&secrets);
    market.apply(&withdrawal("w", "e4")).unwrap();
    market.next_epoch();
    let steps = verified(&market.offer("7", None).unwrap(), 1, &secrets);
    assert!(steps.keys().eq([&role("seller")]));
    for (id, of) in [("w1", "e1"), ("w2", "e2"), ("w3", "e3")] {
        market.apply(&withdrawal(id, of)).unwrap();
    }
    market.next_epoch();
    // The binding is there still, and so are commitment and entropy; there is nothing to state.
    assert!(verified(&market.offer("7", None).unwrap(), 1, &secrets).is_empty());
    assert_eq!(sign_all(&mut market), 1);
    assert_eq!(waiting(&market.issuer), (1, 0));
}

#[test]
fn a_ledger_is_signed_as_the_epoch_has_it_and_not_as_it_is_later() {
    let secrets = wallet(1);
    let mut market = bound(&secrets);
    let before = private_of(&market.offer("7", None).unwrap());
    // Twenty good ratings and a withdrawal, an hour after the epoch was opened.
    for n in 0..20 {
        market.rate(&format!("late{n}"), "7", &format!("late{n}"), 5);
    }
    market.apply(&withdrawal("w", "e3")).unwrap();
    let offer = market.offer("7", None).unwrap();
    assert_eq!(private_of(&offer), before);
    assert!(!verified(&offer, 1, &secrets)[&role("seller")].reaches("count>=5".parse().unwrap()));
    assert_eq!(sign_all(&mut market), 1);
    assert_eq!(private_of(&market.offer("7", None).unwrap()), before);
    market.next_epoch();
    let next = verified(&market.offer("7", None).unwrap(), 1, &secrets);
    assert!(next[&role("seller")].reaches("count>=20".parse().unwrap()));
}

//= spec/text/private.md#REQ-PRIVATE-18
//= type=test
//# The market MUST sign for every ledger that is bound with a commitment in every epoch, without the wallet
//# taking part.
#[test]
fn every_bound_ledger_is_signed_in_every_epoch_without_a_wallet() {
    let mut market = Market::new();
    for n in 0..5 {
        market.rate(&format!("e{n}"), &format!("{n}"), "a", 4);
    }
    market.open_epoch();
    assert!(market.issuer.private_work(9).unwrap().is_empty(), "nobody is bound");
    let secrets: Vec<WalletSecrets> = (0..3).map(wallet).collect();
    for (n, secrets) in (0..).zip(&secrets) {
        market.bind_with(&format!("{n}"), &holder(n), &secrets.commitment, false).unwrap();
    }
    market.bind("3", &holder(3), false).unwrap();
    for _ in 0..2 {
        assert_eq!(waiting(&market.issuer), (3, 3));
        assert_eq!(market.issuer.private_work(2).unwrap().len(), 2, "in slices");
        // A ledger that a wallet asked for first is done.
        market.issuer.sign_private(&account("1")).unwrap();
        assert_eq!(waiting(&market.issuer), (3, 2));
        assert_eq!(sign_all(&mut market), 2);
        assert_eq!(waiting(&market.issuer), (3, 0));
        assert!(market.issuer.private_work(9).unwrap().is_empty());
        for (n, secrets) in (0..).zip(&secrets) {
            verified(&market.offer(&format!("{n}"), None).unwrap(), n, secrets);
        }
        market.next_epoch();
    }
    // Who has no commitment has none, and nothing is signed for whoever is not bound.
    assert_eq!(market.offer("3", None).unwrap().private, None);
    market.issuer.sign_private(&account("3")).unwrap();
    market.issuer.sign_private(&account("4")).unwrap();
    assert_eq!(waiting(&market.issuer), (3, 3));
}

#[test]
fn what_is_signed_is_the_same_whenever_and_after_a_restore() {
    let secrets = wallet(1);
    let mut market = bound(&secrets);
    for _ in 0..2 {
        let at_once = market.offer("7", None).unwrap();
        let mut again = market.restored();
        assert_eq!(waiting(&again), (1, 1), "signatures are not stored");
        let later = market.now.plus(3600);
        let restored = again.offer(&account("7"), None, later).unwrap();
        assert_eq!(restored.to_bytes().unwrap(), at_once.to_bytes().unwrap());
        for work in again.private_work(1).unwrap() {
            again.keep_private(work.sign().unwrap());
        }
        assert_eq!(again.offer(&account("7"), None, later).unwrap(), at_once);
        market.next_epoch();
    }
}

//= spec/text/private.md#REQ-PRIVATE-6
//= type=test
//# The entropy MUST be the same for as long as a binding lasts
#[test]
fn a30_the_entropy_stays_over_epochs_restarts_and_renewals() {
    let secrets = wallet(1);
    let mut market = bound(&secrets);
    let entropy = private_of(&market.offer("7", None).unwrap()).entropy;
    for n in 0..4 {
        market.next_epoch();
        market.rate(&format!("n{n}"), "7", &format!("n{n}"), 3);
        // The same wallet takes another offer, with its own commitment or without.
        market.bind_with("7", &holder(1), &secrets.commitment, n % 2 == 0).unwrap();
        market.bind("7", &holder(1), false).unwrap();
        market.issuer = market.restored();
        let offer = market.offer("7", None).unwrap();
        assert_eq!(private_of(&offer).entropy, entropy);
        verified(&offer, 1, &secrets);
    }
}

//= spec/text/offer.md#REQ-OFFER-34
//= type=test
//# The commitment of a binding MUST stay for as long as the binding does: another one that its holder key
//# brings is ignored
#[test]
fn a32_another_commitment_of_the_same_holder_changes_nothing() {
    let secrets = wallet(1);
    let mut market = bound(&secrets);
    let (before, entries) =
        (market.offer("7", None).unwrap(), market.issuer.ledger(&account("7")).unwrap().len());
    assert_eq!(market.bind_with("7", &holder(1), &wallet(2).commitment, false), Ok(0));
    assert_eq!(market.offer("7", None).unwrap(), before);
    assert_eq!(market.issuer.ledger(&account("7")).unwrap().len(), entries);
    market.next_epoch();
    verified(&market.offer("7", None).unwrap(), 1, &secrets);
    // Another wallet gets nothing by bringing one.
    assert_eq!(market.bind_with("7", &holder(2), &wallet(2).commitment, false), Err(Reason::OfferBound));
    assert_eq!(
        market.bind_with("7", &holder(2), &secrets.commitment, false),
        Err(Reason::OfferBound),
        "nor the one that is bound"
    );
}

//= spec/text/offer.md#REQ-OFFER-34
//= type=test
//# bound anew, holder key, commitment and the market's part of the secret are replaced together
#[test]
fn a32_a_new_binding_takes_the_new_commitment_once_a_quarter_and_starts_bound_anew() {
    for new_holder in [1, 2] {
        let (lost, fresh) = (wallet(1), wallet(2));
        let mut market = bound(&lost);
        assert_eq!(
            market.bind_with("7", &holder(new_holder), &fresh.commitment, true),
            Err(Reason::OfferRebindEarly)
        );
        market.now = market.now.plus(REBIND_SECONDS);
        market.open_epoch();
        let old = market.offer("7", None).unwrap();
        let bound_90d: Milestone = "bound>=90d".parse().unwrap();
        // The epoch began 86 days after the binding; the next one finds 90.
        market.next_epoch();
        let next = market.offer("7", None).unwrap();
        assert!(verified(&next, 1, &lost)[&role("seller")].reaches(bound_90d));

        assert_eq!(market.bind_with("7", &holder(new_holder), &fresh.commitment, true), Ok(2));
        assert_eq!(
            market.bind_with("7", &holder(9), &wallet(3).commitment, true),
            Err(Reason::OfferRebindEarly)
        );
        let rebound = market.offer("7", None).unwrap();
        let steps = verified(&rebound, new_holder, &fresh);
        assert!(!steps[&role("seller")].reaches(bound_90d));
        assert_ne!(private_of(&rebound).entropy, private_of(&old).entropy);
        let ledger = market.issuer.ledger(&account("7")).unwrap();
        let bindings =
            ledger.records().iter().filter(|record| matches!(record.entry().body, Body::Binding { .. }));
        assert_eq!(bindings.count(), 2);

        // The new binding is the one that comes back, and the one that is signed from now on.
        market.issuer = market.restored();
        market.next_epoch();
        verified(&market.offer("7", None).unwrap(), new_holder, &fresh);
        let found = market.issuer.account_of_holder(&holder(1), None);
        assert_eq!(found.is_some(), new_holder == 1, "the old key is bound to nothing");
    }
}

//= spec/text/offer.md#REQ-OFFER-34
//= type=test
//# a binding without one takes the first that it brings
#[test]
fn a_binding_without_a_commitment_takes_the_first() {
    let (first, second) = (wallet(1), wallet(2));
    let mut market = Market::new();
    market.rate("e1", "7", "a", 5);
    market.open_epoch();
    market.bind("7", &holder(1), false).unwrap();
    assert_eq!(market.offer("7", None).unwrap().private, None);
    let entries = market.issuer.ledger(&account("7")).unwrap().len();
    let since = market.issuer.bound_since(&account("7"));
    market.now = market.now.plus(3600);
    assert_eq!(market.bind_with("7", &holder(1), &first.commitment, false), Ok(1));
    assert_eq!(market.bind_with("7", &holder(1), &second.commitment, false), Ok(0));
    assert_eq!(market.issuer.ledger(&account("7")).unwrap().len(), entries, "it is no new binding");
    assert_eq!(market.issuer.bound_since(&account("7")), since);
    let offer = market.offer("7", None).unwrap();
    verified(&offer, 1, &first);

    // The store holds it whichever way its values come.
    let mut backwards = market.changes();
    backwards.reverse();
    let again = Issuer::restore(profile(), secrets(1), backwards.into_iter()).unwrap();
    assert_eq!(again.offer(&account("7"), None, market.now).unwrap(), offer);
}

//= spec/text/offer.md#REQ-OFFER-35
//= type=test
//# A commitment MUST verify, or nothing is bound.
#[test]
fn a_commitment_that_does_not_verify_binds_nothing() {
    let good = wallet(1).commitment;
    let changed = |at: usize, to: u8| {
        let mut bytes = *good.as_bytes();
        bytes[at] ^= to;
        Commitment::from_bytes(bytes)
    };
    let identity = {
        let mut bytes = [0; 144];
        bytes[0] = 0xc0;
        Commitment::from_bytes(bytes)
    };
    let bad = [
        changed(0, 0x20),
        changed(20, 1),
        changed(60, 1),
        changed(143, 1),
        identity,
        Commitment::from_bytes([0xff; 144]),
    ];
    for commitment in bad {
        let mut market = Market::new();
        market.rate("e1", "7", "a", 5);
        market.open_epoch();
        let store = market.store.clone();
        assert_eq!(market.bind_with("7", &holder(1), &commitment, false), Err(Reason::PrivateCommitment));
        // Nor is one added to a binding that has none.
        assert_eq!(market.issuer.holder(&account("7")), None);
        assert_eq!(market.issuer.ledger(&account("7")).unwrap().len(), 1);
        assert_eq!(market.store, store);
        market.bind("7", &holder(1), false).unwrap();
        assert_eq!(market.bind_with("7", &holder(1), &commitment, false), Err(Reason::PrivateCommitment));
        assert_eq!(market.offer("7", None).unwrap().private, None);
    }
}

#[test]
fn what_was_signed_for_an_earlier_epoch_or_binding_is_dropped() {
    let (lost, fresh) = (wallet(1), wallet(2));
    let mut market = bound(&lost);
    let sign = |market: &Market| market.issuer.private_work(1).unwrap()[0].sign().unwrap();
    let of_first_epoch = sign(&market);
    market.next_epoch();
    market.issuer.keep_private(of_first_epoch.clone());
    assert_eq!(waiting(&market.issuer), (1, 1));
    verified(&market.offer("7", None).unwrap(), 1, &lost);

    market.now = market.now.plus(REBIND_SECONDS);
    market.open_epoch();
    let of_lost = sign(&market);
    market.issuer.keep_private(of_lost.clone());
    assert_eq!(waiting(&market.issuer), (1, 0));
    // Bound anew within the epoch: what was signed, and what is still being signed, is for nobody now.
    market.bind_with("7", &holder(2), &fresh.commitment, true).unwrap();
    assert_eq!(waiting(&market.issuer), (1, 1));
    market.issuer.keep_private(of_lost);
    assert_eq!(waiting(&market.issuer), (1, 1));
    verified(&market.offer("7", None).unwrap(), 2, &fresh);
    assert_eq!(sign_all(&mut market), 1);
    market.issuer.keep_private(of_first_epoch);
    verified(&market.offer("7", None).unwrap(), 2, &fresh);
}

//= spec/text/private.md#REQ-PRIVATE-4
//= type=test
//# A market MUST count each account with a live rating in a role in one row of that role at most, on no
//# higher step of any metric than it stands on.
#[test]
fn records_count_who_shares_what_and_never_too_many() {
    let mut market = Market::new();
    // 70 accounts of 1 to 7 ratings, some good and some bad; some more whose only rating was withdrawn.
    for n in 0..70 {
        for rating in 0..=(n % 7) {
            market.rate(
                &format!("e{n}-{rating}"),
                &format!("{n}"),
                &format!("r{rating}"),
                1 + (n / 2 + rating) % 5,
            );
        }
    }
    for n in 70..75 {
        market.rate(&format!("e{n}"), &format!("{n}"), "a", 5);
        market.apply(&withdrawal(&format!("w{n}"), &format!("e{n}"))).unwrap();
    }
    market.open_epoch();
    for n in 0..25_u8 {
        market.bind_with(&format!("{n}"), &holder(n), &wallet(n.into()).commitment, false).unwrap();
        let terms =
            |market: &Market| market.issuer.current_record().unwrap().record().private.clone().unwrap();
        if [18, 19, 24].contains(&n) {
            market.next_epoch();
            // 19, 20 and 25 are bound.
            assert_eq!(terms(&market).bound, if n == 18 { 0 } else { 20 }, "{n}");
        }
    }
    let record = market.issuer.current_record().unwrap().record().clone();
    let terms = record.private.clone().unwrap();
    terms.check().unwrap();
    let (seller, as_of) = (role("seller"), record.begins().day());
    assert!(terms.groups.keys().eq([&seller]));
    let stands: Vec<Steps> = (0..75)
        .map(|n| market.issuer.ledger(&account(&n.to_string())).unwrap())
        .filter(|ledger| ledger.live().count() > 0)
        .map(|ledger| Measures::of(ledger, &seller, as_of).steps(as_of, as_of))
        .collect();
    assert_eq!(stands.len(), 70);
    let told: u64 = terms.groups[&seller].iter().map(|group| group.accounts).sum();
    assert!((20..=70).contains(&told), "{told}");
    let mut most = 0;
    for milestone in Milestone::all().filter(|of| of.metric() != Metric::Bound) {
        let told = terms.sharing(&seller, &[milestone]);
        let really = stands.iter().filter(|steps| steps.reaches(milestone)).count() as u64;
        assert!(told <= really, "{milestone}: {told} of {really}");
        most = most.max(told);
    }
    assert!(most >= 20, "somebody is told to share something");
}

#[test]
fn the_record_names_the_key_the_suite_and_the_grid_and_the_key_stays() {
    let mut market = bound(&wallet(1));
    let terms = |market: &Market| market.issuer.current_record().unwrap().record().private.clone().unwrap();
    let first = terms(&market);
    first.check().unwrap();
    faam_bbs::backend().check_key(&first.key).unwrap();
    market.issuer = market.restored();
    market.next_epoch();
    assert_eq!(terms(&market).key, first.key);
}

#[test]
fn an_epoch_from_before_there_were_private_standings_has_none() {
    let market = bound(&wallet(1));
    // The store of a market whose newest record was made by an earlier version.
    let signed = market.issuer.current_record().unwrap();
    let earlier = faam_spec::epoch::EpochRecord { private: None, ..signed.record().clone() };
    let earlier = SignedEpochRecord::sign(earlier, market.issuer.signer()).unwrap();
    let old = |change: Change| match change.table {
        ChangeTable::Epoch => Change { value: earlier.as_str().as_bytes().to_vec(), ..change },
        _ => change,
    };
    let mut issuer = Issuer::restore(profile(), secrets(1), market.changes().into_iter().map(old)).unwrap();
    assert_eq!(waiting(&issuer), (1, 0));
    assert!(issuer.private_work(9).unwrap().is_empty());
    issuer.sign_private(&account("7")).unwrap();
    assert_eq!(issuer.offer(&account("7"), None, market.now).unwrap().private, None);
    let mut rng = market.rng.clone();
    issuer.open_epoch(market.now.plus(7 * 86_400), &mut rng).unwrap();
    assert_eq!(waiting(&issuer), (1, 1));
}

#[test]
fn a32_a_key_is_looked_up_with_the_ledger_that_it_holds() {
    let mut market = Market::new();
    for name in ["7", "8", "9"] {
        market.rate(&format!("e{name}"), name, "a", 5);
    }
    market.open_epoch();
    // One person with two accounts; the third is somebody else's.
    market.bind_with("7", &holder(1), &wallet(1).commitment, false).unwrap();
    market.bind_with("8", &holder(1), &wallet(2).commitment, false).unwrap();
    market.bind("9", &holder(2), false).unwrap();
    let ledger = |name: &str| Some(market.issuer.ledger(&account(name)).unwrap().id());
    let find = |seed, ledger| market.issuer.account_of_holder(&holder(seed), ledger).map(ToString::to_string);
    assert_eq!(find(1, ledger("8")).as_deref(), Some("8"));
    assert_eq!(find(1, ledger("7")).as_deref(), Some("7"));
    assert_eq!(find(1, ledger("9")), None, "it is bound to another key");
    assert_eq!(find(1, None).as_deref(), Some("7"));
    assert_eq!(find(2, None).as_deref(), Some("9"));
    assert_eq!(find(3, None), None);
    // Two ledgers of one key have each its own part of the secret.
    let entropy = |name| private_of(&market.offer(name, None).unwrap()).entropy;
    assert_ne!(entropy("7"), entropy("8"));
}
