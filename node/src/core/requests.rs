//! `/faam/present/1`: one request, one answer, one decision (A17).
//!
//! ```text
//! fetch ──► the signed request ──► answer, page by page ──► the decision and its receipt
//! ```
//! A request gets exactly one decision, whatever it is. Nonce, decision and receipt are stored in one commit before anything
//! of them leaves; whoever sends the same answer again, because the reply was lost, gets the same reply.
//!
//! Nothing of a request is kept in memory but the pages of an answer that is on its way: what is stored counts, also where other
//! daemons write to the same store. Whoever judged an answer that somebody else decided in the meantime tells what was stored.

use faam_spec::decision::{DecisionDocument, Outcome};
use faam_spec::encoding::{json, parse};
use faam_spec::erasure::{self, ErasureState};
use faam_spec::hash::{Capability, Hash};
use faam_spec::limits::{
    MAX_OUTCOME_BYTES, MAX_PURPOSE_BYTES, MAX_REQUEST_BYTES, MAX_REQUEST_LIFE, MAX_RETENTION_DAYS,
};
use faam_spec::link::{Link, LinkKind};
use faam_spec::openid4vp::VpLink;
use faam_spec::query::Query;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::receipt::Receipt;
use faam_spec::request::Ask;
use faam_spec::time::Timestamp;
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome};
use faam_spec::words::Lang;
use faam_verifier::Pending;
use serde::{Deserialize, Serialize};

use super::erasing::StoredErasure;
use super::error::CoreError;
use super::listing::{self, NamedPolicy, Row, Standing};
use super::memory::stored;
use super::offers::report;
use super::outbox::NewEvent;
use super::posted::Way;
use super::storage::{Change, Storage, StorageError, Table};
use super::stores::{Staged, nonce_change};
use super::uploads::{Page, Uploads};
use super::{Core, Counts, PeerInfo, SWEEP, Turn};

/// Most requests that are open at once.
//= spec/text/local-api.md#REQ-API-21
//# At most 20,000 requests MUST be open at once
const MAX_OPEN: usize = 20_000;
/// Most requests that are kept at once, those that have ended and wait for their deletion included.
const MAX_KEPT: usize = 100_000;
/// For how long a count of open requests is good at most, in seconds, and then they are counted again.
const COUNT_AGE: i64 = 60;
/// Largest stored request, in bytes: the request and its frame.
const MAX_RECORD_BYTES: usize = 2 * MAX_REQUEST_BYTES;
/// Largest stored decision, in bytes: what a presentation can hold, once as facts and once as public artefacts.
const MAX_DECISION_BYTES: usize = 16 * 1024 * 1024;
/// How often an answer is judged again because what the judgement rests on was changed meanwhile.
pub(super) const MAX_TRIES: u32 = 8;
/// For how long an answer that was judged is read once more by HTTP, in seconds.
//= spec/text/openid4vp.md#REQ-VP-22
//# one to a request that has ended too, unless it was judged within the last 10 minutes
const TOLD_AGAIN: i64 = 600;
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
    /// The link for wallets that answer by HTTP, where this node takes such answers.
    pub openid4vp: Option<VpLink>,
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
        /// The same in Dutch; older programs stored none.
        hint_nl: Option<String>,
        /// The receipt, as signed.
        receipt: String,
        /// When this is deleted here.
        delete_by: Timestamp,
        /// What was signed when its erasure was asked for and it is kept.
        erasure: Option<String>,
    },
    /// It was answered and judged, and what was shown is erased.
    Erased {
        /// When.
        at: Timestamp,
        /// How it was decided.
        outcome: Outcome,
        /// What was signed about it.
        statement: String,
        /// When this is deleted here too.
        delete_by: Timestamp,
    },
}

