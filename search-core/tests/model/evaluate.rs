//! What the contract says about a request, product by product.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proptest::prelude::*;
use search_core::{FacetResult, SearchResponse};

use super::catalog::{Field, PLACES, Value};
use super::documents::Item;
use super::requests::{Ask, Expr, FacetAsk, Op, Query, Selection, SortAsk};
use super::rules::Curated;

/// What a search must answer, as far as it does not depend on relevance.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    ask: &'a Ask,
    curated: &'a Curated<'a>,
    items: &'a BTreeMap<&'a str, &'a Item>,
    /// Products that match the words or are pinned, whatever the filter and the refinements say.
    found: Vec<&'a Item>,
}

/// Works out the answer; `relaxed` are the words that the engine says it left out.
pub(crate) fn expected<'a>(
    ask: &'a Ask,
    curated: &'a Curated<'a>,
    items: &'a BTreeMap<&'a str, &'a Item>,
    relaxed: &[String],
) -> Expected<'a> {
    let query = without(&curated.query, relaxed);
    let shown = items.values().copied().filter(|item| !curated.hides(item));
    let found = shown.filter(|item| query_matches(&query, item) || curated.pins(item)).collect();
    Expected { ask, curated, items, found }
}

fn without(query: &Query, relaxed: &[String]) -> Query {
    let mut query = query.clone();
    for left_out in relaxed {
        let at = query.words.iter().position(|word| word == left_out);
        query.words.remove(at.expect("a relaxed word is one of the query's"));
    }
    query
}

impl Expected<'_> {
    /// Compares everything with the answer to the whole request (a page that holds every hit).
    pub(crate) fn check(&self, response: &SearchResponse) -> Result<(), TestCaseError> {
        self.check_relaxed(response)?;
        let hits: Vec<&Item> =
            self.found.iter().copied().filter(|item| self.passes(item, None)).collect();
        let mut ids: Vec<&str> = response.hits.iter().map(|hit| hit.id.as_str()).collect();
        self.check_order(response)?;
        ids.sort_unstable();
        prop_assert_eq!(ids, hits.iter().map(|item| item.id.as_str()).collect::<Vec<_>>());
        prop_assert_eq!(response.total, hits.len() as u64);
        prop_assert_eq!(response.facets.len(), self.ask.facets.len());
        for facet in &self.ask.facets {
            let result = &response.facets[facet.field.name()];
            let counted = self.found.iter().copied();
            let counted: Vec<&Item> =
                counted.filter(|item| self.passes(item, Some(facet.field))).collect();
            self.check_facet(facet, &counted, result)?;
        }
        prop_assert_eq!(&response.next_cursor, &None);
        prop_assert_eq!(&response.corrected, &None);
        prop_assert!(response.degraded.is_empty());
        let applied: Vec<&str> = response.rules.iter().map(|rule| rule.id.as_str()).collect();
        prop_assert_eq!(applied, self.curated.applied.clone());
        Ok(())
    }

    /// Words are left out only while nothing matches all that are still there.
    fn check_relaxed(&self, response: &SearchResponse) -> Result<(), TestCaseError> {
        let words = self.curated.query.words.len();
        let matches = |relaxed: &[String]| {
            let query = without(&self.curated.query, relaxed);
            let mut shown = self.items.values().filter(|item| !self.curated.hides(item));
            shown.any(|item| query_matches(&query, item))
        };
        let relaxed = &response.relaxed;
        if let Some((_, before)) = relaxed.split_last() {
            prop_assert!(!matches(before), "left out {relaxed:?}, one word too many");
        }
        let is_last_word = words == relaxed.len() + 1 || words == 0;
        prop_assert!(matches(relaxed) || is_last_word, "{words} words, left out {relaxed:?}");
        prop_assert!(words == 0 || relaxed.len() < words);
        Ok(())
    }

    /// Whether the product passes the filter and the refinements, all but that of one field.
    fn passes(&self, item: &Item, except: Option<Field>) -> bool {
        self.ask.filter.as_ref().is_none_or(|filter| holds(filter, item))
            && self.curated.filters(item)
            && self
                .ask
                .refinements
                .iter()
                .filter(|(field, _)| Some(*field) != except)
                .all(|(field, selection)| selects(selection, &item.values(*field)))
    }

    /// Sort keys, then the score, then the id, all of them strictly in order; but pinned products
    /// have their positions.
    fn check_order(&self, response: &SearchResponse) -> Result<(), TestCaseError> {
        let ids: Vec<&str> = response.hits.iter().map(|hit| hit.id.as_str()).collect();
        prop_assert_eq!(self.curated.order(&ids), ids);
        let ranked = response.hits.iter().filter(|hit| !self.curated.is_pinned(&hit.id));
        for pair in ranked.collect::<Vec<_>>().windows(2) {
            let [a, b] = pair else { continue };
            let item = |id: &str| self.items.get(id).copied();
            let (Some(first), Some(second)) = (item(&a.id), item(&b.id)) else {
                return Err(TestCaseError::fail(format!("{} or {} is no product", a.id, b.id)));
            };
            let keys = self.ask.sort.iter().map(|key| by_key(key, first, second));
            let order = keys
                .fold(Ordering::Equal, Ordering::then)
                .then_with(|| b.score.total_cmp(&a.score))
                .then_with(|| a.id.cmp(&b.id));
            prop_assert_eq!(order, Ordering::Less, "{} before {}", &a.id, &b.id);
        }
        Ok(())
    }

    fn check_facet(
        &self,
        facet: &FacetAsk,
        counted: &[&Item],
        result: &FacetResult,
    ) -> Result<(), TestCaseError> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for value in counted.iter().flat_map(|item| item.values(facet.field)) {
            *counts.entry(value.listed()).or_default() += 1;
        }
        let total: u64 = counts.values().sum();
        let refined: Vec<String> = self
            .ask
            .refinements
            .iter()
            .filter(|(field, _)| *field == facet.field)
            .flat_map(|(_, selection)| match selection {
                Selection::Values(values) => values.iter().map(Value::listed).collect(),
                Selection::Range(..) => Vec::new(),
            })
            .collect();
        for value in &refined {
            counts.entry(value.clone()).or_default();
        }
        let is_refined = |value: &String| refined.contains(value);
        let mut values: Vec<(String, u64)> = counts
            .into_iter()
            .filter(|(value, _)| is_refined(value) || matches_facet_query(facet.query, value))
            .collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let limit = facet.limit.unwrap_or(20);
        let values: Vec<(String, u64)> = values
            .into_iter()
            .enumerate()
            .filter(|(place, (value, _))| *place < limit || is_refined(value))
            .map(|(_, value)| value)
            .collect();
        let listed: u64 = values.iter().map(|(_, count)| count).sum();
        let came: Vec<(String, u64)> = result
            .values
            .iter()
            .flatten()
            .map(|found| (found.value.clone(), found.count))
            .collect();
        prop_assert_eq!(came, values, "values of {:?}", facet);
        prop_assert_eq!(result.other, Some(total - listed), "other of {:?}", facet);
        if Field::NUMBERS.contains(&facet.field) {
            let numbers: Vec<i64> = counted
                .iter()
                .flat_map(|item| item.values(facet.field))
                .map(|value| match value {
                    Value::Number(hundredths) => hundredths,
                    other => unreachable!("{other:?} in a number field"),
                })
                .collect();
            check_numbers(facet, &numbers, result)?;
        }
        Ok(())
    }
}

