//! What a node does, without doing any input or output: messages and a clock in, answers and stored changes out.
//!
//! [`Core`] knows no network, no thread, no clock and no file. Whoever runs it gives each call a [`Turn`]: the time, a
//! random source and a [`Storage`]. One call at a time changes it, which is what makes "once" mean once.
//!
//! Nothing is acknowledged, signed for others or handed out before what it rests on is on the disk. When a commit fails,
//! memory and disk may differ; the core then says no more, and has to be made again from what is stored.

mod brought_over;
mod challenges;
mod clock;
mod closing;
mod code;
mod erasing;
mod error;
mod issuing;
pub mod keys;
mod listing;
mod memory;
mod named;
mod offers;
mod outbox;
mod posted;
mod renewals;
mod requests;
mod restored;
mod storage;
mod stores;
mod tally;
mod uploads;

use faam_issuer::PrivateCounts;
use faam_spec::did::Did;
use faam_spec::erasure::KeptReason;
use faam_spec::hash::Capability;
use faam_spec::limits::MAX_LINK_ADDRESSES;
use faam_spec::link::{Link, LinkKind};
use faam_spec::name::MarketId;
use faam_spec::openid4vp::WebAddress;
use faam_spec::peer::{Address, PeerId};
use faam_spec::signed::Signer;
use faam_spec::time::{EpochLength, Timestamp};
use faam_verifier::{Policy, Sources, TrustFile};
use rand_core::CryptoRngCore;

pub use self::closing::Closing;
pub use self::code::{NotACode, SessionCode};
pub use self::error::CoreError;
pub use self::issuing::{Applied, EpochView, FirstError};
pub use self::listing::{Cursor, ListedPage, ListedRequest, MAX_LISTED, NamedPolicy, Revoked, Standing};
pub use self::named::OwnName;
pub use self::offers::{NewOffer, OfferTerms};
pub use self::outbox::{Delivery, EventKind, ListedEvent, ListedEvents, MAX_EVENTS, Sent};
pub use self::requests::{NewRequest, RequestState, RequestTerms};
pub use self::storage::{Change, Given, MemoryStorage, Row, Storage, StorageError, Table};
pub use self::stores::{StoredNonces, StoredPendings, StoredSources};
pub use self::tally::Tally;
pub use self::uploads::{Page, Uploads};

pub(crate) use self::issuing::ISSUER_SECRETS;
pub(crate) use self::restored::{RESTORED, mark_restored};

use self::clock::Clock;
use self::issuing::Issuing;
use self::memory::Known;
use self::offers::Offers;
use self::outbox::Outbox;
use self::renewals::Renewals;
use self::requests::Requests;

/// How long an ended offer or an unanswered request is remembered, in seconds, so that a late wallet hears what happened.
const AFTERLIFE: i64 = 86_400;

/// Most records that one tick deletes, so that it never takes long.
const SWEEP: usize = 256;

/// What a call needs from outside.
pub struct Turn<'a> {
    /// The time.
    pub now: Timestamp,
    /// Randomness of cryptographic quality.
    pub rng: &'a mut dyn CryptoRngCore,
    /// The store.
    pub store: &'a dyn Storage,
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Who asks, and who was asked: both as the handshake proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    /// The other side.
    pub peer: PeerId,
    /// This node.
    pub local: PeerId,
}

/// The market that a node runs.
#[derive(Debug, Clone)]
pub struct MarketSettings {
    /// Its name.
    pub id: MarketId,
    /// How long its epochs are.
    pub epoch: EpochLength,
}

/// What a core is made of, beside what is stored.
#[derive(Debug)]
pub struct Settings {
    /// The node's name on the network.
    pub peer: PeerId,
    /// The verifier's identity.
    pub verifier: Signer,
    /// What the verifier calls itself.
    pub name: String,
    /// Where its terms can be read.
    pub terms: Option<String>,
    /// The market, if there is one.
    pub market: Option<MarketSettings>,
    /// Whom the verifier believes, with the keys of issuers whose DID is not their key and what was announced.
    pub trust: TrustFile,
    /// What it makes of age and silence.
    pub policy: Policy,
}

/// The node's state and rules; see the [module](self).
#[derive(Debug)]
pub struct Core {
    peer: PeerId,
    addresses: Vec<Address>,
    /// Under which address on the web requests are fetched and answered by HTTP, if they are.
    web: Option<WebAddress>,
    signer: Signer,
    name: String,
    terms: Option<String>,
    sources: Sources,
    issuing: Option<Issuing>,
    offers: Offers,
    renewals: Renewals,
    requests: Requests,
    known: Known,
    outbox: Outbox,
    /// Why what was shown is kept, whoever asks that it is erased; none if it is erased.
    kept: Option<KeptReason>,
    /// How many requests have left `open` since the start.
    endings: u64,
    tally: Tally,
    clock: Clock,
    stopped: bool,
}

/// What a node is doing, in numbers.
#[derive(Debug, Clone)]
pub struct Status {
    /// The node's name on the network.
    pub peer: PeerId,
    /// Where links say that it can be reached.
    pub addresses: Vec<Address>,
    /// The verifier's DID.
    pub verifier: Did,
    /// The market, if there is one.
    pub market: Option<MarketStatus>,
}

/// How many of something are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Those that wait to be taken or answered.
    pub open: usize,
    /// Those that were, or whose time is over; they are deleted later.
    pub ended: usize,
}

