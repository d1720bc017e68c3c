//! `GET`, `PUT`, `PATCH` and `DELETE /v1/catalogs/{catalog}/products/{id}`.

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use search_core::EngineError;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use crate::access::Caller;
use crate::backend::SearchBackend;
use crate::catalogs::Served;
use crate::http::wire::problem::{BodyRefusals, Refusals, WriteRefusals};
use crate::http::wire::{
    Catalog, Problem, ProductId, Raw, Searched, Written, json_bytes, media_type, parse_json,
};
use crate::limits::MAX_PRODUCT_BYTES;
use crate::state::App;
use crate::write_queue::Change;

/// Get a product
///
/// The document, byte for byte as it came.
#[utoipa::path(
    get, path = "/v1/catalogs/{catalog}/products/{id}", tag = "products",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        ("id" = String, Path, description = "The product's id")
    ),
    responses((status = 200, description = "The document", body = Object), Refusals),
)]
pub(crate) async fn get_product(
    State(app): State<App>,
    catalog: Searched,
    ProductId(id): ProductId,
    caller: Caller,
) -> Result<Response, Problem> {
    let document = app.backend.product(&catalog.name, id.clone()).await?;
    let document = document.ok_or_else(|| EngineError::NoSuchProduct { id: id.clone() })?;
    if caller.scope().is_some()
        && !caller.sees_document(document.get(), &*catalog.declaration(&app)?)?
    {
        return Err(EngineError::NoSuchProduct { id }.into());
    }
    Ok(json_bytes(String::from(Box::<str>::from(document))))
}

/// Put a product
///
/// The document takes the place of whatever has this id. It must hold the same id as the path:
/// a document is kept byte for byte, so a missing id is not filled in.
#[utoipa::path(
    put, path = "/v1/catalogs/{catalog}/products/{id}", tag = "products",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        ("id" = String, Path, description = "The product's id", example = "42")
    ),
    request_body(content = Object, example = json!({ "id": "42", "title": "Wireless headphones" })),
    responses(
        (status = 200, description = "Durable and visible", body = Written),
        Refusals, BodyRefusals, WriteRefusals
    ),
)]
pub(crate) async fn put_product(
    State(app): State<App>,
    Catalog(catalog): Catalog,
    ProductId(id): ProductId,
    request: Request,
) -> Result<Written, Problem> {
    media_type(request.headers(), &["application/json"])?;
    let (document, reserved) = receive(&app, request).await?;
    write(&app, &catalog, id.clone(), Change::Put { id, document }, reserved).await
}

/// Patch a product
///
/// An RFC 7396 merge patch of the stored document: members are set, `null` removes one.
#[utoipa::path(
    patch, path = "/v1/catalogs/{catalog}/products/{id}", tag = "products",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        ("id" = String, Path, description = "The product's id", example = "42")
    ),
    request_body(
        content((Object = "application/merge-patch+json"), (Object = "application/json")),
        description = "The merge patch"
    ),
    responses(
        (status = 200, description = "Durable and visible", body = Written),
        Refusals, BodyRefusals, WriteRefusals
    ),
)]
pub(crate) async fn patch_product(
    State(app): State<App>,
    Catalog(catalog): Catalog,
    ProductId(id): ProductId,
    request: Request,
) -> Result<Written, Problem> {
    media_type(request.headers(), &["application/merge-patch+json", "application/json"])?;
    let (body, reserved) = receive(&app, request).await?;
    let patch: serde_json::Map<String, Value> = parse_json(&body)?;
    let change = Change::Patch { id: id.clone(), patch: Value::Object(patch) };
    write(&app, &catalog, id, change, reserved).await
}

/// Delete a product
#[utoipa::path(
    delete, path = "/v1/catalogs/{catalog}/products/{id}", tag = "products",
    params(
        ("catalog" = String, Path, description = "The catalogue's name", example = "products"),
        ("id" = String, Path, description = "The product's id", example = "42")
    ),
    responses(
        (status = 200, description = "Durable, and gone from every search", body = Written),
        Refusals, WriteRefusals
    ),
)]
pub(crate) async fn delete_product(
    State(app): State<App>,
    Catalog(catalog): Catalog,
    ProductId(id): ProductId,
) -> Result<Written, Problem> {
    let reserved = app.writes.reserve(0)?;
    write(&app, &catalog, id.clone(), Change::Delete { id }, reserved).await
}

/// The body, once there is room for it among the writes in flight.
async fn receive(app: &App, request: Request) -> Result<(Bytes, OwnedSemaphorePermit), Problem> {
    let announced = request.body().size_hint().upper();
    let bytes = announced.and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = bytes.map_or(MAX_PRODUCT_BYTES, |bytes| bytes.min(MAX_PRODUCT_BYTES));
    let reserved = app.writes.reserve(bytes)?;
    let Raw(body) = Raw::<MAX_PRODUCT_BYTES>::from_request(request, app).await?;
    Ok((body, reserved))
}

async fn write(
    app: &App,
    catalog: &Served,
    id: String,
    change: Change,
    reserved: OwnedSemaphorePermit,
) -> Result<Written, Problem> {
    let index_version = app.writes.change(catalog, change, reserved).await?;
    Ok(Written { id, index_version })
}
