//! `GET /metrics`: numbers for a monitoring system.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use faam_spec::reason::{Fault, Reason};

use super::calls::routes;
use super::{Api, Problem};
use crate::metrics::{CONTENT_TYPE, Snapshot};

pub(super) async fn serve(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let snapshot = api.core.call(|core, turn| {
        let counts = core.counts(turn)?;
        let webhook = core.webhook_counts();
        Ok(Snapshot { tally: core.take_tally(), counts, market: core.status().market, webhook })
    });
    let snapshot = snapshot.await?.map_err(|error: crate::core::CoreError| Problem::from(error))?;
    let text =
        api.metrics.text(snapshot).map_err(|_| Problem::from(Fault::new(Reason::Internal, "metrics")))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

//= spec/text/local-api.md#REQ-API-22
//# Labels MUST be fixed names of the program
/// Counts a call by the path that it was routed by, so that nothing of what was asked for is in the numbers.
pub(super) async fn count(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let answer = next.run(request).await;
    let called = path.as_deref().unwrap_or_default();
    let found = api.names.iter().find(|(known, path, _)| *known == method.as_str() && *path == called);
    api.metrics.call(found.map_or("none", |(_, _, name)| name), answer.status().as_u16());
    answer
}

/// Method, path and name of every call.
pub(super) fn names() -> Vec<(&'static str, &'static str, &'static str)> {
    routes().into_iter().map(|(call, _)| (call.method, call.path, call.name)).collect()
}
