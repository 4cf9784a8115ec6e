//! From rating events to what people hold: ledgers, credentials, standings, epoch records and status lists.
//!
//! This package is pure: no input or output, no clock, no chance of its own. Time and randomness are arguments, and the
//! same arguments give the same bytes.
//!
//! The flow: [`read`] turns a market's export into [`Event`]s; [`Issuer::apply`] appends each to the ledger of the account
//! it is about; [`Issuer::open_epoch`] publishes the epoch's record; [`Issuer::bind`] binds a wallet's key to a ledger; and
//! [`Issuer::offer`] puts together everything that this wallet is to receive.
//!
//! **Durability.** Whatever changes an issuer returns [`Change`]s. Store them, all or none and in one step, *before* the
//! event is acknowledged and before anything signed leaves; [`Issuer::restore`] makes the same issuer of them again. If they
//! cannot be stored, drop the issuer and restore it: it has gone further than its store.
//!
//! ```
//! use faam_issuer::{Issuer, Profile, Secrets, read};
//! use faam_spec::{key::SigningKey, ledger::Ledger, offer::Offer, time::{EpochLength, Timestamp}};
//! use rand::SeedableRng as _;
//!
//! # fn main() -> Result<(), faam_spec::reason::Fault> {
//! let mut rng = rand::rngs::StdRng::seed_from_u64(1); // a program takes the system's source
//! let now = "2026-11-16T08:00:00Z".parse::<Timestamp>()?;
//! let profile = Profile { market: "shop".parse()?, epoch: EpochLength::WEEK };
//! let mut issuer = Issuer::new(profile, Secrets::random(&mut rng));
//!
//! let line = r#"{"type":"rating","id":"e1","account":"7","rater":"12","role":"seller",
//!                "value":5,"scale":"1..5","at":"2026-01-01T00:00:00Z","comment":"As promised."}"#;
//! let mut changes = issuer.apply(&read::json_line(line)?, &mut rng)?;
//! changes.extend(issuer.open_epoch(now, &mut rng)?);
//!
//! let wallet = SigningKey::random(&mut rng).verifying_key();
//! let account = "7".parse()?;
//! changes.extend(issuer.bind(&account, &wallet, false, now, &mut rng)?);
//! // … the changes are stored here …
//! let offer: Offer = issuer.offer(&account, None, now)?;
//! let records = offer.entries.into_iter().map(|entry| entry.record);
//! assert_eq!(Ledger::replay(offer.ledger, records)?.live().count(), 1);
//! # Ok(())
//! # }
//! ```

mod change;
mod epoch;
mod event;
mod explain;
mod groups;
mod issuer;
mod offer;
mod private;
pub mod read;
mod restore;
mod secrets;
mod status;

pub use change::{Change, ChangeTable};
pub use event::{AccountId, Event, EventId, Parts};
pub use explain::explain;
pub use issuer::{AccountSummary, Issuer, Profile};
pub use private::{PrivateCounts, PrivateDone, PrivateWork};
pub use secrets::Secrets;
