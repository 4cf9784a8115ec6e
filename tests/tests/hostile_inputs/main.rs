//! Thousands of hostile inputs (`faam_tests::hostile`): what each costs is counted and bounded, in memory, signatures, proofs and
//! allocations; no time is measured. In one process `faam-verify` answers all of them too, with the same codes.
//!
//! A few hundred in every run of the tests; `FAAM_HOSTILE=5000 cargo test --release -p faam-tests --test hostile_inputs -- --nocapture`
//! takes as many as it says, and tells what they cost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod counting;
mod program;

use core::fmt::{self, Write as _};
use std::collections::BTreeMap;

use faam_spec::did::KeyHistories;
use faam_spec::inspect::inspect;
use faam_spec::limits::{
    MAX_PRESENTATION_BYTES, MAX_PRESENTED_LEDGERS, MAX_PRESENTED_RATINGS, MAX_PRIVATE_STANDINGS,
    MAX_STAPLED_LISTS,
};
use faam_tests::hostile::{Input, Reader, Target, families, inputs, target};
use faam_verifier::danger::finish_with_backend;
use faam_verifier::{Decision, MemoryNonces, Policy, Sources, TrustFile};

use crate::counting::{Cost, CountingBbs, cost};

/// Most bytes that may be held for one input, beyond the input, to judge it or to look at it.
const MOST_HELD: usize = 16 * 1024 * 1024;
/// Most signatures of one answer: each credential and its key binding, a record for each ledger, and its lists.
const MOST_SIGNATURES: usize =
    2 * (MAX_PRESENTED_RATINGS + MAX_PRESENTED_LEDGERS) + MAX_PRESENTED_LEDGERS * (1 + MAX_STAPLED_LISTS);
/// Fewest bytes that a sender spends on each signature that is verified for them.
const BYTES_A_SIGNATURE: usize = 250;
/// How often each byte of an answer is signed over at most: a disclosure and a credential once, and their texts once more.
const TIMES_SIGNED: usize = 2;
/// How often something is allocated for a byte that came, and how much: a disclosure is read twice, before and after what is cheaper, and of
/// `{"":0},`, which takes nine letters, each object costs hundreds of bytes.
const ALLOCATIONS_A_BYTE: usize = 6;
const ALLOCATED_A_BYTE: usize = 512;
/// How much is allocated for what lists expand to, however small they come: of one ledger 8, each at most 1 MiB, in a buffer that grows, and copied.
const ALLOCATED_FOR_LISTS: usize = 8 * 5 * 1024 * 1024;
/// How often something is allocated for a byte that is looked at: two letters are a value, and that a line, of which name, text and escapes are
/// made and gone before the next.
const ALLOCATIONS_A_BYTE_LOOKING: usize = 12;
/// How often what is looked at is read: for the verdict that is told at the end, for the one that is written, and to be shown.
const TIMES_LOOKED_AT: usize = 3;
/// How many inputs are tried where nothing else is said: some of each family.
const FEW: usize = 184;

pub(crate) fn count() -> usize {
    std::env::var("FAAM_HOSTILE").ok().map_or(FEW, |text| text.parse().expect("FAAM_HOSTILE is a number"))
}

/// The decision for an input, and what it cost.
pub(crate) fn judged(target: &Target, input: &Input) -> (Option<Decision>, Cost) {
    let judge = |pending, bytes: &[u8], sources: &Sources| {
        let mut nonces = MemoryNonces::new();
        finish_with_backend(&CountingBbs, pending, bytes, sources, &mut nonces, target.now)
    };
    match input.reader {
        Reader::Plain => {
            let (decision, cost) = cost(|| judge(&target.plain, &input.bytes, &target.sources));
            (Some(decision), cost)
        }
        Reader::Private => {
            let (decision, cost) = cost(|| judge(&target.private, &input.bytes, &target.sources));
            (Some(decision), cost)
        }
        Reader::Policy => {
            let read = || core::str::from_utf8(&input.bytes).ok().and_then(|text| Policy::parse(text).ok());
            let (policy, mut cost_of_it) = cost(read);
            if let Some(policy) = policy {
                let sources = Sources { policy, ..target.sources.clone() };
                let (_, more) = cost(|| {
                    let _ = (sources.policy.explain(), sources.policy.query());
                    judge(&target.plain, b"{}", &sources)
                });
                cost_of_it = cost_of_it.most(more);
            }
            (None, cost_of_it)
        }
        Reader::Trust => {
            let read =
                || core::str::from_utf8(&input.bytes).ok().and_then(|text| TrustFile::parse(text).ok());
            let (trust, mut cost_of_it) = cost(read);
            if let Some(trust) = trust {
                let sources = trust.sources(Policy::default());
                let (_, more) = cost(|| judge(&target.plain, b"{}", &sources));
                cost_of_it = cost_of_it.most(more);
            }
            (None, cost_of_it)
        }
    }
}

