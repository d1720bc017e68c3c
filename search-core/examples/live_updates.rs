//! Changes while searches run: upsert, patch and delete, each commit with the position in the
//! source that it covers.
//!
//! `cargo run -p search-core --example live_updates`

use search_core::{Catalog, Checkpoint, Engine, Position, SearchRequest, WriterOptions};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = Catalog::parse(
        "name = \"products\"\n[fields.title]\ntype = \"text\"\n[fields.stock]\ntype = \"number\"\n",
    )?;
    let engine = Engine::in_memory(catalog)?;
    let mut writer = engine.writer(&WriterOptions::new("example"))?;

    writer.upsert(br#"{"id": "kettle", "title": "Electric kettle", "stock": 3}"#)?;
    writer.upsert(br#"{"id": "teapot", "title": "Glass teapot", "stock": 1}"#)?;
    let first = writer.commit(&Checkpoint::at("shop", position(2)))?;

    // Nothing is seen before the commit, everything of it afterwards.
    writer.patch("kettle", &json!({ "stock": 0 }))?;
    writer.delete("teapot")?;
    assert_eq!(engine.product_count(), 2);
    let second = writer.commit(&Checkpoint::at("shop", position(4)))?;
    assert_eq!(engine.product_count(), 1);
    assert!(second.index_version > first.index_version);

    let page = engine.search(&SearchRequest::everything().filter("stock = 0")?)?;
    println!("out of stock: {:?}", page.hits.iter().map(|hit| &hit.id).collect::<Vec<_>>());
    // A program that starts again goes on from here.
    println!("applied up to {:?}", writer.checkpoint());
    assert_eq!(writer.checkpoint().positions["shop"].seq, 4);
    Ok(())
}

fn position(seq: u64) -> Position {
    Position { seq, token: String::new() }
}
