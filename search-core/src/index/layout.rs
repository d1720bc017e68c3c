//! Where things lie on disk.
//!
//! ```text
//! DATA_DIR/
//!   aisle.json                 marks a data directory and its format
//!   writer.lock                held by the one writer
//!   CATALOG/
//!     current.json             the generation that is served; replaced atomically
//!     settings.json            synonyms and rules; replaced atomically
//!     settings.lock            held while they are replaced
//!     generations/
//!       000001/                catalog.toml, generation.json, shard-0/ … (tantivy indexes)
//!       building-000002/       not yet published; gone on with, or removed by the next builder
//!     snapshots/
//!       20261123T091500Z/      saved: a generation at one commit, its files linked
//!         snapshot.json        what it holds and every file, with length and checksum
//!         settings.json        the synonyms and rules of that moment
//!         generation.json, catalog.toml, shard-0/ …
//!       building-nightly/      not yet saved, or about to be deleted; removed by the next to save
//!     snapshots.lock           held while one is saved or deleted
//! ```

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::damage::Damage;
use crate::error::{EngineError, Result};

const FORMAT: u32 = 1;

/// Begins the name of a directory that is not finished.
pub(super) const BUILDING: &str = "building-";

/// Older generations kept for a rollback.
const KEPT_GENERATIONS: usize = 2;

/// The marker of a data directory.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
}

/// The pointer to the generation that is served.
#[derive(Debug, Serialize, Deserialize)]
struct Current {
    generation: u64,
}

/// The paths of a data directory.
#[derive(Debug, Clone)]
pub(crate) struct DataLayout {
    root: PathBuf,
}

impl DataLayout {
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        let layout = Self { root };
        let marker: Option<Marker> = read_json(&layout.marker())?;
        match marker {
            Some(Marker { format: FORMAT }) => Ok(layout),
            Some(Marker { format }) => Err(EngineError::NotADataDirectory {
                dir: layout.root,
                reason: format!("its format is {format}, this version reads format {FORMAT}"),
            }),
            None => Err(EngineError::NotADataDirectory {
                reason: "it has no aisle.json".to_owned(),
                dir: layout.root,
            }),
        }
    }

    pub(crate) fn create(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root).map_err(EngineError::io(&root))?;
        let layout = Self { root };
        if !layout.marker().try_exists().map_err(EngineError::io(&layout.root))? {
            write_json(&layout.marker(), &Marker { format: FORMAT })?;
        }
        Self::open(layout.root)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn marker(&self) -> PathBuf {
        self.root.join("aisle.json")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("writer.lock")
    }

    pub(crate) fn catalog(&self, name: &str) -> CatalogLayout {
        CatalogLayout { root: self.root.join(name) }
    }

    /// The names of the catalogues that have a published generation, sorted.
    pub(crate) fn catalogs(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(EngineError::io(&self.root))? {
            let entry = entry.map_err(EngineError::io(&self.root))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            match self.catalog(&name).current() {
                Ok(None) => {}
                // One whose pointer is damaged is there all the same: whoever opens it is told.
                Ok(Some(_)) | Err(EngineError::Damaged { .. }) => names.push(name),
                Err(error) => return Err(error),
            }
        }
        names.sort();
        Ok(names)
    }
}

/// The paths of one catalogue.
#[derive(Debug, Clone)]
pub(crate) struct CatalogLayout {
    root: PathBuf,
}

impl CatalogLayout {
    pub(crate) fn settings(&self) -> PathBuf {
        self.root.join("settings.json")
    }

    /// Keeps other processes from changing the settings until the file is dropped.
    pub(crate) fn lock_settings(&self) -> Result<fs::File> {
        lock(&self.root.join("settings.lock"))
    }

    /// Keeps other processes from saving and deleting snapshots until the file is dropped.
    pub(super) fn lock_snapshots(&self) -> Result<fs::File> {
        lock(&self.root.join("snapshots.lock"))
    }

