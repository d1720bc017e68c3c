//! The catalogues of the data directory: opened as they appear, tried again where they cannot be
//! opened, and kept as long as they can answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use search_core::{DataDir, Engine, EngineError, EngineOptions};

use crate::backend::{BackendError, Traffic, Trial};
use crate::limits::REOPEN_INTERVAL;
use crate::mapped_files;
use crate::synonym_file::SynonymFile;

/// A catalogue that is served, and its engine.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// The catalogue's name.
    pub(crate) name: Arc<str>,
    /// Its engine.
    pub(crate) engine: Engine,
    /// Which of the engines that this process has opened it is: the versions of an index that was
    /// removed and made anew may come again.
    pub(crate) opened: u64,
    /// Where its synonyms are kept, if that is a file.
    pub(crate) synonym_file: Option<Arc<SynonymFile>>,
    /// How its requests fare.
    pub(crate) traffic: Arc<Traffic>,
    /// The faults of mapped files after which the engine has looked at its own.
    looked_after: Arc<Mutex<u64>>,
    /// Whether its files have been removed: what is open still answers, and changes no more.
    pub(crate) is_gone: bool,
}

impl Served {
    fn new(name: &str, engine: Engine, synonym_file: Option<SynonymFile>) -> Self {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        Self {
            name: name.into(),
            engine,
            opened: OPENED.fetch_add(1, Ordering::Relaxed),
            synonym_file: synonym_file.map(Arc::new),
            traffic: Arc::new(Traffic::new(name)),
            looked_after: Arc::default(),
            is_gone: false,
        }
    }

    /// Looks for what other processes have committed, and for a new version of the synonyms' file.
    pub(crate) fn refresh(&self) -> search_core::Result<bool> {
        if let Some(file) = &self.synonym_file {
            file.look(&self.name, &self.engine);
        }
        self.look()
    }

    /// Looks at the files of the index; `true` when searches see something else since.
    fn look(&self) -> search_core::Result<bool> {
        if self.is_gone { Ok(false) } else { self.engine.refresh() }
    }

    /// Reads the index until nothing of it was missing meanwhile. What is missing is left out by
    /// the next attempt; `read` says when there is no time for one.
    pub(crate) fn read_whole<T>(
        &self,
        mut read: impl FnMut(&Engine) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        loop {
            let faults = self.look_after_faults();
            let answer = read(&self.engine);
            let is_late = answer.as_ref().is_err_and(BackendError::is_late);
            if is_late || mapped_files::faults() == faults && !self.was_damaged(&answer) {
                return answer;
            }
        }
    }

    /// Looks at the files, unless that was done since the last fault of a mapped file; gives the
    /// number of faults until then.
    pub(crate) fn look_after_faults(&self) -> u64 {
        let mut looked_after = self.looked_after.lock();
        let faults = mapped_files::faults();
        if *looked_after != faults {
            // What can be seen of damage is seen, whatever else is wrong.
            if let Err(error) = self.look() {
                tracing::error!(catalog = &*self.name, %error, "cannot look at the index");
            }
            self.engine.doubt_files();
            *looked_after = faults;
        }
        faults
    }

    /// Whether the answer failed because of damage that is left out from now on.
    fn was_damaged<T>(&self, answer: &Result<T, BackendError>) -> bool {
        let is_doubtful = answer.as_ref().is_err_and(BackendError::speaks_against_files);
        is_doubtful && self.look().is_ok_and(|has_changed| has_changed)
    }

    /// Lets a request through to the index where somebody else could answer it too, and better.
    pub(crate) fn enter(&self) -> Option<Trial<'_>> {
        if self.is_weak() { None } else { self.traffic.breaker.enter() }
    }

    /// Whether its answers may be old, or lack products.
    pub(crate) fn is_weak(&self) -> bool {
        self.is_gone || self.engine.is_partial()
    }

    /// What is wrong with its index.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.is_gone {
            return Some("it has been removed, what is open still answers".to_owned());
        }
        let damage = self.engine.damage();
        let first = damage.first()?;
        let more = damage.len() - 1;
        Some(if more > 0 { format!("{first}, and {more} more") } else { first.to_string() })
    }
}

/// What there is of a catalogue.
#[derive(Debug, Clone)]
enum Entry {
    Served(Served),
    /// Its index cannot be opened: why, and when that was tried last.
    Closed {
        reason: Arc<str>,
        tried: Instant,
    },
}

