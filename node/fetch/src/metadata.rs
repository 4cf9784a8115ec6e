//! What issuers publish: the keys of an SD-JWT VC issuer, and lists of what was withdrawn.

use faam_spec::encoding::{Numbers, parse_value_with};
use faam_spec::key::PublicKey;
use faam_spec::reason::{Fault, Reason, refuse};
use serde_json::Value;

use crate::error::{FetchError, UrlFault};
use crate::fetcher::{Accept, Fetcher};
use crate::limits::{MAX_KEYS, MAX_METADATA_BYTES};
use crate::url::WebUrl;

/// What metadata may be called.
const JSON: &[&str] = &["application/json"];
/// What a set of keys may be called (RFC 7517 §8.5).
const KEYS: &[&str] = &["application/json", "application/jwk-set+json"];
/// What a signed status list is called (Token Status List).
const STATUS_LIST: &[&str] = &["application/statuslist+jwt"];

/// The keys of an issuer that are read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKeys {
    keys: Vec<(Option<String>, PublicKey)>,
}

impl IssuerKeys {
    /// The key that a header names by `kid`; without one, the only key that there is.
    ///
    /// # Errors
    /// `issuer.key_unknown` if there is none, or more than one.
    pub fn key(&self, kid: Option<&str>) -> Result<PublicKey, Fault> {
        let mut fits = self.keys.iter().filter(|(id, _)| kid.is_none_or(|kid| id.as_deref() == Some(kid)));
        match (fits.next(), fits.next()) {
            (Some((_, key)), None) => Ok(*key),
            _ => refuse(Reason::KeyUnknown, "kid"),
        }
    }

    /// Reads a set of keys (RFC 7517 §5). Keys of kinds that are not read here are left out.
    fn read(set: &Value) -> Result<Self, Fault> {
        let Some(Value::Array(listed)) = set.get("keys") else { return wrong("jwks") };
        if listed.len() > MAX_KEYS {
            return refuse(Reason::TooLarge, "jwks");
        }
        let mut keys = Vec::new();
        for jwk in listed {
            let kid = match jwk.get("kid") {
                None => None,
                Some(Value::String(kid)) => Some(kid.clone()),
                Some(_) => return wrong("jwks.kid"),
            };
            // A key for encryption is none of the issuer's signatures.
            if jwk.get("use").is_some_and(|purpose| purpose == "enc") {
                continue;
            }
            match PublicKey::from_jwk(jwk) {
                Ok(key) => keys.push((kid, key)),
                Err(fault) if fault.reason() == Reason::UnsupportedAlgorithm => {}
                Err(_) => return wrong("jwks"),
            }
        }
        Ok(Self { keys })
    }
}

/// Fetches the keys of the issuer whose `iss` is this address, by its metadata (SD-JWT VC, `/.well-known/jwt-vc-issuer`).
///
/// # Errors
/// `fetch.document` if the metadata are of another issuer, or have not exactly one of `jwks` and `jwks_uri`; see
/// [`FetchError`].
///
/// Implements REQ-FETCH-23 (`spec/text/fetching.md`).
pub fn issuer_keys(fetcher: &Fetcher, issuer: &str) -> Result<IssuerKeys, FetchError> {
    let address = metadata_address(issuer)?;
    let accept = Accept::new(JSON, MAX_METADATA_BYTES).without_redirects();
    let fetched = fetcher.get(&address, &accept)?;
    let metadata = parse_value_with(fetched.body(), MAX_METADATA_BYTES, Numbers::Any, "jwt-vc-issuer")?;
    //= spec/text/fetching.md#REQ-FETCH-23
    //# Its `issuer` MUST be the `iss`, letter for letter, and it MUST have exactly one of `jwks` and `jwks_uri`.
    if metadata.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(Fault::new(Reason::FetchDocument, "jwt-vc-issuer.issuer").into());
    }
    match (metadata.get("jwks"), metadata.get("jwks_uri")) {
        (Some(set), None) => Ok(IssuerKeys::read(set)?),
        (None, Some(Value::String(uri))) => {
            let fetched = fetcher.get(&uri.parse()?, &Accept::new(KEYS, MAX_METADATA_BYTES))?;
            let set = parse_value_with(fetched.body(), MAX_METADATA_BYTES, Numbers::Any, "jwks")?;
            Ok(IssuerKeys::read(&set)?)
        }
        _ => Err(Fault::new(Reason::FetchDocument, "jwt-vc-issuer.jwks").into()),
    }
}

/// Where the metadata of an issuer are: its path moves behind `/.well-known/jwt-vc-issuer`.
fn metadata_address(issuer: &str) -> Result<WebUrl, FetchError> {
    let url: WebUrl = issuer.parse()?;
    if url.query().is_some() {
        return Err(FetchError::Url(UrlFault::Malformed));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.join(&format!("/.well-known/jwt-vc-issuer{path}"))
}

/// Fetches the text of a status list (Token Status List, a JWT) at `uri`, at most `max_bytes` bytes, for callers who verify it.
///
/// # Errors
/// See [`FetchError`]; `malformed` if it is no text.
pub fn status_list(fetcher: &Fetcher, uri: &WebUrl, max_bytes: usize) -> Result<String, FetchError> {
    let fetched = fetcher.get(uri, &Accept::new(STATUS_LIST, max_bytes))?;
    let text = String::from_utf8(fetched.into_body());
    Ok(text.map_err(|_| Fault::new(Reason::Malformed, "status_list"))?)
}

fn wrong<T>(at: &'static str) -> Result<T, Fault> {
    refuse(Reason::FetchDocument, at)
}
