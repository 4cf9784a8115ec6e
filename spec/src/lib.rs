//! The formats of Faam: types, encodings, limits and domain strings.
//!
//! Faam lets a person hold signed ratings from many markets and prove things about them. This package is what all others
//! stand on. It is pure and synchronous: no input or output, no clock, no source of chance; time (`now`) and randomness
//! (`rng`) are arguments.
//!
//! # For a second implementation
//!
//! None of this code is needed to write one. In the same folder `spec` are:
//!
//! | what | where |
//! |---|---|
//! | the formats byte by byte, in numbered requirements (`REQ-…`); begin with its `README.md` | `spec/text` |
//! | a JSON Schema for every JSON object | `spec/schemas` |
//! | cases for any implementation: what is read, at what time, and what comes of it, with its code | `spec/vectors` |
//! | a program that takes any object apart: `cargo run -p faam-spec --example inspect FILE` | `spec/examples/inspect.rs`, [`inspect`] |
//! | why the formats are as they are | `spec/decisions` |
//!
//! The front page of each module names the pages that it follows, and what implements a requirement says so in its last
//! line. Above the lines of code themselves the requirement is quoted (`//= spec/text/…#REQ-…`). Numbers such as
//! A14 are those of attacks, in `tests/attacks.toml`.
//!
//! # What is where
//!
//! | to read about | look at |
//! |---|---|
//! | who signs and asks | [`did`], [`key`], [`signed`], [`jws`] |
//! | a market's records | [`ledger`], [`tree`], [`epoch`], [`status`], [`scale`] |
//! | what a holder keeps | [`rating`], [`standing`], [`sdjwt`] |
//! | private standings | [`grid`], [`private`], [`bbs`] |
//! | asking and answering | [`query`], [`request`], [`presentation`], [`decision`], [`receipt`] |
//! | how it travels | [`link`], [`offer`], [`wire`], [`peer`] |
//! | how values are written | [`encoding`], [`hash`], [`name`], [`time`] |
//! | codes, bounds and domain strings | [`reason`], [`exit`], [`limits`], [`domain`] |
//!
//! # Reading and refusing
//!
//! Text from outside is bounded before it is read, read strictly, and refused with a [`reason::Fault`], whose
//! [`reason::Reason`] is one stable code of `spec/text/codes.md`. Sizes are in bytes of UTF-8, times in whole seconds and
//! Unix seconds, days in UTC, indices from 0, unless an item says otherwise. An item's `# Errors` names the codes that can
//! come of it.
//!
//! ```
//! use faam_spec::presentation::Presentation;
//! use faam_spec::reason::Reason;
//!
//! # fn main() -> Result<(), faam_spec::reason::Fault> {
//! let empty = Presentation::parse(br#"{"v":0,"vp_token":{},"ledgers":[]}"#)?;
//! assert!(empty.ledgers.is_empty());
//!
//! // Nothing that is not understood is skipped, and a later version is refused whole.
//! let later = Presentation::parse(br#"{"v":1,"vp_token":{},"ledgers":[],"more":true}"#);
//! let fault = later.unwrap_err();
//! assert_eq!(fault.reason(), Reason::UnsupportedVersion);
//! assert_eq!(fault.reason().code(), "unsupported.version");
//! assert!(!fault.reason().retryable());
//! # Ok(())
//! # }
//! ```

pub mod bbs;
mod bytes;
pub mod client;
#[cfg(feature = "counted")]
pub mod counted;
pub mod decision;
pub mod did;
pub mod domain;
pub mod encoding;
pub mod epoch;
pub mod erasure;
pub mod exit;
pub mod grid;
pub mod hash;
pub mod inspect;
pub mod jws;
pub mod key;
pub mod ledger;
pub mod limits;
pub mod link;
pub mod name;
pub mod offer;
pub mod openid4vp;
pub mod peer;
pub mod presentation;
pub mod private;
pub mod query;
pub mod rating;
pub mod reason;
pub mod receipt;
pub mod request;
pub mod scale;
pub mod sdjwt;
pub mod signed;
pub mod standing;
pub mod status;
pub mod time;
pub mod tree;
pub mod wire;
pub mod words;
