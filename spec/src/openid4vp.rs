//! OpenID4VP 1.0 over HTTP: the same question and the same answer, for wallets and verifiers that know nothing of Faam's network.
//!
//! [`VpLink`] is where a wallet begins. [`SignedRequest::to_post`] writes our own request for an answer by HTTP, and
//! [`SignedRequest::open_post`] reads anybody's. [`to_form`] takes a presentation apart for the form that is posted, and
//! [`presentation_of`] puts it together again, byte for byte the same on both sides. [`Posted`] reads the whole form.
//!
//! Specified in `spec/text/openid4vp.md`.

mod link;
mod posted;

use core::fmt;
use core::str::FromStr;

pub use link::{VpLink, VpRequest, form, unescape};
pub use posted::{Posted, status_of};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::{Client, ClientKind};
use crate::domain::{REQUEST_AUDIENCE, RESPONSE_MODE_POST, TYP_REQUEST};
use crate::encoding::{from_value, from_value_exact, is_of_other_version, jcs, json as to_json, parse_value};
use crate::jws::{peek_foreign, verify_foreign};
use crate::key::PublicKey;
use crate::limits::{
    KEY_BINDING_MAX_FUTURE, MAX_NAME_BYTES, MAX_PRESENTATION_BYTES, MAX_REQUEST_BYTES, MAX_REQUEST_LIFE,
    MAX_STATE_BYTES, MAX_WEB_ADDRESS_BYTES, REQUEST_LIFE_UNSAID,
};
use crate::presentation::Presentation;
use crate::query::Query;
use crate::reason::{Fault, Reason, refuse};
use crate::request::{AnswerTo, Ask, Request, SignedRequest, check_nonce};
use crate::signed::Signer;
use crate::time::Timestamp;

/// An address on the web as a text of at most [`MAX_WEB_ADDRESS_BYTES`] visible ASCII characters, `https`, or `http`. Whether
/// anything is fetched from there is for whoever fetches to say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebAddress(String);

/// Where an answer is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTo {
    /// `response_uri`.
    pub uri: WebAddress,
    /// What is sent back with the answer, at most [`MAX_STATE_BYTES`].
    pub state: Option<String>,
}

/// A request object that was not verified: good only for finding the key under which it has to be.
#[derive(Debug, Clone)]
pub struct Unverified {
    /// Who it says asks.
    pub client: Client,
    /// The header, read strictly.
    pub header: Map<String, Value>,
}

/// Our own terms in a request whose answer is posted: those of a request to a peer, without the peer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerms {
    v: u8,
    name: String,
    purpose: String,
    retention_days: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<String>,
}

#[derive(Deserialize)]
struct RawRequest {
    response_type: String,
    response_mode: Option<String>,
    response_uri: Option<String>,
    redirect_uri: Option<Value>,
    state: Option<String>,
    aud: Option<Value>,
    nonce: String,
    iat: Option<Timestamp>,
    exp: Option<Timestamp>,
    dcql_query: Option<Value>,
    scope: Option<Value>,
    transaction_data: Option<Value>,
    verifier_info: Option<Value>,
    client_metadata: Option<Value>,
    faam: Option<Value>,
}

/// What cannot stand in a `vp_token`, as it is sent beside it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    v: u8,
    ledgers: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private: Vec<Value>,
}

impl WebAddress {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, as it is written: between the scheme and the port or path.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

impl FromStr for WebAddress {
    type Err = Fault;

