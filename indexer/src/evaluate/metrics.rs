//! The metrics, each with where it is defined.

use std::collections::HashMap;

use serde::Serialize;

use super::RatedQuery;

/// How deep recall, the first relevant result and the condensed list look.
pub const RECALL_DEPTH: usize = 100;

/// How good the results of one query are; everything is between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// nDCG@k: the gains of the first k results, each divided by log2(1 + rank), as a share of
    /// what the best order of all rated products would have (Järvelin and Kekäläinen, "Cumulated
    /// gain-based evaluation of IR techniques", TOIS 2002), with the gain 2^grade − 1 (Burges et
    /// al., "Learning to rank using gradient descent", ICML 2005). Unrated results gain nothing.
    pub ndcg: f64,
    /// nDCG@k of the results without those that nobody rated (Sakai, "Alternatives to bpref",
    /// SIGIR 2007): what an engine finds that earlier ones did not is not held against it.
    pub condensed_ndcg: f64,
    /// 1 / rank of the first relevant result, 0 without one; its mean is MRR (Voorhees, "The
    /// TREC-8 question answering track report", 1999).
    pub reciprocal_rank: f64,
    /// The share of the relevant products that is among the first [`RECALL_DEPTH`] results.
    pub recall: f64,
    /// The share of the first k results that has been rated; absent without results. The lower it
    /// is, the less nDCG says.
    pub judged: Option<f64>,
}

impl Quality {
    /// Judges results; `None` when no product is relevant, as every order is then as good.
    pub fn of(hits: &[String], query: &RatedQuery, at: usize) -> Option<Self> {
        let relevant = query.grades.values().filter(|grade| **grade > 0).count();
        if relevant == 0 {
            return None;
        }
        let ideal = ideal_dcg(&query.grades, at);
        let grades: Vec<Option<u32>> =
            hits.iter().map(|id| query.grades.get(id).copied()).collect();
        let is_relevant = |grade: &Option<u32>| grade.is_some_and(|grade| grade > 0);
        let deep = grades.get(..RECALL_DEPTH).unwrap_or(&grades);
        let shown = grades.get(..at).unwrap_or(&grades);
        let first = deep.iter().position(is_relevant);
        let judged = shown.iter().flatten().count() as f64 / shown.len() as f64;
        Some(Self {
            ndcg: dcg(shown.iter().map(|grade| grade.unwrap_or(0))) / ideal,
            condensed_ndcg: dcg(grades.iter().flatten().copied().take(at)) / ideal,
            reciprocal_rank: first.map_or(0.0, |place| 1.0 / (place + 1) as f64),
            recall: deep.iter().filter(|grade| is_relevant(grade)).count() as f64 / relevant as f64,
            judged: (!shown.is_empty()).then_some(judged),
        })
    }
}

fn ideal_dcg(grades: &HashMap<String, u32>, at: usize) -> f64 {
    let mut best: Vec<u32> = grades.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    dcg(best.into_iter().take(at))
}

fn dcg(grades: impl Iterator<Item = u32>) -> f64 {
    let gains = grades.zip(2_u32..).map(|(grade, next)| gain(grade) / f64::from(next).log2());
    // `sum` of nothing is -0.
    gains.fold(0.0, |sum, gain| sum + gain)
}

fn gain(grade: u32) -> f64 {
    f64::from(grade).exp2() - 1.0
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0_u32), |(sum, n), v| (sum + v, n + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The smallest value that is no less than this share of the values; sorts them.
pub(super) fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}
