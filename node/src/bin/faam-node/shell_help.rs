//! `faam-node completions` and `faam-node man`: help where a shell and a reader of manuals look for it, made from the arguments themselves.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use faam_spec::exit::Exit;
use serde_json::json;

use super::error::CliError;
use super::output::Output;
use super::{Cli, Ended};

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell: bash, zsh, fish, elvish or powershell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args)]
pub(crate) struct Man {
    /// The folder to write them to; it is made where it is not there.
    dir: PathBuf,
}

impl Completions {
    pub(crate) fn run(self, output: Output) -> Ended {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "faam-node", &mut script);
        if output.json {
            let script = String::from_utf8_lossy(&script);
            output.result(&json!({"shell": self.shell.to_string(), "script": script}), Vec::new)?;
        } else {
            // A script as it is: nothing in it is anybody else's.
            let written = io::stdout().lock().write_all(&script);
            written.map_err(|source| CliError::Io { step: "write the result", source })?;
        }
        Ok(Exit::Ok)
    }
}

impl Man {
    pub(crate) fn run(self, output: Output) -> Ended {
        let failed = |source| CliError::Io { step: "write the pages", source };
        std::fs::create_dir_all(&self.dir).map_err(failed)?;
        let mut pages = Vec::new();
        let mut command = Cli::command();
        command.build();
        write(&command, "faam-node", &mut |name, page| {
            pages.push(name.clone());
            std::fs::write(self.dir.join(name), page)
        })
        .map_err(failed)?;
        let folder = self.dir.to_string_lossy();
        let number = pages.len();
        output.result(&json!({"folder": folder, "pages": pages}), || {
            vec![format!("Wrote {number} pages to '{folder}'. Read one: man -l '{folder}/faam-node.1'")]
        })?;
        Ok(Exit::Ok)
    }
}

type Keep<'a> = dyn FnMut(String, Vec<u8>) -> io::Result<()> + 'a;

/// A page, and those of its commands: `faam-node-keys-new.1`.
fn write(command: &clap::Command, name: &str, keep: &mut Keep<'_>) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    keep(format!("{name}.1"), page)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        write(sub, &format!("{name}-{}", sub.get_name()), keep)?;
    }
    Ok(())
}