    /// Reads an address.
    ///
    /// # Errors
    /// `too_large`; `request.unreadable` for another scheme, no host, a user name, a fragment, or characters that are not
    /// visible ASCII.
    ///
    /// Implements REQ-VP-3 (`spec/text/openid4vp.md`).
    //= spec/text/openid4vp.md#REQ-VP-3
    //# An address on the web MUST be at most 2,048 visible ASCII characters, `https` or `http`, with a host, and without user
    //# name, fragment and backslash
    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX_WEB_ADDRESS_BYTES {
            return refuse(Reason::TooLarge, "request.uri");
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let authority = rest.and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
        if authority.is_empty() || authority.starts_with(':') || authority.contains('@') || !plain {
            return refuse(Reason::RequestUnreadable, "request.uri");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for WebAddress {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<WebAddress> for String {
    fn from(address: WebAddress) -> Self {
        address.0
    }
}

impl Unverified {
    /// Reads who a request says asks. Nothing is verified.
    ///
    /// # Errors
    /// `too_large`; `malformed.jws` and the like; `invalid.type`; `unsupported.critical`; `request.client`.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let (header, payload) = peek_foreign(text, TYP_REQUEST, MAX_REQUEST_BYTES)?;
        let client = match payload.get("client_id") {
            Some(Value::String(text)) => Client::from_client_id(text)?,
            _ => return refuse(Reason::RequestClient, "request.client_id"),
        };
        Ok(Self { client, header })
    }

    /// The key id of the header, if it is there and a text.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }
}

impl SignedRequest {
    /// The same question as a request object whose answer is posted to `uri`: the same nonce, times and query, signed by the same
    /// key. Its `state` is the digest of this request, so that each names the other; and it always has the same text.
    ///
    /// # Errors
    /// `internal` for a request that is not the signer's own; `too_large` over [`MAX_REQUEST_BYTES`].
    ///
    /// Implements REQ-VP-1 and REQ-VP-2 (`spec/text/openid4vp.md`).
    pub fn to_post(&self, uri: &WebAddress, signer: &Signer) -> Result<Self, Fault> {
        let mut request = self.request().clone();
        if request.verifier != *signer.did() {
            return refuse(Reason::Internal, "request.client_id");
        }
        //= spec/text/openid4vp.md#REQ-VP-2
        //# The `state` of the second MUST be the digest of the first
        let state = self.digest().to_string();
        let terms = RawTerms {
            v: 0,
            name: request.ask.name.clone(),
            purpose: request.ask.purpose.clone(),
            retention_days: request.ask.retention_days,
            terms: request.ask.terms.clone(),
        };
        //= spec/text/openid4vp.md#REQ-VP-1
        //# Both request objects of a question MUST have the same `client_id`, `nonce`, `iat`, `exp`, `dcql_query` and terms
        let raw = json!({
            "client_id": request.verifier.client_id(),
            "response_type": "vp_token",
            "response_mode": RESPONSE_MODE_POST,
            "response_uri": uri,
            "state": state,
            "aud": REQUEST_AUDIENCE,
            "nonce": request.nonce,
            "iat": request.issued,
            "exp": request.expires,
            "dcql_query": Value::from(request.ask.query.clone()),
            "client_metadata": metadata(&request.ask.query),
            "faam": terms,
        });
        let text = signer.sign(&raw, TYP_REQUEST)?;
        if text.len() > MAX_REQUEST_BYTES {
            return refuse(Reason::TooLarge, "request");
        }
        request.to = AnswerTo::Post(PostTo { uri: uri.clone(), state: Some(state) });
        Ok(Self::verified(text, request))
    }

    /// Verifies a request whose answer is to be posted, under `key`, which the caller found for [`Unverified::client`]; read at
    /// `now`.
    ///
    /// # Errors
    /// Those of [`verify_foreign`]; `request.client`; `request.mode` for an answer in another way; `request.transaction`;
    /// `request.unreadable` for what consent cannot say in full; `request.milestones`; `invalid.not_yet`; those of
    /// [`Ask::check`]; `malformed`. Whether it has expired is for [`SignedRequest::check_open`] to say.
    ///
    /// Implements REQ-VP-7 to REQ-VP-14 (`spec/text/openid4vp.md`).
    pub fn open_post(text: &str, key: &PublicKey, now: Timestamp) -> Result<Self, Fault> {
        let payload = verify_foreign(text, TYP_REQUEST, MAX_REQUEST_BYTES, key)?;
        Ok(Self::verified(text.to_owned(), read(payload, now)?))
    }
}

/// What a verifier can read, for wallets that ask before they answer.
fn metadata(query: &Query) -> Value {
    let mut formats = Map::new();
    if query.private().is_empty() {
        formats.insert(
            "dc+sd-jwt".to_owned(),
            json!({"sd-jwt_alg_values": ["EdDSA"], "kb-jwt_alg_values": ["EdDSA"]}),
        );
    } else {
        formats.insert(crate::domain::PRIVATE_FORMAT.to_owned(), json!({}));
    }
    json!({ "vp_formats_supported": formats })
}

fn read(payload: Value, now: Timestamp) -> Result<Request, Fault> {
    let unreadable = |at| Fault::new(Reason::RequestUnreadable, at);
    let client = match payload.get("client_id") {
        Some(Value::String(text)) => Client::from_client_id(text)?,
        _ => return refuse(Reason::RequestClient, "request.client_id"),
    };
    if payload.get("faam").is_some_and(is_of_other_version) {
        return refuse(Reason::UnsupportedVersion, "request.faam.v");
    }
    let raw: RawRequest = from_value(payload, "request")?;
    //= spec/text/openid4vp.md#REQ-VP-9
    //# A request with `transaction_data` MUST be refused
    if raw.transaction_data.is_some() {
        return refuse(Reason::RequestTransaction, "request.transaction_data");
    }
    //= spec/text/openid4vp.md#REQ-VP-8
    //# `response_type` MUST be `vp_token`, `response_mode` `direct_post`
    if raw.response_type != "vp_token" {
        return refuse(Reason::RequestMode, "request.response_type");
    }
    if raw.response_mode.as_deref() != Some(RESPONSE_MODE_POST) {
        return refuse(Reason::RequestMode, "request.response_mode");
    }
    if raw.redirect_uri.is_some() {
        return Err(unreadable("request.redirect_uri"));
    }
    //= spec/text/openid4vp.md#REQ-VP-7
    //# `aud` MUST be `https://self-issued.me/v2`
    if raw.aud.as_ref() != Some(&Value::from(REQUEST_AUDIENCE)) {
        return Err(unreadable("request.aud"));
    }
    check_nonce(&raw.nonce)?;
    //= spec/text/openid4vp.md#REQ-VP-10
    //# `scope` and `verifier_info` MUST NOT be there: consent could not say what they mean
    if raw.scope.is_some() || raw.verifier_info.is_some() {
        return Err(unreadable("request.scope"));
    }
    if raw.state.as_ref().is_some_and(|state| state.len() > MAX_STATE_BYTES) {
        return refuse(Reason::TooLarge, "request.state");
    }
    let uri: WebAddress = raw.response_uri.ok_or_else(|| unreadable("request.response_uri"))?.parse()?;
    //= spec/text/openid4vp.md#REQ-VP-11
    //# Where the `client_id` names a host, `response_uri` MUST have that host
    if let ClientKind::Host(host) = client.kind()
        && !uri.host().eq_ignore_ascii_case(host)
    {
        return refuse(Reason::RequestAudience, "request.response_uri");
    }
    let issued = raw.iat.unwrap_or(now);
    if issued.since(now) > KEY_BINDING_MAX_FUTURE {
        return refuse(Reason::NotYetValid, "request.iat");
    }
    let expires = raw.exp.unwrap_or(now.plus(REQUEST_LIFE_UNSAID));
    let query = raw.dcql_query.ok_or_else(|| unreadable("request.dcql_query"))?;
    let life = expires.since(issued);
    let (ask, terms_said) = match raw.faam {
        Some(faam) => {
            let terms: RawTerms = from_value_exact(faam, "request.faam")?;
            let ask = Ask {
                name: terms.name,
                purpose: terms.purpose,
                retention_days: terms.retention_days,
                terms: terms.terms,
                query: query.try_into()?,
                life,
            };
            ask.check()?;
            (ask, true)
        }
        None => (unsaid(&client, raw.client_metadata.as_ref(), query, life)?, false),
    };
    //= spec/text/openid4vp.md#REQ-VP-14
    //# Private standings MUST NOT be asked for without our terms, or by whoever is not named by a `did:key` or
    //# `did:webvh`
    if !ask.query.private().is_empty() && (!terms_said || client.did().is_none_or(|did| did.is_web())) {
        return Err(unreadable("request.dcql_query"));
    }
    let to = AnswerTo::Post(PostTo { uri, state: raw.state });
    Ok(Request { verifier: client, to, nonce: raw.nonce, issued, expires, ask, terms_said })
}

/// The question of somebody who does not know our terms.
//= spec/text/openid4vp.md#REQ-VP-12
//# Without `faam`, purpose and retention are not said, and a wallet MUST say so
fn unsaid(client: &Client, metadata: Option<&Value>, query: Value, life: i64) -> Result<Ask, Fault> {
    if life <= 0 {
        return refuse(Reason::RequestUnreadable, "request.exp");
    }
    if life > MAX_REQUEST_LIFE {
        return refuse(Reason::TooLarge, "request.exp");
    }
    let stated = metadata.and_then(|metadata| metadata.get("client_name")).and_then(Value::as_str);
    let stated = stated.filter(|name| !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES);
    let name = stated.unwrap_or_else(|| client.as_str());
    Ok(Ask {
        // Visible ASCII, where it is no name that was stated.
        name: name.get(..MAX_NAME_BYTES).unwrap_or(name).to_owned(),
        purpose: String::new(),
        retention_days: 0,
        terms: None,
        query: Query::read_foreign(query)?,
        life,
    })
}

/// A presentation as the members of a form: `vp_token`, and what cannot stand in it.
///
/// # Errors
/// `too_large` over [`MAX_PRESENTATION_BYTES`]; `internal`, which no presentation causes.
pub fn to_form(presentation: &Presentation) -> Result<(String, String), Fault> {
    let internal = |_| Fault::new(Reason::Internal, "presentation");
    let values = |list: &[_]| list.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let ledgers = values(&presentation.ledgers).map_err(internal)?;
    let private = presentation.private.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let beside = Beside { v: 0, ledgers, private: private.map_err(internal)? };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| Fault::new(Reason::Internal, "form"));
    Ok((text(to_json(&presentation.vp_token)?)?, text(to_json(&beside)?)?))
}

/// The presentation of which `vp_token` and, from a wallet of ours, `faam` were posted: one text in canonical form, on both sides
/// the same. Nothing in it is judged.
///
/// # Errors
/// `too_large`; `malformed.json`; `malformed` for what is no object, and for members of `faam` that it does not have;
/// `unsupported.version`.
///
/// Implements REQ-VP-18 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-18
//# The presentation MUST be the canonical form (JCS) of the object with `v` 0, `vp_token`, and `ledgers` and `private` of
//# `faam`
pub fn presentation_of(vp_token: &str, faam: Option<&str>) -> Result<Vec<u8>, Fault> {
    let vp_token = parse_value(vp_token.as_bytes(), MAX_PRESENTATION_BYTES, "vp_token")?;
    if !vp_token.is_object() {
        return refuse(Reason::Malformed, "vp_token");
    }
    let beside = match faam {
        Some(text) => {
            let value = parse_value(text.as_bytes(), MAX_PRESENTATION_BYTES, "faam")?;
            if is_of_other_version(&value) {
                return refuse(Reason::UnsupportedVersion, "faam.v");
            }
            from_value_exact(value, "faam")?
        }
        None => Beside { v: 0, ledgers: Vec::new(), private: Vec::new() },
    };
    let mut whole = Map::new();
    whole.insert("v".to_owned(), Value::from(0));
    whole.insert("vp_token".to_owned(), vp_token);
    whole.insert("ledgers".to_owned(), Value::Array(beside.ledgers));
    if !beside.private.is_empty() {
        whole.insert("private".to_owned(), Value::Array(beside.private));
    }
    let bytes = jcs(&Value::Object(whole))?;
    if bytes.len() > MAX_PRESENTATION_BYTES {
        return refuse(Reason::TooLarge, "presentation");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
