//! The link: `faam:offer?…` or `faam:present?…`, by which a wallet finds the other side and proves it was invited.
//!
//! Its members stand in one order and each once, so that a link has one text.
//!
//! Specified in `spec/text/link.md`.

use core::fmt;
use core::str::FromStr;

use crate::did::Did;
use crate::hash::Capability;
use crate::limits::{MAX_LINK_ADDRESSES, MAX_LINK_BYTES};
use crate::peer::{Address, PeerId};
use crate::reason::{Fault, Reason, refuse};
use crate::time::Timestamp;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkKind {
    /// To receive ratings.
    Offer,
    /// To answer a request.
    Present,
}

impl LinkKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Present => "present",
        }
    }
}

/// A link whose form was checked, at most [`MAX_LINK_BYTES`] as text. It is a secret until it was used.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    kind: LinkKind,
    peer: PeerId,
    did: Did,
    capability: Capability,
    expires: Timestamp,
    addresses: Vec<Address>,
}

impl Link {
    /// A link to `peer` at 1 to [`MAX_LINK_ADDRESSES`] `addresses`.
    ///
    /// # Errors
    /// `link.malformed` for no or too many addresses; `too_large` over [`MAX_LINK_BYTES`].
    ///
    /// Implements REQ-LINK-4 (`spec/text/link.md`).
    pub fn new(
        kind: LinkKind,
        peer: PeerId,
        did: Did,
        capability: Capability,
        expires: Timestamp,
        addresses: Vec<Address>,
    ) -> Result<Self, Fault> {
        //= spec/text/link.md#REQ-LINK-4
        //# There MUST be 1 to 8 addresses.
        if addresses.is_empty() || addresses.len() > MAX_LINK_ADDRESSES {
            return refuse(Reason::LinkMalformed, "link.at");
        }
        let link = Self { kind, peer, did, capability, expires, addresses };
        if link.to_string().len() > MAX_LINK_BYTES {
            return refuse(Reason::TooLarge, "link");
        }
        Ok(link)
    }

    /// What it is for.
    #[must_use]
    pub const fn kind(&self) -> LinkKind {
        self.kind
    }

    /// The peer to dial.
    #[must_use]
    pub const fn peer(&self) -> PeerId {
        self.peer
    }

    /// Who is behind it: the issuer of an offer, the verifier of a request.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// What shows that the link was given.
    #[must_use]
    pub const fn capability(&self) -> Capability {
        self.capability
    }

    /// Where the peer can be reached; 1 to [`MAX_LINK_ADDRESSES`].
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The first moment at which it is good no more.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Checks that the link is of this kind and has not expired at `now`.
    ///
    /// # Errors
    /// `link.kind` for another kind; `link.expired` from its expiry on.
    ///
    /// Implements REQ-LINK-6 and REQ-LINK-7 (`spec/text/link.md`).
    pub fn check(&self, kind: LinkKind, now: Timestamp) -> Result<(), Fault> {
        //= spec/text/link.md#REQ-LINK-6
        //# A link of another kind than the program was asked for MUST be refused.
        if self.kind != kind {
            return refuse(Reason::LinkKind, "link");
        }
        //= spec/text/link.md#REQ-LINK-7
        //# From `exp` on, a link MUST be refused.
        if now >= self.expires {
            return refuse(Reason::LinkExpired, "link.exp");
        }
        Ok(())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faam:{}?v=0&peer={}&did={}", self.kind.name(), self.peer, self.did)?;
        write!(f, "&cap={}&exp={}", self.capability, self.expires.seconds())?;
        self.addresses.iter().try_for_each(|address| write!(f, "&at={address}"))
    }
}

/// Shows kind and peer, and nothing of the secret.
///
/// Implements REQ-LINK-10 (`spec/text/link.md`).
//= spec/text/link.md#REQ-LINK-10
//# A wallet MUST NOT log a link's capability.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({} {}, …)", self.kind.name(), self.peer)
    }
}

impl FromStr for Link {
    type Err = Fault;

