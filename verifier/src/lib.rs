//! From a presentation to a decision with reasons.
//!
//! A verifier asks with [`start`], stores the [`Pending`], sends the signed request, and judges the answer with [`finish`].
//! Both are pure and synchronous: no network, no clock, no global state; what they rest on is in [`Sources`].
//!
//! Terms: an *issuer* (a market) signs ratings and standings; a *holder* keeps and shows them; the *verifier* is whoever calls this.
//! Trust is for one (issuer, market, role, type).
//!
//! A verifier asks for ratings and standings, or for *private standings* (`Query::milestones`): proofs that milestones such as
//! `count>=50` are reached, under a pseudonym that nobody else is shown. Their facts are in [`Accepted::private`].
//!
//! **In your package.** Everything that the two calls take is re-exported under [`spec`], so that this is the whole of it:
//!
//! ```toml
//! [dependencies]
//! faam-verifier = { path = "../faam/verifier" } # of a clone beside your package: it is on no registry yet
//! rand = "0.8"                                  # `start` takes this version's sources of chance
//! ```
//!
//! That needs a C compiler; `default-features = false, features = ["affinidi"]` does without.
//!
//! **How an answer comes.** This library knows no transport. There are two, and a wallet of ours takes the links of both:
//!
//! | over | who speaks it |
//! |---|---|
//! | HTTP, OpenID4VP 1.0 with `direct_post` (`spec/text/openid4vp.md`) | your service: a route that gives [`SignedRequest::to_post`](spec::request::SignedRequest::to_post), and one that reads [`Posted`](spec::openid4vp::Posted); the link is a [`VpLink`](spec::openid4vp::VpLink) |
//! | libp2p | `faam-node` beside your service, which also judges; its local interface (`spec/text/local-api.md`) is for any language |
//!
//! `examples/backends/rust` is a whole service over HTTP with this library and nothing else of Faam: links, bounds, everything that is
//! kept, the receipt.
//!
//! Whom to believe and what to ask stand in two files that people can read ([`TrustFile`], [`Policy`]; `spec/text/policy.md`), or are written in
//! Rust. `faam-verify policy explain FILE` says a policy back in sentences.
//!
//! A decision says what was verified and who stated it, what was not shown, what no presentation can tell, how old everything is, and what to
//! keep; for people in English or Dutch ([`Decision::explain_in`]), for programs as a document ([`Decision::document`]). Each of its codes
//! has a page: [`Page`](spec::words::Page), `faam-verify explain CODE`.
//!
//! **What has to be kept**, over a restart too:
//!
//! | what | how |
//! |---|---|
//! | who this service is | [`SigningKey::seed`](spec::key::SigningKey::seed), as secret as a password, and [`from_seed`](spec::key::SigningKey::from_seed) |
//! | what was asked | [`Pending::to_bytes`] and [`from_bytes`](Pending::from_bytes), behind [`PendingStore`] |
//! | which requests were answered | behind [`NonceStore`] |
//! | the newest public artefacts that were seen | behind [`SourceCache`]: [`load`](SourceCache::load) before a judgement, [`remember`](SourceCache::remember) after it |
//!
//! For one process the three are here, in memory; on files they are in `examples/backends/rust`; `faam-node` has them
//! on its own store and on PostgreSQL, for several machines. Whoever writes one tests it with `conformance` (a feature of this crate).
//!
//! ```
//! # mod wallet { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/front_page/wallet.rs")); }
//! use std::time::SystemTime;
//! use faam_verifier::spec::{key::SigningKey, peer::PeerId, request::Ask, signed::Signer, time::Timestamp};
//! use faam_verifier::{MemoryNonces, MemorySources, Pending, Policy, SourceCache, TrustFile, finish, start};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let wallet = wallet::Wallet::new(Timestamp::try_from(SystemTime::now())?)?;
//! # let answer_to = |request: &str| wallet.answer(request);
//! # let trust_file = wallet.trust_file();
//! # let policy_file = "v = 0\n[markets]\nof = [\"city-stays\"]\n[standing]\nratings_at_least = 12";
//! let mut sources = TrustFile::parse(&trust_file)?.sources(Policy::parse(policy_file)?); // texts of the two files
//! let (mut nonces, mut seen) = (MemoryNonces::new(), MemorySources::new(sources.histories.clone()));
//! let mut rng = rand::rngs::OsRng;
//! let now = Timestamp::try_from(SystemTime::now())?; // the service's clock: none is read here
//! let me = Signer::from_key(SigningKey::random(&mut rng)); // kept: it is who this service is
//! let peer = PeerId::from_public_key(me.verifying_key().to_bytes()); // a name for where answers are taken
//!
//! let (name, purpose, query) = ("Beta".into(), "To rent out a flat".into(), sources.policy.query()?);
//! let ask = Ask { name, purpose, retention_days: 30, terms: None, query, life: 600 };
//! let (request, pending) = start(ask, peer, &me, now, &mut rng)?;
//! let stored = pending.to_bytes()?; // until the answer comes
//!
//! let bytes = answer_to(request.as_str())?; // the transport: what the wallet shows
//! let pending = Pending::from_bytes(&stored, &sources.histories, now)?;
//! let decision = finish(&pending, &bytes, &sources, &mut nonces, now);
//! seen.remember(&mut sources, decision.document())?; // the next judgement rests on it
//! match decision.accepted() {
//!     Some(accepted) => println!("{} ratings", accepted.facts()[0].numbers.total.all.ratings), // 15
//!     None => println!("{}", decision.explain()),
//! }
//! # assert_eq!(decision.accepted().ok_or(decision.explain())?.facts()[0].numbers.total.all.ratings, 15);
//! # assert_eq!(sources.records.iter().count(), 1);
//! # let again = finish(&pending, &bytes, &sources, &mut nonces, now);
//! # assert_eq!(again.reasons()[0].code.code(), "request.used");
//! # Ok(())
//! # }
//! ```
//!
//! The wallet is told the decision, and a receipt that both keep:
//! [`Receipt::new`](spec::receipt::Receipt::new)`(request, bytes, decision.document()).sign(&me)`, for the request object that the wallet saw,
//! in a [`PresentOutcome`](spec::wire::PresentOutcome).

