//! Saving what an engine searches.

use std::time::Duration;

use super::Engine;
use crate::error::{EngineError, Result};
use crate::index::{SavedSnapshot, Saving};
use crate::limits::MAX_SNAPSHOT_LOOKS;

/// Time for a commit that is under way.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Engine {
    /// Saves the products, the catalogue, the synonyms and the rules as they are committed now,
    /// with the positions that they cover, under a name or that of the time
    /// (`20261123T091500Z`). Searches and writers, of other processes too, go on meanwhile.
    ///
    /// The files of the index are linked, which takes no room before the index lets go of them;
    /// where that is impossible they are copied. All are read, for a checksum.
    /// [`DataDir`](crate::DataDir) lists, restores and deletes what was saved.
    ///
    /// ```
    /// # use search_core::{Catalog, Checkpoint, DataDir, Engine, WriterOptions};
    /// # let dir = tempfile::tempdir()?;
    /// # let options = WriterOptions::new("example");
    /// # let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
    /// # let mut builder = DataDir::create(dir.path())?.build(catalog, &options)?;
    /// # builder.writer().upsert(br#"{"id": "1", "title": "Trail running shoe"}"#)?;
    /// # builder.publish(&Checkpoint::default())?;
    /// let data = DataDir::open(dir.path())?;
    /// let engine = Engine::open(dir.path())?;
    /// let saved = engine.save_snapshot(Some("before-the-sale"))?;
    /// assert_eq!((saved.products, data.saved_snapshots(None)?), (1, vec![saved]));
    ///
    /// engine.writer(&options)?.delete("1")?;
    /// data.restore_snapshot(&data.saved_snapshot(None, "before-the-sale")?, &options)?;
    /// engine.refresh()?;
    /// assert_eq!(engine.product_count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshotName`], [`EngineError::SnapshotExists`];
    /// [`EngineError::Damaged`] when the catalogue is; [`EngineError::NoWholeCommit`] when commits
    /// leave no time for it; [`EngineError::NotADataDirectory`] for an engine in memory. Nothing
    /// is saved then.
    pub fn save_snapshot(&self, name: Option<&str>) -> Result<SavedSnapshot> {
        let mut saving = Saving::begin(&self.home()?.catalog, name)?;
        for _ in 0..MAX_SNAPSHOT_LOOKS {
            // Another process may have switched to another generation.
            self.refresh()?;
            let seen = self.snapshot();
            seen.require_sound()?;
            let saved = saving.take(&seen.generation);
            if matches!(saved, Err(EngineError::Damaged { .. })) {
                self.doubt_files();
            }
            if let Some(saved) = saved? {
                return Ok(saved);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Err(EngineError::NoWholeCommit { looks: MAX_SNAPSHOT_LOOKS })
    }
}
