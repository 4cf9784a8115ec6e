//! Talking to markets and verifiers over the node's network client: one dial under a fresh name for each contact (A54).
//!
//! What is said and answered is in [`faam_spec::wire`]; everything that arrives is checked by the pure modules.

mod error;
mod offer;
mod present;

use std::time::Duration;

pub use error::ContactError;
use faam_node::net::{AskError, Client, Protocol};
use faam_spec::link::Link;
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_spec::wire::Message;
pub use offer::{Received, receive};
pub use present::{Fetched, Showing, fetch};
use rand_core::CryptoRngCore;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Time to reach the other side at any of its addresses.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(20);

/// What a contact takes from outside.
pub struct Means<'a> {
    /// The clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Randomness, for the name of this contact.
    pub rng: &'a mut dyn CryptoRngCore,
    /// Told what is going on, for a person to see.
    pub progress: &'a mut dyn FnMut(Progress),
    /// Time to reach the other side.
    pub timeout: Duration,
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Dialling.
    Dialling,
    /// Connected.
    Connected,
    /// So many pages of so many are here.
    Fetched {
        /// Pages that are here.
        done: u32,
        /// Pages in all.
        of: u32,
    },
    /// Everything arrived and is being computed again.
    Checking,
    /// So many pages of so many were sent.
    Sent {
        /// Pages that were sent.
        done: u32,
        /// Pages in all.
        of: u32,
    },
}

impl std::fmt::Debug for Means<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Means").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Means<'_> {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Dials the peer of a link under a name that is used for nothing else.
    async fn dial(&mut self, link: &Link) -> Result<Client, ContactError> {
        (self.progress)(Progress::Dialling);
        let mut seed = Zeroizing::new([0; 32]);
        self.rng.fill_bytes(seed.as_mut());
        let client = Client::dial(seed, link.peer(), link.addresses(), self.timeout).await?;
        (self.progress)(Progress::Connected);
        tracing::debug!(peer = %link.peer(), "connected");
        Ok(client)
    }
}

/// One question and its answer.
async fn ask<Q, A>(
    client: &Client,
    protocol: Protocol,
    question: Message<Q>,
) -> Result<Message<A>, ContactError>
where
    Q: Serialize + DeserializeOwned,
    A: Serialize + DeserializeOwned,
{
    let answer = client.ask(protocol, question.encode()?).await?;
    Ok(Message::decode(&answer)?)
}

/// An answer that does not belong to its question.
fn misplaced() -> ContactError {
    Fault::new(Reason::WireMessage, "answer").into()
}

/// Whether the connection ended, so that dialling again may help.
const fn is_over(error: &ContactError) -> bool {
    matches!(error, ContactError::Ask(AskError::Closed | AskError::Refused))
}
