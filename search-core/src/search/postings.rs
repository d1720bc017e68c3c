//! Postings as a search reads them: one term's, a list made of several, and a slot's.

use std::sync::Arc;

use smallvec::SmallVec;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocId, DocSet, TERMINATED};

use super::bm25::Bm25;
use super::window::Window;
use crate::cache::Weighed;

/// Products with weighted term frequencies: the union of several terms' postings, or the matches
/// of a phrase.
#[derive(Debug)]
pub(crate) enum PostingList {
    /// The products, ascending, and the frequency of each.
    Sparse { docs: Vec<DocId>, freqs: Vec<u16> },
    /// The frequency of every product of the segment; 0 is none.
    Dense { freqs: Vec<u16>, docs: u32 },
}

impl PostingList {
    /// How many products there are.
    pub(crate) fn docs(&self) -> u32 {
        match self {
            Self::Sparse { docs, .. } => docs.len() as u32,
            Self::Dense { docs, .. } => *docs,
        }
    }
}

impl Weighed for PostingList {
    fn bytes(&self) -> usize {
        match self {
            Self::Sparse { docs, freqs } => size_of_val(&**docs) + size_of_val(&**freqs),
            Self::Dense { freqs, .. } => size_of_val(&**freqs),
        }
    }
}

/// The postings of one part of a slot, at one product.
pub(crate) struct PartPostings {
    doc: DocId,
    postings: OpenPostings,
}

enum OpenPostings {
    Term(Box<SegmentPostings>),
    List { list: Arc<PostingList>, at: usize },
}

impl PartPostings {
    pub(crate) fn term(postings: SegmentPostings) -> Self {
        Self { doc: postings.doc(), postings: OpenPostings::Term(Box::new(postings)) }
    }

    pub(crate) fn list(list: Arc<PostingList>) -> Self {
        let mut opened = Self { doc: 0, postings: OpenPostings::List { list, at: 0 } };
        opened.move_to(0);
        opened
    }

    #[inline]
    pub(crate) fn doc(&self) -> DocId {
        self.doc
    }

    #[inline]
    fn advance(&mut self) -> DocId {
        match &mut self.postings {
            OpenPostings::Term(postings) => self.doc = postings.advance(),
            OpenPostings::List { .. } => self.move_to(self.doc.saturating_add(1)),
        }
        self.doc
    }

    #[inline]
    pub(crate) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            self.move_to(target);
        }
        self.doc
    }

    /// To the first product from the target on.
    #[inline]
    fn move_to(&mut self, target: DocId) {
        self.doc = match &mut self.postings {
            OpenPostings::Term(postings) => postings.seek(target),
            OpenPostings::List { list, at } => match &**list {
                PostingList::Sparse { docs, .. } => {
                    *at += gallop(docs.get(*at..).unwrap_or_default(), target);
                    docs.get(*at).copied().unwrap_or(TERMINATED)
                }
                PostingList::Dense { freqs, .. } => {
                    *at = target as usize;
                    let left = freqs.get(*at..).unwrap_or_default();
                    match left.iter().position(|freq| *freq > 0) {
                        Some(gap) => {
                            *at += gap;
                            *at as DocId
                        }
                        None => TERMINATED,
                    }
                }
            },
        };
    }

    /// Adds the products of a window to it, and goes on behind it.
    fn fill(&mut self, window: &mut Window<'_>, factor: f32) {
        let end = window.end();
        match &mut self.postings {
            OpenPostings::Term(postings) => {
                while self.doc < end {
                    window.add(self.doc, postings.term_freq(), factor);
                    self.doc = postings.advance();
                }
            }
            OpenPostings::List { list, at } => match &**list {
                PostingList::Sparse { docs, freqs } => {
                    let left = docs.iter().zip(freqs).skip(*at);
                    let inside = left.take_while(|(doc, _)| **doc < end);
                    inside.for_each(|(&doc, &freq)| window.add(doc, u32::from(freq), factor));
                }
                PostingList::Dense { freqs, .. } if self.doc < end => {
                    window.add_all(self.doc, freqs.get(*at..).unwrap_or_default(), factor);
                }
                PostingList::Dense { .. } => {}
            },
        }
        self.seek(end);
    }

    #[inline]
    pub(crate) fn freq(&self) -> u32 {
        match &self.postings {
            OpenPostings::Term(postings) => postings.term_freq(),
            OpenPostings::List { list, at } => match &**list {
                PostingList::Sparse { freqs, .. } | PostingList::Dense { freqs, .. } => {
                    freqs.get(*at).copied().map_or(0, u32::from)
                }
            },
        }
    }

    /// The positions of a term in the current product; `false` where it is not a single term.
    pub(crate) fn positions(&mut self, positions: &mut Vec<u32>) -> bool {
        match &mut self.postings {
            OpenPostings::Term(postings) => {
                postings.positions(positions);
                true
            }
            OpenPostings::List { .. } => false,
        }
    }

    /// An upper bound of the products.
    pub(crate) fn cost(&self) -> u32 {
        match &self.postings {
            OpenPostings::Term(postings) => postings.size_hint(),
            OpenPostings::List { list, .. } => list.docs(),
        }
    }
}

