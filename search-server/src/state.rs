//! What every request can reach: the catalogues, the backend, the page cache, the write queue.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use indexer::feeding::FeedBoard;
use search_core::{DataDir, Engine, EngineOptions};

use crate::access::Access;
use crate::backend::{BackendError, EmbeddedBackend, SearchBackend, SearchPermits};
use crate::follower::Follower;
use crate::page_cache::PageCache;
use crate::synonym_file::SynonymFile;
use crate::telemetry::Metrics;
use crate::write_queue::WriteQueue;

/// The shared state; a cheap handle.
pub type App = Arc<AppState>;

/// What every request can reach.
#[derive(Debug)]
pub struct AppState {
    /// The catalogues that are served.
    pub(crate) catalogs: Catalogs,
    /// What answers searches.
    pub(crate) backend: Box<dyn SearchBackend>,
    /// Pages already answered; absent when turned off.
    pub(crate) pages: Option<PageCache>,
    /// The way to the one writer.
    pub(crate) writes: WriteQueue,
    /// Who may ask for what, and how often.
    pub(crate) access: Access,
    /// Counters and timers.
    pub(crate) metrics: Metrics,
    /// What keeps catalogues equal to collections of MongoDB, if anything does.
    pub(crate) follower: Option<Follower>,
    /// How PostgreSQL is fed, if it is.
    pub(crate) feeds: Option<FeedBoard>,
}

impl AppState {
    /// The state of a server over these catalogues. Must be called within a tokio runtime.
    pub fn new(catalogs: Catalogs, page_cache_bytes: u64) -> App {
        Self::guarded(catalogs, None, None, page_cache_bytes, Access::default())
    }

    /// The state of a server some of whose catalogues may follow MongoDB, and that not everybody
    /// may ask everything of.
    pub(crate) fn guarded(
        catalogs: Catalogs,
        follower: Option<Follower>,
        feeds: Option<FeedBoard>,
        page_cache_bytes: u64,
        access: Access,
    ) -> App {
        let backend = EmbeddedBackend::new(catalogs.clone(), SearchPermits::default());
        Self::assembled(catalogs, Box::new(backend), follower, feeds, page_cache_bytes, access)
    }

    /// The state of a server whose searches this backend answers.
    pub fn with_backend(
        catalogs: Catalogs,
        backend: Box<dyn SearchBackend>,
        page_cache_bytes: u64,
    ) -> App {
        Self::assembled(catalogs, backend, None, None, page_cache_bytes, Access::default())
    }

    fn assembled(
        catalogs: Catalogs,
        backend: Box<dyn SearchBackend>,
        follower: Option<Follower>,
        feeds: Option<FeedBoard>,
        page_cache_bytes: u64,
        access: Access,
    ) -> App {
        Arc::new(Self {
            catalogs,
            backend,
            pages: (page_cache_bytes > 0).then(|| PageCache::new(page_cache_bytes)),
            writes: WriteQueue::start(follower.clone()),
            access,
            metrics: Metrics::new(),
            follower,
            feeds,
        })
    }
}

/// A catalogue that is served, and its engine.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// The catalogue's name.
    pub(crate) name: Arc<str>,
    /// Its engine.
    pub(crate) engine: Engine,
    /// Where its synonyms are kept, if that is a file.
    pub(crate) synonym_file: Option<Arc<SynonymFile>>,
}

impl Served {
    /// Looks for what other processes have committed, and for a new version of the synonyms' file.
    pub(crate) fn refresh(&self) -> search_core::Result<bool> {
        if let Some(file) = &self.synonym_file {
            file.look(&self.name, &self.engine);
        }
        self.engine.refresh()
    }
}

/// The catalogues of a data directory; a cheap handle.
#[derive(Debug, Clone)]
pub struct Catalogs {
    source: Option<Arc<Source>>,
    served: Arc<ArcSwap<BTreeMap<String, Served>>>,
}

/// Where catalogues come from.
#[derive(Debug)]
struct Source {
    data_dir: DataDir,
    options: EngineOptions,
    /// The files of synonyms by the names of their catalogues.
    synonym_files: BTreeMap<String, PathBuf>,
}

impl Catalogs {
    /// The catalogues of a data directory, those that appear later included. Synonyms are kept in
    /// these files, by the name of the catalogue; those of other catalogues are set over HTTP.
    pub fn of(
        data_dir: PathBuf,
        options: EngineOptions,
        synonym_files: BTreeMap<String, PathBuf>,
    ) -> search_core::Result<Self> {
        let data_dir = DataDir::create(data_dir)?;
        let source = Some(Arc::new(Source { data_dir, options, synonym_files }));
        let catalogs = Self { source, served: Arc::default() };
        catalogs.discover()?;
        Ok(catalogs)
    }

    /// One catalogue, such as one in memory.
    pub fn only(engine: Engine) -> Self {
        let name: Arc<str> = engine.catalog().name().into();
        let served =
            BTreeMap::from([(name.to_string(), Served { name, engine, synonym_file: None })]);
        Self { source: None, served: Arc::new(ArcSwap::from_pointee(served)) }
    }

    /// A catalogue by its name.
    pub(crate) fn get(&self, name: &str) -> Result<Served, BackendError> {
        let served = self.served.load();
        served.get(name).cloned().ok_or_else(|| BackendError::NoSuchCatalog {
            name: name.to_owned(),
            present: served.keys().cloned().collect(),
        })
    }

    /// All catalogues, by name.
    pub(crate) fn all(&self) -> Vec<Served> {
        self.served.load().values().cloned().collect()
    }

    /// Opens catalogues that appeared in the data directory and forgets those that went away.
    pub(crate) fn discover(&self) -> search_core::Result<()> {
        let Some(source) = self.source.as_deref() else { return Ok(()) };
        let names = source.data_dir.catalogs()?;
        let current = self.served.load_full();
        if names.iter().eq(current.keys()) {
            return Ok(());
        }
        let mut next = BTreeMap::new();
        for name in names {
            let served = match current.get(&name) {
                Some(served) => served.clone(),
                None => source.open(&name)?,
            };
            next.insert(name, served);
        }
        self.served.store(Arc::new(next));
        Ok(())
    }
}

impl Source {
    fn open(&self, name: &str) -> search_core::Result<Served> {
        let engine = self.data_dir.engine(Some(name), &self.options)?;
        tracing::info!(
            catalog = name,
            products = engine.product_count(),
            index_version = engine.index_version(),
            "serving catalogue"
        );
        let synonym_file = self.synonym_files.get(name).cloned().map(SynonymFile::new);
        if let Some(file) = &synonym_file {
            file.look(name, &engine);
        }
        Ok(Served { name: name.into(), engine, synonym_file: synonym_file.map(Arc::new) })
    }
}
