//! One segment's part of a search: walk the products that match the words, let those pass that
//! are [admitted](Admission), give each its [place](Placement).

use smallvec::SmallVec;
use tantivy::{DocId, DocSet, TERMINATED};

use super::admission::Admission;
use super::bm25::Bm25;
use super::curation::Curation;
use super::deadline::Watch;
use super::group::GroupBests;
use super::pins::PinnedHit;
use super::placement::Placement;
use super::postings::{Boosts, PartPostings, SlotPart, SlotPostings, SlotScore};
use super::predicate::driving_postings;
use super::proximity::Proximity;
use super::signals::Signals;
use super::slot::Rewritten;
use super::snapshot_lexicon::Terms;
use super::top_k::Ranked;
use super::window::Window;
use crate::cache::SegmentCache;
use crate::error::Result;
use crate::facets::FacetCounts;
use crate::index::{Segment, Snapshot};
use crate::query::{Condition, SearchPlan};

/// A single slot with more than one product in so many is walked by windows.
const WINDOWS_ABOVE: u32 = 8;

/// What all segments of a search share.
pub(crate) struct SearchContext<'a> {
    pub snapshot: &'a Snapshot,
    pub plan: &'a SearchPlan,
    pub rewritten: &'a Rewritten<Terms>,
    pub bm25: &'a Bm25,
    pub signals: &'a Signals<'a>,
    pub curation: &'a Curation,
    pub cache: &'a SegmentCache,
}

impl SearchContext<'_> {
    /// Whether scores depend on where words stand.
    fn needs_positions(&self) -> bool {
        !self.rewritten.pairs.is_empty()
    }
}

/// What one segment found.
#[derive(Debug, Default)]
pub(crate) struct LeafResult {
    /// Products that match everything, with those that are pinned.
    pub total: u64,
    /// Products of the scope that match the words, whatever the filter and the refinements say.
    pub word_matches: u64,
    /// Products that match, are not pinned and come after the cursor.
    pub eligible: u64,
    /// The first of them, in order.
    pub top: Vec<Ranked>,
    /// Pinned products that pass the filter and the refinements.
    pub pinned: Vec<PinnedHit>,
    /// When the search groups: the best product of each group.
    pub groups: GroupBests,
}

/// Searches one segment; facets are added to `facets`.
pub(crate) fn search_segment(
    context: &SearchContext<'_>,
    ordinal: usize,
    facets: &mut [FacetCounts],
) -> Result<LeafResult> {
    let Some(segment) = context.snapshot.segments.get(ordinal) else {
        return Ok(LeafResult::default());
    };
    let mut watch = Watch::new(context.plan.deadline);
    watch.look()?;
    let slots = open_slots(context, segment, ordinal, &mut watch)?;
    if slots.is_none() && !context.curation.has_pins(ordinal) {
        return Ok(LeafResult::default());
    }
    let mut leaf = Leaf::new(context, segment, ordinal, facets)?;
    match slots {
        Some(slots) if slots.is_empty() => leaf.walk_without_words(&mut watch)?,
        Some(slots) => leaf.walk(slots, &mut watch)?,
        None => {}
    }
    leaf.visit_pins_without_match(&mut watch)?;
    leaf.finish()
}

/// The postings of every slot; `None` when one of them has no product here.
pub(crate) fn open_slots(
    context: &SearchContext<'_>,
    segment: &Segment,
    ordinal: usize,
    watch: &mut Watch,
) -> Result<Option<Vec<SlotPostings>>> {
    let mut slots = Vec::with_capacity(context.rewritten.slots.len());
    for slot in &context.rewritten.slots {
        let mut parts: SmallVec<[SlotPart; 2]> = SmallVec::new();
        for (place, part) in slot.parts.iter().enumerate() {
            let opened = part.terms.open(
                segment,
                ordinal,
                context.cache,
                context.needs_positions(),
                watch,
            )?;
            if let Some(postings) = opened {
                parts.push(SlotPart { postings, factor: part.weight * part.idf, part: place });
            }
        }
        if parts.is_empty() {
            return Ok(None);
        }
        slots.push(SlotPostings::new(parts));
    }
    Ok(Some(slots))
}

/// The postings of every boost that has products here.
pub(crate) fn open_boosts(
    context: &SearchContext<'_>,
    segment: &Segment,
    ordinal: usize,
    watch: &mut Watch,
) -> Result<Boosts> {
    let mut parts = Vec::new();
    for (place, part) in context.rewritten.boosts.iter().enumerate() {
        if let Some(postings) = part.terms.open(segment, ordinal, context.cache, false, watch)? {
            parts.push(SlotPart { postings, factor: part.weight * part.idf, part: place });
        }
    }
    Ok(Boosts::new(parts))
}

/// The postings of everything that must not match.
pub(super) fn open_excluded(
    context: &SearchContext<'_>,
    segment: &Segment,
    ordinal: usize,
    watch: &mut Watch,
) -> Result<Vec<PartPostings>> {
    let mut excluded = Vec::new();
    for terms in &context.rewritten.excluded {
        excluded.extend(terms.open(segment, ordinal, context.cache, false, watch)?);
    }
    Ok(excluded)
}

struct Leaf<'a, 'f> {
    context: &'a SearchContext<'a>,
    segment: &'a Segment,
    admission: Admission<'a, 'f>,
    placement: Placement<'a>,
}

