//! Addresses on the web, read once into their one canonical text.

use core::fmt;
use core::str::FromStr;

use url::{Host, Url};

use crate::error::{FetchError, UrlFault};
use crate::limits::MAX_URL_BYTES;

/// Names that are looked up nowhere but here: on this machine, in this house, or in another network (RFC 6761, 6762, 7686,
/// 8375, 9476, and `.internal`).
const LOCAL_USE: [&str; 6] = ["localhost", "local", "internal", "home.arpa", "onion", "alt"];

/// An `https` (or `http`) address in canonical form: its host a public name in lower case and punycode, or an IP address in
/// its one spelling; no default port, no user name, no fragment, no `..`; at most [`MAX_URL_BYTES`] bytes.
///
/// That the scheme is `http`, or the host `localhost` or a number, does not make it fetched: that is for
/// [`crate::Fetcher`] to say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebUrl(Url);

impl WebUrl {
    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host: a name in punycode, or an address, that of IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host, if it is a name and no IP address.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    /// The port, 443 or 80 if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// Whether it is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether both have the same scheme, host and port.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        self.0.scheme() == other.0.scheme() && self.host() == other.host() && self.port() == other.port()
    }

    /// The path, beginning with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The query behind `?`, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.query()
    }

    /// The address that `reference` means when it is found here: relative or whole.
    ///
    /// # Errors
    /// As [`WebUrl::from_str`].
    pub fn join(&self, reference: &str) -> Result<Self, FetchError> {
        plain(reference)?;
        let joined = self.0.join(reference).map_err(|_| FetchError::Url(UrlFault::Malformed))?;
        checked(joined)
    }

    /// Whether the host is this machine by its own words: `localhost`, an address of `127.0.0.0/8`, or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl FromStr for WebUrl {
    type Err = FetchError;

    /// Reads an address and brings it into its canonical form.
    ///
    /// # Errors
    /// `fetch.url`: see [`UrlFault`].
    fn from_str(text: &str) -> Result<Self, FetchError> {
        plain(text)?;
        // What has no scheme of its own is no address, and `https:host` is one that only browsers know.
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if !(lower.starts_with("https://") || lower.starts_with("http://")) {
            return Err(FetchError::Url(UrlFault::Scheme));
        }
        checked(Url::parse(text).map_err(|_| FetchError::Url(UrlFault::Malformed))?)
    }
}

/// Bounds the text, and refuses what the rules of browsers would repair: line ends and tabs (which they drop), spaces, and
/// backslashes (which they turn around).
fn plain(text: &str) -> Result<(), FetchError> {
    if text.len() > MAX_URL_BYTES {
        return Err(FetchError::Url(UrlFault::TooLong));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(FetchError::Url(UrlFault::Malformed));
    }
    Ok(())
}

fn checked(url: Url) -> Result<WebUrl, FetchError> {
    let refuse = |fault| Err(FetchError::Url(fault));
    if !matches!(url.scheme(), "https" | "http") {
        return refuse(UrlFault::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(UrlFault::UserInfo);
    }
    if url.fragment().is_some() {
        return refuse(UrlFault::Fragment);
    }
    if url.port() == Some(0) {
        return refuse(UrlFault::Port);
    }
    match url.host() {
        Some(Host::Domain(name)) if !is_public_name(name) && name != "localhost" => {
            return refuse(UrlFault::Host);
        }
        None => return refuse(UrlFault::Host),
        _ => {}
    }
    // What was canonicalised may have grown (punycode, percent signs).
    if url.as_str().len() > MAX_URL_BYTES {
        return refuse(UrlFault::TooLong);
    }
    Ok(WebUrl(url))
}

/// Two labels at least, each of letters, digits and inner hyphens, no trailing dot, and none that is for local use: a single
/// label would be looked up in whatever domain this machine is in.
pub(crate) fn is_public_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(label)
        && !LOCAL_USE
            .iter()
            .any(|local| name.strip_suffix(local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
