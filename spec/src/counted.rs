//! How much was done of what costs most, for tests; only with the feature `counted`, which no program turns on.

use core::cell::Cell;

/// What this thread did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Ed25519 and P-256 signatures that were verified, whether they were good or not.
    pub signatures: usize,
    /// Bytes that these were over.
    pub signed_bytes: usize,
}

thread_local! {
    static COUNTED: Cell<Counted> = const { Cell::new(Counted { signatures: 0, signed_bytes: 0 }) };
}

/// What this thread did since it last asked.
#[must_use]
pub fn take() -> Counted {
    COUNTED.take()
}

pub(crate) fn signature(bytes: usize) {
    let Counted { signatures, signed_bytes } = COUNTED.get();
    COUNTED.set(Counted { signatures: signatures + 1, signed_bytes: signed_bytes + bytes });
}
