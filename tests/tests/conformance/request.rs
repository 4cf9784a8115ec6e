//! The requirements of `spec/text/request.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/request.md#REQ-REQUEST-1
//= type=test
//# A request MUST verify under the key that `client_id` and `kid` name, as of now.
#[test]
fn req_request_1() {
    prove("REQ-REQUEST-1");
}

//= spec/text/request.md#REQ-REQUEST-2
//= type=test
//# `response_type`, `response_mode` and `aud` MUST be exactly those texts.
#[test]
fn req_request_2() {
    prove("REQ-REQUEST-2");
}

//= spec/text/request.md#REQ-REQUEST-3
//= type=test
//# `nonce` MUST have that form.
#[test]
fn req_request_3() {
    prove("REQ-REQUEST-3");
}

//= spec/text/request.md#REQ-REQUEST-4
//= type=test
//# `iat` MUST NOT be over 60 s ahead.
#[test]
fn req_request_4() {
    prove("REQ-REQUEST-4");
}

//= spec/text/request.md#REQ-REQUEST-5
//= type=test
//# `exp` MUST be after `iat`.
#[test]
fn req_request_5() {
    prove("REQ-REQUEST-5");
}

//= spec/text/request.md#REQ-REQUEST-6
//= type=test
//# `exp` MUST be at most 7 days after `iat`, `retention_days` at most 3,660, `name` at most 100 bytes,
//# `purpose` and `terms` at most 500 each, and the request at most 49,152 as signed.
#[test]
fn req_request_6() {
    prove("REQ-REQUEST-6");
}

//= spec/text/request.md#REQ-REQUEST-7
//= type=test
//# `name` and `purpose` MUST hold more than white space (Unicode's `White_Space`).
#[test]
fn req_request_7() {
    prove("REQ-REQUEST-7");
}

//= spec/text/request.md#REQ-REQUEST-8
//= type=test
//# A wallet MUST refuse a request that is signed by another DID than the link named.
#[test]
fn req_request_8() {
    prove("REQ-REQUEST-8");
}

//= spec/text/request.md#REQ-REQUEST-9
//= type=test
//# A wallet MUST refuse a request that names another peer than the one it is connected to: nobody
//# stands between.
#[test]
fn req_request_9() {
    prove("REQ-REQUEST-9");
}

//= spec/text/request.md#REQ-REQUEST-10
//= type=test
//# A request MUST NOT be answered from `exp` on.
#[test]
fn req_request_10() {
    prove("REQ-REQUEST-10");
}

//= spec/text/request.md#REQ-REQUEST-13
//= type=test
//# Everything that is not described here, unknown members included, MUST be refused and never answered
//# in part.
#[test]
fn req_request_13() {
    prove("REQ-REQUEST-13");
}

//= spec/text/request.md#REQ-REQUEST-14
//= type=test
//# Each id MUST stand once.
#[test]
fn req_request_14() {
    prove("REQ-REQUEST-14");
}

//= spec/text/request.md#REQ-REQUEST-15
//= type=test
//# There MUST be 1 to 8 standings, each with at most one credential of ratings, which stands after it.
#[test]
fn req_request_15() {
    prove("REQ-REQUEST-15");
}

//= spec/text/request.md#REQ-REQUEST-16
//= type=test
//# `multiple` MUST be true for ratings and is absent for a standing; `faam.standing` MUST name a
//# standing of the same query, and `market` and `iss` MUST be the same as that standing's.
#[test]
fn req_request_16() {
    prove("REQ-REQUEST-16");
}

//= spec/text/request.md#REQ-REQUEST-17
//= type=test
//# A claim's `path` MUST be one of those shown or the name of one of [the disclosable
//# parts](ledger.md#disclosable-parts) of a rating, each once and at most 32 in all; `values`, where
//# they are shown, are 1 to 32, and stand nowhere else.
#[test]
fn req_request_17() {
    prove("REQ-REQUEST-17");
}

//= spec/text/request.md#REQ-REQUEST-18
//= type=test
//# `at_least` MUST be at most 1,024.
#[test]
fn req_request_18() {
    prove("REQ-REQUEST-18");
}

//= spec/text/request.md#REQ-REQUEST-19
//= type=test
//# There MUST be 1 to 4 of them, and no standings or ratings beside them.
#[test]
fn req_request_19() {
    prove("REQ-REQUEST-19");
}

//= spec/text/request.md#REQ-REQUEST-20
//= type=test
//# `meta.grid` MUST be 1, and `multiple`, `faam` and other members of `meta` are absent.
#[test]
fn req_request_20() {
    prove("REQ-REQUEST-20");
}

//= spec/text/request.md#REQ-REQUEST-21
//= type=test
//# There MUST be 1 to 4 milestones of the grid, each of another metric, in the order of the grid.
#[test]
fn req_request_21() {
    prove("REQ-REQUEST-21");
}
