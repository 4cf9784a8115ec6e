//! Who asks: how that is known, and what to think of it.

use faam_spec::client::{Client, ClientKind};
use faam_spec::request::Request;
use faam_spec::words::Lang;

use super::words;

/// How a verifier was authenticated.
pub(super) fn authenticated(client: &Client, lang: Lang) -> String {
    match client.kind() {
        ClientKind::Host(host) => words::by_certificate(lang, host),
        ClientKind::Certificate(_) => words::by_named_certificate(lang),
        ClientKind::Did(did) if did.starts_with("did:web:") => words::by_host_key(lang),
        //= spec/text/asking.md#REQ-ASK-11
        //# MUST say that nobody vouches for who this is
        ClientKind::Did(did) if did.starts_with("did:key:") => words::by_anybody(lang),
        _ => words::by_key(lang),
    }
}

/// What to think of before answering whoever asks so.
pub(super) fn warnings(asked: &Request, lang: Lang) -> Vec<String> {
    let mut warnings = Vec::new();
    if !asked.terms_said {
        warnings.push(words::terms_unsaid(lang));
    }
    if asked.verifier.as_str().starts_with("did:web:") {
        warnings.push(words::by_host(lang));
    }
    if asked.post().is_some_and(|post| post.uri.as_str().starts_with("http://")) {
        warnings.push(words::plain_http(lang));
    }
    warnings
}
