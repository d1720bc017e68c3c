//! Products that are what the query names come before those that are for it, have it or mention
//! it.

use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};
use serde_json::{Value, json};

const CATALOG: &str = r#"
name = "shop"
[fields.title]
type = "text"
roles = ["search", "suggest"]
weight = 4.0
[fields.category]
type = "category"
roles = ["search"]
weight = 2.0
[fields.attributes]
type = "attributes"
roles = ["search"]
weight = 0.5
"#;

/// The ids in order; products have their places as ids.
fn found(products: &[Value], q: &str) -> Vec<usize> {
    let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for (id, product) in products.iter().enumerate() {
        let mut product = product.clone();
        product["id"] = json!(id);
        writer.upsert(product.to_string().as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    let page = engine.search(&SearchRequest::query(q)).unwrap();
    page.hits.iter().map(|hit| hit.id.parse().unwrap()).collect()
}

#[test]
fn category_and_title_agree_on_what_a_product_is() {
    let products = [
        json!({"title": "Stand for Headphones", "category": "Headphones > Accessories"}),
        json!({"title": "Toy Headphones, 2 Pieces", "category": "Toys > Role Play"}),
        json!({"title": "Over-ear wireless headphones by Murmello, noise cancelling, with bag",
               "category": "Headphones > Over-ear"}),
    ];
    assert_eq!(found(&products, "headphones")[0], 2);
}

#[test]
fn a_type_names_its_kind_by_the_last_noun_beside_the_title() {
    let products = [
        json!({"title": "Projector lamp, projector wall mount", "attributes": {"type": "Lamp"}}),
        json!({"title": "Pico PPX320, 150 lumens, black, projector",
               "attributes": {"product_type": "Portable projector"}}),
        json!({"title": "Elite 6930 Notebook, a projector port, and a projector cable",
               "attributes": {"type": "PC"}}),
    ];
    assert_eq!(found(&products, "projector")[0], 1);
    assert_eq!(found(&products, "notebook"), [2]);
}

#[test]
fn what_a_product_is_for_is_not_what_it_is() {
    let products = [
        json!({"title": "Screen Pro Smartphone 17 cm, dual SIM, gray",
               "attributes": {"device_type": "Smartphone"}}),
        json!({"title": "Edge Plus Smartphone 17 cm, dual SIM, gray"}),
    ];
    assert_eq!(found(&products, "smartphone"), [1, 0]);
}

#[test]
fn words_after_the_noun_phrase_of_a_title_say_less() {
    let products = [
        json!({"title": "Office workstation tower, windows"}),
        json!({"title": "Windows office workstation, tower"}),
    ];
    assert_eq!(found(&products, "windows"), [1, 0]);
}
