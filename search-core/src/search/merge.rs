//! The hits of all segments in one order.

use std::cell::OnceCell;
use std::cmp::Ordering;

use rustc_hash::FxHashSet;
use tantivy::DocId;

use super::cursor::{CursorPlace, SortValue};
use super::group::{GroupKey, SegmentGroups};
use super::leaf::{LeafResult, SearchContext};
use super::page::{PageOfHits, page_of};
use super::pins::PlacedPin;
use super::scatter::Gathered;
use super::sort::SegmentSort;
use crate::error::Result;
use crate::index::{Segment, StoredProduct};
use crate::query::{SortBy, SortKey};

/// A hit on the page.
#[derive(Debug)]
pub(crate) struct MergedHit<'a> {
    pub segment: &'a Segment,
    pub ordinal: usize,
    pub doc: DocId,
    pub score: f32,
    pub group: Option<GroupKey>,
    values: Vec<SortValue>,
    stored: OnceCell<StoredProduct>,
}

impl MergedHit<'_> {
    /// The stored product, read when it is needed: most hits differ in relevance.
    pub(crate) fn stored(&self) -> Result<&StoredProduct> {
        if let Some(stored) = self.stored.get() {
            return Ok(stored);
        }
        let stored = self.segment.stored(self.doc)?;
        Ok(self.stored.get_or_init(|| stored))
    }

    fn place(&self) -> Result<CursorPlace> {
        let id = self.stored()?.id.clone();
        Ok(CursorPlace { values: self.values.clone(), score: self.score.to_bits(), id })
    }
}

/// Orders the segments' hits, puts pinned products at their positions, and takes the page.
pub(crate) fn merge<'a>(
    context: &SearchContext<'a>,
    gathered: &Gathered,
) -> Result<PageOfHits<MergedHit<'a>>> {
    let pins = gathered.pins.iter();
    let pins = pins.filter_map(|pin| Some((pin.position, pinned_hit(context, pin)?))).collect();
    let ranked = ranked_hits(context, &gathered.leaves)?;
    page_of(context.plan, pins, ranked, gathered.eligible, MergedHit::place)
}

fn pinned_hit<'a>(context: &SearchContext<'a>, pin: &PlacedPin) -> Option<MergedHit<'a>> {
    Some(MergedHit {
        segment: context.snapshot.segments.get(pin.ordinal)?,
        ordinal: pin.ordinal,
        doc: pin.hit.ranked.doc,
        score: f32::from_bits(pin.hit.ranked.score),
        group: pin.hit.group,
        values: Vec::new(),
        stored: OnceCell::new(),
    })
}

/// The hits that have their place by rank, in order; of each group the best.
fn ranked_hits<'a>(
    context: &SearchContext<'a>,
    leaves: &[LeafResult],
) -> Result<Vec<MergedHit<'a>>> {
    let plan = context.plan;
    let mut hits = Vec::new();
    for (ordinal, (segment, leaf)) in context.snapshot.segments.iter().zip(leaves).enumerate() {
        let keys = plan
            .sort
            .iter()
            .map(|key| SegmentSort::new(key, segment))
            .collect::<Result<Vec<_>>>()?;
        let groups = match &plan.group {
            Some(key) => Some(SegmentGroups::new(key, segment)?),
            None => None,
        };
        for ranked in &leaf.top {
            let values =
                plan.sort.iter().zip(&keys).zip(ranked.ranks).map(|((key, bound), rank)| {
                    Ok(match key.by {
                        SortBy::Strings(_) => SortValue::Text(bound.string_of(rank)?),
                        _ => SortValue::Rank(rank),
                    })
                });
            hits.push(MergedHit {
                segment,
                ordinal,
                doc: ranked.doc,
                score: f32::from_bits(ranked.score),
                values: values.collect::<Result<_>>()?,
                group: groups.as_ref().map(|groups| groups.of(ranked.doc)),
                stored: OnceCell::new(),
            });
        }
    }
    hits.sort_by(|a, b| compare(a, b, &plan.sort));
    if plan.group.is_some() {
        let mut shown = FxHashSet::default();
        hits.retain(|hit| hit.group.is_none_or(|group| shown.insert(group)));
    }
    Ok(hits)
}

fn compare(a: &MergedHit<'_>, b: &MergedHit<'_>, sort: &[SortKey]) -> Ordering {
    for ((a, b), key) in a.values.iter().zip(&b.values).zip(sort) {
        let order = match (a, b) {
            (SortValue::Rank(a), SortValue::Rank(b)) => a.cmp(b),
            (SortValue::Text(Some(a)), SortValue::Text(Some(b))) if key.descending => b.cmp(a),
            (SortValue::Text(Some(a)), SortValue::Text(Some(b))) => a.cmp(b),
            (SortValue::Text(a), SortValue::Text(b)) => a.is_none().cmp(&b.is_none()),
            _ => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    let by_score = b.score.total_cmp(&a.score);
    by_score.then_with(|| {
        // An id that cannot be read is reported when the hit is fetched.
        let id =
            |hit: &MergedHit<'_>| hit.stored().map(|stored| stored.id.clone()).unwrap_or_default();
        id(a).cmp(&id(b))
    })
}