/// What is held in memory of requests: answers that are on their way.
#[derive(Debug, Default)]
pub(super) struct Requests {
    uploads: Uploads,
    /// How many more may be opened before they are counted again, and until when that is good.
    room: Option<(Timestamp, usize)>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) presentation: Hash,
    pub(super) delete_by: Timestamp,
    /// What shows that somebody had the presentation; older programs stored none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) erasure: Option<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRequest {
    v: u8,
    pub(super) id: Hash,
    expires: Timestamp,
    pub(super) answered: Option<Answered>,
    #[serde(default)]
    ended: bool,
    /// What became of the question that it be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) erasure: Option<StoredErasure>,
    pending: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredDecision {
    v: u8,
    delete_by: Timestamp,
    decision: DecisionDocument,
    /// Older programs stored none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// In Dutch; older programs stored none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint_nl: Option<String>,
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
        if let Some(unbelieved) = self.sources.trust.unbelieved(&terms.query) {
            return Err(CoreError::Unbelieved(unbelieved));
        }
        self.requests.check_room(turn)?;
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
        let stored =
            StoredRequest { v: 0, id, expires, answered: None, ended: false, erasure: None, pending };
        let mut changes = listing::made(id, capability, (turn.now, expires), policy)?;
        changes.push(Change::create(Table::REQUESTS, *capability.as_bytes(), json(&stored)?));
        self.commit(turn, changes)?;
        self.requests.room = self.requests.room.map(|(until, room)| (until, room.saturating_sub(1)));
        self.tally.requests_made += 1;
        Ok(NewRequest { id, link, openid4vp: self.posted_link(capability)?, expires })
    }

    /// The query with the issuers named whom this node believes for it, wherever it names none.
    ///
    /// # Errors
    /// As [`faam_verifier::Trust::name_issuers`].
    pub fn name_issuers(&self, query: Query) -> Result<Query, CoreError> {
        Ok(self.sources.trust.name_issuers(query)?)
    }

    /// Where a request stands; none if there is no such request (any more).
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn request_state(&self, turn: &Turn<'_>, id: Hash) -> Result<Option<RequestState>, CoreError> {
        self.check_running()?;
        let Some(row) = Row::find(turn.store, id)? else { return Ok(None) };
        Ok(match row.standing(turn.now) {
            Standing::Decided | Standing::Erased if row.delete_by.is_some_and(|end| turn.now >= end) => None,
            Standing::Erased => {
                let (stored, _) = read_request(turn.store, row.capability)?;
                let erased = |done: StoredErasure| {
                    let StoredErasure { at, outcome, statement, .. } = done;
                    Some(RequestState::Erased { at, outcome, statement, delete_by: row.delete_by? })
                };
                stored.erasure.and_then(erased)
            }
            Standing::Decided => match read_decision(turn.store, row.capability) {
                Ok(StoredDecision { decision, hint, hint_nl, receipt, delete_by, .. }) => {
                    let decision = Box::new(decision);
                    let erasure = read_request(turn.store, row.capability)?.0.erasure;
                    let erasure = erasure.map(|done| done.statement);
                    Some(RequestState::Decided { decision, hint, hint_nl, receipt, delete_by, erasure })
                }
                // Somebody else may have deleted all of it just now.
                Err(_) if Row::find(turn.store, id)?.is_none() => None,
                Err(error) => return Err(error),
            },
            Standing::Revoked => Some(RequestState::Revoked),
            Standing::Expired => Some(RequestState::Expired),
            Standing::Open => Some(RequestState::Open { expires: row.expires }),
        })
    }

    /// Answers a message on `/faam/present/1`.
    pub fn on_present_message(&mut self, turn: &mut Turn<'_>, from: PeerInfo, payload: &[u8]) -> Vec<u8> {
        let answer = match self.present_answer(turn, from, payload) {
            Ok(answer) => answer,
            Err(error) => {
                report("present", &error);
                self.tally.refused("present", error.reason());
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
            PresentAsk::Erase { capability, proof } if ask.body.is_empty() => {
                self.erase(turn, capability, proof)
            }
            PresentAsk::Erase { .. } => Err(Fault::new(Reason::WireMessage, "body").into()),
        }
    }

    pub(super) fn fetch(
        &self,
        turn: &Turn<'_>,
        capability: Capability,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        let (request, _) = read_request(turn.store, capability)?;
        if request.answered.is_some() {
            return Err(Fault::new(Reason::NonceUsed, "request").into());
        }
        listing::check_not_revoked(turn.store, request.id)?;
        request.check_open(turn.now)?;
        let pending = self.pending(turn, &request)?;
        let body = pending.request().as_str().as_bytes().to_vec();
        Ok(Message { head: PresentAnswer::Request, body })
    }

    fn take_page(&mut self, turn: &Turn<'_>, page: Page) -> Result<Message<PresentAnswer>, CoreError> {
        let (capability, hash) = (page.capability, page.hash);
        if let Some(told) = Self::told_before(turn, capability, hash)? {
            return Ok(told);
        }
        match self.requests.uploads.take(page, turn.now)? {
            Some(bytes) => self.decide(turn, capability, &bytes, hash, Way::Peer),
            None => Ok(Message::new(PresentAnswer::More)),
        }
    }

    /// What was told to whoever sent the same before; nothing while the request is open.
    pub(super) fn told_before(
        turn: &Turn<'_>,
        capability: Capability,
        hash: Hash,
    ) -> Result<Option<Message<PresentAnswer>>, CoreError> {
        let (request, _) = read_request(turn.store, capability)?;
        if let Some(told) = told_before(turn.store, &request, capability, hash)? {
            return Ok(Some(told));
        }
        listing::check_not_revoked(turn.store, request.id)?;
        request.check_open(turn.now)?;
        Ok(None)
    }

    /// Whether reading an answer is worth anything: the request is open, or was decided a moment ago, so that a wallet which lost the
    /// outcome may ask for it again.
    pub(super) fn check_answerable(turn: &Turn<'_>, capability: Capability) -> Result<(), CoreError> {
        let (request, _) = read_request(turn.store, capability)?;
        if request.answered.is_none() {
            listing::check_not_revoked(turn.store, request.id)?;
            return Ok(request.check_open(turn.now)?);
        }
        if request.is_erased() {
            return Err(Fault::new(Reason::NonceUsed, "request").into());
        }
        let decided = read_decision(turn.store, capability)?.decision.at;
        if turn.now.since(decided) > TOLD_AGAIN {
            return Err(Fault::new(Reason::NonceUsed, "request").into());
        }
        Ok(())
    }

    /// The digest by which a request is known here.
    pub(super) fn request_id(turn: &Turn<'_>, capability: Capability) -> Result<Hash, CoreError> {
        Ok(read_request(turn.store, capability)?.0.id)
    }

    pub(super) fn decide(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        bytes: &[u8],
        presentation: Hash,
        way: Way,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        for _ in 0..MAX_TRIES {
            match self.try_decide(turn, capability, bytes, presentation, way) {
                // Another daemon was first with this request, or learned something that counts for it.
                Err(CoreError::Storage(StorageError::Conflict)) => {}
                other => return other,
            }
        }
        Err(Fault::new(Reason::NetBusy, "request").into())
    }

    fn try_decide(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
        bytes: &[u8],
        presentation: Hash,
        way: Way,
    ) -> Result<Message<PresentAnswer>, CoreError> {
        let (mut stored, before) = read_request(turn.store, capability)?;
        if let Some(told) = told_before(turn.store, &stored, capability, presentation)? {
            return Ok(told);
        }
        listing::check_not_revoked(turn.store, stored.id)?;
        stored.check_open(turn.now)?;
        self.known.refresh(&mut self.sources, turn.store)?;
        let pending = self.pending(turn, &stored)?;
        let request = pending.request().request();
        let mut nonces = Staged::new(turn.store);
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
        // That it could not be said is this machine's trouble, and no decision about what was shown.
        nonces.check()?;
        let document = decision.document();
        tracing::info!(
            outcome = ?document.outcome,
            code = document.reasons.first().map_or("", |reason| reason.code.code()),
            "a presentation was judged"
        );

        // The receipt names the request object that the wallet saw.
        let receipt = match way {
            Way::Peer => Receipt::new(pending.request(), bytes, document),
            Way::Post => Receipt::new(&self.posted(pending.request(), capability)?, bytes, document),
        };
        //= spec/text/erasure.md#REQ-ERASE-1
        //# A node MUST take the bytes that it judged, whatever it made of them.
        let answered =
            Answered { presentation, delete_by: receipt.delete_by, erasure: Some(erasure::proof(bytes)) };
        let kept = StoredDecision {
            v: 0,
            delete_by: answered.delete_by,
            decision: document.clone(),
            hint: decision.hint().map(str::to_owned),
            hint_nl: decision.hint_in(Lang::Nl).map(str::to_owned),
            receipt: receipt.sign(&self.signer)?,
        };
        let (mut changes, _) = self.known.remember(&mut self.sources, document)?;
        // Whatever was decided, this request is over: its nonce is consumed with the decision or not at all.
        changes.push(nonce_change(&request.nonce, request.expires)?);
        let event = (document.outcome, document.reasons.first().map(|reason| reason.code));
        let event = NewEvent::decision(stored.id, turn.now, event);
        let (told, event) = self.decided(turn, stored.id, (answered.delete_by, event))?;
        changes.extend(told);
        changes.push(Change::put(Table::DECISIONS, *capability.as_bytes(), json(&kept)?));
        stored.answered = Some(answered);
        changes.push(stored.replace(capability, before)?);
        //= spec/text/wire.md#REQ-WIRE-7
        //# A node MUST judge one presentation for each request, whatever the outcome, and keep the decision
        //# before it tells it.
        self.commit(turn, changes)?;
        self.outbox.keep(event, turn);
        self.endings += 1;
        self.tally.decided(document.outcome, document.reasons.first().map(|reason| reason.code));
        self.requests.uploads.end(capability);
        outcome(&kept)
    }

    /// Ends an open request that is taken back, and whatever has come of an answer to it.
    pub(super) fn end_request(
        &mut self,
        turn: &Turn<'_>,
        capability: Capability,
    ) -> Result<Change, CoreError> {
        let (mut request, before) = read_request(turn.store, capability)?;
        request.ended = true;
        self.requests.uploads.end(capability);
        request.replace(capability, before)
    }

    /// Ends what was not answered, in a store that was restored from a backup: one change for each.
    pub(super) fn end_requests(turn: &Turn<'_>) -> Result<Vec<Change>, CoreError> {
        let mut changes = Vec::new();
        for (id, before) in turn.store.scan(Table::REQUESTS)? {
            let mut stored = StoredRequest::read(&before)?;
            if stored.answered.is_none() {
                stored.ended = true;
                changes.push(stored.replace(capability_of(id)?, before)?);
            }
        }
        Ok(changes)
    }

    fn pending(&self, turn: &Turn<'_>, request: &StoredRequest) -> Result<Pending, CoreError> {
        //= spec/text/verifying.md#REQ-VERIFY-13
        //# `pending`'s signature MUST be verified again when it is read back.
        Ok(Pending::from_bytes(&json(&request.pending)?, &self.sources.histories, turn.now)?)
    }
}

