//! What the backend on `blst` leaves in memory that it frees: no secret scalar, in none of the forms in which it holds them.
//!
//! An allocator looks at every block that is freed while something secret is worked on. The stack is not looked at, nor what C has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    // An allocator is unsafe.
    unsafe_code
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Mutex;

use common::case::{Asked, Case, refs};
use common::{Mocked, expand_message_xmd, modulo, sum};
use faam_bbs::Blst;
use faam_spec::bbs::{Bbs, Blinded, Hidden, Interface, SCALAR_BYTES};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

type Form = [u8; SCALAR_BYTES];

/// What is looked for, and how many freed blocks had it.
static LOOKED_FOR: Mutex<(Vec<Form>, usize)> = Mutex::new((Vec::new(), 0));

thread_local! {
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

struct Looking;

// SAFETY: all is handed to the system's allocator; a block is read only while it is still whole and ours.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that nothing is found twice.
        // SAFETY: the caller keeps to `alloc`'s terms.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Not while it looks itself, or a thread is ending.
        if LOOKING.try_with(|looking| looking.replace(false)).unwrap_or(false) {
            // SAFETY: the block was allocated with this layout, zeroed.
            look(unsafe { std::slice::from_raw_parts(block, layout.size()) });
            LOOKING.with(|looking| looking.set(true));
        }
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

fn look(block: &[u8]) {
    let mut looked_for = LOOKED_FOR.lock().unwrap();
    let (forms, found) = &mut *looked_for;
    *found += usize::from(block.windows(SCALAR_BYTES).any(|window| forms.iter().any(|form| form == window)));
}

/// A scalar as written, the other way round, and as `blst` computes with it: times 2^256.
fn forms(scalar: Form) -> [Form; 3] {
    let mut shifted = scalar.to_vec();
    shifted.extend([0; 32]);
    let reversed = |mut form: Form| {
        form.reverse();
        form
    };
    [scalar, reversed(scalar), reversed(modulo(&shifted))]
}

/// In how many freed blocks one of these was while `work` went on.
fn left_of<T>(scalars: &[Form], work: impl FnOnce() -> T) -> usize {
    *LOOKED_FOR.lock().unwrap() = (scalars.iter().copied().flat_map(forms).collect(), 0);
    LOOKING.set(true);
    let made = work();
    LOOKING.set(false);
    drop(made);
    LOOKED_FOR.lock().unwrap().1
}

#[test]
fn nothing_secret_is_left_in_what_is_freed() {
    let bbs = &Blst::new();
    let rng = &mut StdRng::seed_from_u64(9);
    let case = Case::new(bbs, rng, 6, 2);
    let asked = Asked { disclosed: vec![1], disclosed_committed: vec![], ..Asked::new(rng, &case) };
    let tag = [Interface::Pseudonym.api_id().as_slice(), b"MAP_MSG_TO_SCALAR_AS_HASH_"].concat();
    let scalar_of = |message: &[u8]| bbs.hash_to_scalar(message, &tag).unwrap();
    let (blind, prover_nym) = (*case.blind.as_bytes(), *case.prover_nym.as_bytes());
    let e: Form = case.signature.as_bytes()[48..].try_into().unwrap();
    let mut secrets = vec![blind, prover_nym, sum(&prover_nym, case.entropy.as_bytes()), e];
    secrets.extend(case.messages.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, of)| scalar_of(of)));
    secrets.extend(case.committed.iter().map(|of| scalar_of(of)));
    let masks = |count: usize| -> Vec<Form> {
        let drawn = expand_message_xmd(b"a seed", b"a tag", 48 * count);
        drawn.chunks(48).map(modulo).collect()
    };

    // Of six messages and two that were committed to, the blind and the secret, all but one message are hidden.
    let all = [secrets.clone(), masks(5 + 9)].concat();
    assert_eq!(left_of(&all, || case.prove(bbs, &mut Mocked::new(b"a seed", b"a tag", 5 + 9), &asked)), 0);
    assert_eq!(left_of(&secrets, || case.signed(|signed| bbs.verify(&signed).unwrap())), 0);

    let hidden = refs(&case.committed);
    let hidden = Hidden::Nym(&hidden, &case.prover_nym);
    let all = [secrets.clone(), masks(2 + 3)].concat();
    let commit = || bbs.commit(&hidden, &mut Mocked::new(b"a seed", b"a tag", 2 + 3)).unwrap().0;
    assert_eq!(left_of(&all, commit), 0);

    let (commitment, messages) = (commit(), refs(&case.messages));
    let all = [vec![*case.pair.secret.as_bytes()], secrets].concat();
    let blinded = Blinded::Nym(&commitment, &case.entropy);
    assert_eq!(left_of(&all, || bbs.sign(&case.pair, &case.header, &messages, &blinded).unwrap()), 0);

    // The test of the test: a copy that nobody wipes is found.
    assert_eq!(left_of(&all, || drop(blind.to_vec())), 1);
}
