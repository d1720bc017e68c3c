//! From counts to the answer: the most frequent values, the ranges, the statistics.

use super::count::{FacetCounts, minor_units};
use super::ranges;
use crate::analysis::fold_words;
use crate::catalog::FieldKind;
use crate::query::FacetPlan;
use crate::response::{FacetRange, FacetResult, FacetStats, FacetValue};

impl FacetCounts {
    pub(crate) fn into_result(mut self, plan: &FacetPlan) -> FacetResult {
        self.settle();
        // An attribute has no type of its own: what deleted products had says nothing.
        let has_numbers = self.dictionary.has_numbers
            && (plan.kind != FieldKind::Attributes || self.stats.count > 0);
        let lists_values = self.dictionary.has_strings
            || self.dictionary.has_bools
            || self.dictionary.numbers.is_some()
            || !has_numbers;
        let (values, other) = if lists_values { self.values(plan) } else { (Vec::new(), 0) };
        let (stats, ranges) = if has_numbers || plan.ranges.is_some() {
            (self.stats(plan), Some(self.ranges(plan)))
        } else {
            (None, None)
        };
        FacetResult {
            values: lists_values.then_some(values),
            other: lists_values.then_some(other),
            stats,
            ranges,
        }
    }

    /// The listed values and the count under all others.
    fn values(&self, plan: &FacetPlan) -> (Vec<FacetValue>, u64) {
        let unit = minor_units(&plan.kind);
        let strings = self.dictionary.strings.iter().zip(&self.strings);
        let numbers = self.dictionary.numbers.iter().flatten().zip(&self.numbers);
        let bools = [("false", self.bools[0]), ("true", self.bools[1])];
        let wanted = plan.query.as_deref().map(fold_words);
        let is_wanted = |value: &str| wanted.as_deref().is_none_or(|w| matches_words(value, w));
        let is_refined = |value: &str| plan.refined.iter().any(|refined| refined == value);

        let mut values: Vec<FacetValue> = Vec::new();
        let mut total = self.unlisted;
        let mut add = |value: &str, count: u64| {
            total += count;
            if is_refined(value) || (count > 0 && is_wanted(value)) {
                values.push(FacetValue { value: value.to_owned(), count });
            }
        };
        // Most products share few values: what cannot be listed is not even looked at.
        let floor = self.floor(plan);
        let mut below = 0;
        for (value, &count) in strings {
            let count = u64::from(count);
            if count < floor && !is_refined(value) {
                below += count;
            } else {
                add(value, count);
            }
        }
        numbers.for_each(|(number, &count)| add(&(number / unit).to_string(), count));
        if self.dictionary.has_bools {
            bools.iter().for_each(|&(value, count)| add(value, count));
        }
        let total = total + below;
        merge_same(&mut values);
        // A refined value that no document has is listed all the same.
        for refined in &plan.refined {
            if !values.iter().any(|known| known.value == *refined) {
                values.push(FacetValue { value: refined.clone(), count: 0 });
            }
        }
        values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        let mut room = plan.limit;
        values.retain(|value| {
            let fits = room > 0;
            room = room.saturating_sub(1);
            fits || is_refined(&value.value)
        });
        let listed: u64 = values.iter().map(|value| value.count).sum();
        (values, total - listed)
    }

    /// A count below which no string can be among the first `limit`; 1 when all have to be seen.
    fn floor(&self, plan: &FacetPlan) -> u64 {
        if plan.query.is_some() || plan.limit == 0 || self.strings.len() <= plan.limit {
            return 1;
        }
        let mut counts = self.strings.clone();
        let (_, nth, _) = counts.select_nth_unstable_by(plan.limit - 1, |a, b| b.cmp(a));
        u64::from(*nth).max(1)
    }

    fn stats(&self, plan: &FacetPlan) -> Option<FacetStats> {
        let unit = minor_units(&plan.kind);
        (self.stats.count > 0).then(|| FacetStats {
            min: self.stats.min / unit,
            max: self.stats.max / unit,
            avg: self.stats.sum / self.stats.count as f64 / unit,
        })
    }

    fn ranges(&self, plan: &FacetPlan) -> Vec<FacetRange> {
        let unit = minor_units(&plan.kind);
        let picked = match &plan.ranges {
            Some(_) => self.bounds.to_vec(),
            None => ranges::derive(&self.bounds, &self.ranges),
        };
        let counts = ranges::regroup(&self.bounds, &self.ranges, &picked);
        // Prices start at zero; so does every field that has no negative value.
        let start = picked.first().filter(|first| self.stats.min >= 0.0 && **first > 0.0);
        let lower = std::iter::once(start.map(|_| 0.0))
            .chain(picked.iter().map(|bound| Some(bound / unit)));
        let upper = picked.iter().map(|bound| Some(bound / unit)).chain([None]);
        lower
            .zip(upper)
            .zip(counts)
            .map(|((from, to), count)| FacetRange { from, to, count })
            .collect()
    }
}

/// Values of several types that are written alike ("5" and 5) are one value.
fn merge_same(values: &mut Vec<FacetValue>) {
    values.sort_unstable_by(|a, b| a.value.cmp(&b.value));
    values.dedup_by(|later, earlier| {
        let same = later.value == earlier.value;
        if same {
            earlier.count += later.count;
        }
        same
    });
}

/// Whether every wanted word begins a word of the value.
fn matches_words(value: &str, wanted: &[String]) -> bool {
    let words = fold_words(value);
    wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}
