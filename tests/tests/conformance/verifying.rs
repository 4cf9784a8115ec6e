//! The requirements of `spec/text/verifying.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/verifying.md#REQ-VERIFY-3
//= type=test
//# Trust MUST be in (issuer, market, role, type) and never in a key. Issuer and market are compared by
//# their whole DID and name.
#[test]
fn req_verify_3() {
    prove("REQ-VERIFY-3");
}

//= spec/text/verifying.md#REQ-VERIFY-4
//= type=test
//# Trust that ended with an epoch MUST NOT reach further.
#[test]
fn req_verify_4() {
    prove("REQ-VERIFY-4");
}

//= spec/text/verifying.md#REQ-VERIFY-5
//= type=test
//# The market's epochs MUST have the trusted length.
#[test]
fn req_verify_5() {
    prove("REQ-VERIFY-5");
}

//= spec/text/verifying.md#REQ-VERIFY-7
//= type=test
//# A record that contradicts a known one MUST be refused.
#[test]
fn req_verify_7() {
    prove("REQ-VERIFY-7");
}

//= spec/text/verifying.md#REQ-VERIFY-8
//= type=test
//# A record or standing of an epoch that has not begun, or signed over 60 s ahead, MUST be refused.
#[test]
fn req_verify_8() {
    prove("REQ-VERIFY-8");
}

//= spec/text/verifying.md#REQ-VERIFY-9
//= type=test
//# Of a market that is known to be closed, only the final epoch MUST be accepted.
#[test]
fn req_verify_9() {
    prove("REQ-VERIFY-9");
}

//= spec/text/verifying.md#REQ-VERIFY-10
//= type=test
//# A standing older than the previous epoch MUST be refused when a newer record is known.
#[test]
fn req_verify_10() {
    prove("REQ-VERIFY-10");
}

//= spec/text/verifying.md#REQ-VERIFY-11
//= type=test
//# Nothing MUST be decided about a market that fell silent, unless the policy takes its last word and
//# that was seen before.
#[test]
fn req_verify_11() {
    prove("REQ-VERIFY-11");
}

//= spec/text/verifying.md#REQ-VERIFY-12
//= type=test
//# A nonce MUST be consumed atomically and once, and only by an acceptance.
#[test]
fn req_verify_12() {
    prove("REQ-VERIFY-12");
}

//= spec/text/verifying.md#REQ-VERIFY-13
//= type=test
//# `pending`'s signature MUST be verified again when it is read back.
#[test]
fn req_verify_13() {
    prove("REQ-VERIFY-13");
}

//= spec/text/verifying.md#REQ-VERIFY-15
//= type=test
//# Two records of one market in one answer MUST NOT contradict each other.
#[test]
fn req_verify_15() {
    prove("REQ-VERIFY-15");
}

//= spec/text/verifying.md#REQ-VERIFY-17
//= type=test
//# The key of a record's `private` MUST be a point of the prime-order group of G2 in its one encoding,
//# and not the identity.
#[test]
fn req_verify_17() {
    prove("REQ-VERIFY-17");
}
