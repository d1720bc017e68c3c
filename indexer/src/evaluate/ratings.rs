//! Rated queries, read from the two files that TREC made customary: the queries, and the grades
//! ("qrels") that people gave to products for them.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::EvaluateError;
use crate::limits::{MAX_EVALUATION_FILE_BYTES, MAX_GRADE};

/// Rated queries, in the order of their file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratings {
    /// The queries.
    pub queries: Vec<RatedQuery>,
    /// Ratings of queries that are not in the file of the queries.
    pub unused: usize,
}

/// A query and what products are worth as answers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedQuery {
    /// Its id.
    pub id: String,
    /// Its words.
    pub text: String,
    /// The grade of each rated product; 0 is not relevant.
    pub grades: HashMap<String, u32>,
}

impl RatedQuery {
    /// Whether there is a relevant product.
    pub fn is_answerable(&self) -> bool {
        self.grades.values().any(|grade| *grade > 0)
    }
}

impl Ratings {
    /// Reads `query-id <TAB> words` and `query-id <TAB> product-id <TAB> grade`. Ratings may also
    /// have TREC's four columns, `query-id 0 product-id grade`; without a tab, spaces separate.
    /// Grades below 0 count as 0.
    ///
    /// # Errors
    /// When a file cannot be read, with file and line when a line is not understood, and when no
    /// query has a relevant product.
    pub fn load(queries: &Path, qrels: &Path) -> Result<Self, EvaluateError> {
        let mut ratings = Self { queries: Vec::new(), unused: 0 };
        let mut by_id = HashMap::new();
        each_line(queries, |line| {
            let query = query(line)?;
            let place = ratings.queries.len();
            if by_id.insert(query.id.clone(), place).is_some() {
                return Err(format!("the query id `{}` is there twice", query.id));
            }
            ratings.queries.push(query);
            Ok(())
        })?;
        each_line(qrels, |line| {
            let (id, product, grade) = rating(line)?;
            match by_id.get(id).and_then(|place| ratings.queries.get_mut(*place)) {
                Some(query) => match query.grades.insert(product.to_owned(), grade) {
                    Some(before) if before != grade => Err(format!(
                        "the product `{product}` has the grades {before} and {grade} for the \
                         query `{id}`"
                    )),
                    _ => Ok(()),
                },
                None => {
                    ratings.unused += 1;
                    Ok(())
                }
            }
        })?;
        if !ratings.queries.iter().any(RatedQuery::is_answerable) {
            let (queries, qrels) = (queries.to_owned(), qrels.to_owned());
            return Err(EvaluateError::NothingRelevant { queries, qrels });
        }
        Ok(ratings)
    }
}

fn query(line: &str) -> Result<RatedQuery, String> {
    let columns: Vec<_> = line.split('\t').map(str::trim).collect();
    match columns.as_slice() {
        [id, text] if !id.is_empty() && !text.is_empty() => Ok(RatedQuery {
            id: (*id).to_owned(),
            text: (*text).to_owned(),
            grades: HashMap::new(),
        }),
        _ => Err(format!("expected a query id, a tab and words, got `{line}`")),
    }
}

fn rating(line: &str) -> Result<(&str, &str, u32), String> {
    let columns: Vec<_> = if line.contains('\t') {
        line.split('\t').map(str::trim).collect()
    } else {
        line.split_whitespace().collect()
    };
    let (id, product, grade) = match columns.as_slice() {
        [id, product, grade] | [id, _, product, grade] if !product.is_empty() => {
            (*id, *product, *grade)
        }
        _ => {
            return Err(format!("expected a query id, a product id and a grade, got `{line}`"));
        }
    };
    match grade.parse::<i32>() {
        Ok(number) if number <= MAX_GRADE => Ok((id, product, number.try_into().unwrap_or(0))),
        _ => Err(format!("expected a whole number up to {MAX_GRADE} as grade, got `{grade}`")),
    }
}

/// Hands on the lines of a file that are not blank.
fn each_line(
    file: &Path,
    mut take: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), EvaluateError> {
    let bytes = read(file)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let taken = match std::str::from_utf8(line) {
            Ok(text) if text.trim().is_empty() => Ok(()),
            Ok(text) => take(text.trim_end_matches('\r')),
            Err(_) => Err("expected UTF-8".to_owned()),
        };
        taken.map_err(|reason| EvaluateError::Line {
            file: file.to_owned(),
            line: number,
            reason,
        })?;
    }
    Ok(())
}

/// A whole file of an evaluation.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, EvaluateError> {
    let limit = MAX_EVALUATION_FILE_BYTES;
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|source| EvaluateError::Read { file: file.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(EvaluateError::TooLong { file: file.to_owned(), limit });
    }
    Ok(bytes)
}
