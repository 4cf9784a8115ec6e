//! The daemon: the network and the local interface on one side, the core on a thread of its own, a bounded queue between.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use faam_spec::did::Did;
use faam_spec::openid4vp::WebAddress;
use faam_spec::peer::{Address, PeerId};
use faam_spec::reason::{Fault, Reason};
use faam_spec::time::Timestamp;
use faam_store::OpenError;
use rand::rngs::OsRng;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use zeroize::Zeroizing;

use crate::api;
use crate::config::Config;
use crate::core::keys::AccessKeys;
use crate::core::{Core, CoreError, PeerInfo, Settings, Storage as _, StorageError, Turn};
use crate::files::{self, FileError};
use crate::identity::Identity;
use crate::metrics::{Metrics, resident_bytes};
use crate::net::{self, Host, HostConfig, HostError, HostLimits, Inbound, Protocol};
use crate::openid4vp;
#[cfg(feature = "postgres")]
use crate::postgres::{PostgresError, PostgresStore};
use crate::shared::DaemonStore;
use crate::signing::Signing;
use crate::storage::NodeStore;
use crate::webhook::{self, KeyFileError, Secrets, Sender, SenderError, Webhook};

/// Places in the core's queue. Peers and local calls get them in the order in which they came.
const QUEUE: usize = 64;
/// How long a call waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the core looks at the clock.
const TICK: Duration = Duration::from_secs(20);
/// Time for the calls of the local interface that are under way at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// Longest access key file, in bytes.
pub(crate) const MAX_KEY_BYTES: u64 = 256;

/// Why the daemon did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// A file or folder of the state cannot be used.
    #[error("{0}")]
    File(#[from] FileError),
    /// The store cannot be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// Something stored cannot be read.
    #[error("the store cannot be read: {0}")]
    Stored(#[from] StorageError),
    /// The core could not be made again from what is stored.
    #[error("the state cannot be restored: {0}")]
    Restore(#[source] CoreError),
    /// The network did not start.
    #[error("the network did not start: {}", chain(.0))]
    Network(#[from] HostError),
    /// The local interface cannot listen.
    #[error(
        "the local interface cannot listen on {address}: {source}; set another api.listen, or port 0 for a free one"
    )]
    Api {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address for answers by HTTP cannot be used.
    #[error("answers by HTTP cannot be taken on {address}: {source}; set another openid4vp.listen")]
    Web {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The access key is not one.
    #[error(
        "'api.key' in the state folder is not an access key; remove it, and 'faam-node run' makes a new one"
    )]
    Key,
    /// The database that several daemons share cannot be used.
    #[cfg(feature = "postgres")]
    #[error("the shared store cannot be used: {0}")]
    Postgres(#[from] PostgresError),
    /// The secrets of the webhook cannot be used.
    #[error("{0}")]
    Secrets(#[from] KeyFileError),
    /// Nothing can be sent to the webhook.
    #[error("{0}")]
    Webhook(#[from] SenderError),
    /// The clock is not within 1970 to 9999.
    #[error("this machine's clock makes no sense; set it right")]
    Clock,
    /// The clock is long after the market's last record.
    #[error("{0}")]
    WrongClock(#[source] CoreError),
    /// The store failed while the daemon ran.
    #[error(
        "a write to the store failed, so the daemon ended; mend the cause (is the disk full?) and start it again"
    )]
    Stopped,
    /// The core's thread ended.
    #[error("the daemon's core ended by a mistake of this program; please report it")]
    Crashed,
    /// The system refused something.
    #[error("could not {step}: {source}")]
    System {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl DaemonError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::File(error) => error.reason(),
            Self::Open(error) => open_reason(error),
            Self::Stored(_) => Reason::StoreDamaged,
            Self::Restore(CoreError::Refused(fault)) => fault.reason(),
            Self::Restore(CoreError::OtherMarket { .. }) => Reason::InputMalformed,
            Self::Restore(_) => Reason::StoreDamaged,
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.reason(),
            Self::Network(_) | Self::Api { .. } | Self::Web { .. } => Reason::InputMalformed,
            Self::Key => Reason::ApiKey,
            Self::Secrets(KeyFileError::File(error)) => error.reason(),
            Self::Secrets(KeyFileError::Store(_)) => Reason::StoreIo,
            Self::Secrets(_) => Reason::InputMalformed,
            Self::Webhook(_) => Reason::InputMissing,
            Self::Clock => Reason::MalformedTime,
            Self::WrongClock(error) => error.reason(),
            Self::Stopped | Self::System { .. } => Reason::StoreIo,
            Self::Crashed => Reason::Internal,
        }
    }
}

/// The reason's code for a store that was not opened.
#[must_use]
pub const fn open_reason(error: &OpenError) -> Reason {
    match error {
        OpenError::NotFound { .. } => Reason::StoreMissing,
        OpenError::Permissions { .. } => Reason::StorePermissions,
        OpenError::InUse { .. } => Reason::StoreInUse,
        OpenError::Locked
        | OpenError::KeyFileMissing { .. }
        | OpenError::KdfTooWeak
        | OpenError::KdfTooStrong => Reason::StoreLocked,
        OpenError::NewerVersion { .. } => Reason::StoreNewer,
        OpenError::Damaged { .. } => Reason::StoreDamaged,
        _ => Reason::StoreIo,
    }
}

/// What is told when the daemon is ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The node's name on the network.
    pub peer: PeerId,
    /// Where it can be reached.
    pub addresses: Vec<Address>,
    /// The issuer's DID, if there is a market.
    pub issuer: Option<Did>,
    /// The verifier's DID.
    pub verifier: Did,
    /// Where the local interface is.
    pub api: SocketAddr,
    /// Under which address on the web requests are answered by HTTP, if they are.
    pub openid4vp: Option<WebAddress>,
}

/// What is made of a clock that is long after the market's last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockTrust {
    /// It is wrong: the daemon does not start.
    #[default]
    Checked,
    /// A person says that it is right: the next epoch is opened all the same, this once.
    Accepted,
}

