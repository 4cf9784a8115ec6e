//! Several daemons that are one verifier, with a real PostgreSQL that the test starts, or the one at `FAAM_TEST_PG`.
//!
//! `FAAM_TEST_PG` is the address of a database in which the tests may make and drop schemas of their own. Without it they look for
//! `initdb` and `postgres`, and where there are none they are skipped with a loud line. `FAAM_TEST_PG_ROUNDS` sets how many requests are
//! answered in the test of the eight daemons.
#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod calling_back;
#[path = "../common/mod.rs"]
mod common;
mod daemons;
mod server;
mod store;
mod tls;
mod wire;
