//! What an object is, told by its content and never by a file's name.

use crate::domain::{
    CLIENT_ID_DID_PREFIX, TYP_EPOCH, TYP_ERASURE, TYP_KEY_BINDING, TYP_RECEIPT, TYP_REQUEST, TYP_SD_JWT_VC,
    TYP_STATUS_LIST, TYP_TERMS,
};
use crate::encoding::{unb64, unmulti};

use crate::limits::{MAX_JWT_BYTES, MAX_OFFER_BYTES, MAX_PRESENTATION_BYTES};

use super::json::{self, Node};

macro_rules! kinds {
    ($($name:ident $text:literal,)*) => {
        /// What can be shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Kind { $(#[doc = $text] $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as [`Kind::named`] takes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    Link "link",
    Credential "sd-jwt",
    Request "request",
    Epoch "epoch-record",
    StatusList "status-list",
    Terms "terms",
    Receipt "receipt",
    Erasure "erasure",
    KeyBinding "key-binding",
    Jws "jws",
    Claims "claims",
    Disclosure "disclosure",
    Presentation "presentation",
    Offer "offer",
    Ledger "ledger",
    Record "record",
    Entry "entry",
    AccountHead "account-head",
    Redeem "redeem-statement",
    Renew "renew-statement",
    Decision "decision",
    HolderDecision "holder-decision",
    Outcome "outcome",
    Query "query",
    Pending "pending-request",
    Numbers "ledger-numbers",
    Jwk "jwk",
    Vector "vector",
    Message "message",
    Frame "frame",
    Did "did",
    Peer "peer",
    Address "address",
    Bytes "bytes",
    Json "json",
    Unknown "unknown",
}

impl Kind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What `bytes` are, by their content.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        detect(bytes)
    }

    /// The largest that is taken apart, in bytes: an offer, or its records; of everything else not more than a presentation may have.
    pub(super) const fn largest(self) -> usize {
        match self {
            Self::Offer | Self::Ledger => MAX_OFFER_BYTES,
            _ => MAX_PRESENTATION_BYTES,
        }
    }

    /// Whether it is a JSON text.
    pub(super) const fn is_json(self) -> bool {
        matches!(
            self,
            Self::Presentation
                | Self::Offer
                | Self::Ledger
                | Self::Record
                | Self::Entry
                | Self::AccountHead
                | Self::Redeem
                | Self::Renew
                | Self::Decision
                | Self::HolderDecision
                | Self::Outcome
                | Self::Query
                | Self::Pending
                | Self::Numbers
                | Self::Jwk
                | Self::Vector
                | Self::Json
        )
    }
}

/// Members by which JSON objects are told apart, the more telling ones first.
const BY_MEMBERS: &[(Kind, &[&str])] = &[
    (Kind::Vector, &["input", "expect"]),
    (Kind::Presentation, &["vp_token"]),
    (Kind::Offer, &["entries", "standing"]),
    (Kind::Record, &["entry", "disclosures"]),
    (Kind::Outcome, &["decision", "receipt"]),
    (Kind::Decision, &["outcome", "facts"]),
    (Kind::HolderDecision, &["outcome", "reasons"]),
    (Kind::Redeem, &["capability", "challenge", "commitment"]),
    (Kind::Renew, &["capability", "challenge"]),
    (Kind::AccountHead, &["head", "salt"]),
    (Kind::Entry, &["kind", "salt"]),
    (Kind::Query, &["credentials"]),
    (Kind::Numbers, &["total", "roles"]),
    (Kind::Jwk, &["kty"]),
];

/// Members by which the claims of signed objects are told apart.
const BY_CLAIMS: &[(Kind, &[&str])] = &[
    (Kind::Credential, &["vct", "entry"]),
    (Kind::Credential, &["vct", "standing"]),
    (Kind::Epoch, &["iss", "accounts"]),
    (Kind::StatusList, &["sub", "status_list"]),
    (Kind::Request, &["client_id", "dcql_query"]),
    (Kind::Terms, &["iss", "capability", "challenge"]),
    (Kind::Receipt, &["iss", "presentation", "delete_by"]),
    (Kind::Erasure, &["iss", "presentation", "state"]),
    (Kind::KeyBinding, &["nonce", "sd_hash"]),
];

