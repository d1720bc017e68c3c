//! A directory that holds catalogues.

use std::path::{Path, PathBuf};

use crate::catalog::Catalog;
use crate::engine::{Engine, EngineOptions};
use crate::error::{EngineError, Result};
use crate::index::{DataLayout, DirectoryLock, GenerationBuilder, WriterOptions};

/// Threads of a builder.
const EVERY_CORE: usize = 0;

/// A directory that holds catalogues, each with its generations.
///
/// ```
/// use search_core::{Catalog, Checkpoint, DataDir, WriterOptions};
///
/// let dir = tempfile::tempdir()?;
/// let data = DataDir::create(dir.path())?;
/// let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
/// let mut builder = data.build(catalog, &WriterOptions::new("example"))?;
/// builder.writer().upsert(br#"{"id": 1, "title": "Trail running shoe"}"#)?;
/// builder.publish(&Checkpoint::default())?;
/// assert_eq!(data.catalogs()?, ["shoes"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DataDir {
    layout: DataLayout,
}

impl DataDir {
    /// Opens a data directory; it may hold no catalogue yet.
    ///
    /// # Errors
    /// [`EngineError::NotADataDirectory`] when the path is none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { layout: DataLayout::open(path.into())? })
    }

    /// Opens a data directory, or makes one.
    ///
    /// # Errors
    /// When the directory cannot be made or has an unknown format.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { layout: DataLayout::create(path.into())? })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.layout.root()
    }

    /// The names of the catalogues, sorted.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn catalogs(&self) -> Result<Vec<String>> {
        self.layout.catalogs()
    }

    /// Opens a catalogue for searching; `None` means the only one.
    ///
    /// # Errors
    /// [`EngineError::NoSuchCatalog`], [`EngineError::AmbiguousCatalog`],
    /// [`EngineError::Damaged`].
    pub fn engine(&self, name: Option<&str>, options: &EngineOptions) -> Result<Engine> {
        let present = self.catalogs()?;
        let name = match (name, present.as_slice()) {
            (Some(name), present) if present.iter().any(|known| known == name) => name.to_owned(),
            (Some(name), _) => return Err(self.no_such_catalog(name, present)),
            (None, [only]) => only.clone(),
            (None, []) => return Err(self.no_such_catalog("", present)),
            (None, _) => {
                return Err(EngineError::AmbiguousCatalog { dir: self.path().to_owned(), present });
            }
        };
        Engine::open_catalog(self.layout.clone(), &name, options)
    }

    /// Starts a new generation of this catalogue aside; searches go on in the current one.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes into the directory.
    pub fn build(&self, catalog: Catalog, options: &WriterOptions) -> Result<GenerationBuilder> {
        let lock = DirectoryLock::of(&self.layout, options.lock.as_ref(), &options.holder)?;
        let layout = self.layout.catalog(catalog.name());
        GenerationBuilder::start(layout, catalog, options, EVERY_CORE, lock)
    }

    /// Goes on with the generation that an earlier builder committed to and left unpublished;
    /// `None` when there is none that was begun with this very catalogue.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes into the directory.
    pub fn resume(
        &self,
        catalog: &Catalog,
        options: &WriterOptions,
    ) -> Result<Option<GenerationBuilder>> {
        let lock = DirectoryLock::of(&self.layout, options.lock.as_ref(), &options.holder)?;
        let layout = self.layout.catalog(catalog.name());
        GenerationBuilder::resume(layout, catalog, options, EVERY_CORE, lock)
    }

    /// Keeps everybody else from writing, for a program with several writers: each gets a clone in
    /// its [`WriterOptions`].
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes into the directory.
    pub fn lock(&self, holder: &str) -> Result<DirectoryLock> {
        DirectoryLock::acquire(&self.layout, holder)
    }

    /// The folder of a catalogue: beside its generations, those who feed it may keep files of
    /// their own there.
    pub fn catalog_folder(&self, name: &str) -> PathBuf {
        self.layout.root().join(name)
    }

    fn no_such_catalog(&self, name: &str, present: Vec<String>) -> EngineError {
        EngineError::NoSuchCatalog { dir: self.path().to_owned(), name: name.to_owned(), present }
    }
}
