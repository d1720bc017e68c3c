//! What a backend that counts by itself has found out about a facet.

use std::sync::Arc;

use super::count::{self, FacetCounts, Stats};
use super::dictionary::Dictionary;
use crate::query::FacetPlan;
use crate::response::FacetResult;

/// What all products of a catalogue have under a facet, whether they match or not: it decides
/// what an answer lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Present {
    /// Whether some have strings.
    pub strings: bool,
    /// Whether some have booleans.
    pub bools: bool,
    /// How many different numbers they have.
    pub numbers: NumbersPresent,
}

/// How many different numbers the products have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NumbersPresent {
    /// None.
    #[default]
    None,
    /// At most [`MAX_LISTED_NUMBERS`](crate::index::MAX_LISTED_NUMBERS), which are listed as values.
    Few,
    /// More: they are counted in ranges only.
    Many,
}

/// The matching products' values of one facet. Each product (or group) counts once for each of
/// its values.
#[derive(Debug, Clone, Default)]
pub struct FacetTally {
    /// What all products have.
    pub present: Present,
    /// Strings, and how many products have each.
    pub strings: Vec<(String, u64)>,
    /// Products under strings that are not among these.
    pub unlisted: u64,
    /// Products with `false`, with `true`.
    pub bools: [u64; 2],
    /// Where they are few: numbers in the column's unit, and how many products have each.
    pub numbers: Vec<(f64, u64)>,
    /// Where they are many: the numbers between the [bounds](FacetPlan::bounds).
    pub ranges: Vec<RangeTally>,
}

/// The numbers of one range.
#[derive(Debug, Clone, Copy)]
pub struct RangeTally {
    /// How many of the [bounds](FacetPlan::bounds) are not above it.
    pub range: usize,
    /// How many numbers there are.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl FacetPlan {
    /// Boundaries to count numbers between, ascending, in the column's unit (minor units,
    /// milliseconds).
    pub fn bounds(&self) -> Vec<f64> {
        count::bounds(self)
    }
}

impl FacetTally {
    /// The answer.
    pub fn into_result(mut self, plan: &FacetPlan) -> FacetResult {
        self.strings.sort_unstable();
        self.numbers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let is_few = self.present.numbers == NumbersPresent::Few;
        let dictionary = Dictionary {
            strings: self.strings.iter().map(|(text, _)| text.as_str().into()).collect(),
            has_strings: self.present.strings,
            numbers: is_few.then(|| self.numbers.iter().map(|(number, _)| *number).collect()),
            has_numbers: self.present.numbers != NumbersPresent::None,
            has_bools: self.present.bools,
            ..Dictionary::default()
        };
        let mut counts = FacetCounts::of_dictionary(plan, Arc::new(dictionary));
        let clamped = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        counts.strings = self.strings.iter().map(|(_, count)| clamped(*count)).collect();
        counts.unlisted = self.unlisted;
        counts.bools = self.bools;
        if is_few {
            counts.numbers = self.numbers.iter().map(|(_, count)| *count).collect();
        }
        for RangeTally { range, count, sum, min, max } in self.ranges {
            counts.add_range(range, Stats { count, sum, min, max });
        }
        counts.into_result(plan)
    }
}
