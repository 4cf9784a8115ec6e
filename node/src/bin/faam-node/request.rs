//! `faam-node request`

use clap::Args;
use faam_node::api::{BadMember, RequestBody, RequestMade, RequestView};
use faam_spec::limits::{MAX_PURPOSE_BYTES, MAX_REQUEST_LIFE, MAX_RETENTION_DAYS};
use faam_spec::name::{MarketId, Role};
use faam_spec::reason::Reason;

use super::client::Client;
use super::error::CliError;
use super::explain::Language;
use super::offer::duration;
use super::output::Output;
use super::{At, Ended, show};

/// Seconds that the daemon waits for a decision before it says that there is none yet.
const WAIT: u32 = 30;

#[derive(Args)]
pub(crate) struct Request {
    #[command(flatten)]
    at: At,
    /// The market whose statement is asked for; with --milestone, once for each of up to four.
    #[arg(long, value_name = "ID", required_unless_present = "policy")]
    market: Vec<MarketId>,
    /// Asks what this policy of the configuration asks, and has the answer judged by it.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["market", "milestone", "ratings", "complete", "disclose", "role"])]
    policy: Option<String>,
    /// Asks for a proof that this milestone is reached, such as 'count>=50' or 'mean>=875', and for nothing else; up to four, each
    /// of another metric.
    #[arg(long, value_name = "MILESTONE", conflicts_with_all = ["ratings", "complete", "disclose"])]
    milestone: Vec<String>,
    /// How many ratings are asked for at least, beside the statement about all of them.
    #[arg(long, value_name = "N", conflicts_with = "complete")]
    ratings: Option<u32>,
    /// Asks for all current ratings.
    #[arg(long)]
    complete: bool,
    /// What of each rating is asked for beside its value, such as comment,day.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    disclose: Vec<String>,
    /// The only role in which ratings or milestones are asked for.
    #[arg(long)]
    role: Option<Role>,
    /// Why it is asked, in one to three sentences; the person reads this.
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// For how many days the answer is kept; then the node deletes it.
    #[arg(long, value_name = "DAYS")]
    retention_days: u32,
    /// How long the request can be answered, such as 90s, 10m, 1h; at most 7d.
    #[arg(long, default_value = "10m", value_parser = duration)]
    life: i64,
    /// Waits for the decision, prints it, and ends with its exit status.
    #[arg(long)]
    wait: bool,
    /// Prints the QR code even if stderr is no terminal.
    #[arg(long)]
    qr: bool,
    #[command(flatten)]
    language: Language,
}

impl Request {
    pub(crate) fn run(self, output: Output) -> Ended {
        let client = Client::new(&self.at.read()?)?;
        let disclose: Vec<&str> = self.disclose.iter().map(|name| name.trim()).collect();
        let (market, markets) = match self.market.as_slice() {
            [] => (None, None),
            [market] => (Some(market.clone()), None),
            _ => (None, Some(self.market)),
        };
        let body = RequestBody {
            purpose: self.purpose,
            retention_days: self.retention_days,
            life_seconds: self.life,
            policy: self.policy,
            market,
            markets,
            milestones: (!self.milestone.is_empty()).then_some(self.milestone),
            ratings: self.ratings,
            complete: self.complete,
            disclose: disclose.into_iter().map(str::to_owned).collect(),
            role: self.role,
            dcql_query: None,
        };
        check(&body)?;
        let made: RequestMade = client.post("/v0/requests", &body)?;
        output.qr(&made.link, self.qr);
        let id = made.id.to_string();
        let mut members = vec![("link", made.link.as_str()), ("id", id.as_str())];
        members.extend(made.openid4vp.as_deref().map(|link| ("openid4vp", link)));
        output.labelled(&made, &members)?;
        output.note(&format!("The link goes to the person. It can be answered until {}.", made.expires));
        if !self.wait {
            return Ok(faam_spec::exit::Exit::Ok);
        }
        // The daemon ends the wait: a request is decided or expires.
        let lang = self.language.choose().tag();
        loop {
            match client.get(&format!("/v0/requests/{}?wait={WAIT}&lang={lang}", made.id))? {
                RequestView::Open { .. } => {}
                view => return show::print(output, made.id, &view),
            }
        }
    }
}

/// Says which option is wrong, where the daemon could only speak of members.
fn check(body: &RequestBody) -> Result<(), CliError> {
    let bad = |what, why| Err(CliError::Asked { what, why, reason: Reason::InputMalformed });
    if body.purpose.trim().is_empty() {
        return bad("--purpose", "say in one to three sentences why it is asked; the person reads this");
    }
    if body.purpose.len() > MAX_PURPOSE_BYTES {
        return bad("--purpose", "it has at most 500 bytes: one to three sentences");
    }
    if !(1..=MAX_RETENTION_DAYS).contains(&body.retention_days) {
        return bad("--retention-days", "answers are kept for 1 to 3660 days");
    }
    if !(1..=MAX_REQUEST_LIFE).contains(&body.life_seconds) {
        return bad("--life", "a request stands for at most 7d");
    }
    // What a policy asks, the daemon knows.
    if body.policy.is_some() {
        return Ok(());
    }
    match body.query() {
        Ok(_) => Ok(()),
        Err(BadMember { member, why, .. }) => {
            let option = match member {
                "ratings" => "--ratings",
                "complete" => "--complete",
                "disclose" => "--disclose",
                "role" => "--role",
                "milestones" => "--milestone",
                _ => "--market",
            };
            // Nobody was asked yet: whatever it would be in a request, here it is wrong use.
            bad(option, why)
        }
    }
}
