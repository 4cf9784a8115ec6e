//! The grid against ledgers that are too large for vectors, and against a second way of counting.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::grid::{METRICS, Measures, Metric, Milestone, Steps};
use faam_spec::time::{Day, Timestamp};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn steps_of(measures: &Measures, bound: &str, as_of: &str) -> BTreeMap<&'static str, u8> {
    let steps = measures.steps(day(bound), day(as_of));
    Metric::all().map(Metric::name).zip(*steps.as_array()).collect()
}

/// Thresholds as the page has them.
const PAGE: [(&str, &[&str]); METRICS] = [
    ("count", &[">=1", ">=3", ">=5", ">=10", ">=20", ">=50", ">=100"]),
    ("counterparties", &[">=3", ">=5", ">=10", ">=25", ">=50", ">=100"]),
    ("mean", &[">=500", ">=550", ">=600", ">=650", ">=700", ">=750", ">=800", ">=875", ">=950"]),
    ("recent_mean", &[">=500", ">=550", ">=600", ">=650", ">=700", ">=750", ">=800", ">=875"]),
    ("recent_count", &[">=1", ">=3", ">=5", ">=10", ">=20", ">=30"]),
    ("tenure", &[">=90d", ">=1y", ">=2y", ">=3y", ">=4y", ">=5y"]),
    ("low_share", &["<=20%", "<=10%", "<=5%", "<=2%"]),
    ("withdrawn_share", &["<=10%", "<=5%", "<=2%"]),
    ("bound", &[">=90d", ">=1y", ">=2y", ">=3y"]),
    ("disputes", &["=0"]),
];

//= spec/text/grid.md#REQ-GRID-1
//= type=test
//# Grid 1 MUST have exactly these milestones, in this order, and no others.
#[test]
fn the_grid_is_the_one_of_the_page() {
    let written: Vec<String> =
        PAGE.iter().flat_map(|(name, list)| list.iter().map(move |text| format!("{name}{text}"))).collect();
    let coded: Vec<String> = Milestone::all().map(|milestone| milestone.to_string()).collect();
    assert_eq!(coded, written);
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/text/grid.md")).unwrap();
    for (name, list) in PAGE {
        let row: Vec<String> = list.iter().map(|text| format!("`{name}{text}`")).collect();
        assert!(page.contains(&row.join(", ")), "{name}");
    }
}

/// On a threshold and just below it, where one is a number.
//= spec/text/grid.md#REQ-GRID-4
//= type=test
//# A threshold MUST be compared in whole arithmetic, without rounding, as below.
#[test]
fn every_threshold_is_met_exactly_and_missed_by_one() {
    let some = Measures { count: 100, first: Some(day("2020-01-01")), ever: 100, ..Measures::default() };
    let of = |measures: &Measures, milestone: &Milestone| {
        measures.steps(day("2026-01-01"), day("2026-01-01")).reaches(*milestone)
    };
    for milestone in Milestone::all() {
        let text = milestone.to_string();
        let n: u64 = text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        let (on, off) = match milestone.metric() {
            Metric::Count | Metric::Counterparties => {
                (Measures { count: n, ..some.clone() }, Measures { count: n - 1, ..some.clone() })
            }
            Metric::Mean => {
                let of = |sum| Measures { count: 7, sum, ..some.clone() };
                (of(7 * n), of(7 * n - 1))
            }
            Metric::RecentMean => {
                let of = |recent_sum| Measures { recent_count: 7, recent_sum, ..some.clone() };
                (of(7 * n), of(7 * n - 1))
            }
            Metric::RecentCount => {
                let of = |recent_count| Measures { recent_count, ..some.clone() };
                (of(n), of(n - 1))
            }
            Metric::LowShare => {
                let of = |low| Measures { low, ..some.clone() };
                (of(n), of(n + 1))
            }
            Metric::WithdrawnShare => {
                let of = |withdrawn| Measures { withdrawn, ..some.clone() };
                (of(n), of(n + 1))
            }
            Metric::Disputes => (some.clone(), Measures { disputed: 1, ..some.clone() }),
            Metric::Tenure | Metric::Bound => continue,
        };
        assert!(of(&on, &milestone), "{text}");
        assert!(!of(&off, &milestone), "{text}");
    }
    // A share that is no whole number of per cent: 1 of 49 is over 2 %, 1 of 50 is not, and 1 of 51 is under it.
    for (count, step) in [(49, 3), (50, 4), (51, 4)] {
        let measures = Measures { count, low: 1, ever: count, withdrawn: 1, ..some.clone() };
        let steps = steps_of(&measures, "2026-01-01", "2026-01-01");
        assert_eq!((steps["low_share"], steps["withdrawn_share"]), (step, step - 1), "{count}");
    }
    // The largest numbers that there can be do not run over.
    let most = Measures {
        count: u64::MAX,
        sum: u64::MAX,
        ever: u64::MAX,
        low: u64::MAX,
        withdrawn: u64::MAX,
        ..some
    };
    let _ = most.steps(day("1970-01-01"), day("9999-12-31"));
}

