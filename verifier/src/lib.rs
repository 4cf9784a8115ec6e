//! From a presentation to a decision with reasons.
//!
//! A verifier asks with [`start`], stores the [`Pending`], sends the signed request, and judges the answer with [`finish`].
//! Both are pure and synchronous: no network, no clock, no global state; what they rest on is in [`Sources`].
//!
//! Terms: an *issuer* (a market) signs ratings and standings; a *holder* keeps and shows them; the *verifier* is whoever calls this.
//! Trust is for one (issuer, market, role, type).
//!
//! ```
//! use faam_spec::{key::SigningKey, peer::PeerId, query::Query, request::Ask, signed::Signer, time::Timestamp};
//! use faam_verifier::{MemoryNonces, Sources, finish, start};
//!
//! # fn main() -> Result<(), faam_spec::reason::Fault> {
//! # let (mut rng, now, bytes) = (rand::rngs::OsRng, Timestamp::new(1_800_000_000)?, b"{}");
//! let me = Signer::from_key(SigningKey::random(&mut rng));
//! let peer = PeerId::from_public_key(me.verifying_key().to_bytes());
//! let query = Query::ratings("bitcoin-alpha".parse()?, 12)?;
//! let ask = Ask { name: "Beta".into(), purpose: "To rent out a flat".into(), retention_days: 30, terms: None, query, life: 600 };
//! let (request, pending) = start(ask, peer, &me, now, &mut rng)?; // send `request.as_str()`, keep `pending`
//! let decision = finish(&pending, bytes, &Sources::default(), &mut MemoryNonces::new(), now);
//! assert!(decision.accepted().is_none()); // these bytes were no presentation
//! assert_eq!(decision.reasons()[0].code.code(), "malformed");
//! # assert!(request.as_str().len() > 100);
//! # Ok(())
//! # }
//! ```

mod decision;
mod pending;
mod pipeline;
mod ratings;
mod sources;
mod trust;

pub use decision::{Accepted, Decision, explain};
pub use pending::{Pending, start};
pub use pipeline::finish;
pub use sources::{
    EpochRecords, IssuerGone, MemoryNonces, NonceStore, NonceStoreError, Notice, NoticeKind, Policy, Sources,
    StatusLists,
};
pub use trust::{AnyRole, Roles, StatementType, Trust, TrustEntry};
