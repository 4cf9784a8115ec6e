//! What the webhook has to be told: stored with what it tells of, and kept until it was taken.
//!
//! A request leaves `open` once, so that there is one event of each request, and its id is made of the request's: however
//! often it is sent, it is the same one.

use std::collections::{BTreeMap, BTreeSet};

use faam_spec::decision::Outcome;
use faam_spec::encoding::{json, parse};
use faam_spec::hash::Hash;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CoreError;
use super::listing::Standing;
use super::memory::stored;
use super::named::OwnName;
use super::storage::{Change, Storage, StorageError, Table};
use super::{Core, Turn};

/// What the id of an event begins with, as in Standard Webhooks.
const ID_PREFIX: &str = "msg_";
/// Most events that are kept, waiting ones and those that were given up.
pub const MAX_EVENTS: usize = 20_000;
/// Largest stored event, in bytes.
const MAX_EVENT_BYTES: usize = 2048;
/// For how long an event is tried, in seconds: 3 days.
//= spec/text/local-api.md#REQ-API-14
//# it MUST be sent again, with the same id and the same bytes, for 3 days
const TRIED_FOR: i64 = 3 * 86_400;
/// How long an event that was given up is kept, in seconds: 30 days.
const KEPT_FOR: i64 = 30 * 86_400;
/// Pause after the first failure, in seconds; doubled with each further one.
const FIRST_PAUSE: i64 = 5;
/// For how long an event is of the daemon alone that claimed it, in seconds; where several daemons share a store.
const LEASE: i64 = 45;
/// How much of that must be left when it is sent, in seconds: as long as a call lasts, and what clocks may differ.
const LEASE_LEFT: i64 = 25;
/// Longest pause, in seconds: 6 hours.
const LONGEST_PAUSE: i64 = 6 * 3600;
/// After so many failures the pause before storing what came of an event grows no more, so that it ends before most claims do.
const LONG_UNSTORED: u32 = 3;
/// Longest text about a failure, in bytes.
const MAX_FAILURE: usize = 64;

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// It was answered and judged.
    #[serde(rename = "request.decided")]
    Decided,
    /// Nobody answered in time.
    #[serde(rename = "request.expired")]
    Expired,
    /// It was taken back.
    #[serde(rename = "request.revoked")]
    Revoked,
    /// What was shown was erased, because whoever showed it asked for that.
    #[serde(rename = "request.erased")]
    Erased,
    /// Whoever showed something asked that it is erased, and it is kept.
    #[serde(rename = "request.kept")]
    Kept,
}

impl EventKind {
    /// Its name, as the webhook is told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decided => "request.decided",
            Self::Expired => "request.expired",
            Self::Revoked => "request.revoked",
            Self::Erased => "request.erased",
            Self::Kept => "request.kept",
        }
    }

    const fn state(self) -> Standing {
        match self {
            Self::Decided | Self::Kept => Standing::Decided,
            Self::Erased => Standing::Erased,
            Self::Expired => Standing::Expired,
            Self::Revoked => Standing::Revoked,
        }
    }
}

/// An event, as it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvent {
    kind: EventKind,
    request: Hash,
    /// By which hash it is known where it is another event than that of the request's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Hash>,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<OwnName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Reason>,
}

impl NewEvent {
    pub(super) fn about(kind: EventKind, request: Hash, at: Timestamp, policy: Option<&OwnName>) -> Self {
        Self { kind, request, key: None, at, policy: policy.cloned(), outcome: None, code: None }
    }

    pub(super) const fn decision(
        request: Hash,
        at: Timestamp,
        (outcome, code): (Outcome, Option<Reason>),
    ) -> Self {
        Self { kind: EventKind::Decided, request, key: None, at, policy: None, outcome: Some(outcome), code }
    }

    pub(super) fn under(self, policy: Option<&OwnName>) -> Self {
        Self { policy: policy.cloned(), ..self }
    }

    /// As a second event of its request, under an id of its own: the hash of the presentation that it is about.
    pub(super) fn beside(self, presentation: Hash) -> Self {
        Self { key: Some(presentation), ..self }
    }

