//! All of Bitcoin Alpha goes through the issuer, and what comes out is what the file says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;

use faam_issuer::{AccountId, Issuer};
use faam_spec::ledger::Ledger;
use faam_tests::{ALPHA, Holder, Market, alpha_events, now, open_standing};

/// Values and raters of each account, straight from the file.
fn counted() -> BTreeMap<&'static str, Vec<(i64, &'static str)>> {
    let mut accounts: BTreeMap<&str, Vec<(i64, &str)>> = BTreeMap::new();
    for line in ALPHA.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        accounts.entry(cells[1]).or_default().push((cells[2].parse().unwrap(), cells[0]));
    }
    accounts
}

#[test]
fn all_24186_ratings_of_3754_accounts() {
    let mut market = Market::new("bitcoin-alpha", 1, now());
    let events = alpha_events(&[]);
    assert_eq!(events.len(), 24_186);
    let mut changes = Vec::new();
    for event in &events {
        changes.extend(market.issuer.apply(event, &mut market.rng).unwrap());
    }
    changes.extend(market.issuer.open_epoch(now(), &mut market.rng).unwrap());
    let file = counted();
    assert_eq!((file.len(), market.issuer.accounts().count()), (3_754, 3_754));
    let record = market.record();
    assert_eq!(record.record().accounts.size, 3_754);

    // Every ledger counts as the file does, on the native scale and on the common one.
    for (account, ratings) in &file {
        let id: AccountId = account.parse().unwrap();
        let ledger: &Ledger = market.issuer.ledger(&id).unwrap();
        let numbers = ledger.numbers(record.record().begins().day());
        let all = &numbers.total.all;
        let sum: i64 = ratings.iter().map(|(value, _)| (value + 10) * 50).sum();
        assert_eq!(all.ratings, ratings.len() as u64, "account {account}");
        assert_eq!(all.counterparties, ratings.len() as u64, "each pair rated once");
        assert_eq!(i64::from(all.mean.unwrap()), sum / ratings.len() as i64, "account {account}");
        let bad = ratings.iter().filter(|(value, _)| *value < -6).count() as u64;
        assert_eq!(all.histogram[0], bad, "account {account}");
        let values = ledger.records().iter().map(|record| match &record.entry().body {
            faam_spec::ledger::Body::Rating { score, .. } => score.value(),
            other => panic!("{other:?}"),
        });
        assert_eq!(values.sum::<i64>(), ratings.iter().map(|(value, _)| value).sum::<i64>());
    }

    // A sample of accounts, the largest among them, is offered, taken and opened whole.
    let sample: Vec<&str> = file.keys().copied().step_by(125).collect();
    for (n, account) in sample.into_iter().enumerate() {
        let mut holder = Holder::new(u8::try_from(n + 1).unwrap());
        market.give(account, &mut holder);
        let held = holder.newest();
        assert_eq!(held.ratings.len(), file[account].len());
        let standing = open_standing(&held.offer.standing);
        assert_eq!(standing.statement().head, held.ledger.head());
        assert!(standing.check_record(&record, &held.offer.account).is_ok());
    }

    // What was stored is enough to make the same issuer again.
    let secrets = faam_tests::secrets(1);
    let again = Issuer::restore(market.issuer.profile().clone(), secrets, changes.into_iter()).unwrap();
    assert_eq!(again.current_record().unwrap().as_str(), record.as_str());
    let mut compared = 0;
    for account in market.issuer.accounts().filter(|account| !account.bound) {
        let log = |issuer: &Issuer| issuer.ledger(&account.account).unwrap().head();
        assert_eq!(log(&again), log(&market.issuer), "{:?}", account.account);
        compared += 1;
    }
    assert!(compared > 3_700);
}
