//! Who asks: a verifier, by the identifier under which its request was authenticated.
//!
//! Our own verifiers are named by a [`Did`]. Those of others may be named in any of the ways of OpenID4VP 1.0 §5.9.3 in which a
//! signature proves the name.
//!
//! Specified in `spec/text/names.md` and `spec/text/openid4vp.md`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::did::Did;
use crate::did::document::multikey;
use crate::domain::{CLIENT_ID_DID_PREFIX, CLIENT_ID_HASH_PREFIX, CLIENT_ID_SAN_PREFIX};
use crate::key::PublicKey;
use crate::limits::MAX_CLIENT_ID_BYTES;
use crate::reason::{Fault, Reason, refuse};

/// A verifier's identifier, at most [`MAX_CLIENT_ID_BYTES`] bytes of visible ASCII: a DID of any method, or another `client_id`
/// with its prefix.
///
/// As text it is the DID alone, or the whole `client_id` where it is no DID.
///
/// Implements REQ-VP-4 (`spec/text/openid4vp.md`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Client(String);

/// How a request of a verifier is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientKind<'a> {
    /// By a key of this DID, of any method.
    Did(&'a str),
    /// By a certificate for this host (`x509_san_dns`).
    Host(&'a str),
    /// By the certificate that has this SHA-256, base64url (`x509_hash`).
    Certificate(&'a str),
}

impl Client {
    /// Reads the `client_id` of a request.
    ///
    /// # Errors
    /// `too_large`; `request.client` for a prefix that is not read here and for what is none of its kind.
    pub fn from_client_id(text: &str) -> Result<Self, Fault> {
        match text.strip_prefix(CLIENT_ID_DID_PREFIX) {
            Some(did) if did.starts_with("did:") => did.parse(),
            Some(_) => refuse(Reason::RequestClient, "client_id"),
            None if text.starts_with("did:") => refuse(Reason::RequestClient, "client_id"),
            None => text.parse(),
        }
    }

    /// The whole `client_id`, which is also the `aud` of every key binding made for it.
    #[must_use]
    pub fn client_id(&self) -> String {
        match self.kind() {
            ClientKind::Did(did) => format!("{CLIENT_ID_DID_PREFIX}{did}"),
            _ => self.0.clone(),
        }
    }

    /// As text: the DID, or the `client_id` of what is named otherwise.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How it is authenticated.
    #[must_use]
    pub fn kind(&self) -> ClientKind<'_> {
        if let Some(host) = self.0.strip_prefix(CLIENT_ID_SAN_PREFIX) {
            return ClientKind::Host(host);
        }
        match self.0.strip_prefix(CLIENT_ID_HASH_PREFIX) {
            Some(hash) => ClientKind::Certificate(hash),
            None => ClientKind::Did(&self.0),
        }
    }

    /// The key `kid` of a `did:key` or `did:jwk`, which are their own; nothing for what has to be looked up.
    ///
    /// # Errors
    /// `invalid.issuer` for a key id that is not of this DID; as [`crate::did::jwk::key`] and for `did:key`, of Ed25519 or P-256,
    /// `invalid.did`.
    pub fn own_key(&self, kid: &str) -> Result<Option<PublicKey>, Fault> {
        let ClientKind::Did(did) = self.kind() else { return Ok(None) };
        let (fragment, key) = if let Some(text) = did.strip_prefix("did:key:") {
            let key = multikey(text, true).ok().flatten();
            (text, key.ok_or(Fault::new(Reason::InvalidDid, "client_id"))?)
        } else if did.starts_with("did:jwk:") {
            ("0", crate::did::jwk::key(did)?)
        } else {
            return Ok(None);
        };
        let named = kid.strip_prefix(did).and_then(|rest| rest.strip_prefix('#'));
        if named == Some(fragment) { Ok(Some(key)) } else { refuse(Reason::InvalidIssuer, "kid") }
    }

    /// The DID, if it is of a method that our own objects are signed by ([`Did`]).
    #[must_use]
    pub fn did(&self) -> Option<Did> {
        self.0.parse().ok()
    }

    /// The part that stays when the name moves: the SCID of a `did:webvh`, else the whole.
    #[must_use]
    pub fn stable_part(&self) -> &str {
        match self.0.strip_prefix("did:webvh:") {
            Some(rest) => rest.split(':').next().unwrap_or(rest),
            None => &self.0,
        }
    }
}

impl FromStr for Client {
    type Err = Fault;

    /// Reads the text of [`Client::as_str`].
    ///
    /// # Errors
    /// `too_large`; `request.client`.
    //= spec/text/openid4vp.md#REQ-VP-4
    //# A `client_id` MUST be at most 2,048 bytes of visible ASCII
    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX_CLIENT_ID_BYTES {
            return refuse(Reason::TooLarge, "client_id");
        }
        let bad = || refuse(Reason::RequestClient, "client_id");
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return bad();
        }
        let known = if let Some(did) = text.strip_prefix("did:") {
            // Fragments, paths and queries name something within a DID.
            let (method, rest) = did.split_once(':').unwrap_or((did, ""));
            let named =
                !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            named && !rest.is_empty() && !rest.contains(['#', '/', '?'])
        } else if let Some(host) = text.strip_prefix(CLIENT_ID_SAN_PREFIX) {
            is_host(host)
        } else if let Some(hash) = text.strip_prefix(CLIENT_ID_HASH_PREFIX) {
            crate::encoding::unb64(hash, "client_id").is_ok_and(|hash| hash.len() == 32)
        } else {
            false
        };
        if known { Ok(Self(text.to_owned())) } else { bad() }
    }
}

