//! `faam-verify explain`: what codes mean.

use std::process::ExitCode;

use clap::Args;
use faam_spec::exit::Exit;
use faam_spec::name::safe_json;
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
            false => io::print(&told.text)?,
        }
        Ok(io::exit(Exit::Ok))
    }
}
