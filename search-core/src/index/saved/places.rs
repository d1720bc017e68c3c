//! Where saved snapshots lie, and what they may be called.

use std::path::{Path, PathBuf};

use super::manifest::{SavedSnapshot, SnapshotManifest};
use crate::error::{EngineError, Result};
use crate::index::damage::Damage;
use crate::index::layout::{BUILDING, CatalogLayout, names_in, remove_dir, rename_dir};
use crate::limits::MAX_SNAPSHOT_NAME_BYTES;

/// A name for a snapshot that is saved now.
pub(super) fn name_of_now() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// # Errors
/// [`EngineError::InvalidSnapshotName`].
pub(super) fn check_name(name: &str) -> Result<()> {
    let is_valid = (1..=MAX_SNAPSHOT_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        && !name.starts_with('.')
        && !name.starts_with(BUILDING);
    match is_valid {
        true => Ok(()),
        false => Err(EngineError::InvalidSnapshotName { name: name.to_owned() }),
    }
}

impl CatalogLayout {
    /// Where a snapshot of this name lies, or would.
    pub(super) fn snapshot(&self, name: &str) -> PathBuf {
        self.snapshots_dir().join(name)
    }

    /// Where it is made, and where it is removed: nobody sees half of one.
    pub(super) fn unfinished_snapshot(&self, name: &str) -> PathBuf {
        self.snapshots_dir().join(format!("{BUILDING}{name}"))
    }

    /// Where the snapshot of this name lies, which must be there.
    pub(crate) fn saved_snapshot(&self, name: &str) -> Result<PathBuf> {
        let present = self.snapshot_names()?;
        match present.iter().any(|known| known == name) {
            true => Ok(self.snapshot(name)),
            false => Err(EngineError::NoSuchSnapshot { name: name.to_owned(), present }),
        }
    }

    /// The names of all that are saved, sorted.
    fn snapshot_names(&self) -> Result<Vec<String>> {
        let mut names = names_in(&self.snapshots_dir())?;
        names.retain(|name| {
            !name.starts_with('.') && !name.starts_with(BUILDING) && self.snapshot(name).is_dir()
        });
        names.sort();
        Ok(names)
    }
}

/// All that are saved of a catalogue, oldest first, damaged ones included.
pub(crate) fn saved_snapshots(layout: &CatalogLayout) -> Result<Vec<SavedSnapshot>> {
    let names = layout.snapshot_names()?.into_iter();
    let mut saved: Vec<SavedSnapshot> =
        names.filter_map(|name| look_at(&layout.snapshot(&name), name)).collect();
    saved.sort_by(|a, b| (&a.saved_at, &a.name).cmp(&(&b.saved_at, &b.name)));
    Ok(saved)
}

/// What there is to be said of a snapshot; `None` when it was deleted just now.
fn look_at(dir: &Path, name: String) -> Option<SavedSnapshot> {
    match SnapshotManifest::read(dir) {
        Ok(manifest) => {
            let damage = manifest.look(dir);
            Some(SavedSnapshot { name, damage, ..manifest.snapshot })
        }
        Err(error) => dir.is_dir().then(|| {
            let damage = vec![Damage::of(dir, error)];
            SavedSnapshot { name, damage, ..SavedSnapshot::default() }
        }),
    }
}

/// Deletes a snapshot; until that is done there is all of it or nothing.
pub(crate) fn delete_snapshot(layout: &CatalogLayout, name: &str) -> Result<()> {
    let dir = layout.saved_snapshot(name)?;
    let _lock = layout.lock_snapshots()?;
    let aside = layout.unfinished_snapshot(name);
    remove_dir(&aside)?;
    rename_dir(&dir, &aside)?;
    remove_dir(&aside)
}
