//! The key of an issuer whose credentials others define, by whatever it calls itself.

use faam_spec::did::{Did, jwk};
use faam_spec::key::PublicKey;
use faam_spec::reason::{Fault, Reason, refuse};

use crate::did_web;
use crate::error::FetchError;
use crate::fetcher::Fetcher;
use crate::metadata::issuer_keys;

/// The key with which `issuer` signs credentials under the key id `kid`, as its header names it.
///
/// | issuer | key | fetched |
/// |---|---|---|
/// | `https://…` | of its metadata, by `kid`; the only one if there is no `kid` | yes |
/// | `did:web:…` | of its document's `assertionMethod`, by `kid` | yes |
/// | `did:key:…`, `did:jwk:…` | its own; a `kid` has to name it | no |
///
/// What was fetched says what holds now: whether the key was the issuer's when it signed is not known.
///
/// # Errors
/// `invalid.issuer` for a `kid` of another DID; `issuer.key_unknown`; `invalid.did`, `fetch.url` for what is no issuer; see
/// [`FetchError`].
pub fn key(fetcher: &Fetcher, issuer: &str, kid: Option<&str>) -> Result<PublicKey, FetchError> {
    if !issuer.starts_with("did:") {
        return Ok(issuer_keys(fetcher, issuer)?.key(kid)?);
    }
    // A key id may leave out the DID, which is the issuer's.
    let kid = kid.map(|kid| if kid.starts_with('#') { format!("{issuer}{kid}") } else { kid.to_owned() });
    if issuer.starts_with("did:jwk:") {
        let key = jwk::key(issuer)?;
        return Ok(named(key, kid.as_deref(), &format!("{issuer}#0"))?);
    }
    let did: Did = issuer.parse()?;
    if did.is_web() {
        let kid = kid.ok_or(Fault::new(Reason::InvalidIssuer, "kid"))?;
        return Ok(did_web::document(fetcher, &did)?.assertion_key(&kid)?);
    }
    match (did.own_key(), did.own_key_id()) {
        (Some(key), Some(own)) => Ok(named(key.into(), kid.as_deref(), &own)?),
        _ => Err(Fault::new(Reason::KeyUnknown, "iss").into()),
    }
}

/// The one key of a DID, unless another is named.
fn named(key: PublicKey, kid: Option<&str>, own: &str) -> Result<PublicKey, Fault> {
    if kid.is_some_and(|kid| kid != own) { refuse(Reason::InvalidIssuer, "kid") } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use faam_spec::encoding::b64;
    use faam_spec::key::SigningKey;

    use super::*;
    use crate::roots::Roots;

    #[test]
    fn keys_that_stand_in_the_name_need_no_web() {
        let nobody = Fetcher::new(&Roots::default());
        let public = SigningKey::from_seed(&[1; 32]).verifying_key();
        let own = Did::from_key(&public).to_string();
        let jwk = format!(
            "did:jwk:{}",
            b64(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, b64(public.to_bytes())))
        );
        let fragment = own.replace("did:key:", "#");
        for (issuer, names) in
            [(&own, [fragment.as_str(), &format!("{own}{fragment}")]), (&jwk, ["#0", &format!("{jwk}#0")])]
        {
            assert_eq!(key(&nobody, issuer, None), Ok(public.into()));
            for kid in names {
                assert_eq!(key(&nobody, issuer, Some(kid)), Ok(public.into()), "{kid}");
            }
            for kid in ["", "#", "#1", "0", "did:key:z6Mk#z6Mk", issuer] {
                assert_eq!(
                    key(&nobody, issuer, Some(kid)).unwrap_err().reason(),
                    Reason::InvalidIssuer,
                    "{kid}"
                );
            }
        }
        let history = format!("did:webvh:Qm{}:market.example", "a".repeat(44));
        for (issuer, reason) in [
            (history.as_str(), Reason::KeyUnknown),
            ("did:ion:a", Reason::InvalidDid),
            ("did:web:localhost", Reason::InvalidDid),
            ("http://market.example", Reason::FetchUrl),
            ("market.example", Reason::FetchUrl),
            ("https://market.example", Reason::FetchRoots),
        ] {
            assert_eq!(key(&nobody, issuer, Some("#a")).unwrap_err().reason(), reason, "{issuer}");
        }
        let nameless = key(&nobody, "did:web:market.example", None).unwrap_err();
        assert_eq!(nameless.reason(), Reason::InvalidIssuer);
    }
}
