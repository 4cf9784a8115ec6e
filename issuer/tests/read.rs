//! Reading exports, hostile ones as well.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code
)]

use std::io::{self, Read};

use faam_issuer::read::{MAX_JSON_LINE_BYTES, csv, csv_lines, json_line, json_lines, unknown_member};
use faam_issuer::{Event, EventId, explain};
use faam_spec::reason::Reason;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read_csv(text: &str) -> Result<Vec<Event>, (u64, Reason)> {
    csv(text.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap())
        .map_err(|error| (error.line(), error.reason()))
}

#[test]
fn a_csv_comes_sorted_by_time() {
    let text = "from,to,feature,time\r\n1,2,10,300\n3,2,-10,100\n2,3,0,100\n";
    let events = read_csv(text).unwrap();
    let ids: Vec<_> = events.iter().map(|event| event.id().as_str()).collect();
    assert_eq!(ids, ["3-2", "2-3", "1-2"], "those of one moment as they stood");
    let Event::Rating { account, rater, score, role, at, .. } = &events[0] else { panic!() };
    assert_eq!((account.as_str(), rater.as_str(), role.as_str()), ("2", "3", "trader"));
    assert_eq!((score.value(), score.normal(), at.seconds()), (-10, 0, 100));
    assert_eq!(read_csv("from,to,feature,time\n").unwrap(), []);
}

#[test]
fn a_bad_csv_is_refused_with_its_line() {
    let malformed = Reason::EventMalformed;
    let long = format!("from,to,feature,time\n1,2,1,1\n{},2,1,1\n", "1".repeat(100_000));
    let open = format!("from,to,feature,time\n\"{}", "1".repeat(100_000));
    let named = format!("from,to,feature,time\n{},2,1,1\n", "1".repeat(129));
    for (text, line, reason) in [
        ("", 1, malformed),
        ("\n\n", 3, malformed),
        ("1,2,10,300\n", 1, malformed),
        ("to,from,feature,time\n", 1, malformed),
        ("from,to,feature,time,more\n", 1, malformed),
        ("from,to,feature,time\n1,2,11,300\n", 2, malformed),
        ("from,to,feature,time\n1,2,1.5,300\n", 2, malformed),
        ("from,to,feature,time\n1,2,10,-300\n", 2, malformed),
        ("from,to,feature,time\n1,2,10,9e9\n", 2, malformed),
        ("from,to,feature,time\n1,2,10,300\n\n1,3,10\n", 4, malformed),
        ("from,to,feature,time\n1,2,10,300,5\n", 2, malformed),
        ("from,to,feature,time\n1,2,10,300\n1,2,9,400\n", 3, malformed),
        ("from,to,feature,time\n1,,10,300\n", 2, malformed),
        ("from,to,feature,time\n\"1\",2,10,300\n", 2, malformed),
        ("from,to,feature,time\na b,2,10,300\n", 2, malformed),
        (&long, 3, Reason::TooLarge),
        (&open, 2, Reason::TooLarge),
        (&named, 2, malformed),
    ] {
        assert_eq!(read_csv(text).unwrap_err(), (line, reason), "{}", &text[..text.len().min(80)]);
    }
    let bytes: &[u8] = b"from,to,feature,time\n\xff,2,1,1\n";
    let refused = csv(bytes, "0..1".parse().unwrap(), "trader".parse().unwrap()).unwrap_err();
    assert_eq!((refused.line(), refused.reason()), (2, malformed));
}

