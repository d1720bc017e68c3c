//! Building a generation aside while another one is searched.

use std::path::PathBuf;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::generation::Generation;
use super::layout::{CatalogLayout, remove_dir, rename_dir};
use super::lock::WriterLock;
use super::writer::{Commit, Purpose, Writer, WriterOptions};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::settings::{StoredSettings, now};

/// Older generations kept for a rollback.
const KEPT_GENERATIONS: usize = 2;

/// A generation under construction; dropped without [`publish`](GenerationBuilder::publish) it
/// vanishes, unless it is [kept](GenerationBuilder::keep).
#[derive(Debug)]
pub struct GenerationBuilder {
    writer: Writer,
    layout: CatalogLayout,
    number: u64,
    unfinished: Unfinished,
}

/// Removes the directory of a generation that was not published.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(dir) = self.0.take() {
            // What stays behind is removed when the next builder starts.
            let _ = remove_dir(&dir);
        }
    }
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
        let current = layout.current()?;
        let number = layout.generations()?.into_iter().chain(current).max().unwrap_or(0) + 1;
        let data_version = match current {
            Some(current) => super::data_version_of(layout.generation(current))?,
            None => 0,
        };
        let dir = layout.building(number);
        let unfinished = Unfinished(Some(dir.clone()));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = options.shards.unwrap_or(cores);
        let generation = Arc::new(Generation::create(number, catalog, shards, Some(dir))?);
        let mut writer =
            Writer::open(generation, Purpose::Build, options, threads, None, Some(lock), None)?;
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
        let generation = Arc::new(generation);
        let writer =
            Writer::open(generation, Purpose::Build, options, threads, None, Some(lock), None)?;
        let begun = !writer.checkpoint().positions.is_empty();
        Ok(begun.then(|| Self { writer, layout, number, unfinished: Unfinished(None) }))
    }

    /// From now on what is committed outlives this builder: see [`DataDir::resume`].
    ///
    /// [`DataDir::resume`]: crate::DataDir::resume
    pub fn keep(&mut self) {
        self.unfinished.0 = None;
    }

    /// Writes into the new generation.
    pub fn writer(&mut self) -> &mut Writer {
        &mut self.writer
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
        rename_dir(&self.layout.building(self.number), &self.layout.generation(self.number))?;
        self.unfinished.0 = None;
        self.layout.switch(self.number)?;
        let kept = self.layout.generations()?;
        for old in kept.iter().rev().skip(KEPT_GENERATIONS + 1) {
            remove_dir(&self.layout.generation(*old))?;
        }
        let settings = StoredSettings::read(&self.layout)?.version_at(now());
        Ok(Commit { index_version: commit.index_version + settings })
    }
}
