//! The file in which a data directory keeps its keys: read whole, replaced atomically, changed by
//! one process at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::key::StoredKey;
use crate::limits::{MAX_KEY_FILE_BYTES, MAX_KEYS};

const FORMAT: u32 = 1;

/// Why keys cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not one of keys.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was expected and what came.
        reason: String,
    },
    /// The key asked for cannot be.
    #[error("{member}: {reason}")]
    Invalid {
        /// The part at fault.
        member: &'static str,
        /// What was expected and what came.
        reason: String,
    },
    /// There are as many keys as there may be.
    #[error("there are {MAX_KEYS} keys, which is the most; revoke one first")]
    TooMany,
    /// No key has this id.
    #[error("no key has the id {id:?}")]
    NoSuchKey {
        /// The id asked for.
        id: String,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

/// The keys as they lie on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKeys {
    format: u32,
    /// Rises with every change.
    pub version: u64,
    pub keys: Vec<StoredKey>,
}

impl Default for StoredKeys {
    fn default() -> Self {
        Self { format: FORMAT, version: 0, keys: Vec::new() }
    }
}

/// Tells one file from the next at the same path.
pub(super) type Stamp = (SystemTime, u64, u64);

/// Where keys are kept.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// `None` where there is no file.
    pub(super) fn stamp(&self) -> Result<Option<Stamp>, KeyError> {
        use std::os::unix::fs::MetadataExt;
        let stamp = self
            .path
            .metadata()
            .and_then(|metadata| Ok((metadata.modified()?, metadata.len(), metadata.ino())));
        self.unless_absent(stamp)
    }

    /// `None` where there is no file.
    pub(super) fn read(&self) -> Result<Option<StoredKeys>, KeyError> {
        let mut text = String::new();
        let read = File::open(&self.path)
            .and_then(|file| file.take(MAX_KEY_FILE_BYTES + 1).read_to_string(&mut text));
        let Some(bytes) = self.unless_absent(read)? else { return Ok(None) };
        if bytes as u64 > MAX_KEY_FILE_BYTES {
            return Err(self.damaged(format!("longer than {MAX_KEY_FILE_BYTES} bytes")));
        }
        let stored: StoredKeys =
            serde_json::from_str(&text).map_err(|error| self.damaged(error.to_string()))?;
        if stored.format != FORMAT {
            let format = stored.format;
            return Err(
                self.damaged(format!("its format is {format}, this version reads {FORMAT}"))
            );
        }
        if stored.keys.len() > MAX_KEYS {
            return Err(KeyError::TooMany);
        }
        if let Some(stored) = stored.keys.iter().find(|stored| stored.sha256.id() != stored.key.id)
        {
            return Err(self.damaged(format!("key {:?} has another's hash", stored.key.id)));
        }
        Ok(Some(stored))
    }

    /// Changes the keys while no other process does; gives what is there then.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut StoredKeys) -> Result<T, KeyError>,
    ) -> Result<(T, StoredKeys), KeyError> {
        let lock = self.path.with_extension("lock");
        let held = OpenOptions::new().create(true).append(true).open(&lock);
        let held = held.and_then(|file| file.lock().map(|()| file));
        let _held = held.map_err(|source| KeyError::Io { path: lock, source })?;
        let mut stored = self.read()?.unwrap_or_default();
        let done = change(&mut stored)?;
        stored.version += 1;
        self.write(&stored).map_err(|source| self.io(source))?;
        Ok((done, stored))
    }

    /// Beside the file, then in its place; readable by its owner alone, as temporary files are.
    fn write(&self, stored: &StoredKeys) -> io::Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let mut draft = tempfile::NamedTempFile::new_in(dir)?;
        serde_json::to_writer_pretty(&mut draft, stored)?;
        draft.flush()?;
        draft.as_file().sync_all()?;
        draft.persist(&self.path)?;
        File::open(dir)?.sync_all()
    }

    fn unless_absent<T>(&self, result: io::Result<T>) -> Result<Option<T>, KeyError> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.io(source)),
        }
    }

    fn io(&self, source: io::Error) -> KeyError {
        KeyError::Io { path: self.path.clone(), source }
    }

    pub(super) fn damaged(&self, reason: String) -> KeyError {
        KeyError::Damaged { path: self.path.clone(), reason }
    }
}
