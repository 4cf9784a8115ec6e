//! `faam-node init`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use faam_node::config::{Config, DEFAULT_API, parse_api};
use faam_node::files;
use faam_node::identity::{Identity, MAX_IDENTITY_BYTES, VerifierIdentity};
use faam_node::storage::NodeStore;
use faam_node::webhook::Secrets;
use faam_spec::encoding::multi;
use faam_spec::exit::Exit;
use faam_spec::limits::MAX_NAME_BYTES;
use faam_spec::name::MarketId;
use rand::RngCore as _;
use rand::rngs::OsRng;
use serde_json::json;
use zeroize::Zeroizing;

use super::Ended;
use super::error::CliError;
use super::output::Output;

/// Name of the configuration in the state folder.
pub(crate) const CONFIG_NAME: &str = "faam-node.toml";

#[derive(Args)]
pub(crate) struct Init {
    /// The state folder; it must not be there yet, or be empty.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The market whose ratings this node issues: a-z, 0-9, '-' and '.'; none if it only verifies.
    #[arg(long, value_name = "ID")]
    market: Option<MarketId>,
    /// What the node calls itself when it asks wallets for something; the market's name unless given.
    #[arg(long)]
    name: Option<String>,
    /// Where the local interface listens: a loopback address; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value_t = DEFAULT_API, value_parser = parse_api)]
    api: SocketAddr,
    /// Port, UDP and TCP, at which wallets reach the node; 0 takes a free one at each start, so that links end with it.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// The identity of another node without a market, as 'faam-node identity export' wrote it: the two are one verifier then, and
    /// share a database.
    #[arg(long, value_name = "FILE", conflicts_with = "market")]
    identity: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(self, output: Output) -> Ended {
        let name = self.name.or_else(|| self.market.as_ref().map(MarketId::to_string));
        let name = name.ok_or_else(|| CliError::Input {
            what: "--name",
            why: "a node without --market needs a name to introduce itself with".to_owned(),
        })?;
        if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
            let why = format!("a name has 1 to {MAX_NAME_BYTES} bytes");
            return Err(CliError::Input { what: "--name", why });
        }
        // Read first: a file that cannot be used leaves nothing behind.
        let of = self.identity.as_deref().map(read_identity).transpose()?;
        files::make_folder(&self.dir)?;
        let store = NodeStore::create(&self.dir.join("store"), &self.dir.join("store.key"))?;
        let identity = match &of {
            Some(of) => Identity::create_as(of, &store, &mut OsRng)?,
            None => Identity::create(&store, &mut OsRng)?,
        };
        drop(store);
        let mut key = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(key.as_mut());
        let key = Zeroizing::new(format!("{}\n", Zeroizing::new(multi(*key)).as_str()));
        files::write_new(&self.dir.join("api.key"), key.as_bytes())?;
        // The same at all daemons of a verifier.
        let secrets = Secrets::of_verifier(&identity.verifier_seed());
        files::write_new(&self.dir.join("webhook.key"), secrets.to_text().as_bytes())?;
        // The configuration comes last: a folder with one is whole.
        let config = self.dir.join(CONFIG_NAME);
        let text = Config::template(self.market.as_ref(), &name, self.api, self.port);
        files::write_new(&config, text.as_bytes())?;
        Config::read(&config)?;

        let issuer = self.market.as_ref().map(|_| identity.issuer());
        let data = json!({
            "config": config, "market": self.market, "issuer": issuer,
            "verifier": identity.verifier().did(), "peer": identity.peer(),
        });
        output.result(&data, || {
            let mut lines = Vec::new();
            if let (Some(market), Some(issuer)) = (&self.market, issuer) {
                lines.push(format!("market     {market}"));
                lines.push(format!("issuer     {issuer}"));
            }
            lines.push(format!("verifier   {}", identity.verifier().did()));
            lines.push(format!("peer       {}", identity.peer()));
            lines.push(format!("config     {}", config.display()));
            lines
        })?;
        output.note(&format!("next: faam-node run --config {}", config.display()));
        Ok(Exit::Ok)
    }
}

fn read_identity(file: &Path) -> Result<VerifierIdentity, CliError> {
    let bytes = files::read_private(file, MAX_IDENTITY_BYTES)?;
    let identity = std::str::from_utf8(&bytes).ok().and_then(|text| VerifierIdentity::parse(text).ok());
    identity.ok_or_else(|| CliError::Input {
        what: "--identity",
        why: "it is not a file that 'faam-node identity export' of this version wrote".to_owned(),
    })
}
