//! What the webhook has not taken yet.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use faam_spec::reason::Reason;

use super::asked::{Pages, bad, query};
use super::views::{EventView, WebhookView};
use super::{Api, Problem, answer};
use crate::core::ListedEvent;

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    pages: Result<Query<Pages>, QueryRejection>,
) -> Result<Response, Problem> {
    let pages = query(pages)?;
    let limit = pages.limit()?;
    if pages.state.is_some() {
        return Err(bad("state: it is for requests; events that were given up have no next"));
    }
    let listed =
        api.core.call(move |core, turn| core.list_events(turn, pages.after.as_deref(), limit)).await??;
    let count = |number| u64::try_from(number).unwrap_or(u64::MAX);
    let view = WebhookView {
        url: api.webhook.clone(),
        waiting: count(listed.waiting),
        given_up: count(listed.given_up),
        events: listed.events.into_iter().map(view).collect(),
        next: listed.next,
    };
    Ok(answer(StatusCode::OK, &view))
}

pub(super) async fn again(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = api.core.call(move |core, turn| core.send_again(turn, &id)).await??;
    match found {
        Some(event) => Ok(answer(StatusCode::OK, &view(event))),
        None => {
            let sentence = "there is no such event; those that were taken are not kept";
            Err(Problem::new(StatusCode::NOT_FOUND, Reason::ApiUnknown, sentence))
        }
    }
}

fn view(event: ListedEvent) -> EventView {
    EventView {
        id: event.id,
        kind: event.kind,
        request: event.request,
        at: event.at,
        tries: event.tries,
        next: event.next,
        failure: event.failure,
    }
}
