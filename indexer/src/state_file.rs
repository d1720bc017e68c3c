//! Small files beside a catalogue by which other processes see how a long work goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use crate::limits::STATE_FILE_EVERY;

/// The file of this name in a catalogue's folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateFile(pub &'static str);

impl StateFile {
    /// What was written last; `None` when nothing ever was.
    pub(crate) fn read<T: DeserializeOwned>(
        self,
        data_dir: &Path,
        catalog: &str,
    ) -> io::Result<Option<T>> {
        match fs::read(self.path(data_dir, catalog)) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file as a whole. Not made durable: whoever goes on after a crash writes again.
    pub(crate) fn write(
        self,
        data_dir: &Path,
        catalog: &str,
        state: &impl Serialize,
    ) -> io::Result<()> {
        let path = self.path(data_dir, catalog);
        let folder = path.parent().unwrap_or(data_dir);
        fs::create_dir_all(folder)?;
        let aside = NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&aside, state)?;
        aside.persist(&path)?;
        Ok(())
    }

    fn path(self, data_dir: &Path, catalog: &str) -> PathBuf {
        data_dir.join(catalog).join(self.0)
    }
}

/// Writes every [`STATE_FILE_EVERY`] until told to stop, and a last time then.
pub(crate) async fn publish(
    stop: CancellationToken,
    write: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    let mut ticks = tokio::time::interval(STATE_FILE_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return write(),
        }
        write()?;
    }
}
