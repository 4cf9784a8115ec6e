//! Presentations judged a second, on one thread and on two, with what each takes in time and memory, beside what it cannot do without: its
//! signatures and hashes, or its pairings.
//!
//! The machine may be busy with other things, so that of many samples the fastest is told beside the floor's fastest, and the distribution
//! with its own floor.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]
#![allow(unsafe_code, reason = "only an allocator sees what is allocated, and its trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use faam_spec::encoding::unb64;
use faam_spec::grid::Milestones;
use faam_spec::key::{Signature, SigningKey, VerifyingKey};
use faam_spec::query::{PrivateQuery, Query};
use faam_spec::time::Timestamp;
use faam_tests::private::{Wallet, answer};
use faam_tests::together::{Signed, all_of_prime_order, hold_together};
use faam_tests::{Holder, Market, Verifier, now, worst_first};
use faam_verifier::{
    Answer, NonceStore, NonceStoreError, Pending, StatementType, Trust, finish, finish_many,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::{Digest as _, Sha256};

/// Counts what a thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get().wrapping_add(layout.size());
        HELD.set(held);
        MOST.set(MOST.get().max(held));
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        HELD.set(HELD.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Answers of one kind, and what they cannot do without.
struct Case {
    name: &'static str,
    pending: Pending,
    bytes: Vec<u8>,
    verifier: Verifier,
    floor: Box<dyn Fn()>,
    /// How many are judged together.
    together: usize,
}

/// A store that takes every request for unanswered: one answer is judged over and over.
struct Forgetful;

impl NonceStore for Forgetful {
    fn consume(&mut self, _: &str, _: Timestamp) -> Result<bool, NonceStoreError> {
        Ok(true)
    }
}

/// Every signature of an answer with its key, and the answer hashed: its credentials, key bindings, records and lists.
fn signatures(bytes: &[u8], market: &VerifyingKey, holder: &VerifyingKey) -> impl Fn() + use<> {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let mut all: Vec<(VerifyingKey, Vec<u8>, Signature)> = Vec::new();
    let mut add = |key: &VerifyingKey, jws: &str| {
        let (message, signature) = jws.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&unb64(signature, "bench").unwrap()).unwrap();
        all.push((*key, message.as_bytes().to_vec(), signature));
    };
    for text in value["vp_token"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()) {
        let text = text.as_str().unwrap();
        if let Some((jwt, _)) = text.split_once('~') {
            add(market, jwt);
            add(holder, text.rsplit('~').next().unwrap());
        }
    }
    let mut records: Vec<&serde_json::Value> = Vec::new();
    for ledger in value["ledgers"].as_array().unwrap() {
        records.push(&ledger["record"]);
        records.extend(ledger["status"].as_array().into_iter().flatten());
    }
    records.extend(value["private"].as_array().into_iter().flatten().map(|one| &one["record"]));
    records.iter().for_each(|text| add(market, text.as_str().unwrap()));
    let bytes = bytes.to_vec();
    move || {
        for (key, message, signature) in &all {
            key.verify(black_box(message), signature).unwrap();
        }
        black_box(Sha256::digest(&bytes));
    }
}

/// A check of two pairings, as a verification ends with one, in `blst`.
fn pairings() -> impl Fn() {
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
        assert!(Bls12::multi_miller_loop(&terms).final_exponentiation() == Gt::identity());
    }
}

fn plain(name: &'static str, pick: usize, query: Query) -> Case {
    let mut market = Market::alpha(&["7"]);
    let mut holder = Holder::new(1);
    market.give("7", &mut holder);
    let mut verifier = Verifier::trusting(&market);
    let pending = verifier.ask(query);
    let indices: Vec<u64> = worst_first(&holder.newest().ledger).into_iter().rev().take(pick).collect();
    let draft = holder.draft(holder.newest(), pending.request(), &indices);
    let bytes = draft.sign(&holder.key, pending.request(), now()).to_bytes().unwrap();
    let floor = signatures(&bytes, &market.signer.verifying_key(), &holder.key.verifying_key());
    Case { name, pending, bytes, verifier, floor: Box::new(floor), together: 64 }
}

fn private() -> Case {
    let mut market = Market::alpha(&["7"]);
    let mut wallet = Wallet::new(1);
    assert!(market.give_private("7", &mut wallet, false));
    let piece = wallet.newest().clone();
    let mut verifier = Verifier::trusting(&market);
    let mut entry = verifier.sources.trust.entries()[0].clone();
    entry.types = vec![StatementType::Private];
    verifier.sources.trust = Trust::new(vec![entry]);
    let four = ["count>=50", "mean>=550", "tenure>=3y", "withdrawn_share<=2%"];
    let milestones = Milestones::new(four.map(|text| text.parse().unwrap()).to_vec()).unwrap();
    let query = PrivateQuery {
        id: "private".into(),
        markets: Vec::new(),
        issuers: Vec::new(),
        roles: Vec::new(),
        milestones: milestones.clone(),
    };
    let pending = verifier.ask(Query::of_private(vec![query]).unwrap());
    let request = pending.request();
    let proof = piece.prove(&milestones, verifier.signer.did(), &request.request().nonce);
    let shown = [(proof, piece.record.clone(), piece.role.clone())];
    let bytes = answer(request, &shown).to_bytes().unwrap();
    let nobody = SigningKey::from_seed(&[1; 32]).verifying_key();
    let (record, pair) =
        (signatures_of_record(&piece.record, &market.signer.verifying_key(), &nobody), pairings());
    let floor = move || {
        record();
        pair();
    };
    let name = "a private standing of four milestones";
    Case { name, pending, bytes, verifier, floor: Box::new(floor), together: 64 }
}

