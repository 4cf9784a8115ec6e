//! The requirements of `spec/text/status.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/status.md#REQ-STATUS-1
//= type=test
//# A list MUST verify under the key that its `iss` and `kid` name, as of its `iat`.
#[test]
fn req_status_1() {
    prove("REQ-STATUS-1");
}

//= spec/text/status.md#REQ-STATUS-2
//= type=test
//# `bits` MUST be 1, 2, 4 or 8, and `lst` one whole zlib stream after which nothing follows.
#[test]
fn req_status_2() {
    prove("REQ-STATUS-2");
}

//= spec/text/status.md#REQ-STATUS-3
//= type=test
//# A list MUST NOT expand to over 2^20 entries; it is refused and never cut off. As signed it is at
//# most 524,288 bytes.
#[test]
fn req_status_3() {
    prove("REQ-STATUS-3");
}

//= spec/text/status.md#REQ-STATUS-4
//= type=test
//# A list's issuer MUST be the rating's, and its `sub` the address that the rating names.
#[test]
fn req_status_4() {
    prove("REQ-STATUS-4");
}

//= spec/text/status.md#REQ-STATUS-5
//= type=test
//# An index outside the list MUST be refused and is never valid.
#[test]
fn req_status_5() {
    prove("REQ-STATUS-5");
}

//= spec/text/status.md#REQ-STATUS-6
//= type=test
//# A rating that is shown and that its list does not call valid MUST be refused. A wallet that receives
//# one keeps it: it may have been withdrawn after the epoch's head.
#[test]
fn req_status_6() {
    prove("REQ-STATUS-6");
}

//= spec/text/status.md#REQ-STATUS-7
//= type=test
//# A list MUST be one whose address the standing's epoch record names, and, when the list is not newer
//# than that record, with its hash: so nobody is kept on a list of their own.
#[test]
fn req_status_7() {
    prove("REQ-STATUS-7");
}

//= spec/text/status.md#REQ-STATUS-8
//= type=test
//# A list MUST NOT be older than one that is known, or have another hash than a known record that is
//# newer than it names.
#[test]
fn req_status_8() {
    prove("REQ-STATUS-8");
}

//= spec/text/status.md#REQ-STATUS-9
//= type=test
//# Without a list a reader MUST decide nothing.
#[test]
fn req_status_9() {
    prove("REQ-STATUS-9");
}

//= spec/text/status.md#REQ-STATUS-10
//= type=test
//# With a list that is older than the policy allows or past its `exp`, a reader MUST decide nothing.
#[test]
fn req_status_10() {
    prove("REQ-STATUS-10");
}

//= spec/text/status.md#REQ-STATUS-14
//= type=test
//# The address of a list MUST begin with `urn:faam:status:`, in the list, in a rating and in an epoch
//# record.
#[test]
fn req_status_14() {
    prove("REQ-STATUS-14");
}
