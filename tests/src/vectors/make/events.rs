//! Events: `spec/text/events.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("events").done()
}
