//! What a market tells its issuer: `spec/text/events.md`.

mod tables;

use serde_json::{Value, json};

use super::Cases;
use crate::vectors::{Vector, long};

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("events");
    accepted(&mut cases);
    lengths(&mut cases);
    lines(&mut cases);
    members(&mut cases);
    texts(&mut cases);
    times(&mut cases);
    rules(&mut cases);
    again(&mut cases);
    roles(&mut cases);
    tables::cases(&mut cases);
    cases.done()
}

/// A rating with everything that it must have.
fn rating() -> Value {
    json!({
        "type": "rating", "id": "d1", "account": "7", "rater": "12", "role": "seller", "value": 5, "scale": "1..5",
        "at": "2026-01-31T12:00:00Z",
    })
}

/// The same with these members, in place of its own or beside them; null takes one away.
fn rating_with(more: &Value) -> Value {
    let mut rating = rating();
    let map = rating.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.clone(), value.clone());
        }
    }
    rating
}

fn about(kind: &str, id: &str, of: &str, more: &Value) -> Value {
    let mut event = json!({"type": kind, "id": id, "of": of, "at": "2026-02-01T09:30:00Z"});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn corrected(id: &str, of: &str) -> Value {
    about("correction", id, of, &json!({"value": 4, "scale": "1..5"}))
}

fn replied(id: &str, of: &str) -> Value {
    about("reply", id, of, &json!({"text": "Thank you."}))
}

fn withdrawn(id: &str, of: &str) -> Value {
    about("withdrawal", id, of, &json!({"by": "both"}))
}

fn disputed(id: &str, of: &str, state: &str) -> Value {
    about("dispute", id, of, &json!({"state": state}))
}

/// Events, one a line.
fn feed(events: &[Value]) -> Value {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    reading(lines.join("\n") + "\n")
}

fn reading(text: impl Into<Value>) -> Value {
    json!({"operation": "events", "text": text.into()})
}

fn accepted(cases: &mut Cases) {
    let all = [
        rating_with(&json!({
            "value": 8, "scale": "-10..10", "comment": "Sent the same day.", "aspects": {"punctual": 1000, "kind": 0},
            "category": "books", "amount_band": "under 50",
        })),
        replied("d2", "d1"),
        corrected("d3", "d1"),
        disputed("d4", "d3", "open"),
        disputed("d5", "d3", "settled"),
        withdrawn("d6", "d3"),
    ];
    cases.accept("REQ-EVENT-3", "all", "An event of every type.", feed(&all));
    cases.accept("REQ-EVENT-3", "nothing", "No event at all.", reading(""));
    let nulls = json!({
        "type": "rating", "id": "d1", "account": "7", "rater": "12", "role": "seller", "value": 5, "scale": "1..5",
        "at": 1_769_860_800, "comment": null, "category": null, "aspects": null, "amount_band": null, "of": null,
        "text": null, "by": null, "state": null,
    });
    let description = "Null is as good as absent, and Unix seconds are a time.";
    cases.accept("REQ-EVENT-3", "nulls", description, feed(&[nulls]));
    let aspects: serde_json::Map<String, Value> =
        (0..16).map(|n| (format!("{n:a>64}"), json!(1000))).collect();
    let longest = rating_with(&json!({
        "id": "i".repeat(128), "account": "a".repeat(128), "rater": "~".repeat(128), "role": "r".repeat(32),
        "value": -1_000_000, "scale": "-1000000..1000000", "category": "é".repeat(32), "amount_band": "b".repeat(64),
        "aspects": aspects, "comment": "c".repeat(4096),
    }));
    cases.accept("REQ-EVENT-3", "longest", "Every text as long as it may be.", feed(&[longest]));
    let times = ["2026-01-31t12:00:00.123z", "2028-02-29T00:00:00+14:00", "1970-01-01T00:00:00-00:00"];
    let many = times.iter().zip(0..).map(|(at, n)| rating_with(&json!({"id": format!("d{n}"), "at": at})));
    let description = "Times with a fraction, an offset, a leap day, and the first of all.";
    cases.accept("REQ-EVENT-3", "times", description, feed(&many.collect::<Vec<_>>()));
    let line = rating().to_string();
    let other = rating_with(&json!({"id": "d2"})).to_string();
    let text = format!("\u{feff}{line}\r\n\r\n \t\n{other}");
    let description = "A byte-order mark, line ends of both kinds, blank lines, and no end of the last one.";
    cases.accept("REQ-EVENT-2", "line-ends", description, reading(text));
}

/// A rating whose line has so many bytes: white space before its last brace.
fn padded(bytes: usize, before: &str, after: &str) -> Value {
    let line = rating().to_string();
    let (line, brace) = line.split_at(line.len() - 1);
    long(&format!("{before}{line}"), " ", bytes - line.len() - 1, &format!("{brace}{after}"))
}

fn lengths(cases: &mut Cases) {
    let req = "REQ-EVENT-1";
    let description = "A line of 16,384 bytes; neither the mark before it nor the line's end count.";
    cases.accept(req, "line", description, reading(padded(16_384, "\u{feff}", "\r\n")));
    let mut bad = |id: &str, description: &str, text: Value| {
        cases.refuse(req, id, "too_large", description, reading(text)).attack("A20");
    };
    bad("line-large", "A line of 16,385 bytes.", padded(16_385, "", "\n"));
    bad("line-open", "A line of 16,385 bytes, which is the last and has no end.", padded(16_385, "", ""));
    bad("line-blank", "A line of 16,385 spaces.", long("", " ", 16_385, "\n"));
    bad(
        "line-second",
        "The second line is of a megabyte.",
        long(&format!("{}\n", rating()), "[", 1 << 20, ""),
    );
}

fn lines(cases: &mut Cases) {
    let (req, code) = ("REQ-EVENT-2", "event.malformed");
    let line = rating().to_string();
    let replaced = |from: &str, to: &str| {
        assert!(line.contains(from), "{from}");
        line.replacen(from, to, 1)
    };
    let mut bad = |id: &str, description: &str, text: Value| {
        cases.refuse(req, id, code, description, reading(text));
    };
    bad(
        "fraction",
        "A value with a fraction that is nothing.",
        json!(replaced("\"value\":5", "\"value\":5.0")),
    );
    bad("exponent", "A value with an exponent.", json!(replaced("\"value\":5", "\"value\":5e0")));
    bad("name-twice", "A name stands twice.", json!(replaced("\"value\":5", "\"value\":5,\"value\":5")));
    bad(
        "name-escaped",
        "A name stands twice, once escaped.",
        json!(replaced("\"value\":5", "\"value\":5,\"valu\\u0065\":5")),
    );
    bad("list", "A list of events.", json!(format!("[{line}]")));
    bad("null", "A line that is null.", json!("null\n"));
    bad("two", "Two events in one line.", json!(format!("{line} {line}")));
    bad("cut", "A line that breaks off.", json!(&line[..line.len() - 1]));
    bad("broken", "An event over two lines.", json!(replaced(",", ",\n")));
    bad(
        "deep",
        "A comment that is nested 5,000 deep.",
        json!({"concat": [
            replaced("\"value\":5", "\"value\":5,\"comment\":").trim_end_matches(|c| c != ':'),
            {"repeat": "[", "times": 5000}, {"repeat": "]", "times": 5000}, "}",
        ]}),
    );
    bad("mark", "A byte-order mark before the second line.", json!(format!("{line}\n\u{feff}{line}")));
    bad("marks", "Two byte-order marks.", json!(format!("\u{feff}\u{feff}{line}")));
    bad("comment", "A comment of a programming language.", json!(format!("// the first\n{line}")));
    let (before, after) = line.split_once("12\"").unwrap();
    bad(
        "utf8",
        "A line that is not UTF-8.",
        json!({"concat": [before, {"base64url": "_w"}, format!("12\"{after}")]}),
    );
}

/// A line that is malformed.
fn bad_event(cases: &mut Cases, id: &str, description: &str, event: &Value) {
    cases.refuse("REQ-EVENT-3", id, "event.malformed", description, feed(std::slice::from_ref(event)));
}

fn members(cases: &mut Cases) {
    for name in ["type", "id", "at", "account", "rater", "role", "value", "scale"] {
        let mut without = rating();
        without.as_object_mut().unwrap().remove(name);
        bad_event(cases, &format!("no-{name}"), &format!("A rating without `{name}`."), &without);
    }
    let mut with = |id: &str, description: &str, more: Value| {
        bad_event(cases, id, description, &rating_with(&more));
    };
    with("type", "A type that there is not.", json!({"type": "binding"}));
    with("member", "A member of no known name.", json!({"holder": "x"}));
    with("of", "A rating that is about another.", json!({"of": "d0"}));
    with("text", "A rating with the text of a reply.", json!({"text": "Thank you."}));
    with("value-text", "A value that is a text.", json!({"value": "5"}));
    with("value-scale", "A value over its scale.", json!({"value": 6}));
    with("scale-turned", "A scale with its ends in the other order.", json!({"scale": "5..1"}));
    with("scale-wide", "A scale that is too wide.", json!({"scale": "0..1000001"}));
    with("id-number", "An id that is a number.", json!({"id": 1}));
    with("account-null-text", "An account of no letters.", json!({"account": ""}));
    with("role-upper", "A role in capitals.", json!({"role": "Seller"}));
    with("role-hyphen", "A role that begins with a hyphen.", json!({"role": "-seller"}));
    with("role-33", "A role of 33 letters.", json!({"role": "r".repeat(33)}));
    let mut more = |id: &str, description: &str, event: Value| {
        bad_event(cases, id, description, &event);
    };
    let mut correction = corrected("d2", "d1");
    correction["rater"] = json!("12");
    more("correction-rater", "A correction that repeats the rater.", correction);
    more(
        "correction-value",
        "A correction without a value.",
        about("correction", "d2", "d1", &json!({"scale": "1..5"})),
    );
    more(
        "reply-comment",
        "A reply with a comment.",
        about("reply", "d2", "d1", &json!({"text": "t", "comment": "c"})),
    );
    more(
        "withdrawal-by",
        "A withdrawal without who asked for it.",
        about("withdrawal", "d2", "d1", &json!({})),
    );
    more(
        "withdrawal-nobody",
        "A withdrawal for which nobody known asked.",
        about("withdrawal", "d2", "d1", &json!({"by": "bank"})),
    );
    more("dispute-state", "A dispute in a state that there is not.", disputed("d2", "d1", "won"));
    more(
        "dispute-by",
        "A dispute with who asked for it.",
        about("dispute", "d2", "d1", &json!({"state": "open", "by": "rater"})),
    );
}

fn texts(cases: &mut Cases) {
    let mut with = |id: &str, description: &str, more: Value| {
        bad_event(cases, id, description, &rating_with(&more));
    };
    with("id-129", "An id of 129 characters.", json!({"id": "i".repeat(129)}));
    with("id-space", "An id with a space.", json!({"id": "d 1"}));
    with("id-wide", "An id with a letter that is not ASCII.", json!({"id": "dé1"}));
    with("rater-129", "A rater of 129 characters.", json!({"rater": "r".repeat(129)}));
    with(
        "account-bidi",
        "An account with a character that turns the line around.",
        json!({"account": "7\u{202e}"}),
    );
    with("comment-4097", "A comment of 4,097 bytes.", json!({"comment": "c".repeat(4097)}));
    with("comment-number", "A comment that is a number.", json!({"comment": 5}));
    with("category-65", "A category of 65 bytes.", json!({"category": "c".repeat(65)}));
    with("category-wide", "A category of 33 characters and 66 bytes.", json!({"category": "é".repeat(33)}));
    with("band-65", "A band of 65 bytes.", json!({"amount_band": "b".repeat(65)}));
    let many: serde_json::Map<String, Value> = (0..17).map(|n| (format!("a{n}"), json!(1))).collect();
    with("aspects-17", "Seventeen aspects.", json!({"aspects": many}));
    with("aspects-1001", "An aspect over 1000.", json!({"aspects": {"kind": 1001}}));
    with("aspects-negative", "An aspect below 0.", json!({"aspects": {"kind": -1}}));
    with("aspects-unnamed", "An aspect without a name.", json!({"aspects": {"": 1}}));
    with("aspects-65", "An aspect with a name of 65 bytes.", json!({"aspects": {"a".repeat(65): 1}}));
    with("aspects-list", "A list of aspects.", json!({"aspects": [1]}));
    let mut replied = |id: &str, description: &str, text: String| {
        bad_event(cases, id, description, &about("reply", "d2", "d1", &json!({"text": text})));
    };
    replied("reply-empty", "A reply of no letters.", String::new());
    replied("reply-4097", "A reply of 4,097 bytes.", "t".repeat(4097));
}

fn times(cases: &mut Cases) {
    for (id, at, description) in [
        ("at-day", json!("2026-01-31"), "A day without a time."),
        ("at-local", json!("2026-01-31T12:00:00"), "A time without an offset."),
        ("at-minute", json!("2026-01-31T12:00Z"), "A time without seconds."),
        ("at-space", json!("2026-01-31 12:00:00Z"), "A space between day and time."),
        ("at-zone", json!("2026-01-31T12:00:00+01:00[Europe/Paris]"), "A time with the name of a zone."),
        ("at-digits", json!("1769860800"), "Unix seconds as a text."),
        ("at-february", json!("2026-02-29T12:00:00Z"), "A day that the year does not have."),
        ("at-hour", json!("2026-01-31T24:00:00Z"), "An hour that the day does not have."),
        ("at-1969", json!("1969-12-31T23:59:59Z"), "A second before 1970."),
        ("at-negative", json!(-1), "Unix seconds below 0."),
        ("at-far", json!(253_402_300_800_i64), "Unix seconds after the year 9999."),
        ("at-word", json!("yesterday"), "A word."),
        ("at-bool", json!(true), "A truth value."),
    ] {
        bad_event(cases, id, description, &rating_with(&json!({"at": at})));
    }
}

fn rules(cases: &mut Cases) {
    let mut bad = |req: &str, id: &str, description: &str, events: &[Value]| {
        cases.refuse(req, id, "event.rule", description, feed(events));
    };
    let req = "REQ-EVENT-4";
    let first = rating();
    bad(req, "unknown", "A reply to an event that is not recorded.", &[first.clone(), replied("d2", "d0")]);
    bad(req, "early", "A reply stands before its rating.", &[replied("d2", "d1"), first.clone()]);
    let old = [first.clone(), corrected("d2", "d1")];
    let then = |event: Value| [old[0].clone(), old[1].clone(), event];
    bad(req, "corrected", "A reply to a rating that was corrected.", &then(replied("d3", "d1")));
    bad(
        req,
        "corrected-twice",
        "A second correction of the rating instead of its correction.",
        &then(corrected("d3", "d1")),
    );
    let out = [first.clone(), withdrawn("d2", "d1")];
    let then = |event: Value| [out[0].clone(), out[1].clone(), event];
    bad(req, "withdrawn", "A correction of a rating that was withdrawn.", &then(corrected("d3", "d1")));
    bad(req, "withdrawn-twice", "A second withdrawal.", &then(withdrawn("d3", "d1")));
    bad(req, "of-withdrawal", "A reply to a withdrawal.", &then(replied("d3", "d2")));
    let answered = [first.clone(), replied("d2", "d1"), replied("d3", "d2")];
    bad(req, "of-reply", "A reply to a reply.", &answered);

    let req = "REQ-EVENT-6";
    let open = [first.clone(), disputed("d2", "d1", "open")];
    let then = |event: Value| [open[0].clone(), open[1].clone(), event];
    bad(req, "open-twice", "A dispute is opened that is open.", &then(disputed("d3", "d1", "open")));
    bad(
        req,
        "settled",
        "A dispute is settled that was not opened.",
        &[first.clone(), disputed("d2", "d1", "settled")],
    );
    let mut settled = then(disputed("d3", "d1", "settled")).to_vec();
    settled.push(disputed("d4", "d1", "settled"));
    bad(req, "settled-twice", "A dispute is settled twice.", &settled);
    let mut kept = then(corrected("d3", "d1")).to_vec();
    kept.push(disputed("d4", "d3", "open"));
    bad(req, "open-corrected", "A dispute is opened that stayed open over a correction.", &kept);

    let req = "REQ-EVENT-7";
    bad(req, "itself", "An account rates itself.", &[rating_with(&json!({"rater": "7"}))]);
    let other = rating_with(&json!({"id": "d2", "account": "8", "rater": "8"}));
    bad(req, "itself-later", "An account that nobody rated yet rates itself.", &[first.clone(), other]);
    let known = rating_with(&json!({"id": "d2", "rater": "7"}));
    bad(req, "itself-rated", "An account that others rated rates itself.", &[first.clone(), known]);

    let reopened = [
        first,
        disputed("d2", "d1", "open"),
        disputed("d3", "d1", "settled"),
        disputed("d4", "d1", "open"),
        corrected("d5", "d1"),
        disputed("d6", "d5", "settled"),
    ];
    let description = "A dispute is opened again, stays open over a correction, and is settled there.";
    cases.accept("REQ-EVENT-6", "reopened", description, feed(&reopened));
}

fn again(cases: &mut Cases) {
    let req = "REQ-EVENT-5";
    let same = [
        rating(),
        corrected("d2", "d1"),
        withdrawn("d3", "d2"),
        rating_with(&json!({"at": "2026-01-31T23:59:59Z"})),
        corrected("d2", "d1"),
        withdrawn("d3", "d2"),
    ];
    let description = "Everything is sent again, one event with another hour of the same day.";
    cases.accept(req, "again", description, feed(&same));
    let mut bad = |id: &str, description: &str, event: Value| {
        cases.refuse(req, id, "event.rule", description, feed(&[rating(), event]));
    };
    bad("again-value", "The id of a rating, with another value.", rating_with(&json!({"value": 4})));
    bad("again-comment", "The id of a rating, with a comment.", rating_with(&json!({"comment": "x"})));
    bad(
        "again-day",
        "The id of a rating, on another day.",
        rating_with(&json!({"at": "2026-02-01T00:00:00Z"})),
    );
    bad("again-rater", "The id of a rating, by another rater.", rating_with(&json!({"rater": "13"})));
    bad("again-account", "The id of a rating, of another account.", rating_with(&json!({"account": "8"})));
    bad("again-reply", "The id of a rating, for the reply to it.", replied("d1", "d1"));
    bad("again-correction", "The id of a rating, for its correction.", corrected("d1", "d1"));
}

fn roles(cases: &mut Cases) {
    let req = "REQ-EVENT-13";
    let given = |n: usize, role: usize| {
        rating_with(&json!({"id": format!("d{n}"), "rater": format!("r{n}"), "role": format!("role-{role}")}))
    };
    let eight: Vec<Value> = (0..8).map(|n| given(n, n)).collect();
    let and = |events: &[Value]| [&eight[..], events].concat();
    let other = rating_with(&json!({"id": "e1", "account": "8", "role": "role-8"}));
    let description = "Eight roles of one account, one of them twice, and a ninth of another account.";
    cases.accept(req, "roles", description, feed(&and(&[given(9, 3), other])));
    let mut bad = |id: &str, description: &str, events: &[Value]| {
        cases.refuse(req, id, "event.rule", description, feed(&and(events)));
    };
    bad("role-ninth", "A ninth role of one account.", &[given(8, 8)]);
    let description = "A ninth role, after the only rating of another one was withdrawn.";
    bad("role-withdrawn", description, &[withdrawn("w", "d0"), given(8, 8)]);
    let description = "A ninth role, after the only rating of another one was corrected.";
    bad("role-corrected", description, &[corrected("c", "d0"), given(8, 8)]);
}
