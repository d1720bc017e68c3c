//! What a caller gets: the answers, as they travel as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One page of hits with facets and how the answer came about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchResponse {
    /// The hits of this page, best first.
    pub hits: Vec<Hit>,
    /// How many products match.
    pub total: u64,
    /// Counts of each requested facet, by the name it was asked for.
    pub facets: BTreeMap<String, FacetResult>,
    /// The query as it was understood, when a word had to be corrected to find anything.
    pub corrected: Option<String>,
    /// A better spelling, when the query as typed found something but another one finds more.
    pub did_you_mean: Option<String>,
    /// Words that were left out because nothing matches all of them.
    pub relaxed: Vec<String>,
    /// Where a rule sends the shopper instead.
    pub redirect: Option<String>,
    /// The rules that applied, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<AppliedRule>,
    /// The cursor of the next page; null at the end.
    pub next_cursor: Option<String>,
    /// Time the search took, in milliseconds.
    pub took_ms: f64,
    /// Which backend answered.
    pub served_by: ServedBy,
    /// What was left out or is weaker than it should be.
    pub degraded: Vec<Degradation>,
    /// Version of the index that answered; rises with every visible change.
    pub index_version: Option<u64>,
    /// How old an answer is that may be out of date, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<u64>,
}

/// A rule that applied to a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedRule {
    /// Its id.
    pub id: String,
}

/// A backend that can answer a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServedBy {
    /// The index.
    Index,
    /// A cached page of the same index version.
    Cache,
    /// PostgreSQL full-text search.
    Postgres,
}

/// Something an answer had to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Degradation {
    /// Facets were not counted.
    Facets,
    /// Misspelt words were not widened.
    Typos,
    /// Counts are not exact.
    Counts,
    /// Some shards did not answer.
    Shards,
    /// The answer may be out of date.
    Stale,
}

/// One product found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    /// The product's id.
    pub id: String,
    /// Its relevance; higher is better, comparable within one answer only.
    pub score: f32,
    /// The document as it came, cut to the requested fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub product: Option<Box<RawValue>>,
    /// HTML-escaped text of each highlighted field, matched words in `<em>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub highlight: BTreeMap<String, String>,
    /// The group this hit stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<HitGroup>,
    /// How the score came about, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
}

/// The group of variants that a hit stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HitGroup {
    /// The common value of the `group_by` field.
    pub key: String,
    /// How many matching products share it.
    pub size: u64,
}

/// A node of a score's explanation: its value is the sum or the product of its parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// What this part of the score stands for.
    pub description: String,
    /// Its value.
    pub value: f32,
    /// How the parts make the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine: Option<Combine>,
    /// The parts, in the order in which they are combined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub parts: Vec<Explanation>,
}

/// How the parts of an explanation are combined (in `f32`, in the order listed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The value is the sum of the parts.
    Sum,
    /// The value is the product of the parts.
    Product,
}

/// The counts of one facet. Fields of words have `values`, fields of numbers `stats` and
/// `ranges`, and `values` too when they take few different ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetResult {
    /// The values, by count descending, then by value; refined values are always listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<FacetValue>>,
    /// Products under values that are not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<u64>,
    /// Statistics of all matching products; absent when none has a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<FacetStats>,
    /// The ranges, ascending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<Vec<FacetRange>>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValue {
    /// The value; a category's is its full path.
    pub value: String,
    /// How many matching products have it.
    pub count: u64,
}

/// Statistics of a numeric facet (money in major units).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetStats {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean value.
    pub avg: f64,
}

/// One range of a numeric facet: `from <= value < to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetRange {
    /// Lower bound, included; absent: no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Upper bound, excluded; absent: no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// How many matching products have a value in the range.
    pub count: u64,
}

/// Completions of a half-typed query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestResponse {
    /// The completions, best first.
    pub suggestions: Vec<Suggestion>,
}

/// One completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// The text to offer.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// How many products it leads to.
    pub count: u64,
}

/// What a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A product's title.
    Product,
    /// A brand.
    Brand,
    /// A category's full path.
    Category,
    /// A query: the typed words with the last one completed.
    Query,
}