    pub(super) const fn kind(&self) -> EventKind {
        self.kind
    }

    fn key(&self) -> Hash {
        self.key.unwrap_or(self.request)
    }

    fn id(&self) -> String {
        format!("{ID_PREFIX}{}", self.key())
    }

    /// What is sent: the same bytes each time. The decision itself is not in it: it is large, it holds what a person
    /// disclosed, and whoever has a key reads it from where it is kept and deleted.
    fn body(&self) -> String {
        let mut data = json!({
            "id": self.request, "state": self.kind.state(), "url": format!("/v0/requests/{}", self.request),
        });
        if let Some(data) = data.as_object_mut() {
            let more = [
                ("policy", self.policy.as_ref().map(|name| json!(name))),
                ("outcome", self.outcome.map(|outcome| json!(outcome))),
                ("code", self.code.map(|code| json!(code))),
            ];
            data.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        json!({"type": self.kind, "timestamp": self.at.to_string(), "data": data}).to_string()
    }
}

/// An event that was not taken yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    v: u8,
    event: NewEvent,
    /// How often it was sent in vain.
    tries: u32,
    /// From when on it is tried, for [`TRIED_FOR`].
    since: Timestamp,
    /// When it is sent next.
    next: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    given_up: Option<Timestamp>,
}

impl Entry {
    /// Of an event that is sent at once; where others look too, they leave it to this daemon until its claim is over.
    fn new(event: NewEvent, turn: &Turn<'_>) -> Self {
        let at = event.at;
        let next = if turn.store.is_shared() { turn.now.plus(LEASE) } else { at };
        Self { v: 0, event, tries: 0, since: at, next, failure: None, given_up: None }
    }

    fn change(&self) -> Result<Change, CoreError> {
        Ok(Change::put(Table::OUTBOX, *self.event.key().as_bytes(), json(self)?))
    }

    fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let entry: Self = parse(bytes, MAX_EVENT_BYTES, "event").map_err(stored)?;
        if entry.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "event")));
        }
        Ok(entry)
    }
}

/// An event that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// What is sent.
    pub body: String,
    /// From when on it is not sent any more, because another daemon may send it then; none where there is no other.
    pub not_after: Option<Timestamp>,
    request: Hash,
}

/// What came of sending an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It was taken.
    Taken,
    /// Not yet, for this reason; it is tried again.
    Failed(String),
    /// Not yet, for this reason; it is tried again, and not before so many seconds have passed.
    Later(String, i64),
    /// The other side says that nothing will be taken there any more.
    Gone,
    /// It was not sent, because another daemon may send it by now.
    TooLate,
}

/// An event as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    /// To which request.
    pub request: Hash,
    /// When.
    pub at: Timestamp,
    /// How often it was sent in vain.
    pub tries: u32,
    /// When it is sent next; none if it was given up.
    pub next: Option<Timestamp>,
    /// Why it was not taken the last time.
    pub failure: Option<String>,
}

/// A page of events, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvents {
    /// How many wait.
    pub waiting: usize,
    /// How many were given up.
    pub given_up: usize,
    /// The events.
    pub events: Vec<ListedEvent>,
    /// The id after which the next page begins, if there is more.
    pub next: Option<String>,
}

/// What came of sending an event and could not be stored, because the store was away.
#[derive(Debug, Clone, Copy)]
struct Unstored {
    /// It was taken: it is not sent again, and only its end is stored.
    taken: bool,
    /// How often storing it failed.
    tries: u32,
    /// Before then nothing is tried.
    until: Timestamp,
}

/// The events that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    on: bool,
    entries: BTreeMap<Hash, Entry>,
    /// By when they are sent next; without those that were given up.
    due: BTreeSet<(Timestamp, Hash)>,
    /// On their way.
    sending: BTreeSet<Hash>,
    /// Made here and claimed when they were stored, but not on their way yet.
    claimed: BTreeSet<Hash>,
    /// What has come of some, as far as only this daemon knows.
    unstored: BTreeMap<Hash, Unstored>,
}

