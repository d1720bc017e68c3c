//! What happens to every request: an id, a limit on its address, a count, a log line.

use std::any::Any;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::wire::{Problem, code};
use crate::limits::MAX_URI_BYTES;
use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID_BYTES: usize = 128;

/// Observes a request from its head to its answer's head.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = match request.headers().get(&REQUEST_ID) {
        Some(id) if (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) => id.clone(),
        _ => fresh_id(),
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let uri_bytes = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    let mut response = if uri_bytes > MAX_URI_BYTES {
        let detail = format!("the path and query are longer than {MAX_URI_BYTES} bytes");
        Problem::new(StatusCode::URI_TOO_LONG, code::URI_TOO_LONG, detail).into_response()
    } else {
        next.run(request).await
    };
    let took = began.elapsed();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.request(route, &method, response.status(), took);
    let status = response.status().as_u16();
    if response.status().is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE.as_u16() {
        tracing::error!(request_id = ?id, %method, route, status, ?took, "request failed");
    } else {
        tracing::debug!(request_id = ?id, %method, route, status, ?took, "request answered");
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Unique over restarts: the process's start and a count.
fn fresh_id() -> HeaderValue {
    static START: LazyLock<u64> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or_default()
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let id = format!("{:x}-{:x}", *START, COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}

/// The answer of a handler that panicked.
#[allow(clippy::needless_pass_by_value, reason = "tower-http's signature")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = match panic.downcast_ref::<&str>() {
        Some(text) => text,
        None => panic.downcast_ref::<String>().map_or("no message", String::as_str),
    };
    tracing::error!(panic = text, "a request panicked");
    Problem::internal().into_response()
}
