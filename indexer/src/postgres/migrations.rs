//! The schema `aisle`: made, brought up to date, checked.
//!
//! Migrations go forward only, all in one transaction, one program at a time.

use tokio_postgres::Client;

use super::error::PostgresError;

/// Held while the schema is changed; any number will do that others do not take.
const LOCK: i64 = 0x6169_736c_6500;

/// What leads from one version to the next; the number of a version is how many of these it has.
const MIGRATIONS: [&str; 1] = [r#"
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA aisle;

CREATE TABLE aisle.catalogs (
    name text COLLATE "C" PRIMARY KEY,
    -- Part of the names of its tables: its own name may be too long for that.
    number int GENERATED ALWAYS AS IDENTITY,
    -- The generation that answers.
    current bigint,
    settings text NOT NULL DEFAULT '{"version":0}',
    settings_version bigint NOT NULL DEFAULT 0
);

CREATE TABLE aisle.generations (
    catalog text COLLATE "C" NOT NULL REFERENCES aisle.catalogs (name),
    number bigint NOT NULL,
    -- The catalogue and the files that it names, as JSON.
    files text NOT NULL,
    -- The position in each source that the table covers, as JSON; of one that is not complete yet
    -- also how far it is.
    position text NOT NULL,
    products bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (catalog, number)
);
"#];

const KNOWN: i32 = MIGRATIONS.len() as i32;

/// Makes the schema, or brings it up to date.
///
/// # Errors
/// [`PostgresError::NewerSchema`] when a newer program made it; [`PostgresError::Refused`] when
/// the user may not.
pub async fn migrate(client: &mut Client) -> Result<(), PostgresError> {
    if version(client).await? == Some(KNOWN) {
        return Ok(());
    }
    let encoding: String = client.query_one("SHOW server_encoding", &[]).await?.get(0);
    if encoding != "UTF8" {
        return Err(PostgresError::Encoding { encoding });
    }
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS aisle;
             CREATE TABLE IF NOT EXISTS aisle.schema_version (version int NOT NULL)",
        )
        .await?;
    let found = transaction.query_opt("SELECT version FROM aisle.schema_version", &[]).await?;
    let found: i32 = match found {
        Some(row) => row.get(0),
        None => {
            transaction.batch_execute("INSERT INTO aisle.schema_version VALUES (0)").await?;
            0
        }
    };
    known(found)?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.batch_execute(migration).await?;
    }
    transaction.execute("UPDATE aisle.schema_version SET version = $1", &[&KNOWN]).await?;
    Ok(transaction.commit().await?)
}

/// Whether the schema can be read by this program.
///
/// # Errors
/// [`PostgresError::NoSchema`], [`PostgresError::NewerSchema`].
pub async fn check_schema(client: &Client) -> Result<(), PostgresError> {
    match version(client).await? {
        Some(KNOWN) => Ok(()),
        Some(found) if found > KNOWN => known(found),
        _ => Err(PostgresError::NoSchema),
    }
}

/// The version of the schema, if there is one; newer ones are an error.
async fn version(client: &Client) -> Result<Option<i32>, PostgresError> {
    let is_there = "SELECT to_regclass('aisle.schema_version') IS NOT NULL";
    if !client.query_one(is_there, &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let row = client.query_opt("SELECT version FROM aisle.schema_version", &[]).await?;
    let found = row.map(|row| row.get(0));
    found.map_or(Ok(()), known)?;
    Ok(found)
}

fn known(found: i32) -> Result<(), PostgresError> {
    match found > KNOWN {
        true => Err(PostgresError::NewerSchema { found, known: KNOWN }),
        false => Ok(()),
    }
}
