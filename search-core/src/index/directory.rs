//! The directory of a shard on disk: files become durable together, right before the commit that
//! needs them.
//!
//! Tantivy would sync every file when it is written, and keep a list of all files that it writes
//! and syncs anew before each. A commit of a few hundred products is a dozen of small files, and
//! what it needs is that all of them are on disk before `meta.json` names them: before that is
//! replaced, [`sync_directory`](Directory::sync_directory) is called. The list is what the
//! directory holds.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use parking_lot::Mutex;
use tantivy::directory::error::{
    DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError,
};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

use crate::priority::yield_if_merging;

/// Tantivy's list of the files that it may remove.
const FILE_LIST: &str = ".managed.json";
/// A larger file is synced by who wrote it: no commit should wait for a large merge's files.
const SYNCED_TOGETHER_BYTES: u64 = 4 << 20;

/// A directory of segments.
#[derive(Clone)]
pub(crate) struct ShardDirectory {
    files: MmapDirectory,
    path: PathBuf,
    /// Complete files that are not synced yet.
    unsynced: Arc<Mutex<Vec<File>>>,
}

impl fmt::Debug for ShardDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ShardDirectory").field(&self.path).finish()
    }
}

impl ShardDirectory {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenDirectoryError> {
        let files = MmapDirectory::open(path)?;
        Ok(Self { files, path: path.to_owned(), unsynced: Arc::default() })
    }

    /// The files that are there, but for locks and the like, as tantivy would list them.
    fn list(&self) -> io::Result<Vec<u8>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            names.extend(name.to_str().filter(|name| !name.starts_with('.')).map(str::to_owned));
        }
        Ok(serde_json::to_vec(&names)?)
    }
}

impl Directory for ShardDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        // Here a merge begins to write; tantivy starts the threads of merges itself.
        yield_if_merging();
        let full_path = self.path.join(path);
        let file = OpenOptions::new().write(true).create_new(true).open(full_path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        let unsynced = Arc::clone(&self.unsynced);
        Ok(BufWriter::new(Box::new(SegmentFile { file, bytes: 0, unsynced })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(FILE_LIST) {
            return self
                .list()
                .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()));
        }
        self.files.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(FILE_LIST) {
            return Ok(());
        }
        self.files.atomic_write(path, data)?;
        self.files.sync_directory()
    }

    fn sync_directory(&self) -> io::Result<()> {
        // Locked for as long as it takes: who finds nothing left to sync may rely on it.
        let mut unsynced = self.unsynced.lock();
        // Removed files alone need not be durable: they would only be removed again.
        if unsynced.is_empty() {
            return Ok(());
        }
        for file in unsynced.iter() {
            file.sync_data()?;
        }
        self.files.sync_directory()?;
        unsynced.clear();
        // Forgets the mappings of files that are gone.
        self.files.get_cache_info();
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.files.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

/// A file of a segment, while it is written.
struct SegmentFile {
    file: File,
    bytes: u64,
    unsynced: Arc<Mutex<Vec<File>>>,
}

impl Write for SegmentFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for SegmentFile {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        if self.bytes > SYNCED_TOGETHER_BYTES {
            return self.file.sync_data();
        }
        self.unsynced.lock().push(self.file.try_clone()?);
        Ok(())
    }
}
