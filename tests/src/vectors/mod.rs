//! Test vectors: one case a file in `spec/vectors`, for any implementation of the formats; `spec/vectors/README.md` describes them.
//!
//! [`all`] reads them, [`run::run`] puts one before this project's readers, and [`make::all`] makes them anew from valid cases.
//! [`index`] lists them.

pub mod examples;
pub mod index;
pub mod make;
pub mod private_standing;
pub mod run;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use faam_spec::encoding::unb64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// Its name, which is also the file's: lower case letters, digits, `_` and `-`.
    pub id: String,
    /// The requirement that it is about.
    pub req: String,
    /// The attack that it belongs to, such as `A07`.
    pub attack: Option<String>,
    /// What is right or wrong with it, in a sentence.
    pub description: String,
    /// What is read: `operation` names how, the other members are its arguments.
    pub input: Value,
    /// The reader's clock, in Unix seconds.
    pub now: i64,
    /// What comes of it.
    pub expect: Expect,
    /// The code, unless it is accepted.
    pub reason: Option<String>,
}

/// What comes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Read, verified and taken.
    Accepted,
    /// Refused with the code.
    Refused,
    /// Not decided, for want of what the code says.
    Undecided,
}

/// The folder of the vectors.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}

/// Every vector on disk by its file, except those of others (`external`) and those of another form
/// ([`private_standing`]).
///
/// # Errors
/// Fails on a file that cannot be read or is no vector.
pub fn all() -> io::Result<BTreeMap<PathBuf, Vector>> {
    let mut found = BTreeMap::new();
    for group in fs::read_dir(folder())? {
        let group = group?.path();
        if !group.is_dir() || group.ends_with("external") || group.ends_with("private-standing") {
            continue;
        }
        for file in fs::read_dir(group)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let vector: Vector = serde_json::from_slice(&fs::read(&path)?)
                    .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
                found.insert(path, vector);
            }
        }
    }
    Ok(found)
}

/// The bytes that a value of an input stands for: a text's own; those of `{"base64url": text}`; or those of `{"concat": [value, …]}` one
/// after the other, in which `{"repeat": value, "times": n}` may stand.
///
/// # Panics
/// If it is none of these.
#[must_use]
pub fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Object(map) if map.contains_key("base64url") => {
            unb64(map["base64url"].as_str().unwrap(), "vector").unwrap()
        }
        Value::Object(map) if map.contains_key("repeat") => {
            bytes_of(&map["repeat"]).repeat(usize::try_from(map["times"].as_u64().unwrap()).unwrap())
        }
        Value::Object(map) => map["concat"].as_array().unwrap().iter().flat_map(bytes_of).collect(),
        other => panic!("{other} stands for no bytes"),
    }
}

/// As [`bytes_of`], as text.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn text_of(value: &Value) -> String {
    String::from_utf8(bytes_of(value)).unwrap()
}

/// A value for a text that repeats `unit`, between two others.
#[must_use]
pub fn long(before: &str, unit: &str, times: usize, after: &str) -> Value {
    json!({"concat": [before, {"repeat": unit, "times": times}, after]})
}

/// The text of a vector's file.
///
/// # Panics
/// Never: a vector can be written.
#[must_use]
pub fn file_text(vector: &Vector) -> String {
    serde_json::to_string_pretty(vector).unwrap() + "\n"
}

/// Writes every vector that [`make::all`] makes, takes away the others, and lists them; how many were written and taken away.
///
/// # Errors
/// Fails when a file cannot be written.
pub fn write() -> io::Result<(usize, usize)> {
    let mut kept = Vec::new();
    let mut listed = Vec::new();
    for (group, vectors) in make::all() {
        let folder = folder().join(group);
        fs::create_dir_all(&folder)?;
        for vector in &vectors {
            let path = folder.join(format!("{}.json", vector.id));
            let text = file_text(vector);
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                fs::write(&path, text)?;
            }
            kept.push(path);
        }
        listed.extend(vectors);
    }
    fs::write(index::file(), index::page(&listed))?;
    let old: Vec<_> = all()?.into_keys().filter(|path| !kept.contains(path)).collect();
    for path in &old {
        fs::remove_file(path)?;
    }
    Ok((kept.len(), old.len()))
}
