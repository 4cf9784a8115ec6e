//! How requests stand, in rows that are small enough to read all of them: lists, revoking, and what is told of it elsewhere.
//!
//! ```text
//! made ──► open ──► decided
//!               ├─► expired     nobody answered in time
//!               └─► revoked     whoever asked took it back
//! ```
//! A request leaves `open` once. What it becomes is written in the same commit as the event that tells of it.

use faam_spec::encoding::{json, parse};
use faam_spec::hash::{Capability, Hash};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_verifier::Policy;
use serde::{Deserialize, Serialize};

use super::error::CoreError;
use super::memory::stored;
use super::named::OwnName;
use super::outbox::{EventKind, NewEvent};
use super::requests::MAX_TRIES;
use super::storage::{Change, Storage, StorageError, Table};
use super::{AFTERLIFE, Core, SWEEP, Turn};

/// Largest stored row, in bytes.
pub(super) const MAX_ROW_BYTES: usize = 1024;
/// Version of a row. Those of version 0 had no capability, and an index beside them ([`super::brought_over`]).
const VERSION: u8 = 1;
/// Largest stored policy, in bytes: what a policy file can hold, as JSON.
const MAX_POLICY_BYTES: usize = 1024 * 1024;
/// Most requests on one page of a list.
pub const MAX_LISTED: usize = 200;

/// A policy and the name that the configuration gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPolicy {
    /// The name.
    pub name: OwnName,
    /// The policy.
    pub policy: Policy,
}

/// How a request stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits for its answer.
    Open,
    /// It was answered and judged.
    Decided,
    /// Nobody answered in time.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was answered and judged, and what was shown is erased.
    Erased,
}

/// A request as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRequest {
    /// Its name.
    pub id: Hash,
    /// How it stands.
    pub state: Standing,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it could be answered.
    pub expires: Timestamp,
    /// The policy by whose name it was made.
    pub policy: Option<OwnName>,
    /// When the node deletes it, if it is decided.
    pub delete_by: Option<Timestamp>,
}

/// Where a page of a list begins: after the request that was made then and has this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When the request was made.
    pub made: Timestamp,
    /// Its id.
    pub id: Hash,
}

/// A page of a list, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPage {
    /// The requests.
    pub requests: Vec<ListedRequest>,
    /// Where the next page begins, if there is more.
    pub next: Option<Cursor>,
}

/// What came of revoking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is revoked, now or before.
    Done,
    /// There is no such request.
    Unknown,
    /// It has ended so already.
    Over(Standing),
}

/// A request as it is found, listed and swept, by its id in [`Table::REQUEST_ROWS`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    v: u8,
    /// Under which the request itself is stored, and its decision.
    pub(super) capability: Capability,
    made: Timestamp,
    /// When it can be answered no more; in a store that was restored, when that was noticed.
    pub(super) expires: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<OwnName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<Timestamp>,
    /// Until when the decision is kept, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delete_by: Option<Timestamp>,
    /// When what was shown was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<Timestamp>,
    /// Whether what became of it was told, or nobody was there to be told.
    told: bool,
}

impl Row {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let row: Self = parse(bytes, MAX_ROW_BYTES, "row").map_err(stored)?;
        if row.v != VERSION {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "row")));
        }
        Ok(row)
    }

    /// Of a request that an older program stored.
    pub(super) const fn of_old(
        capability: Capability,
        (made, expires): (Timestamp, Timestamp),
        delete_by: Option<Timestamp>,
    ) -> Self {
        Self {
            v: VERSION,
            capability,
            made,
            expires,
            policy: None,
            revoked: None,
            delete_by,
            erased: None,
            told: true,
        }
    }

    pub(super) fn find(store: &dyn Storage, id: Hash) -> Result<Option<Self>, CoreError> {
        store.get(Table::REQUEST_ROWS, id.as_bytes())?.map(|bytes| Self::read(&bytes)).transpose()
    }

    pub(super) fn change(&self, id: Hash) -> Result<Change, CoreError> {
        Ok(Change::put(Table::REQUEST_ROWS, *id.as_bytes(), json(self)?))
    }

    /// The change that puts this in the place of `before`, if that is still what is stored.
    fn replace(&self, id: Hash, before: &Self) -> Result<Change, CoreError> {
        Ok(self.change(id)?.if_still(json(before)?))
    }

    /// Whether it is over for so long that nothing of it is kept; `told` says whether events are told of.
    pub(super) fn is_over(&self, now: Timestamp, tells: bool) -> bool {
        let kept = self.delete_by.unwrap_or(self.expires.plus(AFTERLIFE));
        now >= kept && (self.told || !tells)
    }

    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        match (self.delete_by, self.revoked) {
            (Some(_), _) if self.erased.is_some() => Standing::Erased,
            (Some(_), _) => Standing::Decided,
            (None, Some(_)) => Standing::Revoked,
            (None, None) if now >= self.expires => Standing::Expired,
            (None, None) => Standing::Open,
        }
    }
}

