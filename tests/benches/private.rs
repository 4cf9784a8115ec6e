//! Private standings beside their floors: one check of two pairings in the curve library that the backend uses, and in `blst`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

use std::hint::black_box;
use std::time::Instant;

use bls12_381_plus::{G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Scalar, multi_miller_loop};
use criterion::{Criterion, criterion_group, criterion_main};
use faam_spec::grid::Milestones;
use faam_spec::private::{Audience, check, prove, sign};
use faam_tests::private::{Wallet, open};
use faam_tests::{Market, Verifier, alpha_events, now};
use rand::rngs::OsRng;

fn milestones() -> Milestones {
    let four = ["count>=50", "mean>=550", "tenure>=3y", "withdrawn_share<=2%"];
    Milestones::new(four.map(|text| text.parse().unwrap()).to_vec()).unwrap()
}

fn private(c: &mut Criterion) {
    let bbs = faam_bbs::backend();
    let mut market = Market::alpha(&["7"]);
    let mut wallet = Wallet::new(1);
    assert!(market.give_private("7", &mut wallet, false));
    let piece = wallet.newest().clone();
    let record = open(&piece.record);
    let verifier = Verifier::trusting(&market);
    let client = verifier.signer.did().into();
    let audience = Audience { verifier: &client, nonce: "a nonce of sixteen" };
    let milestones = milestones();
    let secrets = (&piece.secrets, &piece.entropy);
    let proof = prove(
        bbs,
        (&record, &piece.role),
        (&piece.steps, &piece.signature),
        secrets,
        &milestones,
        audience,
        &mut OsRng,
    )
    .unwrap();
    println!(
        "a proof of {} milestones: {} bytes, {} as text with its pseudonym",
        milestones.as_slice().len(),
        proof.proof.len(),
        proof.to_text().len()
    );

    let mut group = c.benchmark_group("private_standing");
    group.sample_size(20);
    let pair = pairing_of_the_library();
    group.bench_function("floor_two_pairings_bls12_381_plus", |b| b.iter(|| assert!(pair())));
    let pair = pairing_of_blst();
    group.bench_function("floor_two_pairings_blst", |b| b.iter(|| assert!(pair())));
    let key = bbs.key_pair(&[7; 32], b"bench").unwrap();
    let of = (&piece.secrets.commitment, &piece.entropy);
    group.bench_function("sign", |b| {
        b.iter(|| sign(bbs, &key, &record, &piece.role, black_box(&piece.steps), of).unwrap());
    });
    group.bench_function("check_by_the_wallet", |b| {
        b.iter(|| {
            check(bbs, &record, &piece.role, &piece.steps, secrets, black_box(&piece.signature)).unwrap()
        });
    });
    group.bench_function("prove", |b| {
        b.iter(|| {
            let standing = (&piece.steps, &piece.signature);
            let record = (&record, &piece.role);
            prove(bbs, record, standing, secrets, black_box(&milestones), audience, &mut OsRng).unwrap()
        });
    });
    group.bench_function("verify", |b| {
        b.iter(|| black_box(&proof).verify(bbs, (&record, &piece.role), &milestones, audience).unwrap());
    });
    group.finish();
}

/// A check of two pairings, as a verification ends with one.
fn pairing_of_the_library() -> impl Fn() -> bool {
    use bls12_381_plus::group::Group as _;
    let scalar = Scalar::from(123_456_789_u64);
    let one = G1Affine::from(G1Projective::GENERATOR * scalar);
    let two = G1Affine::from(-G1Projective::GENERATOR);
    let (key, generator) =
        (G2Affine::from(G2Projective::GENERATOR), G2Affine::from(G2Projective::GENERATOR * scalar));
    move || {
        let terms =
            [(&one, &G2Prepared::from(black_box(key))), (&two, &G2Prepared::from(black_box(generator)))];
        bool::from(multi_miller_loop(&terms).final_exponentiation().is_identity())
    }
}

/// The same by `blst`, through the safe wrapper of `blstrs`.
fn pairing_of_blst() -> impl Fn() -> bool {
    use blstrs::{Bls12, G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt, Scalar};
    use group::{Group as _, prime::PrimeCurveAffine as _};
    use pairing::{MillerLoopResult as _, MultiMillerLoop as _};
    let scalar = Scalar::from(123_456_789_u64);
    let one = G1Affine::from(G1Projective::generator() * scalar);
    let two = -G1Affine::generator();
    let (key, generator) = (G2Affine::generator(), G2Affine::from(G2Projective::generator() * scalar));
    move || {
        let terms =
            [(&one, &G2Prepared::from(black_box(key))), (&two, &G2Prepared::from(black_box(generator)))];
        Bls12::multi_miller_loop(&terms).final_exponentiation() == Gt::identity()
    }
}

/// All of Bitcoin Alpha in one epoch, each account bound to a wallet, on two cores.
fn epoch(_: &mut Criterion) {
    let mut market = Market::new("bitcoin-alpha", 1, now());
    market.apply(&alpha_events(&[]));
    let accounts: Vec<_> = market.issuer.accounts().map(|account| account.account).collect();
    let wallet = Wallet::new(1);
    // One commitment for all: what is signed is as much work, and making thousands is not what is measured.
    for (number, account) in accounts.iter().enumerate() {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&(number as u64 + 1).to_be_bytes());
        let key = faam_spec::key::SigningKey::from_seed(&seed).verifying_key();
        let commitment = Some(&wallet.secrets.commitment);
        market.issuer.bind_with(account, &key, commitment, false, now(), &mut market.rng).unwrap();
    }
    market.open_epoch();
    let begun = Instant::now();
    let work = market.issuer.private_work(usize::MAX).unwrap();
    let planned = begun.elapsed();
    // Once is enough: it is thousands of times the same.
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for part in work.chunks(work.len().div_ceil(2)) {
            scope.spawn(move || part.iter().for_each(|work| drop(work.sign().unwrap())));
        }
    });
    println!(
        "epoch_of_alpha: {} ledgers planned in {planned:?}, signed on two threads in {:?}; the record has {} bytes",
        work.len(),
        begun.elapsed(),
        market.record().as_str().len()
    );
}

criterion_group!(benches, private, epoch);
criterion_main!(benches);
