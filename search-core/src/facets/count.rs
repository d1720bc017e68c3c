//! Counting: blocks of matching products are added to each facet, column by column.

use std::sync::Arc;

use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashSet;
use tantivy::DocId;
use tantivy::columnar::Column;

use super::dictionary::Dictionary;
use super::ranges;
use crate::catalog::FieldKind;
use crate::error::Result;
use crate::index::{Columns, Segment, Snapshot};
use crate::query::FacetPlan;
use crate::search::GroupKey;

/// The counts of one facet so far.
#[derive(Debug, Clone)]
pub(crate) struct FacetCounts {
    pub(super) dictionary: Arc<Dictionary>,
    /// Products with each string of the dictionary.
    pub(super) strings: Vec<u32>,
    /// Products with `false`, with `true`.
    pub(super) bools: [u64; 2],
    /// Products with each listed number of the dictionary.
    pub(super) numbers: Vec<u64>,
    /// Boundaries in the column's unit, and products in the ranges between them.
    pub(super) bounds: Arc<[f64]>,
    pub(super) ranges: Vec<u64>,
    pub(super) stats: Stats,
    /// Products under strings that are not in the dictionary.
    pub(super) unlisted: u64,
    /// When the search groups: the values and groups that have been counted.
    counted: FxHashSet<(ValueCode, GroupKey)>,
}

/// A value of any type as a number.
type ValueCode = u64;

/// Statistics in the column's unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stats {
    pub count: u64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
}

impl FacetCounts {
    pub(crate) fn new(plan: &FacetPlan, snapshot: &Snapshot) -> Result<Self> {
        let dictionary = snapshot.dictionary(&plan.key)?;
        Ok(Self::of_dictionary(plan, dictionary))
    }

    /// Nothing counted yet of these values.
    pub(super) fn of_dictionary(plan: &FacetPlan, dictionary: Arc<Dictionary>) -> Self {
        let bounds: Arc<[f64]> = match dictionary.has_numbers {
            true => bounds(plan).into(),
            false => plan.ranges.as_ref().map_or_else(Arc::default, |_| bounds(plan).into()),
        };
        let numbers = dictionary.numbers.as_ref().map_or(0, Vec::len);
        Self {
            strings: vec![0; dictionary.strings.len()],
            bools: [0; 2],
            numbers: vec![0; numbers],
            ranges: vec![0; bounds.len() + 1],
            bounds,
            stats: Stats { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY },
            unlisted: 0,
            dictionary,
            counted: FxHashSet::default(),
        }
    }

    /// Adds products of one segment; each counts once for each of its values, or, where `groups`
    /// says which group each belongs to, once for all products of its group.
    pub(crate) fn add(
        &mut self,
        plan: &FacetPlan,
        segment: &Segment,
        ordinal: usize,
        docs: &[DocId],
        groups: Option<&[GroupKey]>,
    ) -> Result<()> {
        let columns = segment.columns(&plan.key)?;
        if let Some(groups) = groups {
            self.add_in_groups(&columns, ordinal, docs, groups);
            return Ok(());
        }
        if let Some(strings) = &columns.strings {
            let map = self.dictionary.ordinals.get(ordinal).map_or(&[][..], |map| map);
            let counts = &mut self.strings;
            for_each_value(strings.ords(), docs, |value| {
                let place = map.get(value as usize).copied().unwrap_or_default();
                if let Some(count) = counts.get_mut(place as usize) {
                    *count += 1;
                }
            });
        }
        if let Some(bools) = &columns.bools {
            let counts = &mut self.bools;
            for_each_value(bools, docs, |value| counts[usize::from(value)] += 1);
        }
        if let Some(numbers) = &columns.numbers {
            for_each_value(numbers, docs, |value| self.add_number(value));
        }
        if let Some(integers) = &columns.integers {
            for_each_value(integers, docs, |value| self.add_number(value as f64));
        }
        Ok(())
    }

