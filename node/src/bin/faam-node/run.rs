//! `faam-node run`

use clap::Args;
use faam_node::config::Config;
use faam_node::daemon::{self, Checked, ClockTrust, DaemonError, Ready};
use faam_spec::exit::Exit;
use faam_spec::name::shown;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::output::{Output, to_stderr};
use super::{At, Ended, LogForm};

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    at: At,
    /// Checks configuration, folder, keys and store, and does not start.
    #[arg(long)]
    check: bool,
    /// Believes this machine's clock once, though the market's last record is more than 4 epochs old.
    #[arg(long, conflicts_with = "check")]
    accept_clock: bool,
    /// The form of the log on stderr; what else stands there begins with "ready:", "note:" or "warning:".
    #[arg(long, value_name = "FORM", value_enum, default_value = "text")]
    pub(crate) log: LogForm,
}

/// Longest warning that is shown, in bytes: a long DID, and many roles.
const MAX_WARNING_BYTES: usize = 4096;

impl Run {
    pub(crate) fn run(self, output: Output) -> Ended {
        let config = self.at.read()?;
        if self.check {
            let checked = daemon::check(&config)?;
            for warning in config.warnings() {
                to_stderr(&format!("warning: {}", shown(&warning, MAX_WARNING_BYTES)));
            }
            match checked {
                Checked::Ready(found) => {
                    output.result(&as_json(&found), || vec![format!("good: {}", in_words(&found))])?;
                }
                Checked::Running => output.result(&json!({"running": true}), || {
                    let what = "the configuration and every file that it names; a daemon runs here, so that its store and its ports were not tried";
                    vec![format!("good: {what}")]
                })?,
            }
            return Ok(Exit::Ok);
        }
        let clock = if self.accept_clock { ClockTrust::Accepted } else { ClockTrust::Checked };
        // What the system picks at each start, no link can name for longer.
        let passing = config.listen.iter().all(|at| at.split('/').any(|part| part == "0"));
        let file = self.at.config.display().to_string();
        let system = |step| move |source| DaemonError::System { step, source };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(system("start the runtime"))?;
        runtime.block_on(async {
            // Before anything else, so that an early signal is not lost.
            let mut terminate = signal(SignalKind::terminate()).map_err(system("wait for signals"))?;
            let mut interrupt = signal(SignalKind::interrupt()).map_err(system("wait for signals"))?;
            let mut hangup = signal(SignalKind::hangup()).map_err(system("wait for signals"))?;
            let (reload, reloads) = mpsc::channel(1);
            let at = self.at.config.clone();
            // Ends with the runtime.
            tokio::spawn(async move {
                while hangup.recv().await.is_some() {
                    let file = at.clone();
                    match tokio::task::spawn_blocking(move || Config::read(&file)).await {
                        Ok(Ok(config)) => {
                            if reload.send(config).await.is_err() {
                                return;
                            }
                        }
                        Ok(Err(error)) => tracing::error!(
                            code = error.reason().code(),
                            "the configuration was not taken over, and all is as it was: {}",
                            shown(&error.to_string(), MAX_WARNING_BYTES)
                        ),
                        Err(_) => return,
                    }
                }
            });
            let stop = async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            };
            let ready = |ready: &Ready| {
                if output.json {
                    to_stderr(&json!({"v": 0, "command": "run", "ready": as_json(ready)}).to_string());
                    return;
                }
                to_stderr(&format!("ready: {}", in_words(ready)));
                if passing {
                    to_stderr(&format!(
                        "note: listen has port 0, so links made now end when this node stops; for links that outlive it, name \
                         fixed ports in {}, such as /ip4/127.0.0.1/udp/4810/quic-v1 and /ip4/127.0.0.1/tcp/4810",
                        shown(&file, 4096)
                    ));
                }
            };
            daemon::run_reloading(config, clock, stop, reloads, ready).await
        })?;
        Ok(Exit::Ok)
    }
}

fn as_json(ready: &Ready) -> serde_json::Value {
    let mut told = json!({
        "peer": ready.peer, "addresses": ready.addresses, "issuer": ready.issuer,
        "verifier": ready.verifier, "api": ready.api.to_string(),
    });
    if let (Some(web), Some(told)) = (&ready.openid4vp, told.as_object_mut()) {
        told.insert("openid4vp".to_owned(), json!(web));
    }
    told
}

fn in_words(ready: &Ready) -> String {
    let at: Vec<&str> = ready.addresses.iter().map(|address| address.as_str()).collect();
    let at = if at.is_empty() { "addresses that are known once it runs".to_owned() } else { at.join(" ") };
    let web = ready.openid4vp.as_ref().map(|web| format!("; answers by HTTP at {web}")).unwrap_or_default();
    format!("peer {} at {at}; local interface {}{web}", ready.peer, ready.api)
}