pub(super) fn all(store: &dyn Storage) -> Result<Vec<(Hash, Row)>, CoreError> {
    let rows = store.scan(Table::REQUEST_ROWS)?.into_iter();
    rows.map(|(id, value)| Ok((digest(id)?, Row::read(&value)?))).collect()
}

/// The id of a row.
pub(super) fn digest(id: Vec<u8>) -> Result<Hash, CoreError> {
    let id = id.try_into().map_err(|_| stored(Fault::new(Reason::StoreDamaged, "row")))?;
    Ok(Hash::from_bytes(id))
}

/// What is stored beside a new request.
pub(super) fn made(
    id: Hash,
    capability: Capability,
    (made, expires): (Timestamp, Timestamp),
    policy: Option<NamedPolicy>,
) -> Result<Vec<Change>, CoreError> {
    let name = policy.as_ref().map(|named| named.name.clone());
    let row = Row {
        v: VERSION,
        capability,
        made,
        expires,
        policy: name,
        revoked: None,
        delete_by: None,
        erased: None,
        told: false,
    };
    let mut changes = vec![Change::create(Table::REQUEST_ROWS, *id.as_bytes(), json(&row)?)];
    //= spec/text/local-api.md#REQ-API-8
    //# A presentation MUST be judged by the policy as it was when the request was made
    if let Some(named) = policy {
        changes.push(Change::put(Table::REQUEST_POLICIES, *id.as_bytes(), json(&named)?));
    }
    Ok(changes)
}

/// What is deleted of a request: its row, if it is still so, and all that the row leads to.
pub(super) fn deleted(id: Hash, row: &Row) -> Result<[Change; 4], CoreError> {
    let capability = *row.capability.as_bytes();
    Ok([
        Change::delete(Table::REQUEST_ROWS, *id.as_bytes()).if_still(json(row)?),
        Change::delete(Table::REQUEST_POLICIES, *id.as_bytes()),
        Change::delete(Table::REQUESTS, capability),
        Change::delete(Table::DECISIONS, capability),
    ])
}

/// What is stored of a request in its row when its erasure was asked for, and the policy by whose name it was made.
pub(super) fn erased(
    turn: &Turn<'_>,
    id: Hash,
    erased: bool,
) -> Result<(Change, Option<OwnName>), CoreError> {
    let before = Row::find(turn.store, id)?.ok_or(CoreError::Damaged("the row of a request"))?;
    let row = Row { erased: erased.then_some(turn.now), ..before.clone() };
    Ok((row.replace(id, &before)?, row.policy))
}

/// The policy that is stored with a request, if it was made by one: what its row names must be there, because whoever could take it away
/// would have the request judged by less.
pub(super) fn policy_of(store: &dyn Storage, id: Hash) -> Result<Option<NamedPolicy>, CoreError> {
    let row = Row::find(store, id)?.ok_or(CoreError::Damaged("the row of a request"))?;
    let Some(name) = row.policy else { return Ok(None) };
    let bytes = store.get(Table::REQUEST_POLICIES, id.as_bytes())?;
    //= spec/text/local-api.md#REQ-API-8
    //# Where a request names a policy that is not stored, nothing MUST be judged (`store.damaged`)
    let bytes = bytes.ok_or(CoreError::Damaged("the policy that a request names"))?;
    let named: NamedPolicy = parse(&bytes, MAX_POLICY_BYTES, "policy").map_err(stored)?;
    if named.name != name {
        return Err(CoreError::Damaged("the policy that a request names"));
    }
    Ok(Some(named))
}

/// Whether a request was taken back.
pub(super) fn is_revoked(store: &dyn Storage, id: Hash) -> Result<bool, CoreError> {
    Ok(matches!(Row::find(store, id)?, Some(Row { revoked: Some(_), delete_by: None, .. })))
}

/// Refuses a request that was taken back, whatever else is the matter with it.
pub(super) fn check_not_revoked(store: &dyn Storage, id: Hash) -> Result<(), CoreError> {
    //= spec/text/local-api.md#REQ-API-9
    //# a wallet that comes later, or is in the middle of its answer, MUST hear `request.revoked`
    if is_revoked(store, id)? { Err(Fault::new(Reason::RequestRevoked, "request").into()) } else { Ok(()) }
}

