//! Products that follow each other and are scored together.
//!
//! Where a slot has many products, finding the next one and leaving out the others costs more than
//! scoring them all: in a window nothing is decided by product, and the scores stay in the nearest
//! cache.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::{DocId, TERMINATED};

use super::bm25::Bm25;
use super::places::places;

/// Products in a window.
const WINDOW: usize = 2_048;

/// What a product that does not match has in place of a score.
const UNMATCHED: f32 = -1.0;

/// The scores of a window for one slot.
pub(crate) struct Window<'a> {
    bm25: &'a Bm25,
    norms: &'a FieldNormReader,
    /// The first product.
    start: DocId,
    /// What each product's length does to its frequencies.
    lengths: Vec<f32>,
    scores: Vec<f32>,
}

impl<'a> Window<'a> {
    pub(crate) fn new(bm25: &'a Bm25, norms: &'a FieldNormReader) -> Self {
        Self { bm25, norms, start: 0, lengths: Vec::new(), scores: Vec::new() }
    }

    /// Begins anew at a product; none matches yet.
    pub(crate) fn move_to(&mut self, start: DocId) {
        self.start = start;
        let docs = start..self.end().min(self.norms.num_docs());
        self.lengths.clear();
        self.lengths.extend(docs.map(|doc| self.bm25.length(self.norms.fieldnorm_id(doc))));
        self.scores.clear();
        self.scores.resize(self.lengths.len(), UNMATCHED);
    }

    /// The first product behind it.
    pub(crate) fn end(&self) -> DocId {
        self.start.saturating_add(WINDOW as DocId).min(TERMINATED)
    }

    /// A product has a term so often.
    #[inline]
    pub(crate) fn add(&mut self, doc: DocId, freq: u32, factor: f32) {
        let place = (doc - self.start) as usize;
        if let Some((score, &length)) = self.scores.get_mut(place).zip(self.lengths.get(place)) {
            *score = score.max(factor * self.bm25.saturated(freq as f32, length));
        }
    }

    /// Products from the given one on have a term so often; 0 is not at all.
    pub(crate) fn add_all(&mut self, first: DocId, freqs: &[u16], factor: f32) {
        let place = (first - self.start) as usize;
        let scores = self.scores.get_mut(place..).unwrap_or_default();
        let lengths = self.lengths.get(place..).unwrap_or_default();
        for ((score, &length), &freq) in scores.iter_mut().zip(lengths).zip(freqs) {
            let absent = UNMATCHED * f32::from(freq == 0);
            let found = factor * self.bm25.saturated(f32::from(freq), length) + absent;
            *score = score.max(found);
        }
    }

    /// The products that match, with their scores.
    pub(crate) fn matches(&self) -> impl Iterator<Item = (DocId, f32)> {
        let matches = places(&self.scores, |score| score != UNMATCHED);
        matches.into_iter().map(|place| (self.start + place, self.scores[place as usize]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::super::postings::{PartPostings, PostingList, SlotPart, SlotPostings};
    use super::*;

    /// More than two windows.
    const DOCS: u32 = 5_000;

    fn slot(lists: &[(BTreeMap<DocId, u16>, bool)]) -> SlotPostings {
        let parts = lists.iter().enumerate().map(|(part, (freqs, is_dense))| {
            let list = match is_dense {
                true => PostingList::Dense {
                    freqs: (0..DOCS).map(|doc| freqs.get(&doc).copied().unwrap_or(0)).collect(),
                    docs: freqs.len() as u32,
                },
                false => PostingList::Sparse {
                    docs: freqs.keys().copied().collect(),
                    freqs: freqs.values().copied().collect(),
                },
            };
            let factor = 1.0 / (part + 1) as f32;
            SlotPart { postings: PartPostings::list(Arc::new(list)), factor, part }
        });
        SlotPostings::new(parts.collect())
    }

    proptest! {
        #[test]
        fn windows_score_what_a_walk_scores(
            lists in vec((btree_map(0..DOCS, 1u16..40, 0..200), any::<bool>()), 1..4),
        ) {
            let (bm25, norms) = (Bm25::example(), FieldNormReader::constant(DOCS, 12));
            let mut walked = Vec::new();
            let mut walk = slot(&lists);
            while walk.doc() != TERMINATED {
                let length = bm25.length(norms.fieldnorm_id(walk.doc()));
                walked.push((walk.doc(), walk.score(&bm25, length).score));
                walk.advance();
            }
            let (mut window, mut windows) = (Window::new(&bm25, &norms), slot(&lists));
            let mut found = Vec::new();
            while windows.doc() != TERMINATED {
                windows.fill(&mut window);
                found.extend(window.matches());
            }
            prop_assert_eq!(found, walked);
        }
    }
}
