//! The JSON of lists, policies, webhook and keys; see [`super::types`] for the rest.

use faam_spec::hash::Hash;
use faam_spec::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};

use super::types::RequestView;
use crate::core::keys::May;
use crate::core::{EventKind, OwnName, Standing};

/// Answer to `GET /v0/requests/{id}`, with the policy by whose name it was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestShown {
    /// Where it stands.
    #[serde(flatten)]
    pub view: RequestView,
    /// The policy's name, if it was made by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<OwnName>,
}

/// Answer to `GET /v0/requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestsView {
    /// The requests, oldest first.
    pub requests: Vec<RequestRow>,
    /// What to give as `after` for the next page, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A request in [`RequestsView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// Its name.
    pub id: Hash,
    /// How it stands.
    pub state: Standing,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it could be answered.
    pub expires: Timestamp,
    /// The policy by whose name it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<OwnName>,
    /// When the node deletes the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_by: Option<Timestamp>,
}

/// Answer to `DELETE /v0/requests/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedView {
    /// That it is revoked.
    pub state: Standing,
}

/// Answer to `GET /v0/policies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesView {
    /// The policies, by name.
    pub policies: Vec<PolicyView>,
}

/// A policy in [`PoliciesView`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// Its name in requests.
    pub name: OwnName,
    /// What people call it, and what decisions say.
    pub title: String,
    /// What it asks and does, in sentences.
    pub says: Vec<String>,
}

/// Answer to `GET /v0/webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// Where the node calls back; without its query. Null where there is no webhook.
    pub url: Option<String>,
    /// How many events wait to be taken.
    pub waiting: u64,
    /// How many were given up.
    pub given_up: u64,
    /// These, oldest first.
    pub events: Vec<EventView>,
    /// What to give as `after` for the next page, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An event in [`WebhookView`], and the answer to `POST /v0/webhook/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Its id, as in `webhook-id`.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// To which request.
    pub request: Hash,
    /// When.
    pub at: Timestamp,
    /// How often it was sent in vain.
    pub tries: u32,
    /// When it is sent next; not there if it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Why it was not taken the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Answer to `GET /v0/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    /// The named keys, by name.
    pub keys: Vec<KeyView>,
}

/// A key in [`KeysView`]: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Its name.
    pub name: OwnName,
    /// When it was made, or rotated last.
    pub made: Timestamp,
    /// What it may be used for.
    pub may: Vec<May>,
    /// The last day on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Day>,
    /// Until when the key before it is good too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_until: Option<Timestamp>,
}

/// `POST /v0/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// Its name.
    pub name: OwnName,
    /// What it may be used for.
    pub may: Vec<May>,
}

/// `POST /v0/keys/{name}/rotate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateBody {
    /// For how many seconds the old key is good too; a day unless said otherwise.
    #[serde(default = "overlap")]
    pub overlap_seconds: i64,
}

const fn overlap() -> i64 {
    crate::core::keys::OVERLAP
}

/// Answer to `POST /v0/keys` and to `POST /v0/keys/{name}/rotate`: the only time that a key is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMade {
    /// Its name.
    pub name: OwnName,
    /// The key.
    pub key: String,
    /// Until when the key before it is good too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_until: Option<Timestamp>,
}

impl std::fmt::Debug for KeyMade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyMade").field("name", &self.name).finish_non_exhaustive()
    }
}
