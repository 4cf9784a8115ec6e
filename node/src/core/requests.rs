//! `/faam/present/1`: one request, one answer, one decision (A17).
//!
//! ```text
//! fetch ──► the signed request ──► answer, page by page ──► the decision and its receipt
//! ```
//! A request gets exactly one decision, whatever it is. Nonce, decision and receipt are stored in one commit before anything
//! of them leaves; whoever sends the same answer again, because the reply was lost, gets the same reply.

use std::collections::{BTreeMap, HashMap};

use faam_spec::decision::DecisionDocument;
use faam_spec::encoding::{json, parse};
use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::{
    MAX_OUTCOME_BYTES, MAX_PURPOSE_BYTES, MAX_REQUEST_BYTES, MAX_REQUEST_LIFE, MAX_RETENTION_DAYS,
};
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::MarketId;
use faam_spec::query::Query;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::receipt::Receipt;
use faam_spec::request::Ask;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome};
use faam_verifier::{NonceStore, NonceStoreError, Pending};
use serde::{Deserialize, Serialize};

use super::belief::unbelievable;
use super::error::CoreError;
use super::listing::{self, NamedPolicy};
use super::memory::{remember, stored};
use super::offers::report;
use super::outbox::NewEvent;
use super::storage::{Change, Storage, Table};
use super::uploads::{Page, Uploads};
use super::{AFTERLIFE, Core, Counts, PeerInfo, SWEEP, Turn};

/// Most requests that are kept at once, decided ones included.
const MAX_REQUESTS: usize = 20_000;
/// Largest stored request, in bytes: the request and its frame.
const MAX_RECORD_BYTES: usize = 2 * MAX_REQUEST_BYTES;
/// Largest stored decision, in bytes: what a presentation can hold, once as facts and once as public artefacts.
const MAX_DECISION_BYTES: usize = 16 * 1024 * 1024;
/// Most reasons that are told to a holder, so that they fit one frame.
const MAX_TOLD_REASONS: usize = 32;

/// What a request is made with.
#[derive(Debug, Clone)]
pub struct RequestTerms {
    /// Why it is asked, in one to three sentences.
    pub purpose: String,
    /// For how many days the answer is kept: 1 to 3,660.
    pub retention_days: u32,
    /// What is asked for.
    pub query: Query,
    /// For how many seconds the request can be answered; at most a week.
    pub life: i64,
}

/// A request that was made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Its name here: the digest that consent and receipt also name.
    pub id: Hash,
    /// The link for the person.
    pub link: Link,
    /// Until when it can be answered.
    pub expires: Timestamp,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RequestState {
    /// It waits for its answer.
    Open {
        /// Until when.
        expires: Timestamp,
    },
    /// Nobody answered in time.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was answered and judged.
    Decided {
        /// The decision.
        decision: Box<DecisionDocument>,
        /// Which trust entry came nearest, where nobody was trusted.
        hint: Option<String>,
        /// The receipt, as signed.
        receipt: String,
        /// When this is deleted here.
        delete_by: Timestamp,
    },
}

/// The requests that are kept.
#[derive(Debug, Default)]
pub(super) struct Requests {
    records: HashMap<Capability, Record>,
    by_id: HashMap<Hash, Capability>,
    /// Nonces that were consumed, with the time from which they cannot come again.
    nonces: BTreeMap<String, Timestamp>,
    uploads: Uploads,
}

