//! The objects in the vectors, by the schemas of their kinds: those of accepted ones are valid, and of the others one is not, or what
//! is wrong is beyond a schema and listed.

use std::collections::BTreeSet;

use faam_schemas::{faults, is_valid};
use faam_tests::vectors::{Expect, Vector, all};

use super::apart::{Apart, apart};

/// Codes of what is wrong with a text before there is a value that a schema could look at.
const UNREAD: [&str; 8] = [
    "file.syntax",
    "malformed.json",
    "malformed.base64url",
    "malformed.jws",
    "too_large",
    "event.malformed",
    "wire.message",
    "offer.transfer",
];

/// Every vector in which something has a schema, taken apart.
fn taken_apart() -> Vec<(Vector, Apart)> {
    let vectors = all().unwrap().into_values();
    vectors.filter_map(|vector| apart(&vector.input).map(|apart| (vector, apart))).collect()
}

#[test]
fn what_is_accepted_is_valid() {
    let mut wrong = Vec::new();
    let mut objects = 0;
    for (vector, apart) in taken_apart().iter().filter(|(vector, _)| vector.expect == Expect::Accepted) {
        if apart.broken {
            wrong.push(format!("{}: something in it cannot be taken apart", vector.id));
        }
        for (schema, value) in &apart.objects {
            objects += 1;
            let faults = faults(schema, value);
            if !faults.is_empty() {
                wrong.push(format!("{}: {schema}: {}", vector.id, faults.join("; ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(objects > 1_500, "{objects}");
}

/// The list of `beyond.toml`: requirements, and single vectors.
fn listed() -> (BTreeSet<String>, BTreeSet<String>) {
    let table: toml::Table = include_str!("beyond.toml").parse().unwrap();
    let mut found = (BTreeSet::new(), BTreeSet::new());
    for (head, lists) in &table {
        let texts =
            |name: &str| lists[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
        for (place, name) in [(&mut found.0, "requirements"), (&mut found.1, "vectors")] {
            for text in texts(name) {
                assert!(place.insert(text.clone()), "{text} stands twice, the second time under: {head}");
            }
        }
    }
    found
}

#[test]
fn what_is_not_accepted_is_refused_by_a_schema_or_beyond_one() {
    let (whole, single) = listed();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    let mut refused = 0;
    for (vector, apart) in taken_apart().iter().filter(|(vector, _)| vector.expect != Expect::Accepted) {
        let Vector { id, req, reason, .. } = vector;
        let is_listed = whole.contains(req) || single.contains(id);
        if apart.objects.iter().any(|(schema, value)| !is_valid(schema, value)) {
            refused += 1;
            if is_listed {
                wrong.push(format!("{id} ({req}) is refused by a schema, and listed"));
            }
        } else if apart.broken {
            let reason = reason.as_deref().unwrap();
            if !UNREAD.contains(&reason) {
                wrong.push(format!("{id}: no schema sees it, and its code is {reason}"));
            }
        } else {
            seen.extend([id.clone(), req.clone()]);
            if !is_listed {
                wrong.push(format!("{id} ({req}) is valid by its schema, and not listed"));
            } else if whole.contains(req) && single.contains(id) {
                wrong.push(format!("{id} is listed, and so is {req}"));
            }
        }
    }
    let idle = whole.iter().chain(&single).filter(|listed| !seen.contains(*listed));
    wrong.extend(idle.map(|listed| format!("{listed} is listed for nothing")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 700, "{refused}");
}