/// The clock that a daemon goes by.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Result<Timestamp, Fault> + Send + Sync>);

impl Clock {
    /// This machine's clock.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self(Arc::new(now))
    }

    /// Another one, for whoever runs a daemon within a program of their own: a clock that is kept elsewhere, or one that tests set.
    pub fn other(show: impl Fn() -> Result<Timestamp, Fault> + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    /// What it shows.
    ///
    /// # Errors
    /// `malformed.time` when it shows nothing that is a time.
    pub fn now(&self) -> Result<Timestamp, Fault> {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// The core is not there for this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the node is busy or about to end; try again in a moment")]
pub struct Busy;

/// A way to the core, which works on one thing after the other.
#[derive(Debug, Clone)]
pub struct CoreHandle {
    jobs: mpsc::Sender<Job>,
}

type Work = Box<dyn FnOnce(&mut Core, &mut Turn<'_>) + Send>;

enum Job {
    Peer(Inbound),
    Call(Work),
    End,
}

#[cfg(test)]
impl CoreHandle {
    /// A way to a core that takes what it is asked to do and never does it.
    pub(crate) fn that_never_answers() -> Self {
        let (jobs, mut queue) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Some(job) = queue.recv().await {
                kept.push(job);
            }
        });
        Self { jobs }
    }

    /// A way to a core that does one call for each sign that it is given.
    pub(crate) fn that_waits_for_signs(
        mut core: Core,
        store: Arc<crate::core::MemoryStorage>,
        signs: std_mpsc::Receiver<()>,
    ) -> Self {
        let (jobs, mut queue) = mpsc::channel(QUEUE);
        std::thread::spawn(move || {
            while let Some(job) = queue.blocking_recv() {
                let (Job::Call(work), Ok(()), Ok(now)) = (job, signs.recv(), now()) else { return };
                work(&mut core, &mut Turn { now, rng: &mut OsRng, store: &*store });
            }
        });
        Self { jobs }
    }
}

impl CoreHandle {
    /// Has the core do something, and gives what came of it.
    ///
    /// # Errors
    /// [`Busy`] when there was no place in the queue for a while, or the core has ended.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core, &mut Turn<'_>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |core, turn| {
            // Whoever asked may have gone; what was done stays done.
            let _ = answer.send(work(core, turn));
        });
        self.jobs.send_timeout(Job::Call(work), PATIENCE).await.map_err(|_| Busy)?;
        answered.await.map_err(|_| Busy)
    }
}

