//! `GET` and `POST /v1/keys`, `DELETE /v1/keys/{id}`.

use axum::Json as JsonAnswer;
use axum::extract::State;
use axum::http::HeaderMap;

use crate::access::KeyRequest;
use crate::backend::BackendError;
use crate::http::wire::problem::{BodyRefusals, Refusals};
use crate::http::wire::{CreatedKey, Json, KeyList, Problem, ProductId as KeyId, RevokedKey};
use crate::limits::MAX_KEY_REQUEST_BYTES;
use crate::state::App;

/// List the keys
///
/// Without their secrets, which are not kept.
#[utoipa::path(
    get, path = "/v1/keys", tag = "keys",
    responses((status = 200, description = "All keys", body = KeyList), Refusals),
)]
pub(crate) async fn list_keys(State(app): State<App>) -> JsonAnswer<KeyList> {
    JsonAnswer(KeyList { keys: app.access.keys.list() })
}

/// Create a key
///
/// The answer holds its secret, this one time. From the first key on, every request needs one.
#[utoipa::path(
    post, path = "/v1/keys", tag = "keys",
    request_body = KeyRequest,
    responses(
        (status = 200, description = "Durable and in use", body = CreatedKey),
        (status = 409, description = "There are as many keys as there may be",
         body = Problem, content_type = "application/problem+json"),
        Refusals, BodyRefusals
    ),
)]
pub(crate) async fn create_key(
    State(app): State<App>,
    headers: HeaderMap,
    Json(request): Json<KeyRequest, MAX_KEY_REQUEST_BYTES>,
) -> Result<JsonAnswer<CreatedKey>, Problem> {
    app.access.origins.check(&headers)?;
    // Writing the file waits for the disk.
    let created = tokio::task::spawn_blocking(move || app.access.keys.create(request));
    let (secret, key) = created.await.map_err(|_panic| BackendError::Panicked)??;
    Ok(JsonAnswer(CreatedKey { secret, key }))
}

/// Revoke a key
///
/// It opens nothing from then on, here at once and in other processes within a second.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "keys",
    params(("id" = String, Path, description = "The key's id", example = "5f0c1d9ab24e7731")),
    responses((status = 200, description = "Durable and in force", body = RevokedKey), Refusals),
)]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    KeyId(id): KeyId,
) -> Result<JsonAnswer<RevokedKey>, Problem> {
    let revoked = tokio::task::spawn_blocking(move || {
        app.access.keys.revoke(&id).map(|()| RevokedKey { id })
    });
    Ok(JsonAnswer(revoked.await.map_err(|_panic| BackendError::Panicked)??))
}
