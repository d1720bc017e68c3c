//! What every request can reach: the catalogues, who answers, the page cache, the write queue.

use std::sync::Arc;

use indexer::feeding::FeedBoard;

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
    /// How PostgreSQL is fed, if it is.
    pub(crate) feeds: Option<FeedBoard>,
}

/// What a server may have besides its catalogues.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// What answers instead of the index.
    pub(crate) index: Option<Box<dyn SearchBackend>>,
    /// What answers where the index cannot.
    pub(crate) fallback: Option<Box<dyn SearchBackend>>,
    /// Memory for pages already answered, in bytes; 0: none are kept.
    pub(crate) page_cache_bytes: u64,
    /// Who may ask for what, and how often.
    pub(crate) access: Access,
    /// What keeps catalogues equal to collections of MongoDB.
    pub(crate) follower: Option<Follower>,
    /// How PostgreSQL is fed.
    pub(crate) feeds: Option<FeedBoard>,
}

impl AppState {
    /// The state of a server over these catalogues. Must be called within a tokio runtime.
    pub fn new(catalogs: Catalogs, page_cache_bytes: u64) -> App {
        Self::within(catalogs, Surroundings { page_cache_bytes, ..Surroundings::default() })
    }

    /// The state of a server whose searches `index` answers, and where it cannot, `fallback`.
    pub fn with_backends(
        catalogs: Catalogs,
        index: Box<dyn SearchBackend>,
        fallback: Option<Box<dyn SearchBackend>>,
        page_cache_bytes: u64,
    ) -> App {
        let index = Some(index);
        let with = Surroundings { index, fallback, page_cache_bytes, ..Surroundings::default() };
        Self::within(catalogs, with)
    }

    /// The state of a server with all that it may have.
    pub(crate) fn within(catalogs: Catalogs, with: Surroundings) -> App {
        let Surroundings { index, fallback, page_cache_bytes, access, follower, feeds } = with;
        let index = index.unwrap_or_else(|| Box::new(EmbeddedBackend::new(catalogs.clone())));
        Arc::new(Self {
            backend: FallbackChain::new(catalogs.clone(), index, fallback),
            catalogs,
            pages: (page_cache_bytes > 0).then(|| PageCache::new(page_cache_bytes)),
            writes: WriteQueue::start(follower.clone()),
            access,
            metrics: Metrics::new(),
            follower,
            feeds,
        })
    }
}
