//! The vectors of `spec/vectors`: what the generator makes, in the form that is described, enough of them, and each with the outcome
//! that it states.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::collections::{BTreeMap, BTreeSet};

use faam_tests::requirements::requirements;
use faam_tests::vectors::{Expect, Vector, all, examples, file_text, folder, index, make, run};

fn vectors() -> Vec<Vector> {
    all().unwrap().into_values().collect()
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let on_disk = all().unwrap();
    let mut made = BTreeSet::new();
    let mut listed = Vec::new();
    for (group, vectors) in make::all() {
        for vector in &vectors {
            let path = folder().join(group).join(format!("{}.json", vector.id));
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(text, file_text(vector), "cargo run -p faam-tests --example vectors writes it anew");
            assert!(made.insert(path), "{} is made twice", vector.id);
            // The list of them takes the folder from the name.
            assert!(vector.id.starts_with(&format!("{group}-")), "{} is in {group}", vector.id);
        }
        listed.extend(vectors);
    }
    let index = std::fs::read_to_string(index::file()).unwrap_or_default();
    assert!(index == index::page(&listed), "cargo run -p faam-tests --example vectors writes INDEX.md anew");
    let strange: Vec<_> = on_disk.keys().filter(|path| !made.contains(*path)).collect();
    assert!(strange.is_empty(), "nobody makes {strange:?}");
}

#[test]
fn the_page_of_examples_is_what_the_generator_makes() {
    let text = std::fs::read_to_string(examples::file()).unwrap();
    assert!(text == examples::page(), "cargo run -p faam-tests --example vectors writes it anew");
}

//= spec/text/versions.md#REQ-VERSION-1
//= type=test
//# A change by which a valid object would be refused, a refused one accepted, or the same object mean
//# something else, MUST get a new version of that object. Objects are versioned one by one.
#[test]
fn every_vector_has_the_outcome_that_it_states() {
    let wrong: Vec<String> = vectors()
        .iter()
        .filter_map(|vector| {
            let came = run::run(vector);
            let stated = (vector.expect, vector.reason.clone());
            (came != stated).then(|| format!("{}: {stated:?} is stated and {came:?} came", vector.id))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn vectors_have_the_form_that_is_described() {
    for vector in vectors() {
        let id = &vector.id;
        let named = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
        assert!(named, "{id}");
        assert!(vector.description.ends_with('.'), "{id}");
        assert_eq!(vector.reason.is_none(), vector.expect == Expect::Accepted, "{id}");
        let attack = vector.attack.as_deref();
        let numbered =
            |attack: &str| attack.len() == 3 && attack.starts_with('A') && attack[1..].parse::<u8>().is_ok();
        assert!(attack.is_none_or(numbered), "{id}");
        let input = vector.input.as_object().unwrap();
        let operation = input["operation"].as_str().unwrap();
        let members = run::members(operation).unwrap_or_else(|| panic!("{id}: {operation}"));
        for name in input.keys().filter(|name| *name != "operation") {
            assert!(members.contains(&name.as_str()), "{id}: {name} is no argument of {operation}");
        }
    }
}

/// At least three refusals for every requirement that can be broken in an object, each with a code that the requirement names.
#[test]
fn every_requirement_is_broken_in_three_ways() {
    let requirements = requirements().unwrap();
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let vectors = vectors();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let Some(requirement) = requirements.get(&vector.req) else {
            wrong.push(format!("{}: there is no {}", vector.id, vector.req));
            continue;
        };
        if let Some(code) = &vector.reason {
            if !requirement.codes.contains(code) {
                wrong.push(format!("{}: {} does not name {code}", vector.id, vector.req));
            }
            *refused.entry(&vector.req).or_default() += 1;
        }
    }
    for requirement in requirements.values().filter(|requirement| !requirement.codes.is_empty()) {
        let count = refused.get(requirement.id.as_str()).copied().unwrap_or_default();
        if count < 3 {
            wrong.push(format!("{}: {count} refusals", requirement.id));
        }
        for code in &requirement.codes {
            let shown = vectors.iter().any(|v| v.req == requirement.id && v.reason.as_ref() == Some(code));
            if !shown {
                wrong.push(format!("{}: no vector is refused with {code}", requirement.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_as_many_as_are_promised() {
    let vectors = vectors();
    let accepted = vectors.iter().filter(|vector| vector.expect == Expect::Accepted).count();
    assert!(vectors.len() - accepted >= 200, "{} are not accepted", vectors.len() - accepted);
    assert!(accepted >= 40, "{accepted} are accepted");
    let ids: BTreeSet<_> = vectors.iter().map(|vector| &vector.id).collect();
    assert_eq!(ids.len(), vectors.len());
}
