//! `GET /v1/catalogs`.

use axum::Json;
use axum::extract::State;
use search_core::{Engine, SearchRequest};

use crate::access::Caller;
use crate::backend::SearchBackend;
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
    let mut known = app.backend.known_to_fallback();
    let served = app.catalogs.all();
    served.iter().for_each(|it| drop(known.insert(it.name.to_string(), it.engine.catalog())));
    let mut catalogs = Vec::new();
    for (name, catalog) in known.into_iter().filter(|(name, _)| caller.sees(name)) {
        let index = served.iter().find(|served| *served.name == *name).map(|it| &it.engine);
        let products = match (index, caller.scope()) {
            (Some(index), None) => index.product_count(),
            (_, scope) => {
                let count = SearchRequest::everything().limit(0).within(scope.map(str::to_owned));
                app.backend.search(&name, count).await?.total
            }
        };
        let version = index.map(Engine::index_version);
        catalogs.push(CatalogSummary::new(&catalog, products, version));
    }
    Ok(Json(CatalogList { catalogs }))
}
