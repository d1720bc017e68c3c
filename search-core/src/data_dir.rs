//! A directory that holds catalogues.

use std::path::{Path, PathBuf};

use crate::catalog::Catalog;
use crate::engine::{Engine, EngineOptions};
use crate::error::{EngineError, Result};
use crate::index::{
    CatalogLayout, DataLayout, DirectoryLock, GenerationBuilder, RestoredSnapshot, SavedSnapshot,
    WriterOptions, delete_snapshot, restore_snapshot, saved_snapshots,
};

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
        Engine::open_catalog(self.layout.clone(), &self.catalog_name(name)?, options)
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

    /// The snapshots that are [saved](Engine::save_snapshot) of a catalogue, oldest first, damaged
    /// ones included; `None` means the only catalogue. Looks at the length of their files.
    ///
    /// # Errors
    /// See [`engine`](Self::engine); also when the directory cannot be read. A catalogue that is
    /// damaged itself is none.
    pub fn saved_snapshots(&self, catalog: Option<&str>) -> Result<Vec<SavedSnapshot>> {
        saved_snapshots(&self.catalog_layout(catalog)?)
    }

    /// The directory of a saved snapshot: to be [restored](Self::restore_snapshot), or copied to
    /// another machine and restored there.
    ///
    /// # Errors
    /// [`EngineError::NoSuchSnapshot`]; see [`engine`](Self::engine).
    pub fn saved_snapshot(&self, catalog: Option<&str>, name: &str) -> Result<PathBuf> {
        self.catalog_layout(catalog)?.saved_snapshot(name)
    }

    /// Restores the saved snapshot in a directory, of this data directory or from elsewhere. It
    /// says itself of which catalogue it is; that need not be here yet.
    ///
    /// All its files are compared with their checksums, then a new generation is made of them and
    /// switched to: engines that are open see it at their next [`refresh`](Engine::refresh). Its
    /// synonyms and rules take the place of the current ones. Versions rise, positions are those of
    /// the snapshot: whoever follows a source goes on from there. The generation that was current
    /// is kept for a [`rollback`](Engine::rollback).
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who writes into the data directory;
    /// [`EngineError::NotASnapshot`]; [`EngineError::Damaged`] names the file that is. Nothing has
    /// changed then.
    pub fn restore_snapshot(
        &self,
        dir: impl AsRef<Path>,
        options: &WriterOptions,
    ) -> Result<RestoredSnapshot> {
        restore_snapshot(&self.layout, dir.as_ref(), options, EVERY_CORE)
    }

    /// Deletes a saved snapshot; room is free once no other snapshot and no generation has the
    /// files as well.
    ///
    /// # Errors
    /// [`EngineError::NoSuchSnapshot`]; see [`engine`](Self::engine).
    pub fn delete_snapshot(&self, catalog: Option<&str>, name: &str) -> Result<()> {
        delete_snapshot(&self.catalog_layout(catalog)?, name)
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

    fn catalog_layout(&self, name: Option<&str>) -> Result<CatalogLayout> {
        Ok(self.layout.catalog(&self.catalog_name(name)?))
    }

    /// The name of a catalogue that is here; `None` means the only one.
    fn catalog_name(&self, name: Option<&str>) -> Result<String> {
        let present = self.catalogs()?;
        match (name, present.as_slice()) {
            (Some(name), present) if present.iter().any(|known| known == name) => {
                Ok(name.to_owned())
            }
            (Some(name), _) => Err(self.no_such_catalog(name, present)),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(self.no_such_catalog("", present)),
            (None, _) => {
                Err(EngineError::AmbiguousCatalog { dir: self.path().to_owned(), present })
            }
        }
    }

    fn no_such_catalog(&self, name: &str, present: Vec<String>) -> EngineError {
        EngineError::NoSuchCatalog { dir: self.path().to_owned(), name: name.to_owned(), present }
    }
}