/// What is held in memory of a request; the rest is read when it is needed.
#[derive(Debug, Clone)]
struct Record {
    id: Hash,
    expires: Timestamp,
    answered: Option<Answered>,
    /// Ended before its time, because the store was restored from a backup.
    ended: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    presentation: Hash,
    delete_by: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRequest {
    v: u8,
    id: Hash,
    expires: Timestamp,
    answered: Option<Answered>,
    #[serde(default)]
    pub(super) ended: bool,
    pending: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDecision {
    v: u8,
    delete_by: Timestamp,
    decision: DecisionDocument,
    /// Older programs stored none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    receipt: String,
}

impl Core {
    /// Makes a signed request and the link to it.
    ///
    /// # Errors
    /// [`CoreError::Input`] for a purpose or times out of bounds; [`CoreError::Unbelieved`] where nobody is trusted for it.
    pub fn create_request(
        &mut self,
        turn: &mut Turn<'_>,
        terms: RequestTerms,
    ) -> Result<NewRequest, CoreError> {
        self.create_request_under(turn, terms, None)
    }

    /// As [`Core::create_request`], to be judged by a policy of its own, whatever becomes of the configuration.
    ///
    /// # Errors
    /// As [`Core::create_request`].
    pub fn create_request_under(
        &mut self,
        turn: &mut Turn<'_>,
        terms: RequestTerms,
        policy: Option<NamedPolicy>,
    ) -> Result<NewRequest, CoreError> {
        self.check_running()?;
        if !(1..=MAX_REQUEST_LIFE).contains(&terms.life) {
            return Err(CoreError::Input {
                what: "life_seconds",
                why: "a request stands for 1 second to 7 days",
            });
        }
        // What is kept for less than a day may be gone before it is looked at.
        if !(1..=MAX_RETENTION_DAYS).contains(&terms.retention_days) {
            return Err(CoreError::Input {
                what: "retention_days",
                why: "answers are kept for 1 to 3660 days",
            });
        }
        if terms.purpose.trim().is_empty() || terms.purpose.len() > MAX_PURPOSE_BYTES {
            return Err(CoreError::Input { what: "purpose", why: "it has 1 to 500 bytes" });
        }
        //= spec/text/local-api.md#REQ-API-7
        //# The node MUST believe some issuer of the market for what is asked
        if let Some(unbelieved) = unbelievable(&terms.query, &self.sources.trust) {
            let names: Vec<&str> = unbelieved.markets.iter().map(MarketId::as_str).collect();
            let market = if names.is_empty() { "any market".to_owned() } else { names.join(" or ") };
            return Err(CoreError::Unbelieved { market, nearest: unbelieved.nearest });
        }
        if self.requests.records.len() >= MAX_REQUESTS {
            return Err(CoreError::TooMany("requests"));
        }
        let ask = Ask {
            name: self.name.clone(),
            purpose: terms.purpose,
            retention_days: terms.retention_days,
            terms: self.terms.clone(),
            query: terms.query,
            life: terms.life,
        };
        let (request, pending) = faam_verifier::start(ask, self.peer, &self.signer, turn.now, &mut turn.rng)?;
        let (id, expires) = (request.digest(), request.request().expires);
        let capability = Capability::random(&mut turn.rng);
        let link = self.link(LinkKind::Present, self.signer.did(), capability, expires)?;
        let pending = parse(&pending.to_bytes()?, MAX_RECORD_BYTES, "pending")?;
        let stored = StoredRequest { v: 0, id, expires, answered: None, ended: false, pending };
        let change = Change::put(Table::REQUESTS, *capability.as_bytes(), json(&stored)?);
        let mut changes = listing::made(id, (turn.now, expires), policy)?;
        changes.push(change);
        self.commit(turn, changes)?;
        self.requests.by_id.insert(id, capability);
        self.requests.records.insert(capability, stored.record());
        Ok(NewRequest { id, link, expires })
    }

    /// Where a request stands; none if there is no such request (any more).
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn request_state(&self, turn: &Turn<'_>, id: Hash) -> Result<Option<RequestState>, CoreError> {
        self.check_running()?;
        let found = self.requests.by_id.get(&id);
        let Some((capability, record)) = found.and_then(|c| Some((c, self.requests.records.get(c)?))) else {
            return Ok(None);
        };
        Ok(match record.answered {
            Some(answered) if turn.now >= answered.delete_by => None,
            Some(_) => {
                let StoredDecision { decision, hint, receipt, delete_by, .. } =
                    read_decision(turn.store, *capability)?;
                Some(RequestState::Decided { decision: Box::new(decision), hint, receipt, delete_by })
            }
            None if listing::check_not_revoked(turn.store, id).is_err() => Some(RequestState::Revoked),
            None if record.is_over(turn.now) => Some(RequestState::Expired),
            None => Some(RequestState::Open { expires: record.expires }),
        })
    }

    /// Answers a message on `/faam/present/1`.
    pub fn on_present_message(&mut self, turn: &mut Turn<'_>, from: PeerInfo, payload: &[u8]) -> Vec<u8> {
        let answer = match self.present_answer(turn, from, payload) {
            Ok(answer) => answer,
            Err(error) => {
                report("present", &error);
                Message::new(PresentAnswer::Refused { code: error.wire_reason() })
            }
        };
        answer.encode().unwrap_or_default()
    }

    fn present_answer(
        &mut self,
        turn: &mut Turn<'_>,
        from: PeerInfo,
        payload: &[u8],
    ) -> Result<Message<PresentAnswer>, CoreError> {
        self.check_running()?;
        let ask: Message<PresentAsk> = Message::decode(payload)?;
        // The request names this peer; whoever was reached under another name has reached somebody else.
        //= spec/text/wire.md#REQ-WIRE-8
        //# A question that reached the node under another PeerId than the request names MUST be refused
        //# (`request.peer`).
        if from.local != self.peer {
            return Err(Fault::new(Reason::RequestPeer, "peer").into());
        }
        match ask.head {
            PresentAsk::Fetch { capability } if ask.body.is_empty() => self.fetch(turn, capability),
            PresentAsk::Fetch { .. } => Err(Fault::new(Reason::WireMessage, "body").into()),
            PresentAsk::Answer { capability, bytes, hash, page } => {
                let page = Page { capability, announced: bytes, hash, number: page, body: ask.body };
                self.take_page(turn, page)
            }
        }
    }

    fn fetch(&self, turn: &Turn<'_>, capability: Capability) -> Result<Message<PresentAnswer>, CoreError> {
        let record = self.requests.get(capability)?;
        if record.answered.is_some() {
            return Err(Fault::new(Reason::NonceUsed, "request").into());
        }
        listing::check_not_revoked(turn.store, record.id)?;
        record.check_open(turn.now)?;
        let pending = self.pending(turn, &self.read_request(turn, capability)?)?;
        let body = pending.request().as_str().as_bytes().to_vec();
        Ok(Message { head: PresentAnswer::Request, body })
    }

    fn take_page(&mut self, turn: &Turn<'_>, page: Page) -> Result<Message<PresentAnswer>, CoreError> {
        let (capability, hash) = (page.capability, page.hash);
        let record = self.requests.get(capability)?;
        //= spec/text/wire.md#REQ-WIRE-7
        //# The same presentation sent again gets the same outcome; any other is `request.used`.
        if let Some(answered) = record.answered {
            if answered.presentation != hash {
                return Err(Fault::new(Reason::NonceUsed, "request").into());
            }
            return outcome(&read_decision(turn.store, capability)?);
        }
        listing::check_not_revoked(turn.store, record.id)?;
        record.check_open(turn.now)?;
        match self.requests.uploads.take(page, turn.now)? {
            Some(bytes) => self.decide(turn, capability, &bytes, hash),
            None => Ok(Message::new(PresentAnswer::More)),
        }
    }

    fn decide(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        bytes: &[u8],
        presentation: Hash,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        let mut stored = self.read_request(turn, capability)?;
        let pending = self.pending(turn, &stored)?;
        let request = pending.request().request();
        let mut nonces = Staged { used: &self.requests.nonces, taken: None };
        let decision = match listing::policy_of(turn.store, stored.id)? {
            //= spec/text/local-api.md#REQ-API-8
            //# A presentation MUST be judged by the policy as it was when the request was made
            Some(NamedPolicy { policy, .. }) => {
                let general = std::mem::replace(&mut self.sources.policy, policy);
                let decision = faam_verifier::finish(&pending, bytes, &self.sources, &mut nonces, turn.now);
                self.sources.policy = general;
                decision
            }
            None => faam_verifier::finish(&pending, bytes, &self.sources, &mut nonces, turn.now),
        };
        let document = decision.document();
        tracing::info!(
            outcome = ?document.outcome,
            code = document.reasons.first().map_or("", |reason| reason.code.code()),
            "a presentation was judged"
        );

        let receipt = Receipt::new(pending.request(), bytes, document);
        let answered = Answered { presentation, delete_by: receipt.delete_by };
        let kept = StoredDecision {
            v: 0,
            delete_by: answered.delete_by,
            decision: document.clone(),
            hint: decision.hint().map(str::to_owned),
            receipt: receipt.sign(&self.signer)?,
        };
        // Whatever was decided, this request is over: its nonce is consumed with the decision or not at all.
        let nonce = (request.nonce.clone(), request.expires);
        let event = (document.outcome, document.reasons.first().map(|reason| reason.code));
        let event = NewEvent::decision(stored.id, turn.now, event);
        let (told, event) = self.decided(turn, stored.id, (answered.delete_by, event))?;
        let mut changes = remember(&mut self.sources, &document.remember);
        changes.extend(told);
        changes.push(Change::put(Table::NONCES, nonce.0.as_bytes(), json(&nonce.1)?));
        changes.push(Change::put(Table::DECISIONS, *capability.as_bytes(), json(&kept)?));
        stored.answered = Some(answered);
        changes.push(Change::put(Table::REQUESTS, *capability.as_bytes(), json(&stored)?));
        //= spec/text/wire.md#REQ-WIRE-7
        //# A node MUST judge one presentation for each request, whatever the outcome, and keep the decision
        //# before it tells it.
        self.commit(turn, changes)?;
        self.outbox.keep(event);
        self.endings += 1;
        self.requests.nonces.insert(nonce.0, nonce.1);
        self.requests.uploads.end(capability);
        self.requests.records.insert(capability, stored.record());
        outcome(&kept)
    }

    /// Ends an open request that is taken back, and whatever has come of an answer to it.
    pub(super) fn end_request(&mut self, turn: &Turn<'_>, id: Hash) -> Result<Vec<Change>, CoreError> {
        let Some(capability) = self.requests.by_id.get(&id).copied() else {
            return Err(stored(Fault::new(Reason::StoreDamaged, "request")));
        };
        let mut stored = self.read_request(turn, capability)?;
        stored.ended = true;
        self.requests.uploads.end(capability);
        self.requests.records.insert(capability, stored.record());
        Ok(vec![Change::put(Table::REQUESTS, *capability.as_bytes(), json(&stored)?)])
    }

    pub(super) fn read_request(
        &self,
        turn: &Turn<'_>,
        capability: Capability,
    ) -> Result<StoredRequest, CoreError> {
        let bytes = turn.store.get(Table::REQUESTS, capability.as_bytes())?;
        StoredRequest::read(&bytes.ok_or_else(|| stored(Fault::new(Reason::StoreDamaged, "request")))?)
    }

    fn pending(&self, turn: &Turn<'_>, request: &StoredRequest) -> Result<Pending, CoreError> {
        //= spec/text/verifying.md#REQ-VERIFY-13
        //# `pending`'s signature MUST be verified again when it is read back.
        Ok(Pending::from_bytes(&json(&request.pending)?, &self.sources.histories, turn.now)?)
    }
}

impl Requests {
    pub(super) fn load(store: &dyn Storage) -> Result<Self, CoreError> {
        let mut requests = Self::default();
        for (id, value) in store.scan(Table::REQUESTS)? {
            let capability = capability_of(id)?;
            let record = StoredRequest::read(&value)?.record();
            requests.by_id.insert(record.id, capability);
            requests.records.insert(capability, record);
        }
        for (id, value) in store.scan(Table::NONCES)? {
            let nonce = String::from_utf8(id);
            let nonce = nonce.map_err(|_| stored(Fault::new(Reason::StoreDamaged, "nonce")))?;
            requests.nonces.insert(nonce, parse(&value, 64, "nonce").map_err(stored)?);
        }
        Ok(requests)
    }

    /// Every request: its id, until when it can be answered, and when what was decided is deleted.
    pub(super) fn all(&self) -> Vec<(Hash, Timestamp, Option<Timestamp>)> {
        let delete_by = |record: &Record| record.answered.map(|answered| answered.delete_by);
        self.records.values().map(|record| (record.id, record.expires, delete_by(record))).collect()
    }

    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        let is_open = |record: &&Record| record.answered.is_none() && !record.is_over(now);
        let open = self.records.values().filter(is_open).count();
        Counts { open, ended: self.records.len() - open }
    }

    /// Ends what was not answered, and gives it.
    pub(super) fn end_all(&mut self) -> Vec<Capability> {
        for record in self.records.values_mut() {
            record.ended = record.answered.is_none();
        }
        self.records.iter().filter(|(_, record)| record.ended).map(|(capability, _)| *capability).collect()
    }

    /// Forgets what ended long ago and what was to be kept no longer; gives what has to be deleted.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Change> {
        self.uploads.sweep(now);
        let over = |record: &Record| {
            let end = record.expires.plus(AFTERLIFE);
            now >= record.answered.map_or(end, |answered| answered.delete_by)
        };
        let gone: Vec<(Capability, Hash)> = self
            .records
            .iter()
            .filter(|(_, record)| over(record))
            .map(|(capability, record)| (*capability, record.id))
            .take(SWEEP)
            .collect();
        let mut changes = Vec::new();
        for (capability, id) in gone {
            self.records.remove(&capability);
            self.by_id.remove(&id);
            changes.push(Change::delete(Table::REQUESTS, *capability.as_bytes()));
            changes.push(Change::delete(Table::DECISIONS, *capability.as_bytes()));
            changes.extend(listing::deleted(id));
        }
        let late: Vec<String> =
            self.nonces.iter().filter(|(_, end)| now >= **end).map(|(n, _)| n.clone()).take(SWEEP).collect();
        for nonce in late {
            self.nonces.remove(&nonce);
            changes.push(Change::delete(Table::NONCES, nonce));
        }
        changes
    }