    /// Reads a link.
    ///
    /// # Errors
    /// `too_large` over [`MAX_LINK_BYTES`]; `unsupported.version`; `link.malformed` for every other form.
    ///
    /// Implements REQ-LINK-1 to REQ-LINK-5 (`spec/text/link.md`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = |at| Fault::new(Reason::LinkMalformed, at);
        //= spec/text/link.md#REQ-LINK-1
        //# A link is at most 1,200 bytes; a reader MUST compare that first.
        if text.len() > MAX_LINK_BYTES {
            return refuse(Reason::TooLarge, "link");
        }
        let rest = text.strip_prefix("faam:").ok_or_else(|| bad("link.scheme"))?;
        let (kind, rest) = rest.split_once('?').ok_or_else(|| bad("link.kind"))?;
        let kind = match kind {
            "offer" => LinkKind::Offer,
            "present" => LinkKind::Present,
            _ => return Err(bad("link.kind")),
        };
        //= spec/text/link.md#REQ-LINK-2
        //# Members MUST stand in this order and each once; there is no escaping, fragment or white space.
        let mut members = rest.split('&');
        let mut member = |name: &'static str| {
            let text = members.next().ok_or_else(|| bad(name))?;
            text.strip_prefix(name).and_then(|t| t.strip_prefix('=')).ok_or_else(|| bad(name))
        };
        //= spec/text/link.md#REQ-LINK-5
        //# A link of another version, that is, with anything but `0` after `v=`, MUST be refused.
        if member("v")? != "0" {
            return refuse(Reason::UnsupportedVersion, "link.v");
        }
        //= spec/text/link.md#REQ-LINK-3
        //# Each member MUST have its form.
        let peer = member("peer")?.parse().map_err(|_| bad("peer"))?;
        let did = member("did")?.parse().map_err(|_| bad("did"))?;
        let capability = member("cap")?.parse().map_err(|_| bad("cap"))?;
        let seconds = member("exp")?.parse::<i64>().map_err(|_| bad("exp"))?;
        let expires = Timestamp::new(seconds).map_err(|_| bad("exp"))?;
        let mut addresses = Vec::new();
        for text in members {
            let address = text.strip_prefix("at=").ok_or_else(|| bad("at"))?;
            addresses.push(address.parse::<Address>().map_err(|_| bad("at"))?);
        }
        let link = Self::new(kind, peer, did, capability, expires, addresses)?;
        //= spec/text/link.md#REQ-LINK-2
        //# there is no escaping, fragment or white space
        if link.to_string() == text { Ok(link) } else { Err(bad("link")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    fn link() -> Link {
        let key = SigningKey::from_seed(&[1; 32]).verifying_key();
        Link::new(
            LinkKind::Present,
            PeerId::from_public_key([2; 32]),
            Did::from_key(&key),
            Capability::from_bytes([3; 16]),
            Timestamp::new(1_800_000_000).unwrap(),
            vec![
                "/ip4/127.0.0.1/udp/4001/quic-v1".parse().unwrap(),
                "/dns4/m.example/tcp/4001".parse().unwrap(),
            ],
        )
        .unwrap()
    }

    #[test]
    fn a_link_round_trips() {
        let text = link().to_string();
        assert_eq!(text.parse::<Link>().unwrap(), link());
        assert!(text.len() < 400, "{}", text.len());
        assert!(!format!("{:?}", link()).contains("AwMD"), "the capability is not printed");
    }

    #[test]
    fn a70_tricks_in_links_are_refused() {
        let text = link().to_string();
        for (from, to) in [
            ("faam:", "https:"),
            ("faam:", "FAAM:"),
            ("faam:present", "faam:../present"),
            ("faam:present", "faam:open"),
            ("v=0", "v=1"),
            ("&exp=", "&exp=+"),
            ("exp=1800000000", "exp=01800000000"),
            ("exp=1800000000", "exp=99999999999999999999"),
            ("/ip4/127.0.0.1", "/ip4/127.0.0.1/../x"),
            ("/udp/4001/quic-v1", "/udp/4001/quic-v1/p2p-circuit"),
            ("&at=/dns4/m.example/tcp/4001", "&at=/unix/tmp/socket"),
            ("&at=/dns4/m.example/tcp/4001", "&next=faam:offer"),
            ("&at=/dns4/m.example/tcp/4001", "#fragment"),
            ("did=did:key:", "did=did:web:"),
            ("&cap=u", "&cap=z"),
            ("peer=12D3", "peer=%31%32D3"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(text.replace(from, to).parse::<Link>().is_err(), "{to}");
        }
        assert!(format!("{text} ").parse::<Link>().is_err());
        let many = format!("{text}{}", "&at=/ip4/1.1.1.1/tcp/1".repeat(7));
        assert!(many.parse::<Link>().is_err());
        assert_eq!("faam:".repeat(300).parse::<Link>().unwrap_err().reason(), Reason::TooLarge);
    }

    #[test]
    fn kind_and_expiry_are_checked() {
        let at = |s| Timestamp::new(s).unwrap();
        assert!(link().check(LinkKind::Present, at(1_799_999_999)).is_ok());
        assert_eq!(
            link().check(LinkKind::Present, at(1_800_000_000)).unwrap_err().reason(),
            Reason::LinkExpired
        );
        assert_eq!(link().check(LinkKind::Offer, at(0)).unwrap_err().reason(), Reason::LinkKind);
    }
}
