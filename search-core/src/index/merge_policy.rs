//! Which segments are merged: few enough for searches, seldom enough for a thousand updates a
//! second.
//!
//! Every commit makes a small segment. As many of one tier as [`FAN_IN`] become one of the next,
//! so a product is written again once for each tier that it rises, however many commits there
//! are, and a shard has fewer segments than [`FAN_IN`] in each tier. What updates leave behind in
//! large segments is got rid of by writing these alone, when it is worth it.

use std::collections::BTreeMap;

use tantivy::index::SegmentMeta;
use tantivy::indexer::{MergeCandidate, MergePolicy};

/// Segments of one tier that become one; also how much larger the segments of the next tier are.
const FAN_IN: usize = 4;
/// Products of a segment of the lowest tier are fewer than this.
const LOWEST_TIER: u32 = 512;
/// Share of deleted products above which a segment is written again: that of the first shard, and
/// how much more the last one bears. Shards fill alike; they should not all be written at once.
const MOST_DELETED: f32 = 0.30;
const MOST_DELETED_SPREAD: f32 = 0.10;

/// Merges by tiers of size.
#[derive(Debug)]
pub(crate) struct TieredMergePolicy {
    most_deleted: f32,
}

impl TieredMergePolicy {
    /// The policy of one of so many shards.
    pub(crate) fn new(shard: usize, shards: usize) -> Self {
        let place = shard as f32 / shards.max(1) as f32;
        Self { most_deleted: MOST_DELETED + MOST_DELETED_SPREAD * place }
    }

    /// Whether a segment is to be written again for what is deleted in it. Small ones are soon
    /// merged anyway.
    fn is_hollow(&self, segment: &SegmentMeta) -> bool {
        let deleted = segment.num_deleted_docs() as f32 / segment.max_doc().max(1) as f32;
        segment.max_doc() >= LOWEST_TIER && deleted > self.most_deleted
    }
}

impl MergePolicy for TieredMergePolicy {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut tiers: BTreeMap<u32, Vec<&SegmentMeta>> = BTreeMap::new();
        for segment in segments {
            tiers.entry(tier(segment)).or_default().push(segment);
        }
        let mut candidates = Vec::new();
        for tier in tiers.values() {
            if tier.len() >= FAN_IN {
                candidates.push(MergeCandidate(tier.iter().map(|segment| segment.id()).collect()));
            } else {
                let hollow = tier.iter().filter(|segment| self.is_hollow(segment));
                candidates.extend(hollow.map(|segment| MergeCandidate(vec![segment.id()])));
            }
        }
        candidates
    }
}

fn tier(segment: &SegmentMeta) -> u32 {
    let size = segment.num_docs() / LOWEST_TIER;
    size.checked_ilog(FAN_IN as u32).map_or(0, |tier| tier + 1)
}

#[cfg(test)]
mod tests {
    use tantivy::Index;
    use tantivy::index::SegmentId;
    use tantivy::schema::Schema;

    use super::*;

    /// A shard as the policy sees it.
    struct Shard {
        index: Index,
        segments: Vec<SegmentMeta>,
        /// Products that merges have written.
        written: u64,
    }

    impl Shard {
        fn add(&mut self, docs: u32) {
            let id = SegmentId::generate_random();
            self.segments.push(self.index.new_segment_meta(id, docs));
        }

        /// Deletes products from the oldest segments that have any left.
        fn delete(&mut self, mut docs: u32) {
            for segment in &mut self.segments {
                let now = docs.min(segment.num_docs());
                docs -= now;
                *segment = segment.clone().with_delete_meta(segment.num_deleted_docs() + now, 1);
            }
        }

        fn merge(&mut self, policy: &TieredMergePolicy) {
            loop {
                let candidates = policy.compute_merge_candidates(&self.segments);
                if candidates.is_empty() {
                    return;
                }
                for MergeCandidate(ids) in candidates {
                    let (merged, kept): (Vec<_>, Vec<_>) =
                        self.segments.drain(..).partition(|segment| ids.contains(&segment.id()));
                    self.segments = kept;
                    let docs = merged.iter().map(SegmentMeta::num_docs).sum();
                    self.written += u64::from(docs);
                    self.add(docs);
                }
            }
        }
    }

    #[test]
    fn an_hour_of_updates_leaves_few_segments_and_writes_each_product_few_times() {
        let (policy, updates, commits) = (TieredMergePolicy::new(0, 2), 200, 9_000_u32);
        let index = Index::create_in_ram(Schema::builder().build());
        let mut shard = Shard { index, segments: Vec::new(), written: 0 };
        shard.add(500_000);
        for _ in 0..commits {
            shard.delete(updates);
            shard.add(updates);
            shard.merge(&policy);
            assert!(shard.segments.len() < 5 * FAN_IN, "{:?}", shard.segments);
        }
        let updated = u64::from(commits * updates);
        assert!(shard.written < 8 * updated, "{} written for {updated}", shard.written);
        assert_eq!(500_000, shard.segments.iter().map(SegmentMeta::num_docs).sum::<u32>());
    }
}
