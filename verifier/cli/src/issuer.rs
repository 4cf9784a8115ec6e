//! Whose credential it has to be: a key in a file, or a name by which the key is found.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use faam_spec::encoding::parse_value;
use faam_spec::key::PublicKey;
use faam_spec::reason::Fault;
use serde_json::{Map, Value};

use crate::io::{self, Failure};
use crate::sd_jwt::print;

/// Largest file with a key, in bytes: a key is 200, and certificates may stand beside it.
const MAX_JWK_BYTES: usize = 64 * 1024;

/// The issuer, in one of two ways.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Issuer {
    /// Public key of the issuer, a JWK in a file: Ed25519 or P-256.
    #[arg(long, value_name = "FILE")]
    issuer_jwk: Option<PathBuf>,
    #[cfg(feature = "fetch")]
    #[command(flatten)]
    named: fetched::Named,
    /// Stands for the options of a build with the feature `fetch`.
    #[cfg(not(feature = "fetch"))]
    #[arg(long, hide = true, value_parser = without_web)]
    issuer: Option<String>,
}

#[cfg(not(feature = "fetch"))]
fn without_web(_: &str) -> Result<String, &'static str> {
    Err("this program was built without the feature 'fetch'; give the key with --issuer-jwk")
}

/// The issuer as far as it is known before the credential is read.
pub(crate) enum Known {
    /// Its key.
    Key(PublicKey),
    /// Its name.
    #[cfg(feature = "fetch")]
    Named(fetched::Named),
}

impl Issuer {
    /// Reads the key, if it is in a file.
    pub(crate) fn known(self) -> Result<Known, Failure> {
        match self.issuer_jwk {
            Some(path) => key(&path).map(Known::Key),
            #[cfg(feature = "fetch")]
            None if self.named.is_named() => Ok(Known::Named(self.named)),
            None if cfg!(feature = "fetch") => Err(Failure::missing(
                "whose credential it has to be is missing; name the issuer with --issuer URL|DID, or give its key with \
                 --issuer-jwk FILE",
            )),
            None => Err(Failure::missing("the issuer's key is missing; give it with --issuer-jwk FILE")),
        }
    }
}

impl Known {
    /// Judges a credential under the issuer's key and prints the verdict.
    pub(crate) fn judge(
        self,
        credential: Result<&str, Fault>,
        not_checked: &[&str],
        verify: impl FnOnce(&str, &PublicKey) -> Result<Map<String, Value>, Fault>,
    ) -> Result<ExitCode, Failure> {
        match self {
            Self::Key(key) => print(credential.and_then(|text| verify(text, &key)), not_checked),
            #[cfg(feature = "fetch")]
            Self::Named(named) => named.judge(credential, not_checked, verify),
        }
    }
}

/// The issuer's key: what the caller trusts, so that a fault in it is the caller's.
fn key(path: &Path) -> Result<PublicKey, Failure> {
    let bytes = io::file(path, MAX_JWK_BYTES)?;
    let read = parse_value(&bytes, MAX_JWK_BYTES, "jwk").and_then(|jwk| PublicKey::from_jwk(&jwk));
    read.map_err(|fault| {
        Failure::usage(format!("'{}' is no public key that is read here: {fault}", path.display()))
    })
}

#[cfg(feature = "fetch")]
mod fetched {
    use std::path::PathBuf;
    use std::process::ExitCode;

    use clap::Args;
    use faam_fetch::{Fetcher, Roots, WebUrl, issuer};
    use faam_spec::did::{Did, jwk};
    use faam_spec::encoding::{Numbers, parse_value_with, unb64};
    use faam_spec::key::PublicKey;
    use faam_spec::limits::MAX_JWT_BYTES;
    use faam_spec::reason::{Fault, Reason, refuse};
    use serde_json::{Map, Value};

    use crate::io::Failure;
    use crate::sd_jwt::{print, undecided};

    /// What is not checked of a key that its host names today.
    const ISSUER_PAST: &str = "issuer_past";

    /// An issuer by its name.
    #[derive(Args)]
    #[group(skip)]
    pub(crate) struct Named {
        /// The issuer by its name, which is the iss of the credential, letter for letter: an https address or a did:web, whose
        /// keys are fetched, a did:key or a did:jwk.
        #[arg(long, value_name = "URL|DID", conflicts_with = "issuer_jwk")]
        issuer: Option<String>,
        /// Certificates of authorities, in PEM, that are believed beside those of this machine.
        #[arg(long, value_name = "FILE", requires = "issuer")]
        ca: Option<PathBuf>,
        /// Also fetches from this machine (localhost, 127.0.0.0/8, ::1), by plain HTTP too. For trying things out.
        #[arg(long, requires = "issuer")]
        danger_loopback: bool,
    }

