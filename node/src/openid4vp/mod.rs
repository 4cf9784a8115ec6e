//! Requests answered by HTTP: what wallets of others, and ours, reach of a node on the web (OpenID4VP 1.0, `direct_post`).
//!
//! | call | does |
//! |---|---|
//! | `GET …/request/{capability}` | gives the signed request object |
//! | `POST …/response/{capability}` | takes the answer, a form with `vp_token` and `state`, and judges it |
//!
//! It is a listener of its own, apart from the local interface, and needs no key: whoever has the link has the capability. TLS is for
//! whoever stands in front of it. Nothing is read that is not bounded first, and no answer is kept by anybody on the way.
//! `spec/text/openid4vp.md` has it all.

mod posted;
mod settings;

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use faam_spec::hash::Capability;
use faam_spec::limits::MAX_POSTED_BYTES;
use faam_spec::name::{safe_json, shown};
use faam_spec::openid4vp::{Posted, status_of};
use faam_spec::reason::{Fault, Reason};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use self::settings::{RawSettings, Settings};

use crate::api::{Bounded, came_late};
use crate::core::CoreError;
use crate::daemon::{Busy, CoreHandle};

/// Calls that are worked on at once; further ones are refused.
//= spec/text/openid4vp.md#REQ-VP-23
//# 32 calls and 4 answers at once
const MAX_CALLS: usize = 32;
/// Answers that are read at once: each may take [`MAX_POSTED_BYTES`].
const MAX_ANSWERS: usize = 4;
/// Time for a whole call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Most that is shown of what a wallet says went wrong, in bytes.
const MAX_SHOWN_ERROR: usize = 64;

struct Web {
    core: CoreHandle,
    calls: Semaphore,
    answers: Semaphore,
    /// Which requests are being answered: each takes one place.
    answering: Mutex<HashSet<Capability>>,
}

/// The place of a request among those that are being answered.
struct Answering<'a>(&'a Web, Capability);

impl<'a> Answering<'a> {
    //= spec/text/openid4vp.md#REQ-VP-23
    //# of one request one at once
    fn take(web: &'a Web, capability: Capability) -> Option<Self> {
        let mut answering = web.answering.lock().unwrap_or_else(PoisonError::into_inner);
        // Made only where there was a place: it gives one back when it goes.
        answering.insert(capability).then(|| Self(web, capability))
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.0.answering.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Serves requests and takes answers on `listener`, at the path of `settings`, until `stop` ends and the calls under way are
/// answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    path: &str,
    core: CoreHandle,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let web = Arc::new(Web {
        core,
        calls: Semaphore::new(MAX_CALLS),
        answers: Semaphore::new(MAX_ANSWERS),
        answering: Mutex::default(),
    });
    axum::serve(Bounded::new(listener), router(web, path)).with_graceful_shutdown(stop).await
}

fn router(web: Arc<Web>, path: &str) -> Router {
    let path = path.trim_end_matches('/');
    Router::new()
        .route(&format!("{path}/request/{{capability}}"), get(request))
        .route(&format!("{path}/response/{{capability}}"), post(response))
        .fallback(async || Problem(StatusCode::NOT_FOUND, Reason::RequestUnknown))
        .method_not_allowed_fallback(async || {
            Problem(StatusCode::METHOD_NOT_ALLOWED, Reason::ResponseMalformed)
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&web), bounded))
        .with_state(web)
}

/// The outermost check: number of calls, time; and the headers of every answer.
async fn bounded(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let busy = || Problem::of(Reason::NetBusy).into_response();
    let mut answer = match web.calls.try_acquire() {
        Err(_) => busy(),
        Ok(_place) => tokio::time::timeout(CALL_TIMEOUT, next.run(request)).await.unwrap_or_else(|_| busy()),
    };
    //= spec/text/openid4vp.md#REQ-VP-24
    //# Every answer MUST have `Cache-Control: no-store`, `X-Content-Type-Options: nosniff` and `Referrer-Policy: no-referrer`, and none
    //# that lets web pages of others read it.
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

async fn request(State(web): State<Arc<Web>>, Path(capability): Path<String>) -> Result<Response, Problem> {
    let capability = read_capability(&capability)?;
    let text = web.core.call(move |core, turn| core.request_to_post(turn, capability)).await??;
    Ok(([(header::CONTENT_TYPE, "application/oauth-authz-req+jwt")], text).into_response())
}

async fn response(
    State(web): State<Arc<Web>>,
    Path(capability): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let capability = read_capability(&capability)?;
    //= spec/text/openid4vp.md#REQ-VP-22
    //# An answer to a capability that is not known MUST be refused before it is read
    web.core.call(move |core, turn| core.is_request(turn, capability)).await??;
    posted::check_type(&headers)?;
    let _alone = Answering::take(&web, capability).ok_or(Problem::of(Reason::NetBusy))?;
    let _place = web.answers.try_acquire().map_err(|_| Problem::of(Reason::NetBusy))?;
    //= spec/text/openid4vp.md#REQ-VP-22
    //# one that is over 6 MiB before more is read
    let body = axum::body::to_bytes(body, MAX_POSTED_BYTES).await.map_err(|error| {
        Problem::of(if came_late(&error) { Reason::NetTimeout } else { Reason::TooLarge })
    })?;
    // Reading takes time that others need of this thread.
    let read = tokio::task::spawn_blocking(move || Posted::read(&body)).await;
    let reply = match read.map_err(|_| Problem::of(Reason::Internal))?? {
        Posted::Answer { state, presentation } => {
            let told =
                web.core.call(move |core, turn| core.answer_posted(turn, capability, &state, &presentation));
            let outcome: Value =
                serde_json::from_slice(&told.await??).map_err(|_| Problem::of(Reason::Internal))?;
            //= spec/text/openid4vp.md#REQ-VP-21
            //# with what is told to the wallet under `faam`, which wallets of others ignore
            json!({ "faam": outcome })
        }
        Posted::Error { state, error } => {
            web.core.call(move |core, turn| core.check_state(turn, capability, &state)).await??;
            tracing::info!(error = %shown(&error, MAX_SHOWN_ERROR), "a wallet said that it has no answer");
            json!({})
        }
    };
    Ok(answer(StatusCode::OK, &reply))
}

fn read_capability(text: &str) -> Result<Capability, Problem> {
    text.parse().map_err(|_| Problem::of(Reason::RequestUnknown))
}

/// JSON that is safe to look at on a terminal (A68).
fn answer(status: StatusCode, body: &Value) -> Response {
    let text = safe_json(&body.to_string());
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// An error on its way out, as OAuth writes it and with our code.
#[derive(Debug)]
struct Problem(StatusCode, Reason);

impl Problem {
    fn of(reason: Reason) -> Self {
        Self(StatusCode::from_u16(status_of(reason)).unwrap_or(StatusCode::BAD_REQUEST), reason)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::of(fault.reason())
    }
}

impl From<CoreError> for Problem {
    /// What is wrong with this machine is not a stranger's business.
    fn from(error: CoreError) -> Self {
        if !matches!(error, CoreError::Refused(_)) {
            tracing::warn!(code = error.reason().code(), "an answer by HTTP: {error}");
        }
        Self::of(error.wire_reason())
    }
}

impl From<Busy> for Problem {
    fn from(_: Busy) -> Self {
        Self::of(Reason::NetBusy)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, reason) = self;
        let error = match reason {
            Reason::NetBusy => "temporarily_unavailable",
            _ => "invalid_request",
        };
        answer(
            status,
            &json!({"error": error, "error_description": reason.sentence(), "code": reason.code()}),
        )
    }
}

#[cfg(test)]
mod tests;
