//! Each requirement that can be broken in an object, proven by its vectors: at least three are refused, and all have the outcome
//! that they state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod credentials;
mod decision;
mod epoch;
mod events;
mod general;
mod grid;
mod ledger;
mod link;
mod names;
mod offer;
mod openid4vp;
mod policy;
mod presentation;
mod private;
mod request;
mod status;
mod verifying;
mod versions;
mod wire;

use std::sync::LazyLock;

use faam_tests::vectors::{Expect, Vector, all, run};

static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| all().unwrap().into_values().collect());

/// Runs every vector of a requirement.
fn prove(requirement: &str) {
    let mut refused = 0;
    for vector in VECTORS.iter().filter(|vector| vector.req == requirement) {
        let came = run::run(vector);
        assert_eq!(came, (vector.expect, vector.reason.clone()), "{}: {}", vector.id, vector.description);
        refused += usize::from(vector.expect != Expect::Accepted);
    }
    assert!(refused >= 3, "{refused} vectors break {requirement}");
}
