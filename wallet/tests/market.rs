//! With the issuer that markets run: what it offers is taken, epoch after epoch, and shown to a verifier that accepts it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod common;

use common::{Home, Market};
use faam_issuer::read;
use faam_spec::decision::Outcome;
use faam_spec::key::SigningKey;
use faam_spec::peer::PeerId;
use faam_spec::query::Query;
use faam_spec::request::Ask;
use faam_spec::signed::Signer;
use faam_spec::time::Timestamp;
use faam_store::KdfParams;
use faam_verifier::{AnyRole, MemoryNonces, Roles, Sources, StatementType, Trust, TrustEntry, finish, start};
use faam_wallet::passport::Passport;
use faam_wallet::present::{Pick, Plan};
use faam_wallet::vault::{Entropy, Vault};

fn monday() -> Timestamp {
    "2026-11-16T09:00:00Z".parse().unwrap()
}

#[test]
fn ratings_of_a_real_issuer_are_taken_continued_and_accepted_elsewhere() {
    let mut market = Market::new("shop");
    for n in 0..40 {
        let day = 1 + n % 28;
        market.rate(
            1 + n % 5,
            &format!("r{}", n % 13),
            &format!("2026-0{}-{day:02}T10:00:00Z", 1 + n % 9),
            "Fine.",
        );
    }
    let home = Home::with_ratings(&mut market, monday());
    market.rate(5, "new", "2026-11-17T10:00:00Z", "Quick.");
    let withdrawal = r#"{"type":"withdrawal","id":"w1","of":"e2","by":"rater","at":"2026-11-17T11:00:00Z"}"#;
    let event = read::json_line(withdrawal).unwrap();
    market.issuer.apply(&event, &mut market.rng).unwrap();
    let later = monday().plus(7 * 86_400);
    let vault = home.open();
    let accepted = market.offer(&vault, later);
    // The binding of the first week, a rating and a withdrawal.
    let changes = accepted.changes();
    assert_eq!((changes.ratings, changes.withdrawals, changes.bindings, changes.live), (1, 1, 1, 40));
    vault.keep(&accepted, 0, None, later).unwrap();

    let held = vault.held_all().unwrap();
    let passport = Passport::new(&held, later);
    assert_eq!(passport.markets[0].changed.as_ref().unwrap().withdrawn, 1);

    accepted_whole(&market, &vault, later);
}

#[test]
fn a_wallet_made_again_from_its_phrase_takes_a_new_offer_and_is_accepted() {
    let mut market = Market::new("shop");
    for n in 0..40 {
        market.rate(1 + n % 5, &format!("r{}", n % 13), "2026-03-04T10:00:00Z", "Fine.");
    }
    let lost = Home::with_ratings(&mut market, monday());
    let phrase = lost.open().phrase().unwrap();
    let home = Home::empty();
    let entropy = Entropy::from_phrase(&phrase).unwrap();
    let words = common::PASSPHRASE.as_bytes();
    let vault = Vault::restore(&home.dir, words, &entropy, KdfParams::FLOOR, monday()).unwrap();
    assert!(vault.held_all().unwrap().is_empty(), "the phrase brings back keys only");
    // To the market it is the same wallet: the binding stays, and everything is offered again.
    let accepted = market.offer(&vault, monday());
    assert_eq!((accepted.changes().ratings, accepted.changes().bindings), (40, 0));
    vault.keep(&accepted, 0, None, monday()).unwrap();
    accepted_whole(&market, &vault, monday());
}

/// Shows all forty ratings to a verifier that trusts the market.
fn accepted_whole(market: &Market, vault: &Vault, later: Timestamp) {
    let held = vault.held_all().unwrap();
    let verifier = Signer::from_key(SigningKey::from_seed(&[5; 32]));
    let ask = Ask {
        name: "Beta".into(),
        purpose: "To rent out a flat.".into(),
        retention_days: 30,
        terms: None,
        query: Query::complete("shop".parse().unwrap()).unwrap().disclosing(&["comment", "day"]).unwrap(),
        life: 600,
    };
    let peer = PeerId::from_public_key([1; 32]);
    let (request, pending) = start(ask, peer, &verifier, later, &mut rand::rngs::OsRng).unwrap();
    let plan = Plan::new(&request, &held, Pick::Newest, later).unwrap();
    let keys = vault.holder_keys(plan.ledgers()).unwrap();
    let bytes = plan.build(&keys, later, &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap();
    let trust = Trust::new(vec![TrustEntry {
        issuer: market.issuer.did().clone(),
        market: "shop".parse().unwrap(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing],
        epoch_seconds: faam_spec::time::EpochLength::WEEK,
        frozen_after: None,
    }]);
    let sources = Sources { trust, ..Sources::default() };
    let decision = finish(&pending, &bytes, &sources, &mut MemoryNonces::new(), later);
    assert_eq!(decision.outcome(), Outcome::Accepted, "{:?}", decision.reasons());
    assert_eq!(decision.accepted().unwrap().facts()[0].shown.len(), 40);
}
