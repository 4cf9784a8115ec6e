//! Many proofs at once: the bad ones are found exactly, whatever is wrong with them, and no good one is taken for bad.
//!
//! `FAAM_CROSSING=10000` for so many random batches, in the place of a few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod common;

use std::num::NonZeroUsize;

use affinidi_bbs::generators::{point_from_bytes, point_to_bytes};
use common::Mocked;
use common::case::{Asked, Case};
use faam_spec::bbs::{
    Bbs, BbsError, BbsSignature, Entropy, NymSecrets, Opening, Proven, Showing, Shown, Signed,
};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// A proof with what it is of, and what verifying it alone says.
struct Held {
    case: Case,
    asked: Asked,
    proven: Proven,
    alone: Result<(), BbsError>,
}

impl Held {
    fn new(bbs: &dyn Bbs, case: Case, asked: Asked, proven: Proven) -> Self {
        let alone = case.shown(&asked, &proven, |shown| bbs.verify_proof(&shown));
        Self { case, asked, proven, alone }
    }
}

/// Gives a batch of these to a backend.
fn together(bbs: &dyn Bbs, held: &[&Held], threads: usize) -> Vec<Result<(), BbsError>> {
    let parts: Vec<_> = held
        .iter()
        .map(|held| {
            let at = |at: &usize| (*at, held.case.messages[*at].as_slice());
            let committed_at = |at: &usize| (*at, held.case.committed[*at].as_slice());
            let disclosed: Vec<_> = held.asked.disclosed.iter().map(at).collect();
            let committed: Vec<_> = held.asked.disclosed_committed.iter().map(committed_at).collect();
            (held, disclosed, committed)
        })
        .collect();
    let shown: Vec<Shown<'_>> = parts
        .iter()
        .map(|(held, disclosed, committed)| Shown {
            key: &held.case.pair.public,
            header: &held.case.header,
            presentation_header: &held.asked.presentation_header,
            messages_total: held.case.messages.len(),
            disclosed,
            disclosed_committed: committed,
            pseudonym: held.proven.pseudonym.as_ref().map(|pseudonym| (pseudonym, &*held.asked.context)),
            proof: &held.proven.proof,
        })
        .collect();
    bbs.verify_proofs(&shown, NonZeroUsize::new(threads).unwrap())
}

/// Good proofs of several markets, and bad ones of every kind: malformed; with a wrong challenge; and with the right challenge, where
/// only the pairings tell.
fn proofs(bbs: &dyn Bbs) -> (Vec<Held>, Vec<Held>) {
    let rng = &mut StdRng::seed_from_u64(21);
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let (messages, committed) = (rng.gen_range(1..8), rng.gen_range(0..2));
        let mut case = Case::new(bbs, rng, messages, committed);
        let asked = Asked::new(rng, &case);
        let mut proven = case.prove(bbs, rng, &asked);
        match number {
            0..=3 => {}
            4 => proven.proof[0] ^= 0x20,
            5 => drop(proven.proof.pop()),
            6 => proven.proof[150] ^= 1,
            7 => case.header.push(1),
            // Signed by nobody: the proof of a signature that does not verify. Its challenge is right.
            _ => {
                case.entropy =
                    Entropy::from_bytes(common::sum(case.entropy.as_bytes(), &common::modulo(&[1])));
                proven = case.prove(bbs, rng, &asked);
            }
        }
        let held = Held::new(bbs, case, asked, proven);
        if number < 4 {
            assert_eq!(held.alone, Ok(()), "{number}");
            good.push(held);
        } else {
            let expected = if number < 6 { BbsError::Malformed } else { BbsError::Refused };
            // A flipped sign of a point is another point.
            let expected = if number == 4 { BbsError::Refused } else { expected };
            assert_eq!(held.alone, Err(expected), "{number}");
            bad.push(held);
        }
    }
    (good, bad)
}

#[test]
fn a25_bad_proofs_of_a_batch_are_found_exactly() {
    for bbs in faam_bbs::backends() {
        let (good, bad) = proofs(bbs);
        let slow = bbs.name() == "affinidi-bbs";
        let rounds =
            std::env::var("FAAM_CROSSING").map_or(if slow { 1 } else { 60 }, |text| text.parse().unwrap());
        let rng = &mut StdRng::seed_from_u64(22);
        assert_eq!(together(bbs, &[], 1), []);
        for round in 0..rounds {
            let count = rng.gen_range(1..if slow { 6 } else { 30 });
            // From none that is bad to nearly all of them.
            let share = [0.0, 0.05, 0.3, 0.9, 1.0][round % 5];
            let held: Vec<&Held> = (0..count)
                .map(|_| {
                    let of = if rng.gen_bool(share) { &bad } else { &good };
                    &of[rng.gen_range(0..of.len())]
                })
                .collect();
            let alone: Vec<_> = held.iter().map(|held| held.alone).collect();
            let threads = rng.gen_range(1..5);
            assert_eq!(together(bbs, &held, threads), alone, "round {round}, {}", bbs.name());
        }
    }
}

