//! What a verifier knows and decides: `spec/text/verifying.md`.

mod answer;
mod epochs;
mod trust;

use super::Cases;
use super::fixtures_shown::World;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("verifying");
    let world = World::new("alpha", 1);
    trust::cases(&mut cases, &world);
    epochs::cases(&mut cases, &world);
    answer::cases(&mut cases, &world);
    cases.done()
}
