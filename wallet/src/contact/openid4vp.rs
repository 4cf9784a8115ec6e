//! Presenting over HTTP (OpenID4VP 1.0, `direct_post`): fetching a signed request from the web, posting the answer, taking what comes
//! back. The verifier may be one of ours or know nothing of us.

use faam_fetch::{Accept, FetchError, Fetcher, Roots, WebUrl, did_web, x509};
use faam_spec::client::{Client, ClientKind};
use faam_spec::did::KeyHistories;
use faam_spec::encoding::{Numbers, json, parse_value_with};
use faam_spec::key::PublicKey;
use faam_spec::limits::{MAX_POST_REPLY_BYTES, MAX_REQUEST_BYTES};
use faam_spec::openid4vp::{Unverified, VpLink, VpRequest, presentation_of, to_form};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::request::SignedRequest;
use faam_spec::time::Timestamp;
use serde_json::Value;

use super::present::note;
use super::{ContactError, Means, Progress};
use crate::outcome::Outcome;
use crate::present::{Agreed, Plan};
use crate::vault::{Happened, LogEntry, Told, Vault};

/// What a request object is called on the web.
const REQUEST_TYPE: &[&str] = &["application/oauth-authz-req+jwt"];

/// What a contact over the web takes from outside.
#[derive(Debug, Clone)]
pub struct Web {
    /// Fetches and posts, guarded.
    pub fetcher: Fetcher,
    /// Authorities whose certificates name verifiers.
    pub anchors: Roots,
}

/// A request that came over the web and is what its link said.
#[derive(Debug)]
pub struct FetchedPost {
    request: SignedRequest,
    web: Web,
}

/// What came of showing something over the web.
#[derive(Debug)]
pub struct Posted {
    /// The note about it.
    pub entry: LogEntry,
    /// The decision and the receipt; none from a verifier that tells neither.
    pub outcome: Option<Outcome>,
    /// Where the verifier would have a browser go on; foreign text, and never gone to by this.
    pub go_on: Option<String>,
}

/// Takes the request that `link` leads to, and verifies that it is by whom the link named.
///
/// # Errors
/// [`ContactError`]; `request.party` if another verifier signed it than the link named; `request.mode`, `request.client`,
/// `request.transaction`, `request.unreadable` for what is not answered here; `request.expired`. A request that is not what it
/// should be is noted in the log.
pub async fn fetch_post(
    vault: &Vault,
    link: &VpLink,
    web: &Web,
    means: &mut Means<'_>,
) -> Result<FetchedPost, ContactError> {
    match verified(vault.histories(), link, web, means).await {
        Ok(request) => Ok(FetchedPost { request, web: web.clone() }),
        Err(error) => {
            if let ContactError::Fault(fault) = &error {
                let what = Happened::RequestRefused {
                    verifier: link.client().clone(),
                    code: fault.reason(),
                    place: fault.at().to_owned(),
                };
                vault.note(what, means.now())?;
            }
            Err(error)
        }
    }
}

async fn verified(
    histories: &KeyHistories,
    link: &VpLink,
    web: &Web,
    means: &mut Means<'_>,
) -> Result<SignedRequest, ContactError> {
    let text = match link.request() {
        VpRequest::Here(text) => text.clone(),
        VpRequest::At(address) => {
            let url: WebUrl = address.as_str().parse()?;
            (means.progress)(Progress::Dialling);
            let accept = Accept::new(REQUEST_TYPE, MAX_REQUEST_BYTES);
            let fetched = blocking(web, move |web| web.fetcher.get(&url, &accept)).await;
            let fetched = fetched.map_err(|error| said(error, REQUEST_STATUSES))?;
            (means.progress)(Progress::Connected);
            let bad = |_| Fault::new(Reason::MalformedJws, "request");
            String::from_utf8(fetched.into_body()).map_err(bad)?
        }
        _ => return Err(Fault::new(Reason::LinkMalformed, "link").into()),
    };
    let unverified = Unverified::read(&text)?;
    //= spec/text/openid4vp.md#REQ-VP-15
    //# A wallet MUST refuse a request of another `client_id` than the link named
    if &unverified.client != link.client() {
        return Err(Fault::new(Reason::RequestAudience, "request.client_id").into());
    }
    let now = means.now();
    let key = key_of(&unverified, histories, web, now).await?;
    let request = SignedRequest::open_post(&text, &key, now)?;
    // What was verified is what was looked up: both were read from one text.
    if &request.request().verifier != link.client() {
        return Err(Fault::new(Reason::RequestAudience, "request.client_id").into());
    }
    request.check_open(now)?;
    Ok(request)
}

/// The key under which a request has to be signed.
///
/// Implements REQ-VP-4 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-4
//# and a request MUST verify under the key that its `client_id` and its header name
async fn key_of(
    unverified: &Unverified,
    histories: &KeyHistories,
    web: &Web,
    now: Timestamp,
) -> Result<PublicKey, ContactError> {
    let client = &unverified.client;
    match client.kind() {
        ClientKind::Host(_) | ClientKind::Certificate(_) => {
            let x5c = unverified.header.get("x5c").ok_or(Fault::new(Reason::X509Chain, "x5c"))?;
            Ok(*x509::verify(x5c, &web.anchors, &client.client_id(), now)?.key())
        }
        _ => {
            let kid = unverified.key_id().ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?;
            match client.own_key(kid)? {
                Some(key) => Ok(key),
                None => looked_up(client, kid.to_owned(), histories, web, now).await,
            }
        }
    }
}

async fn looked_up(
    client: &Client,
    kid: String,
    histories: &KeyHistories,
    web: &Web,
    now: Timestamp,
) -> Result<PublicKey, ContactError> {
    let did = client.did().ok_or(Fault::new(Reason::RequestClient, "request.client_id"))?;
    if !did.is_web() {
        return Ok(histories.resolve(&did, &kid, now)?.into());
    }
    let document = blocking(web, move |web| did_web::document(&web.fetcher, &did)).await?;
    Ok(document.key(&kid)?)
}

