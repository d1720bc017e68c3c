//! `GET /openapi.json`: the contract, generated from the code that keeps it.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::Response;
use utoipa::OpenApi;

use super::wire::json_bytes;

/// What the document says about the service as a whole.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Aisle",
        description = "Product search: words, typos, facets, filters, suggestions and live writes.\n\n\
            Every refusal is an RFC 9457 problem document with a stable `code`. Answers carry \
            `x-request-id`; a request may bring its own.",
    ),
    tags(
        (name = "search", description = "Find products"),
        (name = "catalogs", description = "What there is to search"),
        (name = "products", description = "Read and write products"),
        (name = "synonyms", description = "Words that stand for each other"),
        (name = "rules", description = "What to do for certain words and categories"),
        (name = "operation", description = "Health, metrics, this document"),
        (name = "page", description = "The search page"),
    )
)]
pub(super) struct ApiDoc;

/// This document
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "The OpenAPI document", body = Object)),
)]
pub(super) async fn openapi_json() -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
        serde_json::to_vec(&super::openapi_document()).map(Bytes::from).unwrap_or_default()
    });
    json_bytes(DOCUMENT.clone())
}
