//! What a market tells its issuer: JSON Lines and CSV.

use faam_issuer::read::{csv_lines, json_line, json_lines, unknown_member};
use faam_issuer::{Change, ChangeTable, Event, Issuer, Profile, Secrets};
use faam_spec::time::EpochLength;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

use crate::fixture::{empty_market, fixture};

/// Most events that are applied: more only costs time.
const APPLIED: usize = 64;

/// Event lines and CSV, and a market that they are told to.
pub fn events(bytes: &[u8]) {
    let mut read = Vec::new();
    for (at, result) in json_lines(bytes).enumerate() {
        match result {
            Ok(event) => read.push(event),
            Err(error) => {
                assert!(usize::try_from(error.line()).unwrap() > at, "{error}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        let known = unknown_member(text).is_none();
        assert!(json_line(text).is_err() || known, "a line with a member that no event has");
    }
    apply(&read);
    let csv = csv_lines(bytes, "-10..10".parse().unwrap(), "trader".parse().unwrap());
    if let Ok(lines) = csv {
        assert!(lines.is_sorted_by_key(|(_, event)| event.at()));
        let rows: Vec<Event> = lines.into_iter().map(|(_, event)| event).collect();
        apply(&rows);
    }
}

/// A market takes or refuses each event, and what it stored brings it back as it is.
fn apply(events: &[Event]) {
    if events.is_empty() {
        return;
    }
    let mut rng = StdRng::seed_from_u64(7);
    let mut issuer = empty_market(&mut rng);
    let mut store: BTreeMap<(ChangeTable, Vec<u8>), Change> = BTreeMap::new();
    let mut keep = |changes: Vec<Change>| {
        for change in changes {
            assert!((1..=128).contains(&change.id.len()) && change.value.len() <= 256 * 1024);
            store.insert((change.table, change.id.clone()), change);
        }
    };
    for event in events.iter().take(APPLIED) {
        if let Ok(changes) = issuer.apply(event, &mut rng) {
            keep(changes);
            let again = issuer.apply(event, &mut rng).expect("told twice, it is known");
            assert!(again.is_empty());
        }
    }
    let now = fixture().now;
    keep(issuer.open_epoch(now, &mut rng).unwrap());
    for account in issuer.accounts() {
        let ledger = issuer.ledger(&account.account).expect("it is listed");
        assert!(ledger.numbers(now.day()).check().is_ok());
    }
    let profile = Profile { market: "shop".parse().unwrap(), epoch: EpochLength::WEEK };
    let secrets = Secrets::random(&mut StdRng::seed_from_u64(7));
    let restored =
        Issuer::restore(profile, secrets, store.into_values()).expect("what was stored comes back");
    assert_eq!(restored.accounts().count(), issuer.accounts().count());
    assert_eq!(restored.current_record(), issuer.current_record());
    for account in issuer.accounts() {
        let head = |issuer: &Issuer| issuer.ledger(&account.account).map(faam_spec::ledger::Ledger::head);
        assert_eq!(head(&restored), head(&issuer));
    }
}
