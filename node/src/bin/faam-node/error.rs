//! What went wrong, with its code, and what to do next.

use std::io;
use std::path::PathBuf;

use faam_issuer::explain;
use faam_node::config::ConfigError;
use faam_node::core::{CoreError, StorageError};
use faam_node::daemon::{DaemonError, open_reason};
use faam_node::files::FileError;
use faam_spec::exit::Exit;
use faam_spec::reason::{Fault, Reason};
use faam_store::{CreateError, OpenError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("{0}")]
    File(#[from] FileError),
    #[error("{0}")]
    Daemon(#[from] DaemonError),
    #[error("{0}")]
    Create(#[from] CreateError),
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("the store failed: {0}")]
    Storage(#[from] StorageError),
    /// The arguments make no sense.
    #[error("{0}")]
    Usage(String),
    /// Something that was given makes no sense.
    #[error("{what}: {why}")]
    Input { what: &'static str, why: String },
    /// An option says something that cannot be asked.
    #[error("{what}: {why}")]
    Asked { what: &'static str, why: &'static str, reason: Reason },
    /// A line of a file cannot be used.
    #[error("line {line} of '{}': {} {}", .file.display(), explain(.fault), stands(.applied, ""))]
    Line { file: PathBuf, line: u64, fault: Fault, applied: Option<u64> },
    /// A file that was named cannot be used.
    #[error("'{}': {why}", .file.display())]
    Source { file: PathBuf, why: String, reason: Reason },
    /// The daemon does not answer.
    #[error("no daemon answers at {address}: {why}")]
    Unreachable { address: String, why: String },
    /// The daemon refused.
    #[error("{sentence}")]
    Refused { code: String, sentence: String },
    /// The daemon refused a line of a file; what came before it is applied.
    #[error("line {line} of '{}': {sentence} {}", .file.display(), stands(&Some(*.applied), order))]
    RefusedLine {
        file: PathBuf,
        line: u64,
        applied: u64,
        /// How "before" is meant, where it is not by line.
        order: &'static str,
        code: String,
        sentence: String,
    },
    /// The daemon said something that this program does not understand.
    #[error("the daemon's answer cannot be understood; is it of another version?")]
    BadAnswer,
    /// Nobody answered a request in time.
    #[error("nobody answered the request in time")]
    RequestExpired,
    /// A request was taken back.
    #[error("the request was taken back")]
    RequestRevoked,
    #[error("could not {step}: {source}")]
    Io { step: &'static str, source: io::Error },
}

/// How much of a file stands when a line of it was refused; none where it is read whole before anything is sent.
fn stands(applied: &Option<u64>, order: &str) -> String {
    match applied {
        None | Some(0) => "Nothing of the file was applied.".to_owned(),
        Some(1) => format!("The 1 event before it{order} is applied and stored, the rest is not."),
        Some(n) => format!("The {n} events before it{order} are applied and stored, the rest is not."),
    }
}

impl CliError {
    /// The stable code.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::Refused { code, .. } | Self::RefusedLine { code, .. } => code.clone(),
            other => other.reason().code().to_owned(),
        }
    }

    //= spec/text/codes.md#REQ-CODE-1
    //# A program MUST end with the exit status of the first reason
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Refused { code, .. } | Self::RefusedLine { code, .. } => {
                Reason::from_code(code).map_or(Exit::Failure, Reason::exit)
            }
            other => other.reason().exit(),
        }
    }

    /// What the core's own parts said of a store that no daemon has open.
    pub(crate) fn core(error: CoreError) -> Self {
        match error {
            CoreError::Storage(error) => Self::Storage(error),
            other => Self::Refused { code: other.reason().code().to_owned(), sentence: other.to_string() },
        }
    }

    /// What to do next, where the text does not say so already.
    pub(crate) fn next(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => {
                Some("start it with 'faam-node run --config FILE', with the same configuration")
            }
            Self::Config(ConfigError::File(FileError::Missing(_))) => {
                Some("make one with 'faam-node init --dir DIR'")
            }
            // What to do about a file that others can reach, it says itself.
            Self::Config(ConfigError::File(_)) => None,
            Self::Config(_) => Some(
                "correct the file, and see what it makes of it with 'faam-node run --check --config FILE'",
            ),
            Self::Input { .. } | Self::Asked { .. } => {
                Some("correct it; 'faam-node COMMAND --help' says what is taken")
            }
            Self::Source { .. } => Some("correct the file, or name another one"),
            Self::BadAnswer => Some("use the faam-node of the daemon's own version"),
            Self::RequestExpired => Some("make a new request, with a longer --life"),
            Self::RequestRevoked => Some("make a new request if it is still wanted"),
            Self::Usage(_) => Some("see 'faam-node --help', and 'faam-node COMMAND --help' for a command"),
            Self::RefusedLine { .. } | Self::Line { .. } => {
                Some("correct the line and import the file again; what is there already changes nothing")
            }
            Self::Refused { code, .. } if code == Reason::ApiKey.code() => {
                Some("use the configuration that the daemon was started with")
            }
            Self::Refused { code, .. } if code == Reason::LedgerUnknown.code() => {
                Some("import the account's ratings first, or correct --account")
            }
            Self::Refused { code, .. } if code == Reason::Untrusted.code() => Some(
                "see the [[trust]] entries in the configuration, or in its trust_file: issuer, market, roles and types must all fit; then restart the node",
            ),
            Self::Refused { code, .. } if code == Reason::RequestPolicy.code() => {
                Some("see [policies] in the configuration; a policy that was added is known after a restart")
            }
            Self::Refused { code, .. } if code == Reason::OfferRebindEarly.code() => {
                Some("leave --rebind out if the person still has the wallet that is bound")
            }
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Config(error) => error.reason(),
            Self::File(error) => error.reason(),
            Self::Daemon(error) => error.reason(),
            Self::Open(error) => open_reason(error),
            Self::Create(CreateError::Exists { .. }) => Reason::StoreExists,
            Self::Create(CreateError::Permissions { .. }) => Reason::StorePermissions,
            Self::Create(CreateError::InUse { .. }) => Reason::StoreInUse,
            Self::Create(_) | Self::Storage(_) | Self::Io { .. } => Reason::StoreIo,
            Self::Usage(_) | Self::Input { .. } => Reason::InputMalformed,
            Self::Asked { reason, .. } => *reason,
            Self::Line { fault, .. } => fault.reason(),
            Self::Source { reason, .. } => *reason,
            Self::Unreachable { .. } => Reason::ApiUnreachable,
            Self::RequestExpired => Reason::RequestExpired,
            Self::RequestRevoked => Reason::RequestRevoked,
            Self::BadAnswer | Self::Refused { .. } | Self::RefusedLine { .. } => Reason::Internal,
        }
    }
}
