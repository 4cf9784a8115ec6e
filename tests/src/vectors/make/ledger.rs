//! Entries, records, trees, rules, numbers: `spec/text/ledger.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("ledger").done()
}
