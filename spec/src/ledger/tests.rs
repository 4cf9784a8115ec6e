//! The rules of a ledger, told as stories.

use rand::SeedableRng as _;
use serde_json::json;

use super::*;
use crate::scale::Score;

struct Book {
    ledger: Ledger,
    rng: rand::rngs::StdRng,
}

impl Book {
    fn new() -> Self {
        Self { ledger: Ledger::new(LedgerId::from_bytes([7; 16])), rng: rand::rngs::StdRng::seed_from_u64(1) }
    }

    fn add(&mut self, body: Body, disclosures: Vec<crate::sdjwt::Disclosure>) -> Result<u64, Fault> {
        let index = self.ledger.len();
        let entry = Entry { ledger: self.ledger.id(), index, salt: Salt::random(&mut self.rng), body };
        self.ledger.push(Record::new(entry, disclosures)?)?;
        Ok(index)
    }

    fn rate(&mut self, value: i64, rater: &str, role: &str, supersedes: Option<u64>) -> Result<u64, Fault> {
        let part = |name| match name {
            names::DAY => json!("2026-03-01"),
            names::RATER => json!(rater),
            _ => json!(null),
        };
        let disclosures: Vec<_> = names::OF_RATING
            .iter()
            .map(|name| crate::sdjwt::Disclosure::new(name, part(*name), &mut self.rng).unwrap())
            .collect();
        let body = Body::Rating {
            role: role.parse().unwrap(),
            score: Score::new(value, "1..5".parse().unwrap()).unwrap(),
            digests: disclosures.iter().map(crate::sdjwt::Disclosure::digest).collect(),
            supersedes,
        };
        self.add(body, disclosures)
    }
}

fn day() -> Day {
    "2026-04-01".parse().unwrap()
}

#[test]
fn corrected_and_withdrawn_ratings_leave_the_live_tree_and_stay_counted() {
    let mut book = Book::new();
    let bad = book.rate(1, "a", "seller", None).unwrap();
    let good = book.rate(5, "b", "seller", None).unwrap();
    book.rate(4, "c", "buyer", None).unwrap();
    let before = book.ledger.head();
    let corrected = book.rate(3, "a", "seller", Some(bad)).unwrap();
    book.add(Body::Withdrawal { day: day(), of: good, by: Asker::Both }, vec![]).unwrap();
    let numbers = book.ledger.numbers(day());
    assert_eq!((numbers.total.all.ratings, numbers.withdrawn, numbers.corrected), (2, 1, 1));
    assert_eq!(numbers.roles.len(), 2);
    assert!(numbers.check().is_ok());
    assert_eq!(book.ledger.live().map(|(i, _)| i).collect::<Vec<_>>(), [2, corrected]);
    assert_eq!(book.ledger.live_position(corrected), Some(1));
    assert_eq!(book.ledger.live_position(bad), None);
    let now = book.ledger.head();
    let path = book.ledger.prove_extends(before.log.size).unwrap();
    assert!(now.log.verify_extends(&before.log, &path).is_ok());
    assert_eq!(now.live.size, 2);
}

#[test]
fn rules_are_kept_and_a_refused_entry_changes_nothing() {
    let mut book = Book::new();
    let first = book.rate(5, "a", "seller", None).unwrap();
    let head = book.ledger.head();
    let refused = |result: Result<u64, Fault>| assert_eq!(result.unwrap_err().reason(), Reason::LedgerEntry);
    refused(book.rate(5, "b", "seller", Some(first)));
    refused(book.rate(5, "a", "buyer", Some(first)));
    refused(book.add(Body::Dispute { day: day(), of: first, state: DisputeState::Settled }, vec![]));
    refused(book.add(
        Body::Rating {
            role: "seller".parse().unwrap(),
            score: Score::new(1, "1..5".parse().unwrap()).unwrap(),
            digests: vec![],
            supersedes: None,
        },
        vec![],
    ));
    let stray = crate::sdjwt::Disclosure::new("text", json!("hm"), &mut book.rng).unwrap();
    refused(book.add(Body::Reply { day: day(), to: first, digests: vec![] }, vec![stray]));
    assert_eq!(book.ledger.head(), head);
    book.add(Body::Withdrawal { day: day(), of: first, by: Asker::Rater }, vec![]).unwrap();
    refused(book.add(Body::Withdrawal { day: day(), of: first, by: Asker::Rater }, vec![]));
    refused(book.add(Body::Reply { day: day(), to: first, digests: vec![] }, vec![]));
}

#[test]
fn a_replayed_ledger_is_the_same() {
    let mut book = Book::new();
    for n in 0..40 {
        book.rate(1 + n % 5, &format!("r{n}"), "seller", None).unwrap();
    }
    book.add(Body::Binding { day: day() }, vec![]).unwrap();
    let text = serde_json::to_vec(book.ledger.records()).unwrap();
    let records: Vec<Record> = serde_json::from_slice(&text).unwrap();
    let again = Ledger::replay(book.ledger.id(), records).unwrap();
    assert_eq!(again.head(), book.ledger.head());
    assert_eq!(again.numbers(day()), book.ledger.numbers(day()));
    assert_eq!(again.binding(), (Some(day()), 1));
}
