//! Whole pages already answered, by catalogue, index version, the caller's scope and request.
//!
//! A commit makes the pages of the version before unreachable; they age out. Equal requests that
//! arrive together are computed once. Errors and degraded answers are never kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::body::Bytes;
use moka::future::Cache;
use search_core::SearchResponse;

use crate::backend::BackendError;

/// What a page depends on: nothing else may change the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    /// The catalogue searched.
    pub catalog: Arc<str>,
    /// The version that answers.
    pub index_version: u64,
    /// The filter of the only products that there are for the caller.
    pub scope: Option<Box<str>>,
    /// The request, serialized in its one canonical form.
    pub request: Box<[u8]>,
}

/// The cache of pages, bounded by bytes.
#[derive(Debug)]
pub(crate) struct PageCache {
    pages: Cache<PageKey, Page>,
}

/// An answer's bytes up to where its circumstances begin (`took_ms`, `served_by` …).
#[derive(Debug, Clone)]
struct Page {
    body: Bytes,
    head: usize,
    index_version: u64,
}

/// An answer that must not be kept.
#[derive(Debug, Clone)]
enum Unkept {
    Page(Bytes),
    Error(BackendError),
}

/// A page and whether the cache had it.
#[derive(Debug)]
pub(crate) struct Served {
    /// The answer as JSON.
    pub body: Bytes,
    /// Whether no search had to run for it.
    pub hit: bool,
}

impl PageCache {
    /// A cache that holds up to this many bytes.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let pages = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &PageKey, page: &Page| {
                const ENTRY_OVERHEAD: usize = 256;
                let scope = key.scope.as_ref().map_or(0, |scope| scope.len());
                let bytes = key.request.len() + scope + page.body.len() + ENTRY_OVERHEAD;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self { pages }
    }

    /// The page from the cache, or from `search`, which runs once for all who wait for it.
    pub(crate) async fn page(
        &self,
        key: PageKey,
        search: impl Future<Output = Result<SearchResponse, BackendError>>,
    ) -> Result<Served, BackendError> {
        let asked = Instant::now();
        let index_version = key.index_version;
        let searched = AtomicBool::new(false);
        let page = self.pages.try_get_with(key, async {
            searched.store(true, Ordering::Relaxed);
            let response = search.await.map_err(Unkept::Error)?;
            let body = serialize(&response).map_err(Unkept::Error)?;
            // The index may have moved on since the key was made.
            let keep =
                response.degraded.is_empty() && response.index_version == Some(index_version);
            match circumstances(&body) {
                Some(head) if keep => Ok(Page { body, head, index_version }),
                _ => Err(Unkept::Page(body)),
            }
        });
        match page.await {
            Ok(page) if searched.load(Ordering::Relaxed) => {
                Ok(Served { body: page.body, hit: false })
            }
            Ok(page) => Ok(Served { body: page.with_cache_circumstances(asked), hit: true }),
            Err(unkept) => match Arc::unwrap_or_clone(unkept) {
                Unkept::Page(body) => Ok(Served { body, hit: false }),
                Unkept::Error(error) => Err(error),
            },
        }
    }
}

impl Page {
    fn with_cache_circumstances(&self, asked: Instant) -> Bytes {
        let took_ms = asked.elapsed().as_secs_f64() * 1e3;
        let circumstances = format!(
            r#","took_ms":{took_ms:.3},"served_by":"cache","degraded":[],"index_version":{}}}"#,
            self.index_version
        );
        let head = self.body.get(..self.head).unwrap_or_default();
        [head, circumstances.as_bytes()].concat().into()
    }
}

/// A response as JSON.
pub(crate) fn serialize(response: &SearchResponse) -> Result<Bytes, BackendError> {
    const TYPICAL_BYTES: usize = 16 * 1024;
    let mut body = Vec::with_capacity(TYPICAL_BYTES);
    serde_json::to_writer(&mut body, response)
        .map_err(|error| BackendError::Unserializable(Arc::new(error)))?;
    Ok(body.into())
}

/// Where the circumstances begin: they are last and hold no text of a product or caller.
fn circumstances(body: &[u8]) -> Option<usize> {
    const MARK: &[u8] = br#","took_ms":"#;
    const LONGEST: usize = 256;
    let from = body.len().saturating_sub(LONGEST);
    let tail = body.get(from..)?;
    tail.windows(MARK.len()).rposition(|window| window == MARK).map(|at| from + at)
}
