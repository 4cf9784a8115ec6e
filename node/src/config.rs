//! The daemon's configuration: one TOML file, in which every key is known (UX 23).

mod policies;
mod trust;
mod webhook;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use faam_spec::erasure::KeptReason;
use faam_spec::limits::{MAX_LINK_ADDRESSES, MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use faam_spec::name::{MarketId, shown};
use faam_spec::peer::Address;
use faam_spec::reason::Reason;
use faam_spec::time::EpochLength;
use faam_verifier::policy::nearest_key;
use faam_verifier::{Policy, Trust, TrustFile};
use serde::Deserialize;
use toml::{Table, Value};

pub use self::policies::MAX_POLICIES;
pub use self::webhook::WebhookUrl;

use crate::core::{MarketSettings, OwnName};
use crate::files::{self, FileError, Shown};
use crate::openid4vp;

/// The configuration that `faam-node init` writes, with comments.
const TEMPLATE: &str = include_str!("config/template.toml");
/// Largest configuration file, in bytes.
const MAX_CONFIG_BYTES: u64 = 256 * 1024;
/// Where the local interface listens unless the configuration says otherwise.
pub const DEFAULT_API: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7345);
/// Where the node listens unless the configuration says otherwise.
const DEFAULT_LISTEN: [&str; 2] = ["/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"];

/// Every key, by the path of its table.
const KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "dir",
            "listen",
            "announce",
            "api",
            "openid4vp",
            "market",
            "postgres",
            "verifier",
            "trust",
            "trust_file",
            "policy",
            "policies",
            "webhook",
            "erasure",
        ],
    ),
    ("postgres", &["url_file", "ca_file", "danger_plain_tcp"]),
    ("api", &["listen"]),
    ("openid4vp", openid4vp::Settings::KEYS),
    ("market", &["id", "epoch_seconds"]),
    ("verifier", &["name", "terms"]),
    ("trust", Trust::KEYS),
    ("policy", &["name", "issuer_gone", "status_max_age", "standing_max_epochs", "on"]),
    (
        "policy.on",
        &[
            "withdrawn",
            "withdrawn_over_percent",
            "disputed",
            "disputed_over",
            "stale",
            "unknown",
            "contested",
            "new_owner",
            "closed",
        ],
    ),
    ("webhook", &["url"]),
    ("erasure", &["keep"]),
];

/// A configuration whose form was checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The state folder.
    pub dir: PathBuf,
    /// Where to listen for peers.
    pub listen: Vec<String>,
    /// What links say instead of that; empty if links name what is listened on.
    pub announce: Vec<Address>,
    /// Where the local interface listens: a loopback address.
    pub api: SocketAddr,
    /// Where answers by HTTP are taken, if they are.
    pub openid4vp: Option<openid4vp::Settings>,
    /// The market, if there is one.
    pub market: Option<MarketSettings>,
    /// The database that several daemons share, if they do.
    pub postgres: Option<PostgresSettings>,
    /// What the verifier calls itself.
    pub name: String,
    /// Where its terms can be read.
    pub terms: Option<String>,
    /// Whom the verifier believes.
    pub trust: TrustFile,
    /// What it makes of age and silence, where a request names no policy.
    pub policy: Policy,
    /// Policies that requests name.
    pub policies: BTreeMap<OwnName, Policy>,
    /// Where it calls back, if anywhere.
    pub webhook: Option<WebhookUrl>,
    /// Why it keeps until its time is over what it was shown, whoever asks that it is erased; none if it erases.
    pub kept: Option<KeptReason>,
}

