//! One writer for a data directory, held by a file lock that dies with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::layout::DataLayout;
use crate::error::{EngineError, Result};

/// A holder writes its name at once; longer than this nobody is waited for.
const NAMELESS: Duration = Duration::from_millis(200);

/// The right to write into a data directory, held until its last clone is dropped: for a program
/// that writes several catalogues of one directory, each with a writer of its own.
#[derive(Debug, Clone)]
pub struct DirectoryLock {
    root: PathBuf,
    lock: Arc<WriterLock>,
}

impl DirectoryLock {
    /// Takes the lock or names who holds it.
    pub(crate) fn acquire(data: &DataLayout, holder: &str) -> Result<Self> {
        let lock = Arc::new(WriterLock::acquire(&data.lock(), holder)?);
        Ok(Self { root: data.root().to_owned(), lock })
    }

    /// The lock of this directory: the one that is held already, or a new one.
    pub(crate) fn of(
        data: &DataLayout,
        held: Option<&Self>,
        holder: &str,
    ) -> Result<Arc<WriterLock>> {
        match held.filter(|held| held.root == data.root()) {
            Some(held) => Ok(Arc::clone(&held.lock)),
            None => Ok(Self::acquire(data, holder)?.lock),
        }
    }
}

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
        let asked = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(EngineError::io(path)(source)),
                Err(TryLockError::WouldBlock) => {
                    let holder = read_holder(&mut file);
                    match holder {
                        Some(holder) => return Err(EngineError::Locked { holder }),
                        None if asked.elapsed() > NAMELESS => {
                            let holder = "an unnamed process".to_owned();
                            return Err(EngineError::Locked { holder });
                        }
                        // A holder that has yet to write its name, or somebody who only looks.
                        None => std::thread::yield_now(),
                    }
                }
            }
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
        // A name may be left over from a process that was killed: its lock is not.
        let Some(holder) = read_holder(&mut file) else { return Ok(None) };
        Ok(file.try_lock_shared().is_err().then_some(holder))
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

fn read_holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    (!text.is_empty()).then_some(text)
}
