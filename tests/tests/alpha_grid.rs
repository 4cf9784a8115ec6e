//! How many accounts of Bitcoin Alpha stand on each step of the grid: no step that only a handful reach.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;

use faam_issuer::Event;
use faam_spec::grid::{Measures, Metric, Milestone};
use faam_spec::ledger::Ledger;
use faam_spec::time::{Day, Timestamp};
use faam_tests::{ALPHA, Market, alpha_events};

/// Fewest accounts on a step, on one of the two days.
const FEWEST: usize = 20;

/// The day of the data's last rating.
fn end() -> Day {
    let last =
        ALPHA.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<i64>().unwrap()).max();
    Timestamp::new(last.unwrap()).unwrap().day()
}

/// Accounts that reach each milestone as of each of the days, by the ratings that there were; days ascend.
fn reaching(days: [Day; 2]) -> [(usize, BTreeMap<Milestone, usize>); 2] {
    let mut market = Market::new("bitcoin-alpha", 1, days[0].start());
    let role = "trader".parse().unwrap();
    let mut events = alpha_events(&[]);
    days.map(|as_of| {
        let given = |event: &Event| matches!(event, Event::Rating { at, .. } if at.day() <= as_of);
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut events).into_iter().partition(given);
        events = later;
        market.apply(&now);
        let mut reached: BTreeMap<Milestone, usize> = BTreeMap::new();
        let mut accounts = 0;
        for account in market.issuer.accounts() {
            let ledger: &Ledger = market.issuer.ledger(&account.account).unwrap();
            accounts += 1;
            for milestone in Measures::of(ledger, &role, as_of).steps(as_of, as_of).reached() {
                *reached.entry(milestone).or_default() += 1;
            }
        }
        (accounts, reached)
    })
}

#[test]
fn every_step_is_reached_by_more_than_a_handful() {
    let days = ["2014-01-01".parse().unwrap(), end()];
    let [(then, earlier), (all, at_end)] = reaching(days);
    println!("| milestone | {}: {all} accounts | {}: {then} accounts |\n|---|---|---|", days[1], days[0]);
    let mut few = Vec::new();
    for milestone in Milestone::all() {
        let of = |reached: &BTreeMap<Milestone, usize>| reached.get(&milestone).copied().unwrap_or_default();
        let (last, first) = (of(&at_end), of(&earlier));
        // Nothing was withdrawn or disputed in the data, and nobody has a wallet.
        if matches!(milestone.metric(), Metric::WithdrawnShare | Metric::Bound | Metric::Disputes) {
            let expected = if milestone.metric() == Metric::Bound { [0, 0] } else { [all, then] };
            assert_eq!([last, first], expected, "{milestone}");
            continue;
        }
        println!("| `{milestone}` | {last} | {first} |");
        if last.max(first) < FEWEST {
            few.push(milestone);
        }
    }
    assert!(few.is_empty(), "{few:?}");
    assert_eq!((all, then), (3754, 3385));

    // Straight from the file, without ledgers: that many accounts have a mean of 875 and more as of the end.
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for line in ALPHA.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let sum = sums.entry(cells[1]).or_default();
        *sum = (sum.0 + (cells[2].parse::<i64>().unwrap() + 10) * 50, sum.1 + 1);
    }
    let counted = sums.values().filter(|(sum, count)| *sum >= 875 * count).count();
    assert_eq!(at_end[&"mean>=875".parse().unwrap()], counted);
    assert_eq!(counted, 50);
}
