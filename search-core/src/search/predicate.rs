//! Conditions as they are tested against a segment's columns.

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::postings::SegmentPostings;
use tantivy::{DocId, TantivyError};

use super::geo::distance_meters;
use crate::error::Result;
use crate::index::{ColumnKey, Columns, FieldColumns, Segment, Snapshot};
use crate::query::{Condition, Range};

/// A condition whose names and values have been looked up in one segment.
pub(crate) enum Predicate {
    Always,
    Never,
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    /// One of the value's ordinals in the segment's dictionary, ascending.
    Ordinals {
        columns: Arc<Columns>,
        ordinals: Vec<u64>,
    },
    Numbers {
        columns: Arc<Columns>,
        range: Range<f64>,
    },
    Integers {
        columns: Arc<Columns>,
        range: Range<i64>,
    },
    Bool {
        columns: Arc<Columns>,
        value: bool,
    },
    Exists(Arc<Columns>),
    Within {
        columns: Arc<Columns>,
        lat: f64,
        lon: f64,
        meters: f64,
    },
}

impl Predicate {
    pub(crate) fn new(condition: &Condition, segment: &Segment) -> Result<Self> {
        let list = |conditions: &[Condition]| {
            conditions.iter().map(|c| Self::new(c, segment)).collect::<Result<Vec<_>>>()
        };
        let columns = |key: &ColumnKey| segment.columns(key);
        Ok(match condition {
            Condition::All(conditions) => Self::All(list(conditions)?),
            Condition::Any(conditions) => Self::Any(list(conditions)?),
            Condition::Not(condition) => match Self::new(condition, segment)? {
                Self::Never => Self::Always,
                Self::Always => Self::Never,
                other => Self::Not(Box::new(other)),
            },
            Condition::Strings { key, values } => {
                let columns = columns(key)?;
                let Some(strings) = &columns.strings else { return Ok(Self::Never) };
                let mut ordinals = Vec::with_capacity(values.len());
                for value in values {
                    let ordinal = strings.dictionary().term_ord(value.as_bytes());
                    ordinals.extend(ordinal.map_err(TantivyError::from)?);
                }
                ordinals.sort_unstable();
                if ordinals.is_empty() {
                    return Ok(Self::Never);
                }
                Self::Ordinals { columns, ordinals }
            }
            Condition::Numbers { key, range } => {
                let columns = columns(key)?;
                match columns.numbers {
                    Some(_) => Self::Numbers { columns, range: *range },
                    None => Self::Never,
                }
            }
            Condition::Integers { key, range } => {
                let columns = columns(key)?;
                match columns.integers {
                    Some(_) => Self::Integers { columns, range: *range },
                    None => Self::Never,
                }
            }
            Condition::Bool { key, value } => {
                let columns = columns(key)?;
                match columns.bools {
                    Some(_) => Self::Bool { columns, value: *value },
                    None => Self::Never,
                }
            }
            Condition::Exists { key } => Self::Exists(columns(key)?),
            Condition::Within { key, lat, lon, meters } => {
                let columns = columns(key)?;
                match columns.geo {
                    Some(_) => Self::Within { columns, lat: *lat, lon: *lon, meters: *meters },
                    None => Self::Never,
                }
            }
        })
    }

    pub(crate) fn matches(&self, doc: DocId) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::All(predicates) => predicates.iter().all(|predicate| predicate.matches(doc)),
            Self::Any(predicates) => predicates.iter().any(|predicate| predicate.matches(doc)),
            Self::Not(predicate) => !predicate.matches(doc),
            Self::Ordinals { columns, ordinals } => {
                columns.strings.as_ref().is_some_and(|column| {
                    any(column.ords(), doc, |ordinal| match ordinals.as_slice() {
                        [only] => ordinal == *only,
                        several => several.binary_search(&ordinal).is_ok(),
                    })
                })
            }
            Self::Numbers { columns, range } => columns
                .numbers
                .as_ref()
                .is_some_and(|column| any(column, doc, |value| range.contains(value))),
            Self::Integers { columns, range } => columns
                .integers
                .as_ref()
                .is_some_and(|column| any(column, doc, |value| range.contains(value))),
            Self::Bool { columns, value } => columns
                .bools
                .as_ref()
                .is_some_and(|column| any(column, doc, |found| found == *value)),
            Self::Exists(columns) => has_value(columns, doc),
            Self::Within { columns, lat, lon, meters } => {
                columns.geo.as_ref().is_some_and(|(lats, lons)| {
                    lats.values_for_doc(doc)
                        .zip(lons.values_for_doc(doc))
                        .any(|point| distance_meters((*lat, *lon), point) <= *meters)
                })
            }
        }
    }
}

/// Whether any of the product's values passes.
#[inline]
fn any<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    doc: DocId,
    mut test: impl FnMut(T) -> bool,
) -> bool {
    if column.index.get_cardinality().is_full() {
        return test(column.values.get_val(doc));
    }
    column.values_for_doc(doc).any(test)
}

fn has_value(columns: &Columns, doc: DocId) -> bool {
    columns.strings.as_ref().is_some_and(|column| column.ords().index.has_value(doc))
        || columns.numbers.as_ref().is_some_and(|column| column.index.has_value(doc))
        || columns.integers.as_ref().is_some_and(|column| column.index.has_value(doc))
        || columns.bools.as_ref().is_some_and(|column| column.index.has_value(doc))
        || columns.geo.as_ref().is_some_and(|(lat, _)| lat.index.has_value(doc))
}

/// Postings that hold every product which passes the condition and few others, if the index has
/// such: for searches without words.
pub(crate) fn driving_postings(
    condition: &Condition,
    segment: &Segment,
    snapshot: &Snapshot,
) -> Result<Option<Vec<SegmentPostings>>> {
    match condition {
        Condition::Strings { key, values } if key.attribute.is_none() => {
            let Some(FieldColumns::Strings(field)) =
                snapshot.generation.schema.fields.get(key.field)
            else {
                return Ok(None);
            };
            let mut postings = Vec::with_capacity(values.len());
            for value in values {
                postings.extend(segment.value_postings(*field, value)?);
            }
            Ok(Some(postings))
        }
        Condition::All(conditions) => {
            let mut best: Option<(u64, Vec<SegmentPostings>)> = None;
            for condition in conditions {
                let Some(postings) = driving_postings(condition, segment, snapshot)? else {
                    continue;
                };
                let cost = postings.iter().map(|p| u64::from(p.doc_freq())).sum();
                if best.as_ref().is_none_or(|(cheapest, _)| cost < *cheapest) {
                    best = Some((cost, postings));
                }
            }
            Ok(best.map(|(_, postings)| postings))
        }
        _ => Ok(None),
    }
}
