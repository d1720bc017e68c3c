//! The columns of a segment that hold one field's values.

use std::sync::OnceLock;

use tantivy::columnar::{Column, StrColumn};

/// A number field with at most so many different values lists them as values too.
pub const MAX_LISTED_NUMBERS: usize = 64;

/// A catalogue field, or one key of an attributes field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ColumnKey {
    /// The field's place in the catalogue.
    pub field: usize,
    /// The key, of an open map.
    pub attribute: Option<String>,
}

/// The columns that hold a field's values; an attribute may have values of several types.
#[derive(Default)]
pub(crate) struct Columns {
    pub strings: Option<StrColumn>,
    pub numbers: Option<Column<f64>>,
    pub integers: Option<Column<i64>>,
    pub bools: Option<Column<bool>>,
    /// Latitude and longitude.
    pub geo: Option<(Column<f64>, Column<f64>)>,
    few_numbers: OnceLock<Option<Vec<f64>>>,
}

impl Columns {
    /// Whether any product has a number.
    pub(crate) fn has_numbers(&self) -> bool {
        self.numbers.as_ref().is_some_and(|column| column.values.num_vals() > 0)
            || self.integers.as_ref().is_some_and(|column| column.values.num_vals() > 0)
    }

    /// All different numbers, ascending, if they are few. Found out once; linear in the number of
    /// products where they are.
    pub(crate) fn few_numbers(&self) -> Option<&[f64]> {
        let few = self.few_numbers.get_or_init(|| {
            let mut numbers = FewNumbers::default();
            let of_integers = self.integers.iter().flat_map(|column| column.values.iter());
            let of_numbers = self.numbers.iter().flat_map(|column| column.values.iter());
            let mut values = of_numbers.chain(of_integers.map(|value| value as f64));
            values.all(|value| numbers.add(value)).then_some(numbers.0)
        });
        few.as_deref()
    }
}

/// Different numbers, ascending, no more of them than are listed.
#[derive(Debug, Default)]
pub(crate) struct FewNumbers(pub Vec<f64>);

impl FewNumbers {
    /// With others, if they are few together.
    pub(crate) fn and(mut self, others: &[f64]) -> Option<Self> {
        others.iter().all(|&other| self.add(other)).then_some(self)
    }

    /// `false` when they are no longer few.
    pub(crate) fn add(&mut self, value: f64) -> bool {
        let Err(place) = self.0.binary_search_by(|number| number.total_cmp(&value)) else {
            return true;
        };
        let has_room = self.0.len() < MAX_LISTED_NUMBERS;
        if has_room {
            self.0.insert(place, value);
        }
        has_room
    }
}