    fn get(&self, capability: Capability) -> Result<&Record, Fault> {
        //= spec/text/wire.md#REQ-WIRE-9
        //# Of a capability that is not known, nothing MUST be said but `offer.unknown` or `request.unknown`
        self.records.get(&capability).ok_or(Fault::new(Reason::RequestUnknown, "capability"))
    }
}

impl Record {
    fn check_open(&self, now: Timestamp) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        if self.is_over(now) { refuse(Reason::RequestExpired, "request") } else { Ok(()) }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ended || now >= self.expires
    }
}

impl StoredRequest {
    fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let request: Self = parse(bytes, MAX_RECORD_BYTES, "request").map_err(stored)?;
        if request.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "request")));
        }
        Ok(request)
    }

    const fn record(&self) -> Record {
        Record { id: self.id, expires: self.expires, answered: self.answered, ended: self.ended }
    }
}

impl StoredDecision {
    fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let decision: Self = parse(bytes, MAX_DECISION_BYTES, "decision").map_err(stored)?;
        if decision.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "decision")));
        }
        Ok(decision)
    }
}

/// Nonces of this node, and the one that is taken if the commit that follows succeeds.
struct Staged<'a> {
    used: &'a BTreeMap<String, Timestamp>,
    taken: Option<String>,
}

