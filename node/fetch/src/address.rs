//! Which IP addresses are on the public network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), with multicast (RFC 5771), and one address that
/// is public by number alone: (network, length of its prefix, what it is for).
///
/// Some rows are reachable from anywhere (AS112, AMT, 6to4 relays). Nobody serves documents there, so that they are refused
/// with the others.
const IPV4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network (RFC 791)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private (RFC 1918)"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared by customers of a carrier (RFC 6598)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "this machine (RFC 1122)"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "the service address of a cloud's machines"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "of this link (RFC 3927)"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private (RFC 1918)"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "for protocols (RFC 6890)"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "for AS112 (RFC 7535)"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "for AMT relays (RFC 7450)"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "for 6to4 relays (RFC 7526)"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private (RFC 1918)"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "for AS112 (RFC 7534)"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarks (RFC 2544)"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation (RFC 5737)"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast (RFC 5771)"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved or broadcast (RFC 1112, 919)"),
];

/// What of the IANA IPv6 Special-Purpose Address Registry lies in `2000::/3`. All outside of it is no global unicast (RFC
/// 4291 §2.4, IANA IPv6 Global Unicast Address Assignments) and refused as a whole, but for the prefix of NAT64.
const IPV6: &[(Ipv6Addr, u32, &str)] = &[
    // With Teredo (2001::/32), benchmarks (2001:2::/48), AMT, AS112, ORCHID and drone ids.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "for protocols, such as Teredo (RFC 2928, 4380)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "for documentation (RFC 3849)"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "of 6to4 (RFC 3056)"),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48, "for AS112 (RFC 7534)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "for documentation (RFC 9637)"),
];

/// Global unicast.
const UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// IPv4 addresses as a NAT64 names them (RFC 6052 §2.1); the address is in the last 32 bits.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The address as a connection to it would go: an IPv4 address that is written as one of IPv6 (`::ffff:a.b.c.d`) is that IPv4
/// address.
#[must_use]
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// What an address is for, if it is not one on the public network; nothing if it is.
#[must_use]
pub fn special(address: IpAddr) -> Option<&'static str> {
    match canonical(address) {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    IPV4.iter().find(|(network, length, _)| within_v4(address, *network, *length)).map(|(_, _, what)| *what)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if within_v6(address, NAT64.0, NAT64.1) {
        let [.., a, b, c, d] = address.octets();
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    if !within_v6(address, UNICAST.0, UNICAST.1) {
        return Some(if address.is_loopback() {
            "this machine (RFC 4291)"
        } else {
            "no global unicast (RFC 4291)"
        });
    }
    IPV6.iter().find(|(network, length, _)| within_v6(address, *network, *length)).map(|(_, _, what)| *what)
}

/// Whether the first `length` bits (1–32) are those of the network.
fn within_v4(address: Ipv4Addr, network: Ipv4Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

/// Whether the first `length` bits (1–128) are those of the network.
fn within_v6(address: Ipv6Addr, network: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}