fn check_numbers(
    facet: &FacetAsk,
    numbers: &[i64],
    result: &FacetResult,
) -> Result<(), TestCaseError> {
    let major = |hundredths: i64| hundredths as f64 / 100.0;
    match (&result.stats, numbers.iter().min(), numbers.iter().max()) {
        (Some(stats), Some(min), Some(max)) => {
            prop_assert_eq!((stats.min, stats.max), (major(*min), major(*max)));
            let avg =
                numbers.iter().map(|number| major(*number)).sum::<f64>() / numbers.len() as f64;
            prop_assert!((stats.avg - avg).abs() <= 1e-9 * avg.abs().max(1.0));
        }
        (None, None, None) => {}
        (stats, ..) => prop_assert!(false, "{stats:?} of {numbers:?}"),
    }
    let ranges = result.ranges.as_deref().unwrap_or_default();
    if let Some(bounds) = &facet.ranges {
        let ends: Vec<f64> = ranges.iter().filter_map(|range| range.to).collect();
        let asked: Vec<f64> = bounds.iter().copied().map(major).collect();
        prop_assert_eq!(ends, asked, "boundaries of {:?}", facet);
        prop_assert_eq!(ranges.len(), bounds.len() + 1);
    }
    for pair in ranges.windows(2) {
        prop_assert_eq!(pair[0].to, pair[1].from, "ranges follow each other");
    }
    for range in ranges {
        let is_inside = |number: &&i64| {
            let value = major(**number);
            range.from.is_none_or(|from| from <= value) && range.to.is_none_or(|to| value < to)
        };
        let inside = numbers.iter().filter(is_inside).count() as u64;
        prop_assert_eq!(range.count, inside, "{:?} of {:?}", range, numbers);
    }
    let in_ranges: u64 = ranges.iter().map(|range| range.count).sum();
    prop_assert!(in_ranges == numbers.len() as u64 || (ranges.is_empty() && numbers.is_empty()));
    Ok(())
}

