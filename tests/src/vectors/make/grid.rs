//! Milestones and how a ledger is measured: `spec/text/grid.md`. What comes of each is worked out by hand.

use faam_spec::encoding::{b64, multi};
use serde_json::{Value, json};

use super::Cases;
use super::fixtures_signed::{LEDGER, digest, disclosure, sha256, written};
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("grid");
    milestones(&mut cases);
    latest(&mut cases);
    counts(&mut cases);
    means(&mut cases);
    times(&mut cases);
    low(&mut cases);
    withdrawn(&mut cases);
    nothing(&mut cases);
    others(&mut cases);
    cases.done()
}

/// Steps of each metric, in the order of the grid: count, counterparties, mean, recent mean, recent count, tenure, low share, withdrawn
/// share, bound, disputes.
type Steps = [u8; 10];

const AS_OF: &str = "2026-11-16";
/// A day of which the year, but not yet the first 90 days, has come.
const DAY: &str = "2026-10-02";

/// A ledger as it grows, in the role of a seller.
#[derive(Clone, Default)]
struct Book(Vec<Value>);

impl Book {
    fn entry(&self, kind: &str, more: Value, parts: &[(&str, Value)]) -> Value {
        let index = self.0.len();
        let salt = |part: usize| sha256(format!("salt {index} {part}"))[..16].to_vec();
        let disclosures: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(part, (name, value))| disclosure(&json!([b64(salt(part + 1)), name, value])))
            .collect();
        let mut entry =
            json!({"v": 0, "ledger": LEDGER, "index": index, "kind": kind, "salt": multi(salt(0))});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        if disclosures.is_empty() {
            return json!({"entry": entry});
        }
        entry["_sd"] = disclosures.iter().map(|text| json!(digest(text))).collect();
        json!({"entry": entry, "disclosures": disclosures})
    }

    fn stated(mut self, kind: &str, more: Value, rater: &str, day: &str) -> Self {
        let parts = [
            ("day", json!(day)),
            ("rater", json!(b64(rater))),
            ("comment", Value::Null),
            ("category", Value::Null),
            ("amount_band", Value::Null),
            ("aspects", Value::Null),
        ];
        self.0.push(self.entry(kind, more, &parts));
        self
    }

    /// A rating on the common scale.
    fn rated(self, rater: &str, value: u32, day: &str) -> Self {
        self.on(rater, i64::from(value), "0..1000", day)
    }

    fn on(self, rater: &str, value: i64, scale: &str, day: &str) -> Self {
        self.stated("rating", json!({"role": "seller", "value": value, "scale": scale}), rater, day)
    }

    fn for_buyer(self, rater: &str, value: u32, day: &str) -> Self {
        self.stated("rating", json!({"role": "buyer", "value": value, "scale": "0..1000"}), rater, day)
    }

    fn corrected(self, of: u32, rater: &str, value: u32, day: &str) -> Self {
        let more = json!({"role": "seller", "value": value, "scale": "0..1000", "refs": [of]});
        self.stated("correction", more, rater, day)
    }

    fn changed(mut self, kind: &str, more: Value) -> Self {
        self.0.push(self.entry(kind, more, &[]));
        self
    }

    fn withdrawn(self, of: u32) -> Self {
        self.changed("withdrawal", json!({"refs": [of], "day": "2026-10-20", "by": "both"}))
    }

    fn disputed(self, of: u32, state: &str) -> Self {
        self.changed("dispute", json!({"refs": [of], "day": "2026-10-21", "state": state}))
    }

    fn bound(self) -> Self {
        self.changed("binding", json!({"day": "2026-10-23"}))
    }

    /// As many ratings, each by somebody else.
    fn of(count: u32, value: u32) -> Self {
        (0..count).fold(Self::default(), |book, n| book.rated(&format!("r{n}"), value, DAY))
    }

    fn measured(&self, bound: &str, as_of: &str, steps: Steps) -> Value {
        let records: Vec<String> = self.0.iter().map(written).collect();
        json!({
            "operation": "grid", "ledger": LEDGER, "records": records, "role": "seller", "bound": bound, "as_of": as_of,
            "steps": steps,
        })
    }

    fn stands(&self, steps: Steps) -> Value {
        self.measured(AS_OF, AS_OF, steps)
    }
}

