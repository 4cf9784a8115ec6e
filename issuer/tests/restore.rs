//! An issuer made again of its store is the same, and a store that does not fit is refused.

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

use common::*;
use faam_issuer::{Change, ChangeTable, Issuer, Profile};
use faam_spec::limits::REBIND_SECONDS;
use faam_spec::reason::Reason;

/// A market in which everything has happened once.
fn lively() -> Market {
    let mut market = Market::new();
    for n in 0..30 {
        market.rate(&format!("e{n}"), &format!("{}", n % 4), &format!("r{}", n % 7), 1 + n % 5);
    }
    market.open_epoch();
    market.bind("0", &holder(1), false).unwrap();
    market.bind("1", &holder(2), false).unwrap();
    market.apply(&correction("c", "e0", 5)).unwrap();
    market.apply(&withdrawal("w", "e4")).unwrap();
    market.next_epoch();
    market.now = market.now.plus(REBIND_SECONDS);
    market.open_epoch();
    market.bind("0", &holder(3), true).unwrap();
    market.apply(&reply("p", "e1")).unwrap();
    market.apply(&dispute("d", "e5", "open")).unwrap();
    market.apply(&withdrawal("w2", "e8")).unwrap();
    market.rate("late", "new", "r1", 3);
    market
}

fn refusal(changes: Vec<Change>) -> Option<Reason> {
    Issuer::restore(profile(), secrets(1), changes.into_iter()).err().map(|fault| fault.reason())
}

#[test]
fn restored_it_gives_the_same_offers_and_goes_on_alike() {
    let mut market = lively();
    let mut backwards = market.changes();
    backwards.reverse();
    let mut again = Issuer::restore(profile(), secrets(1), backwards.into_iter()).unwrap();
    let later = market.now.plus(3600);
    for name in ["0", "1"] {
        let offer = |issuer: &Issuer| issuer.offer(&account(name), None, later).unwrap().to_bytes().unwrap();
        assert_eq!(offer(&market.issuer), offer(&again));
    }
    assert!(market.issuer.accounts().eq(again.accounts()));
    assert_eq!(market.issuer.records(), again.records());
    let texts = |issuer: &Issuer| -> Vec<String> {
        issuer.status_lists(later).unwrap().iter().map(|list| list.as_str().to_owned()).collect()
    };
    assert_eq!(texts(&market.issuer), texts(&again));

    let mut rng = market.rng.clone();
    let next = market.now.plus(7 * 86_400);
    let event = rating("after", "2", "r1", 2);
    let here = [
        market.issuer.apply(&event, &mut market.rng).unwrap(),
        market.issuer.open_epoch(next, &mut market.rng).unwrap(),
    ];
    let there = [again.apply(&event, &mut rng).unwrap(), again.open_epoch(next, &mut rng).unwrap()];
    assert_eq!(here, there);
    for changes in here {
        market.keep(changes);
    }
    assert!(Issuer::restore(profile(), secrets(1), market.changes().into_iter()).is_ok());
}

#[test]
fn a_log_of_all_changes_serves_as_well_as_a_store() {
    let mut market = Market::new();
    let mut log = market.issuer.apply(&rating("e1", "7", "a", 5), &mut market.rng).unwrap();
    log.extend(market.issuer.bind(&account("7"), &holder(1), false, market.now, &mut market.rng).unwrap());
    log.extend(market.issuer.open_epoch(market.now, &mut market.rng).unwrap());
    for _ in 0..2 {
        let again = Issuer::restore(profile(), secrets(1), log.clone().into_iter()).unwrap();
        assert_eq!(again.holder(&account("7")), Some(holder(1)));
        log.reverse();
    }
}

#[test]
fn a_new_store_is_a_new_market() {
    let issuer = Issuer::restore(profile(), secrets(1), core::iter::empty()).unwrap();
    assert_eq!(issuer.accounts().count(), 0);
    let mut market = Market::new();
    assert!(market.open_epoch() > 0, "a market without accounts has records as well");
    assert!(market.restored().current_record().is_some());
}

#[test]
fn any_value_that_is_missing_is_noticed_or_was_the_newest() {
    let market = lively();
    let changes = market.changes();
    let (mut refused, mut passed) = (0, 0);
    for at in 0..changes.len() {
        let mut fewer = changes.clone();
        let missing = fewer.remove(at);
        match refusal(fewer) {
            Some(reason) => {
                assert_eq!(reason, Reason::StoreDamaged, "{:?}", missing.table);
                refused += 1;
            }
            // Old snapshots and lists serve nobody any more; an entry after the last record may be the end of its ledger.
            None => {
                let superseded = matches!(missing.table, ChangeTable::Snapshot | ChangeTable::Status);
                assert!(superseded || missing.table == ChangeTable::Record, "{:?}", missing.table);
                passed += 1;
            }
        }
    }
    assert!(refused > 40 && passed < 12, "{refused} {passed}");
}

#[test]
fn changed_or_foreign_values_are_refused() {
    let market = lively();
    let changes = market.changes();
    for at in 0..changes.len() {
        for byte in [0, changes[at].value.len() / 2, changes[at].value.len() - 1] {
            let mut changed = changes.clone();
            changed[at].value[byte] ^= 1;
            if let Ok(issuer) = Issuer::restore(profile(), secrets(1), changed.into_iter()) {
                // What nobody is told any more, or names that only the market knows: events, accounts' keys, times.
                let table = changes[at].table;
                assert!(table != ChangeTable::Epoch && table != ChangeTable::Meta, "{table:?} {byte}");
                assert_eq!(issuer.records(), market.issuer.records());
            }
        }
    }
    let of = |table: ChangeTable| changes.iter().rposition(|change| change.table == table).unwrap();
    let mut truncated = changes.clone();
    truncated[of(ChangeTable::Snapshot)].value.pop();
    let mut other_salt = changes.clone();
    *other_salt[of(ChangeTable::Snapshot)].value.last_mut().unwrap() ^= 1;
    let mut none = changes.clone();
    none.remove(of(ChangeTable::Snapshot));
    let mut shorter = changes.clone();
    let rows = &mut shorter[of(ChangeTable::Snapshot)].value;
    rows.truncate(rows.len() - 40);
    let mut moved = changes.clone();
    *moved[of(ChangeTable::Record)].id.last_mut().unwrap() ^= 1;
    let mut twice = changes.clone();
    twice.push(changes[of(ChangeTable::Record)].clone());
    for bad in [truncated, other_salt, none, shorter, moved, twice] {
        assert_eq!(refusal(bad), Some(Reason::StoreDamaged));
    }
}

#[test]
fn other_secrets_and_other_markets_are_refused() {
    let market = lively();
    let restore = |profile: Profile, secret: u64| {
        Issuer::restore(profile, secrets(secret), market.changes().into_iter())
            .err()
            .map(|fault| fault.reason())
    };
    assert_eq!(restore(profile(), 2), Some(Reason::InvalidIssuer));
    let other = Profile { market: "other".parse().unwrap(), ..profile() };
    assert_eq!(restore(other, 1), Some(Reason::InputMalformed));
    let stored: Vec<Profile> = market.changes().iter().filter_map(Profile::stored).collect();
    assert_eq!(stored, [profile()]);
    // The right key with another secret for pseudonyms.
    let mut bytes = secrets(1).to_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let wrong = faam_issuer::Secrets::from_bytes(&bytes).unwrap();
    let refused = Issuer::restore(profile(), wrong, market.changes().into_iter()).unwrap_err();
    assert_eq!(refused.reason(), Reason::InvalidIssuer);
}
