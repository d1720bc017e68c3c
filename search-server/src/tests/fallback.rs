//! Who answers when the index cannot: with doubles for both backends, in virtual time.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use search_core::{
    Catalog, Checkpoint, Engine, SearchRequest, SearchResponse, ServedBy, SuggestRequest,
    SuggestResponse, WriterOptions,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

use super::{Answer, CATALOG, PAGE_CACHE_BYTES};
use crate::backend::{self, BackendError, SearchBackend};
use crate::catalogs::Catalogs;
use crate::state::AppState;

/// How a backend does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Well,
    TakesMs(u64),
    Fails,
    Panics,
    Hangs,
    Overloaded,
}

/// A backend that does as the test says.
#[derive(Debug, Clone)]
struct Actor {
    engine: Engine,
    plays: ServedBy,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

impl Actor {
    fn new(engine: &Engine, plays: ServedBy) -> Self {
        let mood = Arc::new(Mutex::new(Mood::Well));
        Self { engine: engine.clone(), plays, mood, asked: Arc::default() }
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }

    /// How often it was asked since the last look.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }

    async fn act<T>(
        &self,
        work: impl FnOnce(&Engine) -> search_core::Result<T>,
    ) -> Result<T, BackendError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mood = *self.mood.lock();
        match mood {
            Mood::Well => {}
            Mood::TakesMs(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Mood::Fails => return Err(BackendError::Panicked),
            Mood::Panics => panic!("as the test wants"),
            Mood::Hangs => pending().await,
            Mood::Overloaded => return Err(BackendError::Overloaded),
        }
        Ok(work(&self.engine)?)
    }
}

impl SearchBackend for Actor {
    fn catalogs(&self) -> Option<Vec<Arc<Catalog>>> {
        Some(vec![self.engine.catalog()])
    }

    fn search<'a>(
        &'a self,
        _: &'a str,
        request: SearchRequest,
    ) -> backend::Answer<'a, SearchResponse> {
        Box::pin(async move {
            let mut response = self.act(|engine| engine.search(&request)).await?;
            response.served_by = self.plays;
            response.index_version =
                response.index_version.filter(|_| self.plays == ServedBy::Index);
            Ok(response)
        })
    }

    fn suggest<'a>(
        &'a self,
        _: &'a str,
        request: SuggestRequest,
    ) -> backend::Answer<'a, SuggestResponse> {
        Box::pin(self.act(move |engine| engine.suggest(&request)))
    }

    fn product<'a>(&'a self, _: &'a str, id: String) -> backend::Answer<'a, Option<Box<RawValue>>> {
        Box::pin(self.act(move |engine| engine.product(&id)))
    }
}

/// An index and a fallback that hold the same shoes, and the service in front of them.
struct Stage {
    index: Actor,
    fallback: Actor,
    router: Router,
}

impl Stage {
    fn new() -> Self {
        Self::over(Catalogs::only)
    }

    /// The fallback alone.
    fn without_index() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let none = Catalogs::of(dir.path().join("data"), Default::default(), Default::default());
        Self::over(|_| none.unwrap())
    }

    fn over(catalogs: impl FnOnce(Engine) -> Catalogs) -> Self {
        let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        writer.upsert(br#"{"id": "1", "title": "Running shoe", "brand": "Veltro"}"#).unwrap();
        writer.commit(&Checkpoint::default()).unwrap();
        let index = Actor::new(&engine, ServedBy::Index);
        let fallback = Actor::new(&engine, ServedBy::Postgres);
        let backends = (Box::new(index.clone()), Box::new(fallback.clone()));
        let catalogs = catalogs(engine);
        let app = AppState::with_backends(catalogs, backends.0, Some(backends.1), PAGE_CACHE_BYTES);
        Self { index, fallback, router: crate::router(app) }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A search that no other one is equal to, so that no cache has its page.
    async fn search(&self) -> Answer {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let limit = NUMBER.fetch_add(1, Ordering::Relaxed) % 1_000;
        self.ask(json!({ "q": "shoe", "limit": limit })).await
    }

    async fn ask(&self, request: Value) -> Answer {
        let request = Request::post("/v1/catalogs/shoes/search")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(request.to_string()));
        self.send(request.unwrap()).await
    }

    async fn ready(&self) -> Value {
        self.get("/readyz").await.json()["catalogs"][0].clone()
    }
}

