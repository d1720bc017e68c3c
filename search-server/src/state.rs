//! What every request can reach: the catalogues, who answers, the page cache, the write queue.

use std::sync::Arc;

use crate::access::Access;
use crate::backend::{EmbeddedBackend, FallbackChain, SearchBackend};
use crate::catalogs::Catalogs;
use crate::follower::Follower;
use crate::page_cache::PageCache;
use crate::telemetry::Metrics;
use crate::write_queue::WriteQueue;

/// The shared state; a cheap handle.
pub type App = Arc<AppState>;

/// What every request can reach.
#[derive(Debug)]
pub struct AppState {
    /// The catalogues that are served.
    pub(crate) catalogs: Catalogs,
    /// What answers searches.
    pub(crate) backend: FallbackChain,
    /// Pages already answered; absent when turned off.
    pub(crate) pages: Option<PageCache>,
    /// The way to the one writer.
    pub(crate) writes: WriteQueue,
    /// Who may ask for what, and how often.
    pub(crate) access: Access,
    /// Counters and timers.
    pub(crate) metrics: Metrics,
    /// What keeps catalogues equal to collections of MongoDB, if anything does.
    pub(crate) follower: Option<Follower>,
}

impl AppState {
    /// The state of a server over these catalogues. Must be called within a tokio runtime.
    pub fn new(catalogs: Catalogs, page_cache_bytes: u64) -> App {
        Self::guarded(catalogs, None, None, page_cache_bytes, Access::default())
    }

    /// The state of a server some of whose catalogues may follow MongoDB, that may have a fallback,
    /// and that not everybody may ask everything of.
    pub(crate) fn guarded(
        catalogs: Catalogs,
        fallback: Option<Box<dyn SearchBackend>>,
        follower: Option<Follower>,
        page_cache_bytes: u64,
        access: Access,
    ) -> App {
        let index = Box::new(EmbeddedBackend::new(catalogs.clone()));
        let backend = FallbackChain::new(catalogs.clone(), index, fallback);
        Self::assembled(catalogs, backend, follower, page_cache_bytes, access)
    }

    /// The state of a server whose searches `index` answers, and where it cannot, `fallback`.
    pub fn with_backends(
        catalogs: Catalogs,
        index: Box<dyn SearchBackend>,
        fallback: Option<Box<dyn SearchBackend>>,
        page_cache_bytes: u64,
    ) -> App {
        let backend = FallbackChain::new(catalogs.clone(), index, fallback);
        Self::assembled(catalogs, backend, None, page_cache_bytes, Access::default())
    }

    fn assembled(
        catalogs: Catalogs,
        backend: FallbackChain,
        follower: Option<Follower>,
        page_cache_bytes: u64,
        access: Access,
    ) -> App {
        Arc::new(Self {
            catalogs,
            backend,
            pages: (page_cache_bytes > 0).then(|| PageCache::new(page_cache_bytes)),
            writes: WriteQueue::start(follower.clone()),
            access,
            metrics: Metrics::new(),
            follower,
        })
    }
}
