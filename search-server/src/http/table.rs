//! The route table and the layers, outermost last.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
#[cfg(feature = "failpoints")]
use axum::routing::put;
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::edge;
use super::guard::guard;
use super::openapi::{self, ApiDoc};
#[cfg(feature = "failpoints")]
use super::routes::failpoints;
use super::routes::{
    bulk, catalogs, health, keys, metrics, products, rules, search, suggest, synonyms,
};
use super::wire::{Problem, code};
use crate::page;
use crate::state::App;

/// Answers smaller than this are not worth compressing.
const COMPRESS_ABOVE_BYTES: u64 = 1_024;

/// Every route, and with it its part of the OpenAPI document.
fn table() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(catalogs::catalogs))
        .routes(routes!(search::search, search::search_by_link))
        .routes(routes!(suggest::suggest))
        .routes(routes!(bulk::bulk))
        .routes(routes!(
            products::get_product,
            products::put_product,
            products::patch_product,
            products::delete_product
        ))
        .routes(routes!(synonyms::get_synonyms, synonyms::put_synonyms))
        .routes(routes!(synonyms::preview_synonyms))
        .routes(routes!(rules::get_rules, rules::put_rules))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::openapi_json))
        .routes(routes!(page::index))
        .routes(routes!(page::file))
}

/// The whole service.
pub fn router(app: App) -> Router {
    let (routes, _) = table().split_for_parts();
    #[cfg(feature = "failpoints")]
    let routes = routes.route("/failpoints/{name}", put(failpoints::set_failpoint));
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            CompressionLayer::new()
                .gzip(true)
                .quality(CompressionLevel::Fastest)
                .compress_when(SizeAbove::new(COMPRESS_ABOVE_BYTES)),
        )
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(option_layer(app.access.origins.layer()))
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn_with_state(app.clone(), edge::observe))
        .with_state(app)
}

/// The OpenAPI document of the whole service.
pub fn openapi_document() -> utoipa::openapi::OpenApi {
    let mut document = table().into_openapi();
    openapi::document_keys(&mut document);
    document
}

async fn not_found(uri: Uri) -> Problem {
    let detail = format!("there is nothing at {}", uri.path());
    Problem::new(StatusCode::NOT_FOUND, code::NOT_FOUND, detail)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}, see the Allow header", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, detail)
}
