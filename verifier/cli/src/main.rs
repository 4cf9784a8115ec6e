//! `faam-verify`: judges presentations on the command line.
//!
//! It has no commands that judge yet; it says what the codes and exit statuses of the three programs mean.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use faam_spec::exit::Exit;
use faam_spec::name::shown;
use faam_spec::reason::Reason;

/// Judges Faam presentations on the command line.
#[derive(Parser)]
#[command(name = "faam-verify", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Says what a reason code means, such as `invalid.key_binding.nonce`; without one, lists all.
    Explain {
        /// The code.
        code: Option<String>,
    },
}

fn main() -> ExitCode {
    let Arguments { command: Command::Explain { code } } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let reasons: Vec<Reason> = match code.as_deref().map(Reason::from_code) {
        None => Reason::ALL.to_vec(),
        Some(Some(reason)) => vec![reason],
        Some(None) => {
            let _ = writeln!(std::io::stderr(), "No such code. `faam-verify explain` lists them all.");
            return ExitCode::from(Exit::Usage.code());
        }
    };
    let mut out = std::io::stdout().lock();
    for reason in reasons {
        let (exit, party) = (reason.exit(), reason.party().name());
        let line = writeln!(
            out,
            "{}\n  {}\n  at fault: {party}; exit status {} ({})",
            reason.code(),
            reason.sentence(),
            exit.code(),
            exit.name()
        );
        if line.is_err() {
            break;
        }
    }
    ExitCode::from(Exit::Ok.code())
}

/// What was asked for, or what is wrong with how it was asked; what was given is repeated so that it cannot play tricks on the
/// terminal (A68).
fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::from(Exit::Ok.code());
    }
    let mut out = std::io::stderr().lock();
    for line in error.to_string().lines() {
        //= spec/text/README.md#REQ-GEN-22
        //# Programs MUST show control, bidirectional, zero-width and other invisible characters as `\u{…}`
        let _ = writeln!(out, "{}", shown(line, MAX_ECHO));
    }
    ExitCode::from(Exit::Usage.code())
}

/// Longest line of what was given that is repeated, in bytes.
const MAX_ECHO: usize = 2000;