/// Years by another way: the calendar's day, month and year compared as text.
#[test]
fn tenure_in_years_is_that_of_the_calendar() {
    let years_before = |as_of: &str, years: u32| -> String {
        let year = as_of[..4].parse::<u32>().unwrap() - years;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let rest = if &as_of[4..] == "-02-29" && !leap { "-02-28" } else { &as_of[4..] };
        format!("{year:04}{rest}")
    };
    let days = |from: i64, step: i64| {
        (0..60).map(move |n| Timestamp::new((from + n * step) * 86_400).unwrap().day())
    };
    // 2020-01-20 and on, by one day; 2023-12-01 to 2025, by one day and by nine.
    let firsts: Vec<Day> = days(18_281, 1).chain(days(17_900, 13)).collect();
    let as_ofs: Vec<Day> = days(18_646, 1).chain(days(19_740, 1)).chain(days(20_107, 9)).collect();
    let mut seen = BTreeSet::new();
    for first in &firsts {
        for as_of in &as_ofs {
            let (first_text, as_of_text) = (first.to_string(), as_of.to_string());
            let measures = Measures { count: 1, first: Some(*first), ..Measures::default() };
            let mut expected = u8::from(as_of.days_since(*first) >= 90);
            for years in 1..=5 {
                if expected == u8::try_from(years).unwrap() && first_text <= years_before(&as_of_text, years)
                {
                    expected += 1;
                }
            }
            let steps = measures.steps(*first, *as_of);
            let [.., tenure, _, _, bound, _] = *steps.as_array();
            assert_eq!((tenure, bound), (expected, expected.min(4)), "{first_text} as of {as_of_text}");
            seen.insert(expected);
        }
    }
    assert!(seen.len() >= 5, "{seen:?}");
}

//= spec/text/grid.md#REQ-GRID-7
//= type=test
//# Where no rating counts, no milestone but those of `bound` MUST be reached.
#[test]
fn nothing_is_reached_without_ratings() {
    let steps = Measures::default().steps(day("2000-01-01"), day("2026-01-01"));
    assert_eq!(*steps.as_array(), [0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    let reached: Vec<String> = steps.reached().map(|milestone| milestone.to_string()).collect();
    assert_eq!(reached, ["bound>=90d", "bound>=1y", "bound>=2y", "bound>=3y"]);
}

//= spec/text/grid.md#REQ-GRID-2
//= type=test
//# The message of a milestone MUST be its text, a space, and `true` or `false`, in UTF-8.
#[test]
fn messages_say_of_each_milestone_whether_it_is_reached() {
    let steps = Steps::new([6, 4, 8, 5, 3, 4, 4, 3, 2, 1]).unwrap();
    let messages = steps.messages();
    for (milestone, message) in Milestone::all().zip(&messages) {
        assert_eq!(*message, format!("{milestone} {}", steps.reaches(milestone)).into_bytes());
        // Whoever reaches one reaches those before it.
        let before =
            Milestone::all().filter(|of| of.metric() == milestone.metric() && of.step() < milestone.step());
        assert!(!steps.reaches(milestone) || before.into_iter().all(|of| steps.reaches(of)));
    }
    assert_eq!(messages[5], b"count>=50 true");
    assert_eq!(messages[6], b"count>=100 false");
    assert_eq!(messages.iter().collect::<BTreeSet<_>>().len(), 54);
    assert!(Steps::new([8, 0, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
}
