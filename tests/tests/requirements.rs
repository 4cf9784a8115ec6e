//! Every requirement of `spec/text` has code that implements it and a test that proves it, and both quote it as it stands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::BTreeSet;

use faam_spec::reason::Reason;
use faam_tests::requirements::{of_page, of_source, quotations, requirements};

/// Shortest quotation, in words: less than that could be found in any sentence.
const WORDS: usize = 4;

#[test]
fn quotations_are_what_the_pages_say() {
    let known = requirements().unwrap();
    let mut wrong = Vec::new();
    for quotation in quotations().unwrap() {
        let place = &quotation.place;
        match known.get(&quotation.id) {
            None => wrong.push(format!("{place}: there is no {}", quotation.id)),
            Some(found) if found.page != quotation.page => {
                wrong.push(format!("{place}: {} stands on {}", quotation.id, found.page));
            }
            Some(found) if !found.text.contains(&quotation.quoted) => {
                wrong.push(format!("{place}: {} does not say: {}", quotation.id, quotation.quoted));
            }
            Some(_) if quotation.quoted.split(' ').count() < WORDS => {
                wrong.push(format!("{place}: {} is quoted with too few words", quotation.id));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_requirement_has_code_and_a_test() {
    let quotations = quotations().unwrap();
    let of = |in_test: bool| -> BTreeSet<&str> {
        quotations.iter().filter(|q| q.in_test == in_test).map(|q| q.id.as_str()).collect()
    };
    let (coded, tested) = (of(false), of(true));
    let known = requirements().unwrap();
    let missing: Vec<String> = known
        .keys()
        .filter_map(|id| match (coded.contains(id.as_str()), tested.contains(id.as_str())) {
            (true, true) => None,
            (false, true) => Some(format!("{id} is quoted above no code")),
            (true, false) => Some(format!("{id} is quoted above no test")),
            (false, false) => Some(format!("{id} is quoted nowhere")),
        })
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The form of the pages: numbers from 1, only known codes, and a word of RFC 2119 or a bound in each.
#[test]
fn requirements_are_well_formed() {
    let known = requirements().unwrap();
    assert!(known.len() > 150, "{}", known.len());
    for requirement in known.values() {
        let number = requirement.id.rsplit_once('-').unwrap().1.parse::<u32>().unwrap();
        assert!(number >= 1, "{}", requirement.id);
        for code in &requirement.codes {
            assert!(Reason::from_code(code).is_some(), "{}: {code}", requirement.id);
        }
        assert!(requirement.text.split(' ').count() >= WORDS, "{}", requirement.id);
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let page = "* **REQ-X-1** A reader MUST\n  refuse it. → `malformed`\n* **REQ-X-2** It MUST NOT be logged. → *conduct*\n";
    let found = of_page("x.md", page).unwrap();
    assert_eq!(found[0].text, "A reader MUST refuse it.");
    assert_eq!(found[0].codes, ["malformed"]);
    assert!(found[1].codes.is_empty());
    assert!(of_page("x.md", "* **REQ-X-1** No arrow.\n").is_err());
    assert!(of_page("x.md", "* **REQ-X-1** No code. → malformed\n").is_err());
    let line = "//";
    let source = format!(
        "    {line}= spec/text/x.md#REQ-X-1\n    {line}= type=test\n    {line}# A reader\n    {line}# MUST\n"
    );
    let found = of_source("x.rs", &source).unwrap();
    assert!(found[0].in_test);
    assert_eq!(found[0].quoted, "A reader MUST");
    assert!(of_source("x.rs", &format!("{line}= spec/text/x.md#REQ-X-1\n")).is_err());
    assert!(of_source("x.rs", &format!("{line}= spec/text/x.md\n{line}# A\n")).is_err());
}
