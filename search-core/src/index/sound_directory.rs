//! A directory that publishes nothing that may be made of damaged files.
//!
//! Merges publish what they made by themselves. A file that is cut while one reads it may end the
//! process, but a process may also survive that with zeros in the place of what is missing: they
//! must not get into a segment with a checksum of its own. So the list of segments is not written
//! when a file that was read is not what it was when it was opened.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tantivy::Directory;
use tantivy::directory::error::{
    DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError,
};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};

use super::directory::ShardDirectory;

/// Names the segments that there are; whatever is written there can be searched.
pub(super) const SEGMENT_LIST: &str = "meta.json";

/// The directory of a shard, its files mapped.
#[derive(Debug, Clone)]
pub(super) struct SoundDirectory {
    path: PathBuf,
    files: ShardDirectory,
    /// How the files that were opened were found.
    opened: Arc<Mutex<FxHashMap<PathBuf, State>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl SoundDirectory {
    pub(super) fn open(path: &Path) -> Result<Self, OpenDirectoryError> {
        let files = ShardDirectory::open(path)?;
        Ok(Self { path: path.to_owned(), files, opened: Arc::default() })
    }

    /// A file that is deleted can be read on. One that was written to without getting longer or
    /// shorter is doubted once: whether it is harmed is found out by its checksum.
    fn require_sound(&self) -> io::Result<()> {
        for (name, opened) in self.opened.lock().iter_mut() {
            let path = self.path.join(name);
            let now = match fs::metadata(&path) {
                Ok(metadata) => State::of(&metadata),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if now != *opened {
                opened.modified = now.modified;
                let path = path.display();
                let fault = format!("{path} was written to: what was made of it is dropped");
                return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
            }
        }
        Ok(())
    }
}

impl Directory for SoundDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        // Before it is mapped: a cut between the two shows.
        let metadata = fs::metadata(self.path.join(path));
        let handle = self.files.get_file_handle(path)?;
        if let Ok(metadata) = metadata {
            self.opened.lock().entry(path.to_owned()).or_insert_with(|| State::of(&metadata));
        }
        Ok(handle)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)?;
        self.opened.lock().remove(path);
        Ok(())
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.opened.lock().remove(path);
        self.files.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.files.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(SEGMENT_LIST) {
            self.require_sound()?;
        }
        self.files.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.files.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.files.acquire_lock(lock)
    }

    fn watch(&self, watch_callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(watch_callback)
    }
}
