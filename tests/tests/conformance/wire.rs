//! The requirements of `spec/text/wire.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/wire.md#REQ-WIRE-1
//= type=test
//# A frame is at most 65,536 bytes without its length; the length MUST be compared before anything is
//# allocated.
#[test]
fn req_wire_1() {
    prove("REQ-WIRE-1");
}

//= spec/text/wire.md#REQ-WIRE-3
//= type=test
//# A head MUST be at most 8,192 bytes.
#[test]
fn req_wire_3() {
    prove("REQ-WIRE-3");
}

//= spec/text/wire.md#REQ-WIRE-4
//= type=test
//# A message MUST have that form and be of one of the kinds below, with the members that are shown and
//# no others.
#[test]
fn req_wire_4() {
    prove("REQ-WIRE-4");
}