/// How the database is reached that several daemons share.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// A private file with its address, in which there may be a password.
    pub url_file: PathBuf,
    /// A file with the certificates of those who may vouch for it; where there is one, it is talked to under TLS.
    pub ca_file: Option<PathBuf>,
    /// Whether it is talked to in the clear over a network too.
    pub danger_plain_tcp: bool,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, or others can reach it.
    #[error("the configuration cannot be used: {0}")]
    File(#[from] FileError),
    /// There is nothing in it.
    #[error("'{}' is empty; it needs at least dir, and 'faam-node init' writes a whole one", Shown(.0))]
    Empty(PathBuf),
    /// It is TOML, but something in it has the wrong form, or is missing.
    #[error("'{}' cannot be used: {message}", Shown(path))]
    Form {
        /// The file.
        path: PathBuf,
        /// What the reader said, with the lines that it is about.
        message: String,
    },
    /// It is not TOML.
    #[error("'{}' is not TOML: {message}", Shown(path))]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the reader said, with the lines that it is about.
        message: String,
    },
    /// A key is not known.
    #[error("'{}' has an unknown key '{key}'; {}", Shown(path), hint(.key, .nearest.as_deref()))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key, with its tables.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A file that `[policies]` names cannot be used.
    #[error("the policy '{name}', '{}', cannot be used: {message}", Shown(path))]
    Policy {
        /// Its name in the configuration.
        name: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it, safe to show.
        message: String,
        /// The reason's code.
        reason: Reason,
    },
    /// The file that `trust_file` names cannot be used.
    #[error("the trust file '{}' cannot be used: {message}", Shown(path))]
    Trust {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, safe to show.
        message: String,
        /// The reason's code.
        reason: Reason,
    },
    /// A value makes no sense.
    #[error("'{}': {key}: {why}", Shown(path))]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, with its tables.
        key: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
}

impl ConfigError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::File(FileError::Missing(_)) => Reason::InputMissing,
            Self::File(error) => error.reason(),
            Self::Policy { reason, .. } | Self::Trust { reason, .. } => *reason,
            _ => Reason::InputMalformed,
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    dir: PathBuf,
    listen: Option<Vec<String>>,
    #[serde(default)]
    announce: Vec<String>,
    api: Option<RawApi>,
    openid4vp: Option<openid4vp::RawSettings>,
    market: Option<RawMarket>,
    postgres: Option<RawPostgres>,
    verifier: Option<RawVerifier>,
    #[serde(default)]
    trust: Trust,
    trust_file: Option<PathBuf>,
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    policies: BTreeMap<String, PathBuf>,
    webhook: Option<RawWebhook>,
    erasure: Option<RawErasure>,
}

#[derive(Deserialize)]
struct RawErasure {
    keep: Option<String>,
}

#[derive(Deserialize)]
struct RawWebhook {
    url: String,
}

#[derive(Deserialize)]
struct RawApi {
    listen: Option<String>,
}

#[derive(Deserialize)]
struct RawMarket {
    id: String,
    epoch_seconds: Option<i64>,
}

#[derive(Deserialize)]
struct RawPostgres {
    url_file: PathBuf,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    danger_plain_tcp: bool,
}

impl RawPostgres {
    fn check(self, folder: &Path, market: bool) -> Result<PostgresSettings, String> {
        //= spec/text/shared-store.md#REQ-SHARED-2
        //# A node with a market MUST NOT share its store.
        if market {
            return Err("a node that runs a market keeps its ledgers on one machine, and so it shares nothing; let the market \
                 have a node of its own, with another state folder, and take [market] or [postgres] out here"
                .to_owned());
        }
        if !cfg!(feature = "postgres") {
            return Err(
                "this faam-node was built without PostgreSQL; build it with the feature \"postgres\""
                    .to_owned(),
            );
        }
        Ok(PostgresSettings {
            url_file: folder.join(self.url_file),
            ca_file: self.ca_file.map(|file| folder.join(file)),
            danger_plain_tcp: self.danger_plain_tcp,
        })
    }
}

#[derive(Deserialize)]
struct RawVerifier {
    name: Option<String>,
    terms: Option<String>,
}

impl Config {
    /// Keys whose values a running daemon takes over.
    #[must_use]
    pub const fn taken_while_running() -> [&'static str; 4] {
        ["trust", "trust_file", "policy", "policies"]
    }

