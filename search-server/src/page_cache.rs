//! Whole pages already answered, by catalogue, index version, the caller's scope and request.
//!
//! A commit makes the pages of the version before unreachable; they age out. Equal requests that
//! arrive together are computed once. Errors and degraded answers are never kept.
//!
//! Beside them, for the moment when nobody can answer, the last good page of each request: of
//! whatever version, of limited age, and marked as stale.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::body::Bytes;
use moka::future::Cache;
use search_core::{SearchRequest, SearchResponse};

use crate::backend::BackendError;
use crate::catalogs::Served;
use crate::limits::MAX_STALE_AGE;

/// What is asked, whatever answers it and however long that may take.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    /// The catalogue searched.
    catalog: Arc<str>,
    /// The filter of the only products that there are for the caller.
    scope: Option<Box<str>>,
    /// The request, serialized in its one canonical form.
    request: Box<[u8]>,
}

impl Asked {
    /// What this request asks.
    pub(crate) fn new(catalog: &Arc<str>, request: &SearchRequest) -> Result<Self, BackendError> {
        let canonical = SearchRequest { timeout_ms: 0, ..request.clone() };
        let canonical = serde_json::to_vec(&canonical)
            .map_err(|error| BackendError::Unserializable(Arc::new(error)))?;
        let scope = request.scope.as_deref().map(Box::from);
        Ok(Self { catalog: Arc::clone(catalog), scope, request: canonical.into() })
    }

    fn bytes(&self) -> usize {
        self.request.len() + self.scope.as_ref().map_or(0, |scope| scope.len())
    }
}

/// What a page depends on: nothing else may change the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    asked: Arc<Asked>,
    /// The index that answers and its version; absent when there is none.
    index: Option<(u64, u64)>,
    /// Who waits together has the same time.
    timeout_ms: u64,
}

impl PageKey {
    /// The key of a request to a catalogue, with its index as it is now.
    pub(crate) fn new(asked: Arc<Asked>, index: Option<&Served>, timeout_ms: u64) -> Self {
        let index = index.map(|served| (served.opened, served.engine.index_version()));
        Self { asked, index, timeout_ms }
    }
}

/// The cache of pages, bounded by bytes.
#[derive(Debug)]
pub(crate) struct PageCache {
    pages: Cache<PageKey, Page>,
    recent: Cache<Arc<Asked>, Recent>,
}

/// An answer's bytes up to where its circumstances begin (`took_ms`, `served_by` …).
#[derive(Debug, Clone)]
struct Page {
    body: Bytes,
    head: usize,
    index_version: Option<u64>,
}

/// The last good page of a request.
#[derive(Debug, Clone)]
struct Recent {
    page: Page,
    answered: Instant,
}

/// An answer that must not be kept.
#[derive(Debug, Clone)]
enum Unkept {
    Page(Bytes),
    Error(BackendError),
}

/// A page and whether the cache had it.
#[derive(Debug)]
pub(crate) struct CachedPage {
    /// The answer as JSON.
    pub body: Bytes,
    /// Whether no search had to run for it.
    pub hit: bool,
}

