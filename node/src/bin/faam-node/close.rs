//! `faam-node close`

use clap::Args;
use faam_node::api::{EpochBody, StatusView};
use faam_spec::exit::Exit;
use faam_spec::name::MarketId;
use serde_json::json;

use super::client::Client;
use super::error::CliError;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Close {
    #[command(flatten)]
    at: At,
    /// The market's name, to show that it is meant: a closed market stays closed.
    #[arg(long, value_name = "MARKET")]
    confirm: MarketId,
}

impl Close {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let status: StatusView = client.get("/v0/status")?;
        if status.market.is_none_or(|market| market.id != self.confirm) {
            return Err(CliError::Input {
                what: "--confirm",
                why: "this node runs no market of that name".to_owned(),
            });
        }
        let epoch: EpochBody = client.post("/v0/close", &json!({}))?;
        output.result(&epoch, || vec![format!("closed with epoch {}", epoch.label)])?;
        output.note("The final record is what everybody goes by from now on; archive it: faam-node epoch");
        Ok(Exit::Ok)
    }
}
