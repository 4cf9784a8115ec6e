//! Times and days, REQ-GEN-11.

use serde_json::{Value, json};

use super::super::fixtures_signed::{
    LEDGER, filled, jws_of, presented, rating, reading, record, standing, written,
};
use super::Cases;

pub(super) fn cases(cases: &mut Cases) {
    let req = "REQ-GEN-11";
    for (id, text) in [
        ("first", "1970-01-01"),
        ("last", "9999-12-31"),
        ("leap", "2024-02-29"),
        ("leap-century", "2000-02-29"),
        ("after-leap", "2023-03-01"),
    ] {
        cases.accept(req, &format!("day-{id}"), "A day of the calendar.", reading("day", text));
    }
    let end = record().set("", "iat", json!(253_402_300_799_i64));
    let description = "A record that says to be signed in the last second of the year 9999.";
    cases.accept(req, "time-end", description, reading("epoch_record", end.jws()));
    for (id, description, text) in [
        ("before", "A day before 1970.", "1969-12-31"),
        ("after", "A day after the year 9999.", "10000-01-01"),
        ("no-leap", "29 February of a year that has none.", "2026-02-29"),
        ("no-leap-century", "29 February 2100, which is no leap year.", "2100-02-29"),
        ("31-june", "31 June.", "2026-06-31"),
        ("zero", "Day 0 of a month.", "2026-06-00"),
        ("month-13", "A thirteenth month.", "2026-13-01"),
        ("short", "A month of one digit.", "2026-6-01"),
        ("basic", "A day without hyphens.", "20260601"),
        ("slashes", "Slashes in the place of hyphens.", "2026/06/01"),
        ("week", "A day of a week.", "2026-W47-6"),
        ("time", "A day with a time.", "2026-06-01T00:00:00Z"),
        ("space", "A space before the day.", " 2026-06-01"),
        ("wide", "Digits of another script.", "２０２６-06-01"),
        ("empty", "No day.", ""),
    ] {
        cases.refuse(req, &format!("day-{id}"), "malformed.time", description, reading("day", text));
    }
    let binding = |day: Value| {
        let entry = json!({"v": 0, "ledger": LEDGER, "index": 0, "kind": "binding", "salt": filled(2, 16), "day": day});
        reading("entry", written(&entry))
    };
    cases.accept(req, "day-entry", "A binding on 29 February 2024.", binding(json!("2024-02-29")));
    for (id, description, day) in [
        ("null", "A binding whose day is `null`.", Value::Null),
        ("number", "A binding whose day is a number.", json!(20_000)),
        ("list", "A binding whose day is a list.", json!(["2024-02-29"])),
        ("bad", "A binding on a day that there is not.", json!("2023-02-29")),
    ] {
        cases.refuse(req, &format!("day-entry-{id}"), "malformed.time", description, binding(day));
    }
    let first = standing().set("/standing/numbers/total/all", "first", Value::Null);
    let description = "`null` for the day of the first rating.";
    cases.refuse(req, "day-numbers-null", "malformed.time", description, reading("standing", first.text()));
    let signed_at = |text: &str| {
        let record = record();
        let payload = written(&record.payload)
            .replace(&format!(r#""iat":{}"#, record.payload["iat"]), &format!(r#""iat":{text}"#));
        reading("epoch_record", jws_of(&written(&record.header), &payload, &record.key))
    };
    for (id, code, description, text) in [
        ("text", "malformed.time", "A time as text.", "\"1795262400\""),
        ("rfc3339", "malformed.time", "A time as date and time of day.", "\"2026-11-21T12:00:00Z\""),
        ("null", "malformed.time", "A time that is `null`.", "null"),
        ("true", "malformed.time", "A time that is `true`.", "true"),
        ("list", "malformed.time", "A time in a list.", "[1795262400]"),
        ("negative", "malformed.time", "A time before 1970.", "-1"),
        ("late", "malformed.time", "The first second of the year 10000.", "253402300800"),
        ("millis", "malformed.time", "A time in milliseconds.", "1795262400000"),
        ("fraction", "malformed.json", "A time with a fraction.", "1795262400.5"),
        ("fraction-zero", "malformed.json", "A time with a fraction of nothing.", "1795262400.0"),
        ("exponent", "malformed.json", "A time with an exponent.", "17952624e2"),
        ("2-63", "malformed.json", "A time of 2^63.", "9223372036854775808"),
        (
            "2-64",
            "malformed.json",
            "A time of 2^64 and a little, which looks right to who keeps 64 bits.",
            "18446744075504814016",
        ),
    ] {
        cases.refuse(req, &format!("time-{id}"), code, description, signed_at(text)).attack("A06");
    }
    for (id, description, iat) in [
        ("standing-null", "A standing signed at `null`.", Value::Null),
        ("standing-text", "A standing signed at a time as text.", json!("1795258800")),
        ("standing-negative", "A standing signed before 1970.", json!(-1)),
    ] {
        let input = reading("standing", standing().set("", "iat", iat).text());
        cases.refuse(req, &format!("time-{id}"), "malformed.time", description, input).attack("A06");
    }
    let rating = rating().showing(&[]);
    for (id, description, iat) in [
        ("null", "A key binding signed at `null`.", Value::Null),
        ("text", "A key binding signed at a time as text.", json!("1795262400")),
        ("negative", "A key binding signed before 1970.", json!(-1)),
        ("late", "A key binding signed in the year 10000.", json!(253_402_300_800_i64)),
    ] {
        let mut claims = rating.binding();
        claims["iat"] = iat;
        let input = presented(&rating, &claims);
        cases.refuse(req, &format!("time-binding-{id}"), "malformed.time", description, input).attack("A06");
    }
}
