//! Credentials of other issuers: SD-JWT VCs and W3C credentials, good and bad.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use faam_evidence::issuers::Issuers;
use faam_evidence::trusted::Trusted;
use faam_evidence::{Caveat, Evidence, Given, Kind, Statement, judge};
use faam_spec::decision::Grade;
use faam_spec::did::Did;
use faam_spec::encoding::b64;
use faam_spec::key::{Jwk, PublicKey, SigningKey};
use faam_spec::reason::Reason;
use faam_spec::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/evidence");
const TYPE: &str = "https://werk.example/certificate";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    time("2026-11-21T12:00:00Z")
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn did(seed: u8) -> Did {
    Did::from_key(&key(seed).verifying_key())
}

fn jwk(seed: u8) -> Value {
    serde_json::to_value(Jwk::from(&key(seed).verifying_key())).unwrap()
}

/// Writes a sample, if told to; and compares it with what is there.
fn sample(name: &str, text: &str) {
    let path = std::path::Path::new(SAMPLES).join(name);
    if std::env::var_os("FAAM_WRITE_SAMPLES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "FAAM_WRITE_SAMPLES=1 cargo test -p faam-evidence writes {name} anew");
}

fn come(evidence: &Evidence, given: &Given) -> Result<Statement, Reason> {
    judge(evidence, given, now()).map_err(|fault| fault.reason())
}

mod sd_jwt {
    use super::*;

    fn payload() -> Value {
        json!({
            "iss": did(1), "vct": TYPE, "iat": time("2026-05-01T00:00:00Z").seconds(),
            "exp": time("2028-05-01T00:00:00Z").seconds(), "deals": 312, "since": "2019-04-02",
        })
    }

    fn sign(payload: &Value, seed: u8, kid: Option<&str>) -> String {
        let mut header = json!({"alg": "EdDSA", "typ": "dc+sd-jwt"});
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let input = format!("{}.{}", b64(header.to_string()), b64(payload.to_string()));
        let signature = key(seed).sign(input.as_bytes()).to_bytes();
        format!("{input}.{}~", b64(signature))
    }

    fn of(text: &str, given: &Given) -> Result<Statement, Reason> {
        come(&Evidence::sd_jwt_vc(text.as_bytes()).unwrap(), given)
    }

    #[test]
    fn a_credential_of_another_issuer_is_read_and_graded() {
        let text = sign(&payload(), 1, None);
        sample("certificate.sd-jwt", &format!("{text}\n"));
        let stated = of(&text, &Given::default()).unwrap();
        assert_eq!(
            (stated.kind, stated.grade, stated.by),
            (Kind::SdJwtVc, Grade::IssuerSigned, did(1).to_string())
        );
        assert_eq!(
            (stated.of_type.as_deref(), stated.caveats.as_slice()),
            (Some(TYPE), [Caveat::Bearer].as_slice())
        );
        assert_eq!(stated.until, Some(time("2028-05-01T00:00:00Z")));
        assert_eq!(Value::Object(stated.claims), json!({"deals": 312, "since": "2019-04-02"}));
        let own = did(1).own_key_id().unwrap();
        assert!(of(&sign(&payload(), 1, Some(&own)), &Given::default()).is_ok());
    }

    //= spec/text/evidence.md#REQ-EVID-3
    //= type=test
    //# The key MUST be one of the issuer that the credential names
    #[test]
    fn a_key_of_somebody_else_is_not_the_issuers() {
        // Signed by another, under the name of the first; and with the other's key id.
        assert_eq!(of(&sign(&payload(), 2, None), &Given::default()).unwrap_err(), Reason::InvalidSignature);
        let kid = did(2).own_key_id().unwrap();
        assert_eq!(
            of(&sign(&payload(), 2, Some(&kid)), &Given::default()).unwrap_err(),
            Reason::InvalidIssuer
        );
        let named = |name: &str| {
            let mut payload = payload();
            payload["iss"] = json!(name);
            payload
        };
        // A name on the web is known by the key that was pinned to it, and by no other.
        let web = named("https://werk.example");
        let text = sign(&web, 1, Some("k1"));
        assert_eq!(of(&text, &Given::default()).unwrap_err(), Reason::KeyUnknown);
        let pinned = |name: &str, kid: Option<&str>, seed: u8| {
            let mut issuers = Issuers::new();
            issuers.pin(name, kid, PublicKey::from_jwk(&jwk(seed)).unwrap());
            Given { issuers, ..Given::default() }
        };
        assert!(of(&text, &pinned("https://werk.example", None, 1)).is_ok());
        assert!(of(&text, &pinned("https://werk.example", Some("k1"), 1)).is_ok());
        assert_eq!(
            of(&text, &pinned("https://werk.example", Some("k2"), 1)).unwrap_err(),
            Reason::KeyUnknown
        );
        assert_eq!(of(&text, &pinned("https://werk.example/", None, 1)).unwrap_err(), Reason::KeyUnknown);
        assert_eq!(
            of(&text, &pinned("https://werk.example", None, 2)).unwrap_err(),
            Reason::InvalidSignature
        );
        // A pinned key does not make a did:key another's.
        assert_eq!(
            of(&sign(&payload(), 2, None), &pinned(did(1).as_str(), None, 2)).unwrap_err(),
            Reason::InvalidSignature
        );
        let mut none = payload();
        none.as_object_mut().unwrap().remove("iss");
        assert_eq!(of(&sign(&none, 1, None), &Given::default()).unwrap_err(), Reason::ClaimMissing);
        let jwk_did = format!("did:jwk:{}", b64(jwk(3).to_string()));
        assert!(of(&sign(&named(&jwk_did), 3, Some("#0")), &Given::default()).is_ok());
        assert_eq!(
            of(&sign(&named(&jwk_did), 3, Some("#1")), &Given::default()).unwrap_err(),
            Reason::InvalidIssuer
        );
    }

    //= spec/text/evidence.md#REQ-EVID-4
    //= type=test
    //# A credential that is bound to a key of its holder MUST NOT be judged as evidence without proof of that key:
    //# whoever found a copy could show it
    #[test]
    fn a86_a_copy_of_a_bound_credential_is_no_evidence() {
        let mut bound = payload();
        bound["cnf"] = json!({"jwk": jwk(7)});
        let text = sign(&bound, 1, None);
        assert_eq!(of(&text, &Given::default()).unwrap_err(), Reason::KeyBindingMissing);
        let keeping = Given { keeping: true, ..Given::default() };
        assert_eq!(of(&text, &keeping).unwrap().caveats, [Caveat::Bound]);
    }

    #[test]
    fn what_is_expired_or_spoilt_is_refused() {
        let with = |name: &str, value: Value| {
            let mut payload = payload();
            payload[name] = value;
            of(&sign(&payload, 1, None), &Given::default()).unwrap_err()
        };
        assert_eq!(with("exp", json!(now().seconds())), Reason::Expired);
        assert_eq!(with("nbf", json!(now().seconds() + 61)), Reason::NotYetValid);
        assert_eq!(with("exp", json!("2028-05-01")), Reason::MalformedTime);
        let good = sign(&payload(), 1, None);
        assert_eq!(of(&good.replace(".", ""), &Given::default()).unwrap_err(), Reason::MalformedJws);
        let status = json!({"status_list": {"idx": 3, "uri": "https://werk.example/status"}});
        let mut payload = payload();
        payload["status"] = status;
        let stated = of(&sign(&payload, 1, None), &Given::default()).unwrap();
        assert_eq!(stated.caveats, [Caveat::Bearer, Caveat::Status]);
    }

    //= spec/text/evidence.md#REQ-EVID-25
    //= type=test
    //# A verifier MUST NOT accept a credential of an issuer that it does not believe about that type
    #[test]
    fn a81_a_good_signature_of_anybody_is_not_believed() {
        let stated = of(&sign(&payload(), 1, None), &Given::default()).unwrap();
        let trusted = |name: &str, of_type: &str| {
            let text = format!("v = 0\n[[issuer]]\nname = \"{name}\"\ntypes = [\"{of_type}\"]\n");
            Trusted::parse(&text).unwrap().check(&stated).map_err(|fault| fault.reason())
        };
        assert_eq!(trusted(did(1).as_str(), TYPE), Ok(()));
        assert_eq!(trusted(did(1).as_str(), "https://werk.example/other"), Err(Reason::Untrusted));
        assert_eq!(trusted(did(2).as_str(), TYPE), Err(Reason::Untrusted));
        assert!(Trusted::default().check(&stated).is_err());
    }
}

#[cfg(feature = "w3c")]
mod w3c {
    use super::*;

    const V2: &str = "https://www.w3.org/ns/credentials/v2";
    const ID: &str = "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33";

    fn method() -> String {
        did(1).own_key_id().unwrap()
    }

    fn credential() -> Value {
        json!({
            "@context": [V2], "id": ID, "type": ["VerifiableCredential"], "issuer": did(1),
            "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2028-01-01T00:00:00Z", "name": "Membership",
            "credentialSubject": {"name": "Ann", "description": "312 deals since 2019"},
        })
    }

    fn proof() -> Value {
        json!({
            "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "created": "2026-01-02T00:00:00Z",
            "verificationMethod": method(), "proofPurpose": "assertionMethod",
        })
    }

    /// The canonical form of the two, written by hand after the W3C specifications: what signs here is not what verifies.
    fn canonical(method: &str, subject: &str) -> (String, String) {
        let (rdf, xsd) = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2001/XMLSchema#");
        let (cred, sec) = ("https://www.w3.org/2018/credentials#", "https://w3id.org/security#");
        let issuer = did(1);
        let proof = [
            format!(
                "_:c14n0 <http://purl.org/dc/terms/created> \"2026-01-02T00:00:00Z\"^^<{xsd}dateTime> .\n"
            ),
            format!("_:c14n0 <{rdf}type> <{sec}DataIntegrityProof> .\n"),
            format!("_:c14n0 <{sec}cryptosuite> \"eddsa-rdfc-2022\"^^<{sec}cryptosuiteString> .\n"),
            format!("_:c14n0 <{sec}proofPurpose> <{sec}assertionMethod> .\n"),
            format!("_:c14n0 <{sec}verificationMethod> <{method}> .\n"),
        ];
        let mut credential = [
            format!("<{ID}> <{rdf}type> <{cred}VerifiableCredential> .\n"),
            format!("<{ID}> <https://schema.org/name> \"Membership\" .\n"),
            format!("<{ID}> <{cred}credentialSubject> {subject} .\n"),
            format!("<{ID}> <{cred}issuer> <{issuer}> .\n"),
            format!("<{ID}> <{cred}validFrom> \"2026-01-01T00:00:00Z\"^^<{xsd}dateTime> .\n"),
            format!("<{ID}> <{cred}validUntil> \"2028-01-01T00:00:00Z\"^^<{xsd}dateTime> .\n"),
            format!("{subject} <https://schema.org/description> \"312 deals since 2019\" .\n"),
            format!("{subject} <https://schema.org/name> \"Ann\" .\n"),
        ];
        credential.sort();
        (proof.concat(), credential.concat())
    }

    fn signed_by(seed: u8) -> Value {
        signed_about(seed, None)
    }

    fn signed_about(seed: u8, subject: Option<&str>) -> Value {
        let node = subject.map_or("_:c14n0".to_owned(), |subject| format!("<{subject}>"));
        let (proof_form, credential_form) = canonical(&method(), &node);
        let hashes = [Sha256::digest(proof_form), Sha256::digest(credential_form)].concat();
        let signature = key(seed).sign(&hashes).to_bytes();
        let (mut whole, mut proof) = (credential(), proof());
        if let Some(subject) = subject {
            whole["credentialSubject"]["id"] = json!(subject);
        }
        proof["proofValue"] = json!(format!("z{}", multibase::Base::Base58Btc.encode(signature)));
        whole["proof"] = proof;
        whole
    }

    fn of(value: &Value) -> Result<Statement, Reason> {
        come(&Evidence::vc(value.to_string().as_bytes()).unwrap(), &Given::default())
    }

    fn with(place: &str, value: Value) -> Reason {
        let mut whole = signed_by(1);
        let (parent, name) = place.rsplit_once('/').unwrap();
        whole.pointer_mut(parent).unwrap()[name] = value;
        of(&whole).unwrap_err()
    }

    #[test]
    fn a_w3c_credential_is_read_and_graded() {
        let whole = signed_by(1);
        sample("membership.vc.json", &format!("{}\n", serde_json::to_string_pretty(&whole).unwrap()));
        let stated = of(&whole).unwrap();
        assert_eq!(
            (stated.kind, stated.grade, stated.by),
            (Kind::Vc, Grade::IssuerSigned, did(1).to_string())
        );
        assert_eq!(stated.issued, Some(time("2026-01-02T00:00:00Z")));
        assert_eq!(stated.until, Some(time("2028-01-01T00:00:00Z")));
        assert_eq!(
            (stated.of_type.as_deref(), stated.caveats.as_slice()),
            (Some("VerifiableCredential"), [Caveat::Bearer].as_slice())
        );
        assert_eq!(stated.claims["credentialSubject"]["description"], "312 deals since 2019");
        // The order of members and the spaces between them say nothing.
        let text = serde_json::to_string_pretty(&whole).unwrap().replace('\n', "\r\n\t");
        assert!(come(&Evidence::vc(text.as_bytes()).unwrap(), &Given::default()).is_ok());
    }

    #[test]
    fn a02_what_was_changed_after_signing_is_refused() {
        assert_eq!(of(&signed_by(2)).unwrap_err(), Reason::InvalidSignature);
        for (place, value) in [
            ("/credentialSubject/description", json!("313 deals since 2019")),
            ("/credentialSubject/name", json!("Bob")),
            ("/name", json!("Gold membership")),
            ("/description", json!("Added")),
            ("/validUntil", json!("2029-01-01T00:00:00Z")),
            ("/id", json!("urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc34")),
            ("/proof/created", json!("2026-01-03T00:00:00Z")),
            ("/proof/proofValue", json!("z")),
            ("/proof/proofValue", json!("u1234")),
            ("/proof/proofValue", json!(format!("z{}", "1".repeat(500)))),
        ] {
            assert_eq!(with(place, value.clone()), Reason::InvalidSignature, "{place} {value}");
        }
    }

    //= spec/text/evidence.md#REQ-EVID-5
    //= type=test
    //# A `vc` MUST have exactly one proof, a `DataIntegrityProof` with `cryptosuite` `eddsa-rdfc-2022` and
    //# `proofPurpose` `assertionMethod` (`vc.proof`), whose `verificationMethod` is of the `issuer`
    #[test]
    fn a_proof_of_another_kind_or_issuer_is_refused() {
        let proof = signed_by(1)["proof"].clone();
        for (place, value, reason) in [
            ("/proof", json!([proof, proof]), Reason::VcProof),
            ("/proof", json!([proof]), Reason::VcProof),
            ("/proof", json!(null), Reason::VcProof),
            ("/proof/type", json!("Ed25519Signature2020"), Reason::VcProof),
            ("/proof/cryptosuite", json!("eddsa-jcs-2022"), Reason::VcProof),
            ("/proof/proofPurpose", json!("authentication"), Reason::VcProof),
            ("/proof/verificationMethod", json!(did(2).own_key_id()), Reason::InvalidIssuer),
            ("/proof/verificationMethod", json!(did(1)), Reason::InvalidIssuer),
            ("/proof/verificationMethod", json!({"id": method()}), Reason::VcProof),
            ("/issuer", json!(did(2)), Reason::InvalidIssuer),
            ("/issuer", json!({"name": "nobody"}), Reason::Malformed),
            ("/type", json!(["Other"]), Reason::InvalidType),
        ] {
            assert_eq!(with(place, value.clone()), reason, "{place} {value}");
        }
        let mut none = signed_by(1);
        none.as_object_mut().unwrap().remove("proof");
        assert_eq!(of(&none).unwrap_err(), Reason::VcProof);
    }

    //= spec/text/evidence.md#REQ-EVID-6
    //= type=test
    //# Its `@context` MUST be a list of addresses that begins with `https://www.w3.org/ns/credentials/v2`, all of
    //# them known here without asking anybody; a context that is written into the credential MUST be refused
    #[test]
    fn contexts_are_carried_along_and_never_brought() {
        for (place, value) in [
            ("/@context", json!([V2, "https://issuer.example/terms/v1"])),
            ("/@context", json!([V2, {"deals": "https://issuer.example/deals"}])),
            ("/@context", json!(["https://www.w3.org/2018/credentials/v1"])),
            ("/@context", json!(V2)),
            ("/@context", json!([])),
            ("/@context", json!(vec![V2; 9])),
            ("/credentialSubject/@context", json!({"name": "https://issuer.example/other"})),
            ("/proof/@context", json!([V2])),
            // A word that no context defines would be left out of what is signed.
            ("/credentialSubject/deals", json!(312)),
            ("/proof/more", json!("x")),
        ] {
            assert_eq!(with(place, value.clone()), Reason::VcContext, "{place} {value}");
        }
    }

    //= spec/text/evidence.md#REQ-EVID-7
    //= type=test
    //# `validUntil` and the proof's `expires` MUST be in the future (`invalid.expired`), `validFrom` and the proof's
    //# `created` at most 60 s ahead (`invalid.not_yet`); each is RFC 3339 with an offset (`malformed.time`).
    #[test]
    fn a06_dates_that_are_none_or_past() {
        for (place, value, reason) in [
            ("/validUntil", json!("2026-11-21T12:00:00Z"), Reason::Expired),
            ("/proof/expires", json!("2026-11-21T13:00:00+01:00"), Reason::Expired),
            ("/validFrom", json!("2026-11-21T12:01:01Z"), Reason::NotYetValid),
            ("/proof/created", json!("2026-11-21T12:01:01Z"), Reason::NotYetValid),
            ("/validUntil", json!("2028-01-01"), Reason::MalformedTime),
            ("/validUntil", json!("2028-01-01T00:00:00"), Reason::MalformedTime),
            ("/validUntil", json!(1_900_000_000), Reason::MalformedTime),
            ("/validUntil", json!("1900000000"), Reason::MalformedTime),
            ("/validUntil", json!(null), Reason::MalformedTime),
        ] {
            assert_eq!(with(place, value.clone()), reason, "{place} {value}");
        }
    }

    /// Telling nodes apart that look alike takes time that grows with the factorial of their number.
    #[test]
    fn a85_nodes_that_look_alike_are_counted_first() {
        let alike = |count: usize| with("/credentialSubject", json!(vec![json!({"name": "x"}); count]));
        assert_eq!(alike(6), Reason::InvalidSignature);
        assert_eq!(alike(7), Reason::TooLarge);
        assert_eq!(alike(500), Reason::TooLarge);
        let deep = (0..20).fold(json!({"name": "x"}), |inner, _| json!({"name": inner}));
        assert_eq!(with("/credentialSubject", deep), Reason::TooLarge);
    }

    #[test]
    fn a86_a_subject_that_is_named_by_a_did_has_to_prove_it() {
        let bound = signed_about(1, Some("did:example:ann"));
        assert_eq!(of(&bound).unwrap_err(), Reason::KeyBindingMissing);
        let evidence = Evidence::vc(bound.to_string().as_bytes()).unwrap();
        let keeping = Given { keeping: true, ..Given::default() };
        assert_eq!(come(&evidence, &keeping).unwrap().caveats, [Caveat::Bound]);
        // A name that is no DID has no keys to prove.
        assert!(of(&signed_about(1, Some("urn:uuid:0f9d2c6e-0000-4000-8000-000000000001"))).is_ok());
        // Its own name is among what is signed.
        assert_eq!(with("/credentialSubject/id", json!("did:example:ann")), Reason::InvalidSignature);
    }
}
