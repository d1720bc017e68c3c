//! What is remembered of segments.
//!
//! Segments never change, so what is computed from one alone stays right for as long as the
//! segment lives: commits add segments and leave these entries alone. Deletes are applied after
//! the cache, never baked in.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lru::LruCache;
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;
use tantivy::index::SegmentId;

use crate::error::Result;
use crate::search::{Index, PostingList};

/// Merged postings of all words with a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListKey {
    pub segment: SegmentId,
    pub index: Index,
    pub prefix: String,
}

/// Least recently used entries are dropped when all together are over the budget.
pub(crate) struct SegmentCache {
    budget: usize,
    used: AtomicUsize,
    lists: Mutex<LruCache<ListKey, Arc<PostingList>, FxBuildHasher>>,
}

impl fmt::Debug for SegmentCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentCache")
            .field("budget", &self.budget)
            .field("used", &self.used.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

impl SegmentCache {
    /// A cache of at most so many bytes; 0 turns it off.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            budget,
            used: AtomicUsize::new(0),
            lists: Mutex::new(LruCache::unbounded_with_hasher(FxBuildHasher)),
        }
    }

    /// The cached list, or the one that `make` makes. An entry over an eighth of the budget is
    /// not kept: it would push out too much.
    pub(crate) fn list(
        &self,
        key: ListKey,
        make: impl FnOnce() -> Result<PostingList>,
    ) -> Result<Arc<PostingList>> {
        if let Some(list) = self.lists.lock().get(&key) {
            return Ok(Arc::clone(list));
        }
        let list = Arc::new(make()?);
        if list.bytes() <= self.budget / 8 {
            self.keep(key, Arc::clone(&list));
        }
        Ok(list)
    }

    fn keep(&self, key: ListKey, list: Arc<PostingList>) {
        let mut lists = self.lists.lock();
        let mut used = self.used.load(Ordering::Relaxed) + list.bytes();
        if let Some(replaced) = lists.put(key, list) {
            used -= replaced.bytes();
        }
        while used > self.budget {
            let Some((_, oldest)) = lists.pop_lru() else { break };
            used -= oldest.bytes();
        }
        self.used.store(used, Ordering::Relaxed);
    }

    /// Bytes held now.
    pub(crate) fn bytes(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}
