//! The offer: everything that a market hands to a wallet at once: entries, credentials, standing and what proves them.
//!
//! Specified in `spec/text/offer.md`.

use serde::{Deserialize, Serialize};

use crate::bbs::Commitment;
use crate::did::{Did, KeyHistories};
use crate::domain::{HASH_OFFER, SIGN_REDEEM, SIGN_RENEW, TYP_TERMS};
use crate::encoding::{Budget, from_value_exact, jcs, json, parse_within, present};
use crate::hash::{Capability, Hash, LedgerId};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::ledger::Record;
use crate::limits::{MAX_MESSAGE_HEAD_BYTES, MAX_OFFER_BYTES, MAX_OFFER_ENTRIES};
use crate::name::MarketId;
use crate::peer::PeerId;
use crate::presentation::Inclusion;
use crate::private::OfferedPrivate;
use crate::reason::{Fault, Reason, refuse};
use crate::signed::{Signer, open_jws};
use crate::time::Timestamp;
use crate::tree::TreeHead;

/// Everything that an issuer hands over at once, at most [`MAX_OFFER_BYTES`].
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
    /// Index of the first entry in `entries`: the size of the log that the wallet had, 0 for none.
    pub since: u64,
    /// Every entry from there to the standing's head; at most [`MAX_OFFER_ENTRIES`].
    pub entries: Vec<OfferedEntry>,
    /// Credentials for live ratings before `since`, when they had to be made again (a new binding); by index, at most
    /// [`MAX_OFFER_ENTRIES`].
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
    /// The private standings; none if the binding has no commitment.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub private: Option<OfferedPrivate>,
}

/// An entry, and for a live rating its credential without disclosures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedEntry {
    /// The entry with everything that can be disclosed of it.
    pub record: Record,
    /// The issuer-signed part of its credential; none unless it is a live rating.
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
    /// `too_large` over [`MAX_OFFER_BYTES`], before anything is read, and over [`Budget::OFFER`] or
    /// [`MAX_OFFER_ENTRIES`]; `malformed.json`; `unsupported.version`; `malformed`, or the code of the member whose type
    /// refused its value: those of [`Record`], [`Did`] and [`MarketId`], and `malformed.base64url` of hashes.
    ///
    /// Implements REQ-OFFER-2 (`spec/text/offer.md`); REQ-GEN-10 (`spec/text/README.md`).
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        //= spec/text/offer.md#REQ-OFFER-2
        //# They MUST be at most 33,554,432, with at most 20,000 entries
        let offer: Self = parse_within(bytes, MAX_OFFER_BYTES, Budget::OFFER, "offer")?;
        //= spec/text/README.md#REQ-GEN-10
        //# A reader MUST refuse an object whose version `v` it does not know
        if offer.v != 0 {
            return refuse(Reason::UnsupportedVersion, "offer.v");
        }
        //= spec/text/offer.md#REQ-OFFER-2
        //# with at most 20,000 entries, 20,000 renewed credentials
        if offer.entries.len() > MAX_OFFER_ENTRIES || offer.renewed.len() > MAX_OFFER_ENTRIES {
            return refuse(Reason::TooLarge, "offer.entries");
        }
        Ok(offer)
    }

    /// The offer as bytes.
    ///
    /// # Errors
    /// `too_large` over [`MAX_OFFER_BYTES`]; `internal`, which no offer causes.
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

/// Checks that the bytes of an offer arrived as they were announced.
///
/// # Errors
/// `offer.transfer` for another size or hash.
///
/// Implements REQ-OFFER-1 (`spec/text/offer.md`).
pub fn check_transfer(bytes: &[u8], announced: u64, announced_hash: Hash) -> Result<(), Fault> {
    //= spec/text/offer.md#REQ-OFFER-1
    //# They MUST have the announced size and hash.
    if u64::try_from(bytes.len()) != Ok(announced) || hash(bytes) != announced_hash {
        return refuse(Reason::OfferTransfer, "offer.hash");
    }
    Ok(())
}

/// What an issuer signs when a wallet opens an offer: this offer is mine, on this node, over this connection.
///
/// A wallet sends no session code, no holder key and no ledger before it has verified this (A32): a link can name anybody's DID
/// beside a peer of the sender's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Format version, 0.
    pub v: u8,
    /// The issuer.
    pub iss: Did,
    /// The market.
    pub market: MarketId,
    /// The link's capability.
    pub capability: Capability,
    /// Random text, fresh for this connection; good for this offer and wallet only.
    pub challenge: String,
    /// The node that was dialled.
    pub node: PeerId,
    /// The wallet's name in this connection.
    pub wallet: PeerId,
}

impl Terms {
    /// Signs the terms with the issuer's key.
    ///
    /// # Errors
    /// `internal`, which no terms cause.
    pub fn sign(&self, signer: &Signer) -> Result<String, Fault> {
        signer.sign(self, TYP_TERMS)
    }

