//! Synonym rules in all their spellings, made into the one of the synonyms file.

use search_core::ErrorCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::problem::Problem;

/// One synonym rule, in any of its spellings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "a rule such as \"tv, television\", a list of equivalents, or {\"from\", \"to\"}"
)]
#[schema(example = "tv, television")]
pub(crate) enum SynonymRule {
    /// `tv, television` or `notebook => laptop`.
    Rule(String),
    /// Words or phrases that stand for each other.
    Equivalents(Vec<String>),
    /// What stands for what, one way.
    OneWay(OneWay),
}

/// What stands for what, one way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneWay {
    /// A word or phrase of the query, or several.
    from: OneOrMany,
    /// What also matches.
    to: OneOrMany,
}

/// A word or phrase, or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a string or a list of strings")]
pub(super) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl SynonymRule {
    /// The rule in the grammar of the synonyms file.
    pub(crate) fn into_text(self, index: usize) -> Result<String, Problem> {
        match self {
            Self::Rule(text) => Ok(text),
            Self::Equivalents(terms) => side(&terms, index),
            Self::OneWay(OneWay { from, to }) => {
                let (from, to) = (side(&from.into_terms(), index)?, side(&to.into_terms(), index)?);
                Ok(format!("{from} => {to}"))
            }
        }
    }
}

impl OneOrMany {
    fn into_terms(self) -> Vec<String> {
        match self {
            Self::One(term) => vec![term],
            Self::Many(terms) => terms,
        }
    }
}

/// Joins terms; one that holds a separator would become several.
fn side(terms: &[String], index: usize) -> Result<String, Problem> {
    match terms.iter().find(|term| term.contains([',', '#', '\n']) || term.contains("=>")) {
        None => Ok(terms.join(", ")),
        Some(term) => {
            let code = ErrorCode::InvalidSynonyms.as_str();
            let detail =
                format!("a term must not contain `,`, `=>`, `#` or a line break, got {term:?}");
            Err(Problem::bad_request(code, detail).at(format!("synonyms[{index}]")))
        }
    }
}
