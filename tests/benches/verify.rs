//! Verifying one rating with key binding, beside its floor: two strict Ed25519 verifications and the hashing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use faam_spec::did::KeyHistories;
use faam_spec::query::Query;
use faam_spec::rating::Rating;
use faam_spec::sdjwt::SdJwt;
use faam_tests::{Holder, Market, Verifier, now, worst_first};
use sha2::{Digest as _, Sha256};

fn verify(c: &mut Criterion) {
    let mut market = Market::alpha(&["7"]);
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier
        .ask(Query::ratings("bitcoin-alpha".parse().unwrap(), 1).unwrap().disclosing(&["day"]).unwrap());
    let draft = holder.draft(holder.newest(), pending.request(), &[0]);
    let presentation = draft.sign(&holder.key, pending.request(), now());
    let text = presentation.vp_token["ratings"][0].clone();
    let asked = pending.request().request().clone();
    let audience = asked.verifier.client_id();
    let histories = KeyHistories::new();
    let issuer_key = market.signer.verifying_key();
    let holder_key = holder.key.verifying_key();

    let mut group = c.benchmark_group("verify_one_rating");
    // The floor: the same bytes, the same signatures, every hash that the formats ask for, and nothing else.
    let parts: Vec<&str> = text.split('~').collect();
    let signed = |jwt: &str| {
        let (message, signature) = jwt.rsplit_once('.').unwrap();
        let bytes = faam_spec::encoding::unb64(signature, "bench").unwrap();
        (message.as_bytes().to_vec(), faam_spec::key::Signature::from_slice(&bytes).unwrap())
    };
    let (credential, credential_signature) = signed(parts[0]);
    let (binding, binding_signature) = signed(parts[2]);
    let presented = text.as_bytes()[..=text.rfind('~').unwrap()].to_vec();
    let disclosure = parts[1].as_bytes().to_vec();
    let leaf = Rating::open(&SdJwt::parse(&text).unwrap(), &histories, now()).unwrap();
    let entry = faam_spec::encoding::jcs(leaf.entry()).unwrap();
    group.bench_function("floor", |b| {
        b.iter(|| {
            issuer_key.verify(black_box(&credential), &credential_signature).unwrap();
            holder_key.verify(black_box(&binding), &binding_signature).unwrap();
            (Sha256::digest(&presented), Sha256::digest(&disclosure), Sha256::digest(&entry))
        });
    });
    group.bench_function("faam", |b| {
        b.iter(|| {
            let sd_jwt = SdJwt::parse(black_box(&text)).unwrap();
            let rating = Rating::open(&sd_jwt, &histories, now()).unwrap();
            sd_jwt.verify_key_binding(rating.holder(), &audience, &asked.nonce, now()).unwrap();
            rating
        });
    });
    group.finish();

    let good: Vec<u64> = worst_first(&holder.newest().ledger).into_iter().rev().take(12).collect();
    let pending = verifier.ask(Query::ratings("bitcoin-alpha".parse().unwrap(), 12).unwrap());
    let draft = holder.draft(holder.newest(), pending.request(), &good);
    let bytes = draft.sign(&holder.key, pending.request(), now()).to_bytes().unwrap();
    c.bench_function("decide_12_of_195", |b| {
        b.iter(|| {
            let mut nonces = faam_verifier::MemoryNonces::new();
            let decision = faam_verifier::finish(
                &pending,
                black_box(&bytes),
                &verifier.sources,
                &mut nonces,
                verifier.now,
            );
            assert!(decision.accepted().is_some());
        });
    });
}

criterion_group!(benches, verify);
criterion_main!(benches);