/// How many leading entries are smaller than the target: steps that double, then a binary search.
fn gallop(docs: &[DocId], target: DocId) -> usize {
    let mut bound = 1;
    while docs.get(bound).is_some_and(|&doc| doc < target) {
        bound *= 2;
    }
    let from = bound / 2;
    let to = (bound + 1).min(docs.len());
    from + docs.get(from..to).map_or(0, |window| window.partition_point(|&doc| doc < target))
}

/// A part of a slot that has products in the segment.
pub(crate) struct SlotPart {
    pub postings: PartPostings,
    /// Weight of the match times idf.
    pub factor: f32,
    /// Its place among the slot's parts.
    pub part: usize,
}

/// One word of the query in one segment: a product matches if it is in any part, and scores what
/// its best part gives.
pub(crate) struct SlotPostings {
    parts: SmallVec<[SlotPart; 2]>,
    doc: DocId,
}

/// What a product scores for one slot, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SlotScore {
    pub score: f32,
    /// The part that gave it.
    pub part: usize,
    /// The saturated term frequency in it.
    pub saturated: f32,
}

impl SlotPostings {
    pub(crate) fn new(parts: SmallVec<[SlotPart; 2]>) -> Self {
        let mut slot = Self { parts, doc: TERMINATED };
        slot.settle();
        slot
    }

    fn settle(&mut self) -> DocId {
        self.doc = self.parts.iter().map(|part| part.postings.doc()).min().unwrap_or(TERMINATED);
        self.doc
    }

    #[inline]
    pub(crate) fn doc(&self) -> DocId {
        self.doc
    }

    #[inline]
    pub(crate) fn advance(&mut self) -> DocId {
        if let [only] = self.parts.as_mut_slice() {
            self.doc = only.postings.advance();
            return self.doc;
        }
        for part in &mut self.parts {
            if part.postings.doc() == self.doc {
                part.postings.advance();
            }
        }
        self.settle()
    }

    #[inline]
    pub(crate) fn seek(&mut self, target: DocId) -> DocId {
        if self.doc >= target {
            return self.doc;
        }
        if let [only] = self.parts.as_mut_slice() {
            self.doc = only.postings.seek(target);
            return self.doc;
        }
        for part in &mut self.parts {
            part.postings.seek(target);
        }
        self.settle()
    }

    /// The score of the current product.
    #[inline]
    pub(crate) fn score(&self, bm25: &Bm25, length: f32) -> SlotScore {
        let mut best = SlotScore::default();
        for part in &self.parts {
            if part.postings.doc() == self.doc {
                let saturated = bm25.saturated(part.postings.freq() as f32, length);
                let score = part.factor * saturated;
                if score > best.score {
                    best = SlotScore { score, part: part.part, saturated };
                }
            }
        }
        best
    }

    /// Scores the current product and those that follow it in a window, and goes on behind it.
    pub(crate) fn fill(&mut self, window: &mut Window<'_>) {
        window.move_to(self.doc);
        for part in &mut self.parts {
            part.postings.fill(window, part.factor);
        }
        self.settle();
    }

    /// The positions of the part that gives the current product its score; `false` where that is
    /// not a single term, or was opened without positions.
    pub(crate) fn positions(&mut self, bm25: &Bm25, length: f32, positions: &mut Vec<u32>) -> bool {
        let best = self.score(bm25, length).part;
        let part = self.parts.iter_mut().find(|part| part.part == best);
        part.is_some_and(|part| part.postings.positions(positions))
    }

    /// An upper bound of the products it matches.
    pub(crate) fn cost(&self) -> u32 {
        self.parts.iter().fold(0, |cost: u32, part| cost.saturating_add(part.postings.cost()))
    }
}

/// What lifts products that match already.
pub(crate) struct Boosts {
    parts: Vec<SlotPart>,
    /// The next product with a boost.
    next: DocId,
}

impl Boosts {
    pub(crate) fn new(parts: Vec<SlotPart>) -> Self {
        let mut boosts = Self { parts, next: 0 };
        boosts.settle();
        boosts
    }

    fn settle(&mut self) {
        let docs = self.parts.iter().map(|part| part.postings.doc());
        self.next = docs.min().unwrap_or(TERMINATED);
    }

    /// The sum of all boosts of a product; products must come in ascending order.
    #[inline]
    pub(crate) fn score(&mut self, doc: DocId) -> f32 {
        if doc < self.next {
            return 0.0;
        }
        let sum = self.scores(doc).map(|boost| boost.score).sum();
        self.settle();
        sum
    }

    /// Each boost of a product, in order: what it is worth, and how many fields agree on it.
    pub(crate) fn scores(&mut self, doc: DocId) -> impl Iterator<Item = SlotScore> {
        self.parts.iter_mut().filter_map(move |part| {
            (part.postings.seek(doc) == doc).then(|| {
                let saturated = agreement(part.postings.freq());
                SlotScore { score: part.factor * saturated, part: part.part, saturated }
            })
        })
    }
}

/// What a name is worth that so many fields give a product. A stand for headphones may be in their
/// category, but its title says that it is a stand.
fn agreement(fields: u32) -> f32 {
    let fields = fields as f32;
    2.0 * fields / (fields + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn galloping_finds_what_a_scan_finds(
            docs in proptest::collection::btree_set(0u32..500, 0..200),
            target in 0u32..600,
        ) {
            let docs: Vec<DocId> = docs.into_iter().collect();
            let scan = docs.iter().filter(|&&doc| doc < target).count();
            prop_assert_eq!(gallop(&docs, target), scan);
        }
    }
}
