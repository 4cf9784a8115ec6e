//! The requirements of `spec/text/policy.md`, each proven by its vectors.

use super::prove;

//= spec/text/policy.md#REQ-POLICY-1
//= type=test
//# A key that is not known MUST be refused, and never skipped
#[test]
fn req_policy_1() {
    prove("REQ-POLICY-1");
}

//= spec/text/policy.md#REQ-POLICY-2
//= type=test
//# Values that make no sense together MUST be refused
#[test]
fn req_policy_2() {
    prove("REQ-POLICY-2");
}

//= spec/text/policy.md#REQ-POLICY-3
//= type=test
//# A file MUST be bounded before it is read: at most 262,144 bytes.
#[test]
fn req_policy_3() {
    prove("REQ-POLICY-3");
}

//= spec/text/policy.md#REQ-POLICY-4
//= type=test
//# The outcome MUST be the worst of what was missing and of what the policy makes of the facts.
#[test]
fn req_policy_4() {
    prove("REQ-POLICY-4");
}

//= spec/text/policy.md#REQ-POLICY-5
//= type=test
//# Each market's statement MUST be judged alone; numbers and milestones of several MUST NOT be added.
#[test]
fn req_policy_5() {
    prove("REQ-POLICY-5");
}

//= spec/text/policy.md#REQ-POLICY-6
//= type=test
//# Who has fewer ratings than `newcomer.below` MUST be told apart as `policy.unrated` and MUST NOT be
//# accepted for it.
#[test]
fn req_policy_6() {
    prove("REQ-POLICY-6");
}

//= spec/text/policy.md#REQ-POLICY-7
//= type=test
//# A milestone MUST be proven itself, or a higher step of its metric, of the policy's role
#[test]
fn req_policy_7() {
    prove("REQ-POLICY-7");
}

//= spec/text/policy.md#REQ-POLICY-8
//= type=test
//# Withdrawn and disputed ratings MUST be taken from the standing's numbers, never from what is shown.
#[test]
fn req_policy_8() {
    prove("REQ-POLICY-8");
}

//= spec/text/policy.md#REQ-POLICY-9
//= type=test
//# Statements of one issuer (by the stable part of its DID), of one market name or of one group MUST
//# count as one market
#[test]
fn req_policy_9() {
    prove("REQ-POLICY-9");
}

//= spec/text/policy.md#REQ-POLICY-10
//= type=test
//# Of a market whose records contradict each other nothing MUST be accepted, whatever the policy says.
#[test]
fn req_policy_10() {
    prove("REQ-POLICY-10");
}

//= spec/text/policy.md#REQ-POLICY-11
//= type=test
//# An entry MUST name its issuer by exactly one of `issuer` and `key`.
#[test]
fn req_policy_11() {
    prove("REQ-POLICY-11");
}

//= spec/text/policy.md#REQ-POLICY-12
//= type=test
//# A pinned key MUST be a public Ed25519 key: no other kind, and no private one.
#[test]
fn req_policy_12() {
    prove("REQ-POLICY-12");
}

//= spec/text/policy.md#REQ-POLICY-14
//= type=test
//# Where `of` names markets, a statement of another one MUST NOT count.
#[test]
fn req_policy_14() {
    prove("REQ-POLICY-14");
}

//= spec/text/policy.md#REQ-POLICY-15
//= type=test
//# Every number of `[standing]` that is not met MUST be told, and the statement MUST NOT count.
#[test]
fn req_policy_15() {
    prove("REQ-POLICY-15");
}

//= spec/text/policy.md#REQ-POLICY-16
//= type=test
//# What was announced MUST be looked at for statements of that issuer about that market, and for no others.
#[test]
fn req_policy_16() {
    prove("REQ-POLICY-16");
}
