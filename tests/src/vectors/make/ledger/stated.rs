//! Numbers that cannot be true together, REQ-LEDGER-25 to REQ-LEDGER-28.

use serde_json::{Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{numbers, reading, written};
use super::numbers::{none, seller, some};

fn read(numbers: &Value) -> Value {
    reading("standing_numbers", written(numbers))
}

/// The numbers of three ratings with members changed; without those that are set to `null`.
fn changed(changes: &[(&str, Value)]) -> Value {
    let mut numbers = numbers();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = numbers.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(name).unwrap();
        } else {
            parent.insert(name.to_owned(), value.clone());
        }
    }
    read(&numbers)
}

type Changes<'a> = Vec<(&'a str, &'a str, Vec<(&'a str, Value)>)>;

fn refuse(cases: &mut Cases, req: &str, bad: Changes<'_>) {
    for (id, description, changes) in bad {
        cases.refuse(req, &format!("stated-{id}"), "standing.numbers", description, changed(&changes));
    }
}

pub(super) fn cases(cases: &mut Cases) {
    let req = "REQ-LEDGER-25";
    cases.accept(req, "stated", "The numbers of three ratings in two roles.", read(&numbers()));
    refuse(
        cases,
        req,
        vec![
            (
                "more",
                "The histogram has a rating too many.",
                vec![("/total/all/histogram", json!([0, 0, 1, 1, 2]))],
            ),
            (
                "fewer",
                "The histogram has a rating too few.",
                vec![
                    ("/roles/seller/all/histogram", json!([0, 0, 0, 1, 1])),
                    ("/roles/buyer/all/histogram", json!([0, 0, 0, 0, 0])),
                ],
            ),
            (
                "recent",
                "The recent histogram has a rating too few.",
                vec![("/total/recent/histogram", json!([0, 0, 0, 1, 0]))],
            ),
            (
                "none",
                "A histogram of nothing, of three ratings.",
                vec![("/total/all/histogram", json!([0, 0, 0, 0, 0])), ("/total/recent", none())],
            ),
            (
                "over",
                "A histogram of over 2^54 ratings.",
                vec![(
                    "/total/all/histogram",
                    json!([9_007_199_254_740_991_i64, 9_007_199_254_740_991_i64, 1, 1, 1]),
                )],
            ),
        ],
    );
    present(cases);
    let req = "REQ-LEDGER-27";
    let same = some(2, 1, 900, [0, 0, 0, 0, 2], "2026-10-01", "2026-10-02");
    cases.accept(req, "stated-all-recent", "All ratings are recent.", read(&seller(&same, &same)));
    cases.accept(req, "stated-none-recent", "No rating is recent.", read(&seller(&same, &none())));
    let one = some(1, 1, 750, [0, 0, 0, 1, 0], "2026-10-01", "2026-10-01");
    let other = some(1, 1, 250, [0, 1, 0, 0, 0], "2026-10-01", "2026-10-01");
    for (id, description, numbers) in [
        ("band", "A recent rating is in a band in which there is none of all time.", seller(&same, &one)),
        ("other", "The only rating is in another band when it is recent.", seller(&one, &other)),
        (
            "more",
            "There are more recent ratings than of all time.",
            seller(&one, &some(2, 1, 750, [0, 0, 0, 2, 0], "2026-10-01", "2026-10-01")),
        ),
        ("from-none", "There is a recent rating and none of all time.", {
            json!({"total": {"all": none(), "recent": one}, "roles": {}, "withdrawn": 0, "corrected": 0, "disputed": 0})
        }),
        ("role", "In one role, a recent rating is in a band in which there is none of all time.", {
            let mut numbers = seller(&same, &none());
            numbers["roles"]["seller"]["recent"] = one.clone();
            numbers
        }),
    ] {
        cases.refuse(req, &format!("stated-recent-{id}"), "standing.numbers", description, read(&numbers));
    }
    let req = "REQ-LEDGER-28";
    cases.accept(
        req,
        "stated-all-disputed",
        "All ratings are disputed.",
        changed(&[("/disputed", json!(3))]),
    );
    let many = vec![
        ("/withdrawn", json!(9_007_199_254_740_991_i64)),
        ("/corrected", json!(9_007_199_254_740_991_i64)),
    ];
    cases.accept(req, "stated-gone", "More was withdrawn and corrected than there is.", changed(&many));
    refuse(
        cases,
        req,
        vec![
            ("disputed", "More ratings are disputed than there are.", vec![("/disputed", json!(4))]),
            (
                "disputed-far",
                "2^53 − 1 ratings are disputed.",
                vec![("/disputed", json!(9_007_199_254_740_991_i64))],
            ),
            ("role-missing", "The ratings of one role are missing.", vec![("/roles/buyer", Value::Null)]),
            (
                "role-more",
                "The roles have a rating more than the total.",
                vec![("/roles/courier", numbers()["roles"]["buyer"].clone())],
            ),
            ("roles-none", "There are ratings and no roles.", vec![("/roles", json!({}))]),
        ],
    );
}

fn present(cases: &mut Cases) {
    let req = "REQ-LEDGER-26";
    let nothing = json!({"total": {"all": none(), "recent": none()}, "roles": {}, "withdrawn": 2, "corrected": 0, "disputed": 0});
    cases.accept(
        req,
        "stated-no-ratings",
        "No ratings: mean and days are absent, and there are no raters.",
        read(&nothing),
    );
    let day = some(1, 1, 1000, [0, 0, 0, 0, 1], "2024-02-29", "2024-02-29");
    cases.accept(
        req,
        "stated-one",
        "One rating: the first day is the last, and the mean is 1000.",
        read(&seller(&day, &none())),
    );
    let zero = some(2, 2, 0, [2, 0, 0, 0, 0], "2024-02-29", "2026-01-01");
    cases.accept(
        req,
        "stated-worst",
        "A mean of 0, and as many raters as ratings.",
        read(&seller(&zero, &none())),
    );
    refuse(
        cases,
        req,
        vec![
            ("mean", "A mean of 1001.", vec![("/total/all/mean", json!(1001))]),
            (
                "mean-far",
                "A mean of 65,536, which is 0 to who keeps 16 bits.",
                vec![("/total/all/mean", json!(65_536))],
            ),
            ("no-mean", "Three ratings without a mean.", vec![("/total/all/mean", Value::Null)]),
            ("days", "The first day is after the last.", vec![("/total/all/first", json!("2026-11-02"))]),
            ("no-first", "Three ratings without a first day.", vec![("/total/all/first", Value::Null)]),
            ("no-last", "Three ratings without a last day.", vec![("/total/all/last", Value::Null)]),
            ("no-raters", "Three ratings by nobody.", vec![("/total/all/counterparties", json!(0))]),
            ("raters", "More raters than ratings.", vec![("/total/all/counterparties", json!(4))]),
            ("none-mean", "A mean of no ratings.", vec![("/roles/buyer/recent/mean", json!(0))]),
            (
                "none-days",
                "First and last day of no ratings.",
                vec![
                    ("/roles/buyer/recent/first", json!("2026-10-02")),
                    ("/roles/buyer/recent/last", json!("2026-10-02")),
                ],
            ),
            (
                "none-raters",
                "One rater of no ratings.",
                vec![("/roles/buyer/recent/counterparties", json!(1))],
            ),
        ],
    );
}
