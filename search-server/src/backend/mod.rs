//! What answers a search: the embedded index, and PostgreSQL where there is one.
//!
//! `FallbackChain` decides who is asked, in which order and for how long (`deadline`), by how the
//! index has done of late (`breaker`). `embedded` asks the index: `admission` says when it is a
//! search's turn, `ladder` what it leaves out under pressure.

mod admission;
mod breaker;
mod deadline;
mod embedded;
mod error;
mod failpoint;
mod fallback;
mod ladder;
mod postgres;
mod traffic;

use std::pin::Pin;
use std::sync::Arc;

use search_core::{Catalog, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse};
use serde_json::value::RawValue;

pub(crate) use self::breaker::{BreakerState, Trial};
pub(crate) use self::deadline::Deadline;
pub use self::embedded::EmbeddedBackend;
pub use self::error::BackendError;
pub(crate) use self::fallback::FallbackChain;
pub use self::postgres::PostgresBackend;
pub(crate) use self::traffic::Traffic;

/// An answer on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

/// Something that answers searches over the catalogues it knows.
///
/// Answers that are dropped before they are there have been given up: their work should end.
pub trait SearchBackend: std::fmt::Debug + Send + Sync + 'static {
    /// The catalogues that it can answer for, as it last knew them; does not wait. `None` as long
    /// as it has not found out.
    fn catalogs(&self) -> Option<Vec<Arc<Catalog>>> {
        None
    }

    /// Finds out what catalogues there are, for [`catalogs`](Self::catalogs).
    fn look(&self) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

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
