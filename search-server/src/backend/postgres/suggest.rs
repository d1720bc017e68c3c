//! Completions of what is typed: whole queries, brands, categories and products.

use search_core::plan::ParsedQuery;
use search_core::{
    Catalog, EngineError, FacetOptions, Field, FieldKind, Role, SearchRequest, SuggestRequest,
    SuggestResponse, Suggestion, SuggestionKind,
};

use super::catalogs::{Catalogs, View};
use super::error::Fault;
use super::hits::Statement;
use super::search::search;
use super::session::Session;
use super::statement::Values;
use crate::limits::MAX_COMPLETIONS;

/// Answers a request.
pub(super) async fn suggest(
    catalogs: &Catalogs,
    session: &Session<'_>,
    catalog: &str,
    request: &SuggestRequest,
) -> Result<SuggestResponse, Fault> {
    request.check().map_err(EngineError::from)?;
    let view = catalogs.view(session, catalog).await?;
    let asked = SearchRequest::query(request.q.as_str()).within(request.scope.clone());
    let query = view.known.planner.plan(&asked)?.plan.query;
    let mut suggestions = Vec::new();
    if query.matches_everything() || request.limit == 0 {
        return Ok(SuggestResponse { suggestions });
    }
    // Products fill what is left.
    let room = request.limit.saturating_sub(request.limit / 3).max(1);
    let mut named =
        values(catalogs, session, catalog, view.known.planner.catalog(), request).await?;
    named.extend(queries(catalogs, session, catalog, &view, request, &query).await?);
    named.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    named.truncate(room);
    suggestions.append(&mut named);
    let left = request.limit - suggestions.len();
    suggestions.extend(products(catalogs, session, catalog, &view, &asked, left).await?);
    Ok(SuggestResponse { suggestions })
}

/// Brands and categories of the products that match, with a word that begins as typed.
async fn values(
    catalogs: &Catalogs,
    session: &Session<'_>,
    catalog: &str,
    fields: &Catalog,
    request: &SuggestRequest,
) -> Result<Vec<Suggestion>, Fault> {
    let is_category = |field: &Field| matches!(field.kind, FieldKind::Category { .. });
    let is_listed = |field: &&Field| {
        field.has(Role::Facet)
            && (is_category(field)
                || (field.kind == FieldKind::Keyword && field.has(Role::Suggest)))
    };
    let mut asked = SearchRequest::query(request.q.as_str()).limit(0).within(request.scope.clone());
    for field in fields.fields().iter().filter(is_listed) {
        asked = asked.facet(FacetOptions {
            field: field.name.clone(),
            limit: Some((request.limit / 3).max(1)),
            query: Some(request.q.clone()),
            ranges: None,
        });
    }
    if asked.facets.is_empty() {
        return Ok(Vec::new());
    }
    asked.typos = false;
    let mut suggestions = Vec::new();
    for (name, facet) in search(catalogs, session, catalog, &asked).await?.facets {
        let kind = match fields.field(&name).is_some_and(is_category) {
            true => SuggestionKind::Category,
            false => SuggestionKind::Brand,
        };
        let found = facet.values.unwrap_or_default().into_iter();
        suggestions.extend(found.map(|found| Suggestion {
            text: found.value,
            kind,
            count: found.count,
        }));
    }
    Ok(suggestions)
}

/// The typed words with the last one completed.
async fn queries(
    catalogs: &Catalogs,
    session: &Session<'_>,
    catalog: &str,
    view: &View,
    request: &SuggestRequest,
    query: &ParsedQuery,
) -> Result<Vec<Suggestion>, Fault> {
    let Some(last) = query.words.last().filter(|word| word.is_prefix) else {
        return Ok(Vec::new());
    };
    let mut values = Values::default();
    let (from, to) =
        (values.text(&last.surface), values.text(&format!("{}\u{10FFFF}", last.surface)));
    let vocabulary = view.known.tables.vocabulary();
    let text = format!(
        "SELECT word FROM {vocabulary} WHERE word >= {from} AND word < {to} AND surfaces > 0 \
         ORDER BY surfaces DESC, word LIMIT {MAX_COMPLETIONS}"
    );
    let before: Vec<&str> =
        query.words.iter().rev().skip(1).rev().map(|word| word.surface.as_str()).collect();
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for row in session.ask(&Statement { text, values }).await? {
        let word: &str = row.try_get("word")?;
        let text = before.iter().copied().chain([word]).collect::<Vec<_>>().join(" ");
        let mut asked = SearchRequest::query(text).limit(0).within(request.scope.clone());
        (asked.typos, asked.prefix) = (false, false);
        let found = search(catalogs, session, catalog, &asked).await?;
        if found.total > 0 && found.relaxed.is_empty() {
            let (kind, count) = (SuggestionKind::Query, found.total);
            suggestions.push(Suggestion { text: asked.q, kind, count });
        }
    }
    Ok(suggestions)
}

/// Titles of the best products.
async fn products(
    catalogs: &Catalogs,
    session: &Session<'_>,
    catalog: &str,
    view: &View,
    asked: &SearchRequest,
    limit: usize,
) -> Result<Vec<Suggestion>, Fault> {
    let fields = view.known.planner.catalog().fields();
    let title =
        fields.iter().find(|field| field.kind == FieldKind::Text && field.has(Role::Suggest));
    let Some(title) = title.filter(|_| limit > 0) else { return Ok(Vec::new()) };
    let asked = asked.clone().limit(limit).fields([title.name.as_str()]);
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for hit in search(catalogs, session, catalog, &asked).await?.hits {
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
