//! All segments' parts of a search, one after another or side by side, and their union.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::group::{self, GroupKey};
use super::leaf::{LeafResult, SearchContext, search_segment};
use super::pins::{PlacedPin, place};
use super::sort::SegmentSort;
use super::top_k::Ranks;
use crate::error::Result;
use crate::facets::FacetCounts;
use crate::failpoint;
use crate::index::Segment;

/// Searches that look at fewer products and postings are not worth a second thread: handing work
/// over and collecting it costs some ten microseconds.
const WORTH_A_THREAD: u64 = 50_000;

/// What all segments found, not yet in order.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub total: u64,
    pub word_matches: u64,
    /// Products (or groups) that have their place by rank and come after the cursor.
    pub eligible: u64,
    /// Pinned products at their positions, ascending.
    pub pins: Vec<PlacedPin>,
    /// Each segment's first hits, parallel to the snapshot's segments.
    pub leaves: Vec<LeafResult>,
    pub facets: Vec<FacetCounts>,
    /// When the search groups: how many products of each group match.
    pub group_sizes: FxHashMap<GroupKey, u64>,
}

/// Searches every segment.
pub(crate) fn scatter(context: &SearchContext<'_>, pool: &rayon::ThreadPool) -> Result<Gathered> {
    let segments = 0..context.snapshot.segments.len();
    let empty = || {
        let plans = context.plan.facets.iter();
        plans.map(|plan| FacetCounts::new(plan, context.snapshot)).collect::<Result<Vec<_>>>()
    };
    let mut facets = empty()?;
    // Groups spread over segments: their facets count each value once for all of them.
    let is_grouped = context.plan.group.is_some();
    let mut leaves = if segments.len() > 1 && !is_grouped && work(context) >= WORTH_A_THREAD {
        let found = pool.install(|| {
            segments
                .into_par_iter()
                .map(|segment| {
                    let mut facets = empty()?;
                    Ok((search_leaf(context, segment, &mut facets)?, facets))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut leaves = Vec::with_capacity(found.len());
        for (leaf, counted) in found {
            for (sum, more) in facets.iter_mut().zip(&counted) {
                sum.merge(more);
            }
            leaves.push(leaf);
        }
        leaves
    } else {
        segments
            .map(|segment| search_leaf(context, segment, &mut facets))
            .collect::<Result<Vec<_>>>()?
    };
    let word_matches = leaves.iter().map(|leaf| leaf.word_matches).sum();
    let found = leaves.iter().enumerate();
    let found =
        found.flat_map(|(ordinal, leaf)| leaf.pinned.iter().map(move |hit| (ordinal, *hit)));
    let pins = place(found.collect(), &context.plan.effects.pins);
    if is_grouped {
        let wanted = context.plan.page.offset + context.plan.page.limit;
        let pinned = pins.iter().filter_map(|pin| pin.hit.group).collect();
        let groups = group::unite(&mut leaves, &places_of_cursor(context)?, pinned, wanted);
        return Ok(Gathered {
            total: groups.sizes.len() as u64,
            word_matches,
            eligible: groups.eligible,
            pins,
            leaves,
            facets,
            group_sizes: groups.sizes,
        });
    }
    Ok(Gathered {
        total: leaves.iter().map(|leaf| leaf.total).sum(),
        word_matches,
        eligible: leaves.iter().map(|leaf| leaf.eligible).sum(),
        pins,
        leaves,
        facets,
        group_sizes: FxHashMap::default(),
    })
}

fn search_leaf(
    context: &SearchContext<'_>,
    segment: usize,
    facets: &mut [FacetCounts],
) -> Result<LeafResult> {
    failpoint::reach("leaf")?;
    search_segment(context, segment, facets)
}

/// The cursor's place in every segment.
fn places_of_cursor(context: &SearchContext<'_>) -> Result<Vec<Option<Ranks>>> {
    let segments = context.snapshot.segments.iter();
    let place = |segment: &Arc<Segment>| {
        let Some(last) = context.plan.page.last_ranked() else { return Ok(None) };
        let keys = context.plan.sort.iter().map(|key| SegmentSort::new(key, segment));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        last.ranks(&keys, segment).map(Some)
    };
    segments.map(place).collect()
}

/// About how many products a search will look at, and postings that it has to merge before.
fn work(context: &SearchContext<'_>) -> u64 {
    let SearchContext { snapshot, rewritten, cache, .. } = context;
    let fewest = rewritten.slots.iter().map(|slot| slot.docs).min();
    let parts = rewritten.slots.iter().flat_map(|slot| &slot.parts);
    let unmerged = parts.map(|part| part.terms.unmerged(&snapshot.segments, cache));
    fewest.unwrap_or(snapshot.stats.docs) + unmerged.sum::<u64>()
}
