//! Every call, once: how it is routed, what it needs, and what it takes and gives. The router and the OpenAPI document are both made
//! of this list, so that neither has a call that the other has not.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, delete, get, post};

use super::{
    Api, MAX_EVENTS_BYTES, asked, cancel_close, close, epoch, events, health, hook, keyring, metrics, offers,
    openapi, requests, status,
};
use crate::core::keys::May;

/// Which key a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// None.
    Nothing,
    /// Any key.
    Key,
    /// The owner's, or one that may do this.
    May(May),
    /// The owner's.
    Owner,
}

/// What is in a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// JSON, by this schema of `spec/schemas`.
    Json(&'static str),
    /// JSON that may be left out, by this schema.
    Optional(&'static str),
    /// One object a line, each by this schema.
    Lines(&'static str),
    /// A compact JWS.
    Jwt,
    /// A word.
    Text,
    /// Numbers for a monitoring system.
    Numbers,
    /// This document.
    OpenApi,
}

/// A call.
pub(super) struct Call {
    /// GET, POST or DELETE.
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// Its name in programs that are made of the document.
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) needs: Needs,
    /// What stands after the `?`: name, schema and meaning.
    pub(super) query: &'static [(&'static str, &'static str, &'static str)],
    pub(super) takes: Option<Content>,
    /// Status and what is in the answer.
    pub(super) gives: (u16, Content),
    /// Statuses of errors, beside those of every call.
    pub(super) errors: &'static [u16],
}

type Route = (Call, MethodRouter<Arc<Api>>);

