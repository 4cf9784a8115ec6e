//! Whose certificates are believed.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{FetchError, RootsFault};
use crate::limits::MAX_ROOTS_BYTES;

/// The certificates of authorities that are believed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Roots {
    certificates: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// Those of this machine, where its system keeps them (or where `SSL_CERT_FILE` and `SSL_CERT_DIR` say).
    ///
    /// A machine that has none is told of with the first address that is fetched over TLS, so that one without can still talk
    /// to itself.
    #[must_use]
    pub fn platform() -> Self {
        Self { certificates: rustls_native_certs::load_native_certs().certs }
    }

    /// Those in a text of PEM, at least one.
    ///
    /// # Errors
    /// [`RootsFault::Malformed`] (`fetch.roots`).
    pub fn from_pem(pem: &[u8]) -> Result<Self, FetchError> {
        let malformed = || FetchError::Roots(RootsFault::Malformed);
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|_| malformed())?;
        // What is certificate by its frame alone would be passed over silently when the first connection is made.
        for certificate in &certificates {
            webpki::anchor_from_trusted_cert(certificate).map_err(|_| malformed())?;
        }
        if certificates.is_empty() {
            return Err(malformed());
        }
        Ok(Self { certificates })
    }

    /// Those in a file of PEM, at most [`MAX_ROOTS_BYTES`] bytes.
    ///
    /// # Errors
    /// [`RootsFault::Unreadable`], [`RootsFault::Malformed`] (`fetch.roots`).
    pub fn from_file(path: &Path) -> Result<Self, FetchError> {
        let mut pem = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_ROOTS_BYTES + 1).read_to_end(&mut pem));
        match read {
            Ok(length) if length as u64 <= MAX_ROOTS_BYTES => Self::from_pem(&pem),
            Ok(_) => Err(FetchError::Roots(RootsFault::Malformed)),
            Err(_) => Err(FetchError::Roots(RootsFault::Unreadable)),
        }
    }

    /// These and those of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.certificates.extend(other.certificates);
        self
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The certificates, each as DER.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.certificates.len())
    }
}