impl FetchedPost {
    /// The verified request.
    #[must_use]
    pub const fn request(&self) -> &SignedRequest {
        &self.request
    }

    /// Answers with `plan`, if the holder agreed to it. It stands in the log before the first byte leaves; what comes back is kept
    /// before this returns.
    ///
    /// # Errors
    /// `consent.missing` and `epoch.forked` before anything is noted or leaves, as [`Plan::check_agreed`], [`Plan::check_ties`] and
    /// [`Plan::check_records`]; [`ContactError`], and the log then says that something may have been shown.
    pub async fn show(
        self,
        vault: &Vault,
        plan: &Plan<'_>,
        agreed: Agreed,
        means: &mut Means<'_>,
    ) -> Result<Posted, ContactError> {
        let request = &self.request;
        if plan.request().digest() != request.digest() {
            return Err(Fault::new(Reason::Internal, "plan").into());
        }
        let to = request.request().post().ok_or(Fault::new(Reason::Internal, "plan"))?.clone();
        let url: WebUrl = to.uri.as_str().parse()?;
        plan.check_agreed(agreed)?;
        plan.check_records(&vault.conflicts()?)?;
        plan.check_ties(&vault.ties(plan)?)?;
        let now = means.now();
        //= spec/text/request.md#REQ-REQUEST-10
        //# A request MUST NOT be answered from `exp` on.
        request.check_open(now)?;
        let keys = vault.holder_keys(plan.ledgers())?;
        let (vp_token, faam) = to_form(&plan.build(&keys, now, means.rng)?)?;
        // Who does not know our terms does not know what is beside the credentials either, and is not sent it.
        //= spec/text/openid4vp.md#REQ-VP-20
        //# A wallet MUST NOT send `faam` to a verifier whose request has none.
        let faam = request.request().terms_said.then_some(faam);
        let bytes = presentation_of(&vp_token, faam.as_deref())?;
        let entry = note(vault, plan, &bytes, None, now)?;
        let mut form = vec![("vp_token".to_owned(), vp_token)];
        form.extend(to.state.map(|state| ("state".to_owned(), state)));
        form.extend(faam.map(|faam| ("faam".to_owned(), faam)));
        match self.post(url, form, &bytes, vault.histories(), means.now()).await {
            Ok((outcome, go_on)) => {
                (means.progress)(Progress::Sent { done: 1, of: 1 });
                let entry = match &outcome {
                    Some(outcome) => vault.keep_outcome(&entry, outcome, means.now())?,
                    None => vault.note_told(&entry, Told::Taken)?,
                };
                Ok(Posted { entry, outcome, go_on })
            }
            Err(error) => {
                vault.note_told(&entry, Told::Failed { code: error.reason() })?;
                Err(error)
            }
        }
    }

    /// Posts the form; a redirect is not followed, and where a browser should go on is not gone to.
    async fn post(
        &self,
        url: WebUrl,
        form: Vec<(String, String)>,
        bytes: &[u8],
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Result<(Option<Outcome>, Option<String>), ContactError> {
        let reply = blocking(&self.web, move |web| {
            let form: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            web.fetcher.post_form(&url, &form, &Accept::new(&[], MAX_POST_REPLY_BYTES))
        });
        let reply = reply.await.map_err(|error| said(error, RESPONSE_STATUSES))?;
        let reply = parse_value_with(reply.body(), MAX_POST_REPLY_BYTES, Numbers::Any, "reply")?;
        let Value::Object(reply) = reply else { return Ok(refuse(Reason::Malformed, "reply")?) };
        let go_on = reply.get("redirect_uri").and_then(Value::as_str).map(str::to_owned);
        //= spec/text/openid4vp.md#REQ-VP-21
        //# with what is told to the wallet under `faam`, which wallets of others ignore
        let outcome = match reply.get("faam") {
            Some(told) if self.request.request().terms_said => {
                Some(Outcome::open(&json(told)?, &self.request, bytes, histories, now)?)
            }
            _ => None,
        };
        Ok((outcome, go_on))
    }
}

/// Runs what blocks where it keeps nobody from working.
async fn blocking<T: Send + 'static>(
    web: &Web,
    work: impl FnOnce(&Web) -> Result<T, FetchError> + Send + 'static,
) -> Result<T, FetchError> {
    let web = web.clone();
    match tokio::task::spawn_blocking(move || work(&web)).await {
        Ok(done) => done,
        Err(_) => Err(Fault::new(Reason::Internal, "web").into()),
    }
}

/// What an address on the web answers with a status, where a request is.
const REQUEST_STATUSES: &[(u16, Reason)] = &[
    (404, Reason::RequestUnknown),
    (409, Reason::NonceUsed),
    (410, Reason::RequestExpired),
    (503, Reason::NetBusy),
];
/// The same where an answer is posted.
const RESPONSE_STATUSES: &[(u16, Reason)] = &[
    (400, Reason::ResponseMalformed),
    (404, Reason::RequestUnknown),
    (408, Reason::NetTimeout),
    (409, Reason::NonceUsed),
    (410, Reason::RequestExpired),
    (413, Reason::TooLarge),
    (503, Reason::NetBusy),
];

/// A status means the same whoever sends it; what stands in the body is not read.
fn said(error: FetchError, statuses: &[(u16, Reason)]) -> ContactError {
    let FetchError::Status(status) = error else { return error.into() };
    match statuses.iter().find(|(known, _)| *known == status) {
        Some((_, reason)) => ContactError::Refused(*reason),
        None => error.into(),
    }
}
