//! Decentralised identifiers: who signs and who asks.
//!
//! `did:key` names a key; `did:webvh` names a history of keys by its hash (SCID). Both keep their meaning when the
//! domain and its owner are gone. `did:web` names a host and says what that says today, and is taken with a warning. Their
//! keys are looked up in a [`KeyHistories`], never over a network.
//!
//! Specified in `spec/text/names.md`.

pub mod document;
pub mod jwk;
mod web;

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::CLIENT_ID_DID_PREFIX;
use crate::key::VerifyingKey;
use crate::limits::MAX_DID_BYTES;
use crate::reason::{Fault, Reason, refuse};
use crate::time::Timestamp;

/// Multicodec of an Ed25519 public key.
const ED25519_PUB: [u8; 2] = [0xed, 0x01];

/// A DID of an accepted method (`did:key`, `did:webvh`, `did:web`) in its one canonical text, at most [`MAX_DID_BYTES`] bytes.
///
/// Implements REQ-NAME-7 (`spec/text/names.md`).
//= spec/text/names.md#REQ-NAME-7
//# DIDs MUST be compared byte by byte, never by what they resolve to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);

impl Did {
    /// The `did:key` of an Ed25519 key.
    #[must_use]
    pub fn from_key(key: &VerifyingKey) -> Self {
        Self(format!("did:key:{}", key_text(key)))
    }

    /// The DID as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that stays when the name moves: the SCID of a `did:webvh`, the whole of a `did:key` and of a `did:web`, which has none.
    #[must_use]
    pub fn stable_part(&self) -> &str {
        match self.0.strip_prefix("did:webvh:") {
            Some(rest) => rest.split(':').next().unwrap_or(rest),
            None => &self.0,
        }
    }

    /// Whether it is a `did:web`: whoever has the host, now or later, decides what it says, of the past too.
    #[must_use]
    pub fn is_web(&self) -> bool {
        self.0.starts_with(web::PREFIX)
    }

    /// Where the document of a `did:web` is (`https://…/did.json`); nothing for other methods.
    #[must_use]
    pub fn document_address(&self) -> Option<String> {
        web::parts(self.0.strip_prefix(web::PREFIX)?).ok().map(|parts| parts.address())
    }

    /// The key of a `did:key`; nothing for other methods.
    #[must_use]
    pub fn own_key(&self) -> Option<VerifyingKey> {
        key_of(self.0.strip_prefix("did:key:")?).ok()
    }

    /// The key id under which a `did:key` signs: `did:key:z…#z…`.
    #[must_use]
    pub fn own_key_id(&self) -> Option<String> {
        self.0.strip_prefix("did:key:").map(|key| format!("{}#{key}", self.0))
    }

    /// The `client_id` of a verifier with this DID, which is also the `aud` of every key binding made for it.
    #[must_use]
    pub fn client_id(&self) -> String {
        format!("{CLIENT_ID_DID_PREFIX}{}", self.0)
    }

    /// The DID of a `client_id`.
    ///
    /// # Errors
    /// `invalid.did` for other client identifier prefixes and for what is no DID; `too_large` as for every DID.
    ///
    /// Implements REQ-NAME-13 (`spec/text/names.md`).
    pub fn from_client_id(text: &str) -> Result<Self, Fault> {
        //= spec/text/names.md#REQ-NAME-13
        //# The `client_id` of a request MUST have that prefix.
        match text.strip_prefix(CLIENT_ID_DID_PREFIX) {
            Some(did) => did.parse(),
            None => refuse(Reason::InvalidDid, "client_id"),
        }
    }
}

fn key_text(key: &VerifyingKey) -> String {
    let mut bytes = ED25519_PUB.to_vec();
    bytes.extend_from_slice(&key.to_bytes());
    multibase::encode(multibase::Base::Base58Btc, bytes)
}

fn key_of(text: &str) -> Result<VerifyingKey, Fault> {
    let bad = || Fault::new(Reason::InvalidDid, "did");
    if !text.starts_with('z') || text.len() > 64 {
        return Err(bad());
    }
    let (_, bytes) = multibase::decode(text).map_err(|_| bad())?;
    let key = bytes.strip_prefix(ED25519_PUB.as_slice()).ok_or_else(bad)?;
    //= spec/text/README.md#REQ-GEN-15
    //# in a `did:key`, what is none is no DID
    VerifyingKey::from_bytes(key.try_into().map_err(|_| bad())?).map_err(|_| bad())
}

impl FromStr for Did {
    type Err = Fault;

