//! The generations of an engine: building one aside, looking at them, going back.

use std::sync::Arc;

use super::Engine;
use crate::catalog::Catalog;
use crate::data_dir::DataDir;
use crate::error::{EngineError, Result};
use crate::index::{
    Checkpoint, Generation, GenerationBuilder, Purpose, Snapshot, Writer, WriterLock, WriterOptions,
};
use crate::status::GenerationInfo;

impl Engine {
    /// Starts a new generation aside with this catalogue, which must have the same name.
    ///
    /// # Errors
    /// [`EngineError::Locked`] names who else writes; [`EngineError::NotADataDirectory`] for an
    /// engine in memory.
    pub fn rebuild(&self, catalog: Catalog, options: &WriterOptions) -> Result<GenerationBuilder> {
        let home = self.home()?;
        DataDir::open(home.data.root())?.build(catalog, options)
    }

    /// The generations that are kept, oldest first, damaged ones included.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn generations(&self) -> Result<Vec<GenerationInfo>> {
        let Some(home) = &self.inner.home else {
            return Ok(vec![GenerationInfo::new(&self.snapshot(), true)]);
        };
        let current = home.catalog.current()?;
        let numbers = home.catalog.generations()?;
        let info = |number: u64| {
            let (dir, current) = (home.catalog.generation(number), current == Some(number));
            match Generation::open(dir.clone()) {
                Ok(generation) => {
                    GenerationInfo::new(&Snapshot::open(Arc::new(generation), None), current)
                }
                Err(error) => GenerationInfo::unreadable(number, current, &dir, error),
            }
        };
        Ok(numbers.into_iter().map(info).collect())
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
            Snapshot::open(generation, None),
            Purpose::Live,
            &WriterOptions::new("rollback"),
            self.inner.threads.pool().current_num_threads(),
            Some(lock),
            None,
        )?;
        writer.continue_after(self.snapshot().data_version);
        writer.commit(&Checkpoint::default())?;
        home.catalog.switch(number)?;
        writer.close()?;
        self.refresh().map(|_| ())
    }
}
