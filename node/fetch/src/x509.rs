//! Certificates in the place of a DID: verifiers that name themselves by `x509_san_dns:` or `x509_hash:` (OpenID4VP 1.0 §5.9).
//!
//! Pure: nothing is fetched, also no lists of revoked certificates, and the time is given.

use core::time::Duration;

use faam_spec::encoding::unb64;
use faam_spec::key::{P256Key, PublicKey, VerifyingKey};
use faam_spec::reason::{Fault, Reason, refuse};
use faam_spec::time::Timestamp;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, KeyUsage,
    RequiredEkuNotFoundContext, ring,
};

use crate::limits::{MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES};
use crate::roots::Roots;
use crate::url::{WebUrl, is_public_name};

/// Algorithms with which one certificate may vouch for another.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    ring::ECDSA_P256_SHA256,
    ring::ECDSA_P256_SHA384,
    ring::ECDSA_P384_SHA256,
    ring::ECDSA_P384_SHA384,
    ring::ED25519,
    ring::RSA_PKCS1_2048_8192_SHA256,
    ring::RSA_PKCS1_2048_8192_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA512,
    ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// How a verifier names itself by a certificate: a `client_id` of one of two prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Name {
    /// `x509_san_dns:`, a host name in lower case.
    Dns(String),
    /// `x509_hash:`, the SHA-256 of the certificate.
    Hash([u8; 32]),
}

impl Name {
    /// Reads a `client_id`.
    ///
    /// # Errors
    /// `request.unreadable` for another prefix, `x509.name` for a name that is none: not in lower case, with a wildcard, or
    /// for local use; a hash that is not 32 bytes.
    ///
    /// Implements REQ-FETCH-20 (`spec/text/fetching.md`).
    pub fn from_client_id(client_id: &str) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::X509Name, "client_id");
        if let Some(name) = client_id.strip_prefix("x509_san_dns:") {
            return if is_public_name(name) { Ok(Self::Dns(name.to_owned())) } else { Err(bad()) };
        }
        match client_id.strip_prefix("x509_hash:") {
            Some(hash) => {
                let bytes = unb64(hash, "client_id").map_err(|_| bad())?;
                Ok(Self::Hash(bytes.try_into().map_err(|_| bad())?))
            }
            None => refuse(Reason::RequestUnreadable, "client_id"),
        }
    }

    /// Whether an answer to this verifier may go to `url`: for a host name, to that host alone.
    ///
    /// Implements REQ-FETCH-22 (`spec/text/fetching.md`).
    #[must_use]
    pub fn may_be_answered_at(&self, url: &WebUrl) -> bool {
        //= spec/text/fetching.md#REQ-FETCH-22
        //# The answer to an `x509_san_dns:` verifier MUST go to the host of that name.
        match self {
            Self::Dns(name) => url.domain() == Some(name.as_str()),
            Self::Hash(_) => true,
        }
    }
}

/// A verifier whose certificate was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    name: Name,
    key: PublicKey,
    hash: [u8; 32],
}

impl Certified {
    /// The name that the certificate is for.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The key that has to have signed the request.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub const fn hash(&self) -> [u8; 32] {
        self.hash
    }
}

