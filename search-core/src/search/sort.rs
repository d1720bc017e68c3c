//! Sort values as integers that order as the values do, so that products compare without looking
//! at types.

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::{DocId, f64_to_u64, i64_to_u64, u64_to_f64, u64_to_i64};

use super::cursor::SortValue;
use super::geo::distance_meters;
use crate::error::Result;
use crate::index::{Columns, Segment};
use crate::query::{SortBy, SortKey};

/// Comes after every value, in either direction.
pub(crate) const MISSING: u64 = u64::MAX;

/// What a hit has for a sort key.
#[derive(Debug, Clone, PartialEq)]
pub enum Sorted {
    /// A string.
    Text(String),
    /// A number, or metres.
    Number(f64),
    /// Minor units, or milliseconds.
    Integer(i64),
    /// True or false.
    Bool(bool),
}

impl SortKey {
    /// A hit's value as a cursor has it.
    pub fn to_cursor(&self, value: Option<&Sorted>) -> SortValue {
        let rank = match value {
            Some(Sorted::Text(text)) => return SortValue::Text(Some(text.clone())),
            None if matches!(self.by, SortBy::Strings(_)) => return SortValue::Text(None),
            None => return SortValue::Rank(MISSING),
            Some(Sorted::Number(number)) => f64_to_u64(*number),
            Some(Sorted::Integer(integer)) => i64_to_u64(*integer),
            Some(Sorted::Bool(value)) => bool_rank(*value),
        };
        SortValue::Rank(directed(rank, self.descending))
    }

    /// The value of a hit that a cursor has; `None` when it had none.
    pub fn of_cursor(&self, value: &SortValue) -> Option<Sorted> {
        let rank = match value {
            SortValue::Text(text) => return text.clone().map(Sorted::Text),
            SortValue::Rank(MISSING) => return None,
            SortValue::Rank(rank) if self.descending => !rank,
            SortValue::Rank(rank) => *rank,
        };
        Some(match self.by {
            SortBy::Integers(_) => Sorted::Integer(u64_to_i64(rank)),
            SortBy::Bools(_) => Sorted::Bool(rank > bool_rank(false)),
            _ => Sorted::Number(u64_to_f64(rank)),
        })
    }
}

fn bool_rank(value: bool) -> u64 {
    1 + u64::from(value)
}

/// A sort key bound to one segment's columns.
pub(crate) struct SegmentSort {
    columns: Option<Arc<Columns>>,
    key: SortKey,
}

impl SegmentSort {
    pub(crate) fn new(key: &SortKey, segment: &Segment) -> Result<Self> {
        let columns = match &key.by {
            SortBy::Strings(column)
            | SortBy::Numbers(column)
            | SortBy::Integers(column)
            | SortBy::Bools(column)
            | SortBy::Distance { key: column, .. } => Some(segment.columns(column)?),
            SortBy::Score => None,
        };
        Ok(Self { columns, key: key.clone() })
    }

    /// The product's place by this key: smaller comes first. Strings are places in the segment's
    /// dictionary, which compare within the segment only.
    pub(crate) fn rank(&self, doc: DocId, score: f32) -> u64 {
        let Some(columns) = &self.columns else {
            return directed(score_rank(score), self.key.descending);
        };
        let descending = self.key.descending;
        let rank = match &self.key.by {
            SortBy::Strings(_) => columns
                .strings
                .as_ref()
                .and_then(|column| extreme(column.ords(), doc, descending, string_rank)),
            SortBy::Numbers(_) => columns
                .numbers
                .as_ref()
                .and_then(|column| extreme(column, doc, descending, f64_to_u64)),
            SortBy::Integers(_) => columns
                .integers
                .as_ref()
                .and_then(|column| extreme(column, doc, descending, i64_to_u64)),
            SortBy::Bools(_) => columns
                .bools
                .as_ref()
                .and_then(|column| extreme(column, doc, descending, bool_rank)),
            SortBy::Distance { lat, lon, .. } => columns.geo.as_ref().and_then(|(lats, lons)| {
                let points = lats.values_for_doc(doc).zip(lons.values_for_doc(doc));
                let ranks = points.map(|point| f64_to_u64(distance_meters((*lat, *lon), point)));
                if descending { ranks.max() } else { ranks.min() }
            }),
            SortBy::Score => None,
        };
        rank.map_or(MISSING, |rank| directed(rank, descending))
    }

    /// Whether the key is the relevance, which is not known from columns.
    pub(crate) fn is_by_score(&self) -> bool {
        self.columns.is_none()
    }

    /// The string of a rank that [`rank`](Self::rank) gave.
    pub(crate) fn string_of(&self, rank: u64) -> Result<Option<String>> {
        let strings = self.columns.as_ref().and_then(|columns| columns.strings.as_ref());
        let Some(strings) = strings.filter(|_| rank != MISSING) else { return Ok(None) };
        let mut text = String::new();
        strings
            .ord_to_str(ordinal_of(directed(rank, self.key.descending)), &mut text)
            .map_err(tantivy::TantivyError::from)?;
        Ok(Some(text))
    }

    /// Where a string from elsewhere ranks in this segment: beside its neighbours when the
    /// segment does not have it.
    pub(crate) fn rank_of_string(&self, text: Option<&str>) -> Result<u64> {
        let Some(text) = text else { return Ok(MISSING) };
        let strings = self.columns.as_ref().and_then(|columns| columns.strings.as_ref());
        let rank = match strings {
            None => 1,
            Some(strings) => place_in(strings.dictionary(), text)?,
        };
        Ok(directed(rank, self.key.descending))
    }
}

/// The rank of a text among a dictionary's: even for an entry, odd between two of them.
pub(crate) fn place_in(dictionary: &tantivy::columnar::Dictionary, text: &str) -> Result<u64> {
    use tantivy::columnar::TermOrdHit;
    let hit = dictionary.term_ord_or_next(text.as_bytes()).map_err(tantivy::TantivyError::from)?;
    Ok(match hit {
        TermOrdHit::Exact(ordinal) => string_rank(ordinal),
        // After the last entry tantivy gives `u64::MAX`.
        TermOrdHit::Next(ordinal) => string_rank(ordinal.min(dictionary.num_terms() as u64)) - 1,
    })
}

/// The rank of an entry of a dictionary. Ordinals are spread, so that strings which a segment does not have find a place between.
pub(crate) fn string_rank(ordinal: u64) -> u64 {
    ordinal * 2 + 2
}

fn ordinal_of(rank: u64) -> u64 {
    (rank / 2).saturating_sub(1)
}

fn directed(rank: u64, descending: bool) -> u64 {
    // Zero and `MISSING` stay free: only the ends of the 64-bit integers share their places.
    let rank = rank.clamp(1, MISSING - 1);
    if descending { !rank } else { rank }
}

/// Scores order as their bits do: they are never negative.
pub(crate) fn score_rank(score: f32) -> u64 {
    u64::from(score.max(0.0).to_bits())
}

#[inline]
fn extreme<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    doc: DocId,
    largest: bool,
    rank: impl Fn(T) -> u64,
) -> Option<u64> {
    let ranks = column.values_for_doc(doc).map(rank);
    if largest { ranks.max() } else { ranks.min() }
}