/// The catalogues of a data directory; a cheap handle.
#[derive(Debug, Clone)]
pub struct Catalogs {
    source: Option<Arc<Source>>,
    entries: Arc<ArcSwap<BTreeMap<String, Entry>>>,
}

/// Where catalogues come from.
#[derive(Debug)]
struct Source {
    data_dir: DataDir,
    options: EngineOptions,
    /// The files of synonyms by the names of their catalogues.
    synonym_files: BTreeMap<String, PathBuf>,
    /// Held while the directory is looked through.
    looking: Mutex<()>,
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
        let source = Source { data_dir, options, synonym_files, looking: Mutex::default() };
        let catalogs = Self { source: Some(Arc::new(source)), entries: Arc::default() };
        if let Err(error) = catalogs.discover() {
            tracing::error!(%error, "cannot look through the data directory");
        }
        Ok(catalogs)
    }

    /// One catalogue, such as one in memory.
    pub fn only(engine: Engine) -> Self {
        let name = engine.catalog().name().to_owned();
        let served = Entry::Served(Served::new(&name, engine, None));
        let entries = BTreeMap::from([(name, served)]);
        Self { source: None, entries: Arc::new(ArcSwap::from_pointee(entries)) }
    }

    /// A catalogue by its name.
    pub(crate) fn get(&self, name: &str) -> Result<Served, BackendError> {
        let entries = self.entries.load();
        match entries.get(name) {
            Some(Entry::Served(served)) => Ok(served.clone()),
            Some(Entry::Closed { .. }) => Err(BackendError::NoIndex { name: name.to_owned() }),
            None => Err(BackendError::NoSuchCatalog {
                name: name.to_owned(),
                present: entries.keys().cloned().collect(),
            }),
        }
    }

    /// All catalogues that have an index, by name.
    pub(crate) fn all(&self) -> Vec<Served> {
        let entries = self.entries.load();
        let served = entries.values().filter_map(|entry| match entry {
            Entry::Served(served) => Some(served.clone()),
            Entry::Closed { .. } => None,
        });
        served.collect()
    }

    /// The catalogues whose index cannot be opened, by name, and why.
    pub(crate) fn closed(&self) -> Vec<(String, Arc<str>)> {
        let entries = self.entries.load();
        let closed = entries.iter().filter_map(|(name, entry)| match entry {
            Entry::Served(_) => None,
            Entry::Closed { reason, .. } => Some((name.clone(), Arc::clone(reason))),
        });
        closed.collect()
    }

    /// Opens catalogues that appeared in the data directory, and now and then tries again what
    /// could not be opened. What was removed goes on answering from what is open.
    pub(crate) fn discover(&self) -> search_core::Result<()> {
        self.look(None)
    }

    /// The engine of a catalogue that is there now, also if it could not be opened a moment ago.
    pub(crate) fn engine(&self, name: &str) -> search_core::Result<Engine> {
        self.look(Some(name))?;
        match (self.get(name), &self.source) {
            (Ok(served), _) if !served.is_gone => Ok(served.engine),
            // It cannot be opened: this says why.
            (_, Some(source)) => source.data_dir.engine(Some(name), &source.options),
            (_, None) => Err(EngineError::NoSuchCatalog {
                dir: PathBuf::from("(memory)"),
                name: name.to_owned(),
                present: self.entries.load().keys().cloned().collect(),
            }),
        }
    }

    /// Looks through the data directory; what is wanted is opened if it can be.
    fn look(&self, wanted: Option<&str>) -> search_core::Result<()> {
        let Some(source) = self.source.as_deref() else { return Ok(()) };
        let _looking = source.looking.lock();
        let present = source.present()?;
        let current = self.entries.load_full();
        let mut next = BTreeMap::new();
        for name in present.iter().chain(current.keys()).collect::<BTreeSet<_>>() {
            let known = current.get(name);
            let entry = match present.contains(name) {
                true => Some(source.entry(name, known, wanted == Some(name))),
                false => known.and_then(Entry::removed),
            };
            next.extend(entry.map(|entry| (name.clone(), entry)));
        }
        self.entries.store(Arc::new(next));
        Ok(())
    }
}

impl Entry {
    /// What is left of a catalogue whose files have been removed.
    fn removed(&self) -> Option<Self> {
        let Self::Served(served) = self else { return None };
        if !served.is_gone {
            let catalog = &*served.name;
            tracing::error!(catalog, "its index has been removed: what is open still answers");
        }
        Some(Self::Served(Served { is_gone: true, ..served.clone() }))
    }
}

