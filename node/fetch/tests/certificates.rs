//! Verifiers that name themselves by a certificate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::Authority;
use faam_fetch::x509::{Name, verify};
use faam_fetch::{Roots, WebUrl};
use faam_spec::encoding::b64;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use multibase::Base;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SHOP: &str = "shop.example";

fn now() -> Timestamp {
    Timestamp::new(1_795_262_400).unwrap()
}

fn x5c<const N: usize>(chain: [&Certificate; N]) -> Value {
    json!(chain.map(|one| Base::Base64Pad.encode(one.der())).to_vec())
}

fn params() -> CertificateParams {
    CertificateParams::new(vec![SHOP.to_owned(), "other.example".to_owned()]).unwrap()
}

fn leaf(authority: &Authority, params: CertificateParams) -> Certificate {
    authority.sign(params, &KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
}

fn judge(certificate: &Certificate, roots: &Roots, client_id: &str) -> Result<(), Reason> {
    verify(&x5c([certificate]), roots, client_id, now()).map(drop).map_err(|fault: Fault| fault.reason())
}

fn hash_of(certificate: &Certificate) -> String {
    format!("x509_hash:{}", b64(Sha256::digest(certificate.der())))
}

//= spec/text/fetching.md#REQ-FETCH-20
//= type=test
//# The first certificate MUST have exactly that name among its DNS names, without wildcards, or that hash.
#[test]
fn a84_certificates_are_for_the_name_that_is_stated() {
    let authority = Authority::new();
    let roots = authority.roots();
    let good = leaf(&authority, params());
    let verified = verify(&x5c([&good]), &roots, "x509_san_dns:shop.example", now()).unwrap();
    assert_eq!(verified.name(), &Name::Dns(SHOP.to_owned()));
    assert_eq!(verified.hash().as_slice(), Sha256::digest(good.der()).as_slice());
    assert_eq!(judge(&good, &roots, "x509_san_dns:other.example"), Ok(()));
    assert_eq!(judge(&good, &roots, &hash_of(&good)), Ok(()));

    let another = leaf(&authority, params());
    for client_id in [
        "x509_san_dns:Shop.example",
        "x509_san_dns:shop.example.",
        "x509_san_dns:www.shop.example",
        "x509_san_dns:third.example",
        "x509_san_dns:example",
        "x509_san_dns:*.example",
        "x509_san_dns:",
        "x509_san_dns:shop.example:443",
        "x509_hash:",
        "x509_hash:AAAA",
        &format!("{}=", hash_of(&good)),
        &hash_of(&another),
    ] {
        assert_eq!(judge(&good, &roots, client_id), Err(Reason::X509Name), "{client_id}");
    }
    for client_id in ["x509_san_uri:https://shop.example", "shop.example", "X509_SAN_DNS:shop.example", ""] {
        assert_eq!(judge(&good, &roots, client_id), Err(Reason::RequestUnreadable), "{client_id}");
    }
    // A wildcard is nobody's name, and neither is what stands in the subject alone.
    let wild = leaf(&authority, CertificateParams::new(vec!["*.shop.example".to_owned()]).unwrap());
    assert_eq!(judge(&wild, &roots, "x509_san_dns:a.shop.example"), Err(Reason::X509Name));
    let mut subject = CertificateParams::new(Vec::new()).unwrap();
    subject.distinguished_name.push(rcgen::DnType::CommonName, SHOP);
    assert_eq!(judge(&leaf(&authority, subject), &roots, "x509_san_dns:shop.example"), Err(Reason::X509Name));
    // The name of a certificate further up is not the verifier's.
    let chain = x5c([&another, &good]);
    assert_eq!(verify(&chain, &roots, &hash_of(&good), now()).unwrap_err().reason(), Reason::X509Name);
}

//= spec/text/fetching.md#REQ-FETCH-21
//= type=test
//# The certificates MUST lead to one that is trusted for this, each valid at the time, at most 8 of 8,192 bytes
//# each; one that states purposes has to be for servers, for clients, for readers of mobile documents
//# (`1.0.18013.5.1.6`), or for any.
#[test]
fn a03_certificates_lead_to_one_that_is_trusted() {
    const CLIENT: &str = "x509_san_dns:shop.example";
    let authority = Authority::new();
    let roots = authority.roots();
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = params();
        change(&mut params);
        leaf(&authority, params)
    };
    let purposes =
        |purposes: &[ExtendedKeyUsagePurpose]| with(&|params| params.extended_key_usages = purposes.to_vec());
    let reader = ExtendedKeyUsagePurpose::Other(vec![1, 0, 18013, 5, 1, 6]);
    for good in [
        with(&|_| {}),
        purposes(&[ExtendedKeyUsagePurpose::ServerAuth]),
        purposes(&[ExtendedKeyUsagePurpose::CodeSigning, ExtendedKeyUsagePurpose::ClientAuth]),
        purposes(&[reader]),
        purposes(&[ExtendedKeyUsagePurpose::Any]),
    ] {
        assert_eq!(judge(&good, &roots, CLIENT), Ok(()));
        assert_eq!(judge(&good, &Authority::new().roots(), CLIENT), Err(Reason::X509Chain), "of a stranger");
        assert_eq!(judge(&good, &Roots::default(), CLIENT), Err(Reason::X509Chain), "nobody is trusted");
        assert_eq!(judge(&good, &Authority::new().roots(), &hash_of(&good)), Err(Reason::X509Chain));
    }
    for (bad, why) in [
        (with(&|params| params.not_after = rcgen::date_time_ymd(2026, 11, 20)), "over"),
        (with(&|params| params.not_before = rcgen::date_time_ymd(2026, 11, 23)), "not begun"),
        (purposes(&[ExtendedKeyUsagePurpose::CodeSigning]), "for another purpose"),
        (with(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), "an authority itself"),
    ] {
        assert_eq!(judge(&bad, &roots, CLIENT), Err(Reason::X509Chain), "{why}");
    }
    let own = params().self_signed(&KeyPair::generate().unwrap()).unwrap();
    assert_eq!(judge(&own, &roots, CLIENT), Err(Reason::X509Chain), "signed by itself");
    let good = with(&|_| {});
    let mut changed = good.der().to_vec();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let changed = json!([Base::Base64Pad.encode(changed)]);
    assert_eq!(verify(&changed, &roots, CLIENT, now()).unwrap_err().reason(), Reason::X509Chain, "one bit");

    // By way of another authority, which has to be there, and allowed to vouch.
    let middle_key = KeyPair::generate().unwrap();
    let middle = |is_ca: IsCa| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "middle");
        params.is_ca = is_ca;
        authority.sign(params, &middle_key)
    };
    for (is_ca, outcome) in
        [(IsCa::Ca(BasicConstraints::Constrained(0)), Ok(())), (IsCa::ExplicitNoCa, Err(Reason::X509Chain))]
    {
        let middle = middle(is_ca);
        let below = params().signed_by(&KeyPair::generate().unwrap(), &middle, &middle_key).unwrap();
        let judged = verify(&x5c([&below, &middle]), &roots, CLIENT, now());
        assert_eq!(judged.map(drop).map_err(|fault| fault.reason()), outcome);
        assert_eq!(judge(&below, &roots, CLIENT), Err(Reason::X509Chain), "without the one between");
    }
    let many = json!(vec![Base::Base64Pad.encode(good.der()); 9]);
    let text = Base::Base64Pad.encode(good.der());
    for bad in [
        many,
        json!([]),
        json!(null),
        json!(text),
        json!([1]),
        json!([""]),
        json!([text.trim_end_matches('=').to_owned() + "!"]),
        json!([format!("{text}\n")]),
        json!(["A".repeat(100_000)]),
        json!([b64(good.der()) + "-_"]),
    ] {
        let fault = verify(&bad, &roots, CLIENT, now()).unwrap_err();
        assert_eq!(fault.reason(), Reason::X509Chain, "{:.60}", bad.to_string());
    }
}

