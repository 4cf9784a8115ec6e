//! The messages of `/faam/offer/1`, `/faam/renew/1` and `/faam/present/1`: a small JSON head and, where something longer travels, its bytes.
//!
//! A message is `u32` (big endian) length of the head, the head, then the body to the end of the frame. Frames and their own
//! lengths are the transport's. Longer objects travel in pages of [`PAGE_BYTES`].
//!
//! Specified in `spec/text/wire.md`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bbs::Commitment;
use crate::encoding::{json, parse};
use crate::hash::{Capability, Hash};
use crate::key::Jwk;
use crate::limits::{MAX_FRAME_BYTES, MAX_MESSAGE_HEAD_BYTES, PAGE_BYTES};
use crate::offer::HeldHead;
use crate::reason::{Fault, Reason, refuse};

/// A head and the bytes that travel with it: one frame of at most [`MAX_FRAME_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<H> {
    /// What is said; at most [`MAX_MESSAGE_HEAD_BYTES`] as JSON.
    pub head: H,
    /// What travels with it; empty for most.
    pub body: Vec<u8>,
}

impl<H> Message<H> {
    /// A message without a body.
    #[must_use]
    pub const fn new(head: H) -> Self {
        Self { head, body: Vec::new() }
    }
}

impl<H: Serialize + DeserializeOwned> Message<H> {
    /// The message as one frame's payload, without the frame's length.
    ///
    /// # Errors
    /// `too_large` over [`MAX_MESSAGE_HEAD_BYTES`] or [`MAX_FRAME_BYTES`]; `internal`, which no head causes.
    pub fn encode(&self) -> Result<Vec<u8>, Fault> {
        let head = json(&self.head)?;
        let mut bytes = u32::try_from(head.len())
            .map_err(|_| Fault::new(Reason::TooLarge, "head"))?
            .to_be_bytes()
            .to_vec();
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&self.body);
        if head.len() > MAX_MESSAGE_HEAD_BYTES || bytes.len() > MAX_FRAME_BYTES {
            return refuse(Reason::TooLarge, "message");
        }
        Ok(bytes)
    }

    /// Reads one frame's payload, without the frame's length.
    ///
    /// # Errors
    /// `too_large` over [`MAX_FRAME_BYTES`] or [`MAX_MESSAGE_HEAD_BYTES`]; `wire.message` for everything else.
    ///
    /// Implements REQ-WIRE-1, REQ-WIRE-3 and REQ-WIRE-4 (`spec/text/wire.md`).
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let bad = || Fault::new(Reason::WireMessage, "message");
        //= spec/text/wire.md#REQ-WIRE-1
        //# A frame is at most 65,536 bytes without its length
        if bytes.len() > MAX_FRAME_BYTES {
            return refuse(Reason::TooLarge, "message");
        }
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(bad)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| bad())?;
        //= spec/text/wire.md#REQ-WIRE-3
        //# A head MUST be at most 8,192 bytes.
        if length > MAX_MESSAGE_HEAD_BYTES {
            return refuse(Reason::TooLarge, "message");
        }
        let (head, body) = rest.split_at_checked(length).ok_or_else(bad)?;
        //= spec/text/wire.md#REQ-WIRE-4
        //# A message MUST have that form and be of one of the kinds below, with the members that are shown
        //# and no others.
        let head = parse(head, MAX_MESSAGE_HEAD_BYTES, "message").map_err(|_| bad())?;
        Ok(Self { head, body: body.to_vec() })
    }
}

/// What a wallet says on `/faam/offer/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
#[allow(
    clippy::large_enum_variant,
    reason = "a question is read, answered and dropped; none are kept in number"
)]
pub enum OfferAsk {
    /// Begins: the link's capability.
    Open {
        /// The link's capability.
        capability: Capability,
    },
    /// Redeems: session code, holder key and its proof (see [`crate::offer::RedeemStatement`]).
    Redeem {
        /// The link's capability.
        capability: Capability,
        /// The code that the market shows in its own session.
        code: String,
        /// The holder key.
        holder: Jwk,
        /// The 64 bytes of the statement's signature, multibase.
        proof: String,
        /// The head that the wallet has; absent for a wallet that has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<HeldHead>,
        /// The commitment for private standings; absent for a wallet that wants none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<Commitment>,
    },
    /// Asks for a page.
    Page {
        /// The transfer's secret.
        transfer: Capability,
        /// Number of the page, from 0.
        page: u32,
    },
    /// Says that everything was checked and is kept: the offer is taken.
    Commit {
        /// The transfer's secret.
        transfer: Capability,
        /// Hash of the offer's bytes.
        hash: Hash,
    },
}

/// What an issuer's node answers on `/faam/offer/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
pub enum OfferAnswer {
    /// To `open`: the market and a challenge that is good for this connection, signed by the issuer.
    Terms {
        /// [`crate::offer::Terms`], as signed.
        terms: String,
    },
    /// To `redeem`: what will be transferred.
    Ready {
        /// Secret of the transfer; pages can be asked for again from any connection.
        transfer: Capability,
        /// Size of the offer, in bytes; at most [`crate::limits::MAX_OFFER_BYTES`].
        bytes: u64,
        /// Hash of the offer's bytes.
        hash: Hash,
    },
    /// A page, in the body.
    Page {
        /// Number of the page, from 0.
        page: u32,
    },
    /// To `commit`: the offer is used up.
    Done,
    /// Refused.
    Refused {
        /// Why.
        code: Reason,
    },
}

