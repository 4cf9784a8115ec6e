//! The requirements of `spec/text/events.md` that can be broken in an object, each proven by its vectors.

use super::prove;

//= spec/text/events.md#REQ-EVENT-1
//= type=test
//# A line MUST be at most 16 KiB.
#[test]
fn req_event_1() {
    prove("REQ-EVENT-1");
}

//= spec/text/events.md#REQ-EVENT-2
//= type=test
//# A line MUST be [strict JSON](README.md#strict-json) and an object; numbers are whole, so that `5.0`
//# is refused.
#[test]
fn req_event_2() {
    prove("REQ-EVENT-2");
}

//= spec/text/events.md#REQ-EVENT-3
//= type=test
//# A line MUST have the members of its type and no others, each of its form; `null` is as good as
//# absent.
#[test]
fn req_event_3() {
    prove("REQ-EVENT-3");
}

//= spec/text/events.md#REQ-EVENT-4
//= type=test
//# `of` MUST name the event of a rating that is recorded and current. After a correction, that is the
//# correction's `id`. After a withdrawal there is none.
#[test]
fn req_event_4() {
    prove("REQ-EVENT-4");
}

//= spec/text/events.md#REQ-EVENT-5
//= type=test
//# An event whose `id` is recorded changes nothing if it says the same (of `at`, only the day counts),
//# so that a feed may be sent again from any earlier point. It MUST NOT say anything else: a correction
//# has an `id` of its own.
#[test]
fn req_event_5() {
    prove("REQ-EVENT-5");
}

//= spec/text/events.md#REQ-EVENT-6
//= type=test
//# What is disputed MUST be a rating without an open dispute, and what is settled an open dispute.
#[test]
fn req_event_6() {
    prove("REQ-EVENT-6");
}

//= spec/text/events.md#REQ-EVENT-7
//= type=test
//# An account MUST NOT rate itself.
#[test]
fn req_event_7() {
    prove("REQ-EVENT-7");
}

//= spec/text/events.md#REQ-EVENT-11
//= type=test
//# Columns MUST be separated by commas, without quotation marks and spaces; the value lies on the
//# scale, a pair stands once (`event.malformed`), and `to` and `from` differ (`event.rule`).
#[test]
fn req_event_11() {
    prove("REQ-EVENT-11");
}

//= spec/text/events.md#REQ-EVENT-12
//= type=test
//# A line MUST have at most 1,024 bytes.
#[test]
fn req_event_12() {
    prove("REQ-EVENT-12");
}

//= spec/text/events.md#REQ-EVENT-13
//= type=test
//# An account MUST have at most 8 roles, those of its withdrawn and corrected ratings among them.
#[test]
fn req_event_13() {
    prove("REQ-EVENT-13");
}