/// More proofs than are held at once, with one that is bad, some, and only such; on any number of threads that is asked for.
#[test]
fn a26_a_batch_of_any_size_has_the_same_answers() {
    let bbs = &faam_bbs::Blst::new();
    let (good, bad) = proofs(bbs);
    for (every, threads) in [(usize::MAX, usize::MAX), (300, 1), (7, 64), (1, 3)] {
        let held: Vec<&Held> = (1..=300)
            .map(
                |at: usize| {
                    if at.is_multiple_of(every) { &bad[at % bad.len()] } else { &good[at % good.len()] }
                },
            )
            .collect();
        let alone: Vec<_> = held.iter().map(|held| held.alone).collect();
        assert_eq!(together(bbs, &held, threads), alone, "one of {every} is bad");
    }
}

/// Two proofs whose faults are each other's opposite: without weights, or with the same for both, they would be taken together.
#[test]
fn a25_faults_that_cancel_are_found() {
    for bbs in faam_bbs::backends() {
        let rng = &mut StdRng::seed_from_u64(23);
        let case = Case::new(bbs, rng, 3, 0);
        let asked = Asked { disclosed: vec![1], ..Asked::new(rng, &case) };
        let point = |bytes: &[u8]| point_from_bytes(bytes.try_into().unwrap()).unwrap();
        let (a, fault) =
            (point(&case.signature.as_bytes()[..48]), point(&bbs.generators(b"a fault", 1).unwrap()[0]));
        let secrets = NymSecrets { blind: &case.blind, prover_nym: &case.prover_nym, entropy: &case.entropy };
        let made = |a: [u8; 48]| {
            let mut signature = *case.signature.as_bytes();
            signature[..48].copy_from_slice(&a);
            let signature = BbsSignature::from_bytes(signature);
            let messages = common::case::refs(&case.messages);
            let signed = Signed {
                key: &case.pair.public,
                signature: signature.as_bytes(),
                header: &case.header,
                messages: &messages,
                opening: Opening::Nym(&[], &secrets),
            };
            let showing = Showing {
                presentation_header: &asked.presentation_header,
                disclosed: &asked.disclosed,
                disclosed_committed: &[],
                context: Some(&asked.context),
            };
            // The same r1 and r2 for both, so that their faults are of one size.
            let mut rng = Mocked::new(b"a seed", b"a tag", 5 + 4);
            let proven = bbs.prove(&signed, &showing, &mut rng).unwrap();
            let alone = case.shown(&asked, &proven, |shown| bbs.verify_proof(&shown));
            (proven, alone)
        };
        let parts = [
            made(point_to_bytes(&(a + fault))),
            made(point_to_bytes(&(a - fault))),
            made(point_to_bytes(&a)),
        ];
        assert_eq!(
            parts.each_ref().map(|(_, alone)| *alone),
            [Err(BbsError::Refused), Err(BbsError::Refused), Ok(())]
        );
        let disclosed = [(1, case.messages[1].as_slice())];
        let shown = |(proven, _): &'_ (Proven, _)| (proven.proof.clone(), proven.pseudonym.unwrap());
        let parts = parts.each_ref().map(shown);
        let shown = [0, 1, 2, 0, 1].map(|part: usize| Shown {
            key: &case.pair.public,
            header: &case.header,
            presentation_header: &asked.presentation_header,
            messages_total: 3,
            disclosed: &disclosed,
            disclosed_committed: &[],
            pseudonym: Some((&parts[part].1, &asked.context)),
            proof: &parts[part].0,
        });
        let (bad, good) = (Err(BbsError::Refused), Ok(()));
        let one = NonZeroUsize::new(1).unwrap();
        assert_eq!(bbs.verify_proofs(&shown, one), [bad, bad, good, bad, bad], "{}", bbs.name());
        assert_eq!(bbs.verify_proofs(&shown[..2], one), [bad, bad], "{}", bbs.name());
    }
}