/// Runs the daemon until `stop` ends, then brings what is under way to its end.
///
/// Needs a tokio runtime with I/O and time.
///
/// # Errors
/// See [`DaemonError`].
pub async fn run(
    config: Config,
    clock: ClockTrust,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(&Ready),
) -> Result<(), DaemonError> {
    run_by(Clock::of_this_machine(), config, clock, stop, ready).await
}

/// As [`run`], and takes over what can be changed while it runs ([`Config::taken_while_running`]) from every configuration that comes
/// over `reload`.
///
/// # Errors
/// See [`DaemonError`].
pub async fn run_reloading(
    config: Config,
    clock: ClockTrust,
    stop: impl Future<Output = ()> + Send,
    reload: mpsc::Receiver<Config>,
    ready: impl FnOnce(&Ready),
) -> Result<(), DaemonError> {
    run_all(Clock::of_this_machine(), config, clock, (stop, reload), ready).await
}

/// As [`run`], by another clock than this machine's.
///
/// # Errors
/// See [`DaemonError`].
pub async fn run_by(
    by: Clock,
    config: Config,
    clock: ClockTrust,
    stop: impl Future<Output = ()> + Send,
    ready: impl FnOnce(&Ready),
) -> Result<(), DaemonError> {
    run_all(by, config, clock, (stop, mpsc::channel(1).1), ready).await
}

