//! The requirements of `spec/text/private.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/private.md#REQ-PRIVATE-1
//= type=test
//# The header MUST be made from the epoch record
#[test]
fn req_private_1() {
    prove("REQ-PRIVATE-1");
}

//= spec/text/private.md#REQ-PRIVATE-2
//= type=test
//# `suite`, `grid` and `messages` MUST be those of this page.
#[test]
fn req_private_2() {
    prove("REQ-PRIVATE-2");
}

//= spec/text/private.md#REQ-PRIVATE-3
//= type=test
//# There MUST be at most 200 rows over all roles, each of a multiple of 20 accounts and not of none, in
//# ascending order of their steps and each once, with 0 for `bound` and no step that there is not;
//# `bound` MUST be a multiple of 20.
#[test]
fn req_private_3() {
    prove("REQ-PRIVATE-3");
}

//= spec/text/private.md#REQ-PRIVATE-7
//= type=test
//# The signature MUST verify over the milestones that the wallet computed itself, with its own secrets
//# and under the record's key
#[test]
fn req_private_7() {
    prove("REQ-PRIVATE-7");
}

//= spec/text/private.md#REQ-PRIVATE-9
//= type=test
//# A proof MUST disclose exactly the messages of the milestones that were asked for, all of them true.
#[test]
fn req_private_9() {
    prove("REQ-PRIVATE-9");
}

//= spec/text/private.md#REQ-PRIVATE-10
//= type=test
//# The context MUST be `faam/pseudonym/0\n` and the stable part of the verifier's DID
#[test]
fn req_private_10() {
    prove("REQ-PRIVATE-10");
}

//= spec/text/private.md#REQ-PRIVATE-11
//= type=test
//# The presentation header MUST be made of the verifier's whole `client_id` and the request's nonce
#[test]
fn req_private_11() {
    prove("REQ-PRIVATE-11");
}

//= spec/text/private.md#REQ-PRIVATE-12
//= type=test
//# The length of a proof MUST be the one that its milestones give, and is compared before anything
//# else.
#[test]
fn req_private_12() {
    prove("REQ-PRIVATE-12");
}

//= spec/text/private.md#REQ-PRIVATE-13
//= type=test
//# The pseudonym and the three points of a proof MUST be points of the prime-order group of G1 in their
//# one encoding, and none of them the identity.
#[test]
fn req_private_13() {
    prove("REQ-PRIVATE-13");
}

//= spec/text/private.md#REQ-PRIVATE-14
//= type=test
//# The proof MUST verify (`ProofVerifyWithNym`) with this header, context, presentation header and
//# pseudonym, 54 messages of the signer and one committed.
#[test]
fn req_private_14() {
    prove("REQ-PRIVATE-14");
}

//= spec/text/private.md#REQ-PRIVATE-20
//= type=test
//# Every scalar of a proof MUST be below the group's order and the challenge not 0, and the record's
//# `key` MUST be a point of the prime-order group of G2 in its one encoding, and not the identity.
#[test]
fn req_private_20() {
    prove("REQ-PRIVATE-20");
}

//= spec/text/private.md#REQ-PRIVATE-6
//= type=test
//# The entropy MUST be the same for as long as a binding lasts; a wallet pins the first that it sees
//# for a commitment and refuses another, because every pseudonym would change.
#[test]
fn req_private_6() {
    prove("REQ-PRIVATE-6");
}

//= spec/text/private.md#REQ-PRIVATE-16
//= type=test
//# A wallet MUST compare the epoch record with one that it gets by another path, not telling who asks,
//# before it shows anything of it; a market that has another record, or another key, for one person
//# could follow that person.
#[test]
fn req_private_16() {
    prove("REQ-PRIVATE-16");
}
