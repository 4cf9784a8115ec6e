//! What holders keep: SD-JWTs, ratings and standings.

use faam_spec::key::SigningKey;
use faam_spec::ledger::{Body, Record};
use faam_spec::reason::Reason;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::standing::Standing;
use faam_spec::{rating as ratings, standing as standings};
use serde_json::{Value, json};

use crate::fixture::fixture;
use crate::form::has_member;
use crate::signing::{as_sd_jwts, payload_of};

/// SD-JWTs, disclosures and key binding.
pub fn sd_jwt(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(disclosure) = Disclosure::parse(text)
    {
        one_disclosure(&disclosure);
    }
    for text in as_sd_jwts(bytes) {
        let Ok(sd_jwt) = SdJwt::parse(&text) else { continue };
        assert_eq!(sd_jwt.to_text(), text, "written as it was received");
        assert_eq!(serde_json::from_value::<SdJwt>(json!(text)).as_ref().ok(), Some(&sd_jwt));
        sd_jwt.disclosures().iter().for_each(one_disclosure);
        bound(&sd_jwt);
        opened(&sd_jwt);
    }
}

fn one_disclosure(disclosure: &Disclosure) {
    let again = Disclosure::parse(disclosure.as_str()).expect("it was read just now");
    assert_eq!((&again, again.digest()), (disclosure, disclosure.digest()));
    assert!(!format!("{disclosure:?}").contains("salt"));
}

/// Whatever it is, bound to a key it verifies under that key for that audience, nonce and time, and for no other.
fn bound(sd_jwt: &SdJwt) {
    let (fixture, stranger) = (fixture(), SigningKey::from_seed(&[9; 32]).verifying_key());
    let (holder, now) = (fixture.holder.verifying_key(), fixture.now);
    assert!(sd_jwt.verify_key_binding(&holder, "aud", "nonce", now).is_err(), "not bound for this");
    let bound = sd_jwt.clone().bind(&fixture.holder, "aud", "nonce", now).unwrap();
    let Ok(bound) = SdJwt::parse(&bound.to_text()) else { return };
    let reason = |key, aud, nonce, now| {
        bound.verify_key_binding(key, aud, nonce, now).map_err(|fault| fault.reason()).err()
    };
    assert_eq!(reason(&holder, "aud", "nonce", now), None);
    assert_eq!(reason(&stranger, "aud", "nonce", now), Some(Reason::KeyBindingSignature));
    assert_eq!(reason(&holder, "au", "nonce", now), Some(Reason::KeyBindingAudience));
    assert_eq!(reason(&holder, "aud", "", now), Some(Reason::KeyBindingNonce));
    assert_eq!(reason(&holder, "aud", "nonce", now.plus(301)), Some(Reason::KeyBindingStale));
    assert_eq!(reason(&holder, "aud", "nonce", now.plus(-61)), Some(Reason::KeyBindingFuture));
    if let Some(first) = sd_jwt.disclosures().first() {
        let fewer = bound.to_text().replacen(&format!("~{}~", first.as_str()), "~", 1);
        let fewer = SdJwt::parse(&fewer).expect("one disclosure less");
        let told = fewer.verify_key_binding(&holder, "aud", "nonce", now).map_err(|fault| fault.reason());
        assert_eq!(told, Err(Reason::KeyBindingHash));
    }
}

/// Opened, nothing of the machinery is left, and every choice of disclosures opens too and tells no more.
fn opened(sd_jwt: &SdJwt) {
    let key = fixture().signer.verifying_key();
    let Ok(opened) = sd_jwt.open(&key) else { return };
    let claims = Value::Object(opened.claims.clone());
    assert!(!["_sd", "...", "_sd_alg"].iter().any(|name| has_member(&claims, name)), "{claims}");
    assert_eq!(sd_jwt.open_payload_by(|_, _| Ok(key)).as_ref(), Ok(&opened.payload));
    for keep in 0..3_usize {
        let chosen = sd_jwt.select(|disclosure| keep == 2 || disclosure.as_str().len() % 2 == keep);
        assert!(!chosen.has_key_binding());
        let fewer = chosen.open(&key).expect("a choice of what opens opens");
        assert!(fewer.claims.keys().all(|name| opened.claims.contains_key(name)));
        assert_eq!(fewer.payload, opened.payload);
        assert!(keep != 2 || fewer.claims == opened.claims);
    }
}

/// Ratings.
pub fn rating(bytes: &[u8]) {
    let fixture = fixture();
    for text in as_sd_jwts(bytes) {
        let Ok(sd_jwt) = SdJwt::parse(&text) else { continue };
        let Ok(rating) = ratings::Rating::open(&sd_jwt, &fixture.histories, fixture.now) else { continue };
        // But for what is disclosed, the payload has one form.
        let mut received = payload_of(&sd_jwt);
        let mut entry = serde_json::to_value(rating.entry()).unwrap();
        let digests = entry.as_object_mut().unwrap().remove("_sd").unwrap_or(json!([]));
        let holder = faam_spec::key::Jwk::from(rating.holder());
        received.as_object_mut().unwrap().remove("_sd_alg");
        let written = json!({
            "iss": rating.issuer(), "vct": faam_spec::domain::VCT_RATING, "market": rating.market(),
            "entry": entry, "_sd": digests, "cnf": {"jwk": holder}, "status": {"status_list": rating.status()},
        });
        assert_eq!(written, received);
        assert_eq!(rating.entry().leaf().as_ref(), Ok(rating.leaf()));
        assert!(rating.role_and_score().is_some());
        assert_eq!(rating.disclosed().len(), sd_jwt.disclosures().len());
        // With everything on the table it is a record, and its issuer would sign the same.
        let Ok(record) = Record::new(rating.entry().clone(), sd_jwt.disclosures().to_vec()) else { continue };
        assert!(matches!(record.entry().body, Body::Rating { .. }));
        let again =
            ratings::issue(&fixture.signer, rating.market(), &record, rating.holder(), rating.status())
                .unwrap();
        let Ok(again) = ratings::Rating::open(&again, &fixture.histories, fixture.now) else {
            panic!("what an issuer signs can be opened");
        };
        assert_eq!(again.leaf(), rating.leaf());
    }
}

/// Standings.
pub fn standing(bytes: &[u8]) {
    let fixture = fixture();
    for text in as_sd_jwts(bytes) {
        let Ok(sd_jwt) = SdJwt::parse(&text) else { continue };
        let Ok(standing) = Standing::open(&sd_jwt, &fixture.histories) else { continue };
        let written = standings::issue(
            &fixture.signer,
            standing.market(),
            standing.statement(),
            standing.holder(),
            standing.issued(),
        );
        let written = written.unwrap();
        let same = |payload: &SdJwt| {
            let mut value = payload_of(payload);
            value["iss"] = json!("");
            value
        };
        assert_eq!(same(&written), same(&sd_jwt), "one form");
        let again = Standing::open(&written, &fixture.histories).expect("what an issuer signs can be opened");
        assert_eq!(again.statement(), standing.statement());
        for record in &fixture.records {
            let _ = standing.check_record(record, &fixture.offer.account);
        }
        assert!(standing.statement().account_head().leaf().is_ok());
        assert!(standing.statement().numbers.check().is_ok());
    }
}
