//! The JSON Schemas of `spec/schemas`, for tests alone: objects are compared with them, and spoilt to see them refused.
//!
//! Schemas are named by the last part of their `$id`, perhaps with a place within: `entry`, `cli-faam#/$defs/consent`. They
//! refer to each other by `$id`, and nothing is fetched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod programs;
mod signed;
mod spoil;
mod travel;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

pub use programs::{assert_answer, assert_envelopes, assert_said};
pub use signed::{assert_credential, assert_jws, parts};
pub use spoil::{Spoilt, disagreements, spoil};
pub use travel::{assert_message, assert_offer, assert_outcome, assert_presentation, assert_request};

/// What every `$id` begins with.
pub const PREFIX: &str = "urn:faam:schema:0:";

static ALL: LazyLock<BTreeMap<String, Value>> = LazyLock::new(read);
static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let pairs = ALL.iter().map(|(name, schema)| (format!("{PREFIX}{name}"), schema));
    Registry::new().extend(pairs).unwrap().prepare().unwrap()
});
static BUILT: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// The folder of the schemas.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/schemas")
}

/// Every schema by its name.
#[must_use]
pub fn all() -> &'static BTreeMap<String, Value> {
    &ALL
}

/// What is wrong with `value` by schema `name`: nothing if it is valid.
///
/// # Panics
/// If there is no such schema.
#[must_use]
pub fn faults(name: &str, value: &Value) -> Vec<String> {
    let validator = built(name);
    let mut faults = Vec::new();
    for error in validator.iter_errors(value) {
        faults.push(format!("{} [{}]", error, error.instance_path()));
    }
    faults
}

/// Whether `value` is valid by schema `name`.
///
/// # Panics
/// If there is no such schema.
#[must_use]
pub fn is_valid(name: &str, value: &Value) -> bool {
    built(name).is_valid(value)
}

/// Compares `value` with schema `name`.
///
/// # Panics
/// If it is not valid, with what is wrong; if there is no such schema.
#[track_caller]
pub fn assert_valid(name: &str, value: &Value) {
    let faults = faults(name, value);
    assert!(faults.is_empty(), "by {name}.schema.json: {}\n{value:#}", faults.join("\n"));
}

fn built(name: &str) -> Arc<Validator> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let schema = name.split('#').next().unwrap_or_default();
        assert!(ALL.contains_key(schema), "there is no {schema}.schema.json");
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": format!("{PREFIX}{name}"),
        });
        Arc::new(jsonschema::options().offline().with_registry(&REGISTRY).build(&whole).unwrap())
    };
    Arc::clone(built.entry(name.to_owned()).or_insert_with(make))
}

fn read() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_suffix(".schema.json") else { continue };
        let schema = serde_json::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.insert(name.to_owned(), schema);
    }
    all
}
