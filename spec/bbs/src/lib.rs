//! Backends of [`faam_spec::bbs::Bbs`]: the arithmetic behind private standings.
//!
//! [`backend`] is the one that programs use. It has no state and is shared by all threads.
//!
//! ```
//! use faam_spec::bbs::{Bbs, Blinded, Opening, Signed};
//!
//! # fn main() -> Result<(), faam_spec::bbs::BbsError> {
//! let bbs = faam_bbs::backend();
//! let key = bbs.key_pair(&[7; 32], b"example")?;
//! let messages: [&[u8]; 2] = [b"count>=50 true", b"count>=100 false"];
//! let signature = bbs.sign(&key, b"header", &messages, &Blinded::Nothing)?;
//! let signed = Signed {
//!     key: &key.public, signature: signature.as_bytes(), header: b"header", messages: &messages,
//!     opening: Opening::Nothing,
//! };
//! bbs.verify(&signed)
//! # }
//! ```

mod affinidi;

pub use affinidi::Affinidi;
use faam_spec::bbs::Bbs;

/// The backend that programs use.
#[must_use]
pub fn backend() -> &'static dyn Bbs {
    &Affinidi
}
