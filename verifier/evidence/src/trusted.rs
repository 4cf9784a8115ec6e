//! Whose credentials a verifier believes, as a TOML file.

use faam_spec::key::PublicKey;
use faam_spec::limits::MAX_DID_JWK_BYTES;
use faam_spec::reason::{Fault, Reason, refuse};
use faam_verifier::policy::{FileError, check_keys, form};
use serde::Deserialize;
use serde_json::Value;

use crate::issuers::Issuers;
use crate::{Kind, Statement};

/// Issuers that are believed, and about which types of credentials.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    issuers: Vec<(String, Vec<String>)>,
    keys: Issuers,
}

const KEYS: &[(&str, &[&str])] = &[("", &["v", "issuer"]), ("issuer", &["name", "key", "types"])];

#[derive(Deserialize)]
struct Raw {
    v: u8,
    #[serde(default)]
    issuer: Vec<RawIssuer>,
}

#[derive(Deserialize)]
struct RawIssuer {
    name: String,
    key: Option<Value>,
    types: Vec<String>,
}

impl Trusted {
    /// Reads a file, at most [`faam_verifier::policy::MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// [`FileError`]: `too_large`, `file.syntax`, `file.key` with the nearest known key, `file.value`.
    ///
    /// Implements REQ-EVID-22 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-22
    //# A file MUST be refused for a key that is not known, naming the nearest that is (`file.key`)
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let table = check_keys(text, KEYS)?;
        let Raw { v, issuer } = form(&table, text)?;
        if v != 0 {
            return Err(FileError::value(&table, text, "v", "this program knows version 0 alone"));
        }
        let mut trusted = Self::default();
        for (at, raw) in issuer.into_iter().enumerate() {
            let why =
                |why: &str| FileError::value(&table, text, "issuer", &format!("entry no. {}: {why}", at + 1));
            if raw.name.is_empty() || raw.name.len() > MAX_DID_JWK_BYTES || raw.types.is_empty() {
                return Err(why("name the issuer, and at least one of its types"));
            }
            let names_key = raw.name.starts_with("did:key:") || raw.name.starts_with("did:jwk:");
            match raw.key {
                None if names_key => {}
                Some(jwk) if !names_key => {
                    let key = PublicKey::from_jwk(&jwk)
                        .map_err(|_| why("`key` is a public JWK, Ed25519 or P-256"))?;
                    trusted.keys.pin(&raw.name, None, key);
                }
                None => return Err(why("an issuer whose name is not its key needs one: key = { kty = … }")),
                Some(_) => return Err(why("the name is the key; leave `key` out")),
            }
            trusted.issuers.push((raw.name, raw.types));
        }
        Ok(trusted)
    }

    /// The keys that stand in it.
    #[must_use]
    pub const fn keys(&self) -> &Issuers {
        &self.keys
    }

    /// Whether what a credential states is believed; readers and mappings are those of whoever judges, so that nothing else is asked.
    ///
    /// # Errors
    /// `trust.untrusted`.
    ///
    /// Implements REQ-EVID-25 (`spec/text/evidence.md`).
    //= spec/text/evidence.md#REQ-EVID-25
    //# A verifier MUST NOT accept a credential of an issuer that it does not believe about that type
    pub fn check(&self, statement: &Statement) -> Result<(), Fault> {
        if !matches!(statement.kind, Kind::SdJwtVc | Kind::Vc) {
            return Ok(());
        }
        let of_type = statement.of_type.as_deref().unwrap_or_default();
        let believed = |(name, types): &(String, Vec<String>)| {
            *name == statement.by && types.iter().any(|of| of == of_type)
        };
        if self.issuers.iter().any(believed) { Ok(()) } else { refuse(Reason::Untrusted, "evidence.issuer") }
    }
}