#[test]
fn keys_are_those_of_the_certificate() {
    let authority = Authority::new();
    let judged = |algorithm| {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = authority.sign(params(), &key);
        let judged = verify(&x5c([&certificate]), &authority.roots(), "x509_san_dns:shop.example", now());
        (key.public_key_raw().to_vec(), judged)
    };
    let (raw, verified) = judged(&PKCS_ECDSA_P256_SHA256);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": b64(&raw[1..33]), "y": b64(&raw[33..])});
    assert_eq!(*verified.unwrap().key(), faam_spec::key::PublicKey::from_jwk(&jwk).unwrap());
    let (raw, verified) = judged(&PKCS_ED25519);
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": b64(&raw)});
    assert_eq!(*verified.unwrap().key(), faam_spec::key::PublicKey::from_jwk(&jwk).unwrap());
    let (_, verified) = judged(&PKCS_ECDSA_P384_SHA384);
    assert_eq!(verified.unwrap_err().reason(), Reason::UnsupportedAlgorithm);
}

//= spec/text/fetching.md#REQ-FETCH-22
//= type=test
//# The answer to an `x509_san_dns:` verifier MUST go to the host of that name.
#[test]
fn answers_go_to_the_host_that_asked() {
    let name = Name::from_client_id("x509_san_dns:shop.example").unwrap();
    let url = |text: &str| text.parse::<WebUrl>().unwrap();
    for good in ["https://shop.example/answer", "https://SHOP.example:8443/"] {
        assert!(name.may_be_answered_at(&url(good)), "{good}");
    }
    for bad in ["https://www.shop.example/", "https://shop.example.net/", "https://127.0.0.1/"] {
        assert!(!name.may_be_answered_at(&url(bad)), "{bad}");
    }
    let hash = Name::from_client_id(&format!("x509_hash:{}", b64([1; 32]))).unwrap();
    assert!(hash.may_be_answered_at(&url("https://anywhere.example/")));
}
