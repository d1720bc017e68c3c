//! Bulk uploads: a line about each line, in order, once it is durable.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use search_core::WriterOptions;
use serde_json::{Value, json};

use super::{Answer, Shop};
use crate::limits::{BULK_BATCH_LINES, BULK_REPLY_MEMORY_BYTES};

const PRODUCTS: &str = "/v1/catalogs/shoes/products";

async fn upload(shop: &Shop, lines: impl Into<Body>) -> Answer {
    shop.post(PRODUCTS, "application/x-ndjson", lines).await
}

fn replies(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/x-ndjson");
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn every_line_gets_its_reply() {
    let shop = Shop::stocked().await;
    let before = shop.engine.index_version();
    let lines = r#"{"id": "4", "title": "Hiking boot"}

{"delete": "1"}
{"delete": "nine"}
{"delete": 3}
{"id": "5", "price": "cheap"}
{"delete": "a word in a document", "id": "6", "title": "Sandal"}
{"title": "Nameless"}
{"id": "7"
{"id": "4", "title": "Winter boot"}"#;
    let answer = upload(&shop, lines).await;
    insta::assert_snapshot!(answer.text(), @r#"
{"line":1,"id":"4","status":200,"error":null}
{"line":3,"id":"1","status":200,"error":null}
{"line":4,"id":"nine","status":404,"error":"no product has the id \"nine\""}
{"line":5,"id":null,"status":400,"error":"expected the id to delete as a string, got 3"}
{"line":6,"id":"5","status":400,"error":"field `price`: expected an amount of money, got the string \"cheap\""}
{"line":7,"id":"6","status":200,"error":null}
{"line":8,"id":null,"status":400,"error":"no id at `_id` or `id`"}
{"line":9,"id":null,"status":400,"error":"not valid JSON: EOF while parsing an object at line 1 column 10"}
{"line":10,"id":"4","status":200,"error":null}
"#);
    assert!(replies(&answer).iter().all(|reply| reply.as_object().unwrap().len() == 4));
    assert_eq!(shop.engine.index_version(), before + 1, "one commit");
    assert_eq!(shop.search(json!({"sort": ["price:asc"]})).await.ids(), ["3", "2", "4", "6"]);
    let replaced = shop.get("/v1/catalogs/shoes/products/4").await;
    assert_eq!(replaced.json()["title"], "Winter boot");
}

#[tokio::test]
async fn an_upload_of_many_batches_is_one_commit_and_its_reply_is_whole() {
    let shop = Shop::empty();
    let before = shop.engine.index_version();
    let lines = 25 * BULK_BATCH_LINES + 1;
    let line =
        |number| format!("{}\n", json!({"id": format!("product-{number}"), "title": "Boot"}));
    let answer = upload(&shop, (1..=lines).map(line).collect::<String>()).await;
    assert!(answer.body.len() > BULK_REPLY_MEMORY_BYTES, "the reply fits into memory");
    for (number, reply) in (1..).zip(replies(&answer)) {
        let id = format!("product-{number}");
        assert_eq!(reply, json!({"line": number, "id": id, "status": 200, "error": null}));
    }
    assert_eq!(shop.engine.product_count(), lines as u64);
    assert_eq!(shop.engine.index_version(), before + 1);
}

#[tokio::test]
async fn an_upload_without_lines_is_answered_without_lines() {
    let shop = Shop::empty();
    assert!(replies(&upload(&shop, "").await).is_empty());
    assert!(replies(&upload(&shop, "\n \n").await).is_empty());
}

#[tokio::test]
async fn an_upload_that_cannot_be_taken_is_refused_whole() {
    let shop = Shop::empty();
    let line = r#"{"id": "4", "title": "Hiking boot"}"#;
    let csv = shop.post(PRODUCTS, "text/csv", line).await;
    insta::assert_snapshot!(csv.problem(), @r#"415 unsupported_media_type: expected one of the content types application/x-ndjson, application/ndjson, application/jsonl, application/json, application/octet-stream, text/plain; got "text/csv""#);
    let _other = shop.engine.writer(&WriterOptions::new("indexer import")).unwrap();
    let held = upload(&shop, line).await;
    assert_eq!(held.status, StatusCode::CONFLICT);
    assert_eq!(held.json()["code"], "writer_held");
    assert_eq!(shop.engine.product_count(), 0);
}

#[tokio::test]
async fn pages_of_other_origins_must_not_upload() {
    let shop = Shop::empty();
    let from = async |headers: &[(&str, &str)]| {
        let mut request = Request::post(PRODUCTS).header(header::HOST, "127.0.0.1:7700");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        shop.send(request.body(Body::empty()).unwrap()).await
    };
    let foreign = from(&[("origin", "https://evil.example")]).await;
    insta::assert_snapshot!(foreign.problem(), @"403 cross_origin: pages of another origin must not write");
    assert_eq!(from(&[("sec-fetch-site", "cross-site")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(from(&[("origin", "http://127.0.0.1:7700")]).await.status, StatusCode::OK);
    assert_eq!(from(&[("sec-fetch-site", "same-origin")]).await.status, StatusCode::OK);
    assert_eq!(from(&[]).await.status, StatusCode::OK);
}
