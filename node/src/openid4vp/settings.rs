//! `[openid4vp]` of the configuration.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use faam_spec::name::shown;
use faam_spec::openid4vp::WebAddress;
use serde::Deserialize;

/// Where it listens unless the configuration says otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7346);
/// Longest address of the configuration, in bytes: a link has to hold it with a capability, percent-encoded.
const MAX_URL: usize = 512;

/// As it stands in the file.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RawSettings {
    listen: Option<String>,
    url: Option<String>,
}

/// Where answers by HTTP are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What wallets see; none for the address that is listened on, on this machine.
    url: Option<WebAddress>,
}

impl Settings {
    /// Its keys in the configuration.
    pub const KEYS: &'static [&'static str] = &["listen", "url"];

    /// Checks what stands in the file.
    ///
    /// # Errors
    /// Which key, and what is wrong with it.
    ///
    /// Implements REQ-VP-26 (`spec/text/openid4vp.md`).
    pub fn check(raw: RawSettings) -> Result<Self, (&'static str, String)> {
        let listen = match raw.listen {
            None => DEFAULT_LISTEN,
            Some(text) => text.parse().map_err(|_| {
                let why =
                    format!("'{}' is not an address with a port; use 127.0.0.1:7346", shown(&text, 100));
                ("openid4vp.listen", why)
            })?,
        };
        let Some(text) = raw.url else {
            if listen.ip().is_loopback() {
                return Ok(Self { listen, url: None });
            }
            let why = "it is needed where openid4vp.listen is not this machine alone: what wallets see, as https://verifier.example/vp";
            return Err(("openid4vp.url", why.to_owned()));
        };
        let bad = |why: &str| ("openid4vp.url", format!("'{}': {why}", shown(&text, 200)));
        let url: WebAddress = text.parse().map_err(|_| bad("this is no address on the web"))?;
        //= spec/text/openid4vp.md#REQ-VP-26
        //# `url` MUST be `https`; `http` is taken for this machine alone
        if !text.starts_with("https://") && !is_this_machine(url.host()) {
            return Err(bad("it has to be https, with TLS by whatever stands in front of this node"));
        }
        let plain = |path: &str| {
            path.split('/').all(|part| {
                !matches!(part, "." | "..")
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
            })
        };
        if text.len() > MAX_URL || text.contains('?') || !plain(path_of(&text)) {
            return Err(bad("it has a host and a plain path, at most 512 bytes in all"));
        }
        Ok(Self { listen, url: Some(url) })
    }

    /// What wallets see, once it is known where it listens.
    #[must_use]
    pub fn web(&self, listens: SocketAddr) -> Option<WebAddress> {
        self.url.clone().or_else(|| format!("http://{listens}").parse().ok())
    }

    /// The path of what wallets see, under which it is served too.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.as_ref().map_or("", |url| path_of(url.as_str()))
    }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default().trim_end_matches('/')
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listen: Option<&str>, url: Option<&str>) -> Result<Settings, (&'static str, String)> {
        Settings::check(RawSettings { listen: listen.map(str::to_owned), url: url.map(str::to_owned) })
    }

    //= spec/text/openid4vp.md#REQ-VP-26
    //= type=test
    //# `url` MUST be `https`; `http` is taken for this machine alone
    #[test]
    fn what_wallets_see_is_https_but_on_this_machine() {
        for (url, path) in [
            ("https://verifier.example", ""),
            ("https://verifier.example/", ""),
            ("https://verifier.example:8443/a/vp/", "/a/vp"),
            ("http://127.0.0.1:7346/vp", "/vp"),
            ("http://localhost:7346", ""),
            ("http://[::1]:7346/x", "/x"),
        ] {
            assert_eq!(check(None, Some(url)).unwrap().path(), path, "{url}");
        }
        for bad in [
            "",
            "verifier.example",
            "http://verifier.example/vp",
            "http://127.0.0.1.evil.example/vp",
            "http://localhost.example/",
            "ftp://verifier.example",
            "https://user@verifier.example",
            "https://verifier.example/?a=b",
            "https://verifier.example/#a",
            "https://verifier.example/../vp",
            "https://verifier.example/{capability}",
            "https://verifier.example/a b",
        ] {
            assert_eq!(check(None, Some(bad)).unwrap_err().0, "openid4vp.url", "{bad}");
        }
        assert_eq!(check(Some("127.0.0.1"), None).unwrap_err().0, "openid4vp.listen");
        assert_eq!(check(Some("0.0.0.0:7346"), None).unwrap_err().0, "openid4vp.url");
        assert!(check(Some("0.0.0.0:7346"), Some("https://verifier.example")).is_ok());
        let local = check(None, None).unwrap();
        assert_eq!(local.web("127.0.0.1:9".parse().unwrap()).unwrap().as_str(), "http://127.0.0.1:9");
    }
}
