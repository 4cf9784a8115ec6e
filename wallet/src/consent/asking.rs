//! Who asks: how that is known, and what to think of it.

use faam_spec::client::{Client, ClientKind};
use faam_spec::request::Request;

/// How a verifier was authenticated.
pub(super) fn authenticated(client: &Client) -> String {
    match client.kind() {
        ClientKind::Host(host) => {
            format!("Signed by a certificate for {host}; any name beside that is their own claim.")
        }
        ClientKind::Certificate(_) => {
            "Signed by the certificate that the link named; the name is their own claim.".to_owned()
        }
        ClientKind::Did(did) if did.starts_with("did:web:") => {
            "Signed by a key that the host in their DID names today; the name is their own claim.".to_owned()
        }
        //= spec/text/asking.md#REQ-ASK-11
        //# MUST say that nobody vouches for who this is
        ClientKind::Did(did) if did.starts_with("did:key:") => {
            "NOT authenticated by anybody: signed by the key that the link named, which anybody can make; the name is their own claim.".to_owned()
        }
        _ => "Signed by the key that the link named; the name is their own claim.".to_owned(),
    }
}

/// What to think of before answering whoever asks so.
pub(super) fn warnings(asked: &Request) -> Vec<String> {
    let mut warnings = Vec::new();
    if !asked.terms_said {
        warnings.push(
            "They did NOT SAY why they ask, nor for how long they keep it: take it that they keep it for good and use it for anything. You get no receipt."
                .to_owned(),
        );
    }
    if asked.verifier.as_str().starts_with("did:web:") {
        warnings.push("They are named by a host: whoever has it, now or later, is them.".to_owned());
    }
    if asked.post().is_some_and(|post| post.uri.as_str().starts_with("http://")) {
        warnings.push("The answer goes over plain HTTP, which others on the way can read.".to_owned());
    }
    warnings
}
