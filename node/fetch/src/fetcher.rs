//! One fetch, within its bounds.

use core::time::Duration;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use ureq::config::Config;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};
use url::form_urlencoded;

use crate::error::{FetchError, RedirectFault, RootsFault};
use crate::guard::Guard;
use crate::limits::{MAX_CONNECT_TIME, MAX_HEAD_BYTES, MAX_PAUSE, MAX_REDIRECTS, MAX_TIME};
use crate::lookup::{Lookup, Lookups, SystemLookup};
use crate::roots::Roots;
use crate::url::WebUrl;

/// What every request says of its sender, the same for everybody.
const USER_AGENT: &str = "faam";

/// What is taken as an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accept {
    types: &'static [&'static str],
    max_bytes: usize,
    redirects: usize,
}

impl Accept {
    /// A body of at most `max_bytes` bytes, of one of these types (in lower case, without parameters); of any type, or none,
    /// if none is named. Redirects on the same host are followed.
    #[must_use]
    pub const fn new(types: &'static [&'static str], max_bytes: usize) -> Self {
        Self { types, max_bytes, redirects: MAX_REDIRECTS }
    }

    /// Without following redirects.
    #[must_use]
    pub const fn without_redirects(mut self) -> Self {
        self.redirects = 0;
        self
    }
}

/// What was fetched: a whole body with a status of 2xx, within the bounds that were set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    url: WebUrl,
    status: u16,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Fetched {
    /// Where it came from in the end: of the origin that was asked for, and another path after redirects.
    #[must_use]
    pub const fn url(&self) -> &WebUrl {
        &self.url
    }

    /// The status, 200–299.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The type of its content, in lower case and without parameters, if it was stated.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The bytes, taken out.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

/// Fetches over HTTPS from the public network, within bounds; blocks, at most [`MAX_TIME`].
///
/// It has no cookies, no credentials, no cache and no proxy, and keeps no connection. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    guard: Guard,
    roots: RootCerts,
    no_roots: bool,
    time: Duration,
}

impl Fetcher {
    /// A fetcher that believes servers which these authorities vouch for.
    #[must_use]
    pub fn new(roots: &Roots) -> Self {
        let certificates: Vec<_> =
            roots.certificates().iter().map(|one| Certificate::from_der(one).to_owned()).collect();
        Self {
            guard: Guard {
                lookup: Arc::new(SystemLookup),
                lookups: Lookups::default(),
                loopback: false,
                allowed: Arc::new(BTreeSet::new()),
            },
            no_roots: certificates.is_empty(),
            roots: RootCerts::new_with_certs(&certificates),
            time: MAX_TIME,
        }
    }

    /// Also reaches this machine, by HTTPS and by plain HTTP, where the address itself says so: `localhost`, `127.0.0.0/8` or
    /// `[::1]`. A name that resolves to this machine stays refused.
    ///
    /// For trying things out. Whoever writes the addresses can then reach whatever listens on this machine.
    #[must_use]
    pub fn danger_with_loopback_http(mut self) -> Self {
        self.guard.loopback = true;
        self
    }

    /// Also reaches these addresses, each with its port, whoever's name leads there; by HTTPS only. For services in one's own
    /// network, and for tests.
    #[must_use]
    pub fn danger_with_addresses(mut self, allowed: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.guard.allowed = Arc::new(allowed.into_iter().collect());
        self
    }

    /// Looks up names in another way. What it answers is looked at as ever.
    #[must_use]
    pub fn with_lookup(mut self, lookup: impl Lookup) -> Self {
        self.guard.lookup = Arc::new(lookup);
        self
    }

    /// Waits for at most `time` for the whole, and never longer than [`MAX_TIME`].
    #[must_use]
    pub fn with_time(mut self, time: Duration) -> Self {
        self.time = time.min(MAX_TIME);
        self
    }