async fn run_all(
    by: Clock,
    mut config: Config,
    clock: ClockTrust,
    (stop, mut reload): (impl Future<Output = ()> + Send, mpsc::Receiver<Config>),
    ready: impl FnOnce(&Ready),
) -> Result<(), DaemonError> {
    files::check_folder(&config.dir)?;
    let key = access_key(&config)?;
    // The store first: a second daemon is told so, and not that a port is taken.
    let store = NodeStore::open(&config.store_dir(), &config.store_key())?;
    let busy = |source| DaemonError::Api { address: config.api, source };
    let listener = TcpListener::bind(config.api).await.map_err(busy)?;
    let api_address = listener.local_addr().map_err(busy)?;
    let web = match &config.openid4vp {
        Some(settings) => Some(listen_web(settings).await?),
        None => None,
    };
    let identity = Identity::load(&store)?;
    let started = Instant::now();
    let opening = config.clone();
    // On a thread that may wait: a shared store is asked over a connection.
    let by_it = by.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let opened = open(&opening, identity, store, (&by_it, clock))?;
        let sender = sender(&opening, &opened.identity, &opened.store, by_it)?;
        Ok::<_, DaemonError>(Opened { sender, ..opened })
    })
    .await;
    let Opened { identity, store, mut core, sender } = opened.map_err(|_| DaemonError::Crashed)??;
    core.set_webhook(sender.is_some());
    core.set_kept(config.kept);
    let keys = AccessKeys::load(&store).map_err(DaemonError::Restore)?;
    let mut limits = HostLimits::default();
    // The bound on memory is for strangers; what the market's own ledgers take is not theirs.
    limits.max_memory_bytes = limits.max_memory_bytes.saturating_add(resident_bytes());
    let (inbound_sender, inbound) = limits.inbound_queue();
    let host = HostConfig { identity_seed: identity.peer_seed(), listen: config.listen.clone(), limits };
    let host = Host::start(host, inbound_sender).await?;
    let addresses = if config.announce.is_empty() { host.addresses() } else { config.announce.clone() };
    core.set_addresses(addresses.clone());
    core.set_web(web.as_ref().and_then(|web| web.address.clone()));
    let openid4vp = web.as_ref().and_then(|web| web.address.clone());
    let status = core.status();

    let (jobs, queue) = mpsc::channel(QUEUE);
    let metrics = Arc::new(Metrics::new());
    let mut thread = CoreThread::start(core, store, (by.clone(), started, Arc::clone(&metrics)), queue)?;
    let endings = thread.endings.clone();
    let feeder = tokio::spawn(feed(inbound, jobs.clone()));
    let ticker = tokio::spawn(tick(CoreHandle { jobs: jobs.clone() }));
    let signing = Signing::start(CoreHandle { jobs: jobs.clone() });
    let (closing, closed) = watch::channel(());
    let mut web = web.map(|web| web.serve(CoreHandle { jobs: jobs.clone() }, closed.clone()));
    let webhook = sender.map(|sender| Webhook::start(CoreHandle { jobs: jobs.clone() }, sender));
    let shown = |url: &crate::config::WebhookUrl| url.without_query();
    let (policies, _) = watch::channel(Arc::new(config.policies.clone()));
    let settings = api::Settings {
        clock: by,
        key,
        key_file: config.api_key(),
        keys,
        policies: policies.subscribe(),
        webhook: config.webhook.as_ref().map(shown),
        endings,
        closing: closed.clone(),
        metrics: Arc::clone(&metrics),
    };
    let mut api =
        tokio::spawn(api::serve(listener, settings, CoreHandle { jobs: jobs.clone() }, async move {
            let mut closed = closed;
            // An error means that the sender has gone, which is as good a sign to end.
            let _ = closed.changed().await;
        }));
    files::replace(&config.api_addr(), format!("{api_address}\n").as_bytes())?;

    ready(&Ready {
        peer: host.peer_id(),
        addresses,
        issuer: status.market.map(|market| market.issuer),
        verifier: status.verifier,
        api: api_address,
        openid4vp,
    });
    let mut outcome = Ok(());
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => tracing::info!("asked to end: no new calls, those under way are answered"),
            // What ended it is told when it is joined.
            _ = &mut thread.alive => tracing::error!("the core has ended"),
            ended = &mut api => outcome = Err(api_ended(ended)),
            ended = ended(web.as_mut()) => outcome = Err(api_ended(ended)),
            Some(new) = reload.recv() => {
                take_over(&mut config, new, &CoreHandle { jobs: jobs.clone() }, &policies).await;
                continue;
            }
        }
        break;
    }

    // From the outside in: nobody new, then the answers under way, then the core, and with it the store.
    let _ = closing.send(());
    host.shutdown().await;
    if !api.is_finished() && tokio::time::timeout(DRAIN, &mut api).await.is_err() {
        tracing::warn!("calls of the local interface did not end in time and were cut off");
        api.abort();
        let _ = api.await;
    }
    if let Some(mut web) = web.filter(|web| !web.is_finished())
        && tokio::time::timeout(DRAIN, &mut web).await.is_err()
    {
        web.abort();
        let _ = web.await;
    }
    ticker.abort();
    signing.end().await;
    if let Some(webhook) = webhook {
        webhook.end().await;
    }
    let _ = feeder.await;
    // It fails when the core has ended already.
    let _ = jobs.send(Job::End).await;
    let joined = thread.join().await;
    files::remove(&config.api_addr())?;
    tracing::info!("stopped");
    joined.and(outcome)
}

