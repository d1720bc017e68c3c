//! What a saved snapshot says of itself.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::SavedFile;
use crate::error::{EngineError, Result};
use crate::index::checkpoint::Position;
use crate::index::damage::Damage;
use crate::index::layout::{read_json, write_json};

const FORMAT: u32 = 1;
const MANIFEST_FILE: &str = "snapshot.json";

/// A snapshot that is saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedSnapshot {
    /// Its name.
    pub name: String,
    /// The catalogue's name.
    pub catalog: String,
    /// When it was saved, RFC 3339.
    pub saved_at: String,
    /// The generation that was searched then.
    pub generation: u64,
    /// The version that searches saw then.
    pub index_version: u64,
    /// Products in it.
    pub products: u64,
    /// Bytes of its files. On the filesystem of the index they take room only once the index has
    /// let go of them.
    pub bytes: u64,
    /// How far each source had been applied.
    pub positions: BTreeMap<String, Position>,
    /// What is wrong with it, as far as it shows without reading everything: files that are
    /// missing or of another length. What cannot be read has no other figures.
    #[serde(skip_serializing_if = "Vec::is_empty", skip_deserializing)]
    pub damage: Vec<Damage>,
}

/// The manifest of a saved snapshot.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SnapshotManifest {
    format: u32,
    #[serde(flatten)]
    pub snapshot: SavedSnapshot,
    /// Every file but this one, by its path below the snapshot.
    pub files: BTreeMap<PathBuf, SavedFile>,
}

/// What a manifest of any format has.
#[derive(Debug, Deserialize)]
struct AnyManifest {
    format: u32,
}

impl SnapshotManifest {
    pub(super) fn new(snapshot: SavedSnapshot, files: BTreeMap<PathBuf, SavedFile>) -> Self {
        let bytes = files.values().map(|file| file.bytes).sum();
        Self { format: FORMAT, snapshot: SavedSnapshot { bytes, ..snapshot }, files }
    }

    /// The manifest in a directory.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(MANIFEST_FILE);
        let refused = |reason: String| EngineError::NotASnapshot { dir: dir.to_owned(), reason };
        let missing = || refused(format!("it has no {MANIFEST_FILE}"));
        let AnyManifest { format } = read_json(&path)?.ok_or_else(missing)?;
        if format != FORMAT {
            let reason = format!("its format is {format}, this version reads format {FORMAT}");
            return Err(refused(reason));
        }
        let manifest: Self = read_json(&path)?.ok_or_else(missing)?;
        let is_below =
            |file: &PathBuf| file.components().all(|part| matches!(part, Component::Normal(_)));
        match manifest.files.keys().find(|file| !is_below(file)) {
            Some(file) => {
                let reason = format!("it lists {}, which is elsewhere", file.display());
                Err(Damage::new(path, reason).into())
            }
            None => Ok(manifest),
        }
    }

    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        write_json(&dir.join(MANIFEST_FILE), self)
    }

    /// What is wrong with its files, as far as their length tells.
    pub(super) fn look(&self, dir: &Path) -> Vec<Damage> {
        let look = |(file, saved): (&PathBuf, &SavedFile)| saved.look(&dir.join(file)).err();
        self.files.iter().filter_map(look).collect()
    }

    /// Reads all files and compares them with their checksums.
    ///
    /// # Errors
    /// Names the first that is damaged.
    pub(super) fn verify(&self, dir: &Path) -> Result<(), Damage> {
        self.files.iter().try_for_each(|(file, saved)| saved.verify(&dir.join(file)))
    }
}
