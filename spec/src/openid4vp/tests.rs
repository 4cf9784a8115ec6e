use rand::SeedableRng as _;
use serde_json::json;

use super::*;
use crate::did::Did;
use crate::key::SigningKey;
use crate::peer::PeerId;

fn now() -> Timestamp {
    Timestamp::new(1_800_000_000).unwrap()
}

fn signer() -> Signer {
    Signer::from_key(SigningKey::from_seed(&[1; 32]))
}

fn key() -> PublicKey {
    signer().verifying_key().into()
}

fn asked() -> SignedRequest {
    let ask = Ask {
        name: "Beta".into(),
        purpose: "Renting out a flat".into(),
        retention_days: 30,
        terms: None,
        query: Query::ratings("alpha".parse().unwrap(), 3).unwrap(),
        life: 600,
    };
    let peer = PeerId::from_public_key([1; 32]);
    SignedRequest::sign(ask, peer, &signer(), now(), &mut rand::rngs::StdRng::seed_from_u64(1)).unwrap()
}

fn uri() -> WebAddress {
    "https://verifier.example/vp/response/uAAA".parse().unwrap()
}

/// A request of somebody who knows nothing of us.
fn foreign() -> Value {
    json!({
        "client_id": Client::from(signer().did()).client_id(),
        "response_type": "vp_token", "response_mode": "direct_post", "response_uri": uri(),
        "aud": REQUEST_AUDIENCE, "nonce": "n-0123456789abcdef", "state": "s",
        "dcql_query": {"credentials": [{
            "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:faam:standing:0"]},
        }]},
    })
}

fn open(payload: &Value) -> Result<SignedRequest, Fault> {
    SignedRequest::open_post(&signer().sign(payload, TYP_REQUEST).unwrap(), &key(), now())
}

//= spec/text/openid4vp.md#REQ-VP-1
//= type=test
//# Both request objects of a question MUST have the same `client_id`, `nonce`, `iat`, `exp`, `dcql_query` and terms
//= spec/text/openid4vp.md#REQ-VP-2
//= type=test
//# The `state` of the second MUST be the digest of the first
#[test]
fn the_same_question_is_asked_in_both_ways() {
    let asked = asked();
    let posted = asked.to_post(&uri(), &signer()).unwrap();
    assert_eq!(posted.as_str(), asked.to_post(&uri(), &signer()).unwrap().as_str(), "one text");
    let read = SignedRequest::open_post(posted.as_str(), &key(), now()).unwrap();
    assert_eq!(read, posted);
    let (first, second) = (asked.request(), read.request());
    assert_eq!((&first.nonce, first.issued, first.expires), (&second.nonce, second.issued, second.expires));
    assert_eq!((&first.verifier, &first.ask), (&second.verifier, &second.ask));
    assert!(second.terms_said);
    faam_schemas::assert_valid("request-post", &faam_schemas::parts(posted.as_str()).1);
    let post = second.post().unwrap();
    assert_eq!((&post.uri, post.state.as_deref()), (&uri(), Some(asked.digest().to_string().as_str())));
    assert_ne!(asked.digest(), posted.digest(), "and each has a digest of its own");
    let other = Signer::from_key(SigningKey::from_seed(&[2; 32]));
    assert_eq!(asked.to_post(&uri(), &other).unwrap_err().reason(), Reason::Internal);
    assert!(SignedRequest::open_post(asked.as_str(), &key(), now()).is_err(), "to be answered to a peer");
    assert!(SignedRequest::open(posted.as_str(), &Default::default(), now()).is_err(), "to be posted");
}

//= spec/text/openid4vp.md#REQ-VP-3
//= type=test
//# An address on the web MUST be at most 2,048 visible ASCII characters, `https` or `http`, with a host, and without user
//# name, fragment and backslash
#[test]
fn addresses_on_the_web_have_one_form() {
    for (good, host) in [
        ("https://verifier.example", "verifier.example"),
        ("https://verifier.example:8443/a?b=c@d", "verifier.example"),
        ("http://127.0.0.1:1/x", "127.0.0.1"),
        ("http://[::1]:1/x", "[::1]"),
    ] {
        assert_eq!(good.parse::<WebAddress>().unwrap().host(), host, "{good}");
    }
    for bad in [
        "",
        "verifier.example",
        "//verifier.example",
        "HTTPS://verifier.example",
        "ftp://verifier.example",
        "https://",
        "https:///x",
        "https://:1/x",
        "https://a@verifier.example",
        "https://verifier.example/#a",
        "https://verifier.example\\@evil.example",
        "https://verifier.example/ x",
        "https://verifier.example/\u{e9}",
        "https://verifier.example/\n",
    ] {
        assert_eq!(bad.parse::<WebAddress>().unwrap_err().reason(), Reason::RequestUnreadable, "{bad:?}");
    }
    let long = format!("https://verifier.example/{}", "a".repeat(2048));
    assert_eq!(long.parse::<WebAddress>().unwrap_err().reason(), Reason::TooLarge);
}

