//! Building a generation aside while another one is searched.

use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::generation::Generation;
use super::layout::{CatalogLayout, Unfinished};
use super::lock::WriterLock;
use super::snapshot::Snapshot;
use super::writer::{Commit, Purpose, Writer, WriterOptions};
use crate::catalog::Catalog;
use crate::error::{EngineError, Result};
use crate::settings::{StoredSettings, now};

/// A generation under construction; dropped without [`publish`](GenerationBuilder::publish) it
/// vanishes, unless it is [kept](GenerationBuilder::keep).
#[derive(Debug)]
pub struct GenerationBuilder {
    writer: Writer,
    layout: CatalogLayout,
    number: u64,
    unfinished: Unfinished,
}

impl GenerationBuilder {
    pub(crate) fn start(
        layout: CatalogLayout,
        catalog: Catalog,
        options: &WriterOptions,
        threads: usize,
        lock: Arc<WriterLock>,
    ) -> Result<Self> {
        layout.remove_unfinished()?;
        let number = layout.highest_number()? + 1;
        let data_version = seen_version(&layout)?;
        let dir = layout.building(number);
        let unfinished = Unfinished::new(dir.clone());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = options.shards.unwrap_or(cores);
        let generation = Arc::new(Generation::create(number, catalog, shards, Some(dir))?);
        let empty = Snapshot::open(generation, None);
        let mut writer = Writer::open(empty, Purpose::Build, options, threads, Some(lock), None)?;
        writer.continue_after(data_version);
        Ok(Self { writer, layout, number, unfinished })
    }

    pub(crate) fn resume(
        layout: CatalogLayout,
        catalog: &Catalog,
        options: &WriterOptions,
        threads: usize,
        lock: Arc<WriterLock>,
    ) -> Result<Option<Self>> {
        let Some(number) = layout.unfinished()? else { return Ok(None) };
        // Killed before its first commit, it cannot even be opened.
        let Ok(generation) = Generation::open(layout.building(number)) else { return Ok(None) };
        if !generation.catalog.declares_the_same(catalog) {
            return Ok(None);
        }
        let begun = Snapshot::open(Arc::new(generation), None);
        // What is damaged is not gone on with.
        if begun.require_sound().is_err() {
            return Ok(None);
        }
        let writer = Writer::open(begun, Purpose::Build, options, threads, Some(lock), None)?;
        let begun = !writer.checkpoint().positions.is_empty();
        Ok(begun.then(|| Self { writer, layout, number, unfinished: Unfinished::default() }))
    }

    /// From now on what is committed outlives this builder: see [`DataDir::resume`].
    ///
    /// [`DataDir::resume`]: crate::DataDir::resume
    pub fn keep(&mut self) {
        self.unfinished.keep();
    }

    /// Writes into the new generation.
    pub fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// The position of the last commit.
    pub fn checkpoint(&self) -> &Checkpoint {
        self.writer.checkpoint()
    }

    /// The number of the new generation.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether there is no product in it.
    pub fn is_empty(&self) -> bool {
        self.writer.has_built_nothing()
    }

    /// Commits with exactly this position, merges each shard into one segment and switches
    /// searches over to the new generation. The two generations before it are kept for a rollback.
    ///
    /// # Errors
    /// When the index or the disk fails; the old generation stays current then.
    pub fn publish(mut self, checkpoint: &Checkpoint) -> Result<Commit> {
        self.writer.forget_positions();
        let commit = self.writer.commit(checkpoint)?;
        self.writer.merge_all()?;
        // The lock is held until the switch is done and old generations are gone.
        let _lock = self.writer.lock();
        self.writer.close()?;
        self.layout.publish(self.number)?;
        self.unfinished.keep();
        let settings = StoredSettings::read(&self.layout)?.version_at(now());
        Ok(Commit { index_version: commit.index_version + settings })
    }
}

/// A version that nobody can have seen a later one of.
pub(super) fn seen_version(layout: &CatalogLayout) -> Result<u64> {
    let open = || match layout.current()? {
        Some(current) => {
            let generation = Arc::new(Generation::open(layout.generation(current))?);
            let snapshot = Snapshot::open(generation, None);
            snapshot.require_some()?;
            // A shard that is left out may be one commit ahead.
            Ok(snapshot.data_version + u64::from(snapshot.is_partial()))
        }
        None if layout.generations()?.is_empty() => Ok(0),
        None => Err(layout.pointer_is_gone()),
    };
    match open() {
        // Nothing can be read of what is to be replaced: there have been fewer commits than
        // milliseconds.
        Err(EngineError::Damaged { .. } | EngineError::Catalog(_)) => {
            Ok(u64::try_from(now()).unwrap_or_default())
        }
        version => version,
    }
}
