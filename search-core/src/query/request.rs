//! What a caller asks: the search request, as it travels as JSON and as a builder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, RequestError};
use crate::limits::{DEFAULT_PAGE_SIZE, DEFAULT_SUGGESTIONS, DEFAULT_TIMEOUT_MS, MAX_SUGGESTIONS};
use crate::query::filter::{self, FilterError};

/// A search over one catalogue.
///
/// Build it in code or deserialize it from JSON (unknown keys are errors). Field names, limits
/// and values are checked against the catalogue when the search runs.
///
/// ```
/// use search_core::SearchRequest;
///
/// let request = SearchRequest::query("running shoes")
///     .filter("price < 100")?
///     .refine("brand", ["Veltro", "Kestrel"])
///     .facet("brand")
///     .sort("price:asc")
///     .limit(10);
/// assert_eq!(request.limit, 10);
/// # Ok::<(), search_core::FilterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SearchRequest {
    /// Words (all must match), `"a phrase"`, `-excluded`. Empty: every product.
    pub q: String,
    /// Whether a word that finds too little may stand for similar words.
    pub typos: bool,
    /// Whether the last word may be the beginning of a word (unless a space follows it).
    pub prefix: bool,
    /// Language of the query, as a BCP 47 tag (`de`, `pt-BR`); the catalogue's own when absent or
    /// when no product is in it.
    pub locale: Option<String>,
    /// A filter expression, such as `price < 100 AND in_stock = true`.
    pub filter: Option<String>,
    /// The shopper's selections: values of one field are OR-ed, fields are AND-ed, and a field's
    /// own facet counts ignore its own refinement.
    pub refinements: BTreeMap<String, Refinement>,
    /// Facets to count.
    pub facets: Vec<FacetRequest>,
    /// Sort keys, `field:asc`, `field:desc` or `distance(field, lat, lon):asc`; relevance when empty.
    pub sort: Vec<String>,
    /// Hits on the page, 0 to 1000.
    pub limit: usize,
    /// Hits to skip, up to 10,000; deeper pages are reached by `cursor`.
    pub offset: usize,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Fields of the document to return; absent: all returned fields, empty: no `product`.
    pub fields: Option<Vec<String>>,
    /// Fields to return with matched words marked.
    pub highlight: Vec<String>,
    /// One hit for each value of the catalogue's `group_by` field.
    pub group: bool,
    /// Return how each score came about.
    pub explain: bool,
    /// Time the search may take, in milliseconds, 1 to 10,000.
    pub timeout_ms: u64,
    /// A filter expression for the only products that there are for this search: what others hold
    /// does not show, not even in corrections. The program sets it; it is not part of the JSON.
    #[serde(skip)]
    pub scope: Option<String>,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            q: String::new(),
            typos: true,
            prefix: true,
            locale: None,
            filter: None,
            refinements: BTreeMap::new(),
            facets: Vec::new(),
            sort: Vec::new(),
            limit: DEFAULT_PAGE_SIZE,
            offset: 0,
            cursor: None,
            fields: None,
            highlight: Vec::new(),
            group: false,
            explain: false,
            timeout_ms: DEFAULT_TIMEOUT_MS,
            scope: None,
        }
    }
}

impl SearchRequest {
    /// A request for these words, everything else at its default.
    pub fn query(q: impl Into<String>) -> Self {
        Self { q: q.into(), ..Self::default() }
    }

    /// A request for every product.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Adds a filter expression; a second one is AND-ed to the first.
    ///
    /// # Errors
    /// The column and the reason when the text is not a filter. Field names are checked when the
    /// search runs.
    pub fn filter(mut self, text: &str) -> Result<Self, FilterError> {
        filter::parse(text)?;
        self.filter = Some(match self.filter {
            Some(first) => format!("({first}) AND ({text})"),
            None => text.to_owned(),
        });
        Ok(self)
    }

    /// Selects values of a field, as a shopper does by ticking facet values.
    pub fn refine<V: Into<RefinementValue>>(
        mut self,
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.refinements.insert(field.into(), Refinement::Values(values));
        self
    }

