//! Which of the products that match the words are hits, and how many; facets are counted on the
//! way.

use tantivy::DocId;

use super::curation::{Hidden, SegmentPins};
use super::deadline::Watch;
use super::group::{GroupKey, SegmentGroups};
use super::leaf::{SearchContext, open_excluded};
use super::postings::PartPostings;
use super::predicate::Predicate;
use crate::error::Result;
use crate::facets::FacetCounts;
use crate::index::Segment;

/// Products counted together: enough to amortise a column's call, small enough for the cache.
const BLOCK: usize = 256;

pub(super) struct Admission<'a, 'f> {
    context: &'a SearchContext<'a>,
    segment: &'a Segment,
    ordinal: usize,
    /// Whether every product is a hit and no facet wants to know of it.
    is_open: bool,
    scope: Option<Predicate>,
    filter: Vec<Predicate>,
    /// Refined fields whose facets are counted: a product that fails one of them still counts
    /// for that one's facet.
    refinements: Vec<(Predicate, usize)>,
    excluded: Vec<PartPostings>,
    hidden: Hidden<'a>,
    pins: SegmentPins<'a>,
    /// Which of the pinned products the words match.
    matched_pins: Vec<DocId>,
    /// Products that match everything, with those that are pinned.
    pub total: u64,
    /// Products of the scope that match the words, whatever the filter and the refinements say.
    pub word_matches: u64,
    grouping: Option<SegmentGroups>,
    facets: &'f mut [FacetCounts],
    /// Products that pass everything, to be counted in every facet.
    passed: Vec<DocId>,
    /// For each facet: products that fail only its own refinement.
    failed_one: Vec<Vec<DocId>>,
}

impl<'a, 'f> Admission<'a, 'f> {
    pub(super) fn new(
        context: &'a SearchContext<'a>,
        segment: &'a Segment,
        ordinal: usize,
        pins: SegmentPins<'a>,
        hidden: Hidden<'a>,
        facets: &'f mut [FacetCounts],
    ) -> Result<Self> {
        let plan = context.plan;
        let predicate = |condition| Predicate::new(condition, segment);
        let scope = plan.scope.as_ref().map(predicate).transpose()?;
        let mut filter = Vec::new();
        if let Some(condition) = &plan.filter {
            filter.push(predicate(condition)?);
        }
        let mut refinements = Vec::new();
        for refinement in &plan.refinements {
            let predicate = predicate(&refinement.condition)?;
            match refinement.facet {
                Some(facet) => refinements.push((predicate, facet)),
                None => filter.push(predicate),
            }
        }
        let mut watch = Watch::new(plan.deadline);
        let excluded = open_excluded(context, segment, ordinal, &mut watch)?;
        let is_untested = scope.is_none()
            && filter.is_empty()
            && refinements.is_empty()
            && excluded.is_empty()
            && hidden.is_empty()
            && !segment.reader.has_deletes();
        Ok(Self {
            context,
            segment,
            ordinal,
            is_open: is_untested && pins.is_empty() && facets.is_empty(),
            scope,
            filter,
            refinements,
            excluded,
            hidden,
            pins,
            matched_pins: Vec::new(),
            total: 0,
            word_matches: 0,
            grouping: match &plan.group {
                Some(key) => Some(SegmentGroups::new(key, segment)?),
                None => None,
            },
            failed_one: vec![Vec::new(); facets.len()],
            passed: Vec::with_capacity(BLOCK),
            facets,
        })
    }

    /// Whether the product, which matches the words, is a hit; counts it and those that only
    /// facets want to know of.
    #[inline]
    pub(super) fn admits(&mut self, doc: DocId) -> Result<bool> {
        if self.is_open {
            self.word_matches += 1;
            self.total += 1;
            return Ok(true);
        }
        if self.pins.place(doc).is_some() {
            self.matched_pins.push(doc);
        }
        if !self.may_match(doc) {
            return Ok(false);
        }
        self.word_matches += 1;
        self.passes_conditions(doc)
    }

    /// Pinned products that the words do not match.
    pub(super) fn pins_left(&mut self, watch: &mut Watch) -> Result<Vec<DocId>> {
        let left = self.pins.docs().filter(|doc| !self.matched_pins.contains(doc));
        let left: Vec<DocId> = left.collect();
        if !left.is_empty() {
            // Postings only go forwards.
            self.excluded = open_excluded(self.context, self.segment, self.ordinal, watch)?;
        }
        Ok(left)
    }

    /// Whether a pinned product that the words do not match is a hit; counts it.
    pub(super) fn admits_pin(&mut self, doc: DocId) -> Result<bool> {
        Ok(self.may_match(doc) && self.passes_conditions(doc)?)
    }

    fn may_match(&mut self, doc: DocId) -> bool {
        !self.segment.reader.is_deleted(doc)
            && self.scope.as_ref().is_none_or(|scope| scope.matches(doc))
            && !self.is_excluded(doc)
            && !self.hidden.has(doc)
    }

    /// Filter and refinements.
    fn passes_conditions(&mut self, doc: DocId) -> Result<bool> {
        if !self.filter.iter().all(|predicate| predicate.matches(doc)) {
            return Ok(false);
        }
        let mut failed = None;
        for (predicate, facet) in &self.refinements {
            if !predicate.matches(doc) {
                if failed.is_some() {
                    return Ok(false);
                }
                failed = Some(*facet);
            }
        }
        if let Some(facet) = failed {
            if let Some(block) = self.failed_one.get_mut(facet) {
                block.push(doc);
                if block.len() == BLOCK {
                    self.count_failed(facet)?;
                }
            }
            return Ok(false);
        }
        self.total += 1;
        if !self.facets.is_empty() {
            self.passed.push(doc);
            if self.passed.len() == BLOCK {
                self.count_passed()?;
            }
        }
        Ok(true)
    }

    fn is_excluded(&mut self, doc: DocId) -> bool {
        self.excluded.iter_mut().any(|postings| postings.seek(doc) == doc)
    }

    fn count_passed(&mut self) -> Result<()> {
        let groups = self.groups_of(&self.passed);
        for (counts, plan) in self.facets.iter_mut().zip(&self.context.plan.facets) {
            counts.add(plan, self.segment, self.ordinal, &self.passed, groups.as_deref())?;
        }
        self.passed.clear();
        Ok(())
    }

    fn count_failed(&mut self, facet: usize) -> Result<()> {
        let Some(docs) = self.failed_one.get_mut(facet).map(std::mem::take) else { return Ok(()) };
        let groups = self.groups_of(&docs);
        let facets = self.facets.get_mut(facet).zip(self.context.plan.facets.get(facet));
        if let Some((counts, plan)) = facets {
            counts.add(plan, self.segment, self.ordinal, &docs, groups.as_deref())?;
        }
        Ok(())
    }

    fn groups_of(&self, docs: &[DocId]) -> Option<Vec<GroupKey>> {
        let grouping = self.grouping.as_ref()?;
        Some(docs.iter().map(|&doc| grouping.of(doc)).collect())
    }

    /// Counts what is left.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.count_passed()?;
        (0..self.failed_one.len()).try_for_each(|facet| self.count_failed(facet))
    }
}
