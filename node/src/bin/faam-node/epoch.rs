//! `faam-node epoch`

use clap::Args;
use faam_spec::exit::Exit;
use serde_json::json;

use super::client::Client;
use super::error::CliError;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Epoch {
    #[command(flatten)]
    at: At,
}

impl Epoch {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let record = client.get_text("/v0/epoch")?;
        let record = String::from_utf8(record).map_err(|_| CliError::BadAnswer)?;
        output.result(&json!({"record": record}), || vec![record.clone()])?;
        Ok(Exit::Ok)
    }
}