#[test]
fn a_bad_csv_is_refused_in_words() {
    let headed = |row: &str| format!("from,to,feature,time\n{row}\n");
    for (text, line, words) in [
        (String::new(), 1, "The file is empty"),
        ("a,b,c,d\n".to_owned(), 1, "The first line must be from,to,feature,time"),
        ("from;to;feature;time\n".to_owned(), 1, "separated by commas"),
        ("from\tto\tfeature\ttime\n".to_owned(), 1, "separated by commas"),
        (headed("1;2;3;4"), 2, "separated by commas"),
        (headed("1,2,3"), 2, "four columns"),
        (headed("1,2,3,4,5"), 2, "four columns"),
        (headed("a b,2,3,4"), 2, "Column from"),
        (headed("1,,3,4"), 2, "Column to"),
        (headed("1,2,11,4"), 2, "Column feature: the value does not lie on the scale"),
        (headed("1,2,3.5,4"), 2, "Column feature: the value must be a whole number"),
        (headed("1,2,3,tomorrow"), 2, "Column time"),
        (headed("1,2,3,-4"), 2, "Column time"),
        (headed("1,2,3,4\n1,2,3,5"), 3, "an earlier row has this pair"),
        (headed("1,2,3,4\n7,7,3,5"), 3, "an account cannot rate itself"),
    ] {
        let error = csv(text.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap()).unwrap_err();
        assert!(error.line() == line && error.to_string().contains(words), "{text:?}: {error}");
    }
    let binary: &[u8] = b"\x7fELF\x02\x01\xff\xfe\n";
    let error = csv(binary, "0..1".parse().unwrap(), "trader".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("not UTF-8 text"), "{error}");
}

#[test]
fn a_byte_order_mark_is_passed_over_once() {
    assert_eq!(read_csv("\u{feff}from,to,feature,time\n1,2,10,300\n").unwrap().len(), 1);
    assert_eq!(read_csv("\u{feff}\u{feff}from,to,feature,time\n").unwrap_err(), (1, Reason::EventMalformed));
    let good = r#"{"type":"reply","id":"e1","of":"e0","text":"t","at":0}"#;
    let lines = |text: &str| json_lines(text.as_bytes()).filter(Result::is_ok).count();
    assert_eq!(lines(&format!("\u{feff}{good}\n{good}")), 2);
    assert_eq!(lines(&format!("{good}\n\u{feff}{good}")), 1);
}

#[test]
fn ratings_of_a_csv_keep_their_lines() {
    let text = "from,to,feature,time\n1,2,10,300\n\n3,2,-10,100\n";
    let lines = csv_lines(text.as_bytes(), "-10..10".parse().unwrap(), "trader".parse().unwrap()).unwrap();
    let lines: Vec<_> = lines.iter().map(|(line, event)| (*line, event.id().as_str())).collect();
    assert_eq!(lines, [(4, "3-2"), (2, "1-2")]);
}

#[test]
fn a_bad_line_says_which_member_is_wrong() {
    let good = json!({"type": "rating", "id": "e1", "account": "7", "rater": "12", "role": "seller", "value": 5,
        "scale": "1..5", "at": 0});
    let with = |name: &str, value: Value| {
        let mut line = good.clone();
        line[name] = value;
        line.to_string()
    };
    for (name, value) in [
        ("type", json!("rates")),
        ("id", json!(7)),
        ("account", json!("a b")),
        ("rater", json!(null)),
        ("role", json!("Big Seller")),
        ("value", json!(6)),
        ("value", json!("5")),
        ("scale", json!("5..1")),
        ("at", json!("yesterday")),
        ("comment", json!(1)),
        ("category", json!("x".repeat(65))),
        ("aspects", json!({"a": 1001})),
        ("amount_band", json!([])),
    ] {
        let fault = json_line(&with(name, value.clone())).unwrap_err();
        assert_eq!((fault.reason(), fault.at()), (Reason::EventMalformed, name), "{value}");
        assert!(explain(&fault).starts_with(&format!("{name}: ")), "{}", explain(&fault));
    }
    let fault = json_line(&with("of", json!("e0"))).unwrap_err();
    assert!(explain(&fault).contains("events of its type do not have"));
    let line = with("coment", json!("x"));
    assert!(explain(&json_line(&line).unwrap_err()).contains("no event has"));
    assert_eq!(unknown_member(&line).as_deref(), Some("coment"));
    assert_eq!(unknown_member(&good.to_string()), None);
    assert!(explain(&json_line("{\"type\":").unwrap_err()).contains("may break off"));
    assert!(explain(&json_line(&with("at", json!(1.5))).unwrap_err()).contains("number that is not whole"));
    assert!(explain(&json_line("[]").unwrap_err()).contains("one JSON object"));
}

