//! A wallet that receives 398 ratings and presents 12 of 195, beside what the signatures alone cost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use faam_spec::did::KeyHistories;
use faam_spec::key::SigningKey;
use faam_spec::query::Query;
use faam_store::KdfParams;
use faam_tests::{Market, Verifier, now};
use faam_wallet::present::{Pick, Plan};
use faam_wallet::receive::{Expected, Known, check};
use faam_wallet::vault::{Entropy, Vault};
use rand::SeedableRng as _;

/// A vault in a folder of its own, and the market's offer of this account for it.
fn with_offer(account: &str) -> (tempfile::TempDir, Vault, Market, faam_spec::offer::Offer) {
    let mut market = Market::alpha(&[account]);
    let home = tempfile::tempdir().unwrap();
    let entropy = Entropy::random(&mut rand::rngs::StdRng::seed_from_u64(3));
    let vault =
        Vault::create(&home.path().join("vault"), b"correct horse", &entropy, KdfParams::FLOOR, now())
            .unwrap();
    let id = "bitcoin-alpha".parse().unwrap();
    let holder = vault.holder_key(0, market.signer.did(), &id).unwrap().verifying_key();
    let account = account.parse().unwrap();
    market.issuer.bind(&account, &holder, false, now(), &mut market.rng).unwrap();
    let offer = market.issuer.offer(&account, None, now()).unwrap();
    (home, vault, market, offer)
}

fn accept(vault: &Vault, market: &Market, offer: faam_spec::offer::Offer) -> faam_wallet::receive::Accepted {
    let id = "bitcoin-alpha".parse().unwrap();
    let holder = vault.holder_key(0, market.signer.did(), &id).unwrap().verifying_key();
    let expected = Expected { issuer: market.signer.did(), market: &id, holder: &holder };
    let known =
        Known { ledger: None, records: &[], lists: &[], histories: &KeyHistories::new(), secrets: &[] };
    check(offer, expected, known, now()).unwrap()
}

fn receive(c: &mut Criterion) {
    let (_home, vault, market, offer) = with_offer("1");
    assert_eq!(offer.entries.len(), 398);
    let bytes = offer.to_bytes().unwrap();
    let mut group = c.benchmark_group("receive_398");
    group.sample_size(20);
    let key = SigningKey::from_seed(&[1; 32]);
    let (message, verifying) = ([7_u8; 700], key.verifying_key());
    let signature = key.sign(&message);
    group.bench_function("floor_401_verifications", |b| {
        b.iter(|| (0..401).for_each(|_| verifying.verify(black_box(&message), &signature).unwrap()));
    });
    group.bench_function("parse_and_check", |b| {
        b.iter(|| accept(&vault, &market, faam_spec::offer::Offer::parse(black_box(&bytes)).unwrap()));
    });
    group.bench_function("keep_durably", |b| {
        b.iter_batched(
            || {
                let home = tempfile::tempdir().unwrap();
                let entropy = Entropy::random(&mut rand::rngs::StdRng::seed_from_u64(3));
                let dir = home.path().join("vault");
                let fresh = Vault::create(&dir, b"correct horse", &entropy, KdfParams::FLOOR, now()).unwrap();
                (home, fresh, accept(&vault, &market, offer.clone()))
            },
            |(home, fresh, accepted)| {
                fresh.keep(&accepted, 0, None, now()).unwrap();
                (home, fresh)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn present(c: &mut Criterion) {
    let (_home, vault, market, offer) = with_offer("7");
    assert_eq!(offer.entries.len(), 195);
    let accepted = accept(&vault, &market, offer);
    vault.keep(&accepted, 0, None, now()).unwrap();
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier.ask(Query::ratings("bitcoin-alpha".parse().unwrap(), 12).unwrap());
    let request = pending.request().clone();
    let mut group = c.benchmark_group("present_12_of_195");
    let key = SigningKey::from_seed(&[1; 32]);
    group.bench_function("floor_13_signatures", |b| {
        b.iter(|| (0..13).map(|_| key.sign(black_box(&[7; 700])).to_bytes()[0]).fold(0, u8::wrapping_add));
    });
    let held = vault.held_all().unwrap();
    group.bench_function("plan_and_build", |b| {
        b.iter(|| {
            let plan = Plan::new(&request, &held, Pick::Best, now()).unwrap();
            let keys = vault.holder_keys(plan.ledgers()).unwrap();
            plan.build(&keys, now(), &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap()
        });
    });
    group.bench_function("read_from_the_vault", |b| b.iter(|| vault.held_all().unwrap()));
    group.finish();
    let plan = Plan::new(&request, &held, Pick::Best, now()).unwrap();
    let keys = vault.holder_keys(plan.ledgers()).unwrap();
    let bytes = plan.build(&keys, now(), &mut rand::rngs::OsRng).unwrap().to_bytes().unwrap();
    assert!(verifier.judge_bytes(&pending, &bytes).accepted().is_some());
}

criterion_group!(benches, receive, present);
criterion_main!(benches);
