//! Suggestions while a shopper types: whole queries, brands, categories and products.

use rustc_hash::{FxHashMap, FxHashSet};

use super::searcher::Searcher;
use super::vocabulary::{term_info, terms_with_prefix};
use crate::catalog::{Catalog, FieldKind, Role};
use crate::error::Result;
use crate::index::{WHOLE_VALUE, whole_value};
use crate::limits::MAX_FACETS;
use crate::query::{FacetOptions, ParsedQuery, SearchRequest, SuggestRequest};
use crate::response::{SuggestResponse, Suggestion, SuggestionKind};

/// Fewer letters begin the names of too many kinds.
const MIN_KIND_PREFIX: usize = 2;
/// Kinds that are looked at in each segment.
const MAX_KINDS_SEEN: usize = 4_096;
/// Kinds that are suggested at most.
const MAX_KINDS: usize = 16;
/// Completions of the last word that are looked at.
const MAX_COMPLETIONS: usize = 64;
/// Whole queries that are suggested.
const MAX_QUERIES: usize = 8;

/// What names a brand, a category or a kind of product is worth so many times a mere word.
const NAME: u64 = 10;
/// What part of all suggestions may be of each kind.
const SHARES: [(SuggestionKind, usize); 3] =
    [(SuggestionKind::Query, 1), (SuggestionKind::Brand, 3), (SuggestionKind::Category, 3)];

/// A suggestion and what decides its place.
struct Candidate {
    suggestion: Suggestion,
    worth: u64,
}