/// A wallet computes what is right, and refuses the standing of a market that states what is wrong.
fn both(
    cases: &mut Cases,
    (req, id): (&str, &str),
    description: &str,
    book: &Book,
    (right, wrong): (Steps, Steps),
) {
    cases.accept(req, id, description, book.stands(right));
    let refused = format!("{description} Other milestones are stated.");
    cases.refuse(req, &format!("{id}-wrong"), "private.signature", &refused, book.stands(wrong));
}

fn milestones(cases: &mut Cases) {
    let list = |list: &[&str]| json!({"operation": "milestones", "text": json!(list).to_string()});
    let req = "REQ-GRID-1";
    for text in
        ["count>=50", "counterparties>=25", "recent_mean>=875", "tenure>=90d", "low_share<=2%", "bound>=3y"]
    {
        let name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        cases.accept(req, &format!("on-{name}"), &format!("`{text}` is on the grid."), list(&[text]));
    }
    for (id, text) in [
        ("between", "count>=51"),
        ("zero", "count>=050"),
        ("greater", "count>50"),
        ("below", "mean<=500"),
        ("space", "mean >=875"),
        ("capital", "Mean>=875"),
        ("months", "tenure>=12m"),
        ("days", "tenure>=365d"),
        ("percent", "low_share<=2"),
        ("of-other", "bound>=4y"),
        ("recent-top", "recent_mean>=950"),
        ("disputes", "disputes=1"),
        ("metric", "sales>=10"),
        ("message", "count>=50 true"),
        ("empty", ""),
    ] {
        let description = format!("`{text}` is not on the grid.");
        cases
            .refuse(req, &format!("off-{id}"), "request.milestones", &description, list(&[text]))
            .attack("A27");
    }
    let req = "REQ-GRID-8";
    let four = ["count>=50", "mean>=875", "tenure>=3y", "disputes=0"];
    cases.accept(req, "four", "Four milestones of four metrics, in order.", list(&four));
    cases.accept(req, "one", "One milestone.", list(&["disputes=0"]));
    for (id, description, asked) in [
        ("none", "No milestone.", &[][..]),
        (
            "five",
            "Five milestones.",
            &["count>=50", "mean>=875", "tenure>=3y", "low_share<=2%", "disputes=0"],
        ),
        ("order", "Not in the order of the grid.", &["mean>=875", "count>=50"]),
        (
            "metric",
            "Two of one metric, which would tell the number between them.",
            &["count>=50", "count>=100"],
        ),
        ("metric-down", "Two of one metric, the higher first.", &["mean>=875", "mean>=800"]),
        ("twice", "The same one twice.", &["count>=50", "count>=50"]),
    ] {
        cases
            .refuse(req, &format!("asked-{id}"), "request.milestones", description, list(asked))
            .attack("A27");
    }
}

