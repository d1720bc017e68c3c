//! `POST` and `GET /v1/catalogs/{catalog}/search`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use search_core::{SearchRequest, SearchResponse};

use crate::access::Caller;
use crate::backend::{Deadline, SearchBackend};
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{Json, Problem, Query, SearchParams, Searched, json_bytes};
use crate::limits::MAX_SEARCH_BYTES;
use crate::page_cache::{Asked, CachedPage, PageKey, serialize};
use crate::state::App;

/// Search a catalogue
///
/// Hits, facet counts and corrections in one answer.
#[utoipa::path(
    post, path = "/v1/catalogs/{catalog}/search", tag = "search",
    params(("catalog" = String, Path, description = "The catalogue's name", example = "products")),
    request_body(content = SearchRequest, example = json!({
        "q": "wireles headphnes",
        "filter": "price < 100 AND in_stock = true",
        "refinements": { "brand": ["Sony", "JBL"], "price": { "gte": 20, "lt": 100 } },
        "facets": ["brand", { "field": "price", "ranges": [25, 50, 100] }],
        "sort": ["price:asc"], "limit": 20, "fields": ["title", "price"], "highlight": ["title"]
    })),
    responses((status = 200, description = "The page", body = SearchResponse), Refusals, BodyRefusals),
)]
pub(crate) async fn search(
    State(app): State<App>,
    catalog: Searched,
    caller: Caller,
    Json(request): Json<SearchRequest, MAX_SEARCH_BYTES>,
) -> Result<Response, Problem> {
    answer(&app, catalog, &caller, request).await
}

/// Search a catalogue by query parameters
///
/// The same search as `POST`, for links, caches and trying out.
#[utoipa::path(
    get, path = "/v1/catalogs/{catalog}/search", tag = "search",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        SearchParams
    ),
    responses((status = 200, description = "The page", body = SearchResponse), Refusals),
)]
pub(crate) async fn search_by_link(
    State(app): State<App>,
    catalog: Searched,
    caller: Caller,
    Query(params): Query<SearchParams>,
) -> Result<Response, Problem> {
    answer(&app, catalog, &caller, params.try_into()?).await
}

async fn answer(
    app: &App,
    catalog: Searched,
    caller: &Caller,
    mut request: SearchRequest,
) -> Result<Response, Problem> {
    let deadline = Deadline::after(request.timeout_ms);
    request.scope = caller.scope().map(str::to_owned);
    let asked = match &app.pages {
        Some(pages) => Some((pages, Arc::new(Asked::new(&catalog.name, &request)?))),
        None => None,
    };
    let timeout_ms = request.timeout_ms;
    let search = async {
        let response = app.backend.search(&catalog.name, request).await?;
        app.metrics.searched(&response);
        Ok(response)
    };
    let Some((pages, asked)) = asked else {
        return Ok(json_bytes(serialize(&search.await?)?));
    };
    let key = PageKey::new(Arc::clone(&asked), catalog.index.as_ref(), timeout_ms);
    match deadline.limit(pages.page(key, search)).await {
        Ok(CachedPage { body, hit }) => {
            app.metrics.page_cache(hit);
            Ok(json_bytes(body))
        }
        Err(error) if error.is_callers_fault() => Err(error.into()),
        // The last rung: better an old page than none.
        Err(error) => match pages.stale(&asked).await {
            Some(body) => {
                app.metrics.stale_page();
                Ok(json_bytes(body))
            }
            None => Err(error.into()),
        },
    }
}
