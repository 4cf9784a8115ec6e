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
    ///
    /// Implements REQ-FETCH-2 (`spec/text/fetching.md`).
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

//= spec/text/fetching.md#REQ-FETCH-2
//# What has a user name, a fragment, port 0, white space, control characters or a backslash, is over 2,048
//# bytes, or whose host is a single label, ends in a full stop, or is for local use (`.localhost`, `.local`,
//# `.internal`, `.home.arpa`, `.onion`, `.alt`), MUST be refused
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> UrlFault {
        match text.parse::<WebUrl>() {
            Err(FetchError::Url(fault)) => fault,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    //= spec/text/fetching.md#REQ-FETCH-2
    //= type=test
    //# Two texts of one address MUST be one address
    #[test]
    fn a84_two_spellings_are_one_address() {
        for (text, canonical) in [
            ("https://market.example", "https://market.example/"),
            ("HTTPS://Market.EXAMPLE/", "https://market.example/"),
            ("https://market.example:443/", "https://market.example/"),
            ("https://market.example:0443/", "https://market.example/"),
            ("https://market.example:/", "https://market.example/"),
            ("http://market.example:80/", "http://market.example/"),
            ("https://m%61rket.example/", "https://market.example/"),
            ("https://märket.example/", "https://xn--mrket-gra.example/"),
            ("https://MÄRKET.example/", "https://xn--mrket-gra.example/"),
            ("https://XN--MRKET-gra.example/", "https://xn--mrket-gra.example/"),
            ("https://market。example/", "https://market.example/"),
            ("https://market.example/a/../b/./c", "https://market.example/b/c"),
            ("https://market.example/%2e%2e/b", "https://market.example/b"),
            ("https://market.example/../../b", "https://market.example/b"),
            ("https://127.1/", "https://127.0.0.1/"),
            ("https://0x7f.1/", "https://127.0.0.1/"),
            ("https://0177.0.0.1/", "https://127.0.0.1/"),
            ("https://2130706433/", "https://127.0.0.1/"),
            ("https://0x7f000001/", "https://127.0.0.1/"),
            ("https://127.0.0.1./", "https://127.0.0.1/"),
            ("https://１２７.0.0.1/", "https://127.0.0.1/"),
            ("https://[::1]/", "https://[::1]/"),
            ("https://[0:0:0:0:0:0:0:1]/", "https://[::1]/"),
            ("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
        ] {
            assert_eq!(text.parse::<WebUrl>().unwrap().as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn a84_odd_addresses_are_refused() {
        for (text, expected) in [
            ("", UrlFault::Scheme),
            ("market.example", UrlFault::Scheme),
            ("//market.example/", UrlFault::Scheme),
            ("https:market.example", UrlFault::Scheme),
            ("https:/market.example", UrlFault::Scheme),
            ("ftp://market.example/", UrlFault::Scheme),
            ("file:///etc/passwd", UrlFault::Scheme),
            ("data:text/plain,a", UrlFault::Scheme),
            ("wss://market.example/", UrlFault::Scheme),
            ("httpsx://market.example/", UrlFault::Scheme),
            (" https://market.example/", UrlFault::Malformed),
            ("https://market.example/\n", UrlFault::Malformed),
            ("https://market\t.example/", UrlFault::Malformed),
            ("https://market.example\\@other.example/", UrlFault::Malformed),
            ("https:\\\\market.example/", UrlFault::Malformed),
            ("https://market.example/a b", UrlFault::Malformed),
            ("https://market.example/\u{a0}", UrlFault::Malformed),
            ("https://", UrlFault::Malformed),
            ("https://:443/", UrlFault::Malformed),
            ("https://market.example:65536/", UrlFault::Malformed),
            ("https://market.example:x/", UrlFault::Malformed),
            ("https://[::1/", UrlFault::Malformed),
            ("https://[fe80::1%25eth0]/", UrlFault::Malformed),
            ("https://[fe80::1%eth0]/", UrlFault::Malformed),
            ("https://256.0.0.1/", UrlFault::Malformed),
            ("https://1.2.3.4.5/", UrlFault::Malformed),
            ("https://mar%00ket.example/", UrlFault::Malformed),
            ("https://market.example%2F@other.example/", UrlFault::UserInfo),
            ("https://market.example%2Fa/", UrlFault::Malformed),
            ("https://me@market.example/", UrlFault::UserInfo),
            ("https://me:secret@market.example/", UrlFault::UserInfo),
            ("https://:secret@market.example/", UrlFault::UserInfo),
            ("https://market.example/#a", UrlFault::Fragment),
            ("https://market.example/#", UrlFault::Fragment),
            ("https://market.example:0/", UrlFault::Port),
            ("https://market.example./", UrlFault::Host),
            ("https://market..example/", UrlFault::Host),
            ("https://.market.example/", UrlFault::Host),
            ("https://-market.example/", UrlFault::Host),
            ("https://my_market.example/", UrlFault::Host),
            ("https://market/", UrlFault::Host),
            ("https://metadata.google.internal/", UrlFault::Host),
            ("https://a.localhost/", UrlFault::Host),
            ("https://printer.local/", UrlFault::Host),
            ("https://router.home.arpa/", UrlFault::Host),
            ("https://market.onion/", UrlFault::Host),
            ("https://localhost./", UrlFault::Host),
        ] {
            assert_eq!(fault(text), expected, "{text:?}");
        }
        let long = |length: usize| {
            let start = "https://market.example/";
            format!("{start}{}", "a".repeat(length - start.len()))
        };
        assert!(long(MAX_URL_BYTES).parse::<WebUrl>().is_ok());
        assert_eq!(fault(&long(MAX_URL_BYTES + 1)), UrlFault::TooLong);
        // Short as it is written, and three times as long as it is sent.
        assert_eq!(fault(&format!("https://market.example/{}", "ä".repeat(900))), UrlFault::TooLong);
        let label = "a".repeat(63);
        assert!(format!("https://{label}.example/").parse::<WebUrl>().is_ok());
        assert!(format!("https://a{label}.example/").parse::<WebUrl>().is_err());
        assert!(format!("https://{label}.{label}.{label}.{label}.example/").parse::<WebUrl>().is_err());
        assert!("https://sublocal.example/".parse::<WebUrl>().is_ok(), "only whole labels are compared");
    }

    proptest! {
        /// Whatever is taken is its own canonical text, and what is sent is what was looked at: the HTTP client reads the same
        /// host and port out of it.
        #[test]
        fn a84_any_text_has_one_reading(text in "(https?://)?[a-zA-Z0-9.:@/\\\\?#%\\[\\]_ äß。-]{0,40}") {
            if let Ok(url) = text.parse::<WebUrl>() {
                prop_assert_eq!(url.as_str().parse::<WebUrl>().unwrap(), url.clone());
                let uri: ureq::http::Uri = url.as_str().parse().unwrap();
                prop_assert_eq!(uri.host(), Some(url.host()));
                prop_assert_eq!(uri.port_u16().unwrap_or(if url.is_https() { 443 } else { 80 }), url.port());
                prop_assert_eq!(uri.to_string().parse::<WebUrl>().unwrap(), url.clone());
                prop_assert!(url.host() == url.host().to_ascii_lowercase());
                prop_assert!(!url.as_str().contains(['@', '#', '\\']) || url.path().contains('@')
                    || url.query().is_some_and(|query| query.contains(['@', '\\'])));
            }
        }

        /// Every way to write the numbers of an IPv4 address is that address.
        #[test]
        fn a84_numbers_are_addresses(bits: u32, style in 0_u8..6) {
            let address = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = address.octets();
            let text = match style {
                0 => format!("{a}.{b}.{c}.{d}"),
                1 => format!("{bits}"),
                2 => format!("{bits:#x}"),
                3 => format!("{a:#o}.{b:#x}.{c}.{d}").replace("0o", "0"),
                4 => format!("{a}.{}", bits & 0xff_ffff),
                _ => format!("{a}.{b}.{}", bits & 0xffff),
            };
            let url: WebUrl = format!("https://{text}/").parse().unwrap();
            prop_assert_eq!(url.host(), address.to_string());
            prop_assert_eq!(url.domain(), None);
        }
    }
}
