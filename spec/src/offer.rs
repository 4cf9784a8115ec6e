//! The offer: everything that a market hands to a wallet at once: entries, credentials, standing and what proves them.

use serde::{Deserialize, Serialize};

use crate::did::Did;
use crate::domain::{HASH_OFFER, SIGN_REDEEM};
use crate::encoding::{jcs, json, parse};
use crate::hash::{Capability, Hash, LedgerId};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::ledger::Record;
use crate::limits::{MAX_OFFER_BYTES, MAX_OFFER_ENTRIES};
use crate::name::MarketId;
use crate::peer::PeerId;
use crate::presentation::Inclusion;
use crate::reason::{Fault, Reason, refuse};
use crate::tree::TreeHead;

/// What an offer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Format version, 0.
    pub v: u8,
    /// The issuer.
    pub iss: Did,
    /// The market.
    pub market: MarketId,
    /// The ledger.
    pub ledger: LedgerId,
    /// Index of the first entry in `entries`: the size of the log that the wallet had.
    pub since: u64,
    /// Every entry from there to the standing's head.
    pub entries: Vec<OfferedEntry>,
    /// Credentials for live ratings before `since`, when they had to be made again (a new binding); by index.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewed: Vec<RenewedRating>,
    /// The plain standing, an SD-JWT VC.
    pub standing: String,
    /// The epoch record that it names, as signed.
    pub record: String,
    /// Where the account's head stands in that record's tree.
    pub account: Inclusion,
    /// The market's status lists that the credentials name, as signed.
    pub status: Vec<String>,
}

/// An entry, and for a live rating its credential without disclosures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedEntry {
    /// The entry with everything that can be disclosed of it.
    pub record: Record,
    /// The issuer-signed part of its credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
}

/// A credential for a rating that the wallet has already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewedRating {
    /// Index of the entry.
    pub index: u64,
    /// The issuer-signed part of its credential.
    pub jwt: String,
}

impl Offer {
    /// Reads an offer. Nothing is verified.
    ///
    /// # Errors
    /// `too_large` before anything is read or for too many entries, `malformed.json`, `malformed`,
    /// `unsupported.version`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let offer: Self = parse(bytes, MAX_OFFER_BYTES, "offer")?;
        if offer.v != 0 {
            return refuse(Reason::UnsupportedVersion, "offer.v");
        }
        if offer.entries.len() > MAX_OFFER_ENTRIES || offer.renewed.len() > MAX_OFFER_ENTRIES {
            return refuse(Reason::TooLarge, "offer.entries");
        }
        Ok(offer)
    }

    /// The offer as bytes.
    ///
    /// # Errors
    /// `too_large` over the bound of an offer.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let bytes = json(self)?;
        if bytes.len() > MAX_OFFER_BYTES {
            return refuse(Reason::TooLarge, "offer");
        }
        Ok(bytes)
    }
}

/// The hash by which a transfer names the offer's bytes.
#[must_use]
pub fn hash(bytes: &[u8]) -> Hash {
    Hash::of(HASH_OFFER, bytes)
}

/// What a holder key signs when it redeems an offer: this offer, this issuer, this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedeemStatement {
    /// The link's capability.
    pub capability: Capability,
    /// Random text from the issuer's node, fresh for this connection.
    pub challenge: String,
    /// The issuer that the link named.
    pub issuer: Did,
    /// The node that was dialled.
    pub node: PeerId,
    /// The wallet's name in this connection.
    pub wallet: PeerId,
    /// The head of the log that the wallet has, if it has one.
    pub since: Option<HeldHead>,
}

/// The ledger head that a wallet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldHead {
    /// The ledger.
    pub ledger: LedgerId,
    /// Its log's head.
    pub log: TreeHead,
}

impl RedeemStatement {
    /// Signs with the holder key.
    ///
    /// # Errors
    /// `internal`, which no statement causes.
    pub fn sign(&self, holder: &SigningKey) -> Result<Signature, Fault> {
        Ok(holder.sign(&self.signed_bytes()?))
    }

    /// Verifies under the holder key.
    ///
    /// # Errors
    /// `offer.proof`.
    pub fn verify(&self, holder: &VerifyingKey, signature: &Signature) -> Result<(), Fault> {
        let refused = |_| Fault::new(Reason::OfferProof, "proof");
        holder.verify(&self.signed_bytes()?, signature).map_err(refused)
    }

    fn signed_bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok([SIGN_REDEEM, &jcs(self)?].concat())
    }
}