//= spec/text/openid4vp.md#REQ-VP-12
//= type=test
//# Without `faam`, purpose and retention are not said, and a wallet MUST say so
#[test]
fn whoever_does_not_know_our_terms_said_none() {
    let read = open(&foreign()).unwrap();
    let request = read.request();
    assert!(!request.terms_said);
    assert_eq!((request.ask.purpose.as_str(), request.ask.retention_days), ("", 0));
    assert_eq!(request.expires, now().plus(REQUEST_LIFE_UNSAID));
    assert_eq!(
        request.ask.name,
        request.verifier.as_str().get(..MAX_NAME_BYTES).unwrap_or(request.verifier.as_str())
    );
    let mut named = foreign();
    named["client_metadata"] = json!({"client_name": "Gamma", "vp_formats_supported": {}});
    assert_eq!(open(&named).unwrap().request().ask.name, "Gamma");
}

//= spec/text/openid4vp.md#REQ-VP-7
//= type=test
//# `aud` MUST be `https://self-issued.me/v2`
//= spec/text/openid4vp.md#REQ-VP-8
//= type=test
//# `response_type` MUST be `vp_token`, `response_mode` `direct_post`
//= spec/text/openid4vp.md#REQ-VP-9
//= type=test
//# A request with `transaction_data` MUST be refused
//= spec/text/openid4vp.md#REQ-VP-10
//= type=test
//# `scope` and `verifier_info` MUST NOT be there: consent could not say what they mean
//= spec/text/openid4vp.md#REQ-VP-14
//= type=test
//# Private standings MUST NOT be asked for without our terms, or by whoever is not named by a `did:key` or
//# `did:webvh`
#[test]
fn what_is_not_answered_is_refused_with_its_code() {
    use Reason::{
        Malformed, NotYetValid, RequestClient, RequestMode, RequestTransaction, RequestUnreadable, TooLarge,
        UnsupportedVersion,
    };
    let private = json!({"credentials": [{
        "id": "p", "format": "faam-bbs-08-nym-01", "meta": {"grid": 1},
        "claims": [{"path": ["milestones", "count>=50"]}],
    }]});
    let at = |seconds: i64| json!(now().plus(seconds));
    for (name, value, code) in [
        ("response_mode", json!("direct_post.jwt"), RequestMode),
        ("response_mode", json!("fragment"), RequestMode),
        ("response_mode", json!("dc_api"), RequestMode),
        ("response_mode", json!("faam.present"), RequestMode),
        ("response_mode", Value::Null, RequestMode),
        ("response_type", json!("vp_token id_token"), RequestMode),
        ("response_type", json!("code"), RequestMode),
        ("response_uri", Value::Null, RequestUnreadable),
        ("response_uri", json!("ftp://a.example"), RequestUnreadable),
        ("response_uri", json!("https://user@a.example"), RequestUnreadable),
        ("response_uri", json!(format!("https://a.example/{}", "a".repeat(2048))), TooLarge),
        ("redirect_uri", json!("https://a.example"), RequestUnreadable),
        ("aud", Value::Null, RequestUnreadable),
        ("aud", json!("https://self-issued.me"), RequestUnreadable),
        ("aud", json!(["https://self-issued.me/v2"]), RequestUnreadable),
        ("nonce", json!("short"), RequestUnreadable),
        ("nonce", Value::Null, Malformed),
        ("state", json!("s".repeat(1025)), TooLarge),
        ("exp", at(-1), RequestUnreadable),
        ("exp", at(8 * 86_400), TooLarge),
        ("iat", at(61), NotYetValid),
        ("scope", json!("x"), RequestUnreadable),
        ("verifier_info", json!([]), RequestUnreadable),
        ("transaction_data", json!(["e30"]), RequestTransaction),
        ("dcql_query", Value::Null, RequestUnreadable),
        ("dcql_query", private.clone(), RequestUnreadable),
        ("client_id", Value::Null, RequestClient),
        ("client_id", json!(signer().did()), RequestClient),
        ("faam", json!({"v": 1}), UnsupportedVersion),
        ("faam", json!({"v": 0, "name": "x", "purpose": " ", "retention_days": 1}), RequestUnreadable),
        ("faam", json!({"v": 0, "name": "x", "purpose": "y"}), Malformed),
    ] {
        let mut payload = foreign();
        if value.is_null() {
            payload.as_object_mut().unwrap().remove(name);
        } else {
            payload[name] = value.clone();
        }
        assert_eq!(open(&payload).map(drop).map_err(|fault| fault.reason()), Err(code), "{name} {value}");
    }
    let terms = json!({"v": 0, "name": "x", "purpose": "y", "retention_days": 1});
    let mut ours = foreign();
    (ours["dcql_query"], ours["faam"]) = (private, terms);
    assert!(open(&ours).is_ok(), "with our terms, from one of our DIDs");
    ours["client_id"] = json!("decentralized_identifier:did:web:a.example");
    assert_eq!(open(&ours).unwrap_err().reason(), RequestUnreadable);
}

