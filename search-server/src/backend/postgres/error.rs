//! Why PostgreSQL gave no answer.

use std::sync::Arc;

use indexer::postgres::PostgresError;
use search_core::EngineError;
use tokio_postgres::error::SqlState;

use crate::backend::BackendError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The request is at fault.
    #[error(transparent)]
    Request(#[from] EngineError),
    #[error("there is no catalogue {name:?}")]
    NoSuchCatalog { name: String, present: Vec<String> },
    /// The statement or the wait for it took too long.
    #[error("it took too long")]
    Late,
    /// A table that was there is gone: another generation is searched now.
    #[error("the tables of an older generation are gone")]
    Outdated,
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A product that cannot be read.
    #[error("the stored document of {id:?} is no JSON: {source}")]
    Document { id: String, source: serde_json::Error },
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::QUERY_CANCELED) => Self::Late,
            Some(&SqlState::UNDEFINED_TABLE) => Self::Outdated,
            _ => Self::Postgres(error.into()),
        }
    }
}

impl Fault {
    /// As the callers of all backends know it.
    pub(super) fn into_backend_error(self, timeout_ms: u64) -> BackendError {
        match self {
            Self::Request(error) => error.into(),
            Self::NoSuchCatalog { name, present } => BackendError::NoSuchCatalog { name, present },
            Self::Late => BackendError::DeadlineExceeded { timeout_ms },
            fault => BackendError::Postgres { reason: Arc::from(fault.to_string()) },
        }
    }
}