    /// Keys that `new` has otherwise, and that count from the next start on.
    #[must_use]
    pub fn taken_at_start(&self, new: &Self) -> Vec<&'static str> {
        let of = |config: &Self| {
            [
                ("dir", format!("{:?}", config.dir)),
                ("listen", format!("{:?}", config.listen)),
                ("announce", format!("{:?}", config.announce)),
                ("api", format!("{:?}", config.api)),
                ("openid4vp", format!("{:?}", config.openid4vp)),
                ("market", format!("{:?}", config.market)),
                ("postgres", format!("{:?}", config.postgres)),
                ("verifier", format!("{:?}", (&config.name, &config.terms))),
                ("webhook", format!("{:?}", config.webhook)),
            ]
        };
        let changed = of(self).into_iter().zip(of(new)).filter(|(old, new)| old.1 != new.1);
        changed.map(|((key, _), _)| key).collect()
    }

    /// Takes over what counts while the daemon runs.
    pub(crate) fn take(&mut self, new: Self) {
        self.trust = new.trust;
        self.policy = new.policy;
        self.policies = new.policies;
    }

    /// Reads a configuration file, which must be private.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = files::read_private(path, MAX_CONFIG_BYTES)?;
        let syntax = |message: String| ConfigError::Syntax { path: path.to_owned(), message };
        let text = std::str::from_utf8(&bytes).map_err(|_| syntax("it is not UTF-8".to_owned()))?;
        Self::parse(text, path)
    }

    /// Reads the text of a configuration that stands in `path`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        if text.trim().is_empty() {
            return Err(ConfigError::Empty(path.to_owned()));
        }
        let told = |error: toml::de::Error| by_line(&error.to_string());
        let syntax = |error| ConfigError::Syntax { path: path.to_owned(), message: told(error) };
        let form = |error| ConfigError::Form { path: path.to_owned(), message: told(error) };
        let table: Table = toml::from_str(text).map_err(syntax)?;
        check_keys(&table, path)?;
        let raw: Raw = toml::from_str(text).map_err(form)?;
        raw.check(path)
    }

    /// The text of a new configuration for the state folder it stands in, of a node that listens on `port`, UDP and TCP.
    #[must_use]
    pub fn template(market: Option<&MarketId>, name: &str, api: SocketAddr, port: u16) -> String {
        let market = match market {
            Some(id) => format!("[market]\nid = {}\n", Value::from(id.as_str())),
            None => "# [market]\n# id = \"my-market\"\n".to_owned(),
        };
        TEMPLATE
            .replace("{{market}}\n", &market)
            .replace("{{port}}", &port.to_string())
            .replace("{{name}}", &Value::from(name).to_string())
            .replace("{{api}}", &Value::from(api.to_string()).to_string())
    }

    /// Folder of the store.
    #[must_use]
    pub fn store_dir(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// The key that opens the store.
    #[must_use]
    pub fn store_key(&self) -> PathBuf {
        self.dir.join("store.key")
    }

    /// The key that opens the local interface.
    #[must_use]
    pub fn api_key(&self) -> PathBuf {
        self.dir.join("api.key")
    }

    /// The secrets that sign what the webhook is told.
    #[must_use]
    pub fn webhook_key(&self) -> PathBuf {
        self.dir.join("webhook.key")
    }

    /// Where the running daemon says on which port its local interface is.
    #[must_use]
    pub fn api_addr(&self) -> PathBuf {
        self.dir.join("api.addr")
    }
}

impl Raw {
    fn check(self, path: &Path) -> Result<Config, ConfigError> {
        let value = |key, why: String| ConfigError::Value { path: path.to_owned(), key, why };
        let folder = path.parent().unwrap_or(Path::new("."));
        let api = match self.api.and_then(|api| api.listen) {
            Some(text) => parse_api(&text).map_err(|why| value("api.listen", why))?,
            None => DEFAULT_API,
        };
        let openid4vp = self.openid4vp.map(openid4vp::Settings::check).transpose();
        let openid4vp = openid4vp.map_err(|(key, why)| value(key, why))?;
        if self.announce.len() > MAX_LINK_ADDRESSES {
            return Err(value("announce", format!("a link names at most {MAX_LINK_ADDRESSES} addresses")));
        }
        let announce = self.announce.iter().map(|text| {
            text.parse::<Address>()
                .map_err(|error| value("announce", format!("'{}' is {error}", shown(text, 200))))
        });
        let announce = announce.collect::<Result<Vec<_>, _>>()?;
        let market = match self.market {
            Some(market) => Some(MarketSettings {
                id: market.id.parse().map_err(|_| {
                    value("market.id", "a market's name has 1 to 64 of a-z, 0-9, '-' and '.'".to_owned())
                })?,
                epoch: match market.epoch_seconds {
                    Some(seconds) => EpochLength::new(seconds).map_err(|_| {
                        value(
                            "market.epoch_seconds",
                            "an epoch lasts an hour to a quarter (3600 to 7948800)".to_owned(),
                        )
                    })?,
                    None => EpochLength::WEEK,
                },
            }),
            None => None,
        };
        let postgres = self.postgres.map(|postgres| postgres.check(folder, market.is_some()));
        let postgres = postgres.transpose().map_err(|why| value("postgres", why))?;
        let verifier = self.verifier.unwrap_or(RawVerifier { name: None, terms: None });
        let name = verifier.name.unwrap_or_else(|| match &market {
            Some(market) => market.id.to_string(),
            None => "a verifier without a name".to_owned(),
        });
        if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(value("verifier.name", format!("a name has 1 to {MAX_NAME_BYTES} bytes")));
        }
        if verifier.terms.as_ref().is_some_and(|terms| terms.len() > MAX_PURPOSE_BYTES) {
            return Err(value(
                "verifier.terms",
                format!("the address of terms has at most {MAX_PURPOSE_BYTES} bytes"),
            ));
        }
        self.policy.check().map_err(|(key, why)| value("policy", format!("{key}: {why}")))?;
        let webhook = self.webhook.map(|webhook| WebhookUrl::parse(&webhook.url));
        let webhook = webhook.transpose().map_err(|why| value("webhook.url", why))?;
        let kept = self.erasure.and_then(|erasure| erasure.keep).map(|name| parse_kept(&name)).transpose();
        Ok(Config {
            dir: folder.join(self.dir),
            listen: self.listen.unwrap_or_else(|| DEFAULT_LISTEN.map(str::to_owned).to_vec()),
            announce,
            api,
            openid4vp,
            market,
            postgres,
            name,
            terms: verifier.terms,
            trust: trust::read(self.trust, self.trust_file.as_deref(), folder, path)?,
            policy: self.policy,
            policies: policies::read_all(self.policies, folder, path)?,
            webhook,
            kept: kept.map_err(|why| value("erasure.keep", why))?,
        })
    }
}

