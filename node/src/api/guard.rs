//! Who may use the local interface: programs of this machine that have the key, and no web page (A71).
//!
//! A page that resolves its own name to 127.0.0.1 still sends that name as `Host`; a page elsewhere sends its `Origin`;
//! and neither can know the key, which is in a file that only its owner reads.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use faam_spec::reason::Reason;
use zeroize::Zeroizing;

/// What a call has to bring.
pub(super) struct Guard {
    port: u16,
    key: Zeroizing<String>,
}

impl Guard {
    pub(super) const fn new(port: u16, key: Zeroizing<String>) -> Self {
        Self { port, key }
    }

    /// Checks that the call was addressed to this machine, and comes from no other origin.
    //= spec/text/local-api.md#REQ-API-2
    //# `Host` MUST be `127.0.0.1`, `[::1]` or `localhost` with the right port, and `Origin`, if there is one,
    //# the same host under `http://`, to the letter
    pub(super) fn check_place(&self, headers: &HeaderMap) -> Result<(), Reason> {
        let host = only(headers, &HOST).ok_or(Reason::ApiOrigin)?;
        if !self.is_ours(host) {
            return Err(Reason::ApiOrigin);
        }
        if !headers.contains_key(ORIGIN) {
            return Ok(());
        }
        let origin = only(headers, &ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        // The same origin, to the letter: `localhost` is another one than `127.0.0.1`.
        if origin == Some(host) { Ok(()) } else { Err(Reason::ApiOrigin) }
    }

    /// Checks the access key.
    //= spec/text/local-api.md#REQ-API-3
    //# `Authorization: Bearer` with the key of `api.key`
    pub(super) fn check_key(&self, headers: &HeaderMap) -> Result<(), Reason> {
        let given = only(headers, &AUTHORIZATION).and_then(|value| value.split_once(' '));
        match given {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && same(key, &self.key) => Ok(()),
            _ => Err(Reason::ApiKey),
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        if let Some(port) = host.strip_prefix("localhost:") {
            return port == self.port.to_string();
        }
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        loopback.into_iter().any(|ip| SocketAddr::new(ip, self.port).to_string() == host)
    }
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Compares in a time that does not depend on where the first difference is.
fn same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn guard() -> Guard {
        Guard::new(7345, Zeroizing::new("uKEY".to_owned()))
    }

    fn headers(list: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    //= spec/text/local-api.md#REQ-API-2
    //= type=test
    //# `Host` MUST be `127.0.0.1`, `[::1]` or `localhost` with the right port
    #[test]
    fn a71_only_our_own_names_are_hosts() {
        for good in ["127.0.0.1:7345", "localhost:7345", "[::1]:7345"] {
            assert_eq!(guard().check_place(&headers(&[(HOST, good)])), Ok(()), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1",
            "127.0.0.1:7346",
            "localhost",
            "localhost:07345",
            "localhost.:7345",
            "evil.example:7345",
            "127.0.0.1.evil.example:7345",
            "127.0.0.2:7345",
            "0.0.0.0:7345",
            "[::ffff:127.0.0.1]:7345",
            "127.1:7345",
        ] {
            assert_eq!(guard().check_place(&headers(&[(HOST, bad)])), Err(Reason::ApiOrigin), "{bad}");
        }
        assert_eq!(guard().check_place(&headers(&[])), Err(Reason::ApiOrigin));
        let two = headers(&[(HOST, "127.0.0.1:7345"), (HOST, "evil.example")]);
        assert_eq!(guard().check_place(&two), Err(Reason::ApiOrigin));
    }

    //= spec/text/local-api.md#REQ-API-2
    //= type=test
    //# `Origin`, if there is one, the same host under `http://`, to the letter
    #[test]
    fn a71_other_origins_are_refused() {
        let check = |origin| guard().check_place(&headers(&[(HOST, "127.0.0.1:7345"), (ORIGIN, origin)]));
        assert_eq!(check("http://127.0.0.1:7345"), Ok(()));
        for bad in [
            "null",
            "http://localhost:7345",
            "https://127.0.0.1:7345",
            "http://127.0.0.1",
            "http://evil.example",
            "",
        ] {
            assert_eq!(check(bad), Err(Reason::ApiOrigin), "{bad}");
        }
    }

    //= spec/text/local-api.md#REQ-API-3
    //= type=test
    //# MUST have `Authorization: Bearer` with the key of `api.key`
    #[test]
    fn a71_the_key_is_needed_whole_and_once() {
        assert_eq!(guard().check_key(&headers(&[(AUTHORIZATION, "Bearer uKEY")])), Ok(()));
        for bad in
            ["", "Bearer", "Bearer ", "Bearer uKE", "Bearer uKEYx", "Bearer ukey", "Basic uKEY", "uKEY"]
        {
            assert_eq!(guard().check_key(&headers(&[(AUTHORIZATION, bad)])), Err(Reason::ApiKey), "{bad}");
        }
        let two = headers(&[(AUTHORIZATION, "Bearer uKEY"), (AUTHORIZATION, "Bearer uKEY")]);
        assert_eq!(guard().check_key(&two), Err(Reason::ApiKey));
    }
}
