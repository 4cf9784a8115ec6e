//! The link `openid4vp://?…`, and percent-encoded forms in general, read strictly.

use core::fmt;
use core::str::FromStr;

use super::WebAddress;
use crate::client::Client;
use crate::limits::{MAX_OPENID4VP_LINK_BYTES, MAX_REQUEST_BYTES};
use crate::reason::{Fault, Reason, refuse};

/// Most members of a form or a link.
const MAX_MEMBERS: usize = 32;

/// A link to a request of OpenID4VP. It is a secret until it was used.
#[derive(Clone, PartialEq, Eq)]
pub struct VpLink {
    client: Client,
    request: VpRequest,
}

/// Where the request is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VpRequest {
    /// At this address (`request_uri`).
    At(WebAddress),
    /// In the link (`request`): the text of a signed request object, at most [`MAX_REQUEST_BYTES`].
    Here(String),
}

impl VpLink {
    /// A link to the request of `client` at `address`.
    #[must_use]
    pub const fn new(client: Client, address: WebAddress) -> Self {
        Self { client, request: VpRequest::At(address) }
    }

    /// Whether a text is meant as such a link.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.get(..10).is_some_and(|scheme| scheme.eq_ignore_ascii_case("openid4vp:"))
    }

    /// Who is to have signed the request.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Where the request is.
    #[must_use]
    pub const fn request(&self) -> &VpRequest {
        &self.request
    }
}

impl fmt::Display for VpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = match &self.request {
            VpRequest::At(address) => ("request_uri", address.as_str()),
            VpRequest::Here(text) => ("request", text.as_str()),
        };
        write!(f, "openid4vp://?client_id={}&{name}={}", escape(&self.client.client_id()), escape(value))
    }
}

/// Shows who asks, and nothing of the secret.
impl fmt::Debug for VpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VpLink({}, …)", self.client)
    }
}

impl FromStr for VpLink {
    type Err = Fault;

    /// Reads a link.
    ///
    /// # Errors
    /// `too_large`; `link.malformed`; `request.client` for a `client_id` that nobody can be known by, or an unsigned request.
    ///
    /// Implements REQ-VP-5 and REQ-VP-6 (`spec/text/openid4vp.md`).
    //= spec/text/openid4vp.md#REQ-VP-5
    //# A link MUST be `openid4vp://`, perhaps a name without `/`, `?` and a form, with `client_id` and either `request_uri` or
    //# `request`; what else stands there is ignored, as RFC 9101 says
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = |at| Fault::new(Reason::LinkMalformed, at);
        let inline = text.contains("request=");
        let limit =
            if inline { MAX_OPENID4VP_LINK_BYTES + MAX_REQUEST_BYTES } else { MAX_OPENID4VP_LINK_BYTES };
        if text.len() > limit {
            return refuse(Reason::TooLarge, "link");
        }
        let rest = text.strip_prefix("openid4vp://").ok_or_else(|| bad("link.scheme"))?;
        let (name, members) = rest.split_once('?').ok_or_else(|| bad("link"))?;
        let plain =
            name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        if !plain || name.contains("..") || members.contains('#') {
            return Err(bad("link"));
        }
        let members = form(members).map_err(|_| bad("link"))?;
        let member =
            |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let client = Client::from_client_id(member("client_id").ok_or_else(|| bad("link.client_id"))?)?;
        let method = member("request_uri_method");
        if method.is_some_and(|method| !matches!(method, "get" | "post")) {
            return Err(bad("link.request_uri_method"));
        }
        let request = match (member("request_uri"), member("request")) {
            (Some(address), None) => VpRequest::At(address.parse().map_err(|_| bad("link.request_uri"))?),
            (None, Some(request)) => VpRequest::Here(request.to_owned()),
            (Some(_), Some(_)) => return Err(bad("link.request")),
            //= spec/text/openid4vp.md#REQ-VP-6
            //# A request that nobody signed MUST be refused
            (None, None) => return refuse(Reason::RequestClient, "link.request_uri"),
        };
        Ok(Self { client, request })
    }
}

/// Reads a form (`application/x-www-form-urlencoded`) strictly.
///
/// # Errors
/// `response.malformed` for a member without `=` or name, one that stands twice, over 32 of them, a percent sign that begins no
/// byte in hexadecimal, a character that a form does not hold, and what is not UTF-8.
///
/// Implements REQ-VP-16 (`spec/text/openid4vp.md`).
//= spec/text/openid4vp.md#REQ-VP-16
//# A form MUST be read strictly
pub fn form(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let bad = || Fault::new(Reason::ResponseMalformed, "form");
    let mut members: Vec<(String, String)> = Vec::new();
    for member in text.split('&') {
        let (name, value) = member.split_once('=').ok_or_else(bad)?;
        let (name, value) = (unescape(name)?, unescape(value)?);
        let twice = members.iter().any(|(known, _)| *known == name);
        if name.is_empty() || twice || members.len() >= MAX_MEMBERS {
            return Err(bad());
        }
        members.push((name, value));
    }
    Ok(members)
}

