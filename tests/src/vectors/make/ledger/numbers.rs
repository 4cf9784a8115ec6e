//! The common scale and the numbers that a ledger gives, REQ-LEDGER-23 and REQ-LEDGER-24.
//!
//! What is expected stands here in figures, and is not computed by the code that is tested.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::written;
use super::{bound, corrected, disputed, parts, rated, rating, record_of, replay, replied, with, withdrawn};

/// The numbers of no ratings.
pub(super) fn none() -> Value {
    json!({"ratings": 0, "counterparties": 0, "histogram": [0, 0, 0, 0, 0]})
}

/// The numbers of some ratings.
pub(super) fn some(ratings: u64, raters: u64, mean: u64, bands: [u64; 5], first: &str, last: &str) -> Value {
    json!({"ratings": ratings, "counterparties": raters, "mean": mean, "histogram": bands, "first": first, "last": last})
}

/// The numbers of a ledger of one role of which nothing was withdrawn, corrected or disputed.
pub(super) fn seller(all: &Value, recent: &Value) -> Value {
    let span = json!({"all": all, "recent": recent});
    json!({"total": span, "roles": {"seller": span}, "withdrawn": 0, "corrected": 0, "disputed": 0})
}

fn stating(records: &[Value], as_of: &str, numbers: &Value) -> Value {
    with(replay(records), json!({"operation": "numbers", "as_of": as_of, "numbers": written(numbers)}))
}

const DAY: &str = "2026-10-02";
const AS_OF: &str = "2026-11-16";

/// Ratings of these values by one rater on one day.
fn of(scale: &str, values: &[i64]) -> Vec<Value> {
    let one = |(index, value): (usize, &i64)| {
        let index = u8::try_from(index).unwrap();
        record_of(rating(index, *value, scale), &parts(index, DAY, "YQ"))
    };
    values.iter().enumerate().map(one).collect()
}

fn scaled(scale: &str, values: &[i64], mean: u64, bands: [u64; 5]) -> Value {
    let all = some(bands.iter().sum(), 1, mean, bands, DAY, DAY);
    stating(&of(scale, values), AS_OF, &seller(&all, &all))
}

pub(super) fn cases(cases: &mut Cases) {
    scale(cases);
    recent(cases);
    counts(cases);
}