    /// Verifies terms of at most [`MAX_MESSAGE_HEAD_BYTES`] that came from `node` to `wallet` at `now` for the offer of
    /// `capability` by `issuer`.
    ///
    /// # Errors
    /// Those of [`open_jws`]; `unsupported.version`; `invalid.issuer` if another issuer signed them; `request.peer` if
    /// they are for another node, wallet or offer; `malformed`, or the code of the member whose type refused its value.
    ///
    /// Implements REQ-OFFER-26 and REQ-OFFER-27 (`spec/text/offer.md`).
    pub fn open(
        text: &str,
        issuer: &Did,
        capability: Capability,
        (node, wallet): (PeerId, PeerId),
        histories: &KeyHistories,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let (by, payload) = open_jws(text, TYP_TERMS, MAX_MESSAGE_HEAD_BYTES, "iss", histories, |_| Ok(now))?;
        let terms: Self = from_value_exact(payload, "terms")?;
        if terms.v != 0 {
            return refuse(Reason::UnsupportedVersion, "terms.v");
        }
        //= spec/text/offer.md#REQ-OFFER-26
        //# The wallet MUST refuse terms of another issuer than the link named
        if &by != issuer {
            return refuse(Reason::InvalidIssuer, "terms.iss");
        }
        //= spec/text/offer.md#REQ-OFFER-27
        //# The wallet MUST refuse terms for another offer, node or wallet.
        if terms.capability != capability || terms.node != node || terms.wallet != wallet {
            return refuse(Reason::RequestPeer, "terms");
        }
        Ok(terms)
    }
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
    /// The wallet's commitment for private standings, if it wants them.
    pub commitment: Option<Commitment>,
}

/// What a holder key signs when it renews what it holds: this market, this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenewStatement {
    /// The random value under which the wallet opened the renewal.
    pub capability: Capability,
    /// Random text from the issuer's node, fresh for this connection.
    pub challenge: String,
    /// The issuer.
    pub issuer: Did,
    /// The node that was dialled.
    pub node: PeerId,
    /// The wallet's name in this connection.
    pub wallet: PeerId,
    /// The head of the log that the wallet has, if it has one.
    pub since: Option<HeldHead>,
}

impl RenewStatement {
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
    /// `offer.proof`; `internal`, which no statement causes.
    ///
    /// Implements REQ-OFFER-37 (`spec/text/offer.md`).
    pub fn verify(&self, holder: &VerifyingKey, signature: &Signature) -> Result<(), Fault> {
        //= spec/text/offer.md#REQ-OFFER-37
        //# The node MUST verify it under the `holder` that was sent with it
        let refused = |_| Fault::new(Reason::OfferProof, "proof");
        holder.verify(&self.signed_bytes()?, signature).map_err(refused)
    }

    fn signed_bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok([SIGN_RENEW, &jcs(self)?].concat())
    }
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
    /// `offer.proof`; `internal`, which no statement causes.
    ///
    /// Implements REQ-OFFER-28 (`spec/text/offer.md`).
    pub fn verify(&self, holder: &VerifyingKey, signature: &Signature) -> Result<(), Fault> {
        //= spec/text/offer.md#REQ-OFFER-28
        //# over the statement as the node knows it
        let refused = |_| Fault::new(Reason::OfferProof, "proof");
        holder.verify(&self.signed_bytes()?, signature).map_err(refused)
    }

    fn signed_bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok([SIGN_REDEEM, &jcs(self)?].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a32_terms_are_of_this_issuer_offer_node_and_wallet() {
        let signer = Signer::from_key(SigningKey::from_seed(&[1; 32]));
        let (node, wallet) = (PeerId::from_public_key([2; 32]), PeerId::from_public_key([3; 32]));
        let capability = Capability::from_bytes([4; 16]);
        let now = Timestamp::new(1_800_000_000).unwrap();
        let terms = Terms {
            v: 0,
            iss: signer.did().clone(),
            market: "alpha".parse().unwrap(),
            capability,
            challenge: "random".into(),
            node,
            wallet,
        };
        let text = terms.sign(&signer).unwrap();
        let open = |issuer: &Did, capability, peers| {
            Terms::open(&text, issuer, capability, peers, &KeyHistories::new(), now)
                .map_err(|fault| fault.reason())
        };
        assert_eq!(open(signer.did(), capability, (node, wallet)), Ok(terms.clone()));
        let stranger = Signer::from_key(SigningKey::from_seed(&[9; 32]));
        assert_eq!(open(stranger.did(), capability, (node, wallet)), Err(Reason::InvalidIssuer));
        assert_eq!(open(signer.did(), capability, (wallet, node)), Err(Reason::RequestPeer));
        assert_eq!(
            open(signer.did(), Capability::from_bytes([5; 16]), (node, wallet)),
            Err(Reason::RequestPeer)
        );
        let forged = terms.sign(&stranger).unwrap();
        assert!(
            Terms::open(&forged, signer.did(), capability, (node, wallet), &KeyHistories::new(), now)
                .is_err()
        );
    }
}
