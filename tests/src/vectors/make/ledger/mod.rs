//! Entries, trees, rules and numbers of a ledger: `spec/text/ledger.md`.

mod entries;
mod numbers;
mod records;
mod rules;
mod stated;
mod trees;

use serde_json::{Value, json};

use super::Cases;
use super::fixtures_signed::{LEDGER, digest, filled, member, reading, written};
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("ledger");
    entries::cases(&mut cases);
    records::cases(&mut cases);
    trees::cases(&mut cases);
    rules::cases(&mut cases);
    numbers::cases(&mut cases);
    stated::cases(&mut cases);
    cases.done()
}

/// An entry without the members of its kind.
fn entry(index: u8, kind: &str) -> Value {
    json!({"v": 0, "ledger": LEDGER, "index": index, "kind": kind, "salt": filled(index + 1, 16)})
}

/// The same with more members.
fn with(mut entry: Value, more: Value) -> Value {
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

fn without(mut entry: Value, name: &str) -> Value {
    entry.as_object_mut().unwrap().remove(name).unwrap();
    entry
}

/// An entry with these disclosures, whose digests it has.
fn record_of(mut entry: Value, disclosures: &[String]) -> Value {
    if disclosures.is_empty() {
        return json!({"entry": entry});
    }
    entry["_sd"] = disclosures.iter().map(|text| json!(digest(text))).collect();
    json!({"entry": entry, "disclosures": disclosures})
}

/// The six parts of a rating of this day by this rater, of which nothing else is said.
fn parts(index: u8, day: &str, rater: &str) -> Vec<String> {
    let salt = |part: u8| 16 * index + part;
    vec![
        member(salt(1), "day", &json!(day)),
        member(salt(2), "rater", &json!(rater)),
        member(salt(3), "comment", &Value::Null),
        member(salt(4), "category", &Value::Null),
        member(salt(5), "amount_band", &Value::Null),
        member(salt(6), "aspects", &Value::Null),
    ]
}

/// A rating's entry as a seller.
fn rating(index: u8, value: i64, scale: &str) -> Value {
    with(entry(index, "rating"), json!({"role": "seller", "value": value, "scale": scale}))
}

/// The record of a rating as a seller, on the scale from −10 to 10.
fn rated(index: u8, value: i64, day: &str, rater: &str) -> Value {
    record_of(rating(index, value, "-10..10"), &parts(index, day, rater))
}

/// The record of a correction of that rating.
fn corrected(index: u8, of: u8, value: i64, day: &str, rater: &str) -> Value {
    let entry = with(rating(index, value, "-10..10"), json!({"kind": "correction", "refs": [of]}));
    record_of(entry, &parts(index, day, rater))
}

fn withdrawn(index: u8, of: u8) -> Value {
    record_of(with(entry(index, "withdrawal"), json!({"refs": [of], "day": "2026-10-20", "by": "both"})), &[])
}

fn disputed(index: u8, of: u8, state: &str) -> Value {
    record_of(with(entry(index, "dispute"), json!({"refs": [of], "day": "2026-10-21", "state": state})), &[])
}

fn replied(index: u8, to: u8) -> Value {
    let entry = with(entry(index, "reply"), json!({"refs": [to], "day": "2026-10-22"}));
    record_of(entry, &[member(16 * index + 1, "text", &json!("Thank you."))])
}

fn bound(index: u8) -> Value {
    record_of(with(entry(index, "binding"), json!({"day": "2026-10-23"})), &[])
}

/// Reading one entry.
fn read_entry(entry: &Value) -> Value {
    reading("entry", written(entry))
}

/// Reading one record.
fn read_record(record: &Value) -> Value {
    reading("record", written(record))
}

/// Replaying a ledger.
fn replay(records: &[Value]) -> Value {
    let texts: Vec<String> = records.iter().map(written).collect();
    json!({"operation": "ledger", "ledger": LEDGER, "records": texts})
}