/// What a wallet says on `/faam/renew/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
pub enum RenewAsk {
    /// Asks for the market's newest epoch record, and says nothing of who asks.
    Record,
    /// Begins, under a random value of the wallet's own.
    Open {
        /// Random, fresh for each renewal.
        capability: Capability,
    },
    /// Renews what a holder key is bound to: the key and its proof (see [`crate::offer::RenewStatement`]).
    Renew {
        /// The value of `open`.
        capability: Capability,
        /// The holder key.
        holder: Jwk,
        /// The 64 bytes of the statement's signature, multibase.
        proof: String,
        /// The head that the wallet has; absent for a wallet that has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<HeldHead>,
    },
    /// Asks for a page.
    Page {
        /// The transfer's secret.
        transfer: Capability,
        /// Number of the page, from 0.
        page: u32,
    },
    /// Says that everything was checked and is kept.
    Commit {
        /// The transfer's secret.
        transfer: Capability,
        /// Hash of the offer's bytes.
        hash: Hash,
    },
}

/// What an issuer's node answers on `/faam/renew/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
pub enum RenewAnswer {
    /// To `record`: the newest epoch record as signed, in the body.
    Record,
    /// To `open`: the market and a challenge that is good for this connection, signed by the issuer.
    Terms {
        /// [`crate::offer::Terms`], as signed.
        terms: String,
    },
    /// To `renew`: what will be transferred, an [`crate::offer::Offer`].
    Ready {
        /// Secret of the transfer; pages can be asked for again from any connection.
        transfer: Capability,
        /// Size of the offer, in bytes; at most [`crate::limits::MAX_OFFER_BYTES`].
        bytes: u64,
        /// Hash of the offer's bytes.
        hash: Hash,
    },
    /// A page, in the body.
    Page {
        /// Number of the page, from 0.
        page: u32,
    },
    /// To `commit`: the transfer is forgotten.
    Done,
    /// Refused.
    Refused {
        /// Why.
        code: Reason,
    },
}

/// What a wallet says on `/faam/present/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
pub enum PresentAsk {
    /// Asks for the request.
    Fetch {
        /// The link's capability.
        capability: Capability,
    },
    /// Sends a page of the presentation, in the body; the last one brings the decision.
    Answer {
        /// The link's capability.
        capability: Capability,
        /// Size of the presentation, in bytes; at most [`crate::limits::MAX_PRESENTATION_BYTES`].
        bytes: u64,
        /// Hash of the presentation.
        hash: Hash,
        /// Number of the page, from 0.
        page: u32,
    },
    /// Asks that what was shown is erased.
    Erase {
        /// The link's capability.
        capability: Capability,
        /// What shows that the presentation was theirs ([`crate::erasure::proof`]).
        proof: Hash,
    },
}

/// What a verifier's node answers on `/faam/present/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "m", rename_all = "snake_case", deny_unknown_fields)]
pub enum PresentAnswer {
    /// The signed request, in the body.
    Request,
    /// The page was taken; more are expected.
    More,
    /// The decision as the holder sees it and the receipt ([`PresentOutcome`]), in the body.
    Decided,
    /// To `erase`: what became of it ([`crate::erasure::Erasure`]), as signed, in the body.
    Erasure,
    /// Refused before anything was judged.
    Refused {
        /// Why.
        code: Reason,
    },
}

/// The body of [`PresentAnswer::Decided`]: JSON of at most [`crate::limits::MAX_OUTCOME_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresentOutcome {
    /// The decision.
    pub decision: crate::decision::HolderDecision,
    /// The signed receipt (see [`crate::receipt::Receipt::open`]).
    pub receipt: String,
}

/// Number of pages of [`PAGE_BYTES`] of an object of `bytes` bytes; one for an empty object.
#[must_use]
pub fn pages(bytes: u64) -> u64 {
    bytes.div_ceil(u64::try_from(PAGE_BYTES).unwrap_or(u64::MAX)).max(1)
}

/// Page `page`, from 0, of `object`; none past its end.
#[must_use]
pub fn page(object: &[u8], page: u32) -> Option<&[u8]> {
    let page = usize::try_from(page).ok()?;
    if u64::try_from(page).ok()? >= pages(u64::try_from(object.len()).ok()?) {
        return None;
    }
    let start = page.checked_mul(PAGE_BYTES)?;
    object.get(start..object.len().min(start.checked_add(PAGE_BYTES)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip() {
        let message = Message {
            head: OfferAsk::Open { capability: Capability::from_bytes([1; 16]) },
            body: vec![7; 9],
        };
        assert_eq!(Message::decode(&message.encode().unwrap()).unwrap(), message);
    }

    #[test]
    fn a47_lengths_are_checked_before_anything_is_read() {
        type M = Message<PresentAsk>;
        for bytes in [vec![], vec![0; 3], vec![0xff; 8], [vec![0, 0, 0, 9], b"{}".to_vec()].concat()] {
            assert!(M::decode(&bytes).is_err());
        }
        assert_eq!(M::decode(&vec![0; MAX_FRAME_BYTES + 1]).unwrap_err().reason(), Reason::TooLarge);
        let long = Message { head: PresentAnswer::More, body: vec![0; MAX_FRAME_BYTES] };
        assert_eq!(long.encode().unwrap_err().reason(), Reason::TooLarge);
    }

    #[test]
    fn pages_cover_an_object_once() {
        for len in [0, 1, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES] {
            let object: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            let count = pages(len as u64) as u32;
            let joined: Vec<u8> = (0..count).flat_map(|n| page(&object, n).unwrap().to_vec()).collect();
            assert_eq!(joined, object);
            assert!(page(&object, count).is_none());
        }
    }
}
