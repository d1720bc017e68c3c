//! Generations: a table is built aside, then searches are switched over to it.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;

use futures_util::TryStreamExt;
use search_core::{Catalog, Checkpoint};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use xxhash_rust::xxh3::xxh3_64;

use super::connect::PostgresUrl;
use super::error::PostgresError;
use super::layout::{Tables, trigram_schema};
use super::migrations::migrate;
use super::table::{Purpose, TableWriter, position};
use crate::limits::{INDEX_MEMORY_MB, POSTGRES_BUSY_TIMEOUT};

/// A catalogue as it can be searched.
#[derive(Debug, Clone)]
pub struct Current {
    /// The tables of the generation that answers.
    pub tables: Tables,
    /// Its catalogue.
    pub catalog: Catalog,
    /// The position in each source that it covers.
    pub checkpoint: Checkpoint,
    /// How many products it holds.
    pub products: u64,
}

impl Current {
    /// The number of the generation.
    pub fn generation(&self) -> u64 {
        self.tables.generation.cast_unsigned()
    }
}

/// The catalogues that are there, by name: the number of the generation that answers, if one is
/// complete, and the version of the settings. Cheap, to see what has changed.
///
/// # Errors
/// When nobody answers.
pub async fn catalogs(
    client: &Client,
) -> Result<BTreeMap<String, (Option<u64>, u64)>, PostgresError> {
    let rows =
        client.query("SELECT name, current, settings_version FROM aisle.catalogs", &[]).await?;
    let entry = |row: &tokio_postgres::Row| {
        let current: Option<i64> = row.get(1);
        (row.get(0), (current.map(i64::cast_unsigned), row.get::<_, i64>(2).cast_unsigned()))
    };
    Ok(rows.iter().map(entry).collect())
}

/// A catalogue as it can be searched; `None` when no generation of it is complete.
///
/// # Errors
/// When nobody answers, or what is stored cannot be read.
pub async fn current(client: &Client, name: &str) -> Result<Option<Current>, PostgresError> {
    generation(client, name, "g.number = c.current").await
}

/// Goes on feeding the generation that is searched; `None` when no generation is complete.
///
/// # Errors
/// [`PostgresError::Busy`] when somebody else feeds the catalogue.
pub async fn feed(url: &PostgresUrl, name: &str) -> Result<Option<TableWriter>, PostgresError> {
    let client = feeder(url, name).await?;
    let Some(Current { tables, catalog, checkpoint, .. }) = current(&client, name).await? else {
        return Ok(None);
    };
    TableWriter::open(client, catalog, tables, checkpoint, Purpose::Live).await.map(Some)
}

/// Goes on with a generation of this very catalogue that was begun and is not complete.
///
/// # Errors
/// [`PostgresError::Busy`] when somebody else feeds the catalogue.
pub async fn resume(
    url: &PostgresUrl,
    catalog: &Catalog,
) -> Result<Option<TableWriter>, PostgresError> {
    let client = feeder(url, catalog.name()).await?;
    let begun = generation(&client, catalog.name(), "g.number > coalesce(c.current, 0)").await?;
    let Some(begun) = begun.filter(|begun| begun.catalog.declares_the_same(catalog)) else {
        return Ok(None);
    };
    let ids = format!("SELECT id FROM {}", begun.tables.products());
    let none: [&(dyn ToSql + Sync); 0] = [];
    let mut written = HashSet::new();
    {
        let mut rows = pin!(client.query_raw(&ids, none).await?);
        while let Some(row) = rows.try_next().await? {
            written.insert(xxh3_64(row.get::<_, &str>(0).as_bytes()));
        }
    }
    let Current { tables, catalog, checkpoint, .. } = begun;
    let purpose = Purpose::Build(written);
    TableWriter::open(client, catalog, tables, checkpoint, purpose).await.map(Some)
}

/// Begins a new generation aside, at this position; one that was begun before is given up.
///
/// # Errors
/// [`PostgresError::Busy`] when somebody else feeds the catalogue.
pub async fn start(
    url: &PostgresUrl,
    catalog: &Catalog,
    checkpoint: &Checkpoint,
) -> Result<TableWriter, PostgresError> {
    let mut client = feeder(url, catalog.name()).await?;
    let files: BTreeMap<String, String> = catalog.files().collect();
    let stored = |source| PostgresError::Stored { catalog: catalog.name().to_owned(), source };
    let files = serde_json::to_string(&files).map_err(stored)?;
    let transaction = client.transaction().await?;
    let name = catalog.name();
    let insert = "INSERT INTO aisle.catalogs (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    transaction.execute(insert, &[&name]).await?;
    let known = "SELECT number, coalesce(current, 0) FROM aisle.catalogs WHERE name = $1";
    let known = transaction.query_one(known, &[&name]).await?;
    let (number, current): (i32, i64) = (known.get(0), known.get(1));
    let given_up = "DELETE FROM aisle.generations WHERE catalog = $1 AND number > $2 \
                    RETURNING number";
    let mut generation = current;
    for row in transaction.query(given_up, &[&name, &current]).await? {
        let tables = Tables { catalog: number, generation: row.get(0) };
        transaction.batch_execute(&tables.drop()).await?;
        generation = generation.max(tables.generation);
    }
    let tables = Tables { catalog: number, generation: generation + 1 };
    transaction.batch_execute(&tables.create(catalog)).await?;
    let insert = "INSERT INTO aisle.generations (catalog, number, files, position) \
                  VALUES ($1, $2, $3, $4)";
    let position = position(catalog, checkpoint)?;
    transaction.execute(insert, &[&name, &tables.generation, &files, &position]).await?;
    transaction.commit().await?;
    let purpose = Purpose::Build(HashSet::new());
    TableWriter::open(client, catalog.clone(), tables, checkpoint.clone(), purpose).await
}

