//! Strict JSON, REQ-GEN-1 to REQ-GEN-5 and REQ-GEN-24.

use faam_spec::encoding::b64;
use serde_json::{Value, json};

use super::super::fixtures_signed::{disclosure, jws_of, rating, reading, record, written};
use super::Cases;
use crate::vectors::long;

/// An array of `times` times the same element and a last one.
fn array(element: &str, times: usize, last: &str) -> Value {
    long("[", &format!("{element},"), times, &format!("{last}]"))
}

pub(super) fn cases(cases: &mut Cases) {
    text(cases);
    names(cases);
    private_names(cases);
    depth(cases);
    numbers(cases);
    budget(cases);
}

fn text(cases: &mut Cases) {
    let req = "REQ-GEN-1";
    let good = [
        ("object", "An object.", r#"{"a":[1,true,null,"b"]}"#),
        (
            "white-space",
            "White space of all four kinds before, within and after.",
            " \t\r\n{ \"a\" :\n1 } \r\n\t ",
        ),
        ("text", "A text alone is a JSON text too.", r#""é""#),
        ("pair", "A character beyond the first 65,536, as two escapes.", r#"{"a":"\ud83d\ude00"}"#),
        ("delete", "A delete character needs no escape in a text.", "\"\u{7f}\""),
    ];
    for (id, description, text) in good {
        cases.accept(req, &format!("json-{id}"), description, reading("json", text));
    }
    let bad = [
        ("empty", "Nothing at all.", ""),
        ("space-only", "White space alone.", " \n"),
        ("bom", "A byte-order mark stands before the text.", "\u{feff}{}"),
        ("two", "A second object follows.", "{} {}"),
        ("trailing", "A bracket too many.", "[1]]"),
        ("nul", "A zero byte follows.", "{}\0"),
        ("form-feed", "A form feed follows, which is no white space of JSON.", "{}\u{c}"),
        ("no-break-space", "A no-break space follows.", "{}\u{a0}"),
        ("comma", "A comma before the closing bracket.", "[1,]"),
        ("comment", "A comment.", "{/* a */}"),
        ("single-quotes", "Single quotes.", "{'a':1}"),
        ("bare-name", "A name without quotes.", "{a:1}"),
        ("nan", "NaN.", "[NaN]"),
        ("capitals", "A word in capitals.", "[True]"),
        ("leading-zero", "A number with a leading zero.", "[01]"),
        ("plus", "A number with a plus sign.", "[+1]"),
        ("hex", "A hexadecimal number.", "[0x10]"),
        ("control", "A line feed within a text, not escaped.", "\"a\nb\""),
        ("escape", "An escape that there is not.", r#""\x41""#),
        ("half", "The first half of a character, alone.", r#"{"a":"\ud83d"}"#),
        ("half-name", "The second half of a character, alone, in a name.", r#"{"\ude00":1}"#),
        ("halves-turned", "The two halves of a character, the second one first.", r#""\ude00\ud83d""#),
        ("cut", "The text ends within an object.", r#"{"a":1"#),
    ];
    for (id, description, text) in bad {
        cases.refuse(req, &format!("json-{id}"), "malformed.json", description, reading("json", text));
    }
    let bytes: [(&str, &str, &[u8]); 4] = [
        ("not-utf8", "A byte that UTF-8 does not have.", b"\"\xff\""),
        ("overlong", "A character in more bytes than it needs.", b"\"\xc0\xaf\""),
        ("utf8-half", "Half of a character as three bytes.", b"\"\xed\xa0\xbd\""),
        ("utf16", "An empty object in UTF-16.", b"\xff\xfe{\0}\0"),
    ];
    for (id, description, bytes) in bytes {
        let input = reading("json", json!({"base64url": b64(bytes)}));
        cases.refuse(req, &format!("json-{id}"), "malformed.json", description, input);
    }
    let trailing =
        rating().showing(&[]).with(|it| it.disclosures = vec![b64(r#"["AAAA","day","2026-10-02"] x"#)]);
    let description = "Something follows the array of a disclosure.";
    cases.refuse(
        req,
        "disclosure-trailing",
        "malformed.json",
        description,
        reading("rating", trailing.text()),
    );
    cases.vectors.last_mut().unwrap().attack("A10");
    let record = record();
    let text = jws_of(&written(&record.header), &format!("{} {{}}", written(&record.payload)), &record.key);
    let description = "A second object follows the first in a signed payload.";
    cases.refuse(req, "payload-trailing", "malformed.json", description, reading("epoch_record", text));
}

fn names(cases: &mut Cases) {
    let req = "REQ-GEN-2";
    let good = [
        ("siblings", "The same name in two objects.", r#"[{"a":1},{"a":1}]"#),
        ("nested", "The same name in an object and in one within it.", r#"{"a":{"a":1}}"#),
        ("case", "Names that differ in case.", r#"{"a":1,"A":1}"#),
        (
            "normal-forms",
            "Names that look the same and are other characters.",
            "{\"\u{e9}\":1,\"e\u{301}\":1}",
        ),
    ];
    for (id, description, text) in good {
        cases.accept(req, &format!("names-{id}"), description, reading("json", text));
    }
    let bad = [
        ("twice", "A name twice.", r#"{"a":1,"a":2}"#),
        ("twice-same", "A name twice with the same value.", r#"{"a":1,"a":1}"#),
        ("apart", "A name twice with another in between.", r#"{"a":1,"b":1,"a":1}"#),
        ("escaped", "A name twice, once with an escape.", r#"{"a":1,"\u0061":2}"#),
        ("pair", "A name twice, once as two escapes.", "{\"\u{1f600}\":1,\"\\ud83d\\ude00\":1}"),
        ("empty", "The empty name twice.", r#"{"":1,"":2}"#),
        ("deep", "A name twice in an object within an array.", r#"[[{"b":{"a":1,"a":1}}]]"#),
    ];
    for (id, description, text) in bad {
        let input = reading("json", text);
        cases.refuse(req, &format!("names-{id}"), "malformed.json", description, input).attack("A04");
    }
    let rating = rating().showing(&["day"]);
    let (header, payload) = (written(&rating.header), written(&rating.payload));
    let shown = rating.disclosures.concat();
    let cases_of = [
        (
            "header",
            "A header names its algorithm twice.",
            header.replacen('{', r#"{"alg":"none","#, 1),
            payload.clone(),
        ),
        (
            "payload",
            "A payload names its issuer twice, the second time rightly.",
            header.clone(),
            payload.replacen('{', r#"{"iss":"did:key:z6Mk","#, 1),
        ),
        (
            "payload-escaped",
            "A payload has its market twice, once with an escape.",
            header.clone(),
            payload.replacen('{', r#"{"m\u0061rket":"beta","#, 1),
        ),
    ];
    for (id, description, header, payload) in cases_of {
        let text = format!("{}~{shown}~", jws_of(&header, &payload, &rating.key));
        let input = reading("rating", text);
        cases.refuse(req, &format!("names-{id}"), "malformed.json", description, input).attack("A04");
    }
    let aspects =
        rating.with(|it| it.disclosures = vec![b64(r#"["AAAA","aspects",{"speed":1,"speed":1000}]"#)]);
    let description = "An object that is disclosed has a name twice.";
    let input = reading("rating", aspects.text());
    cases.refuse(req, "names-disclosure", "malformed.json", description, input).attack("A04");
}

fn private_names(cases: &mut Cases) {
    let req = "REQ-GEN-24";
    let good = [
        ("value", "A text that is no name.", r#"{"a":"$serde_json::private::Number"}"#),
        ("within", "The words stand within a name.", r#"{"a$serde_json::private::Number":"1"}"#),
        ("case", "A name that differs in case.", r#"{"$Serde_json::private::Number":"1"}"#),
    ];
    for (id, description, text) in good {
        cases.accept(req, &format!("private-{id}"), description, reading("json", text));
    }
    let bad = [
        ("number", "A name by which a number is handed over.", r#"{"$serde_json::private::Number":"1"}"#),
        ("raw", "A name by which a raw text is handed over.", r#"{"$serde_json::private::RawValue":"[]"}"#),
        ("alone", "The beginning of such names alone.", r#"{"$serde_json::private::":0}"#),
        ("escaped", "Such a name with an escape.", r#"{"\u0024serde_json::private::Number":"1"}"#),
        (
            "second",
            "Such a name after another, in an array.",
            r#"[{"a":1,"$serde_json::private::Number":"1"}]"#,
        ),
    ];
    for (id, description, text) in bad {
        cases.refuse(req, &format!("private-{id}"), "malformed.json", description, reading("json", text));
    }
}

fn depth(cases: &mut Cases) {
    let req = "REQ-GEN-3";
    let arrays = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    cases.accept(req, "depth-16", "Sixteen arrays, one within the other.", reading("json", arrays(16)));
    cases.accept(
        req,
        "depth-16-objects",
        "Sixteen objects, one within the other.",
        reading("json", objects(16)),
    );
    let wide = format!("[{}]", vec![arrays(15); 3].join(","));
    cases.accept(
        req,
        "depth-16-wide",
        "Three times sixteen arrays, the outermost shared.",
        reading("json", wide),
    );
    let mixed = format!("[{}]", objects(16));
    let bad = [
        ("17", "Seventeen arrays.", json!(arrays(17))),
        ("17-objects", "Seventeen objects.", json!(objects(17))),
        ("17-mixed", "Sixteen objects within an array.", json!(mixed)),
        (
            "10000",
            "Ten thousand arrays.",
            json!({"concat": [long("", "[", 10_000, ""), long("", "]", 10_000, "")]}),
        ),
        ("open", "A hundred thousand arrays that are never closed.", long("", "[", 100_000, "")),
    ];
    for (id, description, text) in bad {
        let input = reading("json", text);
        cases.refuse(req, &format!("depth-{id}"), "too_large", description, input).attack("A20");
    }
    let deep = disclosure(&json!(["AAAA", "comment", null])).len();
    assert!(deep < 100);
    let text = b64(format!(r#"["AAAA","comment",{}]"#, arrays(16)));
    let rating = rating().with(|it| it.disclosures = vec![text]);
    let description = "A disclosure whose array is the first of seventeen.";
    let input = reading("rating", rating.text());
    cases.refuse(req, "depth-disclosure", "too_large", description, input).attack("A20");
}

fn numbers(cases: &mut Cases) {
    let req = "REQ-GEN-4";
    for (id, text) in
        [("largest", "[9007199254740991]"), ("smallest", "[-9007199254740991]"), ("zero", "[0]")]
    {
        cases.accept(
            req,
            &format!("number-{id}"),
            "A whole number within the bounds.",
            reading("json", text),
        );
    }
    let bad = [
        ("fraction", "A fraction.", "[1.5]"),
        ("fraction-zero", "A whole number with a fraction of nothing.", "[1.0]"),
        ("exponent", "A whole number with an exponent.", "[1e3]"),
        ("exponent-zero", "A whole number with an exponent of nothing.", "[1E0]"),
        ("minus-zero", "Zero with a minus sign.", "[-0]"),
        ("2-53", "2^53.", "[9007199254740992]"),
        ("minus-2-53", "−2^53.", "[-9007199254740992]"),
        ("2-63", "2^63.", "[9223372036854775808]"),
        ("2-64", "2^64, which is 0 to who keeps 64 bits.", "[18446744073709551616]"),
        ("tiny", "A fraction that is nothing to who keeps 64 bits.", "[1e-400]"),
    ];
    for (id, description, text) in bad {
        let input = reading("json", text);
        cases.refuse(req, &format!("number-{id}"), "malformed.json", description, input);
    }
    let input = reading("json", long("[1", "0", 400, "]"));
    cases.refuse(req, "number-long", "malformed.json", "A number of 401 digits.", input);
}

fn budget(cases: &mut Cases) {
    let req = "REQ-GEN-5";
    let input = reading("json", array("0", 65_534, "0"));
    cases.accept(req, "values-most", "65,536 values, the outermost array counted.", input);
    let input = reading("json", array("[]", 16_382, "[]"));
    cases.accept(req, "containers-most", "16,384 arrays, the outermost one counted.", input);
    let bad = [
        ("values", "65,537 values.", array("0", 65_535, "0")),
        ("values-objects", "65,537 values, half of them objects.", array(r#"{"":0}"#, 32_768, "0")),
        ("containers", "16,385 arrays.", array("[]", 16_383, "[]")),
        ("containers-objects", "16,385 objects and arrays.", array("{}", 16_383, "[]")),
        ("million", "A million numbers.", array("0", 1_000_000, "0")),
    ];
    for (id, description, text) in bad {
        let input = reading("json", text);
        cases.refuse(req, &format!("many-{id}"), "too_large", description, input).attack("A20");
    }
}