impl Searcher<'_> {
    pub(crate) fn suggest(&self, request: &SuggestRequest) -> Result<SuggestResponse> {
        request.check()?;
        let generation = &self.snapshot.generation;
        let query = ParsedQuery::parse(&request.q, true, generation.analyzers.of_query(None))?;
        if query.matches_everything() || request.limit == 0 {
            return Ok(SuggestResponse { suggestions: Vec::new() });
        }
        let mut candidates = self.values(request, &generation.catalog)?;
        candidates.append(&mut self.queries(request, &query)?);
        // How many products are of a kind is known of all of them together only.
        if request.scope.is_none() {
            candidates.append(&mut self.kinds(&query)?);
        }
        let mut room = request.limit.saturating_sub(request.limit / 3).max(1);
        let mut shares = SHARES.map(|(kind, part)| (kind, (request.limit / part).max(1)));
        let mut suggestions = Vec::new();
        for candidate in self.distinct(candidates) {
            let share = shares.iter_mut().find(|(kind, _)| *kind == candidate.suggestion.kind);
            let Some((_, share)) = share.filter(|(_, share)| *share > 0 && room > 0) else {
                continue;
            };
            *share -= 1;
            room -= 1;
            suggestions.push(candidate.suggestion);
        }
        // Products fill what is left.
        let room = request.limit - suggestions.len();
        suggestions.append(&mut self.products(request, room)?);
        Ok(SuggestResponse { suggestions })
    }

    /// The best first; of queries that differ in endings only the best, and none that is the name
    /// of a brand or category beside it.
    fn distinct(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let analyzer = self.snapshot.generation.analyzers.of_query(None);
        let terms = |suggestion: &Suggestion| -> Vec<String> {
            analyzer.analyze(&suggestion.text).into_iter().map(|token| token.term).collect()
        };
        candidates.sort_by(|a, b| {
            let text = || a.suggestion.text.cmp(&b.suggestion.text);
            let kind = || a.suggestion.kind.cmp(&b.suggestion.kind);
            b.worth.cmp(&a.worth).then_with(kind).then_with(text)
        });
        let is_query = |suggestion: &Suggestion| suggestion.kind == SuggestionKind::Query;
        let found = candidates.iter().map(|candidate| &candidate.suggestion);
        let mut known: FxHashSet<Vec<String>> =
            found.filter(|suggestion| !is_query(suggestion)).map(terms).collect();
        candidates.retain(|Candidate { suggestion, .. }| {
            !is_query(suggestion) || known.insert(terms(suggestion))
        });
        candidates
    }

    /// Brands and categories with a word that begins with what was typed.
    fn values(&self, request: &SuggestRequest, catalog: &Catalog) -> Result<Vec<Candidate>> {
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
            suggestions.extend(facet.values.unwrap_or_default().into_iter().map(|found| {
                Candidate {
                    worth: found.count * NAME,
                    suggestion: Suggestion { text: found.value, kind, count: found.count },
                }
            }));
        }
        Ok(suggestions)
    }

    /// The typed words with the last one completed.
    fn queries(&self, request: &SuggestRequest, query: &ParsedQuery) -> Result<Vec<Candidate>> {
        let Some(last) = query.words.last().filter(|word| word.is_prefix) else {
            return Ok(Vec::new());
        };
        let analyzer = self.snapshot.generation.analyzers.of_query(None);
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
                let named = match request.scope {
                    None => self.docs_of(&whole_value(&[&analyzer.stem(&surface)]))?,
                    Some(_) => 0,
                };
                suggestions.push(Candidate {
                    worth: count + named * NAME,
                    suggestion: Suggestion { text, kind: SuggestionKind::Query, count },
                });
            }
            if suggestions.len() == MAX_QUERIES {
                break;
            }
        }
        Ok(suggestions)
    }

    /// Kinds of products whose names begin with what was typed: "laptop bag" for "lapt".
    fn kinds(&self, query: &ParsedQuery) -> Result<Vec<Candidate>> {
        let mut typed: Vec<&str> = query.words.iter().map(|word| word.term.as_str()).collect();
        match query.words.last() {
            Some(last) if !last.is_prefix => typed.push(""),
            Some(last) if last.surface.chars().count() >= MIN_KIND_PREFIX => {
                typed.pop();
                typed.push(&last.surface);
            }
            _ => return Ok(Vec::new()),
        }
        let prefix = whole_value(&typed);
        let mut kinds: FxHashMap<String, u64> = FxHashMap::default();
        for segment in &self.snapshot.segments {
            let mut seen = 0;
            terms_with_prefix(&segment.words, &prefix, |term, info| {
                if let Ok(kind) = std::str::from_utf8(term) {
                    *kinds.entry(kind.to_owned()).or_default() += u64::from(info.doc_freq);
                }
                seen += 1;
                seen < MAX_KINDS_SEEN
            })?;
        }
        let mut kinds: Vec<(String, u64)> = kinds.into_iter().collect();
        kinds.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut suggestions = Vec::new();
        for (kind, count) in kinds.into_iter().take(MAX_KINDS) {
            let words = kind.trim_start_matches(WHOLE_VALUE).split(' ');
            let words = words.map(|term| self.written(term)).collect::<Result<Option<Vec<_>>>>()?;
            if let Some(words) = words {
                let text = words.join(" ");
                suggestions.push(Candidate {
                    worth: count * NAME,
                    suggestion: Suggestion { text, kind: SuggestionKind::Query, count },
                });
            }
        }
        Ok(suggestions)
    }

    fn docs_of(&self, term: &str) -> Result<u64> {
        let mut docs = 0;
        for segment in &self.snapshot.segments {
            docs += term_info(&segment.words, term)?.map_or(0, |info| u64::from(info.doc_freq));
        }
        Ok(docs)
    }

    /// How products write a term most often.
    fn written(&self, term: &str) -> Result<Option<String>> {
        let analyzer = self.snapshot.generation.analyzers.of_query(None);
        // A stem may end otherwise than its words: "batteri" is "battery".
        let shorter = term.char_indices().next_back().map_or(term, |(last, _)| &term[..last]);
        let mut written: FxHashMap<String, u64> = FxHashMap::default();
        for segment in &self.snapshot.segments {
            let mut seen = 0;
            terms_with_prefix(&segment.surface, shorter, |surface, info| {
                if let Ok(surface) = std::str::from_utf8(surface)
                    && analyzer.stem(surface) == term
                {
                    *written.entry(surface.to_owned()).or_default() += u64::from(info.doc_freq);
                }
                seen += 1;
                seen < MAX_COMPLETIONS
            })?;
        }
        let most = written.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
        Ok(most.map(|(surface, _)| surface))
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