/// Takes over what can be changed while the daemon runs, and says what waits for its next start.
async fn take_over(
    config: &mut Config,
    new: Config,
    core: &CoreHandle,
    policies: &watch::Sender<Arc<api::Policies>>,
) {
    let waiting = config.taken_at_start(&new);
    if !waiting.is_empty() {
        tracing::warn!(
            "changed in the configuration, and taken when the daemon starts again: {}",
            waiting.join(", ")
        );
    }
    let (trust, policy) = (new.trust.clone(), new.policy.clone());
    let secrets = config.webhook.as_ref().map(|_| config.webhook_key());
    let work = move |core: &mut Core, turn: &mut Turn<'_>| {
        core.judge_by(trust, policy);
        let shared = secrets.filter(|_| turn.store.is_shared());
        shared.map_or(Ok(()), |file| webhook::agree(turn.store, &Secrets::read(&file)?))
    };
    match core.call(work).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!("the webhook's secrets were not taken over: {error}"),
        Err(Busy) => {
            return tracing::error!(
                "the configuration was not taken over: the node is busy; send SIGHUP again"
            );
        }
    }
    policies.send_replace(Arc::new(new.policies.clone()));
    config.take(new);
    tracing::info!("trust and policies of the configuration were taken over");
}

/// What [`check`] could see.
#[derive(Debug, Clone)]
pub enum Checked {
    /// The daemon could be started: this is what it would tell.
    Ready(Ready),
    /// A daemon is at work in this folder, so that its store and its ports were not tried.
    Running,
}

/// Checks everything that [`run`] needs: the state folder and what is in it, the addresses, and whether their ports are free. While a
/// daemon runs in the folder, what it holds is not tried: its store and its ports.
///
/// # Errors
/// See [`DaemonError`].
pub fn check(config: &Config) -> Result<Checked, DaemonError> {
    files::check_folder(&config.dir)?;
    access_key(config)?;
    if config.webhook.is_some() && config.webhook_key().exists() {
        Secrets::read(&config.webhook_key())?;
    }
    let store = match NodeStore::open(&config.store_dir(), &config.store_key()) {
        Ok(store) => store,
        Err(OpenError::InUse { .. }) => return Ok(Checked::Running),
        Err(error) => return Err(error.into()),
    };
    net::check_listen(&config.listen)?;
    let busy = |source| DaemonError::Api { address: config.api, source };
    drop(std::net::TcpListener::bind(config.api).map_err(busy)?);
    if let Some(settings) = &config.openid4vp {
        let busy = |source| DaemonError::Web { address: settings.listen, source };
        drop(std::net::TcpListener::bind(settings.listen).map_err(busy)?);
    }
    let identity = Identity::load(&store)?;
    let status =
        open(config, identity, store, (&Clock::of_this_machine(), ClockTrust::Checked))?.core.status();
    Ok(Checked::Ready(Ready {
        peer: status.peer,
        addresses: config.announce.clone(),
        issuer: status.market.map(|market| market.issuer),
        verifier: status.verifier,
        api: config.api,
        openid4vp: config.openid4vp.as_ref().and_then(|settings| settings.web(settings.listen)),
    }))
}

/// Whoever sends to the webhook, if there is one; a state folder without its secret gets one.
fn sender(
    config: &Config,
    identity: &Identity,
    store: &DaemonStore,
    clock: Clock,
) -> Result<Option<Sender>, DaemonError> {
    let Some(url) = &config.webhook else { return Ok(None) };
    let file = config.webhook_key();
    let secrets = match Secrets::read(&file) {
        Err(KeyFileError::File(FileError::Missing(_))) => {
            let made = match store.is_shared() {
                true => Secrets::of_verifier(&identity.verifier_seed()),
                false => Secrets::random(&mut OsRng),
            };
            files::write_new(&file, made.to_text().as_bytes())?;
            made
        }
        read => read?,
    };
    if store.is_shared() {
        webhook::agree(store, &secrets)?;
    }
    Ok(Some(Sender::new(url, file, clock)?))
}

