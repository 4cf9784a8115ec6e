//! The calls: of the shop's own pages, and of wallets (OpenID4VP 1.0, `direct_post`).
//!
//! | call | of | does |
//! |---|---|---|
//! | `POST /session` | the shop | logs in; a log-in of your own takes its place |
//! | `POST /applications` | the shop | asks for a good name |
//! | `GET /applications/{id}` | the shop | says how that stands, `?lang=nl` in Dutch |
//! | `DELETE /applications/{id}` | the shop | takes it back |
//! | `GET /vp/request/{capability}` | wallets | gives the signed request |
//! | `POST /vp/response/{capability}` | wallets | takes the answer, and tells decision and receipt |
//!
//! TLS, and bounds for connections and for each address that calls, are for the server in front.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Json, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use faam_verifier::Lang;
use faam_verifier::spec::hash::{Capability, Hash, Salt};
use faam_verifier::spec::limits::MAX_POSTED_BYTES;
use faam_verifier::spec::name::safe_json;
use faam_verifier::spec::openid4vp::{Posted, status_of};
use faam_verifier::spec::reason::{Fault, Reason, refuse};
use faam_verifier::spec::time::Timestamp;
use rand::rngs::OsRng;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::market::Market;

/// Calls that are worked on at once; further ones are refused.
const MAX_CALLS: usize = 32;
/// Answers that are read at once: each may take [`MAX_POSTED_BYTES`].
const MAX_ANSWERS: usize = 4;
/// Time for a whole call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Most that a page of the shop's own sends.
const MAX_OWN_BYTES: usize = 4096;
/// Most people who are logged in.
const MAX_SESSIONS: usize = 10_000;

struct Web {
    market: Arc<Market>,
    /// Who is logged in, by cookie.
    sessions: Mutex<BTreeMap<String, String>>,
    calls: Semaphore,
    answers: Semaphore,
}

pub(crate) fn router(market: Arc<Market>) -> Router {
    let web = Arc::new(Web {
        market,
        sessions: Mutex::default(),
        calls: Semaphore::new(MAX_CALLS),
        answers: Semaphore::new(MAX_ANSWERS),
    });
    Router::new()
        .route("/session", post(log_in))
        .route("/applications", post(apply))
        .route("/applications/{id}", get(state).delete(withdraw))
        .layer(DefaultBodyLimit::max(MAX_OWN_BYTES))
        .route("/vp/request/{capability}", get(request))
        .route("/vp/response/{capability}", post(response))
        .layer(middleware::from_fn_with_state(Arc::clone(&web), bounded))
        .with_state(web)
}