impl Outbox {
    pub(super) fn load(store: &dyn Storage) -> Result<Self, CoreError> {
        let mut outbox = Self::default();
        for (_, value) in store.scan(Table::OUTBOX)? {
            outbox.put(Entry::read(&value)?);
        }
        Ok(outbox)
    }

    pub(super) const fn is_on(&self) -> bool {
        self.on
    }

    /// What has to be stored for an event, in the commit of what it tells of.
    //= spec/text/local-api.md#REQ-API-14
    //# An event MUST be stored with what it tells of
    pub(super) fn stage(&self, event: &NewEvent, turn: &Turn<'_>) -> Result<Option<Change>, CoreError> {
        self.on.then(|| Entry::new(event.clone(), turn).change()).transpose()
    }

    /// Takes up an event that is stored, in the same turn.
    pub(super) fn keep(&mut self, event: NewEvent, turn: &Turn<'_>) {
        if self.on {
            let entry = Entry::new(event, turn);
            let id = entry.event.key();
            self.put(entry);
            if turn.store.is_shared() {
                self.claimed.insert(id);
            }
        }
    }

    fn put(&mut self, entry: Entry) {
        let id = entry.event.key();
        self.take_out(id);
        if entry.given_up.is_none() {
            self.due.insert((entry.next, id));
        }
        self.entries.insert(id, entry);
    }

    fn forget(&mut self, id: Hash) {
        self.take_out(id);
        self.unstored.remove(&id);
    }

    fn take_out(&mut self, id: Hash) {
        self.claimed.remove(&id);
        if let Some(old) = self.entries.remove(&id) {
            self.due.remove(&(old.next, id));
        }
    }

    /// In a store that others write to as well: learns what waits, and forgets what they have sent. Whoever sends an event claims it
    /// first, so that all may know of it.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub(super) fn look_around(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        if !self.on || !turn.store.is_shared() {
            return Ok(());
        }
        let mut there = BTreeSet::new();
        for (_, value) in turn.store.scan(Table::OUTBOX)? {
            let entry = Entry::read(&value)?;
            let id = entry.event.key();
            there.insert(id);
            // What this daemon has in hand it knows better; what it knows of the others is only what it read last.
            if !self.sending.contains(&id) && !self.claimed.contains(&id) {
                self.put(entry);
            }
        }
        let sent: Vec<Hash> = self
            .entries
            .keys()
            .filter(|id| !there.contains(*id) && !self.sending.contains(*id))
            .copied()
            .collect();
        for id in sent {
            self.forget(id);
        }
        Ok(())
    }

    /// Notes what could not be stored, and leaves the store and the event alone for a while.
    fn note_unstored(&mut self, id: Hash, taken: bool, turn: &mut Turn<'_>) {
        let tries = self.unstored.get(&id).map_or(0, |before| before.tries).saturating_add(1);
        let until = turn.now.plus(pause(tries.min(LONG_UNSTORED), &mut turn.rng));
        self.unstored.insert(id, Unstored { taken, tries, until });
    }

    /// Whether an event may be sent, as far as this daemon alone knows.
    fn may_be_sent(&self, id: &Hash, now: Timestamp) -> bool {
        self.unstored.get(id).is_none_or(|unstored| !unstored.taken && unstored.until <= now)
    }

    /// Notes that an event is on its way.
    fn send(&mut self, id: Hash, is_claimed: bool) -> Option<Delivery> {
        let entry = self.entries.get(&id)?;
        self.sending.insert(id);
        Some(Delivery {
            id: entry.event.id(),
            body: entry.event.body(),
            not_after: is_claimed.then(|| entry.next.plus(-LEASE_LEFT)),
            request: id,
        })
    }

    /// What is kept for too long, or is too much: those that were given up first, and then the oldest.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Change> {
        let late = |entry: &Entry| entry.given_up.is_some_and(|since| now.since(since) > KEPT_FOR);
        let mut gone: Vec<Hash> =
            self.entries.iter().filter(|(_, entry)| late(entry)).map(|(id, _)| *id).collect();
        let over = self.entries.len().saturating_sub(gone.len()).saturating_sub(MAX_EVENTS);
        if over > 0 {
            tracing::warn!(over, "the webhook has not taken events for so long that the oldest are dropped");
            let mut left: Vec<(bool, Timestamp, Hash)> = (self.entries.iter())
                .filter(|(_, entry)| !late(entry))
                .map(|(id, entry)| (entry.given_up.is_none(), entry.event.at, *id))
                .collect();
            left.sort_unstable();
            gone.extend(left.into_iter().take(over).map(|(_, _, id)| id));
        }
        gone.truncate(super::SWEEP);
        for id in &gone {
            self.forget(*id);
        }
        gone.into_iter().map(|id| Change::delete(Table::OUTBOX, *id.as_bytes())).collect()
    }
}