    fn add_in_groups(
        &mut self,
        columns: &Columns,
        ordinal: usize,
        docs: &[DocId],
        groups: &[GroupKey],
    ) {
        let dictionary = Arc::clone(&self.dictionary);
        let map = dictionary.ordinals.get(ordinal).map_or(&[][..], |map| map);
        for (&doc, &group) in docs.iter().zip(groups) {
            for value in columns.strings.iter().flat_map(|column| column.term_ords(doc)) {
                let place = map.get(value as usize).copied().unwrap_or_default();
                if self.counted.insert((u64::from(place), group))
                    && let Some(count) = self.strings.get_mut(place as usize)
                {
                    *count += 1;
                }
            }
            for value in columns.bools.iter().flat_map(|column| column.values_for_doc(doc)) {
                // No ordinal and no finite number has these codes.
                if self.counted.insert((u64::MAX - u64::from(value), group)) {
                    self.bools[usize::from(value)] += 1;
                }
            }
            let numbers = columns.numbers.iter().flat_map(|column| column.values_for_doc(doc));
            let integers = columns.integers.iter().flat_map(|column| column.values_for_doc(doc));
            for value in numbers.chain(integers.map(|value| value as f64)) {
                if self.counted.insert((tantivy::f64_to_u64(value), group)) {
                    self.add_number(value);
                }
            }
        }
    }

    #[inline]
    fn add_number(&mut self, value: f64) {
        if let Some(listed) = &self.dictionary.numbers {
            // Ranges and statistics follow from the counts of the few values.
            let place = listed.partition_point(|number| *number < value);
            if let Some(count) = self.numbers.get_mut(place) {
                *count += 1;
            }
            return;
        }
        self.add_to_ranges(value, 1);
    }

    fn add_to_ranges(&mut self, value: f64, count: u64) {
        let range = self.bounds.partition_point(|bound| *bound <= value);
        let sum = value * count as f64;
        self.add_range(range, Stats { count, sum, min: value, max: value });
    }

    /// Adds the numbers of one range.
    pub(super) fn add_range(&mut self, range: usize, more: Stats) {
        self.stats.count += more.count;
        self.stats.sum += more.sum;
        self.stats.min = self.stats.min.min(more.min);
        self.stats.max = self.stats.max.max(more.max);
        if let Some(sum) = self.ranges.get_mut(range) {
            *sum += more.count;
        }
    }

    /// Completes ranges and statistics when everything has been counted.
    pub(super) fn settle(&mut self) {
        let dictionary = Arc::clone(&self.dictionary);
        let listed = dictionary.numbers.iter().flatten();
        for (value, count) in listed.zip(std::mem::take(&mut self.numbers)) {
            if count > 0 {
                self.add_to_ranges(*value, count);
            }
            self.numbers.push(count);
        }
    }

    /// Adds what was counted elsewhere, in the same snapshot.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.strings.iter_mut().zip(&other.strings) {
            *count += more;
        }
        let sums = [
            (&mut self.bools[..], &other.bools[..]),
            (&mut self.numbers, &other.numbers),
            (&mut self.ranges, &other.ranges),
        ];
        for (counts, more) in sums {
            for (count, more) in counts.iter_mut().zip(more) {
                *count += more;
            }
        }
        self.stats.count += other.stats.count;
        self.stats.sum += other.stats.sum;
        self.stats.min = self.stats.min.min(other.stats.min);
        self.stats.max = self.stats.max.max(other.stats.max);
    }
}

/// Boundaries to count numbers between, in the column's unit: those that the request gives, or
/// round ones of which some are picked afterwards.
pub(super) fn bounds(plan: &FacetPlan) -> Vec<f64> {
    let bounds = plan.ranges.clone().unwrap_or_else(ranges::candidates);
    bounds.into_iter().map(|bound| in_column(bound, &plan.kind)).collect()
}

/// A boundary in the column's unit. Decimal, because 1.1 times 100 is more than 110 in binary.
fn in_column(bound: f64, kind: &FieldKind) -> f64 {
    let FieldKind::Money(money) = kind else { return bound };
    let exact = bound.to_string().parse().ok().and_then(|bound| money.scale_to_minor(bound).ok());
    exact.and_then(|exact| exact.to_f64()).unwrap_or_else(|| bound * minor_units(kind))
}

/// How many units of the column make one unit of the API.
pub(super) fn minor_units(kind: &FieldKind) -> f64 {
    match kind {
        FieldKind::Money(money) => 10f64.powi(money.currency.exponent() as i32),
        _ => 1.0,
    }
}

/// Values fetched in one call of a column.
const BATCH: usize = 64;

#[inline]
fn for_each_value<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    docs: &[DocId],
    mut each: impl FnMut(T),
) {
    if column.index.get_cardinality().is_full() {
        let mut values = [column.values.min_value(); BATCH];
        for docs in docs.chunks(BATCH) {
            let values = &mut values[..docs.len()];
            column.values.get_vals(docs, values);
            values.iter().copied().for_each(&mut each);
        }
    } else {
        for &doc in docs {
            column.values_for_doc(doc).for_each(&mut each);
        }
    }
}