impl NonceStore for Staged<'_> {
    fn consume(&mut self, nonce: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
        //= spec/text/verifying.md#REQ-VERIFY-12
        //# A nonce MUST be consumed atomically and once
        if self.used.contains_key(nonce) || self.taken.is_some() {
            return Ok(false);
        }
        self.taken = Some(nonce.to_owned());
        Ok(true)
    }
}

fn read_decision(store: &dyn Storage, capability: Capability) -> Result<StoredDecision, CoreError> {
    let bytes = store.get(Table::DECISIONS, capability.as_bytes())?;
    StoredDecision::read(&bytes.ok_or_else(|| stored(Fault::new(Reason::StoreDamaged, "decision")))?)
}

fn outcome(kept: &StoredDecision) -> Result<Message<PresentAnswer>, CoreError> {
    let mut told = PresentOutcome { decision: kept.decision.for_holder(), receipt: kept.receipt.clone() };
    told.decision.reasons.truncate(MAX_TOLD_REASONS);
    let body = json(&told)?;
    if body.len() > MAX_OUTCOME_BYTES {
        return Err(Fault::new(Reason::Internal, "outcome").into());
    }
    Ok(Message { head: PresentAnswer::Decided, body })
}

fn capability_of(id: Vec<u8>) -> Result<Capability, CoreError> {
    let bytes = id.try_into().map_err(|_| stored(Fault::new(Reason::StoreDamaged, "capability")))?;
    Ok(Capability::from_bytes(bytes))
}
