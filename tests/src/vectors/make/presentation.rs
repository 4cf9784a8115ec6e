//! Answers before the verifier: `spec/text/presentation.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("presentation").done()
}
