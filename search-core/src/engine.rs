//! The façade: everything a program does with a catalogue goes through [`Engine`].

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::value::RawValue;

use crate::analysis::Synonyms;
use crate::cache::SegmentCache;
use crate::catalog::Catalog;
use crate::data_dir::DataDir;
use crate::error::{EngineError, Result, guarded};
use crate::index::{
    CatalogLayout, DataLayout, DirectoryLock, Generation, GenerationBuilder, Publish, Purpose,
    Snapshot, StoredProduct, Writer, WriterLock, WriterOptions, write_json,
};
use crate::query::{ParsedQuery, SearchRequest, SuggestRequest};
use crate::response::{SearchResponse, SuggestResponse};
use crate::rules::{Rule, RuleError};
use crate::search::{Searcher, TypoAutomata};
use crate::settings::{Settings, StoredSettings, SynonymPreview, now};
use crate::status::{EngineStatus, GenerationInfo, ShardStatus};

/// Memory for what is remembered of segments, in bytes.
const SEGMENT_CACHE_BYTES: usize = 256 << 20;

/// How to open an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Threads that search and analyse; 0 means one for each core.
    pub threads: usize,
    /// Memory for what is remembered of segments, in bytes; 0 turns that off.
    pub segment_cache_bytes: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { threads: 0, segment_cache_bytes: SEGMENT_CACHE_BYTES }
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
    /// Held while the view is replaced.
    replacing: Mutex<()>,
    cache: SegmentCache,
    typos: TypoAutomata,
    pool: Arc<rayon::ThreadPool>,
    /// In memory there is no lock file; one writer all the same.
    memory_writer: Arc<Mutex<Option<String>>>,
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
        let number = catalog.current()?.ok_or_else(|| EngineError::Damaged {
            path: catalog.current_pointer(),
            reason: "it is gone".to_owned(),
        })?;
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
        let settings = Arc::new(Settings::compile(&stored, &generation)?);
        let snapshot = Arc::new(Snapshot::open(generation, None)?);
        Ok(Self {
            inner: Arc::new(Inner {
                home,
                view: ArcSwap::from_pointee(View { snapshot, settings }),
                replacing: Mutex::default(),
                cache: SegmentCache::new(options.segment_cache_bytes),
                typos: TypoAutomata::new(),
                pool: Self::thread_pool(options.threads)?,
                memory_writer: Arc::default(),
            }),
        })
    }

    fn thread_pool(threads: usize) -> Result<Arc<rayon::ThreadPool>> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("aisle-{number}"))
            .build()
            .map_err(|error| EngineError::io("thread pool")(std::io::Error::other(error)))?;
        Ok(Arc::new(pool))
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
            pool: &self.inner.pool,
        };
        guarded("the index", || work(&searcher))
    }

    /// The document of a product, byte for byte as it came.
    ///
    /// # Errors
    /// When the index fails.
    pub fn product(&self, id: &str) -> Result<Option<Box<RawValue>>> {
        let snapshot = self.snapshot();
        let find = || match snapshot.find(id)? {
            Some((segment, doc)) => segment.document(doc).map(Some),
            None => Ok(None),
        };
        let Some(raw) = guarded("the index", find)? else { return Ok(None) };
        RawValue::from_string(raw).map(Some).map_err(|error| EngineError::Damaged {
            path: format!("the stored document of {id:?}").into(),
            reason: error.to_string(),
        })
    }

    /// Every document of the current snapshot, in no order, byte for byte as they came.
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
        let snapshot = self.snapshot();
        let places: Vec<(usize, u32)> = snapshot
            .segments
            .iter()
            .enumerate()
            .map(|(ordinal, segment)| (ordinal, segment.max_doc()))
            .collect();
        places
            .into_iter()
            .flat_map(|(ordinal, docs)| (0..docs).map(move |doc| (ordinal, doc)))
            .filter_map(move |(ordinal, doc)| {
                let segment = snapshot.segments.get(ordinal)?;
                let read = || guarded("the index", || segment.stored(doc));
                (!segment.reader.is_deleted(doc)).then(read)
            })
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

    /// Looks for commits, settings and generation switches of other processes; `true` when
    /// something new became visible. Reads a few small files.
    ///
    /// # Errors
    /// When a file cannot be read; searches go on as before.
    pub fn refresh(&self) -> Result<bool> {
        let Some(home) = &self.inner.home else { return Ok(false) };
        let _replacing = self.inner.replacing.lock();
        let view = self.inner.view.load_full();
        let mut generation = Arc::clone(&view.snapshot.generation);
        let current = home.catalog.current()?.unwrap_or(generation.manifest.number);
        let switched = current != generation.manifest.number;
        if switched {
            generation = Arc::new(Generation::open(home.catalog.generation(current))?);
        }
        let snapshot = match switched || view.snapshot.is_outdated()? {
            true => Arc::new(Snapshot::open(Arc::clone(&generation), Some(&view.snapshot))?),
            false => Arc::clone(&view.snapshot),
        };
        // Half of a commit is not shown, unless its writer is gone and will not finish it.
        let is_partial = !snapshot.whole && WriterLock::holder(&home.data.lock())?.is_some();
        let snapshot = if is_partial { Arc::clone(&view.snapshot) } else { snapshot };
        let version = StoredSettings::version_in(&home.catalog)?;
        let settings = match switched || version != view.settings.version {
            true => {
                Arc::new(Settings::compile(&StoredSettings::read(&home.catalog)?, &generation)?)
            }
            false => Arc::clone(&view.settings),
        };
        let fresh = View { snapshot, settings };
        let changed = !Arc::ptr_eq(&fresh.settings, &view.settings)
            || !Arc::ptr_eq(&fresh.snapshot, &view.snapshot);
        if changed {
            self.inner.view.store(Arc::new(fresh));
        }
        Ok(changed)
    }

    /// The one writer of the data directory.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes.
    pub fn writer(&self, options: &WriterOptions) -> Result<Writer> {
        let lock = match &self.inner.home {
            Some(home) => DirectoryLock::of(&home.data, options.lock.as_ref(), &options.holder)?,
            None => Arc::new(WriterLock::in_memory(&self.inner.memory_writer, &options.holder)?),
        };
        // Another process may have written since.
        self.refresh()?;
        let engine = self.clone();
        let publish: Publish = Box::new(move |snapshot| engine.publish(snapshot));
        let open = self.snapshot();
        Writer::open(
            Arc::clone(&open.generation),
            Purpose::Live,
            options,
            self.inner.pool.current_num_threads(),
            Some(&open),
            Some(lock),
            Some(publish),
        )
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

    /// Starts a new generation aside with this catalogue, which must have the same name.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes; [`EngineError::NotADataDirectory`] for an
    /// engine in memory.
    pub fn rebuild(&self, catalog: Catalog, options: &WriterOptions) -> Result<GenerationBuilder> {
        let home = self.home()?;
        DataDir::open(home.data.root())?.build(catalog, options)
    }

    fn home(&self) -> Result<&Home> {
        self.inner.home.as_ref().ok_or_else(|| EngineError::NotADataDirectory {
            dir: PathBuf::from("(memory)"),
            reason: "the engine keeps everything in memory".to_owned(),
        })
    }

    /// The synonym rules, as they were given.
    pub fn synonyms(&self) -> Vec<String> {
        self.inner.view.load().settings.synonyms.rules().to_vec()
    }

    /// Replaces the synonyms, visible at once.
    ///
    /// # Errors
    /// [`EngineError::Synonyms`] with line and reason; the running set stays then.
    pub fn set_synonyms(&self, rules: &[String]) -> Result<u64> {
        self.change_settings(|settings| settings.synonyms = rules.to_vec(), |_| Ok(()))
    }

    /// The [rules](Rule) for certain words and categories, as they were given.
    pub fn rules(&self) -> Vec<Rule> {
        self.inner.view.load().settings.rules.given().to_vec()
    }

    /// Why some of the rules do not apply: a new generation's catalogue may lack a field that
    /// they speak of.
    pub fn rule_faults(&self) -> Vec<RuleError> {
        self.inner.view.load().settings.rules.faults().to_vec()
    }

    /// Replaces the rules, visible at once. Gives the index version.
    ///
    /// ```
    /// # use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};
    /// use search_core::{Consequences, Pin, QueryMatch, Rule, RuleCondition};
    ///
    /// # let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
    /// # let engine = Engine::in_memory(catalog)?;
    /// # let mut writer = engine.writer(&WriterOptions::new("example"))?;
    /// # writer.upsert(br#"{"id": "1", "title": "Running shoe"}"#)?;
    /// # writer.upsert(br#"{"id": "2", "title": "Shoe polish"}"#)?;
    /// # writer.commit(&Checkpoint::default())?;
    /// let contains = QueryMatch::Contains("shoes".to_owned());
    /// engine.set_rules(&[Rule {
    ///     id: "polish first".to_owned(),
    ///     when: vec![RuleCondition { query: Some(contains), category: None }],
    ///     then: Consequences {
    ///         pin: vec![Pin { id: "2".to_owned(), position: 1 }],
    ///         ..Consequences::default()
    ///     },
    ///     ..Rule::default()
    /// }])?;
    /// let page = engine.search(&SearchRequest::query("running shoe"))?;
    /// let ids: Vec<&str> = page.hits.iter().map(|hit| hit.id.as_str()).collect();
    /// assert_eq!(ids, ["2", "1"]);
    /// assert_eq!(page.rules[0].id, "polish first");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::Rules`] with the rule, the part of it and the reason; the running set stays
    /// then.
    pub fn set_rules(&self, rules: &[Rule]) -> Result<u64> {
        let accept = |settings: &Settings| match settings.rules.faults().first() {
            Some(fault) => Err(fault.clone().into()),
            None => Ok(()),
        };
        self.change_settings(|settings| settings.rules = rules.to_vec(), accept)
    }

    /// Changes the settings if what they compile to is accepted, for all processes.
    fn change_settings(
        &self,
        change: impl FnOnce(&mut StoredSettings),
        accept: impl FnOnce(&Settings) -> Result<()>,
    ) -> Result<u64> {
        let _replacing = self.inner.replacing.lock();
        let view = self.inner.view.load_full();
        let home = self.inner.home.as_ref();
        let _lock = home.map(|home| home.catalog.lock_settings()).transpose()?;
        // Another process may have changed them since.
        let mut stored = match home {
            Some(home) => StoredSettings::read(&home.catalog)?,
            None => view.settings.stored(),
        };
        stored.version = stored.next_version();
        change(&mut stored);
        let settings = Settings::compile(&stored, &view.snapshot.generation)?;
        accept(&settings)?;
        if let Some(home) = home {
            write_json(&home.catalog.settings(), &stored)?;
        }
        let view = View { snapshot: Arc::clone(&view.snapshot), settings: Arc::new(settings) };
        let version = view.index_version();
        self.inner.view.store(Arc::new(view));
        Ok(version)
    }

    /// How a query would be expanded by these rules, or by the running ones.
    ///
    /// # Errors
    /// [`EngineError::Synonyms`] with line and reason, [`EngineError::Request`] when the query is
    /// at fault.
    pub fn preview_synonyms(&self, rules: Option<&[String]>, q: &str) -> Result<SynonymPreview> {
        let view = self.inner.view.load_full();
        let analyzer = view.snapshot.generation.analyzers.of_query(None);
        let draft = match rules {
            Some(rules) => Some(Synonyms::from_rules(rules, analyzer)?),
            None => None,
        };
        let synonyms = draft.as_ref().unwrap_or(&view.settings.synonyms);
        let query = ParsedQuery::parse(q, false, analyzer)?;
        Ok(SynonymPreview::of(&query, synonyms))
    }

    /// The generations that are kept, oldest first.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn generations(&self) -> Result<Vec<GenerationInfo>> {
        let Some(home) = &self.inner.home else {
            return Ok(vec![GenerationInfo::new(&self.snapshot(), true)]);
        };
        let current = home.catalog.current()?;
        let numbers = home.catalog.generations()?;
        let info = |number: u64| {
            let generation = Arc::new(Generation::open(home.catalog.generation(number))?);
            let snapshot = Snapshot::open(generation, None)?;
            Ok(GenerationInfo::new(&snapshot, current == Some(number)))
        };
        numbers.into_iter().map(info).collect()
    }

    /// Switches searches back (or forth) to another generation that is kept.
    ///
    /// # Errors
    /// [`EngineError::NoSuchGeneration`]; [`EngineError::Locked`] names who writes.
    pub fn rollback(&self, number: u64) -> Result<()> {
        let home = self.home()?;
        let lock = Arc::new(WriterLock::acquire(&home.data.lock(), "rollback")?);
        // Another process may have written since: its versions have been seen.
        self.refresh()?;
        let kept = home.catalog.generations()?;
        if !kept.contains(&number) {
            return Err(EngineError::NoSuchGeneration { number, kept });
        }
        // An empty commit lifts the old generation's version over that of the current one.
        let generation = Arc::new(Generation::open(home.catalog.generation(number))?);
        let mut writer = Writer::open(
            generation,
            Purpose::Live,
            &WriterOptions::new("rollback"),
            self.inner.pool.current_num_threads(),
            None,
            Some(lock),
            None,
        )?;
        writer.continue_after(self.snapshot().data_version);
        writer.commit(&crate::index::Checkpoint::default())?;
        home.catalog.switch(number)?;
        writer.close()?;
        self.refresh().map(|_| ())
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
