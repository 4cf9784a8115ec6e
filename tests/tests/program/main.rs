//! Attacks against the program `faam-verify`, by their numbers: each attempt of `faam_tests::attacks` as files and standard input, and what
//! is printed, with which exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod walk;

use std::collections::BTreeSet;

use faam_tests::attacks::kept;
use faam_tests::vectors::Expect;

use crate::walk::{Files, MADE, check, run, walk};

#[test]
fn a01_by_the_program_no_algorithm_or_one_that_the_key_is_not_for() {
    walk("A01");
}

#[test]
fn a02_by_the_program_signatures_gone_or_changed() {
    walk("A02");
}

#[test]
fn a03_by_the_program_keys_in_the_header() {
    walk("A03");
}

#[test]
fn a04_by_the_program_critical_extensions_and_names_twice() {
    walk("A04");
}

#[test]
fn a05_by_the_program_other_types() {
    walk("A05");
}

#[test]
fn a06_by_the_program_times_that_are_none() {
    walk("A06");
}

#[test]
fn a07_by_the_program_one_digest_in_two_places() {
    walk("A07");
}

#[test]
fn a08_by_the_program_disclosures_that_belong_to_nothing() {
    walk("A08");
}

#[test]
fn a09_by_the_program_reserved_and_colliding_names() {
    walk("A09");
}

#[test]
fn a10_by_the_program_arity_trailing_text_and_second_spellings() {
    walk("A10");
}

#[test]
fn a11_by_the_program_digests_within_and_placeholders_with_company() {
    walk("A11");
}

#[test]
fn a12_by_the_program_digests_by_another_function() {
    walk("A12");
}

#[test]
fn a13_by_the_program_what_has_to_be_visible_hidden() {
    walk("A13");
}

#[test]
fn a14_by_the_program_no_key_binding() {
    walk("A14");
}

#[test]
fn a15_by_the_program_key_binding_by_another_key() {
    walk("A15");
}

#[test]
fn a16_by_the_program_key_binding_over_other_disclosures() {
    walk("A16");
}

#[test]
fn a17_by_the_program_another_nonce_or_audience() {
    walk("A17");
}

#[test]
fn a18_by_the_program_key_binding_stale_or_ahead() {
    walk("A18");
}

#[test]
fn a20_by_the_program_more_than_anybody_needs() {
    walk("A20");
}

#[test]
fn a37_by_the_program_lists_of_somebody_else() {
    walk("A37");
}

#[test]
fn a38_by_the_program_lists_that_expand_without_end() {
    walk("A38");
}

#[test]
fn a39_by_the_program_a_status_outside_its_list() {
    walk("A39");
}

#[test]
fn a40_by_the_program_older_lists_and_records_after_newer_ones() {
    walk("A40");
}

#[test]
fn a41_by_the_program_lists_that_are_missing_or_old() {
    walk("A41");
}

#[test]
fn a42_by_the_program_lists_of_one_person() {
    walk("A42");
}

#[test]
fn a81_by_the_program_an_issuer_believed_for_something_else() {
    walk("A81");
}

#[test]
fn a82_by_the_program_one_market_under_two_names() {
    walk("A82");
}

#[test]
fn a83_by_the_program_less_or_other_than_was_asked() {
    walk("A83");
}

#[test]
fn a84_by_the_program_two_spellings_of_one_host() {
    walk("A84");
    // Whom a verifier believes is written in the one spelling too, or the file is not used.
    let attempt = MADE.iter().find(|attempt| attempt.number == "A84").unwrap();
    let files = Files::of(attempt);
    for did in [
        "did:example:market",
        "did:web:xn--mrket-gra.example",
        "did:web:market.example.",
        "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:Market.example",
        "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example.",
        "did:webvh:QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N:market.example:..:x",
    ] {
        let entry = format!(
            "v = 0\n[[trust]]\nissuer = \"{did}\"\nmarket = \"alpha\"\nroles = \"any\"\ntypes = [\"standing\"]\n"
        );
        files.write("trust.toml", entry.as_bytes());
        let said = run(&files.arguments(attempt), &attempt.bytes());
        let told = String::from_utf8(said.stderr).unwrap();
        assert_eq!((said.status.code(), said.stdout.len()), (Some(2), 0), "{did}: {told}");
        assert!(
            told.contains("(file.value)") && told.contains("line 2") || told.contains("line 3"),
            "{told}"
        );
    }
}

#[test]
fn a85_by_the_program_what_costs_much_to_check() {
    walk("A85");
}

#[test]
fn a86_by_the_program_evidence_that_grades_itself() {
    walk("A86");
}

/// The vectors that carry a number, whatever number it is.
#[test]
fn every_kept_attempt_comes_to_its_verdict() {
    let kept = kept();
    check(kept.iter());
    let numbers: BTreeSet<&str> = kept.iter().map(|attempt| attempt.number.as_str()).collect();
    assert!(kept.len() > 150 && numbers.len() > 15, "{} {numbers:?}", kept.len());
}

/// Attempts are told apart by their names, and what is refused is more than what is accepted under every number.
#[test]
fn attempts_have_names_and_codes_of_their_own() {
    let made = &*MADE;
    let names: BTreeSet<_> = made.iter().map(|attempt| (&attempt.number, &attempt.name)).collect();
    assert_eq!(names.len(), made.len());
    for attempt in made {
        assert_eq!(attempt.code.is_none(), attempt.expect == Expect::Accepted, "{}", attempt.name);
    }
    let refused = made.iter().filter(|attempt| attempt.expect == Expect::Refused).count();
    assert!(made.len() > 300 && refused > 260, "{} {refused}", made.len());
}
