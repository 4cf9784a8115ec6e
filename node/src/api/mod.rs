//! The local HTTP interface (version 0): for a market's own programs on the same machine, in any language.
//!
//! | call | does |
//! |---|---|
//! | `POST /v0/events` | applies rating events, JSON Lines, at most 4 MiB |
//! | `POST /v0/offers` | makes an offer: link and session code |
//! | `POST /v0/requests` | makes a request: link and id |
//! | `GET /v0/requests` | lists requests |
//! | `GET /v0/requests/{id}` | where a request stands, and its decision; can wait for it |
//! | `DELETE /v0/requests/{id}` | takes a request back |
//! | `GET /v0/policies` | policies that requests can name |
//! | `GET /v0/webhook`, `POST /v0/webhook/{id}` | what the webhook has not taken; sends it again |
//! | `GET /v0/keys`, `POST /v0/keys`, `DELETE /v0/keys/{name}`, `POST /v0/keys/{name}/rotate` | access keys |
//! | `GET /v0/status` | what the node is doing |
//! | `GET /v0/epoch` | the market's newest epoch record, as signed |
//! | `POST /v0/close` | closes the market with its final record, now or as the next epoch begins |
//! | `DELETE /v0/close` | takes back a close that has not come yet |
//! | `GET /v0/openapi.json` | all of this, for programs |
//! | `GET /healthz`, `GET /readyz` | whether it runs, and can take calls; need no key |
//!
//! Every other call needs `Authorization: Bearer` and the key in `api.key`, or a named key that may do it. `Host` must be a loopback address or
//! `localhost` with the right port, and `Origin`, if there is one, the same. Errors are `{"code", "sentence"}`.
//! `spec/text/local-api.md` has it all with examples.

mod asked;
mod calls;
mod guard;
mod health;
mod hook;
mod keyring;
mod listener;
mod metrics;
mod openapi;
mod types;
mod views;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use faam_spec::encoding::parse_value;
use faam_spec::name::{safe_json, shown};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_verifier::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

pub use self::types::{
    BadMember, CloseView, CountsView, EpochBody, ErrorBody, EventsApplied, MarketView, OfferBody, OfferMade,
    PrivateView, RequestBody, RequestMade, RequestView, StatusView,
};

pub use self::keyring::keys_view;
pub use self::openapi::openapi;
pub use self::views::{
    EventView, KeyBody, KeyMade, KeyView, KeysView, PoliciesView, PolicyView, RequestRow, RequestShown,
    RequestsView, RevokedView, RotateBody, WebhookView,
};

use self::asked::{MAX_WAITING, Place};
use self::calls::{Needs, routes};
use self::guard::Guard;
pub(crate) use self::listener::Bounded;
use self::listener::Patience;
use crate::core::keys::{AccessKeys, Caller, May, hash};
use crate::core::{
    Applied, Closing, Core, CoreError, Counts, EpochView, FirstError, OfferTerms, OwnName, RequestTerms,
    StorageError, Turn,
};
use crate::daemon::{Busy, Clock, CoreHandle};
use crate::metrics::Metrics;

/// Largest body of `POST /v0/events`, in bytes.
pub const MAX_EVENTS_BYTES: usize = 4 * 1024 * 1024;
/// Largest body of other calls, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Calls that are worked on at once; further ones are refused.
//= spec/text/local-api.md#REQ-API-4
//# 16 calls at once, each for 60 s at most (`503` `net.busy`)
const MAX_CALLS: usize = 16;
/// Time for a whole call.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Events that go into the core, and into the store, at once: others get their turn in between.
const EVENTS_AT_ONCE: usize = 250;
/// Most that is shown of a member's name that nobody knows, in bytes.
const MAX_SHOWN_MEMBER: usize = 64;
/// Most that is shown of what the reader of JSON said, in bytes.
const MAX_SHOWN_ERROR: usize = 400;

struct Api {
    clock: Clock,
    core: CoreHandle,
    guard: Guard,
    calls: Arc<Semaphore>,
    waiting: Semaphore,
    keys: tokio::sync::Mutex<AccessKeys>,
    key_file: PathBuf,
    policies: watch::Receiver<Arc<Policies>>,
    webhook: Option<String>,
    endings: watch::Receiver<u64>,
    closing: watch::Receiver<()>,
    metrics: Arc<Metrics>,
    names: Vec<(&'static str, &'static str, &'static str)>,
}

impl Api {
    fn now(&self) -> Result<Timestamp, Problem> {
        self.clock.now().map_err(Problem::from)
    }

