//! Keys of issuers: those in their names, and those that whoever judges pinned to a name.

use std::collections::BTreeMap;

use faam_spec::did::{Did, jwk};
use faam_spec::key::PublicKey;
use faam_spec::reason::{Fault, Reason, refuse};

/// Keys by the name of their issuer, which is the `iss` of what it signs, letter for letter.
#[derive(Debug, Clone, Default)]
pub struct Issuers {
    pinned: BTreeMap<String, Vec<Pinned>>,
}

#[derive(Debug, Clone)]
struct Pinned {
    /// The one key id it goes by; any if none.
    kid: Option<String>,
    key: PublicKey,
}

impl Issuers {
    /// Nobody's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a key is the issuer's; with a `kid`, only where a credential names that.
    pub fn pin(&mut self, issuer: &str, kid: Option<&str>, key: PublicKey) {
        let kid = kid.map(str::to_owned);
        self.pinned.entry(issuer.to_owned()).or_default().push(Pinned { kid, key });
    }

    /// Whether a key was pinned to the name.
    #[must_use]
    pub fn knows(&self, issuer: &str) -> bool {
        self.pinned.contains_key(issuer)
    }

    /// The keys that may have signed what names this issuer and key id.
    ///
    /// # Errors
    /// `issuer.key_unknown`; `invalid.issuer` for the key id of another DID; `invalid.did`, and those of the key in the name.
    ///
    /// Implements REQ-EVID-3 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-3
    //# The key MUST be one of the issuer that the credential names
    pub fn keys(&self, issuer: &str, kid: Option<&str>) -> Result<Vec<PublicKey>, Fault> {
        let whole =
            kid.map(|kid| if kid.starts_with('#') { format!("{issuer}{kid}") } else { kid.to_owned() });
        let is = |own: &str| whole.as_deref().is_none_or(|kid| kid == own);
        if issuer.starts_with("did:jwk:") {
            let key = jwk::key(issuer)?;
            return if is(&format!("{issuer}#0")) {
                Ok(vec![key])
            } else {
                refuse(Reason::InvalidIssuer, "kid")
            };
        }
        if issuer.starts_with("did:key:") {
            let did: Did = issuer.parse()?;
            return match (did.own_key(), did.own_key_id()) {
                (Some(key), Some(own)) if is(&own) => Ok(vec![key.into()]),
                _ => refuse(Reason::InvalidIssuer, "kid"),
            };
        }
        let pinned = self.pinned.get(issuer).map(Vec::as_slice).unwrap_or_default();
        let fits = |pinned: &&Pinned| match (&pinned.kid, &whole) {
            (Some(own), Some(kid)) => own == kid || Some(own.as_str()) == self::kid(kid),
            (Some(_), None) => pinned_alone(self.pinned.get(issuer)),
            (None, _) => true,
        };
        let keys: Vec<PublicKey> = pinned.iter().filter(fits).map(|pinned| pinned.key).collect();
        if keys.is_empty() { refuse(Reason::KeyUnknown, "iss") } else { Ok(keys) }
    }
}

/// The part of a key id after its DID.
fn kid(whole: &str) -> Option<&str> {
    whole.split_once('#').map(|(_, name)| name)
}

fn pinned_alone(pinned: Option<&Vec<Pinned>>) -> bool {
    pinned.is_some_and(|all| all.len() == 1)
}
