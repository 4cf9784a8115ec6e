//! Objects of other versions: `spec/text/versions.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("versions").done()
}
