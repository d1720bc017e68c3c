//! What one side holds, as sums: equal sums in every bucket mean equal documents.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Buckets that documents are spread over by their ids.
const BUCKETS: usize = 1 << 16;

/// A document's id and content as 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(u128);

impl Fingerprint {
    pub(super) fn of(id: &str, document: &str) -> Self {
        let mut hash = Xxh3::new();
        hash.update(id.as_bytes());
        // No id holds a control character: what is id and what is document stays clear.
        hash.update(b"\0");
        hash.update(document.as_bytes());
        Self(hash.digest128())
    }
}

/// The sums of one side, in memory that does not depend on how many documents there are.
#[derive(Debug)]
pub(super) struct Digest {
    documents: u64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bucket {
    documents: u64,
    sum: u128,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self { documents: 0, buckets: vec![Bucket::default(); BUCKETS] }
    }

    pub(super) fn add(&mut self, id: &str, document: &str) {
        self.documents += 1;
        if let Some(bucket) = self.buckets.get_mut(bucket_of(id)) {
            bucket.documents += 1;
            bucket.sum = bucket.sum.wrapping_add(Fingerprint::of(id, document).0);
        }
    }

    /// How many documents there are.
    pub(super) fn documents(&self) -> u64 {
        self.documents
    }

    /// The buckets in which two sides differ, in groups that hold so many documents at most.
    pub(super) fn differing(&self, other: &Self, at_most: u64) -> Vec<Buckets> {
        let mut groups: Vec<Buckets> = Vec::new();
        let mut room = 0;
        for (number, (here, there)) in self.buckets.iter().zip(&other.buckets).enumerate() {
            if here == there {
                continue;
            }
            let documents = here.documents + there.documents;
            if documents > room || groups.is_empty() {
                groups.push(Buckets(vec![false; BUCKETS]));
                room = at_most;
            }
            room = room.saturating_sub(documents);
            if let Some(chosen) = groups.last_mut().and_then(|group| group.0.get_mut(number)) {
                *chosen = true;
            }
        }
        groups
    }
}

/// Some of the buckets.
#[derive(Debug, Clone)]
pub(super) struct Buckets(Vec<bool>);

impl Buckets {
    /// Whether the documents with this id are in one of them.
    pub(super) fn hold(&self, id: &str) -> bool {
        self.0.get(bucket_of(id)).is_some_and(|chosen| *chosen)
    }
}

fn bucket_of(id: &str) -> usize {
    xxh3_64(id.as_bytes()) as usize % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest<'a>(documents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Digest {
        let mut digest = Digest::new();
        for (id, document) in documents {
            digest.add(id, document);
        }
        digest
    }

    #[test]
    fn only_what_differs_is_looked_at_again() {
        let ids: Vec<String> = (0..10_000).map(|id| id.to_string()).collect();
        let here = digest(ids.iter().map(|id| (id.as_str(), "same")));
        let changed = |id: &str| matches!(id, "17" | "4711" | "9999");
        let there = ids.iter().rev().filter(|id| *id != "5");
        let there = digest(there.map(|id| (id.as_str(), if changed(id) { "new" } else { "same" })));
        assert_eq!((here.documents(), there.documents()), (10_000, 9_999));

        let [group] = &here.differing(&there, 1_000)[..] else { panic!("one group is enough") };
        let held: Vec<_> = ids.iter().filter(|id| group.hold(id)).collect();
        for id in ["5", "17", "4711", "9999"] {
            assert!(group.hold(id), "{id} differs and is not looked at");
        }
        assert!(held.len() < 20, "{} of 10,000 are looked at", held.len());
        assert!(here.differing(&here, 1_000).is_empty());
    }

    #[test]
    fn groups_cover_all_that_differs_and_are_bounded() {
        let ids: Vec<String> = (0..10_000).map(|id| id.to_string()).collect();
        let here = digest(ids.iter().map(|id| (id.as_str(), "old")));
        let there = digest(ids.iter().map(|id| (id.as_str(), "new")));
        let groups = here.differing(&there, 3_000);
        let sizes: Vec<usize> =
            groups.iter().map(|group| ids.iter().filter(|id| group.hold(id)).count()).collect();
        assert_eq!(sizes.iter().sum::<usize>(), ids.len());
        assert!(sizes.iter().all(|documents| 2 * documents <= 3_000), "{sizes:?}");
    }

    #[test]
    fn content_that_moves_to_another_id_is_seen() {
        let here = digest([("1", "a"), ("2", "b")]);
        let there = digest([("1", "b"), ("2", "a")]);
        assert_eq!(here.differing(&there, 10).len(), 1);
    }
}