/// The outermost check: number of calls, time; and the headers of every answer.
async fn bounded(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let busy = || Problem(Fault::new(Reason::NetBusy, "call")).into_response();
    let mut answer = match web.calls.try_acquire() {
        Err(_) => busy(),
        Ok(_place) => tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await.unwrap_or_else(|_| busy()),
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

#[derive(Deserialize)]
struct LogIn {
    account: String,
}

async fn log_in(State(web): State<Arc<Web>>, Json(who): Json<LogIn>) -> Result<Response, Problem> {
    let cookie = Salt::random(&mut OsRng).to_string();
    let mut sessions = web.sessions.lock().unwrap_or_else(PoisonError::into_inner);
    if sessions.len() >= MAX_SESSIONS {
        return Err(Fault::new(Reason::NetBusy, "sessions").into());
    }
    sessions.insert(cookie.clone(), who.account);
    let cookie = format!("session={cookie}; HttpOnly; SameSite=Strict; Path=/");
    Ok(([(header::SET_COOKIE, cookie)], said(StatusCode::OK, &json!({}))).into_response())
}

#[derive(Deserialize)]
struct Wish {
    listing: String,
}

async fn apply(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let account = web.account(&headers)?;
    let asked = web.work(move |market, now| market.apply(&account, &wish.listing, now)).await?;
    Ok(said(StatusCode::CREATED, &asked))
}

#[derive(Deserialize)]
struct Reader {
    #[serde(default)]
    lang: String,
}

async fn state(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(reader): Query<Reader>,
) -> Result<Response, Problem> {
    let (account, id) = (web.account(&headers)?, application(&id)?);
    let lang = Lang::from_tag(&reader.lang).unwrap_or_default();
    let state = web.work(move |market, now| market.state(&account, id, lang, now)).await?;
    Ok(said(StatusCode::OK, &state))
}

async fn withdraw(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, id) = (web.account(&headers)?, application(&id)?);
    let state = web.work(move |market, now| {
        market.withdraw(&account, id)?;
        market.state(&account, id, Lang::default(), now)
    });
    Ok(said(StatusCode::OK, &state.await?))
}

async fn request(State(web): State<Arc<Web>>, Path(capability): Path<String>) -> Result<Response, Problem> {
    let capability = link(&capability)?;
    let text = web.work(move |market, now| market.request(capability, now)).await?;
    Ok(([(header::CONTENT_TYPE, "application/oauth-authz-req+jwt")], text).into_response())
}

async fn response(
    State(web): State<Arc<Web>>,
    Path(capability): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    // Whose link it is first, then the form's type, then its size: nothing of strangers is read that nobody asked for.
    let capability = link(&capability)?;
    web.work(move |market, _| market.is_asked(capability)).await?;
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Fault::new(Reason::ResponseMalformed, "content_type").into());
    }
    let _place = web.answers.try_acquire().map_err(|_| Fault::new(Reason::NetBusy, "answers"))?;
    let body = axum::body::to_bytes(body, MAX_POSTED_BYTES).await;
    let body = body.map_err(|_| Fault::new(Reason::TooLarge, "form"))?;
    let reply = web.work(move |market, now| match Posted::read(&body)? {
        Posted::Answer { state, presentation } => {
            let told = market.answer(capability, &state, &presentation, now)?;
            // Wallets of others ignore this member; ours keeps decision and receipt.
            Ok(json!({ "faam": told }))
        }
        // Whoever says so has only shown that they have the link, and may think again.
        Posted::Error { state, .. } => market.check_state(capability, &state).map(|()| json!({})),
    });
    Ok(said(StatusCode::OK, &reply.await?))
}

impl Web {
    /// Who calls.
    fn account(&self, headers: &HeaderMap) -> Result<String, Problem> {
        let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let session = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("session="));
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let account = session.and_then(|session| sessions.get(session)).cloned();
        account.ok_or(Problem(Fault::new(Reason::ApiKey, "session")))
    }

    /// Does what waits for a disk or a processor where nothing else has to wait for it, at the time of this machine's clock.
    async fn work<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Market, Timestamp) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Problem> {
        let market = Arc::clone(&self.market);
        let done = tokio::task::spawn_blocking(move || what(&market, SystemTime::now().try_into()?)).await;
        Ok(done.map_err(|_| Fault::new(Reason::Internal, "call"))??)
    }
}

fn application(text: &str) -> Result<Hash, Fault> {
    text.parse().or(refuse(Reason::RequestUnknown, "application"))
}

fn link(text: &str) -> Result<Capability, Fault> {
    text.parse().or(refuse(Reason::RequestUnknown, "link"))
}

/// JSON that is safe to look at on a terminal.
fn said(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], safe_json(&body.to_string())).into_response()
}

/// What was refused, as OAuth writes it and with our code.
struct Problem(Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, reason) = match self.0.reason() {
            Reason::ApiKey => (401, Reason::ApiKey),
            // What is wrong with this machine is not a stranger's business.
            Reason::StoreIo | Reason::StoreDamaged | Reason::Internal => (503, Reason::NetBusy),
            reason => (status_of(reason), reason),
        };
        let error = if status == 503 { "temporarily_unavailable" } else { "invalid_request" };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        said(status, &json!({"error": error, "error_description": reason.sentence(), "code": reason.code()}))
    }
}
