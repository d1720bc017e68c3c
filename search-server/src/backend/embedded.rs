//! The index in this process: CPU work off the async workers, as much at once as pays.

use std::time::{Duration, Instant};

use search_core::limits::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};
use search_core::{Engine, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse};
use serde_json::value::RawValue;

use super::{Answer, BackendError, SearchBackend, SearchPermits};
use crate::state::Catalogs;

/// Answers from the engines of the data directory.
#[derive(Debug)]
pub struct EmbeddedBackend {
    catalogs: Catalogs,
    permits: SearchPermits,
}

impl EmbeddedBackend {
    /// A backend over these catalogues.
    pub fn new(catalogs: Catalogs, permits: SearchPermits) -> Self {
        Self { catalogs, permits }
    }

    async fn run<T: Send + 'static>(
        &self,
        catalog: &str,
        timeout_ms: u64,
        work: impl FnOnce(&Engine, u64) -> search_core::Result<T> + Send + 'static,
    ) -> Result<T, BackendError> {
        let engine = self.catalogs.get(catalog)?.engine;
        let asked = Instant::now();
        let permit = self.permits.acquire(timeout_ms).await?;
        let remaining = timeout_ms.saturating_sub(millis(asked.elapsed())).max(1);
        // The permit goes with the work: a caller that hangs up does not make room before the
        // work has ended.
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&engine, remaining)
        })
        .await
        .map_err(|_panic| BackendError::Panicked)?;
        Ok(answer?)
    }
}

impl SearchBackend for EmbeddedBackend {
    fn search<'a>(
        &'a self,
        catalog: &'a str,
        mut request: SearchRequest,
    ) -> Answer<'a, SearchResponse> {
        // A timeout out of range is the engine's to refuse: it must reach it unchanged.
        let timeout_ms = request.timeout_ms.clamp(1, MAX_TIMEOUT_MS);
        Box::pin(self.run(catalog, timeout_ms, move |engine, remaining| {
            request.timeout_ms = match request.timeout_ms {
                asked if asked == timeout_ms => remaining,
                refused => refused,
            };
            engine.search(&request)
        }))
    }

    fn suggest<'a>(
        &'a self,
        catalog: &'a str,
        request: SuggestRequest,
    ) -> Answer<'a, SuggestResponse> {
        Box::pin(self.run(catalog, DEFAULT_TIMEOUT_MS, move |engine, _| engine.suggest(&request)))
    }

    fn product<'a>(&'a self, catalog: &'a str, id: String) -> Answer<'a, Option<Box<RawValue>>> {
        Box::pin(self.run(catalog, DEFAULT_TIMEOUT_MS, move |engine, _| engine.product(&id)))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
