//! `faam-node keys`

use clap::{Args, Subcommand};
use faam_node::api::{KeyBody, KeyMade, KeyView, KeysView, RotateBody, keys_view};
use faam_node::config::Config;
use faam_node::core::keys::{AccessKeys, KeyError, MAX_OVERLAP, May, NewKey, OWNER, hash};
use faam_node::core::{OwnName, Storage as _};
use faam_node::daemon::{access_key, now};
use faam_node::files;
use faam_node::storage::NodeStore;
use faam_spec::exit::Exit;
use faam_spec::reason::Fault;
use faam_spec::time::Timestamp;
use rand::rngs::OsRng;
use serde_json::json;

use super::client::Client;
use super::error::CliError;
use super::offer::duration;
use super::output::Output;
use super::{At, Ended};

#[derive(Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists the named keys: what they may be used for, when they were made and last used.
    List(List),
    /// Makes a key for some of the calls, and prints it, this once.
    New(New),
    /// Revokes a key at once.
    Revoke(Revoke),
    /// Makes a new key in the place of one, and prints it; the old one is good for a while longer.
    Rotate(Rotate),
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    at: At,
}

/// Reads the name of a key.
fn own_name(text: &str) -> Result<OwnName, &'static str> {
    text.parse().map_err(|_| "a key's name has 1 to 64 of a-z, 0-9, '-' and '.', a letter or digit first")
}

#[derive(Args)]
struct New {
    #[command(flatten)]
    at: At,
    /// What the key is called: a-z, 0-9, '-' and '.'.
    #[arg(value_parser = own_name)]
    name: OwnName,
    /// What it may be used for: events, offers, requests, read.
    #[arg(long, value_delimiter = ',', value_name = "WHAT", required = true)]
    may: Vec<May>,
}

#[derive(Args)]
struct Revoke {
    #[command(flatten)]
    at: At,
    /// The key's name.
    #[arg(value_parser = own_name)]
    name: OwnName,
}

#[derive(Args)]
struct Rotate {
    #[command(flatten)]
    at: At,
    /// The key's name; 'owner' is the key in api.key.
    #[arg(value_parser = own_name)]
    name: OwnName,
    /// How long the old key is good too, such as 0s, 1h, 7d; at most 30d.
    #[arg(long, default_value = "1d", value_parser = overlap)]
    overlap: i64,
}

/// As of `faam-node offer`, and none at all.
pub(crate) fn overlap(text: &str) -> Result<i64, String> {
    let seconds = if text == "0s" || text == "0" { 0 } else { duration(text)? };
    if seconds <= MAX_OVERLAP { Ok(seconds) } else { Err("it is at most 30d".to_owned()) }
}

