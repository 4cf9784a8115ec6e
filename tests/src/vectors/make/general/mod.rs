//! What holds of every object: `spec/text/README.md`.

mod bytes;
mod json;
mod jws;
mod keys;
mod objects;
mod times;

pub(super) use keys::base58;

use super::Cases;
use crate::vectors::Vector;

/// The cases of the page.
#[must_use]
pub fn cases() -> Vec<Vector> {
    let mut cases = Cases::of("general");
    json::cases(&mut cases);
    objects::cases(&mut cases);
    times::cases(&mut cases);
    bytes::cases(&mut cases);
    keys::cases(&mut cases);
    jws::cases(&mut cases);
    cases.done()
}
