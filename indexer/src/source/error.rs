//! Why a source could not be read to its end.

use std::io;

/// A fault of a whole file; a fault of one document is a rejected [`Record`](super::Record).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be opened.
    #[error("cannot open {file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else than documents.
    #[error(
        "{file} holds no documents: expected JSON lines, a JSON array or CSV with a header row \
         (plain, gzip or zstd), got {found}"
    )]
    NotDocuments {
        /// The file.
        file: String,
        /// What it looks like.
        found: String,
    },
    /// Reading or decompressing failed on the way.
    #[error("{file} is broken after line {line} (byte {offset} of the file): {source}")]
    Broken {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// Bytes read of the file as it is on disk.
        offset: u64,
        /// What the system or the decompressor said.
        source: io::Error,
    },
    /// The text breaks the rules of its format in a way that leaves no next document to go to.
    #[error("{file}, line {line}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// The line of the fault.
        line: u64,
        /// What was expected and what came.
        reason: String,
    },
}

/// How a format's reader ended early.
#[derive(Debug)]
pub(super) enum Fault {
    /// Whoever takes the documents wants no more.
    Stopped,
    /// The bytes could not be read.
    Io(io::Error),
    /// The text is not of its format.
    Malformed { line: u64, reason: String },
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