/// What these bytes are; they are bounded by who calls.
pub(super) fn detect(bytes: &[u8]) -> Kind {
    match (bytes.first(), bytes.get(4), bytes.get(8)) {
        (Some(0), Some(b'{'), _) => return Kind::Message,
        (Some(0), Some(0), Some(b'{')) => return Kind::Frame,
        _ => {}
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if matches!(start.first(), Some(b'{' | b'[')) {
        return of_long(start).unwrap_or(Kind::Json);
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return Kind::Unknown };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.len() > Kind::Unknown.largest() {
        return Kind::Unknown;
    }
    of_signed(text).or_else(|| of_text(text)).unwrap_or(Kind::Unknown)
}

/// Members that tell what they stand in, beside those of the tables.
const TELLING: &[&str] = &["entry", "salt", "iss", "request", "v", "vct"];

/// As [`of_json`], of a text of any length.
pub(super) fn of_long(raw: &[u8]) -> Option<Kind> {
    let tables = BY_MEMBERS.iter().chain(BY_CLAIMS).flat_map(|(_, names)| *names);
    let names: Vec<&str> = tables.chain(TELLING).copied().collect();
    of_json(&json::sketch(raw, &names)?)
}

/// What a JSON value is, if it is one of ours.
pub(super) fn of_json(node: &Node<'_>) -> Option<Kind> {
    match node {
        Node::List(items, _) => {
            let records = items.first().is_some_and(|first| first.get("entry").is_some());
            records.then_some(Kind::Ledger)
        }
        Node::Object(..) => {
            if node.at(&["entry", "salt"]).is_some() && node.get("iss").is_none() {
                return Some(Kind::Record);
            }
            if of_claims(node).is_some() {
                return Some(Kind::Claims);
            }
            let stored = node.get("request").and_then(Node::text).and_then(of_signed);
            if stored == Some(Kind::Request) && node.get("v").is_some() {
                return Some(Kind::Pending);
            }
            let has = |names: &[&str]| names.iter().all(|name| node.get(name).is_some());
            BY_MEMBERS.iter().find(|(_, names)| has(names)).map(|(kind, _)| *kind)
        }
        _ => None,
    }
}

/// Whose claims an object holds, if it is the payload of something that is signed.
pub(super) fn of_claims(node: &Node<'_>) -> Option<Kind> {
    let has = |names: &[&str]| names.iter().all(|name| node.get(name).is_some());
    let (kind, _) = BY_CLAIMS.iter().find(|(_, names)| has(names))?;
    // Credentials of others may have members of the same names.
    let ours = |vct: &Node<'_>| vct.text().is_none_or(|vct| vct.starts_with("urn:faam:"));
    node.get("vct").is_none_or(ours).then_some(*kind)
}

/// What a signed text is, if it is one: a JWS or an SD-JWT, whole or not.
pub(super) fn of_signed(text: &str) -> Option<Kind> {
    // Every JWS header begins with `{"`, in base64url `eyJ`; with a space or line feed in it, `ey` or `ew`.
    if !(text.starts_with("ey") || text.starts_with("ew")) || !text.contains('.') {
        return None;
    }
    if text.contains('~') {
        return Some(Kind::Credential);
    }
    let header = text.split('.').next().filter(|header| header.len() <= MAX_JWT_BYTES);
    let Some(header) = header else { return Some(Kind::Jws) };
    let header = unb64(header, "header").ok()?;
    let header = json::read(&header).0;
    Some(match header.as_ref().and_then(|header| header.get("typ")?.text()) {
        Some(TYP_SD_JWT_VC) => Kind::Credential,
        Some(TYP_REQUEST) => Kind::Request,
        Some(TYP_EPOCH) => Kind::Epoch,
        Some(TYP_STATUS_LIST) => Kind::StatusList,
        Some(TYP_TERMS) => Kind::Terms,
        Some(TYP_RECEIPT) => Kind::Receipt,
        Some(TYP_ERASURE) => Kind::Erasure,
        Some(TYP_KEY_BINDING) => Kind::KeyBinding,
        _ => Kind::Jws,
    })
}

/// What an unsigned text is.
fn of_text(text: &str) -> Option<Kind> {
    for (prefix, kind) in [
        ("faam:", Kind::Link),
        ("did:", Kind::Did),
        (CLIENT_ID_DID_PREFIX, Kind::Did),
        ("12D3KooW", Kind::Peer),
        ("/ip4/", Kind::Address),
        ("/ip6/", Kind::Address),
        ("/dns", Kind::Address),
    ] {
        if text.starts_with(prefix) {
            return Some(kind);
        }
    }
    match unb64(text, "text").ok().as_deref().and_then(<[u8]>::first) {
        Some(b'[') => return Some(Kind::Disclosure),
        Some(b'{') => return Some(Kind::Claims),
        _ => {}
    }
    let known = match text.as_bytes().first() {
        _ if text.len() > 64 * 44 => false,
        Some(b'u') if text.len() != 43 => {
            unmulti(text, "text").is_ok_and(|b| b.len() == 16 || !b.is_empty() && b.len().is_multiple_of(32))
        }
        Some(b'z') if text.len() != 43 => {
            matches!(text.len(), 40..=128) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        }
        _ => text.len() == 43 && unb64(text, "text").is_ok(),
    };
    known.then_some(Kind::Bytes)
}