fn signatures_of_record(record: &str, market: &VerifyingKey, nobody: &VerifyingKey) -> impl Fn() + use<> {
    let value = serde_json::json!({"vp_token": {}, "ledgers": [{"record": record}]});
    signatures(value.to_string().as_bytes(), market, nobody)
}

/// The fastest of samples, each of so many runs, for one run.
fn fastest(samples: usize, runs: u32, run: &dyn Fn()) -> Duration {
    let sample = |_| {
        let begun = Instant::now();
        (0..runs).for_each(|_| run());
        begun.elapsed() / runs
    };
    (0..samples).map(sample).min().unwrap()
}

fn report(case: &Case) {
    let now = case.verifier.now;
    let sources = &case.verifier.sources;
    let judge = || {
        let decision = finish(&case.pending, black_box(&case.bytes), sources, &mut Forgetful, now);
        assert!(decision.accepted().is_some(), "{}", decision.explain());
    };
    judge();
    let before = HELD.get();
    MOST.set(before);
    judge();
    let held = MOST.get() - before;
    let floor = fastest(20, 5, &*case.floor);
    let best = fastest(20, 5, &judge);
    let mut times: Vec<Duration> = (0..400)
        .map(|_| {
            let begun = Instant::now();
            judge();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let together = |threads: usize| {
        let answers = vec![Answer { pending: &case.pending, bytes: &case.bytes }; case.together];
        let threads = NonZeroUsize::new(threads).unwrap();
        let all = || {
            let decisions = finish_many(black_box(&answers), sources, &mut Forgetful, now, threads);
            assert!(decisions.iter().all(|decision| decision.accepted().is_some()));
        };
        fastest(8, 1, &all) / u32::try_from(case.together).unwrap()
    };
    let (one, two) = (together(1), together(2));
    let a_second = |time: Duration| 1.0 / time.as_secs_f64();
    println!(
        "{:<40} {:>8} bytes | floor {floor:>9.1?} | alone {best:>9.1?} ({:.2} of the floor), p50 {:>9.1?}, p99 {:>9.1?} | a second: {:.0} alone, {:.0} of {} together on one thread, {:.0} on two | {} KiB held",
        case.name,
        case.bytes.len(),
        best.as_secs_f64() / floor.as_secs_f64(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        a_second(best),
        a_second(one),
        case.together,
        a_second(two),
        held / 1024,
    );
}

/// Signatures one by one as they are verified, and together as they are not (`spec/decisions/0029`).
fn together() {
    let market = SigningKey::from_seed(&[1; 32]);
    let holder = SigningKey::from_seed(&[2; 32]);
    for count in [4, 28, 400] {
        let signed = |n: usize| {
            let key = if n.is_multiple_of(2) { &market } else { &holder };
            let message = vec![u8::try_from(n % 251).unwrap(); 700];
            let signature = key.sign(&message).to_bytes();
            Signed { message, signature, key: key.verifying_key().to_bytes() }
        };
        let all: Vec<Signed> = (0..count).map(signed).collect();
        let strict = || {
            for one in &all {
                let key = VerifyingKey::from_bytes(&one.key).unwrap();
                key.verify(&one.message, &Signature::from_slice(&one.signature).unwrap()).unwrap();
            }
        };
        let rng = std::cell::RefCell::new(StdRng::seed_from_u64(1));
        let sum = || assert!(hold_together(&all, &mut *rng.borrow_mut()));
        let order = || assert!(all_of_prime_order(&all));
        println!(
            "{count} signatures of two keys: strictly one by one {:?}; together {:?}; whether every R is of prime order {:?}",
            fastest(20, 2, &strict),
            fastest(20, 2, &sum),
            fastest(20, 2, &order),
        );
    }
}

fn main() {
    let market = || "bitcoin-alpha".parse().unwrap();
    report(&plain("a plain standing", 0, Query::standing(market()).unwrap()));
    report(&plain("a standing and one rating", 1, Query::ratings(market(), 1).unwrap()));
    report(&plain("a standing and 12 ratings of 195", 12, Query::ratings(market(), 12).unwrap()));
    report(&Case {
        together: 8,
        ..plain("a standing and all 195 ratings", 195, Query::complete(market()).unwrap())
    });
    report(&private());
    together();
}
