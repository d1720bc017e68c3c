//! The façade: everything a program does with a catalogue goes through [`Engine`].

mod generations;
mod settings;
mod snapshots;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::value::RawValue;

use crate::cache::SegmentCache;
use crate::catalog::Catalog;
use crate::data_dir::DataDir;
use crate::error::{EngineError, ErrorCode, Result, guarded};
use crate::index::{
    CatalogLayout, Damage, DataLayout, DirectoryLock, Generation, ProductSnapshot, Publish,
    Purpose, Snapshot, StoredProduct, Writer, WriterLock, WriterOptions,
};
use crate::limits::VERIFY_EVERY;
use crate::query::{SearchRequest, SuggestRequest};
use crate::response::{SearchResponse, SuggestResponse};
use crate::search::{Searcher, TypoAutomata};
use crate::search_threads::SearchThreads;
use crate::settings::{Settings, StoredSettings, now};
use crate::status::{EngineStatus, ShardStatus};

/// Memory for what is remembered of segments, in bytes.
const SEGMENT_CACHE_BYTES: usize = 256 << 20;
/// Threads of an engine that shares nobody's.
const EVERY_CORE: usize = 0;

/// How to open an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Threads that search and analyse; `None` means its own, one for each core.
    pub threads: Option<SearchThreads>,
    /// Memory for what is remembered of segments, in bytes; 0 turns that off.
    pub segment_cache_bytes: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { threads: None, segment_cache_bytes: SEGMENT_CACHE_BYTES }
    }
}

/// Searches one catalogue and writes to it.
///
/// A cheap handle: clones share everything. Calls block while they work; async programs run them
/// on threads of their own.
///
/// ```
/// use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};
///
/// let catalog = Catalog::parse(
///     "name = \"shoes\"\n[fields.title]\ntype = \"text\"\n[fields.price]\ntype = \"money\"\n",
/// )?;
/// let engine = Engine::in_memory(catalog)?;
/// let mut writer = engine.writer(&WriterOptions::new("example"))?;
/// writer.upsert(br#"{"id": "1", "title": "Trail running shoe", "price": 89.90}"#)?;
/// writer.upsert(br#"{"id": "2", "title": "Running socks", "price": 9.90}"#)?;
/// writer.commit(&Checkpoint::default())?;
///
/// let page = engine.search(&SearchRequest::query("running shoes").filter("price < 100")?)?;
/// assert_eq!(page.hits[0].id, "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None` in memory.
    home: Option<Home>,
    view: ArcSwap<View>,
    verification: Mutex<Verification>,
    /// Held while the view is replaced.
    replacing: Mutex<()>,
    cache: SegmentCache,
    typos: TypoAutomata,
    threads: SearchThreads,
    /// In memory there is no lock file; one writer all the same.
    memory_writer: Arc<Mutex<Option<String>>>,
}

/// Whether the files ought to be compared with their checksums.
#[derive(Debug)]
struct Verification {
    /// They have not been since they were opened, or a search failed.
    is_due: bool,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Home {
    data: DataLayout,
    catalog: CatalogLayout,
}

/// What searches see, replaced as one.
#[derive(Debug)]
struct View {
    snapshot: Arc<Snapshot>,
    settings: Arc<Settings>,
}

impl View {
    /// Rises with every visible change, of the data or of the settings.
    fn index_version(&self) -> u64 {
        self.index_version_at(now())
    }

    fn index_version_at(&self, now: i64) -> u64 {
        self.snapshot.data_version + self.settings.version_at(now)
    }
}

impl Home {
    /// The settings as they are now, compiled for a generation; those that are known where they
    /// have not changed.
    fn settings(
        &self,
        known: &Arc<Settings>,
        switched: bool,
        generation: &Generation,
    ) -> Result<Arc<Settings>> {
        let version = StoredSettings::version_in(&self.catalog)?;
        if version == known.version && !switched {
            return Ok(Arc::clone(known));
        }
        // A file once written is never taken away.
        if version < known.version {
            return Err(Damage::new(self.catalog.settings(), "it is gone").into());
        }
        let stored = StoredSettings::read(&self.catalog)?;
        let settings = Settings::compile(&stored, &generation.catalog, &generation.analyzers)?;
        Ok(Arc::new(settings))
    }
}

impl Engine {
    /// Opens the only catalogue of a data directory, with default options.
    ///
    /// # Errors
    /// See [`DataDir::engine`].
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self> {
        DataDir::open(dir)?.engine(None, &EngineOptions::default())
    }

