//! The follower of MongoDB within the server: the same as `indexer sync`, and what it commits is
//! searched at once.

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use anyhow::Context;
use indexer::follow::{
    AtStart, Board, FollowState, FollowStatus, Followed, Following, Indexes, OpenEngine, Store,
    Turn, follow,
};
use indexer::mongo::Namespace;
use search_core::{Catalog, DataDir, DirectoryLock, WriterOptions};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::catalogs::Catalogs;
use crate::config::{Config, FollowConfig};

/// Who writes, as others are told.
const HOLDER: &str = "search-server, following MongoDB";

/// What the server knows of its follower; a cheap handle.
#[derive(Debug, Clone)]
pub(crate) struct Follower {
    board: Board,
    /// By name of the catalogue.
    namespaces: Arc<BTreeMap<String, Namespace>>,
    lock: DirectoryLock,
    data_dir: DataDir,
}

impl Follower {
    /// The collection that this catalogue follows.
    pub(crate) fn namespace(&self, catalog: &str) -> Option<&Namespace> {
        self.namespaces.get(catalog)
    }

    /// How all collections are.
    pub(crate) fn statuses(&self) -> Vec<FollowStatus> {
        self.board.statuses()
    }

    /// The lock of the data directory, for those who write other catalogues.
    pub(crate) fn lock(&self) -> DirectoryLock {
        self.lock.clone()
    }
}

/// Takes the data directory for a follower, if the configuration wants one.
pub(crate) fn prepare(
    config: &Config,
    catalogs: &Catalogs,
) -> anyhow::Result<Option<(Follower, Following)>> {
    let (Some(uri), false) = (&config.mongodb, config.follow.is_empty()) else { return Ok(None) };
    let load = |FollowConfig { namespace, catalog }: &FollowConfig| {
        let file = catalog.display();
        let catalog = Catalog::load(catalog).with_context(|| format!("catalogue {file}"))?;
        Ok(Followed { namespace: namespace.clone(), catalog })
    };
    let followed = config.follow.iter().map(load).collect::<anyhow::Result<Vec<_>>>()?;
    let data_dir = DataDir::create(&config.data_dir)?;
    let lock = data_dir.lock(HOLDER)?;
    let store = Store::Indexes(Indexes {
        writing: WriterOptions { lock: Some(lock.clone()), ..WriterOptions::new(HOLDER) },
        open_engine: engines(catalogs.clone()),
        data_dir: data_dir.clone(),
    });
    let following = Following { uri: uri.clone(), followed, store };
    let names = following.names();
    let board = Board::new(names.clone());
    let namespaces = names.into_iter().map(|(namespace, catalog)| (catalog, namespace));
    let namespaces = Arc::new(namespaces.collect());
    let follower = Follower { board, namespaces, lock, data_dir };
    Ok(Some((follower, following)))
}

/// Follows until told to stop.
pub(crate) async fn run(follower: Follower, following: Following, stop: CancellationToken) {
    let data_dir = follower.data_dir.clone();
    let files = CancellationToken::new();
    let work = follow(following, &follower.board, AtStart::Retry, stop);
    let written = follower.board.publish(&data_dir, files.clone());
    let told = tell(follower.board.turns());
    tokio::pin!(work, written, told);
    tokio::select! {
        ended = &mut work => {
            if let Err(error) = ended {
                tracing::error!(%error, "cannot follow");
            }
            files.cancel();
            if let Err(error) = written.await {
                tracing::error!(%error, "cannot write how the follower is");
            }
        }
        failed = &mut written => {
            tracing::error!(error = ?failed.err(), "cannot write how the follower is");
            if let Err(error) = work.await {
                tracing::error!(%error, "cannot follow");
            }
        }
        () = &mut told => {}
    }
}

/// Logs how the follower is whenever that changes.
async fn tell(mut turns: Receiver<Turn>) {
    let mut said: HashMap<String, Discriminant<FollowState>> = HashMap::new();
    loop {
        let Turn { namespace, catalog, state } = match turns.recv().await {
            Ok(turn) => turn,
            // What came meanwhile is more than anybody reads.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return pending().await,
        };
        let kind = discriminant(&state);
        if said.insert(catalog.clone(), kind) != Some(kind) {
            match &state {
                FollowState::Stalled { .. } => {
                    tracing::warn!(catalog, %namespace, %state, "follower");
                }
                _ => tracing::info!(catalog, %namespace, %state, "follower"),
            }
        }
    }
}

/// The engines that searches use: what is committed into them is seen at once.
fn engines(catalogs: Catalogs) -> OpenEngine {
    Arc::new(move |name| catalogs.engine(name))
}
