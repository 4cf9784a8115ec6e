//! Status lists: `spec/text/status.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("status").done()
}
