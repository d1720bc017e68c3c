//! Whether one run is better than another, or only luckier with these queries.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::metrics::{mean, percentile};
use super::{JudgedQuery, Report};

/// How often the queries are drawn anew.
const RESAMPLES: usize = 10_000;
/// Makes the draws repeatable.
const SEED: u64 = 1;
/// The share of resamples that the interval leaves out at either end.
const TAIL: f64 = 0.025;
/// With fewer queries a resample is too often made of one or two of them to show anything.
pub(super) const MIN_QUERIES: usize = 10;
/// Differences in nDCG up to this one are noise of the arithmetic.
const TIE: f64 = 1e-9;

/// How a run differs from another that was asked and judged by the same queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The other run.
    pub other: String,
    /// nDCG@k of the queries as they are.
    pub ndcg: Difference,
    /// nDCG@k of the misspelt queries, when both runs asked the same ones.
    pub misspelt_ndcg: Option<Difference>,
    /// The queries whose nDCG differs, greatest loss first.
    pub changes: Vec<Change>,
}

/// A mean difference over queries with its 95% confidence interval: the paired bootstrap (Sakai,
/// "Evaluating evaluation metrics based on the bootstrap", SIGIR 2006; percentiles as in Efron and
/// Tibshirani, "An introduction to the bootstrap", 1993). Positive means that this run is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The other run's mean.
    pub other: f64,
    /// The mean difference, this run minus the other.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// What that says.
    pub verdict: Verdict,
    /// Queries that this run answers better.
    pub wins: usize,
    /// Queries that this run answers worse.
    pub losses: usize,
    /// Queries that both answer as well.
    pub ties: usize,
}

/// What a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is above 0.
    Better,
    /// The whole interval is below 0.
    Worse,
    /// The interval includes 0, or there are too few queries to tell.
    NoDifferenceShown,
}

/// A query whose nDCG differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The query's id.
    pub id: String,
    /// Its words.
    pub text: String,
    /// nDCG@k of this run.
    pub ndcg: f64,
    /// nDCG@k of the other run.
    pub other: f64,
}

impl Comparison {
    /// Compares a report with another one over the same queries; `name` is the other's.
    pub fn between(this: &Report, other: &Report, name: String) -> Self {
        let pairs = || this.queries.iter().zip(&other.queries);
        let mut changes: Vec<_> = pairs().filter_map(|(a, b)| Change::of(a, b)).collect();
        let ndcg = Difference::of(changes.iter().map(|change| (change.ndcg, change.other)));
        changes.retain(|change| change.difference().abs() > TIE);
        changes.sort_by(|a, b| a.difference().total_cmp(&b.difference()));
        let misspelt = this.misspelt.is_some() && pairs().all(|(a, b)| misspelt_alike(a, b));
        let misspelt_ndcg = misspelt.then(|| {
            let of = |query: &JudgedQuery| query.misspelt_mean(|quality| quality.ndcg);
            Difference::of(pairs().filter_map(|(a, b)| Some((of(a)?, of(b)?))))
        });
        Self { other: name, ndcg, misspelt_ndcg, changes }
    }
}

fn misspelt_alike(a: &JudgedQuery, b: &JudgedQuery) -> bool {
    let texts = |query| -> Vec<&str> {
        let query: &JudgedQuery = query;
        query.misspelt.iter().map(|judged| judged.answer.text.as_str()).collect()
    };
    texts(a) == texts(b)
}

impl Change {
    fn of(this: &JudgedQuery, other: &JudgedQuery) -> Option<Self> {
        Some(Self {
            id: this.id.clone(),
            text: this.judged.answer.text.clone(),
            ndcg: this.judged.quality?.ndcg,
            other: other.judged.quality?.ndcg,
        })
    }

    /// This run minus the other.
    pub fn difference(&self) -> f64 {
        self.ndcg - self.other
    }
}

impl Difference {
    /// The difference over pairs of this run's value and the other's.
    pub(super) fn of(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let differences: Vec<_> = pairs.iter().map(|(this, other)| this - other).collect();
        let (low, high) = interval(&differences);
        let verdict = if differences.len() < MIN_QUERIES {
            Verdict::NoDifferenceShown
        } else if low > TIE {
            Verdict::Better
        } else if high < -TIE {
            Verdict::Worse
        } else {
            Verdict::NoDifferenceShown
        };
        let wins = differences.iter().filter(|difference| **difference > TIE).count();
        let losses = differences.iter().filter(|difference| **difference < -TIE).count();
        Self {
            other: mean(pairs.iter().map(|(_, other)| *other)).unwrap_or_default(),
            mean: mean(differences.iter().copied()).unwrap_or_default(),
            low,
            high,
            verdict,
            wins,
            losses,
            ties: differences.len() - wins - losses,
        }
    }
}

/// The middle 95% of the means of resamples.
fn interval(differences: &[f64]) -> (f64, f64) {
    if differences.is_empty() {
        return (0.0, 0.0);
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut draw = || differences.get(rng.random_range(0..differences.len())).copied();
    let mut means: Vec<_> = (0..RESAMPLES)
        .filter_map(|_| mean((0..differences.len()).filter_map(|_| draw())))
        .collect();
    let mut at = |share| percentile(&mut means, share).unwrap_or_default();
    (at(TAIL), at(1.0 - TAIL))
}
