//! The requirements of `spec/text/README.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/README.md#REQ-GEN-1
//= type=test
//# JSON from outside MUST be UTF-8 (RFC 3629) without a byte-order mark, and one JSON text (RFC 8259)
//# after which nothing but white space follows. No `\u` escape may stand for half of a character (a
//# single surrogate).
#[test]
fn req_gen_1() {
    prove("REQ-GEN-1");
}

//= spec/text/README.md#REQ-GEN-2
//= type=test
//# An object MUST NOT hold the same name twice, after unescaping.
#[test]
fn req_gen_2() {
    prove("REQ-GEN-2");
}

//= spec/text/README.md#REQ-GEN-24
//= type=test
//# A name MUST NOT begin with `$serde_json::private::`, after unescaping: the library of the reference
//# reader hands values to itself under such names, and must not find them in a text.
#[test]
fn req_gen_24() {
    prove("REQ-GEN-24");
}

//= spec/text/README.md#REQ-GEN-3
//= type=test
//# Arrays and objects MUST NOT nest more than 16 deep; the outermost counts as one.
#[test]
fn req_gen_3() {
    prove("REQ-GEN-3");
}

//= spec/text/README.md#REQ-GEN-4
//= type=test
//# Numbers MUST be written without fraction and exponent and lie within ±(2^53 − 1); `-0` is none.
#[test]
fn req_gen_4() {
    prove("REQ-GEN-4");
}

//= spec/text/README.md#REQ-GEN-5
//= type=test
//# A text MUST NOT hold more than 65,536 values, or 16,384 objects and arrays (an offer: 700,000 and
//# 120,000). Names are not counted, the outermost value is. Each costs far more in memory than in the
//# text.
#[test]
fn req_gen_5() {
    prove("REQ-GEN-5");
}

//= spec/text/README.md#REQ-GEN-6
//= type=test
//# Every object has a largest size, in [limits.md](limits.md). It MUST be compared before the object is
//# read.
#[test]
fn req_gen_6() {
    prove("REQ-GEN-6");
}

//= spec/text/README.md#REQ-GEN-7
//= type=test
//# An object MUST have the members that its page names, without those that are called optional, and no
//# others.
#[test]
fn req_gen_7() {
    prove("REQ-GEN-7");
}

//= spec/text/README.md#REQ-GEN-8
//= type=test
//# A member MUST be exactly of the type that its page names, and of the form that this type has
//# wherever else it is described. `null` is no value of an optional member, an array no object, a text
//# no number. What is no time has a code of its own, below.
#[test]
fn req_gen_8() {
    prove("REQ-GEN-8");
}

//= spec/text/README.md#REQ-GEN-9
//= type=test
//# A writer MUST leave an absent member out; of members that may be empty and are called absent when
//# empty, too. So, but for white space, the order of members and escapes in texts, an object has one
//# text.
#[test]
fn req_gen_9() {
    prove("REQ-GEN-9");
}

//= spec/text/README.md#REQ-GEN-10
//= type=test
//# A reader MUST refuse an object whose version `v` it does not know; version 0 is the one described
//# here. Another number in a `vct` or a `typ` is another type.
#[test]
fn req_gen_10() {
    prove("REQ-GEN-10");
}

//= spec/text/README.md#REQ-GEN-11
//= type=test
//# A time or day that is not one of those, text, `null`, a negative or too large number among them,
//# MUST be refused and never be taken for absent. What REQ-GEN-4 does not take for a number is
//# `malformed.json` already.
#[test]
fn req_gen_11() {
    prove("REQ-GEN-11");
}

//= spec/text/README.md#REQ-GEN-12
//= type=test
//# In a JWS the bytes that were received MUST be verified, and nothing is written again first.
#[test]
fn req_gen_12() {
    prove("REQ-GEN-12");
}

//= spec/text/README.md#REQ-GEN-13
//= type=test
//# Padding, other characters, other multibase prefixes and set trailing bits MUST be refused. So each
//# value has one text.
#[test]
fn req_gen_13() {
    prove("REQ-GEN-13");
}

//= spec/text/README.md#REQ-GEN-14
//= type=test
//# The only signature of our own formats is Ed25519 (RFC 8032). It MUST be verified strictly: `S` is
//# below the group's order, `R` is compared in its canonical encoding, neither `A` nor `R` is of small
//# order, and the equation is checked without the cofactor.
#[test]
fn req_gen_14() {
    prove("REQ-GEN-14");
}

//= spec/text/README.md#REQ-GEN-15
//= type=test
//# A public key MUST be the encoding (RFC 8032 §5.1.2) of a point of the curve that is not of small
//# order; in a `did:key`, what is none is no DID.
#[test]
fn req_gen_15() {
    prove("REQ-GEN-15");
}

//= spec/text/README.md#REQ-GEN-16
//= type=test
//# A reader MUST refuse what has another number of parts, or a signature that is not 64 bytes.
#[test]
fn req_gen_16() {
    prove("REQ-GEN-16");
}

//= spec/text/README.md#REQ-GEN-17
//= type=test
//# `alg` MUST be `EdDSA`. The reader decides the algorithm, never the text.
#[test]
fn req_gen_17() {
    prove("REQ-GEN-17");
}

//= spec/text/README.md#REQ-GEN-18
//= type=test
//# A header with `crit` MUST be refused.
#[test]
fn req_gen_18() {
    prove("REQ-GEN-18");
}

//= spec/text/README.md#REQ-GEN-19
//= type=test
//# `typ` MUST be there and exactly the one that the reader expects.
#[test]
fn req_gen_19() {
    prove("REQ-GEN-19");
}

//= spec/text/README.md#REQ-GEN-21
//= type=test
//# A header MUST be at most 4,096 bytes, decoded.
#[test]
fn req_gen_21() {
    prove("REQ-GEN-21");
}

//= spec/text/README.md#REQ-GEN-23
//= type=test
//# Bytes MUST be as many as the table says.
#[test]
fn req_gen_23() {
    prove("REQ-GEN-23");
}
