//! `indexer sync`

use std::collections::HashMap;
use std::future::pending;
use std::mem::discriminant;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use parking_lot::Mutex;
use search_core::limits::MAX_SHARDS;
use search_core::{DataDir, Engine, EngineOptions, WriterOptions};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{Place, import};
use crate::exit::Exit;
use crate::feeding::Feeder;
use crate::follow::{
    AtStart, Board, FollowState, Followed, Following, Indexes, OpenEngine, Store, Turn, follow,
};
use crate::limits::PROGRESS_LINE_EVERY;
use crate::mongo::Namespace;
use crate::postgres::PostgresUrl;
use crate::progress::say;

/// Loads a collection of MongoDB, then applies every change to it, for ever.
///
/// Started again, it goes on where it was. Several collections are followed over one stream: give
/// --catalog and --namespace once for each, in the same order. SIGTERM or Ctrl-C ends it.
#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    place: Place,
    /// The catalogue of the collection; changed, everything is loaded anew
    #[arg(long, value_name = "FILE", required = true)]
    catalog: Vec<PathBuf>,
    /// Where MongoDB is
    #[arg(long, value_name = "URI", env = "MONGODB_URI", hide_env_values = true)]
    mongodb: String,
    /// The collection
    #[arg(long, value_name = "DB.COLL", required = true)]
    namespace: Vec<Namespace>,
    /// A PostgreSQL that answers when the index cannot; fed by a reader of its own
    #[arg(long, value_name = "URL", env = "POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// Shards of a new generation [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=MAX_SHARDS as u64))]
    shards: Option<usize>,
}

impl SyncArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        if self.catalog.len() != self.namespace.len() {
            let (catalogs, namespaces) = (self.catalog.len(), self.namespace.len());
            say(format_args!(
                "error: expected a --catalog for each --namespace, got {catalogs} and {namespaces}"
            ));
            return Ok(Exit::Usage);
        }
        let followed = self
            .namespace
            .iter()
            .zip(&self.catalog)
            .map(|(namespace, file)| {
                let catalog = import::load(file, &self.place)?;
                Ok(Followed { namespace: namespace.clone(), catalog })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let postgres = self.postgres.as_deref().map(str::parse::<PostgresUrl>).transpose()?;
        let data_dir = DataDir::create(&self.place.data_dir)?;
        let lock = data_dir.lock("indexer sync")?;
        let writing = WriterOptions {
            shards: self.shards,
            lock: Some(lock),
            ..WriterOptions::new("indexer sync")
        };
        let open_engine = engines(data_dir.clone());
        let indexes = Indexes { data_dir: data_dir.clone(), writing, open_engine };
        let store = Store::Indexes(indexes.clone());
        let following = Following { uri: self.mongodb, followed, store };
        let feeder = postgres.map(|url| Feeder::new(url, data_dir.clone(), Some(&following)));
        Runtime::new()?.block_on(run(following, indexes, feeder))?;
        Ok(Exit::Done)
    }
}

async fn run(following: Following, indexes: Indexes, feeder: Option<Feeder>) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let board = Board::new(following.names());
    let fed = tokio::spawn(feed(feeder, &following, &indexes, stop.clone()));
    let data_dir = indexes.data_dir;
    // Written until the follower has ended, to tell how.
    let files = CancellationToken::new();
    let follower = follow(following, &board, AtStart::Fail, stop.clone());
    tokio::pin!(follower);
    let told = tell(board.turns());
    let written = board.publish(&data_dir, files.clone());
    tokio::pin!(told, written);
    loop {
        tokio::select! {
            ended = &mut follower => {
                files.cancel();
                written.await?;
                stop.cancel();
                fed.await?;
                return Ok(ended?);
            }
            () = &mut told => {}
            failed = &mut written => failed?,
            _ = terminate.recv() => stop.cancel(),
            _ = interrupt.recv() => stop.cancel(),
        }
    }
}

/// Feeds PostgreSQL beside the follower, if it is asked to.
fn feed(
    feeder: Option<Feeder>,
    following: &Following,
    indexes: &Indexes,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let catalogs: Vec<String> = following.names().into_iter().map(|(_, catalog)| catalog).collect();
    let open_engine = Arc::clone(&indexes.open_engine);
    // Those that are not loaded yet have no settings either.
    let engines = move || {
        let open = catalogs.iter().filter_map(|catalog| open_engine(catalog).ok());
        let refreshed = open.filter(|engine| engine.refresh().is_ok());
        refreshed.collect()
    };
    let tell = |catalog: &str, state: &FollowState| {
        say(format_args!("{catalog} in PostgreSQL: {state}"));
    };
    async move {
        if let Some(feeder) = feeder {
            feeder.run(engines, tell, stop).await;
        }
    }
}

/// Says on standard error how the follower is: when that changes, and now and then while it loads.
async fn tell(mut turns: Receiver<Turn>) {
    let mut said: HashMap<String, (FollowState, Instant)> = HashMap::new();
    loop {
        let Turn { namespace, catalog, state } = match turns.recv().await {
            Ok(turn) => turn,
            // What came meanwhile is more than anybody reads.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return pending().await,
        };
        let is_news = match said.get(&catalog) {
            None => true,
            Some((before, _)) if discriminant(before) != discriminant(&state) => true,
            Some((_, at)) => at.elapsed() >= PROGRESS_LINE_EVERY,
        };
        if is_news {
            say(format_args!("{namespace}: {state}"));
            said.insert(catalog, (state, Instant::now()));
        }
    }
}

/// Opens each engine once.
fn engines(data_dir: DataDir) -> OpenEngine {
    let open: Mutex<HashMap<String, Engine>> = Mutex::default();
    Arc::new(move |name| {
        let mut open = open.lock();
        if let Some(engine) = open.get(name) {
            return Ok(engine.clone());
        }
        let engine = data_dir.engine(Some(name), &EngineOptions::default())?;
        open.insert(name.to_owned(), engine.clone());
        Ok(engine)
    })
}
