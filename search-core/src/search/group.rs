//! Variants: one hit for each value of the catalogue's `group_by` field.
//!
//! Groups spread over segments. Each segment keeps its best product of every group; when all have
//! been searched the groups are counted, those that an earlier page has shown are dropped, and
//! each segment ranks what is left. A group whose best product is among the first of all is among
//! the first of that product's segment, so the page is exact.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::DocId;

use super::leaf::LeafResult;
use super::top_k::{Ranked, Ranks, TopK};
use crate::error::Result;
use crate::index::{ColumnKey, Columns, Segment};

/// A group, by the hash of its value; a product without a value is a group of its own.
pub(crate) type GroupKey = u64;

/// Which group each product of a segment belongs to.
pub(crate) struct SegmentGroups {
    columns: Arc<Columns>,
    hashes: Arc<Vec<GroupKey>>,
    alone: u64,
}

impl SegmentGroups {
    pub(crate) fn new(key: &ColumnKey, segment: &Segment) -> Result<Self> {
        Ok(Self {
            columns: segment.columns(key)?,
            hashes: segment.value_hashes(key)?,
            alone: crate::index::stable_hash(segment.version.id.uuid_string()),
        })
    }

    pub(crate) fn of(&self, doc: DocId) -> GroupKey {
        let ordinal = self.columns.strings.as_ref().and_then(|column| column.term_ords(doc).next());
        let hash = ordinal.and_then(|ordinal| self.hashes.get(ordinal as usize));
        // Odd multipliers spread neighbouring products over all keys.
        hash.copied().unwrap_or_else(|| {
            self.alone ^ (u64::from(doc) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    }
}

/// A segment's groups: the best product of each and how many match.
pub(crate) type GroupBests = FxHashMap<GroupKey, (Ranked, u64)>;

/// Adds a matching product to its group.
pub(crate) fn add(groups: &mut GroupBests, key: GroupKey, candidate: Ranked) {
    let (best, size) = groups.entry(key).or_insert((candidate, 0));
    *size += 1;
    if candidate < *best {
        *best = candidate;
    }
}

/// The groups of all segments.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// How many products of each match.
    pub sizes: FxHashMap<GroupKey, u64>,
    /// Groups that have their place by rank and come after the cursor.
    pub eligible: u64,
}

/// Unites the segments' groups and leaves in each result the segment's part of the page.
/// `after` is the cursor's place in each segment; `pinned` are groups that have their position.
pub(crate) fn unite(
    leaves: &mut [LeafResult],
    after: &[Option<Ranks>],
    pinned: FxHashSet<GroupKey>,
    wanted: usize,
) -> Groups {
    let mut sizes: FxHashMap<GroupKey, u64> = FxHashMap::default();
    let mut placed = pinned;
    for (leaf, after) in leaves.iter().zip(after) {
        for (key, (best, size)) in &leaf.groups {
            *sizes.entry(*key).or_default() += size;
            if after.is_some_and(|after| best.ranks <= after) {
                placed.insert(*key);
            }
        }
    }
    for leaf in leaves {
        let mut top = TopK::new(wanted, None);
        let left = leaf.groups.iter().filter(|(key, _)| !placed.contains(key));
        left.for_each(|(_, (best, _))| top.offer(*best));
        leaf.top = top.finish();
    }
    Groups { eligible: (sizes.len() - placed.len()) as u64, sizes }
}
