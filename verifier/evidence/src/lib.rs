//! Evidence of other kinds than what markets of Faam sign: credentials of other issuers, mails, exports; each verified, and graded.
//!
//! | to read about | look at |
//! |---|---|
//! | what is shown, and what becomes of it | [`Evidence`], [`judge`], [`Statement`] |
//! | keys of issuers | [`issuers`] |
//! | mails: keys that an archive saw, and readers of what mails state | [`keys`], [`reader`] |
//! | exports and their mappings | [`mapping`] |
//! | whom a verifier believes | [`trusted`] |
//!
//! A wallet that takes something in and a verifier that is shown it judge by the same code, each by what it knows itself: nothing in
//! the evidence can bring a key, a reader or a grade. There is no network and no clock.
//!
//! ```
//! use faam_evidence::{Evidence, Given, judge};
//! use faam_spec::decision::Grade;
//!
//! let mapping = "v = 0\nname = \"My data\"\nmarket = \"marktzicht\"\nformat = \"csv\"\nscale = \"1..5\"\nrole = \"seller\"\n\
//!                [columns]\nvalue = \"stars\"\n";
//! let evidence = Evidence::export(b"stars\n5\n4\n", mapping)?;
//! let statement = judge(&evidence, &Given::default(), "2026-11-21T12:00:00Z".parse()?)?;
//! assert_eq!((statement.grade, statement.ratings.len()), (Grade::SelfAsserted, 2));
//! # Ok::<(), faam_spec::reason::Fault>(())
//! ```
//!
//! Specified in `spec/text/evidence.md`.

mod credential;
mod export;
pub mod issuers;
pub mod keys;
mod mail;
pub mod mapping;
mod object;
pub mod reader;
mod statement;
pub mod trusted;
#[cfg(feature = "w3c")]
mod w3c;

pub use credential::named as issuer_of;
use faam_spec::reason::Fault;
use faam_spec::time::Timestamp;
use issuers::Issuers;
use keys::KeyArchive;
pub use object::{Evidence, Kind};
use reader::Reader;
pub use statement::{Caveat, Rating, Statement};

/// What whoever judges knows: whose keys are whose, which keys mails were signed with, what mails mean, and who the holder is.
#[derive(Debug, Default, Clone)]
pub struct Given {
    /// Keys of issuers that are not named by their key.
    pub issuers: Issuers,
    /// Keys of mails.
    pub keys: KeyArchive,
    /// Readers of mails, the first that knows a mail being taken.
    pub readers: Vec<Reader>,
    /// Addresses that are known to be the holder's, in lower case; if there are none, the recipient is not compared.
    pub mine: Vec<String>,
    /// Whether it is judged for keeping: then a credential that is bound to a key is taken without proof of that key, and says so.
    pub keeping: bool,
}

/// Verifies evidence as of `now` and says what it states, and how that is known.
///
/// # Errors
/// What is wrong with it, by the codes of `spec/text/evidence.md`; `issuer.key_unknown`, `mail.key.unknown` and `mail.reader` where
/// something is not known here.
///
/// Implements REQ-EVID-1 (`spec/text/evidence.md`).
//= spec/text/evidence.md#REQ-EVID-1
//# The grade MUST be computed from what was verified
pub fn judge(evidence: &Evidence, given: &Given, now: Timestamp) -> Result<Statement, Fault> {
    match evidence.kind() {
        Kind::SdJwtVc => credential::sd_jwt(evidence.data(), given, now),
        #[cfg(feature = "w3c")]
        Kind::Vc => w3c::judge(evidence.data(), given, now),
        #[cfg(not(feature = "w3c"))]
        Kind::Vc => {
            faam_spec::reason::refuse(faam_spec::reason::Reason::UnsupportedAlgorithm, "evidence.kind")
        }
        Kind::Mail => mail::judge(evidence.data(), given, now),
        Kind::Export => export::judge(evidence),
    }
}