/// Whether a word of the value begins with the text, in any case and without its accents.
fn matches_facet_query(query: Option<&str>, value: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().replace('ö', "o").replace('ü', "u");
    query.is_none_or(|query| {
        fold(value).split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&fold(query)))
    })
}

/// Whether the product has all words and phrases and nothing that is excluded.
pub(crate) fn query_matches(query: &Query, item: &Item) -> bool {
    query.words.iter().all(|word| has(item, &[word]))
        && query.phrases.iter().all(|phrase| has(item, phrase))
        && !query.excluded.iter().any(|excluded| has(item, excluded))
}

/// Whether the words follow each other in one of the product's texts.
pub(super) fn has(item: &Item, words: &[&str]) -> bool {
    let mut texts = item.title.iter().chain([&item.description]);
    texts.any(|text| text.windows(words.len()).any(|run| run == words))
}

/// Whether the product has all words, and one that begins with the last.
pub(crate) fn matches_prefix(words: &[&str], beginning: &str, item: &Item) -> bool {
    let mut all = item.title.iter().flatten().chain(&item.description);
    words
        .iter()
        .all(|word| item.title.iter().flatten().chain(&item.description).any(|known| known == word))
        && all.any(|known| known.starts_with(beginning))
}

pub(super) fn holds(expr: &Expr, item: &Item) -> bool {
    match expr {
        Expr::Compare(field, op, value) => {
            let any = |test: fn(Ordering) -> bool| {
                item.values(*field).iter().any(|known| test(known.cmp(value)))
            };
            match op {
                Op::Eq => any(Ordering::is_eq),
                Op::Ne => !any(Ordering::is_eq),
                Op::Lt => any(Ordering::is_lt),
                Op::Le => any(Ordering::is_le),
                Op::Gt => any(Ordering::is_gt),
                Op::Ge => any(Ordering::is_ge),
            }
        }
        Expr::In(field, values) => item.values(*field).iter().any(|known| values.contains(known)),
        Expr::Exists(field) => !item.values(*field).is_empty(),
        Expr::Within(place, km) => {
            item.location.iter().any(|there| kilometers(PLACES[*place], PLACES[*there]) <= *km)
        }
        Expr::Not(expr) => !holds(expr, item),
        Expr::And(exprs) => exprs.iter().all(|expr| holds(expr, item)),
        Expr::Or(exprs) => exprs.iter().any(|expr| holds(expr, item)),
    }
}

fn selects(selection: &Selection, values: &[Value]) -> bool {
    match selection {
        Selection::Values(selected) => values.iter().any(|value| selected.contains(value)),
        Selection::Range(lower, upper) => values.iter().any(|value| {
            let Value::Number(value) = value else { return false };
            lower.is_none_or(|(bound, included)| *value > bound || (included && *value == bound))
                && upper
                    .is_none_or(|(bound, included)| *value < bound || (included && *value == bound))
        }),
    }
}

/// Of several values the smallest counts when ascending, the largest when descending; products
/// without a value come last either way.
fn by_key(key: &SortAsk, a: &Item, b: &Item) -> Ordering {
    match key {
        SortAsk::By(field, descending) => {
            directed(a.values(*field), b.values(*field), *descending, Ord::cmp)
        }
        SortAsk::Distance(place, descending) => {
            let distances = |item: &Item| -> Vec<f64> {
                let places = item.location.iter();
                places.map(|there| kilometers(PLACES[*place], PLACES[*there])).collect()
            };
            directed(distances(a), distances(b), *descending, f64::total_cmp)
        }
    }
}

fn directed<T>(
    a: Vec<T>,
    b: Vec<T>,
    descending: bool,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    let first = |values: Vec<T>| {
        values.into_iter().min_by(|a, b| {
            let order = compare(a, b);
            if descending { order.reverse() } else { order }
        })
    };
    match (first(a), first(b)) {
        (Some(a), Some(b)) if descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// The angle between two unit vectors, times the earth's radius: another formula than the
/// engine's.
fn kilometers(a: (f64, f64), b: (f64, f64)) -> f64 {
    let vector = |(lat, lon): (f64, f64)| {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (a, b) = (vector(a), vector(b));
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let sine = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    let cosine: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    sine.atan2(cosine) * 6_371.008_8
}