impl Core {
    /// Whether there is a webhook. Without one nothing is kept for it; what was kept before stays.
    pub fn set_webhook(&mut self, on: bool) {
        self.outbox.on = on;
    }

    /// Some events that are to be sent now, oldest first; until [`Core::sent`] tells of them they are not given again. Where several
    /// daemons share a store, they are claimed before they are given.
    pub fn due_events(&mut self, turn: &mut Turn<'_>, most: usize) -> Vec<Delivery> {
        if !self.outbox.on || self.stopped || !self.store_ends(turn) {
            return Vec::new();
        }
        let mut deliveries = self.claimed_events(turn.now, most);
        let due = self.outbox.due.iter().take_while(|(next, _)| *next <= turn.now);
        let free = |id: &Hash| !self.outbox.sending.contains(id) && self.outbox.may_be_sent(id, turn.now);
        let due: Vec<Hash> = due.map(|(_, id)| *id).filter(free).collect();
        for id in due {
            if deliveries.len() >= most {
                break;
            }
            match self.claim(turn, id) {
                Ok(true) => deliveries.extend(self.outbox.send(id, turn.store.is_shared())),
                // Another daemon has it in hand.
                Ok(false) => {}
                // The store says so itself; what waits waits on.
                Err(_) => break,
            }
        }
        deliveries
    }

    /// Stores the end of those that were taken while the store was away; whether it is there.
    fn store_ends(&mut self, turn: &mut Turn<'_>) -> bool {
        let over = |unstored: &Unstored| unstored.taken && unstored.until <= turn.now;
        let ended: Vec<Hash> =
            self.outbox.unstored.iter().filter(|(_, unstored)| over(unstored)).map(|(id, _)| *id).collect();
        for id in ended {
            if self.commit(turn, vec![Change::delete(Table::OUTBOX, *id.as_bytes())]).is_err() {
                self.outbox.note_unstored(id, true, turn);
                return false;
            }
            self.outbox.forget(id);
        }
        true
    }

    /// Those that were claimed when they were stored.
    fn claimed_events(&mut self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let ids: Vec<Hash> = self.outbox.claimed.iter().take(most).copied().collect();
        let mut deliveries = Vec::new();
        for id in ids {
            self.outbox.claimed.remove(&id);
            let next = self.outbox.entries.get(&id).map(|entry| entry.next);
            // A claim that came to nothing, because this daemon was busy for so long, is taken anew like that of any other.
            if next.is_some_and(|next| next.since(now) >= LEASE_LEFT) {
                deliveries.extend(self.outbox.send(id, true));
            }
        }
        deliveries
    }

    /// Makes an event this daemon's own for a while, if it is still as it was read; of several daemons one succeeds.
    //= spec/text/shared-store.md#REQ-SHARED-10
    //# A daemon MUST claim an event in the store before it sends it, for 45 s
    fn claim(&mut self, turn: &Turn<'_>, id: Hash) -> Result<bool, CoreError> {
        let Some(entry) = self.outbox.entries.get(&id) else { return Ok(false) };
        if !turn.store.is_shared() {
            return Ok(true);
        }
        let claimed = Entry { next: turn.now.plus(LEASE), ..entry.clone() };
        let before = entry.change()?.value.unwrap_or_default();
        match turn.store.commit(vec![claimed.change()?.if_still(before)]) {
            Ok(()) => {
                self.outbox.put(claimed);
                Ok(true)
            }
            Err(StorageError::Conflict) => {
                // It is learned anew when this daemon looks around.
                self.outbox.forget(id);
                Ok(false)
            }
            Err(error) => {
                self.stopped |= matches!(error, StorageError::Failed(_));
                Err(error.into())
            }
        }
    }

