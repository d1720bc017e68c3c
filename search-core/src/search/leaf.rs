//! One segment's part of a search: walk the products that match, test, score, count, rank.

use smallvec::SmallVec;
use tantivy::{DocId, DocSet, TERMINATED};

use super::bm25::Bm25;
use super::curation::{Curation, SegmentCuration};
use super::deadline::Watch;
use super::group::{self, GroupBests, GroupKey, SegmentGroups};
use super::pins::PinnedHit;
use super::postings::{Boosts, PartPostings, SlotPart, SlotPostings, SlotScore};
use super::predicate::{Predicate, driving_postings};
use super::proximity::Proximity;
use super::signals::{SegmentSignals, Signals};
use super::slot::Rewritten;
use super::snapshot_lexicon::Terms;
use super::sort::{SegmentSort, score_rank};
use super::top_k::{Ranked, Ranks, TopK};
use crate::cache::SegmentCache;
use crate::error::Result;
use crate::facets::FacetCounts;
use crate::index::{Segment, Snapshot};
use crate::query::{Condition, SearchPlan};

/// Products counted together: enough to amortise a column's call, small enough for the cache.
const BLOCK: usize = 256;

/// What all segments of a search share.
pub(crate) struct SearchContext<'a> {
    pub snapshot: &'a Snapshot,
    pub plan: &'a SearchPlan,
    pub rewritten: &'a Rewritten<Terms>,
    pub bm25: &'a Bm25,
    pub signals: &'a Signals,
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
fn open_excluded(
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
    ordinal: usize,
    scope: Option<Predicate>,
    filter: Vec<Predicate>,
    /// Refined fields whose facets are counted: a product that fails one of them still counts
    /// for that one's facet.
    refinements: Vec<(Predicate, usize)>,
    excluded: Vec<PartPostings>,
    curation: SegmentCuration<'a>,
    /// Which of the pinned products have been tested.
    visited: Vec<bool>,
    pinned: Vec<PinnedHit>,
    boosts: Boosts,
    signals: SegmentSignals,
    sort: Vec<SegmentSort>,
    top: TopK,
    total: u64,
    word_matches: u64,
    grouping: Option<SegmentGroups>,
    groups: GroupBests,
    facets: &'f mut [FacetCounts],
    /// Products that pass everything, to be counted in every facet.
    passed: Vec<DocId>,
    /// For each facet: products that fail only its own refinement.
    failed_one: Vec<Vec<DocId>>,
}

impl<'a, 'f> Leaf<'a, 'f> {
    fn new(
        context: &'a SearchContext<'a>,
        segment: &'a Segment,
        ordinal: usize,
        facets: &'f mut [FacetCounts],
    ) -> Result<Self> {
        let plan = context.plan;
        let scope = match &plan.scope {
            Some(condition) => Some(Predicate::new(condition, segment)?),
            None => None,
        };
        let mut filter = Vec::new();
        if let Some(condition) = &plan.filter {
            filter.push(Predicate::new(condition, segment)?);
        }
        let mut refinements = Vec::new();
        for refinement in &plan.refinements {
            let predicate = Predicate::new(&refinement.condition, segment)?;
            match refinement.facet {
                Some(facet) => refinements.push((predicate, facet)),
                None => filter.push(predicate),
            }
        }
        let mut watch = Watch::new(plan.deadline);
        let curation = context.curation.in_segment(ordinal, &plan.effects, segment)?;
        let sort = plan
            .sort
            .iter()
            .map(|key| SegmentSort::new(key, segment))
            .collect::<Result<Vec<_>>>()?;
        let after = match plan.page.last_ranked() {
            Some(last) => Some(last.ranks(&sort, segment)?),
            None => None,
        };
        Ok(Self {
            context,
            segment,
            ordinal,
            scope,
            filter,
            refinements,
            excluded: open_excluded(context, segment, ordinal, &mut watch)?,
            visited: vec![false; curation.pins.len()],
            curation,
            pinned: Vec::new(),
            boosts: open_boosts(context, segment, ordinal, &mut watch)?,
            signals: context.signals.in_segment(segment)?,
            sort,
            top: TopK::new(plan.page.offset + plan.page.limit, after),
            total: 0,
            word_matches: 0,
            grouping: match &plan.group {
                Some(key) => Some(SegmentGroups::new(key, segment)?),
                None => None,
            },
            groups: GroupBests::default(),
            failed_one: vec![Vec::new(); facets.len()],
            passed: Vec::with_capacity(BLOCK),
            facets,
        })
    }

    /// Products in every slot: the rarest slot leads, the others follow.
    fn walk(&mut self, slots: Vec<SlotPostings>, watch: &mut Watch) -> Result<()> {
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
            if self.passes(doc)? {
                let length = self.segment.norms.fieldnorm_id(doc);
                // In the order of the words, so that sums do not depend on which is rarest here.
                found[*lead_place] = lead.score(bm25, length);
                for (place, other) in others.iter() {
                    found[*place] = other.score(bm25, length);
                }
                let words: f32 = found.iter().map(|found| found.score).sum();
                self.rank(doc, words, &found, &mut order, &mut proximity);
            }
            doc = order.first_mut().map_or(TERMINATED, |(_, lead)| lead.advance());
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
        if self.passes(doc)? {
            self.rank_alike(doc, 1.0);
        }
        Ok(())
    }

