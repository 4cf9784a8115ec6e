//! The requirements of `spec/text/versions.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/versions.md#REQ-VERSION-5
//= type=test
//# A reader MUST look at the version before it judges the other members: an object with another `v`, or
//# with an object within that has another, is `unsupported.version`, whatever else it has or lacks.
#[test]
fn req_version_5() {
    prove("REQ-VERSION-5");
}

//= spec/text/versions.md#REQ-VERSION-6
//= type=test
//# Objects of different versions in one presentation or offer are each read by their own version; a
//# standing and the ratings shown with it MUST be of versions that the verifier's query named.
#[test]
fn req_version_6() {
    prove("REQ-VERSION-6");
}
