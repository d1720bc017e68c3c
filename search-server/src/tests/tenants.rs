//! A key with a filter: for its holder there are no other products, whatever is asked.

use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Answer, Shop};
use crate::access::{KeyRequest, Scope};

const SEARCH: &str = "/v1/catalogs/shoes/search";

/// A shop of two brands, 1 and 3 of Veltro and 2 of Kestrel, each with a key that sees its own
/// products, and one that sees all.
struct Tenants {
    shop: Shop,
    veltro: String,
    kestrel: String,
    everything: String,
}

impl Tenants {
    async fn new() -> Self {
        let shop = Shop::stocked().await;
        let key =
            |request| shop.app.access.keys.create(request).unwrap().0.expose_secret().to_owned();
        let of = |brand: &str| {
            let filter = Some(format!("brand = \"{brand}\""));
            key(KeyRequest { filter, ..KeyRequest::new(Scope::Search) })
        };
        let (veltro, kestrel) = (of("Veltro"), of("Kestrel"));
        let everything = key(KeyRequest::new(Scope::Admin));
        Self { shop, veltro, kestrel, everything }
    }

    async fn search(&self, key: &str, request: Value) -> Answer {
        self.shop.with_key(key, "POST", SEARCH, Some(request)).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.shop.with_key(key, "GET", path, None).await
    }
}

fn sorted(answer: &Answer) -> Vec<String> {
    let mut ids = answer.ids();
    ids.sort();
    ids
}

#[tokio::test]
async fn no_request_widens_the_filter() {
    let tenants = Tenants::new().await;
    for request in [
        json!({}),
        json!({ "q": "running" }),
        json!({ "filter": "brand = \"Kestrel\" OR brand = \"Veltro\"" }),
        json!({ "filter": "NOT brand = \"Veltro\"" }),
        json!({ "filter": "price > 0) OR (price > 0" }),
        json!({ "refinements": { "brand": ["Kestrel"] }, "facets": ["brand"] }),
        json!({ "facets": ["brand", "price"], "limit": 0 }),
        json!({ "q": "road" }),
        json!({ "sort": ["price:desc"], "limit": 1 }),
        json!({ "q": "raod", "explain": true, "highlight": ["title"] }),
    ] {
        let answer = tenants.search(&tenants.veltro, request.clone()).await;
        if answer.status == StatusCode::BAD_REQUEST {
            // The column is that of the caller's own text.
            assert_eq!(answer.json()["column"], 10, "{}", answer.text());
            continue;
        }
        assert!(!answer.ids().contains(&"2".to_owned()), "{request}: {}", answer.text());
        let json = answer.json();
        for value in json["facets"]["brand"]["values"].as_array().into_iter().flatten() {
            let count = if value["value"] == "Kestrel" { 0 } else { 2 };
            assert_eq!(value["count"], count, "{request}");
        }
        assert_eq!(json["corrected"], Value::Null, "{request}");
        if json["facets"]["price"].is_object() {
            assert_eq!(json["facets"]["price"]["stats"]["max"], 89.9);
        }
    }
    let scoped = tenants.search(&tenants.veltro, json!({ "scope": "price > 0" })).await;
    assert_eq!(scoped.status, StatusCode::BAD_REQUEST);
    let link = format!("{SEARCH}?filter=brand%20%3D%20%22Kestrel%22");
    assert!(tenants.get(&tenants.veltro, &link).await.ids().is_empty());
}

#[tokio::test]
async fn cached_pages_and_cursors_of_others_open_nothing() {
    let tenants = Tenants::new().await;
    let request = json!({ "sort": ["price:desc"], "limit": 2 });
    // In any order, and again from the cache.
    for _ in 0..2 {
        let everything = tenants.search(&tenants.everything, request.clone()).await;
        assert_eq!(everything.ids(), ["2", "1"]);
        assert_eq!(tenants.search(&tenants.veltro, request.clone()).await.ids(), ["1", "3"]);
        let kestrel = tenants.search(&tenants.kestrel, request.clone()).await;
        assert_eq!(kestrel.ids(), ["2"]);
    }
    let again = tenants.search(&tenants.veltro, request.clone()).await;
    assert_eq!(again.json()["served_by"], "cache");
    let first = json!({ "sort": ["price:asc"], "limit": 1 });
    let page = tenants.search(&tenants.everything, first).await;
    assert_eq!(page.ids(), ["3"]);
    let cursor = page.json()["next_cursor"].clone();
    let next = json!({ "sort": ["price:asc"], "limit": 5, "cursor": cursor });
    assert_eq!(tenants.search(&tenants.veltro, next.clone()).await.ids(), ["1"]);
    assert_eq!(tenants.search(&tenants.kestrel, next).await.ids(), ["2"]);
}

