//! Fetches from the web what Faam needs of others, behind a guard.
//!
//! Addresses come from strangers: from a request, a credential, a DID. A [`Fetcher`] goes only to public hosts, over HTTPS, and
//! takes only so much, in so much time:
//!
//! - **Where to.** `https` alone, to a host with a public name, or an IP address that is on the public network. The host is
//!   looked up once; every address found is looked at, and the connection goes to what was looked at. Redirects are followed
//!   on the same origin only.
//! - **How much.** Head, body, time and redirects are bounded ([`limits`]); nothing that is compressed is taken.
//! - **What it tells.** No cookies, no credentials, no name or version of a program; no proxy, whatever the environment says.
//!
//! What is weaker has a name that begins with `danger`.
//!
//! ```no_run
//! use faam_fetch::{Accept, Fetcher, Roots, WebUrl};
//!
//! let fetcher = Fetcher::new(&Roots::platform());
//! let url: WebUrl = "https://market.example/terms.json".parse()?;
//! let terms = fetcher.get(&url, &Accept::new(&["application/json"], 64 * 1024))?;
//! assert!(terms.body().len() <= 64 * 1024);
//! # Ok::<(), faam_fetch::FetchError>(())
//! ```
//!
//! Specified in `spec/text/fetching.md`.

mod address;
pub mod did_web;
mod error;
mod fetcher;
mod guard;
pub mod issuer;
pub mod limits;
mod lookup;
pub mod metadata;
mod roots;
mod url;
pub mod x509;

pub use address::special;
pub use error::{FetchError, RedirectFault, RootsFault, UrlFault};
pub use fetcher::{Accept, Fetched, Fetcher};
pub use lookup::{Lookup, SystemLookup};
pub use roots::Roots;
pub use url::WebUrl;
