//! What is wrong with a shard, and how it is noticed.
//!
//! Files of an index never change once they are written. One that is cut off under a running
//! process is the worst case: to touch what is missing of a mapped file is a `SIGBUS`, which ends
//! the process unless the program handles it. So every look at the index compares the files that
//! are open with what they were when they were opened, and none is mapped again that has changed.
//! A file that is deleted harms nobody who has it open.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;
use serde::Serialize;
use tantivy::TantivyError;
use tantivy::directory::error::OpenReadError;
use tantivy::directory::{ManagedDirectory, MmapDirectory};
use tantivy::index::{SegmentComponent, SegmentMeta};

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

    /// A file that cannot be read.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "it is gone".to_owned(),
            _ => error.to_string(),
        };
        Self::new(path, reason)
    }

    /// A file that is longer or shorter than it was.
    pub(super) fn of_length(path: &Path, bytes: u64, expected: u64) -> Self {
        Self::new(path, format!("it has {bytes} bytes, expected {expected}"))
    }

    /// A file with other content than it had.
    pub(super) fn of_checksum(path: &Path) -> Self {
        Self::new(path, "its checksum is wrong")
    }

    /// What an error in this place means.
    pub(crate) fn of(place: &Path, error: EngineError) -> Self {
        match error {
            EngineError::Damaged { path, reason } => Self { path, reason },
            EngineError::NotASnapshot { dir, reason } => Self { path: dir, reason },
            EngineError::Index(TantivyError::OpenReadError(OpenReadError::IoError {
                io_error,
                filepath,
            })) => Self::new(place.join(filepath), io_error.to_string()),
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
pub(super) struct SegmentFiles {
    /// The directory of the shard; `None` in memory.
    dir: Option<PathBuf>,
    /// The same, with the files as they are mapped for searches.
    opened: Option<ManagedDirectory>,
    files: Vec<Arc<SegmentFile>>,
}

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
        Self { dir: dir.map(Path::to_owned), ..Self::default() }.with_deletes(segment)
    }

    /// The files of the same segment with other deletes. Those that are open already must still be
    /// as they were then.
    pub(super) fn with_deletes(&self, segment: &tantivy::Segment) -> Result<Self> {
        let Some(dir) = &self.dir else { return Ok(Self::default()) };
        let file = |name: PathBuf| match self.files.iter().find(|file| file.name == name) {
            Some(open) => Ok(Arc::clone(open)),
            None => SegmentFile::of(dir, name).map(Arc::new),
        };
        let files = files_of(segment.meta()).map(file).collect::<Result<_>>()?;
        let opened = Some(segment.index().directory().clone());
        Ok(Self { dir: Some(dir.clone()), opened, files })
    }

    /// What has become of the files. Asks for their length and time; only one that was written to
    /// is read, as it is mapped: that may hold other content than the file.
    pub(super) fn look(&self) -> Result<(), Fault> {
        let mut gone = Ok(());
        for file in &self.files {
            match file.look() {
                Ok(Look::Same) => {}
                Ok(Look::Written(now)) => {
                    if let Some(opened) = &self.opened {
                        file.verify(opened)?;
                    }
                    *file.modified.lock() = now;
                }
                Err(Fault::Gone(damage)) => gone = Err(Fault::Gone(damage)),
                Err(altered) => return Err(altered),
            }
        }
        gone
    }

    /// Reads all files and compares them with their checksums.
    pub(super) fn verify(&self) -> Result<(), Fault> {
        if self.files.is_empty() {
            return Ok(());
        }
        let directory = self.directory()?;
        self.files.iter().try_for_each(|file| {
            file.look()?;
            file.verify(&directory)
        })
    }

    /// The directory opened once more: what is read for a checksum does not stay mapped.
    fn directory(&self) -> Result<ManagedDirectory, Fault> {
        let dir = self.dir.as_deref().unwrap_or(Path::new(""));
        let open = || ManagedDirectory::wrap(Box::new(MmapDirectory::open(dir)?));
        let opened: tantivy::Result<_> = open();
        opened.map_err(|error| Fault::Gone(Damage::new(dir, error.to_string())))
    }
}

/// The names of a segment's files in the directory of its shard.
pub(super) fn files_of(segment: &SegmentMeta) -> impl Iterator<Item = PathBuf> {
    let always = [
        SegmentComponent::Postings,
        SegmentComponent::Positions,
        SegmentComponent::FastFields,
        SegmentComponent::FieldNorms,
        SegmentComponent::Terms,
        SegmentComponent::Store,
    ];
    let deletes = segment.has_deletes().then_some(SegmentComponent::Delete);
    always.into_iter().chain(deletes).map(|component| segment.relative_path(component))
}

/// How a file was found that is as long as it was.
enum Look {
    Same,
    /// At this time.
    Written(Option<SystemTime>),
}

impl SegmentFile {
    fn of(dir: &Path, name: PathBuf) -> Result<Self> {
        let path = dir.join(&name);
        let metadata = fs::metadata(&path).map_err(|error| Damage::unreadable(&path, &error))?;
        let modified = Mutex::new(metadata.modified().ok());
        Ok(Self { path, name, bytes: metadata.len(), modified })
    }

    fn look(&self) -> Result<Look, Fault> {
        let metadata = fs::metadata(&self.path)
            .map_err(|error| Fault::Gone(Damage::unreadable(&self.path, &error)))?;
        self.compare(&metadata)?;
        let now = metadata.modified().ok();
        Ok(if *self.modified.lock() == now { Look::Same } else { Look::Written(now) })
    }

    fn compare(&self, metadata: &Metadata) -> Result<(), Fault> {
        let bytes = metadata.len();
        if bytes == self.bytes {
            return Ok(());
        }
        Err(Fault::Altered(Damage::of_length(&self.path, bytes, self.bytes)))
    }

    fn verify(&self, directory: &ManagedDirectory) -> Result<(), Fault> {
        match directory.validate_checksum(&self.name) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault::Altered(Damage::of_checksum(&self.path))),
            Err(error) => Err(Fault::Altered(Damage::new(&self.path, error.to_string()))),
        }
    }
}
