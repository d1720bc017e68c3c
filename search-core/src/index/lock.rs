//! One writer for a data directory, held by a file lock that dies with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{EngineError, Result};

/// Holds the data directory for writing until it is dropped.
#[derive(Debug)]
pub(crate) enum WriterLock {
    File(File),
    /// An engine in memory has no file: its holder's name is the lock.
    Memory(Arc<Mutex<Option<String>>>),
}

impl WriterLock {
    /// Takes the lock or names who holds it.
    pub(crate) fn acquire(path: &Path, holder: &str) -> Result<Self> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(EngineError::Locked { holder: read_holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(EngineError::io(path)(source)),
        }
        let since = jiff::Timestamp::now();
        let text = format!("{holder} (process {}, since {since:.0})", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(EngineError::io(path))?;
        Ok(Self::File(file))
    }

    /// Takes the lock of an engine in memory.
    pub(crate) fn in_memory(slot: &Arc<Mutex<Option<String>>>, holder: &str) -> Result<Self> {
        let mut held = slot.lock();
        if let Some(holder) = &*held {
            return Err(EngineError::Locked { holder: holder.clone() });
        }
        *held = Some(holder.to_owned());
        Ok(Self::Memory(Arc::clone(slot)))
    }

    /// Who holds the lock now, if anybody does.
    pub(crate) fn holder(path: &Path) -> Result<Option<String>> {
        if !path.try_exists().map_err(EngineError::io(path))? {
            return Ok(None);
        }
        let mut file = open(path)?;
        Ok(match file.try_lock_shared() {
            Ok(()) => None,
            Err(_) => Some(read_holder(&mut file)),
        })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        match self {
            // The lock itself goes with the file; the text is only for people.
            Self::File(file) => {
                let _ = file.set_len(0);
                let _ = file.unlock();
            }
            Self::Memory(slot) => *slot.lock() = None,
        }
    }
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(EngineError::io(path))
}

fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match read {
        Ok(length) if length > 0 => text,
        _ => "an unnamed process".to_owned(),
    }
}
