//! `GET /healthz` and `GET /readyz`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use indexer::feeding::FeedBoard;

use crate::backend::BreakerState;
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
    let catalogs = catalogs(&app);
    let statuses = app.follower.as_ref().map(Follower::statuses).unwrap_or_default();
    if catalogs.iter().all(|catalog| catalog.served_by.is_none()) {
        let mut detail = match catalogs.is_empty() {
            true => "the data directory holds no catalogue yet".to_owned(),
            false => "no catalogue can be searched".to_owned(),
        };
        for ReadyCatalog { name, fault, .. } in catalogs {
            detail.push_str(&format!("; {name}: {}", fault.unwrap_or_default()));
        }
        for status in statuses {
            detail.push_str(&format!("; {}: {}", status.namespace, status.state));
        }
        return Err(Problem::unavailable(code::NOT_READY, detail));
    }
    let followers = statuses.into_iter().map(FollowerState::from).collect();
    let fallback = app.backend.fallback_state().map(BreakerState::name);
    let feeds = app.feeds.as_ref().map(FeedBoard::statuses).unwrap_or_default();
    let feeds = feeds.into_iter().map(FeedState::from).collect();
    Ok(Json(Readiness { ready: true, catalogs, fallback, followers, feeds }))
}

/// Every catalogue that there is, with or without an index.
fn catalogs(app: &App) -> Vec<ReadyCatalog> {
    let known = app.backend.known_to_fallback();
    let mut catalogs: BTreeMap<_, _> =
        known.into_keys().map(|name| (name.clone(), without_index(app, name, None))).collect();
    for (name, reason) in app.catalogs.closed() {
        catalogs.insert(name.clone(), without_index(app, name, Some(&reason)));
    }
    for served in app.catalogs.all() {
        let breaker = served.traffic.breaker.state();
        let is_well = breaker != BreakerState::Open && !served.is_weak();
        let served_by =
            if !is_well && falls_back(app, &served.name) { "postgres" } else { "index" };
        let catalog = ReadyCatalog {
            name: served.name.to_string(),
            served_by: Some(served_by),
            index_version: Some(served.engine.index_version()),
            breaker: Some(breaker.name()),
            fault: served.fault().map(|fault| with_remedy(app, &served.name, &fault)),
            synonym_file: served.synonym_file.as_ref().map(|file| SynonymFileStatus {
                path: file.path().display().to_string(),
                fault: file.fault().map(|fault| fault.to_string()),
            }),
        };
        catalogs.insert(catalog.name.clone(), catalog);
    }
    catalogs.into_values().collect()
}

fn without_index(app: &App, name: String, reason: Option<&str>) -> ReadyCatalog {
    ReadyCatalog {
        served_by: falls_back(app, &name).then_some("postgres"),
        index_version: None,
        breaker: None,
        fault: Some(with_remedy(app, &name, reason.unwrap_or("there is none yet"))),
        synonym_file: None,
        name,
    }
}

/// Whether the fallback answers for a catalogue whose index does not.
fn falls_back(app: &App, catalog: &str) -> bool {
    let works = app.backend.fallback_state().is_some_and(|state| state != BreakerState::Open);
    works && app.backend.may_fall_back(catalog)
}

/// What is wrong with an index, and what becomes of it.
fn with_remedy(app: &App, catalog: &str, fault: &str) -> String {
    let source = app.follower.as_ref().and_then(|follower| follower.namespace(catalog));
    match source {
        Some(namespace) => format!("{fault}; it is made anew from {namespace}"),
        None => format!("{fault}; it has to be imported again, there is nothing to make it from"),
    }
}
