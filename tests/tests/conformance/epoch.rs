//! The requirements of `spec/text/epoch.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/epoch.md#REQ-EPOCH-1
//= type=test
//# An epoch's length MUST be 3,600 s to 92 days.
#[test]
fn req_epoch_1() {
    prove("REQ-EPOCH-1");
}

//= spec/text/epoch.md#REQ-EPOCH-2
//= type=test
//# A record MUST verify under the key that its `iss` and `kid` name, as of its `iat`.
#[test]
fn req_epoch_2() {
    prove("REQ-EPOCH-2");
}

//= spec/text/epoch.md#REQ-EPOCH-3
//= type=test
//# A record MUST NOT be signed before its epoch began.
#[test]
fn req_epoch_3() {
    prove("REQ-EPOCH-3");
}

//= spec/text/epoch.md#REQ-EPOCH-4
//= type=test
//# It MUST name at most 64 status lists, and be at most 32,768 bytes.
#[test]
fn req_epoch_4() {
    prove("REQ-EPOCH-4");
}

//= spec/text/epoch.md#REQ-EPOCH-7
//= type=test
//# Two records with the same `prev` or the same `epoch` and different hashes MUST be refused. Two
//# signed records with one predecessor are evidence against the market. Both are kept. Absent in both
//# is the same `prev`. This is judged before the others.
#[test]
fn req_epoch_7() {
    prove("REQ-EPOCH-7");
}

//= spec/text/epoch.md#REQ-EPOCH-8
//= type=test
//# A record MUST NOT be of an earlier epoch, or follow a final one.
#[test]
fn req_epoch_8() {
    prove("REQ-EPOCH-8");
}

//= spec/text/epoch.md#REQ-EPOCH-9
//= type=test
//# The next epoch's record MUST name the known record's hash as `prev`.
#[test]
fn req_epoch_9() {
    prove("REQ-EPOCH-9");
}

//= spec/text/epoch.md#REQ-EPOCH-10
//= type=test
//# A record MUST have the length of epoch that the known one has, because with another, numbers would
//# mean other times.
#[test]
fn req_epoch_10() {
    prove("REQ-EPOCH-10");
}

//= spec/text/epoch.md#REQ-EPOCH-11
//= type=test
//# Each of `keys` MUST be the DID of `iss`, `#` and what follows, whatever it is; that a `did:key` has
//# one key alone is not looked at here.
#[test]
fn req_epoch_11() {
    prove("REQ-EPOCH-11");
}
