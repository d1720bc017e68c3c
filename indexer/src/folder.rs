//! Folders of the data directory that need not be there yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is in a folder, in no order; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
