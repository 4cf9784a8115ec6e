//! Where the database is, and how it may be talked to: over a Unix socket, or over TLS.

use std::future::Future;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::str::FromStr as _;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config, NoTls};
use tokio_rustls::TlsConnector;

use crate::config::PostgresSettings;
use crate::files::{self, FileError};

/// Largest file with an address, in bytes.
const MAX_URL_BYTES: u64 = 4096;
/// Largest file with certificates, in bytes.
const MAX_CA_BYTES: u64 = 1024 * 1024;
/// Time for one attempt at one of the hosts.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a connection may be silent, in seconds, before it is looked whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Why a database cannot be talked to as the configuration says. No message repeats the address: there is a password in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A file cannot be used.
    #[error("{0}")]
    File(#[from] FileError),
    /// The address is none.
    #[error(
        "the file that postgres.url_file names holds no address of a database; write one line such as \
         postgresql://faam@%2Frun%2Fpostgresql/faam or postgresql://faam:PASSWORD@db.example/faam"
    )]
    Url,
    /// The address asks for more than is allowed in the clear.
    #[error(
        "the database would be reached over TCP without TLS, where others can read and change what is said; set \
         postgres.ca_file to the certificate of the database's authority, or reach it over a Unix socket"
    )]
    Plain,
    /// The address asks for TLS in the words of another program.
    #[error(
        "the file that postgres.url_file names asks for TLS in words of other programs (sslmode=verify-…, sslrootcert, sslcert, sslkey); \
         take them out and set postgres.ca_file, with which the database's certificate and name are always verified"
    )]
    Words,
    /// Nobody knows for which name the certificate should be.
    #[error(
        "the file that postgres.url_file names gives an address without a name, for which no certificate can be verified; give a host \
         to each hostaddr"
    )]
    NoName,
    /// The certificates are none.
    #[error("the file that postgres.ca_file names holds no certificates in PEM form")]
    Certificates,
    /// No TLS can be had.
    #[error("TLS cannot be prepared: {0}")]
    Tls(#[source] rustls::Error),
}

/// A database that may be talked to.
pub(super) struct Target {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// Reads the files that the settings name.
    pub(super) fn read(settings: &PostgresSettings) -> Result<Self, TargetError> {
        let url = files::read_private(&settings.url_file, MAX_URL_BYTES)?;
        let text = std::str::from_utf8(&url).map_err(|_| TargetError::Url)?;
        let tls = settings.ca_file.as_deref().map(client_config).transpose()?;
        Self::new(text.trim(), tls, settings.danger_plain_tcp)
    }

    fn new(url: &str, tls: Option<Arc<ClientConfig>>, plain_tcp: bool) -> Result<Self, TargetError> {
        let mut config = Config::from_str(url).map_err(|_| {
            // Not which word it was: what cannot be read may be a piece of a password.
            let of_others = ["sslmode=verify", "sslrootcert=", "sslcert=", "sslkey="];
            if of_others.iter().any(|word| url.contains(word)) {
                TargetError::Words
            } else {
                TargetError::Url
            }
        })?;
        let (hosts, addresses) = (config.get_hosts().len(), config.get_hostaddrs().len());
        if hosts == 0 && addresses == 0 || hosts > 0 && addresses > 0 && hosts != addresses {
            return Err(TargetError::Url);
        }
        if tls.is_some() && hosts == 0 {
            return Err(TargetError::NoName);
        }
        let far = |address: &IpAddr| !address.is_loopback();
        let over_tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)))
            || !config.get_hostaddrs().is_empty();
        //= spec/text/shared-store.md#REQ-SHARED-9
        //# Over TCP a node MUST talk to the database under TLS with a certificate that it verifies, except to a
        //# loopback address
        let stays_here = config.get_hostaddrs().iter().all(|address| !far(address))
            && config.get_hosts().iter().all(|host| match host {
                Host::Tcp(name) => {
                    // Where addresses are given, names are only for certificates.
                    !config.get_hostaddrs().is_empty() || is_loopback(name)
                }
                Host::Unix(_) => true,
            });
        if tls.is_none() && !stays_here && !plain_tcp {
            return Err(TargetError::Plain);
        }
        // Over a Unix socket there is no TLS, whatever is said here.
        config.ssl_mode(if tls.is_some() && over_tcp { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(CONNECT);
        config.tcp_user_timeout(2 * KEEPALIVE);
        config.keepalives_idle(KEEPALIVE);
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, tls: tls.filter(|_| over_tcp) })
    }

    /// Connects, under a name by which the database knows this connection.
    pub(super) async fn connect(
        &self,
        name: &str,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let mut config = self.config.clone();
        config.application_name(name);
        match &self.tls {
            Some(tls) => {
                let (client, connection) = config.connect(Rustls(Arc::clone(tls))).await?;
                Ok((client, tokio::spawn(drive(connection))))
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                Ok((client, tokio::spawn(drive(connection))))
            }
        }
    }
}