impl Requests {
    /// Whether one more may be opened. Few are counted quickly; of more, the open ones are told apart only now and then.
    fn check_room(&mut self, turn: &Turn<'_>) -> Result<(), CoreError> {
        let kept = turn.store.count(Table::REQUEST_ROWS)?;
        if kept >= MAX_KEPT {
            return Err(CoreError::TooManyKept(MAX_KEPT));
        }
        let known = self.room.filter(|(until, _)| turn.now < *until && until.since(turn.now) <= COUNT_AGE);
        if kept < MAX_OPEN || known.is_some_and(|(_, room)| room > 0) {
            return Ok(());
        }
        let room = MAX_OPEN.saturating_sub(Self::counts(turn)?.open);
        if room == 0 {
            return Err(CoreError::TooMany("20,000 requests"));
        }
        self.room = Some((turn.now.plus(COUNT_AGE), room));
        Ok(())
    }

    /// How many are kept.
    pub(super) fn counts(turn: &Turn<'_>) -> Result<Counts, CoreError> {
        let mut counts = Counts { open: 0, ended: 0 };
        for (_, row) in listing::all(turn.store)? {
            match row.standing(turn.now) {
                Standing::Open => counts.open += 1,
                _ => counts.ended += 1,
            }
        }
        Ok(counts)
    }

