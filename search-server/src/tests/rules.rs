//! Rules: set, used at once, explained; refused whole with the place of the fault.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Shop};

const RULES: &str = "/v1/catalogs/shoes/rules";

async fn put(shop: &Shop, rules: &Value) -> Answer {
    shop.with_body("PUT", RULES, "application/json", json!({ "rules": rules }).to_string()).await
}

#[tokio::test]
async fn rules_are_used_by_the_next_search() {
    let shop = Shop::stocked().await;
    let rules = json!([
        {"id": "socks", "description": "socks first",
         "when": [{"query": {"contains": "Shoes"}}],
         "then": {"pin": [{"id": "9", "position": 1}, {"id": "3", "position": 2}],
                  "boost": [{"filter": "brand = \"Kestrel\"", "weight": 5.0}],
                  "redirect": "https://example.org/shoes"}},
        {"id": "off", "enabled": false, "when": [{"query": {"is": ""}}],
         "then": {"filter": "price < 10"}},
    ]);
    let set = put(&shop, &rules).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let expected = json!({"rules": rules, "index_version": shop.engine.index_version()});
    assert_eq!(set.json(), expected);
    assert_eq!(shop.get(RULES).await.json(), expected);

    let found = shop.search(json!({"q": "running shoe", "explain": true})).await.json();
    let hits: Vec<&str> =
        found["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap()).collect();
    // The missing product has no place: the boosted one moves up.
    assert_eq!(hits, ["2", "3", "1"]);
    assert_eq!(found["total"], 3);
    assert_eq!(found["rules"], json!([{"id": "socks"}]));
    assert_eq!(found["redirect"], "https://example.org/shoes");
    let parts = found["hits"][0]["explain"]["parts"].as_array().unwrap();
    let lifted = json!({"description": "rules", "value": 5.0, "combine": "product",
                        "parts": [{"description": "rule socks", "value": 5.0}]});
    assert_eq!(parts.last(), Some(&lifted));

    let plain = shop.search(json!({"q": "running "})).await.json();
    assert_eq!((&plain["rules"], &plain["redirect"]), (&Value::Null, &Value::Null));
    assert_eq!(shop.search(json!({})).await.json()["total"], 3);
}

#[tokio::test]
async fn a_faulty_rule_changes_nothing() {
    let shop = Shop::empty();
    let rule = |id: &str| json!({"id": id, "when": [{"query": {"is": "shoe"}}], "then": {"filter": "price < 10"}});
    let with = |key: &str, value: Value| {
        let mut rule = rule("b");
        rule[key] = value;
        rule
    };
    let when = |condition: Value| with("when", json!([{"query": {"is": "shoe"}}, condition]));
    let then = |consequences: Value| with("then", consequences);
    let first = put(&shop, &json!([rule("a")])).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let mut refusals = Vec::new();
    for faulty in [
        rule("a"),
        rule(" "),
        with("name", json!("b")),
        with("from", json!("tomorrow")),
        with("until", json!("2026-11-30")),
        json!({"id": "b", "when": [{"query": {"is": "shoe"}}], "then": {"filter": "price < 10"},
               "from": "2026-11-30T00:00:00+01:00", "until": "2026-11-29T23:00:00Z"}),
        with("description", json!("x".repeat(2_049))),
        with("when", json!([])),
        when(json!({})),
        when(json!({"category": ""})),
        when(json!({"query": {"contains": "  "}})),
        when(json!({"query": {"is": "!?"}})),
        when(json!({"query": {"is": "running -shoe"}})),
        when(json!({"query": {"ends_with": "shoe"}})),
        when(json!({"query": {"is": "shoe ".repeat(17)}})),
        then(json!({})),
        then(json!({"pins": []})),
        then(json!({"pin": [{"id": "1", "position": 1}, {"id": "2", "position": 0}]})),
        then(json!({"pin": [{"id": "1", "position": 1001}]})),
        then(json!({"pin": [{"id": "1", "position": -1}]})),
        then(json!({"pin": [{"id": "1", "position": 1}, {"id": "2", "position": 1}]})),
        then(json!({"pin": [{"id": "1", "position": 1}, {"id": "1", "position": 2}]})),
        then(json!({"pin": [{"id": "", "position": 1}]})),
        then(json!({"hide": {}})),
        then(json!({"hide": {"ids": ["1", "x".repeat(600)]}})),
        then(json!({"hide": {"filter": "price <"}})),
        then(json!({"boost": [{"filter": "colour = \"red\"", "weight": 2}]})),
        then(json!({"boost": [{"filter": "price < 10", "weight": 10.5}]})),
        then(json!({"bury": [{"filter": "price < 10", "weight": 0.5}]})),
        then(json!({"bury": [{"weight": 2}]})),
        then(json!({"filter": "brand = \"Ä\" AND price = \"cheap\""})),
        then(json!({"filter": ""})),
        then(json!({"replace": [{"words": "", "with": "shoe"}]})),
        then(json!({"replace": [{"words": "shoe", "with": "\"running shoe\""}]})),
        then(json!({"redirect": "javascript:alert(1)"})),
        then(json!({"redirect": "//example.org"})),
        then(json!({"redirect": "https:///path"})),
        then(json!({"redirect": "/a b"})),
    ] {
        let answer = put(&shop, &json!([rule("a"), &faulty])).await;
        assert_ne!(answer.status, StatusCode::OK, "{faulty}");
        refusals.push(answer.problem());
    }
    let lines = r#"{"rules": [

{"id": "a", "when": [{"query": {"is": ""}}],
"then": {}}]}"#;
    refusals.push(shop.with_body("PUT", RULES, "application/json", lines).await.problem());
    refusals.push(shop.with_body("PUT", RULES, "application/json", "[]").await.problem());
    refusals.push(shop.with_body("PUT", RULES, "text/plain", "{}").await.problem());
    insta::assert_snapshot!(refusals.join("\n"));
    assert_eq!(shop.get(RULES).await.json(), first.json());
}
