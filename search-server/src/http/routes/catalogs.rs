//! `GET /v1/catalogs`.

use axum::Json;
use axum::extract::State;

use crate::http::wire::problem::Refusals;
use crate::http::wire::{CatalogList, CatalogSummary};
use crate::state::App;

/// List the catalogues
///
/// With their fields: what can be searched, filtered, counted and sorted.
#[utoipa::path(
    get, path = "/v1/catalogs", tag = "catalogs",
    responses((status = 200, description = "All catalogues, by name", body = CatalogList), Refusals),
)]
pub(crate) async fn catalogs(State(app): State<App>) -> Json<CatalogList> {
    let catalogs = app.catalogs.all().iter().map(CatalogSummary::from).collect();
    Json(CatalogList { catalogs })
}
