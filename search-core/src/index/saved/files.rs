//! The files of a saved snapshot: how they get there, and what tells whether they are what they
//! were.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{EngineError, Result};
use crate::index::damage::Damage;

/// Read at once for a checksum.
const BLOCK_BYTES: usize = 256 * 1024;

/// What a file was when it was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedFile {
    pub bytes: u64,
    /// XXH3 of its content, 64 bits in hexadecimal digits.
    checksum: String,
}

impl SavedFile {
    /// The file as it is now; reads all of it.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let (mut block, mut hash, mut bytes) = (vec![0; BLOCK_BYTES], Xxh3::new(), 0);
        loop {
            match file.read(&mut block) {
                Ok(0) => return Ok(Self { bytes, checksum: format!("{:016x}", hash.digest()) }),
                Ok(count) => {
                    hash.update(block.get(..count).unwrap_or_default());
                    bytes += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether it is there and as long as it was.
    pub(super) fn look(&self, path: &Path) -> Result<(), Damage> {
        match fs::metadata(path) {
            Ok(now) if now.len() == self.bytes => Ok(()),
            Ok(now) => Err(Damage::of_length(path, now.len(), self.bytes)),
            Err(error) => Err(Damage::unreadable(path, &error)),
        }
    }

    /// Compares it with its checksum.
    pub(super) fn verify(&self, path: &Path) -> Result<(), Damage> {
        self.look(path)?;
        match Self::read(path) {
            Ok(now) if now == *self => Ok(()),
            Ok(_) => Err(Damage::of_checksum(path)),
            Err(error) => Err(Damage::unreadable(path, &error)),
        }
    }
}

/// Gives a file another name; where that is impossible, as on another filesystem, makes a copy.
/// `false` when there is no such file any more. A name that is there already is the same file:
/// those of an index are given once.
pub(super) fn link_or_copy(from: &Path, to: &Path) -> Result<bool> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(_) => copy(from, to),
    }
}

/// Makes a durable copy; `false` when there is no such file any more.
pub(super) fn copy(from: &Path, to: &Path) -> Result<bool> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(EngineError::io(from)(error)),
    };
    File::create(to)
        .and_then(|mut file| {
            io::copy(&mut source, &mut file)?;
            file.sync_all()
        })
        .map_err(EngineError::io(to))?;
    Ok(true)
}
