//! `GET /openapi.json`: the contract, generated from the code that keeps it.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::Method;
use axum::response::Response;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::{IntoResponses, OpenApi};

use super::guard::needed;
use super::wire::json_bytes;
use super::wire::problem::AccessRefusals;

/// What the document says about the service as a whole.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Aisle",
        description = "Product search: words, typos, facets, filters, suggestions and live writes.\n\n\
            Every refusal is an RFC 9457 problem document with a stable `code`. Answers carry \
            `x-request-id`; a request may bring its own.\n\n\
            Where keys have been created, requests bring one as `Authorization: Bearer …`; where \
            rate limits are configured, `RateLimit` and `RateLimit-Policy` say what is left.",
    ),
    tags(
        (name = "search", description = "Find products"),
        (name = "catalogs", description = "What there is to search"),
        (name = "products", description = "Read and write products"),
        (name = "synonyms", description = "Words that stand for each other"),
        (name = "rules", description = "What to do for certain words and categories"),
        (name = "keys", description = "Who may ask for what"),
        (name = "operation", description = "Health, metrics, this document"),
        (name = "page", description = "The search page"),
    )
)]
pub(super) struct ApiDoc;

/// The name of the security scheme.
const KEY: &str = "key";

/// Says of every operation which key it needs, by what the guard asks for.
pub(super) fn document_keys(document: &mut utoipa::openapi::OpenApi) {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let scheme = scheme.description(Some("A key, as `search-server keys create` prints it"));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(KEY, SecurityScheme::Http(scheme.build()));
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            let needed = needed(&method, path);
            let (Some(operation), Some(scope)) = (operation, needed) else { continue };
            let scope = format!("Needs a key with the scope `{}`.", scope.name());
            operation.description = Some(match operation.description.take() {
                Some(description) => format!("{description}\n\n{scope}"),
                None => scope,
            });
            operation.security = Some(vec![SecurityRequirement::new(KEY, [""; 0])]);
            for (status, response) in AccessRefusals::responses() {
                operation.responses.responses.entry(status).or_insert(response);
            }
        }
    }
}

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
