//! Entries with what can be disclosed of them, REQ-LEDGER-8 to REQ-LEDGER-11.

use faam_spec::encoding::b64;
use serde_json::{Map, Value, json};

use super::super::Cases;
use super::super::fixtures_signed::{element, folded, member, reading, sha256, written};
use super::{bound, entry, parts, rated, rating, read_record, record_of, replied, with};

const NAMES: [&str; 6] = ["day", "rater", "comment", "category", "amount_band", "aspects"];

/// A rating of which one part is another.
fn saying(name: &str, value: &Value) -> Value {
    let mut parts = parts(3, "2026-10-02", "Zm9v");
    let at = NAMES.iter().position(|it| *it == name).unwrap();
    parts[at] = member(99, name, value);
    record_of(rating(3, 5, "1..5"), &parts)
}

fn replying(disclosures: &[String]) -> Value {
    record_of(with(entry(4, "reply"), json!({"refs": [3], "day": "2026-10-03"})), disclosures)
}

fn aspects(count: usize, name: usize, value: Value) -> Value {
    let map: Map<String, Value> = (0..count).map(|n| (format!("{n:0>name$}"), value.clone())).collect();
    Value::Object(map)
}

pub(super) fn cases(cases: &mut Cases) {
    whole(cases);
    digests(cases);
    values(cases);
    bounds(cases);
}

fn whole(cases: &mut Cases) {
    let req = "REQ-LEDGER-8";
    let all = parts(3, "2026-10-02", "Zm9v");
    let nothing_said = record_of(rating(3, 5, "1..5"), &all);
    cases.accept(
        req,
        "record",
        "A rating with all six parts, of which four say nothing.",
        read_record(&nothing_said),
    );
    for (at, name) in NAMES.iter().enumerate() {
        let mut five = all.clone();
        five.remove(at);
        let description = format!("A rating without `{name}`.");
        let input = read_record(&record_of(rating(3, 5, "1..5"), &five));
        cases.refuse(req, &format!("record-no-{name}"), "ledger.entry", &description, input);
    }
    let mut hidden = nothing_said.clone();
    hidden["disclosures"].as_array_mut().unwrap().pop();
    let description = "A rating whose digest of `aspects` is there and whose disclosure is not.";
    cases.refuse(req, "record-hidden", "ledger.entry", description, read_record(&hidden));
    let none = json!({"entry": rating(3, 5, "1..5")});
    cases.refuse(req, "record-none", "ledger.entry", "A rating without any part.", read_record(&none));
    let correction = with(rating(3, 5, "1..5"), json!({"kind": "correction", "refs": [2]}));
    let description = "A correction without any part.";
    cases.refuse(
        req,
        "record-correction",
        "ledger.entry",
        description,
        read_record(&json!({"entry": correction})),
    );
}

fn digests(cases: &mut Cases) {
    let req = "REQ-LEDGER-9";
    let good = rated(3, 5, "2026-10-02", "Zm9v");
    let mut decoy = good.clone();
    decoy["entry"]["_sd"].as_array_mut().unwrap().insert(2, json!(b64(sha256("nothing"))));
    cases.accept(req, "record-decoy", "A digest that belongs to nothing.", read_record(&decoy));
    let mut turned = good.clone();
    turned["disclosures"].as_array_mut().unwrap().reverse();
    cases.accept(
        req,
        "record-order",
        "Disclosures in another order than their digests.",
        read_record(&turned),
    );
    cases.accept(req, "record-reply", "A reply with its text.", read_record(&replied(4, 3)));
    let mut foreign = good.clone();
    foreign["disclosures"][2] = json!(member(98, "comment", &Value::Null));
    let mut extra = good.clone();
    extra["disclosures"].as_array_mut().unwrap().push(json!(member(98, "text", &json!("Hello"))));
    let mut twice = good.clone();
    let again = twice["disclosures"][0].clone();
    twice["disclosures"].as_array_mut().unwrap().push(again);
    let more = |disclosure: String| {
        let mut all = parts(3, "2026-10-02", "Zm9v");
        all.push(disclosure);
        record_of(rating(3, 5, "1..5"), &all)
    };
    let text = member(98, "text", &json!("Thank you."));
    let mut bound = bound(0);
    bound["disclosures"] = json!([text]);
    for (id, description, record) in [
        ("foreign", "A disclosure whose digest the entry does not have.", foreign),
        ("extra", "A seventh disclosure without digest.", extra),
        ("twice", "A disclosure twice.", twice),
        ("name-twice", "Two days, each with its digest.", more(member(98, "day", &json!("2026-10-03")))),
        ("name-unknown", "A part that ratings do not have.", more(member(98, "price", &json!(100)))),
        ("name-reply", "A rating with the text of a reply.", more(text.clone())),
        ("name-case", "A name with a capital.", more(member(98, "Day", &json!("2026-10-03")))),
        ("element", "A disclosure for an element of a list.", more(element(98, &json!("2026-10-03")))),
        (
            "reply-comment",
            "A reply with a comment.",
            replying(&[member(98, "comment", &json!("Thank you."))]),
        ),
        (
            "reply-two",
            "A reply with two texts.",
            replying(&[text.clone(), member(97, "text", &json!("And you."))]),
        ),
        ("binding", "A binding with a disclosure, although it has no digests.", bound),
    ] {
        cases.refuse(req, &format!("record-{id}"), "ledger.entry", description, read_record(&record));
    }
}

