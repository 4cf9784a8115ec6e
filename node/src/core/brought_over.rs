//! Stores of older programs: what became of a request stood in two tables, an index and rows, and is one table now.
//!
//! Each request is brought over in a commit of its own kind: its whole row in the place of the old one, and the end of its entry in the
//! index. So a daemon that ends in the middle goes on where it was, and of several on one store each does what is left.

use faam_spec::encoding::{json, parse};
use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::MAX_REQUEST_LIFE;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::CoreError;
use super::listing::{self, MAX_ROW_BYTES, Row};
use super::memory::stored;
use super::requests::{StoredRequest, capability_of};
use super::storage::{Change, StorageError, Table};
use super::{Core, SWEEP, Turn};

/// Largest entry of the index, in bytes.
const MAX_INDEX_BYTES: usize = 512;
/// How often it is begun again because another daemon was at it.
const MAX_ROUNDS: u32 = 100;

/// An entry of the index.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Indexed {
    v: u8,
    capability: Capability,
    expires: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delete_by: Option<Timestamp>,
    #[serde(default)]
    ended: bool,
}

impl Core {
    /// Brings over what an older program stored; nothing where that was done.
    pub(super) fn bring_requests_over(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        for _ in 0..MAX_ROUNDS {
            let changes = of_index(turn)?;
            if changes.is_empty() {
                return self.row_what_has_none(turn);
            }
            tracing::info!(requests = changes.len(), "the store of an older program is brought over");
            for some in changes.chunks(SWEEP) {
                match self.commit(turn, some.iter().flatten().cloned().collect()) {
                    // Another daemon brings them over too; it is looked at what is left.
                    Err(CoreError::Storage(StorageError::Conflict)) => break,
                    other => other?,
                }
            }
        }
        Err(Fault::new(Reason::NetBusy, "request").into())
    }

    /// Gives rows to requests that have neither, in a folder that an even older program wrote.
    fn row_what_has_none(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        let store = turn.store;
        if store.is_shared() || store.count(Table::REQUEST_ROWS)? == store.count(Table::REQUESTS)? {
            return Ok(());
        }
        let mut changes = Vec::new();
        for (id, value) in store.scan(Table::REQUESTS)? {
            let capability = capability_of(id)?;
            let (id, expires, delete_by) = StoredRequest::read(&value)?.ends(turn.now);
            if Row::find(store, id)?.is_none() {
                changes.push(Row::of_old(capability, (made(expires), expires), delete_by).change(id)?);
            }
        }
        for some in changes.chunks(SWEEP) {
            self.commit(turn, some.to_vec())?;
        }
        Ok(())
    }
}

/// When a request was made is in the request itself, which is read when somebody answers it.
fn made(expires: Timestamp) -> Timestamp {
    expires.plus(-MAX_REQUEST_LIFE)
}

/// What brings over each request that stands in the index.
fn of_index(turn: &Turn<'_>) -> Result<Vec<[Change; 2]>, CoreError> {
    let mut changes = Vec::new();
    for (id, value) in turn.store.scan(Table::REQUEST_INDEX)? {
        let indexed: Indexed = parse(&value, MAX_INDEX_BYTES, "index").map_err(stored)?;
        if indexed.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "index")));
        }
        let digest = listing::digest(id.clone())?;
        let before = turn.store.get(Table::REQUEST_ROWS, &id)?;
        let row = match &before {
            Some(old) => json(&whole(old, indexed.capability)?)?,
            None => {
                let expires = if indexed.ended { indexed.expires.min(turn.now) } else { indexed.expires };
                json(&Row::of_old(indexed.capability, (made(expires), expires), indexed.delete_by))?
            }
        };
        changes.push([put(digest, row, before), Change::delete(Table::REQUEST_INDEX, id).if_still(value)]);
    }
    Ok(changes)
}

fn put(id: Hash, row: Vec<u8>, before: Option<Vec<u8>>) -> Change {
    match before {
        Some(before) => Change::put(Table::REQUEST_ROWS, *id.as_bytes(), row).if_still(before),
        None => Change::create(Table::REQUEST_ROWS, *id.as_bytes(), row),
    }
}

/// A row of version 0, with what the index had.
fn whole(old: &[u8], capability: Capability) -> Result<Row, CoreError> {
    let mut row: Value = parse(old, MAX_ROW_BYTES, "row").map_err(stored)?;
    if let Some(members) = row.as_object_mut().filter(|members| members.get("v") == Some(&0.into())) {
        members.insert("v".to_owned(), 1.into());
        members.insert("capability".to_owned(), serde_json::to_value(capability).unwrap_or_default());
    }
    Row::read(&json(&row)?)
}
