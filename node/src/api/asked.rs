//! Requests after they were made: one, with or without waiting; lists; taking back. And the policies that they can name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Extension, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use faam_spec::hash::Hash;
use faam_spec::name::shown;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use faam_spec::words::Lang;
use faam_verifier::Policy;
use faam_verifier::policy::nearest_key;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::listener::Patience;
use super::types::RequestView;
use super::views::{PoliciesView, PolicyView, RequestRow, RequestShown, RequestsView, RevokedView};
use super::{Api, Problem, answer};
use crate::core::{Cursor, ListedRequest, MAX_LISTED, NamedPolicy, OwnName, RequestState, Revoked, Standing};

/// Most calls that wait at once.
//= spec/text/local-api.md#REQ-API-11
//# At most 32 calls wait at once
pub(super) const MAX_WAITING: usize = 32;
/// Longest that a call waits, in seconds.
const MAX_WAIT: u64 = 30;
/// How often a call that waits looks although it was told of nothing.
const LOOK: Duration = Duration::from_secs(2);
/// Requests on a page unless said otherwise.
const PAGE: usize = 50;

/// A call's place among those that are worked on; given back while it waits.
#[derive(Clone)]
pub(super) struct Place(pub(super) Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Place {
    fn give_back(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Of `GET /v0/requests/{id}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    wait: Option<u64>,
    lang: Option<String>,
}

impl Wait {
    /// In which language a decision is told in sentences; English unless said.
    fn lang(&self) -> Result<Lang, Problem> {
        match &self.lang {
            None => Ok(Lang::En),
            Some(tag) => Lang::from_tag(tag).ok_or_else(|| bad("lang: it is en or nl")),
        }
    }
}

/// Of `GET /v0/requests` and `GET /v0/webhook`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pages {
    pub(super) state: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) after: Option<String>,
}

/// What stands after the `?`, in words of its own where it cannot be used.
pub(super) fn query<T: DeserializeOwned>(given: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    given.map(|Query(given)| given).map_err(|error| {
        let sentence = format!("what stands after '?' cannot be used: {}", shown(&error.body_text(), 300));
        Problem::new(StatusCode::BAD_REQUEST, Reason::InputMalformed, &sentence)
    })
}

pub(super) fn bad(sentence: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, Reason::InputMalformed, sentence)
}

impl Pages {
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(PAGE) {
            limit if (1..=MAX_LISTED).contains(&limit) => Ok(limit),
            _ => Err(bad("limit: a page has 1 to 200 entries")),
        }
    }
}

pub(super) async fn request(
    State(api): State<Arc<Api>>,
    ConnectInfo(patience): ConnectInfo<Patience>,
    Extension(place): Extension<Place>,
    Path(id): Path<String>,
    wait: Result<Query<Wait>, QueryRejection>,
) -> Result<Response, Problem> {
    let id: Hash = id.parse().map_err(|_| Problem::of(Reason::RequestUnknown))?;
    let asked = query(wait)?;
    let lang = asked.lang()?;
    let Some(wait) = asked.wait.filter(|wait| *wait > 0) else {
        return look(&api, id, lang).await.map(Look::told);
    };
    if wait > MAX_WAIT {
        return Err(bad("wait: a call waits for at most 30 seconds"));
    }
    let Ok(_waits) = api.waiting.try_acquire() else {
        let sentence = "too many calls wait already; ask without wait, or try again in a moment";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, Reason::NetBusy, sentence));
    };
    //= spec/text/local-api.md#REQ-API-11
    //# they MUST NOT count among the 16
    place.give_back();
    let mut endings = api.endings.clone();
    let mut closing = api.closing.clone();
    let until = Instant::now() + patience.extend(Duration::from_secs(wait));
    let found = loop {
        // Before looking, so that what happens meanwhile is not missed.
        endings.mark_unchanged();
        let found = look(&api, id, lang).await?;
        if !found.open || Instant::now() >= until {
            break found;
        }
        let next = until.min(Instant::now() + LOOK);
        tokio::select! {
            // The core has ended, and will say so.
            changed = endings.changed() => if changed.is_err() { break found },
            () = tokio::time::sleep_until(next) => {}
            _ = closing.changed() => break found,
        }
    };
    let mut told = found.told();
    // Its connection has not much of its time left.
    told.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(told)
}

/// A request as it was found.
struct Look {
    open: bool,
    shown: RequestShown,
}

impl Look {
    fn told(self) -> Response {
        answer(StatusCode::OK, &self.shown)
    }
}

async fn look(api: &Api, id: Hash, lang: Lang) -> Result<Look, Problem> {
    let found =
        api.core.call(move |core, turn| Ok((core.request_state(turn, id)?, core.request_row(turn, id)?)));
    let (state, row): (_, Option<ListedRequest>) = found.await?.map_err(Problem::from_core)?;
    let view = match state {
        None => return Err(Problem::of(Reason::RequestUnknown)),
        Some(RequestState::Open { expires }) => RequestView::Open { expires },
        Some(RequestState::Expired) => RequestView::Expired,
        Some(RequestState::Revoked) => RequestView::Revoked,
        Some(RequestState::Decided { decision, hint, hint_nl, receipt, delete_by, erasure }) => {
            let hint = match lang {
                Lang::Nl => hint_nl,
                _ => hint,
            };
            let explanation = faam_verifier::explain_in(&decision, hint.as_deref(), lang);
            RequestView::Decided { decision, explanation, receipt, delete_by, erasure }
        }
        Some(RequestState::Erased { at, outcome, statement, delete_by }) => {
            RequestView::Erased { erased: at, outcome, erasure: statement, delete_by }
        }
    };
    let open = matches!(view, RequestView::Open { .. });
    Ok(Look { open, shown: RequestShown { view, policy: row.and_then(|row| row.policy) } })
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    pages: Result<Query<Pages>, QueryRejection>,
) -> Result<Response, Problem> {
    let pages = query(pages)?;
    let limit = pages.limit()?;
    let state = match pages.state.as_deref() {
        None => None,
        Some("open") => Some(Standing::Open),
        Some("decided") => Some(Standing::Decided),
        Some("expired") => Some(Standing::Expired),
        Some("revoked") => Some(Standing::Revoked),
        Some("erased") => Some(Standing::Erased),
        Some(_) => return Err(bad("state: it is open, decided, expired, revoked or erased")),
    };
    let after = match pages.after.as_deref() {
        None => None,
        Some(text) => Some(cursor(text).ok_or_else(|| bad("after: give what the page before had as next"))?),
    };
    let page = api.core.call(move |core, turn| core.list_requests(turn, state, after, limit)).await??;
    let row = |row: ListedRequest| RequestRow {
        id: row.id,
        state: row.state,
        made: row.made,
        expires: row.expires,
        policy: row.policy,
        delete_by: row.delete_by,
    };
    let view = RequestsView {
        requests: page.requests.into_iter().map(row).collect(),
        next: page.next.map(|next| format!("{}.{}", next.made.seconds(), next.id)),
    };
    Ok(answer(StatusCode::OK, &view))
}

fn cursor(text: &str) -> Option<Cursor> {
    let (made, id) = text.split_once('.')?;
    Some(Cursor { made: Timestamp::new(made.parse().ok()?).ok()?, id: id.parse().ok()? })
}

pub(super) async fn revoke(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id: Hash = id.parse().map_err(|_| Problem::of(Reason::RequestUnknown))?;
    match api.core.call(move |core, turn| core.revoke_request(turn, id)).await?? {
        Revoked::Done => Ok(answer(StatusCode::OK, &RevokedView { state: Standing::Revoked })),
        Revoked::Unknown => Err(Problem::of(Reason::RequestUnknown)),
        //= spec/text/local-api.md#REQ-API-9
        //# one that has ended stays as it is (`409`)
        Revoked::Over(Standing::Expired) => Err(over(Reason::RequestExpired)),
        Revoked::Over(_) => Err(over(Reason::NonceUsed)),
    }
}

fn over(reason: Reason) -> Problem {
    Problem::new(StatusCode::CONFLICT, reason, reason.sentence())
}

pub(super) async fn policies(State(api): State<Arc<Api>>) -> Response {
    let view = |(name, policy): (&OwnName, &Policy)| PolicyView {
        name: name.clone(),
        title: policy.name.clone().unwrap_or_else(|| name.to_string()),
        says: policy.explain(),
    };
    let policies = api.policies.borrow().clone();
    answer(StatusCode::OK, &PoliciesView { policies: policies.iter().map(view).collect() })
}

/// The policy of a name, or which of those there are is most like it.
pub(super) fn policy_of(api: &Api, name: &str) -> Result<NamedPolicy, Problem> {
    let policies = api.policies.borrow().clone();
    let found = name.parse::<OwnName>().ok().and_then(|name| policies.get_key_value(&name));
    if let Some((name, policy)) = found {
        return Ok(NamedPolicy { name: name.clone(), policy: policy.clone() });
    }
    let names: Vec<&str> = policies.keys().map(OwnName::as_str).collect();
    let hint = match nearest_key(&[("", &names)], "", name) {
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None if names.is_empty() => "the configuration has no [policies]".to_owned(),
        None => format!("there are {}", names.join(", ")),
    };
    let sentence = format!("policy: there is none of the name '{}' here; {hint}", shown(name, 64));
    //= spec/text/local-api.md#REQ-API-8
    //# a name that is not there MUST be refused with the one that is most like it (`request.policy`, 400)
    Err(Problem::new(StatusCode::BAD_REQUEST, Reason::RequestPolicy, &sentence))
}
