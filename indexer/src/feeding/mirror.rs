//! The mirror of an index in PostgreSQL.
//!
//! A position in an index is a snapshot: what changed between the one that was mirrored last and
//! the current one is told by their segments. After a start the older one is no more, so the table
//! is compared with the index by ids and hashes; another generation is loaded aside and switched
//! in. What fails is tried again, and the index never waits for it.

use search_core::{
    Checkpoint, Engine, EngineError, Position, ProductChange, ProductSnapshot, SnapshotMark,
    StoredProduct,
};
use tokio::runtime::Handle;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::status::FeedBoard;
use crate::follow::{FollowState, LoadProgress, Pauses};
use crate::limits::{APPLY_BYTES, APPLY_DOCUMENTS, MIRROR_LOOK_EVERY, RECONCILE_IDS};
use crate::mongo::Namespace;
use crate::postgres::{self, PostgresError, PostgresUrl, TableWriter};

/// The name of the index among the sources of a position.
const INDEX: &str = "index";

#[derive(Debug, thiserror::Error)]
enum MirrorError {
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("it was told to stop")]
    Stopped,
    #[error("the mirror died: {0}")]
    Died(#[from] JoinError),
}

/// Keeps the table of a catalogue equal to its index until told to stop. An index that follows
/// MongoDB is left to its follower.
pub(super) async fn mirror(
    engine: Engine,
    url: PostgresUrl,
    board: FeedBoard,
    stop: CancellationToken,
) {
    let catalog = engine.catalog().name().to_owned();
    let mut ticks = interval(MIRROR_LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pauses = Pauses::default();
    let mut table: Option<TableWriter> = None;
    let mut mirrored: Option<ProductSnapshot> = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => break,
        }
        let snapshot = engine.product_snapshot();
        if mirrored.as_ref().is_some_and(|mirrored| mirrored.mark() == snapshot.mark()) {
            continue;
        }
        if engine.status().is_ok_and(|status| Namespace::followed(&status.positions).is_some()) {
            (table, mirrored) = (None, None);
            board.forget(&catalog);
            continue;
        }
        board.behind(&catalog);
        let work = Work {
            engine: engine.clone(),
            url: url.clone(),
            catalog: catalog.clone(),
            snapshot: snapshot.clone(),
            before: mirrored.clone(),
            board: board.clone(),
            stop: stop.clone(),
        };
        let open = table.take();
        let done = spawn_blocking(move || work.catch_up(open)).await;
        match done.map_err(MirrorError::from).flatten() {
            Ok((written, changes)) => {
                (table, mirrored) = (Some(written), Some(snapshot));
                pauses.begin_anew();
                board.caught_up(&catalog, changes);
                board.set(&catalog, FollowState::Following);
            }
            Err(MirrorError::Stopped) => break,
            Err(error) => {
                board.set(&catalog, FollowState::Stalled { reason: error.to_string() });
                tokio::select! {
                    () = pauses.pause() => {}
                    () = stop.cancelled() => break,
                }
            }
        }
    }
    board.set(&catalog, FollowState::Stopped);
}

/// What is to be done to bring a table to a snapshot. Blocks while it works.
#[derive(Debug)]
struct Work {
    engine: Engine,
    url: PostgresUrl,
    catalog: String,
    snapshot: ProductSnapshot,
    /// What was mirrored last, if this process knows.
    before: Option<ProductSnapshot>,
    board: FeedBoard,
    stop: CancellationToken,
}

impl Work {
    /// Brings the table to the snapshot; gives it back, and the number of changes that it took.
    fn catch_up(self, open: Option<TableWriter>) -> Result<(TableWriter, u64), MirrorError> {
        let table = match open {
            Some(table) => Some(table),
            None => self.wait(postgres::feed(&self.url, &self.catalog))?,
        };
        let Some(table) = table else { return self.load("there is no table yet") };
        let now = self.snapshot.mark();
        let reason = match table.checkpoint().positions.get(INDEX) {
            Some(Position { seq, token }) if *token == generation(&now) => {
                if *seq == now.data_version {
                    return Ok((table, 0));
                }
                // Another process may have mirrored since, or this one may just have begun.
                let known = self.before.as_ref().filter(|then| then.mark().data_version == *seq);
                return match known.and_then(|then| self.snapshot.changes_since(then)) {
                    Some(changes) => self.apply(table, changes),
                    None => self.reconcile(table),
                };
            }
            Some(_) => "the index has another generation",
            None => "the table was not made from the index",
        };
        drop(table);
        self.load(reason)
    }

