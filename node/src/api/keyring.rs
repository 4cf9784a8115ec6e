//! Access keys over HTTP: for the owner alone.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use rand::rngs::OsRng;

use super::views::{KeyBody, KeyMade, KeyView, KeysView, RotateBody};
use super::{Api, BodyBytes, Problem, answer, created, read, status_of};
use crate::core::keys::{AccessKeys, Caller, KeyError, NewKey, OWNER, StoredKey, hash};
use crate::core::{Change, Given, OwnName};
use crate::daemon::MAX_KEY_BYTES;
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
    let made = name.clone();
    let key = change(&api, &name, move |keys| keys.make(made, &may, now, &mut OsRng)).await?;
    Ok(created(&KeyMade { name, key: key.0.to_string(), old_until: None }))
}

pub(super) async fn revoke(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = name_of(&name)?;
    let revoked = name.clone();
    change(&api, &name, move |keys| keys.revoke(&revoked)).await?;
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
        let rotated = name.clone();
        change(&api, &name, move |keys| keys.rotate(&rotated, overlap_seconds, now, &mut OsRng)).await?
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
    let (of, name) = (Arc::clone(api), name.clone());
    whole(async move {
        let key = NewKey::random(&mut OsRng);
        let mut keys = of.keys.lock().await;
        let before = keys.clone();
        let mut changed = before.clone();
        changed.rotate_owner(of.guard.owner(), &key.0, overlap, now)?;
        keep(&of, &before, &changed, &name).await?;
        *keys = changed;
        let written = write_owner(of.key_file.clone(), &key).await;
        // Whatever came of writing it: what stands in the file is good.
        let owner =
            if written.is_ok() || stands_in(&of.key_file, &key) { hash(&key.0) } else { of.guard.owner() };
        of.guard.replace(owner, keys.clone());
        written.map(|()| key)
    })
    .await
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

fn stands_in(file: &FilePath, key: &NewKey) -> bool {
    files::read_private(file, MAX_KEY_BYTES).is_ok_and(|text| text.trim_ascii() == key.0.as_bytes())
}

/// Changes a key, stores it, and only then goes by it.
async fn change<T: Send + 'static>(
    api: &Arc<Api>,
    name: &OwnName,
    change: impl FnOnce(&mut AccessKeys) -> Result<T, KeyError> + Send + 'static,
) -> Result<T, Problem> {
    let (of, name) = (Arc::clone(api), name.clone());
    whole(async move {
        let mut keys = of.keys.lock().await;
        let before = keys.clone();
        let mut changed = before.clone();
        let done = change(&mut changed)?;
        keep(&of, &before, &changed, &name).await?;
        *keys = changed;
        //= spec/text/local-api.md#REQ-API-16
        //# A revoked key MUST be refused from then on
        of.guard.replace(of.guard.owner(), keys.clone());
        Ok(done)
    })
    .await
}

/// Does all of something, also where the caller goes in the middle of it: what is stored, what is in the file and what is gone by would
/// be three things else.
async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work).await.map_err(|_| Problem::of(Reason::Internal))?
}

/// Stores what has become of a key, if it is still as it was `before`.
async fn keep(api: &Api, before: &AccessKeys, keys: &AccessKeys, name: &OwnName) -> Result<(), Problem> {
    let change = keys.change(name)?;
    let change = match before.change(name)?.value {
        Some(value) => change.if_still(value),
        None => Change { given: Given::Absent, ..change },
    };
    Ok(api.core.call(move |core, turn| core.keep_keys(turn, vec![change])).await??)
}

/// Notes, once a day, that a key is used.
pub(super) fn note_use(api: &Arc<Api>, caller: Caller, now: Timestamp) {
    let api = Arc::clone(api);
    tokio::spawn(async move {
        let mut keys = api.keys.lock().await;
        let before = keys.clone();
        let mut changed = before.clone();
        let Caller::Named(name) = &caller else { return };
        if changed.used(&caller, now.day()) && keep(&api, &before, &changed, name).await.is_ok() {
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

#[cfg(test)]
mod tests;