impl<'a, 'f> Leaf<'a, 'f> {
    fn new(
        context: &'a SearchContext<'a>,
        segment: &'a Segment,
        ordinal: usize,
        facets: &'f mut [FacetCounts],
    ) -> Result<Self> {
        let curation = context.curation.in_segment(ordinal, &context.plan.effects, segment)?;
        let (pins, hidden) = (curation.pins, curation.hidden);
        Ok(Self {
            context,
            segment,
            admission: Admission::new(context, segment, ordinal, pins, hidden, facets)?,
            placement: Placement::new(context, segment, ordinal, pins, curation.weightings)?,
        })
    }

    /// Products in every slot: the rarest slot leads, the others follow.
    fn walk(&mut self, mut slots: Vec<SlotPostings>, watch: &mut Watch) -> Result<()> {
        if let [only] = slots.as_mut_slice()
            && only.cost() > self.segment.max_doc() / WINDOWS_ABOVE
        {
            return self.walk_windows(only, watch);
        }
        let mut order: Vec<(usize, SlotPostings)> = slots.into_iter().enumerate().collect();
        order.sort_by_key(|(_, slot)| slot.cost());
        let mut found: SmallVec<[SlotScore; 8]> =
            SmallVec::from_elem(SlotScore::default(), order.len());
        let bm25 = self.context.bm25;
        let mut proximity = Proximity::new(&self.context.rewritten.pairs);
        let mut doc = order.first().map_or(TERMINATED, |(_, lead)| lead.doc());
        'docs: while doc != TERMINATED {
            watch.tick()?;
            let Some(((lead_place, lead), others)) = order.split_first_mut() else { break };
            for (_, other) in others.iter_mut() {
                let there = other.seek(doc);
                if there != doc {
                    doc = lead.seek(there);
                    continue 'docs;
                }
            }
            if self.admission.admits(doc)? {
                let length = bm25.length(self.segment.norms.fieldnorm_id(doc));
                // In the order of the words, so that sums do not depend on which is rarest here.
                found[*lead_place] = lead.score(bm25, length);
                for (place, other) in others.iter() {
                    found[*place] = other.score(bm25, length);
                }
                let words: f32 = found.iter().map(|found| found.score).sum();
                let most = proximity.most(&found);
                self.placement.place(doc, words, most, || {
                    proximity.scores(&mut order, bm25, length).map(|(_, score)| score).sum()
                });
            }
            doc = order.first_mut().map_or(TERMINATED, |(_, lead)| lead.advance());
        }
        Ok(())
    }

    /// Products in a single slot that has many, as what begins a word does.
    fn walk_windows(&mut self, slot: &mut SlotPostings, watch: &mut Watch) -> Result<()> {
        let mut window = Window::new(self.context.bm25, &self.segment.norms);
        while slot.doc() != TERMINATED {
            watch.look()?;
            slot.fill(&mut window);
            for (doc, score) in window.matches() {
                if self.admission.admits(doc)? {
                    self.placement.place(doc, score, 0.0, || 0.0);
                }
            }
        }
        Ok(())
    }

    /// Without words every product matches; the postings of a filtered value narrow the walk.
    fn walk_without_words(&mut self, watch: &mut Watch) -> Result<()> {
        let plan = self.context.plan;
        let unfaceted = plan.refinements.iter().filter(|refinement| refinement.facet.is_none());
        let conditions: Vec<Condition> = plan
            .filter
            .iter()
            .chain(unfaceted.map(|refinement| &refinement.condition))
            .cloned()
            .collect();
        let driving =
            driving_postings(&Condition::All(conditions), self.segment, self.context.snapshot)?;
        match driving {
            Some(mut postings) if postings.len() == 1 => {
                let Some(only) = postings.first_mut() else { return Ok(()) };
                let mut doc = only.doc();
                while doc != TERMINATED {
                    watch.tick()?;
                    self.visit_without_words(doc)?;
                    doc = only.advance();
                }
            }
            Some(postings) => {
                let mut docs: Vec<DocId> = Vec::new();
                for mut postings in postings {
                    while postings.doc() != TERMINATED {
                        watch.tick()?;
                        docs.push(postings.doc());
                        postings.advance();
                    }
                }
                docs.sort_unstable();
                docs.dedup();
                for doc in docs {
                    watch.tick()?;
                    self.visit_without_words(doc)?;
                }
            }
            None => {
                for doc in 0..self.segment.max_doc() {
                    watch.tick()?;
                    self.visit_without_words(doc)?;
                }
            }
        }
        Ok(())
    }

    fn visit_without_words(&mut self, doc: DocId) -> Result<()> {
        if self.admission.admits(doc)? {
            self.placement.place_alike(doc, 1.0);
        }
        Ok(())
    }

    /// Pinned products that the words do not match are hits all the same.
    fn visit_pins_without_match(&mut self, watch: &mut Watch) -> Result<()> {
        for doc in self.admission.pins_left(watch)? {
            if self.admission.admits_pin(doc)? {
                self.placement.place_alike(doc, 0.0);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<LeafResult> {
        self.admission.finish()?;
        let Placement { top, pinned, groups, .. } = self.placement;
        Ok(LeafResult {
            total: self.admission.total,
            word_matches: self.admission.word_matches,
            eligible: top.eligible,
            top: top.finish(),
            pinned,
            groups,
        })
    }
}