    /// Loads everything into a new generation.
    fn load(&self, reason: &str) -> Result<(TableWriter, u64), MirrorError> {
        let catalog = self.engine.catalog();
        let total = self.snapshot.len().max(1);
        let mut table = self.wait(postgres::start(&self.url, &catalog, &Checkpoint::default()))?;
        let mut loaded = 0;
        for products in batches(self.snapshot.products()) {
            let products = products?;
            loaded += products.len() as u64;
            let documents: Vec<&str> =
                products.iter().map(|product| product.document.as_str()).collect();
            self.wait(table.upsert_all(&documents))?;
            let progress = self.progress(reason, loaded, total);
            self.board.set(&self.catalog, FollowState::Loading(progress));
        }
        self.wait(table.publish(&self.checkpoint()))?;
        let table = self.wait(postgres::feed(&self.url, &self.catalog))?;
        let table = table.ok_or(PostgresError::NoSchema)?;
        Ok((table, loaded))
    }

    /// Makes the table equal to the index, product by product.
    fn reconcile(&self, mut table: TableWriter) -> Result<(TableWriter, u64), MirrorError> {
        let reason = "the index changed while nobody mirrored it";
        let total = self.snapshot.len().max(1);
        let (mut compared, mut changes) = (0, 0);
        for products in batches(self.snapshot.products()) {
            let products = products?;
            let differing = self.wait(table.differing(&products))?;
            changes += differing.len() as u64;
            self.wait(table.upsert_all(&differing))?;
            compared += products.len() as u64;
            let progress = self.progress(reason, compared, total);
            self.board.set(&self.catalog, FollowState::Reconciling(progress));
        }
        let mut last = String::new();
        loop {
            let ids = self.wait(table.ids_after(&last, RECONCILE_IDS))?;
            for id in &ids {
                if !self.snapshot.contains(id)? {
                    changes += 1;
                    self.wait(table.delete(id))?;
                }
            }
            match ids.into_iter().next_back() {
                Some(id) => last = id,
                None => break,
            }
        }
        self.wait(table.commit(&self.checkpoint()))?;
        Ok((table, changes))
    }

    /// Applies what changed since the snapshot that is mirrored.
    fn apply(
        &self,
        mut table: TableWriter,
        changes: impl Iterator<Item = search_core::Result<ProductChange>>,
    ) -> Result<(TableWriter, u64), MirrorError> {
        let mut applied = 0;
        for change in changes {
            match change? {
                ProductChange::Upserted(product) => {
                    self.wait(table.upsert_all(&[product.document]))?;
                }
                ProductChange::Deleted(id) => self.wait(table.delete(&id))?,
            }
            applied += 1;
        }
        self.wait(table.commit(&self.checkpoint()))?;
        Ok((table, applied))
    }

    /// The snapshot as a position.
    fn checkpoint(&self) -> Checkpoint {
        let mark = self.snapshot.mark();
        Checkpoint::at(INDEX, Position { seq: mark.data_version, token: generation(&mark) })
    }

    fn progress(&self, reason: &str, documents: u64, total: u64) -> LoadProgress {
        LoadProgress {
            reason: reason.to_owned(),
            documents,
            percent: 100.0 * documents as f64 / total as f64,
            seconds_left: None,
        }
    }

    /// Waits for PostgreSQL, unless told to stop: what was not committed comes again.
    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, PostgresError>>,
    ) -> Result<T, MirrorError> {
        Handle::current().block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => Err(MirrorError::Stopped),
                done = work => Ok(done?),
            }
        })
    }
}

/// A generation as a position names it.
fn generation(mark: &SnapshotMark) -> String {
    format!("generation {} of {}", mark.generation, mark.begun)
}

/// Products in pieces of bounded size.
fn batches(
    mut products: impl Iterator<Item = search_core::Result<StoredProduct>>,
) -> impl Iterator<Item = search_core::Result<Vec<StoredProduct>>> {
    std::iter::from_fn(move || {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < APPLY_DOCUMENTS && bytes < APPLY_BYTES {
            match products.next() {
                Some(Ok(product)) => {
                    bytes += product.document.len();
                    batch.push(product);
                }
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!batch.is_empty()).then_some(Ok(batch))
    })
}
