//! Why a backend gave no answer.

use std::sync::Arc;

use search_core::{EngineError, ErrorCode};

/// Why a backend gave no answer. Shared by all callers that waited for one search.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackendError {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] Arc<EngineError>),
    /// There is no such catalogue here.
    #[error("there is no catalogue {name:?}, there are {present:?}")]
    NoSuchCatalog {
        /// The catalogue asked for.
        name: String,
        /// The catalogues that are there.
        present: Vec<String>,
    },
    /// The catalogue has no index that works.
    #[error("the catalogue {name:?} has no index at the moment")]
    NoIndex {
        /// The catalogue.
        name: String,
    },
    /// As many searches wait as may wait.
    #[error("too many searches are waiting, try again in a moment")]
    Overloaded,
    /// The search was not answered in its time.
    #[error("the search was not answered within {timeout_ms} ms")]
    DeadlineExceeded {
        /// The time it had.
        timeout_ms: u64,
    },
    /// PostgreSQL gave no answer.
    #[error("PostgreSQL gave no answer: {reason}")]
    Postgres {
        /// What it said, or who did not answer.
        reason: Arc<str>,
    },
    /// Nobody who could answer can at the moment.
    #[error("the search cannot be answered at the moment, try again in a moment")]
    Unavailable,
    /// The answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Unserializable(Arc<serde_json::Error>),
    /// The search panicked.
    #[error("the search panicked")]
    Panicked,
}

impl BackendError {
    /// Whether the request is at fault: nobody else would answer it.
    pub fn is_callers_fault(&self) -> bool {
        let Self::Engine(error) = self else { return false };
        error.code().is_invalid_input() || error.code() == ErrorCode::ProductNotFound
    }

    /// Whether there was no time left.
    pub(crate) fn is_late(&self) -> bool {
        match self {
            Self::DeadlineExceeded { .. } => true,
            Self::Engine(error) => error.code() == ErrorCode::DeadlineExceeded,
            _ => false,
        }
    }

    /// Whether files of the index that are damaged could be the reason.
    pub(crate) fn speaks_against_files(&self) -> bool {
        let Self::Engine(error) = self else { return false };
        matches!(error.code(), ErrorCode::Damaged | ErrorCode::Internal)
    }

    /// Whether it speaks against the backend that gave it.
    pub(super) fn is_failure(&self) -> bool {
        !self.is_callers_fault() && !matches!(self, Self::Overloaded | Self::NoSuchCatalog { .. })
    }
}

impl From<EngineError> for BackendError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Arc::new(error))
    }
}