const LIMIT: (&str, &str, &str) =
    ("limit", r#"{"type":"integer","minimum":1,"maximum":200,"default":50}"#, "Most entries of the page.");
const AFTER: (&str, &str, &str) =
    ("after", r#"{"type":"string","minLength":1,"maxLength":128}"#, "What the page before had as next.");
const STATE: (&str, &str, &str) =
    ("state", r#"{"enum":["open","decided","expired","revoked","erased"]}"#, "Only requests in this state.");
const WAIT: (&str, &str, &str) = (
    "wait",
    r#"{"type":"integer","minimum":0,"maximum":30,"default":0}"#,
    "Seconds to wait for the request to be open no longer.",
);
const LANG: (&str, &str, &str) =
    ("lang", r#"{"enum":["en","nl"],"default":"en"}"#, "The language of the explanation.");

fn call(
    (method, path): (&'static str, &'static str),
    (name, says): (&'static str, &'static str),
    needs: Needs,
    gives: (u16, Content),
    errors: &'static [u16],
) -> Call {
    Call { method, path, name, says, needs, query: &[], takes: None, gives, errors }
}

impl Call {
    const fn takes(self, content: Content) -> Self {
        Self { takes: Some(content), ..self }
    }

    const fn asks(self, query: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }
}

//= spec/text/local-api.md#REQ-API-18
//# It MUST have every call and no other
/// All of them.
pub(super) fn routes() -> Vec<Route> {
    [market(), requests_and_policies(), webhook_and_keys(), about()].into_iter().flatten().collect()
}

fn market() -> Vec<Route> {
    use Content::{Json, Jwt, Lines, Optional};
    vec![
        (
            call(
                ("POST", "/v0/events"),
                ("applyEvents", "Applies rating events, one JSON object a line."),
                Needs::May(May::Events),
                (200, Json("api-events")),
                &[400, 409, 413, 422],
            )
            .takes(Lines("event")),
            //= spec/text/local-api.md#REQ-API-4
            //# A body has at most 64 KiB, of `/v0/events` 4 MiB (`413` `too_large`); it MUST be refused before more
            //# is read.
            post(events).layer(DefaultBodyLimit::max(MAX_EVENTS_BYTES)),
        ),
        (
            call(
                ("POST", "/v0/offers"),
                ("makeOffer", "Makes an offer of an account's ratings: a link and a session code."),
                Needs::May(May::Offers),
                (201, Json("api-offer")),
                &[400, 404, 409, 413, 422],
            )
            .takes(Json("api-offer-ask")),
            post(offers),
        ),
        (
            call(
                ("GET", "/v0/epoch"),
                ("getEpoch", "The market's newest epoch record, as signed."),
                Needs::May(May::Read),
                (200, Jwt),
                &[400, 404],
            ),
            get(epoch),
        ),
        (
            call(
                ("POST", "/v0/close"),
                ("closeMarket", "Closes the market with its final record, now or as the next epoch begins."),
                Needs::Owner,
                (200, Json("api-close")),
                &[400, 409, 413],
            )
            .takes(Optional("api-close-ask")),
            post(close),
        ),
        (
            call(
                ("DELETE", "/v0/close"),
                ("cancelClose", "Takes back a close that has not come yet."),
                Needs::Owner,
                (200, Json("api-close")),
                &[400, 409],
            ),
            delete(cancel_close),
        ),
    ]
}

fn requests_and_policies() -> Vec<Route> {
    use Content::Json;
    vec![
        (
            call(
                ("POST", "/v0/requests"),
                ("makeRequest", "Makes a request to show something: a link for the person, and an id."),
                Needs::May(May::Requests),
                (201, Json("api-request")),
                &[400, 413, 422],
            )
            .takes(Json("api-request-ask")),
            post(requests),
        ),
        (
            call(
                ("GET", "/v0/requests"),
                ("listRequests", "Lists requests, in the order in which they were made."),
                Needs::May(May::Requests),
                (200, Json("api-requests")),
                &[400],
            )
            .asks(&[STATE, LIMIT, AFTER]),
            get(asked::list),
        ),
        (
            call(
                ("GET", "/v0/requests/{id}"),
                ("getRequest", "Where a request stands, and its decision."),
                Needs::May(May::Requests),
                (200, Json("api-request-state")),
                &[400, 404],
            )
            .asks(&[WAIT, LANG]),
            get(asked::request),
        ),
        (
            call(
                ("DELETE", "/v0/requests/{id}"),
                ("revokeRequest", "Takes an open request back."),
                Needs::May(May::Requests),
                (200, Json("api-revoked")),
                &[404, 409],
            ),
            delete(asked::revoke),
        ),
        (
            call(
                ("GET", "/v0/policies"),
                ("listPolicies", "The policies that requests can name, in sentences."),
                Needs::Key,
                (200, Json("api-policies")),
                &[],
            ),
            get(asked::policies),
        ),
    ]
}

fn webhook_and_keys() -> Vec<Route> {
    use Content::{Json, Optional};
    vec![
        (
            call(
                ("GET", "/v0/webhook"),
                ("listEvents", "Events that the webhook has not taken yet."),
                Needs::May(May::Requests),
                (200, Json("api-webhook")),
                &[400],
            )
            .asks(&[LIMIT, AFTER]),
            get(hook::list),
        ),
        (
            call(
                ("POST", "/v0/webhook/{id}"),
                ("sendEventAgain", "Sends an event again that was given up, or at once."),
                Needs::May(May::Requests),
                (200, Json("api-event")),
                &[404],
            ),
            post(hook::again),
        ),
        (
            call(
                ("GET", "/v0/keys"),
                ("listKeys", "The named access keys, without the keys themselves."),
                Needs::Owner,
                (200, Json("api-keys")),
                &[],
            ),
            get(keyring::list),
        ),
        (
            call(
                ("POST", "/v0/keys"),
                ("makeKey", "Makes an access key for some of the calls."),
                Needs::Owner,
                (201, Json("api-key")),
                &[400, 413],
            )
            .takes(Json("api-key-ask")),
            post(keyring::make),
        ),
        (
            call(
                ("DELETE", "/v0/keys/{name}"),
                ("revokeKey", "Revokes an access key."),
                Needs::Owner,
                (200, Json("api-keys")),
                &[400, 404],
            ),
            delete(keyring::revoke),
        ),
        (
            call(
                ("POST", "/v0/keys/{name}/rotate"),
                ("rotateKey", "Makes a new key in the place of one; the old one is good for a while longer."),
                Needs::Owner,
                (200, Json("api-key")),
                &[400, 404, 413],
            )
            .takes(Optional("api-key-rotate")),
            post(keyring::rotate),
        ),
    ]
}

fn about() -> Vec<Route> {
    use Content::{Json, Numbers, OpenApi, Text};
    vec![
        (
            call(
                ("GET", "/v0/status"),
                ("getStatus", "What the node is doing."),
                Needs::May(May::Read),
                (200, Json("api-status")),
                &[],
            ),
            get(status),
        ),
        (
            call(
                ("GET", "/v0/openapi.json"),
                ("getDocument", "This document."),
                Needs::Key,
                (200, OpenApi),
                &[],
            ),
            get(openapi::serve),
        ),
        (
            call(
                ("GET", "/metrics"),
                ("metrics", "Numbers of what the node has done and is doing, for Prometheus."),
                Needs::May(May::Read),
                (200, Numbers),
                &[],
            ),
            get(metrics::serve),
        ),
        (
            call(
                ("GET", "/healthz"),
                ("isAlive", "Whether the process runs."),
                Needs::Nothing,
                (200, Text),
                &[],
            ),
            get(health::alive),
        ),
        (
            call(
                ("GET", "/readyz"),
                ("isReady", "Whether it can take calls."),
                Needs::Nothing,
                (200, Text),
                &[],
            ),
            get(health::ready),
        ),
    ]
}
