//! `GET /metrics`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use indexer::feeding::FeedBoard;

use crate::state::App;

/// Counters and timers in Prometheus' text format
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    app.feeds.iter().flat_map(FeedBoard::statuses).for_each(|status| app.metrics.feed(&status));
    (content_type, app.metrics.render(&app))
}
