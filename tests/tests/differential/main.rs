//! Two checkers of SD-JWT VCs that share no code, on the same texts: they must never disagree.
//!
//! One is the library's, the other is [`faam_tests::second`]. The texts are random credentials, random choices of
//! what is shown, and changes to them at every level, most of them signed again, so that the content decides and not the
//! signature. Each kind of change says what must come of it, where that is known; so neither checker is only
//! measured by the other.
//!
//! `FAAM_DIFFERENTIAL=100000` makes as many cases (10,000 if unset), `FAAM_SEED` gives the seed that was printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod claims;
mod draft;
mod issuing;
mod library;
mod sending;
mod showing;
mod signing;

use std::collections::{BTreeMap, BTreeSet};

use draft::{Draft, Keys};
use faam_tests::second::{self, Expected, Why};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// What must come of a change.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// It is harmless.
    Fine,
    /// It is refused, for one of these.
    Refused(&'static [Why]),
    /// That depends.
    Open,
}

/// A kind of change, at one of the levels.
#[derive(Clone, Copy)]
enum Change {
    Nothing,
    Issuing(issuing::Change),
    Showing(showing::Change),
    Sending(sending::Change),
}

/// A text, and what is known about it.
struct Case {
    text: String,
    draft: Draft,
    then: Then,
    names: Vec<&'static str>,
}

fn changes() -> Vec<(&'static str, Then, Change)> {
    let mut all = vec![("nothing", Then::Fine, Change::Nothing)];
    all.extend(signing::ALL.iter().map(|(name, then, change)| (*name, *then, Change::Issuing(*change))));
    all.extend(issuing::ALL.iter().map(|(name, then, change)| (*name, *then, Change::Issuing(*change))));
    all.extend(showing::ALL.iter().map(|(name, then, change)| (*name, *then, Change::Showing(*change))));
    all.extend(sending::ALL.iter().map(|(name, then, change)| (*name, *then, Change::Sending(*change))));
    all
}

/// True if a text still has its marks, and nothing that changes of bytes could break.
fn whole(text: &str) -> bool {
    text.is_ascii() && text.contains('~') && text.contains('.')
}

