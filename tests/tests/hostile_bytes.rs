//! Bytes from outside: any of them may be anything. Nothing panics, and no flipped bit is accepted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use faam_spec::did::{Did, KeyHistories};
use faam_spec::epoch::SignedEpochRecord;
use faam_spec::limits::MAX_PRESENTATION_BYTES;
use faam_spec::link::Link;
use faam_spec::offer::Offer;
use faam_spec::presentation::Presentation;
use faam_spec::query::Query;
use faam_spec::rating::Rating;
use faam_spec::reason::Reason;
use faam_spec::request::SignedRequest;
use faam_spec::sdjwt::{Disclosure, SdJwt};
use faam_spec::standing::Standing;
use faam_spec::status::{SignedStatusList, StatusList};
use faam_spec::wire::{Message, OfferAnswer, OfferAsk, PresentAnswer, PresentAsk};
use faam_tests::{Holder, Market, Verifier, now};
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};

/// Everything that reads bytes from outside, given the same bytes.
fn read_everything(bytes: &[u8]) {
    let histories = KeyHistories::new();
    let _ = Presentation::parse(bytes);
    let _ = Offer::parse(bytes);
    let _ = faam_spec::encoding::parse_value(bytes, 1 << 20, "t");
    let _ = Message::<OfferAsk>::decode(bytes);
    let _ = Message::<OfferAnswer>::decode(bytes);
    let _ = Message::<PresentAsk>::decode(bytes);
    let _ = Message::<PresentAnswer>::decode(bytes);
    let _ = faam_verifier::Pending::from_bytes(bytes, &histories, now());
    let text = String::from_utf8_lossy(bytes);
    let _ = text.parse::<Link>();
    let _ = text.parse::<Did>();
    let _ = Disclosure::parse(&text);
    let _ = StatusList::from_compressed(1, &text);
    let _ = SignedRequest::open(&text, &histories, now());
    let _ = SignedEpochRecord::open(&text, &histories);
    let _ = SignedStatusList::open(&text, &histories);
    let _ = faam_issuer::read::json_line(&text);
    let _ = faam_issuer::read::csv(bytes, "1..5".parse().unwrap(), "seller".parse().unwrap());
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) {
        let _ = Query::try_from(value);
    }
    if let Ok(sd_jwt) = SdJwt::parse(&text) {
        let _ = Standing::open(&sd_jwt, &histories);
        let _ = Rating::open(&sd_jwt, &histories, now());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoding_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_everything(&bytes);
    }

    #[test]
    fn decoding_almost_json_never_panics(text in r#"[{\[]("[a-z_~.]{0,8}"[:,]?|[-0-9.e]{1,22}[,:]?|[\]}\[{]|null,?|true,?){0,40}"#) {
        read_everything(text.as_bytes());
    }
}

#[test]
fn decoding_valid_objects_with_damage_never_panics() {
    let mut market = Market::alpha(&["7"]);
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier.ask(Query::ratings("bitcoin-alpha".parse().unwrap(), 2).unwrap());
    let draft = holder.draft(holder.newest(), pending.request(), &[0, 1]);
    let objects: Vec<Vec<u8>> = vec![
        draft.sign(&holder.key, pending.request(), now()).to_bytes().unwrap(),
        pending.request().as_str().into(),
        pending.to_bytes().unwrap(),
        market.record().as_str().into(),
        holder.newest().offer.standing.clone().into(),
        holder.newest().ratings[&0].to_text().into(),
        holder.newest().offer.status[0].clone().into(),
    ];
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    for object in objects {
        for _ in 0..200 {
            let mut bytes = object.clone();
            for _ in 0..rng.gen_range(1..4) {
                let at = rng.gen_range(0..bytes.len());
                match rng.gen_range(0..3) {
                    0 => bytes[at] = rng.r#gen(),
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, rng.r#gen()),
                }
            }
            read_everything(&bytes);
        }
    }
}

/// Flips bits of a whole presentation of three ratings; 3,000 of them unless `FAAM_FLIPS` says how many (`all` for each one).
#[test]
fn flipping_any_bit_of_a_valid_presentation_is_refused() {
    let mut market = Market::alpha(&["7"]);
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let mut verifier = Verifier::trusting(&market);
    let query = Query::ratings("bitcoin-alpha".parse().unwrap(), 3).unwrap().disclosing(&["day"]).unwrap();
    let pending = verifier.ask(query);
    let draft = holder.draft(holder.newest(), pending.request(), &[0, 100, 194]);
    let bytes = draft.sign(&holder.key, pending.request(), now()).to_bytes().unwrap();
    let bits = bytes.len() * 8;
    let flips: Vec<usize> = match std::env::var("FAAM_FLIPS").as_deref() {
        Ok("all") => (0..bits).collect(),
        other => {
            let count = other.ok().and_then(|text| text.parse().ok()).unwrap_or(3000);
            let mut rng = rand::rngs::StdRng::seed_from_u64(11);
            (0..count).map(|_| rng.gen_range(0..bits)).collect()
        }
    };
    for bit in flips {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let decision = verifier.judge_bytes(&pending, &changed);
        assert!(
            decision.accepted().is_none(),
            "bit {bit} of byte {}: {:?}",
            bit / 8,
            changed[bit / 8] as char
        );
    }
    assert!(verifier.judge_bytes(&pending, &bytes).accepted().is_some(), "unchanged, it is accepted");
}

#[test]
fn a20_a85_too_much_is_refused_before_it_is_read() {
    let market = Market::alpha(&["7"]);
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier.ask(Query::standing("bitcoin-alpha".parse().unwrap()).unwrap());
    let reason =
        |verifier: &mut Verifier, bytes: &[u8]| verifier.judge_bytes(&pending, bytes).reasons()[0].code;
    assert_eq!(reason(&mut verifier, &vec![b'['; MAX_PRESENTATION_BYTES + 1]), Reason::TooLarge);
    assert_eq!(reason(&mut verifier, "[".repeat(10_000).as_bytes()), Reason::TooLarge);
    let many = serde_json::json!({"v": 0, "vp_token": {"standing": vec!["x~"; 2000]}, "ledgers": []});
    assert_eq!(reason(&mut verifier, many.to_string().as_bytes()), Reason::TooLarge);
    let long = serde_json::json!({"v": 0, "vp_token": {"standing": ["x".repeat(1 << 20)]}, "ledgers": [
        {"standing": "standing", "record": "", "account": {"at": 0, "path": "u"}}]});
    assert_eq!(reason(&mut verifier, long.to_string().as_bytes()), Reason::TooLarge);
    let newer = serde_json::json!({"v": 1, "vp_token": {}, "ledgers": []});
    assert_eq!(reason(&mut verifier, newer.to_string().as_bytes()), Reason::UnsupportedVersion);
}
