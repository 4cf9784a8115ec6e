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
/// How long an event of another daemon is overdue before this one sends it, in seconds.
const LEFT_FOR: i64 = 60;
/// Longest pause, in seconds: 6 hours.
const LONGEST_PAUSE: i64 = 6 * 3600;
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
}

impl EventKind {
    /// Its name, as the webhook is told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decided => "request.decided",
            Self::Expired => "request.expired",
            Self::Revoked => "request.revoked",
        }
    }

    const fn state(self) -> Standing {
        match self {
            Self::Decided => Standing::Decided,
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
        Self { kind, request, at, policy: policy.cloned(), outcome: None, code: None }
    }

    pub(super) const fn decision(
        request: Hash,
        at: Timestamp,
        (outcome, code): (Outcome, Option<Reason>),
    ) -> Self {
        Self { kind: EventKind::Decided, request, at, policy: None, outcome: Some(outcome), code }
    }

    pub(super) fn under(self, policy: Option<&OwnName>) -> Self {
        Self { policy: policy.cloned(), ..self }
    }

    fn id(&self) -> String {
        format!("{ID_PREFIX}{}", self.request)
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
    fn new(event: NewEvent) -> Self {
        let at = event.at;
        Self { v: 0, event, tries: 0, since: at, next: at, failure: None, given_up: None }
    }

    fn change(&self) -> Result<Change, CoreError> {
        Ok(Change::put(Table::OUTBOX, *self.event.request.as_bytes(), json(self)?))
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
    request: Hash,
}

/// What came of sending an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It was taken.
    Taken,
    /// Not yet, for this reason; it is tried again.
    Failed(String),
    /// The other side says that nothing will be taken there any more.
    Gone,
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

/// The events that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    on: bool,
    entries: BTreeMap<Hash, Entry>,
    /// By when they are sent next; without those that were given up.
    due: BTreeSet<(Timestamp, Hash)>,
    /// On their way.
    sending: BTreeSet<Hash>,
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
    pub(super) fn stage(&self, event: &NewEvent) -> Result<Option<Change>, CoreError> {
        self.on.then(|| Entry::new(event.clone()).change()).transpose()
    }

    /// Takes up an event that is stored.
    pub(super) fn keep(&mut self, event: NewEvent) {
        if self.on {
            self.put(Entry::new(event));
        }
    }

    fn put(&mut self, entry: Entry) {
        let id = entry.event.request;
        self.forget(id);
        if entry.given_up.is_none() {
            self.due.insert((entry.next, id));
        }
        self.entries.insert(id, entry);
    }

    fn forget(&mut self, id: Hash) {
        if let Some(old) = self.entries.remove(&id) {
            self.due.remove(&(old.next, id));
        }
    }

    /// In a store that others write to as well: takes up what they left lying, because they have ended, and forgets what they
    /// have sent.
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
            let id = entry.event.request;
            there.insert(id);
            let is_left = turn.now.since(entry.next) > LEFT_FOR && entry.given_up.is_none();
            if (is_left || self.entries.contains_key(&id)) && !self.sending.contains(&id) {
                self.put(entry);
            }
        }
        let sent: Vec<Hash> = self
            .entries
            .keys()
            .filter(|id| !there.contains(id) && !self.sending.contains(id))
            .copied()
            .collect();
        for id in sent {
            self.forget(id);
        }
        Ok(())
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

    /// Some events that are to be sent now, oldest first; until [`Core::sent`] tells of them they are not given again.
    pub fn due_events(&mut self, now: Timestamp, most: usize) -> Vec<Delivery> {
        if !self.outbox.on || self.stopped {
            return Vec::new();
        }
        let due = self.outbox.due.iter().take_while(|(next, _)| *next <= now);
        let due: Vec<Hash> =
            due.map(|(_, id)| *id).filter(|id| !self.outbox.sending.contains(id)).take(most).collect();
        let entries = due.iter().filter_map(|id| self.outbox.entries.get(id));
        let deliveries: Vec<Delivery> = entries
            .map(|entry| Delivery {
                id: entry.event.id(),
                body: entry.event.body(),
                request: entry.event.request,
            })
            .collect();
        self.outbox.sending.extend(due);
        deliveries
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
            Sent::Taken => {
                self.commit(turn, vec![Change::delete(Table::OUTBOX, *id.as_bytes())])?;
                self.outbox.forget(id);
                return Ok(());
            }
            Sent::Gone => "it is gone (410)",
            Sent::Failed(why) => why.as_str(),
        };
        let before = entry.change()?.value.unwrap_or_default();
        entry.tries = entry.tries.saturating_add(1);
        entry.failure = Some(faam_spec::name::shown(failure, MAX_FAILURE));
        entry.next = turn.now.plus(pause(entry.tries, &mut turn.rng));
        if matches!(outcome, Sent::Gone) || entry.next.since(entry.since) > TRIED_FOR {
            entry.given_up = Some(turn.now);
            tracing::warn!(event = %entry.event.id(), "the webhook did not take an event; it is given up");
        }
        match self.commit(turn, vec![entry.change()?.if_still(before)]) {
            // Another daemon sent it, or tries too.
            Err(CoreError::Storage(StorageError::Conflict)) => self.outbox.forget(id),
            other => {
                other?;
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
        let found = id.strip_prefix(ID_PREFIX).and_then(|id| id.parse::<Hash>().ok());
        let Some(entry) = found.and_then(|id| self.outbox.entries.get(&id)) else { return Ok(None) };
        let entry = Entry { since: turn.now, next: turn.now, given_up: None, ..entry.clone() };
        self.commit(turn, vec![entry.change()?])?;
        let told = listed(&entry);
        self.outbox.put(entry);
        Ok(Some(told))
    }

    /// A page of the events that were not taken yet, oldest first.
    #[must_use]
    pub fn list_events(&self, after: Option<&str>, limit: usize) -> ListedEvents {
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
        ListedEvents { waiting: self.outbox.entries.len() - given_up, given_up, events, next }
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
