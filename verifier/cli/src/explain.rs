//! `faam-verify explain`: what codes mean.

use std::process::ExitCode;

use clap::Args;
use faam_spec::exit::Exit;
use faam_spec::name::safe_json;
use faam_spec::reason::Reason;
use faam_spec::words::{Lang, explain};

use crate::io::{self, Failure};

/// Says what a reason code means, such as `invalid.key_binding.nonce`, and what to do about it; without one, lists all.
#[derive(Args)]
pub(crate) struct Explain {
    /// The code, or a family of codes such as `policy`.
    code: Option<String>,
    /// The language: en or nl.
    #[arg(long, default_value_t)]
    lang: Lang,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Columns that text is laid out for. The terminal is not asked: the output is the same everywhere.
const WIDTH: usize = 80;

impl Explain {
    /// Looks up and prints.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let told = explain(self.code.as_deref(), self.lang, WIDTH).map_err(Failure::usage)?;
        match self.json {
            true => io::print(&format!("{}\n", safe_json(&told.data.to_string())))?,
            false => {
                io::print(&told.text)?;
                if let Some(verdict) = self.code.as_deref().and_then(|code| verdict(code, self.lang)) {
                    io::print(&verdict)?;
                }
            }
        }
        Ok(io::exit(Exit::Ok))
    }
}

mod said {
    faam_spec::sentences! {
        verdict(program) "As a verdict of {program} it is a refusal, which ends with 3 (refused)." "Als oordeel van {program} is het een weigering, en die eindigt met 3 (refused).";
    }

    #[test]
    fn sentences_have_dutch() {
        assert_eq!(faam_spec::words::faults(ALL), [""; 0]);
    }
}

/// With what this program ends, where that is not the reason's own exit status: a verdict is a refusal, whatever for.
fn verdict(code: &str, lang: Lang) -> Option<String> {
    let exit = Reason::from_code(code)?.exit();
    let refused = matches!(exit, Exit::Untrusted | Exit::Withdrawn);
    refused.then(|| format!("\n{}\n", said::verdict(lang, "faam-verify")))
}
