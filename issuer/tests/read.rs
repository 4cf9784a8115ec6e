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

use faam_issuer::read::{MAX_JSON_LINE_BYTES, csv, json_line, json_lines};
use faam_issuer::{Event, EventId};
use faam_spec::reason::Reason;
use proptest::prelude::*;

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
fn every_kind_of_event_has_its_line() {
    for line in [
        r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller","value":5,"scale":"1..5","at":0,"comment":"é","category":"c","aspects":{"punctual":1000},"amount_band":"b"}"#,
        r#"{"type":"correction","id":"e1","of":"e0","value":5,"scale":"1..5","at":0,"comment":"c"}"#,
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
        with(r#""at":0"#, r#""at":1.5"#),
        with(r#""at":0"#, r#""at":9223372036854775808"#),
        with(r#""at":0"#, r#""at":"yesterday""#),
        with(r#""at":0"#, r#""at":"2026-01-01""#),
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
        "[".repeat(10_000),
        String::new(),
        "null".to_owned(),
    ] {
        assert_eq!(json_line(&line).unwrap_err().reason(), Reason::EventMalformed, "{line}");
    }
    let large = format!("{good}{}", " ".repeat(MAX_JSON_LINE_BYTES));
    assert_eq!(json_line(&large).unwrap_err().reason(), Reason::TooLarge);
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
