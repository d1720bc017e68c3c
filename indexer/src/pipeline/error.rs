//! Why an import failed. Whatever it is, the current generation is as the last commit left it.

use std::io;
use std::path::PathBuf;

use search_core::EngineError;

use crate::source::SourceError;

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// An input cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The engine cannot take the documents.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The dead letters cannot be written.
    #[error("cannot write the dead letters to {}: {source}", path.display())]
    DeadLetters {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An input holds lines, but none of them is a document.
    #[error(
        "{file} holds no documents: expected a JSON object or a CSV row each line, got {rejected} \
         lines of something else, first line {line}: {reason}"
    )]
    NoDocuments {
        /// The input.
        file: String,
        /// How many lines there are.
        rejected: u64,
        /// The first of them.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A new generation would be empty.
    #[error(
        "none of the {rejected} documents can be indexed, so the current generation stays; \
         {file}, line {line}: {reason}"
    )]
    AllRejected {
        /// How many documents came.
        rejected: u64,
        /// Where the first one is.
        file: String,
        /// Its line.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The feed ended without saying how.
    #[error("the thread that reads the input died")]
    FeedDied,
}