    /// Fetches what is at `url`.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub fn get(&self, url: &WebUrl, accept: &Accept) -> Result<Fetched, FetchError> {
        self.run(url, accept, None)
    }

    /// Sends a form to `url` and reads the answer. A redirect is never followed, because that would send what is in the form
    /// where nobody was asked about.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub fn post_form(
        &self,
        url: &WebUrl,
        form: &[(&str, &str)],
        accept: &Accept,
    ) -> Result<Fetched, FetchError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.run(url, &accept.without_redirects(), Some(&body))
    }

    fn run(&self, url: &WebUrl, accept: &Accept, form: Option<&str>) -> Result<Fetched, FetchError> {
        let until = Instant::now().checked_add(self.time).ok_or(FetchError::Timeout)?;
        let mut here = url.clone();
        let mut followed = 0;
        let mut paused = form.is_some();
        loop {
            self.guard.admit(&here)?;
            if here.is_https() && self.no_roots {
                return Err(FetchError::Roots(RootsFault::None));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(FetchError::Timeout);
            }
            let answer = self.ask(&here, accept, form, left)?;
            //= spec/text/fetching.md#REQ-FETCH-24
            //# the fetcher MUST wait for it and ask once more
            if let (false, Some(pause)) = (paused, pause(&answer)) {
                let left = until.saturating_duration_since(Instant::now());
                if pause < left {
                    paused = true;
                    drop(answer);
                    std::thread::sleep(pause);
                    continue;
                }
            }
            let Some(next) = redirect(&here, &answer)? else {
                return read(here, answer, accept);
            };
            if accept.redirects == 0 {
                return Err(FetchError::Redirect(RedirectFault::NotHere));
            }
            if followed >= accept.redirects {
                return Err(FetchError::Redirect(RedirectFault::TooMany));
            }
            followed += 1;
            here = next;
        }
    }

    fn ask(
        &self,
        url: &WebUrl,
        accept: &Accept,
        form: Option<&str>,
        left: Duration,
    ) -> Result<Response<Body>, FetchError> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(self.roots.clone())
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Config::builder()
            //= spec/text/fetching.md#REQ-FETCH-5
            //# The server MUST prove its name by a certificate that is valid now and leads to an authority that is
            //# believed here.
            .tls_config(tls)
            .https_only(!self.guard.loopback)
            .http_status_as_error(false)
            //= spec/text/fetching.md#REQ-FETCH-11
            //# It MUST go through no proxy, whatever the environment says
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            //= spec/text/fetching.md#REQ-FETCH-12
            //# no cookies, no credentials, no name or version of a program but `faam`, the same for all
            .user_agent(USER_AGENT)
            .accept(if accept.types.is_empty() { "*/*".to_owned() } else { accept.types.join(", ") })
            .accept_encoding("identity")
            //= spec/text/fetching.md#REQ-FETCH-7
            //# The head of an answer MUST be at most 16,384 bytes
            .max_response_header_size(MAX_HEAD_BYTES)
            .max_idle_connections(0)
            //= spec/text/fetching.md#REQ-FETCH-8
            //# The whole, from the first lookup to the last byte, MUST end within 15 s, however much is still coming.
            .timeout_global(Some(left))
            .timeout_connect(Some(MAX_CONNECT_TIME.min(left)))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::new(), self.guard.clone());
        let answer = match form {
            None => agent.get(url.as_str()).call(),
            Some(body) => {
                let request = agent.post(url.as_str());
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").send(body)
            }
        };
        answer.map_err(|error| of_client(error, accept))
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("guard", &self.guard)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

/// For how long an answer asks to be left alone, if that is not too long to be waited for.
///
/// Implements REQ-FETCH-24 (`spec/text/fetching.md`).
//= spec/text/fetching.md#REQ-FETCH-24
//# Where an answer of status 429 or 503 names a pause of at most 5 s (`Retry-After`, in seconds) that ends within
//# the 15 s
fn pause(answer: &Response<Body>) -> Option<Duration> {
    if !matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let mut named = answer.headers().get_all(header::RETRY_AFTER).iter();
    let (Some(value), None) = (named.next(), named.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().ok()?)).filter(|pause| *pause <= MAX_PAUSE)
}

