//! Suggestions while a shopper types: whole queries, brands, categories and products.

use super::searcher::Searcher;
use super::vocabulary::terms_with_prefix;
use crate::catalog::{Catalog, FieldKind, Role};
use crate::error::{ErrorCode, RequestError, Result};
use crate::limits::{MAX_FACETS, MAX_SUGGESTIONS};
use crate::query::{FacetOptions, ParsedQuery, SearchRequest, SuggestRequest};
use crate::response::{SuggestResponse, Suggestion, SuggestionKind};

/// Completions of the last word that are looked at.
const MAX_COMPLETIONS: usize = 64;
/// Whole queries that are suggested.
const MAX_QUERIES: usize = 8;

impl Searcher<'_> {
    pub(crate) fn suggest(&self, request: &SuggestRequest) -> Result<SuggestResponse> {
        if request.limit > MAX_SUGGESTIONS {
            let message = format!("limit is {}, expected at most {MAX_SUGGESTIONS}", request.limit);
            return Err(RequestError::new(ErrorCode::InvalidPage, "limit", message).into());
        }
        let generation = &self.snapshot.generation;
        let query = ParsedQuery::parse(&request.q, true, generation.analyzers.of_query(None))?;
        if query.matches_everything() || request.limit == 0 {
            return Ok(SuggestResponse { suggestions: Vec::new() });
        }
        let mut suggestions = self.values(request, &generation.catalog)?;
        suggestions.append(&mut self.queries(request, &query)?);
        // The kinds take turns in this order at equal counts; products fill what is left.
        suggestions.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
        let mut shares = Vec::new();
        for kind in [SuggestionKind::Query, SuggestionKind::Brand, SuggestionKind::Category] {
            let share =
                if kind == SuggestionKind::Query { request.limit } else { request.limit / 3 };
            let of_kind = suggestions.iter().filter(|suggestion| suggestion.kind == kind);
            shares.extend(of_kind.take(share.max(1)).cloned());
        }
        shares.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
        shares.truncate(request.limit.saturating_sub(request.limit / 3).max(1));
        let room = request.limit - shares.len();
        shares.append(&mut self.products(request, room)?);
        Ok(SuggestResponse { suggestions: shares })
    }

    /// Brands and categories with a word that begins with what was typed.
    fn values(&self, request: &SuggestRequest, catalog: &Catalog) -> Result<Vec<Suggestion>> {
        let fields = catalog.fields().iter().filter(|field| {
            let is_listed = matches!(field.kind, FieldKind::Keyword | FieldKind::Category { .. });
            is_listed
                && field.has(Role::Facet)
                && (field.has(Role::Suggest) || matches!(field.kind, FieldKind::Category { .. }))
        });
        let mut search = SearchRequest::query("").limit(0).within(request.scope.clone());
        for field in fields.take(MAX_FACETS) {
            search = search.facet(FacetOptions {
                field: field.name.clone(),
                limit: Some(request.limit),
                query: Some(request.q.clone()),
                ranges: None,
            });
        }
        if search.facets.is_empty() {
            return Ok(Vec::new());
        }
        let mut suggestions = Vec::new();
        for (name, facet) in self.search(&search)?.facets {
            let kind = match catalog.field(&name).map(|field| &field.kind) {
                Some(FieldKind::Category { .. }) => SuggestionKind::Category,
                _ => SuggestionKind::Brand,
            };
            suggestions.extend(
                facet.values.unwrap_or_default().into_iter().map(|found| Suggestion {
                    text: found.value,
                    kind,
                    count: found.count,
                }),
            );
        }
        Ok(suggestions)
    }

    /// The typed words with the last one completed.
    fn queries(&self, request: &SuggestRequest, query: &ParsedQuery) -> Result<Vec<Suggestion>> {
        let Some(last) = query.words.last().filter(|word| word.is_prefix) else {
            return Ok(Vec::new());
        };
        let mut completions: Vec<(u64, String)> = Vec::new();
        for segment in &self.snapshot.segments {
            terms_with_prefix(&segment.surface, &last.surface, |term, info| {
                if let Ok(surface) = std::str::from_utf8(term) {
                    let docs = u64::from(info.doc_freq);
                    match completions.iter_mut().find(|(_, known)| known == surface) {
                        Some((count, _)) => *count += docs,
                        None => completions.push((docs, surface.to_owned())),
                    }
                }
                completions.len() < MAX_COMPLETIONS * 8
            })?;
        }
        completions.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let before =
            request.q.trim_end().rsplit_once(char::is_whitespace).map_or("", |(head, _)| head);
        let mut suggestions = Vec::new();
        // Within a scope, words that other products have are passed over.
        let candidates = if request.scope.is_some() { MAX_COMPLETIONS } else { MAX_QUERIES };
        for (docs, surface) in completions.into_iter().take(candidates) {
            let text = format!("{before} {surface}").trim().to_lowercase();
            let count = if before.is_empty() && request.scope.is_none() {
                docs
            } else {
                let search = SearchRequest::query(format!("{text} ")).limit(0);
                let mut search = search.within(request.scope.clone());
                search.typos = false;
                let found = self.search(&search)?;
                if found.relaxed.is_empty() { found.total } else { 0 }
            };
            if count > 0 {
                suggestions.push(Suggestion { text, kind: SuggestionKind::Query, count });
            }
            if suggestions.len() == MAX_QUERIES {
                break;
            }
        }
        Ok(suggestions)
    }

    /// Titles of the best products.
    fn products(&self, request: &SuggestRequest, limit: usize) -> Result<Vec<Suggestion>> {
        let catalog = &self.snapshot.generation.catalog;
        let title = catalog
            .fields()
            .iter()
            .find(|field| field.kind == FieldKind::Text && field.has(Role::Suggest));
        let Some(title) = title.filter(|_| limit > 0) else { return Ok(Vec::new()) };
        let search = SearchRequest::query(request.q.as_str()).limit(limit);
        let search = search.fields([title.name.as_str()]).within(request.scope.clone());
        let mut suggestions: Vec<Suggestion> = Vec::new();
        for hit in self.search(&search)?.hits {
            let Some(product) = hit.product else { continue };
            let Ok(product) = serde_json::from_str(product.get()) else { continue };
            let found = title.path.get_all(&product);
            let Some(text) = found.first().and_then(|value| value.as_str()) else { continue };
            if !suggestions.iter().any(|known| known.text == text) {
                let text = text.to_owned();
                suggestions.push(Suggestion { text, kind: SuggestionKind::Product, count: 1 });
            }
        }
        Ok(suggestions)
    }
}
