//! The forms of DIDs, REQ-NAME-4 to REQ-NAME-6, REQ-NAME-13 and REQ-NAME-17.

use faam_spec::encoding::multi;
use serde_json::Value;

use super::super::fixtures_signed::{audience, did, issuer, reading};
use super::super::general::base58;
use super::Cases;
use crate::vectors::long;

/// A history's own name.
pub(super) const SCID: &str = "QmaBcDeFgHiJkLmNoPqRsTuVwXyZ1234567890aBcDeFgH";

/// A `did:webvh` under that name.
pub(in crate::vectors::make) fn webvh(host: &str) -> String {
    format!("did:webvh:{SCID}:{host}")
}

fn read(text: impl Into<Value>) -> Value {
    reading("did", text)
}

pub(super) fn cases(cases: &mut Cases) {
    assert_eq!(SCID.len(), 46);
    forms(cases);
    hosts(cases);
    ports(cases);
    lengths(cases);
    clients(cases);
}

fn forms(cases: &mut Cases) {
    let req = "REQ-NAME-4";
    let key = did(&issuer()).to_string();
    let bytes = issuer().verifying_key().to_bytes();
    let coded = |code: [u8; 2]| format!("did:key:z{}", base58(&[code.to_vec(), bytes.to_vec()].concat()));
    assert_eq!(coded([0xed, 0x01]), key);
    cases.accept(req, "did-key", "A `did:key`.", read(key.as_str()));
    cases.accept(req, "did-webvh", "A `did:webvh`.", read(webvh("market.example")));
    cases.accept(
        req,
        "did-webvh-path",
        "A `did:webvh` with a path.",
        read(webvh("market.example:Issuers:eu-1:_a")),
    );
    let web = |rest: &str| format!("did:web:market.example{rest}");
    cases.accept(req, "did-web", "A `did:web`.", read(web("")));
    cases.accept(req, "did-web-path", "A `did:web` with a path.", read(web(":Issuers:eu-1:_a")));
    let mixed = key.replace("did:key:", "did:key:z");
    let path = |path: &str| webvh(&format!("market.example:{path}"));
    let bad = [
        ("empty", "No DID.", String::new()),
        ("ion", "A method that is not accepted.", "did:ion:market.example".to_owned()),
        ("web-none", "A `did:web` without host.", "did:web:".to_owned()),
        ("web-slash", "A `did:web` with the path of an address.", "did:web:market.example/eu".to_owned()),
        ("jwk", "Another method that is not accepted.", "did:jwk:eyJrdHkiOiJPS1AifQ".to_owned()),
        ("url", "An address.", "https://market.example".to_owned()),
        ("scheme", "The scheme in capitals.", key.replacen("did:", "DID:", 1)),
        ("method", "The method in capitals.", key.replacen(":key:", ":KEY:", 1)),
        (
            "fragment",
            "The id of a key in the place of the DID.",
            format!("{key}#{}", key.rsplit_once(':').unwrap().1),
        ),
        ("query", "A query at the end.", format!("{key}?versionId=1")),
        ("space", "A space at the end.", format!("{key} ")),
        ("key-empty", "A `did:key` without key.", "did:key:".to_owned()),
        ("key-z", "The multibase prefix twice.", mixed),
        (
            "key-base64",
            "A key in the multibase of base64url.",
            format!("did:key:{}", multi([vec![0xed, 1], bytes.to_vec()].concat())),
        ),
        ("key-x25519", "A key for agreement.", coded([0xec, 0x01])),
        ("key-secp256k1", "A key of another curve.", coded([0xe7, 0x01])),
        ("key-bare", "A key without its multicodec.", format!("did:key:z{}", base58(&bytes))),
        ("key-ones", "A one, which is a zero byte, before the key.", key.replacen(":z", ":z1", 1)),
        ("key-cut", "A key without its last character.", key[..key.len() - 1].to_owned()),
        ("scid-short", "An SCID of 45 characters.", format!("did:webvh:{}:market.example", &SCID[..45])),
        ("scid-long", "An SCID of 47 characters.", format!("did:webvh:{SCID}a:market.example")),
        (
            "scid-other",
            "An SCID that does not begin with `Qm`.",
            format!("did:webvh:zQ{}:market.example", &SCID[2..]),
        ),
        ("scid-none", "No SCID.", "did:webvh:market.example".to_owned()),
        ("no-host", "No host.", format!("did:webvh:{SCID}")),
    ];
    for (id, description, text) in bad {
        cases.refuse(req, &format!("did-{id}"), "invalid.did", description, read(text));
    }
    for (id, description, text) in [
        ("dots", "Two full stops as a part of the path.", path("..")),
        ("escaped", "Two full stops, percent-encoded, as a part of the path.", path("%2e%2e")),
        ("slash", "A slash in the path.", path("a/b")),
        ("empty", "An empty part of the path.", path("a::b")),
        ("end", "A colon at the end.", path("")),
        ("accent", "A letter with an accent in the path.", path("märkt")),
        ("web-dots", "Two full stops as a part of the path of a `did:web`.", web(":eu:..:shop")),
        ("web-escaped", "Two full stops, percent-encoded, in a `did:web`.", web(":%2e%2e")),
        ("web-known", "The path under which the document without path lies.", web(":.well-known")),
        ("web-slash", "A slash, percent-encoded, in the path of a `did:web`.", web(":eu%2Fshop")),
        ("web-empty", "An empty part of the path of a `did:web`.", web("::eu")),
        ("web-end", "A colon at the end of a `did:web`.", web(":")),
    ] {
        cases.refuse(req, &format!("did-path-{id}"), "invalid.did", description, read(text)).attack("A84");
    }
}