/// Verifies the `x5c` of a request's header: that it leads to one of `anchors` at `now`, and is the certificate of
/// `client_id`. The first certificate is the verifier's, the others lead on.
///
/// A certificate with purposes (EKU) has to be for a server, a client, or the reader of mobile documents (ISO 18013-5). A
/// wildcard matches no name: it would vouch for every shop on a host of shops.
///
/// # Errors
/// As [`Name::from_client_id`]; `x509.chain` for what are no certificates, too many or too large ones, or none that are
/// believed; `x509.name`; `unsupported.algorithm` for a key that is neither Ed25519 nor P-256.
///
/// Implements REQ-FETCH-20 and REQ-FETCH-21 (`spec/text/fetching.md`).
pub fn verify(x5c: &Value, anchors: &Roots, client_id: &str, now: Timestamp) -> Result<Certified, Fault> {
    let name = Name::from_client_id(client_id)?;
    let chain = chain(x5c)?;
    let no_chain = || Fault::new(Reason::X509Chain, "x5c");
    let (first, others) = chain.split_first().ok_or_else(no_chain)?;
    let certificate = EndEntityCert::try_from(first).map_err(|_| no_chain())?;
    let hash: [u8; 32] = Sha256::digest(first.as_ref()).into();
    //= spec/text/fetching.md#REQ-FETCH-20
    //# The first certificate MUST have exactly that name among its DNS names, without wildcards, or that hash.
    let named = match &name {
        Name::Dns(name) => certificate.valid_dns_names().any(|one| one.eq_ignore_ascii_case(name)),
        Name::Hash(wanted) => *wanted == hash,
    };
    if !named {
        return refuse(Reason::X509Name, "x5c");
    }
    let trusted: Result<Vec<TrustAnchor<'_>>, _> =
        anchors.certificates().iter().map(webpki::anchor_from_trusted_cert).collect();
    let seconds = u64::try_from(now.seconds()).map_err(|_| no_chain())?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    //= spec/text/fetching.md#REQ-FETCH-21
    //# The certificates MUST lead to one that is trusted for this, each valid at the time
    let trusted = trusted.map_err(|_| no_chain())?;
    certificate
        .verify_for_usage(ALGORITHMS, &trusted, others, time, Purposes, None, None)
        .map_err(|_| no_chain())?;
    let key = key(certificate.subject_public_key_info().as_ref())?;
    Ok(Certified { name, key, hash })
}

/// The certificates of an `x5c` (RFC 7515 §4.1.6): base64, not base64url.
fn chain(x5c: &Value) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let bad = || Fault::new(Reason::X509Chain, "x5c");
    let texts = x5c.as_array().filter(|texts| texts.len() <= MAX_CERTIFICATES).ok_or_else(bad)?;
    let one = |text: &Value| {
        let text =
            text.as_str().filter(|text| text.len() <= MAX_CERTIFICATE_BYTES / 3 * 4 + 4).ok_or_else(bad)?;
        let der = multibase::Base::Base64Pad.decode(text).map_err(|_| bad())?;
        Ok(CertificateDer::from(der))
    };
    texts.iter().map(one).collect()
}

/// What a certificate may be for, if it says.
struct Purposes;

/// Servers and clients, anything (RFC 5280 §4.2.1.12), and readers of mobile documents (ISO/IEC 18013-5 B.1.7): the bytes of
/// each object identifier.
const PURPOSES: [&[u8]; 4] = [
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
    &[0x55, 0x1d, 0x25, 0x00],
    &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x06],
];

impl ExtendedKeyUsageValidator for Purposes {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let mut none = true;
        for purpose in purposes {
            let purpose = purpose?;
            // Compared as bytes: `to_decoded_oid` of webpki 0.103.16 gets numbers over 127 wrong.
            if PURPOSES.iter().any(|known| KeyPurposeId::new(known) == purpose) {
                return Ok(());
            }
            none = false;
        }
        // A certificate that names no purpose is for all.
        if none {
            return Ok(());
        }
        let (required, present) = (KeyUsage::client_auth(), Vec::new());
        Err(Error::RequiredEkuNotFoundContext(RequiredEkuNotFoundContext { required, present }))
    }
}

/// Head of a SubjectPublicKeyInfo with an uncompressed point on P-256 (RFC 5480); 64 bytes follow.
const P256_HEAD: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
/// Head of one with an Ed25519 key (RFC 8410); 32 bytes follow.
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The key of a certificate. DER has one text for it, so that its head is compared and not read.
fn key(info: &[u8]) -> Result<PublicKey, Fault> {
    let bad = |_| Fault::new(Reason::InvalidKey, "x5c");
    if let Some(point) = info.strip_prefix(P256_HEAD.as_slice()) {
        let (x, y) = point.split_at_checked(32).ok_or(Fault::new(Reason::InvalidKey, "x5c"))?;
        let (x, y) = (x.try_into().map_err(bad)?, y.try_into().map_err(bad)?);
        return Ok(PublicKey::P256(P256Key::from_coordinates(x, y)?));
    }
    match info.strip_prefix(ED25519_HEAD.as_slice()) {
        Some(key) => Ok(PublicKey::Ed25519(VerifyingKey::from_bytes(key.try_into().map_err(bad)?)?)),
        None => refuse(Reason::UnsupportedAlgorithm, "x5c"),
    }
}
