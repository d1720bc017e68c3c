//! A run, judged: figures for each query and for all of them.

use serde::Serialize;

use super::metrics::{mean, percentile};
use super::{Answer, Asked, Comparison, Quality, RatedQuery, Ratings, Run};

/// A run, judged.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How many of the first results nDCG and the judged share look at.
    pub at: usize,
    /// How many results were asked for.
    pub depth: usize,
    /// The queries that have a relevant product.
    pub summary: Summary,
    /// How long answers took.
    pub latency: Latency,
    /// The queries that have none, if there are any.
    pub unanswerable: Option<Unanswerable>,
    /// The queries with a typo, if they were asked.
    pub misspelt: Option<Misspelt>,
    /// The difference from another run, if there is one.
    pub comparison: Option<Comparison>,
    /// Each query, in the order of their file.
    pub queries: Vec<JudgedQuery>,
}

/// A query with its answers, judged.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedQuery {
    /// The query's id.
    pub id: String,
    /// The answer to the query as it is.
    #[serde(flatten)]
    pub judged: Judged,
    /// The answers to the misspelt query, once for each seed.
    pub misspelt: Vec<Judged>,
}

/// An answer, judged.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
    /// How good it is; null when the query has no relevant product.
    pub quality: Option<Quality>,
}

/// Means over the queries that have a relevant product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How many queries these are.
    pub queries: usize,
    /// Mean nDCG@k.
    pub ndcg: f64,
    /// Mean condensed nDCG@k.
    pub condensed_ndcg: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// Mean recall@100.
    pub recall: f64,
    /// Mean judged share among the first k, over the queries with results.
    pub judged: Option<f64>,
    /// The share of queries without results.
    pub empty: f64,
    /// How many answers left something out or may be weaker than they should be.
    pub degraded: usize,
}

/// How long answers took until they were here, all queries as they are, each asked once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    /// Half of the answers took no longer, in milliseconds.
    pub p50_ms: f64,
    /// 95% of the answers took no longer, in milliseconds.
    pub p95_ms: f64,
}

/// Queries without a relevant product: the fewer results the better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unanswerable {
    /// How many queries these are.
    pub queries: usize,
    /// The share of them without results.
    pub empty: f64,
    /// The mean number of products found.
    pub mean_total: f64,
}

/// What one typo in each query costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Misspelt {
    /// How many queries have a word to misspell; the others count as they are.
    pub queries: usize,
    /// Mean nDCG@k over the seeds and the queries that have a relevant product.
    pub ndcg: f64,
    /// Mean condensed nDCG@k over the same.
    pub condensed_ndcg: f64,
    /// How far `ndcg` is below that of the queries as they are, in per cent of it.
    pub loss_percent: Option<f64>,
}

impl Report {
    /// Judges a run by the ratings of its queries.
    pub fn judge(run: Run, ratings: &Ratings, at: usize) -> Self {
        let pairs = run.queries.into_iter().zip(&ratings.queries);
        let queries: Vec<_> =
            pairs.map(|(asked, query)| JudgedQuery::of(asked, query, at)).collect();
        Self {
            at,
            depth: run.depth,
            summary: Summary::of(&queries),
            latency: Latency::of(&queries),
            unanswerable: Unanswerable::of(&queries),
            misspelt: Misspelt::of(&queries),
            comparison: None,
            queries,
        }
    }
}

impl JudgedQuery {
    fn of(asked: Asked, query: &RatedQuery, at: usize) -> Self {
        let judge = |answer: Answer| {
            let quality = Quality::of(&answer.hits, query, at);
            Judged { answer, quality }
        };
        let Asked { id, answer, misspelt } = asked;
        Self { id, judged: judge(answer), misspelt: misspelt.into_iter().map(judge).collect() }
    }

    /// The mean of a metric over the misspelt queries; of the query itself when it has no word to
    /// misspell, `None` when it has no relevant product.
    pub(super) fn misspelt_mean(&self, metric: impl Fn(Quality) -> f64) -> Option<f64> {
        let qualities = self.misspelt.iter().filter_map(|judged| judged.quality);
        mean(qualities.map(&metric)).or_else(|| self.judged.quality.map(metric))
    }
}

impl Summary {
    fn of(queries: &[JudgedQuery]) -> Self {
        let rated: Vec<_> =
            queries.iter().filter_map(|q| Some((q.judged.quality?, &q.judged.answer))).collect();
        let of = |metric: fn(&Quality) -> f64| {
            mean(rated.iter().map(|(quality, _)| metric(quality))).unwrap_or_default()
        };
        Self {
            queries: rated.len(),
            ndcg: of(|quality| quality.ndcg),
            condensed_ndcg: of(|quality| quality.condensed_ndcg),
            mrr: of(|quality| quality.reciprocal_rank),
            recall: of(|quality| quality.recall),
            judged: mean(rated.iter().filter_map(|(quality, _)| quality.judged)),
            empty: empty_share(rated.iter().map(|(_, answer)| *answer)),
            degraded: queries.iter().filter(|q| !q.judged.answer.degraded.is_empty()).count(),
        }
    }
}

impl Latency {
    fn of(queries: &[JudgedQuery]) -> Self {
        let mut times: Vec<_> = queries.iter().map(|query| query.judged.answer.ms).collect();
        let mut at = |share| percentile(&mut times, share).unwrap_or_default();
        Self { p50_ms: at(0.5), p95_ms: at(0.95) }
    }
}

impl Unanswerable {
    fn of(queries: &[JudgedQuery]) -> Option<Self> {
        let judged = queries.iter().map(|query| &query.judged);
        let answers: Vec<_> =
            judged.filter(|one| one.quality.is_none()).map(|one| &one.answer).collect();
        Some(Self {
            queries: answers.len(),
            empty: empty_share(answers.iter().copied()),
            mean_total: mean(answers.iter().map(|answer| answer.total as f64))?,
        })
    }
}

impl Misspelt {
    fn of(queries: &[JudgedQuery]) -> Option<Self> {
        let edited = queries.iter().filter(|query| !query.misspelt.is_empty()).count();
        if edited == 0 {
            return None;
        }
        let of = |metric: fn(Quality) -> f64| {
            mean(queries.iter().filter_map(|query| query.misspelt_mean(metric)))
        };
        let ndcg = of(|quality| quality.ndcg)?;
        let as_they_are = Summary::of(queries).ndcg;
        Some(Self {
            queries: edited,
            ndcg,
            condensed_ndcg: of(|quality| quality.condensed_ndcg)?,
            loss_percent: (as_they_are > 0.0).then(|| (1.0 - ndcg / as_they_are) * 100.0),
        })
    }
}

fn empty_share<'a>(answers: impl Iterator<Item = &'a Answer>) -> f64 {
    mean(answers.map(|answer| f64::from(answer.total == 0))).unwrap_or_default()
}
