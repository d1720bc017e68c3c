//! A request checked against the catalogue: what a search will do, before it looks at the index.

use std::time::{Duration, Instant};

use super::condition::{Condition, column_key, resolve};
use super::parse::ParsedQuery;
use super::request::{FacetRequest, SearchRequest};
use super::sort::SortKey;
use crate::analysis::Analyzers;
use crate::catalog::{Catalog, FieldKind, Language, Role};
use crate::error::{ErrorCode, RequestError};
use crate::index::ColumnKey;
use crate::limits::{
    DEFAULT_FACET_VALUES, MAX_FACET_RANGES, MAX_FACET_VALUES, MAX_FACETS, MAX_FIELD_NAMES,
    MAX_OFFSET, MAX_PAGE_SIZE, MAX_REFINEMENTS, MAX_SORT_KEYS, MAX_TIMEOUT_MS,
};
use crate::rules::Effects;
use crate::search::{Cursor, CursorPlace};

/// What a search will do. Only requests that have been checked become one.
#[derive(Debug)]
#[non_exhaustive]
pub struct SearchPlan {
    /// The words.
    pub query: ParsedQuery,
    /// The language of the query, if the request names one that the engine knows.
    pub language: Option<Language>,
    /// Whether words may be misspelt.
    pub typos: bool,
    /// What the request, its scope and the rules let through.
    pub filter: Option<Condition>,
    /// The only products that there are for this search; part of the filter too.
    pub scope: Option<Condition>,
    /// The shopper's selections, one for each field.
    pub refinements: Vec<RefinementPlan>,
    /// What to count.
    pub facets: Vec<FacetPlan>,
    /// The order; by relevance where it is empty or where all keys are equal, then by id.
    pub sort: Vec<SortKey>,
    /// Which hits to return.
    pub page: Page,
    /// What to return of them.
    pub projection: Projection,
    /// The fields whose texts are highlighted, by their places in the catalogue.
    pub highlight: Vec<usize>,
    /// The field of which every value gives one hit.
    pub group: Option<ColumnKey>,
    /// Whether to say how scores come about.
    pub explain: bool,
    /// What rules do to the hits.
    pub effects: Effects,
    /// When it has to be finished.
    pub deadline: Deadline,
}

/// A refined field. A product that fails no refinement counts everywhere; one that fails exactly
/// one counts for the facet of that field only.
#[derive(Debug)]
pub struct RefinementPlan {
    /// What products must fulfil.
    pub condition: Condition,
    /// The facet that ignores this refinement, if it was asked for.
    pub facet: Option<usize>,
}

/// A facet to count.
#[derive(Debug)]
pub struct FacetPlan {
    /// As it was asked for, which is how the answer names it.
    pub name: String,
    /// The column that is counted.
    pub key: ColumnKey,
    /// The type of its field.
    pub kind: FieldKind,
    /// Most values to list.
    pub limit: usize,
    /// List only values with words that begin so.
    pub query: Option<String>,
    /// Boundaries to count between, in the units of the API.
    pub ranges: Option<Vec<f64>>,
    /// Refined values, which are always listed.
    pub refined: Vec<String>,
}

/// Which hits of all to return.
#[derive(Debug)]
pub struct Page {
    /// How many.
    pub limit: usize,
    /// How many come before.
    pub offset: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl Page {
    /// The last hit by rank of the page before.
    pub fn last_ranked(&self) -> Option<&CursorPlace> {
        self.after.as_ref()?.last.as_ref()
    }
}

/// Which part of the document to return.
#[derive(Debug)]
pub enum Projection {
    /// No part.
    Nothing,
    /// All of it.
    Everything,
    /// Paths into the document.
    Paths(Vec<Vec<String>>),
}

/// When a search has to be finished.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// The time that the request gave.
    pub timeout_ms: u64,
}

impl Deadline {
    pub(crate) fn after(timeout_ms: u64) -> Self {
        Self { at: Instant::now() + Duration::from_millis(timeout_ms), timeout_ms }
    }

    pub(crate) fn has_passed(&self) -> bool {
        Instant::now() >= self.at
    }
}