    /// Gives what has to be deleted of what ended long ago and what was to be kept no longer, in commits of their own: where
    /// several daemons sweep, one is first.
    ///
    /// Where events are told, what was not told yet stays until it is.
    pub(super) fn sweep(&mut self, turn: &Turn<'_>, tells: bool) -> Result<Vec<Vec<Change>>, CoreError> {
        let now = turn.now;
        self.uploads.sweep(now);
        let mut requests = Vec::new();
        let over = listing::all(turn.store)?.into_iter().filter(|(_, row)| row.is_over(now, tells));
        for (id, row) in over.take(SWEEP) {
            requests.extend(listing::deleted(id, &row)?);
        }
        let mut nonces = Vec::new();
        for (nonce, end) in turn.store.scan(Table::NONCES)? {
            let end: Timestamp = parse(&end, 64, "nonce").map_err(stored)?;
            if now >= end && nonces.len() < SWEEP {
                nonces.push(Change::delete(Table::NONCES, nonce));
            }
        }
        Ok(vec![requests, nonces])
    }
}

impl StoredRequest {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let request: Self = parse(bytes, MAX_RECORD_BYTES, "request").map_err(stored)?;
        if request.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "request")));
        }
        Ok(request)
    }

    fn check_open(&self, now: Timestamp) -> Result<(), Fault> {
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        if self.ended || now >= self.expires { refuse(Reason::RequestExpired, "request") } else { Ok(()) }
    }

    /// Whether what was shown is erased.
    fn is_erased(&self) -> bool {
        self.erasure.as_ref().is_some_and(|done| done.state == ErasureState::Erased)
    }

    /// The change that puts this in the place of what was stored `before`, if it still is.
    pub(super) fn replace(&self, capability: Capability, before: Vec<u8>) -> Result<Change, CoreError> {
        Ok(Change::put(Table::REQUESTS, *capability.as_bytes(), json(self)?).if_still(before))
    }

    /// How it stands, for a row of it: when it ends, and until when a decision is kept.
    pub(super) fn ends(&self, now: Timestamp) -> (Hash, Timestamp, Option<Timestamp>) {
        let expires = if self.ended { self.expires.min(now) } else { self.expires };
        (self.id, expires, self.answered.map(|answered| answered.delete_by))
    }
}

