//! Directories that vanish under a running process.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// Removes a directory at once. While its files went one by one, a process that writes into it
/// could make new ones.
///
/// # Errors
/// When there is no such directory.
pub fn remove_at_once(dir: &Path) -> Result<()> {
    let aside = tempfile::tempdir()?;
    fs::rename(dir, aside.path().join("removed"))?;
    Ok(aside.close()?)
}
