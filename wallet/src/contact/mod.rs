//! Talking to markets and verifiers over the node's network client: one dial under a fresh name for each contact (A54).
//!
//! What is said and answered is in [`faam_spec::wire`]; everything that arrives is checked by the pure modules.

mod checked;
mod compare;
mod erase;
mod error;
mod offer;
mod openid4vp;
mod present;
mod reach;
mod renew;

use std::time::Duration;

pub use compare::compare_record;
pub use erase::erase;
pub use error::ContactError;
use faam_node::core::SessionCode;
use faam_node::net::{AskError, Client, Protocol};
use faam_spec::link::Link;
use faam_spec::peer::{Address, PeerId};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_spec::wire::Message;
pub use offer::{For, Received, receive, receive_for};
pub use openid4vp::{FetchedPost, Posted, Web, fetch_post};
pub use present::{Fetched, Showing, fetch};
use rand_core::CryptoRngCore;
pub use reach::reach;
pub use renew::{Renewed, renew};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Time to reach the other side at any of its addresses.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(20);

/// After this long a person who waits is told for how long that may go on.
const PATIENCE: Duration = Duration::from_secs(3);

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
    /// Still dialling; so long at most.
    Waiting(Duration),
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
        self.dial_at(link.peer(), link.addresses()).await
    }

    /// Dials a peer under a name that is used for nothing else.
    async fn dial_at(&mut self, peer: PeerId, addresses: &[Address]) -> Result<Client, ContactError> {
        (self.progress)(Progress::Dialling);
        //= spec/text/names.md#REQ-NAME-15
        //# The network key of a contact MUST be random, and a fresh one for every contact.
        let mut seed = Zeroizing::new([0; 32]);
        self.rng.fill_bytes(seed.as_mut());
        let (progress, timeout) = (&mut self.progress, self.timeout);
        let dialling = Client::dial(seed, peer, addresses, timeout);
        let client = patiently(dialling, PATIENCE, || progress(Progress::Waiting(timeout))).await?;
        (self.progress)(Progress::Connected);
        tracing::debug!(%peer, "connected");
        Ok(client)
    }
}

/// Whether `text` can be a session code at all: one that cannot costs none of the few tries.
///
/// # Errors
/// `input.malformed`.
pub fn check_code(text: &str) -> Result<(), Fault> {
    match SessionCode::try_from(text.to_owned()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::new(Reason::InputMalformed, "--code")),
    }
}

/// Waits for `work`, and tells once when it takes longer than `patience`.
async fn patiently<T>(work: impl Future<Output = T>, patience: Duration, tell: impl FnOnce()) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(patience, &mut work).await {
        return done;
    }
    tell();
    work.await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_session_code_is_known_at_once() {
        for good in ["7KQ2-M9XD", "7kq2m9xd", "OIL0-1abc", " 7KQ2 M9XD "] {
            assert_eq!(check_code(good), Ok(()), "{good}");
        }
        for bad in ["", "A", "7KQ2-M9X", "7KQ2-M9XDD", "7KQ2-M9XU", "7KQ2_M9XD", "7KQ2-M9X\u{e9}"] {
            assert_eq!(check_code(bad).unwrap_err().reason(), Reason::InputMalformed, "{bad}");
        }
    }

    #[tokio::test]
    async fn whoever_waits_long_is_told_once() {
        let short = Duration::from_millis(20);
        for (takes, tells) in [(0, 0), (200, 1)] {
            let mut told = 0;
            let work = async {
                tokio::time::sleep(Duration::from_millis(takes)).await;
                7
            };
            assert_eq!((patiently(work, short, || told += 1).await, told), (7, tells));
        }
    }
}
