//! The parties of a story: a market's node, with a libp2p host and a store of its own, and a person's wallet on disk.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use faam_node::core::{
    Core, MarketSettings, NewOffer, NewRequest, OfferTerms, PeerInfo, RequestState, RequestTerms, Settings,
    Turn,
};
use faam_node::identity::Identity;
use faam_node::net::{Client, Host, HostConfig, HostLimits, Protocol};
use faam_node::storage::NodeStore;
use faam_spec::decision::DecisionDocument;
use faam_spec::did::Did;
use faam_spec::hash::Hash;
use faam_spec::limits::PAGE_BYTES;
use faam_spec::link::Link;
use faam_spec::query::Query;
use faam_spec::time::{EpochLength, Timestamp};
use faam_spec::wire::{Message, PresentAnswer, PresentAsk, PresentOutcome, pages};
use faam_store::KdfParams;
use faam_verifier::{AnyRole, Policy, Roles, StatementType, Trust, TrustEntry};
use faam_wallet::contact::{self, DIAL_TIMEOUT, Means, Progress};
use faam_wallet::vault::{Entropy, Vault};
use rand::RngCore as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::Result;

/// A story's clock: this machine's, moved back where the story begins in the past.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time in the story.
    pub fn now(&self) -> Timestamp {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(real).unwrap_or(0) + self.0.load(Ordering::Relaxed);
        START.plus(seconds)
    }

    /// Moves the story to `moment`.
    pub fn set(&self, moment: Timestamp) {
        self.0.fetch_add(moment.since(self.now()), Ordering::Relaxed);
    }

    /// Comes back to the present.
    pub fn present(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// 1970-01-01T00:00:00Z.
const START: Timestamp = match Timestamp::new(0) {
    Ok(start) => start,
    Err(_) => unreachable!(),
};

struct Inner {
    core: Core,
    store: NodeStore,
}

/// A market's node: it may issue, and it may ask.
pub struct Node {
    inner: Arc<Mutex<Inner>>,
    host: Host,
    serving: tokio::task::JoinHandle<()>,
    clock: Clock,
    issuer: Did,
}

impl Node {
    /// Starts a node with fresh keys in `dir`; `market` if people rate in it, `trusted` whom it believes about which market.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub async fn start(
        dir: &Path,
        name: &str,
        market: Option<&str>,
        trusted: &[(&Did, &str)],
        clock: &Clock,
    ) -> Result<Self> {
        let store = NodeStore::create(&dir.join("store"), &dir.join("store.key"))?;
        Identity::create(&store, &mut OsRng)?;
        Self::open(store, name, market, trusted, clock).await
    }

    /// Starts a node on a store that has its keys already.
    ///
    /// # Errors
    /// When the store cannot be read or the host cannot listen.
    pub async fn open(
        store: NodeStore,
        name: &str,
        market: Option<&str>,
        trusted: &[(&Did, &str)],
        clock: &Clock,
    ) -> Result<Self> {
        let identity = Identity::load(&store)?;
        let entries = trusted.iter().map(|(issuer, market)| {
            Ok(TrustEntry {
                issuer: (*issuer).clone(),
                market: market.parse()?,
                roles: Roles::Any(AnyRole::Any),
                types: vec![StatementType::Rating, StatementType::Standing, StatementType::Private],
                epoch_seconds: faam_spec::time::EpochLength::WEEK,
                frozen_after: None,
            })
        });
        let settings = Settings {
            peer: identity.peer(),
            verifier: identity.verifier().clone(),
            name: name.to_owned(),
            terms: None,
            market: match market {
                Some(id) => Some(MarketSettings { id: id.parse()?, epoch: EpochLength::WEEK }),
                None => None,
            },
            trust: Trust::new(entries.collect::<Result<Vec<_>>>()?).into(),
            policy: Policy::default(),
        };
        let mut turn = Turn { now: clock.now(), rng: &mut OsRng, store: &store };
        let mut core = Core::restore(settings, &mut turn)?;
        let mut limits = HostLimits::default();
        // Several hosts share this one process; the bound is for one.
        limits.max_memory_bytes = 4 << 30;
        let (sender, mut inbox) = limits.inbound_queue();
        let listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned(), "/ip4/127.0.0.1/tcp/0".to_owned()];
        let host =
            Host::start(HostConfig { identity_seed: identity.peer_seed(), listen, limits }, sender).await?;
        core.set_addresses(host.addresses());
        let inner = Arc::new(Mutex::new(Inner { core, store }));
        let (served, time) = (Arc::clone(&inner), clock.clone());
        let serving = tokio::spawn(async move {
            while let Some(message) = inbox.recv().await {
                let from = PeerInfo { peer: message.peer, local: message.local };
                let answer = {
                    let mut guard = served.lock().unwrap_or_else(PoisonError::into_inner);
                    let Inner { core, store } = &mut *guard;
                    let mut turn = Turn { now: time.now(), rng: &mut OsRng, store };
                    match message.protocol {
                        Protocol::Offer => core.on_offer_message(&mut turn, from, &message.payload),
                        Protocol::Renew => core.on_renew_message(&mut turn, from, &message.payload),
                        Protocol::Present => core.on_present_message(&mut turn, from, &message.payload),
                        _ => continue,
                    }
                };
                message.reply(answer);
            }
        });
        Ok(Self { inner, host, serving, clock: clock.clone(), issuer: identity.issuer().clone() })
    }

    /// The DID under which the market signs.
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    fn with<T>(&self, work: impl FnOnce(&mut Core, &mut Turn<'_>) -> T) -> T {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { core, store } = &mut *guard;
        let now = self.clock.now();
        // A story skips years, and says so, as `faam-node run --accept-clock` does.
        core.accept_clock(now);
        work(core, &mut Turn { now, rng: &mut OsRng, store })
    }

    /// Takes rating events, one JSON object a line.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub fn import(&self, lines: &[String]) -> Result<u64> {
        let done = self.with(|core, turn| core.apply_events(turn, lines.iter().map(String::as_str)))?;
        match done.first_error {
            Some(error) => Err(error.fault.into()),
            None => Ok(done.applied),
        }
    }

    /// Offers an account its ratings.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub fn offer(&self, account: &str) -> Result<NewOffer> {
        let terms = OfferTerms { account: account.parse()?, life: 3600, rebind: false };
        Ok(self.with(|core, turn| core.create_offer(turn, terms))?)
    }

    /// Asks for something.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub fn ask(&self, purpose: &str, query: Query) -> Result<NewRequest> {
        let terms = RequestTerms { purpose: purpose.to_owned(), retention_days: 30, query, life: 600 };
        Ok(self.with(|core, turn| core.create_request(turn, terms))?)
    }

    /// What was decided.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub fn decision(&self, id: Hash) -> Result<DecisionDocument> {
        match self.with(|core, turn| core.request_state(turn, id))? {
            Some(RequestState::Decided { decision, .. }) => Ok(*decision),
            _ => Err("nothing was decided".into()),
        }
    }

    /// Switches the node off; its store is closed when this returns.
    pub async fn stop(self) {
        self.host.shutdown().await;
        let _ = self.serving.await;
    }
}

