//! Requests that are refused, and a database that is away.

use aisle_tests::Postgres;
use search_core::{Catalog, SearchRequest, SuggestRequest};
use search_server::backend::{BackendError, SearchBackend};

use crate::both::Both;
use crate::model::catalog;

fn request(json: serde_json::Value) -> SearchRequest {
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_one_refuses_the_other_refuses_with_the_same_words() {
    let server = Postgres::start().unwrap();
    let both = Both::of(&server, &catalog(), &[r#"{"id": "1", "title": "lantern"}"#]);
    for refused in [
        serde_json::json!({ "filter": "price <" }),
        serde_json::json!({ "filter": "nowhere = 1" }),
        serde_json::json!({ "filter": "price = \"cheap\"" }),
        serde_json::json!({ "filter": "title = \"x\" AND brand > 1" }),
        serde_json::json!({ "facets": ["description"] }),
        serde_json::json!({ "facets": ["brand", "brand"] }),
        serde_json::json!({ "facets": [{ "field": "brand", "ranges": [1.0] }] }),
        serde_json::json!({ "sort": ["brand"] }),
        serde_json::json!({ "sort": ["location:asc"] }),
        serde_json::json!({ "limit": 1_001 }),
        serde_json::json!({ "offset": 10_001 }),
        serde_json::json!({ "cursor": "AAAA" }),
        serde_json::json!({ "fields": ["nowhere"] }),
        serde_json::json!({ "highlight": ["brand"] }),
        serde_json::json!({ "refinements": { "price": ["cheap"] } }),
        serde_json::json!({ "timeout_ms": 0 }),
        serde_json::json!({ "timeout_ms": 10_001 }),
        serde_json::json!({ "q": "x ".repeat(65) }),
        serde_json::json!({ "locale": "not a tag" }),
    ] {
        both.refused_alike(&request(refused));
    }
    let too_many = SuggestRequest { limit: 51, ..SuggestRequest::new("lan") };
    let refused = both.block_on(both.postgres.suggest("model", too_many));
    assert!(matches!(refused, Err(BackendError::Engine(_))), "{refused:?}");
}

#[test]
fn nothing_that_is_typed_becomes_part_of_a_statement() {
    let server = Postgres::start().unwrap();
    let both = Both::of(&server, &catalog(), &[r#"{"id": "o'hara", "title": "l'eau \\ lantern"}"#]);
    for q in
        ["'", "lantern'); DROP TABLE x; --", "\\", "lantern\\' | !", "\u{0}lantern", "a:*&b", "-'"]
    {
        let request = SearchRequest { typos: false, ..SearchRequest::query(q) };
        both.alike(&request, crate::both::Order::Relevance);
    }
    let quoted = SearchRequest::query("").filter("brand = \"it's \\\"$1\\\" \\\\ \"").unwrap();
    both.alike(&quoted, crate::both::Order::Asked);
    let product = both.block_on(both.postgres.product("model", "o'hara".to_owned())).unwrap();
    assert!(product.unwrap().get().contains("lantern"));
    assert!(both.block_on(both.postgres.product("model", "\u{0}".to_owned())).unwrap().is_none());
}

#[test]
fn a_database_that_is_away_is_said_and_comes_back() {
    let mut server = Postgres::start().unwrap();
    let both = Both::of(&server, &catalog(), &[r#"{"id": "1", "title": "lantern"}"#]);
    let request = SearchRequest::query("lantern");
    assert_eq!(both.postgres(&request).unwrap().total, 1);
    let unknown = both.block_on(both.postgres.search("nowhere", request.clone()));
    assert!(
        matches!(&unknown, Err(BackendError::NoSuchCatalog { present, .. })
            if present.contains(&"model".to_owned())),
        "{unknown:?}"
    );
    server.stop().unwrap();
    let away = both.postgres(&request);
    assert!(matches!(away, Err(BackendError::Postgres { .. })), "{away:?}");
    server.restart().unwrap();
    assert_eq!(both.postgres(&request).unwrap().total, 1);
}

#[test]
fn another_generation_and_other_synonyms_are_seen_at_the_next_search() {
    let server = Postgres::start().unwrap();
    let both = Both::of(&server, &catalog(), &[r#"{"id": "1", "title": "lantern"}"#]);
    let request = SearchRequest { typos: false, ..SearchRequest::query("lantern") };
    assert_eq!(both.postgres(&request).unwrap().total, 1);
    let other = Catalog::parse("name = \"model\"\nid = \"id\"\n[fields.title]\ntype = \"text\"\n");
    both.block_on(async {
        use indexer::postgres::{PostgresUrl, read_settings, start, write_settings};
        let url: PostgresUrl = server.url().parse().unwrap();
        let position = search_core::Checkpoint::default();
        let mut writer = start(&url, &other.unwrap(), &position).await.unwrap();
        writer.upsert_all(&[r#"{"id": "2", "title": "torch"}"#]).await.unwrap();
        writer.publish(&position).await.unwrap();
        let client = url.connect().await.unwrap();
        let mut settings = read_settings(&client, "model").await.unwrap();
        settings.synonyms = vec!["lantern, torch".to_owned()];
        settings.version += 1;
        write_settings(&client, "model", &settings).await.unwrap();
    });
    let found = both.postgres(&request).unwrap();
    assert_eq!(crate::both::ids(&found), ["2"].into());
}
