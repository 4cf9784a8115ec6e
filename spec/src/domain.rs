//! Every string that separates one use of a hash, key or signature from another, in one place.
//!
//! All formats carry version 0 until they are declared stable; the version is part of each name.
//!
//! Specified in `spec/text/names.md` and `spec/text/versions.md`. Implements REQ-VERSION-1 and REQ-VERSION-3
//! (`spec/text/versions.md`).

use crate::time::Day;

/// JOSE `typ` of a rating or standing (SD-JWT VC).
//= spec/text/versions.md#REQ-VERSION-3
//# A domain string, a `vct` or a `typ` MUST NOT be used again for anything else.
pub const TYP_SD_JWT_VC: &str = "dc+sd-jwt";
/// JOSE `typ` of a key-binding JWT (RFC 9901 §4.3).
pub const TYP_KEY_BINDING: &str = "kb+jwt";
/// JOSE `typ` of a status list (Token Status List).
pub const TYP_STATUS_LIST: &str = "statuslist+jwt";
/// JOSE `typ` of a signed request object (JAR, RFC 9101).
pub const TYP_REQUEST: &str = "oauth-authz-req+jwt";
/// JOSE `typ` of an epoch record.
pub const TYP_EPOCH: &str = "faam-epoch+jwt";
/// JOSE `typ` of the terms of an offer.
pub const TYP_TERMS: &str = "faam-terms+jwt";
/// JOSE `typ` of a receipt.
pub const TYP_RECEIPT: &str = "faam-receipt+jwt";
/// JOSE `typ` of a statement about an erasure.
pub const TYP_ERASURE: &str = "faam-erasure+jwt";

/// `vct` of a rating.
//= spec/text/versions.md#REQ-VERSION-3
//# A domain string, a `vct` or a `typ` MUST NOT be used again for anything else.
pub const VCT_RATING: &str = "urn:faam:rating:0";
/// `vct` of a plain standing.
pub const VCT_STANDING: &str = "urn:faam:standing:0";
/// Prefix of a status list's address; the rest is chosen by the issuer.
pub const STATUS_URI_PREFIX: &str = "urn:faam:status:";

/// `aud` of a request object (OpenID4VP 1.0 §5.8, static discovery).
pub const REQUEST_AUDIENCE: &str = "https://self-issued.me/v2";
/// Prefix of a `client_id` that names a DID (OpenID4VP 1.0 §5.9.3).
pub const CLIENT_ID_DID_PREFIX: &str = "decentralized_identifier:";
/// Prefix of a `client_id` that names a host for which a certificate was issued (OpenID4VP 1.0 §5.9.3).
pub const CLIENT_ID_SAN_PREFIX: &str = "x509_san_dns:";
/// Prefix of a `client_id` that names a certificate by its SHA-256 (OpenID4VP 1.0 §5.9.3).
pub const CLIENT_ID_HASH_PREFIX: &str = "x509_hash:";
/// `response_mode` of an answer that goes back over the stream on which the request came.
pub const RESPONSE_MODE: &str = "faam.present";
/// `response_mode` of an answer that is posted over HTTP (OpenID4VP 1.0 §8.2).
pub const RESPONSE_MODE_POST: &str = "direct_post";

/// Precedes the canonical entry in a leaf of the log and live trees.
//= spec/text/versions.md#REQ-VERSION-1
//# Objects are versioned one by one.
//= spec/text/versions.md#REQ-VERSION-3
//# A domain string, a `vct` or a `typ` MUST NOT be used again for anything else.
pub const LEAF_ENTRY: &[u8] = b"faam/entry/0\n";
/// Precedes the canonical account head in a leaf of the epoch's tree.
pub const LEAF_HEAD: &[u8] = b"faam/head/0\n";
/// Precedes what a holder key signs when it redeems an offer.
pub const SIGN_REDEEM: &[u8] = b"faam/redeem/0\n";
/// Precedes the bytes of an epoch record when it is hashed for its successor.
pub const HASH_EPOCH: &[u8] = b"faam/epoch/0\n";
/// Precedes the bytes of a request object when it is hashed for consent and receipts.
pub const HASH_REQUEST: &[u8] = b"faam/request/0\n";
/// Precedes what a holder is asked to agree to, in canonical form, when it is hashed for their approval.
pub const HASH_CONSENT: &[u8] = b"faam/consent/0\n";
/// Precedes the bytes of a presentation when it is hashed for receipts.
pub const HASH_PRESENTATION: &[u8] = b"faam/presentation/0\n";
/// Precedes the bytes of a presentation when it is hashed to show that somebody had them.
pub const HASH_ERASURE: &[u8] = b"faam/erasure/0\n";
/// Precedes the bytes of evidence of another kind when it is hashed to be known again.
pub const HASH_EVIDENCE: &[u8] = b"faam/evidence/0\n";
/// Precedes the bytes of an offer when it is hashed for transfer.
pub const HASH_OFFER: &[u8] = b"faam/offer/0\n";
/// Precedes the bytes of a status list when it is hashed for the epoch record.
pub const HASH_STATUS: &[u8] = b"faam/status/0\n";
/// Precedes a rater's account and the ledger when a market makes the rater's pseudonym with a key of its own.
pub const PSEUDONYM_RATER: &[u8] = b"faam/rater/0\n";