    /// Whether the daemon is about to end.
    fn is_closing(&self) -> bool {
        self.closing.has_changed().unwrap_or(true)
    }
}

/// Policies by the names by which requests name them.
pub type Policies = BTreeMap<OwnName, Policy>;

/// What the local interface is made of, beside the core.
#[derive(Debug)]
pub struct Settings {
    /// The clock that it goes by.
    pub clock: Clock,
    /// What stands in `api.key`.
    pub key: Zeroizing<String>,
    /// That file.
    pub key_file: PathBuf,
    /// The named keys.
    pub keys: AccessKeys,
    /// Policies that requests can name, as they are now.
    pub policies: watch::Receiver<Arc<Policies>>,
    /// Where the node calls back, as it is shown.
    pub webhook: Option<String>,
    /// Changes when a request is open no longer.
    pub endings: watch::Receiver<u64>,
    /// Changes when the daemon is to end.
    pub closing: watch::Receiver<()>,
    /// The node's numbers.
    pub metrics: Arc<Metrics>,
}

/// Serves the local interface on `listener` until `stop` ends and the calls under way are answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    core: CoreHandle,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let Settings { clock, key, key_file, keys, policies, webhook, endings, closing, metrics } = settings;
    let guard = Guard::new(listener.local_addr()?.port(), hash(&key), keys.clone());
    let api = Arc::new(Api {
        clock,
        core,
        guard,
        calls: Arc::new(Semaphore::new(MAX_CALLS)),
        waiting: Semaphore::new(MAX_WAITING),
        keys: tokio::sync::Mutex::new(keys),
        key_file,
        policies,
        webhook,
        endings,
        closing,
        metrics,
        names: metrics::names(),
    });
    let service = router(api).into_make_service_with_connect_info::<Patience>();
    axum::serve(Bounded::new(listener), service).with_graceful_shutdown(stop).await
}

fn router(api: Arc<Api>) -> Router {
    let (mut open, mut keyed) = (Router::new(), Router::new());
    for (call, handler) in routes() {
        match call.needs {
            Needs::Nothing => open = open.route(call.path, handler),
            needs => {
                let may = middleware::from_fn(move |request, next| check_may(needs, request, next));
                keyed = keyed.route(call.path, handler.route_layer(may));
            }
        }
    }
    //= spec/text/local-api.md#REQ-API-3
    //# Every call but `/healthz` and `/readyz` MUST have `Authorization: Bearer`
    let keyed = keyed.layer(middleware::from_fn_with_state(Arc::clone(&api), check_key));
    open.merge(keyed)
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, Reason::InputMalformed, "there is no such call")
        })
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                Reason::InputMalformed,
                "this call has another method",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&api), metrics::count))
        .layer(middleware::from_fn_with_state(Arc::clone(&api), check_place))
        .with_state(api)
}

/// The outermost check: place, number of calls, time.
async fn check_place(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let busy = |sentence| Problem::new(StatusCode::SERVICE_UNAVAILABLE, Reason::NetBusy, sentence);
    if let Err(reason) = api.guard.check_place(request.uri(), request.headers()) {
        return hardened(Problem::of(reason).into_response());
    }
    // That the process runs can be said however busy it is.
    let place = match (request.uri().path(), Arc::clone(&api.calls).try_acquire_owned()) {
        (_, Ok(place)) => Some(place),
        ("/healthz", Err(_)) => None,
        (_, Err(_)) => {
            return hardened(
                busy("too many calls are being worked on; try again in a moment").into_response(),
            );
        }
    };
    let place = Place(Arc::new(Mutex::new(place)));
    request.extensions_mut().insert(place.clone());
    let answer = match tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => busy("the call took too long; it may have been done all the same").into_response(),
    };
    hardened(answer)
}

/// What a caller may do, as its key says.
#[derive(Clone)]
struct Allowed {
    owner: bool,
    may: Vec<May>,
}

