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

use faam_spec::grid::Milestone;
use faam_spec::hash::Hash;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_wallet::rules::{Doubts, History, Preset, Rules, Then};
use faam_wallet::vault::{AskedLedger, Happened, LogEntry};
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

/// What became of a year.
#[derive(Debug, Default)]
struct Became {
    asked: usize,
    answered: usize,
    refused: usize,
    refused_by: BTreeMap<String, usize>,
    /// Nothing could be shown: a higher step than before.
    nothing: usize,
    asked_by: BTreeMap<Kind, usize>,
    answered_by: BTreeMap<String, usize>,
}

/// Lives through a year with these rules, as `faam present` does: what is refused is refused first, then the wallet looks whether it has an
/// answer, then what a person would be warned of. A person who is asked agrees, unless somebody wants to have.
fn lived(preset: Preset, seed: u64) -> Became {
    let mut became = Became::default();
    let mut history = History::default();
    // The holder reads the rules again before they end.
    let mut rules = Rules::default();
    let mut written = None;
    // What each was shown, kept apart from the rules' own memory.
    let (mut agreed, mut plain, mut proven) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (at, asks) in year(seed).into_iter().enumerate() {
        if written.is_none_or(|day: Timestamp| asks.at > day.plus(180 * 86_400)) {
            rules = Rules::parse(&preset.text(asks.at), asks.at).unwrap();
            written = Some(asks.at);
        }
        let to = asks.who();
        let entry = |what| LogEntry { seq: at as u64, at: asks.at, persona: 0, what };
        let digest = Hash::of(b"", &at.to_be_bytes());
        // As the wallet warns: few share it, or numbers and a pseudonym would be tied to each other.
        let party = to.did.to_string();
        let (numbers, steps) = (!to.ledgers.is_empty(), !to.milestones.is_empty());
        let tied = (numbers && proven.contains(&party)) || (steps && plain.contains(&party));
        let few = asks.small_group;
        let warnings = [(few, "few share it"), (tied, "numbers and a pseudonym")];
        let warnings = warnings.iter().filter(|(is, _)| *is).map(|(_, why)| (*why).to_owned()).collect();
        // What a wallet that can prove milestones of everything calls more than is needed.
        let more = |ledger: &AskedLedger| match &ledger.ratings {
            None => !plain.contains(&party),
            Some(ratings) => {
                ratings.complete
                    || ratings.at_least > 12
                    || ratings.disclose.len() >= 4
                    || ratings.disclose.iter().any(|name| name == "rater")
            }
        };
        let excess = to.retention_days > 366 || to.ledgers.len() > 1 || to.ledgers.iter().any(more);
        let doubts = Doubts { few, excess, exact: false, warnings };
        let verdict = rules.judge(&to, &doubts, &history, asks.at);
        let declined = Happened::Declined { to: to.clone(), request: digest };
        if verdict.then == Then::Refuse {
            became.refused += 1;
            *became.refused_by.entry(verdict.rule.unwrap()).or_default() += 1;
            history.add(&entry(declined));
            continue;
        }
        if asks.climbs {
            became.nothing += 1;
            history.add(&entry(Happened::NotAnswered { to, request: digest, code: Reason::RequestClimbing }));
            continue;
        }
        if verdict.then == Then::Answer {
            became.answered += 1;
            let rule = verdict.rule.unwrap();
            *became.answered_by.entry(rule.clone()).or_default() += 1;
            assert!(
                doubts == Doubts::default() && asks.retention_days.is_some_and(|days| days <= 366),
                "{asks:?}"
            );
            // By another way than the rules': low steps, or what a person once agreed to show them.
            let low = |step: &Milestone| {
                [
                    "count>=5",
                    "count>=10",
                    "count>=20",
                    "tenure>=90d",
                    "tenure>=1y",
                    "mean>=500",
                    "mean>=550",
                    "mean>=600",
                ]
                .contains(&step.to_string().as_str())
            };
            let is_low = steps && to.milestones.iter().all(|of| of.milestones.iter().all(low));
            assert!(is_low || agreed.contains(&party), "{rule}: {asks:?}");
            history.add(&entry(Happened::RuleApplied {
                to: to.clone(),
                request: digest,
                rule,
                then: Then::Answer,
            }));
            history.add(&entry(asks.shown(digest)));
            (if numbers { &mut plain } else { &mut proven }).insert(party);
            continue;
        }
        became.asked += 1;
        *became.asked_by.entry(asks.kind).or_default() += 1;
        if asks.kind == Kind::Greedy {
            history.add(&entry(declined));
        } else {
            history.add(&entry(asks.shown(digest)));
            (if numbers { &mut plain } else { &mut proven }).insert(party.clone());
            agreed.insert(party);
        }
    }
    became
}

#[test]
fn a_year_of_everyday_asks_seldom_and_answers_what_is_named() {
    let mut most = 0;
    for seed in 0..20 {
        let became = lived(Preset::Everyday, seed);
        println!("{seed}: {became:?}");
        assert_eq!(became.asked + became.answered + became.refused + became.nothing, REQUESTS);
        most = most.max(became.asked);
    }
    assert!(most <= 60, "{most}");
}

#[test]
fn a_year_of_careful_answers_nothing() {
    let became = lived(Preset::Careful, 1);
    assert_eq!(became.answered, 0);
    assert!(became.refused > 100 && became.asked > 1_000, "{became:?}");
}
