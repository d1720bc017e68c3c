//! What can answer a search: the embedded index, or PostgreSQL where there is none.

mod embedded;
mod permits;
mod postgres;

use std::pin::Pin;
use std::sync::Arc;

use search_core::{EngineError, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse};
use serde_json::value::RawValue;

pub use self::embedded::EmbeddedBackend;
pub use self::permits::SearchPermits;
pub use self::postgres::PostgresBackend;

/// An answer on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// Something that answers searches over the catalogues it knows.
pub trait SearchBackend: std::fmt::Debug + Send + Sync + 'static {
    /// Answers a search within the request's own `timeout_ms`.
    fn search<'a>(&'a self, catalog: &'a str, request: SearchRequest)
    -> Answer<'a, SearchResponse>;

    /// Completes a half-typed query.
    fn suggest<'a>(
        &'a self,
        catalog: &'a str,
        request: SuggestRequest,
    ) -> Answer<'a, SuggestResponse>;

    /// A product as it came.
    fn product<'a>(&'a self, catalog: &'a str, id: String) -> Answer<'a, Option<Box<RawValue>>>;
}

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
    /// As many searches wait as may wait.
    #[error("too many searches are waiting, try again in a moment")]
    Overloaded,
    /// The search's turn did not come in its time.
    #[error("the search did not get its turn within {timeout_ms} ms")]
    DeadlineExceeded {
        /// The time it had.
        timeout_ms: u64,
    },
    /// The answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON: {0}")]
    Unserializable(Arc<serde_json::Error>),
    /// PostgreSQL gave no answer.
    #[error("PostgreSQL gave no answer: {reason}")]
    Postgres {
        /// What it said, or who did not answer.
        reason: Arc<str>,
    },
    /// The search panicked.
    #[error("the search panicked")]
    Panicked,
}

impl From<EngineError> for BackendError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Arc::new(error))
    }
}