async fn check_key(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let found = api.now().and_then(|now| match api.guard.check_key(request.headers(), now) {
        Ok((caller, may)) => Ok((caller, may, now)),
        Err(reason) => Err(Problem::of(reason)),
    });
    match found {
        Ok((caller, may, now)) => {
            request.extensions_mut().insert(Allowed { owner: caller == Caller::Owner, may });
            if api.guard.is_news(&caller, now.day()) {
                keyring::note_use(&api, caller, now);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn check_may(needs: Needs, request: Request, next: Next) -> Response {
    let allowed = request.extensions().get::<Allowed>();
    //= spec/text/local-api.md#REQ-API-15
    //# a call that the key may not make MUST be refused (`403` `api.forbidden`)
    let good = allowed.is_some_and(|allowed| match needs {
        Needs::Nothing | Needs::Key => true,
        Needs::May(may) => allowed.owner || allowed.may.contains(&may),
        Needs::Owner => allowed.owner,
    });
    if good { next.run(request).await } else { Problem::of(Reason::ApiForbidden).into_response() }
}

//= spec/text/local-api.md#REQ-API-5
//# Every answer MUST have `Cache-Control: no-store` and `X-Content-Type-Options: nosniff`.
fn hardened(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

async fn events(
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BodyRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(Problem::from)?;
    let text = match std::str::from_utf8(&body) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return Err(not_text(&body, error.valid_up_to())),
    };
    let mut lines = text.lines();
    let mut done = EventsApplied { applied: 0, new: 0 };
    let mut before = 0;
    loop {
        let some: Vec<String> = lines.by_ref().take(EVENTS_AT_ONCE).map(str::to_owned).collect();
        if some.is_empty() {
            return Ok(answer(StatusCode::OK, &done));
        }
        let count = u64::try_from(some.len()).unwrap_or(u64::MAX);
        let work = move |core: &mut Core, turn: &mut Turn<'_>| {
            core.apply_events(turn, some.iter().map(String::as_str))
        };
        let more = api.core.call(work).await.map_err(|busy| Problem::from(busy).after(done))?;
        let Applied { applied, new, first_error } = more.map_err(|error| Problem::from(error).after(done))?;
        done = EventsApplied { applied: done.applied + applied, new: done.new + new };
        //= spec/text/events.md#REQ-EVENT-10
        //# the events before it are applied and stored, it and all after it are not
        if let Some(FirstError { line, fault, member }) = first_error {
            let mut problem = Problem::from(fault).after(done);
            problem.body.line = Some(before + line);
            if let Some(member) = member {
                problem.body.sentence.push_str(&format!(" ('{}')", shown(&member, MAX_SHOWN_MEMBER)));
            }
            return Err(problem);
        }
        before += count;
    }
}

/// Of a body that is not UTF-8 nothing is applied, because its lines cannot be told apart with certainty.
fn not_text(body: &[u8], good: usize) -> Problem {
    let breaks = body.iter().take(good).filter(|byte| **byte == b'\n').count();
    let mut problem = Problem::from(Fault::new(Reason::EventMalformed, "utf8"));
    problem.body.sentence.push_str(" Nothing of this body was applied.");
    problem = problem.after(EventsApplied { applied: 0, new: 0 });
    problem.body.line = Some(u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1));
    problem
}

async fn offers(
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BodyRejection>,
) -> Result<Response, Problem> {
    let body: OfferBody = read(body)?;
    let account = body.account.parse().map_err(|_| {
        let why = "account: it has 1 to 128 printable ASCII characters without spaces";
        Problem::new(StatusCode::BAD_REQUEST, Reason::InputMalformed, why)
    })?;
    let terms = OfferTerms { account, life: body.life_seconds, rebind: body.rebind };
    let made = api.core.call(move |core, turn| core.create_offer(turn, terms)).await??;
    let answer = OfferMade { link: made.link.to_string(), code: made.code.reveal(), expires: made.expires };
    Ok(created(&answer))
}

async fn requests(
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BodyRejection>,
) -> Result<Response, Problem> {
    let body: RequestBody = read(body)?;
    let policy = body.policy.as_ref().map(|name| asked::policy_of(&api, name)).transpose()?;
    let query = match &policy {
        Some(named) => body.query_of(&named.policy)?,
        None => body.query()?,
    };
    let terms = RequestTerms {
        query,
        purpose: body.purpose,
        retention_days: body.retention_days,
        life: body.life_seconds,
    };
    let written = body.dcql_query.is_some();
    let make = move |core: &mut Core, turn: &mut Turn<'_>| {
        let mut terms = terms;
        if !written {
            //= spec/text/local-api.md#REQ-API-20
            //# A request by `policy`, `market` or `markets` MUST name the issuers that are believed for what is asked
            terms.query = core.name_issuers(terms.query)?;
        }
        core.create_request_under(turn, terms, policy)
    };
    let made = api.core.call(make).await??;
    Ok(created(&RequestMade {
        id: made.id,
        link: made.link.to_string(),
        openid4vp: made.openid4vp.map(|link| link.to_string()),
        expires: made.expires,
    }))
}

async fn status(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let (status, counts) = api.core.call(|core, turn| (core.status(), core.counts(turn))).await?;
    let (offers, requests) = counts?;
    let count = |number| u64::try_from(number).unwrap_or(u64::MAX);
    let view = |counts: Counts| CountsView { open: count(counts.open), ended: count(counts.ended) };
    let status = StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        peer: status.peer,
        addresses: status.addresses,
        verifier: status.verifier,
        market: status.market.map(|market| MarketView {
            id: market.id,
            issuer: market.issuer,
            accounts: count(market.accounts),
            epoch: market.epoch.map(EpochBody::from),
            closes: market.closes,
            private: PrivateView {
                bound: count(market.private.bound),
                waiting: count(market.private.waiting),
            },
        }),
        offers: view(offers),
        requests: view(requests),
    };
    Ok(answer(StatusCode::OK, &status))
}

