//! One page of the order of all hits: pinned products at their positions, the others by rank.

use super::cursor::{Cursor, CursorPlace};
use crate::query::SearchPlan;

/// A page, and where the next one begins.
#[derive(Debug)]
pub struct PageOfHits<T> {
    /// The hits, in order.
    pub hits: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// Takes the page that a plan asks for.
///
/// `pins` are all pinned products with their positions, ascending; `ranked` are the first of the
/// other hits that come after the cursor, in order and as many as `offset` and `limit` together;
/// `eligible` says how many of those there are in all. Where they end the pins that are left
/// follow.
///
/// # Errors
/// When the `place` of a hit is not known.
pub fn page_of<T, E>(
    plan: &SearchPlan,
    pins: Vec<(usize, T)>,
    ranked: Vec<T>,
    eligible: u64,
    place: impl Fn(&T) -> Result<CursorPlace, E>,
) -> Result<PageOfHits<T>, E> {
    let page = &plan.page;
    let (mut seen, pins_before) = match &page.after {
        Some(cursor) => (cursor.seen as usize, cursor.pins_seen as usize),
        None => (0, 0),
    };
    let mut pins = pins.into_iter().skip(pins_before).peekable();
    let all = eligible + pins.len() as u64;
    let mut ranked = ranked.into_iter().peekable();
    let mut hits: Vec<T> = Vec::new();
    let (mut pins_seen, mut last_ranked) = (pins_before, None);
    while hits.len() < page.offset + page.limit {
        let hit = match pins.next_if(|(at, _)| *at <= seen || ranked.peek().is_none()) {
            Some((_, pinned)) => {
                pins_seen += 1;
                Some(pinned)
            }
            None => {
                let hit = ranked.next();
                last_ranked = hit.as_ref().map(|_| hits.len()).or(last_ranked);
                hit
            }
        };
        let Some(hit) = hit else { break };
        hits.push(hit);
        seen += 1;
    }
    let has_more = (hits.len() as u64) < all && hits.len() > page.offset;
    let next = match has_more {
        true => {
            let last = last_ranked.and_then(|place| hits.get(place)).map(place);
            let before = page.after.as_ref().and_then(|cursor| cursor.last.clone());
            let last = last.transpose()?.or(before);
            Some(Cursor::new(&plan.sort, seen, pins_seen, last))
        }
        false => None,
    };
    let hits = hits.split_off(page.offset.min(hits.len()));
    Ok(PageOfHits { hits, next })
}
