//! `GET /v1/catalogs`.

use axum::Json;
use axum::extract::State;
use search_core::SearchRequest;

use crate::access::Caller;
use crate::http::wire::problem::Refusals;
use crate::http::wire::{CatalogList, CatalogSummary, Problem};
use crate::state::App;

/// List the catalogues
///
/// With their fields: what can be searched, filtered, counted and sorted. Those that the key opens,
/// with the products that it finds.
#[utoipa::path(
    get, path = "/v1/catalogs", tag = "catalogs",
    responses((status = 200, description = "All catalogues, by name", body = CatalogList), Refusals),
)]
pub(crate) async fn catalogs(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<CatalogList>, Problem> {
    let mut catalogs = Vec::new();
    for served in app.catalogs.all().iter().filter(|served| caller.sees(&served.name)) {
        let mut summary = CatalogSummary::from(served);
        if let Some(scope) = caller.scope() {
            let count = SearchRequest::everything().limit(0).within(Some(scope.to_owned()));
            summary.products = app.backend.search(&served.name, count).await?.total;
        }
        catalogs.push(summary);
    }
    Ok(Json(CatalogList { catalogs }))
}
