//! What is remembered of segments.
//!
//! Segments never change, so what is computed from one alone stays right for as long as the
//! segment lives: commits add segments and leave these entries alone. Deletes are applied after
//! the cache, never baked in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lru::LruCache;
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;
use tantivy::index::SegmentId;

use crate::error::Result;
use crate::search::{PostingList, Prefix, TermRange};

/// The least that an entry counts, for its place in the map.
const ENTRY_BYTES: usize = 256;
/// Terms get one in so many bytes of the budget, their merged postings the rest.
const TERMS_SHARE: usize = 8;

/// What is remembered belongs to a prefix in a segment.
type Key = (SegmentId, Arc<Prefix>);

/// The terms with a prefix and their merged postings, in each segment. The least recently used are
/// dropped when all together are over the budget.
#[derive(Debug)]
pub(crate) struct SegmentCache {
    pub terms: Remembered<TermRange>,
    pub lists: Remembered<PostingList>,
}

impl SegmentCache {
    /// A cache of at most so many bytes; 0 turns it off.
    pub(crate) fn new(budget: usize) -> Self {
        let terms = budget / TERMS_SHARE;
        Self { terms: Remembered::new(terms), lists: Remembered::new(budget - terms) }
    }

    /// Bytes held now.
    pub(crate) fn bytes(&self) -> usize {
        self.terms.bytes() + self.lists.bytes()
    }
}

/// What knows its size in memory.
pub(crate) trait Weighed {
    fn bytes(&self) -> usize;
}

/// Values of one kind, within a budget.
pub(crate) struct Remembered<V> {
    budget: usize,
    used: AtomicUsize,
    entries: Mutex<LruCache<Key, Arc<V>, FxBuildHasher>>,
}

impl<V> fmt::Debug for Remembered<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered")
            .field("budget", &self.budget)
            .field("used", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl<V> Remembered<V> {
    fn new(budget: usize) -> Self {
        let entries = Mutex::new(LruCache::unbounded_with_hasher(FxBuildHasher));
        Self { budget, used: AtomicUsize::new(0), entries }
    }

    fn bytes(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

impl<V: Weighed> Remembered<V> {
    /// The value that is known, or the one that `make` makes. A value over an eighth of the budget
    /// is not kept: it would push out too much.
    pub(crate) fn get_or_make(
        &self,
        segment: SegmentId,
        prefix: &Arc<Prefix>,
        make: impl FnOnce() -> Result<V>,
    ) -> Result<Arc<V>> {
        let key = (segment, Arc::clone(prefix));
        if let Some(known) = self.entries.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let value = Arc::new(make()?);
        if value.bytes() + ENTRY_BYTES <= self.budget / 8 {
            self.keep(key, Arc::clone(&value));
        }
        Ok(value)
    }

    pub(crate) fn knows(&self, segment: SegmentId, prefix: &Arc<Prefix>) -> bool {
        self.entries.lock().contains(&(segment, Arc::clone(prefix)))
    }

    fn keep(&self, key: Key, value: Arc<V>) {
        let mut entries = self.entries.lock();
        let mut used = self.bytes() + value.bytes() + ENTRY_BYTES;
        if let Some(replaced) = entries.put(key, value) {
            used -= replaced.bytes() + ENTRY_BYTES;
        }
        while used > self.budget {
            let Some((_, oldest)) = entries.pop_lru() else { break };
            used -= oldest.bytes() + ENTRY_BYTES;
        }
        self.used.store(used, Ordering::Relaxed);
    }
}
