//! `faam-node status`

use clap::Args;
use faam_node::api::{CountsView, StatusView};
use faam_spec::exit::Exit;

use super::client::Client;
use super::output::{Output, counted};
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    at: At,
}

impl Status {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let status: StatusView = client.get("/v0/status")?;
        output.result(&status, || in_words(&status))?;
        Ok(Exit::Ok)
    }
}

fn in_words(status: &StatusView) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(market) = &status.market {
        lines.push(format!("market     {} ({})", market.id, counted(market.accounts, "account")));
        lines.push(format!("issuer     {}", market.issuer));
        lines.push(match &market.epoch {
            Some(epoch) => {
                let last = if epoch.last { ", the final one" } else { "" };
                format!("epoch      {} (number {}{last})", epoch.label, epoch.number)
            }
            None => "epoch      none yet; the first comes with the first offer".to_owned(),
        });
        let private = market.private;
        let waiting = if private.waiting == 0 {
            String::new()
        } else {
            format!(", {} of them still to be signed in this epoch", private.waiting)
        };
        lines.push(format!("private    standings for {}{waiting}", counted(private.bound, "ledger")));
        if let Some(on) = market.closes {
            lines.push(format!(
                "closing    on {on} with its final record; 'faam-node close --cancel' takes it back"
            ));
        }
    }
    lines.push(format!("verifier   {}", status.verifier));
    lines.push(format!("peer       {}", status.peer));
    lines.extend(status.addresses.iter().map(|address| format!("address    {address}")));
    lines.push(format!("offers     {}", counts(status.offers)));
    lines.push(format!("requests   {}", counts(status.requests)));
    lines.push(format!("version    {}", status.version));
    lines
}

fn counts(counts: CountsView) -> String {
    format!("{} open, {} ended", counts.open, counts.ended)
}