impl Keys {
    pub(crate) fn run(self, output: Output) -> Ended {
        match self.what {
            What::List(List { at }) => {
                let config = at.read()?;
                let view = either(&config, |client| client.get("/v0/keys"), |kept| kept.view())?;
                list(output, &view)?;
            }
            What::New(New { at, name, may }) => {
                let config = at.read()?;
                let body = KeyBody { name, may };
                let made = either(&config, |client| client.post("/v0/keys", &body), |kept| kept.make(&body))?;
                print(output, &made)?;
                output.note("This is the only time that it is seen: the node keeps a hash of it.");
            }
            What::Revoke(Revoke { at, name }) => {
                let config = at.read()?;
                let path = format!("/v0/keys/{name}");
                let view = either(&config, |client| client.delete(&path), |kept| kept.revoke(&name))?;
                list(output, &view)?;
            }
            What::Rotate(Rotate { at, name, overlap }) => {
                let config = at.read()?;
                let path = format!("/v0/keys/{name}/rotate");
                let body = RotateBody { overlap_seconds: overlap };
                let made = either(
                    &config,
                    |client| client.post(&path, &body),
                    |kept| kept.rotate(&config, &name, overlap),
                )?;
                print(output, &made)?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// What the running daemon does, or, where none runs, what is done to its store.
fn either<T>(
    config: &Config,
    running: impl FnOnce(&Client) -> Result<T, CliError>,
    stopped: impl FnOnce(&mut Kept) -> Result<T, CliError>,
) -> Result<T, CliError> {
    match Client::new(config).and_then(|client| running(&client)) {
        Err(CliError::Unreachable { .. }) => stopped(&mut Kept::open(config)?),
        other => other,
    }
}

/// The store of a daemon that does not run.
struct Kept {
    store: NodeStore,
    keys: AccessKeys,
    now: Timestamp,
}

impl Kept {
    fn open(config: &Config) -> Result<Self, CliError> {
        files::check_folder(&config.dir)?;
        let store = NodeStore::open(&config.store_dir(), &config.store_key())?;
        let keys = AccessKeys::load(&store).map_err(CliError::core)?;
        let now = now().map_err(|fault: Fault| CliError::Asked {
            what: "clock",
            why: "this machine's clock makes no sense; set it right",
            reason: fault.reason(),
        })?;
        Ok(Self { store, keys, now })
    }

    fn view(&self) -> Result<KeysView, CliError> {
        Ok(keys_view(&self.keys, self.now))
    }

    fn make(&mut self, body: &KeyBody) -> Result<KeyMade, CliError> {
        let key = self.keys.make(body.name.clone(), &body.may, self.now, &mut OsRng).map_err(refused)?;
        self.keep(&body.name)?;
        Ok(KeyMade { name: body.name.clone(), key: key.0.to_string(), old_until: None })
    }

    fn revoke(&mut self, name: &OwnName) -> Result<KeysView, CliError> {
        self.keys.revoke(name).map_err(refused)?;
        self.keep(name)?;
        self.view()
    }

    fn rotate(&mut self, config: &Config, name: &OwnName, overlap: i64) -> Result<KeyMade, CliError> {
        let key = if name.as_str() == OWNER {
            let (old, key) = (hash(&access_key(config)?), NewKey::random(&mut OsRng));
            self.keys.rotate_owner(old, &key.0, overlap, self.now).map_err(refused)?;
            self.keep(name)?;
            files::replace(&config.api_key(), format!("{}\n", key.0.as_str()).as_bytes())?;
            key
        } else {
            let key = self.keys.rotate(name, overlap, self.now, &mut OsRng).map_err(refused)?;
            self.keep(name)?;
            key
        };
        let old_until = self.keys.get(name).and_then(|key| key.old_until(self.now));
        Ok(KeyMade { name: name.clone(), key: key.0.to_string(), old_until })
    }

    fn keep(&self, name: &OwnName) -> Result<(), CliError> {
        let change = self.keys.change(name).map_err(CliError::core)?;
        Ok(self.store.commit(vec![change])?)
    }
}

fn refused(error: KeyError) -> CliError {
    CliError::Refused { code: error.reason().code().to_owned(), sentence: error.to_string() }
}

fn print(output: Output, made: &KeyMade) -> Result<(), CliError> {
    output.labelled(made, &[("key", &made.key)])?;
    if let Some(until) = made.old_until {
        output.note(&format!("The old key is good until {until}."));
    }
    if made.name.as_str() == OWNER {
        output.note("It stands in api.key, and the commands of this program use it from now on.");
    }
    Ok(())
}

fn list(output: Output, view: &KeysView) -> Result<(), CliError> {
    let line = |key: &KeyView| {
        let may: Vec<&str> = key.may.iter().map(|may| may.name()).collect();
        let used = key.last_used.map_or("never used".to_owned(), |day| format!("last used {day}"));
        let old = key.old_until.map_or(String::new(), |until| format!("; the old one is good until {until}"));
        if key.name.as_str() == OWNER {
            return format!("owner: in api.key; rotated {}{old}", key.made);
        }
        format!("{}: {}; made {}; {used}{old}", key.name, may.join(", "), key.made)
    };
    output.result(&json!(view), || match view.keys.as_slice() {
        [] => vec!["no named keys; the owner's is in api.key".to_owned()],
        keys => keys.iter().map(line).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use faam_node::core::keys::OVERLAP;

    #[test]
    fn overlaps_are_from_nothing_to_thirty_days() {
        assert_eq!(overlap("0s"), Ok(0));
        assert_eq!(overlap("1d"), Ok(OVERLAP));
        assert_eq!(overlap("30d"), Ok(MAX_OVERLAP));
        assert!(overlap("31d").is_err() && overlap("-1s").is_err() && overlap("x").is_err());
    }
}
