//! What is fetched and read: DID documents, metadata of issuers, status lists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Authority, HOST, Server, fetcher, give, say};
use faam_fetch::metadata::{issuer_keys, status_list};
use faam_fetch::{FetchError, did_web};
use faam_spec::did::Did;
use faam_spec::encoding::b64;
use faam_spec::key::SigningKey;
use faam_spec::reason::Reason;
use serde_json::{Value, json};

fn jwk(seed: u8) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": b64(SigningKey::from_seed(&[seed; 32]).verifying_key().to_bytes())})
}

//= spec/text/fetching.md#REQ-FETCH-13
//= type=test
//# The document of a `did:web` MUST be taken from the address that the method gives, without redirects.
#[test]
fn a84_a_document_is_of_the_did_that_was_asked_for() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(HOST)), |asked, stream| {
        let port = asked
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("host: market.example:").map(str::to_owned));
        let port = port.unwrap();
        let document = |did: &str| {
            json!({"id": did, "assertionMethod": ["#one"], "verificationMethod": [
                {"id": "#one", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk(1)}]})
        };
        let text = match asked.split(' ').nth(1).unwrap() {
            "/.well-known/did.json" => document(&format!("did:web:market.example%3A{port}")),
            "/eu/shop/did.json" => document(&format!("did:web:market.example%3A{port}:eu:shop")),
            "/other/did.json" => document(&format!("did:web:market.example%3A{port}")),
            "/spelled/did.json" => document(&format!("did:web:Market.example%3A{port}:spelled")),
            "/page/did.json" => return give(stream, "text/html", b"{}"),
            "/large/did.json" => return give(stream, "application/did+json", &[b' '; 65_537]),
            "/moved/did.json" => {
                return say(
                    stream,
                    "HTTP/1.1 302 Found\r\nLocation: /.well-known/did.json\r\nContent-Length: 0\r\n\r\n",
                );
            }
            _ => return say(stream, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        };
        give(stream, "application/did+json", text.to_string().as_bytes());
    });
    let fetcher = fetcher(&authority, [&server]);
    let did = |path: &str| -> Did { format!("did:web:{HOST}%3A{}{path}", server.at.port()).parse().unwrap() };
    for path in ["", ":eu:shop"] {
        let did = did(path);
        let document = did_web::document(&fetcher, &did).unwrap();
        let key = document.assertion_key(&format!("{did}#one")).unwrap();
        assert_eq!(key, SigningKey::from_seed(&[1; 32]).verifying_key().into());
    }
    for (path, reason) in [
        (":other", Reason::FetchDocument),
        (":spelled", Reason::FetchDocument),
        (":page", Reason::FetchContent),
        (":large", Reason::FetchTooLarge),
        (":moved", Reason::FetchRedirect),
        (":nobody", Reason::FetchStatus),
    ] {
        assert_eq!(did_web::document(&fetcher, &did(path)).unwrap_err().reason(), reason, "{path}");
    }
    let key = Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
    assert_eq!(did_web::document(&fetcher, &key).unwrap_err().reason(), Reason::InvalidDid);
}

