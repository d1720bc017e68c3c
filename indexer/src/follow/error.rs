//! Why a follower cannot go on.

use std::io;
use std::path::PathBuf;

use search_core::EngineError;

use crate::mongo::{DocumentFault, MongoError};
use crate::postgres::PostgresError;

/// Why a follower cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The collection cannot be followed, now or at all.
    #[error(transparent)]
    Mongo(#[from] MongoError),
    /// The index cannot be written.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file beside the index cannot be read or written.
    #[error("{what}: {source}")]
    File {
        /// What the file is for.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// PostgreSQL cannot be written.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The catalogue takes ids from elsewhere.
    #[error(
        "the catalogue `{catalog}` takes its ids from `{path}`: one that follows MongoDB takes \
         them from `_id`, by which a deletion names its document"
    )]
    IdPath {
        /// The catalogue.
        catalog: String,
        /// Where it takes them from.
        path: String,
    },
    /// Two of the followed are the same.
    #[error("{what} {name} is given twice")]
    Twice {
        /// What is the same.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The collection holds documents, and none can be indexed.
    #[error(
        "none of the {documents} documents can be indexed: the catalogue does not fit them; {path} \
         holds the reasons"
    )]
    NothingFits {
        /// How many there are.
        documents: usize,
        /// The dead letters.
        path: PathBuf,
    },
    /// What is noted of an unfinished load cannot be read.
    #[error("the notes of an unfinished load: {0}")]
    Notes(#[from] DocumentFault),
    /// It was told to stop.
    #[error("it was told to stop")]
    Stopped,
    /// A task of the follower died.
    #[error("{0} died")]
    Died(&'static str),
}

impl FollowError {
    pub(super) fn file(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { what, source }
    }
}

impl From<mongodb::error::Error> for FollowError {
    fn from(error: mongodb::error::Error) -> Self {
        Self::Mongo(error.into())
    }
}