impl SearchPlan {
    pub(crate) fn new(
        request: &SearchRequest,
        catalog: &Catalog,
        analyzers: &Analyzers,
    ) -> Result<Self, RequestError> {
        if !(1..=MAX_TIMEOUT_MS).contains(&request.timeout_ms) {
            let message =
                format!("timeout_ms is {}, expected 1 to {MAX_TIMEOUT_MS}", request.timeout_ms);
            return Err(RequestError::new(ErrorCode::InvalidTimeout, "timeout_ms", message));
        }
        let deadline = Deadline::after(request.timeout_ms);
        let language = language(request)?;
        let analyzer = analyzers.of_query(language);
        let query = ParsedQuery::parse(&request.q, request.prefix, analyzer)?;
        let scope = match &request.scope {
            Some(text) => Some(scope(text, catalog)?),
            None => None,
        };
        let filter = match &request.filter {
            Some(text) if !text.trim().is_empty() => Some(Condition::parse(text, catalog)?),
            _ => None,
        };
        let filter = match (filter, scope.clone()) {
            (Some(filter), Some(scope)) => Some(Condition::All(vec![scope, filter])),
            (filter, scope) => filter.or(scope),
        };
        let facets = facets(request, catalog)?;
        let refinements = refinements(request, catalog, &facets)?;
        if request.sort.len() > MAX_SORT_KEYS {
            let message =
                format!("{} sort keys, expected at most {MAX_SORT_KEYS}", request.sort.len());
            return Err(RequestError::new(ErrorCode::InvalidSort, "sort", message));
        }
        let sort = request
            .sort
            .iter()
            .enumerate()
            .map(|(index, key)| SortKey::parse(key, catalog, &format!("sort[{index}]")))
            .collect::<Result<Vec<_>, _>>()?;
        let page = page(request, &sort)?;
        Ok(Self {
            query,
            language,
            typos: request.typos,
            filter,
            scope,
            refinements,
            facets,
            sort,
            page,
            projection: projection(request, catalog)?,
            highlight: highlight(request, catalog)?,
            group: group(request, catalog),
            explain: request.explain,
            effects: Effects::default(),
            deadline,
        })
    }
}

/// An empty scope is a fault: it must not come to mean every product.
fn scope(text: &str, catalog: &Catalog) -> Result<Condition, RequestError> {
    Condition::parse(text, catalog)
        .map_err(|error| RequestError { pointer: "scope".to_owned(), ..error })
}

/// Browsers send whatever their users have set: a language that no product is in is as good as
/// none.
fn language(request: &SearchRequest) -> Result<Option<Language>, RequestError> {
    let Some(locale) = request.locale.as_deref().filter(|locale| !locale.is_empty()) else {
        return Ok(None);
    };
    Language::from_tag(locale)
        .map_err(|error| RequestError::new(ErrorCode::InvalidLocale, "locale", error.to_string()))
}

fn facets(request: &SearchRequest, catalog: &Catalog) -> Result<Vec<FacetPlan>, RequestError> {
    let fault = |pointer: String, message: String| {
        RequestError::new(ErrorCode::InvalidFacet, pointer, message)
    };
    if request.facets.len() > MAX_FACETS {
        let message = format!("{} facets, expected at most {MAX_FACETS}", request.facets.len());
        return Err(fault("facets".to_owned(), message));
    }
    let mut plans: Vec<FacetPlan> = Vec::new();
    for (index, facet) in request.facets.iter().enumerate() {
        let pointer = format!("facets[{index}]");
        let name = facet.field();
        let found = resolve(catalog, name, Role::Facet)
            .map_err(|message| fault(pointer.clone(), message))?;
        if plans.iter().any(|known| known.name == name) {
            return Err(fault(pointer, format!("facet `{name}` is asked for twice")));
        }
        let (limit, query, ranges) = match facet {
            FacetRequest::Field(_) => (None, None, None),
            FacetRequest::Detailed(options) => {
                (options.limit, options.query.clone(), options.ranges.clone())
            }
        };
        let limit = limit.unwrap_or(DEFAULT_FACET_VALUES);
        if limit > MAX_FACET_VALUES {
            let message = format!("limit is {limit}, expected at most {MAX_FACET_VALUES}");
            return Err(fault(format!("{pointer}.limit"), message));
        }
        if let Some(ranges) = &ranges {
            let is_numeric = matches!(
                found.field.kind,
                FieldKind::Number | FieldKind::Money(_) | FieldKind::Attributes
            );
            let message = if !is_numeric {
                format!(
                    "ranges need a number or money field, `{name}` is of type {}",
                    found.field.kind.name()
                )
            } else if ranges.is_empty() || ranges.len() > MAX_FACET_RANGES {
                format!("{} boundaries, expected 1 to {MAX_FACET_RANGES}", ranges.len())
            } else if !ranges.iter().all(|bound| bound.is_finite())
                || !ranges.is_sorted_by(|a, b| a < b)
            {
                "the boundaries must be ascending numbers".to_owned()
            } else {
                String::new()
            };
            if !message.is_empty() {
                return Err(fault(format!("{pointer}.ranges"), message));
            }
        }
        plans.push(FacetPlan {
            name: name.to_owned(),
            key: column_key(found),
            kind: found.field.kind.clone(),
            limit,
            query: query.filter(|query| !query.trim().is_empty()),
            ranges,
            refined: refined_values(request, name, &found.field.kind),
        });
    }
    Ok(plans)
}

/// As the facet writes them.
fn refined_values(request: &SearchRequest, name: &str, kind: &FieldKind) -> Vec<String> {
    use super::request::{Refinement, RefinementValue};
    let Some(Refinement::Values(values)) = request.refinements.get(name) else { return Vec::new() };
    values
        .iter()
        .map(|value| match value {
            RefinementValue::Bool(value) => value.to_string(),
            RefinementValue::Number(number) => number.to_string(),
            RefinementValue::Text(text) => match (kind, text.parse::<f64>()) {
                (FieldKind::Number | FieldKind::Money(_), Ok(number)) => number.to_string(),
                _ => text.clone(),
            },
        })
        .collect()
}