//= spec/text/openid4vp.md#REQ-VP-11
//= type=test
//# Where the `client_id` names a host, `response_uri` MUST have that host
#[test]
fn an_answer_goes_to_the_host_that_was_proven() {
    let mut payload = foreign();
    payload["client_id"] = json!("x509_san_dns:verifier.example");
    assert!(open(&payload).is_ok());
    for elsewhere in ["https://verifier.example.evil.example/", "https://evil.example/verifier.example"] {
        payload["response_uri"] = json!(elsewhere);
        assert_eq!(open(&payload).unwrap_err().reason(), Reason::RequestAudience, "{elsewhere}");
    }
}

#[test]
fn a01_a02_a04_requests_that_nobody_signed_so_are_refused() {
    let text = asked().to_post(&uri(), &signer()).unwrap().as_str().to_owned();
    assert_eq!(Unverified::read(&text).unwrap().client, Client::from(signer().did()));
    let other: PublicKey = SigningKey::from_seed(&[9; 32]).verifying_key().into();
    let refused =
        |text: &str, key: &PublicKey| SignedRequest::open_post(text, key, now()).unwrap_err().reason();
    assert_eq!(refused(&text, &other), Reason::InvalidSignature);
    for at in (0..text.len()).step_by(7) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(SignedRequest::open_post(&changed, &key(), now()).is_err(), "byte {at}");
    }
    let (_, rest) = text.split_once('.').unwrap();
    for header in ["{\"alg\":\"none\",\"typ\":\"oauth-authz-req+jwt\"}", "{\"alg\":\"EdDSA\"}", "[]", "{"] {
        let forged = format!("{}.{rest}", crate::encoding::b64(header));
        assert!(SignedRequest::open_post(&forged, &key(), now()).is_err(), "{header}");
    }
    assert_eq!(Unverified::read(&"a".repeat(MAX_REQUEST_BYTES + 1)).unwrap_err().reason(), Reason::TooLarge);
}

//= spec/text/openid4vp.md#REQ-VP-18
//= type=test
//# The presentation MUST be the canonical form (JCS) of the object with `v` 0, `vp_token`, and `ledgers` and `private` of
//# `faam`
#[test]
fn both_sides_make_the_same_bytes() {
    let vp_token = [("s".to_owned(), vec!["a~b".to_owned()])].into();
    let presentation = Presentation { v: 0, vp_token, ledgers: Vec::new(), private: Vec::new() };
    let (vp_token, faam) = to_form(&presentation).unwrap();
    faam_schemas::assert_valid("posted", &serde_json::from_str(&faam).unwrap());
    let bytes = presentation_of(&vp_token, Some(&faam)).unwrap();
    assert_eq!(bytes, br#"{"ledgers":[],"v":0,"vp_token":{"s":["a~b"]}}"#);
    assert_eq!(Presentation::parse(&bytes).unwrap(), presentation);
    assert_eq!(presentation_of(&format!(" {vp_token}\n"), None).unwrap(), bytes, "however it is written");
}

#[test]
fn a20_a47_what_is_posted_is_bounded_before_it_is_read() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let large = format!("{{\"s\":[\"{}\"]}}", "a".repeat(MAX_PRESENTATION_BYTES));
    let many = format!("{{\"s\":[{}0]}}", "0,".repeat(70_000));
    for (text, code) in [
        (large.as_str(), Reason::TooLarge),
        (many.as_str(), Reason::TooLarge),
        (deep.as_str(), Reason::TooLarge),
        ("[]", Reason::Malformed),
        ("\"text\"", Reason::Malformed),
        ("{\"a\":1,\"a\":2}", Reason::MalformedJson),
        ("", Reason::MalformedJson),
    ] {
        let told = &text[..text.len().min(40)];
        assert_eq!(presentation_of(text, None).unwrap_err().reason(), code, "{told}");
    }
    for (faam, code) in [
        ("{\"v\":1,\"ledgers\":[]}", Reason::UnsupportedVersion),
        ("{\"v\":0}", Reason::Malformed),
        ("{\"v\":0,\"ledgers\":[],\"vp_token\":{}}", Reason::Malformed),
        ("{\"v\":0,\"ledgers\":{}}", Reason::Malformed),
    ] {
        assert_eq!(presentation_of("{}", Some(faam)).unwrap_err().reason(), code, "{faam}");
    }
}

#[test]
fn a_did_of_ours_stays_what_it_is() {
    let did: Did = signer().did().clone();
    assert_eq!(open(&foreign()).unwrap().request().verifier.did(), Some(did));
}