#[tokio::test]
async fn rules_show_nobody_what_is_others() {
    let tenants = Tenants::new().await;
    let rule = json!({ "id": "first", "when": [{ "query": { "contains": "running" } }],
                       "then": { "pin": [{ "id": "2", "position": 1 }] } });
    let rules = Some(json!({ "rules": [rule] }));
    let put = tenants.shop.with_key(&tenants.everything, "PUT", "/v1/catalogs/shoes/rules", rules);
    assert_eq!(put.await.status, StatusCode::OK);
    let request = json!({ "q": "running" });
    assert_eq!(tenants.search(&tenants.everything, request.clone()).await.ids()[0], "2");
    let veltro = tenants.search(&tenants.veltro, request).await;
    assert_eq!(sorted(&veltro), ["1", "3"]);
    assert_eq!(veltro.json()["total"], 2);
}

#[tokio::test]
async fn products_suggestions_and_catalogues() {
    let tenants = Tenants::new().await;
    for (id, veltro) in [("1", StatusCode::OK), ("2", StatusCode::NOT_FOUND), ("3", StatusCode::OK)]
    {
        let path = format!("/v1/catalogs/shoes/products/{id}");
        assert_eq!(tenants.get(&tenants.veltro, &path).await.status, veltro, "{id}");
        assert_eq!(tenants.get(&tenants.everything, &path).await.status, StatusCode::OK);
    }
    // What is another's is told from what is nowhere by nothing but the id.
    let path = |id: &str| format!("/v1/catalogs/shoes/products/{id}");
    let others = tenants.get(&tenants.veltro, &path("2")).await.problem();
    let nobodys = tenants.get(&tenants.veltro, &path("9")).await.problem();
    assert_eq!(others.replace("\"2\"", "\"9\""), nobodys);

    for typed in ["ro", "run", "tra", "road%20run"] {
        let path = format!("/v1/catalogs/shoes/suggest?q={typed}");
        let text = tenants.get(&tenants.veltro, &path).await.text().to_lowercase();
        assert!(!text.contains("road"), "{typed}: {text}");
        let text = tenants.get(&tenants.kestrel, &path).await.text().to_lowercase();
        assert!(!text.contains("trail") && !text.contains("socks"), "{typed}: {text}");
    }
    for (key, count) in [(&tenants.veltro, 2), (&tenants.kestrel, 1), (&tenants.everything, 3)] {
        let catalogs = tenants.get(key, "/v1/catalogs").await.json();
        assert_eq!(catalogs["catalogs"][0]["products"], count);
    }
}

/// A route that searchers may use must be one of those above.
#[tokio::test]
async fn tenants_reach_the_routes_that_know_of_them_and_no_others() {
    let tenants = Tenants::new().await;
    let document = tenants.get("", "/openapi.json").await.json();
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let address = path.replace("{catalog}", "shoes").replace("{id}", "1");
            let method = method.to_uppercase();
            let answer = tenants.shop.with_key(&tenants.veltro, &method, &address, None);
            let needs_key = !operation["security"].is_null();
            if needs_key && answer.await.status != StatusCode::FORBIDDEN {
                open.push(format!("{} {path}", method.to_lowercase()));
            }
        }
    }
    open.sort();
    insta::assert_snapshot!(open.join("\n"), @r"
get /v1/catalogs
get /v1/catalogs/{catalog}/products/{id}
get /v1/catalogs/{catalog}/search
get /v1/catalogs/{catalog}/suggest
post /v1/catalogs/{catalog}/search
");
}

#[tokio::test]
async fn a_filter_that_does_not_fit_the_catalogue_finds_nothing() {
    let shop = Shop::stocked().await;
    let request = KeyRequest {
        filter: Some("colour = \"red\"".to_owned()),
        ..KeyRequest::new(Scope::Search)
    };
    let key = shop.app.access.keys.create(request).unwrap().0.expose_secret().to_owned();
    for path in [SEARCH, "/v1/catalogs/shoes/suggest?q=run", "/v1/catalogs/shoes/products/1"] {
        let answer = shop.with_key(&key, "GET", path, None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text());
    }
}
