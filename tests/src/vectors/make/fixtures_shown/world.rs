//! A market and what happened in it.

use std::collections::BTreeMap;

use faam_issuer::{Event, Parts};
use faam_spec::ledger::Asker;
use serde_json::json;

use super::part::Part;
use super::{SIGNED, WEEK, at, record_hash};
use crate::{Holder, Market};

/// A market that has been going for two epochs.
///
/// Of its account in the current epoch: ratings 0 (seller, 5 of 5), 1 (seller, 4), 2 (buyer, 1) and 6 (seller, 3, in place of entry 3)
/// are live, 4 (buyer, 5) was withdrawn by entry 7, 5 is the binding and 8 a reply to 2.
pub struct World {
    /// The account's holder, who took what is in `before` and `now`.
    pub holder: Holder,
    /// The account in the current epoch.
    pub now: Part,
    /// The same in the epoch before.
    pub before: Part,
    /// Another account of the market, in the current epoch, with another holder.
    pub friend: Part,
}

impl World {
    /// The market of this name.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Self {
        let mut market = Market::new(name, seed, at(SIGNED - WEEK));
        market.apply(&first_events());
        market.open_epoch();
        let mut holder = Holder::new(u8::try_from(seed).unwrap());
        market.give("7", &mut holder);
        let before = Part::of(&holder, &market.signer);
        market.apply(&second_events());
        let mut friend = Holder::new(u8::try_from(seed + 100).unwrap());
        market.weeks_pass(1);
        market.give("7", &mut holder);
        market.give("9", &mut friend);
        let mut now = Part::of(&holder, &market.signer);
        let mut friend = Part::of(&friend, &market.signer);
        // What is signed anew has another hash.
        for part in [&mut now, &mut friend] {
            part.record["prev"] = json!(record_hash(&before.record_text()));
        }
        Self { holder, now, before, friend }
    }

    /// An account with so many live ratings in the current epoch, at the market of this name.
    ///
    /// # Panics
    /// Never: its events are right.
    #[must_use]
    pub fn many(name: &str, seed: u64, count: usize) -> Part {
        let mut market = Market::new(name, seed, at(SIGNED));
        let events: Vec<Event> = (0..count)
            .map(|n| rating(&format!("m{n}"), "7", &format!("{}", 100 + n), "seller", 4, "2026-06-01"))
            .collect();
        market.apply(&events);
        market.open_epoch();
        let mut holder = Holder::new(u8::try_from(seed).unwrap());
        market.give("7", &mut holder);
        Part::of(&holder, &market.signer)
    }

    /// Both accounts under the record that the market made for them, in whose tree each has its own place.
    #[must_use]
    pub fn under_one_record(&self) -> [Part; 2] {
        [&self.now, &self.friend].map(|part| Part { linked: (false, true, true), ..part.clone() })
    }
}

fn rating(id: &str, account: &str, rater: &str, role: &str, value: i64, day: &str) -> Event {
    Event::Rating {
        id: id.parse().unwrap(),
        account: account.parse().unwrap(),
        rater: rater.parse().unwrap(),
        role: role.parse().unwrap(),
        score: faam_spec::scale::Score::new(value, "1..5".parse().unwrap()).unwrap(),
        at: format!("{day}T09:00:00Z").parse().unwrap(),
        parts: Parts {
            comment: Some(format!("Deal {id}")),
            category: Some("bicycles".into()),
            aspects: BTreeMap::from([("speed".to_owned(), 700)]),
            amount_band: None,
        },
    }
}

fn first_events() -> Vec<Event> {
    vec![
        rating("e0", "7", "11", "seller", 5, "2024-02-29"),
        rating("e1", "7", "12", "seller", 4, "2026-01-05"),
        rating("e2", "7", "13", "buyer", 1, "2026-04-01"),
        rating("e3", "7", "14", "seller", 2, "2026-10-30"),
        rating("e4", "7", "11", "buyer", 5, "2026-11-02"),
        rating("f0", "9", "11", "seller", 5, "2026-06-01"),
    ]
}

fn second_events() -> Vec<Event> {
    let day = |day: &str| format!("{day}T09:00:00Z").parse().unwrap();
    vec![
        Event::Correction {
            id: "e6".parse().unwrap(),
            of: "e3".parse().unwrap(),
            score: faam_spec::scale::Score::new(3, "1..5".parse().unwrap()).unwrap(),
            at: day("2026-11-14"),
            parts: Parts::default(),
        },
        Event::Withdrawal {
            id: "e7".parse().unwrap(),
            of: "e4".parse().unwrap(),
            by: Asker::Both,
            at: day("2026-11-14"),
        },
        Event::Reply {
            id: "e8".parse().unwrap(),
            of: "e2".parse().unwrap(),
            text: "The parcel was late.".into(),
            at: day("2026-11-15"),
        },
    ]
}