    /// Selects a range of a number, money or date field.
    pub fn refine_range(mut self, field: impl Into<String>, range: RangeRefinement) -> Self {
        self.refinements.insert(field.into(), Refinement::Range(range));
        self
    }

    /// Counts the values of a field.
    pub fn facet(mut self, facet: impl Into<FacetRequest>) -> Self {
        self.facets.push(facet.into());
        self
    }

    /// Adds a sort key, such as `price:asc`.
    pub fn sort(mut self, key: impl Into<String>) -> Self {
        self.sort.push(key.into());
        self
    }

    /// Sets the page size.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Skips hits.
    pub fn offset(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }

    /// Continues after the page that gave this cursor.
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// Returns only these fields of each document.
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.fields = Some(fields.into_iter().map(Into::into).collect());
        self
    }

    /// Searches as if there were only the products that pass this filter.
    pub fn within(mut self, scope: Option<String>) -> Self {
        self.scope = scope;
        self
    }

    /// Marks matched words in this field.
    pub fn highlight(mut self, field: impl Into<String>) -> Self {
        self.highlight.push(field.into());
        self
    }
}

/// What a shopper selected in one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "a list of values or a range such as {\"gte\": 20, \"lt\": 100}")]
pub enum Refinement {
    /// Any of these values.
    Values(Vec<RefinementValue>),
    /// A range of a number, money or date field.
    Range(RangeRefinement),
}

/// One selected value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "a string, a number or a boolean")]
pub enum RefinementValue {
    /// A value of a boolean field.
    Bool(bool),
    /// A value of a number or money field.
    Number(f64),
    /// A value of any other field.
    Text(String),
}

impl From<&str> for RefinementValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for RefinementValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for RefinementValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for RefinementValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A selected range; dates are strings, everything else numbers (money in major units).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RangeRefinement {
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gte: Option<RefinementValue>,
    /// More than.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gt: Option<RefinementValue>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lte: Option<RefinementValue>,
    /// Less than.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lt: Option<RefinementValue>,
}

/// A facet to count: a field's name, or an object that says more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(
    untagged,
    expecting = "a field name or an object {\"field\", \"limit\", \"query\", \"ranges\"}"
)]
pub enum FacetRequest {
    /// The field, everything else at its default.
    Field(String),
    /// The field and how to count it.
    Detailed(FacetOptions),
}

/// How to count a facet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FacetOptions {
    /// The field, or `attributes.<key>`.
    pub field: String,
    /// Most values to list (default 20, up to 1000).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// List only values with a word that begins with this text (case and accents do not matter).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Boundaries of the ranges of a number or money field, ascending; derived when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<Vec<f64>>,
}

impl FacetRequest {
    /// The field's name.
    pub fn field(&self) -> &str {
        match self {
            Self::Field(field) => field,
            Self::Detailed(options) => &options.field,
        }
    }
}

impl From<&str> for FacetRequest {
    fn from(field: &str) -> Self {
        Self::Field(field.to_owned())
    }
}

impl From<FacetOptions> for FacetRequest {
    fn from(options: FacetOptions) -> Self {
        Self::Detailed(options)
    }
}

/// A request for completions of a half-typed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestRequest {
    /// What has been typed so far.
    pub q: String,
    /// Most suggestions, up to 50.
    pub limit: usize,
    /// A filter expression for the only products that there are for these suggestions.
    pub scope: Option<String>,
}

impl SuggestRequest {
    /// A request with the default limit.
    pub fn new(q: impl Into<String>) -> Self {
        Self { q: q.into(), limit: DEFAULT_SUGGESTIONS, scope: None }
    }

    /// Checks what needs no catalogue.
    ///
    /// # Errors
    /// When the limit is too high.
    pub fn check(&self) -> Result<(), RequestError> {
        if self.limit > MAX_SUGGESTIONS {
            let message = format!("limit is {}, expected at most {MAX_SUGGESTIONS}", self.limit);
            return Err(RequestError::new(ErrorCode::InvalidPage, "limit", message));
        }
        Ok(())
    }
}
