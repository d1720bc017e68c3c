//! Words that stand beside each other in a text mean more than words that are far apart.
//!
//! After Büttcher, Clarke and Lushman, "Term proximity scoring for ad-hoc retrieval on very large
//! text collections" (SIGIR 2006): occurrences of two words that follow each other in the query
//! add up by the inverse square of their distance, and the sum saturates as a term frequency
//! does. Positions repeat by the weight of their field, so a phrase in the title counts more.
//!
//! Positions are read last, and only of products that would reach the page with the most that
//! proximity can give.

use super::bm25::Bm25;
use super::postings::{SlotPostings, SlotScore};
use super::slot::Pair;

/// Words further apart than this have nothing to do with each other.
const FARTHEST: u32 = 8;

/// The pairs of a query in one segment.
pub(crate) struct Proximity<'a> {
    pairs: &'a [Pair],
    first: Vec<u32>,
    second: Vec<u32>,
}

impl<'a> Proximity<'a> {
    pub(crate) fn new(pairs: &'a [Pair]) -> Self {
        Self { pairs, first: Vec::new(), second: Vec::new() }
    }

    /// The most that a product can get: no pair stands together more often than its first word
    /// occurs.
    #[inline]
    pub(crate) fn most(&self, found: &[SlotScore]) -> f32 {
        let most = |pair: &Pair| found.get(pair.first).map_or(0.0, |first| first.saturated);
        self.pairs.iter().map(|pair| pair.factor * most(pair)).sum()
    }

    /// What the current product of the slots gets for each pair; slots come with their places.
    pub(crate) fn scores<'s>(
        &'s mut self,
        slots: &'s mut [(usize, SlotPostings)],
        bm25: &'s Bm25,
        length: f32,
    ) -> impl Iterator<Item = (&'a Pair, f32)> + 's {
        let Self { pairs, first, second, .. } = self;
        pairs.iter().map(move |pair| {
            let frequency = match positions(slots, pair.first, bm25, length, first)
                && positions(slots, pair.first + 1, bm25, length, second)
            {
                true => nearness(first, second, pair.length),
                false => 0.0,
            };
            (pair, pair.factor * bm25.saturated(frequency, length))
        })
    }
}

/// The positions of the word at a place; `false` where it is not a single term.
fn positions(
    slots: &mut [(usize, SlotPostings)],
    place: usize,
    bm25: &Bm25,
    length: f32,
    positions: &mut Vec<u32>,
) -> bool {
    let slot = slots.iter_mut().find(|(at, _)| *at == place);
    slot.is_some_and(|(_, slot)| slot.positions(bm25, length, positions))
}

/// For each position of the first word, the inverse square of how far the nearest position of the
/// second word is from where it should be, added up.
fn nearness(first: &[u32], second: &[u32], length: u32) -> f32 {
    let distance = |from: u32, to: u32| match to >= from + length {
        true => to - from - length + 1,
        // The other way round is at least one further.
        false => from.abs_diff(to) + 1,
    };
    first
        .iter()
        .filter_map(|&from| {
            let after = second.partition_point(|&to| to < from);
            let near = [after.checked_sub(1), Some(after)].into_iter().flatten();
            let distances = near.filter_map(|at| second.get(at)).map(|&to| distance(from, to));
            distances.min().filter(|&distance| distance <= FARTHEST)
        })
        .map(|distance| 1.0 / (distance * distance) as f32)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_order_and_side_by_side_are_nearest() {
        assert_eq!(nearness(&[3], &[4], 1), 1.0);
        assert_eq!(nearness(&[3], &[5], 1), 0.25);
        assert_eq!(nearness(&[4], &[3], 1), 0.25, "the other way round");
        assert_eq!(nearness(&[3], &[5], 2), 1.0, "a word of two positions");
        assert_eq!(nearness(&[3, 3, 40], &[4, 4, 60], 1), 2.0, "a heavy field, and far apart");
        assert_eq!(nearness(&[3], &[], 1), 0.0);
    }
}
