//! What can go wrong in a contact, and the reason code for each.

use faam_fetch::FetchError;
use faam_node::net::{AskError, DialError};
use faam_spec::reason::{Fault, Reason};

use crate::receive::ReceiveRefused;
use crate::vault::VaultError;

/// Why a contact failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContactError {
    /// Something that was given or sent is not right.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The other side was not reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The other side did not answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Nothing was fetched from the web, or nothing could be posted.
    #[error("{0}")]
    Web(#[from] FetchError),
    /// The other side refused.
    #[error("the other side refused: {0}")]
    Refused(Reason),
    /// The offer was refused here, as a whole; nothing of it is kept but a note.
    #[error("{0}")]
    Offer(Box<ReceiveRefused>),
    /// Where the market's node is was not noted when the ledger came: an older program did not.
    #[error("it is not known where the market's node is; receive an offer of it once more")]
    NoAddress,
    /// The session code is needed and was not given.
    #[error("the offer needs the session code that the market shows")]
    CodeMissing,
    /// Everything is kept, and the market could not be told.
    #[error("everything is kept, and the market could not be told: {0}")]
    Unconfirmed(Box<ContactError>),
    /// The vault could not be read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<ReceiveRefused> for ContactError {
    fn from(refused: ReceiveRefused) -> Self {
        Self::Offer(Box::new(refused))
    }
}

impl ContactError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Fault(fault) => fault.reason(),
            Self::Dial(error) => match error {
                //= spec/text/link.md#REQ-LINK-8
                //# by the handshake (else `net.peer`)
                DialError::WrongPeer { .. } => Reason::NetPeer,
                DialError::TimedOut { .. } => Reason::NetTimeout,
                DialError::PeerName(_) | DialError::AddressCount(_) => Reason::LinkMalformed,
                _ => Reason::NetUnreachable,
            },
            Self::Ask(error) => match error {
                AskError::TimedOut(_) => Reason::NetTimeout,
                AskError::Refused => Reason::NetBusy,
                AskError::TooLarge { .. } => Reason::TooLarge,
                AskError::Unsupported(_) | AskError::BadAnswer(_) => Reason::WireMessage,
                _ => Reason::NetClosed,
            },
            Self::Web(error) => error.reason(),
            Self::Refused(code) => *code,
            Self::Offer(refused) => refused.fault().reason(),
            Self::NoAddress => Reason::NetUnreachable,
            Self::CodeMissing => Reason::InputMissing,
            Self::Unconfirmed(cause) => cause.reason(),
            Self::Vault(error) => error.reason(),
        }
    }

    /// In which object or member; nothing where the reason says it.
    #[must_use]
    pub fn at(&self) -> &str {
        match self {
            Self::Fault(fault) => fault.at(),
            Self::Offer(refused) => refused.fault().at(),
            Self::Unconfirmed(cause) => cause.at(),
            Self::Vault(VaultError::Content(fault)) => fault.at(),
            Self::CodeMissing => "--code",
            Self::Web(FetchError::Content(fault)) => fault.at(),
            Self::Dial(_) | Self::Ask(_) | Self::NoAddress | Self::Web(_) => "network",
            Self::Refused(_) => "answer",
            Self::Vault(_) => "vault",
        }
    }
}
