//! `faam-node close`

use clap::Args;
use faam_node::api::{CloseView, StatusView};
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
    #[arg(long, value_name = "MARKET", required_unless_present = "cancel")]
    confirm: Option<MarketId>,
    /// Takes back a close that has not come yet.
    #[arg(long, conflicts_with = "confirm")]
    cancel: bool,
}

impl Close {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let view: CloseView = match self.confirm {
            None => client.delete("/v0/close")?,
            Some(confirm) => {
                let status: StatusView = client.get("/v0/status")?;
                if status.market.is_none_or(|market| market.id != confirm) {
                    return Err(CliError::Input {
                        what: "--confirm",
                        why: "this node runs no market of that name".to_owned(),
                    });
                }
                client.post("/v0/close", &json!({}))?
            }
        };
        output.result(&view, || vec![in_words(&view)])?;
        match &view {
            CloseView::Open => {}
            CloseView::Closing { .. } => output.note(
                "This epoch has its record already, and a second one would fork the chain. Until then the market goes on, and \
                 'faam-node close --cancel' takes it back.",
            ),
            CloseView::Closed { .. } => output
                .note("The final record is what everybody goes by from now on; archive it: faam-node epoch"),
        }
        Ok(Exit::Ok)
    }
}

fn in_words(view: &CloseView) -> String {
    match view {
        CloseView::Open => "open; no close is to come".to_owned(),
        CloseView::Closing { on } => format!("closes on {on} with its final record"),
        CloseView::Closed { epoch } => format!("closed with epoch {}, the final one", epoch.label),
    }
}
