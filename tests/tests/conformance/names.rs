//! The requirements of `spec/text/names.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/names.md#REQ-NAME-1
//= type=test
//# A name MUST have only those characters, and at least one.
#[test]
fn req_name_1() {
    prove("REQ-NAME-1");
}

//= spec/text/names.md#REQ-NAME-2
//= type=test
//# A name MUST NOT be longer.
#[test]
fn req_name_2() {
    prove("REQ-NAME-2");
}

//= spec/text/names.md#REQ-NAME-4
//= type=test
//# A DID MUST be of one of those methods and forms.
#[test]
fn req_name_4() {
    prove("REQ-NAME-4");
}

//= spec/text/names.md#REQ-NAME-5
//= type=test
//# The host of a `did:webvh` or `did:web` MUST be in its one canonical form: lower case, two labels at
//# least, each of 1–63 letters, digits and inner hyphens, without percent sign, trailing dot, `..` and
//# punycode (`xn--`). The last label begins with a letter, so that it is no IP address.
#[test]
fn a84_req_name_5() {
    prove("REQ-NAME-5");
}

//= spec/text/names.md#REQ-NAME-17
//= type=test
//# A port of a `did:web` MUST be written as `%3A` and the number in decimal, 1–65535, without leading
//# zeros, and not at all if it is 443.
#[test]
fn a84_req_name_17() {
    prove("REQ-NAME-17");
}

//= spec/text/names.md#REQ-NAME-6
//= type=test
//# A DID MUST be at most 256 bytes.
#[test]
fn req_name_6() {
    prove("REQ-NAME-6");
}

//= spec/text/names.md#REQ-NAME-7
//= type=test
//# DIDs MUST be compared byte by byte, never by what they resolve to.
#[test]
fn req_name_7() {
    prove("REQ-NAME-7");
}

//= spec/text/names.md#REQ-NAME-8
//= type=test
//# `kid` MUST be there, and be of the DID that the object states.
#[test]
fn req_name_8() {
    prove("REQ-NAME-8");
}

//= spec/text/names.md#REQ-NAME-9
//= type=test
//# The object MUST state a DID: what is absent is `invalid.claim.missing`, what is there and is none,
//# whatever its type, `invalid.did`.
#[test]
fn req_name_9() {
    prove("REQ-NAME-9");
}

//= spec/text/names.md#REQ-NAME-10
//= type=test
//# Without a history of a `did:webvh` or `did:web`, or when the history has no key of that name, a
//# reader MUST decide nothing.
#[test]
fn req_name_10() {
    prove("REQ-NAME-10");
}

//= spec/text/names.md#REQ-NAME-11
//= type=test
//# The key MUST have been valid at the time at which the object says it was signed: `from` ≤ t <
//# `until`.
#[test]
fn req_name_11() {
    prove("REQ-NAME-11");
}

//= spec/text/names.md#REQ-NAME-13
//= type=test
//# The `client_id` of a request MUST have that prefix.
#[test]
fn req_name_13() {
    prove("REQ-NAME-13");
}

//= spec/text/names.md#REQ-NAME-16
//= type=test
//# Another name, such as one that hashes a key, is of another type or has another text, MUST be
//# refused. Whether the 32 bytes are a point is not checked here: the handshake proves them.
#[test]
fn req_name_16() {
    prove("REQ-NAME-16");
}
