//! Writes `spec/vectors`, the list of them and `spec/text/examples.md` anew: `cargo run -p faam-tests --example vectors`.
//!
//! Vectors that are not made any more are taken away; those of others, in `external`, are left alone.
#![allow(clippy::print_stdout)]

use std::io;

fn main() -> io::Result<()> {
    let (written, removed) = faam_tests::vectors::write()?;
    std::fs::write(faam_tests::vectors::examples::file(), faam_tests::vectors::examples::page())?;
    println!("{written} vectors written, {removed} taken away");
    Ok(())
}
