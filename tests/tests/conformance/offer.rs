//! The requirements of `spec/text/offer.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/offer.md#REQ-OFFER-1
//= type=test
//# They MUST have the announced size and hash.
#[test]
fn req_offer_1() {
    prove("REQ-OFFER-1");
}

//= spec/text/offer.md#REQ-OFFER-2
//= type=test
//# They MUST be at most 33,554,432, with at most 20,000 entries, 20,000 renewed credentials and 64 status
//# lists.
#[test]
fn req_offer_2() {
    prove("REQ-OFFER-2");
}

//= spec/text/offer.md#REQ-OFFER-3
//= type=test
//# `iss` MUST be the DID that the link named and `market` the one of the [terms](#terms); the standing
//# and every credential MUST verify under that DID, for that market.
#[test]
fn req_offer_3() {
    prove("REQ-OFFER-3");
}

//= spec/text/offer.md#REQ-OFFER-4
//= type=test
//# A credential MUST NOT carry a key binding or disclosures: `jwt` is the signed part alone.
#[test]
fn req_offer_4() {
    prove("REQ-OFFER-4");
}

//= spec/text/offer.md#REQ-OFFER-5
//= type=test
//# The standing and every credential MUST be bound to the holder key that the wallet proved.
#[test]
fn req_offer_5() {
    prove("REQ-OFFER-5");
}

//= spec/text/offer.md#REQ-OFFER-6
//= type=test
//# The standing MUST be of this ledger.
#[test]
fn req_offer_6() {
    prove("REQ-OFFER-6");
}

//= spec/text/offer.md#REQ-OFFER-7
//= type=test
//# The standing MUST NOT be signed over 60 s ahead.
#[test]
fn req_offer_7() {
    prove("REQ-OFFER-7");
}

//= spec/text/offer.md#REQ-OFFER-8
//= type=test
//# The standing MUST belong to the record, as in a [presentation](presentation.md) (REQ-PRES-4 to
//# REQ-PRES-7).
#[test]
fn req_offer_8() {
    prove("REQ-OFFER-8");
}

//= spec/text/offer.md#REQ-OFFER-9
//= type=test
//# The record's epoch and signature MUST NOT lie over 60 s ahead.
#[test]
fn req_offer_9() {
    prove("REQ-OFFER-9");
}

//= spec/text/offer.md#REQ-OFFER-10
//= type=test
//# The epoch MUST be the current or the previous one, unless the record is final.
#[test]
fn req_offer_10() {
    prove("REQ-OFFER-10");
}

//= spec/text/offer.md#REQ-OFFER-11
//= type=test
//# The record MUST follow those that are held ([epoch.md](epoch.md#chain)); of two that contradict each
//# other, both are kept.
#[test]
fn req_offer_11() {
    prove("REQ-OFFER-11");
}

//= spec/text/offer.md#REQ-OFFER-12
//= type=test
//# The entries MUST follow the held ones from `since`, which is not over the number of those, to the
//# size of the standing's log.
#[test]
fn req_offer_12() {
    prove("REQ-OFFER-12");
}

//= spec/text/offer.md#REQ-OFFER-13
//= type=test
//# Replayed over what was held before `since`, they MUST keep [the rules](ledger.md#rules).
#[test]
fn req_offer_13() {
    prove("REQ-OFFER-13");
}

//= spec/text/offer.md#REQ-OFFER-14
//= type=test
//# The replayed ledger MUST have the standing's heads, log and live; when `since` is 0.
#[test]
fn req_offer_14() {
    prove("REQ-OFFER-14");
}

//= spec/text/offer.md#REQ-OFFER-15
//= type=test
//# Where a head is held, the new one MUST extend it: a smaller log, or entries from a `since` over 0 on
//# that do not lead to the new heads, log and live, are a complaint, and both sides are kept, as
//# signed.
#[test]
fn req_offer_15() {
    prove("REQ-OFFER-15");
}

//= spec/text/offer.md#REQ-OFFER-16
//= type=test
//# Another root for the size that is held, another entry at an index that is held, and under one epoch
//# record another head, salt or place, MUST be refused. They are evidence, and both sides are kept, as
//# signed.
#[test]
fn req_offer_16() {
    prove("REQ-OFFER-16");
}

//= spec/text/offer.md#REQ-OFFER-17
//= type=test
//# The numbers, computed as of the epoch's first day, MUST be the standing's.
#[test]
fn req_offer_17() {
    prove("REQ-OFFER-17");
}

//= spec/text/offer.md#REQ-OFFER-18
//= type=test
//# `bound` MUST NOT be before a binding that stands in the ledger, nor after the day (UTC) on which a
//# day from now lies.
#[test]
fn req_offer_18() {
    prove("REQ-OFFER-18");
}

//= spec/text/offer.md#REQ-OFFER-19
//= type=test
//# Each live rating MUST have exactly one credential, received or (for the same holder key) held, whose
//# leaf is that of its record, and nothing else has one.
#[test]
fn req_offer_19() {
    prove("REQ-OFFER-19");
}

//= spec/text/offer.md#REQ-OFFER-20
//= type=test
//# Two MUST NOT name the same place of a status list.
#[test]
fn req_offer_20() {
    prove("REQ-OFFER-20");
}

//= spec/text/offer.md#REQ-OFFER-21
//= type=test
//# Each credential's status list MUST be there.
#[test]
fn req_offer_21() {
    prove("REQ-OFFER-21");
}

//= spec/text/offer.md#REQ-OFFER-22
//= type=test
//# The list MUST have that place.
#[test]
fn req_offer_22() {
    prove("REQ-OFFER-22");
}

//= spec/text/offer.md#REQ-OFFER-23
//= type=test
//# A list MUST be of this issuer, under an address of the right form, each once, not signed over 60 s
//# ahead, named by the record as [status.md](status.md) says, and not another one of the same moment as
//# one that is held.
#[test]
fn req_offer_23() {
    prove("REQ-OFFER-23");
}

//= spec/text/offer.md#REQ-OFFER-24
//= type=test
//# A list MUST NOT be older than one that is held.
#[test]
fn req_offer_24() {
    prove("REQ-OFFER-24");
}

//= spec/text/offer.md#REQ-OFFER-26
//= type=test
//# The wallet MUST refuse terms of another issuer than the link named: a link can name anybody's DID
//# beside a peer of the sender's choice, and the session code is the second factor.
#[test]
fn req_offer_26() {
    prove("REQ-OFFER-26");
}

//= spec/text/offer.md#REQ-OFFER-27
//= type=test
//# The wallet MUST refuse terms for another offer, node or wallet.
#[test]
fn req_offer_27() {
    prove("REQ-OFFER-27");
}

//= spec/text/offer.md#REQ-OFFER-28
//= type=test
//# The node MUST verify it under the `holder` that was sent with it, over the statement as the node
//# knows it.
#[test]
fn req_offer_28() {
    prove("REQ-OFFER-28");
}

//= spec/text/offer.md#REQ-OFFER-35
//= type=test
//# A commitment MUST verify, or nothing is bound.
#[test]
fn req_offer_35() {
    prove("REQ-OFFER-35");
}

//= spec/text/offer.md#REQ-OFFER-37
//= type=test
//# The node MUST verify it under the `holder` that was sent with it, over the statement as the node
//# knows it, before it looks for what is bound to that key.
#[test]
fn req_offer_37() {
    prove("REQ-OFFER-37");
}
