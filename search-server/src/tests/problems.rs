//! Every refusal, with its status, its code and the place of the fault.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use super::Shop;
use crate::limits::{MAX_SEARCH_BYTES, MAX_URI_BYTES};

const SEARCH: &str = "/v1/catalogs/shoes/search";

#[tokio::test]
async fn a_body_that_is_no_search() {
    let shop = Shop::empty();
    let mut refusals = Vec::new();
    for body in [
        &b"{\"q\": \"shoe\",\n \"limit\": }"[..],
        b"",
        b"{} {}",
        br#"{"query": "shoe"}"#,
        br#"{"sort": ["price:asc", 7]}"#,
        br#"{"facets": [7]}"#,
        br#"{"limit": -1}"#,
        b"{\"q\": \"\xff\"}",
        b" [{}]",
        &[&b"{\"facets\": "[..], &b"[".repeat(500)].concat(),
        &b" ".repeat(MAX_SEARCH_BYTES + 1),
    ] {
        let body = Body::from(body.to_vec());
        refusals.push(shop.post(SEARCH, "application/json", body).await.problem());
    }
    refusals.push(shop.post(SEARCH, "text/plain", "{}").await.problem());
    insta::assert_snapshot!(refusals.join("\n"), @r#"
400 invalid_json line=2 column=11: expected value at line 2 column 11
400 invalid_json line=1 column=0: EOF while parsing a value at line 1 column 0
400 invalid_json line=1 column=4: trailing characters at line 1 column 4
400 invalid_request pointer="query" line=1 column=8: unknown field `query`, expected one of `q`, `typos`, `prefix`, `locale`, `filter`, `refinements`, `facets`, `sort`, `limit`, `offset`, `cursor`, `fields`, `highlight`, `group`, `explain`, `timeout_ms` at line 1 column 8
400 invalid_request pointer="sort[1]" line=1 column=24: invalid type: integer `7`, expected a string at line 1 column 24
400 invalid_request pointer="facets[0]" line=1 column=14: a field name or an object {"field", "limit", "query", "ranges"} at line 1 column 14
400 invalid_request pointer="limit" line=1 column=12: invalid value: integer `-1`, expected usize at line 1 column 12
400 invalid_utf8: the body is not UTF-8 at byte 8
400 invalid_request: expected a JSON object
400 invalid_json line=1 column=138: recursion limit exceeded at line 1 column 138
413 body_too_large: the body is larger than 1048576 bytes
415 unsupported_media_type: expected one of the content types application/json; got "text/plain"
"#);
}

#[tokio::test]
async fn a_search_that_does_not_fit_the_catalogue() {
    let shop = Shop::empty();
    let mut refusals = Vec::new();
    for request in [
        json!({"filter": "price < "}),
        json!({"filter": "colour = \"red\""}),
        json!({"facets": ["brand", {"field": "price", "limit": 9999}]}),
        json!({"sort": ["title:up"]}),
        json!({"limit": 1001}),
        json!({"offset": 10_001}),
        json!({"timeout_ms": 0}),
        json!({"timeout_ms": 10_001}),
        json!({"cursor": "x", "offset": 1}),
        json!({"locale": "en, de;q=0.9"}),
    ] {
        refusals.push(shop.search(request).await.problem());
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
400 invalid_filter pointer="filter" column=9: column 9: expected a value (a string in double quotes, a number, true or false), found the end of the filter
400 invalid_filter pointer="filter" column=1: column 1: unknown field `colour`, expected one of brand, price, location
400 invalid_facet pointer="facets[1].limit": limit is 9999, expected at most 1000
400 invalid_sort pointer="sort[0]": expected `field:asc` or `field:desc`, got "title:up"
400 invalid_page pointer="limit": limit is 1001, expected at most 1000
400 invalid_page pointer="offset": offset is 10001, expected at most 10000; use `cursor` to go deeper
400 invalid_timeout pointer="timeout_ms": timeout_ms is 0, expected 1 to 10000
400 invalid_timeout pointer="timeout_ms": timeout_ms is 10001, expected 1 to 10000
400 invalid_page pointer="cursor": give `offset` or `cursor`, not both
400 invalid_locale pointer="locale": expected a language tag such as `de` or `pt-BR`, got "en, de;q=0.9"
"#);
}

#[tokio::test]
async fn parameters_that_are_no_search() {
    let shop = Shop::empty();
    let mut refusals = Vec::new();
    for query in [
        "query=shoe",
        "q=a&q=b",
        "limit=ten",
        "q=%ff",
        "refinements=brand",
        "facets=[{}]",
        &format!("q={}", "a".repeat(MAX_URI_BYTES)),
    ] {
        refusals.push(shop.get(&format!("{SEARCH}?{query}")).await.problem());
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
400 invalid_request pointer="query": query: unknown field `query`, expected one of `q`, `typos`, `prefix`, `locale`, `filter`, `refinements`, `facets`, `sort`, `limit`, `offset`, `cursor`, `fields`, `highlight`, `group`, `explain`, `timeout_ms`
400 invalid_request: duplicate field `q`
400 invalid_request pointer="limit": limit: invalid digit found in string
400 invalid_utf8: the query string is not UTF-8 once decoded: invalid utf-8 sequence of 1 bytes from index 2
400 invalid_request pointer="refinements": not the JSON expected: expected value at line 1 column 1
400 invalid_request pointer="facets": not the JSON expected: a field name or an object {"field", "limit", "query", "ranges"} at line 1 column 4
414 uri_too_long: the path and query are longer than 49152 bytes
"#);
}

#[tokio::test]
async fn nothing_there() {
    let shop = Shop::empty();
    let mut refusals = Vec::new();
    for path in [
        "/v2/catalogs",
        "/v1/catalogs/hats/search",
        "/v1/catalogs/shoes/products/9",
        "/v1/catalogs/%ff/search",
        "/assets/..%2FCargo.toml",
    ] {
        refusals.push(shop.get(path).await.problem());
    }
    let delete = shop.send(Request::delete(SEARCH).body(Body::empty()).unwrap()).await;
    refusals.push(delete.problem());
    insta::assert_snapshot!(refusals.join("\n"), @r#"
404 not_found: there is nothing at /v2/catalogs
404 catalog_not_found: there is no catalogue "hats", there are ["shoes"]
404 product_not_found: no product has the id "9"
400 invalid_utf8: Invalid URL: Invalid UTF-8 in `catalog`
404 not_found: the page has no file "..%2FCargo.toml"
405 method_not_allowed: /v1/catalogs/shoes/search does not take DELETE, see the Allow header
"#);
    assert_eq!(delete.headers[header::ALLOW], "POST,GET,HEAD");
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let shop = Shop::empty();
    let request = Request::get("/nowhere").header("x-request-id", "mine-7");
    let answer = shop.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers["x-request-id"], "mine-7");
    let (one, other) = (shop.get("/healthz").await, shop.get("/healthz").await);
    assert_ne!(one.headers["x-request-id"], other.headers["x-request-id"]);
}