    /// Reads a DID in its canonical text.
    ///
    /// # Errors
    /// `too_large` over [`MAX_DID_BYTES`]; `invalid.did` for another method or form, and for a `did:key` whose key is
    /// none.
    ///
    /// Implements REQ-NAME-4 to REQ-NAME-6 (`spec/text/names.md`); REQ-GEN-15 (`spec/text/README.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        //= spec/text/names.md#REQ-NAME-6
        //# A DID MUST be at most 256 bytes.
        if text.len() > MAX_DID_BYTES {
            return refuse(Reason::TooLarge, "did");
        }
        //= spec/text/names.md#REQ-NAME-4
        //# A DID MUST be of one of those methods and forms.
        if let Some(key) = text.strip_prefix("did:key:") {
            key_of(key)?;
        } else if let Some(rest) = text.strip_prefix("did:webvh:") {
            let mut parts = rest.split(':');
            let scid = parts.next().unwrap_or_default();
            let scid_ok =
                scid.len() == 46 && scid.starts_with("Qm") && scid.bytes().all(|b| b.is_ascii_alphanumeric());
            let host_ok = parts.next().is_some_and(is_plain_host);
            let path_ok = parts.all(is_path_part);
            if !(scid_ok && host_ok && path_ok) {
                return refuse(Reason::InvalidDid, "did");
            }
        } else if let Some(rest) = text.strip_prefix(web::PREFIX) {
            web::parts(rest)?;
        } else {
            return refuse(Reason::InvalidDid, "did");
        }
        Ok(Self(text.to_owned()))
    }
}

/// Lower case, no trailing dot, no port, no punycode, at least two labels, and no IP address: `127.1` is another text of `127.0.0.1`.
//= spec/text/names.md#REQ-NAME-5
//# The host of a `did:webvh` or `did:web` MUST be in its one canonical form: lower case, two labels at least,
//# each of 1–63 letters, digits and inner hyphens, without percent sign, trailing dot, `..` and punycode
//# (`xn--`).
fn is_plain_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    //= spec/text/names.md#REQ-NAME-5
    //# The last label begins with a letter, so that it is no IP address.
    let is_name = labels.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    labels.len() >= 2
        && is_name
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && !label.starts_with("xn--")
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

/// Letters, digits, `-` and `_`: no dot, so that no part goes up, and none is `.well-known`.
fn is_path_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Did {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Did> for String {
    fn from(did: Did) -> Self {
        did.0
    }
}

/// One key of an issuer or verifier and when it was valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoricKey {
    /// The key id that signatures name (`kid`): the DID, `#` and a name.
    pub id: String,
    /// The key.
    pub key: VerifyingKey,
    /// First moment of its validity.
    pub from: Timestamp,
    /// First moment at which it is valid no more, later than `from`; none while it is current.
    pub until: Option<Timestamp>,
}

/// The key histories that are known here, by DID. A `did:key` needs none.
#[derive(Debug, Clone, Default)]
pub struct KeyHistories {
    known: std::collections::BTreeMap<Did, Vec<HistoricKey>>,
}

impl KeyHistories {
    /// Histories of nobody: only `did:key` can be resolved.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces the history of `did`. Whoever calls this has validated it.
    pub fn insert(&mut self, did: Did, keys: Vec<HistoricKey>) {
        self.known.insert(did, keys);
    }

    /// The key `kid` of `did` as it was valid at `at`.
    ///
    /// # Errors
    /// `invalid.issuer` if the key id is not of this DID; `issuer.key_unknown` if its history, or a key of that name in
    /// it, is not known here; `issuer.key_not_valid_then` if the key was not valid at that time. A `did:key` is valid at
    /// any time.
    ///
    /// Implements REQ-NAME-8 and REQ-NAME-10 to REQ-NAME-12 (`spec/text/names.md`).
    pub fn resolve(&self, did: &Did, kid: &str, at: Timestamp) -> Result<VerifyingKey, Fault> {
        //= spec/text/names.md#REQ-NAME-11
        //# The key MUST have been valid at the time at which the object says it was signed: `from` ≤ t <
        //# `until`.
        self.find(did, kid, |key| at >= key.from && key.until.is_none_or(|until| at < until))
    }

    /// The key `kid` of `did` if it was valid at some time up to `at`: for credentials that carry no time of their own and
    /// whose content is stated again by something that does.
    ///
    /// # Errors
    /// As [`KeyHistories::resolve`]; `issuer.key_not_valid_then` if the key became valid only after `at`.
    ///
    /// Implements REQ-CRED-19 (`spec/text/credentials.md`); REQ-NAME-8, REQ-NAME-10 and REQ-NAME-12
    /// (`spec/text/names.md`).
    pub fn resolve_until(&self, did: &Did, kid: &str, at: Timestamp) -> Result<VerifyingKey, Fault> {
        //= spec/text/credentials.md#REQ-CRED-19
        //# its key MUST have been the issuer's at some time up to the `iat` of the standing with which it is
        //# shown
        self.find(did, kid, |key| at >= key.from)
    }

