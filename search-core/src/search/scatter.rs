//! All segments' parts of a search, one after another or side by side, and their union.

use rayon::prelude::*;

use super::leaf::{LeafResult, SearchContext, search_segment};
use crate::error::Result;
use crate::facets::FacetCounts;

/// Searches that look at fewer products are not worth a second thread: handing work over and
/// collecting it costs some ten microseconds.
const WORTH_A_THREAD: u64 = 50_000;

/// What all segments found, not yet in order.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub total: u64,
    pub word_matches: u64,
    pub eligible: u64,
    /// Each segment's first hits, parallel to the snapshot's segments.
    pub leaves: Vec<LeafResult>,
    pub facets: Vec<FacetCounts>,
}

/// Searches every segment.
pub(crate) fn scatter(context: &SearchContext<'_>, pool: &rayon::ThreadPool) -> Result<Gathered> {
    let segments = 0..context.snapshot.segments.len();
    let empty = || {
        let plans = context.plan.facets.iter();
        plans.map(|plan| FacetCounts::new(plan, context.snapshot)).collect::<Result<Vec<_>>>()
    };
    let mut facets = empty()?;
    let leaves = if segments.len() > 1 && work(context) >= WORTH_A_THREAD {
        let found = pool.install(|| {
            segments
                .into_par_iter()
                .map(|segment| {
                    let mut facets = empty()?;
                    Ok((search_segment(context, segment, &mut facets)?, facets))
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
            .map(|segment| search_segment(context, segment, &mut facets))
            .collect::<Result<Vec<_>>>()?
    };
    Ok(Gathered {
        total: leaves.iter().map(|leaf| leaf.total).sum(),
        word_matches: leaves.iter().map(|leaf| leaf.word_matches).sum(),
        eligible: leaves.iter().map(|leaf| leaf.eligible).sum(),
        leaves,
        facets,
    })
}

/// About how many products a search will look at.
fn work(context: &SearchContext<'_>) -> u64 {
    let fewest = context.rewritten.slots.iter().map(|slot| slot.docs).min();
    fewest.unwrap_or(context.snapshot.stats.docs)
}
