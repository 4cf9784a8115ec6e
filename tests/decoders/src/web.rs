//! What is said on the web: names of hosts, and documents about them.

use std::collections::BTreeSet;

use faam_spec::did::document::Document;
use faam_spec::did::{Did, jwk};
use faam_spec::encoding::Numbers;
use faam_spec::encoding::parse_value_with;
use faam_spec::limits::{MAX_DID_BYTES, MAX_DID_DOCUMENT_BYTES, MAX_DID_METHODS};
use faam_spec::time::Timestamp;

/// A `did:web`: one text for a name, and one name for the address of a document.
pub fn did_web(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let _ = jwk::key(text);
    for text in [text.to_owned(), format!("did:web:{text}")] {
        let Ok(did) = text.parse::<Did>() else { continue };
        assert!(text.len() <= MAX_DID_BYTES && did.as_str() == text);
        assert_eq!(did.is_web(), did.document_address().is_some());
        let Some(address) = did.document_address() else { continue };
        let rest = address.strip_prefix("https://").expect("an address on the web");
        let (authority, path) = rest.split_once('/').expect("a path");
        assert!(
            authority.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b))
        );
        assert!(path.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
        assert_eq!(named(authority, path), text, "the address names no other");
    }
}

/// The name of whoever has a document at this address, by the words of the method read backwards.
fn named(authority: &str, path: &str) -> String {
    let path = path.strip_suffix("/did.json").expect("a document");
    let path = if path == ".well-known" { String::new() } else { format!(":{}", path.replace('/', ":")) };
    format!("did:web:{}{path}", authority.replace(':', "%3A"))
}

/// A DID document, of the DID that it says it is of: nothing is taken from it that another one controls.
pub fn did_document(bytes: &[u8]) {
    let fixed: Did = "did:web:market.example".parse().expect("a name");
    let stated = parse_value_with(bytes, MAX_DID_DOCUMENT_BYTES, Numbers::Any, "fuzz").ok();
    let stated = stated.as_ref().and_then(|document| document.get("id")?.as_str()?.parse::<Did>().ok());
    if stated.as_ref() != Some(&fixed) {
        assert!(Document::parse(&fixed, bytes).is_err(), "of another");
    }
    let Some(did) = stated else { return };
    let Ok(document) = Document::parse(&did, bytes) else { return };
    let start = Timestamp::new(0).expect("a time");
    let history = document.history(start);
    assert!(history.len() <= MAX_DID_METHODS);
    let mut ids = BTreeSet::new();
    for key in history {
        assert!(key.id.starts_with(&format!("{did}#")) && ids.insert(key.id.clone()), "one id, of this name");
        assert_eq!(document.key(&key.id), Ok(key.key.into()));
        if let Ok(asserts) = document.assertion_key(&key.id) {
            assert_eq!(asserts, key.key.into());
        }
    }
    assert!(document.key("did:web:other.example#a").is_err() && document.key("").is_err());
}