#[test]
fn every_kind_of_event_has_its_line() {
    for line in [
        r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":0,"comment":"é","category":"c","aspects":{"punctual":1000},"amount_band":"b"}"#,
        r#"{"type":"correction","id":"e1","of":"e0","value":5,"scale":"1..5","at":"2026-01-01T01:00:00.250+01:00","comment":"c"}"#,
        r#"{"type":"reply","id":"e1","of":"e0","text":"t","at":0}"#,
        r#"{"type":"withdrawal","id":"e1","of":"e0","by":"subject","at":0}"#,
        r#"{"type":"dispute","id":"e1","of":"e0","state":"open","at":0}"#,
    ] {
        assert_eq!(json_line(line).unwrap().id(), &"e1".parse::<EventId>().unwrap(), "{line}");
    }
}

#[test]
fn bad_lines_are_refused() {
    let good = r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":0}"#;
    assert!(json_line(good).is_ok());
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
    };
    let aspects: Vec<_> = (0..17).map(|n| format!(r#""a{n}":1"#)).collect();
    for line in [
        with(r#""type":"rating","#, ""),
        with("rating", "binding"),
        with("rating", "reply"),
        with(r#""id":"e1""#, r#""id":"e1","id":"e2""#),
        with(r#""id":"e1","#, ""),
        with(r#""id":"e1""#, r#""id":1"#),
        with("e1", "e 1"),
        with("e1", ""),
        with(r#""account":"7","#, ""),
        with(r#""rater":"12","#, ""),
        with("seller", "Seller"),
        with(":5", ":6"),
        with(":5", ":5.0"),
        with(":5", ":\"5\""),
        with("1..5", "5..1"),
        with(r#","scale":"1..5""#, ""),
        with(r#""at":0"#, r#""at":-1"#),
        with(r#""at":0"#, r#""at":"0""#),
        with(r#""at":0"#, r#""at":"2026-01-01T00:00:00""#),
        with(r#""at":0"#, r#""at":"2026-01-01T00:00Z""#),
        with(r#""at":0"#, r#""at":"2026-01-01T00:00:00+01""#),
        with(r#""at":0"#, r#""at":"20260101T000000Z""#),
        with(r#""at":0"#, r#""at":"2026-01-01T00:00:00Z[UTC]""#),
        with(r#""at":0"#, r#""at":"2026-01-01 00:00:00Z""#),
        with(r#""at":0"#, r#""at":1.5"#),
        with(r#""at":0"#, r#""at":9223372036854775808"#),
        with(r#""at":0"#, r#""at":"yesterday""#),
        with(r#""at":0"#, r#""at":"2026-01-01""#),
        with(r#""at":0"#, r#""at":"0""#),
        with(r#""at":0"#, r#""at":"2026-01-01T12:00Z""#),
        with(r#""at":0"#, r#""at":"2026-01-01 12:00:00Z""#),
        with(r#""at":0"#, r#""at":"2026-01-01T12:00:00""#),
        with(r#""at":0"#, r#""at":"2026-01-01T12:00:00+01""#),
        with(r#""at":0"#, r#""at":"2026-01-01T12:00:00.Z""#),
        with(r#""at":0"#, r#""at":"2026-01-01T12:00:00+01:00[Europe/Paris]""#),
        with(r#""at":0"#, r#""at":0,"of":"e0""#),
        with(r#""at":0"#, r#""at":0,"text":"t""#),
        with(r#""at":0"#, r#""at":0,"holder":"k""#),
        with(r#""at":0"#, r#""at":0,"aspects":{"a":1001}"#),
        with(r#""at":0"#, r#""at":0,"aspects":{"":1}"#),
        with(r#""at":0"#, r#""at":0,"aspects":{"a":1,"a":2}"#),
        with(r#""at":0"#, &format!(r#""at":0,"aspects":{{{}}}"#, aspects.join(","))),
        with(r#""at":0"#, &format!(r#""at":0,"comment":"{}""#, "x".repeat(4097))),
        with(r#""at":0"#, &format!(r#""at":0,"category":"{}""#, "x".repeat(65))),
        format!("{good} {good}"),
        format!("[{good}]"),
        r#"["rating","e1",0,"7","12","seller",null,5,"1..5",null,null,null,null,null,null,null]"#.to_owned(),
        r#"{"type":"reply","id":"e1","of":"e0","text":"","at":0}"#.to_owned(),
        r#"{"type":"reply","id":"e1","of":"e0","text":"t","comment":"c","at":0}"#.to_owned(),
        r#"{"type":"withdrawal","id":"e1","of":"e0","by":"nobody","at":0}"#.to_owned(),
        r#"{"type":"dispute","id":"e1","of":"e0","state":"won","at":0}"#.to_owned(),
        String::new(),
        "null".to_owned(),
    ] {
        assert_eq!(json_line(&line).unwrap_err().reason(), Reason::EventMalformed, "{line}");
    }
    let large = format!("{good}{}", " ".repeat(MAX_JSON_LINE_BYTES));
    assert_eq!(json_line(&large).unwrap_err().reason(), Reason::TooLarge);
    assert_eq!(json_line(&"[".repeat(10_000)).unwrap_err().reason(), Reason::TooLarge, "nested too deep");
}

#[test]
fn json_lines_name_the_bad_line_and_go_on() {
    let good = r#"{"type":"reply","id":"e1","of":"e0","text":"t","at":0}"#;
    let text = format!("{good}\n\n{{}}\r\n{good}\r\n{good}");
    let lines: Vec<_> = json_lines(text.as_bytes()).collect();
    let errors: Vec<_> =
        lines.iter().filter_map(|line| line.as_ref().err()).map(|e| (e.line(), e.reason())).collect();
    assert_eq!((lines.len(), errors), (4, vec![(3, Reason::EventMalformed)]));

    let bytes = [good.as_bytes(), b"\n\xff\n", good.as_bytes()].concat();
    assert_eq!(json_lines(bytes.as_slice()).filter(Result::is_ok).count(), 2);
}

#[test]
fn a20_a_line_without_an_end_is_not_held() {
    /// An endless line, and how much of it was taken.
    struct Endless(usize);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len();
            assert!(self.0 < 1 << 20, "taken in without bound");
            buffer.fill(b'[');
            Ok(buffer.len())
        }
    }
    let good = "{\"type\":\"reply\",\"id\":\"e1\",\"of\":\"e0\",\"text\":\"t\",\"at\":0}\n";
    let mut lines = json_lines(good.as_bytes().chain(Endless(0)));
    assert!(lines.next().unwrap().is_ok());
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!((error.line(), error.reason()), (2, Reason::TooLarge));
    assert!(lines.next().is_none());
    let refused = csv(Endless(0), "0..1".parse().unwrap(), "trader".parse().unwrap()).unwrap_err();
    assert_eq!(refused.reason(), Reason::TooLarge);
}

#[test]
fn a_reader_that_fails_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken"))
        }
    }
    let mut lines = json_lines(Broken);
    assert_eq!(lines.next().unwrap().unwrap_err().reason(), Reason::InputMalformed);
    assert!(lines.next().is_none());
    let refused = csv(Broken, "0..1".parse().unwrap(), "trader".parse().unwrap()).unwrap_err();
    assert_eq!(refused.reason(), Reason::InputMalformed);
}

proptest! {
    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = json_lines(bytes.as_slice()).count();
        let _ = csv(bytes.as_slice(), "0..1".parse().unwrap(), "trader".parse().unwrap());
        let headed = [b"from,to,feature,time\n", bytes.as_slice()].concat();
        let _ = csv(headed.as_slice(), "0..1".parse().unwrap(), "trader".parse().unwrap());
    }
}
