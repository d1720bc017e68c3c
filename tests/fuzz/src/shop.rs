//! A tiny shop in memory.

use search_core::{
    Catalog, Checkpoint, Engine, EngineError, EngineOptions, SearchRequest, SearchResponse,
    SearchThreads, WriterOptions,
};

const CATALOG: &str = r#"
name = "shop"
group_by = "brand"
[fields.title]
type = "text"
roles = ["search", "suggest", "highlight", "return"]
weight = 4.0
[fields.brand]
type = "keyword"
roles = ["search", "facet", "filter", "sort", "suggest", "return"]
[fields.category]
type = "category"
roles = ["search", "facet", "filter"]
[fields.price]
type = "money"
roles = ["facet", "filter", "sort"]
[fields.rating]
type = "number"
[fields.in_stock]
type = "bool"
[fields.released]
type = "date"
[fields.location]
type = "geo"
[fields.sku]
type = "code"
roles = ["search", "facet", "filter", "sort"]
[fields.attributes]
type = "attributes"
[[signals]]
field = "rating"
kind = "log"
weight = 0.3
"#;

const PRODUCTS: [&str; 4] = [
    r#"{"id": "1", "title": "Wireless running headphones", "brand": "Veltro", "category": "Audio > Headphones", "price": 89.9, "rating": 4.5, "in_stock": true, "released": "2024-02-29", "location": {"lat": 47.4, "lon": 8.5}, "sku": "DV7-1211EA", "attributes": {"size": "XL", "watts": 12}}"#,
    r#"{"id": "2", "title": "Road running shoe", "brand": "Kestrel", "category": "Shoes > Running", "price": 120, "in_stock": false, "sku": "AB-1234", "attributes": {"size": ["42", "43"]}}"#,
    r#"{"id": "3", "title": "Grüne Laufsocken 3 x 43.2 cm", "brand": "Veltro", "category": ["Shoes", "Socks"], "price": 9.5, "rating": 3, "location": {"lat": -18.1, "lon": 178.4}}"#,
    r#"{"id": "4", "title": "USB-C cable 17\"", "released": "1969-12-31", "attributes": {"size": "S"}}"#,
];

/// An engine over a few products in two segments, one of them deleted.
pub fn engine() -> Engine {
    let catalog = Catalog::parse(CATALOG).expect("the catalogue is right");
    let threads = SearchThreads::start(1).expect("threads start");
    let options = EngineOptions { threads: Some(threads), ..EngineOptions::default() };
    let engine = Engine::in_memory_with(catalog, 2, &options).expect("threads start");
    let mut writer = engine.writer(&WriterOptions::new("fuzzing")).expect("nobody else writes");
    for product in PRODUCTS {
        writer.upsert(product.as_bytes()).expect("the products are right");
    }
    writer.commit(&Checkpoint::default()).expect("memory does not fail");
    writer.delete("4").expect("memory does not fail");
    writer.commit(&Checkpoint::default()).expect("memory does not fail");
    drop(writer);
    let synonyms = ["laufsocken, running socks".to_owned(), "cans => headphones".to_owned()];
    engine.set_synonyms(&synonyms).expect("the synonyms are right");
    engine
}

/// Searches; a request may be refused, but the engine must not be at fault.
pub fn search(engine: &Engine, request: &SearchRequest) -> Option<SearchResponse> {
    match engine.search(request) {
        Ok(response) => {
            assert!(response.degraded.is_empty() && response.hits.len() <= request.limit);
            Some(response)
        }
        Err(EngineError::Request(_) | EngineError::DeadlineExceeded { .. }) => None,
        Err(error) => panic!("{error:?} from {request:?}"),
    }
}

/// The input as text, as far as it is.
pub fn text(input: &[u8]) -> &str {
    let valid = std::str::from_utf8(input).map_or_else(|error| error.valid_up_to(), str::len);
    std::str::from_utf8(&input[..valid]).unwrap_or_default()
}
