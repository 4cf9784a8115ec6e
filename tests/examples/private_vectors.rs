//! Writes `spec/vectors/private-standing` anew: `cargo run -p faam-tests --example private_vectors`.
//!
//! Every proof is another one each time; what is committed stays until the format changes.
#![allow(clippy::print_stdout)]

use std::io;

fn main() -> io::Result<()> {
    println!("{} cases written", faam_tests::vectors::private_standing::write()?);
    Ok(())
}
