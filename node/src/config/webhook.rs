//! Where the node calls back: one address, on this machine or under TLS.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// Longest address, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// An address that is called back: `https`, or `http` on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Uri);

impl WebhookUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_URL_BYTES {
            return Err(format!("an address has at most {MAX_URL_BYTES} bytes"));
        }
        if text.contains('#') {
            return Err("it has a fragment, which is never sent; leave out what begins with '#'".to_owned());
        }
        let uri: Uri = text.parse().map_err(|_| "it is not the address of a website".to_owned())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("it is not a whole address; write https://…, or http:// for this machine".to_owned());
        };
        if authority.as_str().contains('@') {
            return Err("it has a user name or password; what was sent is known by its signature".to_owned());
        }
        //= spec/text/local-api.md#REQ-API-13
        //# plain HTTP MUST NOT go anywhere but to this machine
        match scheme {
            "https" => Ok(Self(uri)),
            "http" if is_this_machine(authority.host()) => Ok(Self(uri)),
            "http" => Err("plain http is for this machine alone (127.0.0.1, [::1], localhost); use https, which keeps what is sent \
                          from being read and changed on its way"
                .to_owned()),
            _ => Err("use https, or http for this machine".to_owned()),
        }
    }

    /// The address as it is shown: without its query, in which there may be something that nobody else should see.
    #[must_use]
    pub fn without_query(&self) -> String {
        let text = self.0.to_string();
        text.split('?').next().unwrap_or_default().to_owned()
    }

    /// The address.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.0
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Without the query, in which there may be something that nobody else should see.
impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.authority().map_or("", |authority| authority.as_str()))
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    //= spec/text/local-api.md#REQ-API-13
    //= type=test
    //# plain HTTP MUST NOT go anywhere but to this machine
    #[test]
    fn a71_plain_http_stays_on_this_machine() {
        for good in [
            "https://market.example/hook",
            "https://market.example:8443/hook?x=1",
            "https://192.168.1.7/hook",
            "http://127.0.0.1:8000/hook",
            "http://localhost:8000",
            "http://[::1]:8000/",
        ] {
            assert!(WebhookUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "market.example/hook",
            "/hook",
            "http://market.example/hook",
            "http://192.168.1.7/hook",
            "http://127.0.0.1.market.example/hook",
            "http://localhost.market.example/",
            "http://0.0.0.0:8000/",
            "http://user@127.0.0.1/hook",
            "https://user:secret@market.example/hook",
            "https://market.example/#here",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(WebhookUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(WebhookUrl::parse(&format!("https://market.example/{}", "x".repeat(3000))).is_err());
    }
}
