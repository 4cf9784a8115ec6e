//! Whether the process runs, and whether it can take calls.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use faam_spec::reason::Reason;

use super::{Api, Problem};

/// How long the core may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let asked = api.core.call(|core, turn| core.check_ready(turn));
    //= spec/text/local-api.md#REQ-API-12
    //# `/readyz` MUST say `ready` only while the core answers and the store can be reached
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(Ok(()))) if !api.is_closing() => Ok("ready\n".into_response()),
        Ok(Ok(Err(error))) => Err(Problem { status: StatusCode::SERVICE_UNAVAILABLE, ..error.into() }),
        _ => {
            let sentence = "the node cannot take calls now: it is busy, or about to end";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, Reason::NetBusy, sentence))
        }
    }
}