impl StoredDecision {
    /// How it was decided.
    pub(super) fn outcome(&self) -> Outcome {
        self.decision.outcome
    }

    fn read(bytes: &[u8]) -> Result<Self, CoreError> {
        let decision: Self = parse(bytes, MAX_DECISION_BYTES, "decision").map_err(stored)?;
        if decision.v != 0 {
            return Err(stored(Fault::new(Reason::UnsupportedVersion, "decision")));
        }
        Ok(decision)
    }
}

/// A request, and the bytes of it that are stored.
pub(super) fn read_request(
    store: &dyn Storage,
    capability: Capability,
) -> Result<(StoredRequest, Vec<u8>), CoreError> {
    //= spec/text/wire.md#REQ-WIRE-9
    //# Of a capability that is not known, nothing MUST be said but `offer.unknown` or `request.unknown`
    let bytes = store.get(Table::REQUESTS, capability.as_bytes())?;
    let bytes = bytes.ok_or(Fault::new(Reason::RequestUnknown, "capability"))?;
    Ok((StoredRequest::read(&bytes)?, bytes))
}

/// What was told of this answer before, if the request is answered.
fn told_before(
    store: &dyn Storage,
    request: &StoredRequest,
    capability: Capability,
    presentation: Hash,
) -> Result<Option<Message<PresentAnswer>>, CoreError> {
    let Some(answered) = request.answered else { return Ok(None) };
    //= spec/text/wire.md#REQ-WIRE-7
    //# The same presentation sent again gets the same outcome; any other is `request.used`.
    if answered.presentation != presentation || request.is_erased() {
        return Err(Fault::new(Reason::NonceUsed, "request").into());
    }
    outcome(&read_decision(store, capability)?).map(Some)
}

pub(super) fn read_decision(
    store: &dyn Storage,
    capability: Capability,
) -> Result<StoredDecision, CoreError> {
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

pub(super) fn capability_of(id: Vec<u8>) -> Result<Capability, CoreError> {
    let bytes = id.try_into().map_err(|_| stored(Fault::new(Reason::StoreDamaged, "capability")))?;
    Ok(Capability::from_bytes(bytes))
}
