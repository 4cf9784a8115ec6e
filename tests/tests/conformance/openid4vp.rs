//! The requirements of `spec/text/openid4vp.md` that an object can break, each proven by its vectors.

use super::prove;

//= spec/text/openid4vp.md#REQ-VP-3
//= type=test
//# An address on the web MUST be at most 2,048 visible ASCII characters
#[test]
fn req_vp_3() {
    prove("REQ-VP-3");
}

//= spec/text/openid4vp.md#REQ-VP-4
//= type=test
//# A `client_id` MUST be at most 2,048 bytes of visible ASCII
#[test]
fn req_vp_4() {
    prove("REQ-VP-4");
}

//= spec/text/openid4vp.md#REQ-VP-5
//= type=test
//# A link MUST be `openid4vp://`
#[test]
fn req_vp_5() {
    prove("REQ-VP-5");
}

//= spec/text/openid4vp.md#REQ-VP-6
//= type=test
//# A request that nobody signed MUST be refused
#[test]
fn req_vp_6() {
    prove("REQ-VP-6");
}

//= spec/text/openid4vp.md#REQ-VP-7
//= type=test
//# `aud` MUST be `https://self-issued.me/v2`
#[test]
fn req_vp_7() {
    prove("REQ-VP-7");
}

//= spec/text/openid4vp.md#REQ-VP-8
//= type=test
//# `response_type` MUST be `vp_token`
#[test]
fn req_vp_8() {
    prove("REQ-VP-8");
}

//= spec/text/openid4vp.md#REQ-VP-9
//= type=test
//# A request with `transaction_data` MUST be refused
#[test]
fn req_vp_9() {
    prove("REQ-VP-9");
}

//= spec/text/openid4vp.md#REQ-VP-10
//= type=test
//# `scope` and `verifier_info` MUST NOT be there
#[test]
fn req_vp_10() {
    prove("REQ-VP-10");
}

//= spec/text/openid4vp.md#REQ-VP-11
//= type=test
//# Where the `client_id` names a host
#[test]
fn req_vp_11() {
    prove("REQ-VP-11");
}

//= spec/text/openid4vp.md#REQ-VP-13
//= type=test
//# A query of a request without `faam` MAY say the same in other words
#[test]
fn req_vp_13() {
    prove("REQ-VP-13");
}

//= spec/text/openid4vp.md#REQ-VP-16
//= type=test
//# A form MUST be read strictly
#[test]
fn req_vp_16() {
    prove("REQ-VP-16");
}

//= spec/text/openid4vp.md#REQ-VP-18
//= type=test
//# The presentation MUST be the canonical form (JCS) of the object with `v` 0
#[test]
fn req_vp_18() {
    prove("REQ-VP-18");
}