impl PageCache {
    /// A cache that holds up to this many bytes.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let for_recent = max_bytes / 4;
        let recent = bounded(for_recent, |asked: &Arc<Asked>, recent: &Recent| {
            asked.bytes() + recent.page.body.len()
        });
        let pages = bounded(max_bytes - for_recent, |key: &PageKey, page: &Page| {
            key.asked.bytes() + page.body.len()
        });
        Self { pages: pages.build(), recent: recent.time_to_live(MAX_STALE_AGE).build() }
    }

    /// The page from the cache, or from `search`, which runs once for all who wait for it.
    pub(crate) async fn page(
        &self,
        key: PageKey,
        search: impl Future<Output = Result<SearchResponse, BackendError>>,
    ) -> Result<CachedPage, BackendError> {
        let arrived = Instant::now();
        let version = key.index.map(|(_, version)| version);
        let asked = Arc::clone(&key.asked);
        let searched = AtomicBool::new(false);
        let page = self.pages.try_get_with(key, async {
            searched.store(true, Ordering::Relaxed);
            let response = search.await.map_err(Unkept::Error)?;
            let body = serialize(&response).map_err(Unkept::Error)?;
            let index_version = response.index_version;
            let page = match circumstances(&body) {
                Some(head) if response.degraded.is_empty() => Page { body, head, index_version },
                _ => return Err(Unkept::Page(body)),
            };
            let recent = Recent { page: page.clone(), answered: Instant::now() };
            self.recent.insert(asked, recent).await;
            // The index may have moved on since the key was made, or somebody else have answered.
            match index_version.is_some() && index_version == version {
                true => Ok(page),
                false => Err(Unkept::Page(page.body)),
            }
        });
        match page.await {
            Ok(page) if searched.load(Ordering::Relaxed) => {
                Ok(CachedPage { body: page.body, hit: false })
            }
            Ok(page) => Ok(CachedPage { body: page.again(arrived, "[]", ""), hit: true }),
            Err(unkept) => match Arc::unwrap_or_clone(unkept) {
                Unkept::Page(body) => Ok(CachedPage { body, hit: false }),
                Unkept::Error(error) => Err(error),
            },
        }
    }

    /// The last good page of a request, marked as stale and with its age.
    pub(crate) async fn stale(&self, asked: &Arc<Asked>) -> Option<Bytes> {
        let began = Instant::now();
        let Recent { page, answered } = self.recent.get(asked).await?;
        let age = format!(r#","age_ms":{}"#, answered.elapsed().as_millis());
        Some(page.again(began, r#"["stale"]"#, &age))
    }
}

impl Page {
    /// The page with the circumstances of this answer.
    fn again(&self, began: Instant, degraded: &str, more: &str) -> Bytes {
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        let version = self.index_version.map_or("null".to_owned(), |version| version.to_string());
        let circumstances = format!(
            r#","took_ms":{took_ms:.3},"served_by":"cache","degraded":{degraded},"index_version":{version}{more}}}"#
        );
        let head = self.body.get(..self.head).unwrap_or_default();
        [head, circumstances.as_bytes()].concat().into()
    }
}

/// A cache of so many bytes, of which each entry takes some more.
fn bounded<K: Eq + Hash + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(
    max_bytes: u64,
    bytes: fn(&K, &V) -> usize,
) -> moka::future::CacheBuilder<K, V, Cache<K, V>> {
    const ENTRY_OVERHEAD: usize = 256;
    let weigh = move |key: &K, value: &V| {
        u32::try_from(bytes(key, value) + ENTRY_OVERHEAD).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(max_bytes).weigher(weigh)
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

#[cfg(test)]
mod tests {
    use search_core::{Catalog, Engine};

    use super::*;

    #[tokio::test]
    async fn a_stale_page_is_for_the_same_question_in_the_same_scope() {
        let catalog = "name = \"t\"\n[fields.title]\ntype = \"text\"\n[fields.brand]\n\
                       type = \"keyword\"\nroles = [\"filter\"]\n";
        let engine = Engine::in_memory(Catalog::parse(catalog).unwrap()).unwrap();
        let cache = PageCache::new(1 << 20);
        let name: Arc<str> = "t".into();
        let asked = |request: &SearchRequest| Arc::new(Asked::new(&name, request).unwrap());
        let scoped =
            |brand: &str| SearchRequest::query("hat").within(Some(format!("brand = \"{brand}\"")));
        let request = scoped("Veltro");
        let key = PageKey::new(asked(&request), None, request.timeout_ms);
        cache.page(key, async { Ok(engine.search(&request)?) }).await.unwrap();
        let patient = SearchRequest { timeout_ms: 9_000, ..request };
        assert!(cache.stale(&asked(&patient)).await.is_some());
        let others =
            [scoped("Kestrel"), SearchRequest::query("hat"), SearchRequest { limit: 1, ..patient }];
        for other in others {
            assert!(cache.stale(&asked(&other)).await.is_none(), "{other:?}");
        }
    }
}
