//! Backends of [`faam_spec::bbs::Bbs`]: the arithmetic behind private standings.
//!
//! | feature | backend | what |
//! |---|---|---|
//! | `blst` (on by default) | `Blst` of `faam-bbs-blst` | on the curve of `blst`, in C and assembler: fast |
//! | `affinidi` | `Affinidi` | on `affinidi-bbs`, in Rust alone: slow, and the reference for every other one |
//!
//! [`backend`] is the one that programs use. What is signed or proven by one is verified by the other.
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

#[cfg(feature = "affinidi")]
mod affinidi;

#[cfg(feature = "affinidi")]
pub use affinidi::Affinidi;
#[cfg(feature = "blst")]
pub use faam_bbs_blst::Blst;
use faam_spec::bbs::Bbs;

#[cfg(not(any(feature = "blst", feature = "affinidi")))]
compile_error!("faam-bbs needs a backend: the feature `blst`, or `affinidi`");

/// The backend that programs use: the one on `blst` where it is built, and else the one on `affinidi-bbs`.
///
/// There is one for all threads of a program: what it derives once is shared.
#[must_use]
pub fn backend() -> &'static dyn Bbs {
    #[cfg(feature = "blst")]
    {
        static BLST: Blst = Blst::new();
        &BLST
    }
    #[cfg(not(feature = "blst"))]
    &Affinidi
}

/// All backends that are built, by which tests compare them.
#[must_use]
pub fn backends() -> Vec<&'static dyn Bbs> {
    vec![
        #[cfg(feature = "blst")]
        backend(),
        #[cfg(feature = "affinidi")]
        &Affinidi,
    ]
}
