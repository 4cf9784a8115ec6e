//! Epoch records and their chain: `spec/text/epoch.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("epoch").done()
}