/// Builds a case with these changes; nothing if one of them does not fit this credential.
fn build(chosen: &[(&'static str, Then, Change)], keys: &Keys, rng: &mut StdRng) -> Option<Case> {
    let mut draft = Draft::random(keys, rng);
    for (_, _, change) in chosen {
        if let Change::Issuing(change) = change
            && !change(&mut draft, keys, rng)
        {
            return None;
        }
    }
    let mut shown = draft.present(rng);
    for (_, _, change) in chosen {
        if let Change::Showing(change) = change
            && !change(&mut shown, &draft, keys, rng)
        {
            return None;
        }
    }
    let mut text = shown.text(rng);
    for (_, _, change) in chosen {
        if let Change::Sending(change) = change
            && !(whole(&text) && change(&mut text, rng))
        {
            return None;
        }
    }
    // What two changes come to together is not known.
    let then = if let [(_, then, _)] = chosen { *then } else { Then::Open };
    Some(Case { text, draft, then, names: chosen.iter().map(|(name, _, _)| *name).collect() })
}

#[test]
fn the_second_checker_never_disagrees() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = number("FAAM_DIFFERENTIAL").unwrap_or(10_000);
    let seed = number("FAAM_SEED").unwrap_or_else(|| rand::thread_rng().gen_range(0..1_000_000));
    println!("FAAM_SEED={seed} FAAM_DIFFERENTIAL={cases}");
    let begun = std::time::Instant::now();

    let keys = Keys::new(&mut StdRng::seed_from_u64(seed));
    let changes = changes();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut met: BTreeSet<Why> = BTreeSet::new();
    let mut hit: BTreeSet<&str> = BTreeSet::new();
    let mut faults: Vec<(usize, String)> = Vec::new();
    let (mut accepted, mut disclosing) = (0, 0);
    for at in 0..cases {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(at));
        let mut chosen = vec![changes[at as usize % changes.len()]];
        if rng.gen_bool(0.2) {
            chosen = vec![changes[0]];
        } else if rng.gen_bool(0.15) {
            chosen.push(changes[rng.gen_range(0..changes.len())]);
        }
        // Some changes need a credential of a certain kind.
        let Some(case) = (0..40).find_map(|_| build(&chosen, &keys, &mut rng)) else { continue };
        hit.extend(&case.names);

        let ours = library::verdict(&case);
        let expected = Expected {
            vct: case.draft.vct.as_deref(),
            audience: &case.draft.audience,
            nonce: &case.draft.nonce,
            max_age: 300,
            max_future: 60,
        };
        let theirs = second::check(&case.text, &case.draft.issuer.public(), &expected, case.draft.now);
        if let Some(fault) = compare(&ours, &theirs, case.then) {
            let verdicts = format!("library {ours:?}\nsecond {theirs:?}\nmust {:?}", case.then);
            let inputs = format!("issuer {}\n{expected:?}, now {}", case.draft.issuer.jwk(), case.draft.now);
            let text = format!("case {at} {:?}: {fault}\n{verdicts}\n{inputs}\n{}\n", case.names, case.text);
            faults.push((case.text.len(), text));
        }
        match theirs {
            Ok(_) => {
                accepted += 1;
                disclosing += u64::from(case.draft.shown.len() > 1);
                *counts.entry("accepted".to_owned()).or_default() += 1;
            }
            Err(why) => {
                met.insert(why);
                *counts.entry(format!("refused, {why:?}")).or_default() += 1;
            }
        }
    }

    for (verdict, count) in &counts {
        println!("{count:8} {verdict}");
    }
    println!("{cases} cases in {} s", begun.elapsed().as_secs());
    faults.sort();
    for (_, text) in faults.iter().take(8) {
        println!("\n{text}");
    }
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, text) in &faults {
        *kinds.entry(text.split_once('[').unwrap().1.lines().next().unwrap()).or_default() += 1;
    }
    assert!(faults.is_empty(), "{} disagreements: {kinds:#?}", faults.len());

    // None of this may be true of nothing; a few cases cannot show that.
    if cases < 5000 {
        return;
    }
    let missed: Vec<&str> =
        changes.iter().map(|(name, _, _)| *name).filter(|name| !hit.contains(name)).collect();
    assert!(missed.is_empty(), "never built: {missed:?}");
    let classes: BTreeSet<Why> = changes.iter().filter_map(|(_, then, _)| only(*then)).collect();
    let missed: Vec<&Why> = classes.difference(&met).collect();
    assert!(missed.is_empty(), "never refused for: {missed:?}");
    assert!(accepted * 20 > cases && accepted * 20 < cases * 19, "{accepted} accepted");
    assert!(disclosing * 4 > accepted, "{disclosing} with disclosures");
}

fn only(then: Then) -> Option<Why> {
    if let Then::Refused([why]) = then { Some(*why) } else { None }
}

/// What is wrong with these two verdicts, if anything.
fn compare(ours: &library::Verdict, theirs: &Result<library::Claims, Why>, then: Then) -> Option<String> {
    match (ours, theirs, then) {
        (Ok(ours), Ok(theirs), _) if ours != theirs => Some("other claims".to_owned()),
        (Ok(_), Ok(_), Then::Refused(_)) => Some("accepted by both".to_owned()),
        (Ok(_), Ok(_), _) => None,
        (Ok(_), Err(_), _) => Some("accepted by the library alone".to_owned()),
        (Err(_), Ok(_), _) => Some("accepted by the second checker alone".to_owned()),
        (Err(_), Err(_), Then::Fine) => Some("refused by both".to_owned()),
        (Err(_), Err(_), Then::Open) => None,
        (Err(code), Err(why), Then::Refused(expected)) => {
            if !expected.contains(why) {
                return Some("refused for another reason by the second checker".to_owned());
            }
            let fits = expected.iter().any(|why| library::codes(*why).contains(code));
            (!fits).then(|| "refused for another reason by the library".to_owned())
        }
    }
}
