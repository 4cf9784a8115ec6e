//! The verifier's store in PostgreSQL, for several daemons that are one verifier (`spec/text/shared-store.md`).
//!
//! The core asks from its own thread and waits for the answer; the connection runs on a small runtime that lives here. Every
//! question has a time limit on both sides. A connection that ended is made again with the next question; a database that cannot be
//! reached is not asked again for half a second, so that whoever waits is told at once.
//!
//! A commit is one transaction at READ COMMITTED: rows that are written or that must stay as they are are locked and compared by the
//! same statement, so that of two daemons one is first and the other's statement finds another row than it names. If the connection
//! ends during COMMIT, the database is asked what became of that very transaction.

mod commit;
mod schema;
mod target;

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use faam_spec::did::Did;
use faam_spec::encoding::multi;
use faam_spec::reason::Reason;
use faam_store::Sealer;
use rand::RngCore as _;
use rand::rngs::OsRng;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Row as PgRow, Statement};

use crate::config::PostgresSettings;
use crate::core::{Change, Row, Storage, StorageError, Table};
use crate::identity::Identity;

pub use self::target::TargetError;

use self::commit::Statements;
use self::target::Target;

/// What the keys of the sealing are made for.
const SEALING: &[u8] = b"faam/shared-store/0\n";
/// Time for making a connection, over all hosts.
const CONNECT: Duration = Duration::from_secs(8);
/// Time for one question, the database's own limits being shorter.
const ANSWER: Duration = Duration::from_secs(8);
/// Longest text of the other side that is told on, in bytes.
const MAX_WHY: usize = 256;
/// How long a database that could not be reached is left alone.
const PAUSE: Duration = Duration::from_millis(500);
/// How every connection is set up: in seconds, the longest statement, wait for a lock, and pause within a transaction.
///
/// A commit counts when the database's own disk has it; whoever set more (`remote_apply`) keeps it.
const SETUP: &str = "
SET statement_timeout = '5s';
SET lock_timeout = '3s';
SET idle_in_transaction_session_timeout = '6s';
SET client_min_messages = 'warning';
SET standard_conforming_strings = on;
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
";

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// It cannot be talked to as the configuration says.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// It did not answer in time.
    #[error("the database did not answer in time")]
    Late,
    /// It was not reached a moment ago, and is not asked again yet.
    #[error("the database could not be reached a moment ago")]
    Paused,
    /// The connection failed, or the database refused.
    #[error("the database failed: {}", told(.0))]
    Database(#[source] tokio_postgres::Error),
    /// It did not prove that it is the one that the configuration names.
    #[error(
        "the database did not prove its name by a certificate of those who may vouch for it ({0}); see whether postgres.ca_file has the \
         authority of its certificate, and the address the name that stands in it"
    )]
    NotProven(String),
    /// It has not the tables that a node makes.
    #[error(
        "the database has not this verifier's tables; if it is the right one, start faam-node again, which makes them"
    )]
    NoTables,
    /// Its tables are of a newer program.
    #[error(
        "the tables in the database are of version {version}, which this program does not know; use a newer faam-node"
    )]
    Newer {
        /// Their version.
        version: i32,
    },
    /// Its tables are of another verifier.
    #[error(
        "the tables in the database belong to another verifier; name another database or schema, or make this node with \
         'faam-node init --identity' from the identity of the first"
    )]
    OtherVerifier,
    /// A record is not what a node of this verifier wrote.
    #[error("a record in the database is not as a node of this verifier wrote it; put a backup in its place")]
    Foreign,
    /// Nobody knows whether a commit was made.
    #[error(
        "the connection to the database ended during a commit, and it cannot be said yet whether it was made"
    )]
    Unsure,
    /// This program's side failed.
    #[error("could not {step}: {source}")]
    System {
        /// What was being done.
        step: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The database's message, without what it says of values.
fn told(error: &tokio_postgres::Error) -> String {
    let text = match (error.as_db_error(), error.source()) {
        (Some(error), _) => format!("{} ({})", error.message(), error.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    };
    faam_spec::name::shown(&text, MAX_WHY)
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        let mut cause = error.source();
        while let Some(inner) = cause {
            // What TLS has to say comes through the connection.
            let of_tls = inner.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
            let of_tls = of_tls.and_then(|error| error.downcast_ref::<rustls::Error>());
            if let Some(rustls::Error::InvalidCertificate(why)) = of_tls {
                return Self::NotProven(faam_spec::name::shown(&why.to_string(), MAX_WHY));
            }
            cause = inner.source();
        }
        Self::Database(error)
    }
}

impl PostgresError {
    /// The reason's code.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Target(TargetError::File(error)) => error.reason(),
            Self::Target(_) | Self::OtherVerifier => Reason::InputMalformed,
            Self::Newer { .. } => Reason::StoreNewer,
            Self::Foreign => Reason::StoreDamaged,
            _ => Reason::StoreIo,
        }
    }

    /// Whether the connection must not be used any more.
    fn ends_session(&self) -> bool {
        match self {
            Self::Database(error) => {
                error.is_closed()
                    || error.as_db_error().is_none_or(|error| {
                        matches!(error.severity(), "FATAL" | "PANIC")
                            // A server that shuts down or has become a standby is no place to stay.
                            || matches!(error.code().code().get(..2), Some("57" | "08" | "25"))
                                && error.code().code() != "57014"
                    })
            }
            _ => true,
        }
    }

    /// Whether trying the same again may succeed: two transactions were in each other's way.
    fn is_in_the_way(&self) -> bool {
        matches!(self, Self::Database(error)
            if error.code().is_some_and(|code| matches!(code.code(), "40001" | "40P01")))
    }
}

