//! Every decoder on every input there is: those of the vectors, own seeds, kept findings, and cheap changes of each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::panic::catch_unwind;

use faam_decoders::{DECODERS, inputs};

/// Changes of each kept finding and each seed that every decoder is given.
const CHANGES: usize = 12;
/// Longest input of a vector that every decoder is given, in bytes.
const SHORT: usize = 512;
/// Longest input that is changed, in bytes: what is true of long ones is seen in short ones, in a fraction of the time.
const LONGEST: usize = 16 * 1024;

/// Runs a decoder and says which input it panicked on.
fn run(name: &str, decoder: fn(&[u8]), input: &[u8]) {
    if catch_unwind(|| decoder(input)).is_err() {
        panic!("{name} panicked on {} bytes: {:?}", input.len(), String::from_utf8_lossy(input));
    }
}

#[test]
fn kept_findings_and_what_is_near_them_are_answered() {
    for (name, decoder) in DECODERS {
        let found = inputs::findings(name);
        for (at, input) in found.iter().enumerate() {
            run(name, *decoder, input);
            let other = &found[(at + 1) % found.len()];
            for changed in inputs::changes(input, other, CHANGES) {
                run(name, *decoder, &changed);
            }
        }
    }
    let known: Vec<&str> = DECODERS.iter().map(|(name, _)| *name).collect();
    for folder in std::fs::read_dir(inputs::regressions()).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        assert!(!folder.path().is_dir() || known.contains(&name.as_str()), "{name} is no decoder");
    }
}

#[test]
fn seeds_and_what_is_near_them_are_answered() {
    let seeds = inputs::seeds();
    for (name, decoder) in DECODERS {
        for (at, seed) in seeds.iter().enumerate() {
            run(name, *decoder, seed);
            if seed.len() > LONGEST {
                continue;
            }
            let other = &seeds[(at * 7 + 1) % seeds.len()];
            for changed in inputs::changes(seed, other, CHANGES) {
                run(name, *decoder, &changed);
            }
        }
    }
}

#[test]
fn vectors_and_what_is_near_them_are_answered() {
    let inputs = inputs::vector_inputs(&inputs::vectors());
    for (at, input) in inputs.iter().enumerate() {
        for (number, (name, decoder)) in DECODERS.iter().enumerate() {
            // A long one goes to one decoder in six, another one for each, so that all of them together stay quick. The fuzzer gives
            // every input to every decoder.
            if input.len() > SHORT && (at + number) % 6 != 0 {
                continue;
            }
            run(name, *decoder, input);
            // Each decoder gets changes of some.
            if (at + number) % DECODERS.len() == 0 && input.len() <= LONGEST {
                let other = &inputs[(at * 7 + 1) % inputs.len()];
                for changed in inputs::changes(input, other, CHANGES / 4) {
                    run(name, *decoder, &changed);
                }
            }
        }
    }
}

#[test]
fn every_decoder_has_its_fuzz_target() {
    let folder = inputs::regressions().join("../fuzz_targets");
    let mut targets: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let decoders: Vec<&str> = DECODERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(targets, decoders);
    let manifest = std::fs::read_to_string(inputs::regressions().join("../Cargo.toml")).unwrap();
    for name in decoders {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} stands in fuzz/Cargo.toml");
    }
}