/// What a market is doing, in numbers.
#[derive(Debug, Clone)]
pub struct MarketStatus {
    /// Its name.
    pub id: MarketId,
    /// The issuer's DID.
    pub issuer: Did,
    /// The last epoch that was opened.
    pub epoch: Option<EpochView>,
    /// How many accounts it has.
    pub accounts: usize,
    /// When it will be closed, if that is to come.
    pub closes: Option<Timestamp>,
    /// How far the signing of the epoch's private standings is.
    pub private: PrivateCounts,
}

impl Core {
    /// The core as it was when the store was last written; in a store that was restored from a backup, all offers and requests
    /// are ended first.
    ///
    /// # Errors
    /// [`CoreError::Storage`] if something stored cannot be read.
    pub fn restore(settings: Settings, turn: &mut Turn<'_>) -> Result<Self, CoreError> {
        let issuing = match settings.market {
            Some(market) => Some(Issuing::restore(market, turn)?),
            None => None,
        };
        let mut sources = settings.trust.sources(settings.policy);
        let mut known = Known::default();
        known.refresh(&mut sources, turn.store)?;
        let mut core = Self {
            peer: settings.peer,
            addresses: Vec::new(),
            web: None,
            signer: settings.verifier,
            name: settings.name,
            terms: settings.terms,
            sources,
            issuing,
            offers: Offers::load(turn.store, &mut turn.rng)?,
            renewals: Renewals::new(&mut turn.rng),
            requests: Requests::default(),
            known,
            outbox: Outbox::load(turn.store)?,
            kept: None,
            endings: 0,
            tally: Tally::default(),
            clock: Clock::default(),
            stopped: false,
        };
        core.bring_requests_over(turn)?;
        core.end_what_was_restored(turn)?;
        Ok(core)
    }

    /// Sets where new links say that the node can be reached; more than 8 are left out.
    pub fn set_addresses(&mut self, mut addresses: Vec<Address>) {
        addresses.truncate(MAX_LINK_ADDRESSES);
        self.addresses = addresses;
    }

    /// From now on these are believed, and this is made of age and silence. What was seen of markets stays, and counts as far as the
    /// keys that are known now vouch for it; requests that were made keep the policy that they name.
    pub fn judge_by(&mut self, trust: TrustFile, policy: Policy) {
        self.sources = trust.sources(policy);
        self.known.forget();
    }

    /// Whether a commit failed, so that the core has to be made again from what is stored.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether calls can be taken: a store that is elsewhere is asked, because it may be away.
    ///
    /// # Errors
    /// [`CoreError::Stopped`]; [`CoreError::Storage`].
    pub fn check_ready(&self, turn: &Turn<'_>) -> Result<(), CoreError> {
        self.check_running()?;
        if turn.store.is_shared() { memory::probe(turn.store) } else { Ok(()) }
    }

    /// What the node is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            peer: self.peer,
            addresses: self.addresses.clone(),
            verifier: self.signer.did().clone(),
            market: self.issuing.as_ref().map(Issuing::status),
        }
    }

    /// Offers and requests that are kept.
    ///
    /// # Errors
    /// [`CoreError::Storage`].
    pub fn counts(&self, turn: &Turn<'_>) -> Result<(Counts, Counts), CoreError> {
        Ok((self.offers.counts(turn.now), Requests::counts(turn)?))
    }

    /// Does what is due: opens an epoch that has begun, or closes the market with it, and forgets what has ended.
    ///
    /// # Errors
    /// [`CoreError::Storage`]; what [`Core::check_clock`] says, and then nothing was done.
    pub fn tick(&mut self, turn: &mut Turn<'_>) -> Result<(), CoreError> {
        self.check_running()?;
        self.check_clock(turn.now)?;
        self.renewals.sweep(turn.now);
        let offers = self.offers.sweep(turn.now);
        self.commit(turn, offers)?;
        let mut swept = self.requests.sweep(turn, self.outbox.is_on())?;
        swept.push(self.outbox.sweep(turn.now));
        for changes in swept {
            match self.commit(turn, changes) {
                // Somebody else is sweeping too; there is another time.
                Ok(()) | Err(CoreError::Storage(StorageError::Conflict)) => {}
                Err(error) => return Err(error),
            }
        }
        self.tell_expired(turn)?;
        self.outbox.look_around(turn)?;
        self.open_next_epoch(turn)
    }

    /// Commits. A store that failed stops the core, because what is in memory may then not be what is stored; one that cannot be
    /// reached does not, because of what others write to nothing is kept in memory that is not read anew.
    fn commit(&mut self, turn: &Turn<'_>, changes: Vec<Change>) -> Result<(), CoreError> {
        self.check_running()?;
        if changes.is_empty() {
            return Ok(());
        }
        turn.store.commit(changes).map_err(|error| {
            self.known.forget();
            self.stopped |= matches!(error, StorageError::Failed(_));
            CoreError::Storage(error)
        })
    }

    const fn check_running(&self) -> Result<(), CoreError> {
        if self.stopped { Err(CoreError::Stopped) } else { Ok(()) }
    }

    fn link(
        &self,
        kind: LinkKind,
        did: &Did,
        capability: Capability,
        expires: Timestamp,
    ) -> Result<Link, CoreError> {
        if self.addresses.is_empty() {
            return Err(CoreError::NoAddress);
        }
        Ok(Link::new(kind, self.peer, did.clone(), capability, expires, self.addresses.clone())?)
    }
}