fn refinements(
    request: &SearchRequest,
    catalog: &Catalog,
    facets: &[FacetPlan],
) -> Result<Vec<RefinementPlan>, RequestError> {
    if request.refinements.len() > MAX_REFINEMENTS {
        let message = format!(
            "{} refined fields, expected at most {MAX_REFINEMENTS}",
            request.refinements.len()
        );
        return Err(RequestError::new(ErrorCode::InvalidRefinement, "refinements", message));
    }
    let is_selection = |refinement: &super::request::Refinement| {
        // No selected value is no refinement: a shopper has unticked the last one.
        !matches!(refinement, super::request::Refinement::Values(values) if values.is_empty())
    };
    request
        .refinements
        .iter()
        .filter(|(_, refinement)| is_selection(refinement))
        .map(|(name, refinement)| {
            Ok(RefinementPlan {
                condition: Condition::from_refinement(name, refinement, catalog)?,
                facet: facets.iter().position(|facet| facet.name == *name),
            })
        })
        .collect()
}

fn page(request: &SearchRequest, sort: &[SortKey]) -> Result<Page, RequestError> {
    let fault = |pointer: &str, message: String| {
        Err(RequestError::new(ErrorCode::InvalidPage, pointer, message))
    };
    if request.limit > MAX_PAGE_SIZE {
        let message = format!("limit is {}, expected at most {MAX_PAGE_SIZE}", request.limit);
        return fault("limit", message);
    }
    if request.offset > MAX_OFFSET {
        let message = format!(
            "offset is {}, expected at most {MAX_OFFSET}; use `cursor` to go deeper",
            request.offset
        );
        return fault("offset", message);
    }
    if request.offset > 0 && request.cursor.is_some() {
        return fault("cursor", "give `offset` or `cursor`, not both".to_owned());
    }
    let after = match &request.cursor {
        None => None,
        Some(cursor) => match Cursor::decode(cursor, sort) {
            Ok(cursor) => Some(cursor),
            Err(reason) => return fault("cursor", reason),
        },
    };
    Ok(Page { limit: request.limit, offset: request.offset, after })
}

fn projection(request: &SearchRequest, catalog: &Catalog) -> Result<Projection, RequestError> {
    let paths = |names: Vec<&str>| {
        let found = names.into_iter().map(|name| {
            let found = catalog.resolve(name).ok_or_else(|| name.to_owned())?;
            let path = found.field.path.segments().map(str::to_owned);
            Ok(path.chain(found.key.map(str::to_owned)).collect())
        });
        found.collect::<Result<Vec<Vec<String>>, String>>()
    };
    match &request.fields {
        Some(names) if names.len() > MAX_FIELD_NAMES => Err(RequestError::new(
            ErrorCode::InvalidField,
            "fields",
            format!("{} fields, expected at most {MAX_FIELD_NAMES}", names.len()),
        )),
        Some(names) if names.is_empty() => Ok(Projection::Nothing),
        Some(names) => {
            let names = names.iter().map(String::as_str).collect();
            paths(names).map(Projection::Paths).map_err(|name| {
                let known: Vec<&str> =
                    catalog.fields().iter().map(|field| field.name.as_str()).collect();
                let message =
                    format!("unknown field `{name}`, expected one of {}", known.join(", "));
                RequestError::new(ErrorCode::InvalidField, "fields", message)
            })
        }
        None if catalog.returns_everything() => Ok(Projection::Everything),
        None => {
            let returned = catalog.fields().iter().filter(|field| field.has(Role::Return));
            let names = returned.map(|field| field.name.as_str()).collect();
            Ok(Projection::Paths(paths(names).unwrap_or_default()))
        }
    }
}

/// Asking for groups where a catalogue has none asks for nothing.
fn group(request: &SearchRequest, catalog: &Catalog) -> Option<ColumnKey> {
    let field = catalog.group_by().filter(|_| request.group)?;
    catalog.resolve(field).map(column_key)
}

fn highlight(request: &SearchRequest, catalog: &Catalog) -> Result<Vec<usize>, RequestError> {
    let fault = |message: String| RequestError::new(ErrorCode::InvalidField, "highlight", message);
    if request.highlight.len() > MAX_FIELD_NAMES {
        return Err(fault(format!(
            "{} fields, expected at most {MAX_FIELD_NAMES}",
            request.highlight.len()
        )));
    }
    let named = request.highlight.iter().map(|name| {
        let found = catalog.resolve(name).filter(|found| found.key.is_none());
        match found {
            Some(found) if found.field.has(Role::Highlight) || found.field.has(Role::Search) => {
                Ok(found.index)
            }
            Some(_) => Err(fault(format!("field `{name}` has no role `highlight` or `search`"))),
            None => Err(fault(format!("unknown field `{name}`"))),
        }
    });
    named.collect()
}
