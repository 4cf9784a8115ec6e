//! Attacks against the HTTP face of the verifier, by their numbers: each attempt of `faam_tests::attacks` is asked for by
//! `POST /v0/requests`, answered by a peer, and read with `GET /v0/requests/{id}`, all of one daemon with a folder and a store of its own.
//!
//! The daemon runs in this process, because an attempt has a time at which it is judged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod walk;

use crate::walk::walk;

#[test]
fn a01_over_http_no_algorithm_or_one_that_the_key_is_not_for() {
    walk("A01");
}

#[test]
fn a02_over_http_signatures_gone_or_changed() {
    walk("A02");
}

#[test]
fn a03_over_http_keys_in_the_header() {
    walk("A03");
}

#[test]
fn a04_over_http_critical_extensions_and_names_twice() {
    walk("A04");
}

#[test]
fn a05_over_http_other_types() {
    walk("A05");
}

#[test]
fn a06_over_http_times_that_are_none() {
    walk("A06");
}

#[test]
fn a07_over_http_one_digest_in_two_places() {
    walk("A07");
}

#[test]
fn a08_over_http_disclosures_that_belong_to_nothing() {
    walk("A08");
}

#[test]
fn a09_over_http_reserved_and_colliding_names() {
    walk("A09");
}

#[test]
fn a10_over_http_arity_trailing_text_and_second_spellings() {
    walk("A10");
}

#[test]
fn a11_over_http_digests_within_and_placeholders_with_company() {
    walk("A11");
}

#[test]
fn a12_over_http_digests_by_another_function() {
    walk("A12");
}

#[test]
fn a13_over_http_what_has_to_be_visible_hidden() {
    walk("A13");
}

#[test]
fn a14_over_http_no_key_binding() {
    walk("A14");
}

#[test]
fn a15_over_http_key_binding_by_another_key() {
    walk("A15");
}

#[test]
fn a16_over_http_key_binding_over_other_disclosures() {
    walk("A16");
}

#[test]
fn a17_over_http_another_nonce_or_audience() {
    walk("A17");
}

#[test]
fn a18_over_http_key_binding_stale_or_ahead() {
    walk("A18");
}

#[test]
fn a20_over_http_more_than_anybody_needs() {
    walk("A20");
}

#[test]
fn a37_over_http_lists_of_somebody_else() {
    walk("A37");
}

#[test]
fn a38_over_http_lists_that_expand_without_end() {
    walk("A38");
}

#[test]
fn a39_over_http_a_status_outside_its_list() {
    walk("A39");
}

#[test]
fn a40_over_http_older_lists_and_records_after_newer_ones() {
    walk("A40");
}

#[test]
fn a41_over_http_lists_that_are_missing_or_old() {
    walk("A41");
}

#[test]
fn a42_over_http_lists_of_one_person() {
    walk("A42");
}

#[test]
fn a81_over_http_an_issuer_believed_for_something_else() {
    walk("A81");
}

#[test]
fn a82_over_http_one_market_under_two_names() {
    walk("A82");
}

#[test]
fn a83_over_http_less_or_other_than_was_asked() {
    walk("A83");
}

#[test]
fn a84_over_http_two_spellings_of_one_host() {
    walk("A84");
}

#[test]
fn a85_over_http_what_costs_much_to_check() {
    walk("A85");
}

#[test]
fn a86_over_http_evidence_that_grades_itself() {
    walk("A86");
}