fn scale(cases: &mut Cases) {
    let req = "REQ-LEDGER-23";
    for (id, description, scale, values, mean, bands) in [
        ("thumbs", "Thumbs: 0 and 1000.", "0..1", vec![0, 1], 500, [1, 0, 0, 0, 1]),
        ("stars", "Stars: 0, 250, 500, 750, 1000.", "1..5", vec![1, 2, 3, 4, 5], 500, [1, 1, 1, 1, 1]),
        ("alpha", "From −10 to 10: 0, 500, 550, 1000.", "-10..10", vec![-10, 0, 1, 10], 512, [1, 0, 2, 0, 1]),
        (
            "percent",
            "Percent: 0, 190, 200, 870, 1000.",
            "0..100",
            vec![0, 19, 20, 87, 100],
            452,
            [2, 1, 0, 0, 2],
        ),
        ("third", "A third is 333.", "0..3", vec![1], 333, [0, 1, 0, 0, 0]),
        ("two-thirds", "Two thirds are 667.", "0..3", vec![2], 667, [0, 0, 0, 1, 0]),
        ("half", "62.5 becomes 63, where rounding to even gives 62.", "0..16", vec![1], 63, [1, 0, 0, 0, 0]),
        ("half-odd", "187.5 becomes 188.", "0..16", vec![3], 188, [1, 0, 0, 0, 0]),
        (
            "half-negative",
            "62.5 becomes 63 on a scale below 0 too, where rounding from 0 of the value itself gives another.",
            "-16..0",
            vec![-15],
            63,
            [1, 0, 0, 0, 0],
        ),
        (
            "bands",
            "199 is in the first band, 200 in the second, 799 in the fourth, 800 and 1000 in the fifth.",
            "0..1000",
            vec![199, 200, 799, 800, 1000],
            599,
            [1, 1, 0, 1, 2],
        ),
        (
            "half-band",
            "199.5 becomes 200 and is in the second band.",
            "0..2000",
            vec![399],
            200,
            [0, 1, 0, 0, 0],
        ),
        (
            "widest",
            "The widest scale: 500 and 1000.",
            "-1000000..1000000",
            vec![0, 1_000_000],
            750,
            [0, 0, 1, 0, 1],
        ),
        ("wide-low", "One of two million is 0.", "-1000000..1000000", vec![-999_999], 0, [1, 0, 0, 0, 0]),
        (
            "mean",
            "The mean of 333, 667 and 667 is 555.67 and is rounded down.",
            "0..3",
            vec![1, 2, 2],
            555,
            [0, 1, 0, 2, 0],
        ),
    ] {
        cases.accept(req, &format!("normal-{id}"), description, scaled(scale, &values, mean, bands));
    }
    for (id, description, scale, values, mean, bands) in [
        ("down", "62.5 was rounded down.", "0..16", vec![1], 62, [1, 0, 0, 0, 0]),
        ("down-thirds", "666.67 was rounded down.", "0..3", vec![2], 666, [0, 0, 0, 1, 0]),
        ("up-third", "333.33 was rounded up.", "0..3", vec![1], 334, [0, 1, 0, 0, 0]),
        ("band", "200 was counted in the first band.", "0..1000", vec![200], 200, [1, 0, 0, 0, 0]),
        (
            "band-half",
            "199.5 was rounded down and counted in the first band.",
            "0..2000",
            vec![399],
            199,
            [1, 0, 0, 0, 0],
        ),
        ("turned", "The scale was read with its best value first.", "1..5", vec![4], 250, [0, 1, 0, 0, 0]),
        ("from-zero", "The scale was read as if it began at 0.", "1..5", vec![4], 800, [0, 0, 0, 0, 1]),
        ("hundred", "The values were counted from 0 to 100.", "1..5", vec![3], 50, [1, 0, 0, 0, 0]),
        (
            "mean-up",
            "The mean 555.67 was rounded to the nearest.",
            "0..3",
            vec![1, 2, 2],
            556,
            [0, 1, 0, 2, 0],
        ),
        (
            "mean-raw",
            "The mean was computed of values that were not rounded: three times 666.67.",
            "0..3",
            vec![2, 2, 2],
            666,
            [0, 0, 0, 3, 0],
        ),
    ] {
        cases.refuse(
            req,
            &format!("normal-{id}"),
            "ledger.numbers",
            description,
            scaled(scale, &values, mean, bands),
        );
    }
}

fn recent(cases: &mut Cases) {
    let req = "REQ-LEDGER-24";
    // One rating, of which it is asked whether it is recent.
    let one = |day: &str, as_of: &str, is: bool| {
        let all = some(1, 1, 750, [0, 0, 0, 1, 0], day, day);
        let recent = if is { all.clone() } else { none() };
        stating(&[rated(0, 5, day, "YQ")], as_of, &seller(&all, &recent))
    };
    for (id, day, as_of, is) in [
        ("same-day", "2026-11-16", "2026-11-16", true),
        ("day-after", "2026-11-17", "2026-11-16", false),
        ("year-less-a-day", "2025-11-17", "2026-11-16", true),
        ("year", "2025-11-16", "2026-11-16", false),
        ("leap-as-of-out", "2023-02-28", "2024-02-29", false),
        ("leap-as-of-in", "2023-03-01", "2024-02-29", true),
        ("leap-day-in", "2024-02-29", "2025-02-28", true),
        ("leap-day-out", "2024-02-28", "2025-02-28", false),
        ("leap-passed-out", "2024-02-29", "2025-03-01", false),
        ("leap-passed-in", "2024-03-02", "2025-03-01", true),
        ("new-year-in", "2026-01-01", "2026-12-31", true),
        ("new-year-out", "2025-12-31", "2026-12-31", false),
        ("first-year", "1970-01-01", "1970-12-31", true),
        ("first-year-out", "1970-01-01", "1971-01-01", false),
    ] {
        let word = if is { "recent" } else { "not recent" };
        let description = format!("As of {as_of}, a rating of {day} is {word}.");
        cases.accept(req, &format!("recent-{id}"), &description, one(day, as_of, is));
    }
    for (id, day, as_of, is) in [
        ("year", "2025-11-16", "2026-11-16", true),
        ("year-less-a-day", "2025-11-17", "2026-11-16", false),
        ("same-day", "2026-11-16", "2026-11-16", false),
        ("day-after", "2026-11-17", "2026-11-16", true),
        ("leap-as-of", "2023-02-28", "2024-02-29", true),
        ("leap-as-of-march", "2023-03-01", "2024-02-29", false),
        ("leap-day", "2024-02-29", "2025-02-28", false),
        ("leap-passed", "2024-02-29", "2025-03-01", true),
        ("365", "2023-11-17", "2024-11-16", false),
    ] {
        let word = if is { "recent" } else { "not recent" };
        let description = format!("As of {as_of}, a rating of {day} is said to be {word}.");
        cases.refuse(req, &format!("wrong-{id}"), "ledger.numbers", &description, one(day, as_of, is));
    }
}

