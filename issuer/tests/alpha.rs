//! Real ratings: an excerpt of Bitcoin Alpha (`data/SOURCES.md`).

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
use faam_issuer::read;

const EXCERPT: &str = include_str!("data/alpha-excerpt.csv");

#[test]
fn two_accounts_of_bitcoin_alpha() {
    let events =
        read::csv(EXCERPT.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap()).unwrap();
    assert_eq!(events.len(), 393);
    let mut market = Market::new();
    for event in &events {
        market.apply(event).unwrap();
    }
    market.open_epoch();
    for (name, key) in [("7", 1), ("177", 2)] {
        market.bind(name, &holder(key), false).unwrap();
        let taken = take(&market.offer(name, None).unwrap(), None, &holder(key));

        // Counted once more, from the file alone.
        let values: Vec<i64> = EXCERPT
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
            .filter(|row| row[1] == name)
            .map(|row| row[2].parse().unwrap())
            .collect();
        let count = u64::try_from(values.len()).unwrap();
        let normal: i64 = values.iter().map(|value| (value + 10) * 50).sum();
        let all = &taken.statement.numbers.total.all;
        assert_eq!((all.ratings, all.counterparties), (count, count), "one rating for each pair");
        assert_eq!(i64::from(all.mean.unwrap()), normal / i64::try_from(count).unwrap());
        let low = values.iter().filter(|value| **value < -6).count();
        assert_eq!(all.histogram[0], u64::try_from(low).unwrap());
        assert_eq!(taken.statement.numbers.total.recent.ratings, 0, "the market's ratings ended in 2016");
        assert_eq!(taken.ratings.len(), values.len());
    }
    let again = market.restored();
    assert!(again.accounts().eq(market.issuer.accounts()));
}
