//! Relevance as an expression: the words by their weights, what the query names, the signals of
//! the catalogue and the rules.

use std::collections::BTreeMap;

use search_core::plan::{Effects, Part, RECENCY_HALF_LIFE_MS, Rewritten, RuleWeighting};
use search_core::{Catalog, FieldKind, SignalKind};

use super::condition::condition;
use super::statement::Values;
use super::words::{Terms, any};

/// What words of the classes D to A weigh.
const CLASS_WEIGHTS: &str = "'{0.1,0.2,0.4,1.0}'::float4[]";
/// A score of a hit is above zero, and above that of a hit whose words were not looked at.
const LEAST: f64 = 1e-4;
/// The score of a hit whose words were not looked at.
pub(super) const UNRANKED: &str = "0.00001::float4";

/// The largest value of each signal's field, by the field's place.
pub(super) type Largest = BTreeMap<usize, f64>;

/// The score of a row `p`.
pub(super) fn score(
    rewritten: &Rewritten<Terms>,
    effects: &Effects,
    catalog: &Catalog,
    largest: &Largest,
    values: &mut Values,
) -> String {
    let mut factors = vec![relevance(rewritten, values)];
    factors.extend(signals(catalog, largest, values));
    factors.extend(weightings(&effects.weightings, catalog, values));
    format!("greatest({LEAST}::float8, {})::float4", factors.join(" * "))
}

/// Whether all hits have the same score.
pub(super) fn is_alike(rewritten: &Rewritten<Terms>, effects: &Effects, catalog: &Catalog) -> bool {
    rewritten.slots.is_empty() && effects.weightings.is_empty() && catalog.signals().is_empty()
}

fn relevance(rewritten: &Rewritten<Terms>, values: &mut Values) -> String {
    if rewritten.slots.is_empty() {
        return "1.0::float8".to_owned();
    }
    let mut sum = Vec::new();
    for slot in &rewritten.slots {
        let parts = by_worth(&slot.parts).into_iter().map(|(worth, query)| {
            let query = values.tsquery(&query);
            let worth = values.float(worth);
            format!("{worth} * ts_rank({CLASS_WEIGHTS}, p.words, {query})")
        });
        let parts: Vec<String> = parts.collect();
        match parts.as_slice() {
            [] => {}
            [only] => sum.push(only.clone()),
            several => sum.push(format!("greatest({})", several.join(", "))),
        }
    }
    for (worth, query) in by_worth(&rewritten.boosts) {
        let (query, worth) = (values.tsquery(&query), values.float(worth));
        sum.push(format!("CASE WHEN p.words @@ {query} THEN {worth} ELSE 0 END"));
    }
    format!("({})", sum.join(" + "))
}

/// Parts that are worth the same as one query.
fn by_worth(parts: &[Part<Terms>]) -> Vec<(f64, String)> {
    let mut by_worth: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for part in parts {
        let worth = (part.weight * part.idf).max(0.0);
        by_worth.entry(worth.to_bits()).or_default().extend(part.terms.tsquery());
    }
    let query = |(worth, queries): (u32, Vec<String>)| {
        Some((f64::from(f32::from_bits(worth)), any(queries)?))
    };
    by_worth.into_iter().rev().filter_map(query).collect()
}

/// The factors of the signals, by the formula of the index.
fn signals(catalog: &Catalog, largest: &Largest, values: &mut Values) -> Vec<String> {
    let mut factors = Vec::new();
    for signal in catalog.signals() {
        let Some(found) = catalog.resolve(&signal.field) else { continue };
        let value = format!("p.f{}[1]", found.index);
        let most = largest.get(&found.index).copied().unwrap_or_default();
        let mut divided_by = |most: f64| values.float(most.max(f64::MIN_POSITIVE));
        let strength = match signal.kind {
            SignalKind::Boolean if found.field.kind != FieldKind::Bool => continue,
            SignalKind::Boolean => format!("CASE WHEN {value} THEN 1 END"),
            SignalKind::Linear => format!("{value} / {}", divided_by(most)),
            SignalKind::Log => {
                format!("ln(1 + greatest({value}, 0)::float8) / {}", divided_by(most.ln_1p()))
            }
            SignalKind::Recency => {
                let age = format!("greatest({} - {value}, 0)", values.float(most));
                let half_life = values.float(RECENCY_HALF_LIFE_MS);
                // Far below what counts, and not too small for the type.
                format!("power(2::float8, greatest(-{age} / {half_life}, -60))")
            }
        };
        let weight = values.float(f64::from(signal.weight));
        factors.push(format!("(1 + {weight} * least(greatest(coalesce({strength}, 0), 0), 1))"));
    }
    factors
}

/// The strongest boost times the strongest bury.
fn weightings(weightings: &[RuleWeighting], catalog: &Catalog, values: &mut Values) -> Vec<String> {
    let strongest = |pick: &str, is_of: &dyn Fn(f32) -> bool, values: &mut Values| {
        let factors = weightings.iter().filter(|weighting| is_of(weighting.factor));
        let factors: Vec<String> = factors
            .map(|weighting| {
                let holds = condition(&weighting.condition, catalog, values);
                let factor = values.float(f64::from(weighting.factor));
                format!("CASE WHEN {holds} THEN {factor} ELSE 1 END")
            })
            .collect();
        (!factors.is_empty()).then(|| format!("{pick}(1, {})", factors.join(", ")))
    };
    let boost = strongest("greatest", &|factor| factor > 1.0, values);
    let bury = strongest("least", &|factor| factor <= 1.0, values);
    boost.into_iter().chain(bury).collect()
}
