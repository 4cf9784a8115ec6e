//! What holds for every object: `spec/text/README.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("general").done()
}
