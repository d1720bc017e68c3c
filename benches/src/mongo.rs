//! MongoDB with the catalogue in it, and changes at a fixed rate whose way to the searches is
//! timed.
//!
//! Each change sets a number of its own. Some of the changed products are then asked for again and
//! again, until the server's document holds that number or a later one: the time from when the
//! change was due, so a MongoDB that falls behind counts too (no coordinated omission).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use hdrhistogram::Histogram;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, sleep};

use crate::catalogue::Catalogue;
use crate::http::{Client, HttpError, Target};
use crate::random::rng;

/// Documents in one insert.
const INSERTED_AT_ONCE: usize = 5_000;
/// Writers to MongoDB: each waits until a majority has its change on disk.
const WRITERS: u32 = 32;
/// Changes that are timed, a second: looking for them is a load of its own.
const TIMED_PER_SECOND: f64 = 5.0;
/// Timed changes that wait to be looked for.
const TIMED_AT_ONCE: usize = 1_024;
/// Time between two looks for a change.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A change that is not seen after this is lost.
const LOST_AFTER: Duration = Duration::from_secs(60);
/// Beyond the streams of the catalogue and of the queries.
const CHANGES_STREAM: u64 = 1 << 50;

#[derive(Debug, thiserror::Error)]
pub enum MongoError {
    #[error("expected a collection as db.collection, got {0:?}")]
    Namespace(String),
    #[error(transparent)]
    Mongo(#[from] mongodb::error::Error),
    #[error("cannot make a document of a product")]
    Product(#[from] mongodb::bson::error::Error),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("cannot make a histogram")]
    Histogram(#[from] hdrhistogram::CreationError),
    #[error("a writer ended before its run did")]
    Writer(#[from] tokio::task::JoinError),
}

/// Connects to the collection `db.collection`.
pub async fn open(uri: &str, namespace: &str) -> Result<Collection<Document>, MongoError> {
    let (database, collection) =
        namespace.split_once('.').ok_or_else(|| MongoError::Namespace(namespace.to_owned()))?;
    let mut options = ClientOptions::parse(uri).await?;
    options.max_pool_size = Some(WRITERS);
    let client = mongodb::Client::with_options(options)?;
    Ok(client.database(database).collection(collection))
}

/// Fills the collection anew with the first `count` products; their `id` is the `_id`.
pub async fn fill(
    collection: &Collection<Document>,
    catalogue: &Catalogue,
    count: u64,
) -> Result<(), MongoError> {
    collection.drop().await?;
    let mut documents: Vec<Document> = Vec::with_capacity(INSERTED_AT_ONCE);
    for product in catalogue.products(count) {
        let mut document = doc! { "_id": product.id as i64 };
        let mut members = mongodb::bson::serialize_to_document(&product)?;
        members.remove("id");
        document.extend(members);
        documents.push(document);
        if documents.len() == INSERTED_AT_ONCE {
            collection.insert_many(std::mem::take(&mut documents)).ordered(false).await?;
        }
    }
    if !documents.is_empty() {
        collection.insert_many(documents).ordered(false).await?;
    }
    Ok(())
}

/// Changes to send.
#[derive(Debug, Clone)]
pub struct Changes {
    pub collection: Collection<Document>,
    /// The products that are changed have the ids below this.
    pub products: u64,
    /// Changes a second.
    pub rate: f64,
    pub duration: Duration,
    /// The server whose searches are to see them.
    pub target: Target,
    pub seed: u64,
}

/// What came of the changes.
#[derive(Debug, Serialize)]
pub struct Seen {
    pub changes: u64,
    pub changes_per_second: f64,
    /// Changes that were timed.
    pub timed: u64,
    pub visible_p50_ms: f64,
    pub visible_p95_ms: f64,
    pub visible_p99_ms: f64,
    pub visible_max_ms: f64,
    /// Timed changes that were not seen in `LOST_AFTER`.
    pub lost: u64,
}

impl Changes {
    /// Sends all changes and waits until those that are timed are seen.
    pub async fn send(self) -> Result<Seen, MongoError> {
        let start = Instant::now();
        // Higher than those of a run before: what is there already is not taken for seen.
        let first = UNIX_EPOCH.elapsed().unwrap_or_default().as_micros() as u64;
        let numbers = Arc::new(AtomicU64::new(first));
        let (timed, mut due) = channel(TIMED_AT_ONCE);
        let mut writers = JoinSet::new();
        for writer in 0..u64::from(WRITERS) {
            let writer = self.clone().write(writer, start, Arc::clone(&numbers), timed.clone());
            writers.spawn(writer);
        }
        drop(timed);
        let mut looks = JoinSet::new();
        while let Some(change) = due.recv().await {
            looks.spawn(look(self.target.clone(), change));
        }
        let took = start.elapsed();
        while let Some(written) = writers.join_next().await {
            written??;
        }
        let mut visible = Histogram::<u64>::new_with_bounds(1, LOST_AFTER.as_micros() as u64, 3)?;
        let mut lost = 0;
        while let Some(seen) = looks.join_next().await {
            match seen?? {
                Some(after) => visible.saturating_record(after.as_micros() as u64),
                None => lost += 1,
            }
        }
        let changes = numbers.load(Ordering::Relaxed) - first;
        let ms = |quantile| visible.value_at_quantile(quantile) as f64 / 1_000.0;
        Ok(Seen {
            changes,
            changes_per_second: changes as f64 / took.as_secs_f64(),
            timed: visible.len() + lost,
            visible_p50_ms: ms(0.50),
            visible_p95_ms: ms(0.95),
            visible_p99_ms: ms(0.99),
            visible_max_ms: visible.max() as f64 / 1_000.0,
            lost,
        })
    }

    /// One writer's share of the changes.
    async fn write(
        self,
        writer: u64,
        start: Instant,
        numbers: Arc<AtomicU64>,
        timed: Sender<Change>,
    ) -> Result<(), MongoError> {
        let mut rng = rng(self.seed, CHANGES_STREAM + writer);
        let timed_every = (self.rate / TIMED_PER_SECOND).max(1.0) as u64;
        // One change after the other, not all writers at once.
        let first = start + Duration::from_secs_f64(writer as f64 / self.rate);
        let pace = Duration::from_secs_f64(f64::from(WRITERS) / self.rate);
        let mut ticks = interval_at(first.into(), pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while start.elapsed() < self.duration {
            let due = ticks.tick().await.into_std();
            let id = rng.random_range(0..self.products) as i64;
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            let price = rng.random_range(100..100_000) as f64 / 100.0;
            // Writers may overtake each other: the number of a product only rises.
            let update = doc! { "$max": { "revision": number as i64 }, "$set": { "price": price } };
            self.collection.update_one(doc! { "_id": id }, update).await?;
            if number.is_multiple_of(timed_every)
                && timed.send(Change { id, number, due }).await.is_err()
            {
                break;
            }
        }
        Ok(())
    }
}

/// A change that is timed.
#[derive(Debug)]
struct Change {
    id: i64,
    number: u64,
    due: Instant,
}

/// Asks for the product until it shows the change; the time that took, if it did.
async fn look(target: Target, change: Change) -> Result<Option<Duration>, HttpError> {
    let mut reader = Client::connect(&target).await?;
    let id = change.id.to_string();
    while change.due.elapsed() < LOST_AFTER {
        let product = reader.product(&target, &id).await?;
        let revision = serde_json::from_slice::<Revised>(&product).map(|found| found.revision);
        if revision.is_ok_and(|revision| revision >= change.number) {
            return Ok(Some(change.due.elapsed()));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

#[derive(Deserialize)]
struct Revised {
    revision: u64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| changes/s | timed | visible p50 ms | p95 ms | p99 ms | max ms | lost |")?;
        writeln!(f, "|----------:|------:|---------------:|-------:|-------:|-------:|-----:|")?;
        write!(
            f,
            "| {:.0} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {} |",
            self.changes_per_second,
            self.timed,
            self.visible_p50_ms,
            self.visible_p95_ms,
            self.visible_p99_ms,
            self.visible_max_ms,
            self.lost,
        )
    }
}
