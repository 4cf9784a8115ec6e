//! `faam-verify`: judges presentations on the command line.
//!
//! Verdicts go to standard output, everything else to standard error. Exit status: 0 accepted, 3 refused, 4 undecided, 2 called in a
//! way that makes no sense (`spec/text/programs.md`).

mod decode;
#[cfg(feature = "evidence")]
mod evidence;
mod explain;
mod given;
mod io;
mod issuer;
mod jsonl;
mod policy;
mod presentation;
mod sd_jwt;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use faam_spec::exit::Exit;
use faam_spec::name::shown;

use crate::io::MAX_ECHO;

/// Judges Faam presentations, and SD-JWT VCs of anybody, on the command line.
#[derive(Parser)]
#[command(name = "faam-verify", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Presentation(presentation::Presentation),
    #[command(subcommand)]
    Policy(policy::Policy),
    SdJwt(sd_jwt::Presented),
    SdJwtIssued(sd_jwt::Issued),
    #[cfg(feature = "evidence")]
    Evidence(evidence::Evidence),
    Decode(decode::Decode),
    Explain(explain::Explain),
}

fn main() -> ExitCode {
    let command = match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        Err(error) => return not_understood(&error),
    };
    let ended = match command {
        Command::Presentation(command) => command.run(),
        Command::Policy(command) => command.run(),
        Command::SdJwt(command) => command.run(),
        Command::SdJwtIssued(command) => command.run(),
        #[cfg(feature = "evidence")]
        Command::Evidence(command) => command.run(),
        Command::Decode(command) => command.run(),
        Command::Explain(command) => command.run(),
    };
    ended.unwrap_or_else(|failure| failure.tell())
}

/// What was asked for, or what is wrong with how it was asked; what was given is repeated so that it cannot play tricks on the
/// terminal (A68).
fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return io::exit(Exit::Ok);
    }
    let mut out = std::io::stderr().lock();
    for line in error.to_string().lines() {
        //= spec/text/README.md#REQ-GEN-22
        //# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
        let _ = writeln!(out, "{}", shown(line, MAX_ECHO));
    }
    io::exit(Exit::Usage)
}
