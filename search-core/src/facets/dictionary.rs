//! One numbering of a field's values over all segments of a snapshot.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::TantivyError;

use crate::error::Result;
use crate::index::{ColumnKey, Segment};

/// A number field with at most so many different values lists them as values too.
pub const MAX_LISTED_NUMBERS: usize = 64;

/// The values of a field: strings in lexical order, each segment's ordinals mapped to them, and
/// what is known of its numbers.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    pub strings: Vec<Box<str>>,
    pub has_strings: bool,
    /// For each segment: its ordinal to the place in `strings`.
    pub ordinals: Vec<Vec<u32>>,
    /// All different numbers, ascending, if they are few.
    pub numbers: Option<Vec<f64>>,
    pub has_numbers: bool,
    pub has_bools: bool,
}

impl Dictionary {
    /// Linear in the number of different values of each segment, and in the number of products
    /// for number fields of few values.
    pub(crate) fn build(segments: &[Arc<Segment>], key: &ColumnKey) -> Result<Self> {
        let mut dictionary = Self::default();
        let mut local: Vec<Vec<Box<str>>> = Vec::with_capacity(segments.len());
        let mut numbers = Some(Vec::new());
        for segment in segments {
            let columns = segment.columns(key)?;
            let mut terms = Vec::new();
            if let Some(strings) = &columns.strings {
                terms.reserve(strings.dictionary().num_terms());
                let mut stream = strings.dictionary().stream().map_err(TantivyError::from)?;
                while stream.advance() {
                    terms.push(String::from_utf8_lossy(stream.key()).into());
                }
            }
            local.push(terms);
            if let Some(column) = &columns.numbers {
                dictionary.note_numbers(column, |value| value, &mut numbers);
            }
            if let Some(column) = &columns.integers {
                dictionary.note_numbers(column, |value| value as f64, &mut numbers);
            }
            dictionary.has_bools |= columns.bools.is_some();
        }
        dictionary.numbers = numbers.filter(|_| dictionary.has_numbers);
        dictionary.strings = local.iter().flatten().cloned().collect();
        dictionary.strings.sort_unstable();
        dictionary.strings.dedup();
        dictionary.has_strings = !dictionary.strings.is_empty();
        let places: FxHashMap<&str, u32> =
            dictionary.strings.iter().map(|value| &**value).zip(0..).collect();
        let ordinals = local
            .iter()
            .map(|terms| {
                terms.iter().map(|term| places.get(&**term).copied().unwrap_or_default()).collect()
            })
            .collect();
        dictionary.ordinals = ordinals;
        Ok(dictionary)
    }

    fn note_numbers<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
        &mut self,
        column: &tantivy::columnar::Column<T>,
        as_f64: impl Fn(T) -> f64,
        numbers: &mut Option<Vec<f64>>,
    ) {
        if column.values.num_vals() == 0 {
            return;
        }
        self.has_numbers = true;
        for row in 0..column.values.num_vals() {
            let Some(known) = numbers else { return };
            let value = as_f64(column.values.get_val(row));
            if let Err(place) = known.binary_search_by(|number| number.total_cmp(&value)) {
                if known.len() == MAX_LISTED_NUMBERS {
                    *numbers = None;
                } else {
                    known.insert(place, value);
                }
            }
        }
    }
}