async fn epoch(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let record =
        api.core.call(|core, _| core.epoch_record().map(|record| record.map(str::to_owned))).await??;
    match record {
        Some(record) => Ok(([(header::CONTENT_TYPE, "application/jwt")], record).into_response()),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            Reason::EpochUnknown,
            "the market has published nothing yet; the first record comes with the first offer",
        )),
    }
}

async fn close(State(api): State<Arc<Api>>, body: BodyBytes) -> Result<Response, Problem> {
    // Nothing or an empty object: what somebody means to say with more, this does not do.
    if !body.as_ref().is_ok_and(Bytes::is_empty) {
        let Nothing {} = read(body)?;
    }
    let closing = api.core.call(|core, turn| core.close_market(turn)).await??;
    let view = match closing {
        Closing::Closed(epoch) => CloseView::Closed { epoch: epoch.into() },
        Closing::Scheduled { on } => CloseView::Closing { on },
    };
    Ok(answer(StatusCode::OK, &view))
}

async fn cancel_close(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    api.core.call(|core, turn| core.cancel_close(turn)).await??;
    Ok(answer(StatusCode::OK, &CloseView::Open))
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BodyRejection>) -> Result<T, Problem> {
    let body = body.map_err(Problem::from)?;
    let bad = |reason: Reason, why: String| {
        let sentence = format!("The body cannot be used: {}.", shown(&why, MAX_SHOWN_ERROR));
        Problem::new(StatusCode::BAD_REQUEST, reason, &sentence)
    };
    //= spec/text/local-api.md#REQ-API-6
    //# A body MUST be [strict JSON](README.md#strict-json), whatever `Content-Type` says, with the members
    //# that are named and no others (`400` `malformed`, `malformed.json`).
    let value = parse_value(&body, MAX_BODY_BYTES, "body").map_err(|fault| match fault.reason() {
        Reason::MalformedJson => bad(fault.reason(), "it is not one strict JSON object".to_owned()),
        reason => Problem::of(reason),
    })?;
    let Some(members) = value.as_object() else {
        return Err(bad(Reason::Malformed, "it is not a JSON object".to_owned()));
    };
    if let Some((name, _)) = members.iter().find(|(_, value)| value.is_null()) {
        return Err(bad(Reason::Malformed, format!("`{name}` is null, where it should be left out")));
    }
    // The reader's own words name a member that is missing or unknown, and not one of another type.
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, why) = (error.path().to_string(), error.inner().to_string());
        let named = path == "." || why.contains(&format!("`{path}`"));
        bad(Reason::Malformed, if named { why } else { format!("`{path}`: {why}") })
    })
}

