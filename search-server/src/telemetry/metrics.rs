//! Every metric of the server, by name; one recorder for each server, none global.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use indexer::feeding::FeedStatus;
use indexer::follow::{FollowState, FollowStatus};
use metrics::{Key, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use search_core::{Degradation, SearchResponse, ServedBy};

use crate::backend::BreakerState;
use crate::follower::Follower;
use crate::mapped_files;
use crate::state::AppState;

const REQUESTS: &str = "aisle_http_requests_total";
const REQUEST_SECONDS: &str = "aisle_http_request_duration_seconds";
const PAGE_CACHE: &str = "aisle_page_cache_lookups_total";
const ANSWERS: &str = "aisle_search_answers_total";
const DEGRADED: &str = "aisle_search_degraded_total";
const BREAKER: &str = "aisle_breaker_state";
const FALLBACK_BREAKER: &str = "aisle_fallback_breaker_state";
const RUNG: &str = "aisle_search_rung";
const PRODUCTS: &str = "aisle_products";
const MAPPED_FILE_FAULTS: &str = "aisle_mapped_file_faults_total";
const SYNONYM_FILE_FAULTS: &str = "aisle_synonym_file_faults";
const INDEX_VERSION: &str = "aisle_index_version";

const FOLLOW_STATE: &str = "aisle_follow_state";
const FOLLOW_LAG: &str = "aisle_follow_lag_seconds";
const FOLLOW_WAITING: &str = "aisle_follow_events_waiting";
const FOLLOW_EVENTS: &str = "aisle_follow_events_total";
const FOLLOW_DEAD_LETTERS: &str = "aisle_follow_dead_letters";
const FOLLOW_PERCENT: &str = "aisle_follow_loaded_percent";

const FEED_STATE: &str = "aisle_postgres_feed_state";
const FEED_LAG: &str = "aisle_postgres_lag_seconds";
const FEED_CHANGES: &str = "aisle_postgres_changes_total";
const FEED_PERCENT: &str = "aisle_postgres_loaded_percent";

const SECONDS: [f64; 12] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// The server's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    prometheus: PrometheusHandle,
}

impl Metrics {
    /// Metrics that count from zero.
    pub(crate) fn new() -> Self {
        // The buckets are fixed and not empty: the builder has nothing to refuse.
        let builder = PrometheusBuilder::new();
        let recorder = builder
            .set_buckets(&SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new())
            .build_recorder();
        let describe = |text: &'static str| SharedString::const_str(text);
        recorder.describe_counter(REQUESTS.into(), None, describe("Requests answered."));
        let seconds = describe("Time from a request's head to its answer's head.");
        recorder.describe_histogram(REQUEST_SECONDS.into(), Some(Unit::Seconds), seconds);
        let lookups = describe("Searches looked up in the page cache.");
        recorder.describe_counter(PAGE_CACHE.into(), None, lookups);
        let answers = describe("Searches answered, by what answered them.");
        recorder.describe_counter(ANSWERS.into(), None, answers);
        let degraded = describe("Answers that left something out, or were weaker.");
        recorder.describe_counter(DEGRADED.into(), None, degraded);
        for (name, text) in [
            (BREAKER, "1 for the state of the breaker in front of a catalogue's index."),
            (FALLBACK_BREAKER, "1 for the state of the breaker in front of the fallback."),
            (RUNG, "What searches leave out under pressure: 0 nothing, 1 typos, 2 facets too."),
        ] {
            recorder.describe_gauge(name.into(), None, describe(text));
        }
        recorder.describe_gauge(PRODUCTS.into(), None, describe("Products of a catalogue."));
        let version = describe("Version of a catalogue's index.");
        recorder.describe_gauge(INDEX_VERSION.into(), None, version);
        let faults = describe("1 while the file of a catalogue's synonyms is at fault.");
        recorder.describe_gauge(SYNONYM_FILE_FAULTS.into(), None, faults);
        let cut = describe("Pages of mapped files that were cut off when they were touched.");
        recorder.describe_counter(MAPPED_FILE_FAULTS.into(), None, cut);
        for (name, text) in [
            (FOLLOW_STATE, "1 for the state that the follower of a collection is in."),
            (FOLLOW_LAG, "How far the index is behind the collection, in seconds."),
            (FOLLOW_WAITING, "Events received and not yet committed."),
            (FOLLOW_DEAD_LETTERS, "Documents of the collection that cannot be indexed."),
            (FOLLOW_PERCENT, "How much of the collection is read while it is loaded, of 100."),
            (FEED_STATE, "1 for the state that the feeder of a catalogue in PostgreSQL is in."),
            (FEED_LAG, "How far PostgreSQL is behind its source, in seconds."),
            (FEED_PERCENT, "How much is read while PostgreSQL is loaded, of 100."),
        ] {
            recorder.describe_gauge(name.into(), None, describe(text));
        }
        recorder.describe_counter(FOLLOW_EVENTS.into(), None, describe("Events committed."));
        let changes = describe("Changes committed to PostgreSQL.");
        recorder.describe_counter(FEED_CHANGES.into(), None, changes);
        let prometheus = recorder.handle();
        Self { recorder, prometheus }
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let route = Label::new("route", route.to_owned());
        let method = Label::new("method", method_name(method));
        let status = Label::new("status", status.as_str().to_owned());
        let timed = Key::from_parts(REQUEST_SECONDS, vec![route.clone(), method.clone()]);
        self.recorder.register_histogram(&timed, &METADATA).record(took.as_secs_f64());
        let counted = Key::from_parts(REQUESTS, vec![route, method, status]);
        self.recorder.register_counter(&counted, &METADATA).increment(1);
    }

