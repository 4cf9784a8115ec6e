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
use faam_verifier::{AnyRole, MemoryNonces, Roles, Sources, StatementType, Trust, TrustEntry, finish, start};
use faam_wallet::passport::Passport;
use faam_wallet::present::{Pick, Plan};

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
    let bytes = plan.build(&keys, later).unwrap().to_bytes().unwrap();
    let trust = Trust::new(vec![TrustEntry {
        issuer: market.issuer.did().clone(),
        market: "shop".parse().unwrap(),
        roles: Roles::Any(AnyRole::Any),
        types: vec![StatementType::Rating, StatementType::Standing],
        frozen_after: None,
    }]);
    let sources = Sources { trust, ..Sources::default() };
    let decision = finish(&pending, &bytes, &sources, &mut MemoryNonces::new(), later);
    assert_eq!(decision.outcome(), Outcome::Accepted, "{:?}", decision.reasons());
    assert_eq!(decision.accepted().unwrap().facts()[0].shown.len(), 40);
}
