//! Links: `spec/text/link.md`.

use faam_spec::did::Did;
use faam_spec::hash::Capability;
use faam_spec::key::SigningKey;
use faam_spec::link::{Link, LinkKind};
use faam_spec::peer::PeerId;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};

use super::{Cases, NOW};
use crate::vectors::{Vector, long};

/// A link that is in order, with as many addresses.
fn valid(kind: LinkKind, addresses: usize) -> String {
    let did = Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
    let peer = PeerId::from_public_key(SigningKey::from_seed(&[2; 32]).verifying_key().to_bytes());
    let expires = Timestamp::new(NOW + 3600).unwrap();
    let all = ["/ip4/192.0.2.7/udp/4001/quic-v1", "/ip6/2001:db8::7/tcp/4001", "/dns4/node.example/tcp/443"];
    let addresses = all.iter().cycle().take(addresses).map(|text| text.parse().unwrap()).collect();
    Link::new(kind, peer, did, Capability::from_bytes([7; 16]), expires, addresses).unwrap().to_string()
}

fn reading(text: impl Into<Value>) -> Value {
    json!({"operation": "link", "text": text.into()})
}

fn opening(text: &str, kind: &str) -> Value {
    json!({"operation": "link", "text": text, "kind": kind})
}

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("link");
    let link = &valid(LinkKind::Present, 2);
    let offer = &valid(LinkKind::Offer, 1);
    cases.accept(
        "REQ-LINK-2",
        "present",
        "A link to a request, with two addresses.",
        opening(link, "present"),
    );
    cases.accept("REQ-LINK-2", "offer", "A link to an offer, with one address.", opening(offer, "offer"));
    cases.accept(
        "REQ-LINK-4",
        "eight",
        "As many addresses as there may be.",
        reading(valid(LinkKind::Offer, 8)),
    );
    bounds(&mut cases, link);
    form(&mut cases, link);
    use_of(&mut cases, link, offer);
    cases.done()
}

fn bounds(cases: &mut Cases, link: &str) {
    let req = "REQ-LINK-1";
    let at = |host: &str, times| long(&format!("{link}&at=/dns/"), host, times, ".example/tcp/1");
    cases.refuse(req, "long", "too_large", "A link of over 1,200 bytes.", reading(at("a", 1200)));
    cases.refuse(
        req,
        "huge",
        "too_large",
        "A link of a megabyte.",
        reading(long(link, "&at=/ip4/192.0.2.1/tcp/1", 41_000, "")),
    );
    cases.refuse(
        req,
        "huge-junk",
        "too_large",
        "A megabyte that is no link.",
        reading(long("", "faam:", 200_000, "")),
    );
    let req = "REQ-LINK-4";
    let (none, _) = link.split_once("&at=").unwrap();
    cases.refuse(req, "no-address", "link.malformed", "A link without an address.", reading(none));
    let nine = format!("{}&at=/ip4/192.0.2.9/tcp/9", valid(LinkKind::Present, 8));
    cases.refuse(req, "nine", "link.malformed", "Nine addresses.", reading(nine));
    let ten = format!("{}&at=/ip4/192.0.2.9/tcp/9&at=/ip4/192.0.2.9/tcp/8", valid(LinkKind::Present, 8));
    cases.refuse(req, "ten", "link.malformed", "Ten addresses.", reading(ten));
}

