//! The requirements of `spec/text/ledger.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/ledger.md#REQ-LEDGER-1
//= type=test
//# `kind` MUST be one of `rating`, `correction`, `reply`, `withdrawal`, `dispute`, `binding`, and an
//# entry MUST have the members of its kind and no others.
#[test]
fn req_ledger_1() {
    prove("REQ-LEDGER-1");
}

//= spec/text/ledger.md#REQ-LEDGER-2
//= type=test
//# `refs` MUST hold exactly one index, less than `index`.
#[test]
fn req_ledger_2() {
    prove("REQ-LEDGER-2");
}

//= spec/text/ledger.md#REQ-LEDGER-3
//= type=test
//# Digests within one entry MUST differ.
#[test]
fn req_ledger_3() {
    prove("REQ-LEDGER-3");
}

//= spec/text/ledger.md#REQ-LEDGER-4
//= type=test
//# A scale MUST be `min..max` in decimal without plus sign or leading zeros, −1,000,000 ≤ min < max ≤
//# 1,000,000; min is the worst.
#[test]
fn req_ledger_4() {
    prove("REQ-LEDGER-4");
}

//= spec/text/ledger.md#REQ-LEDGER-5
//= type=test
//# `value` MUST lie within the scale.
#[test]
fn req_ledger_5() {
    prove("REQ-LEDGER-5");
}

//= spec/text/ledger.md#REQ-LEDGER-6
//= type=test
//# An entry MUST have at most 32 digests.
#[test]
fn req_ledger_6() {
    prove("REQ-LEDGER-6");
}

//= spec/text/ledger.md#REQ-LEDGER-8
//= type=test
//# A record of a rating or correction MUST have all six of its parts; null says that nothing was said.
//# So a holder can show that there is no comment, a verifier can demand every part that it asked for,
//# and the number of digests tells nothing.
#[test]
fn req_ledger_8() {
    prove("REQ-LEDGER-8");
}

//= spec/text/ledger.md#REQ-LEDGER-9
//= type=test
//# The digest of each disclosure of a record MUST stand in its entry, each name at most once, and only
//# names of the entry's kind; one without a name has none of them.
#[test]
fn req_ledger_9() {
    prove("REQ-LEDGER-9");
}

//= spec/text/ledger.md#REQ-LEDGER-10
//= type=test
//# A disclosed value MUST have the form of its name, the bounds of a rater and of aspects included.
#[test]
fn req_ledger_10() {
    prove("REQ-LEDGER-10");
}

//= spec/text/ledger.md#REQ-LEDGER-11
//= type=test
//# A comment, category, amount band or reply that is disclosed MUST NOT be longer than its bound.
#[test]
fn req_ledger_11() {
    prove("REQ-LEDGER-11");
}

//= spec/text/ledger.md#REQ-LEDGER-12
//= type=test
//# The leaf value of an entry MUST be `H("faam/entry/0\n", JCS(entry))`. With an empty `_sd` the member is
//# absent from the canonical form.
#[test]
fn req_ledger_12() {
    prove("REQ-LEDGER-12");
}

//= spec/text/ledger.md#REQ-LEDGER-13
//= type=test
//# A proof of inclusion MUST lead from the leaf, at its place, to the root, with exactly as many hashes
//# as that place in a tree of that size has; no leaf is in an empty tree.
#[test]
fn req_ledger_13() {
    prove("REQ-LEDGER-13");
}

//= spec/text/ledger.md#REQ-LEDGER-14
//= type=test
//# A log's new head MUST be a consistent extension of the old one.
#[test]
fn req_ledger_14() {
    prove("REQ-LEDGER-14");
}

//= spec/text/ledger.md#REQ-LEDGER-15
//= type=test
//# A proof MUST be whole hashes, and at most 64 of them.
#[test]
fn req_ledger_15() {
    prove("REQ-LEDGER-15");
}

//= spec/text/ledger.md#REQ-LEDGER-16
//= type=test
//# `ledger` MUST be this ledger, and `index` the number of entries before.
#[test]
fn req_ledger_16() {
    prove("REQ-LEDGER-16");
}

//= spec/text/ledger.md#REQ-LEDGER-17
//= type=test
//# A correction MUST name a live rating of the same role and rater. That one stops being live, the
//# correction becomes live in its own place, and counts as one corrected. An open dispute goes on.
#[test]
fn req_ledger_17() {
    prove("REQ-LEDGER-17");
}

//= spec/text/ledger.md#REQ-LEDGER-18
//= type=test
//# A reply MUST name a live rating.
#[test]
fn req_ledger_18() {
    prove("REQ-LEDGER-18");
}

//= spec/text/ledger.md#REQ-LEDGER-19
//= type=test
//# A withdrawal MUST name a live rating. It stops being live and counts as one withdrawn.
#[test]
fn req_ledger_19() {
    prove("REQ-LEDGER-19");
}

//= spec/text/ledger.md#REQ-LEDGER-20
//= type=test
//# A dispute that is `open` MUST name a live rating without an open dispute, one that is `settled` a
//# live rating with an open dispute.
#[test]
fn req_ledger_20() {
    prove("REQ-LEDGER-20");
}

//= spec/text/ledger.md#REQ-LEDGER-21
//= type=test
//# A ledger MUST have at most 8 roles.
#[test]
fn req_ledger_21() {
    prove("REQ-LEDGER-21");
}

//= spec/text/ledger.md#REQ-LEDGER-23
//= type=test
//# A value `v` on `min..max` MUST be put on the common scale of 0 (worst) to 1000 (best), rounded half up in
//# whole arithmetic, as below.
#[test]
fn req_ledger_23() {
    prove("REQ-LEDGER-23");
}

//= spec/text/ledger.md#REQ-LEDGER-24
//= type=test
//# Recent MUST be exactly the ratings whose day lies after the same day of the year before *as-of* (28 February
//# for 29 February) and not after *as-of*. As-of is the first day of the epoch.
#[test]
fn req_ledger_24() {
    prove("REQ-LEDGER-24");
}

//= spec/text/ledger.md#REQ-LEDGER-25
//= type=test
//# The histogram MUST add up to `ratings`.
#[test]
fn req_ledger_25() {
    prove("REQ-LEDGER-25");
}

//= spec/text/ledger.md#REQ-LEDGER-26
//= type=test
//# `mean` (at most 1000), `first` ≤ `last` and a `counterparties` from 1 to `ratings` MUST be there
//# when `ratings` is not 0, and else be absent, absent, absent and 0.
#[test]
fn req_ledger_26() {
    prove("REQ-LEDGER-26");
}

//= spec/text/ledger.md#REQ-LEDGER-27
//= type=test
//# A recent band MUST NOT be over its band of all time.
#[test]
fn req_ledger_27() {
    prove("REQ-LEDGER-27");
}

//= spec/text/ledger.md#REQ-LEDGER-28
//= type=test
//# The roles' `ratings` MUST add up to the total's, and `disputed` MUST NOT be over it.
#[test]
fn req_ledger_28() {
    prove("REQ-LEDGER-28");
}