/// Where an answer sends on to, if it does, on the same origin.
///
/// Implements REQ-FETCH-6 (`spec/text/fetching.md`).
//= spec/text/fetching.md#REQ-FETCH-6
//# At most 3 redirects MUST be followed, all to the same scheme, host and port; none with what is sent, and none
//# where a page says so.
fn redirect(here: &WebUrl, answer: &Response<Body>) -> Result<Option<WebUrl>, FetchError> {
    let sends_on = matches!(
        answer.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    if !sends_on {
        return Ok(None);
    }
    let malformed = FetchError::Redirect(RedirectFault::Malformed);
    let mut named = answer.headers().get_all(header::LOCATION).iter();
    let (Some(location), None) = (named.next(), named.next()) else { return Err(malformed) };
    let location = location.to_str().map_err(|_| malformed.clone())?;
    let next = here.join(location).map_err(|_| malformed)?;
    if !next.same_origin(here) {
        return Err(FetchError::Redirect(RedirectFault::Elsewhere));
    }
    Ok(Some(next))
}

/// Reads the body of an answer that is taken: the cheap checks on its head first.
///
/// Implements REQ-FETCH-7, REQ-FETCH-9 and REQ-FETCH-10 (`spec/text/fetching.md`).
fn read(url: WebUrl, answer: Response<Body>, accept: &Accept) -> Result<Fetched, FetchError> {
    let status = answer.status();
    //= spec/text/fetching.md#REQ-FETCH-10
    //# An answer with a status other than 2xx, or that ends before it is whole, MUST NOT be taken for what was
    //# asked for
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    //= spec/text/fetching.md#REQ-FETCH-9
    //# What is compressed or encoded otherwise MUST be refused, and where a type is demanded, every other.
    let encoded = |value: &[u8]| !value.eq_ignore_ascii_case(b"identity");
    if answer.headers().get_all(header::CONTENT_ENCODING).iter().any(|value| encoded(value.as_bytes())) {
        return Err(FetchError::Encoded);
    }
    let content_type = content_type(answer.headers());
    let wanted = |stated: &str| accept.types.contains(&stated);
    if !accept.types.is_empty() && !content_type.as_deref().is_some_and(wanted) {
        return Err(FetchError::ContentType);
    }
    let too_large = FetchError::TooLarge { limit: accept.max_bytes };
    let limit = u64::try_from(accept.max_bytes).unwrap_or(u64::MAX);
    //= spec/text/fetching.md#REQ-FETCH-7
    //# compared with the length that is stated before it is read, and with what comes while it is read
    if answer.body().content_length().is_some_and(|stated| stated > limit) {
        return Err(too_large);
    }
    let most = limit.saturating_add(1);
    let mut body = Vec::new();
    let mut reader = answer.into_body().into_with_config().limit(u64::MAX).reader().take(most);
    reader.read_to_end(&mut body).map_err(|error| of_io(error, accept))?;
    if body.len() > accept.max_bytes {
        return Err(too_large);
    }
    Ok(Fetched { url, status: status.as_u16(), content_type, body })
}

/// The one type that an answer states; none if it states several.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let mut stated = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (stated.next(), stated.next()) else { return None };
    let essence = value.to_str().ok()?.split(';').next()?.trim();
    (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
}

/// What the HTTP client says, in our words.
fn of_client(error: ureq::Error, accept: &Accept) -> FetchError {
    match error {
        ureq::Error::Io(error) => of_io(error, accept),
        ureq::Error::Timeout(_) => FetchError::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FetchError::Unreachable,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => FetchError::Tls,
        ureq::Error::LargeResponseHeader(..) => FetchError::HeadTooLarge,
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge { limit: accept.max_bytes },
        _ => FetchError::Protocol,
    }
}

fn of_io(error: io::Error, accept: &Accept) -> FetchError {
    use io::ErrorKind;
    let kind = error.kind();
    match error.into_inner() {
        Some(inner) => match inner.downcast::<FetchError>() {
            Ok(ours) => *ours,
            Err(inner) => match inner.downcast::<ureq::Error>() {
                Ok(client) => of_client(*client, accept),
                Err(inner) if inner.is::<rustls::Error>() => FetchError::Tls,
                Err(_) => of_kind(kind),
            },
        },
        None if kind == ErrorKind::InvalidData => FetchError::Protocol,
        None => of_kind(kind),
    }
}

fn of_kind(kind: io::ErrorKind) -> FetchError {
    use io::ErrorKind;
    match kind {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => FetchError::Timeout,
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => FetchError::Closed,
        _ => FetchError::Unreachable,
    }
}
