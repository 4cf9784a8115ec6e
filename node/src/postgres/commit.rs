//! One commit: a transaction with at most one statement for each kind of change.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use super::{ANSWER, CONNECT, PostgresError, PostgresStore, Session, State, within};
use crate::core::{Change, Given, StorageError, Table};

/// How often a commit is tried that was certainly not made.
const MAX_TRIES: u32 = 4;
/// How long it is asked what became of a commit.
const LOOK_UP: Duration = Duration::from_secs(8);
/// Pause between two of these questions.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Largest value, in bytes; more than any record has.
const MAX_VALUE_BYTES: usize = 32 * 1024 * 1024;

/// Begins a transaction and names it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_current_xact_id()::text";

/// The statements of a commit; each takes its records as columns.
pub(super) struct Statements {
    create: Statement,
    keep: Statement,
    replace: Statement,
    put: Statement,
    delete: Statement,
    delete_if: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        const NEW: &str = "INSERT INTO faam_record (tbl, id, digest, sealed) \
             SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::bytea[])";
        const OLD: &str = "r.tbl = k.tbl AND r.id = k.id AND r.digest = k.old";
        let create = format!("{NEW} ON CONFLICT DO NOTHING");
        let put = format!(
            "{NEW} ON CONFLICT (tbl, id) DO UPDATE SET digest = excluded.digest, sealed = excluded.sealed"
        );
        let keep = format!(
            "SELECT 1 FROM faam_record r, unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS k (tbl, id, old) \
             WHERE {OLD} FOR SHARE OF r"
        );
        let replace = format!(
            "UPDATE faam_record r SET digest = k.digest, sealed = k.sealed FROM \
             unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[]) AS k (tbl, id, old, digest, sealed) \
             WHERE {OLD}"
        );
        let delete = "DELETE FROM faam_record r USING unnest($1::smallint[], $2::bytea[]) AS k (tbl, id) \
             WHERE r.tbl = k.tbl AND r.id = k.id";
        let delete_if = format!(
            "DELETE FROM faam_record r USING unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS k (tbl, id, old) \
             WHERE {OLD}"
        );
        Ok(Self {
            create: client.prepare(&create).await?,
            keep: client.prepare(&keep).await?,
            replace: client.prepare(&replace).await?,
            put: client.prepare(&put).await?,
            delete: client.prepare(delete).await?,
            delete_if: client.prepare(&delete_if).await?,
        })
    }
}

/// Records as columns: where they are, what they must be, and what they become.
#[derive(Default)]
struct Columns {
    tables: Vec<i16>,
    ids: Vec<Vec<u8>>,
    old: Vec<Vec<u8>>,
    digests: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
}

/// The changes of a commit, by kind.
#[derive(Default)]
struct Prepared {
    create: Columns,
    keep: Columns,
    replace: Columns,
    put: Columns,
    delete: Columns,
    delete_if: Columns,
}

/// What became of an attempt.
enum Attempt {
    Made,
    /// A condition did not hold.
    Conflict,
    /// Certainly not made.
    Failed(PostgresError),
    /// The connection ended while this transaction was committed.
    Unsure(String),
}

impl PostgresStore {
    pub(super) fn commit_all(&self, changes: Vec<Change>) -> Result<(), StorageError> {
        let prepared = self.prepare(changes)?;
        let mut state = self.state();
        let mut last = PostgresError::Late;
        for _ in 0..MAX_TRIES {
            let (session, fresh) = self.session(&mut state)?;
            let attempt = self.block_on(attempt(session, &prepared));
            let name = session.name.clone();
            match attempt.unwrap_or(Attempt::Failed(PostgresError::Late)) {
                Attempt::Made => return Ok(()),
                Attempt::Conflict => return Err(StorageError::Conflict),
                Attempt::Failed(error) => {
                    let ended = error.ends_session();
                    if ended {
                        state.session = None;
                    }
                    if !error.is_in_the_way() && (fresh || !ended) {
                        return Err(error.into());
                    }
                    last = error;
                }
                //= spec/text/shared-store.md#REQ-SHARED-4
                //# Where a connection ends during a commit, the node MUST ask the database what became of it, and
                //# acknowledge nothing until it knows.
                Attempt::Unsure(transaction) => {
                    state.session = None;
                    if self.look_up(&mut state, &name, &transaction)? {
                        return Ok(());
                    }
                }
            }
        }
        Err(last.into())
    }

