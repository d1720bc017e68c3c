//! Writes products into a table, each change in one transaction with the position it covers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use search_core::{Catalog, Checkpoint, Product, ProductAnalyzer, RejectedProduct, StoredProduct};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};
use xxhash_rust::xxh3::xxh3_64;

use super::error::PostgresError;
use super::layout::{ColumnKind, Tables, field_columns};
use super::present::PresentValues;
use super::row::{Row, hash};
use super::vocabulary::Vocabulary;
use crate::limits::POSTGRES_FLUSH_BYTES;

/// The one writer of a catalogue's table.
///
/// After an error it has to be dropped: a new one goes on from the position that was committed
/// last. What was not committed is lost with it.
#[derive(Debug)]
pub struct TableWriter {
    pub(super) client: Client,
    pub(super) catalog: Arc<Catalog>,
    pub(super) tables: Tables,
    checkpoint: Checkpoint,
    purpose: Purpose,
    analyzer: ProductAnalyzer,
    kinds: Vec<Option<ColumnKind>>,
    types: Vec<Type>,
    sql: Sql,
    /// What becomes of products, by id: their row, or none.
    pending: BTreeMap<String, Option<Row>>,
    pending_bytes: usize,
    vocabulary: Vocabulary,
    present: PresentValues,
}

/// What a table is written for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// It is searched.
    Live,
    /// Nobody searches it yet; the hashes of the ids in it: what is new needs no looking up.
    Build(HashSet<u64>),
}

#[derive(Debug)]
struct Sql {
    copy: String,
    copy_incoming: String,
    upsert: String,
    delete: String,
}

impl Sql {
    fn new(tables: Tables, columns: &[String]) -> Self {
        let products = tables.products();
        let names = columns.join(", ");
        let changed: Vec<String> =
            columns.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        Self {
            copy: format!("COPY {products} ({names}) FROM STDIN BINARY"),
            copy_incoming: format!("COPY pg_temp.incoming ({names}) FROM STDIN BINARY"),
            // A replay changes nothing, so it writes nothing.
            upsert: format!(
                "WITH stored AS (\
                     INSERT INTO {products} AS known ({names}) \
                     SELECT {names} FROM pg_temp.incoming \
                     ON CONFLICT (id) DO UPDATE SET {} WHERE known.hash <> excluded.hash \
                     RETURNING known.xmax = 0 AS is_new\
                 ) SELECT count(*) FILTER (WHERE is_new) FROM stored",
                changed.join(", ")
            ),
            delete: format!("DELETE FROM {products} WHERE id = ANY($1)"),
        }
    }
}

impl TableWriter {
    pub(super) async fn open(
        client: Client,
        catalog: Catalog,
        tables: Tables,
        checkpoint: Checkpoint,
        purpose: Purpose,
    ) -> Result<Self, PostgresError> {
        let catalog = Arc::new(catalog);
        let own = ["id", "hash", "words", "document"].map(str::to_owned);
        let own_types = [Type::TEXT, Type::INT8, Type::TS_VECTOR, Type::TEXT];
        let (names, kinds): (Vec<String>, Vec<ColumnKind>) =
            field_columns(&catalog).into_iter().unzip();
        let columns: Vec<String> = own.into_iter().chain(names).collect();
        let incoming = format!(
            "CREATE TEMP TABLE incoming (LIKE {}) ON COMMIT DELETE ROWS",
            tables.products()
        );
        client.batch_execute(&incoming).await?;
        Ok(Self {
            client,
            tables,
            checkpoint,
            purpose,
            analyzer: ProductAnalyzer::new(&catalog),
            kinds: catalog.fields().iter().map(ColumnKind::of).collect(),
            types: own_types
                .into_iter()
                .chain(kinds.into_iter().map(ColumnKind::sql_type))
                .collect(),
            sql: Sql::new(tables, &columns),
            present: PresentValues::new(&catalog),
            catalog,
            pending: BTreeMap::new(),
            pending_bytes: 0,
            vocabulary: Vocabulary::default(),
        })
    }

    /// The catalogue of the table.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The position of the last commit.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The number of the generation that is written.
    pub fn generation(&self) -> u64 {
        self.tables.generation.cast_unsigned()
    }

    /// Adds or replaces products; one outcome for each, in order.
    ///
    /// # Errors
    /// When the database fails; rejected documents are outcomes, not errors.
    pub async fn upsert_all<D: AsRef<[u8]>>(
        &mut self,
        documents: &[D],
    ) -> Result<Vec<Result<String, RejectedProduct>>, PostgresError> {
        let mut outcomes = Vec::with_capacity(documents.len());
        for document in documents {
            let outcome = Product::from_json(&self.catalog, document.as_ref());
            outcomes.push(match outcome {
                Ok(product) => {
                    let id = product.id.clone();
                    self.present.note(&product);
                    let row = Row::new(product, &self.kinds, &self.analyzer);
                    self.pending_bytes += row.bytes();
                    self.pending.insert(row.id().to_owned(), Some(row));
                    Ok(id)
                }
                Err(rejected) => Err(rejected),
            });
            self.flush_when_full().await?;
        }
        Ok(outcomes)
    }