fn latest(cases: &mut Cases) {
    let req = "REQ-GRID-3";
    let best: Steps = [1, 0, 9, 8, 1, 0, 4, 3, 0, 1];
    let worst: Steps = [1, 0, 0, 0, 1, 0, 0, 3, 0, 1];
    let book = Book::default().rated("a", 1000, "2026-10-01").rated("a", 0, DAY);
    both(cases, (req, "latest"), "One rater twice: the later rating, 0, counts.", &book, (worst, best));
    let book = Book::default().rated("a", 0, DAY).rated("a", 1000, "2026-10-01");
    both(
        cases,
        (req, "latest-day"),
        "The later day counts, 0, and not the higher index.",
        &book,
        (worst, best),
    );
    let book = Book::default().rated("a", 1000, DAY).rated("a", 0, DAY);
    both(cases, (req, "latest-tie"), "Of one day the higher index counts: 0.", &book, (worst, best));
    let book = Book::default().rated("a", 0, DAY).rated("a", 1000, DAY);
    both(cases, (req, "latest-tie-best"), "Of one day the higher index counts: 1000.", &book, (best, worst));
    let book = (0..10).fold(Book::default(), |book, _| book.rated("a", 1000, DAY));
    let ten: Steps = [4, 3, 9, 8, 4, 0, 4, 3, 0, 1];
    both(cases, (req, "once"), "Ten ratings of one rater count as one.", &book, (best, ten));
    let book = Book::default().rated("a", 1000, DAY).corrected(0, "a", 0, "2026-10-03");
    both(cases, (req, "corrected"), "A rating that was corrected to 0 counts as 0.", &book, (worst, best));
    let book =
        Book::default().rated("a", 0, DAY).rated("a", 1000, "2026-10-01").corrected(0, "a", 0, "2026-09-01");
    let description = "A correction counts by its own day: it lies before the rater's other rating.";
    both(cases, (req, "corrected-earlier"), description, &book, (best, worst));
    let book = Book::default().rated("a", 0, "2026-10-01").rated("a", 1000, DAY).withdrawn(1);
    let fallen: Steps = [1, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    both(
        cases,
        (req, "withdrawn"),
        "The later rating was withdrawn: the one before counts.",
        &book,
        (fallen, best),
    );
    let book = Book::default().rated("a", 1000, DAY).for_buyer("a", 0, "2026-10-03").for_buyer("b", 0, DAY);
    let two: Steps = [1, 0, 1, 1, 1, 0, 0, 3, 0, 1];
    both(cases, (req, "role"), "Ratings in another role have no part in it.", &book, (best, two));
}

fn counts(cases: &mut Cases) {
    let req = "REQ-GRID-4";
    for (count, steps, over) in [
        (1, (1, 0, 1), (2, 0, 1)),
        (2, (1, 0, 1), (2, 1, 2)),
        (3, (2, 1, 2), (1, 0, 1)),
        (4, (2, 1, 2), (3, 2, 3)),
        (5, (3, 2, 3), (2, 1, 2)),
        (9, (3, 2, 3), (4, 3, 4)),
        (10, (4, 3, 4), (3, 2, 3)),
        (19, (4, 3, 4), (5, 3, 5)),
        (20, (5, 3, 5), (4, 3, 4)),
        (24, (5, 3, 5), (5, 4, 5)),
        (25, (5, 4, 5), (5, 3, 5)),
    ] {
        let of = |(count, raters, recent): (u8, u8, u8)| [count, raters, 9, 8, recent, 0, 4, 3, 0, 1];
        let description = format!("{count} ratings of as many counterparties.");
        both(
            cases,
            (req, &format!("count-{count}")),
            &description,
            &Book::of(count, 1000),
            (of(steps), of(over)),
        );
    }
}

fn means(cases: &mut Cases) {
    let req = "REQ-GRID-4";
    for (step, threshold) in (1..).zip([500, 550, 600, 650, 700, 750, 800, 875, 950]) {
        let of = |mean: u8, low: u8| [1, 0, mean, mean.min(8), 1, 0, low, 3, 0, 1];
        let exact = Book::default().rated("a", threshold, DAY).rated("b", threshold, DAY);
        let description = format!("Two ratings with a mean of {threshold}.");
        both(
            cases,
            (req, &format!("mean-{threshold}")),
            &description,
            &exact,
            (of(step, 4), of(step - 1, 4)),
        );
        let below = Book::default().rated("a", threshold, DAY).rated("b", threshold - 1, DAY);
        let low = if threshold == 500 { 0 } else { 4 };
        let description =
            format!("Two ratings with a mean of {threshold} less a half, which is not rounded.");
        let id = format!("mean-below-{threshold}");
        both(cases, (req, &id), &description, &below, (of(step - 1, low), of(step, low)));
    }
    // On the scales of markets: value by value, what it is on the common one.
    for (id, scale, values, mean, low) in [
        ("thumbs", "0..1", &[0, 1][..], 1, 0),
        ("thumbs-up", "0..1", &[1], 9, 4),
        ("stars", "1..5", &[4, 5], 8, 4),
        ("stars-four", "1..5", &[4], 6, 4),
        ("alpha", "-10..10", &[1], 2, 4),
        ("alpha-none", "-10..10", &[0], 1, 4),
        ("percent", "0..100", &[87, 88], 8, 4),
        ("percent-87", "0..100", &[87], 7, 4),
        ("percent-88", "0..100", &[88], 8, 4),
        ("thirds", "0..3", &[2], 4, 4),
    ] {
        let book = (0..).zip(values).fold(Book::default(), |book, (n, value): (u32, _)| {
            book.on(&format!("r{n}"), *value, scale, DAY)
        });
        let of = |mean: u8| [1, 0, mean, mean.min(8), 1, 0, low, 3, 0, 1];
        let description = format!("Ratings {values:?} on the scale {scale}.");
        both(
            cases,
            (req, &format!("scale-{id}")),
            &description,
            &book,
            (of(mean), of(if mean == 9 { 8 } else { mean + 1 })),
        );
    }
    // The recent ones alone.
    let book = Book::default().rated("a", 0, "2025-11-16").rated("b", 1000, "2025-11-17");
    let description = "One of a year ago does not count for the recent mean, one of the day after does.";
    both(
        cases,
        (req, "recent"),
        description,
        &book,
        ([1, 0, 1, 8, 1, 2, 0, 3, 0, 1], [1, 0, 1, 1, 1, 2, 0, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, "2025-11-16");
    both(
        cases,
        (req, "recent-none"),
        "Nothing is recent: no recent mean is reached.",
        &book,
        ([1, 0, 9, 0, 0, 2, 4, 3, 0, 1], [1, 0, 9, 8, 0, 2, 4, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, "2026-11-17");
    let description =
        "A rating of a day after the epoch's first counts, as in the plain numbers, and is not recent.";
    both(
        cases,
        (req, "future"),
        description,
        &book,
        ([1, 0, 9, 0, 0, 0, 4, 3, 0, 1], [1, 0, 9, 8, 1, 0, 4, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, AS_OF);
    both(
        cases,
        (req, "today"),
        "A rating of the epoch's first day is recent.",
        &book,
        ([1, 0, 9, 8, 1, 0, 4, 3, 0, 1], [1, 0, 9, 0, 0, 0, 4, 3, 0, 1]),
    );
}

fn times(cases: &mut Cases) {
    let req = "REQ-GRID-4";
    // First day, as of, steps of tenure, and whether it is recent.
    for (id, first, as_of, tenure, recent) in [
        ("89d", "2026-08-19", AS_OF, 0, true),
        ("90d", "2026-08-18", AS_OF, 1, true),
        ("year-less", "2025-11-17", AS_OF, 1, true),
        ("year", "2025-11-16", AS_OF, 2, false),
        ("2y-less", "2024-11-17", AS_OF, 2, false),
        ("2y", "2024-11-16", AS_OF, 3, false),
        ("3y-less", "2023-11-17", AS_OF, 3, false),
        ("3y", "2023-11-16", AS_OF, 4, false),
        ("4y-less", "2022-11-17", AS_OF, 4, false),
        ("4y", "2022-11-16", AS_OF, 5, false),
        ("5y-less", "2021-11-17", AS_OF, 5, false),
        ("5y", "2021-11-16", AS_OF, 6, false),
        ("long", "1970-01-01", AS_OF, 6, false),
        ("leap-as-of", "2023-02-28", "2024-02-29", 2, false),
        ("leap-as-of-march", "2023-03-01", "2024-02-29", 1, true),
        ("leap-as-of-4y", "2020-02-29", "2024-02-29", 5, false),
        ("leap-as-of-4y-less", "2020-03-01", "2024-02-29", 4, false),
        ("leap-first", "2020-02-29", "2021-02-28", 1, true),
        ("leap-first-march", "2020-02-29", "2021-03-01", 2, false),
        ("leap-first-4y-less", "2020-02-29", "2024-02-28", 4, false),
        ("leap-first-5y-less", "2020-02-29", "2025-02-28", 5, false),
        ("new-year", "2025-12-31", "2026-12-31", 2, false),
        ("new-year-less", "2026-01-01", "2026-12-31", 1, true),
        ("new-year-day", "2026-01-01", "2027-01-01", 2, false),
        ("first-year", "1970-01-01", "1970-12-31", 1, true),
    ] {
        let of = |tenure: u8| [1, 0, 9, if recent { 8 } else { 0 }, u8::from(recent), tenure, 4, 3, 0, 1];
        let book = Book::default().rated("a", 1000, first);
        let description = format!("First rated on {first}, as of {as_of}.");
        cases.accept(req, &format!("tenure-{id}"), &description, book.measured(as_of, as_of, of(tenure)));
        let description =
            format!("First rated on {first}, as of {as_of}: a step of tenure more is stated, or less.");
        let wrong = if tenure == 6 { 5 } else { tenure + 1 };
        let input = book.measured(as_of, as_of, of(wrong));
        cases.refuse(req, &format!("tenure-{id}-wrong"), "private.signature", &description, input);
        // The same days from the binding on; a rating is of the day itself.
        let of = |bound: u8| [1, 0, 9, 8, 1, 0, 4, 3, bound, 1];
        let book = Book::default().rated("a", 1000, as_of);
        let bound = tenure.min(4);
        let description = format!("Bound on {first}, as of {as_of}.");
        cases.accept(req, &format!("bound-{id}"), &description, book.measured(first, as_of, of(bound)));
    }
    let book = Book::default().rated("a", 1000, "2020-01-01").rated("a", 1000, DAY);
    let description = "A counterparty's older rating is the first one, and its later one counts.";
    both(
        cases,
        (req, "tenure-older"),
        description,
        &book,
        ([1, 0, 9, 8, 1, 6, 4, 3, 0, 1], [1, 0, 9, 8, 1, 0, 4, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, "2020-01-01").withdrawn(0).rated("b", 1000, DAY);
    let description = "A rating that was withdrawn is not the first one.";
    both(
        cases,
        (req, "tenure-withdrawn"),
        description,
        &book,
        ([1, 0, 9, 8, 1, 0, 4, 0, 0, 1], [1, 0, 9, 8, 1, 6, 4, 0, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, "2020-01-01").corrected(0, "a", 1000, DAY);
    let description = "A rating that was corrected is not the first one: the correction is, with its day.";
    both(
        cases,
        (req, "tenure-corrected"),
        description,
        &book,
        ([1, 0, 9, 8, 1, 0, 4, 3, 0, 1], [1, 0, 9, 8, 1, 6, 4, 3, 0, 1]),
    );
    let book = Book::default().for_buyer("a", 1000, "2020-01-01").rated("b", 1000, DAY);
    let description = "The first rating in another role is not the first one.";
    both(
        cases,
        (req, "tenure-role"),
        description,
        &book,
        ([1, 0, 9, 8, 1, 0, 4, 3, 0, 1], [1, 0, 9, 8, 1, 6, 4, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, AS_OF);
    cases.accept(
        req,
        "bound-future",
        "Bound after the epoch's first day: no time has passed.",
        book.measured("2026-11-18", AS_OF, [1, 0, 9, 8, 1, 0, 4, 3, 0, 1]),
    );
}

fn low(cases: &mut Cases) {
    let req = "REQ-GRID-5";
    for (id, scale, value, is, mean) in [
        ("499", "0..1000", 499, true, 0),
        ("500", "0..1000", 500, false, 1),
        ("thumb-down", "0..1", 0, true, 0),
        ("thumb-up", "0..1", 1, false, 9),
        ("two-stars", "1..5", 2, true, 0),
        ("three-stars", "1..5", 3, false, 1),
        ("minus-one", "-10..10", -1, true, 0),
        ("nought", "-10..10", 0, false, 1),
        ("49-percent", "0..100", 49, true, 0),
        ("50-percent", "0..100", 50, false, 1),
        ("rounded-up", "0..2000", 999, false, 1),
        ("rounded-down", "0..2001", 999, true, 0),
    ] {
        let book = Book::default().on("a", value, scale, DAY);
        let of = |low: u8| [1, 0, mean, mean.min(8), 1, 0, low, 3, 0, 1];
        let description = format!("{value} of {scale} is {}.", if is { "low" } else { "not low" });
        let (right, wrong) = if is { (0, 4) } else { (4, 0) };
        both(cases, (req, &format!("low-{id}")), &description, &book, (of(right), of(wrong)));
    }
    let req = "REQ-GRID-4";
    // So many ratings of 1000 and one of 0: count, counterparties, mean, recent mean, recent count, and steps of the share.
    for (others, steps) in [
        (3, ([2, 1, 6, 6, 2], 0)),
        (4, ([3, 2, 7, 7, 3], 1)),
        (8, ([3, 2, 8, 8, 3], 1)),
        (9, ([4, 3, 8, 8, 4], 2)),
        (18, ([4, 3, 8, 8, 4], 2)),
        (19, ([5, 3, 9, 8, 5], 3)),
    ] {
        let book = Book::of(others, 1000).rated("z", 0, DAY);
        let ([count, raters, mean, recent_mean, recent], share) = steps;
        let of = |share: u8| [count, raters, mean, recent_mean, recent, 0, share, 3, 0, 1];
        let description = format!("One of {} ratings is low.", others + 1);
        let id = format!("low-share-{}", others + 1);
        both(cases, (req, &id), &description, &book, (of(share), of(share + 1)));
    }
}

fn withdrawn(cases: &mut Cases) {
    let req = "REQ-GRID-6";
    // So many counterparties, of whom the first withdrew all that it said.
    for (ever, steps, share) in
        [(9, [3, 2, 3], 0), (10, [3, 2, 3], 1), (19, [4, 3, 4], 1), (20, [4, 3, 4], 2)]
    {
        let of = |share: u8| [steps[0], steps[1], 9, 8, steps[2], 0, 4, share, 0, 1];
        let book = Book::of(ever, 1000).withdrawn(0);
        let description =
            format!("One of {ever} counterparties has nothing left: they are {ever} all the same.");
        both(cases, (req, &format!("withdrawn-{ever}")), &description, &book, (of(share), of(share + 1)));
    }
    let ten: Steps = [4, 3, 9, 8, 4, 0, 4, 1, 0, 1];
    let none: Steps = [4, 3, 9, 8, 4, 0, 4, 3, 0, 1];
    let book = Book::of(10, 1000).rated("r0", 1000, DAY).withdrawn(0);
    both(
        cases,
        (req, "withdrawn-one-of-two"),
        "A counterparty of whom one of two ratings was withdrawn.",
        &book,
        (ten, none),
    );
    let book = Book::of(10, 1000).rated("r0", 1000, DAY).rated("r0", 1000, DAY).withdrawn(0).withdrawn(10);
    both(
        cases,
        (req, "withdrawn-twice"),
        "Two ratings of one counterparty were withdrawn: it is one counterparty.",
        &book,
        (ten, [4, 3, 9, 8, 4, 0, 4, 0, 0, 1]),
    );
    let book = Book::of(10, 1000).for_buyer("r0", 1000, DAY).withdrawn(10);
    both(
        cases,
        (req, "withdrawn-role"),
        "What was withdrawn in another role has no part in it.",
        &book,
        (none, ten),
    );
    let book = Book::of(9, 1000).for_buyer("b", 1000, DAY).withdrawn(0);
    let description = "Who rated in another role alone is not among those who ever rated: one of nine.";
    both(
        cases,
        (req, "withdrawn-of-role"),
        description,
        &book,
        ([3, 2, 9, 8, 3, 0, 4, 0, 0, 1], [3, 2, 9, 8, 3, 0, 4, 1, 0, 1]),
    );
    let book = Book::of(10, 1000).corrected(0, "r0", 1000, DAY).withdrawn(10).rated("r0", 1000, DAY);
    both(
        cases,
        (req, "withdrawn-correction"),
        "A correction was withdrawn, and rated anew: a rating of this counterparty was withdrawn.",
        &book,
        (ten, none),
    );
    let book = Book::of(10, 1000).corrected(0, "r0", 1000, DAY);
    both(cases, (req, "corrected-is-none"), "A correction withdraws nothing.", &book, (none, ten));
}

fn nothing(cases: &mut Cases) {
    let req = "REQ-GRID-7";
    let none = [0; 10];
    let full: Steps = [0, 0, 0, 0, 0, 0, 4, 3, 0, 1];
    both(cases, (req, "nothing"), "No rating at all.", &Book::default(), (none, full));
    both(
        cases,
        (req, "nothing-bound"),
        "A ledger of one binding.",
        &Book::default().bound(),
        (none, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    );
    let book = Book::default().for_buyer("a", 1000, DAY);
    both(
        cases,
        (req, "nothing-role"),
        "No rating in this role.",
        &book,
        (none, [1, 0, 9, 8, 1, 0, 4, 3, 0, 1]),
    );
    let book = Book::default().rated("a", 1000, DAY).withdrawn(0);
    both(
        cases,
        (req, "nothing-left"),
        "The only rating was withdrawn.",
        &book,
        (none, [0, 0, 0, 0, 0, 0, 4, 0, 0, 1]),
    );
    let input = Book::default().measured("2020-01-01", AS_OF, [0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    cases.accept(req, "nothing-for-long", "No rating, and bound for six years.", input);
    let input = Book::default().measured("2020-01-01", AS_OF, none);
    cases.refuse(
        req,
        "nothing-for-long-wrong",
        "private.signature",
        "No rating, and bound for six years, which is left out.",
        input,
    );
}

fn others(cases: &mut Cases) {
    let req = "REQ-GRID-4";
    let of = |disputes: u8| -> Steps { [1, 0, 9, 8, 1, 0, 4, 3, 0, disputes] };
    let one = Book::default().rated("a", 1000, DAY);
    let open = one.clone().disputed(0, "open");
    both(cases, (req, "dispute-open"), "The rating is under an open dispute.", &open, (of(0), of(1)));
    let settled = open.clone().disputed(0, "settled");
    both(cases, (req, "dispute-settled"), "The dispute was settled.", &settled, (of(1), of(0)));
    let again = settled.disputed(0, "open");
    both(cases, (req, "dispute-again"), "The dispute was opened again.", &again, (of(0), of(1)));
    let book = open.clone().rated("a", 1000, "2026-10-03");
    both(
        cases,
        (req, "dispute-older"),
        "An older rating of the counterparty is under an open dispute.",
        &book,
        (of(0), of(1)),
    );
    let book = open.clone().corrected(0, "a", 1000, "2026-10-30");
    both(cases, (req, "dispute-corrected"), "A correction does not end a dispute.", &book, (of(0), of(1)));
    let book = open.rated("b", 1000, DAY).withdrawn(0);
    let steps = |disputes: u8| [1, 0, 9, 8, 1, 0, 4, 0, 0, disputes];
    both(
        cases,
        (req, "dispute-withdrawn"),
        "The disputed rating was withdrawn.",
        &book,
        (steps(1), steps(0)),
    );
    let book = one.for_buyer("b", 1000, DAY).disputed(1, "open");
    both(cases, (req, "dispute-role"), "A dispute in another role.", &book, (of(1), of(0)));
}
