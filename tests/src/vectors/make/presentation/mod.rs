//! The answer to a request: `spec/text/presentation.md`.

mod binding;
mod private;
mod query;
mod ratings;
mod replies;
mod shape;
mod standing;

use super::Cases;
use super::fixtures_shown::World;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("presentation");
    let world = World::new("alpha", 1);
    shape::cases(&mut cases, &world);
    standing::cases(&mut cases, &world);
    ratings::cases(&mut cases, &world);
    replies::cases(&mut cases, &world);
    query::cases(&mut cases, &world);
    binding::cases(&mut cases, &world);
    private::cases(&mut cases, &world);
    cases.done()
}