/// Name of the scheme by which private standings are signed, with the revisions of its drafts; part of every header, so that
/// another revision is another format.
pub const PRIVATE_SUITE: &str = "bbs-08+blind-01+nym-01/BLS12-381-SHA-256";
/// `format` of a private standing in a DCQL query.
pub const PRIVATE_FORMAT: &str = "faam-bbs-08-nym-01";
/// Precedes the canonical header of a private standing.
pub const PRIVATE_HEADER: &[u8] = b"faam/private/0\n";
/// Precedes the canonical presentation header of a private standing.
pub const PRIVATE_PRESENTATION: &[u8] = b"faam/private-presentation/0\n";
/// Precedes the stable part of the verifier's DID in the context of a pseudonym.
pub const PRIVATE_CONTEXT: &[u8] = b"faam/pseudonym/0\n";
/// Precedes what a holder key signs when it renews what it holds.
pub const SIGN_RENEW: &[u8] = b"faam/renew/0\n";
/// `key_info` of the BBS key that a market makes from its signing key (the market's own affair).
pub const PRIVATE_KEY_INFO: &[u8] = b"faam/private-key/0\n";
/// Tag under which random bytes become a scalar, of which the pseudonyms' secret is made (each side's own affair).
pub const PRIVATE_SECRET: &[u8] = b"faam/private-secret/0\n";

/// Precedes an access key of a node's local interface where it is hashed (the node's own affair).
pub const API_KEY: &[u8] = b"faam/api-key/0\n";

/// Label of [`crate::key::RootSeed::derive`] for a persona's identity key; personas count from 0.
///
/// Implements REQ-NAME-14 (`spec/text/names.md`).
//= spec/text/names.md#REQ-NAME-14
//# A wallet MUST derive its keys so
#[must_use]
pub fn label_identity(persona: u32) -> String {
    format!("faam/0/persona/{persona}/identity")
}

/// Label of [`crate::key::RootSeed::derive`] for a persona's holder key for one market; personas count from 0.
///
/// `issuer` is the stable part of the market's DID (see [`crate::did::Did::stable_part`]).
///
/// Implements REQ-NAME-14 (`spec/text/names.md`).
//= spec/text/names.md#REQ-NAME-14
//# two markets then never see the same holder key
#[must_use]
pub fn label_holder(persona: u32, issuer: &str, market: &str) -> String {
    format!("faam/0/persona/{persona}/holder/{issuer}/{market}")
}

/// Label of [`crate::key::RootSeed::derive`] for the key that signs one question of a person, and its receipt.
///
/// `question` is the multibase text of the 16 random bytes that were drawn for it.
///
/// Implements REQ-ASK-1 (`spec/text/asking.md`).
//= spec/text/asking.md#REQ-ASK-1
//# signed by a key of its own, which is derived under the label of [a question](names.md#keys-of-a-person)
#[must_use]
pub fn label_ask(persona: u32, question: &str) -> String {
    format!("faam/0/persona/{persona}/ask/{question}")
}

/// Label of [`crate::key::RootSeed::derive`] for the network key of the peer that takes the answer to one question of a person.
///
/// Implements REQ-ASK-2 (`spec/text/asking.md`).
#[must_use]
pub fn label_ask_peer(persona: u32, question: &str) -> String {
    format!("faam/0/persona/{persona}/ask/{question}/peer")
}

/// Label of [`crate::key::RootSeed::chance`] for the secrets of a binding, of which private standings are shown: those that a persona
/// made on `day` with this `number` for one market.
///
/// `issuer` is the stable part of the market's DID.
///
/// Implements REQ-NAME-20 (`spec/text/names.md`).
//= spec/text/names.md#REQ-NAME-20
//# A wallet MUST make the secrets of a binding from those bytes, and no other secret from them
#[must_use]
pub fn label_private(persona: u32, issuer: &str, market: &str, day: Day, number: u8) -> String {
    format!("faam/0/persona/{persona}/private/{PRIVATE_SUITE}/{issuer}/{market}/{day}/{number}")
}

/// Protocol id of offers, on which [`crate::wire::OfferAsk`] is answered.
pub const PROTOCOL_OFFER: &str = "/faam/offer/1";
/// Protocol id of requests and presentations, on which [`crate::wire::PresentAsk`] is answered.
pub const PROTOCOL_PRESENT: &str = "/faam/present/1";
/// Protocol id of renewals, on which [`crate::wire::RenewAsk`] is answered.
pub const PROTOCOL_RENEW: &str = "/faam/renew/1";
