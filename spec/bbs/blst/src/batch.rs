//! Many proofs verified at once.
//!
//! A proof's pairings say e(Abar, W) = e(Bbar, P2). With a weight ρ for each proof, e(Σ ρ·Abar, W) = e(Σ ρ·Bbar, P2) for one key,
//! and products of such for several, are wrong with a chance of 2^-128 at most when any of them is wrong, because all points are
//! of groups of prime order. The weights come from hashing all points and keys that they weigh, so that whoever makes proofs
//! cannot know them before.

use core::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use faam_spec::bbs::{BbsError, POINT_BYTES, PUBLIC_KEY_BYTES, Shown};

use crate::Blst;
use crate::curve::{Affine, Lines, Scalar, expand, pairings_cancel};
use crate::verify::{Equation, equation};

/// Bits of a weight.
const WEIGHT_BITS: usize = 128;
/// Most proofs whose equations are held at once by a thread; those of as many keys have 5 MB of lines.
const PIECE: usize = 256;
/// Fewest proofs for which a thread is begun: fewer are verified sooner than it pays.
const SHARE: usize = 8;
/// Most threads.
const THREADS: usize = 64;
/// How many parts of a piece may turn out not to hold before each proof that is left is judged alone: one culprit among 256 makes
/// nine, and where there are many, halving finds them no sooner.
const FAILURES: usize = 9;
/// Under which weights are hashed; they never leave the program.
const WEIGHT_TAG: &[u8] = b"FAAM_BBS_BATCH_WEIGHT_";

/// Proofs, and where their answers go.
type Part<'a, 's> = (&'a [Shown<'s>], &'a mut [Result<(), BbsError>]);

/// Where a proof of a batch stands, and what is left to be verified of it.
struct Weighed {
    place: usize,
    weight: Scalar,
    equation: Equation,
}

/// Verifies proofs on so many threads, and fewer where the system has none; the answers in their order.
pub(crate) fn verify(blst: &Blst, shown: &[Shown<'_>], threads: NonZeroUsize) -> Vec<Result<(), BbsError>> {
    // What a thread does not come to say is refused.
    let mut answers = vec![Err(BbsError::Refused); shown.len()];
    let share = shown.len().div_ceil(threads.get().min(THREADS)).max(SHARE);
    let mut parts = shown.chunks(share).zip(answers.chunks_mut(share));
    let Some((own, own_answers)) = parts.next() else { return answers };
    let parts: Vec<_> = parts.map(Mutex::new).collect();
    let work = |part: &Mutex<Part<'_, '_>>| {
        // Whoever panicked with it has left refusals.
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let (shown, answers) = &mut *part;
        verify_pieces(blst, shown, answers);
    };
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        let mut here = Vec::new();
        for part in &parts {
            match Builder::new().spawn_scoped(scope, move || work(part)) {
                Ok(thread) => running.push(thread),
                Err(_) => here.push(part),
            }
        }
        verify_pieces(blst, own, own_answers);
        here.into_iter().for_each(work);
        for thread in running {
            let _ = thread.join();
        }
    });
    answers
}

fn verify_pieces(blst: &Blst, shown: &[Shown<'_>], answers: &mut [Result<(), BbsError>]) {
    for (shown, answers) in shown.chunks(PIECE).zip(answers.chunks_mut(PIECE)) {
        verify_part(blst, shown, answers);
    }
}

fn verify_part(blst: &Blst, shown: &[Shown<'_>], answers: &mut [Result<(), BbsError>]) {
    let mut input = Vec::with_capacity(shown.len() * (PUBLIC_KEY_BYTES + 2 * POINT_BYTES));
    let mut left = Vec::with_capacity(shown.len());
    for (place, (shown, answer)) in shown.iter().zip(answers.iter_mut()).enumerate() {
        match equation(blst, shown) {
            Ok(equation) => {
                input.extend_from_slice(shown.key.as_bytes());
                input.extend(shown.proof.iter().take(2 * POINT_BYTES));
                left.push(Weighed { place, weight: Scalar::ONE, equation });
            }
            Err(error) => *answer = Err(error),
        }
    }
    let Some(seed) = expand(&input, WEIGHT_TAG) else { return };
    for (number, weighed) in left.iter_mut().enumerate() {
        let input = [seed.as_slice(), &(number as u64).to_be_bytes()].concat();
        let Some(bytes) = expand(&input, WEIGHT_TAG) else { return };
        let (bytes, _) = bytes.as_chunks::<16>();
        weighed.weight = Scalar::short(bytes.first().copied().unwrap_or_default());
    }
    let mut failures = FAILURES;
    settle(blst, &left, answers, &mut failures);
}

/// Answers for proofs that all hold, or finds those that do not by halving, while so many more parts may fail.
fn settle(blst: &Blst, part: &[Weighed], answers: &mut [Result<(), BbsError>], failures: &mut usize) {
    let mut answer = |weighed: &Weighed, with| {
        if let Some(answer) = answers.get_mut(weighed.place) {
            *answer = with;
        }
    };
    if part.len() > 1 {
        if all_hold(blst, part) {
            part.iter().for_each(|weighed| answer(weighed, Ok(())));
            return;
        }
        if let Some(left) = failures.checked_sub(1) {
            *failures = left;
            let (first, second) = part.split_at(part.len() / 2);
            settle(blst, first, answers, failures);
            settle(blst, second, answers, failures);
            return;
        }
    }
    for one in part {
        answer(one, if one.equation.holds(blst) { Ok(()) } else { Err(BbsError::Refused) });
    }
}

/// Whether the weighted product of all equations is one: as many Miller loops as there are keys, and one more.
fn all_hold(blst: &Blst, part: &[Weighed]) -> bool {
    let mut keys: Vec<(&Arc<Lines>, Vec<&Weighed>)> = Vec::new();
    for weighed in part {
        match keys.iter_mut().find(|(key, _)| Arc::ptr_eq(key, &weighed.equation.key)) {
            Some((_, of)) => of.push(weighed),
            None => keys.push((&weighed.equation.key, vec![weighed])),
        }
    }
    let sum = |part: &mut dyn Iterator<Item = (Affine, Scalar)>| {
        let terms: Vec<_> = part.collect();
        Affine::multiply_sum(&terms, WEIGHT_BITS)
    };
    let right = sum(&mut part.iter().map(|of| (of.equation.bbar, of.weight)));
    let left = keys.iter().map(|(key, part)| {
        let left = sum(&mut part.iter().map(|of| (of.equation.abar, of.weight)));
        (left.to_affine(), key.as_ref())
    });
    pairings_cancel(left.chain([((-right).to_affine(), blst.generator_lines())]))
}