/// A person with a wallet on disk.
pub struct Person {
    /// The open vault.
    pub vault: Vault,
    /// The clock.
    pub clock: Clock,
    /// How long the wallet waits for somebody to answer.
    pub patience: Duration,
}

impl Person {
    /// Makes a wallet in `dir`.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub fn new(dir: &Path, clock: &Clock) -> Result<Self> {
        let entropy = Entropy::random(&mut OsRng);
        let vault = Vault::create(dir, b"only for the tour", &entropy, KdfParams::FLOOR, clock.now())?;
        Ok(Self { vault, clock: clock.clone(), patience: DIAL_TIMEOUT })
    }

    /// Receives an offer.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub async fn receive(&self, offer: &NewOffer) -> Result<()> {
        self.receive_link(&offer.link, &offer.code.reveal()).await
    }

    /// Receives what a link offers, with its session code.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub async fn receive_link(&self, link: &Link, code: &str) -> Result<()> {
        let clock = || self.clock.now();
        let mut quiet = |_: Progress| ();
        let mut means =
            Means { clock: &clock, rng: &mut OsRng, progress: &mut quiet, timeout: self.patience };
        contact::receive(&self.vault, link, Some(code), &mut means).await?;
        Ok(())
    }

    /// Fetches the request behind a link.
    ///
    /// # Errors
    /// When it cannot be done; the error is a sentence.
    pub async fn fetch(&self, link: &Link) -> Result<contact::Fetched> {
        let clock = || self.clock.now();
        let mut quiet = |_: Progress| ();
        let mut means =
            Means { clock: &clock, rng: &mut OsRng, progress: &mut quiet, timeout: self.patience };
        Ok(contact::fetch(&self.vault, link, &mut means).await?)
    }
}

/// Sends any bytes as the answer to a request, as a dishonest program might.
///
/// # Errors
/// When it cannot be done; the error is a sentence.
pub async fn send(link: &Link, bytes: &[u8]) -> Result<PresentOutcome> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(seed.as_mut());
    let client = Client::dial(seed, link.peer(), link.addresses(), Duration::from_secs(10)).await?;
    let size = u64::try_from(bytes.len())?;
    let hash = faam_spec::presentation::hash(bytes);
    let mut last = None;
    for (page, body) in (0..).zip(bytes.chunks(PAGE_BYTES)) {
        let head = PresentAsk::Answer { capability: link.capability(), bytes: size, hash, page };
        let question = Message { head, body: body.to_vec() }.encode()?;
        last = Some(Message::<PresentAnswer>::decode(&client.ask(Protocol::Present, question).await?)?);
    }
    client.close().await;
    match last {
        Some(Message { head: PresentAnswer::Decided, body }) => Ok(serde_json::from_slice(&body)?),
        Some(Message { head: PresentAnswer::Refused { code }, .. }) => Err(code.sentence().into()),
        _ => Err(format!("no decision after {} pages", pages(size)).into()),
    }
}
