//! The examples of `spec/text/events.md` are events, and obey the rules that stand there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use faam_issuer::{Issuer, Profile, Secrets, read};
use faam_spec::time::EpochLength;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const TEXT: &str = include_str!("../../spec/text/events.md");

fn block(open: &str) -> &'static str {
    TEXT.split_once(open).unwrap().1.split("```").next().unwrap()
}

#[test]
fn the_examples_of_the_text_are_applied() {
    let mut rng = StdRng::seed_from_u64(1);
    let profile = Profile { market: "alpha".parse().unwrap(), epoch: EpochLength::WEEK };
    let mut issuer = Issuer::new(profile, Secrets::random(&mut rng));
    let mut count = 0;
    for line in block("```json\n").lines() {
        let event = read::json_line(line).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        issuer.apply(&event, &mut rng).unwrap_or_else(|fault| panic!("{line}: {fault}"));
        count += 1;
    }
    assert_eq!(count, 6);
    let csv = block("```\nfrom");
    let csv = format!("from{csv}");
    let ratings = read::csv(csv.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap()).unwrap();
    for event in &ratings {
        issuer.apply(event, &mut rng).unwrap();
    }
    assert_eq!(issuer.accounts().map(|account| account.entries).sum::<u64>(), 7);
}

#[test]
fn every_member_of_the_text_is_one() {
    let table = TEXT.split_once("| member | in | value |").unwrap().1.split_once("\n\n").unwrap().0;
    let rows: Vec<&str> =
        table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rows.len(), 16);
    for member in rows {
        assert_eq!(read::unknown_member(&format!("{{\"{member}\":0}}")), None, "{member}");
    }
}
