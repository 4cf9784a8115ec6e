//! Policies and trust files: how they are read, and what they make of real answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod files;
mod hiding;
mod judged;
mod words;
mod world;
