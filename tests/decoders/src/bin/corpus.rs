//! Writes what fuzzing begins with: every input of the vectors and every seed, once for each fuzz target.
//!
//! `cargo run -p faam-decoders --bin corpus -- fuzz/corpus`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program says what it did")]

use std::path::Path;
use std::process::ExitCode;

use faam_decoders::{DECODERS, inputs};
use faam_spec::hash::Hash;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: corpus FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(count) => {
            println!("{count} inputs for each of {} targets", DECODERS.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> std::io::Result<usize> {
    let mut inputs = inputs::vector_inputs(&inputs::vectors());
    inputs.extend(inputs::seeds());
    for (target, _) in DECODERS {
        let place = folder.join(target);
        std::fs::create_dir_all(&place)?;
        for input in &inputs {
            let name: String =
                Hash::of(b"", input).as_bytes().iter().take(20).map(|byte| format!("{byte:02x}")).collect();
            std::fs::write(place.join(name), input)?;
        }
    }
    Ok(inputs.len())
}