fn created<T: Serialize>(made: &T) -> Response {
    answer(StatusCode::CREATED, made)
}

/// An answer as JSON that is safe to look at on a terminal: people run curl (A68).
fn answer<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_string(body) {
        //= spec/text/README.md#REQ-GEN-22
        //# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], safe_json(&text)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl From<EpochView> for EpochBody {
    fn from(epoch: EpochView) -> Self {
        Self { number: epoch.number, label: epoch.label, record: epoch.record, last: epoch.last }
    }
}

/// A body in which nothing stands.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

type BodyBytes = Result<Bytes, BodyRejection>;
type BodyRejection = axum::extract::rejection::BytesRejection;

/// An error on its way out.
#[derive(Debug)]
struct Problem {
    status: StatusCode,
    body: ErrorBody,
}

impl Problem {
    fn new(status: StatusCode, reason: Reason, sentence: &str) -> Self {
        let body = ErrorBody {
            code: reason.code().to_owned(),
            sentence: sentence.to_owned(),
            applied: None,
            new: None,
            line: None,
            when: None,
        };
        Self { status, body }
    }

    /// Says how much was done all the same.
    fn after(mut self, done: EventsApplied) -> Self {
        (self.body.applied, self.body.new) = (Some(done.applied), Some(done.new));
        self
    }

    fn from_core(error: CoreError) -> Self {
        error.into()
    }

    fn of(reason: Reason) -> Self {
        Self::new(status_of(reason), reason, reason.sentence())
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let reason = fault.reason();
        let sentence = match faam_issuer::explain(&fault) {
            // Where there are no words for the place, there is its name.
            general if general == reason.sentence() => format!("{general} ({})", fault.at()),
            special => special.to_owned(),
        };
        Self::new(status_of(reason), reason, &sentence)
    }
}

impl From<CoreError> for Problem {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Refused(fault) => fault.into(),
            CoreError::Early { when, .. } => {
                let mut problem = Self::new(status_of(error.reason()), error.reason(), &error.to_string());
                problem.body.when = Some(when);
                problem
            }
            //= spec/text/shared-store.md#REQ-SHARED-5
            //# A node that cannot reach the database MUST say so (`store.io`, on the local interface with `503`
            CoreError::Storage(StorageError::Unreachable(_)) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.reason(), &error.to_string())
            }
            other => Self::new(status_of(other.reason()), other.reason(), &other.to_string()),
        }
    }
}

impl From<BadMember> for Problem {
    fn from(bad: BadMember) -> Self {
        Self::new(status_of(bad.reason), bad.reason, &bad.to_string())
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Reason::NetBusy, &busy.to_string())
    }
}

impl From<BodyRejection> for Problem {
    fn from(rejection: BodyRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Reason::TooLarge,
                "the body is larger than this call takes",
            ),
            //= spec/text/local-api.md#REQ-API-4
            //# A body that has not arrived when its time is over, 15 s from when the connection was accepted, is `408` `net.timeout`.
            _ if came_late(&rejection) => Self::of(Reason::NetTimeout),
            status => Self::new(status, Reason::InputMalformed, "the body did not arrive whole"),
        }
    }
}

/// Whether what came ended because its time was over.
pub(crate) fn came_late(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::TimedOut)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        answer(self.status, &self.body)
    }
}

const fn status_of(reason: Reason) -> StatusCode {
    match reason {
        Reason::ApiKey => StatusCode::UNAUTHORIZED,
        Reason::ApiOrigin | Reason::ApiForbidden => StatusCode::FORBIDDEN,
        Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::NetTimeout => StatusCode::REQUEST_TIMEOUT,
        Reason::LedgerUnknown | Reason::RequestUnknown | Reason::ApiUnknown => StatusCode::NOT_FOUND,
        Reason::InputMalformed
        | Reason::Malformed
        | Reason::MalformedJson
        | Reason::EventMalformed
        | Reason::RequestUnreadable
        | Reason::RequestMilestones
        | Reason::RequestPolicy => StatusCode::BAD_REQUEST,
        Reason::NetBusy => StatusCode::SERVICE_UNAVAILABLE,
        Reason::StoreIo | Reason::StoreDamaged | Reason::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Reason::EpochChain => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
