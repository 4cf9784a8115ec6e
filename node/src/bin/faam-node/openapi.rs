//! `faam-node openapi`

use clap::Args;
use faam_node::api::openapi;
use faam_spec::exit::Exit;

use super::Ended;
use super::error::CliError;
use super::output::Output;

#[derive(Args)]
pub(crate) struct OpenApi {}

impl OpenApi {
    pub(crate) fn run(self, output: Output) -> Ended {
        let document: serde_json::Value = serde_json::from_str(openapi()).map_err(|_| CliError::BadAnswer)?;
        output.result(&document, || openapi().lines().map(str::to_owned).collect())?;
        Ok(Exit::Ok)
    }
}
