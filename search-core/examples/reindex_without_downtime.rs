//! A changed catalogue without downtime: a new generation is built aside from the stored
//! documents, searches go on in the old one, and a pointer switches them over.
//!
//! `cargo run -p search-core --example reindex_without_downtime`

use search_core::{Catalog, Checkpoint, DataDir, Engine, SearchRequest, WriterOptions};

const BEFORE: &str = "name = \"products\"\n[fields.title]\ntype = \"text\"\n";
const AFTER: &str = "name = \"products\"\n[fields.title]\ntype = \"text\"\n\
                     [fields.brand]\ntype = \"keyword\"\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let options = WriterOptions::new("example");
    let mut builder = DataDir::create(dir.path())?.build(Catalog::parse(BEFORE)?, &options)?;
    for id in 0..1_000 {
        let brand = if id % 2 == 0 { "Aurelo" } else { "Bassic" };
        let document = format!(r#"{{"id": {id}, "title": "Lamp {id}", "brand": "{brand}"}}"#);
        builder.writer().upsert(document.as_bytes())?;
    }
    builder.publish(&Checkpoint::default())?;

    let engine = Engine::open(dir.path())?;
    let by_brand = SearchRequest::query("lamp").filter("brand = \"Aurelo\"")?;
    assert!(engine.search(&by_brand).is_err(), "the catalogue does not know brands yet");

    let mut builder = engine.rebuild(Catalog::parse(AFTER)?, &options)?;
    for document in engine.documents() {
        builder.writer().upsert(document?.as_bytes())?;
    }
    // Up to here searches see the old generation.
    assert_eq!(
        (engine.generation(), engine.search(&SearchRequest::query("lamp"))?.total),
        (1, 1_000)
    );
    builder.publish(&Checkpoint::default())?;
    engine.refresh()?;
    assert_eq!((engine.generation(), engine.search(&by_brand)?.total), (2, 500));

    // The old generation is kept; going back is a switch of the pointer.
    engine.rollback(1)?;
    println!("generations: {:#?}", engine.generations()?);
    assert_eq!(engine.generation(), 1);
    Ok(())
}