/// What can make a verifier believe more than it should, if it is given the wrong thing. Nothing else of this crate can: every security
/// input is an argument, and what is left out believes less.
pub mod danger {
    pub use crate::many::finish_many_with_backend;
    pub use crate::pipeline::finish_with_backend;
}

mod belief;
#[cfg(feature = "conformance")]
pub mod conformance;
mod decision;
mod explain;
mod many;
mod pending;
mod pipeline;
pub mod policy;
mod private;
mod ratings;
mod sources;
mod stores;
mod trust;
mod trust_file;

pub use belief::Unbelieved;
pub use decision::{Accepted, Decision};
pub use explain::{explain, explain_in, explain_with};
pub use faam_spec as spec;
pub use faam_spec::words::Lang;
pub use many::{Answer, finish_many};
pub use pending::{Pending, start};
pub use pipeline::finish;
pub use policy::{FileError, IssuerGone, Policy};
pub use sources::{
    EpochRecords, Fork, MemoryNonces, NonceStore, NonceStoreError, Notice, NoticeKind, Sources, StatusLists,
};
pub use stores::{MemoryPendings, MemorySources, PendingStore, SourceCache, StoreError, Waiting};
pub use trust::{AnyRole, Hint, Near, Part, Roles, StatementType, Trust, TrustEntry, Wanted};
pub use trust_file::TrustFile;

/// What a service keeps or hands from thread to thread can be: nothing here is bound to one, and nothing is global.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Pending>();
    is_send_and_sync::<Sources>();
    is_send_and_sync::<Policy>();
    is_send_and_sync::<TrustFile>();
    is_send_and_sync::<Decision>();
    is_send_and_sync::<Accepted<'static>>();
    is_send_and_sync::<MemoryNonces>();
    is_send_and_sync::<FileError>();
    is_send_and_sync::<faam_spec::signed::Signer>();
    is_send_and_sync::<&dyn faam_spec::bbs::Bbs>();
};
