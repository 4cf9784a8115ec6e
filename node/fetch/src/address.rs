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
///
/// Implements REQ-FETCH-4 (`spec/text/fetching.md`).
//= spec/text/fetching.md#REQ-FETCH-4
//# An IPv4 address within one of IPv6 (`::ffff:0:0/96`, and `64:ff9b::/96` of NAT64) MUST be judged as that IPv4
//# address; 6to4 and Teredo are refused.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first and last address of each row, and their neighbours outside.
    //= spec/text/fetching.md#REQ-FETCH-4
    //= type=test
    //# An address is on the public network unless the IANA registries of special-purpose addresses name it
    #[test]
    fn rows_end_where_they_say() {
        let v4 = |bits: u32| special(Ipv4Addr::from_bits(bits).into()).is_some();
        for (network, length, what) in IPV4 {
            let first = network.to_bits();
            let last = first | u32::MAX.checked_shr(*length).unwrap_or(0);
            assert!(v4(first) && v4(last), "{what}");
        }
        for (address, inside) in [
            ("1.0.0.0", false),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("100.63.255.255", false),
            ("100.128.0.0", false),
            ("126.255.255.255", false),
            ("128.0.0.0", false),
            ("168.63.129.15", false),
            ("168.63.129.16", true),
            ("168.63.129.17", false),
            ("169.253.255.255", false),
            ("169.255.0.0", false),
            ("172.15.255.255", false),
            ("172.32.0.0", false),
            ("192.0.1.0", false),
            ("192.167.255.255", false),
            ("192.169.0.0", false),
            ("198.17.255.255", false),
            ("198.20.0.0", false),
            ("223.255.255.255", false),
            ("255.255.255.255", true),
            ("8.8.8.8", false),
            ("2606:4700::1111", false),
            ("2001:1ff:ffff::", true),
            ("2001:200::", false),
            ("2001:db8::1", true),
            ("2001:db7:ffff::", false),
            ("2001:db9::", false),
            ("2002:0808:0808::", true),
            ("2003::", false),
            ("3ffe:ffff::", false),
            ("3fff::", true),
            ("3fff:fff:ffff::", true),
            ("3fff:1000::", false),
            ("4000::", true),
            ("1fff:ffff::", true),
            ("::", true),
            ("::1", true),
            ("::8.8.8.8", true),
            ("::ffff:8.8.8.8", false),
            ("::ffff:10.0.0.1", true),
            ("::ffff:0:8.8.8.8", true),
            ("64:ff9b::8.8.8.8", false),
            ("64:ff9b::127.0.0.1", true),
            ("64:ff9b:1::8.8.8.8", true),
            ("64:ff9b::1:0:8.8.8.8", true),
            ("100::1", true),
            ("2620:4f:8000::1", true),
            ("5f00::1", true),
            ("fc00::1", true),
            ("fd00:ec2::254", true),
            ("fe80::1", true),
            ("fec0::1", true),
            ("ff02::1", true),
        ] {
            assert_eq!(special(address.parse().unwrap()).is_some(), inside, "{address}");
        }
    }

    proptest! {
        /// What the standard library knows to be special is special here, in every way in which an IPv4 address is carried.
        #[test]
        fn a71_no_special_address_in_any_dress(bits: u32, near in 0_usize..19, low: u32) {
            let (network, length, _) = IPV4[near];
            let inside = network.to_bits() | (low & u32::MAX.checked_shr(length).unwrap_or(0));
            for address in [Ipv4Addr::from_bits(bits), Ipv4Addr::from_bits(inside)] {
                let known = address.is_private() || address.is_loopback() || address.is_link_local()
                    || address.is_broadcast() || address.is_documentation() || address.is_multicast()
                    || address.is_unspecified();
                let here = special(address.into());
                prop_assert!(here.is_some() || !known, "{address}");
                prop_assert_eq!(special(address.to_ipv6_mapped().into()), here);
                prop_assert_eq!(canonical(address.to_ipv6_mapped().into()), IpAddr::V4(address));
                let nat64 = Ipv6Addr::from_bits(NAT64.0.to_bits() | u128::from(address.to_bits()));
                prop_assert_eq!(special(nat64.into()), here);
                let six_to_four = Ipv6Addr::from_bits((0x2002 << 112) | (u128::from(address.to_bits()) << 80));
                prop_assert!(special(six_to_four.into()).is_some());
            }
            prop_assert!(special(Ipv4Addr::from_bits(inside).into()).is_some());
        }

        #[test]
        fn a71_no_special_address_of_ipv6(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            let known = address.is_loopback() || address.is_multicast() || address.is_unspecified()
                || address.is_unique_local() || address.is_unicast_link_local();
            prop_assert!(special(address.into()).is_some() || !known, "{address}");
        }
    }
}
