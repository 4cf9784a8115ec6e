//! Asking others, as a person: a signed question with a link, and the judgement of what is answered.
//!
//! Specified in `spec/text/asking.md`. No marketplace takes part: the asker's wallet is the verifier.
//!
//! ```text
//! make ──► a question in the vault, and its link ──► Desk: takes messages, opens the vault to judge ──► the decision, kept
//! ```
//! [`make`](make::make) and `judge` are pure but for the vault that they are given. [`desk::Desk`] knows the messages and no network;
//! [`host::Hosting`] runs a peer for each open question.

pub mod desk;
pub mod host;
mod judge;
mod make;
mod preset;

pub use self::make::{AskError, AskTerms, MadeAsk, make, trust_text};
pub use self::preset::Preset;
