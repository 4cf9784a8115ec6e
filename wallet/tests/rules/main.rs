//! Rules for requests, over a year of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod year;

use std::collections::{BTreeMap, BTreeSet};

use year::{Kind, REQUESTS, SHARES, year};

#[test]
fn the_year_is_what_it_says() {
    for seed in 0..8 {
        let all = year(seed);
        assert_eq!(all.len(), REQUESTS);
        assert!(all.is_sorted_by_key(|asks| asks.at));
        let parties: BTreeSet<_> = all.iter().map(|asks| asks.verifier.as_str()).collect();
        assert_eq!(parties.len(), 200);
        let mut of: BTreeMap<Kind, usize> = BTreeMap::new();
        for asks in &all {
            *of.entry(asks.kind).or_default() += 1;
        }
        assert!(SHARES.iter().all(|(kind, _, requests)| of[kind] == *requests), "{of:?}");
        let count = |is: &dyn Fn(&year::Asks) -> bool| all.iter().filter(|asks| is(asks)).count();
        let private = count(&|asks| !asks.query.private().is_empty());
        assert!((900..1_500).contains(&private), "{private}");
        assert!(count(&|asks| asks.climbs) > 20 && count(&|asks| asks.small_group) > 20);
        assert!(count(&|asks| asks.retention_days.is_none()) > 20);
    }
    assert_eq!(format!("{:?}", year(1)), format!("{:?}", year(1)), "a seed is a year");
}
