//! An allocator and a backend of BBS that count for each thread what is asked of them.
#![allow(unsafe_code, reason = "only an allocator sees what is allocated, and its trait is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroUsize;

use faam_spec::bbs::{
    Bbs, BbsError, BbsPublicKey, BbsSignature, Blinded, Commitment, Hidden, KeyPair, POINT_BYTES, Proven,
    SCALAR_BYTES, SecretScalar, Showing, Shown, Signed,
};
use faam_spec::counted;
use rand_core::CryptoRngCore;

struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static PROOFS: Cell<usize> = const { Cell::new(0) };
    static POINTS: Cell<usize> = const { Cell::new(0) };
}

fn add(cell: &'static std::thread::LocalKey<Cell<usize>>, by: usize) {
    cell.set(cell.get().wrapping_add(by));
}

// SAFETY: everything is handed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get().wrapping_add(layout.size());
        HELD.set(held);
        MOST.set(MOST.get().max(held));
        add(&BYTES, layout.size());
        add(&CALLS, 1);
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

/// What something cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Most bytes that were held at once beyond what was held before.
    pub(crate) peak: usize,
    /// Bytes that were allocated, and how often.
    pub(crate) allocated: usize,
    pub(crate) allocations: usize,
    /// Signatures that were verified, and the bytes that they were over.
    pub(crate) signatures: usize,
    pub(crate) signed_bytes: usize,
    /// Proofs that were verified, two pairings each, and points that were looked at before.
    pub(crate) proofs: usize,
    pub(crate) points: usize,
}

impl Cost {
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            peak: self.peak.max(other.peak),
            allocated: self.allocated.max(other.allocated),
            allocations: self.allocations.max(other.allocations),
            signatures: self.signatures.max(other.signatures),
            signed_bytes: self.signed_bytes.max(other.signed_bytes),
            proofs: self.proofs.max(other.proofs),
            points: self.points.max(other.points),
        }
    }
}

/// What `run` gives and costs on this thread.
pub(crate) fn cost<T>(run: impl FnOnce() -> T) -> (T, Cost) {
    let before = HELD.get();
    MOST.set(before);
    [&BYTES, &CALLS, &PROOFS, &POINTS].iter().for_each(|cell| cell.set(0));
    let _ = counted::take();
    let made = run();
    let counted::Counted { signatures, signed_bytes } = counted::take();
    let cost = Cost {
        peak: MOST.get() - before,
        allocated: BYTES.get(),
        allocations: CALLS.get(),
        signatures,
        signed_bytes,
        proofs: PROOFS.get(),
        points: POINTS.get(),
    };
    (made, cost)
}

/// The usual backend, with what it is asked counted.
#[derive(Debug)]
pub(crate) struct CountingBbs;

impl Bbs for CountingBbs {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn key_pair(&self, material: &[u8], info: &[u8]) -> Result<KeyPair, BbsError> {
        faam_bbs::backend().key_pair(material, info)
    }

    fn public_key(&self, secret: &SecretScalar) -> Result<BbsPublicKey, BbsError> {
        faam_bbs::backend().public_key(secret)
    }

    fn hash_to_scalar(&self, message: &[u8], dst: &[u8]) -> Result<[u8; SCALAR_BYTES], BbsError> {
        faam_bbs::backend().hash_to_scalar(message, dst)
    }

    fn generators(&self, api_id: &[u8], count: usize) -> Result<Vec<[u8; POINT_BYTES]>, BbsError> {
        faam_bbs::backend().generators(api_id, count)
    }

    fn check_points(&self, points: &[&[u8; POINT_BYTES]]) -> Result<(), BbsError> {
        add(&POINTS, points.len());
        faam_bbs::backend().check_points(points)
    }

    fn check_key(&self, key: &BbsPublicKey) -> Result<(), BbsError> {
        add(&POINTS, 1);
        faam_bbs::backend().check_key(key)
    }

    fn commit(
        &self,
        hidden: &Hidden<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(Vec<u8>, SecretScalar), BbsError> {
        faam_bbs::backend().commit(hidden, rng)
    }

    fn check_commitment(&self, commitment: &Commitment) -> Result<(), BbsError> {
        faam_bbs::backend().check_commitment(commitment)
    }

    fn sign(
        &self,
        key: &KeyPair,
        header: &[u8],
        messages: &[&[u8]],
        blinded: &Blinded<'_>,
    ) -> Result<BbsSignature, BbsError> {
        faam_bbs::backend().sign(key, header, messages, blinded)
    }

    fn verify(&self, signed: &Signed<'_>) -> Result<(), BbsError> {
        faam_bbs::backend().verify(signed)
    }

    fn prove(
        &self,
        signed: &Signed<'_>,
        showing: &Showing<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Proven, BbsError> {
        faam_bbs::backend().prove(signed, showing, rng)
    }

    fn verify_proof(&self, shown: &Shown<'_>) -> Result<(), BbsError> {
        add(&PROOFS, 1);
        faam_bbs::backend().verify_proof(shown)
    }

    fn verify_proofs(&self, shown: &[Shown<'_>], threads: NonZeroUsize) -> Vec<Result<(), BbsError>> {
        add(&PROOFS, shown.len());
        faam_bbs::backend().verify_proofs(shown, threads)
    }
}
