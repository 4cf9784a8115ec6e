//! One POST, within bounds: no redirect, little time, little of the answer.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::later;
use super::signing::Secrets;
use crate::config::WebhookUrl;
use crate::core::{Delivery, Sent};
use crate::daemon::Clock;

/// Time for a whole call.
//= spec/text/local-api.md#REQ-API-14
//# A call lasts 15 s at most
const MAX_TIME: Duration = Duration::from_secs(15);
/// Time for its connection.
const MAX_CONNECT_TIME: Duration = Duration::from_secs(5);
/// Most that is read of an answer's head and of its body, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_ANSWER_BYTES: u64 = 4096;

/// Sends events to one address.
#[derive(Debug)]
pub struct Sender {
    url: String,
    agent: Agent,
    /// Read each time, so that a rotation needs no restart.
    secrets: PathBuf,
    clock: Clock,
}

/// Why there is nobody to send anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SenderError {
    /// Nobody is known who could vouch for a server.
    #[error(
        "this machine has no root certificates, so that the webhook's server could not prove its name; install ca-certificates, or set \
         SSL_CERT_FILE"
    )]
    NoRoots,
}

impl Sender {
    /// Sends to `url`, signed with what stands in the file `secrets`.
    ///
    /// # Errors
    /// See [`SenderError`].
    pub fn new(url: &WebhookUrl, secrets: PathBuf, clock: Clock) -> Result<Self, SenderError> {
        let https = url.uri().scheme_str() == Some("https");
        let mut certificates = Vec::new();
        if https {
            let found = rustls_native_certs::load_native_certs();
            certificates.extend(found.certs.iter().map(|one| Certificate::from_der(one).to_owned()));
            if certificates.is_empty() {
                return Err(SenderError::NoRoots);
            }
        }
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Config::builder()
            .tls_config(tls)
            .https_only(https)
            .http_status_as_error(false)
            // What is meant for one place goes to that place.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("faam-node")
            .accept_encoding("identity")
            .max_response_header_size(MAX_HEAD_BYTES)
            .max_idle_connections(0)
            .timeout_global(Some(MAX_TIME))
            .timeout_connect(Some(MAX_CONNECT_TIME))
            .build();
        let agent = if https {
            config.new_agent()
        } else {
            Agent::with_parts(config, DefaultConnector::default(), ThisMachine::default())
        };
        Ok(Self { url: url.to_string(), agent, secrets, clock })
    }

    /// Sends an event; blocks for at most 15 s.
    #[must_use]
    pub fn send(&self, event: &Delivery) -> Sent {
        let (id, body) = (event.id.as_str(), event.body.as_str());
        let failed = |why: &str| Sent::Failed(why.to_owned());
        let Ok(secrets) = Secrets::read(&self.secrets) else { return failed("webhook.key cannot be read") };
        let Ok(now) = self.clock.now() else { return failed("the clock makes no sense") };
        //= spec/text/shared-store.md#REQ-SHARED-10
        //# and send it only while 25 s of that are left
        if event.not_after.is_some_and(|until| now > until) {
            return Sent::TooLate;
        }
        let call = self
            .agent
            .post(&self.url)
            .header("webhook-id", id)
            .header("webhook-timestamp", now.seconds().to_string())
            .header("webhook-signature", secrets.signatures(id, now, body))
            .content_type("application/json");
        match call.send(body) {
            Ok(mut answer) => {
                // So that the other side can end in peace; what it says does not matter.
                let mut some = Vec::new();
                let _ = answer.body_mut().as_reader().take(MAX_ANSWER_BYTES).read_to_end(&mut some);
                //= spec/text/local-api.md#REQ-API-14
                //# It is taken when it is answered with a status of 2xx; a redirect MUST NOT be followed
                match answer.status().as_u16() {
                    200..=299 => Sent::Taken,
                    410 => Sent::Gone,
                    status @ 300..=399 => {
                        Sent::Failed(format!("redirects are not followed (status {status})"))
                    }
                    status @ (429 | 503) => {
                        let why = format!("status {status}");
                        match later::pause(answer.headers(), now) {
                            Some(seconds) => Sent::Later(why, seconds),
                            None => Sent::Failed(why),
                        }
                    }
                    status => Sent::Failed(format!("status {status}")),
                }
            }
            Err(error) => failed(why(&error)),
        }
    }
}

/// Finds names as others do, and goes nowhere but to this machine, whatever they lead to.
#[derive(Debug, Default)]
struct ThisMachine(DefaultResolver);

impl Resolver for ThisMachine {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut here = self.empty();
        //= spec/text/local-api.md#REQ-API-13
        //# plain HTTP MUST NOT go anywhere but to this machine
        for address in self.0.resolve(uri, config, timeout)?.iter().filter(|found| found.ip().is_loopback()) {
            here.push(*address);
        }
        if here.is_empty() { Err(Error::HostNotFound) } else { Ok(here) }
    }
}

/// What went wrong, without anything that the other side said.
fn why(error: &Error) -> &'static str {
    // What TLS has to say comes through the connection.
    let of_tls = |error: &std::io::Error| error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>());
    match error {
        Error::Io(error) if of_tls(error) => "its server did not prove its name",
        Error::Timeout(_) => "it did not answer in time",
        Error::HostNotFound => "its name is not known",
        Error::ConnectionFailed | Error::Io(_) => "there is no connection",
        Error::Tls(_) | Error::Rustls(_) => "its server did not prove its name",
        Error::LargeResponseHeader(_, _) => "the head of its answer is too large",
        _ => "its answer is not HTTP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/local-api.md#REQ-API-13
    //= type=test
    //# plain HTTP MUST NOT go anywhere but to this machine. That holds wherever the name leads.
    #[test]
    fn a71_a_name_of_this_machine_leads_nowhere_else() {
        let agent = Agent::with_parts(Config::default(), DefaultConnector::default(), ThisMachine::default());
        // As if `localhost` led there: an address of a documentation network.
        let refused = agent.get("http://192.0.2.7:9/").call().unwrap_err();
        assert!(matches!(refused, Error::HostNotFound), "{refused}");
        assert_eq!(why(&refused), "its name is not known");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = std::thread::spawn(move || {
            use std::io::Write as _;
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            let _ = stream.read(&mut [0; 1024]);
        });
        assert_eq!(agent.get(format!("http://{address}/")).call().unwrap().status().as_u16(), 200);
        served.join().unwrap();
    }
}
