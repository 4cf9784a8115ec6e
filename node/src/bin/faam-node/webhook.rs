//! `faam-node webhook`

use clap::{Args, Subcommand};
use faam_node::api::{EventView, WebhookView};
use faam_node::config::Config;
use faam_node::daemon::now;
use faam_node::files;
use faam_node::webhook::{KeyFileError, Secrets};
use faam_spec::exit::Exit;
use rand::rngs::OsRng;
use serde_json::json;

use super::client::Client;
use super::error::CliError;
use super::keys::overlap;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the secret by which the webhook checks signatures.
    Secret(Secret),
    /// Makes a new secret and prints it; until the overlap is over, the old one signs too.
    Rotate(Rotate),
    /// Lists events that the webhook has not taken yet.
    List(List),
    /// Sends an event again, at once.
    Send(Send),
}

#[derive(Args)]
struct Secret {
    #[command(flatten)]
    at: At,
}

#[derive(Args)]
struct Rotate {
    #[command(flatten)]
    at: At,
    /// How long the old secret signs too, such as 0s, 1h, 7d; at most 30d.
    #[arg(long, default_value = "1d", value_parser = overlap)]
    overlap: i64,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    at: At,
}

#[derive(Args)]
struct Send {
    #[command(flatten)]
    at: At,
    /// The event's id, as the list shows it.
    id: String,
}

impl Webhook {
    pub(crate) fn run(self, output: Output) -> Ended {
        match self.what {
            What::Secret(Secret { at }) => {
                let secrets = read(&at.read()?)?;
                print(output, &secrets)?;
            }
            What::Rotate(Rotate { at, overlap }) => {
                let config = at.read()?;
                let mut secrets = read(&config)?;
                let now = now().map_err(|fault| CliError::Asked {
                    what: "clock",
                    why: "this machine's clock makes no sense; set it right",
                    reason: fault.reason(),
                })?;
                secrets.rotate(now.plus(overlap), &mut OsRng);
                files::replace(&config.webhook_key(), secrets.to_text().as_bytes())?;
                print(output, &secrets)?;
                if let Some(until) = secrets.old_until(now) {
                    output.note(&format!("Until {until} everything is signed with both."));
                }
            }
            What::List(List { at }) => {
                let view: WebhookView = Client::new(&at.read()?)?.get("/v0/webhook?limit=200")?;
                output.result(&json!(view), || {
                    let mut lines = vec![match &view.url {
                        Some(url) => format!("{url}: {} wait, {} given up", view.waiting, view.given_up),
                        None => "no webhook: the configuration has no [webhook]".to_owned(),
                    }];
                    lines.extend(view.events.iter().map(line));
                    lines
                })?;
            }
            What::Send(Send { at, id }) => {
                let client = Client::new(&at.read()?)?;
                if !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
                    let why = "an event's id is msg_ and letters, digits, '-' and '_'".to_owned();
                    return Err(CliError::Input { what: "ID", why });
                }
                let event: EventView = client.post(&format!("/v0/webhook/{id}"), &json!({}))?;
                output.result(&json!(event), || vec![line(&event)])?;
            }
        }
        Ok(Exit::Ok)
    }
}

fn line(event: &EventView) -> String {
    let next = event.next.map_or("given up".to_owned(), |next| format!("next {next}"));
    let why = event.failure.as_ref().map_or(String::new(), |why| format!("; {why}"));
    format!("{}  {}  {}  {} tries, {next}{why}", event.id, event.kind.name(), event.at, event.tries)
}

fn read(config: &Config) -> Result<Secrets, CliError> {
    match Secrets::read(&config.webhook_key()) {
        Ok(secrets) => Ok(secrets),
        // A state folder that was made before there were webhooks.
        Err(KeyFileError::File(files::FileError::Missing(_))) => {
            // Daemons that share a store have one, which each makes of the verifier's key when it starts.
            if config.postgres.is_some() {
                let why = "it is not there yet; 'faam-node run' makes it, the same at all daemons that share the store";
                return Err(CliError::Input { what: "webhook.key", why: why.to_owned() });
            }
            let secrets = Secrets::random(&mut OsRng);
            files::write_new(&config.webhook_key(), secrets.to_text().as_bytes())?;
            Ok(secrets)
        }
        Err(KeyFileError::File(error)) => Err(error.into()),
        Err(error) => Err(CliError::Input { what: "webhook.key", why: error.to_string() }),
    }
}

fn print(output: Output, secrets: &Secrets) -> Result<(), CliError> {
    let secret = secrets.newest();
    output.labelled(&json!({"secret": secret}), &[("secret", secret)])
}