fn hosts(cases: &mut Cases) {
    let req = "REQ-NAME-5";
    let label = "a".repeat(63);
    for (id, description, host) in [
        ("two", "A host of two labels of one character.", "a.b".to_owned()),
        ("hyphens", "A host with hyphens within its labels.", "my--market.eu-1.example".to_owned()),
        ("digits", "A host whose label begins with a digit.", "7.market.example".to_owned()),
        ("label-63", "A label of 63 characters.", format!("{label}.example")),
    ] {
        cases.accept(req, &format!("host-{id}"), description, read(webvh(&host)));
    }
    for (id, description, host) in [
        ("upper", "A capital.", "Market.example"),
        ("upper-last", "The last label in capitals.", "market.EXAMPLE"),
        ("dot", "A full stop at the end.", "market.example."),
        ("dot-first", "A full stop in the first place.", ".market.example"),
        ("dots", "Two full stops.", "market..example"),
        ("dots-only", "Two full stops and nothing else.", ".."),
        ("port", "A port, percent-encoded as the method writes it.", "market.example%3A8443"),
        ("port-lower", "A port, percent-encoded in lower case.", "market.example%3a8443"),
        ("percent", "A letter that is percent-encoded.", "m%61rket.example"),
        ("puny", "A label in punycode.", "xn--mrkt-6qa.example"),
        ("puny-last", "The last label in punycode.", "market.xn--p1ai"),
        ("puny-upper", "A label in punycode, in capitals.", "XN--MRKT-6QA.example"),
        ("unicode", "A label with a letter that is not ASCII.", "märkt.example"),
        ("wide", "A full stop of another script.", "market。example"),
        ("single", "One label.", "localhost"),
        ("hyphen-first", "A label that begins with a hyphen.", "-market.example"),
        ("hyphen-last", "A label that ends in a hyphen.", "market-.example"),
        ("underscore", "An underscore.", "my_market.example"),
        ("account", "An account name before the host.", "me@market.example"),
        ("ipv6", "An IPv6 address.", "[2001:db8::1]"),
        ("ipv4", "An IPv4 address.", "127.0.0.1"),
        ("ipv4-short", "An IPv4 address in fewer numbers.", "127.1"),
        ("digit-last", "The last label begins with a digit.", "market.0x7f"),
        ("slash", "A path behind a slash.", "market.example/x"),
        ("empty", "An empty host.", ""),
    ] {
        cases.refuse(req, &format!("host-{id}"), "invalid.did", description, read(webvh(host))).attack("A84");
    }
    for (id, description, host) in [
        ("upper", "A capital in a `did:web`.", "Market.example"),
        ("dot", "A full stop at the end, in a `did:web`.", "market.example."),
        ("percent", "A letter that is percent-encoded, in a `did:web`.", "m%61rket.example"),
        ("puny", "A label in punycode, in a `did:web`.", "xn--mrkt-6qa.example"),
        ("unicode", "A letter that is not ASCII, in a `did:web`.", "märkt.example"),
        ("single", "One label in a `did:web`.", "localhost"),
        ("ipv4", "An IPv4 address in a `did:web`.", "127.0.0.1"),
        ("ipv4-short", "An IPv4 address in fewer numbers, in a `did:web`.", "127.1"),
        ("account", "An account name before the host of a `did:web`.", "me@market.example"),
    ] {
        let input = read(format!("did:web:{host}"));
        cases.refuse(req, &format!("host-web-{id}"), "invalid.did", description, input).attack("A84");
    }
    let input = read(webvh(&format!("{label}a.example")));
    cases.refuse(req, "host-label-64", "invalid.did", "A label of 64 characters.", input).attack("A84");
}