    /// Counts a look into the page cache.
    pub(crate) fn page_cache(&self, hit: bool) {
        self.count(PAGE_CACHE, "result", if hit { "hit" } else { "miss" });
        if hit {
            self.count(ANSWERS, "served_by", "cache");
        }
    }

    /// Counts a search that was run.
    pub(crate) fn searched(&self, response: &SearchResponse) {
        let served_by = match response.served_by {
            ServedBy::Index => "index",
            ServedBy::Cache => "cache",
            ServedBy::Postgres => "postgres",
        };
        self.count(ANSWERS, "served_by", served_by);
        for degradation in &response.degraded {
            let what = match degradation {
                Degradation::Facets => "facets",
                Degradation::Typos => "typos",
                Degradation::Counts => "counts",
                Degradation::Shards => "shards",
                Degradation::Stale => "stale",
            };
            self.count(DEGRADED, "what", what);
        }
    }

    /// Counts an old page in the place of an answer.
    pub(crate) fn stale_page(&self) {
        self.count(ANSWERS, "served_by", "cache");
        self.count(DEGRADED, "what", "stale");
    }

    fn count(&self, name: &'static str, label: &'static str, value: &'static str) {
        let key = Key::from_parts(name, vec![Label::from_static_parts(label, value)]);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// Moves what was recorded into its buckets, so that it takes no more room.
    pub(crate) fn upkeep(&self) {
        self.prometheus.run_upkeep();
    }

    /// All metrics in Prometheus' text format.
    pub(crate) fn render(&self, app: &AppState) -> String {
        let (catalogs, follower) = (app.catalogs.all(), app.follower.as_ref());
        if let Some(state) = app.backend.fallback_state() {
            self.breaker(FALLBACK_BREAKER, &[], state);
        }
        let cut = self.recorder.register_counter(&Key::from_name(MAPPED_FILE_FAULTS), &METADATA);
        cut.absolute(mapped_files::faults());
        follower.into_iter().flat_map(Follower::statuses).for_each(|status| self.follow(&status));
        for served in catalogs {
            let gauge = |name: &'static str, value: u64| {
                let label = Label::new("catalog", served.name.to_string());
                let key = Key::from_parts(name, vec![label]);
                #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
                self.recorder.register_gauge(&key, &METADATA).set(value as f64);
            };
            gauge(PRODUCTS, served.engine.product_count());
            gauge(INDEX_VERSION, served.engine.index_version());
            gauge(RUNG, served.traffic.ladder.rung().number().into());
            let label = Label::new("catalog", served.name.to_string());
            self.breaker(BREAKER, &[label], served.traffic.breaker.state());
            if let Some(file) = &served.synonym_file {
                gauge(SYNONYM_FILE_FAULTS, u64::from(file.fault().is_some()));
            }
        }
        self.prometheus.render()
    }
}

impl Metrics {
    fn breaker(&self, name: &'static str, labels: &[Label], is: BreakerState) {
        for state in BreakerState::ALL {
            let label = Label::from_static_parts("state", state.name());
            let key = Key::from_parts(name, [labels, &[label]].concat());
            self.recorder.register_gauge(&key, &METADATA).set(f64::from(u8::from(state == is)));
        }
    }

    /// Notes how a catalogue is fed into PostgreSQL.
    pub(crate) fn feed(&self, status: &FeedStatus) {
        let catalog = Label::new("catalog", status.catalog.clone());
        let set = |name: &'static str, more: &[Label], value: f64| {
            let key = Key::from_parts(name, [std::slice::from_ref(&catalog), more].concat());
            self.recorder.register_gauge(&key, &METADATA).set(value);
        };
        for state in FollowState::NAMES {
            let is_it = state == status.state.name();
            let state = Label::from_static_parts("state", state);
            set(FEED_STATE, &[state], f64::from(u8::from(is_it)));
        }
        set(FEED_LAG, &[], status.lag_seconds);
        set(FEED_PERCENT, &[], status.state.progress().map_or(100.0, |it| it.percent));
        let key = Key::from_parts(FEED_CHANGES, vec![catalog]);
        self.recorder.register_counter(&key, &METADATA).absolute(status.changes);
    }

    fn follow(&self, status: &FollowStatus) {
        let labels = [
            Label::new("catalog", status.catalog.clone()),
            Label::new("namespace", status.namespace.to_string()),
        ];
        let set = |name: &'static str, more: &[Label], value: f64| {
            let key = Key::from_parts(name, [&labels, more].concat());
            self.recorder.register_gauge(&key, &METADATA).set(value);
        };
        for state in FollowState::NAMES {
            let is_it = state == status.state.name();
            let state = Label::from_static_parts("state", state);
            set(FOLLOW_STATE, &[state], f64::from(u8::from(is_it)));
        }
        #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
        let float = |number: u64| number as f64;
        set(FOLLOW_LAG, &[], status.lag_seconds);
        set(FOLLOW_WAITING, &[], float(status.events_waiting));
        set(FOLLOW_DEAD_LETTERS, &[], float(status.dead_letters));
        set(FOLLOW_PERCENT, &[], status.state.progress().map_or(100.0, |it| it.percent));
        let key = Key::from_parts(FOLLOW_EVENTS, labels.to_vec());
        self.recorder.register_counter(&key, &METADATA).absolute(status.events);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Methods that nobody knows share one series: a caller must not make new ones.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
