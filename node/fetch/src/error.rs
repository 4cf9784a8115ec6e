//! Why something was not fetched, and at whose side that lies.

use std::net::IpAddr;

use faam_spec::reason::{Fault, Reason};

/// Why something was not fetched.
///
/// [`FetchError::reason`] gives the stable code, which says whose fault it is and whether trying again may help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is none that is fetched from.
    #[error("the address is not fetched from: {0}")]
    Url(UrlFault),
    /// The host is, or resolves to, an address that is not on the public network.
    #[error("the host leads to {address}, which is {what}")]
    Address {
        /// The address that was refused.
        address: IpAddr,
        /// What the address is for.
        what: &'static str,
    },
    /// The host has no address, or nobody answers there.
    #[error("the host has no address, or nothing answers there")]
    Unreachable,
    /// It took longer than it may.
    #[error("it took longer than it may")]
    Timeout,
    /// The connection ended before the answer was whole.
    #[error("the connection ended before the answer was whole")]
    Closed,
    /// Too many names are being looked up already.
    #[error("too many names are being looked up already")]
    Busy,
    /// The server did not prove that it has the name.
    #[error("the server did not prove that it has the name")]
    Tls,
    /// The answer sends on to somewhere that is not gone to.
    #[error("the server sends on: {0}")]
    Redirect(RedirectFault),
    /// The answer is larger than it may be.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// How large the body may be, in bytes.
        limit: usize,
    },
    /// The head of the answer is larger than it may be.
    #[error("the head of the answer is larger than it may be")]
    HeadTooLarge,
    /// The server answered with another status than 2xx.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is of another type than was asked for, or of none.
    #[error("the answer is of another type than was asked for")]
    ContentType,
    /// The answer is compressed or encoded otherwise.
    #[error("the answer is compressed, which was not asked for")]
    Encoded,
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    Protocol,
    /// What was fetched is not what was asked for.
    #[error(transparent)]
    Content(#[from] Fault),
    /// No root certificates are known here.
    #[error("no root certificates were found: {0}")]
    Roots(RootsFault),
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlFault {
    /// Over [`crate::limits::MAX_URL_BYTES`] bytes.
    #[error("it is too long")]
    TooLong,
    /// It cannot be read as an address.
    #[error("it cannot be read")]
    Malformed,
    /// Neither `https`, nor `http` to this machine where that was allowed.
    #[error("it is not https")]
    Scheme,
    /// It has a user name or password.
    #[error("it has a user name or password")]
    UserInfo,
    /// It has a fragment.
    #[error("it has a fragment")]
    Fragment,
    /// The host is not a name of two labels at least, or one that is for local use.
    #[error("its host is no public name")]
    Host,
    /// The port is 0.
    #[error("its port is 0")]
    Port,
}

/// Why a redirect was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectFault {
    /// None is followed here.
    #[error("nothing is followed here")]
    NotHere,
    /// To another scheme, host or port.
    #[error("to another host, port or scheme")]
    Elsewhere,
    /// More than [`crate::limits::MAX_REDIRECTS`].
    #[error("too often")]
    TooMany,
    /// To no address that can be read.
    #[error("to no address that can be read")]
    Malformed,
}

/// Why there are no root certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootsFault {
    /// This machine has none where they are looked for.
    #[error("this machine has none")]
    None,
    /// The file that was named cannot be read.
    #[error("the file cannot be read")]
    Unreadable,
    /// The file has none, one that is no certificate, or is over [`crate::limits::MAX_ROOTS_BYTES`] bytes.
    #[error("the file does not hold certificates as PEM")]
    Malformed,
}

impl FetchError {
    /// The stable code, with whose fault it is and whether trying again may help.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Url(_) => Reason::FetchUrl,
            Self::Address { .. } => Reason::FetchAddress,
            Self::Unreachable => Reason::NetUnreachable,
            Self::Timeout => Reason::NetTimeout,
            Self::Closed => Reason::NetClosed,
            Self::Busy => Reason::NetBusy,
            Self::Tls => Reason::FetchTls,
            Self::Redirect(_) => Reason::FetchRedirect,
            Self::TooLarge { .. } | Self::HeadTooLarge => Reason::FetchTooLarge,
            Self::Status(_) => Reason::FetchStatus,
            Self::ContentType | Self::Encoded => Reason::FetchContent,
            Self::Protocol => Reason::WireMessage,
            Self::Content(fault) => fault.reason(),
            Self::Roots(_) => Reason::FetchRoots,
        }
    }
}
