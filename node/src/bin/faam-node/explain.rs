//! `faam-node explain`

use clap::Args;
use faam_spec::exit::Exit;
use faam_spec::words::{Lang, explain};

use super::Ended;
use super::error::CliError;
use super::output::Output;

#[derive(Args)]
pub(crate) struct Explain {
    /// The code, such as `net.unreachable`, or a family of codes such as `net`.
    code: Option<String>,
    #[command(flatten)]
    language: Language,
}

/// In which language people are spoken to.
#[derive(Args)]
pub(crate) struct Language {
    /// The language: en or nl; that of the environment unless given.
    #[arg(long)]
    lang: Option<Lang>,
}

impl Language {
    /// What was given, else what the environment says.
    pub(crate) fn choose(&self) -> Lang {
        self.lang.unwrap_or_else(|| {
            let named = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
            Lang::from_locale(named.each_ref().map(Option::as_deref))
        })
    }
}

/// Columns that text is laid out for where the terminal does not say.
const WIDTH: usize = 80;

impl Explain {
    pub(crate) fn run(self, output: Output) -> Ended {
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse::<usize>().ok());
        let width = columns.unwrap_or(WIDTH).clamp(40, WIDTH);
        let told = explain(self.code.as_deref(), self.language.choose(), width)
            .map_err(|why| CliError::Input { what: "CODE", why })?;
        output.result(&told.data, || told.text.lines().map(str::to_owned).collect())?;
        Ok(Exit::Ok)
    }
}
