//! Every decoder of Faam, each as one function that takes any bytes and may never panic.
//!
//! A decoder here reads the bytes, and where they are taken also holds the format to its promises: what was read, written and read
//! again is the same value; where a value has one text, that text was the one; and whatever is done next with what was read (verifying,
//! folding into a ledger, judging) panics as little. A promise that is broken is a panic, which is what a fuzzer looks for.
//!
//! Most formats stand behind a signature that no fuzzer guesses. Their decoders take the bytes first as the whole text, and then as the
//! payload, which they sign with a fixed key themselves, so that the code behind the signature is reached.
//!
//! | who uses it | how |
//! |---|---|
//! | `fuzz/` | one fuzz target for each row of [`DECODERS`] |
//! | `tests/replay.rs` | all inputs of the vectors, own seeds and kept findings, with cheap changes, in every run of the tests |
//! | `tests/memory.rs` | hostile lengths, with what they allocate |
//! | the program `corpus` | writes the inputs that fuzzing begins with |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a broken promise is told"
)]

mod bbs;
mod codecs;
mod credentials;
mod events;
mod exchange;
mod files;
mod fixture;
mod form;
pub mod inputs;
mod private;
mod records;
mod signing;
mod web;

pub use bbs::{bbs_commitment, bbs_proof, bbs_signature};
pub use codecs::{json, link, party, renew, text, tree, wire};
pub use credentials::{rating, sd_jwt, standing};
pub use events::events;
pub use exchange::{decision, finish, presentation, request};
pub use files::{policy_file, trust_file};
pub use private::private;
pub use records::{epoch, ledger, offer, status};
pub use web::{did_document, did_web};

/// A decoder: takes any bytes and never panics.
pub type Decoder = fn(&[u8]);

/// Every decoder under the name of its fuzz target.
pub const DECODERS: &[(&str, Decoder)] = &[
    ("bbs_commitment", bbs_commitment),
    ("bbs_proof", bbs_proof),
    ("bbs_signature", bbs_signature),
    ("decision", decision),
    ("did_document", did_document),
    ("did_web", did_web),
    ("epoch", epoch),
    ("events", events),
    ("finish", finish),
    ("json", json),
    ("ledger", ledger),
    ("link", link),
    ("offer", offer),
    ("party", party),
    ("policy_file", policy_file),
    ("presentation", presentation),
    ("private", private),
    ("rating", rating),
    ("renew", renew),
    ("request", request),
    ("sd_jwt", sd_jwt),
    ("standing", standing),
    ("status", status),
    ("text", text),
    ("tree", tree),
    ("trust_file", trust_file),
    ("wire", wire),
];
