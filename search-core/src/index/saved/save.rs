//! Saving a snapshot, beside whoever writes.
//!
//! No writer is kept waiting and none is asked: merges may take files away while they are looked
//! for. What was brought together is a snapshot if it can be opened and every shard of it is at
//! the same commit; if not, the next look brings what is new.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{SavedFile, copy, link_or_copy};
use super::manifest::{SavedSnapshot, SnapshotManifest};
use super::places::{check_name, name_of_now};
use crate::error::{EngineError, Result};
use crate::failpoint;
use crate::index::generation::{Generation, MANIFEST_FILE, shard_dir};
use crate::index::layout::{
    CatalogLayout, Unfinished, names_in, remove_dir, remove_unfinished, rename_dir, sync_dir,
    sync_parent, write_json,
};
use crate::index::shard::Shard;
use crate::index::snapshot::Snapshot;
use crate::index::sound_directory::SEGMENT_LIST;
use crate::settings::{StoredSettings, now};

/// The file of the settings in a saved snapshot.
pub(super) const SETTINGS_FILE: &str = "settings.json";

/// A snapshot that is being saved; dropped before that is done it vanishes.
#[derive(Debug)]
pub(crate) struct Saving<'a> {
    layout: &'a CatalogLayout,
    name: String,
    /// Where it is brought together.
    dir: PathBuf,
    unfinished: Unfinished,
    /// The generation that was looked at last.
    generation: Option<u64>,
    /// Dropped last: nobody else saves before what is unfinished is gone.
    _lock: File,
}

impl<'a> Saving<'a> {
    /// Begins to save a snapshot under a name, or under that of the time; waits until nobody else
    /// does.
    pub(crate) fn begin(layout: &'a CatalogLayout, name: Option<&str>) -> Result<Self> {
        name.map_or(Ok(()), check_name)?;
        let lock = layout.lock_snapshots()?;
        let name = name.map_or_else(name_of_now, str::to_owned);
        // Whoever began these held the lock, and is gone.
        remove_unfinished(&layout.snapshots_dir())?;
        let saved = layout.snapshot(&name);
        if saved.try_exists().map_err(EngineError::io(&saved))? {
            return Err(EngineError::SnapshotExists { name });
        }
        let dir = layout.unfinished_snapshot(&name);
        let unfinished = Unfinished::new(dir.clone());
        Ok(Self { layout, name, dir, unfinished, generation: None, _lock: lock })
    }

    /// Saves what is committed now; `None` when that changed on the way, or not all shards have
    /// committed it.
    pub(crate) fn take(&mut self, generation: &Generation) -> Result<Option<SavedSnapshot>> {
        let Some(source) = &generation.dir else { return Ok(None) };
        let saved = self.bring(generation, source).and_then(|brought| match brought {
            true => self.finish(generation).map(Some),
            false => Ok(None),
        });
        // What is damaged here is so there.
        saved.map_err(|error| match error {
            EngineError::Damaged { path, reason } => {
                let path = path.strip_prefix(&self.dir).map_or(path.clone(), |at| source.join(at));
                EngineError::Damaged { path, reason }
            }
            other => other,
        })
    }

    /// Brings the files of one whole commit here; `false` when there was none.
    fn bring(&mut self, generation: &Generation, source: &Path) -> Result<bool> {
        let number = Some(generation.manifest.number);
        if self.generation != number {
            remove_dir(&self.dir)?;
            generation.manifest.write(&generation.catalog, &self.dir)?;
            self.generation = number;
        }
        // All lists of segments first: between two of them there is the least time for a commit.
        for shard in 0..generation.shards.len() {
            let (from, to) = (shard_dir(source, shard), shard_dir(&self.dir, shard));
            fs::create_dir_all(&to).map_err(EngineError::io(&to))?;
            if !copy(&from.join(SEGMENT_LIST), &to.join(SEGMENT_LIST))? {
                return Ok(false);
            }
        }
        let mut versions = BTreeSet::new();
        let mut listed = Vec::new();
        for number in 0..generation.shards.len() {
            let to = shard_dir(&self.dir, number);
            let (commit, files) = Shard::at(&generation.schema, Some(to.clone())).committed()?;
            versions.insert(commit.index_version);
            listed.push((shard_dir(source, number), to, files));
        }
        if versions.len() != 1 {
            return Ok(false);
        }
        for (from, to, files) in &listed {
            for file in files {
                if !link_or_copy(&from.join(file), &to.join(file))? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Makes a snapshot of what was brought here.
    fn finish(&mut self, generation: &Generation) -> Result<SavedSnapshot> {
        let snapshot = self.open()?;
        let settings = StoredSettings::read(self.layout)?;
        write_json(&self.dir.join(SETTINGS_FILE), &settings)?;
        let catalog = &generation.catalog;
        let described = catalog.files().map(|(name, _)| PathBuf::from(name));
        let beside = [PathBuf::from(MANIFEST_FILE), PathBuf::from(SETTINGS_FILE)];
        let shards =
            (0..generation.shards.len()).map(|shard| self.keep_committed(generation, shard));
        let shards = shards.collect::<Result<Vec<_>>>()?;
        let read = |file: PathBuf| {
            let path = self.dir.join(&file);
            Ok((file, SavedFile::read(&path).map_err(EngineError::io(path))?))
        };
        let files = described.chain(beside).chain(shards.into_iter().flatten()).map(read);
        let saved = SavedSnapshot {
            name: self.name.clone(),
            catalog: catalog.name().to_owned(),
            saved_at: format!("{:.0}", jiff::Timestamp::now()),
            generation: generation.manifest.number,
            index_version: snapshot.data_version + settings.version_at(now()),
            products: snapshot.products(),
            positions: snapshot.checkpoint.positions.clone(),
            ..SavedSnapshot::default()
        };
        drop(snapshot);
        let manifest = SnapshotManifest::new(saved, files.collect::<Result<_>>()?);
        failpoint::reach("save-snapshot")?;
        manifest.write(&self.dir)?;
        rename_dir(&self.dir, &self.layout.snapshot(&self.name))?;
        self.unfinished.keep();
        sync_parent(&self.layout.snapshots_dir())?;
        Ok(manifest.snapshot)
    }

    /// Opens what was brought here and compares it with its checksums.
    fn open(&self) -> Result<Snapshot> {
        let generation = Arc::new(Generation::open(self.dir.clone())?);
        let snapshot = Snapshot::open(Arc::clone(&generation), None);
        snapshot.require_sound()?;
        snapshot.verify();
        Snapshot::open(generation, Some(&snapshot)).require_sound()?;
        Ok(snapshot)
    }

    /// Removes what an earlier look brought that is not of the commit; gives what is, by its path
    /// below the snapshot.
    fn keep_committed(&self, generation: &Generation, number: usize) -> Result<Vec<PathBuf>> {
        let dir = shard_dir(&self.dir, number);
        let (_, mut files) = Shard::at(&generation.schema, Some(dir.clone())).committed()?;
        files.push(PathBuf::from(SEGMENT_LIST));
        for name in names_in(&dir)? {
            if !files.iter().any(|file| file.as_os_str() == name.as_str()) {
                let path = dir.join(name);
                fs::remove_file(&path).map_err(EngineError::io(&path))?;
            }
        }
        sync_dir(&dir)?;
        Ok(files.into_iter().map(|file| shard_dir(Path::new(""), number).join(file)).collect())
    }
}
