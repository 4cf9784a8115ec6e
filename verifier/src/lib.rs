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

mod begun;
mod decision;
mod many;
mod pending;
mod pipeline;
pub mod policy;
mod private;
mod ratings;
mod sources;
mod trust;
mod trust_file;

pub use decision::{Accepted, Decision, explain, explain_with};
pub use many::{Answer, finish_many, finish_many_with_backend};
pub use pending::{Pending, start};
pub use pipeline::{finish, finish_with_backend};
pub use policy::{FileError, IssuerGone, Policy};
pub use sources::{
    EpochRecords, MemoryNonces, NonceStore, NonceStoreError, Notice, NoticeKind, Sources, StatusLists,
};
pub use trust::{AnyRole, Near, Part, Roles, StatementType, Trust, TrustEntry, Wanted};
pub use trust_file::TrustFile;
