//! Why it cannot be told whether the two sides are equal.

use search_core::EngineError;

use crate::mongo::{DocumentFault, MongoError};

/// Why it cannot be told whether the two sides are equal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The collection cannot be read.
    #[error(transparent)]
    Mongo(#[from] MongoError),
    /// The index cannot be read or written.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The catalogue takes ids from elsewhere.
    #[error(
        "the catalogue `{catalog}` takes its ids from `{path}`: expected `_id`, by which documents \
         of a collection are told apart"
    )]
    IdPath {
        /// The catalogue.
        catalog: String,
        /// Where it takes them from.
        path: String,
    },
    /// A stored document has no `_id` by which to look for it in the collection.
    #[error("the stored document of product {id:?}: {fault}")]
    Stored {
        /// Its id.
        id: String,
        /// What is wrong with it.
        fault: DocumentFault,
    },
    /// The follower does not come to where both sides can be compared.
    #[error("the follower of {catalog} does not get on: {reason}")]
    Follower {
        /// The catalogue.
        catalog: String,
        /// How it is.
        reason: String,
    },
    /// A task that read one side died.
    #[error("reading {side} was cut off")]
    CutOff {
        /// The side.
        side: &'static str,
    },
}

impl From<mongodb::error::Error> for VerifyError {
    fn from(error: mongodb::error::Error) -> Self {
        Self::Mongo(error.into())
    }
}
