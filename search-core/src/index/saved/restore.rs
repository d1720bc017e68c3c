//! Restoring a saved snapshot: a new generation is made of its files, then searches are switched
//! over.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::files::{copy, link_or_copy};
use super::manifest::SnapshotManifest;
use super::save::SETTINGS_FILE;
use crate::error::{EngineError, Result};
use crate::failpoint;
use crate::index::builder::seen_version;
use crate::index::checkpoint::Checkpoint;
use crate::index::damage::Damage;
use crate::index::generation::{Generation, GenerationManifest, shard_dir};
use crate::index::layout::{CatalogLayout, DataLayout, Unfinished, read_json, sync_dir};
use crate::index::lock::DirectoryLock;
use crate::index::snapshot::Snapshot;
use crate::index::writer::{Purpose, Writer, WriterOptions};
use crate::settings::{StoredSettings, now};

/// What became of a snapshot that was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoredSnapshot {
    /// The catalogue's name.
    pub catalog: String,
    /// The generation that was made of it, and is searched from now on.
    pub generation: u64,
    /// The version from which on it is visible.
    pub index_version: u64,
    /// Products in it.
    pub products: u64,
}

/// Makes the snapshot in a directory, wherever that is, the current state of its catalogue.
pub(crate) fn restore_snapshot(
    data: &DataLayout,
    dir: &Path,
    options: &WriterOptions,
    threads: usize,
) -> Result<RestoredSnapshot> {
    let lock = DirectoryLock::of(data, options.lock.as_ref(), &options.holder)?;
    let manifest = SnapshotManifest::read(dir)?;
    manifest.verify(dir)?;
    let saved = Generation::open(dir.to_owned())?;
    let settings: StoredSettings = read_json(&dir.join(SETTINGS_FILE))?.unwrap_or_default();
    let name = saved.catalog.name();
    if name != manifest.snapshot.catalog {
        let reason = format!("it is of the catalogue {name:?}, not what its snapshot.json says");
        return Err(Damage::new(dir, reason).into());
    }

    let layout = data.catalog(name);
    layout.remove_unfinished()?;
    let seen = seen_version(&layout)?;
    // Not the number under which it was known either, should the data directory be a new one.
    let number = layout.highest_number()?.max(manifest.snapshot.generation).saturating_add(1);
    let mut unfinished = Unfinished::new(layout.building(number));
    bring(&layout, dir, &manifest, &saved, number)?;

    let generation = Arc::new(Generation::open(layout.building(number))?);
    let snapshot = Snapshot::open(generation, None);
    let products = snapshot.products();
    // A version that was seen elsewhere need not have been seen here with the same content: the
    // one of an empty commit has not been seen at all.
    let version = seen.max(snapshot.data_version.saturating_add(1));
    let mut writer =
        Writer::open(snapshot, Purpose::Live, options, threads, Some(Arc::clone(&lock)), None)?;
    writer.continue_after(version);
    let commit = writer.commit(&Checkpoint::default())?;
    writer.close()?;
    failpoint::reach("restore-snapshot")?;
    layout.publish(number)?;
    unfinished.keep();
    let settings = settings.restore(&layout)?;
    Ok(RestoredSnapshot {
        catalog: name.to_owned(),
        generation: number,
        index_version: commit.index_version + settings.version_at(now()),
        products,
    })
}

/// Brings the files of a snapshot to where a generation is built.
fn bring(
    layout: &CatalogLayout,
    dir: &Path,
    manifest: &SnapshotManifest,
    saved: &Generation,
    number: u64,
) -> Result<()> {
    let building = layout.building(number);
    let shards = saved.shards.len();
    GenerationManifest::begun(number, shards).write(&saved.catalog, &building)?;
    // Who knows what becomes of a file elsewhere: it must not be one of the index.
    let is_own = dir.parent() == Some(&layout.snapshots_dir());
    let bring = if is_own { link_or_copy } else { copy };
    for shard in 0..shards {
        let to = shard_dir(&building, shard);
        fs::create_dir_all(&to).map_err(EngineError::io(&to))?;
        let below = shard_dir(Path::new(""), shard);
        for file in manifest.files.keys().filter(|file| file.parent() == Some(&below)) {
            if !bring(&dir.join(file), &building.join(file))? {
                return Err(Damage::new(dir.join(file), "it is gone").into());
            }
        }
        sync_dir(&to)?;
    }
    sync_dir(&building)
}
