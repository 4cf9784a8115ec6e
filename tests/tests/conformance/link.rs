//! The requirements of `spec/text/link.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/link.md#REQ-LINK-1
//= type=test
//# A link is at most 1,200 bytes; a reader MUST compare that first.
#[test]
fn req_link_1() {
    prove("REQ-LINK-1");
}

//= spec/text/link.md#REQ-LINK-2
//= type=test
//# Members MUST stand in this order and each once; there is no escaping, fragment or white space.
#[test]
fn req_link_2() {
    prove("REQ-LINK-2");
}

//= spec/text/link.md#REQ-LINK-3
//= type=test
//# Each member MUST have its form.
#[test]
fn req_link_3() {
    prove("REQ-LINK-3");
}

//= spec/text/link.md#REQ-LINK-4
//= type=test
//# There MUST be 1 to 8 addresses.
#[test]
fn req_link_4() {
    prove("REQ-LINK-4");
}

//= spec/text/link.md#REQ-LINK-5
//= type=test
//# A link of another version, that is, with anything but `0` after `v=`, MUST be refused.
#[test]
fn req_link_5() {
    prove("REQ-LINK-5");
}

//= spec/text/link.md#REQ-LINK-6
//= type=test
//# A link of another kind than the program was asked for MUST be refused.
#[test]
fn req_link_6() {
    prove("REQ-LINK-6");
}

//= spec/text/link.md#REQ-LINK-7
//= type=test
//# From `exp` on, a link MUST be refused.
#[test]
fn req_link_7() {
    prove("REQ-LINK-7");
}
