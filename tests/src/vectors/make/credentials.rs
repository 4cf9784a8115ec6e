//! Ratings, standings, key binding: `spec/text/credentials.md`.

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    Cases::of("credentials").done()
}
