//! `did:web`: names a host and a path on it, where a document says which keys it has today.
//!
//! Here are its one canonical text and the address of its document. Nothing is fetched.
//!
//! Specified in `spec/text/names.md`.

use super::{is_path_part, is_plain_host};
use crate::reason::{Fault, Reason, refuse};

/// How every `did:web` begins.
pub(super) const PREFIX: &str = "did:web:";
/// How the colon before a port is written; other texts of the same octet are refused.
const PORT: &str = "%3A";
/// The port that is never written, because it is meant when none is.
const USUAL_PORT: u16 = 443;

/// A `did:web` taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    host: &'a str,
    port: Option<u16>,
    path: Option<&'a str>,
}

/// Takes apart what follows `did:web:`, which must be in its one canonical text.
///
/// # Errors
/// `invalid.did`.
///
/// Implements REQ-NAME-5 and REQ-NAME-17 (`spec/text/names.md`).
pub(super) fn parts(rest: &str) -> Result<Parts<'_>, Fault> {
    let bad = || Fault::new(Reason::InvalidDid, "did");
    let (authority, path) = match rest.split_once(':') {
        Some((authority, path)) => (authority, Some(path)),
        None => (rest, None),
    };
    let (host, port) = match authority.split_once('%') {
        //= spec/text/names.md#REQ-NAME-17
        //# A port of a `did:web` MUST be written as `%3A` and the number in decimal, 1–65535, without leading
        //# zeros, and not at all if it is 443.
        Some(_) => {
            let (host, port) = authority.split_once(PORT).ok_or_else(bad)?;
            (host, Some(number(port).ok_or_else(bad)?))
        }
        None => (authority, None),
    };
    if !is_plain_host(host) || path.is_some_and(|path| !path.split(':').all(is_path_part)) {
        return refuse(Reason::InvalidDid, "did");
    }
    Ok(Parts { host, port, path })
}

/// A port in its one text.
fn number(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port != 0 && port != USUAL_PORT && port.to_string() == text).then_some(port)
}

impl Parts<'_> {
    /// Where the document is: `https://host/.well-known/did.json`, or under the path.
    pub(super) fn address(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.path.map_or_else(|| ".well-known".to_owned(), |path| path.replace(':', "/"));
        format!("https://{}{port}/{path}/did.json", self.host)
    }
}

#[cfg(test)]
mod tests {
    use crate::did::Did;
    use crate::reason::Reason;

    fn did(rest: &str) -> Result<Did, crate::reason::Fault> {
        format!("did:web:{rest}").parse()
    }

    #[test]
    fn documents_lie_where_the_method_says() {
        for (rest, address) in [
            ("market.example", "https://market.example/.well-known/did.json"),
            ("market.example%3A8443", "https://market.example:8443/.well-known/did.json"),
            ("market.example:eu:Shop-1_a", "https://market.example/eu/Shop-1_a/did.json"),
            ("market.example%3A1:eu", "https://market.example:1/eu/did.json"),
        ] {
            assert_eq!(did(rest).unwrap().document_address().as_deref(), Some(address), "{rest}");
        }
    }

    //= spec/text/names.md#REQ-NAME-17
    //= type=test
    //# A port of a `did:web` MUST be written as `%3A` and the number in decimal, 1–65535, without leading zeros,
    //# and not at all if it is 443.
    #[test]
    fn a84_one_name_has_one_text() {
        for rest in [
            "",
            ":eu",
            "market",
            "localhost",
            "localhost%3A8443",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "%5B%3A%3A1%5D",
            "Market.example",
            "market.EXAMPLE",
            "market.example.",
            ".market.example",
            "market..example",
            "..",
            "xn--mrket-gra.example",
            "XN--mrket-gra.example",
            "märket.example",
            "market。example",
            "market.example%2E",
            "market%2Eexample",
            "m%61rket.example",
            "market.example%3A",
            "market.example%3A0",
            "market.example%3A443",
            "market.example%3A0443",
            "market.example%3A+80",
            "market.example%3A65536",
            "market.example%3a8443",
            "market.example%3A8443%3A1",
            "market.example%2F8443",
            "market.example%3A8443%2F..",
            "market.example:",
            "market.example::eu",
            "market.example:eu:",
            "market.example:.",
            "market.example:..",
            "market.example:eu:..:shop",
            "market.example:.well-known",
            "market.example:eu%2Fshop",
            "market.example:%65u",
            "market.example/eu",
            "market.example?a",
            "market.example#a",
            "market.example:eu#a",
            "user@market.example",
            "market.example\\eu",
            " market.example",
            "market.example\n",
        ] {
            assert_eq!(did(rest).unwrap_err().reason(), Reason::InvalidDid, "{rest:?}");
        }
        for text in ["DID:web:market.example", "did:WEB:market.example", "did:web", "did:web:"] {
            assert_eq!(text.parse::<Did>().unwrap_err().reason(), Reason::InvalidDid, "{text:?}");
        }
    }
}
