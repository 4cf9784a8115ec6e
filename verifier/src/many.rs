//! Judging many answers at once: the decisions are those that they get one by one.

use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

use faam_spec::bbs::Bbs;
use faam_spec::private::PreparedProof;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;

use crate::decision::Decision;
use crate::pending::Pending;
use crate::pipeline::Begun;
use crate::sources::{NonceStore, Sources};

/// Most threads that are begun.
const MAX_THREADS: usize = 64;

/// An answer, and the request that it is to.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The request.
    pub pending: &'a Pending,
    /// What came for it.
    pub bytes: &'a [u8],
}

/// Judges many answers with up to so many threads, the caller's among them: of each, in their order, the decision that
/// [`crate::finish`] comes to when they are given to it one after the other with the same `nonces`.
///
/// It is quicker than that by the threads, and by verifying the proofs of all private standings together. What is gathered of all answers is
/// held until the last is judged: whoever takes answers from strangers bounds how many there are.
//= spec/text/verifying.md#REQ-VERIFY-1
//# The same arguments give the same decision.
pub fn finish_many(
    answers: &[Answer<'_>],
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    now: Timestamp,
    threads: NonZeroUsize,
) -> Vec<Decision> {
    finish_many_with_backend(faam_bbs::backend(), answers, sources, nonces, now, threads)
}

/// As [`finish_many`], with another implementation of the signatures of private standings.
pub fn finish_many_with_backend(
    bbs: &dyn Bbs,
    answers: &[Answer<'_>],
    sources: &Sources,
    nonces: &mut dyn NonceStore,
    now: Timestamp,
    threads: NonZeroUsize,
) -> Vec<Decision> {
    let begun = begin_all(bbs, answers, sources, now, threads);
    let proofs: Vec<&PreparedProof> = begun.iter().flat_map(Begun::unproven).collect();
    let proven = PreparedProof::verify_all(bbs, &proofs, threads);
    let mut rest = proven.as_slice();
    let mut decisions = Vec::with_capacity(begun.len());
    for one in begun {
        let (own, others) = rest.split_at(one.unproven().count().min(rest.len()));
        rest = others;
        let mut own = own.iter();
        // As many came back as were sent.
        let mut verified =
            |_: &PreparedProof| own.next().cloned().unwrap_or(Err(Fault::new(Reason::Internal, "vp_token")));
        decisions.push(one.end(&mut verified, sources, nonces));
    }
    decisions
}

/// Everything of every answer but the proofs and the nonces.
fn begin_all<'a>(
    bbs: &dyn Bbs,
    answers: &[Answer<'a>],
    sources: &Sources,
    now: Timestamp,
    threads: NonZeroUsize,
) -> Vec<Begun<'a>> {
    let begin = |answer: &Answer<'a>| Begun::new(bbs, answer.pending, answer.bytes, sources, now);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(answer) = answers.get(at) else { return done };
            done.push((at, begin(answer)));
        }
    };
    let more = threads.get().min(answers.len()).min(MAX_THREADS).saturating_sub(1);
    let mut all: Vec<Option<Begun<'a>>> = answers.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let begun = (0..more).map_while(|_| Builder::new().spawn_scoped(scope, work).ok());
        let others: Vec<_> = begun.collect();
        let mut done = vec![work()];
        done.extend(others.into_iter().filter_map(|thread| thread.join().ok()));
        for (at, one) in done.into_iter().flatten() {
            if let Some(place) = all.get_mut(at) {
                *place = Some(one);
            }
        }
    });
    // What a thread took and did not bring back is done here.
    all.into_iter().zip(answers).map(|(one, answer)| one.unwrap_or_else(|| begin(answer))).collect()
}
