//! A collection in the order of `_id`, cut into ranges that can be read side by side.
//!
//! Ranges are bounds of the index on `_id` (`min`, `max` with `hint`), not comparisons: `$gte`
//! would skip every `_id` of another BSON type.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::action::Find;
use mongodb::options::Hint;
use mongodb::{Collection, Cursor};

use super::error::MongoError;
use crate::limits::{SCAN_BATCH_DOCUMENTS, SCAN_RANGE_SAMPLES};

/// The `_id`s from `min`, inclusive, to `max`, exclusive; `None` is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdRange {
    /// The first `_id`.
    pub min: Option<Bson>,
    /// The first `_id` after the range.
    pub max: Option<Bson>,
}

/// Cuts a collection into about so many ranges of about the same size, in order and without gaps.
///
/// # Errors
/// When MongoDB cannot be asked.
pub async fn split(
    collection: &Collection<Document>,
    ranges: usize,
) -> Result<Vec<IdRange>, MongoError> {
    let sample = ranges.saturating_mul(SCAN_RANGE_SAMPLES);
    let sample = i64::try_from(sample).unwrap_or(i64::MAX);
    let drawn = if ranges > 1 {
        // The server sorts: it knows the order of its types.
        let pipeline = [
            doc! { "$sample": { "size": sample } },
            doc! { "$project": { "_id": 1 } },
            doc! { "$sort": { "_id": 1 } },
        ];
        let drawn: Vec<Document> = collection.aggregate(pipeline).await?.try_collect().await?;
        drawn.into_iter().filter_map(|mut drawn| drawn.remove("_id")).collect()
    } else {
        Vec::new()
    };
    Ok(between(bounds(drawn, ranges)))
}

/// Every so-many-th of the sorted sample, each once.
fn bounds(drawn: Vec<Bson>, ranges: usize) -> Vec<Bson> {
    let every = drawn.len().div_ceil(ranges.max(1)).max(1);
    let mut bounds: Vec<Bson> = drawn
        .into_iter()
        .enumerate()
        .filter(|(n, _)| *n > 0 && n % every == 0)
        .map(|b| b.1)
        .collect();
    bounds.dedup();
    bounds
}

fn between(bounds: Vec<Bson>) -> Vec<IdRange> {
    let mut ranges = Vec::with_capacity(bounds.len() + 1);
    let mut min = None;
    for bound in bounds {
        ranges.push(IdRange { min: min.replace(bound.clone()), max: Some(bound) });
    }
    ranges.push(IdRange { min, max: None });
    ranges
}

/// The documents of a range, in order of `_id`.
pub fn find<'a>(collection: &'a Collection<Document>, range: &IdRange) -> Find<'a, Document> {
    let find = collection
        .find(doc! {})
        .hint(Hint::Keys(doc! { "_id": 1 }))
        .sort(doc! { "_id": 1 })
        .batch_size(SCAN_BATCH_DOCUMENTS);
    let find = match &range.min {
        Some(min) => find.min(doc! { "_id": min }),
        None => find,
    };
    match &range.max {
        Some(max) => find.max(doc! { "_id": max }),
        None => find,
    }
}

/// Reads the documents of a range, in order of `_id`.
///
/// # Errors
/// When MongoDB cannot be asked.
pub async fn read(
    collection: &Collection<Document>,
    range: &IdRange,
) -> Result<Cursor<Document>, MongoError> {
    Ok(find(collection, range).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_everything_without_gaps() {
        let drawn: Vec<Bson> = [1, 1, 2, 3, 3, 3, 3, 3, 9, 10].map(Bson::from).to_vec();
        let ranges = between(bounds(drawn, 5));
        assert_eq!(ranges.first().and_then(|range| range.min.clone()), None);
        assert_eq!(ranges.last().and_then(|range| range.max.clone()), None);
        for pair in ranges.windows(2) {
            assert!(pair[0].max.is_some());
            assert_eq!(pair[0].max, pair[1].min);
            assert_ne!(pair[0].min, pair[0].max);
        }
        assert_eq!(between(bounds(Vec::new(), 5)), [IdRange::default()]);
    }
}