fn ports(cases: &mut Cases) {
    let req = "REQ-NAME-17";
    let web = |port: &str| read(format!("did:web:market.example{port}"));
    for (id, description, port) in [
        ("port", "A port of a `did:web`.", "%3A8443"),
        ("port-first", "The lowest port.", "%3A1"),
        ("port-last", "The highest port.", "%3A65535"),
        ("port-path", "A port and a path.", "%3A8443:eu"),
    ] {
        cases.accept(req, id, description, web(port));
    }
    for (id, description, port) in [
        ("usual", "The port that is meant without one.", "%3A443"),
        ("lower", "The percent sign's letter in lower case.", "%3a8443"),
        ("zero", "A zero before the number.", "%3A08443"),
        ("null", "The port 0.", "%3A0"),
        ("large", "A port over 65535.", "%3A65536"),
        ("sign", "A plus sign before the number.", "%3A+8443"),
        ("none", "No number.", "%3A"),
        ("twice", "Two ports.", "%3A8443%3A8443"),
        ("double", "The percent sign itself percent-encoded.", "%253A8443"),
        ("slash", "A path behind the port, percent-encoded.", "%3A8443%2Feu"),
    ] {
        cases.refuse(req, &format!("port-{id}"), "invalid.did", description, web(port)).attack("A84");
    }
}

fn lengths(cases: &mut Cases) {
    let req = "REQ-NAME-6";
    let of = |bytes: usize| {
        let plain = webvh("market.example:");
        format!("{plain}{}", "a".repeat(bytes - plain.len()))
    };
    cases.accept(req, "did-256", "A DID of 256 bytes.", read(of(256)));
    cases.refuse(req, "did-257", "too_large", "A DID of 257 bytes.", read(of(257)));
    let key = long("did:key:z", "6", 248, "");
    cases.refuse(req, "did-key-257", "too_large", "A `did:key` of 257 bytes, which no key has.", read(key));
    let mega = long(&webvh("market.example:"), "a", 1_048_576, "");
    cases.refuse(req, "did-mega", "too_large", "A DID of a megabyte.", read(mega)).attack("A20");
}

fn clients(cases: &mut Cases) {
    let req = "REQ-NAME-13";
    let client = audience();
    let did = client.split_once(':').unwrap().1;
    let read = |text: String| reading("client_id", text);
    cases.accept(req, "client", "A `client_id` with a `did:key`.", read(client.clone()));
    let moved = client.replace(did, &webvh("market.example"));
    cases.accept(req, "client-webvh", "A `client_id` with a `did:webvh`.", read(moved));
    for (id, description, text) in [
        ("bare", "A DID without prefix.", did.to_owned()),
        ("other", "Another prefix of OpenID4VP.", format!("x509_san_dns:{did}")),
        ("redirect", "The prefix of an address.", "redirect_uri:https://market.example".to_owned()),
        ("old", "The prefix that drafts had.", format!("did:{did}")),
        ("upper", "The prefix in capitals.", client.replacen("decentralized", "Decentralized", 1)),
        ("twice", "The prefix twice.", format!("decentralized_identifier:{client}")),
        ("space", "A space behind the prefix.", client.replacen(':', ": ", 1)),
        ("empty", "The prefix alone.", "decentralized_identifier:".to_owned()),
        ("host", "A host in the place of a DID.", "decentralized_identifier:market.example".to_owned()),
    ] {
        cases.refuse(req, &format!("client-{id}"), "invalid.did", description, read(text));
    }
}