impl Core {
    /// The name of the policy by which a request is judged, and whether it was revoked.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn request_row(&self, turn: &Turn<'_>, id: Hash) -> Result<Option<ListedRequest>, CoreError> {
        self.check_running()?;
        Ok(Row::find(turn.store, id)?.map(|row| listed(id, row, turn.now)))
    }

    /// A page of the requests in a state, or of all, oldest first.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn list_requests(
        &self,
        turn: &Turn<'_>,
        state: Option<Standing>,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<ListedPage, CoreError> {
        self.check_running()?;
        let limit = limit.clamp(1, MAX_LISTED);
        let here = |row: &Row| row.delete_by.is_none_or(|end| turn.now < end);
        let rows = all(turn.store)?.into_iter().filter(|(_, row)| here(row));
        let mut rows: Vec<ListedRequest> = rows
            .map(|(id, row)| listed(id, row, turn.now))
            .filter(|row| state.is_none_or(|state| row.state == state))
            .filter(|row| after.is_none_or(|after| row.cursor() > after))
            .collect();
        //= spec/text/local-api.md#REQ-API-10
        //# A page MUST be in the order in which the requests were made
        rows.sort_unstable_by_key(ListedRequest::cursor);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(ListedRequest::cursor) } else { None };
        Ok(ListedPage { requests: rows, next })
    }

    /// Takes an open request back.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn revoke_request(&mut self, turn: &mut Turn<'_>, id: Hash) -> Result<Revoked, CoreError> {
        for _ in 0..MAX_TRIES {
            match self.try_to_revoke(turn, id) {
                // Another daemon was first with this request.
                Err(CoreError::Storage(StorageError::Conflict)) => {}
                other => return other,
            }
        }
        Err(Fault::new(Reason::NetBusy, "request").into())
    }

    fn try_to_revoke(&mut self, turn: &Turn<'_>, id: Hash) -> Result<Revoked, CoreError> {
        self.check_running()?;
        let Some(before) = Row::find(turn.store, id)? else { return Ok(Revoked::Unknown) };
        let mut row = before.clone();
        match row.standing(turn.now) {
            Standing::Open => {}
            Standing::Revoked => return Ok(Revoked::Done),
            Standing::Decided | Standing::Erased if row.delete_by.is_some_and(|end| turn.now >= end) => {
                return Ok(Revoked::Unknown);
            }
            over => return Ok(Revoked::Over(over)),
        }
        row.revoked = Some(turn.now);
        row.told = true;
        let mut changes = vec![self.end_request(turn, row.capability)?, row.replace(id, &before)?];
        let event = NewEvent::about(EventKind::Revoked, id, turn.now, row.policy.as_ref());
        changes.extend(self.outbox.stage(&event, turn)?);
        //= spec/text/local-api.md#REQ-API-9
        //# An open request MUST be revoked before the call is answered
        self.commit(turn, changes)?;
        self.outbox.keep(event, turn);
        self.endings += 1;
        Ok(Revoked::Done)
    }

    /// How many requests have left `open` since the start, so that whoever waits knows when to look again.
    #[must_use]
    pub const fn endings(&self) -> u64 {
        self.endings
    }

    /// What is stored when a request was decided, and what is to be told of it.
    pub(super) fn decided(
        &self,
        turn: &Turn<'_>,
        id: Hash,
        (delete_by, event): (Timestamp, NewEvent),
    ) -> Result<(Vec<Change>, NewEvent), CoreError> {
        let Some(before) = Row::find(turn.store, id)? else {
            return Err(stored(Fault::new(Reason::StoreDamaged, "row")));
        };
        let mut row = before.clone();
        row.delete_by = Some(delete_by);
        row.told = true;
        let event = event.under(row.policy.as_ref());
        let mut changes = vec![row.replace(id, &before)?];
        changes.extend(self.outbox.stage(&event, turn)?);
        Ok((changes, event))
    }

    /// Tells of requests whose time is over and that nobody answered.
    pub(super) fn tell_expired(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        if !self.outbox.is_on() {
            return Ok(());
        }
        let (mut changes, mut events) = (Vec::new(), Vec::new());
        let over = |row: &Row| !row.told && row.standing(turn.now) == Standing::Expired;
        for (id, before) in all(turn.store)?.into_iter().filter(|(_, row)| over(row)).take(SWEEP) {
            let row = Row { told: true, ..before.clone() };
            let event = NewEvent::about(EventKind::Expired, id, row.expires, row.policy.as_ref());
            changes.push(row.replace(id, &before)?);
            changes.extend(self.outbox.stage(&event, turn)?);
            events.push(event);
        }
        match self.commit(turn, changes) {
            // Another daemon tells of them; what is left is told the next time.
            Err(CoreError::Storage(StorageError::Conflict)) => return Ok(()),
            other => other?,
        }
        for event in events {
            self.outbox.keep(event, turn);
        }
        Ok(())
    }

    /// Ends the rows of requests that were open in a store that was restored: changes, to be made with those of the requests.
    pub(super) fn end_rows(turn: &Turn<'_>) -> Result<Vec<Change>, CoreError> {
        let open = |row: &Row| row.standing(turn.now) == Standing::Open;
        let rows = all(turn.store)?.into_iter().filter(|(_, row)| open(row));
        rows.map(|(id, row)| Row { expires: turn.now, ..row }.change(id)).collect()
    }
}

impl ListedRequest {
    /// Where it stands in the order of a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { made: self.made, id: self.id }
    }
}

fn listed(id: Hash, row: Row, now: Timestamp) -> ListedRequest {
    let state = row.standing(now);
    let Row { made, expires, policy, delete_by, .. } = row;
    ListedRequest { id, state, made, expires, policy, delete_by }
}
