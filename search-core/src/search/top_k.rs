//! The best products of a segment, in an order that has no ties.

use tantivy::DocId;

/// Most keys that products compare by: the request's sort keys, the relevance, the id.
pub(crate) const MAX_RANKS: usize = crate::limits::MAX_SORT_KEYS + 2;

/// What a product compares by, smaller first; unused places are zero.
pub(crate) type Ranks = [u64; MAX_RANKS];

/// A product that may be on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    pub ranks: Ranks,
    pub score: u32,
    pub doc: DocId,
}

/// Keeps the `k` first of all products offered. Linear in their number: candidates gather until
/// there are twice as many as wanted, then the better half stays.
#[derive(Debug)]
pub(crate) struct TopK {
    k: usize,
    /// Only products after this place count.
    after: Option<Ranks>,
    candidates: Vec<Ranked>,
    threshold: Option<Ranked>,
    /// Products offered that come after `after`.
    pub eligible: u64,
}

impl TopK {
    pub(crate) fn new(k: usize, after: Option<Ranks>) -> Self {
        Self { k, after, candidates: Vec::new(), threshold: None, eligible: 0 }
    }

    /// The last product that still matters, once enough have been seen.
    #[inline]
    pub(crate) fn threshold(&self) -> Option<&Ranked> {
        self.threshold.as_ref()
    }

    /// A product that comes after the threshold, whatever its exact ranks are.
    #[inline]
    pub(crate) fn skip(&mut self) {
        self.eligible += 1;
    }

    pub(crate) fn offer(&mut self, candidate: Ranked) {
        if self.after.as_ref().is_some_and(|after| candidate.ranks <= *after) {
            return;
        }
        self.eligible += 1;
        if self.k == 0 || self.threshold.as_ref().is_some_and(|last| candidate.ranks >= last.ranks)
        {
            return;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= self.k * 2 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.candidates.len() > self.k {
            self.candidates.select_nth_unstable(self.k - 1);
            self.candidates.truncate(self.k);
            self.threshold = self.candidates.iter().max().copied();
        }
    }

    /// The first `k`, in order.
    pub(crate) fn finish(mut self) -> Vec<Ranked> {
        if self.k > 0 {
            self.shrink();
        }
        self.candidates.sort_unstable();
        self.candidates
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keeps_what_sorting_everything_keeps(
            scores in proptest::collection::vec(0u64..50, 0..300),
            k in 0usize..40,
            after in proptest::option::of(0u64..50),
        ) {
            let ranks = |score: u64, doc: usize| {
                let mut ranks = Ranks::default();
                ranks[0] = score;
                ranks[1] = doc as u64;
                ranks
            };
            let after = after.map(|score| ranks(score, 10));
            let all: Vec<Ranked> = scores
                .iter()
                .enumerate()
                .map(|(doc, &score)| Ranked { ranks: ranks(score, doc), score: 0, doc: doc as u32 })
                .collect();
            let mut top = TopK::new(k, after);
            all.iter().for_each(|&candidate| top.offer(candidate));
            let mut expected: Vec<Ranked> = all
                .into_iter()
                .filter(|candidate| after.is_none_or(|after| candidate.ranks > after))
                .collect();
            prop_assert_eq!(top.eligible, expected.len() as u64);
            expected.sort();
            expected.truncate(k);
            prop_assert_eq!(top.finish(), expected);
        }
    }
}