    fn find(
        &self,
        did: &Did,
        kid: &str,
        was_valid: impl Fn(&HistoricKey) -> bool,
    ) -> Result<VerifyingKey, Fault> {
        //= spec/text/names.md#REQ-NAME-8
        //# be of the DID that the object states
        if kid.strip_prefix(did.as_str()).is_none_or(|rest| !rest.starts_with('#')) {
            return refuse(Reason::InvalidIssuer, "kid");
        }
        if let Some(key) = did.own_key() {
            return match did.own_key_id() {
                Some(own) if own == kid => Ok(key),
                _ => refuse(Reason::InvalidIssuer, "kid"),
            };
        }
        //= spec/text/names.md#REQ-NAME-12
        //# Histories MUST NOT be fetched while something is verified.
        //= spec/text/names.md#REQ-NAME-10
        //# Without a history of a `did:webvh` or `did:web`, or when the history has no key of that name, a
        //# reader MUST decide nothing.
        let Some(keys) = self.known.get(did) else { return refuse(Reason::KeyUnknown, "iss") };
        let mut named = keys.iter().filter(|key| key.id == kid).peekable();
        if named.peek().is_none() {
            return refuse(Reason::KeyUnknown, "kid");
        }
        match named.find(|key| was_valid(key)) {
            Some(key) => Ok(key.key),
            None => refuse(Reason::KeyNotValidThen, "kid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    #[test]
    fn did_key_round_trips() {
        let key = SigningKey::from_seed(&[3; 32]).verifying_key();
        let did = Did::from_key(&key);
        assert_eq!(did.as_str().parse::<Did>().unwrap().own_key(), Some(key));
        assert_eq!(Did::from_client_id(&did.client_id()).unwrap(), did);
        assert_eq!(did.stable_part(), did.as_str());
    }

    #[test]
    fn garbage_and_other_methods_are_refused() {
        let good = Did::from_key(&SigningKey::from_seed(&[3; 32]).verifying_key());
        let upper = good.as_str().to_uppercase();
        // The point of order one is no key.
        let mut weak = ED25519_PUB.to_vec();
        weak.extend_from_slice(&[1]);
        weak.resize(34, 0);
        let weak = format!("did:key:{}", multibase::encode(multibase::Base::Base58Btc, weak));
        for bad in [
            "did:key:zGARBAGE",
            "did:key:",
            "did:ion:example.com",
            "did:jwk:eyJ",
            &upper,
            "did:key:uAQ",
            &weak,
        ] {
            assert_eq!(bad.parse::<Did>().unwrap_err().reason(), Reason::InvalidDid, "{bad}");
        }
        let scid = "Qm".to_owned() + &"a".repeat(44);
        assert_eq!(format!("did:webvh:{scid}:market.example").parse::<Did>().unwrap().stable_part(), scid);
        for bad in
            ["Market.example", "market.example.", "xn--a.example", "market.example%3A80", "..", "localhost"]
        {
            assert!(format!("did:webvh:{scid}:{bad}").parse::<Did>().is_err(), "{bad}");
        }
    }

    //= spec/text/names.md#REQ-NAME-12
    //= type=test
    //# Histories MUST NOT be fetched while something is verified.
    #[test]
    fn a44_keys_are_valid_only_in_their_time() {
        let scid = "Qm".to_owned() + &"a".repeat(44);
        let did: Did = format!("did:webvh:{scid}:market.example").parse().unwrap();
        let key = SigningKey::from_seed(&[3; 32]).verifying_key();
        let at = |s| Timestamp::new(s).unwrap();
        let id = format!("{did}#one");
        let mut histories = KeyHistories::new();
        assert_eq!(histories.resolve(&did, &id, at(5)).unwrap_err().reason(), Reason::KeyUnknown);
        histories.insert(
            did.clone(),
            vec![HistoricKey { id: id.clone(), key, from: at(10), until: Some(at(20)) }],
        );
        assert!(histories.resolve(&did, &id, at(10)).is_ok());
        for wrong in [9, 20] {
            assert_eq!(
                histories.resolve(&did, &id, at(wrong)).unwrap_err().reason(),
                Reason::KeyNotValidThen
            );
        }
        assert_eq!(
            histories.resolve(&did, "did:key:z#z", at(10)).unwrap_err().reason(),
            Reason::InvalidIssuer
        );
    }
}
