//! `faam-verify explain`: what codes mean.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use faam_spec::exit::Exit;
use faam_spec::reason::Reason;

use crate::io::{self, Failure};

/// Says what a reason code means, such as `invalid.key_binding.nonce`; without one, lists all.
#[derive(Args)]
pub(crate) struct Explain {
    /// The code.
    code: Option<String>,
}

impl Explain {
    /// Looks up and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let reasons: Vec<Reason> = match self.code.as_deref().map(Reason::from_code) {
            None => Reason::ALL.to_vec(),
            Some(Some(reason)) => vec![reason],
            Some(None) => {
                return Err(Failure::usage("No such code. `faam-verify explain` lists them all."));
            }
        };
        let mut text = String::new();
        for reason in reasons {
            let (exit, party) = (reason.exit(), reason.party().name());
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "{}\n  {}\n  at fault: {party}; exit status {} ({})",
                reason.code(),
                reason.sentence(),
                exit.code(),
                exit.name()
            );
        }
        io::print(&text)?;
        Ok(io::exit(Exit::Ok))
    }
}
