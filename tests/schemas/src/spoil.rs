//! Objects spoilt in every simple way, one change each.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::is_valid;

/// An object with one change.
#[derive(Debug, Clone)]
pub struct Spoilt {
    /// What was changed and where, with `*` for places in lists: `no /entry/kind`, `null /status/*`.
    pub change: String,
    /// The object.
    pub value: Value,
}

/// Every change of `value`:
///
/// * `no P`: the member is missing;
/// * `more P`: the object has a member `x`;
/// * `null P`, `bool P`, `text P`, `number P`, `list P`, `map P`: a value of another type stands there;
/// * `values P`: in the place of an object, the list of its values;
/// * `minus P`, `huge P`, `fraction P`: in the place of a number −1, 2^53 and 1.5;
/// * `other P`: in the place of a text `~`.
#[must_use]
pub fn spoil(value: &Value) -> Vec<Spoilt> {
    let mut places = Vec::new();
    walk(value, String::new(), &mut places);
    let mut all = Vec::new();
    for at in &places {
        let old = value.pointer(at).unwrap();
        for (how, new) in replacements(old) {
            let mut changed = value.clone();
            *changed.pointer_mut(at).unwrap() = new;
            all.push(Spoilt { change: format!("{how} {}", shown(at)), value: changed });
        }
        if let Value::Object(map) = old {
            for name in map.keys() {
                let mut changed = value.clone();
                changed.pointer_mut(at).and_then(Value::as_object_mut).unwrap().remove(name);
                all.push(Spoilt { change: format!("no {}/{name}", shown(at)), value: changed });
            }
            let mut changed = value.clone();
            changed.pointer_mut(at).and_then(Value::as_object_mut).unwrap().insert("x".into(), json!(0));
            all.push(Spoilt { change: format!("more {}", shown(at)), value: changed });
        }
    }
    all
}

/// Spoils `value` in every way and compares what schema and reader make of it with what is listed: `valid`, the changes after
/// which it is still valid by schema `name`, and `taken`, those that the schema refuses and `read` does not. Gives every change that
/// is listed wrongly or is not.
#[must_use]
pub fn disagreements(
    name: &str,
    value: &Value,
    read: Option<&dyn Fn(&Value) -> bool>,
    valid: &BTreeSet<String>,
    taken: &BTreeSet<String>,
) -> Vec<String> {
    let (mut is_good, mut is_read) = (BTreeSet::new(), BTreeSet::new());
    for spoilt in spoil(value) {
        if is_valid(name, &spoilt.value) {
            is_good.insert(spoilt.change);
        } else if read.is_some_and(|read| read(&spoilt.value)) {
            is_read.insert(spoilt.change);
        }
    }
    let mut found = Vec::new();
    for (what, found_so, listed) in
        [("valid by the schema", is_good, valid), ("refused by the schema and read", is_read, taken)]
    {
        found.extend(found_so.difference(listed).map(|change| format!("{what}, and not listed: {change}")));
        found.extend(listed.difference(&found_so).map(|change| format!("listed, but not {what}: {change}")));
    }
    found
}

fn walk(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                walk(member, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                walk(item, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

fn replacements(old: &Value) -> Vec<(&'static str, Value)> {
    let others = [
        ("null", Value::Null),
        ("bool", json!(true)),
        ("number", json!(1)),
        ("text", json!("~")),
        ("list", json!([])),
        ("map", Value::Object(Map::new())),
    ];
    let same = |new: &Value| core::mem::discriminant(new) == core::mem::discriminant(old);
    let mut all: Vec<_> = others.into_iter().filter(|(_, new)| !same(new)).collect();
    match old {
        Value::Number(_) => {
            all.extend([("minus", json!(-1)), ("huge", json!(1_u64 << 53)), ("fraction", json!(1.5))]);
        }
        Value::String(_) => all.push(("other", json!("~"))),
        Value::Object(map) => all.push(("values", map.values().cloned().collect())),
        _ => {}
    }
    all
}

/// A place with `*` for each place in a list.
fn shown(at: &str) -> String {
    let part = |part: &str| if part.parse::<usize>().is_ok() { "*".to_owned() } else { part.to_owned() };
    at.split('/').map(part).collect::<Vec<_>>().join("/")
}
