//! The wallet: ratings that a person holds, and shows to whom they choose.
//!
//! | to read about | look at |
//! |---|---|
//! | what is kept, and how | [`vault`], [`held`] |
//! | taking an offer: everything is computed again | [`receive`] |
//! | bringing in credentials of others, mails and exports | [`import`] |
//! | looking at one's own name | [`passport`] |
//! | agreeing, and showing | [`consent`], [`present`], [`outcome`] |
//! | milestones that are proven under a pseudonym | [`private`] |
//! | talking to markets and verifiers | [`contact`] |
//! | names that are kept apart | [`persona`] |
//! | asking others, as a person | [`ask`] |
//! | when to renew | [`listen`] |
//! | everything in one encrypted file, and back | [`backup`] |
//! | text on a terminal | [`text`] |
//!
//! Receiving and presenting are pure: time and randomness are arguments, the vault is handed in, and only [`contact`]
//! touches the network. The flow of a presentation:
//!
//! 1. [`present::Plan::new`] chooses from what is held, wholly or not at all;
//! 2. [`consent::Consent::new`] says what would be shown, to whom, why, and what they do not learn;
//! 3. a person agrees to exactly that ([`present::Plan::approval`]), and [`present::Plan::build`] makes the presentation with the holder keys;
//! 4. [`outcome::Outcome::open`] verifies the receipt, which [`vault::Vault`] keeps.
//!
//! ```
//! use faam_store::KdfParams;
//! use faam_wallet::vault::{Entropy, Vault};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let dir = home.path().join("vault");
//! let now = "2026-11-21T12:00:00Z".parse()?;
//! let entropy = Entropy::random(&mut rand::rngs::OsRng);
//! let vault = Vault::create(&dir, b"correct horse", &entropy, KdfParams::FLOOR, now)?;
//! assert_eq!(vault.phrase()?.split(' ').count(), 24);
//! assert!(vault.held_all()?.is_empty());
//! # Ok(())
//! # }
//! ```

pub mod ask;
pub mod backup;
pub mod consent;
pub mod contact;
pub mod held;
pub mod import;
pub mod listen;
pub mod outcome;
pub mod passport;
pub mod persona;
pub mod present;
pub mod private;
pub mod receive;
pub mod rules;
pub mod stop;
pub mod text;
pub mod vault;
pub mod who;

#[cfg(test)]
mod testkit;