    /// Keeps what came of sending an event.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn sent(
        &mut self,
        turn: &mut Turn<'_>,
        delivery: &Delivery,
        outcome: &Sent,
    ) -> Result<(), CoreError> {
        let id = delivery.request;
        self.outbox.sending.remove(&id);
        let Some(entry) = self.outbox.entries.get(&id) else { return Ok(()) };
        let mut entry = entry.clone();
        let failure = match outcome {
            // It is not this daemon's any more, and is claimed again by whoever comes first.
            Sent::TooLate => return Ok(()),
            //= spec/text/local-api.md#REQ-API-14
            //# An event that was taken MUST NOT be sent again by the daemon that knows it, also where the store is away.
            Sent::Taken => {
                let ended = self.commit(turn, vec![Change::delete(Table::OUTBOX, *id.as_bytes())]);
                match &ended {
                    Ok(()) => self.outbox.forget(id),
                    Err(_) => self.outbox.note_unstored(id, true, turn),
                }
                return ended;
            }
            Sent::Gone => "it is gone (410)",
            Sent::Failed(why) | Sent::Later(why, _) => why.as_str(),
        };
        let before = entry.change()?.value.unwrap_or_default();
        entry.tries = entry.tries.saturating_add(1);
        entry.failure = Some(faam_spec::name::shown(failure, MAX_FAILURE));
        //= spec/text/local-api.md#REQ-API-19
        //# A pause that an answer of status 429 or 503 names (`Retry-After`) MUST be kept, up to 6 h, where it is the
        //# longer one.
        let asked = if let Sent::Later(_, seconds) = outcome { *seconds } else { 0 };
        entry.next = turn.now.plus(pause(entry.tries, &mut turn.rng).max(asked.clamp(0, LONGEST_PAUSE)));
        if matches!(outcome, Sent::Gone) || entry.next.since(entry.since) > TRIED_FOR {
            entry.given_up = Some(turn.now);
            tracing::warn!(event = %entry.event.id(), "the webhook did not take an event; it is given up");
        }
        match self.commit(turn, vec![entry.change()?.if_still(before)]) {
            // Another daemon sent it, or tries too.
            Err(CoreError::Storage(StorageError::Conflict)) => self.outbox.forget(id),
            Err(error) => {
                self.outbox.note_unstored(id, false, turn);
                return Err(error);
            }
            Ok(()) => {
                self.outbox.unstored.remove(&id);
                self.outbox.put(entry);
            }
        }
        Ok(())
    }

    /// Sends an event again that waits or was given up, now and for as long as a new one; whether there is such an event.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn send_again(&mut self, turn: &mut Turn<'_>, id: &str) -> Result<Option<ListedEvent>, CoreError> {
        self.check_running()?;
        let Some(found) = id.strip_prefix(ID_PREFIX).and_then(|id| id.parse::<Hash>().ok()) else {
            return Ok(None);
        };
        if turn.store.is_shared() && !self.outbox.sending.contains(&found) {
            // What the others have made of it, and what is theirs.
            match turn.store.get(Table::OUTBOX, found.as_bytes())? {
                Some(value) => self.outbox.put(Entry::read(&value)?),
                None => self.outbox.forget(found),
            }
        }
        let Some(before) = self.outbox.entries.get(&found) else { return Ok(None) };
        let entry = Entry { since: turn.now, next: turn.now, given_up: None, ..before.clone() };
        // Not one that was taken meanwhile.
        let before = before.change()?.value.unwrap_or_default();
        match self.commit(turn, vec![entry.change()?.if_still(before)]) {
            Err(CoreError::Storage(StorageError::Conflict)) => {
                return Err(Fault::new(Reason::NetBusy, "event").into());
            }
            other => other?,
        }
        let told = listed(&entry);
        // Whatever came of it before, somebody wants it to be sent.
        self.outbox.unstored.remove(&found);
        self.outbox.put(entry);
        Ok(Some(told))
    }

    /// How many events wait, and how many were given up, as far as this node has seen them.
    #[must_use]
    pub fn webhook_counts(&self) -> (usize, usize) {
        let given_up = self.outbox.entries.values().filter(|entry| entry.given_up.is_some()).count();
        (self.outbox.entries.len().saturating_sub(given_up), given_up)
    }

    /// A page of the events that were not taken yet, oldest first; those of other daemons on the same store too.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn list_events(
        &mut self,
        turn: &Turn<'_>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ListedEvents, CoreError> {
        self.outbox.look_around(turn)?;
        let limit = limit.clamp(1, super::listing::MAX_LISTED);
        let mut all: Vec<(Timestamp, Hash)> =
            self.outbox.entries.iter().map(|(id, entry)| (entry.event.at, *id)).collect();
        all.sort_unstable();
        let after = after.and_then(|id| id.strip_prefix(ID_PREFIX)).and_then(|id| id.parse::<Hash>().ok());
        let from = after.and_then(|after| all.iter().position(|(_, id)| *id == after)).map_or(0, |at| at + 1);
        let rest = all.len().saturating_sub(from);
        let page = all.iter().skip(from).take(limit);
        let events: Vec<ListedEvent> =
            page.filter_map(|(_, id)| self.outbox.entries.get(id)).map(listed).collect();
        let given_up = self.outbox.entries.values().filter(|entry| entry.given_up.is_some()).count();
        let next = if rest > events.len() { events.last().map(|event| event.id.clone()) } else { None };
        Ok(ListedEvents { waiting: self.outbox.entries.len() - given_up, given_up, events, next })
    }
}