/// A name as a certificate states it: lower case, two labels at least, no address.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let is_name =
        host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    host.len() <= 253 && host.contains('.') && is_name && host.split('.').all(label)
}

impl From<Did> for Client {
    fn from(did: Did) -> Self {
        Self(did.into())
    }
}

impl From<&Did> for Client {
    fn from(did: &Did) -> Self {
        Self(did.as_str().to_owned())
    }
}

impl PartialEq<Did> for Client {
    fn eq(&self, did: &Did) -> bool {
        self.0 == did.as_str()
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Client {
    type Error = Fault;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Client> for String {
    fn from(client: Client) -> Self {
        client.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    #[test]
    fn our_own_verifiers_are_named_as_ever() {
        let did = Did::from_key(&SigningKey::from_seed(&[3; 32]).verifying_key());
        let client = Client::from(&did);
        assert_eq!((client.client_id(), client.as_str()), (did.client_id(), did.as_str()));
        assert_eq!(Client::from_client_id(&did.client_id()).unwrap(), client);
        assert_eq!(client.did(), Some(did.clone()));
        assert_eq!(client.stable_part(), did.stable_part());
        let scid = "Qm".to_owned() + &"a".repeat(44);
        let moved: Client = format!("did:webvh:{scid}:m.example").parse().unwrap();
        assert_eq!(moved.stable_part(), scid);
    }

    #[test]
    fn keys_that_are_their_own_name_are_found_by_their_id_alone() {
        let did = Did::from_key(&SigningKey::from_seed(&[3; 32]).verifying_key());
        let client = Client::from(&did);
        let kid = did.own_key_id().unwrap();
        assert_eq!(client.own_key(&kid).unwrap(), did.own_key().map(PublicKey::from));
        let p256: Client = "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv".parse().unwrap();
        let key = p256.own_key(&format!("{p256}#zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"));
        assert_eq!(key.unwrap().unwrap().algorithm(), "ES256");
        for kid in ["", did.as_str(), "#0", &format!("{kid}x"), &format!("{did}#0")] {
            assert_eq!(client.own_key(kid).unwrap_err().reason(), Reason::InvalidIssuer, "{kid}");
        }
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let jwk: Client = format!("did:jwk:{}", crate::encoding::b64(jwk)).parse().unwrap();
        assert!(jwk.own_key(&format!("{jwk}#0")).unwrap().is_some());
        assert!(jwk.own_key(&format!("{jwk}#1")).is_err());
        let web: Client = "did:web:verifier.example".parse().unwrap();
        assert_eq!(web.own_key("did:web:verifier.example#0"), Ok(None));
        let bad: Client = "did:key:zGARBAGE".parse().unwrap();
        assert_eq!(bad.own_key("did:key:zGARBAGE#zGARBAGE").unwrap_err().reason(), Reason::InvalidDid);
    }

    //= spec/text/openid4vp.md#REQ-VP-4
    //= type=test
    //# A `client_id` MUST be at most 2,048 bytes of visible ASCII
    #[test]
    fn others_are_named_by_what_a_signature_proves() {
        let hash = format!("x509_hash:{}", crate::encoding::b64([1; 32]));
        for good in [
            "decentralized_identifier:did:web:verifier.example",
            "decentralized_identifier:did:jwk:eyJ9",
            "x509_san_dns:verifier.example",
            &hash,
        ] {
            let client = Client::from_client_id(good).unwrap();
            assert_eq!(client.client_id(), good);
            assert_eq!(client.as_str().parse::<Client>().unwrap(), client);
        }
        for bad in [
            "",
            "did:web:verifier.example",
            "verifier.example",
            "https://verifier.example/cb",
            "redirect_uri:https://verifier.example/cb",
            "openid_federation:https://verifier.example",
            "verifier_attestation:verifier.example",
            "origin:https://verifier.example",
            "decentralized_identifier:",
            "decentralized_identifier:x509_san_dns:verifier.example",
            "decentralized_identifier:did:web:",
            "decentralized_identifier:did:web:a.example#key",
            "decentralized_identifier:did:web:a.example\u{202e}",
            "x509_san_dns:Verifier.example",
            "x509_san_dns:localhost",
            "x509_san_dns:127.0.0.1",
            "x509_san_dns:a..example",
            "x509_hash:abc",
        ] {
            assert_eq!(Client::from_client_id(bad).unwrap_err().reason(), Reason::RequestClient, "{bad}");
        }
        let long = format!("decentralized_identifier:did:web:{}", "a".repeat(3000));
        assert_eq!(Client::from_client_id(&long).unwrap_err().reason(), Reason::TooLarge);
    }
}
