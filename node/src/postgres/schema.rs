//! The tables in the database: made and changed by the node, one step a version.

use tokio_postgres::Client;

use super::PostgresError;

/// The version of the tables that this program works with: 1 since requests are found by their rows (`crate::core`), so that a daemon of
/// an older program does not write what this one does not look at.
const VERSION: i32 = 1;
/// What is locked while the tables are made or changed: an arbitrary number that is only used for this.
const LOCK: i64 = 0x6661_616d_0001;

/// What they are made of, in every version so far.
///
/// One row of `faam_verifier` says whose the tables are. In `faam_record` everything but the number of the table is sealed or a keyed
/// digest (`spec/text/shared-store.md`).
const MAKE: &str = "
CREATE TABLE faam_verifier (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL,
    verifier bytea NOT NULL
);
CREATE TABLE faam_record (
    tbl smallint NOT NULL,
    id bytea NOT NULL CHECK (octet_length(id) = 16),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    sealed bytea NOT NULL,
    PRIMARY KEY (tbl, id)
);
ALTER TABLE faam_record ALTER COLUMN sealed SET STORAGE EXTERNAL;
";

/// Makes the tables if there are none, and checks that they are this verifier's and of this version.
pub(super) async fn prepare(client: &Client, verifier: &[u8]) -> Result<(), PostgresError> {
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let prepared = within_transaction(client, verifier).await;
    //= spec/text/shared-store.md#REQ-SHARED-8
    //# tables of a newer version or of another verifier are refused and left as they are.
    client.batch_execute(if prepared.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    prepared
}

async fn within_transaction(client: &Client, verifier: &[u8]) -> Result<(), PostgresError> {
    //= spec/text/shared-store.md#REQ-SHARED-8
    //# A node MUST make and change the tables under a lock that only one node has at a time
    client.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let there = client.query_one("SELECT to_regclass('faam_verifier') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        client.batch_execute(MAKE).await?;
        let insert = "INSERT INTO faam_verifier (version, verifier) VALUES ($1, $2)";
        client.execute(insert, &[&VERSION, &verifier]).await?;
        tracing::info!("the tables were made in the database");
    }
    // Only whose they are, and what this program can step on from.
    let mine = "UPDATE faam_verifier SET version = $1 WHERE verifier = $2 AND version >= 0 AND version < $1";
    if client.execute(mine, &[&VERSION, &verifier]).await? > 0 {
        tracing::info!("the tables in the database are of version {VERSION} now");
    }
    check(client, verifier).await
}

/// Checks that the tables are this verifier's and of this version.
pub(super) async fn check(client: &Client, verifier: &[u8]) -> Result<(), PostgresError> {
    let found = client.query_opt("SELECT version, verifier FROM faam_verifier", &[]).await?;
    let found = found.ok_or(PostgresError::NoTables)?;
    let version: i32 = found.try_get(0)?;
    if version > VERSION {
        return Err(PostgresError::Newer { version });
    }
    if version < VERSION {
        return Err(PostgresError::NoTables);
    }
    if found.try_get::<_, &[u8]>(1)? != verifier {
        return Err(PostgresError::OtherVerifier);
    }
    Ok(())
}