    impl Named {
        /// Whether there is a name.
        pub(super) const fn is_named(&self) -> bool {
            self.issuer.is_some()
        }

        /// Finds the key, judges the credential under it, and prints the verdict.
        pub(super) fn judge(
            &self,
            credential: Result<&str, Fault>,
            not_checked: &[&str],
            verify: impl FnOnce(&str, &PublicKey) -> Result<Map<String, Value>, Fault>,
        ) -> Result<ExitCode, Failure> {
            let name = self.name()?;
            let fetcher = self.fetcher()?;
            // Keys that stand in the name were there when it signed, too.
            let in_name = name.starts_with("did:key:") || name.starts_with("did:jwk:");
            let past = (!in_name).then_some(ISSUER_PAST);
            let not_checked: Vec<&str> = not_checked.iter().copied().chain(past).collect();
            let not_checked = not_checked.as_slice();
            let (text, kid) = match credential.and_then(|text| Ok((text, kid(text)?))) {
                Ok(read) => read,
                Err(fault) => return print(Err(fault), not_checked),
            };
            match issuer::key(&fetcher, name, kid.as_deref()) {
                Ok(key) => print(verify(text, &key).and_then(|claims| of(name, claims)), not_checked),
                Err(error) => match error.reason() {
                    Reason::InvalidIssuer => print(refuse(Reason::InvalidIssuer, "kid"), not_checked),
                    Reason::FetchRoots => Err(Failure::of(Reason::FetchRoots, error.to_string())),
                    // Of a credential whose issuer cannot be asked nothing can be said.
                    reason => undecided(&Fault::new(reason, "issuer"), not_checked),
                },
            }
        }

        /// The name, if it is one by which a key can be found: else the caller is at fault.
        fn name(&self) -> Result<&str, Failure> {
            let name = self.issuer.as_deref().unwrap_or_default();
            let wrong =
                |why: &dyn std::fmt::Display| Err(Failure::usage(format!("'{name}' is no issuer: {why}")));
            if name.starts_with("did:jwk:") {
                return jwk::key(name).map(|_| name).or_else(|fault| wrong(&fault));
            }
            if name.starts_with("did:") {
                return match name.parse::<Did>() {
                    Ok(did) if did.is_web() || did.own_key().is_some() => Ok(name),
                    Ok(_) => wrong(&"the keys of a did:webvh are not fetched"),
                    Err(fault) => wrong(&fault),
                };
            }
            match name.parse::<WebUrl>() {
                Ok(url) if url.is_https() || (self.danger_loopback && url.is_loopback()) => Ok(name),
                Ok(_) => wrong(&Reason::FetchUrl),
                Err(error) => wrong(&error),
            }
        }

        fn fetcher(&self) -> Result<Fetcher, Failure> {
            let mut roots = Roots::platform();
            if let Some(path) = &self.ca {
                let more = Roots::from_file(path)
                    .map_err(|error| Failure::of(error.reason(), format!("'{}': {error}", path.display())))?;
                roots = roots.and(more);
            }
            let fetcher = Fetcher::new(&roots);
            Ok(if self.danger_loopback { fetcher.danger_with_loopback_http() } else { fetcher })
        }
    }

    /// The claims, if they are of the issuer that was named: its key alone does not say so, where one key has several names.
    fn of(name: &str, claims: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
        match claims.get("iss") {
            Some(Value::String(iss)) if iss == name => Ok(claims),
            _ => refuse(Reason::InvalidIssuer, "iss"),
        }
    }

    /// The key id in the header, which is not verified yet and only says which of the issuer's keys to try.
    fn kid(text: &str) -> Result<Option<String>, Fault> {
        let header = text.split('.').next().unwrap_or_default();
        if header.len() > MAX_JWT_BYTES {
            return refuse(Reason::TooLarge, "jws.header");
        }
        let header = unb64(header, "jws.header")?;
        let header = parse_value_with(&header, MAX_JWT_BYTES, Numbers::Any, "jws.header")?;
        match header.get("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid.clone())),
            Some(_) => refuse(Reason::InvalidIssuer, "kid"),
        }
    }
}