impl TableWriter {
    /// Makes the indexes of a new generation and switches searches over to it, with exactly this
    /// position. The generation before it stays, for those who search it just now;
    /// older ones go.
    ///
    /// # Errors
    /// When the database fails; the generation before stays current then.
    pub async fn publish(mut self, checkpoint: &Checkpoint) -> Result<(), PostgresError> {
        // Killed from here on, it is gone on with: what is noted of a load stays until the switch.
        self.flush(true).await?;
        let trigram_schema = trigram_schema(&self.client).await?;
        for sql in self.tables.create_indexes(&self.catalog, &trigram_schema) {
            self.client.batch_execute(&sql).await?;
        }
        let (name, generation) = (self.catalog.name(), self.tables.generation);
        let transaction = self.client.transaction().await?;
        let before = "SELECT coalesce(current, 0) FROM aisle.catalogs WHERE name = $1";
        let before: i64 = transaction.query_one(before, &[&name]).await?.get(0);
        let position = position(&self.catalog, checkpoint)?;
        let last = "UPDATE aisle.generations SET position = $3 WHERE catalog = $1 AND number = $2";
        transaction.execute(last, &[&name, &generation, &position]).await?;
        let switch = "UPDATE aisle.catalogs SET current = $2 WHERE name = $1";
        transaction.execute(switch, &[&name, &generation]).await?;
        let old = "DELETE FROM aisle.generations WHERE catalog = $1 AND number < $2 \
                   RETURNING number";
        for row in transaction.query(old, &[&name, &before]).await? {
            let tables = Tables { generation: row.get(0), ..self.tables };
            transaction.batch_execute(&tables.drop()).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// The newest generation of which this is true.
async fn generation(
    client: &Client,
    name: &str,
    which: &str,
) -> Result<Option<Current>, PostgresError> {
    let sql = format!(
        "SELECT c.number, g.number, g.files, g.position, g.products \
         FROM aisle.catalogs c JOIN aisle.generations g ON g.catalog = c.name \
         WHERE c.name = $1 AND {which} ORDER BY g.number DESC LIMIT 1"
    );
    let Some(row) = client.query_opt(&sql, &[&name]).await? else { return Ok(None) };
    let stored = |source| PostgresError::Stored { catalog: name.to_owned(), source };
    let files: BTreeMap<String, String> = serde_json::from_str(row.get(2)).map_err(stored)?;
    let catalog = Catalog::from_files(&files)
        .map_err(|source| PostgresError::Catalog { catalog: name.to_owned(), source })?;
    Ok(Some(Current {
        tables: Tables { catalog: row.get(0), generation: row.get(1) },
        catalog,
        checkpoint: serde_json::from_str(row.get(3)).map_err(stored)?,
        products: row.get::<_, i64>(4).try_into().unwrap_or_default(),
    }))
}

/// A connection that alone feeds a catalogue, for as long as it lasts.
async fn feeder(url: &PostgresUrl, catalog: &str) -> Result<Client, PostgresError> {
    let mut client = url.connect().await?;
    migrate(&mut client).await?;
    let busy = POSTGRES_BUSY_TIMEOUT.as_millis();
    let settings = format!(
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
         SET idle_session_timeout = 0; SET client_connection_check_interval = '2s'; \
         SET maintenance_work_mem = '{INDEX_MEMORY_MB}MB'; SET lock_timeout = {busy}"
    );
    client.batch_execute(&settings).await?;
    // Given back when the connection ends: with the process, whatever happens to it.
    let key = xxh3_64(catalog.as_bytes()).cast_signed();
    let locked = client.execute("SELECT pg_advisory_lock($1)", &[&key]).await;
    locked.map_err(|error| match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => PostgresError::Busy { catalog: catalog.to_owned() },
        _ => error.into(),
    })?;
    client.batch_execute("SET lock_timeout = 0").await?;
    Ok(client)
}