async fn drive(connection: impl Future<Output = Result<(), tokio_postgres::Error>>) {
    // Whoever uses the connection is told why it ended.
    let _ = connection.await;
}

fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn client_config(path: &Path) -> Result<Arc<ClientConfig>, TargetError> {
    let pem = files::read_public(path, MAX_CA_BYTES)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(certificate.map_err(|_| TargetError::Certificates)?)
            .map_err(|_| TargetError::Certificates)?;
    }
    if roots.is_empty() {
        return Err(TargetError::Certificates);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TargetError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // A server of something else under the same certificate is not talked to.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(Arc::new(config))
}

/// TLS by rustls, for the client of the database.
struct Rustls(Arc<ClientConfig>);

struct RustlsTo {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

struct Sealed<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Rustls {
    type Stream = Sealed<S>;
    type TlsConnect = RustlsTo;
    type Error = rustls::pki_types::InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<RustlsTo, Self::Error> {
        Ok(RustlsTo { config: Arc::clone(&self.0), name: ServerName::try_from(domain.to_owned())? })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for RustlsTo {
    type Stream = Sealed<S>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Sealed<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connector = TlsConnector::from(self.config);
        Box::pin(async move { connector.connect(self.name, stream).await.map(Sealed) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Sealed<S> {
    fn channel_binding(&self) -> ChannelBinding {
        // The certificate is verified; binding the password to it as well would need its signature's hash.
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Sealed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Sealed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/shared-store.md#REQ-SHARED-9
    //= type=test
    //# Over TCP a node MUST talk to the database under TLS with a certificate that it verifies, except to a
    //# loopback address
    #[test]
    fn only_this_machine_is_talked_to_in_the_clear() {
        let roots = Arc::new(
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
        );
        for (url, here) in [
            ("postgresql://faam@%2Frun%2Fpostgresql/faam", true),
            ("host=/run/postgresql user=faam dbname=faam", true),
            ("postgresql://faam:x@127.0.0.1/faam", true),
            ("postgresql://faam:x@localhost/faam", true),
            ("postgresql://faam:x@[::1]:5433/faam", true),
            ("host=db.example hostaddr=127.0.0.1 user=faam", true),
            ("host=localhost hostaddr=192.0.2.1 user=faam", false),
            ("hostaddr=192.0.2.1 user=faam", false),
            ("postgresql://faam:x@db.example/faam", false),
            ("postgresql://faam:x@192.0.2.1/faam?sslmode=disable", false),
            ("postgresql://faam:x@127.0.0.1,db.example/faam", false),
            ("postgresql://faam:x@127.0.0.1.example/faam", false),
        ] {
            let plain = Target::new(url, None, false);
            assert_eq!(plain.is_ok(), here, "{url}");
            assert!(here || matches!(plain, Err(TargetError::Plain)), "{url}");
            assert!(Target::new(url, None, true).is_ok(), "{url}");
            let sealed = Target::new(url, Some(Arc::clone(&roots)), false);
            if url.starts_with("hostaddr") {
                assert!(matches!(sealed, Err(TargetError::NoName)), "{url}");
                continue;
            }
            let sealed = sealed.unwrap();
            let over_tcp = !url.contains("/run") && !url.contains("%2Frun");
            assert_eq!(sealed.config.get_ssl_mode() == SslMode::Require, over_tcp, "{url}");
        }
        for bad in ["", "faam", "postgresql://", "user=faam", "http://db.example/"] {
            assert!(matches!(Target::new(bad, None, true), Err(TargetError::Url)), "{bad}");
        }
        let two = "host=a,b hostaddr=127.0.0.1 user=faam";
        assert!(matches!(Target::new(two, None, true), Err(TargetError::Url)), "{two}");
        for words in ["sslmode=verify-full", "sslmode=require&sslrootcert=/etc/ca.pem"] {
            let url = format!("postgresql://faam:hunter2@db.example/faam?{words}");
            let refused = Target::new(&url, None, false).err().unwrap();
            assert!(matches!(refused, TargetError::Words), "{url}");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }
}
