//! Access keys over HTTP: for the owner alone.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use rand::rngs::OsRng;

use super::views::{KeyBody, KeyMade, KeyView, KeysView, RotateBody};
use super::{Api, BodyBytes, Problem, answer, created, read, status_of};
use crate::core::OwnName;
use crate::core::keys::{AccessKeys, Caller, KeyError, NewKey, OWNER, StoredKey, hash};
use crate::files;

/// How keys are listed.
#[must_use]
pub fn keys_view(keys: &AccessKeys, now: Timestamp) -> KeysView {
    let view = |(name, key): &(OwnName, StoredKey)| KeyView {
        name: name.clone(),
        made: key.made,
        may: key.may.clone(),
        last_used: key.last_used,
        old_until: key.old_until(now),
    };
    KeysView { keys: keys.iter().map(view).collect() }
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let keys = api.keys.lock().await;
    Ok(answer(StatusCode::OK, &keys_view(&keys, api.now()?)))
}

pub(super) async fn make(State(api): State<Arc<Api>>, body: BodyBytes) -> Result<Response, Problem> {
    let KeyBody { name, may } = read(body)?;
    let now = api.now()?;
    let key = change(&api, &name, |keys| keys.make(name.clone(), &may, now, &mut OsRng)).await?;
    Ok(created(&KeyMade { name, key: key.0.to_string(), old_until: None }))
}

pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = name_of(&name)?;
    change(&api, &name, |keys| keys.revoke(&name)).await?;
    let keys = api.keys.lock().await;
    Ok(answer(StatusCode::OK, &keys_view(&keys, api.now()?)))
}

pub(super) async fn rotate(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    body: BodyBytes,
) -> Result<Response, Problem> {
    let name = name_of(&name)?;
    let body = match &body {
        Ok(bytes) if bytes.is_empty() => Ok(axum::body::Bytes::from_static(b"{}")),
        _ => body,
    };
    let RotateBody { overlap_seconds } = read(body)?;
    let now = api.now()?;
    let key = if name.as_str() == OWNER {
        rotate_owner(&api, &name, overlap_seconds, now).await?
    } else {
        change(&api, &name, |keys| keys.rotate(&name, overlap_seconds, now, &mut OsRng)).await?
    };
    let old_until = api.keys.lock().await.get(&name).and_then(|key| key.old_until(now));
    Ok(answer(StatusCode::OK, &KeyMade { name, key: key.0.to_string(), old_until }))
}

/// The old one is known by its hash before the file has the new one, so that whenever this ends, one of them is good.
async fn rotate_owner(
    api: &Arc<Api>,
    name: &OwnName,
    overlap: i64,
    now: Timestamp,
) -> Result<NewKey, Problem> {
    let key = NewKey::random(&mut OsRng);
    let old = api.guard.owner();
    let mut keys = api.keys.lock().await;
    let mut changed = keys.clone();
    changed.rotate_owner(old, &key.0, overlap, now)?;
    keep(api, &changed, name).await?;
    write_owner(api.key_file.clone(), &key).await?;
    *keys = changed;
    api.guard.replace(hash(&key.0), keys.clone());
    Ok(key)
}

async fn write_owner(file: PathBuf, key: &NewKey) -> Result<(), Problem> {
    let text = zeroize::Zeroizing::new(format!("{}\n", key.0.as_str()));
    let written = tokio::task::spawn_blocking(move || files::replace(&file, text.as_bytes())).await;
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.reason(), &error.to_string()))
        }
        Err(_) => Err(Problem::of(Reason::Internal)),
    }
}

/// Changes a key, stores it, and only then goes by it.
async fn change<T>(
    api: &Arc<Api>,
    name: &OwnName,
    change: impl FnOnce(&mut AccessKeys) -> Result<T, KeyError>,
) -> Result<T, Problem> {
    let mut keys = api.keys.lock().await;
    let mut changed = keys.clone();
    let done = change(&mut changed)?;
    keep(api, &changed, name).await?;
    *keys = changed;
    //= spec/text/local-api.md#REQ-API-16
    //# A revoked key MUST be refused from then on
    api.guard.replace(api.guard.owner(), keys.clone());
    Ok(done)
}

async fn keep(api: &Api, keys: &AccessKeys, name: &OwnName) -> Result<(), Problem> {
    let change = keys.change(name)?;
    Ok(api.core.call(move |core, turn| core.keep_keys(turn, vec![change])).await??)
}

/// Notes, once a day, that a key is used.
pub(super) fn note_use(api: &Arc<Api>, caller: Caller, now: Timestamp) {
    let api = Arc::clone(api);
    tokio::spawn(async move {
        let mut keys = api.keys.lock().await;
        let mut changed = keys.clone();
        let Caller::Named(name) = &caller else { return };
        if changed.used(&caller, now.day()) && keep(&api, &changed, name).await.is_ok() {
            *keys = changed;
            api.guard.replace(api.guard.owner(), keys.clone());
        }
    });
}

fn name_of(name: &str) -> Result<OwnName, Problem> {
    name.parse().map_err(|_| {
        let sentence = "a key's name has 1 to 64 of a-z, 0-9, '-' and '.', a letter or digit first";
        Problem::new(StatusCode::NOT_FOUND, Reason::ApiUnknown, sentence)
    })
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        Self::new(status_of(error.reason()), error.reason(), &error.to_string())
    }
}
