//! The requirements of `spec/text/decision.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/decision.md#REQ-DEC-4
//= type=test
//# A receipt MUST verify under the key that `iss` and `kid` name, as of its `iat`, and `iss` MUST be
//# the verifier that asked (else `malformed`; `invalid.issuer` is a `kid` of another DID).
#[test]
fn req_dec_4() {
    prove("REQ-DEC-4");
}

//= spec/text/decision.md#REQ-DEC-5
//= type=test
//# It MUST be for this request and this presentation.
#[test]
fn req_dec_5() {
    prove("REQ-DEC-5");
}

//= spec/text/decision.md#REQ-DEC-6
//= type=test
//# `name` and `purpose` MUST be what was asked, and `shown` what was sent.
#[test]
fn req_dec_6() {
    prove("REQ-DEC-6");
}

//= spec/text/decision.md#REQ-DEC-7
//= type=test
//# `iat` MUST be within 300 s of the wallet's clock, and `delete_by` not later than was asked, counted
//# from that clock with the same 300 s.
#[test]
fn req_dec_7() {
    prove("REQ-DEC-7");
}
