//! Writes `spec/vectors/private-standing` anew: `cargo run -p faam-tests --example private_vectors`.
//!
//! A proof that verifies stays; others are drawn, and are other ones each time.
#![allow(clippy::print_stdout)]

use std::io;

fn main() -> io::Result<()> {
    println!("{} cases written", faam_tests::vectors::private_standing::write()?);
    Ok(())
}