fn form(cases: &mut Cases, link: &str) {
    let req = "REQ-LINK-2";
    let mut bad = |id: &str, description: &str, text: String| {
        assert_ne!(text, link, "{id}");
        cases.refuse(req, id, "link.malformed", description, reading(text));
    };
    let (_, peer) = link.split_once("&peer=").unwrap();
    let (peer, rest) = peer.split_once('&').unwrap();
    let (did, rest) = rest.split_once('&').unwrap();
    let swapped = format!("faam:present?v=0&{did}&peer={peer}&{rest}");
    bad("order", "Two members have changed places.", swapped);
    bad("twice", "A member stands twice.", link.replace("&cap=", "&cap=uBwcHBwcHBwcHBwcHBwcHBw&cap="));
    bad("missing", "A member is missing.", link.replace(&format!("&peer={peer}"), ""));
    bad("extra", "A member of no known name.", format!("{link}&x=1"));
    bad("fragment", "A fragment follows.", format!("{link}#x"));
    bad("space", "A space follows.", format!("{link} "));
    bad("escaped", "An address is percent-encoded.", link.replace("/ip4/", "%2Fip4/"));
    bad("slashes", "Slashes, as if there were an authority.", link.replace("faam:", "faam://"));
    bad("upper", "The scheme in capitals.", link.replace("faam:", "FAAM:"));
    bad("other-scheme", "Another scheme.", link.replace("faam:", "https:"));
    cases.vectors.last_mut().unwrap().attack("A70");
    let req = "REQ-LINK-3";
    let mut bad = |id: &str, description: &str, from: &str, to: &str| {
        assert!(link.contains(from), "{id}");
        cases.refuse(req, id, "link.malformed", description, reading(link.replace(from, to))).attack("A70");
    };
    bad("kind", "A kind that there is not.", "faam:present", "faam:pay");
    bad(
        "peer-other",
        "A peer id that hashes its key.",
        &format!("peer={peer}"),
        "peer=QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
    );
    bad("did", "A DID of another method.", "did:key:", "did:ion:");
    bad(
        "cap-short",
        "A capability of 15 bytes.",
        "&cap=uBwcHBwcHBwcHBwcHBwcHBw",
        "&cap=uBwcHBwcHBwcHBwcHBwcH",
    );
    bad("cap-base", "A capability in another base.", "&cap=u", "&cap=m");
    bad(
        "cap-bits",
        "A capability with set trailing bits.",
        "&cap=uBwcHBwcHBwcHBwcHBwcHBw",
        "&cap=uBwcHBwcHBwcHBwcHBwcHBx",
    );
    bad("exp-sign", "An expiry with a sign.", "&exp=", "&exp=+");
    bad("exp-zero", "An expiry with a leading zero.", "&exp=", "&exp=0");
    bad("exp-negative", "An expiry before 1970.", "&exp=", "&exp=-");
    bad("exp-late", "An expiry after the year 9999.", "&exp=", "&exp=999");
    bad("ip4-long", "An IPv4 address with leading zeros.", "192.0.2.7", "192.0.02.7");
    bad("ip6-long", "An IPv6 address that is not in its shortest form.", "2001:db8::7", "2001:0db8::7");
    bad("host-dots", "A path in the place of a host.", "/ip4/192.0.2.7", "/dns/..");
    bad("host-upper", "A host in capitals.", "/ip4/192.0.2.7", "/dns/Node.example");
    bad("port-zero", "Port 0.", "/udp/4001", "/udp/0");
    bad("port-large", "A port over 65535.", "/udp/4001", "/udp/65536");
    bad("layer", "A transport that there is not.", "/udp/4001/quic-v1", "/udp/4001/quic");
    bad("with-peer", "An address that names the peer again.", "/tcp/4001", &format!("/tcp/4001/p2p/{peer}"));
    bad("circuit", "An address by way of a relay.", "/tcp/4001", "/tcp/4001/p2p-circuit");
    let req = "REQ-LINK-5";
    for (id, version) in [("v1", "1"), ("v2", "2"), ("v-text", "zero")] {
        let text = link.replace("?v=0", &format!("?v={version}"));
        let description = format!("A link of version {version}.");
        cases.refuse(req, id, "unsupported.version", &description, reading(text));
    }
}

fn use_of(cases: &mut Cases, link: &str, offer: &str) {
    let req = "REQ-LINK-6";
    cases.refuse(
        req,
        "kind-offer",
        "link.kind",
        "A link to an offer, opened to answer a request.",
        opening(offer, "present"),
    );
    cases.refuse(
        req,
        "kind-present",
        "link.kind",
        "A link to a request, opened to receive ratings.",
        opening(link, "offer"),
    );
    cases
        .refuse(
            req,
            "kind-first",
            "link.kind",
            "Another kind, and expired too: the kind is said.",
            opening(link, "offer"),
        )
        .at(NOW + 7200);
    let req = "REQ-LINK-7";
    cases.accept(req, "last-moment", "A second before it expires.", opening(link, "present")).at(NOW + 3599);
    for (id, later, description) in [
        ("expired", 3600, "At the moment of its expiry."),
        ("expired-hour", 7200, "An hour after its expiry."),
        ("expired-year", 31_536_000, "A year after its expiry."),
    ] {
        cases.refuse(req, id, "link.expired", description, opening(link, "present")).at(NOW + later);
    }
}
