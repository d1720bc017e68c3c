//! `GET /v1/catalogs/{catalog}/suggest`.

use axum::extract::State;
use search_core::{SuggestRequest, SuggestResponse};

use crate::access::Caller;
use crate::backend::SearchBackend;
use crate::http::wire::problem::Refusals;
use crate::http::wire::{Problem, Query, Searched, SuggestParams};
use crate::state::App;

/// Complete a half-typed query
///
/// Queries, products, brands and categories that what has been typed may become.
#[utoipa::path(
    get, path = "/v1/catalogs/{catalog}/suggest", tag = "search",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        SuggestParams
    ),
    responses((status = 200, description = "The completions, best first", body = SuggestResponse), Refusals),
)]
pub(crate) async fn suggest(
    State(app): State<App>,
    catalog: Searched,
    caller: Caller,
    Query(params): Query<SuggestParams>,
) -> Result<axum::Json<SuggestResponse>, Problem> {
    let scope = caller.scope().map(str::to_owned);
    let request = SuggestRequest { scope, ..params.into() };
    Ok(axum::Json(app.backend.suggest(&catalog.name, request).await?))
}
