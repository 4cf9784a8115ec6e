//! `faam-node show`

use clap::Args;
use faam_node::api::RequestView;
use faam_spec::exit::Exit;
use faam_spec::hash::Hash;
use serde_json::json;

use super::client::Client;
use super::error::CliError;
use super::explain::Language;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    at: At,
    /// The request's id, as `faam-node request` printed it.
    id: Hash,
    #[command(flatten)]
    language: Language,
}

impl Show {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let lang = self.language.choose().tag();
        let view: RequestView = client.get(&format!("/v0/requests/{}?lang={lang}", self.id))?;
        print(output, self.id, &view)
    }
}

/// Prints where a request stands, a decision in the daemon's sentences; the exit status is the decision's.
pub(crate) fn print(output: Output, id: Hash, view: &RequestView) -> Ended {
    match view {
        RequestView::Open { expires } => {
            let data = json!({"id": id, "state": "open", "expires": expires});
            output.result(&data, || vec![format!("open until {expires}")])?;
            Ok(Exit::Ok)
        }
        RequestView::Revoked => Err(CliError::RequestRevoked),
        RequestView::Expired => Err(CliError::RequestExpired),
        RequestView::Decided { decision, explanation, receipt, delete_by, erasure } => {
            let exit = decision.exit();
            let mut data = json!({
                "id": id, "decision": decision, "explanation": explanation, "receipt": receipt,
                "state": "decided", "delete_by": delete_by,
            });
            let mut lines = vec![explanation.clone()];
            if let Some(erasure) = erasure {
                if let Some(data) = data.as_object_mut() {
                    data.insert("erasure".to_owned(), json!(erasure));
                }
                lines.push(format!("Whoever showed it asked that it be erased; it is kept until {delete_by}, and that was signed."));
            }
            output.ended(exit, &data, || lines.clone())?;
            Ok(exit)
        }
        RequestView::Erased { erased, outcome, erasure, delete_by } => {
            let data = json!({
                "id": id, "state": "erased", "erased": erased, "outcome": outcome, "erasure": erasure, "delete_by": delete_by,
            });
            output.result(&data, || {
                vec![format!("Decided, and what was shown was erased on {erased}, because whoever showed it asked for that.")]
            })?;
            Ok(Exit::Ok)
        }
    }
}
