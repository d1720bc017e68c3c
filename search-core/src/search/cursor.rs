//! The place of a hit in the order of all hits, as text that a caller hands back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::sort::{SegmentSort, place_in, score_rank};
use super::top_k::Ranks;
use crate::error::Result;
use crate::index::Segment;
use crate::limits::MAX_CURSOR_BYTES;
use crate::query::SortKey;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The order it belongs to.
    #[serde(rename = "s")]
    order: String,
    /// How many hits came before.
    #[serde(rename = "n")]
    pub(crate) seen: u32,
    /// How many of them were pinned by rules.
    #[serde(rename = "p")]
    pub(crate) pins_seen: u32,
    /// The last of the others, if there was one.
    #[serde(rename = "l")]
    pub(crate) last: Option<CursorPlace>,
}

/// What a hit compares by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CursorPlace {
    /// Its values of the sort keys.
    #[serde(rename = "k")]
    pub values: Vec<SortValue>,
    /// The bits of the score: a float's decimal form would round.
    #[serde(rename = "r")]
    pub score: u32,
    /// Its id.
    #[serde(rename = "i")]
    pub id: String,
}

/// What a hit has for one sort key, comparable over all segments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// A rank: smaller comes first.
    Rank(u64),
    /// A string; `None` when the hit has none.
    Text(Option<String>),
}

impl Cursor {
    pub(crate) fn new(
        sort: &[SortKey],
        seen: usize,
        pins_seen: usize,
        last: Option<CursorPlace>,
    ) -> Self {
        let count = |hits: usize| u32::try_from(hits).unwrap_or(u32::MAX);
        let (seen, pins_seen) = (count(seen), count(pins_seen));
        Self { order: order_of(sort), seen, pins_seen, last }
    }

    /// As a caller hands it back.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a cursor back; it must belong to the same order.
    pub(crate) fn decode(text: &str, sort: &[SortKey]) -> std::result::Result<Self, String> {
        if text.len() > MAX_CURSOR_BYTES {
            return Err(format!(
                "the cursor has {} bytes, expected at most {MAX_CURSOR_BYTES}",
                text.len()
            ));
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| not_ours())?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| not_ours())?;
        let fits = |place: &CursorPlace| place.values.len() == sort.len();
        if !cursor.last.as_ref().is_none_or(fits) || cursor.order != order_of(sort) {
            return Err("the cursor belongs to a search with another `sort`".to_owned());
        }
        Ok(cursor)
    }
}

impl CursorPlace {
    /// The place in one segment.
    pub(crate) fn ranks(&self, sort: &[SegmentSort], segment: &Segment) -> Result<Ranks> {
        let mut ranks = Ranks::default();
        let keys = self.values.iter().zip(sort).map(|(value, key)| match value {
            SortValue::Rank(rank) => Ok(*rank),
            SortValue::Text(text) => key.rank_of_string(text.as_deref()),
        });
        let ties = [
            Ok(!score_rank(f32::from_bits(self.score))),
            place_in(segment.ids.dictionary(), &self.id),
        ];
        for (place, rank) in ranks.iter_mut().zip(keys.chain(ties)) {
            *place = rank?;
        }
        Ok(ranks)
    }
}

fn not_ours() -> String {
    "the cursor is not one that a search gave as `next_cursor`".to_owned()
}

fn order_of(sort: &[SortKey]) -> String {
    let hash = crate::index::stable_hash(format!("{sort:?}"));
    format!("{hash:x}")
}
