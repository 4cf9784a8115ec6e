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
//! A wallet answers over libp2p. To receive answers, run `faam-node` beside your service and use its local interface
//! (`spec/text/local-api.md`), which does all of this; or put this library behind a transport of your own.
//!
//! Whom to believe and what to ask stand in two files that people can read ([`TrustFile`], [`Policy`]; `spec/text/policy.md`), or are written in
//! Rust. `faam-verify policy explain FILE` says a policy back in sentences.
//!
//! A decision says what was verified and who stated it, what was not shown, what no presentation can tell, how old everything is, and what to
//! keep; for people in English or Dutch ([`Decision::explain_in`]), for programs as a document ([`Decision::document`]). Each of its codes
//! has a page: [`faam_spec::words::Page`], `faam-verify explain CODE`.
//! What has to be kept between the two is behind three traits: [`NonceStore`] (which requests were answered), [`PendingStore`] (what was
//! asked) and [`SourceCache`] (the newest public artefacts that were seen). For one process they are here, in memory; `faam-node` has them
//! on its own store and on PostgreSQL, for several machines. Whoever writes one tests it with `conformance` (a feature of this crate).
//!
//! ```
//! use faam_spec::{key::SigningKey, peer::PeerId, request::Ask, signed::Signer};
//! use faam_verifier::{MemoryNonces, Policy, TrustFile, finish, start};
//! # fn answer_to(_request: &str) -> &'static [u8] { b"{}" }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let did = faam_spec::did::Did::from_key(&SigningKey::from_seed(&[1; 32]).verifying_key());
//! # let trust_file = format!("v = 0\n[[trust]]\nissuer = \"{did}\"\nmarket = \"bitcoin-alpha\"\nroles = \"any\"\ntypes = [\"standing\"]");
//! # let policy_file = "v = 0\n[markets]\nof = [\"bitcoin-alpha\"]\n[standing]\nratings_at_least = 12";
//! let sources = TrustFile::parse(&trust_file)?.sources(Policy::parse(policy_file)?); // texts of the two files
//! let mut rng = rand::rngs::OsRng; // of rand 0.8
//! let now = "2026-11-21T12:00:00Z".parse()?; // the service's clock
//! let me = Signer::from_key(SigningKey::random(&mut rng)); // kept: it is who this service is
//! let peer = PeerId::from_public_key(me.verifying_key().to_bytes()); // where answers are taken
//! let (name, purpose, query) = ("Beta".into(), "To rent out a flat".into(), sources.policy.query()?);
//! let ask = Ask { name, purpose, retention_days: 30, terms: None, query, life: 600 };
//! let (request, pending) = start(ask, peer, &me, now, &mut rng)?; // `pending` is stored until the answer comes
//! let bytes = answer_to(request.as_str()); // the wallet's presentation
//! let decision = finish(&pending, bytes, &sources, &mut MemoryNonces::new(), now);
//! match decision.accepted() {
//!     Some(accepted) => println!("{} ratings", accepted.facts()[0].numbers.total.all.ratings),
//!     None => println!("{}", decision.explain()), // here: `{}` is no presentation
//! }
//! # assert_eq!(decision.reasons()[0].code.code(), "malformed");
//! # Ok(())
//! # }
//! ```

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
