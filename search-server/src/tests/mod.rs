//! The whole router over an engine in memory.

mod access;
mod bulk;
mod fallback;
mod openapi;
mod page;
mod problems;
mod rates;
mod rules;
mod search;
mod serving;
mod synonyms;
mod tenants;
#[cfg(feature = "tls")]
mod tls;
mod writes;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use search_core::{Catalog, Engine};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::Access;
use crate::catalogs::Catalogs;
use crate::state::{App, AppState, Surroundings};

const CATALOG: &str = r#"
name = "shoes"
[fields.title]
type = "text"
roles = ["search", "highlight", "suggest"]
[fields.brand]
type = "keyword"
roles = ["search", "facet", "filter", "sort"]
[fields.price]
type = "money"
roles = ["facet", "filter", "sort"]
[fields.location]
type = "geo"
roles = ["filter", "sort"]
"#;

const PAGE_CACHE_BYTES: u64 = 1 << 20;

/// A shop in memory and the service in front of it.
struct Shop {
    engine: Engine,
    app: App,
    router: Router,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Shop {
    /// A shop without products.
    fn empty() -> Self {
        Self::with_page_cache(PAGE_CACHE_BYTES)
    }

    fn with_page_cache(bytes: u64) -> Self {
        let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
        Self::over(engine, bytes, Access::default())
    }

    /// A shop that not everybody may ask everything of.
    fn guarded(access: Access) -> Self {
        let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
        Self::over(engine, PAGE_CACHE_BYTES, access)
    }

    fn over(engine: Engine, page_cache_bytes: u64, access: Access) -> Self {
        let app = AppState::within(
            Catalogs::only(engine.clone()),
            Surroundings { page_cache_bytes, access, ..Surroundings::default() },
        );
        let router = crate::router(app.clone());
        Self { engine, app, router }
    }

    /// A shop with a few shoes.
    async fn stocked() -> Self {
        let shop = Self::empty();
        shop.stock().await;
        shop
    }

    async fn stock(&self) {
        let shoes = [
            json!({"id": "1", "title": "Trail running shoe", "brand": "Veltro", "price": 89.9,
                   "location": {"lat": 47.4, "lon": 8.5}}),
            json!({"id": "2", "title": "Road running shoe", "brand": "Kestrel", "price": 120,
                   "location": {"lat": 52.5, "lon": 13.4}}),
            json!({"id": "3", "title": "Running socks", "brand": "Veltro", "price": 9.5,
                   "location": {"lat": 48.1, "lon": 11.6}}),
        ];
        let lines: String = shoes.iter().map(|shoe| format!("{shoe}\n")).collect();
        let answer = self.post("/v1/catalogs/shoes/products", "application/x-ndjson", lines).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
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

    async fn post(&self, path: &str, media: &str, body: impl Into<Body>) -> Answer {
        self.with_body("POST", path, media, body).await
    }

    async fn with_body(
        &self,
        method: &str,
        path: &str,
        media: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, media)
            .body(body.into());
        self.send(request.unwrap()).await
    }

    /// A request with a key, and a body of JSON if there is one.
    async fn with_key(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    async fn search(&self, request: Value) -> Answer {
        let body = request.to_string();
        self.post("/v1/catalogs/shoes/search", "application/json", body).await
    }
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    fn ids(&self) -> Vec<String> {
        let json = self.json();
        let hits = json["hits"].as_array().unwrap_or_else(|| panic!("no hits in {json}"));
        hits.iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A problem as one line: what callers program against, then what people read.
    fn problem(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("urn:aisle:problem:{code}"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        let place = ["pointer", "line", "column"]
            .iter()
            .filter(|key| !problem[**key].is_null())
            .map(|key| format!(" {key}={}", problem[*key]))
            .collect::<String>();
        format!("{} {code}{place}: {}", problem["status"], problem["detail"].as_str().unwrap())
    }
}