/// Reads the key of the local interface.
///
/// # Errors
/// See [`DaemonError`].
pub fn access_key(config: &Config) -> Result<Zeroizing<String>, DaemonError> {
    let bytes = files::read_private(&config.api_key(), MAX_KEY_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| DaemonError::Key)?.trim();
    match faam_spec::encoding::unmulti(text, "api_key") {
        Ok(key) if key.len() >= 32 => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(DaemonError::Key),
    }
}

/// The time, from this machine's clock.
///
/// # Errors
/// `malformed.time` when it is not within 1970 to 9999.
pub fn now() -> Result<Timestamp, Fault> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.ok().and_then(|since| i64::try_from(since.as_secs()).ok());
    Timestamp::new(seconds.ok_or(Fault::new(Reason::MalformedTime, "clock"))?)
}

/// What a daemon works with.
struct Opened {
    identity: Identity,
    store: DaemonStore,
    core: Core,
    sender: Option<Sender>,
}

/// Reaches the shared store, if there is one, and makes the core from what is stored.
fn open(
    config: &Config,
    identity: Identity,
    local: NodeStore,
    clock: (&Clock, ClockTrust),
) -> Result<Opened, DaemonError> {
    #[cfg(feature = "postgres")]
    let store = match &config.postgres {
        Some(postgres) => DaemonStore::shared(local, PostgresStore::open(postgres, &identity)?),
        None => DaemonStore::local(local),
    };
    #[cfg(not(feature = "postgres"))]
    let store = DaemonStore::local(local);
    let core = restore(config, &identity, &store, clock)?;
    Ok(Opened { identity, store, core, sender: None })
}

fn restore(
    config: &Config,
    identity: &Identity,
    store: &DaemonStore,
    (by, clock): (&Clock, ClockTrust),
) -> Result<Core, DaemonError> {
    let settings = Settings {
        peer: identity.peer(),
        verifier: identity.verifier().clone(),
        name: config.name.clone(),
        terms: config.terms.clone(),
        market: config.market.clone(),
        trust: config.trust.clone(),
        policy: config.policy.clone(),
    };
    let now = by.now().map_err(|_| DaemonError::Clock)?;
    let core = Core::restore(settings, &mut Turn { now, rng: &mut OsRng, store });
    let mut core = core.map_err(DaemonError::Restore)?;
    if clock == ClockTrust::Accepted {
        core.accept_clock(now);
    }
    match core.check_clock(now) {
        // Nothing is done by it until it has come to where it was; the log says so.
        Ok(()) | Err(CoreError::ClockBehind { .. }) => Ok(core),
        Err(error) => Err(DaemonError::WrongClock(error)),
    }
}

/// The listener for answers by HTTP, before the core is there.
struct Web {
    listener: TcpListener,
    address: Option<WebAddress>,
    path: String,
}

