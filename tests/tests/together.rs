//! Why signatures are verified one by one: verified together, some pass that strict verification refuses, by chance.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use faam_spec::key::{Signature, SigningKey, VerifyingKey};
use faam_tests::together::{Signed, all_of_prime_order, hold_together, off_by_eight};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

fn strict(signed: &Signed) -> bool {
    let key = VerifyingKey::from_bytes(&signed.key).unwrap();
    key.verify(&signed.message, &Signature::from_slice(&signed.signature).unwrap()).is_ok()
}

//= spec/text/README.md#REQ-GEN-14
//= type=test
//# the equation is checked without the cofactor.
#[test]
fn a02_signatures_verified_together_pass_by_chance_where_strict_verification_refuses() {
    let mut rng = StdRng::seed_from_u64(1);
    let good = |seed: u8| {
        let key = SigningKey::from_seed(&[seed; 32]);
        let message = vec![seed; 300];
        let signature = key.sign(&message).to_bytes();
        Signed { message, signature, key: key.verifying_key().to_bytes() }
    };
    let mut all: Vec<Signed> = (1..26).map(good).collect();
    assert!(all.iter().all(strict) && hold_together(&all, &mut rng) && all_of_prime_order(&all));
    all.push(off_by_eight(&[99; 32], b"what a market signed"));
    assert!(!strict(all.last().unwrap()) && !all_of_prime_order(&all));
    // One in eight weights takes the point of order 8 away.
    let passed = (0..400).filter(|_| hold_together(&all, &mut rng)).count();
    assert!((25..=80).contains(&passed), "{passed} of 400");
    // A signature that is wrong otherwise never passes.
    all.last_mut().unwrap().message.push(0);
    assert!((0..100).all(|_| !hold_together(&all, &mut rng)));
}
