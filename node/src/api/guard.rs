//! Who may use the local interface: programs of this machine that have the key, and no web page (A71).
//!
//! A page that resolves its own name to 127.0.0.1 still sends that name as `Host`; a page elsewhere sends its `Origin`;
//! and neither can know the key, which is in a file that only its owner reads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{PoisonError, RwLock};

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Uri};
use faam_spec::hash::Hash;
use faam_spec::reason::Reason;
use faam_spec::time::{Day, Timestamp};

use crate::core::keys::{AccessKeys, Caller, May};

/// What a call has to bring.
pub(super) struct Guard {
    port: u16,
    ring: RwLock<Ring>,
}

/// Which keys are good.
struct Ring {
    /// The hash of what stands in `api.key`.
    owner: Hash,
    keys: AccessKeys,
}

impl Guard {
    pub(super) const fn new(port: u16, owner: Hash, keys: AccessKeys) -> Self {
        Self { port, ring: RwLock::new(Ring { owner, keys }) }
    }

    /// The hash of the owner's key.
    pub(super) fn owner(&self) -> Hash {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).owner
    }

    /// From now on these keys are good, and no others.
    pub(super) fn replace(&self, owner: Hash, keys: AccessKeys) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Ring { owner, keys };
    }

    /// Checks that the call was addressed to this machine, and comes from no other origin.
    //= spec/text/local-api.md#REQ-API-2
    //# `Host` MUST be `127.0.0.1`, `[::1]` or `localhost` with the right port, and `Origin`, if there is one,
    //# the same host under `http://`, to the letter
    pub(super) fn check_place(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Reason> {
        let host = only(headers, &HOST).ok_or(Reason::ApiOrigin)?;
        //= spec/text/local-api.md#REQ-API-2
        //# A host that the request line names MUST be that of `Host`, to the letter.
        // As it does for a proxy: that is the one that counts (RFC 9112, 3.2.2).
        if !self.is_ours(host) || uri.authority().is_some_and(|named| named.as_str() != host) {
            return Err(Reason::ApiOrigin);
        }
        if !headers.contains_key(ORIGIN) {
            return Ok(());
        }
        let origin = only(headers, &ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        // The same origin, to the letter: `localhost` is another one than `127.0.0.1`.
        if origin == Some(host) { Ok(()) } else { Err(Reason::ApiOrigin) }
    }

    /// Checks the access key: whose it is, and what it may be used for.
    //= spec/text/local-api.md#REQ-API-3
    //# `Authorization: Bearer` with the key of `api.key`, which only its owner can read, or with a named key
    pub(super) fn check_key(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<(Caller, Vec<May>), Reason> {
        let given = only(headers, &AUTHORIZATION).and_then(|value| value.split_once(' '));
        let Some((scheme, key)) = given else { return Err(Reason::ApiKey) };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Reason::ApiKey);
        }
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys.find(key, &ring.owner, now).ok_or(Reason::ApiKey)
    }

    /// Whether it was not noted yet that this key was used on this day.
    pub(super) fn is_news(&self, caller: &Caller, day: Day) -> bool {
        let Caller::Named(name) = caller else { return false };
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.keys.get(name).is_some_and(|key| key.last_used != Some(day))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::keys::hash;
    use axum::http::HeaderValue;

    fn guard() -> Guard {
        Guard::new(7345, hash("uKEY"), AccessKeys::default())
    }

    /// As a program names a call that it makes to the node itself.
    fn plain() -> Uri {
        Uri::from_static("/v0/status")
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
            assert_eq!(guard().check_place(&plain(), &headers(&[(HOST, good)])), Ok(()), "{good}");
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
            assert_eq!(
                guard().check_place(&plain(), &headers(&[(HOST, bad)])),
                Err(Reason::ApiOrigin),
                "{bad}"
            );
        }
        assert_eq!(guard().check_place(&plain(), &headers(&[])), Err(Reason::ApiOrigin));
        let two = headers(&[(HOST, "127.0.0.1:7345"), (HOST, "evil.example")]);
        assert_eq!(guard().check_place(&plain(), &two), Err(Reason::ApiOrigin));
        let named = |uri| guard().check_place(&Uri::from_static(uri), &headers(&[(HOST, "127.0.0.1:7345")]));
        assert_eq!(named("http://127.0.0.1:7345/v0/status"), Ok(()));
        for other in [
            "http://evil.example/v0/status",
            "http://localhost:7345/v0/status",
            "http://u@127.0.0.1:7345/v0/status",
        ] {
            assert_eq!(named(other), Err(Reason::ApiOrigin), "{other}");
        }
    }

    //= spec/text/local-api.md#REQ-API-2
    //= type=test
    //# `Origin`, if there is one, the same host under `http://`, to the letter
    #[test]
    fn a71_other_origins_are_refused() {
        let check =
            |origin| guard().check_place(&plain(), &headers(&[(HOST, "127.0.0.1:7345"), (ORIGIN, origin)]));
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
    //# `Authorization: Bearer` with the key of `api.key`, which only its owner can read, or with a named key
    #[test]
    fn a71_the_key_is_needed_whole_and_once() {
        let now = Timestamp::new(0).unwrap();
        let owner = Ok((Caller::Owner, May::ALL.to_vec()));
        assert_eq!(guard().check_key(&headers(&[(AUTHORIZATION, "Bearer uKEY")]), now), owner);
        for bad in
            ["", "Bearer", "Bearer ", "Bearer uKE", "Bearer uKEYx", "Bearer ukey", "Basic uKEY", "uKEY"]
        {
            assert_eq!(
                guard().check_key(&headers(&[(AUTHORIZATION, bad)]), now),
                Err(Reason::ApiKey),
                "{bad}"
            );
        }
        let two = headers(&[(AUTHORIZATION, "Bearer uKEY"), (AUTHORIZATION, "Bearer uKEY")]);
        assert_eq!(guard().check_key(&two, now), Err(Reason::ApiKey));
    }
}
