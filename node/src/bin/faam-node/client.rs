//! Calls of the running daemon's local interface.

use std::net::SocketAddr;
use std::time::Duration;

use faam_node::api::ErrorBody;
use faam_node::config::{Config, parse_api};
use faam_node::daemon::access_key;
use faam_node::files;
use faam_spec::name::shown;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::Response;
use zeroize::Zeroizing;

use super::error::CliError;

/// Time for a whole call; more than the daemon's own limit.
const TIMEOUT: Duration = Duration::from_secs(75);
/// Largest answer that is read, in bytes: a decision with every rating that a presentation can hold.
const MAX_ANSWER_BYTES: u64 = 32 * 1024 * 1024;
/// Longest text in `api.addr`, in bytes.
const MAX_ADDRESS_BYTES: u64 = 64;

/// A way to the running daemon.
pub(crate) struct Client {
    agent: Agent,
    address: SocketAddr,
    authorization: Zeroizing<String>,
}

/// An error that the daemon stated, and its body.
pub(crate) struct Stated(pub(crate) ErrorBody);

impl Client {
    pub(crate) fn new(config: &Config) -> Result<Self, CliError> {
        let key = access_key(config)?;
        let agent = Agent::config_builder()
            // What is meant for this machine goes to this machine.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(0)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        let authorization = Zeroizing::new(format!("Bearer {}", key.as_str()));
        Ok(Self { agent, address: address(config)?, authorization })
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        parse(&self.get_text(path)?)
    }

    pub(crate) fn get_text(&self, path: &str) -> Result<Vec<u8>, CliError> {
        let call = self.agent.get(self.url(path)).header("authorization", self.authorization.as_str());
        self.read(call.call())?.map_err(CliError::from)
    }

    pub(crate) fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, CliError> {
        let body = serde_json::to_vec(body).map_err(|_| CliError::BadAnswer)?;
        self.send(path, &body)?.map_err(CliError::from)
    }

    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        let call = self.agent.delete(self.url(path)).header("authorization", self.authorization.as_str());
        parse(&self.read(call.call())?.map_err(CliError::from)?)
    }

    /// Posts bytes; an error that the daemon states is given back for the caller to explain.
    pub(crate) fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
    ) -> Result<Result<T, Stated>, CliError> {
        let call = self.agent.post(self.url(path)).header("authorization", self.authorization.as_str());
        match self.read(call.content_type("application/json").send(body))? {
            Ok(answer) => Ok(Ok(parse(&answer)?)),
            Err(stated) => Ok(Err(stated)),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn read(
        &self,
        answer: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Result<Vec<u8>, Stated>, CliError> {
        let unreachable = |error: ureq::Error| CliError::Unreachable {
            address: self.address.to_string(),
            why: error.to_string(),
        };
        let mut answer = answer.map_err(unreachable)?;
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        let body = body.map_err(unreachable)?;
        Ok(if answer.status().is_success() { Ok(body) } else { Err(Stated(parse(&body)?)) })
    }
}

impl From<Stated> for CliError {
    fn from(Stated(body): Stated) -> Self {
        Self::Refused { code: body.code, sentence: shown(&body.sentence, 1000) }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CliError> {
    serde_json::from_slice(bytes).map_err(|_| CliError::BadAnswer)
}

/// Where the daemon is: what the configuration says, or, for port 0, what the daemon wrote down.
fn address(config: &Config) -> Result<SocketAddr, CliError> {
    if config.api.port() != 0 {
        return Ok(config.api);
    }
    let stopped =
        || CliError::Unreachable { address: config.api.to_string(), why: "it is not running".to_owned() };
    let text = match files::read_private(&config.api_addr(), MAX_ADDRESS_BYTES) {
        Ok(text) => text,
        Err(files::FileError::Missing(_)) => return Err(stopped()),
        Err(error) => return Err(error.into()),
    };
    let text = std::str::from_utf8(&text).map_err(|_| stopped())?;
    parse_api(text.trim()).map_err(|_| stopped())
}