fn values(cases: &mut Cases) {
    let req = "REQ-LEDGER-10";
    for (id, name, value) in [
        ("day-leap", "day", json!("2024-02-29")),
        ("day-first", "day", json!("1970-01-01")),
        ("comment-empty", "comment", json!("")),
        ("comment", "comment", json!("Good.\n\u{202e}")),
        ("category", "category", json!("books")),
        ("band", "amount_band", json!("10–50 EUR")),
        ("aspects-none", "aspects", json!({})),
        ("aspects", "aspects", json!({"speed": 0, "v": 1000})),
    ] {
        let description = format!("A rating whose `{name}` has the form that belongs to it.");
        cases.accept(req, &format!("part-{id}"), &description, read_record(&saying(name, &value)));
    }
    for (id, name, description, value) in [
        ("day-bad", "day", "A day that there is not.", json!("2026-02-29")),
        ("day-null", "day", "No day.", Value::Null),
        ("day-number", "day", "A day as a number.", json!(20_260_101)),
        ("rater-bad", "rater", "A pseudonym with a character that base64url does not have.", json!("Zm+v")),
        ("rater-empty", "rater", "An empty pseudonym.", json!("")),
        ("rater-null", "rater", "No pseudonym.", Value::Null),
        ("comment-number", "comment", "A comment that is a number.", json!(5)),
        ("comment-list", "comment", "A comment that is a list.", json!(["Good."])),
        ("category-flag", "category", "A category that is `false`.", json!(false)),
        ("band-object", "amount_band", "A band that is an object.", json!({"min": 1})),
        ("aspects-list", "aspects", "Aspects that are a list.", json!([["speed", 900]])),
        ("aspects-over", "aspects", "An aspect over 1000.", json!({"speed": 1001})),
        ("aspects-negative", "aspects", "An aspect below 0.", json!({"speed": -1})),
        ("aspects-text", "aspects", "An aspect as text.", json!({"speed": "900"})),
        ("aspects-null", "aspects", "An aspect that is `null`.", json!({"speed": null})),
        ("aspects-nameless", "aspects", "An aspect without name.", json!({"": 900})),
        ("aspects-name", "aspects", "An aspect whose name is of 65 bytes.", aspects(1, 65, json!(900))),
        ("aspects-17", "aspects", "Seventeen aspects.", aspects(17, 2, json!(900))),
    ] {
        cases.refuse(
            req,
            &format!("part-{id}"),
            "ledger.entry",
            description,
            read_record(&saying(name, &value)),
        );
    }
    for (id, description, value) in [
        ("null", "A reply whose text is `null`.", Value::Null),
        ("number", "A reply whose text is a number.", json!(5)),
    ] {
        let input = read_record(&replying(&[member(98, "text", &value)]));
        cases.refuse(req, &format!("part-text-{id}"), "ledger.entry", description, input);
    }
}

fn bounds(cases: &mut Cases) {
    let req = "REQ-LEDGER-11";
    let fold = |record: &Value| reading("record", folded(&written(record)));
    for (name, most) in [("comment", 4096), ("category", 64), ("amount_band", 64)] {
        let description = format!("A `{name}` of {most} bytes.");
        let input = fold(&saying(name, &json!("x".repeat(most))));
        cases.accept(req, &format!("long-{name}-{most}"), &description, input);
        let description = format!("A `{name}` of {} bytes.", most + 1);
        let input = fold(&saying(name, &json!("x".repeat(most + 1))));
        cases.refuse(req, &format!("long-{name}"), "too_large", &description, input);
    }
    let description = "A comment of 2,049 characters and 4,098 bytes.";
    cases.refuse(
        req,
        "long-bytes",
        "too_large",
        description,
        fold(&saying("comment", &json!("é".repeat(2049)))),
    );
    let input = fold(&replying(&[member(98, "text", &json!("x".repeat(4096)))]));
    cases.accept(req, "long-text-4096", "A reply of 4,096 bytes.", input);
    let input = fold(&replying(&[member(98, "text", &json!("x".repeat(4097)))]));
    cases.refuse(req, "long-text", "too_large", "A reply of 4,097 bytes.", input);
    let description = "Sixteen aspects with names of 64 bytes.";
    cases.accept(req, "long-aspects", description, fold(&saying("aspects", &aspects(16, 64, json!(1000)))));
}