fn listed(entry: &Entry) -> ListedEvent {
    ListedEvent {
        id: entry.event.id(),
        kind: entry.event.kind,
        request: entry.event.request,
        at: entry.event.at,
        tries: entry.tries,
        next: entry.given_up.is_none().then_some(entry.next),
        failure: entry.failure.clone(),
    }
}

/// Seconds until the next try: twice as many each time up to 6 hours, and a quarter more or less, so that what failed at once
/// is not sent again at once.
//= spec/text/local-api.md#REQ-API-14
//# with pauses that double from 5 s to 6 h, a quarter more or less
fn pause(tries: u32, rng: &mut impl CryptoRngCore) -> i64 {
    let doubled = FIRST_PAUSE.saturating_mul(1_i64.checked_shl(tries.saturating_sub(1)).unwrap_or(i64::MAX));
    let pause = if tries > 20 { LONGEST_PAUSE } else { doubled.min(LONGEST_PAUSE) };
    let permille = 750 + i64::from(rng.next_u32() % 501);
    (pause * permille / 1000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    //= spec/text/local-api.md#REQ-API-14
    //= type=test
    //# with pauses that double from 5 s to 6 h, a quarter more or less
    #[test]
    fn pauses_double_and_end() {
        let mut rng = StdRng::seed_from_u64(7);
        for (tries, middle) in [(1, 5), (2, 10), (3, 20), (5, 80), (12, 10_240), (13, 20_480), (14, 21_600)] {
            for _ in 0..50 {
                let pause = pause(tries, &mut rng);
                assert!(pause * 4 >= middle * 3 - 4 && pause * 4 <= middle * 5, "{tries}: {pause}");
            }
        }
        let many: BTreeSet<i64> = (0..50).map(|_| pause(10, &mut rng)).collect();
        assert!(many.len() > 10, "they spread");
        for tries in [21, 64, 1000, u32::MAX] {
            assert!((16_000..=27_000).contains(&pause(tries, &mut rng)), "{tries}");
        }
    }
}