//= spec/text/fetching.md#REQ-FETCH-23
//= type=test
//# Its `issuer` MUST be the `iss`, letter for letter, and it MUST have exactly one of `jwks` and `jwks_uri`.
#[test]
fn metadata_are_of_the_issuer_that_was_asked_for() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(HOST)), |asked, stream| {
        let port = asked
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("host: market.example:").map(str::to_owned));
        let here = format!("https://market.example:{}", port.unwrap());
        let named = |seed: u8, kid: &str| {
            let mut jwk = jwk(seed);
            jwk["kid"] = json!(kid);
            jwk
        };
        let two = json!({"keys": [named(1, "one"), named(2, "two"), {"kty": "RSA", "kid": "rsa", "n": "AA", "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "use": "enc", "kid": "enc"}]});
        let one = json!({"keys": [jwk(3)]});
        let path = asked.split(' ').nth(1).unwrap();
        let metadata = match path {
            "/.well-known/jwt-vc-issuer" => json!({"issuer": here, "jwks": one}),
            "/.well-known/jwt-vc-issuer/eu/shop" => {
                json!({"issuer": format!("{here}/eu/shop"), "jwks": two, "more": 1.5})
            }
            "/.well-known/jwt-vc-issuer/far" => {
                json!({"issuer": format!("{here}/far"), "jwks_uri": format!("{here}/keys")})
            }
            "/.well-known/jwt-vc-issuer/inside" => {
                json!({"issuer": format!("{here}/inside"), "jwks_uri": "https://169.254.169.254/keys"})
            }
            "/.well-known/jwt-vc-issuer/plain" => {
                json!({"issuer": format!("{here}/plain"), "jwks_uri": here.replace("https", "http")})
            }
            "/.well-known/jwt-vc-issuer/other" => json!({"issuer": here, "jwks": one}),
            "/.well-known/jwt-vc-issuer/both" => {
                json!({"issuer": format!("{here}/both"), "jwks": one, "jwks_uri": format!("{here}/keys")})
            }
            "/.well-known/jwt-vc-issuer/none" => json!({"issuer": format!("{here}/none")}),
            "/.well-known/jwt-vc-issuer/secret" => {
                let mut secret = jwk(1);
                secret["d"] = json!("AA");
                json!({"issuer": format!("{here}/secret"), "jwks": {"keys": [secret]}})
            }
            "/.well-known/jwt-vc-issuer/many" => {
                json!({"issuer": format!("{here}/many"), "jwks": {"keys": vec![jwk(1); 65]}})
            }
            "/.well-known/jwt-vc-issuer/twice" => {
                let text =
                    format!(r#"{{"issuer":"{here}/twice","issuer":"{here}/twice","jwks":{{"keys":[]}}}}"#);
                return give(stream, "application/json", text.as_bytes());
            }
            "/keys" => return give(stream, "application/jwk-set+json", two.to_string().as_bytes()),
            _ => return say(stream, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        };
        give(stream, "application/json", metadata.to_string().as_bytes());
    });
    let fetcher = fetcher(&authority, [&server]);
    let here = format!("https://{HOST}:{}", server.at.port());
    let get = |path: &str| issuer_keys(&fetcher, &format!("{here}{path}"));
    let key = |seed: u8| SigningKey::from_seed(&[seed; 32]).verifying_key().into();
    assert_eq!(get("").unwrap().key(None), Ok(key(3)));
    assert_eq!(get("").unwrap().key(Some("one")).unwrap_err().reason(), Reason::KeyUnknown);
    for path in ["/eu/shop", "/far"] {
        let keys = get(path).unwrap();
        assert_eq!((keys.key(Some("one")), keys.key(Some("two"))), (Ok(key(1)), Ok(key(2))));
        for kid in [None, Some("three"), Some("rsa"), Some("enc"), Some("")] {
            assert_eq!(keys.key(kid).unwrap_err().reason(), Reason::KeyUnknown, "{kid:?}");
        }
    }
    for (path, reason) in [
        ("/", Reason::FetchDocument),
        ("/eu/shop/", Reason::FetchDocument),
        ("/other", Reason::FetchDocument),
        ("/both", Reason::FetchDocument),
        ("/none", Reason::FetchDocument),
        ("/secret", Reason::FetchDocument),
        ("/twice", Reason::MalformedJson),
        ("/many", Reason::TooLarge),
        ("/inside", Reason::FetchAddress),
        ("/plain", Reason::FetchUrl),
        ("/nobody", Reason::FetchStatus),
        ("/eu?shop", Reason::FetchUrl),
        ("/eu#shop", Reason::FetchUrl),
    ] {
        assert_eq!(get(path).unwrap_err().reason(), reason, "{path}");
    }
    // Another spelling of the address is another issuer.
    let upper = issuer_keys(&fetcher, &here.replace("market", "Market"));
    assert_eq!(upper.unwrap_err().reason(), Reason::FetchDocument);
}

#[test]
fn status_lists_are_text_within_the_bound() {
    let authority = Authority::new();
    let server =
        Server::start(Some(authority.server(HOST)), |asked, stream| match asked.split(' ').nth(1).unwrap() {
            "/list" => give(stream, "application/statuslist+jwt", b"a.b.c"),
            "/bytes" => give(stream, "application/statuslist+jwt", b"\xff"),
            _ => give(stream, "application/json", b"{}"),
        });
    let fetcher = fetcher(&authority, [&server]);
    assert_eq!(status_list(&fetcher, &server.url("/list"), 5).unwrap(), "a.b.c");
    for (path, bytes, reason) in [
        ("/list", 4, Reason::FetchTooLarge),
        ("/bytes", 5, Reason::Malformed),
        ("/json", 5, Reason::FetchContent),
    ] {
        assert_eq!(status_list(&fetcher, &server.url(path), bytes).unwrap_err().reason(), reason);
    }
    assert_eq!(FetchError::Busy.reason(), Reason::NetBusy);
}
