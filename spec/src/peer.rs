//! Who is on the other end of a connection, and where it can be reached.
//!
//! A [`PeerId`] is the libp2p identity of an Ed25519 key: the key itself under the identity multihash, so that
//! whoever knows the name can check the handshake. An [`Address`] is a multiaddr of the few forms that a Faam link
//! may carry. Both are kept as text here: dialling is the business of the node.
//!
//! Specified in `spec/text/names.md` and `spec/text/link.md`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_ADDRESS_BYTES;

/// The identity multihash header of a protobuf-encoded Ed25519 public key.
const ED25519_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// A peer's name: an Ed25519 public key, 32 bytes, in libp2p's form (`12D3KooW…`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeerId([u8; 32]);

/// Why a text is not a peer's name or address; the object in which it stood gives it a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// Not the base58 form of an Ed25519 peer id.
    #[error("not the name of an Ed25519 peer")]
    PeerId,
    /// Not one of the address forms a link may carry.
    #[error("not an address of the form /ip4/…/tcp/… or /ip4/…/udp/…/quic-v1 (ip6 and dns likewise)")]
    Address,
}

impl PeerId {
    /// The peer whose Ed25519 public key is `key` (32 bytes, compressed point).
    #[must_use]
    pub const fn from_public_key(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The Ed25519 public key, 32 bytes.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = ED25519_PREFIX.to_vec();
        bytes.extend_from_slice(&self.0);
        f.write_str(&multibase::Base::Base58Btc.encode(bytes))
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({self})")
    }
}

impl FromStr for PeerId {
    type Err = PeerError;

    /// Reads the base58 text of at most 64 bytes.
    ///
    /// # Errors
    /// [`PeerError::PeerId`].
    ///
    /// Implements REQ-NAME-16 (`spec/text/names.md`).
    fn from_str(text: &str) -> Result<Self, PeerError> {
        if text.len() > 64 {
            return Err(PeerError::PeerId);
        }
        let bytes = multibase::Base::Base58Btc.decode(text).map_err(|_| PeerError::PeerId)?;
        //= spec/text/names.md#REQ-NAME-16
        //# Another name, such as one that hashes a key, is of another type or has another text, MUST be
        //# refused.
        let key = bytes.strip_prefix(ED25519_PREFIX.as_slice()).ok_or(PeerError::PeerId)?;
        Ok(Self(key.try_into().map_err(|_| PeerError::PeerId)?))
    }
}

impl TryFrom<String> for PeerId {
    type Error = PeerError;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, PeerError> {
        text.parse()
    }
}

impl From<PeerId> for String {
    fn from(id: PeerId) -> Self {
        id.to_string()
    }
}

/// A multiaddr that a link may carry: an IP address or DNS name, then TCP or QUIC. At most [`MAX_ADDRESS_BYTES`].
///
/// The peer's name is not part of it: a link states it once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The address as multiaddr text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the text of an address, each part in its one form.
///
/// Implements REQ-LINK-3 (`spec/text/link.md`).
//= spec/text/link.md#REQ-LINK-3
//# Each member MUST have its form.
impl FromStr for Address {
    type Err = PeerError;

    /// Reads a multiaddr of the accepted forms.
    ///
    /// # Errors
    /// [`PeerError::Address`], also over [`MAX_ADDRESS_BYTES`].
    fn from_str(text: &str) -> Result<Self, PeerError> {
        let bad = PeerError::Address;
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(bad);
        }
        let mut parts = text.split('/');
        if parts.next() != Some("") {
            return Err(bad);
        }
        let (family, host) =
            (parts.next().ok_or(PeerError::Address)?, parts.next().ok_or(PeerError::Address)?);
        let host_ok = match family {
            "ip4" => host.parse::<core::net::Ipv4Addr>().is_ok_and(|ip| ip.to_string() == host),
            "ip6" => host.parse::<core::net::Ipv6Addr>().is_ok_and(|ip| ip.to_string() == host),
            "dns" | "dns4" | "dns6" => is_host_name(host),
            _ => false,
        };
        let (layer, port) =
            (parts.next().ok_or(PeerError::Address)?, parts.next().ok_or(PeerError::Address)?);
        let port_ok = port.parse::<u16>().is_ok_and(|p| p != 0 && p.to_string() == port);
        let rest = (parts.next(), parts.next());
        let layer_ok = matches!((layer, rest), ("tcp", (None, None)) | ("udp", (Some("quic-v1"), None)));
        if host_ok && port_ok && layer_ok { Ok(Self(text.to_owned())) } else { Err(bad) }
    }
}

impl TryFrom<String> for Address {
    type Error = PeerError;
    /// Reads the text, as `from_str`.
    ///
    /// # Errors
    /// As `from_str`.
    fn try_from(text: String) -> Result<Self, PeerError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

fn is_host_name(host: &str) -> bool {
    !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peer_id_round_trips_and_refuses_others() {
        let id = PeerId::from_public_key([7; 32]);
        let text = id.to_string();
        assert!(text.starts_with("12D3KooW"), "{text}");
        assert_eq!(text.parse::<PeerId>(), Ok(id));
        for bad in [
            "",
            "12D3KooW",
            "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
            &text[..40],
            &format!("{text}1"),
        ] {
            assert_eq!(bad.parse::<PeerId>(), Err(PeerError::PeerId), "{bad}");
        }
    }

    #[test]
    fn addresses_are_of_the_named_forms_only() {
        for good in ["/ip4/127.0.0.1/tcp/4001", "/ip6/::1/udp/4001/quic-v1", "/dns4/market.example/tcp/443"] {
            assert_eq!(good.parse::<Address>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "/",
            "/ip4/127.0.0.1",
            "/ip4/127.0.0.1/tcp/0",
            "/ip4/127.0.0.1/tcp/04001",
            "/ip4/127.1/tcp/1",
            "/ip4/1.1.1.1/tcp/4001/p2p/x",
            "/ip4/1.1.1.1/udp/4001",
            "/dns4/../tcp/1",
            "/unix/tmp/x",
            "/dns4/A.example/tcp/1",
            "/ip4/1.1.1.1/udp/4001/quic-v1/p2p-circuit",
            "ip4/1.1.1.1/tcp/1",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(PeerError::Address), "{bad}");
        }
    }
}
