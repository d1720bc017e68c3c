//! The engine inside a program: a catalogue, some products, a search.
//!
//! `cargo run -p search-core --example embed`

use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What the documents look like and what each field is for.
    let catalog = Catalog::parse(
        r#"
        name = "products"
        [fields.title]
        type = "text"
        roles = ["search", "highlight"]
        weight = 4.0
        [fields.brand]
        type = "keyword"
        roles = ["search", "facet", "filter"]
        [fields.price]
        path = "price_cents"
        type = "money"
        unit = "minor"
        "#,
    )?;
    let engine = Engine::in_memory(catalog)?;

    // Documents are JSON as it comes; a commit makes them visible.
    let mut writer = engine.writer(&WriterOptions::new("example"))?;
    for document in [
        r#"{"id": 1, "title": "Trail running shoes", "brand": "Kestrel", "price_cents": 8990}"#,
        r#"{"id": 2, "title": "Road running shoe", "brand": "Veltro", "price_cents": 12900}"#,
        r#"{"id": 3, "title": "Running socks, 3 pairs", "brand": "Veltro", "price_cents": 990}"#,
    ] {
        writer.upsert(document.as_bytes())?;
    }
    writer.commit(&Checkpoint::default())?;

    // Misspelt words are corrected where nothing matches them as typed.
    let request = SearchRequest::query("runing shoes")
        .filter("price < 100")?
        .facet("brand")
        .highlight("title");
    let page = engine.search(&request)?;
    println!("{} of {} products", page.total, engine.product_count());
    println!("corrected to {:?}", page.corrected);
    for hit in &page.hits {
        println!("{:>6.3}  {}  {}", hit.score, hit.id, hit.highlight["title"]);
    }
    assert_eq!(page.hits.iter().map(|hit| hit.id.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(page.corrected.as_deref(), Some("running shoes"));
    Ok(())
}
