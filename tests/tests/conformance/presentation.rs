//! The requirements of `spec/text/presentation.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/presentation.md#REQ-PRES-1
//= type=test
//# There MUST be at most 8 ledgers, 16 ids, 8 lists for each ledger, and 1,024 ratings with their 8 standings
//# in all.
#[test]
fn req_pres_1() {
    prove("REQ-PRES-1");
}

//= spec/text/presentation.md#REQ-PRES-2
//= type=test
//# There MUST be exactly one standing for each that was asked for, and as many ledgers as standings, in
//# the order of the query.
#[test]
fn req_pres_2() {
    prove("REQ-PRES-2");
}

//= spec/text/presentation.md#REQ-PRES-3
//= type=test
//# `live` MUST have as many places as there are ratings.
#[test]
fn req_pres_3() {
    prove("REQ-PRES-3");
}

//= spec/text/presentation.md#REQ-PRES-4
//= type=test
//# The record's issuer and market MUST be the standing's, and its hash the standing's `record`.
#[test]
fn req_pres_4() {
    prove("REQ-PRES-4");
}

//= spec/text/presentation.md#REQ-PRES-5
//= type=test
//# The standing's key id MUST be among the record's `keys`.
#[test]
fn req_pres_5() {
    prove("REQ-PRES-5");
}

//= spec/text/presentation.md#REQ-PRES-6
//= type=test
//# The record's `epoch` MUST be the standing's, and the standing MUST NOT be signed before that epoch
//# began.
#[test]
fn req_pres_6() {
    prove("REQ-PRES-6");
}

//= spec/text/presentation.md#REQ-PRES-7
//= type=test
//# The account head, made from the standing's `ledger`, `epoch`, `head` and `salt`, MUST be at the
//# place `account` of `record.accounts`.
#[test]
fn req_pres_7() {
    prove("REQ-PRES-7");
}

//= spec/text/presentation.md#REQ-PRES-8
//= type=test
//# A rating's issuer, market and ledger MUST be the standing's.
#[test]
fn req_pres_8() {
    prove("REQ-PRES-8");
}

//= spec/text/presentation.md#REQ-PRES-9
//= type=test
//# A rating's `cnf` MUST be the standing's.
#[test]
fn req_pres_9() {
    prove("REQ-PRES-9");
}

//= spec/text/presentation.md#REQ-PRES-10
//= type=test
//# Each rating's leaf, computed from the credential, MUST be at its place of the standing's
//# `head.live`.
#[test]
fn req_pres_10() {
    prove("REQ-PRES-10");
}

//= spec/text/presentation.md#REQ-PRES-11
//= type=test
//# A rating MUST NOT be shown twice.
#[test]
fn req_pres_11() {
    prove("REQ-PRES-11");
}

//= spec/text/presentation.md#REQ-PRES-12
//= type=test
//# A list MUST be of the standing's issuer and not signed over 60 s ahead, and its address MUST be one
//# that a rating shown names.
#[test]
fn req_pres_12() {
    prove("REQ-PRES-12");
}

//= spec/text/presentation.md#REQ-PRES-13
//= type=test
//# With `complete` and all roles asked for, there MUST be as many ratings as `head.live.size`; with
//# some roles, as many as those roles' numbers in the standing add up to.
#[test]
fn req_pres_13() {
    prove("REQ-PRES-13");
}

//= spec/text/presentation.md#REQ-PRES-14
//= type=test
//# With `complete` and all roles asked for, the mean of what is shown MUST be the standing's.
#[test]
fn req_pres_14() {
    prove("REQ-PRES-14");
}

//= spec/text/presentation.md#REQ-PRES-15
//= type=test
//# A band of what is shown MUST NOT have more than the standing's histogram.
#[test]
fn req_pres_15() {
    prove("REQ-PRES-15");
}

//= spec/text/presentation.md#REQ-PRES-16
//= type=test
//# A reply's entry MUST be of the standing's ledger.
#[test]
fn req_pres_16() {
    prove("REQ-PRES-16");
}

//= spec/text/presentation.md#REQ-PRES-17
//= type=test
//# Its leaf MUST be at its index of the standing's `head.log`.
#[test]
fn req_pres_17() {
    prove("REQ-PRES-17");
}

//= spec/text/presentation.md#REQ-PRES-18
//= type=test
//# It MUST be a reply to a rating that is shown, with its text, and the only one to it.
#[test]
fn req_pres_18() {
    prove("REQ-PRES-18");
}

//= spec/text/presentation.md#REQ-PRES-19
//= type=test
//# An answer MUST NOT hold less than the query asks for: too few ratings, no `complete` where it was
//# asked for, a part that is not disclosed, one ledger twice (the same ledger id of the same issuer, by
//# the stable part of its DID).
#[test]
fn req_pres_19() {
    prove("REQ-PRES-19");
}

//= spec/text/presentation.md#REQ-PRES-20
//= type=test
//# An answer MUST NOT hold more: other ids, ratings, lists or replies where none were asked for, a part
//# that was not asked for.
#[test]
fn req_pres_20() {
    prove("REQ-PRES-20");
}

//= spec/text/presentation.md#REQ-PRES-21
//= type=test
//# Market, issuer and roles MUST be among those asked for.
#[test]
fn req_pres_21() {
    prove("REQ-PRES-21");
}

//= spec/text/presentation.md#REQ-PRES-24
//= type=test
//# There MUST be at most 4 private standings.
#[test]
fn req_pres_24() {
    prove("REQ-PRES-24");
}

//= spec/text/presentation.md#REQ-PRES-25
//= type=test
//# There MUST be exactly one proof for each private standing that was asked for, and as many elements
//# of `private` as were asked for, in the order of the query and under its ids.
#[test]
fn req_pres_25() {
    prove("REQ-PRES-25");
}

//= spec/text/presentation.md#REQ-PRES-26
//= type=test
//# Where ledgers were asked for there MUST be no private standings, and where private standings were
//# asked for, no ledgers.
#[test]
fn req_pres_26() {
    prove("REQ-PRES-26");
}

//= spec/text/presentation.md#REQ-PRES-27
//= type=test
//# The record MUST be one that says how the market signs private standings.
#[test]
fn req_pres_27() {
    prove("REQ-PRES-27");
}

//= spec/text/presentation.md#REQ-PRES-28
//= type=test
//# Two private standings of one market (by the stable part of its issuer's DID and its name) MUST be of
//# different roles and under one pseudonym: one ledger counts once, and ledgers of two people are not
//# pooled.
#[test]
fn req_pres_28() {
    prove("REQ-PRES-28");
}