    /// Pinned products that the words do not match are hits all the same.
    fn visit_pins_without_match(&mut self, watch: &mut Watch) -> Result<()> {
        let pins = self.curation.pins.iter().zip(&self.visited);
        let left: Vec<DocId> =
            pins.filter(|(_, visited)| !**visited).map(|((doc, _), _)| *doc).collect();
        if left.is_empty() {
            return Ok(());
        }
        // Postings only go forwards.
        self.excluded = open_excluded(self.context, self.segment, self.ordinal, watch)?;
        for doc in left {
            if self.may_match(doc) && self.passes_conditions(doc)? {
                self.rank_alike(doc, 0.0);
            }
        }
        Ok(())
    }

    /// Whether the product, which matches the words, is a hit; counts it and those that only
    /// facets want to know of.
    #[inline]
    fn passes(&mut self, doc: DocId) -> Result<bool> {
        if let Some(pin) = self.curation.pinned(doc)
            && let Some(visited) = self.visited.get_mut(pin)
        {
            *visited = true;
        }
        if !self.may_match(doc) {
            return Ok(false);
        }
        self.word_matches += 1;
        self.passes_conditions(doc)
    }

    #[inline]
    fn may_match(&mut self, doc: DocId) -> bool {
        !self.segment.reader.is_deleted(doc)
            && self.scope.as_ref().is_none_or(|scope| scope.matches(doc))
            && !self.is_excluded(doc)
            && !self.curation.hides(doc)
    }

    /// Filter and refinements.
    #[inline]
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

    /// Places a hit, dearest last: names and signals are looked at only where the most that is
    /// still to come may lift it onto the page, and positions only after these.
    #[inline]
    fn rank(
        &mut self,
        doc: DocId,
        words: f32,
        found: &[SlotScore],
        slots: &mut [(usize, SlotPostings)],
        proximity: &mut Proximity<'_>,
    ) {
        let context = self.context;
        let near = proximity.most(found);
        let most = words + self.boosts.most + near;
        if self.is_behind(doc, most, context.signals.most, context.curation.most) {
            return self.top.skip();
        }
        let relevance = words + self.boosts.score(doc);
        let signals = self.signals.factor(doc);
        let rules = self.curation.weightings.factor(doc);
        if self.is_behind(doc, relevance + near, signals, rules) {
            return self.top.skip();
        }
        let length = self.segment.norms.fieldnorm_id(doc);
        let near: f32 = proximity.scores(slots, context.bm25, length).map(|(_, score)| score).sum();
        self.offer(doc, (relevance + near) * signals * rules);
    }

    /// Places a hit that no words were compared with.
    fn rank_alike(&mut self, doc: DocId, relevance: f32) {
        let context = self.context;
        if self.is_behind(doc, relevance, context.signals.most, context.curation.most) {
            return self.top.skip();
        }
        let rules = self.curation.weightings.factor(doc);
        self.offer(doc, relevance * self.signals.factor(doc) * rules);
    }

    /// Whether a hit of at most this relevance and these factors cannot come onto the page.
    #[inline]
    fn is_behind(&self, doc: DocId, relevance: f32, signals: f32, rules: f32) -> bool {
        let Some(threshold) = self.top.threshold() else { return false };
        let is_behind = match self.sort.first() {
            None => !score_rank(relevance * signals * rules) > threshold[0],
            Some(first) => !first.is_by_score() && first.rank(doc, f32::INFINITY) > threshold[0],
        };
        is_behind && self.curation.pinned(doc).is_none()
    }

    /// Offers a hit to the page.
    #[inline]
    fn offer(&mut self, doc: DocId, score: f32) {
        let pin = self.curation.pinned(doc).and_then(|pin| self.curation.pins.get(pin));
        let mut ranks = Ranks::default();
        let id = self.segment.ids.term_ords(doc).next().unwrap_or_default();
        let keys = self.sort.iter().map(|key| key.rank(doc, score));
        let ties = [!score_rank(score), super::sort::string_rank(id)];
        for (place, rank) in ranks.iter_mut().zip(keys.chain(ties)) {
            *place = rank;
        }
        let candidate = Ranked { ranks, score: score.to_bits(), doc };
        let group = self.grouping.as_ref().map(|grouping| grouping.of(doc));
        if let Some(group) = group {
            group::add(&mut self.groups, group, candidate);
        }
        match (pin, group) {
            (Some((_, pin)), group) => {
                self.pinned.push(PinnedHit { pin: *pin, ranked: candidate, group });
            }
            (None, None) => self.top.offer(candidate),
            (None, Some(_)) => {}
        }
    }

    fn finish(mut self) -> Result<LeafResult> {
        self.count_passed()?;
        for facet in 0..self.failed_one.len() {
            self.count_failed(facet)?;
        }
        Ok(LeafResult {
            total: self.total,
            word_matches: self.word_matches,
            eligible: self.top.eligible,
            top: self.top.finish(),
            pinned: self.pinned,
            groups: self.groups,
        })
    }
}