/// Who answered, or the refusal.
fn outcome(answer: &Answer) -> String {
    match answer.status.as_u16() {
        200 => answer.json()["served_by"].as_str().unwrap().to_owned(),
        _ => answer.problem(),
    }
}

async fn timed(search: impl Future<Output = Answer>) -> (String, u128) {
    let asked = Instant::now();
    let answer = search.await;
    (outcome(&answer), asked.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn the_fallback_is_asked_only_when_the_index_is_in_trouble() {
    let stage = Stage::new();
    assert_eq!(timed(stage.search()).await, ("index".into(), 0));
    assert_eq!(stage.fallback.asked(), 0);
    for trouble in [Mood::Fails, Mood::Overloaded] {
        stage.index.is(trouble);
        assert_eq!(timed(stage.search()).await, ("postgres".into(), 0));
    }
    // The fallback keeps its share of the second.
    stage.index.is(Mood::Hangs);
    stage.fallback.is(Mood::TakesMs(500));
    assert_eq!(timed(stage.search()).await, ("postgres".into(), 900));
    stage.fallback.asked();
    for path in ["suggest?q=run", "products/1"] {
        let answer = stage.get(&format!("/v1/catalogs/shoes/{path}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(stage.fallback.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_beyond_the_deadline() {
    let deadline = "503 deadline_exceeded: the search was not answered within 1000 ms";
    let unavailable =
        "503 unavailable: the search cannot be answered at the moment, try again in a moment";
    let overloaded = "503 overloaded: too many searches are waiting, try again in a moment";
    for (index, fallback, expected, after_ms) in [
        (Mood::Hangs, Mood::Hangs, deadline, 1_000),
        (Mood::Fails, Mood::Hangs, deadline, 1_000),
        (Mood::Hangs, Mood::Fails, unavailable, 400),
        (Mood::Fails, Mood::Panics, unavailable, 0),
        (Mood::Fails, Mood::Overloaded, overloaded, 0),
    ] {
        let stage = Stage::new();
        stage.index.is(index);
        stage.fallback.is(fallback);
        let answer = timed(stage.search()).await;
        assert_eq!(answer, (expected.into(), after_ms), "{index:?} {fallback:?}");
        assert_eq!(stage.search().await.headers[header::RETRY_AFTER], "1");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_equal_search_has_the_own_deadline() {
    let stage = Stage::new();
    stage.index.is(Mood::Hangs);
    stage.fallback.is(Mood::Hangs);
    let search = || stage.ask(json!({ "q": "shoe", "timeout_ms": 500 }));
    let (first, later) = tokio::join!(timed(search()), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        timed(search()).await
    });
    assert_eq!((first.1, later.1 <= 500), (500, true), "{later:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_index_is_left_alone_probed_and_asked_again_when_it_has_recovered() {
    let stage = Stage::new();
    stage.index.is(Mood::Fails);
    assert_eq!(stage.ready().await["breaker"], "closed");
    while stage.ready().await["breaker"] == "closed" {
        assert_eq!(outcome(&stage.search().await), "postgres");
    }
    assert_eq!(stage.ready().await["served_by"], "postgres");
    let metrics = stage.get("/metrics").await.text();
    assert!(metrics.contains("aisle_breaker_state{catalog=\"shoes\",state=\"open\"} 1"));
    stage.index.asked();
    assert_eq!(outcome(&stage.search().await), "postgres");
    assert_eq!(stage.index.asked(), 0);
    // With both in trouble the index is asked all the same, and in time.
    stage.index.is(Mood::Well);
    stage.fallback.is(Mood::Hangs);
    assert_eq!(timed(stage.search()).await, ("index".into(), 500));
    stage.fallback.is(Mood::Fails);
    assert_eq!(outcome(&stage.search().await), "index");
    stage.fallback.is(Mood::Well);
    tokio::time::advance(Duration::from_secs(15)).await;
    while stage.ready().await["breaker"] == "half_open" {
        assert_eq!(outcome(&stage.search().await), "index");
    }
    let ready = stage.ready().await;
    assert_eq!((&ready["breaker"], &ready["served_by"]), (&json!("closed"), &json!("index")));
}

#[tokio::test(start_paused = true)]
async fn when_nobody_can_answer_a_recent_page_is_shown_marked_with_its_age() {
    let stage = Stage::new();
    let fresh = stage.ask(json!({ "q": "shoe" })).await.json();
    stage.index.is(Mood::Fails);
    stage.fallback.is(Mood::Fails);
    // A commit has made the page of the version before unreachable.
    let mut writer = stage.index.engine.writer(&WriterOptions::new("test")).unwrap();
    writer.upsert(br#"{"id": "2", "title": "Trail shoe"}"#).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    // However long the caller may wait, it is the same question.
    let stale = stage.ask(json!({ "q": "shoe", "timeout_ms": 700 })).await.json();
    assert_eq!(stale["degraded"], json!(["stale"]));
    assert_eq!(stale["served_by"], "cache");
    assert!(stale["age_ms"].is_u64(), "{stale}");
    for same in ["hits", "total", "facets", "index_version"] {
        assert_eq!(stale[same], fresh[same], "{same}");
    }
    assert_eq!(stage.ask(json!({ "q": "socks" })).await.status, 503);
    stage.fallback.is(Mood::Well);
    let answer = stage.ask(json!({ "q": "shoe" })).await.json();
    assert_eq!((&answer["total"], &answer["age_ms"]), (&json!(2), &Value::Null));
    // What the fallback answered is a recent page too.
    stage.fallback.is(Mood::Hangs);
    let stale = stage.ask(json!({ "q": "shoe" })).await.json();
    assert_eq!((&stale["total"], &stale["index_version"]), (&json!(2), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_request_at_fault_is_refused_by_the_first_who_sees_it() {
    let stage = Stage::new();
    for request in [json!({ "sort": ["nowhere:asc"] }), json!({ "timeout_ms": 0 })] {
        assert_eq!(stage.ask(request).await.status, 400);
    }
    assert_eq!(stage.get("/v1/catalogs/shoes/products/none").await.status, 404);
    assert_eq!(stage.fallback.asked(), 0);
    assert_eq!(stage.ready().await["breaker"], "closed");
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_without_an_index_is_served_by_the_fallback() {
    let stage = Stage::without_index();
    assert_eq!(outcome(&stage.search().await), "postgres");
    let ready = stage.ready().await;
    assert_eq!((&ready["name"], &ready["served_by"]), (&json!("shoes"), &json!("postgres")));
    let listed = stage.get("/v1/catalogs").await.json()["catalogs"][0].clone();
    assert_eq!((&listed["name"], &listed["products"]), (&json!("shoes"), &json!(1)));
    assert_eq!(
        (&listed["index_version"], &listed["fields"][0]["name"]),
        (&Value::Null, &json!("title"))
    );
    let write = Request::delete("/v1/catalogs/shoes/products/1").body(Body::empty()).unwrap();
    assert_eq!(
        stage.send(write).await.problem(),
        "503 unavailable: the catalogue \"shoes\" has no index at the moment"
    );
    let unknown = stage.get("/v1/catalogs/hats/search").await;
    assert_eq!(
        unknown.problem(),
        "404 catalog_not_found: there is no catalogue \"hats\", there are [\"shoes\"]"
    );
    stage.fallback.is(Mood::Fails);
    assert_eq!(stage.search().await.status, 503);
}
