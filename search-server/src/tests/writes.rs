//! Products one by one, and the queue between them and the one writer.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use search_core::WriterOptions;
use serde_json::json;

use super::{Answer, Shop};
use crate::limits::MAX_WRITE_BYTES_IN_FLIGHT;

const PRODUCT: &str = "/v1/catalogs/shoes/products/7";

async fn put(shop: &Shop, body: impl Into<Body>) -> Answer {
    shop.with_body("PUT", PRODUCT, "application/json", body).await
}

async fn patch(shop: &Shop, body: impl Into<Body>) -> Answer {
    shop.with_body("PATCH", PRODUCT, "application/merge-patch+json", body).await
}

async fn delete(shop: &Shop) -> Answer {
    shop.send(Request::delete(PRODUCT).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_product_is_visible_as_it_came_once_the_write_is_answered() {
    let shop = Shop::empty();
    let document = "{ \"id\":\"7\",\n  \"title\": \"Hiking boot\", \"price\": 1.50 }";
    let written = put(&shop, document).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    let version = shop.engine.index_version();
    assert_eq!(written.json(), json!({"id": "7", "index_version": version}));
    assert_eq!(shop.get(PRODUCT).await.text(), document);
    assert_eq!(shop.search(json!({"q": "hiking"})).await.ids(), ["7"]);

    let patched = patch(&shop, r#"{"title": "Winter boot", "price": null}"#).await;
    assert_eq!(patched.json(), json!({"id": "7", "index_version": version + 1}));
    let expected = json!({"id": "7", "title": "Winter boot"});
    assert_eq!(shop.get(PRODUCT).await.json(), expected);
    assert!(shop.search(json!({"q": "hiking", "typos": false})).await.ids().is_empty());

    assert_eq!(delete(&shop).await.json(), json!({"id": "7", "index_version": version + 2}));
    assert_eq!(shop.get(PRODUCT).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.engine.product_count(), 0);
}

#[tokio::test]
async fn a_refused_write_changes_nothing() {
    let shop = Shop::empty();
    let version = shop.engine.index_version();
    let mut refusals = Vec::new();
    for document in [
        r#"{"id": "8", "title": "Boot"}"#,
        r#"{"title": "Boot"}"#,
        r#"{"id": "7", "price": "cheap"}"#,
        r#"{"id": "7""#,
        "[]",
    ] {
        refusals.push(put(&shop, document).await.problem());
    }
    refusals.push(shop.with_body("PUT", PRODUCT, "text/plain", "{}").await.problem());
    refusals.push(patch(&shop, r#"{"title": "Boot"}"#).await.problem());
    refusals.push(patch(&shop, r#"["title"]"#).await.problem());
    refusals.push(delete(&shop).await.problem());
    insta::assert_snapshot!(refusals.join("\n"), @r#"
400 id_mismatch: the document's id is "8", the path says "7"
400 invalid_document: no id at `_id` or `id`
400 invalid_document: field `price`: expected an amount of money, got the string "cheap"
400 invalid_document: not valid JSON: EOF while parsing an object at line 1 column 10
400 invalid_document: expected a JSON object, got an array
415 unsupported_media_type: expected one of the content types application/json; got "text/plain"
404 product_not_found: no product has the id "7"
400 invalid_request: expected a JSON object
404 product_not_found: no product has the id "7"
"#);
    assert_eq!(shop.engine.index_version(), version);

    assert_eq!(put(&shop, r#"{"id": "7", "title": "Boot"}"#).await.status, StatusCode::OK);
    insta::assert_snapshot!(patch(&shop, r#"{"id": "8"}"#).await.problem(), @r#"400 invalid_document: expected the id "7", got "8": a change keeps the id"#);
    assert_eq!(shop.get(PRODUCT).await.text(), r#"{"id": "7", "title": "Boot"}"#);
}

#[tokio::test]
async fn writes_that_wait_together_share_a_commit() {
    let shop = Shop::empty();
    let before = shop.engine.index_version();
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..64 {
        let request = Request::put(format!("/v1/catalogs/shoes/products/{number}"))
            .body(Body::from(json!({"id": number, "title": "Boot"}).to_string()))
            .unwrap();
        writes.spawn(tower::ServiceExt::oneshot(shop.router.clone(), request));
    }
    for response in writes.join_all().await {
        assert_eq!(response.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(shop.engine.product_count(), 64);
    let commits = shop.engine.index_version() - before;
    assert!((1..32).contains(&commits), "{commits} commits");
}

#[tokio::test]
async fn another_writer_is_named_and_has_its_turn() {
    let shop = Shop::empty();
    let other = shop.engine.writer(&WriterOptions::new("indexer import")).unwrap();
    let refused = put(&shop, r#"{"id": "7", "title": "Boot"}"#).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let problem = refused.json();
    assert_eq!(problem["code"], "writer_held");
    assert!(problem["detail"].as_str().unwrap().contains("indexer import"), "{problem}");
    drop(other);
    assert_eq!(put(&shop, r#"{"id": "7", "title": "Boot"}"#).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_writer_is_given_back_when_nothing_is_written() {
    let shop = Shop::empty();
    assert_eq!(put(&shop, r#"{"id": "7", "title": "Boot"}"#).await.status, StatusCode::OK);
    assert!(shop.engine.writer(&WriterOptions::new("indexer import")).is_err());
    // The paused clock runs ahead to the next timer, which is the end of the writer's idleness.
    while shop.engine.status().unwrap().writer.is_some() {
        tokio::time::sleep(crate::limits::WRITER_IDLE).await;
    }
}

#[tokio::test]
async fn waiting_writes_are_committed_before_the_queue_stops() {
    let shop = Shop::empty();
    let waiting = put(&shop, r#"{"id": "7", "title": "Boot"}"#);
    let (written, ()) = tokio::join!(biased; waiting, shop.app.writes.stop());
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    assert!(shop.engine.status().unwrap().writer.is_none());
    insta::assert_snapshot!(delete(&shop).await.problem(), @"503 stopping: the server is stopping and takes no more writes");
}

#[tokio::test]
async fn documents_over_the_budget_of_bytes_are_refused_before_they_are_read() {
    let shop = Shop::empty();
    let room = shop.app.writes.reserve(MAX_WRITE_BYTES_IN_FLIGHT).unwrap();
    let refused = put(&shop, r#"{"id": "7", "title": "Boot"}"#).await;
    insta::assert_snapshot!(refused.problem(), @"503 overloaded: too many writes are waiting, try again in a moment");
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    drop(room);
    assert_eq!(put(&shop, r#"{"id": "7", "title": "Boot"}"#).await.status, StatusCode::OK);
}