    /// Whether a transaction of a connection that is lost was made.
    fn look_up(&self, state: &mut State, name: &str, transaction: &str) -> Result<bool, PostgresError> {
        tracing::warn!("the connection to the database ended during a commit; asking what became of it");
        let until = Instant::now() + LOOK_UP;
        loop {
            let asked = match self.session(state) {
                Ok((session, _)) => {
                    let asked = within(ANSWER, outcome_of(session, name, transaction));
                    self.block_on(asked).unwrap_or(Err(PostgresError::Late))
                }
                Err(error) => Err(error),
            };
            match asked.as_ref().map(String::as_str) {
                Ok("committed") => return Ok(true),
                Ok("aborted") => return Ok(false),
                // It is being ended, or waits for a standby.
                Ok("in progress") => {}
                // The database has forgotten it, or is another one.
                Ok(_) => return Err(PostgresError::Unsure),
                Err(_) => state.session = None,
            }
            if Instant::now() >= until {
                return Err(PostgresError::Unsure);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn prepare(&self, changes: Vec<Change>) -> Result<Prepared, StorageError> {
        let mut prepared = Prepared::default();
        // Of two changes to one record the later counts; and in one order, so that commits do not wait for each other in a circle.
        let changes: BTreeMap<(Table, Vec<u8>), Change> =
            changes.into_iter().map(|change| ((change.table, change.id.clone()), change)).collect();
        for change in changes.values() {
            let table = faam_store::Table(change.table.0);
            let (to, old) = match (&change.given, &change.value) {
                _ if change.changes_nothing() => (&mut prepared.keep, true),
                (Given::Absent, Some(_)) => (&mut prepared.create, false),
                (Given::Is(_), Some(_)) => (&mut prepared.replace, true),
                (Given::Anything, Some(_)) => (&mut prepared.put, false),
                (Given::Is(_), None) => (&mut prepared.delete_if, true),
                // What is not there need not be deleted; that it stays away cannot be promised by deleting it.
                (Given::Anything | Given::Absent, None) => (&mut prepared.delete, false),
            };
            to.tables.push(i16::from(change.table.0));
            to.ids.push(self.sealer.blind(table, &change.id).to_vec());
            if let (true, Given::Is(value)) = (old, &change.given) {
                to.old.push(self.sealer.digest(table, &change.id, value).to_vec());
            }
            if let (false, Some(value)) = (change.changes_nothing(), &change.value) {
                if value.len() > MAX_VALUE_BYTES {
                    let error = faam_store::CommitError::ValueTooLarge { len: value.len() };
                    return Err(StorageError::Unreachable(Box::new(error)));
                }
                to.digests.push(self.sealer.digest(table, &change.id, value).to_vec());
                //= spec/text/shared-store.md#REQ-SHARED-6
                //# What stands in the database MUST be sealed under a key that the database has not; ids MUST stand
                //# there as keyed digests.
                let sealed = self.sealer.seal(table, &change.id, value);
                to.sealed.push(sealed.map_err(|error| StorageError::Unreachable(Box::new(error)))?);
            }
        }
        Ok(prepared)
    }
}

async fn attempt(session: &Session, prepared: &Prepared) -> Attempt {
    let changed = within(ANSWER, async {
        let transaction = begin(&session.client).await?;
        Ok((transaction, change(session, prepared).await?))
    });
    let (transaction, holds) = match changed.await {
        Ok(changed) => changed,
        Err(error) => {
            if !error.ends_session() && rollback(session).await.is_err() {
                // What was not committed is not there; the connection is of no use.
                return Attempt::Failed(PostgresError::Late);
            }
            return Attempt::Failed(error);
        }
    };
    if !holds {
        // It fails when the connection has ended, and then nothing was done either.
        let _ = rollback(session).await;
        return Attempt::Conflict;
    }
    match within(ANSWER, async { Ok(session.client.batch_execute("COMMIT").await?) }).await {
        Ok(()) => Attempt::Made,
        // The database itself says that it was not.
        Err(error) if error.is_in_the_way() => Attempt::Failed(error),
        Err(_) => Attempt::Unsure(transaction),
    }
}

/// Begins a transaction, and gives its number.
async fn begin(client: &Client) -> Result<String, PostgresError> {
    let messages = client.simple_query(BEGIN).await?;
    let number = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    number.ok_or(PostgresError::Foreign)
}

async fn rollback(session: &Session) -> Result<(), PostgresError> {
    within(CONNECT, async { Ok(session.client.batch_execute("ROLLBACK").await?) }).await
}

/// Makes the changes; false if a condition does not hold.
//= spec/text/shared-store.md#REQ-SHARED-3
//# A commit MUST be made wholly or not at all, and only if every record that it rests on is still as it was read.
async fn change(session: &Session, prepared: &Prepared) -> Result<bool, PostgresError> {
    let (client, statements) = (&session.client, &session.statements);
    let whole = |of: &Columns, done: u64| usize::try_from(done).is_ok_and(|done| done == of.ids.len());
    let of = &prepared.create;
    if !of.ids.is_empty() {
        let done =
            client.execute(&statements.create, &[&of.tables, &of.ids, &of.digests, &of.sealed]).await?;
        if !whole(of, done) {
            return Ok(false);
        }
    }
    let of = &prepared.replace;
    if !of.ids.is_empty() {
        let done = client
            .execute(&statements.replace, &[&of.tables, &of.ids, &of.old, &of.digests, &of.sealed])
            .await?;
        if !whole(of, done) {
            return Ok(false);
        }
    }
    let of = &prepared.keep;
    if !of.ids.is_empty() {
        let found = client.query(&statements.keep, &[&of.tables, &of.ids, &of.old]).await?;
        if found.len() != of.ids.len() {
            return Ok(false);
        }
    }
    let of = &prepared.delete_if;
    if !of.ids.is_empty() {
        let done = client.execute(&statements.delete_if, &[&of.tables, &of.ids, &of.old]).await?;
        if !whole(of, done) {
            return Ok(false);
        }
    }
    let of = &prepared.put;
    if !of.ids.is_empty() {
        client.execute(&statements.put, &[&of.tables, &of.ids, &of.digests, &of.sealed]).await?;
    }
    let of = &prepared.delete;
    if !of.ids.is_empty() {
        client.execute(&statements.delete, &[&of.tables, &of.ids]).await?;
    }
    Ok(true)
}

/// Ends the connection that had this name, if it is still there, and tells what the database knows of its transaction.
async fn outcome_of(session: &Session, name: &str, transaction: &str) -> Result<String, PostgresError> {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    session.client.query(end, &[&name]).await?;
    let ask = "SELECT coalesce(pg_xact_status($1::text::xid8), 'forgotten')";
    let row = session.client.query_one(ask, &[&transaction]).await?;
    Ok(row.try_get(0)?)
}