/// Reads one name or value of a form.
///
/// # Errors
/// `response.malformed`.
pub fn unescape(text: &str) -> Result<String, Fault> {
    let bad = || Fault::new(Reason::ResponseMalformed, "form");
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(bad);
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high * 16 + low).map_err(|_| bad())?
            }
            byte if byte.is_ascii_graphic() && byte != b'=' => byte,
            _ => return Err(bad()),
        });
    }
    String::from_utf8(out).map_err(|_| bad())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::did::Did;
    use crate::key::SigningKey;

    fn link() -> VpLink {
        let did = Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
        VpLink::new(did.into(), "https://verifier.example/vp/request/uAAA".parse().unwrap())
    }

    #[test]
    fn a_link_round_trips() {
        let text = link().to_string();
        assert_eq!(text.parse::<VpLink>().unwrap(), link());
        assert!(!format!("{:?}", link()).contains("uAAA"), "the capability is not printed");
        let named = text.replace("openid4vp://?", "openid4vp://authorize?");
        assert_eq!(named.parse::<VpLink>().unwrap(), link());
        let more = format!("{text}&request_uri_method=post&nonce=ignored&response_mode=fragment");
        assert_eq!(more.parse::<VpLink>().unwrap(), link(), "only what is signed counts");
        let inline = format!("{}&request=e30.e30.AA", text.split("&request_uri").next().unwrap());
        assert!(inline.parse::<VpLink>().unwrap().request == VpRequest::Here("e30.e30.AA".into()));
    }

    //= spec/text/openid4vp.md#REQ-VP-5
    //= type=test
    //# A link MUST be `openid4vp://`, perhaps a name without `/`, `?` and a form
    //= spec/text/openid4vp.md#REQ-VP-6
    //= type=test
    //# A request that nobody signed MUST be refused
    #[test]
    fn a70_tricks_in_links_are_refused() {
        let text = link().to_string();
        let did = "client_id=decentralized_identifier%3Adid%3Akey";
        assert!(text.contains(did), "{text}");
        for (from, to) in [
            ("openid4vp://", "openid4vp:"),
            ("openid4vp://", "OPENID4VP://"),
            ("openid4vp://", "https://"),
            ("openid4vp://?", "openid4vp://../?"),
            ("openid4vp://?", "openid4vp://a/b?"),
            ("openid4vp://?", "openid4vp://a@b?"),
            ("openid4vp://?", "openid4vp://a..b?"),
            ("openid4vp://?", "openid4vp://"),
            ("client_id=", "client_id=x&client_id="),
            ("client_id=decentralized_identifier%3A", "client_id=redirect_uri%3A"),
            ("request_uri=https", "request_uri=file"),
            ("request_uri=https", "request_uri=javascript"),
            ("request_uri=https%3A%2F%2F", "request_uri=https%3A%2F%2Fa%40"),
            ("request_uri=https%3A%2F%2F", "request_uri=https%3A%2F%2F%5C"),
            ("request_uri=", "request=x&request_uri="),
            ("request_uri=", "request_uri%00="),
            ("request_uri=", "nothing="),
            ("request_uri=", "request_uri_method=put&request_uri="),
            ("uAAA", "uAAA#x"),
            ("uAAA", "uAAA%23x"),
            ("uAAA", "uAAA%0Ax"),
            ("uAAA", "uAAA%E2%80%AEx"),
            ("uAAA", "uAAA%ZZ"),
            ("uAAA", "uAAA%f"),
            ("uAAA", "uA A"),
            ("&request_uri", "&&request_uri"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(text.replace(from, to).parse::<VpLink>().is_err(), "{to}");
        }
        let long = format!("{text}&x={}", "a".repeat(MAX_OPENID4VP_LINK_BYTES));
        assert_eq!(long.parse::<VpLink>().unwrap_err().reason(), Reason::TooLarge);
    }

    //= spec/text/openid4vp.md#REQ-VP-16
    //= type=test
    //# A form MUST be read strictly
    #[test]
    fn forms_are_read_strictly() {
        let read = form("vp_token=%7B%7D&state=a+b%2Bc&empty=").unwrap();
        let pairs: Vec<(&str, &str)> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("vp_token", "{}"), ("state", "a b+c"), ("empty", "")]);
        let many = vec!["a=b"; 40].join("&");
        for bad in [
            "",
            "a",
            "&",
            "a=b&",
            "=b",
            "a=b&a=c",
            "a=b&%61=c",
            "a=%",
            "a=%4",
            "a=%4g",
            "a=%ff",
            "a=b=c",
            "a=\n",
            &many,
        ] {
            assert_eq!(form(bad).unwrap_err().reason(), Reason::ResponseMalformed, "{bad:?}");
        }
    }
}