impl Source {
    /// The catalogues in the directory; none when it has been removed.
    fn present(&self) -> search_core::Result<BTreeSet<String>> {
        match self.data_dir.catalogs() {
            Ok(names) => Ok(names.into_iter().collect()),
            Err(EngineError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok(BTreeSet::new())
            }
            Err(error) => Err(error),
        }
    }

    /// What there is of a catalogue that is in the directory.
    fn entry(&self, name: &str, known: Option<&Entry>, is_wanted: bool) -> Entry {
        let known = match known {
            Some(Entry::Served(served)) if !served.is_gone => return Entry::Served(served.clone()),
            Some(known @ Entry::Closed { tried, .. })
                if !is_wanted && tried.elapsed() < REOPEN_INTERVAL =>
            {
                return known.clone();
            }
            known => known,
        };
        let error = match self.open(name) {
            Ok(served) => return Entry::Served(served),
            Err(error) => error,
        };
        let reason: Arc<str> = error.to_string().into();
        match known {
            Some(gone @ Entry::Served(_)) => return gone.clone(),
            Some(Entry::Closed { reason: before, .. }) if *before == reason => {}
            _ => tracing::error!(catalog = name, %error, "cannot open the index"),
        }
        Entry::Closed { reason, tried: Instant::now() }
    }

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
        Ok(Served::new(name, engine, synonym_file))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use search_core::{Catalog, Checkpoint, SearchRequest, WriterOptions};

    use super::*;

    /// An index of one product in the directory.
    fn build(dir: &DataDir, title: &str) {
        let catalog = Catalog::parse("name = \"hats\"\n[fields.title]\ntype = \"text\"\n");
        let mut builder = dir.build(catalog.unwrap(), &WriterOptions::new("test")).unwrap();
        let product = format!(r#"{{"id": 1, "title": "{title}"}}"#);
        builder.writer().upsert(product.as_bytes()).unwrap();
        builder.publish(&Checkpoint::default()).unwrap();
    }

    fn finds(served: &Served, word: &str) -> u64 {
        let strict = SearchRequest { typos: false, ..SearchRequest::query(word) };
        served.engine.search(&strict).unwrap().total
    }

    #[test]
    fn a_removed_index_goes_on_answering_until_there_is_another() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("data");
        build(&DataDir::create(&root).unwrap(), "bowler");
        let catalogs = Catalogs::of(root.clone(), Default::default(), BTreeMap::new()).unwrap();
        let before = catalogs.get("hats").unwrap();
        fs::remove_dir_all(&root).unwrap();
        catalogs.discover().unwrap();
        let gone = catalogs.get("hats").unwrap();
        assert!(gone.is_gone && finds(&gone, "bowler") == 1);
        assert!(catalogs.engine("hats").is_err(), "nothing can be written to it");
        build(&DataDir::create(&root).unwrap(), "fedora");
        catalogs.discover().unwrap();
        let after = catalogs.get("hats").unwrap();
        assert!(!after.is_gone && finds(&after, "fedora") == 1);
        assert_eq!(after.engine.index_version(), before.engine.index_version());
        assert_ne!(after.opened, before.opened);
    }

    #[test]
    fn an_index_that_cannot_be_opened_is_tried_again() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = DataDir::create(temporary.path()).unwrap();
        build(&dir, "bowler");
        let generation = temporary.path().join("hats/generations/000001");
        let aside = temporary.path().join("aside");
        fs::rename(&generation, &aside).unwrap();
        let catalogs =
            Catalogs::of(temporary.path().into(), Default::default(), BTreeMap::new()).unwrap();
        assert!(matches!(catalogs.get("hats"), Err(BackendError::NoIndex { .. })));
        assert_eq!(catalogs.closed()[0].0, "hats");
        assert!(catalogs.engine("hats").is_err());
        fs::rename(&aside, &generation).unwrap();
        // Not before its time, unless it is wanted now.
        catalogs.discover().unwrap();
        assert!(catalogs.get("hats").is_err());
        assert_eq!(catalogs.engine("hats").unwrap().product_count(), 1);
        assert_eq!(finds(&catalogs.get("hats").unwrap(), "bowler"), 1);
        assert!(catalogs.closed().is_empty());
    }
}
