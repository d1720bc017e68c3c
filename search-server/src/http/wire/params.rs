//! The query parameters of `GET …/search` and `GET …/suggest`.

use search_core::{FacetRequest, SearchRequest, SuggestRequest, limits::DEFAULT_SUGGESTIONS};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::problem::{Problem, code};

/// A search as query parameters. A list is comma-separated (a comma inside parentheses or double
/// quotes does not separate), or a JSON array exactly as in the body of `POST`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words (all must match), `"a phrase"`, `-excluded`. Empty: every product.
    #[param(example = "wireless headphones")]
    q: Option<String>,
    /// Whether a word that finds too little may stand for similar words.
    typos: Option<bool>,
    /// Whether the last word may be the beginning of a word.
    prefix: Option<bool>,
    /// Language of the query, as a BCP 47 tag; the catalogue's own when no product is in it.
    locale: Option<String>,
    /// A filter expression.
    #[param(example = "price < 100 AND in_stock = true")]
    filter: Option<String>,
    /// The shopper's selections, as the JSON object of `POST`.
    #[param(example = json!(r#"{"brand":["Sony"]}"#))]
    refinements: Option<String>,
    /// Facets to count.
    #[param(example = "brand,category")]
    facets: Option<String>,
    /// Sort keys.
    #[param(example = "price:asc")]
    sort: Option<String>,
    /// Hits on the page, 0 to 1000.
    limit: Option<usize>,
    /// Hits to skip, up to 10,000.
    offset: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Fields of the document to return; present but empty: no `product`.
    #[param(example = "title,price")]
    fields: Option<String>,
    /// Fields to return with matched words marked.
    #[param(example = "title")]
    highlight: Option<String>,
    /// One hit for each value of the catalogue's `group_by` field.
    group: Option<bool>,
    /// Return how each score came about.
    explain: Option<bool>,
    /// Time the search may take, in milliseconds, 1 to 10,000.
    timeout_ms: Option<u64>,
}

impl TryFrom<SearchParams> for SearchRequest {
    type Error = Problem;

    fn try_from(params: SearchParams) -> Result<Self, Problem> {
        let default = Self::default();
        Ok(Self {
            q: params.q.unwrap_or(default.q),
            typos: params.typos.unwrap_or(default.typos),
            prefix: params.prefix.unwrap_or(default.prefix),
            locale: params.locale,
            filter: params.filter,
            refinements: match params.refinements.as_deref() {
                Some(text) => json("refinements", text)?,
                None => default.refinements,
            },
            facets: list("facets", params.facets.as_deref(), |name| {
                FacetRequest::Field(name.to_owned())
            })?
            .unwrap_or_default(),
            sort: list("sort", params.sort.as_deref(), str::to_owned)?.unwrap_or_default(),
            limit: params.limit.unwrap_or(default.limit),
            offset: params.offset.unwrap_or(default.offset),
            cursor: params.cursor,
            fields: list("fields", params.fields.as_deref(), str::to_owned)?,
            highlight: list("highlight", params.highlight.as_deref(), str::to_owned)?
                .unwrap_or_default(),
            group: params.group.unwrap_or(default.group),
            explain: params.explain.unwrap_or(default.explain),
            timeout_ms: params.timeout_ms.unwrap_or(default.timeout_ms),
            scope: None,
        })
    }
}

/// What has been typed so far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestParams {
    /// What has been typed so far.
    #[param(example = "wirel")]
    q: String,
    /// Most suggestions, up to 50 (default 8).
    limit: Option<usize>,
}

impl From<SuggestParams> for SuggestRequest {
    fn from(params: SuggestParams) -> Self {
        Self { limit: params.limit.unwrap_or(DEFAULT_SUGGESTIONS), ..Self::new(params.q) }
    }
}

fn list<T: DeserializeOwned>(
    parameter: &str,
    text: Option<&str>,
    item: impl Fn(&str) -> T,
) -> Result<Option<Vec<T>>, Problem> {
    match text {
        None => Ok(None),
        Some(text) if text.trim_start().starts_with('[') => json(parameter, text).map(Some),
        Some(text) => Ok(Some(split(text).map(item).collect())),
    }
}

fn json<T: DeserializeOwned>(parameter: &str, text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::bad_request(code::INVALID_REQUEST, format!("not the JSON expected: {error}"))
            .at(parameter)
    })
}

/// The items between commas that are in no parentheses and no double quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_usize, false);
    text.split(move |character| {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' => return depth == 0 && !quoted,
            _ => {}
        }
        false
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn commas_in_parentheses_and_quotes_do_not_separate() {
        let items: Vec<_> =
            split(r#"price:asc, distance(location, 1.5, 2):asc,attributes."a, (b",,x"#).collect();
        assert_eq!(
            items,
            ["price:asc", "distance(location, 1.5, 2):asc", r#"attributes."a, (b""#, "x"]
        );
        assert_eq!(split(" ").count(), 0);
    }
}
