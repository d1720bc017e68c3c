//! Every query asked once: what came back, before anyone judges it.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use search_core::{Degradation, SearchResponse};
use serde::{Deserialize, Serialize};

use super::misspell::misspell;
use super::{Backend, EvaluateError, RatedQuery, Ratings, Settings, ratings};

/// What came back for each of the rated queries, in their order. It is read from a report too,
/// which holds the run that it judges.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    /// How many results were asked for.
    pub depth: usize,
    /// The queries with what came back.
    pub queries: Vec<Asked>,
}

/// A query with what came back.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    /// The query's id.
    pub id: String,
    /// The answer to the query as it is.
    #[serde(flatten)]
    pub answer: Answer,
    /// The answers to the misspelt query, if they were asked for, once for each seed.
    #[serde(default)]
    pub misspelt: Vec<Answer>,
}

/// What is kept of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The words that were asked.
    pub text: String,
    /// Ids of the results, best first.
    pub hits: Vec<String>,
    /// How many products match.
    pub total: u64,
    /// The query as it was understood, when it was corrected.
    pub corrected: Option<String>,
    /// Words that were left out.
    pub relaxed: Vec<String>,
    /// What was left out of the answer or is weaker than it should be.
    pub degraded: Vec<Degradation>,
    /// Time until the answer was there, in milliseconds.
    pub ms: f64,
}

impl Run {
    /// Asks all queries, one after the other, and each one misspelt with `typos` seeds as far as
    /// it has a relevant product.
    ///
    /// # Errors
    /// When a query gets no answer.
    pub fn of(
        backend: &Backend,
        settings: &Settings,
        ratings: &Ratings,
        depth: usize,
        typos: u64,
    ) -> Result<Self, EvaluateError> {
        let ask = |query: &RatedQuery, text: String| {
            let began = Instant::now();
            match backend.search(&text, depth, settings) {
                Ok(response) => {
                    let ms = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
                    Ok(Answer::new(text, response, ms))
                }
                Err(source) => Err(EvaluateError::Search {
                    id: query.id.clone(),
                    text,
                    source: Box::new(source),
                }),
            }
        };
        let mut queries = Vec::with_capacity(ratings.queries.len());
        for (place, query) in ratings.queries.iter().enumerate() {
            let answer = ask(query, query.text.clone())?;
            let seeds = (1..=typos).filter(|_| query.is_answerable());
            let misspelt = seeds
                .filter_map(|seed| misspell(&query.text, seed, place))
                .map(|text| ask(query, text))
                .collect::<Result<_, _>>()?;
            queries.push(Asked { id: query.id.clone(), answer, misspelt });
        }
        Ok(Self { depth, queries })
    }

    /// Reads the run of a saved report, as far as it is about these queries.
    ///
    /// # Errors
    /// When the file holds no report, or one that lacks a query or asked for fewer results.
    pub fn load(file: &Path, ratings: &Ratings, depth: usize) -> Result<Self, EvaluateError> {
        let saved: Self = serde_json::from_slice(&ratings::read(file)?)
            .map_err(|source| EvaluateError::NotAReport { file: file.to_owned(), source })?;
        let other = |reason| EvaluateError::OtherReport { file: file.to_owned(), reason };
        if saved.depth < depth {
            return Err(other(format!(
                "expected {depth} results for each query, got {}",
                saved.depth
            )));
        }
        let mut by_id: HashMap<_, _> =
            saved.queries.into_iter().map(|asked| (asked.id.clone(), asked)).collect();
        let queries = ratings.queries.iter().map(|query| {
            let asked = by_id.remove(&query.id).filter(|asked| asked.answer.text == query.text);
            asked.ok_or_else(|| {
                other(format!("expected the query {} `{}`, got none", query.id, query.text))
            })
        });
        Ok(Self { depth: saved.depth, queries: queries.collect::<Result<_, _>>()? })
    }
}

impl Answer {
    fn new(text: String, response: SearchResponse, ms: f64) -> Self {
        let SearchResponse { hits, total, corrected, relaxed, degraded, .. } = response;
        let hits = hits.into_iter().map(|hit| hit.id).collect();
        Self { text, hits, total, corrected, relaxed, degraded, ms }
    }
}
