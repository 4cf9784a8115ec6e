//! `faam-node identity`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use faam_node::files;
use faam_node::identity::Identity;
use faam_node::storage::NodeStore;
use faam_spec::exit::Exit;
use serde_json::json;

use super::error::CliError;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct IdentityCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Subcommand)]
enum What {
    /// Writes the keys of a stopped node into a new private file, for 'faam-node init --identity' on another machine.
    ///
    /// Whoever has the file can ask and answer as this verifier, and read what its nodes share. Carry it over a channel that nobody
    /// else can read, and remove it as soon as the other node is made.
    Export(Export),
}

#[derive(Args)]
struct Export {
    #[command(flatten)]
    at: At,
    /// The file to write; it must not be there yet.
    file: PathBuf,
}

impl IdentityCommand {
    pub(crate) fn run(self, output: Output) -> Ended {
        let What::Export(export) = self.command;
        export.run(output)
    }
}

impl Export {
    fn run(self, output: Output) -> Ended {
        let config = self.at.read()?;
        //= spec/text/shared-store.md#REQ-SHARED-2
        //# A node with a market MUST NOT share its store.
        if config.market.is_some() {
            return Err(CliError::Input {
                what: "--config",
                why: "this node runs a market, and a market has one node alone; export the identity of a node without [market]"
                    .to_owned(),
            });
        }
        let store = NodeStore::open(&config.store_dir(), &config.store_key())?;
        let identity = Identity::load(&store)?;
        files::write_new(&self.file, identity.for_another_daemon().to_text().as_bytes())?;
        let data = json!({
            "file": self.file, "verifier": identity.verifier().did(), "peer": identity.peer(),
        });
        output.result(&data, || {
            vec![
                format!("verifier   {}", identity.verifier().did()),
                format!("peer       {}", identity.peer()),
                format!("file       {}", self.file.display()),
            ]
        })?;
        output.note("next: carry the file to the other machine, 'faam-node init --dir DIR --name NAME --identity FILE' there, and remove it");
        Ok(Exit::Ok)
    }
}