    /// Removes a product, if it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete(&mut self, id: &str) -> Result<(), PostgresError> {
        self.pending_bytes += id.len();
        self.pending.insert(id.to_owned(), None);
        self.flush_when_full().await
    }

    /// Makes all changes since the last commit durable and visible, together with the position
    /// that they cover; positions of other sources stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), PostgresError> {
        let newer = checkpoint.positions.iter();
        self.checkpoint.positions.extend(newer.map(|(source, at)| (source.clone(), at.clone())));
        self.flush(true).await
    }

    /// Which of these documents are not in the table as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn differing<'d>(
        &self,
        documents: &'d [StoredProduct],
    ) -> Result<Vec<&'d str>, PostgresError> {
        let ids: Vec<&str> = documents.iter().map(|product| product.id.as_str()).collect();
        let sql = format!("SELECT id, hash FROM {} WHERE id = ANY($1)", self.tables.products());
        let rows = self.client.query(&sql, &[&ids]).await?;
        let known: HashMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let differs = documents.iter().filter_map(|StoredProduct { id, document }| {
            (known.get(id) != Some(&hash(document))).then_some(document.as_str())
        });
        Ok(differs.collect())
    }

    /// Up to so many ids in the table, in ascending order, from the one after this on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ids_after(&self, id: &str, limit: usize) -> Result<Vec<String>, PostgresError> {
        let products = self.tables.products();
        let sql = format!("SELECT id FROM {products} WHERE id > $1 ORDER BY id LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.client.query(&sql, &[&id, &limit]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    async fn flush_when_full(&mut self) -> Result<(), PostgresError> {
        match self.pending_bytes > POSTGRES_FLUSH_BYTES {
            true => self.flush(false).await,
            false => Ok(()),
        }
    }

    /// Writes what waits in one transaction, with the position if it covers all of it.
    pub(super) async fn flush(&mut self, with_position: bool) -> Result<(), PostgresError> {
        self.pending_bytes = 0;
        let (mut added, mut changed, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
        for (id, row) in std::mem::take(&mut self.pending) {
            let is_new = match &mut self.purpose {
                Purpose::Live => false,
                Purpose::Build(written) => written.insert(xxh3_64(id.as_bytes())),
            };
            match row {
                Some(row) => {
                    self.vocabulary.count(&row);
                    if is_new { added.push(row) } else { changed.push(row) }
                }
                None if is_new => {}
                None => deleted.push(id),
            }
        }
        let transaction = self.client.transaction().await?;
        let mut products = 0;
        if !added.is_empty() {
            products += copy(&transaction, &self.sql.copy, &self.types, &added).await?;
        }
        if !changed.is_empty() {
            copy(&transaction, &self.sql.copy_incoming, &self.types, &changed).await?;
            products += transaction.query_one(&self.sql.upsert, &[]).await?.get::<_, i64>(0);
        }
        if !deleted.is_empty() {
            let deleted = transaction.execute(&self.sql.delete, &[&deleted]).await?;
            products -= deleted.cast_signed();
        }
        let is_searched = matches!(self.purpose, Purpose::Live);
        if with_position || is_searched || self.vocabulary.is_full() {
            self.vocabulary.write(&transaction, self.tables, is_searched).await?;
        }
        self.present.write(&transaction, self.tables).await?;
        let position = with_position.then(|| position(&self.catalog, &self.checkpoint));
        let note = "UPDATE aisle.generations SET changed_at = now(), products = products + $3, \
                    position = coalesce($4, position) WHERE catalog = $1 AND number = $2";
        let name = self.catalog.name();
        let generation = self.tables.generation;
        transaction.execute(note, &[&name, &generation, &products, &position.transpose()?]).await?;
        Ok(transaction.commit().await?)
    }
}

/// A checkpoint as it is stored.
pub(super) fn position(
    catalog: &Catalog,
    checkpoint: &Checkpoint,
) -> Result<String, PostgresError> {
    let stored = |source| PostgresError::Stored { catalog: catalog.name().to_owned(), source };
    serde_json::to_string(checkpoint).map_err(stored)
}

async fn copy(
    transaction: &Transaction<'_>,
    sql: &str,
    types: &[Type],
    rows: &[Row],
) -> Result<i64, PostgresError> {
    let sink = transaction.copy_in(sql).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    for row in rows {
        writer.as_mut().write_raw(row.values()).await?;
    }
    Ok(writer.finish().await?.cast_signed())
}