    /// An empty engine that keeps everything in memory.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn in_memory(catalog: Catalog) -> Result<Self> {
        Self::in_memory_with(catalog, 1, &EngineOptions::default())
    }

    /// An empty engine in memory, with so many shards.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn in_memory_with(
        catalog: Catalog,
        shards: usize,
        options: &EngineOptions,
    ) -> Result<Self> {
        let generation = Arc::new(Generation::create(1, catalog, shards, None)?);
        Self::with_generation(None, generation, options)
    }

    pub(crate) fn open_catalog(
        data: DataLayout,
        name: &str,
        options: &EngineOptions,
    ) -> Result<Self> {
        let catalog = data.catalog(name);
        let number = catalog.current()?.ok_or_else(|| catalog.pointer_is_gone())?;
        let generation = Arc::new(Generation::open(catalog.generation(number))?);
        Self::with_generation(Some(Home { data, catalog }), generation, options)
    }

    fn with_generation(
        home: Option<Home>,
        generation: Arc<Generation>,
        options: &EngineOptions,
    ) -> Result<Self> {
        let stored = match &home {
            Some(home) => StoredSettings::read(&home.catalog)?,
            None => StoredSettings::default(),
        };
        let settings =
            Arc::new(Settings::compile(&stored, &generation.catalog, &generation.analyzers)?);
        let snapshot = Arc::new(Snapshot::open(generation, None));
        snapshot.require_some()?;
        snapshot.prepare(None);
        let verification = Verification { is_due: home.is_some(), last: None };
        Ok(Self {
            inner: Arc::new(Inner {
                home,
                verification: Mutex::new(verification),
                view: ArcSwap::from_pointee(View { snapshot, settings }),
                replacing: Mutex::default(),
                cache: SegmentCache::new(options.segment_cache_bytes),
                typos: TypoAutomata::new(),
                threads: match &options.threads {
                    Some(shared) => shared.clone(),
                    None => SearchThreads::start(EVERY_CORE)?,
                },
                memory_writer: Arc::default(),
            }),
        })
    }

    /// Answers a search.
    ///
    /// # Errors
    /// [`EngineError::Request`] when the request is at fault, with the place;
    /// [`EngineError::DeadlineExceeded`] when it took longer than its `timeout_ms`.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResponse> {
        self.with_searcher(|searcher| searcher.search(request))
    }

    /// Completes a half-typed query.
    ///
    /// # Errors
    /// [`EngineError::Request`] when the request is at fault.
    pub fn suggest(&self, request: &SuggestRequest) -> Result<SuggestResponse> {
        self.with_searcher(|searcher| searcher.suggest(request))
    }

    fn with_searcher<T>(&self, work: impl FnOnce(&Searcher<'_>) -> Result<T>) -> Result<T> {
        let view = self.inner.view.load_full();
        let now = now();
        let searcher = Searcher {
            snapshot: &view.snapshot,
            index_version: view.index_version_at(now),
            synonyms: &view.settings.synonyms,
            thesaurus: &view.settings.thesaurus,
            rules: &view.settings.rules,
            now,
            typos: &self.inner.typos,
            cache: &self.inner.cache,
            pool: self.inner.threads.pool(),
        };
        let done = guarded("the index", || {
            view.snapshot.require_some()?;
            work(&searcher)
        });
        self.doubt_after(&done);
        done
    }

    /// A failure that is not the request's may come from files that are damaged.
    fn doubt_after<T>(&self, done: &Result<T>) {
        let is_ours =
            |error: &EngineError| matches!(error.code(), ErrorCode::Damaged | ErrorCode::Internal);
        if done.as_ref().is_err_and(is_ours) {
            self.doubt_files();
        }
    }

    /// The document of a product, byte for byte as it came.
    ///
    /// # Errors
    /// When the index fails, or the shard that would hold it is damaged.
    pub fn product(&self, id: &str) -> Result<Option<Box<RawValue>>> {
        let snapshot = self.snapshot();
        let find = || {
            snapshot.require_shard_of(id)?;
            match snapshot.find(id)? {
                Some((segment, doc)) => segment.document(doc).map(Some),
                None => Ok(None),
            }
        };
        let found = guarded("the index", find);
        self.doubt_after(&found);
        let Some(raw) = found? else { return Ok(None) };
        RawValue::from_string(raw).map(Some).map_err(|error| EngineError::Damaged {
            path: format!("the stored document of {id:?}").into(),
            reason: error.to_string(),
        })
    }

    /// Every document of the current snapshot, in no order, byte for byte as they came; without
    /// those of shards that are left out (see [`damage`](Self::damage)).
    ///
    /// # Errors
    /// Each item when the index fails.
    pub fn documents(&self) -> impl Iterator<Item = Result<String>> + use<> {
        self.products().map(|product| Ok(product?.document))
    }

    /// Every product of the current snapshot, in no order: its id and its document, byte for byte
    /// as it came. Read in the order in which they are stored, each compressed block once.
    ///
    /// # Errors
    /// Each item when the index fails.
    pub fn products(&self) -> impl Iterator<Item = Result<StoredProduct>> + use<> {
        self.product_snapshot().products()
    }

    /// The products as they are now, to be compared with what they will be.
    pub fn product_snapshot(&self) -> ProductSnapshot {
        ProductSnapshot::of(self.snapshot())
    }

    /// The catalogue of the current generation.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.snapshot().generation.catalog)
    }

    /// Rises with every visible change, over merges, generations and restarts.
    pub fn index_version(&self) -> u64 {
        self.inner.view.load().index_version()
    }

    /// How many products can be found.
    pub fn product_count(&self) -> u64 {
        self.snapshot().products()
    }

    /// The number of the generation that is searched.
    pub fn generation(&self) -> u64 {
        self.snapshot().generation.manifest.number
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.inner.view.load().snapshot)
    }

    /// Looks for commits, settings and generation switches of other processes, and for damage of
    /// the files that are open; `true` when something new became visible. Reads a few small files.
    ///
    /// A shard that is damaged is left out of searches from then on, unless it can be read on: as
    /// files that were only deleted can be, as long as they are open.
    ///
    /// # Errors
    /// When a file of the catalogue cannot be read or is gone; searches go on as before.
    pub fn refresh(&self) -> Result<bool> {
        let Some(home) = &self.inner.home else { return Ok(false) };
        let _replacing = self.inner.replacing.lock();
        let view = self.inner.view.load_full();
        let current = home.catalog.current();
        let mut generation = Arc::clone(&view.snapshot.generation);
        if let Ok(Some(current)) = current
            && current != generation.manifest.number
        {
            generation = Arc::new(Generation::open(home.catalog.generation(current))?);
        }
        let switched = !Arc::ptr_eq(&generation, &view.snapshot.generation);
        let fresh = Snapshot::open(Arc::clone(&generation), Some(&view.snapshot));
        if switched {
            fresh.require_some()?;
        }
        // Half of a commit is not shown, unless its writer is gone and will not finish it.
        let is_sound = fresh.require_sound().is_ok();
        let is_half = is_sound && !fresh.whole && WriterLock::holder(&home.data.lock())?.is_some();
        let snapshot = match is_half || fresh.shows_the_same(&view.snapshot) {
            true => Arc::clone(&view.snapshot),
            false => {
                fresh.prepare(Some(&view.snapshot));
                Arc::new(fresh)
            }
        };
        let settings = match home.settings(&view.settings, switched, &generation) {
            Err(error) if switched => return Err(error),
            settings => settings,
        };
        let (settings, fault) = match settings {
            Ok(settings) => (settings, None),
            Err(error) => (Arc::clone(&view.settings), Some(error)),
        };
        let changed =
            !Arc::ptr_eq(&settings, &view.settings) || !Arc::ptr_eq(&snapshot, &view.snapshot);
        if changed {
            self.inner.view.store(Arc::new(View { snapshot, settings }));
        }
        if switched {
            self.inner.verification.lock().is_due = true;
        }
        // Only now: what can be seen of damage is seen.
        current?.ok_or_else(|| home.catalog.pointer_is_gone())?;
        fault.map_or(Ok(changed), Err)
    }

    /// What is wrong with the shards that are searched, as far as it was noticed: when they were
    /// opened, by [`refresh`](Self::refresh), by [`verify_files`](Self::verify_files). Answers
    /// that lack products because of it say so: [`Degradation::Shards`].
    ///
    /// A damaged catalogue takes no writes. A new generation ([`rebuild`](Self::rebuild)) takes its
    /// place.
    ///
    /// [`Degradation::Shards`]: crate::Degradation::Shards
    pub fn damage(&self) -> Vec<Damage> {
        self.snapshot().damage().cloned().collect()
    }

    /// Whether some products cannot be found because their shard is damaged.
    pub fn is_partial(&self) -> bool {
        self.snapshot().is_partial()
    }

    /// Reads all files that are searched and compares them with their checksums; gives everything
    /// that is wrong. Takes as long as reading the index does; searches go on meanwhile, and
    /// leave out what is damaged from then on.
    ///
    /// # Errors
    /// See [`refresh`](Self::refresh).
    pub fn verify_files(&self) -> Result<Vec<Damage>> {
        *self.inner.verification.lock() =
            Verification { is_due: false, last: Some(Instant::now()) };
        self.snapshot().verify();
        self.refresh()?;
        Ok(self.damage())
    }

    /// Gives rise to [`verify_files`](Self::verify_files): something else than a search speaks
    /// against the files, such as a handled `SIGBUS`.
    pub fn doubt_files(&self) {
        self.inner.verification.lock().is_due = true;
    }

    /// Whether it is time for [`verify_files`](Self::verify_files): it was never done since the
    /// files were opened, or a search failed since, or there is [doubt](Self::doubt_files); and
    /// not for [`VERIFY_EVERY`] already.
    pub fn needs_verification(&self) -> bool {
        let Verification { is_due, last } = *self.inner.verification.lock();
        is_due && last.is_none_or(|last| last.elapsed() >= VERIFY_EVERY)
    }

    /// The one writer of the data directory.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes; [`EngineError::Damaged`] when a shard is: to
    /// write on would only hide it.
    pub fn writer(&self, options: &WriterOptions) -> Result<Writer> {
        let lock = match &self.inner.home {
            Some(home) => DirectoryLock::of(&home.data, options.lock.as_ref(), &options.holder)?,
            None => Arc::new(WriterLock::in_memory(&self.inner.memory_writer, &options.holder)?),
        };
        // Another process may have written since.
        self.refresh()?;
        let engine = self.clone();
        let publish: Publish = Box::new(move |snapshot| engine.publish(snapshot));
        let seen = self.snapshot();
        let committed = Snapshot::open(Arc::clone(&seen.generation), Some(&seen));
        let threads = self.inner.threads.pool().current_num_threads();
        Writer::open(committed, Purpose::Live, options, threads, Some(lock), Some(publish))
    }

    /// Shows what this process has committed.
    fn publish(&self, snapshot: Arc<Snapshot>) -> u64 {
        let _replacing = self.inner.replacing.lock();
        let settings = Arc::clone(&self.inner.view.load().settings);
        let view = View { snapshot, settings };
        let version = view.index_version();
        self.inner.view.store(Arc::new(view));
        version
    }

    fn home(&self) -> Result<&Home> {
        self.inner.home.as_ref().ok_or_else(|| EngineError::NotADataDirectory {
            dir: PathBuf::from("(memory)"),
            reason: "the engine keeps everything in memory".to_owned(),
        })
    }

    /// What the engine is made of and how far each source has been applied.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn status(&self) -> Result<EngineStatus> {
        let view = self.inner.view.load_full();
        let snapshot = &view.snapshot;
        let writer = match &self.inner.home {
            Some(home) => WriterLock::holder(&home.data.lock())?,
            None => self.inner.memory_writer.lock().clone(),
        };
        Ok(EngineStatus {
            catalog: snapshot.generation.catalog.name().to_owned(),
            generation: snapshot.generation.manifest.number,
            index_version: view.index_version(),
            products: snapshot.products(),
            shards: ShardStatus::of(snapshot),
            positions: snapshot.checkpoint.positions.clone(),
            writer,
            cache_bytes: self.inner.cache.bytes(),
        })
    }
}
