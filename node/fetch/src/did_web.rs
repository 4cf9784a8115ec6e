//! `did:web`: what a host says today of the keys of its names.

use faam_spec::did::Did;
use faam_spec::did::document::Document;
use faam_spec::limits::MAX_DID_DOCUMENT_BYTES;
use faam_spec::reason::{Fault, Reason};

use crate::error::FetchError;
use crate::fetcher::{Accept, Fetcher};

/// What a DID document may be called.
const TYPES: &[&str] =
    &["application/did", "application/did+json", "application/did+ld+json", "application/json"];

/// Fetches and reads the document of a `did:web`.
///
/// It says what its host says at this moment. Whoever has the host tomorrow can say something else, of the past too: keep
/// what was decided, and warn.
///
/// # Errors
/// `invalid.did` for a DID of another method; see [`FetchError`] and [`Document::parse`].
///
/// Implements REQ-FETCH-13 (`spec/text/fetching.md`).
pub fn document(fetcher: &Fetcher, did: &Did) -> Result<Document, FetchError> {
    let address = did.document_address().ok_or(Fault::new(Reason::InvalidDid, "did"))?;
    //= spec/text/fetching.md#REQ-FETCH-13
    //# The document of a `did:web` MUST be taken from the address that the method gives, without redirects.
    let accept = Accept::new(TYPES, MAX_DID_DOCUMENT_BYTES).without_redirects();
    let fetched = fetcher.get(&address.parse()?, &accept)?;
    Ok(Document::parse(did, fetched.body())?)
}
