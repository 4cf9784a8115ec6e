//! CSV of ratings: REQ-EVENT-11 and REQ-EVENT-12.

use serde_json::{Value, json};

use crate::vectors::long;
use crate::vectors::make::Cases;

pub(super) fn cases(cases: &mut Cases) {
    tables(cases);
    bad_tables(cases);
}

fn table(text: impl Into<Value>) -> Value {
    json!({"operation": "csv", "text": text.into(), "scale": "-10..10", "role": "trader"})
}

fn rows(rows: &str) -> Value {
    table(format!("from,to,feature,time\n{rows}"))
}

fn tables(cases: &mut Cases) {
    let req = "REQ-EVENT-11";
    let input = rows("12,7,10,1407470400\n7,12,-10,0\n");
    cases.accept(req, "csv", "Two accounts rate each other, at both ends of the scale.", input);
    cases.accept(req, "csv-empty", "A table without a row.", table("from,to,feature,time"));
    let text = "\u{feff}from,to,feature,time\r\n\r\n12,7,0,253402300799\r\n   \n";
    let description = "A byte-order mark, other line ends, blank lines, and the last of all times.";
    cases.accept(req, "csv-lines", description, table(text));
    let input = rows(&format!("{},{},1,1\n", "f".repeat(63), "t".repeat(64)));
    cases.accept(req, "csv-longest", "A pair whose id has 128 bytes.", input);
    let req = "REQ-EVENT-12";
    let blank = long("from,to,feature,time\n", " ", 1024, "\n12,7,10,1\n");
    cases.accept(req, "csv-line", "A blank line of 1,024 bytes.", table(blank));
    let mut bad = |id: &str, description: &str, text: Value| {
        cases.refuse(req, id, "too_large", description, table(text)).attack("A20");
    };
    bad(
        "csv-blank",
        "A blank line of 1,025 bytes.",
        long("from,to,feature,time\n", " ", 1025, "\n12,7,10,1\n"),
    );
    bad("csv-row", "A row of over 1,024 bytes.", long("from,to,feature,time\n12,7,10,", "1", 1025 - 8, "\n"));
    bad("csv-head", "A first line of a megabyte.", long("from,to,feature,time", ",", 1 << 20, ""));
}

fn bad_tables(cases: &mut Cases) {
    let req = "REQ-EVENT-11";
    let mut bad = |id: &str, code: &str, description: &str, input: Value| {
        cases.refuse(req, id, code, description, input);
    };
    let malformed = "event.malformed";
    for (id, description, text) in [
        ("csv-nothing", "No line at all.", ""),
        ("csv-no-head", "No first line with the names of the columns.", "12,7,10,1\n"),
        ("csv-turned", "The columns stand in another order.", "to,from,feature,time\n7,12,10,1\n"),
        (
            "csv-head-space",
            "A space between the names of the columns.",
            "from, to, feature, time\n12,7,10,1\n",
        ),
        ("csv-head-more", "A fifth column.", "from,to,feature,time,comment\n12,7,10,1,x\n"),
        ("csv-semicolon", "Columns are separated by semicolons.", "from;to;feature;time\n12;7;10;1\n"),
        ("csv-tab", "Columns are separated by tabs.", "from\tto\tfeature\ttime\n12\t7\t10\t1\n"),
    ] {
        bad(id, malformed, description, table(text));
    }
    for (id, description, row) in [
        ("csv-quotes", "Quotation marks.", "\"12\",7,10,1\n"),
        ("csv-space", "A space behind a comma.", "12, 7,10,1\n"),
        ("csv-space-value", "A space before a value.", "12,7, 10,1\n"),
        ("csv-three", "A row of three columns.", "12,7,10\n"),
        ("csv-five", "A row of five columns.", "12,7,10,1,\n"),
        ("csv-no-to", "Nobody is rated.", "12,,10,1\n"),
        ("csv-over", "A value over the scale.", "12,7,11,1\n"),
        ("csv-fraction", "A value with a fraction.", "12,7,1.5,1\n"),
        ("csv-time", "A time that is a day.", "12,7,10,2014-08-08\n"),
        ("csv-time-negative", "A time before 1970.", "12,7,10,-1\n"),
        ("csv-twice", "A pair stands twice.", "12,7,10,1\n12,7,9,2\n"),
    ] {
        bad(id, malformed, description, rows(row));
    }
    let long_pair = format!("{},{},1,1\n", "f".repeat(64), "t".repeat(64));
    bad("csv-id-129", malformed, "A pair whose id would have 129 bytes.", rows(&long_pair));
    bad("csv-itself", "event.rule", "An account rates itself.", rows("7,7,10,1\n"));
    bad(
        "csv-itself-later",
        "event.rule",
        "An account rates itself in the second row.",
        rows("12,7,10,1\n12,12,10,1\n"),
    );
}
