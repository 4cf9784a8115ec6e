//! What the examples share: parties that run a node's core beside a libp2p host, with a clock that a story can set, and ways to
//! cheat that must not work.
//!
//! The tour (`tour/main.rs`) tells the story; the whole-system tests put the same cheats before real daemons.

pub mod cheats;
pub mod party;

/// Whatever goes wrong, with its sentence.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What the examples' functions give.
pub type Result<T> = std::result::Result<T, Error>;