//= spec/text/shared-store.md#REQ-SHARED-5
//# A node that cannot reach the database MUST say so (`store.io`, on the local interface with `503`; to peers `net.busy`), go on running, and work
//# again when the database is there again.
impl From<PostgresError> for StorageError {
    fn from(error: PostgresError) -> Self {
        Self::Unreachable(Box::new(error))
    }
}

/// The verifier's store in a database.
pub struct PostgresStore {
    /// Taken only when this is dropped.
    runtime: Option<Runtime>,
    target: Target,
    sealer: Sealer,
    verifier: Vec<u8>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    /// Before then nothing is tried.
    not_before: Option<Instant>,
}

/// A connection that is set up.
struct Session {
    client: Client,
    /// Under which name the database knows it; a random one.
    name: String,
    get: Statement,
    scan: Statement,
    count: Statement,
    statements: Statements,
    task: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        // Else a connection that hangs would stay as long as it does.
        self.task.abort();
    }
}

impl PostgresStore {
    /// Reaches the database and makes the tables if they are not there. Not to be called on a thread of a tokio runtime.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub fn open(settings: &PostgresSettings, identity: &Identity) -> Result<Self, PostgresError> {
        let target = Target::read(settings)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| PostgresError::System { step: "start a runtime", source })?;
        let verifier = whose(identity.verifier().did());
        let sealer = Sealer::new(&identity.verifier_seed(), SEALING);
        let session = runtime.block_on(within(CONNECT, async {
            let (client, task) = target.connect("faam-node").await?;
            let prepared = schema::prepare(&client, &verifier).await;
            let settings = warn_of_settings(&client).await;
            task.abort();
            prepared.and(settings)
        }));
        session?;
        let state = Mutex::new(State::default());
        let store = Self { runtime: Some(runtime), target, sealer, verifier, state };
        store.read(async |_| Ok(()))?;
        Ok(store)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.as_ref().map(|runtime| runtime.block_on(work))
    }

    /// A connection, which is made if there is none; `true` if it was.
    fn session<'a>(&self, state: &'a mut State) -> Result<(&'a Session, bool), PostgresError> {
        if state.session.as_ref().is_some_and(|session| session.client.is_closed()) {
            state.session = None;
        }
        let fresh = state.session.is_none();
        if fresh {
            if state.not_before.is_some_and(|time| Instant::now() < time) {
                return Err(PostgresError::Paused);
            }
            match self.block_on(within(CONNECT, self.connect())).unwrap_or(Err(PostgresError::Late)) {
                Ok(session) => {
                    if state.not_before.take().is_some() {
                        tracing::info!("the database is there again");
                    }
                    state.session = Some(session);
                }
                Err(error) => {
                    if state.not_before.is_none() {
                        tracing::error!("the database cannot be reached: {error}");
                    }
                    state.not_before = Some(Instant::now() + PAUSE);
                    return Err(error);
                }
            }
        }
        state.session.as_ref().map(|session| (session, fresh)).ok_or(PostgresError::Late)
    }

    async fn connect(&self) -> Result<Session, PostgresError> {
        let mut random = [0; 16];
        OsRng.fill_bytes(&mut random);
        let name = format!("faam-node {}", multi(random));
        let (client, task) = self.target.connect(&name).await?;
        let setup = async {
            client.batch_execute(SETUP).await?;
            // Somebody may have put another database in the place of ours.
            schema::check(&client, &self.verifier).await?;
            let get = client.prepare("SELECT sealed FROM faam_record WHERE tbl = $1 AND id = $2").await?;
            let scan = client.prepare("SELECT id, sealed FROM faam_record WHERE tbl = $1").await?;
            let count = client.prepare("SELECT count(*) FROM faam_record WHERE tbl = $1").await?;
            let statements = Statements::prepare(&client).await?;
            Ok((get, scan, count, statements))
        };
        match setup.await {
            Ok((get, scan, count, statements)) => {
                Ok(Session { client, name, get, scan, count, statements, task })
            }
            Err(error) => {
                task.abort();
                Err(error)
            }
        }
    }

    /// Asks something that changes nothing; once more over a new connection if the old one had ended unnoticed.
    fn read<T>(
        &self,
        ask: impl AsyncFn(&Session) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, PostgresError> {
        let mut state = self.state();
        loop {
            let (session, fresh) = self.session(&mut state)?;
            let asked = async { ask(session).await.map_err(PostgresError::from) };
            match self.block_on(within(ANSWER, asked)).unwrap_or(Err(PostgresError::Late)) {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let ended = error.ends_session();
                    if ended {
                        state.session = None;
                    }
                    if fresh || !ended {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn open_row(&self, table: Table, blind: &[u8], sealed: &[u8]) -> Result<Row, StorageError> {
        //= spec/text/shared-store.md#REQ-SHARED-7
        //# A record that does not open under its own table and place MUST be an error
        let row = self.sealer.open(faam_store::Table(table.0), blind, sealed);
        row.ok_or_else(|| StorageError::Failed(Box::new(PostgresError::Foreign)))
    }
}

impl Storage for PostgresStore {
    fn scan(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let number = i16::from(table.0);
        let rows: Vec<PgRow> =
            self.read(async |session| session.client.query(&session.scan, &[&number]).await)?;
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let blind: &[u8] = row.try_get(0).map_err(PostgresError::from)?;
            records.push(self.open_row(table, blind, row.try_get(1).map_err(PostgresError::from)?)?);
        }
        records.sort_unstable();
        Ok(records)
    }

    fn get(&self, table: Table, id: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let number = i16::from(table.0);
        let blind = self.sealer.blind(faam_store::Table(table.0), id);
        let blind = blind.as_slice();
        let row =
            self.read(async |session| session.client.query_opt(&session.get, &[&number, &blind]).await)?;
        let Some(row) = row else { return Ok(None) };
        let (found, value) = self.open_row(table, blind, row.try_get(0).map_err(PostgresError::from)?)?;
        if found != id {
            return Err(StorageError::Failed(Box::new(PostgresError::Foreign)));
        }
        Ok(Some(value))
    }

    fn count(&self, table: Table) -> Result<usize, StorageError> {
        let number = i16::from(table.0);
        let row = self.read(async |session| session.client.query_one(&session.count, &[&number]).await)?;
        let count: i64 = row.try_get(0).map_err(PostgresError::from)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        self.commit_all(changes)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.state().session = None;
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped where waiting is not allowed.
            runtime.shutdown_background();
        }
    }
}

/// Says nothing of the address, which has a password in it.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore(..)")
    }
}

/// What stands in the database for a verifier.
fn whose(did: &Did) -> Vec<u8> {
    faam_spec::hash::Hash::of(SEALING, did.to_string().as_bytes()).as_bytes().to_vec()
}

async fn warn_of_settings(client: &Client) -> Result<(), PostgresError> {
    let row = client.query_one("SELECT current_setting('fsync') = 'on'", &[]).await?;
    if !row.try_get::<_, bool>(0)? {
        tracing::warn!(
            "the database runs with fsync off: a crash of its machine may bring back answered requests"
        );
    }
    Ok(())
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, PostgresError>>,
) -> Result<T, PostgresError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(PostgresError::Late))
}
