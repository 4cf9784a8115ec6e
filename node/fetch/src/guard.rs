//! The one way to an address: looked up, looked at, and then connected to as it was looked at.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::address::{canonical, special};
use crate::error::{FetchError, UrlFault};
use crate::limits::{MAX_ADDRESSES, MAX_TIME};
use crate::lookup::{Lookup, Lookups};
use crate::url::WebUrl;

/// Most addresses of a host that are tried.
const TRIED: usize = 8;

/// Decides where a connection goes. It is the resolver of the HTTP client itself, so that nothing is connected to that did not
/// pass here, and no name is looked up again between the look and the connection.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) lookups: Lookups,
    /// Whether hosts that say of themselves that they are this machine may be reached, and by plain HTTP.
    pub(crate) loopback: bool,
    /// Addresses that may be reached although they are not public: each exactly, with its port.
    pub(crate) allowed: Arc<BTreeSet<SocketAddr>>,
}

impl Guard {
    /// Whether an address may be gone to at all, before anything is looked up.
    ///
    /// # Errors
    /// `fetch.url` for plain HTTP to anywhere but this machine, and for that unless it was allowed.
    ///
    /// Implements REQ-FETCH-1 (`spec/text/fetching.md`).
    pub(crate) fn admit(&self, url: &WebUrl) -> Result<(), FetchError> {
        //= spec/text/fetching.md#REQ-FETCH-1
        //# plain HTTP from this machine alone, where its address is written as such (`localhost`, `127.0.0.0/8`,
        //# `[::1]`) and whoever runs the program asked for it
        let at_home = self.loopback && url.is_loopback();
        if url.is_https() || at_home { Ok(()) } else { Err(FetchError::Url(UrlFault::Scheme)) }
    }

    /// The addresses to connect to, each of which was looked at. One that may not be reached refuses the whole host: a name
    /// that leads into the public network and into this house at once is a trap.
    ///
    /// Implements REQ-FETCH-3 (`spec/text/fetching.md`).
    //= spec/text/fetching.md#REQ-FETCH-3
    //# A host MUST be looked up once for each connection, every address that is found MUST be on the public
    //# network, and the connection MUST go to one of them. One address that is not refuses the host
    //# (`fetch.address`).
    fn addresses(&self, url: &WebUrl, time: core::time::Duration) -> Result<Vec<SocketAddr>, FetchError> {
        self.admit(url)?;
        let literal = url.host().trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let found = match literal {
            Ok(address) => vec![address],
            Err(_) if self.loopback && url.is_loopback() => {
                vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            }
            Err(_) => self.lookups.run(&self.lookup, url.host(), time)?,
        };
        if found.is_empty() {
            return Err(FetchError::Unreachable);
        }
        if found.len() > MAX_ADDRESSES {
            return Err(FetchError::Protocol);
        }
        let mut checked = Vec::with_capacity(found.len());
        for address in found {
            let goes_to = SocketAddr::new(canonical(address), url.port());
            if let Some(what) = special(address) {
                let at_home = self.loopback && url.is_loopback() && goes_to.ip().is_loopback();
                if !at_home && !self.allowed.contains(&goes_to) {
                    return Err(FetchError::Address { address, what });
                }
            }
            checked.push(goes_to);
        }
        Ok(checked)
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        // The address is read once more from what the client is about to use, so that two readers cannot differ.
        let url: WebUrl = uri.to_string().parse().map_err(refused)?;
        let time = (*timeout.after).min(MAX_TIME);
        let mut result = self.empty();
        for address in self.addresses(&url, time).map_err(refused)?.into_iter().take(TRIED) {
            result.push(address);
        }
        Ok(result)
    }
}

/// Carries the guard's word through the HTTP client.
fn refused(error: FetchError) -> ureq::Error {
    ureq::Error::Io(io::Error::other(error))
}
