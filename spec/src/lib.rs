//! The formats of Faam: types, encodings, limits and domain strings.
//!
//! Faam lets a person hold signed ratings from many markets and prove things about them. This package is what all others
//! stand on. It is pure and synchronous: no input or output, no clock, no source of chance; time and randomness are
//! arguments. The prose for the same formats is in `spec/text`.
//!
//! | to read about | look at |
//! |---|---|
//! | who signs and asks | [`did`], [`key`], [`signed`] |
//! | a market's records | [`ledger`], [`tree`], [`epoch`], [`status`] |
//! | what a holder keeps | [`rating`], [`standing`], [`sdjwt`] |
//! | asking and answering | [`query`], [`request`], [`presentation`], [`decision`], [`receipt`] |
//! | how it travels | [`link`], [`offer`], [`wire`], [`peer`] |
//! | codes, bounds and names | [`reason`], [`exit`], [`limits`], [`domain`] |
//!
//! Text from outside is bounded before it is read, read strictly, and refused with a [`reason::Reason`]:
//!
//! ```
//! use faam_spec::link::Link;
//! use faam_spec::reason::Reason;
//!
//! let fault = "faam:offer?v=1".parse::<Link>().unwrap_err();
//! assert_eq!(fault.reason(), Reason::UnsupportedVersion);
//! assert_eq!(fault.reason().code(), "unsupported.version");
//! ```

pub mod decision;
pub mod did;
pub mod domain;
pub mod encoding;
pub mod epoch;
pub mod exit;
pub mod hash;
pub mod jws;
pub mod key;
pub mod ledger;
pub mod limits;
pub mod link;
pub mod name;
pub mod offer;
pub mod peer;
pub mod presentation;
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
