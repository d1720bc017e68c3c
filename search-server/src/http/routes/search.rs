//! `POST` and `GET /v1/catalogs/{catalog}/search`.

use axum::extract::State;
use axum::response::Response;
use search_core::{SearchRequest, SearchResponse};

use crate::access::Caller;
use crate::backend::BackendError;
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{Catalog, Json, Problem, Query, SearchParams, json_bytes};
use crate::limits::MAX_SEARCH_BYTES;
use crate::page_cache::{PageKey, serialize};
use crate::state::{App, Served};

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
    Catalog(catalog): Catalog,
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
    Catalog(catalog): Catalog,
    caller: Caller,
    Query(params): Query<SearchParams>,
) -> Result<Response, Problem> {
    answer(&app, catalog, &caller, params.try_into()?).await
}

async fn answer(
    app: &App,
    catalog: Served,
    caller: &Caller,
    mut request: SearchRequest,
) -> Result<Response, Problem> {
    request.scope = caller.scope().map(str::to_owned);
    let body = match &app.pages {
        Some(pages) => {
            let key = PageKey {
                catalog: catalog.name.clone(),
                index_version: catalog.engine.index_version(),
                scope: caller.scope().map(Box::from),
                request: canonical(&request)?,
            };
            let page = pages.page(key, app.backend.search(&catalog.name, request)).await?;
            app.metrics.page_cache(page.hit);
            page.body
        }
        None => serialize(&app.backend.search(&catalog.name, request).await?)?,
    };
    Ok(json_bytes(body))
}

fn canonical(request: &SearchRequest) -> Result<Box<[u8]>, BackendError> {
    serde_json::to_vec(request)
        .map(Vec::into_boxed_slice)
        .map_err(|error| BackendError::Unserializable(error.into()))
}
