//! `GET /healthz` and `GET /readyz`.

use axum::Json;
use axum::extract::State;
use indexer::feeding::FeedBoard;

use crate::follower::Follower;
use crate::http::wire::problem::Problem;
use crate::http::wire::{
    FeedState, FollowerState, Health, Readiness, ReadyCatalog, SynonymFileStatus, code,
};
use crate::state::App;

/// Is the process there?
#[utoipa::path(
    get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "It is", body = Health)),
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Can searches be answered, and from where?
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "They can", body = Readiness),
        (status = 503, description = "No catalogue can be searched yet",
         body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Readiness>, Problem> {
    let catalogs: Vec<_> = app
        .catalogs
        .all()
        .iter()
        .map(|served| ReadyCatalog {
            name: served.name.to_string(),
            served_by: "index",
            index_version: served.engine.index_version(),
            synonym_file: served.synonym_file.as_ref().map(|file| SynonymFileStatus {
                path: file.path().display().to_string(),
                fault: file.fault().map(|fault| fault.to_string()),
            }),
        })
        .collect();
    let statuses = app.follower.as_ref().map(Follower::statuses).unwrap_or_default();
    if catalogs.is_empty() {
        let mut detail = "the data directory holds no catalogue yet".to_owned();
        for status in statuses {
            detail.push_str(&format!("; {}: {}", status.namespace, status.state));
        }
        return Err(Problem::unavailable(code::NOT_READY, detail));
    }
    let followers = statuses.into_iter().map(FollowerState::from).collect();
    let feeds = app.feeds.as_ref().map(FeedBoard::statuses).unwrap_or_default();
    let feeds = feeds.into_iter().map(FeedState::from).collect();
    Ok(Json(Readiness { ready: true, catalogs, followers, feeds }))
}