    pub(super) fn snapshots_dir(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    pub(crate) fn current_pointer(&self) -> PathBuf {
        self.root.join("current.json")
    }

    /// The number of the generation that is served.
    pub(crate) fn current(&self) -> Result<Option<u64>> {
        Ok(read_json::<Current>(&self.current_pointer())?.map(|current| current.generation))
    }

    pub(crate) fn pointer_is_gone(&self) -> EngineError {
        Damage::new(self.current_pointer(), "it is gone").into()
    }

    /// Switches to another generation: readers see the old pointer or the new one.
    pub(crate) fn switch(&self, generation: u64) -> Result<()> {
        write_json(&self.current_pointer(), &Current { generation })
    }

    fn generations_dir(&self) -> PathBuf {
        self.root.join("generations")
    }

    pub(crate) fn generation(&self, number: u64) -> PathBuf {
        self.generations_dir().join(format!("{number:06}"))
    }

    pub(crate) fn building(&self, number: u64) -> PathBuf {
        self.generations_dir().join(format!("{BUILDING}{number:06}"))
    }

    /// The numbers of the published generations that are kept, ascending.
    pub(crate) fn generations(&self) -> Result<Vec<u64>> {
        let mut numbers: Vec<u64> = names_in(&self.generations_dir())?
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The highest number that a generation has or had.
    pub(crate) fn highest_number(&self) -> Result<u64> {
        // A damaged pointer is replaced with the next generation.
        let current = self.current().ok().flatten();
        Ok(self.generations()?.into_iter().chain(current).max().unwrap_or(0))
    }

    /// The number of the generation that a builder left unpublished.
    pub(crate) fn unfinished(&self) -> Result<Option<u64>> {
        let number = |name: &String| name.strip_prefix(BUILDING)?.parse().ok();
        Ok(names_in(&self.generations_dir())?.iter().filter_map(number).max())
    }

    /// Removes what builders left behind that died before publishing. Needs the writer's lock.
    pub(crate) fn remove_unfinished(&self) -> Result<()> {
        remove_unfinished(&self.generations_dir())
    }

    /// Switches to a generation that was built. The two before it are kept for a rollback. Needs
    /// the writer's lock.
    pub(super) fn publish(&self, number: u64) -> Result<()> {
        rename_dir(&self.building(number), &self.generation(number))?;
        self.switch(number)?;
        for old in self.generations()?.iter().rev().skip(KEPT_GENERATIONS + 1) {
            remove_dir(&self.generation(*old))?;
        }
        Ok(())
    }
}

/// Keeps other processes from locking the file until it is dropped.
fn lock(path: &Path) -> Result<fs::File> {
    let file = fs::File::create(path).map_err(EngineError::io(path))?;
    file.lock().map_err(EngineError::io(path))?;
    Ok(file)
}

/// The names in a directory; none where there is no such directory.
pub(super) fn names_in(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(EngineError::io(dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(EngineError::io(dir))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// A directory that is being filled: removed when this is dropped before it is
/// [kept](Unfinished::keep).
#[derive(Debug, Default)]
pub(super) struct Unfinished(Option<PathBuf>);

impl Unfinished {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self(Some(dir))
    }

    pub(super) fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(dir) = self.0.take() {
            // What stays behind is removed by the next who fills one.
            let _ = remove_dir(&dir);
        }
    }
}

/// Removes the directories that were left unfinished in this one.
pub(super) fn remove_unfinished(dir: &Path) -> Result<()> {
    for name in names_in(dir)? {
        if name.starts_with(BUILDING) {
            remove_dir(&dir.join(name))?;
        }
    }
    Ok(())
}

pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EngineError::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Renames a directory and makes the new name durable.
pub(crate) fn rename_dir(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(EngineError::io(from))?;
    sync_parent(to)
}

/// Reads a JSON file; `None` when there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(EngineError::io(path)(error)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| Damage::new(path, error.to_string()).into())
}

/// Replaces a JSON file atomically and durably.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|error| EngineError::io(path)(std::io::Error::other(error)))?;
    write_atomically(path, &text)
}

/// Replaces a file: readers see the old content or the new one, also after a crash.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(EngineError::io(parent))?;
    let aside = path.with_extension("tmp");
    fs::File::create(&aside)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(EngineError::io(&aside))?;
    fs::rename(&aside, path).map_err(EngineError::io(path))?;
    sync_parent(path)
}

/// Makes the name of a file or a directory durable.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<()> {
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(EngineError::io(dir))
}
