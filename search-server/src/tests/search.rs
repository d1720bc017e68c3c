//! Searching: by body and by link, with the page cache and without.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::{Answer, Shop};

/// An answer without what differs from one run to the next.
fn lasting(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let mut json = answer.json();
    for circumstance in ["took_ms", "served_by"] {
        assert!(json.as_object_mut().unwrap().remove(circumstance).is_some(), "{circumstance}");
    }
    json
}

/// The same searches as a body and as query parameters.
fn searches() -> Vec<(Value, &'static str)> {
    vec![
        (json!({}), ""),
        (json!({"q": "running shoe", "limit": 1}), "q=running+shoe&limit=1"),
        (
            json!({"filter": "price < 100 AND brand = \"Veltro\"", "sort": ["price:desc"]}),
            "filter=price%20%3C%20100%20AND%20brand%20%3D%20%22Veltro%22&sort=price:desc",
        ),
        (
            json!({"facets": ["brand", "price"], "fields": ["title"], "highlight": ["title"], "q": "socks"}),
            "q=socks&facets=brand,%20price&fields=title&highlight=title",
        ),
        (
            json!({"sort": ["distance(location, 52.5, 13.4):asc", "price:asc"], "fields": []}),
            "sort=distance(location,%2052.5,%2013.4):asc,price:asc&fields=",
        ),
        (
            json!({"q": "shoo", "typos": false, "prefix": false, "offset": 1, "explain": true,
                   "timeout_ms": 5000}),
            "q=shoo&typos=false&prefix=false&offset=1&explain=true&timeout_ms=5000",
        ),
        (
            json!({"refinements": {"brand": ["Veltro"], "price": {"lt": 50}},
                   "facets": [{"field": "brand", "limit": 1}]}),
            "refinements={%22brand%22:[%22Veltro%22],%22price%22:{%22lt%22:50}}\
             &facets=[{%22field%22:%22brand%22,%22limit%22:1}]",
        ),
    ]
}

#[tokio::test]
async fn a_link_finds_what_the_body_finds() {
    let shop = Shop::stocked().await;
    for (body, query) in searches() {
        let posted = shop.search(body.clone()).await;
        let linked = shop.get(&format!("/v1/catalogs/shoes/search?{query}")).await;
        assert_eq!(lasting(&posted), lasting(&linked), "{body}");
    }
    let nearest = shop.search(json!({"sort": ["distance(location, 52.5, 13.4):asc"]})).await;
    assert_eq!(nearest.ids(), ["2", "3", "1"]);
}

#[tokio::test]
async fn the_page_cache_changes_nothing_but_who_served() {
    let cached = Shop::stocked().await;
    let uncached = Shop::with_page_cache(0);
    uncached.stock().await;
    for (body, _) in searches() {
        let first = cached.search(body.clone()).await;
        let second = cached.search(body.clone()).await;
        let without = uncached.search(body.clone()).await;
        assert_eq!(first.json()["served_by"], "index");
        assert_eq!(second.json()["served_by"], "cache");
        assert_eq!(without.json()["served_by"], "index");
        assert_eq!(lasting(&first), lasting(&second), "{body}");
        assert_eq!(lasting(&first), lasting(&without), "{body}");
    }
}

#[tokio::test]
async fn a_write_makes_cached_pages_unreachable() {
    let shop = Shop::stocked().await;
    let query = || shop.search(json!({"q": "socks"}));
    assert_eq!(query().await.ids(), ["3"]);
    assert_eq!(query().await.json()["served_by"], "cache");
    let path = "/v1/catalogs/shoes/products/3";
    let gone = Request::delete(path).body(Body::empty()).unwrap();
    assert_eq!(shop.send(gone).await.status, StatusCode::OK);
    let after = query().await;
    assert_eq!(after.json()["served_by"], "index");
    assert!(after.ids().is_empty());
}

#[tokio::test]
async fn equal_searches_that_arrive_together_run_once() {
    let shop = Shop::stocked().await;
    let search = || shop.search(json!({"q": "running"}));
    let (a, b, c, d) = tokio::join!(search(), search(), search(), search());
    let mut served: Vec<_> =
        [a, b, c, d].iter().map(|answer| answer.json()["served_by"].to_string()).collect();
    served.sort();
    assert_eq!(served, ["\"cache\"", "\"cache\"", "\"cache\"", "\"index\""]);
}

#[tokio::test]
async fn suggestions_come_from_the_catalogue() {
    let shop = Shop::stocked().await;
    let answer = shop.get("/v1/catalogs/shoes/suggest?q=runn&limit=1").await.json();
    insta::assert_snapshot!(answer, @r#"{"suggestions":[{"count":3,"kind":"query","text":"running"}]}"#);
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_those_who_ask() {
    let shop = Shop::stocked().await;
    let request = || Request::get("/v1/catalogs/shoes/search?explain=true&q=running");
    let plain = shop.send(request().body(Body::empty()).unwrap()).await;
    assert!(plain.headers.get(header::CONTENT_ENCODING).is_none());
    let asked = request().header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
    let compressed = shop.send(asked).await;
    assert_eq!(compressed.headers[header::CONTENT_ENCODING], "gzip");
    assert!(compressed.body.len() < plain.body.len());
}