async fn listen_web(settings: &openid4vp::Settings) -> Result<Web, DaemonError> {
    let busy = |source| DaemonError::Web { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(busy)?;
    let address = settings.web(listener.local_addr().map_err(busy)?);
    Ok(Web { listener, address, path: settings.path().to_owned() })
}

type Served = tokio::task::JoinHandle<std::io::Result<()>>;

impl Web {
    fn serve(self, core: CoreHandle, mut closed: watch::Receiver<()>) -> Served {
        tokio::spawn(async move {
            let stop = async move {
                let _ = closed.changed().await;
            };
            openid4vp::serve(self.listener, &self.path, core, stop).await
        })
    }
}

/// Ends when what is served ends, and never where nothing is.
async fn ended(served: Option<&mut Served>) -> Result<std::io::Result<()>, tokio::task::JoinError> {
    match served {
        Some(served) => served.await,
        None => std::future::pending().await,
    }
}

fn api_ended(ended: Result<std::io::Result<()>, tokio::task::JoinError>) -> DaemonError {
    let step = "serve the local interface";
    match ended {
        Ok(Err(source)) => DaemonError::System { step, source },
        Ok(Ok(())) | Err(_) => DaemonError::Crashed,
    }
}

/// The thread on which the core works.
struct CoreThread {
    thread: JoinHandle<()>,
    outcome: std_mpsc::Receiver<Result<(), DaemonError>>,
    /// Ends with the thread, and when it panics too.
    alive: oneshot::Receiver<()>,
    /// Changes when a request is open no longer.
    endings: watch::Receiver<u64>,
}

impl CoreThread {
    fn start(
        mut core: Core,
        store: DaemonStore,
        (clock, started, metrics): (Clock, Instant, Arc<Metrics>),
        mut queue: mpsc::Receiver<Job>,
    ) -> Result<Self, DaemonError> {
        let (told, outcome) = std_mpsc::channel();
        let (keeps, alive) = oneshot::channel::<()>();
        let (ends, endings) = watch::channel(0);
        let body = move || {
            let _keeps = keeps;
            let ended = serve(&mut core, &store, (&clock, started, &ends, &metrics), &mut queue);
            drop(store);
            // The receiver waits until this thread has ended.
            let _ = told.send(ended);
        };
        let thread = std::thread::Builder::new().name("faam-core".to_owned()).spawn(body);
        let step = "start the core's thread";
        let thread = thread.map_err(|source| DaemonError::System { step, source })?;
        Ok(Self { thread, outcome, alive, endings })
    }

    async fn join(self) -> Result<(), DaemonError> {
        let Self { thread, outcome, .. } = self;
        let joined = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
        match (joined, outcome.try_recv()) {
            (Ok(true), Ok(ended)) => ended,
            _ => Err(DaemonError::Crashed),
        }
    }
}

/// Does one job after the other, until it is told to end or nothing can be acknowledged any more.
fn serve(
    core: &mut Core,
    store: &DaemonStore,
    (clock, started, ends, metrics): (&Clock, Instant, &watch::Sender<u64>, &Metrics),
    queue: &mut mpsc::Receiver<Job>,
) -> Result<(), DaemonError> {
    while let Some(job) = queue.blocking_recv() {
        let now = clock.now().map_err(|_| DaemonError::Clock)?;
        core.observe_clock(now, started.elapsed());
        let mut turn = Turn { now, rng: &mut OsRng, store };
        match job {
            Job::End => break,
            Job::Call(work) => work(core, &mut turn),
            Job::Peer(inbound) => {
                let (protocol, since) = (inbound.protocol.name(), Instant::now());
                answer(core, &mut turn, inbound);
                metrics.question(protocol, since.elapsed());
            }
        }
        // Whoever waits looks again.
        ends.send_if_modified(|ended| std::mem::replace(ended, core.endings()) != core.endings());
        if core.is_stopped() {
            return Err(DaemonError::Stopped);
        }
    }
    Ok(())
}

fn answer(core: &mut Core, turn: &mut Turn<'_>, inbound: Inbound) {
    let from = PeerInfo { peer: inbound.peer, local: inbound.local };
    let answer = match inbound.protocol {
        Protocol::Offer => core.on_offer_message(turn, from, &inbound.payload),
        Protocol::Present => core.on_present_message(turn, from, &inbound.payload),
        Protocol::Renew => core.on_renew_message(turn, from, &inbound.payload),
    };
    inbound.reply(answer);
}

async fn feed(mut inbound: mpsc::Receiver<Inbound>, jobs: mpsc::Sender<Job>) {
    // When the core is behind, this waits, the network's own queue fills, and the network refuses.
    while let Some(request) = inbound.recv().await {
        if jobs.send(Job::Peer(request)).await.is_err() {
            break;
        }
    }
}

async fn tick(core: CoreHandle) {
    let mut clock = tokio::time::interval(TICK);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        match core.call(|core, turn| core.tick(turn)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(code = error.reason().code(), "a regular task failed: {error}"),
            // Busy now; there is another time.
            Err(Busy) => {}
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