/// Reads the address of the local interface, which is on this machine and nowhere else (A71).
///
/// # Errors
/// What is wrong with it.
pub fn parse_api(text: &str) -> Result<SocketAddr, String> {
    let example = "use 127.0.0.1:7345, or [::1]:7345, or port 0 for a free one";
    match text.parse::<SocketAddr>() {
        //= spec/text/local-api.md#REQ-API-1
        //# It MUST listen on a loopback address and nowhere else; other addresses in the configuration are
        //# refused.
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(_) => Err(format!("the local interface is for this machine alone; {example}")),
        Err(_) => Err(format!("'{}' is not an address with a port; {example}", shown(text, 100))),
    }
}

/// Reads why a node keeps what somebody asks it to erase.
fn parse_kept(name: &str) -> Result<KeptReason, String> {
    let known = || KeptReason::ALL.iter().map(|reason| reason.name());
    match KeptReason::ALL.iter().find(|reason| reason.name() == name) {
        Some(reason) => Ok(*reason),
        None => {
            let names: Vec<&str> = known().collect();
            let hint = match nearest_key(&[("", &names)], "", name) {
                Some(nearest) => format!("did you mean '{nearest}'?"),
                None => format!("there are {}", names.join(", ")),
            };
            Err(format!("'{}' is no reason to keep something; {hint}", shown(name, 100)))
        }
    }
}

fn check_keys(table: &Table, path: &Path) -> Result<(), ConfigError> {
    check_table("", table, path)?;
    for (name, value) in table {
        match value {
            Value::Table(inner) if name == "policies" => policies::check_form(inner, path)?,
            Value::Table(inner) => {
                if name == "policy" {
                    policies::check_general(inner, path)?;
                }
                check_table(name, inner, path)?;
                for (more, inner) in inner.iter().filter_map(|(more, value)| Some((more, value.as_table()?)))
                {
                    check_table(&qualified(name, more), inner, path)?;
                }
            }
            Value::Array(list) => {
                for inner in list.iter().filter_map(Value::as_table) {
                    check_table(name, inner, path)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_table(name: &str, table: &Table, path: &Path) -> Result<(), ConfigError> {
    let Some((_, known)) = KEYS.iter().find(|(table, _)| *table == name) else { return Ok(()) };
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ConfigError::UnknownKey {
            path: path.to_owned(),
            key: qualified(name, &shown(key, 100)),
            nearest: nearest_key(KEYS, name, key),
        }),
        None => Ok(()),
    }
}

fn qualified(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

fn hint(key: &str, nearest: Option<&str>) -> String {
    match nearest {
        // What is written behind a table's head belongs to the table.
        Some(nearest) if key.contains('.') && !nearest.contains('.') => {
            format!("did you mean '{nearest}'? That belongs to no table: write it above the first")
        }
        Some(nearest) => format!("did you mean '{nearest}'?"),
        None => "remove it".to_owned(),
    }
}

/// Foreign text of several lines, each of them made safe to show.
fn by_line(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().take(8).map(|line| shown(line, 200)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests;
