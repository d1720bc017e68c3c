//! What is wrong with a shard, and how it is noticed.
//!
//! Files of an index never change once they are written. One that is cut off under a running
//! process is the worst case: to touch what is missing of a mapped file ends the process. So
//! every look at the index compares the files that are open with what they were when they were
//! opened, and none is mapped again that has changed. A file that is deleted harms nobody who has
//! it open.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;
use serde::Serialize;
use tantivy::Index;
use tantivy::index::SegmentComponent;

use crate::error::{EngineError, Result};

/// Something on disk that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Damage {
    /// What is damaged: a file, or the directory that it should be in.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub path: PathBuf,
    /// How it shows.
    pub reason: String,
}

impl Damage {
    pub(crate) fn new(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// What an error in this place means.
    pub(crate) fn of(place: &Path, error: EngineError) -> Self {
        match error {
            EngineError::Damaged { path, reason } => Self { path, reason },
            other => Self::new(place, other.to_string()),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is damaged: {}", self.path.display(), self.reason)
    }
}

impl From<Damage> for EngineError {
    fn from(Damage { path, reason }: Damage) -> Self {
        Self::Damaged { path, reason }
    }
}

/// What has become of a file that is open.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not there any more; what was opened can still be read.
    Gone(Damage),
    /// It has other content; what was opened must not be read.
    Altered(Damage),
}

impl From<Fault> for Damage {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Gone(damage) | Fault::Altered(damage) => damage,
        }
    }
}

/// The files of a segment that is open, none in memory.
#[derive(Debug, Default)]
pub(super) struct SegmentFiles(Vec<SegmentFile>);

#[derive(Debug)]
struct SegmentFile {
    path: PathBuf,
    /// As the index calls it.
    name: PathBuf,
    bytes: u64,
    modified: Mutex<Option<SystemTime>>,
}

impl SegmentFiles {
    /// The files of a segment that is about to be opened, in the directory of its shard.
    pub(super) fn of(segment: &tantivy::Segment, dir: Option<&Path>) -> Result<Self> {
        let Some(dir) = dir else { return Ok(Self::default()) };
        let mut components = vec![
            SegmentComponent::Postings,
            SegmentComponent::Positions,
            SegmentComponent::FastFields,
            SegmentComponent::FieldNorms,
            SegmentComponent::Terms,
            SegmentComponent::Store,
        ];
        if segment.meta().has_deletes() {
            components.push(SegmentComponent::Delete);
        }
        let names = components.into_iter().map(|component| segment.relative_path(component));
        names.map(|name| SegmentFile::of(dir, name)).collect::<Result<_>>().map(Self)
    }

    /// What has become of the files. Asks for their length and time; only one that was written to
    /// is read.
    pub(super) fn look(&self, index: &Index) -> Result<(), Fault> {
        let looks = self.0.iter().map(|file| file.look(index));
        let mut gone = Ok(());
        for look in looks {
            match look {
                Err(Fault::Gone(damage)) => gone = Err(Fault::Gone(damage)),
                altered_or_sound => altered_or_sound?,
            }
        }
        gone
    }

    /// Reads all files and compares them with their checksums.
    pub(super) fn verify(&self, index: &Index) -> Result<(), Fault> {
        self.0.iter().try_for_each(|file| {
            file.look(index)?;
            file.verify(index)
        })
    }
}

impl SegmentFile {
    fn of(dir: &Path, name: PathBuf) -> Result<Self> {
        let path = dir.join(&name);
        let metadata = fs::metadata(&path).map_err(|error| Damage::new(&path, read(&error)))?;
        let modified = Mutex::new(metadata.modified().ok());
        Ok(Self { path, name, bytes: metadata.len(), modified })
    }

    fn look(&self, index: &Index) -> Result<(), Fault> {
        let metadata =
            fs::metadata(&self.path).map_err(|error| Fault::Gone(self.damage(read(&error))))?;
        self.compare(&metadata)?;
        let now = metadata.modified().ok();
        if *self.modified.lock() != now {
            self.verify(index)?;
            *self.modified.lock() = now;
        }
        Ok(())
    }

    fn compare(&self, metadata: &Metadata) -> Result<(), Fault> {
        let bytes = metadata.len();
        if bytes == self.bytes {
            return Ok(());
        }
        let reason = format!("it has {bytes} bytes, expected {}", self.bytes);
        Err(Fault::Altered(self.damage(reason)))
    }

    fn verify(&self, index: &Index) -> Result<(), Fault> {
        match index.directory().validate_checksum(&self.name) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault::Altered(self.damage("its checksum is wrong"))),
            Err(error) => Err(Fault::Altered(self.damage(error.to_string()))),
        }
    }

    fn damage(&self, reason: impl Into<String>) -> Damage {
        Damage::new(&self.path, reason)
    }
}

fn read(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "it is gone".to_owned(),
        _ => error.to_string(),
    }
}
