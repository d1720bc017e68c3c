//! Where hits come in the order: their scores, and the first of them.
//!
//! Most hits of a search never come onto its page. What a score is made of is looked at in the
//! order of its price, and only as long as the most that is still to come may lift the hit onto
//! the page.

use tantivy::DocId;

use super::curation::{SegmentPins, Weightings};
use super::deadline::Watch;
use super::group::{self, GroupBests, SegmentGroups};
use super::leaf::{SearchContext, open_boosts};
use super::pins::PinnedHit;
use super::postings::Boosts;
use super::signals::SegmentSignals;
use super::sort::{SegmentSort, score_rank, string_rank};
use super::top_k::{Ranked, Ranks, TopK};
use crate::error::Result;
use crate::index::Segment;

pub(super) struct Placement<'a> {
    context: &'a SearchContext<'a>,
    segment: &'a Segment,
    boosts: Boosts,
    signals: SegmentSignals<'a>,
    weightings: Weightings<'a>,
    sort: Vec<SegmentSort>,
    grouping: Option<SegmentGroups>,
    pins: SegmentPins<'a>,
    /// Hits that score less cannot come onto the page.
    least: f32,
    /// The first hits that are not pinned.
    pub top: TopK,
    pub pinned: Vec<PinnedHit>,
    /// When the search groups: the best product of each group.
    pub groups: GroupBests,
}

impl<'a> Placement<'a> {
    pub(super) fn new(
        context: &'a SearchContext<'a>,
        segment: &'a Segment,
        ordinal: usize,
        pins: SegmentPins<'a>,
        weightings: Weightings<'a>,
    ) -> Result<Self> {
        let plan = context.plan;
        let sort = plan.sort.iter().map(|key| SegmentSort::new(key, segment));
        let sort = sort.collect::<Result<Vec<_>>>()?;
        let after = match plan.page.last_ranked() {
            Some(last) => Some(last.ranks(&sort, segment)?),
            None => None,
        };
        Ok(Self {
            context,
            segment,
            boosts: open_boosts(context, segment, ordinal, &mut Watch::new(plan.deadline))?,
            signals: context.signals.in_segment(segment)?,
            weightings,
            sort,
            grouping: match &plan.group {
                Some(key) => Some(SegmentGroups::new(key, segment)?),
                None => None,
            },
            pins,
            least: f32::NEG_INFINITY,
            top: TopK::new(plan.page.offset + plan.page.limit, after),
            pinned: Vec::new(),
            groups: GroupBests::default(),
        })
    }

    /// Places a hit by what its words score; `near` gives what their nearness adds, at most
    /// `nearest`.
    #[inline]
    pub(super) fn place(
        &mut self,
        doc: DocId,
        words: f32,
        nearest: f32,
        near: impl FnOnce() -> f32,
    ) {
        let relevance = words + self.boosts.score(doc);
        let most = (relevance + nearest) * self.signals.factor(doc);
        if self.is_behind(doc, most * self.context.curation.most) {
            return self.top.skip();
        }
        let rules = self.weightings.factor(doc);
        if self.is_behind(doc, most * rules) {
            return self.top.skip();
        }
        self.offer(doc, (relevance + near()) * self.signals.factor(doc) * rules);
    }

    /// Places a hit that no words were compared with.
    pub(super) fn place_alike(&mut self, doc: DocId, relevance: f32) {
        let most = relevance * self.signals.factor(doc);
        if self.is_behind(doc, most * self.context.curation.most) {
            return self.top.skip();
        }
        self.offer(doc, most * self.weightings.factor(doc));
    }

    /// Whether a hit of at most this score cannot come onto the page.
    #[inline]
    fn is_behind(&self, doc: DocId, most: f32) -> bool {
        most < self.least || (!self.sort.is_empty() && self.is_sorted_behind(doc))
    }

    fn is_sorted_behind(&self, doc: DocId) -> bool {
        let (Some(first), Some(last)) = (self.sort.first(), self.top.threshold()) else {
            return false;
        };
        let is_behind = !first.is_by_score() && first.rank(doc, f32::INFINITY) > last.ranks[0];
        is_behind && self.pins.place(doc).is_none()
    }

    /// Offers a hit to the page.
    #[inline]
    fn offer(&mut self, doc: DocId, score: f32) {
        let pin = self.pins.place(doc);
        let mut ranks = Ranks::default();
        let id = self.segment.ids.term_ords(doc).next().unwrap_or_default();
        let keys = self.sort.iter().map(|key| key.rank(doc, score));
        let ties = [!score_rank(score), string_rank(id)];
        for (place, rank) in ranks.iter_mut().zip(keys.chain(ties)) {
            *place = rank;
        }
        let candidate = Ranked { ranks, score: score.to_bits(), doc };
        let group = self.grouping.as_ref().map(|grouping| grouping.of(doc));
        if let Some(group) = group {
            group::add(&mut self.groups, group, candidate);
        }
        match (pin, group) {
            (Some(pin), group) => {
                self.pinned.push(PinnedHit { pin, ranked: candidate, group });
            }
            (None, None) => self.top.offer(candidate),
            (None, Some(_)) => {}
        }
        // Pinned products have their positions whatever they score.
        if self.sort.is_empty()
            && self.pins.is_empty()
            && let Some(last) = self.top.threshold()
        {
            self.least = f32::from_bits(last.score);
        }
    }
}