/// What is written is seen and gone.
#[derive(Default)]
struct Seen {
    lines: usize,
}

impl fmt::Write for Seen {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
        Ok(())
    }
}

#[test]
fn a20_a85_what_hostile_inputs_cost_is_bounded() {
    let (target, none) = (target(), KeyHistories::new());
    let mut costs: BTreeMap<&str, (usize, Cost, Cost)> = BTreeMap::new();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, input) in inputs(count()).enumerate() {
        let (decision, judging) = judged(&target, &input);
        // Shown as programs show it, every other one whole.
        let mut seen = Seen::default();
        let show = |seen: &mut Seen| {
            let report = inspect(&input.bytes, None, at % 2 == 1, &none);
            write!(seen, "{report}").unwrap();
        };
        let (_, looking) = cost(|| show(&mut seen));
        assert!(seen.lines > 2, "no. {at}");
        let (size, what) =
            (input.bytes.len(), format!("no. {at}, {}, {} bytes", input.family, input.bytes.len()));
        // What is done for a sender grows with what they sent, and ends at the bounds.
        let bounds = [
            judging.peak < MOST_HELD,
            looking.peak < MOST_HELD,
            judging.signatures <= (size / BYTES_A_SIGNATURE).min(MOST_SIGNATURES),
            judging.signed_bytes <= TIMES_SIGNED * size,
            judging.proofs <= MAX_PRIVATE_STANDINGS,
            judging.points <= 5 * MAX_PRIVATE_STANDINGS,
            judging.allocations <= ALLOCATIONS_A_BYTE * size + 2_000,
            looking.allocations <= ALLOCATIONS_A_BYTE_LOOKING * size + 20_000,
            judging.allocated <= ALLOCATED_A_BYTE * size + ALLOCATED_FOR_LISTS,
            looking.allocated <= TIMES_LOOKED_AT * (ALLOCATED_A_BYTE * size + ALLOCATED_FOR_LISTS),
            // By its size alone.
            size <= MAX_PRESENTATION_BYTES
                || decision.is_none()
                || (judging.peak < 16 * 1024 && judging.signatures == 0),
        ];
        if let Some(which) = bounds.iter().position(|holds| !holds) {
            wrong.push(format!("{what}: bound {which}: judging {judging:?}, looking {looking:?}"));
        }
        let told = match &decision {
            None => "read as a file".to_owned(),
            Some(decision) => {
                decision.reasons().first().map_or("accepted", |reason| reason.code.code()).to_owned()
            }
        };
        *outcomes.entry(told).or_default() += 1;
        let most = costs.entry(input.family).or_default();
        *most = (most.0 + 1, most.1.most(judging), most.2.most(looking));
    }
    for (family, (count, judging, looking)) in &costs {
        println!(
            "{family:>22}: {count:>4} inputs; most held {:>5} KiB, {:>7} allocations, {:>4} signatures, {} proofs; looked at {:>5} KiB, {:>7} allocations",
            judging.peak / 1024,
            judging.allocations,
            judging.signatures,
            judging.proofs,
            looking.peak / 1024,
            looking.allocations
        );
    }
    println!("{outcomes:?}");
    assert!(wrong.is_empty(), "{} are over a bound:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(costs.len(), families());
    // They get to where things cost something.
    let most = costs.values().fold(Cost::default(), |most, (_, judging, _)| most.most(*judging));
    assert!(most.signatures > 250 && most.proofs > 0 && most.peak > MOST_HELD / 8, "{most:?}");
    assert!(outcomes.len() > 15, "{outcomes:?}");
}

#[test]
fn the_same_inputs_are_made_each_time() {
    let (first, second) = (inputs(2 * families()), inputs(2 * families()));
    for (one, other) in first.zip(second) {
        assert!(one.bytes == other.bytes && one.family == other.family);
    }
}