/// What else is counted; part of the same computation.
fn counts(cases: &mut Cases) {
    let req = "REQ-LEDGER-24";
    let empty = json!({"total": {"all": none(), "recent": none()}, "roles": {}, "withdrawn": 0, "corrected": 0, "disputed": 0});
    cases.accept(req, "counts-empty", "The numbers of an empty ledger.", stating(&[], AS_OF, &empty));
    let bound_only = stating(&[bound(0)], AS_OF, &empty);
    cases.accept(req, "counts-binding", "The numbers of a ledger of one binding.", bound_only);
    let gone = with(empty.clone(), json!({"withdrawn": 1}));
    let records = [rated(0, 5, DAY, "YQ"), withdrawn(1, 0)];
    cases.accept(
        req,
        "counts-withdrawn",
        "The only rating was withdrawn, and is counted so.",
        stating(&records, AS_OF, &gone),
    );
    // Seller: 750 in 2024, corrected to 0, disputed; 1000. Buyer: 500 by the first rater again.
    let buyer =
        record_of(with(rating(5, 0, "-10..10"), json!({"role": "buyer"})), &parts(5, "2026-11-16", "YQ"));
    let records = [
        rated(0, 5, "2024-02-29", "YQ"),
        disputed(1, 0, "open"),
        corrected(2, 0, -10, "2024-03-01", "YQ"),
        rated(3, 10, DAY, "Yg"),
        replied(4, 3),
        buyer,
        rated(6, 7, DAY, "Yw"),
        withdrawn(7, 6),
    ];
    let span = |all: &Value, recent: &Value| json!({"all": all, "recent": recent});
    let sold = some(2, 2, 500, [1, 0, 0, 0, 1], "2024-03-01", DAY);
    let sold_recently = some(1, 1, 1000, [0, 0, 0, 0, 1], DAY, DAY);
    let bought = some(1, 1, 500, [0, 0, 1, 0, 0], "2026-11-16", "2026-11-16");
    let all = some(3, 2, 500, [1, 0, 1, 0, 1], "2024-03-01", "2026-11-16");
    let recently = some(2, 2, 750, [0, 0, 1, 0, 1], DAY, "2026-11-16");
    let numbers = json!({
        "total": span(&all, &recently),
        "roles": {"buyer": span(&bought, &bought), "seller": span(&sold, &sold_recently)},
        "withdrawn": 1, "corrected": 1, "disputed": 1,
    });
    let description = "Two roles, a correction under an open dispute, a reply and a withdrawal.";
    cases.accept(req, "counts", description, stating(&records, AS_OF, &numbers));
    let with_change = |pointer: &str, value: Value| {
        let mut changed = numbers.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        stating(&records, AS_OF, &changed)
    };
    for (id, description, pointer, value) in [
        ("withdrawn", "Nothing is said to be withdrawn.", "/withdrawn", 0),
        ("corrected", "Nothing is said to be corrected.", "/corrected", 0),
        ("disputed", "The dispute is said to have ended with the correction.", "/disputed", 0),
        ("raters", "A rater of two roles was counted twice.", "/total/all/counterparties", 3),
    ] {
        cases.refuse(
            req,
            &format!("counts-wrong-{id}"),
            "ledger.numbers",
            description,
            with_change(pointer, json!(value)),
        );
    }
    let first = with_change("/total/all/first", json!("2024-02-29"));
    let description = "The first day is that of a rating that was corrected.";
    cases.refuse(req, "counts-wrong-first", "ledger.numbers", description, first);
}
