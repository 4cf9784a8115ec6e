//! Every requirement of `spec/text` has code that implements it and a test that proves it, and both quote it as it stands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::reason::Reason;
use faam_tests::links::{anchors, links, named, pages};
use faam_tests::requirements::{
    Mention, Requirement, anchor, mentions, of_docs, of_page, of_source, quotations, requirements,
};

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

#[test]
fn doc_comments_name_requirements_of_their_pages() {
    let known = requirements().unwrap();
    let mentions = mentions().unwrap();
    assert!(mentions.iter().filter(|mention| mention.implements).count() > 200);
    let wrong: Vec<String> = mentions.iter().filter_map(|mention| fault_of(mention, &known)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a requirement that a doc comment names.
fn fault_of(mention: &Mention, known: &BTreeMap<String, Requirement>) -> Option<String> {
    let Mention { place, id, page, implements } = mention;
    match (known.get(id), page) {
        (None, _) => Some(format!("{place}: there is no {id}")),
        (Some(found), Some(page)) if found.page != *page => {
            Some(format!("{place}: {id} stands on {}", found.page))
        }
        (Some(_), None) if *implements => Some(format!("{place}: no page is named for {id}")),
        _ => None,
    }
}

/// Whoever reads the documentation of a module finds every requirement that its code quotes.
#[test]
fn what_spec_quotes_its_documentation_names() {
    let file_of = |place: &str| place.rsplit_once(':').unwrap().0.to_owned();
    let named: BTreeSet<(String, String)> = mentions()
        .unwrap()
        .into_iter()
        .filter(|mention| mention.implements)
        .map(|mention| (file_of(&mention.place), mention.id))
        .collect();
    let mut quoted = 0;
    let mut wrong = Vec::new();
    for quotation in quotations().unwrap() {
        if quotation.in_test || !quotation.place.starts_with("spec/src/") {
            continue;
        }
        quoted += 1;
        if !named.contains(&(file_of(&quotation.place), quotation.id.clone())) {
            wrong.push(format!("{}: no doc comment names {}", quotation.place, quotation.id));
        }
    }
    assert!(quoted > 100, "{quoted}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether one of the words stands there with which RFC 2119 says how binding a sentence is.
fn has_keyword(text: &str) -> bool {
    let open = text.split('`').step_by(2);
    let words = open.flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
    words.into_iter().any(|word| ["MUST", "SHOULD", "MAY"].contains(&word))
}

/// The form of the pages: numbers from 1, only known codes, and a word of RFC 2119 in each.
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
        assert!(has_keyword(&requirement.text), "{} has no MUST, SHOULD or MAY", requirement.id);
    }
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in pages().unwrap() {
        let page = std::fs::read_to_string(&path).unwrap();
        for link in links(&page) {
            let place = format!("{}:{}", path.display(), link.line);
            let target = if link.file.is_empty() { path.clone() } else { path.with_file_name(&link.file) };
            if !target.exists() {
                wrong.push(format!("{place}: there is no {}", link.file));
            } else if let Some(anchor) = &link.anchor
                && !anchors(&std::fs::read_to_string(&target).unwrap()).contains(anchor)
            {
                wrong.push(format!("{place}: {} has no #{anchor}", target.display()));
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 300, "{seen}");
}

#[test]
fn requirements_that_a_page_names_exist() {
    let known = requirements().unwrap();
    let mut wrong = Vec::new();
    for path in pages().unwrap() {
        let page = std::fs::read_to_string(&path).unwrap();
        let missing = named(&page).into_iter().filter(|(_, id)| !known.contains_key(id));
        wrong.extend(missing.map(|(line, id)| format!("{}:{line}: there is no {id}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_of_links_finds_them() {
    let page = "# A b: `c/d`\n\n[x](y.md#z) and [`q`](../p) `[no](no)` [w](https://example.org/#a)\n\
                ```text\n[no](no)\n# no\n```\n* <a id=\"req-x-1\"></a>**REQ-X-1** [h](#here), REQ-Y-2 to REQ-Y-4\n## A b: cd\n";
    let found: Vec<_> = links(page).into_iter().map(|link| (link.line, link.file, link.anchor)).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [(3, "y.md".to_owned(), some("z")), (3, "../p".to_owned(), None), (8, String::new(), some("here"))]
    );
    assert_eq!(anchors(page), ["a-b-cd", "a-b-cd-1", "req-x-1"].map(str::to_owned).into());
    let ids: Vec<_> = named(page).into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids, ["REQ-X-1", "REQ-Y-2", "REQ-Y-4"]);
}

#[test]
fn the_check_finds_what_is_wrong() {
    let [one, two] = ["REQ-X-1", "REQ-X-2"].map(|id| format!("* {}**{id}**", anchor(id)));
    let page = format!(
        "{one} A reader MUST\n  refuse it. → `malformed`\n{two} It MUST NOT be logged. → *conduct*\n"
    );
    let found = of_page("x.md", &page).unwrap();
    assert_eq!(found[0].text, "A reader MUST refuse it.");
    assert_eq!(found[0].codes, ["malformed"]);
    assert!(found[1].codes.is_empty());
    assert!(of_page("x.md", &format!("{one} No arrow.\n")).is_err());
    assert!(of_page("x.md", &format!("{one} No code. → malformed\n")).is_err());
    assert!(of_page("x.md", "* **REQ-X-1** No anchor. → *conduct*\n").is_err());
    assert!(
        of_page("x.md", &format!("* {}**REQ-X-1** Another's. → *conduct*\n", anchor("REQ-X-2"))).is_err()
    );
    for (text, has) in [
        ("A reader MUST refuse it.", true),
        ("A reader SHOULD; others MAY.", true),
        ("A frame is at most 8 bytes.", false),
        ("MUSTARD is no word of it, nor is must.", false),
        ("Words in code are none: `MUST`.", false),
    ] {
        assert_eq!(has_keyword(text), has, "{text}");
    }
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

#[test]
fn the_check_of_doc_comments_finds_what_is_wrong() {
    let doc = "///";
    let named = |text: &str| -> Vec<(String, Option<String>)> {
        let found = of_docs("x.rs", &format!("    {doc} A thing.\n    {doc}\n    {doc} {text}\n")).unwrap();
        found.into_iter().map(|mention| (mention.id, mention.page)).collect()
    };
    let page = |page: &str| Some(page.to_owned());
    assert_eq!(
        named("Implements REQ-X-1 to REQ-X-3 and REQ-X-5 (`spec/text/x.md`); REQ-Y-9 (`spec/text/y.md`)."),
        [
            ("REQ-X-1".to_owned(), page("x.md")),
            ("REQ-X-2".to_owned(), page("x.md")),
            ("REQ-X-3".to_owned(), page("x.md")),
            ("REQ-X-5".to_owned(), page("x.md")),
            ("REQ-Y-9".to_owned(), page("y.md")),
        ]
    );
    assert_eq!(named("Such as `REQ-X-1`."), [("REQ-X-1".to_owned(), None)]);
    assert!(of_docs("x.rs", &format!("{doc} REQ-X-3 to REQ-X-1\n")).is_err());
    assert!(of_docs("x.rs", &format!("{doc} REQ-X-1 to REQ-Y-2\n")).is_err());

    let page = format!("* {}**REQ-X-1** A reader MUST refuse it. → `malformed`\n", anchor("REQ-X-1"));
    let known = of_page("x.md", &page).unwrap();
    let known: BTreeMap<_, _> = known.into_iter().map(|found| (found.id.clone(), found)).collect();
    let faults = |text: &str| -> Vec<String> {
        let found = of_docs("x.rs", &format!("//! {text}\n")).unwrap();
        found.iter().filter_map(|mention| fault_of(mention, &known)).collect()
    };
    assert!(faults("Implements REQ-X-1 (`spec/text/x.md`).").is_empty());
    assert_eq!(faults("Implements REQ-X-1 (`spec/text/y.md`)."), ["x.rs:1: REQ-X-1 stands on x.md"]);
    assert_eq!(faults("Implements REQ-X-2 (`spec/text/x.md`)."), ["x.rs:1: there is no REQ-X-2"]);
    assert_eq!(faults("Implements REQ-X-1."), ["x.rs:1: no page is named for REQ-X-1"]);
}
