//! Issuers by their name: keys in the name itself, and keys fetched from a server on this machine.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use faam_spec::did::Did;
use faam_spec::encoding::b64;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::world::{AT, AUDIENCE, Key, NONCE, Said, Shown, raw, said};

/// A server for `localhost` that answers each request with what `metadata` says of its own address; with the certificate of
/// its authority as PEM.
fn server(metadata: impl Fn(&str, &str) -> Option<Value> + Send + 'static) -> (String, String) {
    let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params.self_signed(&root_key).unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let chain = vec![params.signed_by(&key, &root, &root_key).unwrap().der().clone()];
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let at = here.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let answer = match head.split(' ').nth(1).and_then(|path| metadata(&at, path)) {
                Some(body) => {
                    let body = body.to_string();
                    let length = body.len();
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
                    )
                }
                None => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
            };
            let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
        }
    });
    (here, root.pem())
}

/// A presentation of a credential that states this issuer and key id.
fn shown(issuer: &Key, iss: &str, kid: Option<&str>) -> Shown {
    let mut shown = Shown::good(issuer.clone(), Key::es(2));
    shown.payload["iss"] = json!(iss);
    if let Some(kid) = kid {
        shown.header["kid"] = json!(kid);
    }
    shown
}

#[track_caller]
fn ask(issuer: &str, more: &[&str], shown: &Shown) -> Said {
    let usual = ["sd-jwt", "--issuer", issuer, "--audience", AUDIENCE, "--nonce", NONCE, "--at", AT];
    said(&[&usual, more].concat(), shown.text().as_bytes())
}

#[track_caller]
fn undecided(said: &Said, code: &str) {
    assert_eq!((said.exit, &said.object["reason"]), (4, &json!(code)), "{said:?}");
    assert_eq!((&said.object["outcome"], &said.object["claims"]), (&json!("undecided"), &json!({})));
}

#[test]
fn issuers_with_their_key_in_the_name() {
    let (one, two) = (Key::ed(1), Key::es(3));
    let Key::Ed(secret) = &one else { panic!() };
    let did_key = Did::from_key(&secret.verifying_key()).to_string();
    let did_jwk = format!("did:jwk:{}", b64(two.jwk().to_string()));
    for (key, other, name, kid) in [
        (&one, Key::ed(5), &did_key, did_key.replace("did:key:", "#")),
        (&two, Key::es(5), &did_jwk, "#0".to_owned()),
    ] {
        for kid in [None, Some(kid.as_str()), Some(&format!("{name}{kid}"))] {
            let said = ask(name, &[], &shown(key, name, kid));
            assert_eq!(said.accepted()["iss"], json!(name));
            assert_eq!(said.object["not_checked"], json!(["status", "nonce_reuse"]));
        }
        ask(name, &[], &shown(&other, name, None)).refused("invalid.signature");
        ask(name, &[], &shown(key, name, Some("#1"))).refused("invalid.issuer");
        // Signed by the issuer's key in another's name.
        ask(name, &[], &shown(key, "https://issuer.example", None)).refused("invalid.issuer");
        let mut nobody = shown(key, name, None);
        nobody.payload.as_object_mut().unwrap().remove("iss");
        ask(name, &[], &nobody).refused("invalid.issuer");
    }
}

//= spec/text/programs.md#REQ-PROGRAM-5
//= type=test
//# `not_checked` MUST name what was not looked at
#[test]
fn issuers_whose_keys_are_fetched() {
    let (one, two) = (Key::ed(1), Key::es(3));
    let (first, second) = (one.jwk(), two.jwk());
    let (here, pem) = server(move |at, path| {
        let (mut first, mut second) = (first.clone(), second.clone());
        (first["kid"], second["kid"]) = (json!("one"), json!("two"));
        match path {
            "/.well-known/jwt-vc-issuer/shop" => {
                Some(json!({"issuer": format!("{at}/shop"), "jwks": {"keys": [first, second]}}))
            }
            "/.well-known/jwt-vc-issuer/other" => Some(json!({"issuer": at, "jwks": {"keys": [first]}})),
            _ => None,
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, pem).unwrap();
    let with = ["--ca", ca.to_str().unwrap(), "--danger-loopback"];
    let name = format!("{here}/shop");
    for (key, kid) in [(&one, "one"), (&two, "two")] {
        let said = ask(&name, &with, &shown(key, &name, Some(kid)));
        assert_eq!(said.accepted()["given_name"], "Erika");
        assert_eq!(said.object["not_checked"], json!(["status", "nonce_reuse", "issuer_past"]));
    }
    ask(&name, &with, &shown(&one, &name, Some("two"))).refused("unsupported.algorithm");
    ask(&name, &with, &shown(&one, &here, Some("one"))).refused("invalid.issuer");
    undecided(&ask(&name, &with, &shown(&one, &name, Some("three"))), "issuer.key_unknown");
    undecided(&ask(&name, &with, &shown(&one, &name, None)), "issuer.key_unknown");
    let other = format!("{here}/other");
    undecided(&ask(&other, &with, &shown(&one, &other, Some("one"))), "fetch.document");
    let nobody = format!("{here}/nobody");
    undecided(&ask(&nobody, &with, &shown(&one, &nobody, Some("one"))), "fetch.status");
    // As it is issued, too.
    let issued = shown(&two, &name, Some("two")).issued();
    let offered = [&["sd-jwt-issued", "--issuer", &name, "--at", AT], &with[..]].concat();
    said(&offered, issued.as_bytes()).accepted();

    // Without the flag nothing on this machine is reached, and without its authority nobody is believed.
    let good = shown(&one, &name, Some("one"));
    undecided(&ask(&name, &with[..2], &good), "fetch.address");
    let (_, stranger) = server(|_, _| None);
    fs::write(&ca, stranger).unwrap();
    undecided(&ask(&name, &with, &good), "fetch.tls");
    let plain = name.replace("https", "http");
    undecided(
        &ask("did:web:market.invalid%3A1", &["--ca", with[1]], &shown(&one, "x", Some("#a"))),
        "net.unreachable",
    );
    let usual = ["sd-jwt", "--audience", AUDIENCE, "--nonce", NONCE, "--at", AT];
    for wrong in [
        &["--issuer", &plain][..],
        &["--issuer", "market.example"],
        &["--issuer", "https://market.example/#a"],
        &["--issuer", "did:web:localhost"],
        &["--issuer", &format!("did:webvh:Qm{}:market.example", "a".repeat(44))],
        &["--issuer", "did:jwk:e30"],
        &["--issuer", ""],
        &["--issuer", &name, "--issuer-jwk", with[1]],
        &["--issuer", &name, "--ca", "/no/such/file"],
        &["--issuer", &name, "--ca", file!()],
        &["--issuer-jwk", with[1], "--danger-loopback"],
        &[],
    ] {
        let output = raw(&[&usual, wrong].concat(), good.text().as_bytes());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{wrong:?}");
    }
}
