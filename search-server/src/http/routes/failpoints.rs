//! `PUT /failpoints/{name}`: what happens at a point of failure from now on. Only in builds for
//! tests (feature `failpoints`), so not in the OpenAPI document.

use axum::extract::Path;
use axum::http::StatusCode;

use crate::http::wire::{Problem, code};

/// The body is what the crate `fail` takes: `off`, `sleep(500)`, `50%panic`, `return` …
pub(crate) async fn set_failpoint(
    Path(name): Path<String>,
    actions: String,
) -> Result<StatusCode, Problem> {
    fail::cfg(name, actions.trim())
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|detail| Problem::bad_request(code::INVALID_REQUEST, detail))
}
